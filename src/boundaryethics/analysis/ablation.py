"""Show the purpose of each rule: where it binds, and what its absence changes.

Without a rule nothing can change but where it binds, so that only those situations
are walked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import status_differs
from boundaryethics.charts import Bar, bars
from boundaryethics.mdd.build import (
    NOTHING,
    STANDINGS,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.network import NetworkBuilder
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.policies import as_policy
from boundaryethics.report import Report, Table, facts_told


@final
@attrs.frozen(kw_only=True)
class RuleImpact:
    """What one rule does, over all situations asked of."""

    rule: str
    #: The situations in which its condition holds.
    triggered: int
    #: Those of them in which no other rule sets it aside.
    binding: int
    #: Those of them in which the ranking would be another without it.
    changing: int
    #: Those of them in which some option's standing would be another without it.
    status: int
    #: A situation in which it binds, with the fewest known facts, if there is one.
    binds_at: Situation | None
    #: A situation in which it changes the ranking, with the fewest known facts.
    changes_at: Situation | None

    @property
    def decides(self) -> bool:
        """Whether its absence changes a ranking, or what is ruled out or required."""
        return self.changing > 0 or self.status > 0

    @property
    def always_overridden(self) -> bool:
        """Whether it is triggered somewhere, and set aside everywhere."""
        return self.triggered > 0 and self.binding == 0


@final
@attrs.frozen(kw_only=True)
class RuleImpacts(Report):
    """What each rule of a policy does."""

    policy: str
    total: int
    #: In the order of the policy.
    rules: tuple[RuleImpact, ...]

    def chart(self) -> Any:
        """A picture, for Altair: where each rule binds, and where it matters."""
        whole = self.total or 1
        binding = [effect for effect in self.rules if effect.binding]
        idle = len(self.rules) - len(binding)
        left_out = f"; left out, as they never bind: {idle}" if idle else ""
        return bars(
            [
                Bar(e.rule, 100 * e.changing / whole, 100 * e.binding / whole)
                for e in binding
            ],
            title=f"What each rule of {self.policy} does",
            subtitle=f"over {self.total:,} situations{left_out}",
            axis="share of situations (%)",
            legend=("without it the ranking is another", "it binds"),
        )

    def _table(self) -> Table:
        return Table(
            lines=(f"{self.policy}: {self.total:,} situations",),
            columns=("rule", "triggered", "binding", "changing", "changes at"),
            rows=tuple(
                (e.rule, e.triggered, e.binding, e.changing, facts_told(e.changes_at))
                for e in self.rules
            ),
        )


def rule_impact(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> RuleImpacts:
    """Where each rule of *policy* binds, and where its absence changes the ranking.

    Args:
        policy: whose rules they are.
        where: facts confined to a value or to some values.
        progress: called with the rules done, and the rules there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the question is too large.
    """
    policy = as_policy(policy)
    space = space_of(policy.vocabulary, where)
    effects: list[RuleImpact] = []
    for rule in policy.rules:
        effects.append(_effect(policy, rule.id, space))
        if progress:
            progress(len(effects), len(policy.rules))
    return RuleImpacts(policy=policy.id, total=space.size, rules=tuple(effects))


def without(policy: Policy, rule: str) -> Policy:
    """*policy* without *rule*, and without any mention of it."""
    kept = (other for other in policy.rules if other.id != rule)
    rules = tuple(
        attrs.evolve(one, overrides=tuple(n for n in one.overrides if n != rule))
        for one in kept
    )
    return attrs.evolve(policy, rules=rules)


def _effect(policy: Policy, rule: str, space: Space) -> RuleImpact:
    asking = QueryBuilder([policy, without(policy, rule)])
    weaver = asking.weaver
    number = weaver.rules[0][rule]
    binds = weaver.bound(number)
    triggered = asking.ask(space, NOTHING, demanded=_triggered(weaver, number))
    binding = asking.ask(space, NOTHING, demanded=binds)
    changing = asking.ask(space, RankingDifferences(), demanded=binds)
    bound, changed = binding.smallest(), changing.smallest()
    return RuleImpact(
        rule=rule,
        triggered=sum(triggered.weights()),
        binding=sum(binding.weights()),
        changing=sum(changing.weights()),
        status=_standing(asking, space, policy.rule[rule], binds),
        binds_at=None if bound is None else space.situation(bound),
        changes_at=None if changed is None else space.situation(changed),
    )


def _standing(asking: QueryBuilder, space: Space, rule: Rule, binds: int) -> int:
    """In how many situations in which *rule* binds its absence changes a standing."""
    if not (rule.then.forbids or rule.then.requires):
        return 0
    return status_differs(asking.ask(space, STANDINGS, demanded=binds))


def _triggered(weaver: NetworkBuilder, number: int) -> int:
    """A finding that holds where a node is triggered, overridden or not."""
    gates = weaver.woven().nodes[number].gates
    return weaver.bound(weaver.add(gates))
