"""Values and tables are shown short, in columns, and with every column in line."""

from __future__ import annotations

import pytest

from boundaryethics.model.display import Table, short_repr
from boundaryethics.model.facts import Fact


@pytest.mark.parametrize("length", [3, 50, 400])
def test_a_representation_is_cut_only_if_it_is_long(length: int) -> None:
    """Long fields are cut to 100 characters and the whole to 400; short ones stay."""
    fact = Fact(name="contact", values=("x" * length, "y" * length), question="Who?")
    shown = short_repr(fact)

    assert len(shown) <= 400
    assert ("…" in shown) == (length > 50)
    assert ("x" * length in shown) == (length <= 50)
    assert shown.startswith("Fact(name='contact', ")
    assert "question='Who?'" in shown


def test_columns_of_a_table_are_in_line() -> None:
    """Numbers are on the right and texts on the left; a wide character counts twice."""
    rows = (("日本", 12_345, "x"), ("a", 7, "y"), ("e\u0301", 0, "z"))
    table = Table(lines=("Two facts",), columns=("name", "count", "to"), rows=rows)

    assert table.text().splitlines() == [
        "Two facts",
        "",
        "name  count   to",
        "日本  12,345  x",
        "a          7  y",
        "e\u0301          0  z",
    ]
