"""What can be wrong, as values; and the exceptions that carry them.

A problem is found, gathered with the others, and told once, all together.
Messages are lower case, in the words of policies, with advice kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import final

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
