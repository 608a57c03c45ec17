"""Define, load and run test cases for policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics import errors
from boundaryethics._files import files_in, is_folder, rules_folder
from boundaryethics.arguments import Choice, checked
from boundaryethics.consult import consult
from boundaryethics.errors import Location
from boundaryethics.model import plain_data
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import schema, yaml
from boundaryethics.policies.loader import YAML, as_policy, load_from_folder
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, TextError, text_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class Grade(Choice):
    """The grades that a source can assign to an option, best first.

    Options with a better grade must rank above options with a worse grade.
    """

    #: The source prefers the option: it must be first, without a tie.
    BEST = "best"
    ACCEPTABLE = "acceptable"
    DISFAVORED = "disfavored"
    #: The source rules the option out: it must be forbidden, or in one of the last two
    #: ranks below the first.
    UNACCEPTABLE = "unacceptable"


@final
@attrs.frozen(kw_only=True)
class Expectation:
    """The required contents of a verdict. Other contents are allowed."""

    #: All options that must share the first rank.
    first: tuple[Option, ...] = ()
    #: All options that must share the last rank.
    last: tuple[Option, ...] = ()
    #: Pairs of options. The first of each pair must rank above the second.
    above: tuple[tuple[Option, Option], ...] = ()
    #: Pairs of options that must be tied.
    tied: tuple[tuple[Option, Option], ...] = ()
    #: Options with the status that each must have.
    status: tuple[tuple[Option, Status], ...] = ()
    #: For each option, principles. Each must be the principle of at least one reason to
    #: favor or require the option.
    cites: tuple[tuple[Option, tuple[str, ...]], ...] = ()
    #: Actions that must be advised, and actions that must not be.
    actions: tuple[str, ...] = ()
    no_actions: tuple[str, ...] = ()
    #: Parts that the draft message must have, and parts that it must not have.
    drafts: tuple[str, ...] = ()
    no_drafts: tuple[str, ...] = ()
    #: Findings that must be true.
    findings: tuple[str, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Case:
    """A test case: a situation, its source, and the expected verdict."""

    #: A description in a complete sentence.
    name: str
    #: The ID of the policy.
    policy: str
    id: str = ""
    #: The source of the ruling; `house` if it is this project's own judgment.
    source: str = ""
    #: The authority of the source: 1 regulator or tribunal, 2 professional body, 3
    #: expert, 4 practice, 5 other; None if the file does not state it.
    tier: int | None = None
    #: The facts of the situation, with their values. None is the same as `unknown`.
    given: tuple[tuple[str, str | bool | None], ...] = ()
    expect: Expectation = Expectation()
    #: Options with the grade that the source assigns to each.
    verdicts: tuple[tuple[Option, Grade], ...] = ()
    #: The reason why the policy departs from the source's ruling; empty if it does not.
    departs: str = ""
    #: A note for readers of the file.
    note: str = ""
    #: The location of the case in its file; None without a file.
    where: Location | None = attrs.field(default=None, eq=False)
    #: The folder to search first for the policy; None for built-in cases.
    folder: Path | None = attrs.field(default=None, eq=False)
    #: The location of the policy's ID in the file.
    policy_where: Location | None = attrs.field(default=None, eq=False)

    @property
    def expects(self) -> bool:
        """Whether at least one verdict would fail the case.

        A single grade does not restrict the verdict, unless it is the best or the
        worst.
        """
        grades = {grade for _, grade in self.verdicts}
        graded = len(grades) > 1 or grades & {Grade.BEST, Grade.UNACCEPTABLE}
        return bool(graded or self.departs) or self.expect != Expectation()


def shipped_cases() -> tuple[Case, ...]:
    """Load the cases of the built-in policies.

    Raises:
        PolicyError: a file cannot be read. The error lists all problems.
    """
    return _cases_in(files_in(rules_folder() / "cases", "rules/cases", YAML), own=False)


@checked
def load_cases(path: str | Path) -> tuple[Case, ...]:
    """Load the cases in a file, or in every YAML file with `cases` in a folder.

    Raises:
        PolicyError: a file cannot be read or has no cases. The error lists all
            problems.
    """
    file, name = Path(path), str(path)
    if not is_folder(file):
        return _cases_in([(file, name)])
    try:
        cases = _cases_in(files_in(file, name, YAML), only=False)
    except OSError as error:
        unread = yaml.unreadable(str(error.filename), error)
        raise errors.PolicyError([unread]) from None
    if not cases:
        raise errors.PolicyError([errors.problem("BE104.cases", folder=name)])
    return cases


def _cases_in(
    listed: Iterable[tuple[Traversable, str]], *, only: bool = True, own: bool = True
) -> tuple[Case, ...]:
    """Load cases from the *listed* files, each of which comes with its name.

    With *only*, every file must have cases. With *own*, the files are the user's, and
    their folders may contain policies.
    """
    cases: list[Case] = []
    problems: list[errors.Problem] = []
    for where, name in listed:
        try:
            text = text_of(where, file=name, most=MOST_OF_A_POLICY)
        except TextError as error:
            ours = yaml.has_key(error.text, _keys(only)) or not error.problem.where
            fault = error.problem if ours else _no_cases(name)
            problems.append(fault)
            continue
        try:
            read = read_cases(text, file=name, only=only)
            folder = where.parent if own and isinstance(where, Path) else None
            cases += (attrs.evolve(case, folder=folder) for case in read)
        except errors.PolicyError as error:
            problems += error.problems
    if problems:
        raise errors.PolicyError(problems)
    return tuple(cases)


def read_cases(text: str, *, file: str, only: bool = True) -> list[Case]:
    """Parse the cases in *text*. *file* is its name in problem messages.

    Raises:
        PolicyError: the text is invalid or, with *only*, has no cases.
    """
    read = yaml.document(text, file=file)
    data: Any = read.data
    problems = read.problems
    if (only or problems) and not yaml.has_key(text or "cases", _keys(only), data):
        # The user may have named any file, so problems must not quote its text.
        problems = (_no_cases(file),)
    elif read.root is None and only and not problems:
        problems = (errors.problem("BE104.empty", file=file),)
    elif not problems and not (only or (isinstance(data, dict) and "cases" in data)):
        return []
    elif not problems:
        faults = schema.faults(data, "cases")
        problems = tuple(schema.problem_of(fault, read) for fault in faults)
    if problems:
        raise errors.PolicyError(problems)
    return [
        _CASE.read(
            plain,
            where=read.place(("cases", index, "name")),
            policy_where=read.place(("cases", index, "policy")),
        )
        for index, plain in enumerate(data["cases"])
    ]


def _keys(only: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return the keys of case files and, unless *only* is true, of policy files."""
    return ("cases",) if only else ("cases", "policy")


