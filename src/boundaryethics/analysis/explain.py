"""Explain one situation: why something is so in it, and why something else is not.

A condition is read part by part; `not` is read inwards, so that each part says what is
wanted, and either holds or fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, assert_never, final

import attrs

from boundaryethics.analysis.counterfactuals import (
    Asked,
    MinimalChanges,
    ShortestChanges,
    changes_table,
    confirm,
    facts_named,
    kept_in,
    verdict_of,
    ways,
    while_fixed,
)
from boundaryethics.errors import AnalysisError, did_you_mean, problem
from boundaryethics.mdd.build import finding_diagram, ranking_diagram, rule_diagram
from boundaryethics.mdd.space import Space
from boundaryethics.model.conditions import All, Condition, FactIn, Holds, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule
from boundaryethics.model.verdict import Comparison, Reason, Step, Verdict
from boundaryethics.render import proof_data, proof_text
from boundaryethics.render.wording import (
    NOTE,
    SPEAKING,
    condition_words,
    deciding,
    doing,
    listed,
    named,
    opened,
    sentence_of,
    spaced,
)
from boundaryethics.report import Outline, OutlineLine, PlainData, Table, picked

_ORDINALS = ("first", "second", "third", "fourth")


@final
@attrs.frozen
class HasRank:
    """An option in a place, 1 for the first; with None, in the place that it has."""

    option: Option
    rank: int | None = None

    #: What it is where it is so, and where it is not.
    told = ("the option stands there", "the option stands elsewhere")

    def __str__(self) -> str:
        return f"{self.option} {ordinal(self.rank)}" if self.rank else self.option

    def is_so(self, verdict: Verdict) -> bool:
        """Whether the option stands there."""
        return self.rank in {None, verdict.options[self.option].rank}

    def routes(self, verdict: Verdict, space: Space) -> ShortestChanges:
        """The ways to situations in which it does."""
        diagram = ranking_diagram(verdict.policy)
        there = diagram.placing(self.option, self.rank or 1)
        return ShortestChanges(diagram, verdict.situation, space, there[None, :])


@final
@attrs.frozen
class Binding:
    """A rule that binds."""

    rule: str

    told = ("the rule binds", "the rule does not bind")

    def __str__(self) -> str:
        return self.rule

    def is_so(self, verdict: Verdict) -> bool:
        """Whether the rule binds."""
        return self.rule in verdict.binding

    def stated(self, *, so: bool) -> str:
        """That it is so, or is not, as a sentence."""
        return f"{self.rule} {'binds' if so else 'does not bind'} here."

    def says(self, policy: Policy) -> str:
        """What the policy says of the rule."""
        return policy.rule[self.rule].because

    def rules(self, policy: Policy) -> tuple[Rule, ...]:
        """The rule itself."""
        return (policy.rule[self.rule],)

    def routes(self, verdict: Verdict, space: Space) -> ShortestChanges:
        """The ways to situations in which the rule binds."""
        diagram = rule_diagram(verdict.policy, self.rule)
        return ShortestChanges.to_all(diagram, verdict.situation, space)


@final
@attrs.frozen
class Holding:
    """A finding that holds."""

    finding: str

    told = ("the finding holds", "the finding does not hold")

    def __str__(self) -> str:
        return self.finding

    def is_so(self, verdict: Verdict) -> bool:
        """Whether the finding holds."""
        return self.finding in verdict.derivation.findings

    def stated(self, *, so: bool) -> str:
        """That it is so, or is not, as a sentence."""
        return f"“{spaced(self.finding)}” {'holds' if so else 'does not hold'} here."

    def says(self, policy: Policy) -> str:
        """What the policy says of the finding."""
        return policy.finding[self.finding].says

    def rules(self, policy: Policy) -> tuple[Rule, ...]:
        """The rules that conclude it."""
        return tuple(r for r in policy.rules if self.finding in r.then.concludes)

    def routes(self, verdict: Verdict, space: Space) -> ShortestChanges:
        """The ways to situations in which the finding holds."""
        diagram = finding_diagram(verdict.policy, self.finding)
        return ShortestChanges.to_all(diagram, verdict.situation, space)


Target: TypeAlias = HasRank | Binding | Holding


def target_of(named: str | tuple[str, int], policy: Policy) -> Target:
    """What *named* means: `decline`, `decline first`, a rule's id, a finding's name.

    A name that could be several of them is an option, or else a rule.

    Raises:
        AnalysisError: it means none of them.
    """
    option, place = named if isinstance(named, tuple) else _parted(str(named))
    if option in list(Option) and (place is None or 1 <= place <= len(Option)):
        return HasRank(Option(option), place)
    if named in policy.rule:
        return Binding(str(named))
    if named in policy.finding:
        return Holding(str(named))
    known = [*Option, *policy.rule, *policy.finding]
    no_such = problem(
        "BE611",
        name=named,
        policy=policy.id,
        near=did_you_mean(str(named), known),
        token=str(named),
    )
    raise AnalysisError([no_such])


def option_named(named: Option | str) -> Option:
    """Return the option called *named*, or raise `AnalysisError`."""
    if named in list(Option):
        return Option(named)
    no_such = problem(
        "BE611.option",
        name=named,
        listed=", ".join(f"`{option}`" for option in Option),
        near=did_you_mean(str(named), list(Option)),
        token=str(named),
    )
    raise AnalysisError([no_such])


def ordinal(place: int) -> str:
    """*place* in words: `first`."""
    return _ORDINALS[place - 1]


def _parted(named: str) -> tuple[str, int | None]:
    """An option and a place: the place is a word, or a number."""
    match named.split():
        case [option, word] if word in _ORDINALS:
            return option, _ORDINALS.index(word) + 1
        case [option, word] if word in {"1", "2", "3", "4"}:
            return option, int(word)
        case _:
            return named, None


_JOINED = {True: "all of these", False: "one of these"}


@final
@attrs.frozen(kw_only=True)
class ConditionTrace(PlainData):
    """One part of a condition."""

    #: What it wants, in words.
    says: str
    holds: bool
    #: The fact or the finding that it reads; empty where it joins other parts.
    of: str = ""
    #: What is there: the fact's value, or whether the finding holds.
    actual: str = ""
    #: The values of which the fact should have one.
    wanted: tuple[str, ...] = ()
    parts: tuple[ConditionTrace, ...] = ()
    #: The rules that conclude the finding, where it is as it should not be.
    rules: tuple[RuleTrace, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the part as plain data, without what it does not have."""
        optional = ("of", "actual", "wanted", "parts", "rules")
        given = (name for name in optional if getattr(self, name))
        return picked(self, "says", "holds", *given)

    def lines(self, depth: int, *, failing: bool = False) -> Iterator[OutlineLine]:
        """The part and those under it; with *failing*, only what fails."""
        if failing and self.holds:
            return
        mark = "met" if self.holds else "unmet"
        but = f"; it is {spaced(self.actual)}" if self.wanted and not self.holds else ""
        yield OutlineLine(f"{mark}: {self.says}{but}", depth)
        for part in self.parts:
            yield from part.lines(depth + 1, failing=failing)
        for rule in self.rules:
            yield from rule.lines(depth + 1)


