"""Shares over a population equal weighted sums by brute force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from boundaryethics.analysis import agreement, compare, ranking_counts, rule_impact
from boundaryethics.analysis.ablation import without
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.sensitivity import strength_sensitivity, weight_sensitivity
from boundaryethics.variants import change, sweep
from support import brute_force
from support.random_weights import weighted_policies
from support.strategies import policies, vocabularies

Draw = Callable[[st.SearchStrategy[Any]], Any]
#: The value of `over`, and the weight of each situation.
Drawn = tuple[Any, dict[Situation, Fraction]]

SMALL = vocabularies(most=3)


def possible(vocabulary: Vocabulary) -> list[Situation]:
    """List all possible situations."""
    return brute_force.situations(vocabulary)


def can_be_known(situation: Situation, name: str) -> bool:
    """Return whether a fact has a value that is possible with the others."""
    vocabulary = situation.vocabulary
    return any(
        brute_force.possible(vocabulary, [*{**situation, name: value}.values()])
        for value in vocabulary[name].values
    )


def as_known(situation: Situation, among: set[str]) -> bool:
    """Return whether every applicable fact *among* these is known."""
    return not any(
        situation[name] == UNKNOWN and can_be_known(situation, name) for name in among
    )


def known(vocabulary: Vocabulary) -> Drawn:
    """Weigh the situations with every applicable fact known."""
    whole = [s for s in possible(vocabulary) if as_known(s, {*vocabulary})]
    return "known", dict.fromkeys(whole, Fraction(1))


@st.composite
def probabilities(draw: Draw, vocabulary: Vocabulary) -> Drawn:
    """Draw probabilities of some facts, and weigh each situation by their product."""
    over: dict[str, dict[str, Any]] = {}
    by_fact: dict[str, dict[str, Fraction]] = {}
    for fact in vocabulary.facts:
        values = fact.all_values
        if draw(st.booleans()):
            parts = draw(
                st.lists(
                    st.integers(0, 5), min_size=len(values), max_size=len(values)
                ).filter(any)
            )
            shares = [Fraction(part, sum(parts)) for part in parts]
            over[fact.name] = {
                value: str(share) for value, share in zip(values, shares, strict=True)
            }
        else:
            # An unknown fact counts only if it cannot be known.
            shares = [*[Fraction(1, len(fact.values))] * len(fact.values), Fraction(1)]
        by_fact[fact.name] = dict(zip(values, shares, strict=True))
    assume(over)
    weights = {
        s: prod((by_fact[n][v] for n, v in s.items()), start=Fraction(1))
        for s in possible(vocabulary)
        if as_known(s, vocabulary.keys() - over.keys())
    }
    return over, {s: weight for s, weight in weights.items() if weight}


@st.composite
def tables(draw: Draw, vocabulary: Vocabulary) -> Drawn:
    """Draw rows of a table with weights."""
    rows = draw(st.lists(st.sampled_from(possible(vocabulary)), min_size=1, max_size=6))
    weights: defaultdict[Situation, Fraction] = defaultdict(Fraction)
    over: list[dict[str, Any]] = []
    for row in rows:
        weight = draw(st.sampled_from(["1", "0.5", "2", "0.125"]))
        weights[row] += Fraction(weight)
        over.append({**row, "weight": weight})
    return over, dict(weights)


@st.composite
def populations(draw: Draw) -> tuple[Policy, Policy, Drawn]:
    """Draw two policies of one vocabulary, and a population."""
    vocabulary = draw(SMALL)
    drawn = draw(
        st.one_of(
            probabilities(vocabulary), tables(vocabulary), st.just(known(vocabulary))
        )
    )
    assume(drawn[1])
    one, other = draw(policies(vocabulary)), draw(policies(vocabulary))
    return one, other, drawn


def share(
    weights: dict[Situation, Fraction], chosen: Callable[[Situation], Any]
) -> Any:
    """Return the share of the weight of the situations *chosen*."""
    return sum((w for s, w in weights.items() if chosen(s)), Fraction(0)) / sum(
        weights.values()
    )


@pytest.mark.clause("S20", "S23")
@settings(max_examples=12)
@given(populations())
def test_shares_equal_sums_of_weights(drawn: tuple[Policy, Policy, Drawn]) -> None:
    """Differences, agreement and rankings have the same shares."""
    one, other, (over, weights) = drawn
    one_at = {s: brute_force.verdict(one, s).ranking for s in weights}
    other_at = {s: brute_force.verdict(other, s).ranking for s in weights}
    differ = share(weights, lambda s: one_at[s] != other_at[s])

    difference = compare(one, other, over=over)
    pair = agreement([one, other], over=over).pairs[0]
    counts = ranking_counts(one, over=over)

    assert difference.share == differ == 1 - pair.ranking
    assert pair.first == share(weights, lambda s: one_at[s][0] == other_at[s][0])
    assert {r.ranking: Fraction(r.count) / counts.total for r in counts.rankings} == {
        ranking: share(weights, lambda s, r=ranking: one_at[s] == r)  # type: ignore[misc]
        for ranking in one_at.values()
    }
    assert all(r.witness in weights for r in counts.rankings)
    assert difference.witness in {None, *weights}
    for cause in difference.causes:
        assert cause.witness in weights


@pytest.mark.clause("S20")
@settings(max_examples=4)
@given(populations())
def test_impacts_and_variants_have_exact_shares(
    drawn: tuple[Policy, Policy, Drawn],
) -> None:
    """Rule impact, strengths and a sweep have the shares of brute force."""
    policy, _, (over, weights) = drawn
    rule = policy.rules[0].id
    fewer = without(policy, rule)
    at = {s: brute_force.verdict(policy, s) for s in weights}
    after = {s: brute_force.verdict(fewer, s).ranking for s in weights}
    changed = share(weights, lambda s: at[s].ranking != after[s])

    impacts = rule_impact(policy, over=over)

    impact = impacts.rules[0]
    assert Fraction(impact.changing) / impacts.total == changed
    assert Fraction(impact.binding) / impacts.total == share(
        weights, lambda s: rule in at[s].binding
    )
    for move in strength_sensitivity(policy, over=over).moves:
        assert move.witness in {None, *weights}
        assert bool(move.ranking) == (move.witness is not None)
    row = sweep(
        policy, [change("c", drop=[rule])], over=over, cases=(), workers=1
    ).rows[0]
    if row.space is not None:
        assert row.space.ranking_share == changed


@settings(max_examples=15)
@given(st.data())
def test_stability_ranges_use_only_the_population(data: st.DataObject) -> None:
    """Every tipping point is a situation of the population."""
    policy = data.draw(weighted_policies())
    over, weights = data.draw(tables(policy.vocabulary))

    found = weight_sensitivity(policy, over=over)

    for one in found.ranges:
        for turning in (one.low.turning, one.high and one.high.turning, one.tie):
            assert turning is None or turning.situation in weights
