"""Values and tables are shown short, in columns, and with every column in line."""

from __future__ import annotations

import pytest

from boundaryethics.model.display import Table, display_width, short_repr
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


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("leave", 5),
        ("verl\u00e4sst", 8),
        ("e\u0301", 1),
        ("\u96e2\u8131", 4),
        ("\uff41", 2),
        ("\u200b", 0),
        ("\U0001f469\u200d\u2695", 2),
    ],
)
def test_characters_take_the_columns_of_a_terminal(text: str, width: int) -> None:
    """East Asian characters take two columns; marks and joined characters take none."""
    assert width == display_width(text)
