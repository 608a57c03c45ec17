"""Plain data as YAML text that is pleasant to read and reads back the same.

In: mappings, lists, text, whole numbers, true and false. Out: the text. Knows
nothing of policies.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from boundaryethics.policyfile.composing import scalar_value

_WIDTH = 100
_INDENT = "  "

# Plain text everywhere: it starts with a letter, and holds nothing that could end it.
_PLAIN = re.compile(r"(?:[A-Za-z][\w .()/;'+=&%-]*|[0-9]+_\w*[A-Za-z])(?<! )\Z")
# One line of printable text with single spaces: folding gives it back exactly.
_FOLDABLE = re.compile(r"[!-~\xa1-\u1fff](?:[ -~\xa1-\u1fff])*(?<! )\Z")
# Printable neither in JSON's sense nor in YAML's.
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def yaml_text(data: dict[str, Any], *, open_levels: int) -> str:
    """*data* as YAML; so many levels are written line by line, deeper ones if long."""
    return "".join(f"{line}\n" for line in _spaced(_table(data, "", open_levels)))


def _spaced(lines: Iterator[str]) -> Iterator[str]:
    """*lines* with an empty one before each section, and before each of its items."""
    above = ""
    for line in lines:
        begins_section = line.endswith(":") and not line.startswith(" ")
        follows_on = line.startswith(f"{_INDENT}- ") and not above.endswith(":")
        if begins_section or follows_on:
            yield ""
        yield line
        above = line


def _table(data: dict[str, Any], indent: str, levels: int) -> Iterator[str]:
    for key, value in data.items():
        yield from _headed(f"{indent}{_text(key)}:", value, indent, levels - 1)


def _items(items: list[Any], indent: str, levels: int) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and not _fits(f"{indent}- ", item, levels - 1):
            lines = _table(item, f"{indent}{_INDENT}", levels - 1)
            yield f"{indent}- {next(lines).lstrip()}"
            yield from lines
        else:
            yield from _headed(f"{indent}-", item, indent, levels - 1)


def _headed(head: str, value: Any, indent: str, levels: int) -> Iterator[str]:
    if isinstance(value, str) and _folds(head, value):
        yield f"{head} >-"
        inner = f"{indent}{_INDENT}"
        yield from textwrap.wrap(
            value,
            width=_WIDTH,
            initial_indent=inner,
            subsequent_indent=inner,
            break_long_words=False,
            break_on_hyphens=False,
        )
    elif _fits(f"{head} ", value, levels):
        yield f"{head} {_inline(value)}"
    elif isinstance(value, dict):
        yield head
        yield from _table(value, f"{indent}{_INDENT}", levels)
    else:
        yield head
        yield from _items(value, f"{indent}{_INDENT}", levels)


def _fits(head: str, value: Any, levels: int) -> bool:
    if not value or not isinstance(value, dict | list):
        return True
    return levels <= 0 and len(head) + len(_inline(value)) <= _WIDTH


def _folds(head: str, value: str) -> bool:
    too_long = len(head) + len(value) > _WIDTH
    return too_long and "  " not in value and bool(_FOLDABLE.match(value))


def _inline(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(_inline(item) for item in value)}]"
        case _:
            entries = (f"{_text(key)}: {_inline(part)}" for key, part in value.items())
            return f"{{{', '.join(entries)}}}"


def _text(text: str) -> str:
    if _PLAIN.match(text) and scalar_value(text) == text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda odd: f"\\u{ord(odd.group()):04x}", quoted)
