"""Test cases of policies: the model, the loader and the runner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics._files import rules_folder
from boundaryethics.consult import consult
from boundaryethics.errors import (
    BoundaryEthicsError,
    Location,
    PolicyError,
    Problem,
    problem,
)
from boundaryethics.model.plain_data import (
    AS_IS,
    NAMES,
    Record,
    each,
    one_of,
    pairs,
    some_of,
)
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import schema, yaml
from boundaryethics.policies.loader import load_policy, yaml_files
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, Document, TextError, text_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class Grade(StrEnum):
    """What a source rules of an option, best first."""

    #: What the source prefers: first, and alone there.
    BEST = "best"
    ACCEPTABLE = "acceptable"
    DISFAVORED = "disfavored"
    #: Ruled out: forbidden, or in the last two places.
    UNACCEPTABLE = "unacceptable"


@final
@attrs.frozen(kw_only=True)
class Expectation:
    """What a verdict must show; what is not named is free."""

    #: The options that share the first place.
    first: tuple[Option, ...] = ()
    #: The options that share the last place.
    last: tuple[Option, ...] = ()
    #: Pairs of which the first stands above the second.
    above: tuple[tuple[Option, Option], ...] = ()
    #: Pairs that share a place.
    tied: tuple[tuple[Option, Option], ...] = ()
    status: tuple[tuple[Option, Status], ...] = ()
    #: Principles behind reasons that favour or require an option.
    cites: tuple[tuple[Option, tuple[str, ...]], ...] = ()
    #: Steps that are advised, perhaps among others.
    actions: tuple[str, ...] = ()
    #: Steps that must not be advised.
    no_actions: tuple[str, ...] = ()
    #: Parts of what could be said to the client, perhaps among others.
    drafts: tuple[str, ...] = ()
    #: Parts that must not be there.
    no_drafts: tuple[str, ...] = ()
    #: Findings that hold, perhaps among others.
    findings: tuple[str, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Case:
    """A situation, where it is from, and what is expected of the verdict."""

    #: A whole sentence.
    name: str
    #: Id of the policy.
    policy: str
    id: str = ""
    #: Who ruled; `house` where the project did.
    source: str = ""
    #: 1 regulator or tribunal, 2 professional body, 3 expert, 4 practice, 5 other.
    tier: int | None = None
    given: tuple[tuple[str, str | bool | None], ...] = ()
    expect: Expectation = Expectation()
    verdicts: tuple[tuple[Option, Grade], ...] = ()
    #: Why the policy departs from the source's ruling; empty where it does not.
    departs: str = ""
    where: Location | None = attrs.field(default=None, eq=False)


def shipped_cases() -> tuple[Case, ...]:
    """All the cases that are shipped beside the policies.

    Raises:
        PolicyError: a file cannot be read; every problem is told.
    """
    return _cases_in(yaml_files(rules_folder() / "cases", "rules/cases"))


def load_cases(path: str | Path) -> tuple[Case, ...]:
    """The cases in a file, or in every YAML file of a folder that has `cases` on top.

    Raises:
        PolicyError: a file cannot be read, or holds no cases; every problem is told.
    """
    folder = Path(path)
    if folder.is_dir():
        return _cases_in(yaml_files(folder, str(path)), only=False)
    return _cases_in([(folder, str(path))])


def _cases_in(
    listed: Iterable[tuple[Traversable, str]], *, only: bool = True
) -> tuple[Case, ...]:
    """The cases in the files *listed*; others than case files only if not *only*."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for where, name in listed:
        try:
            text = text_of(where, file=name, most=MOST_OF_A_POLICY)
        except TextError as error:
            problems.append(error.problem)
            continue
        read = yaml.document(text, file=name)
        if only or read.problems or _is_case_file(read):
            met = _problems(read)
            problems += met
            cases += () if met else _cases(read)
    if not (cases or problems):
        problems.append(problem("BE104.cases"))
    if problems:
        raise PolicyError(problems)
    return tuple(cases)


def _is_case_file(read: Document) -> bool:
    return isinstance(read.data, dict) and "cases" in read.data


def _problems(read: Document) -> list[Problem]:
    if read.problems:
        return list(read.problems)
    if read.root is None:
        return [problem("BE104.empty", file=read.file)]
    faults = schema.faults(read.data, "cases")
    return [schema.told(fault, read) for fault in faults]


_PAIRS = each(some_of(Option))
_EXPECTATION = Record(
    Expectation,
    first=some_of(Option),
    last=some_of(Option),
    above=_PAIRS,
    tied=_PAIRS,
    status=pairs(one_of(Option), one_of(Status)),
    cites=pairs(one_of(Option), NAMES),
    actions=NAMES,
    no_actions=NAMES,
    drafts=NAMES,
    no_drafts=NAMES,
    findings=NAMES,
)
_CASE = Record(
    Case,
    apart=("where",),
    given=pairs(AS_IS, AS_IS),
    expect=_EXPECTATION,
    verdicts=pairs(one_of(Option), one_of(Grade)),
)


def _cases(read: Document) -> Iterator[Case]:
    data: Any = read.data
    for index, plain in enumerate(data["cases"]):
        yield _CASE.read(plain, where=read.place(("cases", index, "name")))


