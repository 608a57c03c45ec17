"""Explain why something is true, or is not true, in one situation.

The explanation of a condition lists its parts. `not` is moved inward, so each part is a
requirement that is either met or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal, final

import attrs
import numpy as np

from boundaryethics.analysis.counterfactuals import (
    Asked,
    ChangeSearch,
    MinimalChanges,
    changes_table,
    confirm,
    minimal_changes,
    policy_of,
    search_limits,
    verdict_of,
)
from boundaryethics.arguments import checked
from boundaryethics.errors import (
    AnalysisError,
    check_all,
    check_then,
    did_you_mean,
    problem,
    quoted,
)
from boundaryethics.mdd.build import finding_diagram, ranking_diagram, rule_diagram
from boundaryethics.model.conditions import All, Condition, FactIn, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule
from boundaryethics.model.verdict import Comparison, Proof, Verdict
from boundaryethics.render import proof_data
from boundaryethics.render.wording import (
    NOTE,
    all_tied,
    condition_words,
    doing,
    named,
    spaced,
)
from boundaryethics.report import (
    Outline,
    OutlineLine,
    PlainData,
    Table,
    comparison_lines,
    made_of,
    picked,
    proof_lines,
)

_ORDINALS = ("first", "second", "third", "fourth")

#: The verb phrases for a rule or a finding that is true, and for one that is not.
_PREDICATES = ("applies", "does not apply")
#: For each kind of target, the error if it is not true, and the error if it is.
_NOT_TRUE = {"option": "BE612.option", "rule": "BE612.rule", "finding": "BE612.finding"}
_TRUE = {"option": "BE613.option", "rule": "BE613.rule", "finding": "BE613.finding"}


@final
@attrs.frozen
class Target:
    """The subject of a question: an option's rank, a rule, or a finding."""

    kind: Literal["option", "rule", "finding"]
    name: str
    #: The rank to explain, if the target is an option; None for any rank.
    rank: int | None = None

    def __str__(self) -> str:
        return f"{self.name} {ordinal(self.rank)}" if self.rank else self.name

    def is_so(self, verdict: Verdict) -> bool:
        """Return whether the target is true in *verdict*."""
        if self.kind == "option":
            rank = verdict.options[Option(self.name)].rank
            return self.rank is None or (self.rank == rank and not all_tied(verdict))
        follows = (
            verdict.derivation.findings if self.kind == "finding" else verdict.binding
        )
        return self.name in follows

    def least(self, verdict: Verdict, **limits: Any) -> MinimalChanges:
        """Find the smallest changes within *limits* that make the target true."""
        policy = verdict.policy
        if self.kind == "option":
            diagram = ranking_diagram(policy)
            goal = diagram.placing(Option(self.name), self.rank or 1)
        else:
            build = rule_diagram if self.kind == "rule" else finding_diagram
            diagram = build(policy, self.name)
            goal = np.ones(len(diagram.ends), bool)
        (least,) = minimal_changes(diagram, verdict.situation, goal[None], **limits)
        confirm(verdict, least, self.is_so)
        return least


def target_of(named: str | tuple[str, int], policy: Policy) -> Target:
    """Parse *named*: `decline`, `decline first`, or the ID of a rule or finding.

    If a name is ambiguous, an option takes precedence over a rule, and a rule over a
    finding.
    """
    option, rank = named if isinstance(named, tuple) else _option_and_rank(str(named))
    if option in list(Option) and (rank is None or 1 <= rank <= len(Option)):
        return Target("option", option, rank)
    name = str(named)
    if named in policy.rule:
        return Target("rule", name)
    if named in policy.finding:
        return Target("finding", name)
    words: dict[str, Any] = {"policy": policy.id, "listed": quoted(Option)}
    principles = {one.id for one in policy.principles}
    others = {"BE611.fact": policy.vocabulary, "BE611.principle": principles}
    for code, names in others.items():
        if name in names:
            raise AnalysisError([problem(code, token=name, **words)])
    near = did_you_mean(name, [*Option, *policy.rule, *policy.finding])
    raise AnalysisError([problem("BE611", name=named, near=near, token=name, **words)])


