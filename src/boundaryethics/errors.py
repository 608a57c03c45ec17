"""Define problems, their locations, exceptions that list problems, and suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache, partial
from importlib import import_module
from itertools import islice
from pathlib import PurePath
from shlex import quote
from typing import Any, NoReturn, TypeVar, final

import attrs

_T = TypeVar("_T")
_R = TypeVar("_R")
#: The limit on the work for suggestions in one report. Comparing a wrong name with a
#: declared name costs the product of their lengths.
MOST_COMPARED = 8_000_000
_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def few_suggestions() -> Iterator[None]:
    """Within the block, limit the work spent on suggestions to `MOST_COMPARED`.

    If there are many invalid names and many declared ones, later problems get no
    suggestion.
    """
    token = None if _left.get() else _left.set([MOST_COMPARED])
    try:
        yield
    finally:
        if token:
            _left.reset(token)


def _affordable(name: str, declared: Collection[str]) -> bool:
    """Return whether the limit allows a comparison with *declared*; deduct its cost."""
    left = _left.get() or [MOST_COMPARED]
    # After the limit is exceeded, don't add up lengths, so that errors take linear
    # time.
    if left[0] > 0:
        left[0] -= len(name) * sum(min(len(one), _COMPARED) for one in declared)
    return left[0] >= 0


#: The number of characters of a name to compare.
_COMPARED = 100


def closest(name: str, declared: Collection[str]) -> str | None:
    """Return the most similar name in *declared*, or None."""
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

    If no spelling is similar enough, compare words. A word of *name* matches if a word
    of the declared name, or of its text in *words*, starts with it. At least half of
    the words must match.
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
    """Return a suggestion to use the name that `nearest` finds, or None."""
    near = nearest(name, declared, words)
    return f"did you mean `{near}`?" if near else None


def _folded(name: object) -> str:
    return str(name).casefold().replace("-", "_").replace(" ", "_")


#: The form of the names of facts and values.
_NAME = re.compile("[A-Za-z0-9_-]{1,40}")
#: The words that replace text that does not have the form of a name.
FREE_TEXT = "free text"


def is_free_text(value: object) -> bool:
    """Return whether *value* is nonempty text that does not have the form of a name.

    In a situation, such text may be about a client, so error messages do not repeat it.
    """
    return isinstance(value, str) and len(value) > 0 and not _NAME.fullmatch(value)


#: The number of characters to show on each side of a location in a long line.
_MARGIN = 60


@final
@attrs.frozen(kw_only=True)
class Location:
    """A location in text: a file, and a line and column counted from 1."""

    #: The file name as the user wrote it, or `-` for standard input.
    file: str
    line: int
    column: int
    #: The number of characters covered: at least 1, and never past the end of the line.
    width: int = 1
    #: The text of the line, without its line break.
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


#: Control and format characters, which can affect a terminal.
CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@final
@attrs.frozen(kw_only=True)
class Problem:
    """An error, with its location and a suggested fix."""

    #: Stable code: `BE` and three digits. See docs/reference/problems.md.
    code: str
    message: str
    #: The location in a file; None if it is unknown.
    where: Location | None = None
    #: A suggested fix; None if there is none.
    help: str | None = None
    #: The path of keys to the error in the policy or situation: `("rules", ID,
    #: "when")`.
    path: tuple[str | int, ...] = ()
    #: The invalid name or value, which locates the error under `path`.
    token: str | None = None
    #: The number of the row with the error, if `where` is None.
    row: int | None = None

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        lines = [f"{head}{self.code}: {self.message}"]
        if self.where and self.where.text:
            lines += self.where.excerpt().split("\n")
        if self.help:
            lines.append(f"  help: {self.help}")
        # A name may contain control characters that affect a terminal.
        return "\n".join(CONTROLS.sub("\ufffd", line) for line in lines)


def listed(names: Iterable[str], joined: str = "and") -> str:
    """Join *names* for a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {joined} {last}" if most else last


#: The most names that a message lists.
_LISTED = 60


