"""Nodes: what a YAML text holds, each part with its place.

In: nodes as they were written. Out: plain data, and the place of any part of
it. Knows nothing of policies or situations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.source import Place

#: Keys and indices that lead to a part of a document.
Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"

# What the YAML library counts as the end of a line, so that its marks fit.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# What a terminal might obey instead of show.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@final
@attrs.frozen
class Span:
    """From where to where something stands, counted from 0, end excluded."""

    line: int
    column: int
    end_line: int
    end_column: int


@final
@attrs.frozen(eq=False)
class Scalar:
    """One text, number, truth value or nothing; or a key."""

    span: Span
    #: As written, quotes and escapes resolved.
    text: str
    value: str | int | bool | None
    size: int = 1
    height: int = 1


@final
@attrs.frozen(eq=False)
class Listing:
    """A list of nodes."""

    span: Span
    items: tuple[Node, ...]
    #: Nodes in it, itself and what its aliases stand for included.
    size: int
    #: Levels in it, its own included.
    height: int


@final
@attrs.frozen(eq=False)
class Table:
    """Keys, each with its node."""

    span: Span
    entries: dict[str, tuple[Scalar, Node]]
    size: int
    height: int


Node: TypeAlias = Scalar | Listing | Table


@final
@attrs.frozen
class Page:
    """The text of a file, line by line: makes places of spans."""

    file: str
    lines: tuple[str, ...] = attrs.field(repr=False)

    @classmethod
    def of(cls, text: str, file: str) -> Page:
        """The page that *text* fills."""
        return cls(file, tuple(_LINE_END.split(text)))

    def place(self, span: Span) -> Place:
        """The place of *span*; what covers several lines is shown by its first."""
        text = self.lines[span.line] if span.line < len(self.lines) else ""
        same_line = span.end_line == span.line
        end = span.end_column if same_line else len(text.rstrip())
        return Place(
            file=self.file,
            line=span.line + 1,
            column=span.column + 1,
            width=max(1, min(end, len(text)) - span.column),
            text=_CONTROL.sub("\ufffd", text),
        )


@final
@attrs.frozen
class Document:
    """What was read of one text, and what is wrong with its writing."""

    page: Page
    #: None where the text holds nothing, or nothing that can be read.
    root: Node | None
    problems: tuple[Problem, ...] = ()

    @property
    def file(self) -> str:
        """The file as the user named it."""
        return self.page.file

    @cached_property
    def data(self) -> Plain:
        """The plain data that the nodes stand for."""
        return None if self.root is None else _plain(self.root)

    def place(self, path: Path) -> Place:
        """The place of the value at *path*, or of the nearest part around it."""
        node = self.root
        for step in path:
            inner = _within(node, step)
            if inner is None:
                break
            node = inner
        return self.page.place(node.span if node else Span(0, 0, 0, 1))

    def key_place(self, path: Path) -> Place:
        """The place of the key that *path* ends with; of the value in a list."""
        around = self.node(path[:-1]) if path else None
        if isinstance(around, Table) and path[-1] in around.entries:
            return self.page.place(around.entries[str(path[-1])][0].span)
        return self.place(path)

    def node(self, path: Path) -> Node | None:
        """The node at *path*, or None where there is none."""
        node = self.root
        for step in path:
            node = _within(node, step)
        return node

    def find(self, path: Path, token: str | None) -> Place | None:
        """The first key or text under *path* that is *token*."""
        start = self.node(path)
        if start is None or token is None:
            return None
        spans = (part.span for part in _scalars(start) if part.text == token)
        found = next(spans, None)
        return self.page.place(found) if found else None


def _plain(node: Node) -> Plain:
    match node:
        case Scalar():
            return node.value
        case Listing():
            return [_plain(item) for item in node.items]
        case Table():
            return {key: _plain(value) for key, (_, value) in node.entries.items()}


def _within(node: Node | None, step: str | int) -> Node | None:
    match node, step:
        case Table(), str():
            return node.entries[step][1] if step in node.entries else None
        case Listing(), int():
            return node.items[step] if 0 <= step < len(node.items) else None
        case _:
            return None


def _scalars(node: Node) -> Iterator[Scalar]:
    """Every key and scalar in *node*, in the order in which they are written."""
    match node:
        case Scalar():
            yield node
        case Listing():
            for item in node.items:
                yield from _scalars(item)
        case Table():
            for key, value in node.entries.values():
                yield key
                yield from _scalars(value)
