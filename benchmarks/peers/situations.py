"""Draw random situations in which all, some or few facts are stated."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.policy import Policy

#: The share of unknown facts in each sample.
UNKNOWNS = {"all facts stated": 0.0, "half of the facts stated": 0.5}

#: The number of situations for the warm-up.
_WARMING = 2_000


def stated(
    policy: Policy, number: int, *, unknown: float, seed: int
) -> list[dict[str, str]]:
    """Draw the stated facts of possible situations; a share *unknown* is left out."""
    drawn = random.Random(seed)  # noqa: S311
    found: list[dict[str, str]] = []
    while len(found) < number:
        facts = {
            fact.name: drawn.choice(fact.all_values)
            for fact in policy.vocabulary.facts
            if drawn.random() >= unknown
        }
        values = [*whole(policy, facts).values()]
        if not any(clash.met(values) for clash in policy.vocabulary.clashes):
            found.append(facts)
    return found


def warmed(policy: Policy, *calls: Callable[[Any], object]) -> None:
    """Warm up each of *calls* with situations that are not timed."""
    for facts in stated(policy, _WARMING, unknown=0.3, seed=_WARMING):
        for call in calls:
            call(facts)


def whole(policy: Policy, facts: dict[str, str]) -> dict[str, str]:
    """Return a value for every fact; those not in *facts* are unknown."""
    return {
        fact.name: facts.get(fact.name, UNKNOWN) for fact in policy.vocabulary.facts
    }


def columns(policy: Policy, rows: int, *, unknown: float) -> dict[str, Any]:
    """Draw random columns of codes, in which a share *unknown* of values is unknown."""
    drawn = np.random.default_rng(1)
    found = {}
    for fact in policy.vocabulary.facts:
        column = drawn.integers(0, len(fact.all_values), rows).astype(np.uint8)
        if unknown:
            column[drawn.random(rows) < unknown] = len(fact.values)
        found[fact.name] = column
    _make_possible(policy, found)
    return found


def _make_possible(policy: Policy, found: dict[str, Any]) -> None:
    """Make one fact unknown in each row whose values cannot be true together."""
    facts = policy.vocabulary.facts
    for clash in policy.vocabulary.clashes:
        met = np.ones(len(found[facts[0].name]), bool)
        for place, among in clash.tests:
            codes = [facts[place].all_values.index(value) for value in among]
            met &= np.isin(found[facts[place].name], codes)
        first = facts[clash.tests[0][0]]
        found[first.name][met] = len(first.values)


def texts(policy: Policy, codes: dict[str, Any]) -> Any:
    """Convert *codes* to an Arrow table of text columns with row numbers."""
    import pyarrow as pa

    rows = len(next(iter(codes.values())))
    arrays = {
        fact.name: pa.array(fact.all_values).take(pa.array(codes[fact.name]))
        for fact in policy.vocabulary.facts
    }
    return pa.table({"row": pa.array(np.arange(rows)), **arrays})