@final
@attrs.frozen(kw_only=True)
class RuleTrace(PlainData):
    """One rule as it stands in a situation."""

    rule: str
    triggered: bool
    #: The binding rules that set it aside.
    overridden_by: tuple[str, ...]
    #: None where the condition is read further up.
    condition: ConditionTrace | None

    @property
    def binds(self) -> bool:
        """Whether it counts."""
        return self.triggered and not self.overridden_by

    def lines(self, depth: int) -> Iterator[OutlineLine]:
        """How the rule stands, and under it what fails."""
        if self.binds:
            yield OutlineLine(f"{self.rule} binds", depth)
        elif self.triggered:
            by = ", ".join(self.overridden_by)
            yield OutlineLine(f"{self.rule} is triggered, and set aside by {by}", depth)
        elif self.condition is None:
            yield OutlineLine(f"{self.rule} is not triggered, as above", depth)
        else:
            yield OutlineLine(f"{self.rule} is not triggered", depth)
            yield from self.condition.lines(depth + 1, failing=True)


def read_rule(
    verdict: Verdict, rule: Rule, above: frozenset[str] = frozenset()
) -> RuleTrace:
    """How *rule* stands in a situation; *above* are the rules on the way to it."""
    by = verdict.overridden.get(rule.id, ())
    read = _Reading(verdict, above | {rule.id})
    return RuleTrace(
        rule=rule.id,
        triggered=bool(by) or rule.id in verdict.binding,
        overridden_by=by,
        condition=None if rule.id in above else read.part(rule.when, wanted=True),
    )


