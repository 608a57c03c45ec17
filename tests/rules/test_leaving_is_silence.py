"""Leaving without a word leaves someone unanswered, as silence does.

So what opposes silence toward someone who waits opposes leaving as strongly.
"""

from __future__ import annotations

import pytest

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule
from boundaryethics.policies import load_policy, policies
from support.possible_rules import may_bind

CONSULTED = [policy for policy in map(load_policy, policies()) if not policy.abstract]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)

#: Someone waits for an answer, and no danger is known.
WAITING = {
    "risk_of_harm": ("none", "unknown"),
    "contact": ("connection_request", "message"),
    "initiator": ("client", "coincidence", "unknown"),
}
#: Rules that oppose silence for another reason than that someone goes unanswered.
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
    """How strongly *rule* opposes *option*, or that it forbids it; None if neither."""
    opposed = dict(rule.then.opposes).get(option)
    return "forbidden" if option in rule.then.forbids else opposed


@each_policy
def test_what_speaks_against_silence_speaks_against_leaving(policy: Policy) -> None:
    """The same rule, as strongly; the exceptions are about something else."""
    for rule in may_bind(policy, WAITING, {"awaiting_reply": True}):
        silence = against(rule, Option.IGNORE)
        if silence is not None and rule.id not in EXCEPTIONS:
            assert silence == against(rule, Option.LEAVE), rule.id


def test_each_exception_is_one() -> None:
    """No rule is excepted that need not be."""
    needed = {
        rule.id
        for policy in CONSULTED
        for rule in may_bind(policy, WAITING, {"awaiting_reply": True})
        if against(rule, Option.IGNORE) not in (None, against(rule, Option.LEAVE))
    }

    assert EXCEPTIONS.keys() == needed
