"""Derive from conditions what drafts never say in any situation."""

from __future__ import annotations

import re

import pytest

from boundaryethics.model.conditions import decided
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Slot
from boundaryethics.policies import load_policy, policies
from support.possible_rules import may_bind, parts_of, settled, ways

CONSULTED = [policy for policy in map(load_policy, policies()) if not policy.abstract]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)

#: A minor now, or a client treated as a minor whose present age is unknown.
MINORS = (
    {"client_minor_now": "yes"},
    {"client_minor": "yes", "client_minor_now": "unknown"},
)
WRITTEN = {"write_back", "write_once", "write_briefly", "write_neutrally"}
#: Words that reveal that someone is in treatment, or with whom.
TELLING = re.compile(
    r"\b(session|work|client|patient|treat|therap|counsel|clinic|appointment"
    r"|recover|agency|role|peer|meet|come back|know each other|policy)",
    re.IGNORECASE,
)
#: The parts with such words, including words in brackets.
TELLING_PARTS = {
    "value_the_work",
    "valued_the_work",
    "apart_from_work",
    "one_role",
    "not_linked_with_clients",
    "removed_followers",
    "silent_in_public",
    "someone_else",
    "known_before",
    "rule_for_all",
    "policy_told_in_advance",
    "feelings_can_be_talked_about",
    "next_time",
    "next_time_or_call",
    "own_clinician",
    "how_to_return",
}
#: Said only through the agency, to a minor and those responsible.
THROUGH_THE_AGENCY = {"adults_involved", "agency_line"}
#: Said in danger, in private, and only to someone who knows who is writing.
IN_DANGER = {"your_clinician_today"}
#: The findings that ensure that only the client hears it.
OPEN_WORDS = ("draft_open_reply", "draft_said_instead", "draft_office_reply")


@each_policy
@pytest.mark.parametrize("minor", MINORS, ids=("now", "unknown"))
def test_a_minor_gets_no_private_message_and_no_referral_to_strangers(
    policy: Policy, minor: dict[str, str]
) -> None:
    """No private message, and no unknown adults."""
    parts = parts_of(may_bind(policy, minor))

    assert set() == parts & (WRITTEN | {"fellow_members"})


@each_policy
def test_all_parts_with_revealing_words_are_listed(policy: Policy) -> None:
    """The list includes parts with revealing words in brackets."""
    telling = {
        part.id
        for part in policy.draft_parts
        if part.slot is not Slot.LATER and TELLING.search(part.says)
    }

    assert telling == TELLING_PARTS | THROUGH_THE_AGENCY | IN_DANGER


@each_policy
def test_words_about_treatment_are_only_for_the_client(policy: Policy) -> None:
    """They follow from a private reply, an office's answer, or a talk in person."""
    (find,) = policy.concluded_by["draft_open_words"]

    for road in OPEN_WORDS:
        assert decided(policy.rule[find].when, {}, {road: True})
    closed = dict.fromkeys(OPEN_WORDS, False)
    assert decided(policy.rule[find].when, {}, closed) is False


@each_policy
def test_parts_that_others_may_read_do_not_mention_treatment(policy: Policy) -> None:
    """A part for a later session may mention it."""
    closed = dict.fromkeys((*OPEN_WORDS, "draft_open_words"), False)
    by = {
        part: rule
        for rule in may_bind(policy, {}, closed)
        for part in rule.then.drafts
        if part in TELLING_PARTS | THROUGH_THE_AGENCY | IN_DANGER
    }

    assert set(by) <= THROUGH_THE_AGENCY | IN_DANGER
    closed["draft_through_agency"] = False
    assert parts_of(may_bind(policy, {}, closed)).isdisjoint(THROUGH_THE_AGENCY)


@each_policy
@pytest.mark.parametrize(
    "unsafe",
    [
        {"client_recognized_clinician": ("no", "unknown")},
        {"visibility": ("group", "public", "unknown")},
        {"client_identity": "uncertain"},
    ],
    ids=("unknown-to-them", "seen", "uncertain"),
)
def test_in_danger_treatment_is_mentioned_only_where_it_is_safe(
    policy: Policy, unsafe: dict[str, str | tuple[str, ...]]
) -> None:
    """This requires a private message to the right person, who knows the writer."""
    danger = {"risk_of_harm": ("elevated", "imminent"), **unsafe}

    assert set() == parts_of(may_bind(policy, danger)) & IN_DANGER


@each_policy
@pytest.mark.parametrize(
    "unsafe",
    [
        {"visibility": ("group", "public")},
        {"contact": "message", "visibility": "unknown"},
        {"contact": ("co_presence", "follow", "public_mention", "unknown")},
        {"client_recognized_clinician": "no"},
        {
            "client_recognized_clinician": "unknown",
            "account": ("pseudonymous", "unknown"),
        },
        {"client_identity": "uncertain"},
        {"initiator": "third_party"},
        {"client_minor_now": "yes"},
        {"risk_of_harm": ("elevated", "imminent")},
    ],
    ids=str,
)
def test_an_open_reply_is_private_and_to_a_client_who_knows(
    policy: Policy, unsafe: dict[str, str | tuple[str, ...]]
) -> None:
    """It is excluded if others see it, or the client may not know who writes."""
    for way in ways(unsafe):
        assert settled(policy, way).get("draft_open_reply") is False


@each_policy
@pytest.mark.parametrize(
    "place",
    [
        {"setting": ("dating_service", "recovery_group")},
        {"platform": "dating_app"},
    ],
    ids=("setting", "platform"),
)
def test_no_draft_solicits_clients_in_private_settings(
    policy: Policy, place: dict[str, str | tuple[str, ...]]
) -> None:
    """These are places to look for partners, or to recover."""
    danger = {"risk_of_harm": ("none", "elevated", "imminent", "unknown")}
    may = may_bind(policy, {**place, **danger, "client_status": "prospective"})

    assert set() == parts_of(may) & {"how_to_reach_us", "how_to_return"}


@each_policy
def test_drafts_do_not_thank_for_a_romantic_overture(policy: Policy) -> None:
    """Thanks would encourage it, both now and later."""
    parts = parts_of(may_bind(policy, {}, {"romantic_overture": True}))
    thanked = {p for p in parts if policy.draft_part[p].slot is Slot.THANKS}

    assert set() == thanked
    assert set() == parts & {"later_courage", "later_value", "nothing_wrong"}


@pytest.mark.parametrize("assisted", ["yes", "unknown"])
def test_federal_confidentiality_excludes_open_replies(assisted: str) -> None:
    """A covered program does not mention treatment to anyone online."""
    policy = load_policy("us-42-cfr-2")
    facts = {"federally_assisted_program": assisted}

    assert settled(policy, facts).get("draft_open_reply") is False
    assert set() == parts_of(may_bind(policy, facts)) & {"write_back", "write_once"}
