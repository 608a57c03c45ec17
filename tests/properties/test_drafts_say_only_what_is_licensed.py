"""Laws of what could be said to the client: each part licensed, and none that tells."""

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
import brute
from boundaryethics.engines import reference
from boundaryethics.engines.port import Runner
from boundaryethics.errors import SituationError
from boundaryethics.model.conditions import FactIn, holds, leaves
from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation
from boundaryethics.model.parts import DraftPart, Slot
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.program.lowering import lower

#: Words that tell that someone is treated, or by whom.
TELLING = re.compile(
    r"\b(session|work|client|patient|treat|therap|counsel|clinic|appointment"
    r"|recover|agency|role|meet|come to us)",
    re.IGNORECASE,
)
#: What stands at the head of a draft that is not written down.
SPOKEN = ("[To say ", "[To pass on ", "[Only by way of the agency")
BRACKETED = re.compile(r"\[[^]]*\]")

REQUESTS = ("connection_request", "message")
#: The roads by which something can be said, or nothing, and the special places.
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
    """A code that drafts."""
    written = "policy: with-drafts\nextends: [apa-2017, drafts]\n"
    return boundaryethics.read_policy(written)


@cache
def draft_rules() -> list[Rule]:
    """The rules that choose a part."""
    return [rule for rule in policy().rules if rule.then.drafts]


@cache
def runner() -> Runner:
    """What follows from the rules on which drafts rest; the rest never matters."""
    rests = [rule for rule in policy().rules if rule.then.concludes or rule.then.drafts]
    return reference.load(lower(attrs.evolve(policy(), rules=tuple(rests))))


def drafted(situation: Situation) -> tuple[DraftPart, ...]:
    """The parts shown in *situation*, in the order of their slots."""
    return chosen(runner().derive(situation))


def chosen(derivation: Derivation) -> tuple[DraftPart, ...]:
    """The parts that the binding rules of *derivation* choose, in order."""
    binding = set(derivation.binding)
    named = {p for r in draft_rules() if r.id in binding for p in r.then.drafts}
    return tuple(part for part in policy().draft_parts if part.id in named)


def at_random(how_many: int) -> Iterator[Situation]:
    """Situations of any kind, half of them with only a few facts known."""
    draw = random.Random(20)  # noqa: S311
    facts = policy().vocabulary.facts
    for number in range(how_many):
        stated = facts if number % 2 else draw.sample(facts, 6)
        values = {fact.name: draw.choice(fact.all_values) for fact in stated}
        yield brute.as_known_as_possible(policy().vocabulary, values)


def on_every_road() -> Iterator[Situation]:
    """All that decides by which road something is said, whether and to whom."""
    decisive = {
        "contact": ("connection_request", "message", "co_presence"),
        "visibility": ("private", "group", "unknown"),
        "client_recognized_clinician": ("yes", "no", "unknown"),
        "client_minor": ("yes", "unknown"),
        "client_status": ("active", "former", "unknown"),
        "caseload": ("own", "colleague", "unknown"),
        "risk_of_harm": ("imminent", "unknown"),
        "initiator": ("client", "clinician", "third_party", "unknown"),
        "message_content": ("peer_help", "romantic", "unknown"),
    }
    for values in product(*decisive.values()):
        stated = dict(zip(decisive, values, strict=True))
        yield brute.as_known_as_possible(policy().vocabulary, stated)


def around(rule: Rule) -> Iterator[Situation]:
    """Every value of every fact that *rule* reads, on each background."""
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
    """Many situations, each with the parts shown in it."""
    listed = (*at_random(4000), *on_every_road())
    return tuple((situation, drafted(situation)) for situation in listed)


def told(parts: tuple[DraftPart, ...]) -> str:
    """The draft that *parts* make."""
    return " ".join(part.says for part in parts)


