"""A fingerprint covers everything that can change a verdict, and nothing else."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from support.small_policies import policy_of

RULE: dict[str, Any] = {
    "id": "answer-kindly",
    "when": {"contact": "message"},
    "then": {"favors": {"decline": "strong"}},
    "because": "It is kind.",
}
POLICY = policy_of([RULE])


@pytest.mark.clause("S22")
@pytest.mark.parametrize(
    "changed",
    [
        {"when": {"contact": ["message", "request"]}},
        {"then": {"favors": {"decline": "weak"}}},
        {"because": "It is honest."},
        {"cites": [{"source": "code", "section": "2"}]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_a_rule_changes_the_fingerprint(changed: dict[str, Any]) -> None:
    """Each change that can alter a verdict or its citations changes the fingerprint."""
    assert POLICY.fingerprint != policy_of([RULE | changed]).fingerprint


@pytest.mark.clause("S22")
def test_a_change_of_method_changes_the_fingerprint() -> None:
    """The same rules with a different ranking method have a different fingerprint."""
    weighted = policy_of([RULE], ranking={"method": "weighted"})

    assert POLICY.fingerprint != weighted.fingerprint


@pytest.mark.clause("S22")
@pytest.mark.parametrize(
    "more",
    [
        {"labels": [{"decline": {"says": "Say no", "named": "saying no"}}]},
        {"actions": {"seek_supervision": {"says": "Ask.", "urgent": True}}},
        {"draft_parts": {"no": {"slot": "closing", "direction": "Say it."}}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_change_of_words_changes_the_fingerprint(more: dict[str, Any]) -> None:
    """Labels, urgent actions and directions are part of the fingerprint."""
    assert POLICY.fingerprint != policy_of([RULE], **more).fingerprint


@pytest.mark.clause("S22")
@pytest.mark.parametrize("key", ["labels", "actions"])
def test_the_order_of_texts_changes_the_fingerprint(key: str) -> None:
    """Only the first text that fits is shown, so the order matters."""
    one = {"when": {"contact": "message"}, "says": "One."}
    other = {"when": {"danger": "yes"}, "says": "Other."}
    labels = [
        {"when": each["when"], "leave": {"says": "Go", "named": "going"}}
        for each in (one, other)
    ]
    written: dict[str, tuple[Any, Any]] = {
        "labels": (labels, labels[::-1]),
        "actions": (
            {"seek_supervision": {"instead": [one, other]}},
            {"seek_supervision": {"instead": [other, one]}},
        ),
    }
    before, after = written[key]

    assert (
        policy_of([RULE], **{key: before}).fingerprint
        != policy_of([RULE], **{key: after}).fingerprint
    )


@pytest.mark.clause("S22")
def test_a_note_leaves_the_fingerprint() -> None:
    """Notes for readers of the file do not change the fingerprint."""
    noted = policy_of([RULE | {"note": "Agreed on in spring."}])
    retold = attrs.evolve(noted, title="Another title", about="Another word.")

    assert POLICY.fingerprint == retold.fingerprint
