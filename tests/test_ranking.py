"""Rank options from manual derivations, without an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status
from boundaryethics.model.verdict import Derivation, Verdict
from boundaryethics.ranking import scales, weigh
from support.small_policies import Silent, policy_of

PRESENTER = Silent()

CONTINUE, IGNORE, DECLINE, LEAVE = Option


def verdict_of(policy: Policy, binding: Sequence[str] | None = None) -> Verdict:
    """Return the verdict if the *binding* rules, or all rules of the policy, bind."""
    rules = [rule.id for rule in policy.rules] if binding is None else binding
    derivation = Derivation.of(rules, {}, frozenset())
    return weigh(scales(policy, PRESENTER), policy.vocabulary.situation({}), derivation)


def verdict_on(*effects: Mapping[str, Any], **words: Any) -> Verdict:
    """Return the verdict if rules `r1`, `r2`, ... with these *effects* bind."""
    rules = [{"id": f"r{n}", "then": then} for n, then in enumerate(effects, start=1)]
    return verdict_of(policy_of(rules, **words))


@pytest.mark.clause("S16")
def test_without_reasons_all_options_tie() -> None:
    """The ranking has one rank."""
    verdict = verdict_of(policy_of())

    assert ((CONTINUE, IGNORE, DECLINE, LEAVE),) == verdict.ranking
    assert (CONTINUE, IGNORE, DECLINE, LEAVE) == verdict.best


@pytest.mark.clause("S12")
def test_required_ranks_above_allowed_and_allowed_above_forbidden() -> None:
    """Status comes before reasons of any strength."""
    verdict = verdict_on(
        {"requires": "leave"},
        {"forbids": "continue"},
        {"favors": {"continue": "strong"}, "opposes": {"leave": "strong"}},
    )

    assert ((LEAVE,), (IGNORE, DECLINE), (CONTINUE,)) == verdict.ranking
    assert Status.FORBIDDEN is verdict.options[CONTINUE].status
    assert Status.REQUIRED is verdict.options[LEAVE].status


@pytest.mark.clause("S12", "S13")
def test_an_option_both_required_and_forbidden_is_forbidden() -> None:
    """The dilemma names the rules on both sides."""
    verdict = verdict_on({"requires": "decline"}, {"forbids": "decline"})

    assert Status.FORBIDDEN is verdict.options[DECLINE].status
    assert [("required_and_forbidden", (DECLINE,), ("r1", "r2"))] == [
        (d.kind, d.options, d.rules) for d in verdict.dilemmas
    ]


@pytest.mark.clause("S13")
def test_forbidding_every_option_is_a_dilemma() -> None:
    """The verdict has a dilemma."""
    verdict = verdict_on({"forbids": ["continue", "ignore", "decline", "leave"]})

    assert ["all_forbidden"] == [d.kind for d in verdict.dilemmas]
    assert ((CONTINUE, IGNORE, DECLINE, LEAVE),) == verdict.ranking


@pytest.mark.clause("S13")
def test_requiring_two_options_is_a_dilemma() -> None:
    """The verdict has a dilemma."""
    verdict = verdict_on({"requires": ["decline", "leave"]})

    assert [("several_required", (DECLINE, LEAVE))] == [
        (d.kind, d.options) for d in verdict.dilemmas
    ]


@pytest.mark.clause("S14")
def test_no_number_of_weaker_reasons_outweighs_a_stronger_one() -> None:
    """Ten moderate reasons rank below one strong reason."""
    moderate = [{"favors": {"ignore": "moderate"}}] * 10
    verdict = verdict_on({"favors": {"decline": "strong"}}, *moderate)

    assert ((DECLINE,), (IGNORE,), (CONTINUE, LEAVE)) == verdict.ranking


@pytest.mark.clause("S14")
def test_opposing_and_favoring_reasons_of_one_strength_cancel() -> None:
    """Levels are compared by their net number of reasons."""
    verdict = verdict_on(
        {"favors": {"decline": "strong"}},
        {"opposes": {"decline": "strong"}},
        {"favors": {"ignore": "weak"}},
    )

    assert ((IGNORE,), (CONTINUE, DECLINE, LEAVE)) == verdict.ranking


@pytest.mark.clause("S14")
def test_the_next_level_decides_if_a_level_is_tied() -> None:
    """If the strong reasons are equal, the moderate ones decide."""
    verdict = verdict_on(
        {"favors": {"decline": "strong", "ignore": "strong"}},
        {"opposes": {"ignore": "moderate"}},
    )

    assert "moderate" == verdict.compare("decline", "ignore").decided_by


@pytest.mark.clause("S15")
def test_weighted_sums_points_times_the_weight_of_the_principle() -> None:
    """Two moderate reasons of weight 2 rank above two strong ones of weight 1."""
    policy = policy_of(
        [
            {"id": "a", "then": {"favors": {"decline": "moderate"}}, "principle": "w"},
            {"id": "b", "then": {"favors": {"decline": "moderate"}}, "principle": "w"},
            {"id": "c", "then": {"favors": {"ignore": "strong"}}},
            {"id": "d", "then": {"favors": {"ignore": "strong"}}},
            {"id": "e", "then": {"opposes": {"leave": "weak"}}},
        ],
        principles={"w": {"weight": 2}},
        ranking={"method": "weighted"},
    )
    verdict = verdict_of(policy)

    assert [(0,), (6,), (8,), (-1,)] == [a.sums for a in verdict.assessments]
    assert ((DECLINE,), (IGNORE,), (CONTINUE,), (LEAVE,)) == verdict.ranking
    assert "total" == verdict.compare("ignore", "decline").decided_by


@pytest.mark.clause("S15")
def test_weighted_uses_the_points_of_the_policy() -> None:
    """Points that are not given have their default."""
    verdict = verdict_on(
        {"favors": {"decline": "strong"}},
        {"favors": {"ignore": "moderate"}},
        ranking={"method": "weighted", "points": {"strong": 1}},
    )

    assert ((IGNORE,), (DECLINE,), (CONTINUE, LEAVE)) == verdict.ranking


@pytest.mark.clause("S15")
def test_lexicographic_compares_tiers_in_order() -> None:
    """Principles without a tier come last, so a weak reason in a tier decides."""
    policy = policy_of(
        [
            {"id": "a", "then": {"favors": {"leave": "weak"}}, "principle": "first"},
            {"id": "b", "then": {"favors": {"ignore": "strong"}}, "principle": "next"},
            {"id": "c", "then": {"favors": {"decline": "strong"}}},
        ],
        principles={"first": {}, "next": {}},
        ranking={"method": "lexicographic", "priority": [["first"], ["next"]]},
    )
    verdict = verdict_of(policy)

    assert ((LEAVE,), (IGNORE,), (DECLINE,), (CONTINUE,)) == verdict.ranking
    assert ["tier 1", "tier 2", "tier 3"] == [
        step.decided_by for step in verdict.comparisons
    ]


@pytest.mark.clause("S17")
def test_rules_with_equal_effects_on_both_options_are_not_cited() -> None:
    """Only reasons that separate two options are cited for their order."""
    verdict = verdict_on(
        {"favors": {"decline": "strong", "leave": "strong"}},
        {"opposes": {"leave": "strong"}},
    )
    comparison = verdict.compare("leave", "decline")

    assert (DECLINE, LEAVE) == (comparison.above, comparison.below)
    assert ("r2",) == comparison.rules
    assert ("care",) == comparison.principles
    assert ("Code, 1",) == comparison.cites


@pytest.mark.clause("S17")
def test_comparisons_include_outweighed_reasons() -> None:
    """They are listed as reasons for the other side."""
    verdict = verdict_on(
        {"favors": {"decline": "strong"}},
        {"favors": {"decline": "strong"}},
        {"opposes": {"decline": "strong"}},
    )
    comparison = verdict.compare("decline", "ignore")

    assert ("r1", "r2") == comparison.rules
    assert ["r3"] == [reason.rule for reason in comparison.against]


@pytest.mark.clause("S17")
def test_a_rule_that_requires_and_forbids_is_cited_for_the_ban() -> None:
    """A forbidden option ranks lower because of its ban, even if one rule does both."""
    verdict = verdict_on({"requires": "leave", "forbids": "leave"})

    assert ("r1",) == verdict.compare("ignore", "leave").rules


@pytest.mark.clause("S16")
def test_a_tie_has_no_deciding_criterion() -> None:
    """Tied options have no deciding criterion."""
    comparison = verdict_of(policy_of()).compare("leave", "continue")

    assert comparison.decided_by is None
    assert () == comparison.reasons


def test_comparing_an_unknown_option_raises_an_error() -> None:
    """A mistyped option is not treated as a tie."""
    with pytest.raises(ValueError, match="befriend"):
        verdict_of(policy_of()).compare("befriend", "ignore")


@pytest.mark.clause("S11")
def test_an_overridden_rule_has_no_effect_and_is_reported() -> None:
    """The verdict names the rules that override it."""
    policy = policy_of(
        [
            {"id": "loud", "then": {"favors": {"continue": "strong"}}},
            {"id": "calm", "then": {"advises": "seek_supervision"}},
        ]
    )
    derivation = Derivation.of(["calm"], {"loud": ("calm",)}, frozenset())
    situation = policy.vocabulary.situation({})
    verdict = weigh(scales(policy, PRESENTER), situation, derivation)

    assert 1 == len(verdict.ranking)
    assert {"loud": ("calm",)} == verdict.overridden


@pytest.mark.clause("S10")
def test_actions_and_questions_have_their_rules() -> None:
    """They are collected from all rules that apply."""
    policy = policy_of(
        [
            {"id": "a", "then": {"advises": "seek_supervision"}, "asks": ["harm"]},
            {"id": "b", "then": {"advises": ["seek_supervision"]}},
        ]
    )
    verdict = verdict_of(policy)

    assert [("seek_supervision", ("a", "b"), ("care",))] == [
        (s.action, s.rules, s.principles) for s in verdict.actions
    ]
    assert (("harm", ("a",)),) == verdict.questions


def test_only_unknown_facts_that_some_rule_reads_are_listed() -> None:
    """A fact that no rule reads is not listed."""
    policy = policy_of(
        [
            {
                "id": "a",
                "when": {"danger": "yes", "contact": "message"},
                "then": {"advises": "seek_supervision"},
            }
        ]
    )
    situation = policy.vocabulary.situation({"contact": "request"})
    derivation = Derivation.of([], {}, frozenset())
    verdict = weigh(scales(policy, PRESENTER), situation, derivation)

    assert ("danger",) == verdict.unknown


def test_reasons_are_sorted_by_strength() -> None:
    """Status comes first, then strong, moderate and weak reasons, then the IDs."""
    verdict = verdict_on(
        {"favors": {"decline": "weak"}},
        {"favors": {"decline": "moderate"}},
        {"opposes": {"decline": "moderate"}},
        {"favors": {"decline": "strong"}},
        {"requires": "decline"},
        {"forbids": "decline"},
    )

    assert [("r5", 1), ("r6", -2), ("r4", 1), ("r2", 1), ("r3", -1), ("r1", 1)] == [
        (reason.rule, reason.points) for reason in verdict.options[DECLINE].reasons
    ]


def test_tiers_are_numbered_from_one() -> None:
    """A lexicographic method has one criterion per tier, and one for the rest."""
    cite = {"source": "code", "section": "1"}
    verdict = verdict_on(
        {"favors": {"decline": "weak"}},
        principles={"first": {"cites": [cite]}, "second": {"cites": [cite]}},
        ranking={"method": "lexicographic", "priority": [["first"], ["second"]]},
    )

    assert ("tier 1", "tier 2", "tier 3") == verdict.criteria
    (reason,) = verdict.options[DECLINE].reasons
    assert "tier 3" == reason.criterion


def test_only_several_requirements_are_a_dilemma() -> None:
    """A dilemma needs two required options, or one that is forbidden too."""
    one = verdict_on({"requires": "leave"}, {"forbids": "continue"})
    two = verdict_on({"requires": "leave"}, {"requires": "decline"})

    assert () == one.dilemmas
    (dilemma,) = two.dilemmas
    assert ("several_required", (DECLINE, LEAVE)) == (dilemma.kind, dilemma.options)
