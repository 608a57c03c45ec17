"""Changes of first ranks, with one option first or several tied."""

from __future__ import annotations

from fractions import Fraction

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.variants.results import (
    First,
    RankChanges,
    format_firsts,
    parse_firsts,
    rank_changes,
)

C, I, D, L = Option  # noqa: E741


def parts(before: First, after: First) -> dict[tuple[Option, Option], Fraction]:
    """Return the parts of one situation by the options that they move from and to."""
    table = rank_changes([(before, after, 1)], 1).table
    return {cell: part for cell, part in table.items() if part}


def test_one_first_option_replaces_another() -> None:
    """A whole situation moves from one option to the other."""
    assert {(C, D): Fraction(1)} == parts((C,), (D,))


def test_an_unchanged_tie_has_no_transitions() -> None:
    """Each of the tied options keeps its equal part."""
    half = Fraction(1, 2)

    assert {(C, C): half, (D, D): half} == parts((C, D), (C, D))


def test_a_broken_tie_moves_the_losers_part_to_the_winner() -> None:
    """The option that stays first gets the part of the other."""
    half = Fraction(1, 2)

    assert {(D, D): half, (C, D): half} == parts((C, D), (D,))


def test_a_new_tie_divides_the_situation_equally() -> None:
    """The option that was first keeps a third; the new ones get a third each."""
    third = Fraction(1, 3)

    assert {(C, C): third, (C, D): third, (C, L): third} == parts((C,), (C, D, L))


def test_losses_go_to_options_that_gain() -> None:
    """The common part of both ties stays; the rest is split in proportion to gains."""
    expected = {
        (C, D): Fraction(1, 4),
        (C, L): Fraction(1, 4),
        (I, I): Fraction(1, 3),
        (I, D): Fraction(1, 12),
        (I, L): Fraction(1, 12),
    }

    assert expected == parts((C, I), (I, D, L))


def test_ties_are_counted_by_situation() -> None:
    """Added, removed and existing ties count their situations."""
    counts = [
        ((C,), (C, D), 2),
        ((C, D), (L,), 3),
        ((C, D), (I, L), 5),
        ((C,), (C,), 7),
    ]
    found = rank_changes(counts, 9)

    assert (17, 10, 9) == (found.total, found.first_changed, found.ranking_changed)
    assert (2, 3, 7) == (found.ties_added, found.ties_removed, found.tied)
    assert (Fraction(10, 17), Fraction(9, 17)) == (
        found.first_share,
        found.ranking_share,
    )


def test_counts_of_the_same_change_are_added() -> None:
    """Each pair of first ranks appears once, and only if it has a situation."""
    found = rank_changes([((D,), (C,), 1), ((C,), (D,), 0), ((D,), (C,), 2)], 3)

    assert RankChanges(ranking_changed=3, firsts=(((D,), (C,), 3),)) == found


def test_formatted_counts_parse_back() -> None:
    """An empty list and tied groups parse back too."""
    firsts = (((C, D), (L,), 31_345_665_638_400), ((I,), (I,), 1))

    assert "continue = decline -> leave: 31345665638400; ignore -> ignore: 1" == (
        format_firsts(firsts)
    )
    assert firsts == tuple(parse_firsts(format_firsts(firsts)))
    assert () == tuple(parse_firsts(format_firsts(())))


@pytest.mark.parametrize(
    "text", ["continue: 1", "continue -> stay: 1", "leave -> leave: x"]
)
def test_invalid_counts_are_rejected(text: str) -> None:
    """Text that `format_firsts` cannot produce is not valid."""
    with pytest.raises(ValueError, match=r"unknown option|invalid literal"):
        tuple(parse_firsts(text))
