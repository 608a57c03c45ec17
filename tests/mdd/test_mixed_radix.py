from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.mdd.scores import Digits


@st.composite
def counted(draw: st.DrawFn) -> tuple[tuple[int, ...], list[list[int]]]:
    """Draw the limits of some counts, and rows of such counts."""
    reach = tuple(draw(st.lists(st.integers(0, 1 << 20), max_size=12)))
    rows = draw(st.integers(0, 4))
    return reach, [[draw(st.integers(-n, n)) for n in reach] for _ in range(rows)]


def array(rows: list[list[int]], width: int) -> np.typing.NDArray[np.int64]:
    """Make an array of *rows*, even if there are none."""
    return np.array(rows, np.int64).reshape(len(rows), width)


@given(counted())
def test_decoding_returns_the_encoded_counts(
    rows: tuple[tuple[int, ...], list[list[int]]],
) -> None:
    """The counts may take several words."""
    digits = Digits.of(rows[0])
    words = digits.written(array(rows[1], len(rows[0])))

    assert rows[1] == digits.read(words).tolist()
    assert (np.abs(words) < 1 << 48).all()


@given(counted())
def test_adding_words_adds_counts(
    rows: tuple[tuple[int, ...], list[list[int]]],
) -> None:
    """Sums of words decode to sums of counts, within the limits."""
    reach, counts = tuple(2 * n for n in rows[0]), array(rows[1], len(rows[0]))
    digits = Digits.of(reach)
    words = digits.written(counts)

    assert (counts + counts[::-1]).tolist() == digits.read(words + words[::-1]).tolist()


def test_small_counts_are_decoded_to_bytes() -> None:
    """Counts take one byte each if they fit."""
    assert np.int8 == Digits.of((127, 3)).read(np.zeros((1, 1), np.int64)).dtype
    assert np.int16 == Digits.of((128,)).read(np.zeros((1, 1), np.int64)).dtype


def test_words_hold_as_many_counts_as_fit() -> None:
    """The values of 30 counts of up to 1 fit into 48 bits; those of 31 do not."""
    assert [1, 2] == [len(Digits.of((1,) * size).words) for size in (30, 31)]
    assert [1, 2] == [len(Digits.of((1 << 46, most)).words) for most in (0, 1)]
