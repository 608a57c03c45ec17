"""Curves and maps of weights equal those by brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.sensitivity import weight_curve, weight_map, weight_sensitivity
from support import brute_force
from support.random_weights import rankings, weighted_policies

LITTLE = Fraction(1, 1000)


def changed(
    policy: Policy, verdicts: list[Verdict], weights: dict[str, Fraction]
) -> tuple[int, int]:
    """Count the rankings and the top responses that differ at other weights."""
    pairs = [
        *zip(
            rankings(policy, verdicts),
            rankings(policy, verdicts, weights),
            strict=True,
        )
    ]
    return sum(a != b for a, b in pairs), sum(a[0] != b[0] for a, b in pairs)


@settings(max_examples=12)
@given(weighted_policies(), st.data())
def test_a_curve_equals_brute_force(policy: Policy, data: st.DataObject) -> None:
    """Counts match at each break, next to it, and between breaks."""
    verdicts = [*brute_force.verdicts(policy)]
    name = data.draw(st.sampled_from([one.id for one in policy.principles]))
    curve = weight_curve(policy, name)
    ends = {end for one in curve.pieces for end in (one.low, one.high)}
    near = sorted({end + step for end in ends for step in (-LITTLE, 0, LITTLE)})
    low, high = curve.pieces[0].low, curve.pieces[-1].high
    for weight in near[:8] + near[-8:]:
        if low <= weight <= high:
            piece = curve.at(weight)
            expected = changed(policy, verdicts, {name: weight})
            assert (piece.ranking, piece.first) == expected


@settings(max_examples=12)
@given(weighted_policies())
def test_the_stability_interval_equals_that_of_weight_sensitivity(
    policy: Policy,
) -> None:
    """Two algorithms find the same interval that keeps all rankings."""
    for one in weight_sensitivity(policy).ranges:
        curve = weight_curve(policy, one.principle)
        stable, top = curve.stable, curve.pieces[-1].high
        for weight in (stable.low, stable.high, stable.low - LITTLE, top):
            if 0 <= weight <= top:
                assert one.contains(weight) == stable.contains(weight)


@settings(max_examples=12)
@given(weighted_policies(), st.data())
def test_a_map_equals_brute_force(policy: Policy, data: st.DataObject) -> None:
    """Each point of the grid has its own count."""
    names = [one.id for one in policy.principles if one.weight]
    if len(names) > 1:
        two = data.draw(st.permutations(names))[:2]
        verdicts = [*brute_force.verdicts(policy)]
        found = weight_map(policy, two, steps=3)
        sides = [[n * policy.principle[x].weight for n in range(3)] for x in two]
        for pair in product(*sides):
            cell = found.at(*pair)
            weights = dict(zip(two, map(Fraction, pair), strict=True))
            assert (cell.ranking, cell.first) == changed(policy, verdicts, weights)