def _option_and_rank(named: str) -> tuple[str, int | None]:
    match named.split():
        case [option, word] if word in _ORDINALS:
            return option, _ORDINALS.index(word) + 1
        case [option, "1" | "2" | "3" | "4" as number]:
            return option, int(number)
        case _:
            return named, None


def ordinal(rank: int) -> str:
    """Return *rank* as an ordinal number, such as `first`."""
    return _ORDINALS[rank - 1]


@final
@attrs.frozen(kw_only=True)
class ConditionTrace(PlainData):
    """A part of a condition, and whether it is met."""

    #: The required condition, in words.
    says: str
    holds: bool
    #: The fact or finding that the part tests; empty if it combines other parts.
    of: str = ""
    #: The fact's value, or whether the finding is true.
    actual: str = ""
    #: The values of the fact that meet the part.
    wanted: tuple[str, ...] = ()
    parts: tuple[ConditionTrace, ...] = ()
    #: The rules that conclude the finding, if the part is not met.
    rules: tuple[RuleTrace, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain data, without empty entries."""
        optional = ("of", "actual", "wanted", "parts", "rules")
        given = (name for name in optional if getattr(self, name))
        return picked(self, "says", "holds", *given)

    def lines(self, depth: int, *, failing: bool = False) -> Iterator[OutlineLine]:
        """Yield this part and its subparts; with *failing*, only those not met."""
        if failing and self.holds:
            return
        mark = "met" if self.holds else "not met"
        but = f"; it is {spaced(self.actual)}" if self.wanted and not self.holds else ""
        yield OutlineLine(f"{mark}: {self.says}{but}", depth)
        for part in self.parts:
            yield from part.lines(depth + 1, failing=failing)
        for rule in self.rules:
            yield from rule.lines(depth + 1)


@final
@attrs.frozen(kw_only=True)
class RuleTrace(PlainData):
    """Whether a rule applies in a situation, and why."""

    rule: str
    triggered: bool
    #: The rules that apply and override it.
    overridden_by: tuple[str, ...]
    #: The condition; None if a different trace of the same rule has it.
    condition: ConditionTrace | None
    #: Whether the trace with the condition comes later, because this one is nested
    #: too deeply.
    later: bool = False

    @property
    def binds(self) -> bool:
        """Whether the rule's condition is met and no rule overrides it."""
        return self.triggered and not self.overridden_by

    def lines(self, depth: int) -> Iterator[OutlineLine]:
        """Yield whether the rule applies, then any unmet conditions."""
        if self.binds:
            yield OutlineLine(f"{self.rule} applies", depth)
        elif self.triggered:
            by = ", ".join(self.overridden_by)
            yield OutlineLine(f"{self.rule} matches, but is overridden by {by}", depth)
        elif self.condition is None:
            where = "below" if self.later else "above"
            yield OutlineLine(f"{self.rule} does not match, as shown {where}", depth)
        else:
            yield OutlineLine(f"{self.rule} does not match", depth)
            yield from self.condition.lines(depth + 1, failing=True)


#: Rules that are nested more deeply than this are traced separately.
_DEEPEST = 20


@attrs.define
class _Tracer:
    """Traces each rule once, in the situation of a verdict."""

    verdict: Verdict
    binding: frozenset[str]
    begun: set[str] = attrs.Factory(set)
    #: Rules that are nested too deeply to trace in place.
    later: list[Rule] = attrs.Factory(list)

    def trace(self, rules: Iterable[Rule]) -> tuple[RuleTrace, ...]:
        """Trace *rules*, then any rules nested too deeply to trace in place."""
        found = [self._rule(rule, 0) for rule in rules]
        # Tracing a rule can add more rules to `later`.
        found += (
            self._rule(rule, 0) for rule in self.later if rule.id not in self.begun
        )
        return tuple(found)

    def _rule(self, rule: Rule, depth: int) -> RuleTrace:
        by = self.verdict.overridden.get(rule.id, ())
        condition, later = None, False
        if rule.id not in self.begun:
            later = depth >= _DEEPEST
            if later:
                self.later.append(rule)
            else:
                self.begun.add(rule.id)
                condition = self._condition(rule.when, depth + 1, wanted=True)
        return RuleTrace(
            rule=rule.id,
            triggered=bool(by) or rule.id in self.binding,
            overridden_by=by,
            condition=condition,
            later=later,
        )

    def _condition(
        self, condition: Condition, depth: int, *, wanted: bool
    ) -> ConditionTrace:
        match condition:
            case Not(inner):
                return self._condition(inner, depth, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                every = isinstance(condition, All) is wanted
                if not parts:
                    return ConditionTrace(
                        says="always" if every else "never", holds=every
                    )
                traces = tuple(
                    self._condition(part, depth + 1, wanted=wanted) for part in parts
                )
                return ConditionTrace(
                    says="all of" if every else "one of",
                    holds=(all if every else any)(part.holds for part in traces),
                    parts=traces,
                )
        says = condition_words(condition if wanted else Not(condition))
        policy = self.verdict.policy
        if isinstance(condition, FactIn):
            actual = self.verdict.situation[condition.fact]
            declared = policy.vocabulary[condition.fact].all_values
            return ConditionTrace(
                says=says,
                holds=(actual in condition.values) is wanted,
                of=condition.fact,
                actual=actual,
                wanted=tuple(v for v in declared if (v in condition.values) is wanted),
            )
        found = condition.finding in self.verdict.derivation.findings
        concluding = (
            self._rule(rule, depth + 1)
            for rule in _concluding(policy, condition.finding)
            if rule.id in self.binding or not found
        )
        return ConditionTrace(
            says=says,
            holds=found is wanted,
            of=condition.finding,
            actual=_PREDICATES[not found],
            rules=() if found is wanted else tuple(concluding),
        )


def _concluding(policy: Policy, finding: str) -> tuple[Rule, ...]:
    return tuple(policy.rule[name] for name in policy.concluded_by.get(finding, ()))


def _comparisons(
    verdict: Verdict, option: Option, ranks: Iterable[int]
) -> tuple[Comparison, ...]:
    """Compare *option* with the other options at *ranks*."""
    return tuple(
        verdict.compare(option, other.option)
        for rank in dict.fromkeys(ranks)
        for other in verdict.assessments
        if other.rank == rank and other.option is not option
    )


def _comparisons_data(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    names = ("rule", "option", "pull", "strength", "principle", "because", "cites")
    return [
        {
            **picked(one, "above", "below", "decided_by"),
            "reasons": [picked(reason, *names) for reason in one.reasons],
            "against": [picked(reason, *names) for reason in one.against],
        }
        for one in comparisons
    ]


def _rank_line(verdict: Verdict, option: Option, end: str) -> OutlineLine:
    rank = f"ranks {ordinal(verdict.options[option].rank)}"
    if option in verdict.ruled_out:
        rank = "is ruled out"
    elif all_tied(verdict):
        rank = "is tied with the other three"
    return OutlineLine(f'"{doing(verdict, option)}" ({option}) {rank}{end}')


def _target_lines(verdict: Verdict, target: Target) -> Iterator[OutlineLine]:
    """Yield lines on whether *target* follows, and on what the policy says about it."""
    policy, name = verdict.policy, target.name
    if target.kind == "rule":
        subject, says = name, policy.rule[name].because
    else:
        subject, says = f"“{spaced(name)}”", policy.finding[name].says
    applies = _PREDICATES[not target.is_so(verdict)]
    yield OutlineLine(f"{subject} {applies} here.")
    if says:
        yield OutlineLine(f"Reason: {says}")
    yield OutlineLine("")


@final
@attrs.frozen(kw_only=True)
class WhyFollows(Outline):
    """Why a rule applies, or why a finding is true."""

    target: Target
    proof: Proof

    def _data(self) -> dict[str, Any]:
        name = str(self.target)
        proof = proof_data(self.verdict, name)
        return {"target": name, "so": True, "proof": proof, "note": NOTE}

    def _rows(self) -> Table:
        rows = tuple((line.depth, line.text) for line in self._proof())
        return Table(columns=("depth", "shown"), rows=rows)

    def _proof(self) -> Iterator[OutlineLine]:
        return proof_lines(proof_data(self.verdict, str(self.target)))

    def _lines(self) -> Iterator[OutlineLine]:
        yield from _target_lines(self.verdict, self.target)
        yield from self._proof()


@final
@attrs.frozen(kw_only=True)
class WhyRanked(Outline):
    """Why an option has its rank."""

    option: Option
    comparisons: tuple[Comparison, ...]
    #: The option that it is compared with; None if it is compared with the options at
    #: the same rank and at the adjacent ranks.
    versus: Option | None = None

    @property
    def rank(self) -> int:
        """The rank of the option."""
        return self.verdict.options[self.option].rank

    def _data(self) -> dict[str, Any]:
        return {
            "target": self.option.value,
            "so": True,
            "rank": self.rank,
            "comparisons": _comparisons_data(self.comparisons),
            "note": NOTE,
        }

    def _rows(self) -> Table:
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
        end = "." if self.versus or all_tied(self.verdict) else " because:"
        for option in filter(None, (self.option, self.versus)):
            yield _rank_line(self.verdict, option, end)
        yield from comparison_lines(self.verdict, self.comparisons)


@final
@attrs.frozen(kw_only=True)
class WhyNotFollows(ChangeSearch):
    """Why a rule does not apply, or why a finding is not true."""

    target: Target
    #: The rule or, for a finding, all rules that conclude it; then the rules that are
    #: nested too deeply in another trace.
    rules: tuple[RuleTrace, ...]
    #: The smallest changes that would make the rule apply, or the finding true.
    least: MinimalChanges

    def _data(self) -> dict[str, Any]:
        changed = picked(self, "rules", "immutable", "allow_unknown", "least")
        return {"target": str(self.target), "so": False, **changed, "note": NOTE}

    def _rows(self) -> Table:
        return changes_table("target", {self.target: self.least})

    def _lines(self) -> Iterator[OutlineLine]:
        yield from _target_lines(self.verdict, self.target)
        if not self.rules:
            yield OutlineLine("No rule concludes it.")
        for number, rule in enumerate(self.rules):
            asked = self.target.kind == "rule" and number == 0
            if asked and rule.condition and not rule.triggered:
                yield from rule.condition.lines(0)
            else:
                yield from rule.lines(0)
        yield from self._change_lines(self.least)


@final
@attrs.frozen(kw_only=True)
class WhyNotRanked(ChangeSearch):
    """Why an option does not have the requested rank."""

    option: Option
    #: The rank that the option does not have.
    rank: int
    #: Comparisons with the options that keep it from this rank.
    comparisons: tuple[Comparison, ...]
    #: The smallest changes that would give the option this rank.
    least: MinimalChanges

    def _data(self) -> dict[str, Any]:
        return {
            "target": f"{self.option} {ordinal(self.rank)}",
            "so": False,
            "rank": self.verdict.options[self.option].rank,
            "comparisons": _comparisons_data(self.comparisons),
            **picked(self, "immutable", "allow_unknown", "least"),
            "note": NOTE,
        }

    def _rows(self) -> Table:
        return changes_table("target", {self.option: self.least})

    def _lines(self) -> Iterator[OutlineLine]:
        wanted = ordinal(self.rank)
        yield _rank_line(self.verdict, self.option, f", not {wanted}.")
        yield from comparison_lines(self.verdict, self.comparisons)
        goal = f"{named(self.verdict, self.option)} rank {wanted}"
        yield from self._change_lines(self.least, goal)


@checked
def why(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
) -> WhyFollows | WhyRanked:
    """Explain why a rule applies, a finding is true, or an option has its rank.

    For a rule or a finding, return the proof from the facts. For an option, return
    comparisons with the options at the same rank and at the adjacent ranks.

    Args:
        situation: facts with their values, or a verdict, whose policy is used.
        target: a rule, a finding, an option, or an option with a rank, such as `decline
            first` or `("decline", 1)`.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the target is unknown, or not true in the situation.
    """
    policy = policy_of(situation, policy)
    verdict, asked = _asked(situation, target, policy, so=True)
    source = made_of(verdict.policy, situation=verdict.situation, target=str(asked))
    if asked.kind != "option":
        proof = verdict.proofs[asked.name]
        return WhyFollows(provenance=source, verdict=verdict, target=asked, proof=proof)
    option = Option(asked.name)
    rank = verdict.options[option].rank
    adjacent = _comparisons(verdict, option, (rank - 1, rank, rank + 1))
    return WhyRanked(
        provenance=source, verdict=verdict, option=option, comparisons=adjacent
    )


@checked
def explain_pair(
    situation: Asked,
    first: Option | str,
    second: Option | str,
    policy: str | Path | Policy | None = None,
) -> WhyRanked:
    """Explain why one option ranks above another, with reasons on both sides (S17).

    Args:
        situation: facts with their values, or a verdict, whose policy is used.
        first: an option.
        second: another option.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: a name is not one of the four options, or both are the same.
    """
    _, verdict, _ = check_then(
        partial(policy_of, situation, policy),
        partial(verdict_of, situation),
        partial(_check_pair, first, second),
    )
    one = verdict.compare(first, second)
    above, below = one.above, one.below
    pair: dict[str, Any] = {"first": str(first), "second": str(second)}
    return WhyRanked(
        provenance=made_of(verdict.policy, situation=verdict.situation, **pair),
        verdict=verdict,
        option=above,
        versus=below,
        comparisons=(one,),
    )


def _check_pair(first: Option | str, second: Option | str) -> None:
    """Raise an error unless *first* and *second* are two different options."""
    named, listed = dict.fromkeys(map(str, (first, second))), quoted(Option)
    wrong = [
        problem(
            "BE611.option",
            name=name,
            near=did_you_mean(name, list(Option)),
            token=name,
            listed=listed,
        )
        for name in named
        if name not in list(Option)
    ]
    if not wrong and len(named) == 1:
        wrong = [problem("BE611.same", token=str(first), listed=listed)]
    if wrong:
        raise AnalysisError(wrong)


@checked
def why_not(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
    *,
    immutable: Iterable[str] = (),
    allow_unknown: bool = False,
) -> WhyNotFollows | WhyNotRanked:
    """Explain why a target is not true, and find the smallest changes to make it true.

    For a rule, return the parts of its condition, and the rules that override it. For a
    finding, return these for each rule that concludes it. For an option, return
    comparisons with the options that keep it from the requested rank; the default is
    rank 1. Tied options all have the rank that they share, but if all four are tied,
    none counts as first.

    The result lists all ways to make the target true by changing the fewest facts, over
    all possible situations.

    Args:
        situation: facts with their values, or a verdict, whose policy is used.
        target: a rule, a finding, an option, or an option with a rank, such as `decline
            first` or `("decline", 1)`.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.
        immutable: facts that must keep their values.
        allow_unknown: also let known facts become unknown.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the target is unknown or already true in the situation, or the
            policy is too large.
    """
    policy = policy_of(situation, policy)
    (verdict, asked), limits = check_all(
        partial(_asked, situation, target, policy, so=False),
        partial(
            search_limits, policy.vocabulary, immutable, allow_unknown=allow_unknown
        ),
    )
    least = asked.least(verdict, **limits)
    source = made_of(
        verdict.policy, situation=verdict.situation, target=str(asked), **limits
    )
    if asked.kind == "option":
        option, wanted = Option(asked.name), asked.rank or 1
        rank = verdict.options[option].rank
        in_the_way = (rank - 1 if wanted < rank else rank + 1, wanted)
        return WhyNotRanked(
            provenance=source,
            verdict=verdict,
            option=option,
            rank=wanted,
            comparisons=_comparisons(verdict, option, in_the_way),
            least=least,
            **limits,
        )
    rules = (
        [policy.rule[asked.name]]
        if asked.kind == "rule"
        else _concluding(policy, asked.name)
    )
    return WhyNotFollows(
        provenance=source,
        verdict=verdict,
        target=asked,
        rules=_Tracer(verdict, frozenset(verdict.binding)).trace(rules),
        least=least,
        **limits,
    )


def _asked(
    situation: Asked,
    target: str | tuple[str, int],
    policy: Policy,
    *,
    so: bool,
) -> tuple[Verdict, Target]:
    """Return the verdict and the target.

    Raise an error if *so* is set and the target is not true, or if *so* is not set and
    the target is true.
    """
    verdict, asked = check_all(
        partial(verdict_of, situation, policy), partial(target_of, target, policy)
    )
    if asked.kind == "option" and not so:
        asked = attrs.evolve(asked, rank=asked.rank or 1)
    if asked.is_so(verdict) is not so:
        code = (_NOT_TRUE if so else _TRUE)[asked.kind]
        raise AnalysisError([problem(code, target=asked, token=str(asked))])
    return verdict, asked
