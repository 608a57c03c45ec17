"""Problems are made from one table of templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boundaryethics
from boundaryethics.errors import Problem, problem, problem_table

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