def _no_cases(file: str) -> errors.Problem:
    return errors.problem("BE104.nocases", file=file)


_PAIRS = plain_data.each(plain_data.some_of(Option))
_EXPECTATION = plain_data.Record(
    Expectation,
    first=plain_data.some_of(Option),
    last=plain_data.some_of(Option),
    above=_PAIRS,
    tied=_PAIRS,
    status=plain_data.pairs(plain_data.one_of(Option), plain_data.one_of(Status)),
    cites=plain_data.pairs(plain_data.one_of(Option), plain_data.NAMES),
    actions=plain_data.NAMES,
    no_actions=plain_data.NAMES,
    drafts=plain_data.NAMES,
    no_drafts=plain_data.NAMES,
    findings=plain_data.NAMES,
)
_CASE = plain_data.Record(
    Case,
    apart=("where", "folder", "policy_where"),
    given=plain_data.pairs(plain_data.AS_IS, plain_data.AS_IS),
    expect=_EXPECTATION,
    verdicts=plain_data.pairs(plain_data.one_of(Option), plain_data.one_of(Grade)),
)


@final
@attrs.frozen(kw_only=True)
class CaseResult:
    """The result of one case."""

    case: Case
    #: Unmet expectations, except those that a declared departure explains.
    misses: tuple[str, ...]
    #: Declared departures from the source's ruling that occurred.
    departures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the case passes. A declared departure is not a failure."""
        return not self.misses


@checked
def check(case: Case, verdict: Verdict) -> CaseResult:
    """Check a verdict against a case."""
    misses = tuple(_misses(case.expect, verdict))
    against = tuple(_against_ruling(dict(case.verdicts), verdict))
    if not case.departs:
        return CaseResult(case=case, misses=misses + against)
    if not against:
        misses += ("the case declares a departure from its source, but there is none",)
    return CaseResult(case=case, misses=misses, departures=against)


def _ranked(options: Collection[Option], place: str) -> str:
    """State that *options* rank first or last: `ignore and leave rank last`."""
    ranks = "ranks" if len(options) == 1 else "rank"
    return f"{' and '.join(options)} {ranks} {place}"


def _misses(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    for place, expected, found in (
        ("first", expect.first, verdict.best),
        ("last", expect.last, verdict.ranking[-1]),
    ):
        if expected and set(expected) != set(found):
            yield f"{_ranked(found, place)}, not {' and '.join(expected)}"
    options = verdict.options
    rank = {option: one.rank for option, one in options.items()}
    for above, below in expect.above:
        if rank[above] >= rank[below]:
            yield f"{above} is not above {below}"
    yield from (
        f"{one} and {other} are not tied"
        for one, other in expect.tied
        if rank[one] != rank[other]
    )
    yield from (
        f"{option} is {options[option].status}, not {status}"
        for option, status in expect.status
        if options[option].status is not status
    )
    for option, principles in expect.cites:
        reasons = (*options[option].by(Pull.FAVORS), *options[option].by(Pull.REQUIRES))
        cited = {reason.principle for reason in reasons}
        missing = (name for name in principles if name not in cited)
        yield from (
            f"no reason for {option} has principle `{name}`" for name in missing
        )
    yield from _wrong_contents(expect, verdict)


def _wrong_contents(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    actions = {advice.action for advice in verdict.actions}
    drafts = {part.id for part, _ in verdict.draft}
    for expected, present, miss in (
        (expect.actions, actions, "is not advised"),
        (expect.drafts, drafts, "is not drafted"),
        (expect.findings, verdict.findings, "is not true"),
    ):
        yield from (f"`{name}` {miss}" for name in expected if name not in present)
    policy = verdict.policy
    for barred, present, known, miss, kind in (
        (expect.no_actions, actions, policy.action, "advised", "an action"),
        (expect.no_drafts, drafts, policy.draft_part, "drafted", "a draft sentence"),
    ):
        # A misspelled name is never present, so report names that do not exist.
        yield from (f"`{name}` is {miss}" for name in barred if name in present)
        unknown = (name for name in barred if name not in {*present, *known})
        yield from (f"`{name}` is not {kind} of the policy" for name in unknown)


def _against_ruling(grades: dict[Option, Grade], verdict: Verdict) -> Iterator[str]:
    """Yield departures from a ruling. Options with better grades must rank higher."""
    place = {option: one.rank for option, one in verdict.options.items()}
    order = list(Grade)
    for better, worse in product(grades, grades):
        higher = order.index(grades[better]) < order.index(grades[worse])
        if higher and place[better] >= place[worse]:
            good, bad = f"{better} ({grades[better]})", f"{worse} ({grades[worse]})"
            yield f"{good} is not above {bad}"
    for option, grade in grades.items():
        if grade is Grade.BEST and verdict.best != (option,):
            yield f"{_ranked(verdict.best, 'first')}, not {option} alone"
        low = any(option in group for group in verdict.ranking[1:][-2:])
        if grade is Grade.UNACCEPTABLE and not (low or option in verdict.ruled_out):
            yield f"{option} is neither ruled out nor in the last two ranks"


@final
@attrs.frozen
class CaseReport:
    """The results of several cases."""

    outcomes: tuple[CaseResult, ...]
    #: Cases of other policies that use facts the tested policy does not declare.
    skipped: tuple[Case, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there is at least one case, and all cases pass."""
        return bool(self.outcomes) and all(one.holds for one in self.outcomes)

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The results of the cases that fail."""
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)

    @property
    def departures(self) -> tuple[CaseResult, ...]:
        """The results of the cases with departures from the source's ruling."""
        return tuple(outcome for outcome in self.outcomes if outcome.departures)

    @property
    def unchecked(self) -> tuple[CaseResult, ...]:
        """The results of the cases that any verdict would pass."""
        return tuple(outcome for outcome in self.outcomes if not outcome.case.expects)

    @checked
    def tally(self, by: Callable[[Case], str]) -> dict[str, tuple[int, int]]:
        """Count the passing cases and all cases in each group.

        Cases that any verdict would pass are left out of both counts.

        Args:
            by: a function that returns the group of a case.
        """
        checked = [outcome for outcome in self.outcomes if outcome.case.expects]
        total = Counter(by(outcome.case) for outcome in checked)
        held = Counter(by(outcome.case) for outcome in checked if outcome.holds)
        return {group: (held[group], total[group]) for group in sorted(total)}


