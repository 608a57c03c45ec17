"""Read YAML 1.2 with the location of each part, and write YAML.

Tags are rejected, and the size and depth of a document are limited. This module does
not depend on policies or situations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, final

import attrs

from boundaryethics import _files
from boundaryethics.errors import FREE_TEXT, Location, Problem, is_free_text, problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: Keys and indices that lead to a part of a document.
Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"

#: The maximum number of nesting levels in a document.
DEEPEST = 64
#: The maximum number of nodes in a document. The content of each alias counts.
MOST_NODES = 100_000
#: The maximum size of a policy file in bytes.
MOST_OF_A_POLICY = 1024 * 1024
#: The maximum size of a situation file in bytes.
MOST_OF_A_SITUATION = 64 * 1024

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}
#: The maximum number of digits in an integer.
MOST_DIGITS = 1000
_INTEGER = re.compile(rf"-?(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})\Z")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# Line breaks, as the YAML library counts them for its marks.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Characters that a terminal could interpret.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: The escape of a surrogate, half of a character in JSON, up to the digit D. The YAML
#: library rejects such escapes, so the digit is changed to E. Then the library reads a
#: private-use character.
_SURROGATE_ESCAPE = re.compile(
    r"(?<!\\)((?:\\\\)*\\u)([dD])(?=[89a-fA-F][0-9a-fA-F]{2})"
)
_READ_ESCAPE = re.compile(_SURROGATE_ESCAPE.pattern.replace("dD", "eE"))
#: These private-use characters and their escapes. If the text contains any of them, its
#: surrogate escapes are not changed.
_PRIVATE = re.compile(r"[\ue800-\uefff]+|\\(?:u|U0000)[eE][89a-fA-F][0-9a-fA-F]{2}")
#: Punctuation around names: that of YAML and JSON, and `=`.
_MARKS = re.compile(r"""[][{},:"'=!*&]""")
#: A JSON bracket, or quoted text, because brackets in quotes do not count.
_BRACKET = re.compile(r'[][{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)
#: The YAML library's message for text that is nested too deeply for the library.
_TOO_DEEP = "exceeded maximum nesting depth"


@final
@attrs.frozen
class Mark:
    """A line and a column, counted from 0, like the YAML library's marks."""

    line: int
    column: int


_START = Mark(0, 0)
_NOTHING: Mapping[str, tuple[Node, Node]] = MappingProxyType({})


@final
@attrs.define(eq=False)
class Node:
    """A node of a document: a scalar or key, a list, or a table (mapping)."""

    start: Mark
    end: Mark
    #: The value as plain data.
    value: Plain
    #: For a scalar, its text without quotes and with escapes resolved.
    text: str | None = None
    items: Sequence[Node] = ()
    #: For a table, each key with its value.
    entries: Mapping[str, tuple[Node, Node]] = _NOTHING
    #: The number of nodes in it, including itself and the content of its aliases.
    size: int = 1
    #: The number of levels in it, including its own.
    height: int = 1

    def within(self, step: str | int) -> Node | None:
        """Return the node under the key or index *step*, or None."""
        if isinstance(step, str):
            return self.entries[step][1] if step in self.entries else None
        return self.items[step] if 0 <= step < len(self.items) else None

    def scalars(self) -> Iterator[Node]:
        """Yield each key and scalar in the node, in the order of the text."""
        if self.text is not None:
            yield self
        for item in self.items:
            yield from item.scalars()
        for key, value in self.entries.values():
            yield key
            yield from value.scalars()


@final
@attrs.frozen
class SourceText:
    """The lines of a file, used to convert marks to locations."""

    file: str
    lines: tuple[str, ...] = attrs.field(repr=False)
    #: Whether the text is a situation, so that problems must not repeat free text.
    private: bool = False
    #: The lines shown so far, without characters that a terminal could interpret.
    _shown: dict[int, str] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, text: str, file: str, *, private: bool = False) -> SourceText:
        """Split *text* into lines."""
        return cls(file, tuple(_LINE_END.split(text)), private)

    def quote(self, text: str) -> str:
        """Format *text* for a message."""
        return FREE_TEXT if self.is_hidden(text) else f"`{text}`"

    def is_hidden(self, text: str) -> bool:
        """Return whether *text* is from a situation and contains free text."""
        parts = _MARKS.split(text.removeprefix("- ")) if self.private else ()
        return any(is_free_text(part.strip()) for part in parts)

    def place(self, start: Mark, end: Mark | None = None) -> Location:
        """Return the location from *start* to *end*, cut off at the end of the line."""
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        last = start.column
        if end:
            last = end.column if end.line == start.line else len(text.rstrip())
        return Location(
            file=self.file,
            line=start.line + 1,
            column=start.column + 1,
            width=max(1, min(last, len(text)) - start.column),
            text=self._clean(start.line, text),
        )

    def _clean(self, line: int, text: str) -> str:
        # A long line may have a problem at every word.
        if line not in self._shown:
            shown = _CONTROL.sub("\ufffd", text)
            self._shown[line] = "" if self.is_hidden(text) else shown
        return self._shown[line]

    def place_after(self, text: str) -> Location:
        """Return the location just after *text*, the first part of the file."""
        *above, last = _LINE_END.split(text)
        return self.place(Mark(len(above), len(last)))


