"""Problems with their locations, the exceptions that carry them, and suggestions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import PurePath
from shlex import quote
from typing import Any, NoReturn, final

import attrs

#: The most work on suggestions for one report: products of the lengths of a wrong name
#: and of the declared ones, added up.
MOST_COMPARED = 8_000_000
_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def few_suggestions() -> Iterator[None]:
    """Limit the work on all suggestions in a block to `MOST_COMPARED`.

    Later problems have none if there are many wrong names and many declared ones.
    """
    token = None if _left.get() else _left.set([MOST_COMPARED])
    try:
        yield
    finally:
        if token:
            _left.reset(token)


def _affordable(name: str, declared: Collection[str]) -> bool:
    """Return whether the limit allows comparing *name* with *declared*; count it."""
    left = _left.get() or [MOST_COMPARED]
    # Past the limit, lengths are not even added up: errors take linear time.
    if left[0] > 0:
        left[0] -= len(name) * sum(min(len(one), _COMPARED) for one in declared)
    return left[0] >= 0


#: Characters of a name that are compared.
_COMPARED = 100


def closest(name: str, declared: Collection[str]) -> str | None:
    """Return the name in *declared* that is most like *name*, or None."""
    wanted = _folded(name)[:_COMPARED]
    if not _affordable(wanted, declared):
        return None
    by_folded = {_folded(other)[:_COMPARED]: other for other in declared}
    near = get_close_matches(wanted, by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def nearest(
    name: str, declared: Collection[str], words: Mapping[str, str] | None = None
) -> str | None:
    """Return the name in *declared* that *name* probably means, or None.

    If no spelling is close enough, half of the words of *name* must each begin a word
    of the declared name, or of the text about it in *words*.
    """
    if near := closest(name, declared):
        return near
    about = words or {}
    if not _affordable(name[:_COMPARED], [*declared, *about.values()]):
        return None
    texts = {one: _folded(f"{one}_{about.get(one, '')}") for one in declared}
    wanted = re.findall(r"[^\W_]{3,}", _folded(name)[:_COMPARED])

    def shared(one: str) -> int:
        return sum(bool(re.search(rf"(?<![^\W_]){w}", texts[one])) for w in wanted)

    by_words = max(texts, key=shared, default="") if wanted else ""
    enough = by_words and shared(by_words) * 2 >= len(wanted)
    return by_words if enough else None


def did_you_mean(
    name: str, declared: Collection[str], words: Mapping[str, str] | None = None
) -> str | None:
    """Suggest the name in *declared* that is `nearest`, or return None."""
    near = nearest(name, declared, words)
    return f"did you mean `{near}`?" if near else None


def _folded(name: object) -> str:
    return str(name).casefold().replace("-", "_").replace(" ", "_")


#: Characters of a long line shown on each side of the location.
_MARGIN = 60


@final
@attrs.frozen(kw_only=True)
class Location:
    """Location in a text: file, line and column, counted from 1."""

    #: The file as the user wrote it, or `-` for standard input.
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
        """Return the line with its number, and carets under the location."""
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
    """One error, with its location and how to fix it."""

    #: Stable code, `BE` and three digits; docs/reference/problems.md lists them.
    code: str
    message: str
    where: Location | None = None
    help: str | None = None
    #: Keys that lead to the error in the policy or situation: `("rules", ID, "when")`.
    path: tuple[str | int, ...] = ()
    #: The invalid name or value, which locates the error under `path`.
    token: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        lines = [f"{head}{self.code}: {self.message}"]
        if self.where and self.where.text:
            lines += self.where.excerpt().split("\n")
        if self.help:
            lines.append(f"  help: {self.help}")
        # A name may contain characters that a terminal interprets.
        return "\n".join(_CONTROL.sub("\ufffd", line) for line in lines)


def listed(names: Iterable[str], joined: str = "and") -> str:
    """Join *names* for a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {joined} {last}" if most else last


#: The most names that a message lists.
_LISTED = 60


def quoted(names: Iterable[object]) -> str:
    """List *names* for a message, each as code; count those past the first 60."""
    rest = iter(names)
    shown = [f"`{name}`" for name in islice(rest, _LISTED)]
    more = sum(1 for _ in rest)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


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
    """Return the problem with *code*, from its templates in `problems.toml`.

    Args:
        code: a code such as `BE605`, with the name of the message if it has several:
            `BE103.id`.
        where: the location, if it is already known.
        path: the keys that lead to the error.
        token: the invalid name or value.
        near: the suggestion of `did_you_mean`; comes before the advice of the template.
        words: values of the names in braces in the templates; `name` is *token* by
            default.
    """
    plain, _, variant = code.partition(".")
    entry = problem_table()[plain]
    template = entry[variant] if variant else entry
    words = {n: _short(word) for n, word in {"name": token, **words}.items()}
    advice = template.get("help", "").format_map(words)
    return Problem(
        code=plain,
        message=template["message"].format_map(words),
        where=where,
        help=" ".join(filter(None, (near, advice))) or None,
        path=path,
        token=token,
    )