@final
@attrs.frozen(kw_only=True)
class CaseResult:
    """How one case came out."""

    case: Case
    #: What is not as expected; for a departure, only what it does not explain.
    misses: tuple[str, ...]
    #: Where the policy departs from the source's ruling, as the case says it does.
    departures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is as expected, or departs as the case says."""
        return not self.misses


def check(case: Case, verdict: Verdict) -> CaseResult:
    """How *case* comes out when the policy says *verdict*."""
    misses = tuple(_misses(case.expect, verdict))
    against = tuple(_against_ruling(dict(case.verdicts), verdict))
    if not case.departs:
        return CaseResult(case=case, misses=misses + against)
    if not against:
        misses += ("the case says that the policy departs from it, and it does not",)
    return CaseResult(case=case, misses=misses, departures=against)


def _misses(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    if expect.first and set(expect.first) != set(verdict.best):
        yield f"first is {_named(verdict.best)}, not {_named(expect.first)}"
    if expect.last and set(expect.last) != set(verdict.ranking[-1]):
        yield f"last is {_named(verdict.ranking[-1])}, not {_named(expect.last)}"
    place = {option: one.rank for option, one in verdict.options.items()}
    for above, below in expect.above:
        if place[above] >= place[below]:
            yield f"{above} is not above {below}"
    for one, other in expect.tied:
        if place[one] != place[other]:
            yield f"{one} and {other} do not share a place"
    for option, status in expect.status:
        if verdict.options[option].status is not status:
            yield f"{option} is {verdict.options[option].status}, not {status}"
    yield from _missing(expect, verdict)
    yield from _unwanted(expect, verdict)


def _missing(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    for option, principles in expect.cites:
        one = verdict.options[option]
        speaking = (*one.by(Pull.FAVORS), *one.by(Pull.REQUIRES))
        cited = {reason.principle for reason in speaking}
        for principle in principles:
            if principle not in cited:
                yield f"{option} is not carried by `{principle}`"
    advised = {advice.action for advice in verdict.actions}
    for step in expect.actions:
        if step not in advised:
            yield f"`{step}` is not advised"
    drafted = {part.id for part, _ in verdict.draft}
    for part in expect.drafts:
        if part not in drafted:
            yield f"`{part}` is not drafted"
    for finding in expect.findings:
        if finding not in verdict.findings:
            yield f"`{finding}` does not hold"


def _unwanted(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    """What must not be there, and is; or what is never there, being misspelt."""
    advised = {advice.action for advice in verdict.actions}
    for step in expect.no_actions:
        if step in advised:
            yield f"`{step}` is advised"
        elif step not in verdict.policy.action:
            yield f"`{step}` is no step of the policy"
    drafted = {part.id for part, _ in verdict.draft}
    for part in expect.no_drafts:
        if part in drafted:
            yield f"`{part}` is drafted"
        elif part not in verdict.policy.draft_part:
            yield f"`{part}` is no part of the policy's drafts"


def _against_ruling(grades: dict[Option, Grade], verdict: Verdict) -> Iterator[str]:
    """Where the ranking parts from a ruling: better grades stand above worse ones."""
    place = {option: one.rank for option, one in verdict.options.items()}
    order = list(Grade)
    for better, worse in product(grades, grades):
        higher = order.index(grades[better]) < order.index(grades[worse])
        if higher and place[better] >= place[worse]:
            yield (
                f"{better} ({grades[better]}) is not above {worse} ({grades[worse]})"
            )
    for option, grade in grades.items():
        if grade is Grade.BEST and verdict.best != (option,):
            yield f"first is {_named(verdict.best)}, not {option} alone"
        if grade is Grade.UNACCEPTABLE and not _is_low(option, verdict):
            yield f"{option} is neither ruled out nor in the last two places"


def _is_low(option: Option, verdict: Verdict) -> bool:
    forbidden = verdict.options[option].status is Status.FORBIDDEN
    return forbidden or any(option in group for group in verdict.ranking[1:][-2:])


def _named(options: tuple[Option, ...]) -> str:
    return " and ".join(options)


@final
@attrs.frozen
class CaseReport:
    """How a number of cases came out."""

    outcomes: tuple[CaseResult, ...]
    #: Cases of other policies that state facts which the one asked does not have.
    skipped: tuple[Case, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every case came out as expected, or departs as it says."""
        return all(outcome.holds for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that did not come out."""
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)

    @property
    def departures(self) -> tuple[CaseResult, ...]:
        """The cases in which a policy departs from the source, as the case says."""
        return tuple(outcome for outcome in self.outcomes if outcome.departures)

    def tally(self, by: Callable[[Case], str]) -> dict[str, tuple[int, int]]:
        """For each group of cases, sorted: how many hold, of how many."""
        total = Counter(by(outcome.case) for outcome in self.outcomes)
        held = Counter(by(outcome.case) for outcome in self.outcomes if outcome.holds)
        return {group: (held[group], total[group]) for group in sorted(total)}


def run_cases(
    cases: Iterable[Case],
    *,
    policy: Policy | None = None,
    engine: str | None = None,
) -> CaseReport:
    """How *cases* come out, each under the policy that it names, or all under *policy*.

    Raises:
        PolicyError: a policy or a situation cannot be read; every problem is told,
            with the case's place.
    """
    outcomes: list[CaseResult] = []
    problems: list[Problem] = []
    skipped: list[Case] = []
    for case in cases:
        if policy is not None and not _can_be_asked(case, policy):
            skipped.append(case)
            continue
        try:
            named = load_policy(case.policy) if policy is None else policy
            outcomes.append(check(case, consult(dict(case.given), named, engine)))
        except BoundaryEthicsError as error:
            problems += [
                attrs.evolve(problem, where=problem.where or case.where)
                for problem in error.problems
            ]
    if problems:
        raise PolicyError(problems)
    return CaseReport(tuple(outcomes), tuple(skipped))


def _can_be_asked(case: Case, policy: Policy) -> bool:
    """Whether *policy*, which the case does not name, has all of its facts."""
    return case.policy == policy.id or all(
        n in policy.vocabulary for n, _ in case.given
    )


__all__ = ["CaseReport", "CaseResult", "check", "run_cases"]
