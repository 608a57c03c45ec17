"""Numbers in charts are short and correct."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.charts.theme import number_text, share


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (3.0, "3"),
        (12345, "12,345"),
        (0.25, "0.25"),
        (0.12345, "0.123"),
        (1234.5, "1,234"),
        (0.0001, "<0.001"),
        (-0.0001, ">\N{MINUS SIGN}0.001"),
        (-2.5, "\N{MINUS SIGN}2.5"),
        (999.4, "999"),
        (999.7, "1,000"),
        (-999.7, "\N{MINUS SIGN}1,000"),
        (1.5e20, "1.5e+20"),
    ],
)
def test_numbers_have_about_three_digits(value: float, text: str) -> None:
    """Small, large and negative numbers have about three digits."""
    assert text == number_text(value)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 10, "0%"),
        (10, 10, "100%"),
        (1, 8, "12.5%"),
        (1, 10**6, "<0.01%"),
        (10**6 - 1, 10**6, ">99.99%"),
        (9_996, 10_000, "99.96%"),
        (0, 0, "0%"),
    ],
)
def test_shares_are_percentages(part: int, whole: int, text: str) -> None:
    """Shares near 0 and 1 are printed as inequalities."""
    assert text == share(part, whole)


@given(st.integers(1, 10**15), st.integers(1, 10**15))
def test_no_share_is_rounded_to_0_or_100(part: int, rest: int) -> None:
    """No share is rounded to 0% or 100%."""
    assert share(part, part + rest) not in {"0%", "100%", "100.00%"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_has_a_short_text(value: float) -> None:
    """A printed number is short, and it is `0` only if the number is 0."""
    assert 0 < len(number_text(value)) < 20
    assert (value == 0) == (number_text(value) == "0")