def quoted(names: Iterable[object]) -> str:
    """Join *names* for a message, formatted as code; just count any after the 60th."""
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
    """Return the problem with *code*, using its templates in `problems.toml`.

    Args:
        code: a code such as `BE605`. If the code has several messages, add the key
            of one, as in `BE103.id`.
        where: the location, if it is already known.
        path: the path of keys to the error.
        token: the invalid name or value.
        near: the suggestion from `did_you_mean`, to put before the template's advice.
        words: values for the placeholders in the templates. `name` defaults to *token*.
    """
    plain, _, variant = code.partition(".")
    entry = problem_table()[plain]
    template = entry[variant] if variant else entry
    words = {"name": token, "reference_engine": _reference_engine(), **words}
    words = {n: _short(word) for n, word in words.items()}
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
def as_command() -> Iterator[None]:
    """Make advice in the block refer to command-line options, not Python arguments."""
    token = _in_command.set(True)
    try:
        yield
    finally:
        _in_command.reset(token)


def in_command() -> bool:
    """Return whether advice should refer to command-line options."""
    return _in_command.get()


def reading_option(name: str, value: str | int) -> str:
    """Format a `Reading` option and its value, for the command line or for Python."""
    if _in_command.get():
        word = "tab" if value == "\t" else str(value)
        return f"`--{name} {quote(word)}`"
    return f"`Reading({name.replace('-', '_')}={value!r})`"


def _reference_engine() -> str:
    """Return the option for the reference engine, which accepts every policy."""
    return "`--engine reference`" if _in_command.get() else '`engine="reference"`'


def column_option(name: str) -> str:
    """Return the option that assigns a column to *name*."""
    if _in_command.get():
        return f"`--column {name}=COLUMN`"
    return f'`Reading(columns={{"{name}": COLUMN}})`'


#: The maximum number of characters of a value in a message.
_MOST_SHOWN = 2_000


def plain_text(value: object) -> str:
    """Return *value* as text, or a phrase if it is an integer with too many digits."""
    try:
        return str(value)
    except ValueError:
        return "a number with too many digits"


def _short(word: object) -> object:
    """Return *word*, truncated if it is very long."""
    if isinstance(word, str | PurePath):
        word = str.__str__(word) if isinstance(word, str) else str(word)
        return word if len(word) <= _MOST_SHOWN else f"{word[:_MOST_SHOWN]}…"
    return word


@cache
def problem_table() -> Mapping[str, Any]:
    """Load `problems.toml`, with the meaning and the templates of each code."""
    import tomllib
    from importlib.resources import files

    text = files("boundaryethics").joinpath("problems.toml").read_text("utf-8")
    return tomllib.loads(text)


def import_or_refuse(library: str, error: type[BoundaryEthicsError], code: str) -> Any:
    """Import the optional *library*, or raise *error* with *code*."""
    try:
        return import_module(library)
    except ImportError as missing:
        name = (missing.name or library).partition(".")[0].replace("_", "-")
        raise error([problem(code, name=name)]) from missing


#: The maximum number of problems in the text of an error. `problems` lists them all.
SHOWN = 50


#: Equal problems in more rows than this are shown once, with the numbers of the rows.
_ALIKE, _MOST_ROWS = 3, 20


def _place(one: Problem) -> tuple[object, str, int] | None:
    """Return a grouping key for *one*, then the word `row` or `line`, and its number.

    Problems with the same key differ only in the number. The result is None if there
    is no number, or if the message shows the line itself.
    """
    if one.where:
        kind = (one.code, one.message, one.help, one.where.file)
        return None if one.where.text else (kind, "line", one.where.line)
    if one.row is None:
        return None
    message = one.message.replace(f"row {one.row}: ", "", 1)
    return (one.code, message, one.help), "row", one.row


def _groups(problems: Sequence[Problem]) -> Iterable[list[Problem]]:
    """Yield *problems* in order, as groups.

    Problems that differ only in the row or line form one group if there are many.
    """
    kinds: dict[object, list[int]] = {}
    for number, one in enumerate(problems):
        place = _place(one)
        kinds.setdefault(place[0] if place else number, []).append(number)
    large = [numbers for numbers in kinds.values() if len(numbers) > _ALIKE]
    rest = {first: numbers for first, *numbers in large}
    inside = {number for numbers in rest.values() for number in numbers}
    for number, one in enumerate(problems):
        if number not in inside:
            yield [one, *(problems[other] for other in rest.get(number, ()))]


def _group_lines(group: Sequence[Problem]) -> Iterable[str]:
    """Yield the first problem in *group*, and the rows or lines of the others."""
    yield str(group[0])
    places = [place for place in map(_place, group[1:]) if place]
    own = _place(group[0])
    numbers = sorted({number for _, _, number in places} - {own and own[2]})
    if numbers:
        shown = [f"{number:,}" for number in numbers[:_MOST_ROWS]]
        more = len(numbers) - len(shown)
        rest = f"{', '.join(shown)} and {more:,} more" if more else listed(shown)
        yield f"  also in {places[0][1]}{'s' * (len(numbers) > 1)} {rest}"