@checked
def run_cases(
    cases: Iterable[Case],
    *,
    policy: Policy | str | Path | None = None,
    engine: str | None = None,
) -> CaseReport:
    """Run *cases*, each under its own policy, or all under *policy*.

    A policy that is not built in can be in the same folder as the case file.

    Args:
        cases: the cases to run.
        policy: a policy, or its ID or path. Cases for other policies are skipped if
            they use facts that this policy does not declare.
        engine: the engine, as in `consult`.

    Raises:
        PolicyError: a policy or a situation cannot be read, or a case has no
            expectations and no grades. The error lists all problems, with the locations
            of their cases.
    """
    outcomes: list[CaseResult] = []
    problems: list[errors.Problem] = []
    skipped: list[Case] = []
    one = None if policy is None else as_policy(policy)
    loaded: dict[tuple[str, Path | None], Policy] = {}
    for case in cases:
        # A case of a different policy may use facts that this policy does not declare.
        if (
            one is not None
            and case.policy != one.id
            and any(fact not in one.vocabulary for fact, _ in case.given)
        ):
            skipped.append(case)
            continue
        if not (case.expects or case.verdicts):
            words: dict[str, Any] = {"where": case.where, "token": case.name}
            problems.append(errors.problem("BE409", **words))
        key, place = (case.policy, case.folder), case.policy_where
        try:
            if one is None and key not in loaded:
                loaded[key] = load_from_folder(*key)
            place = case.where
            named = loaded[key] if one is None else one
            outcomes.append(check(case, consult(dict(case.given), named, engine)))
        except errors.BoundaryEthicsError as error:
            problems += [
                attrs.evolve(met, where=met.where or place or case.where)
                for met in error.problems
            ]
    if problems:  # an invalid policy has the same problems in each of its cases
        raise errors.PolicyError([*dict.fromkeys(problems)])
    return CaseReport(tuple(outcomes), tuple(skipped))
