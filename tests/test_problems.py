"""Problems are made from one table of templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boundaryethics
from boundaryethics.errors import (
    Location,
    PanelError,
    Problem,
    problem,
    problem_table,
)

_CODE = re.compile(r'"(BE\d{3}(?:\.[a-z]+)?)"')


def templates() -> Iterator[tuple[str, Any]]:
    """Map the name of each template to the template."""
    codes = {c: one for c, one in problem_table().items() if c.startswith("BE")}
    for code, entry in codes.items():
        if "message" in entry:
            yield code, entry
        for variant, inner in entry.items():
            if isinstance(inner, dict):
                yield f"{code}.{variant}", inner


def named_in_source() -> set[str]:
    """Return the codes and names of templates in the source."""
    package = Path(boundaryethics.__file__).parent
    sources = (path.read_text("utf-8") for path in package.rglob("*.py"))
    return {code for text in sources for code in _CODE.findall(text)}


def test_templates_are_filled_in() -> None:
    """Values go into message and help, and the suggestion comes first."""
    made = problem(
        "BE611.option", name="declien", listed="`decline`", near="did you mean it?"
    )

    assert made == Problem(
        code="BE611",
        message="unknown response `declien`",
        help="did you mean it? valid responses: `decline`",
    )


def test_a_problem_without_advice_or_suggestion_has_no_help() -> None:
    """A code without advice and without a suggestion has no help."""
    assert problem("BE605", policy="p", name="{policy}") == Problem(
        code="BE605", message="policy `p` has no invariant `{policy}`"
    )


def test_every_template_is_used() -> None:
    """The source code uses each template in the table."""
    assert set() == {name for name, _ in templates()} - named_in_source()


def test_every_code_in_the_table_is_used() -> None:
    """The source code names each code, by itself or with a variant."""
    codes = {code for code in problem_table() if code.startswith("BE")}
    used = {name.partition(".")[0] for name in named_in_source()}

    assert codes == used


def test_every_variant_is_in_the_table() -> None:
    """Each template that the source code names is in the table."""
    variants = {name for name in named_in_source() if "." in name}

    assert set() == variants - {name for name, _ in templates()}


def test_equal_problems_in_many_rows_are_shown_once() -> None:
    """The other rows are listed below the first one; `problems` has all of them."""
    places = [Location(file="r.csv", line=n, column=5) for n in range(2, 40)]
    wrong = [problem("BE836.hidden", source="", where=place) for place in places]
    rows = [
        Problem(code="BE402", message=f"`v.sav`, row {n}: bad", row=n)
        for n in (1, 3, 4, 9)
    ]
    few = [
        Problem(code="BE402", message=f"row {n}: odd", help="x", row=n)
        for n in (1, 2, 3)
    ]

    error = PanelError([*wrong, *rows, *few])
    text = str(error)

    assert 45 == len(error.problems)
    assert 1 == text.count("r.csv:")
    assert "\n  also in lines 3, 4, 5" in text
    assert "21, 22 and 17 more" in text
    assert "BE402: `v.sav`, row 1: bad\n  also in rows 3, 4 and 9" in text
    assert text.endswith("\n".join(map(str, few)))
    same = Problem(code="BE402", message="`v.sav`, row 1: bad", row=1)
    assert 1 == str(PanelError([same] * 5)).count("row 1")


def test_problems_that_show_a_line_are_shown_one_by_one() -> None:
    """The text of each line may differ."""
    places = [Location(file="p.yaml", line=n, column=1, text="x") for n in range(9)]
    wrong = [problem("BE836.hidden", source="", where=place) for place in places]

    assert 9 == str(PanelError(wrong)).count("p.yaml")