def raise_together(
    first: BoundaryEthicsError, *steps: Callable[[], object]
) -> NoReturn:
    """Raise *first* again, adding the problems from any errors that *steps* raise.

    The steps are checks that do not depend on the one that failed first.
    """
    problems = [*first.problems]
    for step in steps:
        try:
            step()
        except BoundaryEthicsError as refused:
            problems += refused.problems
    raise type(first)(dict.fromkeys(problems)) from first.__cause__


def all_of(load: Callable[[_T], _R], names: Iterable[_T]) -> list[_R]:
    """Return *load*'s result for each name, or raise one error with all problems."""
    loaded: list[_R] = []
    first: BoundaryEthicsError | None = None
    problems: list[Problem] = []
    for name in names:
        try:
            loaded.append(load(name))
        except BoundaryEthicsError as refused:
            first = first or refused
            problems += refused.problems
    if first:
        raise type(first)(dict.fromkeys(problems)) from first.__cause__
    return loaded


def check_all(*checks: Callable[[], Any]) -> list[Any]:
    """Return the results of all *checks*, or raise one error with all problems."""
    return all_of(lambda check: check(), checks)


def check_then(
    first: Callable[[], _T], then: Callable[[_T], Any], *others: Callable[[], Any]
) -> list[Any]:
    """Call *first*, *then* with its result, and all *others*; return all results.

    Raise one error with all problems. If *first* fails, *then* is not called.
    """
    try:
        found = first()
    except BoundaryEthicsError as refused:
        raise_together(refused, *others)
    return [found, *check_all(partial(then, found), *others)]


def _problem(one: Any) -> Problem:
    if isinstance(one, Problem):
        return one
    found = f"`{type(one).__name__}`"
    wrong = problem(
        "BE410", name="problems", expected="a list of `Problem`", found=found
    )
    raise ArgumentError([wrong])


class BoundaryEthicsError(Exception):
    """Base class for errors. `problems` lists every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        try:
            self.problems: tuple[Problem, ...] = tuple(map(_problem, problems))
        except ArgumentError:
            raise
        except Exception:  # noqa: BLE001 - the value may raise anything
            self.problems = (_problem(problems),)
        super().__init__(self.problems)

    def __str__(self) -> str:
        groups = [*_groups(self.problems)]
        lines = [line for group in groups[:SHOWN] for line in _group_lines(group)]
        if more := sum(map(len, groups[SHOWN:])):
            lines.append(f"and {more:,} more problem{'s' * (more > 1)}")
        return "\n".join(lines)


@final
class ArgumentError(BoundaryEthicsError, TypeError, ValueError, KeyError):
    """Raised when an argument has the wrong type, or is not a valid name.

    It is also a `TypeError`, a `ValueError` and a `KeyError`.
    """


def refuse_unknown(kind: str, name: object, names: Iterable[str]) -> NoReturn:
    """Raise an `ArgumentError`, because *name* is not one of *names*.

    *kind* describes the names for the message.
    """
    text = str.__str__(name) if isinstance(name, str) else f"a {type(name).__name__}"
    text, names = text[:60], tuple(names)
    near = did_you_mean(text, names) or f"valid values: {quoted(names[:20])}"
    wrong = problem("BE411", kind=kind, near=near if names else None, token=text)
    raise ArgumentError([wrong]) from None


@final
class PolicyError(BoundaryEthicsError):
    """Raised when a policy cannot be read or is invalid."""


@final
class SituationError(BoundaryEthicsError):
    """Raised when a situation has facts or values that the policy does not declare."""


@final
class RecordError(BoundaryEthicsError):
    """Raised when a record of a verdict is incomplete, altered or too new."""


@final
class EngineError(BoundaryEthicsError):
    """Raised when an engine is not installed or does not support the policy."""


@final
class AnalysisError(BoundaryEthicsError):
    """Raised when an analysis is invalid for a policy, or too large to do exactly."""


@final
class InterviewError(BoundaryEthicsError):
    """Raised when an answer is invalid, or an interview cannot be continued."""


@final
class TableError(BoundaryEthicsError):
    """Raised when a table cannot be read, ranked or written."""


@final
class PictureError(BoundaryEthicsError):
    """Raised when a result has no chart, or the chart cannot be written."""


@final
class PanelError(BoundaryEthicsError):
    """Raised when a panel's data cannot be read or do not support the analysis."""
