"""Arguments of the analyses: policies by ID or value, and invalid arguments."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

import boundaryethics
from boundaryethics import analysis
from boundaryethics.errors import BoundaryEthicsError, PolicyError, SituationError
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

FACTS = {"contact": "connection_request", "client_status": "active"}
APA = boundaryethics.load_policy("apa-2017")
PART = {"contact": ["message"], "client_status": ["active"]}


def test_policies_can_be_given_by_id() -> None:
    """An ID is equivalent to the policy."""
    named = analysis.compare("apa-2017", "aca-2014", where=PART)
    valued = analysis.compare(APA, boundaryethics.load_policy("aca-2014"), where=PART)

    assert valued.count == named.count
    assert analysis.verify("apa-2017", where=PART).proved
    assert 1 == len(analysis.agreement(["apa-2017", "aca-2014"], where=PART).pairs)
    assert not analysis.diff("apa-2017", "apa-2017", where=PART).changes_rankings
    assert analysis.ranking_counts("apa-2017", where=PART).total == named.total


def test_abstract_policies_can_be_analyzed() -> None:
    """Analyses accept abstract policies, although `consult` rejects them."""
    difference = analysis.compare("apa-2017", "core", where=PART)

    assert difference.count > 0
    assert difference.witness is not None


@pytest.mark.parametrize("sample", [0, -1, True, 1.5])
def test_invalid_sample_sizes_are_refused(sample: Any) -> None:
    """The sample size must be a positive integer."""
    with pytest.raises(BoundaryEthicsError, match="BE607"):
        analysis.compare(APA, APA, sample=sample)


@pytest.mark.parametrize("given", [[("contact", "message")], "contact=message"])
def test_where_must_be_a_mapping(given: Any) -> None:
    """`where` must map each fact to values."""
    with pytest.raises(SituationError, match="BE403"):
        analysis.compare(APA, APA, where=given)


@pytest.mark.parametrize("policies", [[], [APA], APA])
def test_agreement_needs_two_policies(policies: Any) -> None:
    """`agreement` needs at least two policies."""
    with pytest.raises(BoundaryEthicsError, match="BE608"):
        analysis.agreement(policies)


def test_where_must_not_contradict_known_facts() -> None:
    """`where` raises BE405 if it excludes the value of a known fact."""
    with pytest.raises(SituationError, match="BE405"):
        analysis.open_questions(FACTS, where={"contact": ["message"]})


def test_a_verdict_is_refused_with_another_policy() -> None:
    """A verdict may be passed with its own policy only."""
    verdict = boundaryethics.consult(FACTS, "nasw-2021")

    assert analysis.why(verdict, "decline", "nasw-2021")
    with pytest.raises(PolicyError, match="BE614"):
        analysis.why(verdict, "decline", "apa-2017")


def test_explain_pair_shows_both_sides() -> None:
    """`explain_pair` shows the reasons on both sides."""
    found = analysis.explain_pair(FACTS, "continue", "decline")

    assert Option.DECLINE is found.option
    assert (boundaryethics.consult(FACTS).compare("decline", "continue"),) == (
        found.comparisons
    )
    with pytest.raises(BoundaryEthicsError, match="did you mean `decline`"):
        analysis.explain_pair(FACTS, "declin", "ignore")
    with pytest.raises(BoundaryEthicsError, match="`leave` is compared with itself"):
        analysis.explain_pair(FACTS, "leave", Option.LEAVE)


def test_immutable_accepts_a_single_fact() -> None:
    """`immutable` may be a single fact name."""
    alone = analysis.counterfactuals(FACTS, immutable="contact")

    assert (
        analysis.counterfactuals(FACTS, immutable=["contact"]).smallest
        == alone.smallest
    )


@pytest.mark.skipif(
    not any(map(importlib.util.find_spec, ("pandas", "polars"))),
    reason="needs pandas or Polars",
)
def test_answers_about_one_situation_have_frames() -> None:
    """Frames have one row for each changed fact and for each possible answer."""
    flips = analysis.counterfactuals(FACTS).to_frame()
    questions = analysis.open_questions(FACTS).to_frame()

    assert ["option", "distance", "change", "fact", "old", "new"] == list(flips.columns)
    assert len(questions) > 0


@pytest.mark.skipif(
    not any(map(importlib.util.find_spec, ("pandas", "polars"))),
    reason="needs pandas or Polars",
)
def test_explanations_have_frames() -> None:
    """Frames have one row for each step, reason or changed fact."""
    proof = analysis.why(FACTS, "awaiting_reply").to_frame()
    placed = analysis.why(FACTS, "decline").to_frame()
    lacking = analysis.why_not(FACTS, "leave").to_frame()
    unmet = analysis.why_not(FACTS, "peer-helper-role").to_frame()

    assert ["depth", "shown"] == list(proof.columns)
    assert {"rule", "option", "pull", "outweighed"} <= set(placed.columns)
    assert {"leave"} == set(lacking["target"])
    assert {"peer-helper-role"} == set(unmet["target"])


def test_a_rule_whose_finding_has_no_effect_has_a_warning() -> None:
    """A finding that only dead rules read has no effect."""
    never = {"contact": "message", "not": {"contact": "message"}}
    policy = policy_of(
        [
            {"id": "idle", "when": {"danger": "yes"}, "then": {"concludes": "found"}},
            {
                "id": "dead",
                "when": {"found": True, **never},
                "then": {"forbids": "ignore"},
            },
            {"id": "told", "when": {"danger": "no"}, "then": {"concludes": "safe"}},
            {
                "id": "actions",
                "when": {"safe": True},
                "then": {"advises": "seek_supervision"},
            },
        ],
        findings=["found", "safe"],
    )
    remarks = analysis.lint(policy).open

    assert {("BL01", "dead"), ("BL02", "idle")} == {
        (remark.problem.code, remark.on)
        for remark in remarks
        if remark.problem.code in ("BL01", "BL02")
    }


def test_an_overlay_adds_only_its_own_rules_to_another_code() -> None:
    """The code that the overlay was written for is not added."""
    over = boundaryethics.load_policy("nasw-2021", ["ohio-4757-5"])

    assert "ohio-continue-only-by-agreement" in over.rule
    assert "aca-no-personal-virtual-relationship" not in over.rule
    assert boundaryethics.load_policy("nasw-2021+ohio-4757-5") == over
    assert analysis.verify(over, where={"client_status": "active"}).proved


HUGE = 10**5_000


@pytest.mark.parametrize(
    "call",
    [
        lambda: analysis.compare(APA, "aca-2014", sample=3, seed=HUGE),
        lambda: analysis.discriminating_vignettes([APA, "aca-2014"], 1, seed=HUGE),
        lambda: analysis.compare(APA, "aca-2014", over={"contact": {"message": HUGE}}),
        lambda: APA.variant("huge", weights={APA.principles[0].id: HUGE}),
        lambda: boundaryethics.change("huge", weights={APA.principles[0].id: HUGE}),
    ],
)
def test_integers_that_cannot_be_printed_are_refused(call: Any) -> None:
    """Python limits the number of digits in text to 4,300."""
    with pytest.raises(BoundaryEthicsError) as error:
        call()

    assert "BE" in str(error.value)
