"""A policy file with a missing or invalid part is read, or its problems are named."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

import boundaryethics
from boundaryethics import PolicyError
from boundaryethics.policies.convert import policy_data
from support.public_results import policy

WHOLE: dict[str, Any] = json.loads(json.dumps(policy_data(policy())))
INSTEAD: tuple[Any, ...] = (
    None,
    {},
    [],
    "",
    "text",
    7,
    True,
    [None],
    {"x": None},
    [[]],
    [{}],
    0.5,
)


_GONE = object()


def _paths(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from _paths(data[key], (*path, key))


def _read(data: Any) -> None:
    try:
        boundaryethics.read_policy(json.dumps(data))
    except PolicyError as error:
        problems = error.problems
        assert problems and all(one.code and one.message for one in problems)  # noqa: PT018


@pytest.mark.parametrize("section", WHOLE)
def test_a_changed_part_is_read_or_rejected(section: str) -> None:
    """Each part is left out, and replaced by values of other types."""
    # The second text has another error, which the reader skips to read the rest.
    odd = {**WHOLE, "rules": [*WHOLE["rules"], {"id": "odd", "then": {}}]}
    for whole, path in product((WHOLE, odd), _paths(WHOLE[section], (section,))):
        for instead in (_GONE, *INSTEAD):
            data = copy.deepcopy(whole)
            part = data
            for key in path[:-1]:
                part = part[key]
            part[path[-1]] = instead
            if instead is _GONE:
                del part[path[-1]]
            _read(data)


@pytest.mark.parametrize("part", [{"slot": "thanks"}, {"says": "T"}, {}])
def test_a_draft_part_needs_a_slot_and_a_text(part: dict[str, str]) -> None:
    """The problem names the missing key."""
    with pytest.raises(PolicyError) as refused:
        boundaryethics.read_policy(
            json.dumps({**WHOLE, "draft_parts": {"thanks": part}})
        )
    keys = " ".join(one.message for one in refused.value.problems)

    assert all(f"`{key}`" in keys for key in {"slot", "says"} - part.keys())
