"""Extend: the sheets of a policy, one upon the other, made one policy.

In: a sheet. Out: the policy, with all that it extends; or every problem of
every file, all at once, each in the file where the thing was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import final

import attrs

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.checking import undeclared
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.layers import applied
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import catalogue
from boundaryethics.policyfile.locating import located
from boundaryethics.policyfile.sheets import Sheet, sheet_of_file
from boundaryethics.program import lowering, strata


def policy_of(
    sheet: Sheet, vocabulary: Vocabulary, *, parents: Iterable[Sheet] = ()
) -> Policy:
    """The policy that *sheet* writes, on *parents* and on all that it extends.

    Raises:
        PolicyError: a file cannot be read, or the policy does not mean anything.
    """
    family = _Family()
    for parent in parents:
        family.admit(parent, ())
    family.admit(sheet, ())
    problems = [*family.problems, *_shared_ids(family.sheets)]
    if any(other.layer is None for other in family.sheets) or family.incomplete:
        raise PolicyError(_in_file_order(problems, family.sheets))
    policy, met = _folded(family.sheets, vocabulary)
    problems += met
    if problems:
        raise PolicyError(_in_file_order(problems, family.sheets))
    return policy


def sheets_under(top: Iterable[Sheet]) -> list[Sheet]:
    """The sheets in *top* and all that they extend, parents before children."""
    family = _Family()
    for sheet in top:
        family.admit(sheet, ())
    return family.sheets


def _in_file_order(
    problems: Iterable[Problem], sheets: Sequence[Sheet]
) -> tuple[Problem, ...]:
    files = [sheet.document.file for sheet in sheets]

    def order(problem: Problem) -> tuple[int, int, int]:
        where = problem.where
        known = where is not None and where.file in files
        return (
            files.index(where.file) if where and known else len(files),
            where.line if where else 0,
            where.column if where else 0,
        )

    return tuple(sorted(dict.fromkeys(problems), key=order))


@final
class _Family:
    """The sheets of a policy, parents before children, each once."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.problems: list[Problem] = []
        #: Whether some policy that is extended is missing.
        self.incomplete = False

    def admit(self, sheet: Sheet, way: tuple[Sheet, ...]) -> None:
        """Add *sheet* after all that it extends; *way* leads from the child to it."""
        if any(sheet.identity == known.identity for known in self.sheets):
            return
        for id in sheet.layer.extends if sheet.layer else ():
            self._admit_parent(id, (*way, sheet))
        self.problems += sheet.problems
        self.sheets.append(sheet)

    def _admit_parent(self, id: str, way: tuple[Sheet, ...]) -> None:
        child = way[-1]
        try:
            parent = sheet_of_file(catalogue.found(id, child.folder))
        except PolicyError as error:
            self._refuse(error.problems, child)
            return
        met = [sheet.identity for sheet in way]
        if parent.identity in met:
            cycle = way[met.index(parent.identity) :]
            self._refuse([_cyclic(cycle, id)], child)
            return
        self.admit(parent, way)

    def _refuse(self, problems: Iterable[Problem], child: Sheet) -> None:
        self.incomplete = True
        for problem in problems:
            told = attrs.evolve(problem, path=("extends",))
            self.problems.append(located(told, [child]))


def _cyclic(cycle: Sequence[Sheet], id: str) -> Problem:
    chain = " extends ".join(f"`{sheet.id}`" for sheet in cycle)
    return Problem(
        code="BE308",
        message=f"extends itself: {chain} extends `{id}`",
        help="take one of them out of `extends`; "
        "a policy that extends a shipped one needs an id of its own",
        token=id,
    )


def _shared_ids(sheets: Sequence[Sheet]) -> Iterator[Problem]:
    first: dict[str, Sheet] = {}
    for sheet in sheets:
        other = first.setdefault(sheet.id, sheet)
        if other is not sheet and sheet.layer:
            problem = Problem(
                code="BE307",
                message=f"`{other.document.file}` is called `{sheet.id}` as well",
                help="give each file an id of its own",
                path=("policy",),
                token=sheet.id,
            )
            yield located(problem, [sheet])


def _folded(
    sheets: Sequence[Sheet], vocabulary: Vocabulary
) -> tuple[Policy, list[Problem]]:
    policy = Policy(id="", vocabulary=vocabulary)
    problems: list[Problem] = []
    for sheet in sheets:
        if sheet.layer is None:
            continue
        policy, met = applied(policy, sheet.layer)
        met = (*met, *_repeated_invariants(sheet))
        problems += [located(problem, [sheet]) for problem in met]
    problems += [_placed(met, sheets) for met in _meaning_problems(policy, sheets[-1])]
    lost = frozenset[str]().union(*(sheet.lost for sheet in sheets))
    return policy, [problem for problem in problems if problem.token not in lost]


def _meaning_problems(policy: Policy, own: Sheet) -> tuple[Problem, ...]:
    problems = tuple(_uncited_together(undeclared(policy), own))
    if problems:
        # Conditions that read undeclared facts cannot be lowered.
        return (*problems, *strata.strata(policy)[1])
    return lowering.problems_of(policy)


def _uncited_together(problems: Iterable[Problem], own: Sheet) -> Iterator[Problem]:
    """*problems*, each uncited principle told once, inherited ones together."""
    declared = {part.id for part, _ in own.layer.principles} if own.layer else ()
    inherited: list[str] = []
    told: set[str] = set()
    for problem in problems:
        name = str(problem.token)
        if problem.code != "BE209":
            yield problem
        elif name in declared and name not in told:
            yield attrs.evolve(problem, path=("principles", name))
        elif name not in told:
            inherited.append(name)
        told.update([name] if problem.code == "BE209" else ())
    if inherited:
        yield _uncited(inherited, own)


def _uncited(names: Iterable[str], own: Sheet) -> Problem:
    listed = ", ".join(f"`{name}`" for name in names)
    return Problem(
        code="BE209",
        message=f"policy `{own.id}` cites nothing for what its inherited rules "
        f"stand on: {listed}",
        help="give each of these principles `cites`, or make the policy abstract",
        path=("policy",),
        token=own.id,
    )


def _placed(problem: Problem, sheets: Sequence[Sheet]) -> Problem:
    """*problem* at the place where it can be mended."""
    if problem.path[2:] == ("overrides",):
        dropping = [s for s in sheets if s.layer and problem.token in _dropped(s)]
        if dropping:
            return _overrides_dropped(problem, dropping[-1])
    return located(problem, sheets)


def _dropped(sheet: Sheet) -> tuple[str, ...]:
    return sheet.layer.changes.drop if sheet.layer else ()


def _overrides_dropped(problem: Problem, dropping: Sheet) -> Problem:
    rule = problem.path[1]
    told = Problem(
        code=problem.code,
        message=f"rule `{rule}` overrides rule `{problem.token}`, "
        f"which policy `{dropping.id}` drops",
        help=f"adjust `overrides` of rule `{rule}` in the same file, "
        f"or drop it as well",
        path=("changes", "drop"),
        token=problem.token,
    )
    return located(told, [dropping])


def _repeated_invariants(sheet: Sheet) -> Iterator[Problem]:
    seen: set[str] = set()
    for invariant in sheet.layer.invariants if sheet.layer else ():
        if invariant.id in seen:
            yield Problem(
                code="BE303",
                message=f"invariant `{invariant.id}` is declared twice",
                help="give each invariant an id of its own",
                path=("invariants", invariant.id),
                token=invariant.id,
            )
        seen.add(invariant.id)
