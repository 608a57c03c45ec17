"""Answers about one situation as an outline: plain text for a terminal, or HTML.

In: lines, each as deep as what it belongs to. Out: text or HTML in which whatever a
policy says is shown, never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from textwrap import fill
from typing import final

import attrs

from boundaryethics.analysis.changing import Change, Least, gathered
from boundaryethics.model.options import Option
from boundaryethics.render.outline import NOTE, listed, shown

#: Columns of the text.
WIDTH = 88

#: So many changes are told one by one; `to_dict` has them all.
MOST_TOLD = 8


@final
@attrs.frozen
class Line:
    """One line of an outline."""

    text: str
    depth: int = 0


def as_text(lines: Iterable[Line]) -> str:
    """The outline for a terminal, each level further in."""
    return "\n".join(map(_wrapped, [*lines, Line(""), Line(NOTE)]))


def as_html(lines: Iterable[Line]) -> str:
    """The outline for a notebook, as nested lists."""
    parts, depth = ['<div class="boundaryethics">'], -1
    for line in (line for line in lines if line.text):
        parts += ["<ul>"] * (line.depth - depth) + ["</ul>"] * (depth - line.depth)
        parts.append(f"<li>{escape(shown(line.text))}</li>")
        depth = line.depth
    parts += ["</ul>"] * (depth + 1)
    return "\n".join([*parts, f"<footer>{escape(NOTE)}</footer>", "</div>"])


def _wrapped(line: Line) -> str:
    indent = "  " * line.depth
    return fill(
        shown(line.text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def ways(least: Least, opening: str, never: str) -> Iterator[Line]:
    """How to bring something about: "*opening*, change one fact:", and the changes."""
    if least.distance is None:
        yield Line(never)
    elif least.distance:
        facts = _counted(least.distance, "fact")
        several = "" if len(told := gathered(least.changes)) == 1 else ", one of these"
        yield Line(f"{opening}, change {facts}{several}:")
        for change in told[:MOST_TOLD]:
            yield Line(_change(change), 1)
        if len(told) > MOST_TOLD:
            yield Line(f"and {_counted(len(told) - MOST_TOLD, 'more way')}", 1)


def while_fixed(fixed: Iterable[str]) -> str:
    """On what condition nothing brings something about; none where no fact is fixed."""
    names = tuple(fixed)
    if not names:
        return ""
    return f" while {listed(names)} {'stays' if len(names) == 1 else 'stay'} as now"


def _change(change: Change) -> str:
    """A change, and who comes to share the first place by it."""
    if len(change.first) < len(Option):
        shared = " and ".join(change.first) if len(change.first) > 1 else ""
        return f"{change} ({shared} share the first place)" if shared else str(change)
    return f"{change} (all options share the first place)"


def _counted(number: int, word: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
    told = words[number] if number < len(words) else str(number)
    return f"{told} {word}" if number == 1 else f"{told} {word}s"
