"""The proof checker accepts valid proofs and rejects invalid ones."""

from __future__ import annotations

import pytest

from boundaryethics.model.verdict import (
    Absent,
    Given,
    Proof,
    ProofStep,
    Shown,
    Step,
    Unfounded,
)
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
MET = Shown("rule", "meets", applies=True)
UNMET = Shown("finding", "met", applies=False)
MEETS = Step("meets", (MESSAGE,))
HOLDS_BACK = Step("holds-back", (DANGER,))


def test_a_valid_proof_has_no_errors() -> None:
    """The proof goes from facts through a finding to a rule."""
    proof = Proof((Step("warns", (MET, DANGER)), MEETS))

    assert () == check_proof(proof, POLICY, SITUATION, of="warns")


def test_the_proof_of_an_overridden_rule_has_its_overriding_rules() -> None:
    """It also shows that the condition of the rule is met."""
    overridden = Proof((Step("greets", (MET,), ("holds-back",)), MEETS, HOLDS_BACK))

    assert () == check_proof(overridden, POLICY, SITUATION, of="greets")


def test_an_absence_needs_every_rule_that_could_conclude_the_finding() -> None:
    """The proof shows that none of them applies."""
    situation = POLICY.vocabulary.situation({"contact": "request"})
    rests = Proof(
        (
            Step("rests", (UNMET,)),
            Absent("finding", "met", (Shown("rule", "meets", applies=False),)),
            Absent("rule", "meets", (Given("contact", "request"),)),
        )
    )

    assert () == check_proof(rests, POLICY, situation, of="rests")


@pytest.mark.parametrize(
    "unsound",
    [
        pytest.param([], id="no steps"),
        pytest.param(
            [Step("meets", (Given("contact", "request"),))],
            id="a value that is not given",
        ),
        pytest.param(
            [Step("meets", (Given("colour", "red"),))],
            id="a fact that is not declared",
        ),
        pytest.param([Step("warns", (DANGER,))], id="a premise missing"),
        pytest.param(
            [Step("meets", (MESSAGE, DANGER))], id="a premise that is not needed"
        ),
        pytest.param([Step("invents", (MESSAGE,))], id="a rule that is not there"),
        pytest.param(
            [Step("greets", (MET,)), MEETS], id="an overriding rule passed over"
        ),
        pytest.param(
            [
                Step("greets", (MET, Shown("rule", "holds-back", applies=False))),
                MEETS,
                Absent("rule", "holds-back", (DANGER,)),
            ],
            id="a binding rule said to be absent",
        ),
        pytest.param(
            [Step("warns", (MET, DANGER), ("holds-back",)), MEETS, HOLDS_BACK],
            id="overridden by a rule that does not override it",
        ),
        pytest.param(
            [
                Step("warns", (Shown("rule", "greets", applies=True), DANGER)),
                Step("greets", (MET,), ("holds-back",)),
                MEETS,
                HOLDS_BACK,
            ],
            id="a finding from a rule that does not conclude it",
        ),
        pytest.param([Absent("finding", "met", ())], id="an absence without a reason"),
        pytest.param(
            [
                Absent("finding", "met", (Shown("rule", "meets", applies=False),)),
                Absent("rule", "meets", (MESSAGE,)),
            ],
            id="an absence of what is there",
        ),
        pytest.param(
            [
                Step("greets", (MET,), ("holds-back",)),
                MEETS,
                Step("holds-back", (MESSAGE,)),
            ],
            id="a fault in a later step",
        ),
        pytest.param([Step("warns", (MET, DANGER))], id="a step missing"),
        pytest.param(
            [Step("warns", (MET, DANGER)), MEETS, HOLDS_BACK], id="a step not needed"
        ),
        pytest.param(
            [Step("warns", (MET, DANGER)), MEETS, MEETS], id="a step given twice"
        ),
        pytest.param([MEETS, Step("warns", (MET, DANGER))], id="the order reversed"),
        pytest.param([Step("warns", (DANGER, MET)), MEETS], id="premises out of order"),
        pytest.param(
            [Step("greets", (MET,), ("holds-back",)), HOLDS_BACK, MEETS],
            id="steps out of order",
        ),
    ],
)
def test_an_invalid_proof_has_an_error(unsound: list[ProofStep]) -> None:
    """Each kind of invalid proof has its own error."""
    assert check_proof(Proof(tuple(unsound)), POLICY, SITUATION)


