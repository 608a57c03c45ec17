"""Labels of the four responses in the built-in policies, by kind of contact."""

from __future__ import annotations

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.policies import load_policy

POLICY = load_policy("apa-2017")
CONTACTS = POLICY.vocabulary["contact"].all_values


@pytest.mark.parametrize(
    ("facts", "option", "says"),
    [
        (
            {"contact": "message", "client_status": "active"},
            Option.CONTINUE,
            "Keep the conversation going without discussing the contact in session",
        ),
        ({"contact": "message"}, Option.IGNORE, "Don't reply"),
        (
            {"contact": "connection_request"},
            Option.CONTINUE,
            "Accept the request without discussing it",
        ),
        ({"contact": "follow"}, Option.DECLINE, "Remove the follower and say so"),
        ({"contact": "public_mention"}, Option.CONTINUE, "Respond in public"),
        (
            {"contact": "co_presence"},
            Option.DECLINE,
            "Tell the client you'll keep your distance in the shared space",
        ),
        (
            {"account": "professional", "contact": "message"},
            Option.CONTINUE,
            "Keep the contact, and answer only as you would answer anyone",
        ),
        (
            {
                "account": "professional",
                "contact": "message",
                "setting": "recovery_group",
            },
            Option.CONTINUE,
            "Keep the conversation going without discussing the contact itself",
        ),
        (
            {"initiator": "clinician", "contact": "follow"},
            Option.DECLINE,
            "Undo what you did and say so",
        ),
        (
            {"initiator": "third_party", "contact": "message"},
            Option.DECLINE,
            (
                "Decline, confirm nothing, and once you are sure who the client is, "
                "privately tell the client about the contact"
            ),
        ),
        (
            {"initiator": "clinician", "contact": "public_mention"},
            Option.CONTINUE,
            "Leave the mention in place",
        ),
        (
            {
                "initiator": "clinician",
                "contact": "public_mention",
                "risk_of_harm": "imminent",
            },
            Option.IGNORE,
            "Say nothing to the client",
        ),
        ({"setting": "cause_group"}, Option.LEAVE, "Leave the group"),
        ({"setting": "dating_service"}, Option.LEAVE, "Leave the dating service"),
        ({"setting": "social_network"}, Option.LEAVE, "Leave the platform"),
    ],
)
def test_labels_depend_on_the_kind_of_contact(
    facts: dict[str, str], option: Option, says: str
) -> None:
    """Each kind of contact has its own label for each response."""
    label = POLICY.label(option, POLICY.vocabulary.situation(facts))

    assert label
    assert says == label.says


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("risk", ["elevated", "imminent"])
@pytest.mark.parametrize("initiator", ["client", "clinician", "third_party"])
def test_labels_in_danger_do_not_depend_on_the_kind_of_contact(
    contact: str, risk: str, initiator: str
) -> None:
    """In danger, the label says that only private contact is declined."""
    facts = {"contact": contact, "risk_of_harm": risk, "initiator": initiator}
    situation = POLICY.vocabulary.situation(facts)
    decline = POLICY.label(Option.DECLINE, situation)
    going_on = POLICY.label(Option.CONTINUE, situation)

    assert decline
    assert going_on
    assert "Respond as a clinician and decline personal contact" == decline.says
    assert "Stay in contact without responding as a clinician" == going_on.says


@pytest.mark.parametrize("contact", CONTACTS)
def test_only_labels_for_active_clients_mention_a_session(contact: str) -> None:
    """Other clients may have no session."""
    for status in POLICY.vocabulary["client_status"].all_values:
        facts = {"contact": contact, "client_status": status}
        label = POLICY.label(Option.CONTINUE, POLICY.vocabulary.situation(facts))
        says = label.says if label else ""

        assert says.endswith(" in session") is (
            status == "active" and contact != "public_mention"
        )
