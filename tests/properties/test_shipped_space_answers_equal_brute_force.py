"""Built-in policies on reduced vocabularies, compared with brute force."""

from __future__ import annotations

from collections import Counter
from math import prod
from random import Random

import pytest

from boundaryethics.analysis import compare, ranking_counts, verify
from boundaryethics.model.conditions import holds
from boundaryethics.model.facts import Vocabulary
from boundaryethics.policies import load_policy
from support import brute_force

#: The most situations that are consulted one by one.
MOST = 3_000
POLICIES = ("apa-2017", "nasw-2021", "ohio-4757-5")


def cut(vocabulary: Vocabulary, seed: int) -> dict[str, list[str]]:
    """Keep one value of each fact, and two or three of as many facts as fit."""
    random = Random(seed)  # noqa: S311 - to be drawn again, not to be kept secret
    facts = list(vocabulary.facts)
    random.shuffle(facts)
    given: dict[str, list[str]] = {}
    for fact in facts:
        size = prod(map(len, given.values()))
        wide = random.choice((2, 3)) if size * 3 <= MOST else 1
        given[fact.name] = random.sample(fact.all_values, min(wide, len(fact.values)))
    return brute_force.made_possible(vocabulary, given)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", range(2))
def test_ranking_counts_of_built_in_policies_equal_brute_force(
    name: str, seed: int
) -> None:
    """Each ranking has the same count."""
    policy = load_policy(name)
    given = cut(policy.vocabulary, seed)
    expected = Counter(
        verdict.ranking for verdict in brute_force.verdicts(policy, given)
    )

    found = ranking_counts(policy, where=given)

    assert expected == {placed.ranking: placed.count for placed in found.rankings}


@pytest.mark.parametrize("names", [POLICIES[:2], POLICIES[1:], POLICIES[::2]])
@pytest.mark.parametrize("seed", range(2, 4))
def test_comparisons_of_built_in_policies_equal_brute_force(
    names: tuple[str, str], seed: int
) -> None:
    """Each change of ranking has the same count."""
    one, other = map(load_policy, names)
    given = cut(one.vocabulary, seed)
    both = zip(
        brute_force.verdicts(one, given),
        brute_force.verdicts(other, given),
        strict=True,
    )
    expected = Counter(
        (a.ranking, b.ranking) for a, b in both if a.ranking != b.ranking
    )

    found = compare(one, other, where=given)

    assert expected == {(m.before, m.after): m.count for m in found.transitions}


@pytest.mark.parametrize("name", POLICIES)
def test_invariants_of_built_in_policies_equal_brute_force(name: str) -> None:
    """Each invariant has the same coverage and violations."""
    policy = load_policy(name)
    given = cut(policy.vocabulary, seed=4)
    verdicts = list(brute_force.verdicts(policy, given))

    for checked in verify(policy, where=given).checked:
        invariant = checked.invariant
        covered = [
            v
            for v in verdicts
            if holds(invariant.when, v.situation, v.derivation.findings)
        ]
        broken = [v for v in covered if brute_force.breaks(v, invariant)]
        assert (len(covered), len(broken)) == (checked.covered, checked.broken)
