"""Every public result can be pickled, copied and sent to another process."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

import boundaryethics
from boundaryethics import BoundaryEthicsError
from boundaryethics.batch.compiled import Chain, Link, Scores
from support.public_results import PLAIN, policy, results, verdict

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
#: Classes that compare by identity, and so are compared by their fields.
_BY_FIELDS = (boundaryethics.Compiled, boundaryethics.Ranked, Chain, Link, Scores)


def same(one: Any, other: Any) -> bool:
    """Return whether two results are the same."""
    if type(one) is not type(other):
        return False
    match one:
        case np.ndarray():
            return one.dtype == other.dtype and np.array_equal(one, other)
        case pd.DataFrame():
            return bool(one.equals(other))
        case boundaryethics.RankedFrame():
            return same(one.frame, other.frame) and one.summary == other.summary
        case tuple() | list():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return one.keys() == other.keys() and all(
                same(one[k], other[k]) for k in one
            )
        case boundaryethics.Interview():
            return bool(one.to_dict() == other.to_dict())
    if isinstance(one, _BY_FIELDS):
        return all(
            same(getattr(one, f.name), getattr(other, f.name))
            for f in attrs.fields(type(one))
        )
    return bool(one == other) and repr(one) == repr(other)


@pytest.mark.parametrize("name", results())
def test_a_copied_or_pickled_result_is_equal(name: str) -> None:
    """All protocols and both kinds of copies give the same result and text."""
    value = results()[name]

    for made in (
        copy.copy(value),
        copy.deepcopy(value),
        *(pickle.loads(pickle.dumps(value, protocol)) for protocol in PROTOCOLS),  # noqa: S301
    ):
        assert same(value, made)
        assert str(value) == str(made) or "object at 0x" in str(value)


def test_results_can_be_copied_after_use() -> None:
    """Values that a result has cached do not matter."""
    for value in results().values():
        for attribute in dir(type(value)):
            if not attribute.startswith("_") and not callable(
                getattr(type(value), attribute)
            ):
                getattr(value, attribute)
        assert same(value, pickle.loads(pickle.dumps(value)))  # noqa: S301


def test_results_can_be_sent_to_a_spawned_process() -> None:
    """The other process reads each result, and works with it."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        shown = pool.apply(_shown, (pickle.dumps(results()),))

    assert {n: str(v) for n, v in results().items() if _steady(v)} == shown


def _steady(value: object) -> bool:
    return "object at 0x" not in str(value)


def _shown(pickled: bytes) -> dict[str, str]:
    loaded = pickle.loads(pickled)  # noqa: S301
    assert loaded["verdict"].what_if("danger")
    return {name: str(value) for name, value in loaded.items() if _steady(value)}


@pytest.mark.parametrize("kind", boundaryethics.__all__)
def test_copied_errors_keep_their_problems(kind: str) -> None:
    """Each error keeps its problems."""
    thing = getattr(boundaryethics, kind)
    if not (isinstance(thing, type) and issubclass(thing, BoundaryEthicsError)):
        return
    problem = boundaryethics.Problem(code="BE101", message="m", path=("a", 1))
    error: BoundaryEthicsError = thing([problem])

    for protocol in PROTOCOLS:
        again: BoundaryEthicsError = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301
        assert type(error) is type(again)
        assert error.problems == again.problems
        assert str(error) == str(again)
    assert (problem,) == copy.deepcopy(error).problems


def test_a_verdict_still_renders_after_pickling() -> None:
    """A copy renders, proves and consults as the original does."""
    whole = verdict(PLAIN)
    again = pickle.loads(pickle.dumps(whole))  # noqa: S301

    assert whole.to_html(full=True) == again.to_html(full=True)
    assert dict(whole.proofs.rules) == dict(again.proofs.rules)
    assert hash(policy()) == hash(again.policy)
