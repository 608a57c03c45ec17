"""What can be wrong, as values; and the exceptions that carry them.

A problem is found, gathered with the others, and told once, all together.
Messages are lower case, in the words of policies, with advice kept apart. Their
templates are in `problems.toml`, one table for each code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, final

import attrs

from boundaryethics.source import Place

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@final
@attrs.frozen(kw_only=True)
class Problem:
    """One thing that is wrong, where, and what may mend it."""

    #: Stable code, `BE` and three digits; docs/reference/problems.md lists them.
    code: str
    message: str
    where: Place | None = None
    help: str | None = None
    #: Keys that lead to the fault in the policy or situation: `("rules", ID, "when")`.
    path: tuple[str | int, ...] = ()
    #: The mistaken name or value itself, by which the place is found under `path`.
    token: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        lines = [f"{head}{self.code}: {self.message}"]
        if self.where and self.where.text:
            lines += self.where.excerpt().split("\n")
        if self.help:
            lines.append(f"  help: {self.help}")
        # A name may hold what a terminal would obey instead of show.
        return "\n".join(_CONTROL.sub("\ufffd", line) for line in lines)


def problem(
    code: str,
    /,
    *,
    where: Place | None = None,
    path: tuple[str | int, ...] = (),
    token: str | None = None,
    near: str | None = None,
    **words: object,
) -> Problem:
    """Make the problem with *code* from its templates in `problems.toml`.

    Args:
        code: a code, such as `BE605`; with the name of one of its messages where it
            has several, such as `BE103.id`.
        where: the place, where it is known already.
        path: the keys that lead to the fault.
        token: the mistaken name or value itself.
        near: the nearest name that there is, as `did_you_mean` says it; comes before
            the advice of the template.
        words: what the templates name in braces.
    """
    plain, _, variant = code.partition(".")
    entry = problem_table()[plain]
    template = entry[variant] if variant else entry
    advice = template.get("help", "").format_map(words)
    return Problem(
        code=plain,
        message=template["message"].format_map(words),
        where=where,
        help=" ".join(filter(None, (near, advice))) or None,
        path=path,
        token=token,
    )


@cache
def problem_table() -> Mapping[str, Any]:
    """Read `problems.toml`: what each code means, and its templates."""
    text = files("boundaryethics").joinpath("problems.toml").read_text("utf-8")
    return tomllib.loads(text)


class BoundaryEthicsError(Exception):
    """Everything that this library refuses; carries each problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@final
class PolicyError(BoundaryEthicsError):
    """A policy cannot be read, or does not mean anything."""


@final
class SituationError(BoundaryEthicsError):
    """A situation names facts or values that the policy does not declare."""


@final
class EngineError(BoundaryEthicsError):
    """An engine is missing, or cannot take this policy."""


@final
class AnalysisError(BoundaryEthicsError):
    """A question about a policy cannot be asked, or is too large to be exact."""


@final
class TableError(BoundaryEthicsError):
    """A table cannot be read, ranked or written."""


@final
class PictureError(BoundaryEthicsError):
    """An answer cannot be drawn, or its picture cannot be written."""


@final
class PanelError(BoundaryEthicsError):
    """A panel of raters cannot be read, or does not bear what is asked of it."""
