"""Law: the clauses of a condition are met exactly if the condition holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.model.conditions import (
    MOST_TESTS,
    All,
    Any,
    Clause,
    Condition,
    Expansion,
    FactIn,
    Holds,
    TooManyClausesError,
    clauses,
    holds,
)
from boundaryethics.model.facts import Vocabulary
from support.small_policies import policy_of
from support.strategies import Draw, conditions, vocabularies

FINDINGS = ("finding_0", "finding_1", "finding_2")


@st.composite
def vocabularies_with_conditions(draw: Draw) -> tuple[Vocabulary, Condition]:
    """Draw a small vocabulary with a condition over it."""
    vocabulary = draw(vocabularies(least=1, most=3))
    return vocabulary, draw(conditions(vocabulary, FINDINGS, FINDINGS))


def worlds(vocabulary: Vocabulary) -> Iterator[tuple[Mapping[str, str], set[str]]]:
    """Yield each combination of values of facts and of findings."""
    names = tuple(vocabulary.by_name)
    for values in product(*(fact.all_values for fact in vocabulary.facts)):
        for held in product((False, True), repeat=len(FINDINGS)):
            found = {name for name, there in zip(FINDINGS, held, strict=True) if there}
            yield dict(zip(names, values, strict=True)), found


def met(clause: Clause, facts: Mapping[str, str], findings: set[str]) -> bool:
    """Return whether *clause* is met."""
    return (
        all(facts[test.fact] in test.values for test in clause.facts)
        and clause.holds <= findings
        and not clause.absent & findings
    )


@pytest.mark.clause("S2", "S5")
@given(vocabularies_with_conditions())
def test_clauses_are_met_exactly_if_the_condition_holds(
    case: tuple[Vocabulary, Condition],
) -> None:
    """In each world, some clause is met if and only if the condition holds."""
    vocabulary, condition = case
    expanded = clauses(condition, vocabulary)

    for facts, findings in worlds(vocabulary):
        assert holds(condition, facts, findings) == any(
            met(clause, facts, findings) for clause in expanded
        )


@given(vocabularies_with_conditions())
def test_every_clause_can_be_met(case: tuple[Vocabulary, Condition]) -> None:
    """Each fact in a clause excludes some value."""
    vocabulary, condition = case

    for clause in clauses(condition, vocabulary):
        assert any(met(clause, *world) for world in worlds(vocabulary))
        for test in clause.facts:
            assert test.values < set(vocabulary[test.fact].all_values)


@given(vocabularies_with_conditions())
def test_no_clause_implies_another(case: tuple[Vocabulary, Condition]) -> None:
    """Of two clauses, each is met in some world where the other is not."""
    vocabulary, condition = case

    for one, other in permutations(clauses(condition, vocabulary), 2):
        assert any(
            met(one, *world) and not met(other, *world) for world in worlds(vocabulary)
        )


def test_a_clause_that_implies_another_is_left_out() -> None:
    """If a fact alone is enough, the fact together with a finding adds nothing."""
    message = FactIn("contact", frozenset({"message"}))
    condition = Any((All((message, Holds("finding_0"))), message))

    (clause,) = clauses(condition, policy_of([]).vocabulary)
    assert not clause.holds


def test_the_limit_on_tests_is_exact() -> None:
    """Expansion works with just enough tests left, and stops with one fewer."""
    vocabulary = policy_of([]).vocabulary
    yes, no = (FactIn("danger", frozenset({value})) for value in ("yes", "no"))
    message = FactIn("contact", frozenset({"message"}))
    condition = All((Any((yes, message)), Any((no, Holds("finding_0")))))
    whole = Expansion(vocabulary)
    expected = whole.clauses(condition)
    used = MOST_TESTS - whole.left

    assert expected == Expansion(vocabulary, used).clauses(condition)
    with pytest.raises(TooManyClausesError):
        Expansion(vocabulary, used - 1).clauses(condition)
