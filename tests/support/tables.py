"""Make tables that tests share: columns of all types, with the expected results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import boundaryethics
from boundaryethics.batch import compile_policy as compiled
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option

POLICY = boundaryethics.load_policy("aca-2014")
OPTIONS = tuple(Option)

#: A cell that is not a declared value.
TYPO = "mesage"

#: Each column is a list. One has Booleans, one is not a fact, and they have no order.
Columns = Mapping[str, list[Any]]


def mixed(rows: int = 400, seed: int = 7) -> dict[str, list[Any]]:
    """Make a table with typos, nulls, `unknown`, Booleans and an extra column."""
    random = np.random.default_rng(seed)
    vocabulary = POLICY.vocabulary

    def cells(fact: str) -> list[Any]:
        values = [*vocabulary[fact].all_values, None, TYPO]
        weights = np.array([10.0] * (len(values) - 2) + [8, 1])
        places = random.choice(len(values), rows, p=weights / weights.sum())
        return [values[place] for place in places]

    truths = [True, False, None]
    return {
        "client_status": cells("client_status"),
        "number": list(range(rows)),
        "client_minor": [truths[n] for n in random.integers(0, 3, rows)],
        "contact": cells("contact"),
        "setting": cells("setting"),
        "message_content": cells("message_content"),
    }


def expected(columns: Columns, policy: Policy = POLICY) -> list[dict[str, Any]]:
    """Compute the results for each row of *columns* from codes that are made here."""
    facts = [fact for fact in policy.vocabulary.facts if fact.name in columns]
    codes, wrong = {}, np.zeros(len(columns["number"]), bool)
    for fact in facts:
        read = ["unknown" if c is None else fact.parse(c) for c in columns[fact.name]]
        wrong |= np.array([value is None for value in read])
        known = [value or "unknown" for value in read]
        codes[fact.name] = np.array([fact.all_values.index(v) for v in known], np.uint8)
    ranked = compiled(policy).rank_codes(codes)
    return [
        answer(None if wrong[row] else ranked.places[row].tolist())
        for row in range(len(ranked))
    ]


def answer(places: list[int] | None) -> dict[str, Any]:
    """Return the output columns, without the problem, for options at *places*."""
    names = [f"rank_{option}" for option in OPTIONS]
    if places is None:
        return dict.fromkeys(["best", *names, "tied"])
    first = [o for o, place in zip(OPTIONS, places, strict=True) if place == 1]
    places_by_name = dict(zip(names, places, strict=True))
    return {"best": "=".join(first), **places_by_name, "tied": len(first) > 1}


def as_rows(columns: Columns) -> list[dict[str, Any]]:
    """Return the output *columns* by row, without the problem."""
    names = ["best", *(f"rank_{option}" for option in OPTIONS), "tied"]
    cells = zip(*(columns[name] for name in names), strict=True)
    return [dict(zip(names, of_one, strict=True)) for of_one in cells]
