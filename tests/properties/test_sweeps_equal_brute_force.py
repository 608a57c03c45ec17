"""The counts of a sweep equal those by brute force for each variant."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from statistics import fmean

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.analysis import rule_impact
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Invariant, Option, Promise
from boundaryethics.model.verdict import Verdict
from boundaryethics.ranking import tau_b, ws_coefficient
from boundaryethics.variants import (
    DropRules,
    FactorialDesign,
    Methods,
    Range,
    VaryStrengths,
    VaryWeights,
    change,
    sweep,
)
from boundaryethics.variants.designs import Family
from boundaryethics.variants.edits import Edits, varied
from boundaryethics.variants.results import RankChanges
from support.brute_force import breaks, situations, verdicts
from support.strategies import policies, vocabularies

FEW = settings(max_examples=15)

PROMISES = (
    Invariant(id="bound", holds=((Promise.NEVER_BINDS, ("rule-0",)),)),
    *(
        Invariant(id=f"{promise}-{option}", holds=((promise, (option, *other)),))
        for promise in Promise
        if promise.of_options
        for option in (Option.CONTINUE, Option.DECLINE)
        for other in [(Option.LEAVE,) if promise is Promise.ABOVE else ()]
    ),
)


@st.composite
def small_policies(draw: st.DrawFn) -> Policy:
    """Draw a policy with few situations and with promises of each kind."""
    drawn = draw(policies(draw(vocabularies(most=3))))
    return attrs.evolve(drawn, invariants=PROMISES)


def families_of(policy: Policy) -> list[Family]:
    """Return a family of each kind."""
    first, *_ = policy.rules
    principle = policy.principles[0].id
    switched = FactorialDesign(
        (
            change("off", drop=[first.id]),
            change("on", ranking={"points": {"weak": 4}}),
            Range(f"{principle}", 0, 1),
        )
    )
    return [DropRules(), VaryStrengths(), VaryWeights(0, 2), Methods(), switched]


def moved_by_hand(before: list[Verdict], after: list[Verdict]) -> RankChanges:
    """Compute the changes from pairs of verdicts."""
    pairs = list(zip(before, after, strict=True))
    counts = Counter((a.best, b.best) for a, b in pairs)
    return RankChanges(
        ranking_changed=sum(a.ranking != b.ranking for a, b in pairs),
        firsts=tuple((a, b, n) for (a, b), n in counts.items()),
    )


def matches(
    found: RankChanges | None, before: list[Verdict], after: list[Verdict]
) -> bool:
    """Return whether tau-b and WS have the mean and the lowest over the verdicts."""
    similar = found and found.similarity
    pairs = [(a.ranking, b.ranking) for a, b in zip(before, after, strict=True)]
    taus = [tau for pair in pairs if (tau := tau_b(*pair)) is not None]
    numbers = [ws_coefficient(*pair) for pair in pairs]
    return (
        similar is not None
        and similar.tau_undefined == len(pairs) - len(taus)
        and similar.tau == (pytest.approx(fmean(taus)) if taus else None)
        and similar.tau_min == min(taus, default=None)
        and similar.ws == pytest.approx(fmean(numbers))
        and similar.ws_min == min(numbers)
    )


def same(one: RankChanges | None, other: RankChanges) -> bool:
    """Return whether the two have the same counts, in any order."""
    return one is not None and (
        (one.ranking_changed, {*one.firsts}) == (other.ranking_changed, {*other.firsts})
    )


@FEW
@given(small_policies())
@pytest.mark.clause("S20")
def test_counts_of_a_sweep_equal_brute_force(policy: Policy) -> None:
    """First ranks, rankings and invariants of each row match."""
    families = families_of(policy)
    swept = sweep(policy, families, cases=(), workers=1)
    before = list(verdicts(policy))
    variations = [one for family in families for one in family.of(policy)]

    assert [one.label for one in variations] == [row.label for row in swept.rows]
    for row, variation in zip(swept.rows, variations, strict=True):
        assert "" == row.problem
        variant = varied(policy, "variant", variation.edits)
        after = list(verdicts(variant))
        kept = [
            one.id
            for one in PROMISES
            if not any(breaks(verdict, one) for verdict in before)
            and any(breaks(verdict, one) for verdict in after)
        ]

        assert variant.fingerprint == row.fingerprint
        assert same(row.space, moved_by_hand(before, after))
        assert matches(row.space, before, after)
        assert tuple(kept) == row.broken_invariants


@FEW
@given(small_policies(), st.data())
def test_each_row_of_a_table_is_counted(policy: Policy, data: st.DataObject) -> None:
    """Repeated rows count every time."""
    pandas = pytest.importorskip("pandas")
    everything = situations(policy.vocabulary)
    chosen = data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=30))
    table = pandas.DataFrame([dict(one) for one in chosen])
    swept = sweep(policy, DropRules(), table=table, space=False, cases=(), workers=1)
    asked = [everything.index(one) for one in chosen]
    before = list(verdicts(policy))

    for row in swept.rows:
        after = list(verdicts(varied(policy, "v", edits_of(policy, row.label.rule))))
        then, now = ([some[n] for n in asked] for some in (before, after))
        assert same(row.table, moved_by_hand(then, now))
        assert matches(row.table, then, now)
        assert row.space is None
        assert row.broken_invariants is None


def edits_of(policy: Policy, rule: str) -> Edits:
    """Return the edits that drop *rule*."""
    return next(one.edits for one in DropRules((rule,)).of(policy))


@FEW
@given(small_policies())
def test_dropping_rules_agrees_with_rule_impact(policy: Policy) -> None:
    """The family of drops gives the same counts."""
    swept = sweep(policy, DropRules(), cases=(), workers=1)
    expected = {e.rule: e.changing for e in rule_impact(policy).rules}

    assert expected == {
        row.label.rule: row.space.ranking_changed for row in swept.rows if row.space
    }


@FEW
@given(small_policies())
def test_transition_counts_add_up(policy: Policy) -> None:
    """Cells add up to all situations, and margins to the first ranks."""
    swept = sweep(policy, [DropRules(), Methods()], cases=(), workers=1)
    before = list(verdicts(policy))
    held = {o: sum((part_of(v, o) for v in before), Fraction(0)) for o in Option}

    for row in swept.rows:
        assert row.space is not None
        table = row.space.table
        assert len(before) == sum(table.values())
        assert held == {
            one: sum((table[one, other] for other in Option), Fraction(0))
            for one in Option
        }


def part_of(verdict: Verdict, option: Option) -> Fraction:
    """Return the share of the first rank that *option* has."""
    first = verdict.best
    return Fraction(option in first, len(first))