@final
@attrs.frozen
class Document:
    """The nodes of a YAML document, with its syntax errors."""

    page: SourceText
    #: The top node; None if the text is empty or unreadable.
    root: Node | None
    problems: tuple[Problem, ...] = ()
    #: For each node that was searched, the first key or scalar in it with each text.
    _first: dict[int, dict[str, Node]] = attrs.field(
        factory=dict, init=False, eq=False, repr=False
    )

    @property
    def file(self) -> str:
        """The name of the file, as the user wrote it."""
        return self.page.file

    @property
    def data(self) -> Plain:
        """The content as plain data; None if the text is empty or unreadable."""
        return self.root.value if self.root else None

    def place(self, path: Path) -> Location:
        """Return the location of the value at *path*, or else of the part around it."""
        while path and self.node(path) is None:
            path = path[:-1]
        node = self.node(path)
        return (
            self.page.place(node.start, node.end) if node else self.page.place(_START)
        )

    def key_place(self, path: Path) -> Location:
        """Locate the last key in *path* or, if it is an index, the item in the list."""
        around = self.node(path[:-1]) if path else None
        if around and path[-1] in around.entries:
            key, _ = around.entries[str(path[-1])]
            return self.page.place(key.start, key.end)
        return self.place(path)

    def node(self, path: Path) -> Node | None:
        """Return the node at *path*, or None."""
        node = self.root
        for step in path:
            node = node.within(step) if node else None
        return node

    def find(self, path: Path, token: str | None) -> Location | None:
        """Locate the first key or value *token* under *path*, or return None."""
        start = self.node(path)
        if start is None or token is None:
            return None
        if id(start) not in self._first:
            first: dict[str, Node] = {}
            for part in start.scalars():
                first.setdefault(part.text or "", part)
            self._first[id(start)] = first
        found = self._first[id(start)].get(token)
        return self.page.place(found.start, found.end) if found else None


def document(
    text: str, *, file: str, most: int | None = None, private: bool = False
) -> Document:
    """Read the document in *text*, which must not be longer than *most* bytes.

    If *private*, the document is a situation, and problems do not repeat free text.
    """
    if most and (size := len(text.encode("utf-8", "surrogatepass"))) > most:
        return Document(SourceText(file, ("",)), None, (_too_large(file, size, most),))
    text = text.removeprefix("\ufeff")
    page = SourceText.of(text, file, private=private)
    if odd := _UNPRINTABLE.search(text):
        number, where = ord(odd.group()), page.place_after(text[: odd.start()])
        unprintable = problem("BE101.character", number=number, where=where)
        return Document(page, None, (unprintable,))
    composed = _Composer(page)
    root = composed.read(text)
    return Document(page, root, tuple(composed.problems))


def has_key(text: str, keys: Iterable[str], data: Plain = None) -> bool:
    """Return whether *text* seems to have one of *keys* at its top level.

    Problems may quote the text only if it has such a key. *data* is the content of the
    text, or None if the text is unreadable. In that case, a line must begin with one of
    *keys*.
    """
    if isinstance(data, dict):
        return any(key in data for key in keys)
    named = "|".join(map(re.escape, keys))
    return (
        re.search(rf"^(?:[\"']?|[ \t]*{{?[ \t]*\")(?:{named})\b", text, re.MULTILINE)
        is not None
    )


def without_content(one: Problem) -> Problem:
    """Return the problem *one* without the text of its line."""
    return attrs.evolve(one, where=one.where and attrs.evolve(one.where, text=""))


