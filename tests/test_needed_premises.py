"""Proofs of verdicts: only needed premises, and all errors of the checker."""

from __future__ import annotations

import pytest

from boundaryethics.consult import consult
from boundaryethics.model.verdict import Absent, Given, Proof, Step
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


def test_a_finding_is_absent_where_the_rule_for_it_is_overridden() -> None:
    """The overriding rule is the only premise, and proofs share it."""
    verdict = consult({**FACTS, "status": "active"}, POLICY)
    absent = Absent("finding", "met", (Absent("rule", "meets", (DENIES,)),))

    assert Step("rests", (absent,)) == verdict.proofs["rests"]
    assert verdict.proofs["yields"].premises[0] is verdict.proofs["rests"].premises[0]
    for name in verdict.proofs:
        assert () == check_proof(
            verdict.proofs[name], POLICY, verdict.situation, of=name
        )


def test_findings_in_a_cycle_are_absent() -> None:
    """An absence within its own proof has no premises."""
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

    again = Absent("finding", "a", ())
    by_two = Absent("finding", "b", (Absent("rule", "two", (again,)),))
    assert Absent("finding", "a", (Absent("rule", "one", (by_two,)),)) in proof.premises
    assert () == check_proof(proof, policy, verdict.situation)


def test_a_premise_that_others_make_needless_is_left_out() -> None:
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

    assert Step("warns", (MESSAGE,)) == consult(FACTS, policy).proofs["warns"]


@pytest.mark.parametrize(
    ("unsound", "fault"),
    [
        (
            Step("meets", (MESSAGE, MESSAGE), (DENIES,)),
            "a premise of `meets` is given twice",
        ),
        (
            Step(
                "quiet",
                (Given("status", "former"),),
                (Step("loud", (MESSAGE,), (Step("louder", (DANGER,)),)),),
            ),
            "a rule that does not bind is said to override `quiet`",
        ),
        (
            Absent(
                "finding",
                "met",
                (
                    Absent(
                        "rule",
                        "meets",
                        (
                            Absent(
                                "finding", "met", (Absent("rule", "meets", (DENIES,)),)
                            ),
                        ),
                    ),
                ),
            ),
            "the absence of `met` is shown within itself",
        ),
        (Absent("rule", "invents", ()), "the policy has no such rule"),
    ],
)
def test_errors_name_the_rule_or_finding(unsound: Proof, fault: str) -> None:
    """Each error names the rule or the finding."""
    situation = POLICY.vocabulary.situation(FACTS)

    assert fault in check_proof(unsound, POLICY, situation)
