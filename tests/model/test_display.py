"""Values and tables are shown briefly, with aligned columns."""

from __future__ import annotations

import attrs
import pytest

import boundaryethics
from boundaryethics.model.display import Table, display_width, in_line, short_repr
from boundaryethics.model.facts import Fact
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Comparison, Proof, Verdict


@pytest.mark.parametrize("length", [3, 50, 400])
def test_long_representations_are_truncated(length: int) -> None:
    """Fields are limited to 100 characters and the whole to 400."""
    fact = Fact(name="contact", values=("x" * length, "y" * length), question="Who?")
    shown = short_repr(fact)

    assert len(shown) <= 400
    assert ("…" in shown) == (length > 50)
    assert ("x" * length in shown) == (length <= 50)
    assert shown.startswith("Fact(name='contact', ")
    assert "question='Who?'" in shown


def test_a_field_is_cut_to_exactly_the_limit() -> None:
    """The last character shows that something is missing."""
    fact = Fact(name="contact", values=("x" * 400,), question="Who?")
    shown = short_repr(fact)
    field = shown[shown.index("values=") : shown.index("…") + 1]

    assert 100 == len(field)
    assert 400 == len(
        short_repr(
            Fact(
                name="n" * 90,
                values=("x" * 400, "y" * 90),
                question="?" * 90,
                help="h" * 90,
                labels=(("l" * 90, "m" * 90),),
                group="g" * 90,
            )
        )
    )


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Verdict, ["policy", "situation", "ranking"]),
        (Policy, ["id", "title", "about", "abstract", "method"]),
        (Comparison, ["above", "below", "decided_by", "reasons", "against"]),
        (Proof, ["steps"]),
    ],
)
def test_long_fields_and_fields_that_follow_from_others_are_left_out(
    kind: type, fields: list[str]
) -> None:
    """A representation shows which value it is, not everything that it holds."""
    assert fields == [one.name for one in attrs.fields(kind) if one.repr]


def test_a_verdict_is_represented_by_its_policy_situation_and_ranking() -> None:
    """The fields are in this order, and the options are named."""
    shown = repr(boundaryethics.consult({"contact": "message"}))
    named = [shown.find(f"{name}=") for name in ("policy", "situation", "ranking")]

    assert -1 not in named
    assert sorted(named) == named
    assert "'contact': 'message'" in shown


def test_plain_data_is_shown_on_one_line() -> None:
    """Booleans are shown as in YAML, and only nested mappings have parentheses."""
    plain = {"found": True, "lost": False, "any": [{"a": "b"}, "c"], "of": ["d", "e"]}

    assert "found: true; lost: false; any: (a: b), (c); of: d, e" == in_line(plain)


def test_table_columns_are_aligned() -> None:
    """Numbers are right-aligned, text left-aligned; wide characters count twice."""
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
def test_character_widths_match_a_terminal(text: str, width: int) -> None:
    """East Asian characters take two columns; marks and joined characters none."""
    assert width == display_width(text)
