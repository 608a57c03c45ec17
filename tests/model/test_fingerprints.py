"""A fingerprint stands for what a policy says, and for nothing else."""

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
    """Whatever could alter an answer, or what it cites, shows."""
    assert POLICY.fingerprint != policy_of([RULE | changed]).fingerprint


@pytest.mark.clause("S22")
def test_a_change_of_method_changes_the_fingerprint() -> None:
    """The same rules weighed otherwise are another policy."""
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
    """Labels, what opens the answer, and directions are part of what is said."""
    assert POLICY.fingerprint != policy_of([RULE], **more).fingerprint


@pytest.mark.clause("S22")
@pytest.mark.parametrize("key", ["labels", "actions"])
def test_the_order_of_texts_changes_the_fingerprint(key: str) -> None:
    """The first text that fits is the one that is shown."""
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
    """What is only for those who read the file changes no answer."""
    noted = policy_of([RULE | {"note": "Agreed on in spring."}])
    retold = attrs.evolve(noted, title="Another title", about="Another word.")

    assert POLICY.fingerprint == retold.fingerprint
