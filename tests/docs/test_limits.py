"""The limits page agrees with the limits in the code."""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

from boundaryethics.errors import problem_table

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "limits.md"
ROW = re.compile(
    r"^\| (?P<limit>.+) \| (?P<most>[\d,]+) \| (?P<code>BE\d{3}|none) \| "
    r"(?P<why>.+) \| `(?P<constant>[\w.]+)` \|$",
    re.MULTILINE,
)


def test_each_limit_equals_the_constant_in_the_code() -> None:
    """The numbers on the page are those that the code checks."""
    rows = [*ROW.finditer(PAGE.read_text("utf-8"))]
    lines = re.findall(
        r"^\| .*`\w+\.[\w.]+` \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )

    assert len(rows) == len(lines) > 20
    for row in rows:
        most = int(row["most"].replace(",", ""))
        assert most == constant(row["constant"]), row["constant"]


def test_each_error_code_on_the_page_exists() -> None:
    """Each limit of a policy or an engine has an error code."""
    codes = {row["code"] for row in ROW.finditer(PAGE.read_text("utf-8"))}

    assert codes - {"none"} <= problem_table().keys()
    assert {"BE107", "BE305", "BE320", "BE321", "BE322", "BE502", "BE505"} <= codes


def constant(name: str) -> object:
    """Find the constant with a dotted *name*: a module, then one or two attributes."""
    module, _, _ = name.partition(".")
    path = name.split(".")
    for end in (2, 1):
        try:
            module = import_module(".".join(["boundaryethics", *path[:end]]))  # type: ignore[assignment]
        except ModuleNotFoundError:
            continue
        return reduce(getattr, path[end:], module)
    raise AssertionError(name)
