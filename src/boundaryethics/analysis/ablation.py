"""Measure the effect of each rule of a policy.

A rule can have an effect only in situations in which it applies, so the search covers
only those situations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import status_differs
from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked
from boundaryethics.charts import MOST_ROWS, Bar, bars
from boundaryethics.consult import scales_of
from boundaryethics.inference import compiled
from boundaryethics.inference.engines import Runner
from boundaryethics.inference.program import lower
from boundaryethics.mdd.build import (
    NOTHING,
    STATUSES,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.network import reachable
from boundaryethics.mdd.space import Count, Space, Where
from boundaryethics.model.conditions import Holds, leaves
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule, Status, rules_by
from boundaryethics.policies import as_policy
from boundaryethics.ranking import weigh
from boundaryethics.report import (
    Report,
    Table,
    as_data,
    cell,
    facts_text,
    made_of,
    population_part,
    signed_chart,
    sized,
)


@final
@attrs.frozen(kw_only=True)
class RuleImpact:
    """The effect of one rule, over all situations covered.

    If the situations have weights, counts are exact shares of the total weight.
    """

    #: The ID of the rule.
    rule: str
    #: The number of situations in which the rule's condition is met.
    triggered: Count
    #: Of these, the number in which no other rule overrides it.
    binding: Count
    #: The number of situations in which it applies and changes the ranking: without it,
    #: the ranking would differ.
    changing: Count
    #: The number of situations in which it applies and changes an option's status.
    status: Count
    #: A situation in which the rule applies, with the fewest known facts; None if it
    #: never applies.
    binds_at: Situation | None
    #: A situation in which the rule changes the ranking, with the fewest known facts;
    #: None if it never does.
    changes_at: Situation | None

    @property
    def decides(self) -> bool:
        """Whether removing the rule changes a ranking or a status."""
        return self.changing > 0 or self.status > 0

    @property
    def always_overridden(self) -> bool:
        """Whether the condition can be met but the rule is always overridden."""
        return self.triggered > 0 and self.binding == 0


@final
@attrs.frozen(kw_only=True)
class RuleImpacts(Report):
    """The effect of each rule of a policy."""

    #: The ID of the policy.
    policy: str
    #: The number of situations covered.
    total: Count
    #: One entry for each rule, in the order of the policy.
    rules: tuple[RuleImpact, ...]
    #: The situations covered.
    over: PopulationSummary | None = None

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of how often each rule applies and has an effect."""
        whole = self.total or 1
        binding = [effect for effect in self.rules if effect.binding]
        idle = len(self.rules) - len(binding)
        left_out = f"; rules that never apply, left out: {idle}" if idle else ""
        return bars(
            [
                Bar(
                    e.rule,
                    float(100 * e.changing / whole),
                    float(100 * e.binding / whole),
                )
                for e in binding
            ],
            title=f"Effect of each rule of {self.policy}",
            subtitle=f"over {sized(self.over, self.total)}{left_out}",
            axis="share of situations (%)",
            legend=("ranking differs without it", "it applies"),
            most=MOST_ROWS,
        )

    def _table(self) -> Table:
        return Table(
            lines=(
                f"{self.policy}: {population_part(self.total)}",
                f"over {self.over}",
            ),
            columns=("rule", "matches", "applies", "changes", "simplest example"),
            rows=tuple(
                (e.rule, *numbers, facts_text(e.changes_at))
                for e in self.rules
                for numbers in [self._numbers(e)]
            ),
        )

    def _numbers(self, one: RuleImpact) -> list[int | str]:
        return [cell(n, self.total) for n in (one.triggered, one.binding, one.changing)]

    def _rows(self) -> Table:
        columns = ("rule", "matches", "applies", "changes", "changes_status", "total")
        return Table(
            columns=(*columns, "example", "over"),
            rows=tuple(
                (
                    *(e.rule, as_data(e.triggered), as_data(e.binding)),
                    *(as_data(e.changing), as_data(e.status), as_data(self.total)),
                    e.changes_at and facts_text(e.changes_at),
                    str(self.over),
                )
                for e in self.rules
            ),
        )