@final
@attrs.frozen
class _Reading:
    """Conditions read in one situation."""

    verdict: Verdict
    #: The rules whose conditions are being read.
    above: frozenset[str]

    def part(self, condition: Condition, *, wanted: bool) -> ConditionTrace:
        """*condition*, which should come out as *wanted*."""
        match condition:
            case FactIn():
                return self._fact(condition, wanted=wanted)
            case Holds():
                return self._finding(condition, wanted=wanted)
            case Not(inner):
                return self.part(inner, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                read = tuple(self.part(one, wanted=wanted) for one in parts)
                every = isinstance(condition, All) is wanted
                if not read:
                    return ConditionTrace(
                        says="always" if every else "never", holds=every
                    )
                return ConditionTrace(
                    says=_JOINED[every],
                    holds=(all if every else any)(one.holds for one in read),
                    parts=read,
                )
            case _:
                assert_never(condition)

    def _fact(self, test: FactIn, *, wanted: bool) -> ConditionTrace:
        actual = self.verdict.situation[test.fact]
        declared = self.verdict.policy.vocabulary[test.fact].all_values
        return ConditionTrace(
            says=condition_words(test if wanted else Not(test)),
            holds=(actual in test.values) is wanted,
            of=test.fact,
            actual=actual,
            wanted=tuple(v for v in declared if (v in test.values) is wanted),
        )

    def _finding(self, test: Holds, *, wanted: bool) -> ConditionTrace:
        name = test.finding
        found = name in self.verdict.derivation.findings
        concluding = [r for r in self.verdict.policy.rules if name in r.then.concludes]
        if found:
            concluding = [r for r in concluding if r.id in self.verdict.binding]
        amiss = found is not wanted
        return ConditionTrace(
            says=condition_words(test if wanted else Not(test)),
            holds=not amiss,
            of=name,
            actual="holds" if found else "does not hold",
            rules=tuple(
                read_rule(self.verdict, rule, self.above)
                for rule in concluding
                if amiss
            ),
        )


def beside(verdict: Verdict, option: Option) -> tuple[Comparison, ...]:
    """What parts *option* from the places next to its own, and from who shares it."""
    place = verdict.options[option].rank
    near = {place - 1, place, place + 1}
    others = [
        a for a in verdict.assessments if a.option is not option and a.rank in near
    ]
    others.sort(key=lambda other: other.rank)
    return tuple(verdict.compare(option, other.option) for other in others)


def in_the_way(verdict: Verdict, option: Option, wanted: int) -> tuple[Comparison, ...]:
    """What keeps *option* from the place *wanted*.

    The options of the next place that way, and those that stand on the place itself.
    """
    place = verdict.options[option].rank
    step = -1 if wanted < place else 1
    places = dict.fromkeys((place + step, wanted))
    return tuple(
        verdict.compare(option, other.option)
        for number in places
        for other in verdict.assessments
        if other.rank == number and other.option is not option
    )


def compared(comparison: Comparison) -> dict[str, Any]:
    """Give a comparison as plain data."""
    names = ("rule", "option", "pull", "strength", "principle", "because", "cites")
    return {
        **picked(comparison, "above", "below", "decided_by"),
        "reasons": [picked(reason, *names) for reason in comparison.reasons],
        "against": [picked(reason, *names) for reason in comparison.against],
    }


def compared_lines(verdict: Verdict, comparison: Comparison) -> Iterator[OutlineLine]:
    """A comparison in plain lines: what decides, then the reasons on both sides."""
    above, below = (
        named(verdict, option) for option in (comparison.above, comparison.below)
    )
    if comparison.decided_by is None:
        yield OutlineLine(
            f"{opened(above)} and {below} are tied: nothing separates them."
        )
        return
    by = deciding(comparison.decided_by)
    yield OutlineLine(f"{opened(above)} over {below}: {by}.")
    yield from _reasons(verdict, comparison.reasons, "")
    yield from _reasons(verdict, comparison.against, "outweighed, ")


def _reasons(
    verdict: Verdict, reasons: Iterable[Reason], mark: str
) -> Iterator[OutlineLine]:
    """A line for each rule, with all that it speaks for and against."""
    heard: dict[str, list[str]] = {}
    for reason in reasons:
        speaks = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
        heard.setdefault(reason.rule, []).append(speaks)
    for rule, said in heard.items():
        sentence = sentence_of(verdict, rule)
        source = f" ({sentence.source})" if sentence.source else ""
        speaks = opened(f"{mark}{listed(said)}")
        yield OutlineLine(f"{speaks}: {sentence.text}{source} [{rule}]", 1)


def ranks(verdict: Verdict, option: Option) -> str:
    """Where *option* is, as the end of a sentence."""
    if option in verdict.ruled_out:
        return "is ruled out"
    return f"ranks {ordinal(verdict.options[option].rank)}"


def _shown_rows(proof: dict[str, Any], depth: int) -> Iterator[tuple[int, str]]:
    yield depth, proof["shown"]
    for inner in proof["by"]:
        yield from _shown_rows(inner, depth + 1)


@final
@attrs.frozen(kw_only=True)
class WhyFollows(Outline):
    """Why a rule binds, or a finding holds."""

    verdict: Verdict = attrs.field(repr=False)
    target: Binding | Holding
    proof: Step

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        name = str(self.target)
        proof = proof_data(self.verdict, name)
        return {"target": name, "so": True, "proof": proof, "note": NOTE}

    def _rows(self) -> Table:
        """Give a row for each thing that the proof shows."""
        rows = _shown_rows(proof_data(self.verdict, str(self.target)), 0)
        return Table(columns=("depth", "shown"), rows=tuple(rows))

    def _lines(self) -> Iterator[OutlineLine]:
        yield from _opening(self.verdict, self.target, so=True)
        for line in proof_text(self.verdict, str(self.target)).splitlines():
            text = line.lstrip()
            yield OutlineLine(text, (len(line) - len(text)) // 2)


@final
@attrs.frozen(kw_only=True)
class WhyRanked(Outline):
    """Why an option has its place."""

    verdict: Verdict = attrs.field(repr=False)
    option: Option
    comparisons: tuple[Comparison, ...]

    @property
    def rank(self) -> int:
        """The place that it has."""
        return self.verdict.options[self.option].rank

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": self.option.value,
            "so": True,
            "rank": self.rank,
            "comparisons": [compared(one) for one in self.comparisons],
            "note": NOTE,
        }

    def _rows(self) -> Table:
        """Give a row for each reason, on either side."""
        rows = (
            (
                *(one.above.value, one.below.value, one.decided_by, outweighed),
                *(reason.rule, reason.option.value, reason.pull.value),
            )
            for one in self.comparisons
            for outweighed in (False, True)
            for reason in (one.against if outweighed else one.reasons)
        )
        names = "above below decided_by outweighed rule option pull"
        return Table(columns=(*names.split(),), rows=tuple(rows))

    def _lines(self) -> Iterator[OutlineLine]:
        done = doing(self.verdict, self.option)
        yield OutlineLine(f"{done} ({self.option}) {ranks(self.verdict, self.option)}.")
        yield from _comparison_lines(self.verdict, self.comparisons)


@final
@attrs.frozen(kw_only=True)
class WhyNotFollows(Outline):
    """Why a rule does not bind, or a finding does not hold."""

    verdict: Verdict = attrs.field(repr=False)
    target: Binding | Holding
    #: The rule itself; for a finding, every rule that concludes it.
    rules: tuple[RuleTrace, ...]
    #: The facts that were not to change.
    immutable: tuple[str, ...]
    least: MinimalChanges

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": str(self.target),
            "so": False,
            **picked(self, "rules", "immutable", "least"),
            "note": NOTE,
        }

    def _rows(self) -> Table:
        """Give a row for each fact of each least change."""
        return changes_table(str(self.target), self.least)

    def _lines(self) -> Iterator[OutlineLine]:
        yield from _opening(self.verdict, self.target, so=False)
        if not self.rules:
            yield OutlineLine("No rule concludes it.")
        for rule in self.rules:
            yield from _rule_lines(rule, alone=isinstance(self.target, Binding))
        yield OutlineLine("")
        yield from ways(
            self.least,
            "For it to be so",
            f"Nothing brings it about{while_fixed(self.immutable)}.",
        )