def scalar_value(text: str) -> str | int | bool | None:
    """Return the value of unquoted *text*."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.match(text) else text


def key_at_top(text: str, key: str) -> str | None:
    """Return the text under *key* at the top level of the document *text*, or None.

    Only the part up to the key is parsed. If that part has an error, the text is taken
    from a line that begins with the key, so that the error can be reported.
    """
    import yaml

    anchors: dict[str, str | None] = {}
    level, is_key, last = 0, True, None
    try:
        for event in _events(text.removeprefix("\ufeff")):
            kind = type(event).__name__
            level += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            word = getattr(event, "value", None)
            if kind == "AliasEvent":
                word = anchors.get(event.anchor)
            elif anchor := getattr(event, "anchor", None):
                anchors[anchor] = word
            if level != _TOP or kind == "MappingStartEvent":
                continue
            if kind == "SequenceStartEvent":
                return None  # the document is a list
            if not is_key and last == key:
                return word
            last, is_key = word, not is_key
    except yaml.YAMLError:
        line = re.search(rf"^{key}:[ \t]*[\"']?([\w.+-]+)", text, re.MULTILINE)
        return line and line[1]
    return None


#: The level of a document's keys, which are inside the stream, document and table.
_TOP = 3


def _events(text: str) -> Iterator[Any]:
    """Yield the events of *text*. Use libyaml if PyYAML includes it."""
    import yaml

    if _has_surrogates(text):
        text = _SURROGATE_ESCAPE.sub(lambda met: met[1] + chr(ord(met[2]) + 1), text)
    if quick := getattr(yaml, "CSafeLoader", None):
        return yaml.parse(text, Loader=quick)
    from boundaryethics.policies import yaml_pure

    return yaml_pure.events(text)


def _has_surrogates(text: str) -> bool:
    """Return whether `_events` must change the surrogate escapes in *text*."""
    return (
        "\\u" in text
        and bool(_SURROGATE_ESCAPE.search(text))
        and not _PRIVATE.search(text)
    )


def _joined(text: str, style: str | None) -> str:
    """Restore the characters that `_events` changed in a scalar's *text*."""
    if style != '"':
        return _READ_ESCAPE.sub(lambda met: met[1] + chr(ord(met[2]) - 1), text)

    def whole(met: re.Match[str]) -> str:
        halves = "".join(chr(ord(half) - 0x1000) for half in met[0])
        both = halves.encode("utf-16-le", "surrogatepass")
        return both.decode("utf-16-le", "surrogatepass")

    return _PRIVATE.sub(whole, text)


def json_data(text: str) -> Any:
    """Parse the JSON in *text* and return its data.

    Raises:
        ValueError: it is not JSON, or has more than `DEEPEST` levels.
    """
    too_deep = ValueError("too many levels")
    try:
        data = json.loads(text)
    except RecursionError:
        raise too_deep from None
    level = 0
    if text.count("[") + text.count("{") > DEEPEST:
        for met in _BRACKET.finditer(text):
            level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(met.group(), 0)
            if level > DEEPEST:
                raise too_deep
    return data


