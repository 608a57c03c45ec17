"""Results about weights equal those by brute force."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.mdd.space import space_of
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy
from boundaryethics.sensitivity.weights import WeightRange, leads_of, weight_sensitivity
from support import brute_force
from support.random_weights import parted, rankings, speaking, weighted_policies

LITTLE = Fraction(1, 1000)


def lead_facts(policy: Policy, confined: dict[str, list[str]] | None = None) -> object:
    """Return each lead, in both directions if it is zero, with its fewest facts."""
    fewest: dict[object, int] = {}
    for verdict, upper, lower, lead in parted(policy, confined):
        weights = [policy.principle[name].weight for name in speaking(policy)]
        tied = sum(a * b for a, b in zip(weights, lead, strict=True)) == 0
        key: object = (frozenset({upper, lower}), upper, lead)
        if tied:
            turned = tuple(-points for points in lead)
            key = (frozenset({upper, lower}), None, frozenset({lead, turned}))
        known = len(verdict.situation.known())
        fewest[key] = min(known, fewest.get(key, known))
    return fewest


def lead_facts_found(
    policy: Policy, confined: dict[str, list[str]] | None = None
) -> object:
    """Return the same, from the search over all situations."""
    leads = leads_of(policy, space_of(policy.vocabulary, confined))
    fewest: dict[object, int] = {}
    for row in range(len(leads)):
        upper, lower = leads.options(row)
        lead = tuple(leads.points[row].tolist())
        key: object = (frozenset({upper, lower}), upper, lead)
        if not leads.score[row]:
            turned = tuple(-points for points in lead)
            key = (frozenset({upper, lower}), None, frozenset({lead, turned}))
        known = len(leads.situation(row).known())
        fewest[key] = min(known, fewest.get(key, known))
    return fewest


@pytest.mark.clause("S15")
@given(weighted_policies())
def test_every_lead_is_found(policy: Policy) -> None:
    """Each lead is between two options with the same status."""
    assert lead_facts(policy) == lead_facts_found(policy)


@pytest.mark.parametrize("name", ["apa-2017", "ohio-4757-5"])
@pytest.mark.parametrize("seed", range(2))
def test_every_lead_of_built_in_policies_is_found(name: str, seed: int) -> None:
    """This is checked on some of their situations."""
    policy = load_policy(name).variant("weighing", ranking="weighted")
    confined = cut(policy, seed)

    assert lead_facts(policy, confined) == lead_facts_found(policy, confined)


def cut(policy: Policy, seed: int) -> dict[str, list[str]]:
    """Keep one value of each fact, and three of as many facts as fit."""
    random = Random(seed)  # noqa: S311 - to be drawn again, not to be kept secret
    facts = list(policy.vocabulary.facts)
    random.shuffle(facts)
    confined: dict[str, list[str]] = {}
    for fact in facts:
        wide = 3 if prod(map(len, confined.values())) * 3 <= 1000 else 1
        confined[fact.name] = random.sample(
            fact.all_values, min(wide, len(fact.all_values))
        )
    return brute_force.made_possible(policy.vocabulary, confined)


@given(weighted_policies())
def test_a_range_ends_exactly_where_an_order_is_lost(policy: Policy) -> None:
    """A weight keeps all strict orders up to the end of its range, and no further."""
    verdicts = list(brute_force.verdicts(policy))
    base = rankings(policy, verdicts)
    for one in weight_sensitivity(policy).ranges:
        for weight in tried(one):
            after = rankings(policy, verdicts, {one.principle: weight})

            assert one.contains(weight) is (base == after)
            assert one.keeps_strict_orders(weight) is keeps(verdicts, after)


def tried(one: WeightRange) -> list[Fraction]:
    """List weights at the ends of a range, close to them, and far away."""
    ends = [one.low.at, Fraction(one.weight)]
    ends += [one.high.at] if one.high else [Fraction(1000)]
    near = {end + step for end in ends for step in (-LITTLE, 0, LITTLE)}
    return sorted(weight for weight in near if weight >= 0)


def keeps(verdicts: list[Verdict], after: list[tuple[tuple[str, ...], ...]]) -> bool:
    """Return whether all strict orders are kept."""
    for verdict, ranking in zip(verdicts, after, strict=True):
        place = {option: n for n, group in enumerate(ranking) for option in group}
        for number, group in enumerate(verdict.ranking):
            below = [o for other in verdict.ranking[number + 1 :] for o in other]
            if any(place[a] >= place[b] for a in group for b in below):
                return False
    return True


@given(weighted_policies())
def test_the_witness_ranks_differently_at_the_end_of_a_range(policy: Policy) -> None:
    """The given rules apply in it and use the principle."""
    for one in weight_sensitivity(policy).ranges:
        ends = [one.low, *([one.high] if one.high else [])]
        turns = [(end.at, end.turning) for end in ends if end.turning]
        turns += [(Fraction(one.weight + 1), one.tie)] if one.tie else []
        for weight, turning in turns:
            verdict = next(
                v
                for v in brute_force.verdicts(policy)
                if v.situation == turning.situation
            )
            (after,) = rankings(policy, [verdict], {one.principle: weight})

            assert verdict.ranking != after
            assert turning.rules
            for rule in turning.rules:
                assert rule in verdict.binding
                assert one.principle == policy.rule[rule].principle


@given(weighted_policies(), st.data())
def test_the_region_has_exactly_the_weights_that_keep_all_rankings(
    policy: Policy, data: st.DataObject
) -> None:
    """Weights are in the region if and only if every ranking is the same."""
    verdicts = list(brute_force.verdicts(policy))
    found = weight_sensitivity(policy)
    numbers = st.fractions(0, 6, max_denominator=4)
    weights = {one.principle: data.draw(numbers) for one in found.ranges}
    after = rankings(policy, verdicts, weights)

    assert found.region.contains(weights) is (rankings(policy, verdicts) == after)
    assert found.region.keeps_strict_orders(weights) is keeps(verdicts, after)


@given(weighted_policies(), st.data())
def test_the_region_is_the_intersection_of_its_half_spaces(
    policy: Policy, data: st.DataObject
) -> None:
    """Weights are in the region if and only if all leads and ties are kept."""
    region = weight_sensitivity(policy).region
    weights = [data.draw(st.integers(0, 6)) for _ in region.principles]
    named = dict(zip(region.principles, weights, strict=True))
    inside = all(
        sum(w * p for w, p in zip(weights, row, strict=True)) > 0
        for row in region.half_spaces.tolist()
    )
    level = all(
        sum(w * p for w, p in zip(weights, row, strict=True)) == 0
        for row in region.ties.tolist()
    )

    assert region.keeps_strict_orders(named) is inside
    assert region.contains(named) is (inside and level)


@given(weighted_policies())
def test_proportional_weights_give_the_same_rankings(policy: Policy) -> None:
    """All weights times the same number are in the region."""
    region = weight_sensitivity(policy).region
    tripled = {name: 3 * policy.principle[name].weight for name in region.principles}

    assert region.contains(tripled)
