"""Measure what each rule of a policy changes.

A rule makes a difference only where it applies, so only those situations are searched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import status_differs
from boundaryethics.arguments import checked
from boundaryethics.charts import Bar, bars
from boundaryethics.mdd.build import (
    NOTHING,
    STANDINGS,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.policies import as_policy
from boundaryethics.report import Report, Table, facts_told, made_of


@final
@attrs.frozen(kw_only=True)
class RuleImpact:
    """The changes that one rule makes, over all situations searched."""

    rule: str
    #: Situations in which its condition holds.
    triggered: int
    #: Of these, situations in which no other rule overrides it.
    binding: int
    #: Of these, situations that would have a different ranking without it.
    changing: int
    #: Of these, situations in which an option would have a different status without it.
    status: int
    #: A situation in which it applies, with the fewest known facts; None without one.
    binds_at: Situation | None
    #: A situation in which it changes the ranking, with the fewest known facts.
    changes_at: Situation | None

    @property
    def decides(self) -> bool:
        """Whether removing it changes a ranking or a status."""
        return self.changing > 0 or self.status > 0

    @property
    def always_overridden(self) -> bool:
        """Whether it is triggered somewhere and overridden everywhere."""
        return self.triggered > 0 and self.binding == 0


@final
@attrs.frozen(kw_only=True)
class RuleImpacts(Report):
    """The changes that each rule of a policy makes."""

    policy: str
    total: int
    #: In the order of the policy.
    rules: tuple[RuleImpact, ...]

    def chart(self) -> Any:
        """Return an Altair chart of where each rule applies and where it matters."""
        whole = self.total or 1
        binding = [effect for effect in self.rules if effect.binding]
        idle = len(self.rules) - len(binding)
        left_out = f"; {idle} that never apply are left out" if idle else ""
        return bars(
            [
                Bar(e.rule, 100 * e.changing / whole, 100 * e.binding / whole)
                for e in binding
            ],
            title=f"Effect of each rule of {self.policy}",
            subtitle=f"over {self.total:,} situations{left_out}",
            axis="share of situations (%)",
            legend=("ranking differs without it", "it applies"),
        )

    def _table(self) -> Table:
        return Table(
            lines=(f"{self.policy}: {self.total:,} situations",),
            columns=("rule", "matches", "applies", "changes", "simplest example"),
            rows=tuple(
                (e.rule, e.triggered, e.binding, e.changing, facts_told(e.changes_at))
                for e in self.rules
            ),
        )


@checked
def rule_impact(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> RuleImpacts:
    """Count where each rule of a policy applies, and where its absence matters.

    Args:
        policy: a policy, or its ID or path.
        where: facts restricted to one or more values.
        progress: called with the number of rules done, and of all rules.

    Raises:
        SituationError: *where* has an undeclared fact or value.
        AnalysisError: the question is too large.
    """
    policy = as_policy(policy)
    space = space_of(policy.vocabulary, where)
    effects: list[RuleImpact] = []
    for rule in policy.rules:
        effects.append(_impact(policy, rule, space))
        if progress:
            progress(len(effects), len(policy.rules))
    return RuleImpacts(
        provenance=made_of(policy, where=where),
        policy=policy.id,
        total=space.size,
        rules=tuple(effects),
    )


def without(policy: Policy, rule: str) -> Policy:
    """Remove *rule* from *policy*, and from what other rules override."""
    rules = tuple(
        attrs.evolve(one, overrides=tuple(n for n in one.overrides if n != rule))
        for one in policy.rules
        if one.id != rule
    )
    return attrs.evolve(policy, rules=rules)


def _impact(policy: Policy, rule: Rule, space: Space) -> RuleImpact:
    asking = QueryBuilder([policy, without(policy, rule.id)])
    builder = asking.weaver
    node = builder.rules[0][rule.id]
    binds = builder.bound(node)
    # This node has no overriders: it applies wherever the rule is triggered.
    triggers = builder.bound(builder.add(builder.woven().nodes[node].gates))
    triggered = asking.ask(space, NOTHING, demanded=triggers)
    binding = asking.ask(space, NOTHING, demanded=binds)
    changing = asking.ask(space, RankingDifferences(), demanded=binds)
    status = 0
    if rule.then.forbids or rule.then.requires:
        status = status_differs(asking.ask(space, STANDINGS, demanded=binds))
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
