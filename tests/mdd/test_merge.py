from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.mdd.build import merged, packed

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 1)), max_size=30)


@given(ROWS)
def test_equal_rows_form_one_group(
    rows: list[tuple[int, int]],
) -> None:
    """The first row of a group represents the group."""
    columns = [np.array([row[n] for row in rows], np.int64) for n in (0, 1)]

    first, group = merged(columns)

    assert rows == [rows[first[number]] for number in group]
    assert len(set(rows)) == len(first)


@given(st.lists(st.integers(0, 2**70 - 1), min_size=1, max_size=8))
def test_bits_are_packed_without_loss(rows: list[int]) -> None:
    """Rows of more than 64 bits take several words, and stay distinct."""
    bits = np.array([[row >> n & 1 for row in rows] for n in range(70)], bool)

    words = packed(bits)

    assert 2 == len(words)
    assert len(set(rows)) == len(set(zip(*map(np.ndarray.tolist, words), strict=True)))
