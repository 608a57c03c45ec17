"""Proofs of verdicts have only needed premises, and the checker reports all errors."""

from __future__ import annotations

import pytest

from boundaryethics.consult import consult
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
            "id": "denies",
            "when": {"danger": "yes"},
            "then": {"favors": {"leave": "weak"}},
            "overrides": ["meets"],
        },
        {"id": "rests", "when": {"met": False}, "then": {"favors": {"ignore": "weak"}}},
        {
            "id": "yields",
            "when": {"met": False, "status": "active"},
            "then": {"favors": {"ignore": "weak"}},
        },
        {"id": "quiet", "when": {"status": "former"}, "then": {"forbids": "continue"}},
        {
            "id": "loud",
            "when": {"contact": "message"},
            "then": {"favors": {"continue": "weak"}},
            "overrides": ["quiet"],
        },
        {
            "id": "louder",
            "when": {"danger": "yes"},
            "then": {"favors": {"continue": "weak"}},
            "overrides": ["loud"],
        },
    ],
    findings=["met"],
)
MESSAGE, DANGER = Given("contact", "message"), Given("danger", "yes")
DENIES = Step("denies", (DANGER,))
FACTS = {"contact": "message", "danger": "yes", "status": "former"}


def test_a_finding_is_absent_if_its_only_rule_is_overridden() -> None:
    """The overriding rule is the only premise, and proofs share the steps."""
    verdict = consult({**FACTS, "status": "active"}, POLICY)
    unmet = Shown("finding", "met", applies=False)
    absent = Absent("finding", "met", (Shown("rule", "meets", applies=False),))
    overridden = Absent("rule", "meets", (Shown("rule", "denies", applies=True),))

    assert (Step("rests", (unmet,)), absent, overridden, DENIES) == (
        verdict.proofs["rests"].steps
    )
    assert verdict.proofs["yields"].steps[1] is verdict.proofs["rests"].steps[1]
    for name in verdict.proofs:
        assert () == check_proof(
            verdict.proofs[name], POLICY, verdict.situation, of=name
        )


def test_the_absence_of_findings_in_a_cycle_is_one_step() -> None:
    """An unfounded set proves the absence of all of them together."""
    policy = policy_of(
        [
            {"id": "one", "when": {"b": True}, "then": {"concludes": "a"}},
            {"id": "two", "when": {"a": True}, "then": {"concludes": "b"}},
            {"id": "rests", "when": {"a": False}, "then": {"forbids": "leave"}},
        ],
        findings=["a", "b"],
    )
    verdict = consult({}, policy)
    proof = verdict.proofs["rests"]
    no = {
        name: Shown("finding" if name in "ab" else "rule", name, applies=False)
        for name in ("a", "b", "one", "two")
    }

    together = Unfounded(
        (
            Absent("finding", "a", (no["one"],)),
            Absent("finding", "b", (no["two"],)),
            Absent("rule", "one", (no["b"],)),
            Absent("rule", "two", (no["a"],)),
        )
    )
    assert (Step("rests", (no["a"],)), together) == proof.steps
    assert () == check_proof(proof, policy, verdict.situation)


def test_redundant_premises_are_left_out() -> None:
    """A premise is left out if the other premises imply it."""
    either = {"any": [{"danger": "yes"}, {"contact": "message"}]}
    policy = policy_of(
        [
            {
                "id": "warns",
                "when": {"all": [either, {"contact": "message"}]},
                "then": {"forbids": "ignore"},
            }
        ]
    )

    assert (Step("warns", (MESSAGE,)),) == consult(FACTS, policy).proofs["warns"].steps


@pytest.mark.parametrize(
    ("unsound", "fault"),
    [
        (
            (Step("meets", (MESSAGE, MESSAGE), ("denies",)), DENIES),
            "a premise of `meets` is given twice",
        ),
        (
            (
                Step("quiet", (Given("status", "former"),), ("loud",)),
                Step("loud", (MESSAGE,), ("louder",)),
                Step("louder", (DANGER,)),
            ),
            "no step shows that `loud` applies",
        ),
        (
            (
                Absent("finding", "met", (Shown("finding", "met", applies=False),)),
                Absent("rule", "meets", (Shown("finding", "met", applies=False),)),
            ),
            "a step relies on itself or on an earlier one",
        ),
        ((Absent("rule", "invents", ()),), "the policy has no such rule"),
    ],
)
def test_each_error_names_the_rule_or_finding(
    unsound: tuple[ProofStep, ...], fault: str
) -> None:
    """Each error names the rule or the finding."""
    situation = POLICY.vocabulary.situation(FACTS)

    assert fault in check_proof(Proof(unsound), POLICY, situation)
