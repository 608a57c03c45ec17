"""How first places move, where one option, or several, are first."""

from __future__ import annotations

from fractions import Fraction

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.variants.results import First, RankChanges, moved, read, written

C, I, D, L = Option  # noqa: E741


def parts(before: First, after: First) -> dict[tuple[Option, Option], Fraction]:
    """Where one situation goes."""
    table = moved([(before, after, 1)], 1).table
    return {cell: part for cell, part in table.items() if part}


def test_one_first_place_makes_way_for_another() -> None:
    """A whole situation moves from the one option to the other."""
    assert {(C, D): Fraction(1)} == parts((C,), (D,))


def test_a_tie_that_stays_moves_nothing() -> None:
    """Each of the tied options keeps its equal part."""
    half = Fraction(1, 2)

    assert {(C, C): half, (D, D): half} == parts((C, D), (C, D))


def test_a_tie_that_breaks_moves_what_the_loser_had() -> None:
    """Who stays first gets the part of who does not."""
    half = Fraction(1, 2)

    assert {(D, D): half, (C, D): half} == parts((C, D), (D,))


def test_a_tie_that_is_made_gives_away_equal_parts() -> None:
    """Who was first alone keeps a third, and gives one to each other."""
    third = Fraction(1, 3)

    assert {(C, C): third, (C, D): third, (C, L): third} == parts((C,), (C, D, L))


def test_what_is_lost_goes_to_who_gains() -> None:
    """What stays is in both ties; the rest moves in proportion to what is gained."""
    expected = {
        (C, D): Fraction(1, 4),
        (C, L): Fraction(1, 4),
        (I, I): Fraction(1, 3),
        (I, D): Fraction(1, 12),
        (I, L): Fraction(1, 12),
    }

    assert expected == parts((C, I), (I, D, L))


def test_ties_are_counted() -> None:
    """Made, broken, and there: each by the number of situations."""
    told = moved(
        [((C,), (C, D), 2), ((C, D), (L,), 3), ((C, D), (I, L), 5), ((C,), (C,), 7)], 9
    )

    assert (17, 10, 9) == (told.total, told.first_changed, told.ranking_changed)
    assert (2, 3, 7) == (told.ties_added, told.ties_removed, told.tied)
    assert (Fraction(10, 17), Fraction(9, 17)) == (told.first_share, told.ranking_share)


def test_counts_of_the_same_move_are_added() -> None:
    """Each pair of first places is there once, none without a situation."""
    told = moved([((D,), (C,), 1), ((C,), (D,), 0), ((D,), (C,), 2)], 3)

    assert RankChanges(ranking_changed=3, firsts=(((D,), (C,), 3),)) == told


def test_what_is_written_reads_back() -> None:
    """Also where nothing is, and where groups are."""
    firsts = (((C, D), (L,), 31_345_665_638_400), ((I,), (I,), 1))

    assert "continue = decline -> leave: 31345665638400; ignore -> ignore: 1" == (
        written(firsts)
    )
    assert firsts == read(written(firsts))
    assert () == read(written(()))


@pytest.mark.parametrize(
    "text", ["continue: 1", "continue -> stay: 1", "leave -> leave: x"]
)
def test_other_text_is_refused(text: str) -> None:
    """What `written` does not write means nothing."""
    with pytest.raises(ValueError, match=r"not a valid Option|invalid literal"):
        read(text)
