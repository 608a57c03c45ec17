"""Conditions, effects and proofs as text."""

from __future__ import annotations

import pytest

from boundaryethics.consult import consult
from boundaryethics.model import plain_data
from boundaryethics.render import proof_data, proof_text
from boundaryethics.render.wording import condition_words
from support.small_policies import policy_of


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({}, "always"),
        ({"contact": "message"}, "contact is message"),
        ({"a_fact": ["unknown", "b", "a_c"]}, "a fact is a c or b or unknown"),
        ({"met": True}, "“met” applies"),
        ({"met": False}, "“met” does not apply"),
        ({"not": {"contact": "message"}}, "contact is not message"),
        ({"a": "x", "b": "y"}, "a is x, and b is y"),
        (
            {"any": [{"a": "x"}, {"b": "y", "c": "z"}]},
            "a is x, or (b is y, and c is z)",
        ),
        (
            {"not": {"a": "x", "b": "y"}},
            "not (a is x, and b is y)",
        ),
    ],
)
def test_every_kind_of_condition_has_a_text(
    written: dict[str, object], found: str
) -> None:
    """The text is a clause that can follow `if`."""
    assert found == condition_words(plain_data.condition(written))


def test_a_proof_is_shown_down_to_the_facts() -> None:
    """Each premise is indented under its conclusion."""
    policy = policy_of(
        [
            {"id": "meets", "when": {"contact": "message"}, "then": {"concludes": "m"}},
            {
                "id": "warns",
                "when": {"m": True, "danger": "unknown"},
                "then": {"forbids": "ignore"},
            },
            {
                "id": "calms",
                "when": {"m": False},
                "then": {"favors": {"ignore": "weak"}},
            },
        ],
        findings=["m"],
    )
    warned = consult({"contact": "message"}, policy)
    calm = consult({}, policy)

    assert (
        "warns applies\n"
        "  meets applies\n"
        "    contact: message\n"
        "  danger: unknown (not stated)"
    ) == proof_text(warned, "warns")
    assert (
        "calms applies\n"
        "  m does not apply: no rule for this finding applies\n"
        "    meets does not apply\n"
        "      contact: unknown (not stated)"
    ) == proof_text(calm, "calms")
    assert {
        "shown": "meets applies",
        "of": "rule",
        "name": "meets",
        "value": None,
        "applies": True,
        "says": "",
        "by": [
            {
                "shown": "contact: message",
                "of": "fact",
                "name": "contact",
                "value": "message",
                "applies": True,
                "says": "What happened? Message",
                "by": [],
                "step": None,
                "see": None,
            }
        ],
        "step": None,
        "see": None,
        "more": [],
    } == proof_data(warned, "m")
