"""The proof checker, on valid and invalid proofs written by hand."""

from __future__ import annotations

import pytest

from boundaryethics.model.verdict import Absent, Given, Proof, Step
from boundaryethics.proofs import check_proof
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "meets", "when": {"contact": "message"}, "then": {"concludes": "met"}},
        {
            "id": "warns",
            "when": {"met": True, "danger": "yes"},
            "then": {"forbids": "ignore"},
        },
        {
            "id": "rests",
            "when": {"met": False},
            "then": {"favors": {"ignore": "weak"}},
        },
        {
            "id": "greets",
            "when": {"met": True},
            "then": {"favors": {"continue": "weak"}},
        },
        {
            "id": "holds-back",
            "when": {"danger": "yes"},
            "then": {"advises": "seek_supervision"},
            "overrides": ["greets"],
        },
    ],
    findings=["met"],
)
SITUATION = POLICY.vocabulary.situation({"contact": "message", "danger": "yes"})

MESSAGE = Given("contact", "message")
DANGER = Given("danger", "yes")
MEETS = Step("meets", (MESSAGE,))
HOLDS_BACK = Step("holds-back", (DANGER,))


def test_a_proof_that_follows_is_sound() -> None:
    """A proof from facts through a finding to a rule is valid."""
    assert () == check_proof(Step("warns", (MEETS, DANGER)), POLICY, SITUATION)


def test_an_overridden_rule_is_proved_with_the_rule_that_sets_it_aside() -> None:
    """The proof shows that the rule is triggered and which rules override it."""
    overridden = Step("greets", (MEETS,), (HOLDS_BACK,))

    assert () == check_proof(overridden, POLICY, SITUATION)


def test_an_absence_is_proved_by_every_rule_that_could_conclude_it() -> None:
    """The absence of a finding needs all rules that could conclude it."""
    situation = POLICY.vocabulary.situation({"contact": "request"})
    unmet = Absent("rule", "meets", (Given("contact", "request"),))
    rests = Step("rests", (Absent("finding", "met", (unmet,)),))

    assert () == check_proof(rests, POLICY, situation)


@pytest.mark.parametrize(
    "unsound",
    [
        pytest.param(Given("contact", "request"), id="a value that is not given"),
        pytest.param(Given("colour", "red"), id="a fact that is not declared"),
        pytest.param(Step("warns", (DANGER,)), id="a premise missing"),
        pytest.param(
            Step("meets", (MESSAGE, DANGER)), id="a premise that is not needed"
        ),
        pytest.param(Step("invents", (MESSAGE,)), id="a rule that is not there"),
        pytest.param(Step("greets", (MEETS,)), id="an overriding rule passed over"),
        pytest.param(
            Step("greets", (MEETS, Absent("rule", "holds-back", (DANGER,)))),
            id="a binding rule said to be absent",
        ),
        pytest.param(
            Step("warns", (MEETS, DANGER), (HOLDS_BACK,)),
            id="overridden by a rule that does not override it",
        ),
        pytest.param(
            Step("warns", (Step("greets", (MEETS,), (HOLDS_BACK,)), DANGER)),
            id="a finding from a rule that does not conclude it",
        ),
        pytest.param(Absent("finding", "met", ()), id="an absence without a reason"),
        pytest.param(
            Absent("finding", "met", (Absent("rule", "meets", (MESSAGE,)),)),
            id="an absence of what is there",
        ),
        pytest.param(
            Step("greets", (MEETS,), (Step("holds-back", (MESSAGE,)),)),
            id="a fault deep inside",
        ),
    ],
)
def test_a_proof_that_does_not_follow_is_refused(unsound: Proof) -> None:
    """Each kind of invalid proof has an error."""
    assert check_proof(unsound, POLICY, SITUATION)


def test_findings_that_only_hold_because_of_one_another_are_absent() -> None:
    """The absence of findings in a cycle may rely on itself."""
    policy = policy_of(
        [
            {"id": "ab", "when": {"a": True}, "then": {"concludes": "b"}},
            {"id": "ba", "when": {"b": True}, "then": {"concludes": "a"}},
            {
                "id": "calm",
                "when": {"a": False},
                "then": {"favors": {"ignore": "weak"}},
            },
        ],
        findings=["a", "b"],
    )
    again = Absent("finding", "a", ())
    ab = Absent("rule", "ab", (again,))
    ba = Absent("rule", "ba", (Absent("finding", "b", (ab,)),))
    proof = Step("calm", (Absent("finding", "a", (ba,)),))
    situation = policy.vocabulary.situation({})

    assert () == check_proof(proof, policy, situation)
    assert check_proof(ba, policy, situation) != ()
    assert check_proof(ab, policy, situation) != ()