@checked
def rule_impact(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> RuleImpacts:
    """Count the situations in which each rule applies, and in which it has an effect.

    Args:
        policy: a policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        progress: called with the number of rules processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: *over* is invalid, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    policy = as_policy(policy)
    space, summary = space_over(policy.vocabulary, over, where)
    effects, dependent = list[RuleImpact](), dependents(policy)
    for rule in policy.rules:
        effects.append(_impact(policy, rule, space, dependent))
        if progress:
            progress(len(effects), len(policy.rules))
    return RuleImpacts(
        provenance=made_of(policy, where=where, over=summary.recorded),
        policy=policy.id,
        total=space.size,
        over=summary,
        rules=tuple(effects),
    )


def without(policy: Policy, rule: str) -> Policy:
    """Return *policy* without *rule*, and without references to it."""
    rules = tuple(
        attrs.evolve(one, overrides=tuple(n for n in one.overrides if n != rule))
        for one in policy.rules
        if one.id != rule
    )
    return attrs.evolve(policy, rules=rules)


@final
@attrs.frozen(kw_only=True)
class RuleUse:
    """Whether one rule ever has an effect."""

    #: Whether its condition can be met.
    triggered: bool
    #: Whether it can apply.
    binding: bool
    #: Whether removing it can change a ranking or a status.
    decides: bool


def rule_uses(policy: Policy, space: Space) -> Iterator[RuleUse]:
    """For each rule of *policy*, find whether it ever has an effect in *space*.

    This is faster than `rule_impact`, which counts situations. For most rules, it needs
    only a situation with as few known facts as possible in which the rule applies, and
    similar ones.
    """
    uses = _Uses(policy, space)
    overriders = rules_by(policy.rules, lambda rule: rule.overrides)
    found: dict[object, RuleUse] = {}
    for rule in policy.rules:
        # Rules that differ only in wording have the same use, so it is computed once
        # for all of them.
        key = (
            *(rule.when, rule.then, rule.principle),
            *(rule.overrides, overriders.get(rule.id)),
        )
        if key not in found:
            found[key] = uses.of(rule)
        yield found[key]


@final
class _Uses:
    """The search for situations in which rules make a difference."""

    def __init__(self, policy: Policy, space: Space) -> None:
        self._policy, self._space = policy, space
        self._queries, self._dependent = QueryBuilder([policy]), dependents(policy)
        self._scales, self._program = scales_of(policy), lower(policy)
        self._runner = compiled.load(self._program)

    def of(self, rule: Rule) -> RuleUse:
        """Find out whether *rule* ever has an effect."""
        queries, policy, space = self._queries, self._policy, self._space
        node = queries.builder.rules[0][rule.id]
        binding = queries.ask(space, NOTHING, demanded=queries.builder.bound(node))
        if (bound := binding.smallest()) is None:
            triggered = queries.ask(space, NOTHING, demanded=_triggering(queries, node))
            met = triggered.smallest() is not None
            return RuleUse(triggered=met, binding=False, decides=False)
        reached = reachable([rule.id], self._dependent.__getitem__)
        decides = any(any(policy.rule[name].then.pulls()) for name in reached) and (
            self._decides(rule, _near(policy, space, space.situation(bound)))
            or _decides_somewhere(policy, rule, space, self._dependent)
        )
        return RuleUse(triggered=True, binding=True, decides=decides)

    def _decides(self, rule: Rule, among: Iterable[Situation]) -> bool:
        """Return whether removing *rule* changes a rank or status in any of *among*."""
        runners = self._runner, compiled.load(self._program.without(rule.id))

        def outcome(runner: Runner, at: Situation) -> list[tuple[int, Status]]:
            verdict = weigh(self._scales, at, runner.derive(at))
            return [(one.rank, one.status) for one in verdict.assessments]

        each = ([outcome(one, situation) for one in runners] for situation in among)
        return any(one != other for one, other in each)


def dependents(policy: Policy) -> Mapping[str, Sequence[str]]:
    """Map each rule to the rules that it overrides, or that depend on its findings."""
    readers: dict[str, dict[str, None]] = {}
    for rule in policy.rules:
        for leaf, _ in leaves(rule.when):
            if isinstance(leaf, Holds):
                readers.setdefault(leaf.finding, {})[rule.id] = None
    return {
        rule.id: (
            *rule.overrides,
            *(one for name in rule.then.concludes for one in readers.get(name, ())),
        )
        for rule in policy.rules
    }


def _near(policy: Policy, space: Space, situation: Situation) -> Iterator[Situation]:
    """Yield *situation*, and possible situations that differ from it in one fact."""
    yield situation
    vocabulary, row = situation.vocabulary, situation.row
    for place, values in enumerate(space.allowed):
        if vocabulary.facts[place].name in policy.facts_read:
            for value in values:
                near = (*row[:place], value, *row[place + 1 :])
                if near != row and not vocabulary.impossible_in(near):
                    yield Situation(vocabulary=vocabulary, row=near)


def _decides_somewhere(
    policy: Policy, rule: Rule, space: Space, dependent: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether removing *rule* changes a ranking or a status in any situation."""
    queries = QueryBuilder([policy, without(policy, rule.id)])
    binds = queries.builder.bound(queries.builder.rules[0][rule.id])
    if queries.ask(space, RankingDifferences(), demanded=binds).smallest() is not None:
        return True
    if not _affects_statuses(policy, rule, dependent):
        return False
    return status_differs(queries.ask(space, STATUSES, demanded=binds)) > 0


def _triggering(queries: QueryBuilder, node: int) -> int:
    """Add and return a finding that is true whenever the condition of *node* is met."""
    # The added node cannot be overridden.
    builder = queries.builder
    return builder.bound(builder.add(builder.network().nodes[node].gates))


def _affects_statuses(
    policy: Policy, rule: Rule, dependent: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether *rule*, or one that depends on it, forbids or requires options."""
    reached = (policy.rule[n].then for n in reachable([rule.id], dependent.__getitem__))
    return any(then.forbids or then.requires for then in reached)


def _impact(
    policy: Policy, rule: Rule, space: Space, dependent: Mapping[str, Sequence[str]]
) -> RuleImpact:
    queries = QueryBuilder([policy, without(policy, rule.id)])
    builder = queries.builder
    node = builder.rules[0][rule.id]
    binds = builder.bound(node)
    triggered = queries.ask(space, NOTHING, demanded=_triggering(queries, node))
    binding = queries.ask(space, NOTHING, demanded=binds)
    changing = queries.ask(space, RankingDifferences(), demanded=binds)
    status: Count = 0
    if _affects_statuses(policy, rule, dependent):
        status = status_differs(queries.ask(space, STATUSES, demanded=binds))
    bound, changed = binding.smallest(), changing.smallest()
    return RuleImpact(
        rule=rule.id,
        triggered=sum(triggered.weights()),
        binding=sum(binding.weights()),
        changing=sum(changing.weights()),
        status=status,
        binds_at=None if bound is None else space.situation(bound),
        changes_at=None if changed is None else space.situation(changed),
    )
