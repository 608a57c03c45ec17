"""If someone may be in danger, only rules about danger apply.

The rules that can apply are derived from conditions, for every situation.
"""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from boundaryethics.consult import consult
from boundaryethics.errors import SituationError
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status
from boundaryethics.policies import load_policy, policies
from support.possible_rules import may_bind, must_bind, parts_of, steps_of

LEVELS = ("elevated", "imminent")
CONSULTED = [policy for policy in map(load_policy, policies()) if not policy.abstract]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)
each_level = pytest.mark.parametrize("level", LEVELS)

#: The only rules that may weigh, forbid or advise.
ABOUT_DANGER = {
    "danger-needs-a-clinician",
    "danger-leaving-abandons",
    "imminent-danger-rules-out-silence",
    "danger-reaches-the-treating-clinician",
    "seek-supervision",
    "danger-uncertain-identity",
}
#: Findings about who the person is, which danger does not change.
WHO_IT_IS = {
    "own_client",
    "long_ended",
    "minor_now",
    "treated_as_minor",
    "covered_program",
}
#: The draft parts for danger, without those of ordinary drafts.
SAID = {
    "reach_now",
    "reach_today",
    "reach_through_agency",
    "reach_yourself",
    "unsure_in_danger",
    "worried_by_words",
    "worried",
    "are_you_safe",
    "crisis_numbers",
    "calling_now",
    "talk_today",
    "your_clinician_today",
}
ALWAYS_SAID = {"are_you_safe", "crisis_numbers"}
URGENT = {"crisis_response", "inform_agency", "document", "seek_supervision"}
#: Actions that would keep a person in danger at a distance, or waiting for a session.
UNFIT = {
    "stay_without_contact",
    "discuss_in_session",
    "redirect_channel",
    "strengthen_privacy",
    "hand_over_group_role",
    "refer",
    "ask_about_policy",
    "suggest_another_service",
    "confirm_identity",
}


@each_policy
def test_only_rules_about_danger_apply_in_danger(policy: Policy) -> None:
    """Reasons about polite refusals, second roles or groups do not apply."""
    for rule in may_bind(policy, {"risk_of_harm": LEVELS}):
        if rule.then.concludes:
            assert set(rule.then.concludes) <= WHO_IT_IS, rule.id
            assert not rule.then.yields_reasons, rule.id
        elif rule.then.drafts:
            assert rule.id.startswith("draft-danger-")
        else:
            assert rule.id in ABOUT_DANGER


@each_policy
def test_no_action_in_danger_postpones_or_withdraws_contact(policy: Policy) -> None:
    """Apart from urgent actions, only two that report the danger may be advised."""
    steps = steps_of(may_bind(policy, {"risk_of_harm": LEVELS}))

    assert steps <= policy.action.keys()
    assert set() == steps & UNFIT
    assert steps - URGENT == {"report_to_platform", "tell_treating_clinician"}


@each_policy
@each_level
def test_urgent_actions_are_always_advised_in_danger(
    policy: Policy, level: str
) -> None:
    """They are crisis response, informing the agency, a record and supervision."""
    sure = [r for r in policy.rules if must_bind(policy, r.id, {"risk_of_harm": level})]

    assert steps_of(sure) >= URGENT


@each_policy
@each_level
@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({}, False),
        ({"client_minor_now": "yes"}, True),
        ({"client_minor": "yes"}, True),
        ({"client_minor_then": "yes"}, True),
        ({"client_minor": "yes", "client_minor_now": "no"}, False),
        ({"client_minor_then": "yes", "client_minor_now": "no"}, False),
    ],
)
def test_a_guardian_is_named_unless_the_client_is_an_adult(
    policy: Policy, level: str, facts: dict[str, str], *, named: bool
) -> None:
    """A client who was a minor may still be one, unless that is known to be false."""
    situation = policy.vocabulary.situation({"risk_of_harm": level, **facts})
    text = policy.action["crisis_response"].said(situation)

    assert named is ("parent or guardian" in text)


@each_policy
@each_level
def test_drafts_in_danger_ask_about_safety_and_name_help(
    policy: Policy, level: str
) -> None:
    """Every draft does so, without any ordinary sentence."""
    danger = {"risk_of_harm": level}
    sure = [rule for rule in policy.rules if must_bind(policy, rule.id, danger)]

    assert parts_of(sure) >= ALWAYS_SAID
    assert parts_of(may_bind(policy, danger)) <= SAID


@each_policy
def test_silence_and_leaving_are_ruled_out_in_imminent_danger(policy: Policy) -> None:
    """Declining and staying in contact are never ruled out."""
    danger = {"risk_of_harm": "imminent"}
    sure = [rule for rule in policy.rules if must_bind(policy, rule.id, danger)]
    may = may_bind(policy, danger)

    assert {"ignore", "leave"} == {option for r in sure for option in r.then.forbids}
    assert {"ignore", "leave"} == {option for r in may for option in r.then.forbids}


@each_policy
def test_nothing_is_forbidden_in_elevated_danger(policy: Policy) -> None:
    """Bans on personal contact do not apply to contact about danger."""
    may = may_bind(policy, {"risk_of_harm": "elevated"})

    assert () == tuple(option for rule in may for option in rule.then.forbids)


def drawn(policy: Policy, level: str, how_many: int) -> list[Situation]:
    """Draw possible situations of any kind with danger of this *level*."""
    draw = random.Random(67)  # noqa: S311
    facts = policy.vocabulary.facts
    found: list[Situation] = []
    while len(found) < how_many:
        stated = {
            fact.name: draw.choice(fact.all_values)
            for fact in draw.sample(facts, draw.randint(0, len(facts)))
        }
        with suppress(SituationError):
            found.append(policy.vocabulary.situation({**stated, "risk_of_harm": level}))
    return found


@each_policy
@each_level
def test_declining_is_first_and_leaving_last_in_danger(
    policy: Policy, level: str
) -> None:
    """Only declining ranks first in each random situation."""
    for situation in drawn(policy, level, 60):
        verdict = consult(situation, policy)
        status = {o: one.status for o, one in verdict.options.items()}

        assert (Option.DECLINE,) == verdict.best
        assert Option.LEAVE in verdict.ranking[-1]
        assert Status.ALLOWED is status[Option.CONTINUE]
        assert "crisis_response" == verdict.actions[0].action
        assert {part.id for part, _ in verdict.draft} >= ALWAYS_SAID