def json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Create a JSON object. Pass this function to `json.loads` as `object_pairs_hook`.

    Raises:
        KeyError: a key occurs twice.
    """
    made = dict(pairs)
    if len(made) != len(pairs):
        raise KeyError
    return made


class _StopError(Exception):
    """Raised to stop reading. The problem is already recorded."""


class _Composer:
    """Builds nodes from the YAML library's events, and rejects tags."""

    def __init__(self, page: SourceText) -> None:
        self.page = page
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = iter(())
        self._has_surrogates = False
        self._anchors: dict[str, Node | None] = {}
        self._met = 0

    def read(self, text: str) -> Node | None:
        """Return the root of *text*, or None if it is empty or unreadable."""
        import yaml

        self._has_surrogates = _has_surrogates(text)
        try:
            self._events = _events(text)
            return self._document()
        except yaml.YAMLError as error:
            if _TOO_DEEP in str(error):
                # The library reads ahead, so its mark comes too late. Reading only
                # up to the mark finds the first level that exceeds our own limit.
                shorter = _Composer(self.page)
                shorter.read(text[: error.problem_mark.index])  # type: ignore[attr-defined]
                self.problems = shorter.problems
            else:
                self.problems.append(_syntax_problem(error, self.page))
        except _StopError:
            pass
        return None

    def _document(self) -> Node | None:
        root, documents = None, 0
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    self._stop("BE110", event)
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                root = self._node(event, 1)
        return root

    def _node(self, event: Any, level: int) -> Node:
        """Return the node that begins with *event*, at *level*."""
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._named(event)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note("BE106", event, tag=self.page.quote(tag))
        if event.anchor:
            self._anchors[event.anchor] = None
        if kind == "ScalarEvent":
            self._met += 1
            text = self._text(event)
            value = text if event.style else scalar_value(text)
            node = Node(event.start_mark, event.end_mark, value, text)
        else:
            if level > DEEPEST:
                self._stop("BE107.depth", event, most=DEEPEST)
            is_table = kind == "MappingStartEvent"
            node = (self._table if is_table else self._list)(event, level)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _text(self, event: Any) -> str:
        text: str = event.value
        if self._has_surrogates:
            text = _joined(text, event.style)
            if half := re.search("[\ud800-\udfff]", text):
                self._note("BE101.half", event, number=ord(half.group()))
        return text

    def _named(self, event: Any) -> Node:
        name = event.anchor
        self._met += 1
        if node := self._anchors.get(name):
            return node
        if name in self._anchors:
            self._stop("BE107.within", event, name=self.page.quote(f"*{name}"))
        return self._stop("BE101.alias", event, name=self.page.quote(f"*{name}"))

    def _list(self, begin: Any, level: int) -> Node:
        value: list[Plain] = []
        items: list[Node] = []
        node = Node(begin.start_mark, begin.end_mark, value, items=items)
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                node.end = event.end_mark
                break
            item = self._child(node, event, level)
            items.append(item)
            value.append(item.value)
        self._met += 1
        return node

    def _table(self, begin: Any, level: int) -> Node:
        value: dict[str, Plain] = {}
        entries: dict[str, tuple[Node, Node]] = {}
        node = Node(begin.start_mark, begin.end_mark, value, entries=entries)
        for event in self._events:
            if type(event).__name__ == "MappingEndEvent":
                node.end = event.end_mark
                break
            key = self._key(event)
            name = key.text or ""
            if first := entries.get(name):
                where = first[0].start.line + 1
                code = "BE105.hidden" if self.page.is_hidden(name) else "BE105"
                self._note(code, event, name=name, line=where)
            part = self._child(node, next(self._events), level)
            if not first:
                entries[name] = (key, part)
                value[name] = part.value
        self._met += 1
        return node

    def _key(self, event: Any) -> Node:
        if type(event).__name__ not in ("ScalarEvent", "AliasEvent"):
            self._stop("BE101.text", event)
        key = self._node(event, 0)
        if key.text is None:
            self._stop("BE101.text", event)
        if not key.text:
            self._note("BE101.missing", event)
        return key

    def _child(self, parent: Node, event: Any, level: int) -> Node:
        """Return the node that begins with *event*, and count it in *parent*."""
        child = self._node(event, level + 1)
        parent.size += child.size
        parent.height = max(parent.height, child.height + 1)
        if level + child.height > DEEPEST:
            self._stop("BE107.depth", event, most=DEEPEST)
        if max(parent.size, self._met) > MOST_NODES:
            self._stop("BE107.values", event, most=MOST_NODES)
        return child

    def _note(self, code: str, event: Any, **words: Any) -> None:
        where = self.page.place(event.start_mark, event.end_mark)
        self.problems.append(problem(code, where=where, **words))

    def _stop(self, code: str, event: Any, **words: Any) -> NoReturn:
        self._note(code, event, **words)
        raise _StopError


#: Parts of the library's messages, each with our message for it.
_SAID = {
    "cannot start any token": "BE101.start",
    "mapping values are not allowed": "BE101.colon",
    "expected ',' or ']'": "BE101.list",
    "expected ',' or '}'": "BE101.group",
    "unexpected end of stream": "BE101.quotes",
    "find expected ':'": "BE101.key",
    "block end": "BE101.line",
    "expected key": "BE101.line",
}