@final
@attrs.frozen(kw_only=True)
class WhyNotRanked(Outline):
    """Why an option does not have a place."""

    verdict: Verdict = attrs.field(repr=False)
    option: Option
    #: The place asked for.
    rank: int
    comparisons: tuple[Comparison, ...]
    #: The facts that were not to change.
    immutable: tuple[str, ...]
    least: MinimalChanges

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": f"{self.option} {ordinal(self.rank)}",
            "so": False,
            "rank": self.verdict.options[self.option].rank,
            "comparisons": [compared(one) for one in self.comparisons],
            **picked(self, "immutable", "least"),
            "note": NOTE,
        }

    def _rows(self) -> Table:
        """Give a row for each fact of each least change."""
        return changes_table(self.option.value, self.least)

    def _lines(self) -> Iterator[OutlineLine]:
        wanted = ordinal(self.rank)
        done = f"{doing(self.verdict, self.option)} ({self.option})"
        yield OutlineLine(f"{done} {ranks(self.verdict, self.option)}, not {wanted}.")
        yield from _comparison_lines(self.verdict, self.comparisons)
        yield OutlineLine("")
        subject = named(self.verdict, self.option)
        yield from ways(
            self.least,
            f"To put {subject} {wanted}",
            f"Nothing puts {subject} {wanted}{while_fixed(self.immutable)}.",
        )


