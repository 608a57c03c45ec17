from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.analysis import agreement, compare, rule_impact
from boundaryethics.analysis.ablation import without
from boundaryethics.analysis.compare import Attribution
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.ranking import tau_b
from support import brute_force
from support.strategies import policies, vocabularies

Draw = Callable[[st.SearchStrategy[Any]], Any]
Pair = tuple[Policy, Policy]

SMALL = vocabularies(most=4)


@st.composite
def pairs(draw: Draw) -> Pair:
    """Draw two policies over one vocabulary, similar or different."""
    vocabulary = draw(SMALL)
    one = draw(policies(vocabulary))
    other = draw(policies(vocabulary))
    far = draw(st.sampled_from(["far", "dropped", "changed"]))
    rule = draw(st.sampled_from(one.rules))
    match far:
        case "dropped":
            other = without(one, rule.id)
        case "changed":
            says = draw(st.sampled_from(one.rules))
            # Conclusions do not change, so no finding depends on itself.
            then = attrs.evolve(says.then, concludes=rule.then.concludes)
            edited = attrs.evolve(rule, then=then, principle=one.principles[0].id)
            rules = tuple(edited if r.id == rule.id else r for r in one.rules)
            other = attrs.evolve(one, rules=rules)
    return one, attrs.evolve(other, id="other")


def differing(one: Policy, other: Policy) -> list[tuple[Verdict, Verdict]]:
    """List the verdicts wherever the two rank differently."""
    both = zip(brute_force.verdicts(one), brute_force.verdicts(other), strict=True)
    return [(a, b) for a, b in both if a.ranking != b.ranking]


def confined(where: list[Situation]) -> dict[str, tuple[str, ...]]:
    """Return the facts that do not have all their values in *where*."""
    if not where:
        return {}
    taken, possible = (
        values_in(where),
        values_in(brute_force.situations(where[0].vocabulary)),
    )
    return {name: taken[name] for name in taken if taken[name] != possible[name]}


def values_in(where: list[Situation]) -> dict[str, tuple[str, ...]]:
    """Return for each fact its values in *where*."""
    return {
        f.name: tuple(v for v in f.all_values if any(s[f.name] == v for s in where))
        for f in where[0].vocabulary.facts
    }


@pytest.mark.clause("S20", "S23")
@given(pairs())
def test_counts_of_differences_equal_brute_force(pair: Pair) -> None:
    """Each change of ranking has the same count."""
    expected = differing(*pair)

    found = compare(*pair)

    assert Counter((a.ranking, b.ranking) for a, b in expected) == {
        (move.before, move.after): move.count for move in found.transitions
    }
    assert len(expected) == found.count
    assert min((len(a.situation.known()) for a, _ in expected), default=None) == (
        found.witness and len(found.witness.known())
    )


@given(pairs())
def test_counts_of_status_differences_equal_brute_force(pair: Pair) -> None:
    """Statuses may differ even if the rankings are equal."""
    both = zip(*map(brute_force.verdicts, pair), strict=True)
    expected = sum(
        [x.status for x in a.assessments] != [x.status for x in b.assessments]
        for a, b in both
    )

    assert expected == compare(*pair).status


@given(pairs())
def test_facts_that_limit_the_differences_match_brute_force(pair: Pair) -> None:
    """These are the facts that are restricted wherever two policies differ."""
    expected = confined([a.situation for a, _ in differing(*pair)])

    assert expected == dict(compare(*pair).common_values)


@given(pairs())
def test_rules_that_explain_differences_match_brute_force(pair: Pair) -> None:
    """Counts and witnesses of rules that apply in one policy only are right."""
    bound: dict[tuple[str, Attribution], list[Situation]] = {}
    for a, b in differing(*pair):
        one, other = set(a.derivation.binding), set(b.derivation.binding)
        parted = [(rule, Attribution.ONLY_FIRST) for rule in one - other]
        parted += [(rule, Attribution.ONLY_SECOND) for rule in other - one]
        for key in parted:
            bound.setdefault(key, []).append(a.situation)

    for cause in compare(*pair).causes:
        if cause.parting is not Attribution.CHANGED:
            where = bound[cause.rule, cause.parting]
            assert len(where) == cause.count
            assert confined(where) == dict(cause.common_values)
            assert cause.witness in where
            assert min(len(s.known()) for s in where) == len(cause.witness.known())


@given(pairs())
def test_every_difference_is_explained_by_a_rule(pair: Pair) -> None:
    """This holds if both policies use the same method."""
    one, other = pair
    tiers = one.method.priority
    shared = tuple(tuple(n for n in tier if n in other.principle) for tier in tiers)
    method = attrs.evolve(one.method, priority=shared)
    found = compare(one, attrs.evolve(other, method=method))

    assert bool(found.count) <= bool(found.causes)


@given(pairs())
def test_agreement_equals_brute_force(pair: Pair) -> None:
    """Equal first ranks, equal rankings and tau-b match."""
    both = list(zip(*map(brute_force.verdicts, pair), strict=True))
    taus = [tau_b(a.ranking, b.ranking) for a, b in both]
    known = [tau for tau in taus if tau is not None]

    (found,) = agreement(pair).pairs

    assert sum(a.best == b.best for a, b in both) == found.same_first
    assert sum(a.ranking == b.ranking for a, b in both) == found.same_ranking
    assert len(taus) - len(known) == found.tau_undefined
    assert (found.tau is None) == (not known)
    if known:
        assert pytest.approx(sum(known) / len(known)) == found.tau


@pytest.mark.clause("S6")
@settings(max_examples=30)
@given(pairs())
def test_rule_impact_equals_brute_force(pair: Pair) -> None:
    """It counts the situations in which a rule matches, applies and changes ranks."""
    policy = pair[0]
    verdicts = list(brute_force.verdicts(policy))

    for effect in rule_impact(policy).rules:
        name = effect.rule
        fired = [f for v in verdicts for f in v.derivation.firings if f.rule == name]
        assert len(fired) == effect.triggered
        assert sum(not firing.overridden_by for firing in fired) == effect.binding
        assert len(differing(policy, without(policy, name))) == effect.changing