@pytest.mark.parametrize(
    ("unsound", "error"),
    [
        (
            [Step("warns", (MET,)), MEETS],
            "the premises do not make the condition of `warns` hold",
        ),
        (
            [Absent("rule", "rests", (MESSAGE,))],
            "the premises do not make the condition of `rests` fail",
        ),
        ([Step("warns", (MET, DANGER))], "`meets` applies"),
        ([Absent("rule", "rests", (UNMET,))], "`met` does not apply"),
    ],
)
def test_errors_say_whether_a_premise_should_be_true_or_false(
    unsound: list[ProofStep], error: str
) -> None:
    """Conditions hold or fail, and rules apply or do not."""
    errors = check_proof(Proof(tuple(unsound)), POLICY, SITUATION)

    assert any(error in one for one in errors), errors


def test_a_valid_proof_of_another_rule_is_rejected() -> None:
    """The conclusion must be the rule that was asked about."""
    proof = Proof((Step("warns", (MET, DANGER)), MEETS))

    assert ("it does not prove `met`",) == check_proof(
        proof, POLICY, SITUATION, of="met"
    )
    assert () == check_proof(Proof((MEETS,)), POLICY, SITUATION, of="met")


def test_the_wrong_conclusion_is_reported_before_other_errors() -> None:
    """An unsound proof of another rule has both errors, the conclusion's first."""
    first, *others = check_proof(
        Proof((Step("warns", (MET,)), MEETS)), POLICY, SITUATION, of="met"
    )

    assert "it does not prove `met`" == first
    assert [*others] == [
        *check_proof(Proof((Step("warns", (MET,)), MEETS)), POLICY, SITUATION)
    ]
    assert others


CIRCULAR = policy_of(
    [
        {"id": "ab", "when": {"a": True}, "then": {"concludes": "b"}},
        {"id": "ba", "when": {"b": True}, "then": {"concludes": "a"}},
        {"id": "ca", "when": {"danger": "yes"}, "then": {"concludes": "a"}},
        {
            "id": "calm",
            "when": {"a": False},
            "then": {"favors": {"ignore": "weak"}},
        },
    ],
    findings=["a", "b"],
)
NO = {
    name: Shown("finding" if name in {"a", "b"} else "rule", name, applies=False)
    for name in ("a", "b", "ab", "ba", "ca")
}
CALM = Step("calm", (NO["a"],))
A = Absent("finding", "a", (NO["ba"], NO["ca"]))
B = Absent("finding", "b", (NO["ab"],))
AB, BA = Absent("rule", "ab", (NO["a"],)), Absent("rule", "ba", (NO["b"],))
CA = Absent("rule", "ca", (Given("danger", "unknown"),))


def test_findings_that_support_only_each_other_are_absent() -> None:
    """An unfounded set proves the absence of such findings."""
    proof = Proof((CALM, Unfounded((A, B, AB, BA)), CA))

    assert () == check_proof(proof, CIRCULAR, CIRCULAR.vocabulary.situation({}))


@pytest.mark.parametrize(
    "unsound",
    [
        pytest.param((CALM, A, BA, B, AB, CA), id="each on its own"),
        pytest.param((CALM, Unfounded((A, B, AB)), CA), id="a rule left out"),
        pytest.param((CALM, Unfounded((A, AB, BA)), CA), id="a finding left out"),
        pytest.param((CALM, Unfounded((B, A, AB, BA)), CA), id="out of order"),
        pytest.param((CALM, Unfounded((A, B, AB, BA, BA)), CA), id="one twice"),
        pytest.param(
            (CALM, Unfounded((A, B, AB, BA, CA))), id="one that stands on its own"
        ),
        pytest.param(
            (CALM, Unfounded((Absent("finding", "a", (NO["ba"],)), B, AB, BA))),
            id="a rule outside passed over",
        ),
        pytest.param((CALM, Unfounded((A, B, AB, BA))), id="a step missing"),
        pytest.param((CALM, Unfounded(()), CA), id="nothing together"),
    ],
)
def test_a_set_that_is_not_unfounded_is_rejected(
    unsound: tuple[ProofStep, ...],
) -> None:
    """The set must be complete, and no finding in it may have other support."""
    situation = CIRCULAR.vocabulary.situation({})

    assert check_proof(Proof(unsound), CIRCULAR, situation)


def test_an_unfounded_set_with_outside_support_is_rejected() -> None:
    """Findings that a fact supports are not unfounded."""
    situation = CIRCULAR.vocabulary.situation({"danger": "yes"})
    proof = Proof((CALM, Unfounded((A, B, AB, BA)), CA))

    assert check_proof(proof, CIRCULAR, situation)
