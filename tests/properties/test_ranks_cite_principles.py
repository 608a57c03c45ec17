"""Laws of the ranking: ties are symmetric, and each order has a citation."""

from __future__ import annotations

from itertools import permutations, product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import reference
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Option, Pull, Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.ranking import scales, weigh
from support.small_policies import Silent
from support.strategies import policies, situations


def verdict_of(policy: Policy, situation: Situation) -> Verdict:
    """Return the verdict by the reference engine."""
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales(policy, Silent()), situation, derivation)


def with_options_renamed(rule: Rule, names: dict[Option, Option]) -> Rule:
    """Return *rule* with the options renamed."""
    then = rule.then
    renamed = Effects(
        concludes=then.concludes,
        favors=tuple((names[o], s) for o, s in then.favors),
        opposes=tuple((names[o], s) for o, s in then.opposes),
        requires=tuple(names[o] for o in then.requires),
        forbids=tuple(names[o] for o in then.forbids),
        advises=then.advises,
    )
    return attrs.evolve(rule, then=renamed)


@given(st.data())
@pytest.mark.clause("S16")
def test_the_ranking_does_not_depend_on_option_names(data: st.DataObject) -> None:
    """Renaming the options renames them in the ranking, ties included."""
    policy = data.draw(policies())
    situation = data.draw(situations(policy))
    order = data.draw(st.sampled_from(list(permutations(Option))))
    names = dict(zip(Option, order, strict=True))
    rules = tuple(with_options_renamed(rule, names) for rule in policy.rules)
    renamed = verdict_of(attrs.evolve(policy, rules=rules), situation)
    expected = [{names[o] for o in g} for g in verdict_of(policy, situation).ranking]

    assert expected == [set(group) for group in renamed.ranking]


@given(st.data())
@pytest.mark.clause("S17")
def test_each_difference_in_rank_cites_a_principle(
    data: st.DataObject,
) -> None:
    """A cited criterion decides between any two options of different rank."""
    policy = data.draw(policies())
    verdict = verdict_of(policy, data.draw(situations(policy)))
    for one, other in product(Option, Option):
        comparison = verdict.compare(one, other)
        apart = verdict.options[one].rank != verdict.options[other].rank
        assert apart is (comparison.decided_by is not None)
        assert apart is bool(comparison.principles)
        assert comparison == verdict.compare(other, one) or not apart


@given(st.data())
@pytest.mark.clause("S12", "S14", "S15")
def test_the_ranking_equals_pairwise_comparison(
    data: st.DataObject,
) -> None:
    """The comparison follows the clauses of the semantics, without shared code."""
    policy = data.draw(policies())
    situation = data.draw(situations(policy))
    verdict = verdict_of(policy, situation)
    bound = [policy.rule[name] for name in verdict.binding]
    for one, other in product(Option, Option):
        places = verdict.options[one].rank, verdict.options[other].rank
        score_layout = score(policy, bound, one), score(policy, bound, other)
        assert (score_layout[0] > score_layout[1]) is (places[0] < places[1])


def score(policy: Policy, bound: list[Rule], option: Option) -> list[int]:
    """Return the score of *option* directly from the clauses; more is better."""
    pulls = [
        (p, s, rule) for rule in bound for p, o, s in rule.then.pulls() if o is option
    ]
    kinds = {pull for pull, _, _ in pulls}
    status = 0 if Pull.FORBIDS in kinds else 2 if Pull.REQUIRES in kinds else 1
    signed = [
        (1 if pull is Pull.FAVORS else -1, str(strength), rule.principle)
        for pull, strength, rule in pulls
        if strength is not None
    ]
    points = {str(strength): number for strength, number in policy.method.points}
    match str(policy.method.name):
        case "levelwise":
            levels = ("strong", "moderate", "weak")
            return [
                status,
                *(sum(n for n, s, _ in signed if s == at) for at in levels),
            ]
        case "weighted":
            weight = {p.id: p.weight for p in policy.principles}
            return [
                status,
                sum(n * points[s] * weight[p or ""] for n, s, p in signed),
            ]
        case _:
            tiers = [set(tier) for tier in policy.method.priority]
            rest = {p.id for p in policy.principles}.difference(*tiers)
            return [
                status,
                *(
                    sum(n * points[s] for n, s, p in signed if p in tier)
                    for tier in (*tiers, rest)
                ),
            ]