_in_command: ContextVar[bool] = ContextVar("in_command", default=False)


@contextmanager
def as_command(given: bool = True) -> Iterator[None]:  # noqa: FBT001, FBT002
    """Within the block, advice names command-line options, not Python arguments.

    If not *given*, it is the other way around.
    """
    token = _in_command.set(given)
    try:
        yield
    finally:
        _in_command.reset(token)


def reading_option(name: str, value: str) -> str:
    """Name an option of `Reading` with a value, as in the command or as in Python."""
    if _in_command.get():
        word = "tab" if value == "\t" else value
        return f"`--{name} {quote(word)}`"
    return f"`Reading({name}={value!r})`"


def column_option(name: str) -> str:
    """Name the option that states the column for *name*."""
    if _in_command.get():
        return f"`--column {name}=COLUMN`"
    return f'`Reading(columns={{"{name}": COLUMN}})`'


#: Characters of one word of a message.
_MOST_SHOWN = 2_000


def _short(word: object) -> object:
    """Return *word*, cut if it is a very long text."""
    if isinstance(word, str | PurePath):
        word = str.__str__(word) if isinstance(word, str) else str(word)
        return word if len(word) <= _MOST_SHOWN else f"{word[:_MOST_SHOWN]}…"
    return word


@cache
def problem_table() -> Mapping[str, Any]:
    """Read `problems.toml`: the meaning and the templates of each code."""
    import tomllib
    from importlib.resources import files

    text = files("boundaryethics").joinpath("problems.toml").read_text("utf-8")
    return tomllib.loads(text)


def import_or_refuse(library: str, error: type[BoundaryEthicsError], code: str) -> Any:
    """Import *library*, which an extra installs, or raise *error* with *code*."""
    try:
        return import_module(library)
    except ImportError as missing:
        name = (missing.name or library).partition(".")[0].replace("_", "-")
        raise error([problem(code, name=name)]) from missing


#: The most problems that the text of an error shows; it holds all of them.
SHOWN = 50


def _problem(one: Any) -> Problem:
    if isinstance(one, Problem):
        return one
    found = f"`{type(one).__name__}`"
    wrong = problem(
        "BE410", name="problems", expected="a list of `Problem`", found=found
    )
    raise ArgumentError([wrong])


class BoundaryEthicsError(Exception):
    """Base class of this library's errors; holds each problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        try:
            self.problems: tuple[Problem, ...] = tuple(map(_problem, problems))
        except ArgumentError:
            raise
        except Exception:  # noqa: BLE001 - the value may raise anything
            self.problems = (_problem(problems),)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if (more := len(self.problems) - SHOWN) > 0:
            lines.append(f"and {more:,} more problem{'s' * (more > 1)}")
        return "\n".join(lines)


@final
class ArgumentError(BoundaryEthicsError, TypeError, ValueError, KeyError):
    """An argument has the wrong type, or names nothing.

    It is also a `TypeError`, a `ValueError` and a `KeyError`.
    """


def refuse_unknown(kind: str, name: object, names: Iterable[str]) -> NoReturn:
    """Raise an `ArgumentError`: *name* is not one of *names*, which are of *kind*."""
    text = str.__str__(name) if isinstance(name, str) else f"a {type(name).__name__}"
    text, names = text[:60], tuple(names)
    near = did_you_mean(text, names) or f"valid values: {quoted(names[:20])}"
    wrong = problem("BE411", kind=kind, near=near if names else None, token=text)
    raise ArgumentError([wrong]) from None


@final
class PolicyError(BoundaryEthicsError):
    """A policy is unreadable or invalid."""


@final
class SituationError(BoundaryEthicsError):
    """A situation has facts or values that the policy does not declare."""


@final
class RecordError(BoundaryEthicsError):
    """A record of a verdict is incomplete, altered or of a newer version."""


@final
class EngineError(BoundaryEthicsError):
    """An engine is missing, or does not support this policy."""


@final
class AnalysisError(BoundaryEthicsError):
    """An analysis is invalid for a policy, or too large for an exact answer."""


@final
class InterviewError(BoundaryEthicsError):
    """An answer is invalid, or an interview cannot be continued."""


@final
class TableError(BoundaryEthicsError):
    """A table cannot be read, ranked or written."""


@final
class PictureError(BoundaryEthicsError):
    """A result has no chart, or the chart cannot be written."""


@final
class PanelError(BoundaryEthicsError):
    """A panel of raters is unreadable, or does not support the analysis."""
