"""Failures of the durable engine raise an error and never give a result."""

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
    """Make a policy that no test has compiled yet."""
    return policy_of(
        [{"id": name, "when": {"danger": "yes"}, "then": {"forbids": "ignore"}}]
    )


@pytest.fixture
def engine() -> Any:
    """Return the module of the engine."""
    return import_module("boundaryethics.inference.durable_rules").engine


@pytest.mark.parametrize("call", ["create_ruleset", "assert_fact"])
def test_an_error_of_the_engine_is_told(
    call: str, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the engine raises BE504."""

    def fails(*_: object) -> None:
        why = "no room"
        raise engine.error(why)

    monkeypatch.setattr(engine, call, fails)
    with pytest.raises(EngineError, match="BE504: the durable engine failed: no room"):
        consult({"danger": "yes"}, fresh(call), "durable")


def test_a_lost_message_is_told(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that the engine rejects raises BE504."""
    policy = fresh("lost")
    consult({}, policy, "durable")
    given = engine.assert_fact

    def loses(handle: object, message: str) -> tuple[int, Any]:
        _, session = given(handle, message)
        return 1, session

    monkeypatch.setattr(engine, "assert_fact", loses)
    with pytest.raises(EngineError, match="a message was lost"):
        consult({"danger": "yes"}, policy, "durable")


def test_a_thread_does_not_wait_forever_for_a_ruleset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If other threads use all rulesets for too long, the error says so."""
    module = import_module("boundaryethics.inference.durable_rules")
    monkeypatch.setattr(module, "MOST_HANDLES", 0)
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.02)
    policy = fresh("waits")
    with pytest.raises(EngineError, match=r"BE504: no ruleset .* after 0.02 seconds"):
        consult({}, policy, "durable")

    monkeypatch.setattr(module, "MOST_HANDLES", 1)
    assert consult({}, policy, "durable")
