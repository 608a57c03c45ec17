"""One text for all values that mean the same, and its digest (S22).

The order in which parts are listed does not enter; a list stays in its order,
so that what is ordered by meaning is handed over as a list.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import attrs


def digest(**parts: Any) -> str:
    """The SHA-256 digest, in hex, of the canonical text of *parts*."""
    import hashlib  # slow to import, and most verdicts are never asked for it

    text = _text(_canonical(parts))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = attrs.asdict(value, recurse=False)
        return [type(value).__name__, _canonical(fields)]
    match value:
        case Enum():
            return value.value
        case dict():
            return {key: _canonical(part) for key, part in value.items()}
        case tuple() | frozenset():
            return sorted((_canonical(part) for part in value), key=_text)
        case list():
            return [_canonical(part) for part in value]
        case _:
            return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
