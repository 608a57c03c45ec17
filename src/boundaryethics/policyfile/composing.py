"""Compose a YAML text into nodes, as YAML 1.2 means it and no wider.

In: a text. Out: a document: its nodes, or what is wrong with its writing.
Nothing is built from tags, no text can grow without bound, and no depth can
exhaust the stack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.policyfile.faults import syntax_problem, unprintable_problem
from boundaryethics.policyfile.nodes import (
    Document,
    Listing,
    Node,
    Page,
    Scalar,
    Span,
    Table,
)

if TYPE_CHECKING:
    from yaml.events import Event

#: Levels that a document may have.
DEEPEST = 64
#: What the YAML library says of a text that is too deep for it.
_TOO_DEEP = "exceeded maximum nesting depth"
#: Nodes that a document may have, with all that its aliases stand for.
MOST_NODES = 100_000

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,999})\Z")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class _StopError(Exception):
    """Reading on would give nothing; what is wrong has been noted."""


def document(text: str, *, file: str) -> Document:
    """The document that *text* writes."""
    text = text.removeprefix("\ufeff")
    page = Page.of(text, file)
    odd = _UNPRINTABLE.search(text)
    if odd:
        problem = unprintable_problem(text, odd.start(), page)
        return Document(page, None, (problem,))
    composed = _Composed(page)
    composed.read(text)
    return Document(page, composed.root, tuple(composed.problems))


def scalar_value(text: str) -> str | int | bool | None:
    """What unquoted *text* stands for."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.match(text) else text


@final
@attrs.define
class _Open:
    """A list or table whose end has not been met."""

    span: Span
    anchor: str | None
    is_table: bool
    items: list[Node] = attrs.field(factory=list)
    entries: dict[str, tuple[Scalar, Node]] = attrs.field(factory=dict)
    key: Scalar | None = None
    #: True while the value belongs to a repeated key, which is not kept.
    repeated: bool = False
    size: int = 1
    height: int = 1

    def closed(self, end: Span) -> Node:
        """The finished node, which ends where *end* does."""
        start = self.span
        span = Span(start.line, start.column, end.end_line, end.end_column)
        if self.is_table:
            return Table(span, self.entries, self.size, self.height)
        return Listing(span, tuple(self.items), self.size, self.height)


@final
class _Composed:
    """The nodes met so far: what is open, what is named, what is wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._met = 0

    def read(self, text: str) -> None:
        """Take in the whole of *text*, as far as it can be read."""
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(text, Loader=loader):
                self._take(event)
        except yaml.YAMLError as error:
            if _TOO_DEEP in str(error):
                # The library refuses the depth while it looks ahead. A text that ends
                # there shows the level that is one too many for us, which is nearer.
                shorter = _Composed(self.page)
                shorter.read(text[: error.problem_mark.index])  # type: ignore[attr-defined]
                self.problems = shorter.problems
            else:
                self.problems.append(syntax_problem(error, self.page))
            self.root = None
        except _StopError:
            self.root = None

    def _take(self, event: Event) -> None:
        take = {
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceStartEvent": self._enter,
            "MappingStartEvent": self._enter,
            "SequenceEndEvent": self._leave,
            "MappingEndEvent": self._leave,
            "DocumentStartEvent": self._begin,
        }.get(type(event).__name__)
        if take:
            take(event, _span(event))

    def _begin(self, _: Any, span: Span) -> None:
        self._documents += 1
        if self._documents > 1:
            advice = "keep one, without a line of `---` between; one policy a file"
            self._stop("BE110", "a second document begins here", span, advice)

    def _scalar(self, event: Any, span: Span) -> None:
        self._refuse_tag(event, span)
        value = event.value if event.style else scalar_value(event.value)
        scalar = Scalar(span, event.value, value)
        if event.anchor:
            self._anchors[event.anchor] = scalar
        self._add(scalar)

    def _alias(self, event: Any, span: Span) -> None:
        name = event.anchor
        if any(frame.anchor == name for frame in self._open):
            self._stop("BE107", f"`*{name}` stands inside what it names", span)
        if name not in self._anchors:
            advice = "put text that begins with `*` in quotes"
            self._stop("BE101", f"`*{name}` names nothing before it", span, advice)
        self._add(self._anchors[name], at=span)

    def _enter(self, event: Any, span: Span) -> None:
        self._refuse_tag(event, span)
        is_table = type(event).__name__ == "MappingStartEvent"
        if self._awaits_key():
            self._stop("BE101", "a key must be one plain text", span)
        self._open.append(_Open(span, event.anchor, is_table))
        self._refuse_excess(span, size=0, height=0)

    def _leave(self, _: Any, span: Span) -> None:
        frame = self._open.pop()
        node = frame.closed(span)
        if frame.anchor:
            self._anchors[frame.anchor] = node
        self._add(node)

    def _add(self, node: Node, at: Span | None = None) -> None:
        span = at or node.span
        self._met += 1
        if not self._open:
            self.root = node
            return
        frame = self._open[-1]
        if self._awaits_key():
            self._key(frame, self._scalar_key(node, span))
            return
        frame.size += node.size
        frame.height = max(frame.height, node.height + 1)
        self._refuse_excess(span, size=frame.size, height=node.height)
        if not frame.is_table:
            frame.items.append(node)
        elif frame.key and not frame.repeated:
            frame.entries[frame.key.text] = (frame.key, node)
        frame.key, frame.repeated = None, False

    def _scalar_key(self, node: Node, span: Span) -> Scalar:
        if not isinstance(node, Scalar):
            self._stop("BE101", "a key must be one plain text", span)
        if not node.text:
            self._note("BE101", "a key is missing before the colon", span)
        return node

    def _key(self, frame: _Open, key: Scalar) -> None:
        frame.key = key
        first = frame.entries.get(key.text)
        frame.repeated = first is not None
        if first:
            advice = f"it stands already on line {first[0].span.line + 1}"
            self._note("BE105", f"key `{key.text}` is given twice", key.span, advice)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_table and not self._open[-1].key

    def _refuse_tag(self, event: Any, span: Span) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            advice = "leave it out; to make text of a word or number, put it in quotes"
            self._note("BE106", f"tags such as `{tag}` are refused", span, advice)

    def _refuse_excess(self, span: Span, *, size: int, height: int) -> None:
        if len(self._open) + height > DEEPEST:
            message = f"the text is nested more than {DEEPEST} levels deep"
            self._stop("BE107", message, span)
        if max(size, self._met) > MOST_NODES:
            message = f"the text holds more than {MOST_NODES:,} values, with aliases"
            self._stop("BE107", message, span)

    def _note(
        self, code: str, message: str, span: Span, advice: str | None = None
    ) -> None:
        place = self.page.place(span)
        self.problems.append(
            Problem(code=code, message=message, where=place, help=advice)
        )

    def _stop(
        self, code: str, message: str, span: Span, advice: str | None = None
    ) -> NoReturn:
        self._note(code, message, span, advice)
        raise _StopError


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line, start.column, end.line, end.column)
