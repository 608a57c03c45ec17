"""A fingerprint stands for what a policy says, and for nothing else."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from handmade import policy_of

RULE: dict[str, Any] = {
    "id": "answer-kindly",
    "when": {"contact": "message"},
    "then": {"favours": {"decline": "strong"}},
    "because": "It is kind.",
}
POLICY = policy_of([RULE])


@pytest.mark.clause("S22")
@pytest.mark.parametrize(
    "changed",
    [
        {"when": {"contact": ["message", "request"]}},
        {"then": {"favours": {"decline": "weak"}}},
        {"because": "It is honest."},
        {"cites": [{"source": "code", "section": "2"}]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_a_rule_changes_the_fingerprint(changed: dict[str, Any]) -> None:
    """Whatever could alter an answer, or what it cites, shows."""
    assert POLICY.fingerprint != policy_of([RULE | changed]).fingerprint


@pytest.mark.clause("S22")
def test_a_change_of_method_changes_the_fingerprint() -> None:
    """The same rules weighed otherwise are another policy."""
    weighted = policy_of([RULE], ranking={"method": "weighted"})

    assert POLICY.fingerprint != weighted.fingerprint


@pytest.mark.clause("S22")
def test_a_note_leaves_the_fingerprint() -> None:
    """What is only for those who read the file changes no answer."""
    noted = policy_of([RULE | {"note": "Agreed on in spring."}])
    retold = attrs.evolve(noted, title="Another title", about="Another word.")

    assert POLICY.fingerprint == retold.fingerprint
