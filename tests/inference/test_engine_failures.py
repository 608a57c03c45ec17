"""Failures of the durable engine raise an error instead of giving a result."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from boundaryethics.consult import consult
from boundaryethics.errors import EngineError
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of
from support.subprocesses import needs_durable

pytestmark = needs_durable


def fresh(name: str) -> Policy:
    """Make a policy that no test has compiled before."""
    return policy_of(
        [{"id": name, "when": {"danger": "yes"}, "then": {"forbids": "ignore"}}]
    )


@pytest.fixture
def engine() -> Any:
    """Return the module of the engine."""
    return import_module("boundaryethics.inference.durable_rules").engine


@pytest.mark.parametrize("call", ["create_ruleset", "assert_fact"])
def test_an_engine_error_raises_be504(
    call: str, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception inside the engine becomes an `EngineError`."""

    def fails(*_: object) -> None:
        why = "no room"
        raise engine.error(why)

    monkeypatch.setattr(engine, call, fails)
    with pytest.raises(EngineError, match="BE504: the durable engine failed: no room"):
        consult({"danger": "yes"}, fresh(call), "durable")


def test_a_rejected_message_raises_be504(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that the engine does not accept becomes an `EngineError`."""
    policy = fresh("lost")
    consult({}, policy, "durable")
    given = engine.assert_fact

    def loses(handle: object, message: str) -> tuple[int, Any]:
        _, session = given(handle, message)
        return 1, session

    monkeypatch.setattr(engine, "assert_fact", loses)
    with pytest.raises(EngineError, match="a message was lost"):
        consult({"danger": "yes"}, policy, "durable")


def test_waiting_for_a_ruleset_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If other threads use all rulesets for too long, the error says so."""
    module = import_module("boundaryethics.inference.durable_rules")
    monkeypatch.setattr(module, "MOST_HANDLES", 0)
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.02)
    policy = fresh("waits")
    with pytest.raises(
        EngineError, match=r"BE504: no durable-engine ruleset .* within 0.02 seconds"
    ):
        consult({}, policy, "durable")

    monkeypatch.setattr(module, "MOST_HANDLES", 1)
    assert consult({}, policy, "durable")