@pytest.mark.parametrize("rule", draft_rules(), ids=lambda rule: rule.id)
def test_a_part_is_shown_only_where_a_rule_licenses_it(rule: Rule) -> None:
    """Whatever its rule reads: where nothing that chooses it holds, it is not shown."""
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
def test_each_rule_can_show_its_parts(rule: Rule) -> None:
    """No part waits for a situation that never comes."""
    for part in rule.then.drafts:
        assert any(policy().draft_part[part] in drafted(s) for s in around(rule))


def test_what_others_may_read_tells_nothing() -> None:
    """Telling words are written only in private, to someone who knows who writes."""
    for situation, parts in met():
        if not parts or parts[0].says.startswith(SPOKEN):
            continue
        assert "private" == situation["visibility"]
        if situation["client_recognized_clinician"] != "yes":
            says = BRACKETED.sub("", told(parts))
            assert not TELLING.search(says), says


def test_a_draft_that_tells_would_be_seen() -> None:
    """The words looked for are found in parts that only clients may hear."""
    assert TELLING.search(policy().draft_part["apart_from_work"].says)
    assert TELLING.search(policy().draft_part["next_time"].says)


def test_each_draft_says_first_by_which_road_it_goes() -> None:
    """A draft opens with how it is to be said, written, or passed on."""
    for _, parts in met():
        if parts:
            assert Slot.OPENING is parts[0].slot
            assert parts[0].says.startswith("[")


def test_a_slot_holds_one_part() -> None:
    """Rules set one another aside until one part is left; for where, two may be."""
    for situation, parts in met():
        slots = Counter(part.slot for part in parts)
        assert slots.pop(Slot.WHERE, 0) <= 2
        assert set(slots.values()) <= {1}, situation


def test_an_active_client_who_asked_in_private_hears_the_boundary() -> None:
    """Nobody who turned to the clinician is left with thanks alone."""
    asked = [
        parts
        for situation, parts in met()
        if situation["client_status"] == "active"
        and situation["contact"] in REQUESTS
        and situation["visibility"] == "private"
        # To a third person about a colleague's client there is nothing to say.
        and (situation["initiator"], situation["caseload"])
        != ("third_party", "colleague")
    ]

    assert asked
    assert all(Slot.BOUNDARY in {part.slot for part in parts} for parts in asked)


def test_imminent_danger_always_names_help() -> None:
    """Whatever else is known or not, the numbers to call come with it."""
    endangered = [
        parts for situation, parts in met() if situation["risk_of_harm"] == "imminent"
    ]

    assert endangered
    assert all("numbers_now" in {part.id for part in parts} for parts in endangered)


def test_a_child_is_never_written_to() -> None:
    """Someone served as a child gets no private writing, danger or not."""
    for situation, parts in met():
        if situation["client_minor"] == "yes" and parts:
            assert parts[0].says.startswith(SPOKEN)


def test_a_colleagues_client_is_promised_no_meeting() -> None:
    """Who is treated by a colleague is sent to that colleague."""
    for situation, parts in met():
        if situation["caseload"] == "colleague":
            assert {"next_time"}.isdisjoint(part.id for part in parts)
            assert all(not part.says.startswith("[To say ") for part in parts)


def test_who_is_no_longer_a_client_has_no_next_time() -> None:
    """A former client is told how to come back, and of no next meeting."""
    for situation, parts in met():
        if situation["client_status"] in {"former", "prospective"}:
            assert all("next meet" not in part.says for part in parts)


def test_nothing_known_nothing_said() -> None:
    """Where no fact is known, no part is licensed."""
    assert () == drafted(policy().vocabulary.situation({}))


def test_drafts_are_brief() -> None:
    """Six sentences, and two more for danger, a child or a second address."""
    for _, parts in met():
        says = BRACKETED.sub("", told(parts))
        assert len(re.findall(r"[.?!](?:\s|$)", says)) <= 8


def test_every_code_can_draft() -> None:
    """Each code cites the principles on which drafts stand."""
    codes = [
        name
        for name in boundaryethics.policyfile.shipped_policies()
        if not boundaryethics.load_policy(name).abstract
    ]

    assert codes
    for name in codes:
        boundaryethics.read_policy(f"policy: both\nextends: [{name}, drafts]\n")
