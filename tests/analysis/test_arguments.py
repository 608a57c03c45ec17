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


def test_policies_may_be_named() -> None:
    """Policies may be given by ID."""
    named = analysis.compare("apa-2017", "aca-2014", where=PART)
    valued = analysis.compare(APA, boundaryethics.load_policy("aca-2014"), where=PART)

    assert valued.count == named.count
    assert analysis.verify("apa-2017", where=PART).proved
    assert 1 == len(analysis.agreement(["apa-2017", "aca-2014"], where=PART).pairs)
    assert not analysis.diff("apa-2017", "apa-2017", where=PART).changes_rankings
    assert analysis.ranking_counts("apa-2017", where=PART).total == named.total


def test_an_abstract_policy_can_be_asked_about_as_a_whole() -> None:
    """Abstract policies can be analyzed, although `consult` rejects them."""
    difference = analysis.compare("apa-2017", "core", where=PART)

    assert difference.count > 0
    assert difference.witness is not None


@pytest.mark.parametrize("sample", [0, -1, True, 1.5])
def test_a_sample_has_a_size(sample: Any) -> None:
    """The sample size must be a positive integer."""
    with pytest.raises(BoundaryEthicsError, match="BE607"):
        analysis.compare(APA, APA, sample=sample)


@pytest.mark.parametrize("given", [[("contact", "message")], "contact=message"])
def test_what_is_given_maps_facts_to_values(given: Any) -> None:
    """`where` must be a mapping."""
    with pytest.raises(SituationError):
        analysis.compare(APA, APA, where=given)


@pytest.mark.parametrize("policies", [[], [APA], APA])
def test_agreement_takes_two(policies: Any) -> None:
    """`agreement` needs at least two policies."""
    with pytest.raises(BoundaryEthicsError, match="BE608"):
        analysis.agreement(policies)


def test_where_must_agree_with_known_facts() -> None:
    """`where` must not contradict a known fact."""
    with pytest.raises(SituationError, match="BE405"):
        analysis.open_questions(FACTS, where={"contact": ["message"]})


def test_a_verdict_is_of_its_own_policy() -> None:
    """A verdict may be passed with its own policy, but not with another."""
    verdict = boundaryethics.consult(FACTS, "nasw-2021")

    assert analysis.why(verdict, "decline", "nasw-2021")
    with pytest.raises(PolicyError, match="BE614"):
        analysis.why(verdict, "decline", "apa-2017")


def test_explain_pair_shows_both_sides() -> None:
    """`explain_pair` shows the reasons on both sides."""
    told = analysis.explain_pair(FACTS, "continue", "decline")

    assert Option.DECLINE is told.option
    assert (boundaryethics.consult(FACTS).compare("decline", "continue"),) == (
        told.comparisons
    )
    with pytest.raises(BoundaryEthicsError, match="did you mean `decline`"):
        analysis.explain_pair(FACTS, "declin", "ignore")
    with pytest.raises(BoundaryEthicsError, match="`leave` is compared with itself"):
        analysis.explain_pair(FACTS, "leave", Option.LEAVE)


def test_one_fact_may_be_fixed_by_its_name() -> None:
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
    """Frames have a row for each changed fact and for each possible answer."""
    flips = analysis.counterfactuals(FACTS).to_frame()
    questions = analysis.open_questions(FACTS).to_frame()

    assert ["option", "distance", "change", "fact", "old", "new"] == list(flips.columns)
    assert len(questions) > 0


@pytest.mark.skipif(
    not any(map(importlib.util.find_spec, ("pandas", "polars"))),
    reason="needs pandas or Polars",
)
def test_reasons_have_frames() -> None:
    """Frames of explanations have a row for each step, reason or changed fact."""
    proof = analysis.why(FACTS, "awaiting_reply").to_frame()
    placed = analysis.why(FACTS, "decline").to_frame()
    lacking = analysis.why_not(FACTS, "leave").to_frame()
    unmet = analysis.why_not(FACTS, "peer-helper-role").to_frame()

    assert ["depth", "shown"] == list(proof.columns)
    assert {"rule", "option", "pull", "outweighed"} <= set(placed.columns)
    assert {"leave"} == set(lacking["target"])
    assert {"peer-helper-role"} == set(unmet["target"])


def test_a_rule_that_only_concludes_for_nobody_is_remarked_on() -> None:
    """A rule gets a warning if its finding is read without effect."""
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


def test_an_overlay_lays_only_its_own_rules_over_another_code() -> None:
    """An overlay brings only its own rules, not the code that it was written for."""
    over = boundaryethics.load_policy("nasw-2021", ["ohio-4757-5"])

    assert "ohio-continue-only-by-agreement" in over.rule
    assert "aca-no-personal-virtual-relationship" not in over.rule
    assert boundaryethics.load_policy("nasw-2021+ohio-4757-5") == over
    assert analysis.verify(over, where={"client_status": "active"}).proved
