"""Laws of draft messages: a rule selects each part, and no part reveals treatment."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

import attrs
import pytest

import boundaryethics
from boundaryethics.errors import SituationError
from boundaryethics.inference import compiled
from boundaryethics.inference.engines import Runner
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import FactIn, holds, leaves
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import DraftPart, Rule, Slot
from boundaryethics.model.verdict import Derivation
from support import brute_force

#: Words that reveal that someone is in treatment, or with whom.
TELLING = re.compile(
    r"\b(session|work|client|patient|treat|therap|counsel|clinic|appointment"
    r"|recover|agency|role|peer|meet|come back|know each other)",
    re.IGNORECASE,
)
#: The opening parts of drafts in person, by the agency, or from the office.
IN_PERSON = {"say_next_time", "say_if_raised"}
NOT_WRITTEN_THERE = IN_PERSON | {"through_the_agency", "answer_from_the_office"}
#: The opening parts of drafts that are written where the contact was.
WRITTEN = {"write_back", "write_once", "write_briefly", "write_neutrally"}
ENDANGERED = {"elevated", "imminent"}
BRACKETED = re.compile(r"\[[^]]*\]")

REQUESTS = ("connection_request", "message")
#: The channels through which something can be said, and the special settings.
BACKGROUNDS: tuple[Mapping[str, str], ...] = (
    {},
    {"contact": "message", "client_status": "active", "visibility": "public"},
    {
        "contact": "message",
        "visibility": "private",
        "client_recognized_clinician": "yes",
    },
    {"contact": "message", "visibility": "private", "client_status": "former"},
    {"contact": "message", "client_minor": "yes", "caseload": "colleague"},
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "active",
        "client_minor_now": "yes",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "active",
        "message_content": "peer_help",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "active",
        "visibility": "private",
        "account": "personal",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "former",
        "visibility": "private",
        "account": "personal",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "prospective",
        "account": "professional",
        "message_content": "administrative",
    },
    {
        "contact": "message",
        "initiator": "clinician",
        "client_status": "active",
        "account": "personal",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "active",
        "client_minor_now": "yes",
        "message_content": "clinical",
    },
    {
        "contact": "connection_request",
        "initiator": "client",
        "client_identity": "uncertain",
    },
    {
        "contact": "co_presence",
        "initiator": "clinician",
        "client_status": "active",
    },
    {
        "contact": "connection_request",
        "initiator": "clinician",
        "client_status": "active",
        "account": "personal",
    },
    {
        "contact": "message",
        "initiator": "client",
        "client_status": "active",
        "message_content": "clinical",
    },
    {
        "contact": "connection_request",
        "setting": "dating_service",
        "client_status": "active",
        "account": "personal",
    },
    {
        "contact": "connection_request",
        "initiator": "client",
        "client_status": "active",
        "visibility": "group",
        "account": "personal",
    },
    {"contact": "co_presence", "client_status": "active"},
    {
        "contact": "connection_request",
        "client_status": "active",
        "account": "personal",
    },
    {
        "contact": "connection_request",
        "client_status": "active",
        "setting": "dating_service",
    },
    {
        "contact": "message",
        "client_status": "active",
        "account": "professional",
        "personal_disclosure": "none",
    },
)


@cache
def policy() -> Policy:
    """Load a code that has draft messages."""
    written = "policy: with-drafts\nextends: [apa-2017, drafts]\n"
    return boundaryethics.read_policy(written)


@cache
def draft_rules() -> list[Rule]:
    """List the rules that choose a part."""
    return [rule for rule in policy().rules if rule.then.drafts]


@cache
def runner() -> Runner:
    """Make a runner of the rules on which drafts depend."""
    rests = [rule for rule in policy().rules if rule.then.concludes or rule.then.drafts]
    return compiled.load(lower(attrs.evolve(policy(), rules=tuple(rests))))


def drafted(situation: Situation) -> tuple[DraftPart, ...]:
    """Return the parts shown in *situation*, in the order of their slots."""
    return chosen(runner().derive(situation))


def chosen(derivation: Derivation) -> tuple[DraftPart, ...]:
    """Return the parts that the rules that apply in *derivation* select, in order."""
    binding = set(derivation.binding)
    named = {p for r in draft_rules() if r.id in binding for p in r.then.drafts}
    parts = [part for part in policy().draft_parts if part.id in named]
    return tuple(sorted(parts, key=lambda part: list(Slot).index(part.slot)))


def at_random(how_many: int) -> Iterator[Situation]:
    """Yield random situations, half of them with only a few facts known."""
    draw = random.Random(20)  # noqa: S311
    facts = policy().vocabulary.facts
    for number in range(how_many):
        stated = facts if number % 2 else draw.sample(facts, 6)
        values = {fact.name: draw.choice(fact.all_values) for fact in stated}
        yield brute_force.as_known_as_possible(policy().vocabulary, values)


def on_every_channel() -> Iterator[Situation]:
    """Yield each combination of the facts that decide the channel of a message."""
    decisive = {
        "contact": ("connection_request", "message", "co_presence"),
        "visibility": ("private", "group", "unknown"),
        "account": ("personal", "unknown"),
        "client_recognized_clinician": ("yes", "no", "unknown"),
        "client_minor": ("yes", "unknown"),
        "client_status": ("active", "former", "unknown"),
        "caseload": ("colleague", "unknown"),
        "risk_of_harm": ("imminent", "unknown"),
        "initiator": ("client", "clinician", "third_party"),
        "message_content": ("peer_help", "romantic", "unknown"),
    }
    for values in product(*decisive.values()):
        stated = dict(zip(decisive, values, strict=True))
        yield brute_force.as_known_as_possible(policy().vocabulary, stated)


def around(rule: Rule) -> Iterator[Situation]:
    """Yield each value of each fact that *rule* reads, on each background."""
    read = {leaf.fact for leaf, _ in leaves(rule.when) if isinstance(leaf, FactIn)}
    facts = [policy().vocabulary[name] for name in sorted(read)]
    for background in BACKGROUNDS:
        for values in product(*(fact.all_values for fact in facts)):
            stated = dict(zip(sorted(read), values, strict=True))
            try:
                yield policy().vocabulary.situation({**background, **stated})
            except SituationError:
                # Not every value is possible on every background.
                continue


@cache
def met() -> tuple[tuple[Situation, tuple[DraftPart, ...]], ...]:
    """List many situations, each with the parts shown in it."""
    listed = (*at_random(4000), *on_every_channel())
    return tuple((situation, drafted(situation)) for situation in listed)


def now(parts: tuple[DraftPart, ...]) -> tuple[DraftPart, ...]:
    """Return the *parts* to say now, without those for a session."""
    return tuple(part for part in parts if part.slot is not Slot.LATER)


def text_of(parts: tuple[DraftPart, ...]) -> str:
    """Return the text of *parts*, without the directions in brackets."""
    return BRACKETED.sub("", " ".join(part.says for part in parts))


def sentences(parts: tuple[DraftPart, ...]) -> int:
    """Count the sentences in *parts*."""
    return len(re.findall(r"[.?!](?:\s|$)", text_of(parts)))


def in_danger(situation: Situation) -> bool:
    """Return whether a danger is known."""
    return situation["risk_of_harm"] in ENDANGERED


def is_a_minor(situation: Situation) -> bool:
    """Return whether the client is treated as a minor now."""
    return situation["client_minor_now"] == "yes" or (
        situation["client_minor"] == "yes" and situation["client_minor_now"] != "no"
    )


def surely_knows(situation: Situation) -> bool:
    """Return whether the client knows that the clinician is writing."""
    knows = situation["client_recognized_clinician"]
    named = situation["account"] in {"personal", "professional"}
    sure = knows == "yes" or (named and knows != "no")
    return sure and situation["client_identity"] != "uncertain"


def is_private(situation: Situation) -> bool:
    """Return whether no one else sees the message."""
    open_ended = situation["contact"] == "connection_request"
    return situation["visibility"] in (
        {"private", "unknown"} if open_ended else {"private"}
    )


@pytest.mark.parametrize("rule", draft_rules(), ids=lambda rule: rule.id)
def test_a_part_is_shown_only_if_a_rule_selects_it(rule: Rule) -> None:
    """The rule must apply in the situation."""
    for situation in around(rule):
        derivation = runner().derive(situation)
        shown = {part.id for part in chosen(derivation)}
        licensed = {
            part
            for other in draft_rules()
            if holds(other.when, situation, derivation.findings)
            for part in other.then.drafts
        }
        assert set() == shown - licensed


@pytest.mark.parametrize("rule", draft_rules(), ids=lambda rule: rule.id)
def test_each_part_is_shown_in_some_situation(rule: Rule) -> None:
    """Every rule that selects parts can show all of them."""
    assert any(rule.id in runner().derive(s).binding for s in around(rule))


def test_messages_that_others_may_read_do_not_reveal_treatment() -> None:
    """Revealing words are only in private, to a person who knows the clinician."""
    for situation, parts in met():
        if not parts or parts[0].id in NOT_WRITTEN_THERE:
            continue
        if not (is_private(situation) and surely_knows(situation)):
            says = text_of(now(parts))
            assert not TELLING.search(says), says


def test_only_current_and_former_clients_get_words_about_treatment() -> None:
    """A prospective client gets no words about treatment that has not begun."""
    for situation, parts in met():
        if situation["client_status"] == "prospective":
            said = {part.id for part in parts}
            assert said.isdisjoint(
                {"value_the_work", "valued_the_work", "how_to_return"}
            )


def test_revealing_words_are_detected() -> None:
    """The pattern matches parts that only clients may hear."""
    assert TELLING.search(policy().draft_part["apart_from_work"].says)
    assert TELLING.search(policy().draft_part["next_time"].says)


def test_each_draft_opens_with_its_channel() -> None:
    """It opens with a direction: say it, write it, or pass it on."""
    for _, parts in met():
        if parts:
            assert Slot.OPENING is parts[0].slot
            assert parts[0].direction


def test_a_slot_has_few_parts() -> None:
    """Overrides leave one opening, one closing, and few other parts.

    In danger the opening also asks and warns. A boundary may come with the remark that
    the two knew each other before; a romantic message in a shared setting, or a like
    on a professional profile, gets a boundary for each of the two.
    """
    most = {Slot.THANKS: 3, Slot.BOUNDARY: 3, Slot.REASSURANCE: 3, Slot.WHERE: 2}
    danger = {Slot.OPENING: 5, Slot.SAFETY: 3}
    for situation, parts in met():
        allowed = danger if in_danger(situation) else most
        if "with_the_guardian" in {part.id for part in parts}:
            allowed = {**allowed, Slot.OPENING: 2}
        for slot, number in Counter(part.slot for part in now(parts)).items():
            assert number <= allowed.get(slot, 1), situation


def test_a_request_or_message_gets_one_boundary() -> None:
    """A remark on a prior acquaintance may come with it."""
    for situation, parts in met():
        twice = situation["platform"] == "dating_app"
        if situation["contact"] in REQUESTS and not (in_danger(situation) or twice):
            drawn = {part.id for part in parts if part.slot is Slot.BOUNDARY}
            assert len(drawn - {"known_before"}) <= 1, situation


def test_an_active_client_who_asked_in_private_gets_a_boundary() -> None:
    """Thanks alone are not enough."""
    asked = [
        (situation, parts)
        for situation, parts in met()
        if situation["client_status"] == "active"
        and situation["contact"] in REQUESTS
        and situation["visibility"] == "private"
        and not in_danger(situation)
        # A message about treatment is answered from the office, like any such message;
        # on a professional page that a minor writes to, no request is declined.
        and situation["account"] != "professional"
        and {part.id for part in parts}.isdisjoint({"answer_from_the_office"})
        # A minor whose identity is uncertain gets no message.
        and not (situation["client_identity"] == "uncertain" and is_a_minor(situation))
        # There is no message to a third person about a colleague's client, nor
        # to a person whose identity is uncertain.
        and not (
            situation["initiator"] == "third_party"
            and (
                situation["caseload"] == "colleague"
                or situation["client_identity"] == "uncertain"
            )
        )
    ]

    assert asked
    for situation, parts in asked:
        assert Slot.BOUNDARY in {part.slot for part in parts}, situation


def test_drafts_in_danger_name_help_and_ask_about_safety() -> None:
    """This holds in every situation, and no ordinary parts are added."""
    endangered = [parts for situation, parts in met() if in_danger(situation)]

    assert endangered
    for parts in endangered:
        assert {"crisis_numbers", "are_you_safe"} <= {part.id for part in parts}
        assert {Slot.OPENING, Slot.SAFETY} == {part.slot for part in parts}


def test_a_minor_gets_no_private_message() -> None:
    """Danger is the only exception."""
    children = [
        parts
        for situation, parts in met()
        if is_a_minor(situation) and not in_danger(situation)
    ]

    assert any(children)
    for parts in children:
        assert {part.id for part in parts}.isdisjoint({*WRITTEN, "fellow_members"})
        assert not parts or parts[0].id in NOT_WRITTEN_THERE
        if parts and parts[0].id == "answer_from_the_office":
            assert "with_the_guardian" in {part.id for part in parts}


def test_a_colleagues_client_is_referred_to_the_colleague() -> None:
    """The draft does not promise a meeting."""
    for situation, parts in met():
        if situation["caseload"] == "colleague":
            assert {"next_time"}.isdisjoint(part.id for part in parts)
            assert not parts or parts[0].id not in IN_PERSON
            assert Slot.LATER not in {part.slot for part in parts}


def test_a_former_client_learns_how_to_return() -> None:
    """The draft does not promise a next meeting."""
    for situation, parts in met():
        if situation["client_status"] in {"former", "prospective"}:
            assert all("next meet" not in part.says for part in parts)
            assert Slot.LATER not in {part.slot for part in parts}


def test_the_draft_is_empty_if_no_fact_is_known() -> None:
    """If no fact is known, the draft is empty."""
    assert () == drafted(policy().vocabulary.situation({}))


def test_drafts_are_short() -> None:
    """A written draft has a greeting and at most eight sentences; speech may be longer.

    One more is allowed if the two knew each other before; in danger the limit is six.
    """
    for situation, parts in met():
        if not parts:
            continue
        before = situation["relationship_before_treatment"] == "yes"
        written = parts[0].id in WRITTEN
        most = 6 if in_danger(situation) else (9 + before if written else 11)
        assert sentences(now(parts)) <= most, situation


def test_every_code_can_be_combined_with_drafts() -> None:
    """Each code cites the principles of its drafts."""
    codes = [
        name
        for name in boundaryethics.policies()
        if not boundaryethics.load_policy(name).abstract
    ]

    assert codes
    for name in codes:
        boundaryethics.read_policy(f"policy: both\nextends: [{name}, drafts]\n")
