"""Vignettes that discriminate between policies, compared with brute force."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.analysis import discriminating_vignettes
from boundaryethics.analysis.ablation import without
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from support import brute_force
from support.strategies import policies, vocabularies

Draw = Callable[[st.SearchStrategy[Any]], Any]
Measure = tuple[int, Fraction]


@st.composite
def triples(draw: Draw) -> list[Policy]:
    """Draw a policy, one without one rule, and one with other effects of a rule."""
    base = draw(policies(draw(vocabularies(most=3))))
    rule, says = (draw(st.sampled_from(base.rules)) for _ in range(2))
    # Conclusions do not change, so no finding depends on itself.
    then = attrs.evolve(says.then, concludes=rule.then.concludes)
    edited = attrs.evolve(rule, then=then, principle=base.principles[0].id)
    rules = tuple(edited if r.id == rule.id else r for r in base.rules)
    dropped = without(base, draw(st.sampled_from(base.rules)).id)
    changed = attrs.evolve(base, rules=rules)
    return [
        attrs.evolve(one, id=id)
        for id, one in zip("abc", (base, dropped, changed), strict=True)
    ]


def measure(verdicts: tuple[Verdict, ...]) -> Measure:
    """Count pairs with another top response, and average the Kendall distance."""
    pairs = [*combinations(verdicts, 2)]
    halves = sum(
        abs(before - after)
        for a, b in pairs
        for before, after in zip(signs(a), signs(b), strict=True)
    )
    first = sum(set(a.best) != set(b.best) for a, b in pairs)
    return first, Fraction(halves, 2 * len(pairs))


def signs(verdict: Verdict) -> list[int]:
    """Return 1, 0 or -1 for each pair of options."""
    ranks = [verdict.options[option].rank for option in Option]
    return [(b > a) - (b < a) for a, b in combinations(ranks, 2)]


def effects(verdict: Verdict, rule: str) -> object:
    """Return how *rule* moves options against each other, if it applies."""
    if rule not in verdict.binding:
        return None
    points: dict[object, list[int]] = {}
    for number, option in enumerate(Option):
        for reason in verdict.options[option].reasons:
            if reason.rule == rule:
                sums = points.setdefault(reason.criterion, [0] * len(Option))
                sums[number] += reason.points
    moved = {c: [p - sums[0] for p in sums] for c, sums in points.items()}
    then = verdict.policy.rule[rule].then
    return (
        {c: sums for c, sums in moved.items() if any(sums)},
        {*then.forbids},
        {*then.requires},
    )


@settings(max_examples=30)
@given(triples(), st.integers(0, 9))
def test_the_best_vignettes_are_found(compared: list[Policy], seed: int) -> None:
    """The search misses no rule and no better situation."""
    asked = [*zip(*map(brute_force.verdicts, compared), strict=True)]
    differing = {
        verdicts[0].situation: verdicts
        for verdicts in asked
        if len({verdict.ranking for verdict in verdicts}) > 1
    }

    found = discriminating_vignettes(compared, 1000, most_facts=9, seed=seed)

    assert (len(asked), len(differing)) == (found.total, found.differing)
    assert () == found.uncovered
    assert bool(differing) == bool(found.vignettes)
    tracked = {by.rule for one in found.vignettes for by in one.rules}
    best: dict[str, Measure] = {}
    separating: dict[Situation, set[str]] = {}
    for situation, verdicts in differing.items():
        separating[situation] = {
            rule
            for rule in tracked
            if any(effects(v, rule) != effects(verdicts[0], rule) for v in verdicts)
        }
        assert separating[situation]
        for rule in separating[situation]:
            best[rule] = max(best.get(rule, (0, Fraction(0))), measure(verdicts))
    for one in found.vignettes:
        verdicts = differing[one.situation]
        assert tuple(v.ranking for v in verdicts) == tuple(r for _, r in one.rankings)
        assert measure(verdicts) == (one.other_first, one.distance)
        assert separating[one.situation] == {by.rule for by in one.rules}
        for by in one.rules:
            bound = [v.policy.id for v in verdicts if by.rule in v.binding]
            assert bound == [*by.policies]
    for rule, greatest in best.items():
        shown = [v for v in found.vignettes if rule in {by.rule for by in v.rules}]
        assert greatest == max((v.other_first, v.distance) for v in shown)
    situations = [one.situation for one in found.vignettes]
    assert len({*situations}) == len(situations)


@settings(max_examples=30)
@given(triples(), st.integers(1, 4), st.integers(0, 2))
def test_more_vignettes_keep_the_earlier_ones(
    compared: list[Policy], n: int, most: int
) -> None:
    """A larger number adds vignettes at the end, within the limit on facts."""
    some = discriminating_vignettes(compared, n, most_facts=most)
    more = discriminating_vignettes(compared, n + 3, most_facts=most)

    assert len(some.vignettes) <= n
    assert some.vignettes == more.vignettes[:n]
    assert all(len(one.situation.known()) <= most for one in more.vignettes)


@settings(max_examples=30)
@given(triples())
def test_the_first_vignette_is_the_smallest_of_the_best(compared: list[Policy]) -> None:
    """No situation is better, or as good with fewer known facts."""
    asked = zip(*map(brute_force.verdicts, compared), strict=True)
    keys = [
        (measure(verdicts), -len(verdicts[0].situation.known()))
        for verdicts in asked
        if len({verdict.ranking for verdict in verdicts}) > 1
    ]
    found = discriminating_vignettes(compared, 1, most_facts=9).vignettes

    assert sorted(keys)[-1:] == [
        ((one.other_first, one.distance), -len(one.situation.known())) for one in found
    ]