def _syntax_problem(error: Any, page: SourceText) -> Problem:
    """Return the problem for the YAML library's *error*."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    start = Mark(mark.line, mark.column) if mark else _START
    if start.line >= len(page.lines) or not (start.column or page.lines[start.line]):
        start = _last_written(page, start.line)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", error))
    character = page.lines[start.line][start.column :][:1]
    code = next((code for part, code in _SAID.items() if part in said), "BE101")
    if code == "BE101.start" and character == "\t":
        code = "BE101.tab"
    return problem(code, said=said, character=character, where=page.place(start))


def _last_written(page: SourceText, line: int) -> Mark:
    """Return the end of the last nonblank line at or above *line*."""
    for number in range(min(line, len(page.lines) - 1), -1, -1):
        if written := page.lines[number].rstrip():
            return Mark(number, len(written) - 1)
    return _START


class TextError(Exception):
    """Raised when text is missing or unreadable. `problem` gives the reason."""

    def __init__(self, problem: Problem, text: str = "") -> None:
        self.problem = problem
        #: The part of the text that can be read.
        self.text = text
        super().__init__(problem)


def text_of(
    path: FilePath | Traversable,
    *,
    file: str,
    most: int,
    regular: bool = False,
    encoding: str = "utf-8",
    digests: _files.Digests | None = None,
) -> str:
    """Return the text of the file at *path*. *file* is its name in problem messages.

    If *regular*, *path* must refer to a regular file. The digest of the file is added
    to *digests*.

    Raises:
        TextError: the file cannot be read, has more than *most* bytes, or is not in
            *encoding*.
    """
    read = partial(_files.content, path, regular=regular, digests=digests)
    return _text_by(read, _files.why, file=file, most=most, encoding=encoding)


def text_of_input(*, most: int) -> str:
    """Return the text on standard input; raise a `TextError` as in `text_of`."""
    return _text_by(_files.content_of_input, _why_no_input, file="-", most=most)


def _why_no_input(error: OSError) -> str:
    missing = isinstance(error, FileNotFoundError)
    return f"standard input {'not found' if missing else 'cannot be read'}"


def unreadable(file: str, error: OSError) -> Problem:
    """Return the problem for a *file* or folder that cannot be read."""
    return problem("BE109", file=file, why=_files.why(error), near=_near(error, file))


def _near(error: OSError, file: str) -> str | None:
    """Suggest a file with a similar name in the same folder if *file* was not found."""
    if not isinstance(error, FileNotFoundError):
        return None
    name = _files.similar_name(file)
    return f"did you mean `{name}`?" if name else None


def _text_by(
    read: Callable[..., bytes],
    why: Callable[[OSError], str],
    *,
    file: str,
    most: int,
    encoding: str = "utf-8",
) -> str:
    try:
        content = read(most=most)
        # UTF-16 and UTF-32 have a NUL or a byte order mark at the start.
        found = json.detect_encoding(content)
        if encoding == "utf-8" and not found.startswith(encoding):
            wrong = problem("BE108.other", file=file, encoding=found.upper())
            raise TextError(wrong)
    except _files.TooLargeError as error:
        raise TextError(_too_large(file, error.length, most)) from None
    except OSError as error:
        near = _near(error, file) if why is _files.why else None
        raise TextError(
            problem("BE109", file=file, why=why(error), near=near)
        ) from None
    try:
        return content.decode(encoding)
    except UnicodeError as error:
        if not isinstance(error, UnicodeDecodeError) or encoding != "utf-8":
            wrong = problem("BE108.encoding", file=file, encoding=encoding)
            raise TextError(wrong) from None
        text = content.decode("utf-8", "replace")
        page = SourceText.of(text, file)
        where = page.place_after(content[: error.start].decode("utf-8"))
        byte = content[error.start]
        raise TextError(problem("BE108", byte=byte, where=where), text) from None


def _too_large(file: str, length: int | None, most: int) -> Problem:
    has = f"it has {length:,} bytes, and " if length else ""
    return problem("BE107.size", file=file, most=most, has=has)


#: The maximum width of a line.
_WIDTH = 100
# A single line of words separated by single spaces, which folding preserves.
_FOLDABLE = re.compile(r"[!-~]+(?: [!-~]+)*\Z")


def yaml_text(data: dict[str, Any], *, open_levels: int) -> str:
    """Format *data* as YAML.

    Parts below the first *open_levels* levels go on one line if they fit.
    """
    import yaml

    class Writer(yaml.SafeDumper):
        def increase_indent(self, flow: Any = None, indentless: Any = None) -> None:  # noqa: ARG002
            super().increase_indent(flow, indentless=False)

    representer: Any = yaml.representer.SafeRepresenter(sort_keys=False)
    representer.ignore_aliases = lambda _: True
    written = ""
    for key, value in data.items():
        node = representer.represent_data({key: value})
        _lay_out(node, open_levels)
        text = yaml.serialize(node, Dumper=Writer, width=_WIDTH, allow_unicode=True)
        if getattr(node.value[0][1], "flow_style", True) is False:
            written += "\n"
            text = re.sub("(?<!:)\n  - ", "\n\n  - ", text)
        written += text
    return written


def _lay_out(node: Any, levels: int) -> int:
    """Fold long strings and inline short parts of *node*; return the node's length."""
    if node.id == "scalar":
        if len(node.value) > _WIDTH * 3 // 4 and _FOLDABLE.match(node.value):
            node.style = ">"
        elif _LINE_END.search(node.value):
            node.style = '"'
        return len(node.value) + 2
    parts = chain.from_iterable(node.value) if node.id == "mapping" else node.value
    length = sum(_lay_out(part, levels - 1) for part in parts)
    node.flow_style = (levels <= 0 and length < _WIDTH - 20) or not length
    return length