def _opening(
    verdict: Verdict, target: Binding | Holding, *, so: bool
) -> Iterator[OutlineLine]:
    yield OutlineLine(target.stated(so=so))
    if says := target.says(verdict.policy):
        yield OutlineLine(f"It says: {says}")
    yield OutlineLine("")


def _comparison_lines(
    verdict: Verdict, comparisons: Iterable[Comparison]
) -> Iterator[OutlineLine]:
    for comparison in comparisons:
        yield OutlineLine("")
        yield from compared_lines(verdict, comparison)


def _rule_lines(rule: RuleTrace, *, alone: bool) -> Iterator[OutlineLine]:
    """A rule that does not bind, its whole condition told where it stands alone."""
    if alone and rule.condition and not rule.triggered:
        yield from rule.condition.lines(0)
    else:
        yield from rule.lines(0)


def why(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
) -> WhyFollows | WhyRanked:
    """Why *target* is so: a rule binds, a finding holds, an option has its place.

    For a rule or a finding, the proof that leads from the facts to it. For an
    option, what parts it from the places next to its own.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        target: a rule, a finding, an option, or an option with a place, such as
            `decline first` or `("decline", 1)`.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: there is no such target, or it is not so.
    """
    verdict = verdict_of(situation, policy)
    asked = target_of(target, verdict.policy)
    if not asked.is_so(verdict):
        stated = asked.told[1]
        not_so = problem("BE612", target=asked, stated=stated, token=str(asked))
        raise AnalysisError([not_so])
    match asked:
        case HasRank(option):
            return WhyRanked(
                verdict=verdict, option=option, comparisons=beside(verdict, option)
            )
        case Binding(name) | Holding(name):
            return WhyFollows(verdict=verdict, target=asked, proof=verdict.proofs[name])


def explain_pair(
    situation: Asked,
    first: Option | str,
    second: Option | str,
    policy: str | Path | Policy | None = None,
) -> WhyRanked:
    """What decides between two options, with the reasons on both sides (S17).

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        first: an option.
        second: another one.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: a name is not one of the four options.
    """
    verdict = verdict_of(situation, policy)
    one, other = option_named(first), option_named(second)
    comparison = verdict.compare(one, other)
    return WhyRanked(
        verdict=verdict, option=comparison.above, comparisons=(comparison,)
    )


def why_not(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
    *,
    immutable: Iterable[str] = (),
) -> WhyNotFollows | WhyNotRanked:
    """Why *target* is not so, and the least changes of facts that would bring it about.

    For a rule or a finding, its conditions one by one: what is wanted, what is there,
    which rule sets it aside. For an option, what stands in its way to the place; the
    place is the first where none is named. An option is in a place where it stands
    there, alone or with others.

    The changes are all those of the fewest facts, over all situations there are.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        target: a rule, a finding, an option, or an option with a place, such as
            `decline first` or `("decline", 1)`.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        immutable: facts that are not to change.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: there is no such target, it is so, or the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    asked = target_of(target, verdict.policy)
    if isinstance(asked, HasRank):
        asked = HasRank(asked.option, asked.rank or 1)
    if asked.is_so(verdict):
        stated = asked.told[0]
        is_so = problem("BE613", target=asked, stated=stated, token=str(asked))
        raise AnalysisError([is_so])
    unchanging = facts_named(immutable)
    space = kept_in(verdict.policy, verdict.situation, unchanging)
    least = asked.routes(verdict, space).least(0)
    confirm(verdict, least, asked.is_so)
    if isinstance(asked, HasRank):
        place = asked.rank or 1
        return WhyNotRanked(
            verdict=verdict,
            option=asked.option,
            rank=place,
            comparisons=in_the_way(verdict, asked.option, place),
            immutable=unchanging,
            least=least,
        )
    return WhyNotFollows(
        verdict=verdict,
        target=asked,
        rules=tuple(read_rule(verdict, r) for r in asked.rules(verdict.policy)),
        immutable=unchanging,
        least=least,
    )
