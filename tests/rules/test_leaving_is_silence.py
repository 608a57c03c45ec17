"""Leaving without a word leaves a person unanswered, as silence does.

So rules that oppose silence toward a person who waits oppose leaving as strongly.
"""

from __future__ import annotations

import pytest

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule
from boundaryethics.policies import load_policy, policies
from support.possible_rules import may_bind

CONSULTED = [policy for policy in map(load_policy, policies()) if not policy.abstract]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)

#: A person waits for an answer, and no danger is known.
WAITING = {
    "risk_of_harm": ("none", "unknown"),
    "contact": ("connection_request", "message"),
    "initiator": ("client", "coincidence", "unknown"),
}
#: Rules that oppose silence for a reason other than the missing answer.
EXCEPTIONS = {
    "contact-unavoidable": (
        "those who meet again need an agreement; that leaving settles nothing there "
        "is said by leaving-settles-nothing, more strongly"
    ),
    "clinician-does-not-need-group": (
        "against staying on without need; to leave is what it asks for"
    ),
    "naadac-unavoidable-overlap-needs-consent": (
        "an overlap that goes on is talked through for the client's consent"
    ),
    "ohio-discuss-promptly": (
        "a second relationship is talked through, and leaving ends what there is to it"
    ),
}


def against(rule: Rule, option: Option) -> object:
    """Return how strongly *rule* opposes *option*, or that it forbids it, or None."""
    opposed = dict(rule.then.opposes).get(option)
    return "forbidden" if option in rule.then.forbids else opposed


@each_policy
def test_rules_that_oppose_silence_oppose_leaving_as_strongly(policy: Policy) -> None:
    """The exceptions have another reason."""
    for rule in may_bind(policy, WAITING, {"awaiting_reply": True}):
        silence = against(rule, Option.IGNORE)
        if silence is not None and rule.id not in EXCEPTIONS:
            assert silence == against(rule, Option.LEAVE), rule.id


def test_each_exception_is_needed() -> None:
    """Every excepted rule opposes silence and leaving differently."""
    needed = {
        rule.id
        for policy in CONSULTED
        for rule in may_bind(policy, WAITING, {"awaiting_reply": True})
        if against(rule, Option.IGNORE) not in (None, against(rule, Option.LEAVE))
    }

    assert EXCEPTIONS.keys() == needed
