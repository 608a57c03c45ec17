"""Problems with their locations, the exceptions that carry them, and suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, final

import attrs


def closest(name: str, declared: Iterable[str]) -> str | None:
    """The one of *declared* most like *name*, or None where none is like it."""
    by_folded = {_folded(other): other for other in declared}
    near = get_close_matches(_folded(name)[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def nearest(
    name: str, declared: Iterable[str], words: Mapping[str, str] | None = None
) -> str | None:
    """Return the name in *declared* that *name* probably means, or None.

    A name that is spelled like none of them is found by its words: at least half of
    them begin a word of the declared name, or of the text about it in *words*.
    """
    texts = {
        other: f"{other} {(words or {}).get(other, '')}".casefold().replace("_", " ")
        for other in declared
    }
    near = closest(name, texts)
    wanted = re.findall(r"[^\W_]{3,}", _folded(name)[:100])
    if near or not (wanted and texts):
        return near

    def shared(other: str) -> int:
        return sum(bool(re.search(rf"\b{word}", texts[other])) for word in wanted)

    best = max(texts, key=shared)
    return best if shared(best) * 2 >= len(wanted) else None


def did_you_mean(
    name: str, declared: Iterable[str], words: Mapping[str, str] | None = None
) -> str | None:
    """Suggest the name in *declared* that is `nearest`, or return None."""
    near = nearest(name, declared, words)
    return f"did you mean `{near}`?" if near else None


def _folded(name: object) -> str:
    return str(name).casefold().replace("-", "_").replace(" ", "_")


#: Characters of a long line shown on either side of the place.
_MARGIN = 60


@final
@attrs.frozen(kw_only=True)
class Location:
    """Where something stands in a text: file, line and column, counted from 1."""

    #: The file as the user named it, or `-` for standard input.
    file: str
    line: int
    column: int
    #: Characters covered, at least 1, never past the end of the line.
    width: int = 1
    #: The line itself, without its end.
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The line with its number, and a caret under the place."""
        start = max(0, self.column - 1 - _MARGIN)
        shown = self.text[start : self.column - 1 + _MARGIN].replace("\t", " ")
        indent = " " * (self.column - 1 - start)
        carets = "^" * max(1, min(self.width, len(shown) - len(indent)))
        number = str(self.line)
        return f"  {number} | {shown}\n  {' ' * len(number)} | {indent}{carets}"


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
    where: Location | None = None
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
    where: Location | None = None,
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
    import tomllib
    from importlib.resources import files

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
