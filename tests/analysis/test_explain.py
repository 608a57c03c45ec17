from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from boundaryethics import consult
from boundaryethics.analysis import why, why_not
from boundaryethics.analysis.explain import (
    WhyFollows,
    WhyNotFollows,
    WhyNotRanked,
    WhyRanked,
)
from boundaryethics.errors import AnalysisError
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "find-tie",
            "when": {"contact": "request", "not": {"status": "former"}},
            "then": {"concludes": "tie"},
            "principle": None,
        },
        {
            "id": "answer",
            "because": "Who asks is <answered>.",
            "when": {"tie": True},
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "hush",
            "when": {"danger": "yes"},
            "then": {"favors": {"ignore": "weak"}},
            "overrides": ["answer"],
        },
        {
            "id": "loop",
            "when": {"all": [{"circle": True}, {"tie": True}]},
            "then": {"concludes": "circle"},
            "principle": None,
        },
        {"id": "never-leave", "then": {"forbids": ["leave"]}},
    ],
    findings=["tie", "circle"],
)

REQUEST = {"contact": "request"}


@pytest.mark.clause("S6")
def test_why_proves_rules_and_findings() -> None:
    """`why` proves a rule and a finding."""
    found = why(REQUEST, "answer", POLICY)

    assert isinstance(found, WhyFollows)
    assert consult(REQUEST, POLICY).proofs["answer"] == found.proof
    assert "answer applies here." == str(found).splitlines()[0]
    assert "  contact: request" in str(why(REQUEST, "tie", POLICY)).splitlines()


@pytest.mark.clause("S17")
def test_why_compares_an_option_with_its_neighbors() -> None:
    """`why` compares an option with those at adjacent ranks."""
    found = why(REQUEST, ("decline", 1), POLICY)

    assert isinstance(found, WhyRanked)
    assert {Option.CONTINUE, Option.IGNORE} == {c.below for c in found.comparisons}
    assert {"strong"} == {c.decided_by for c in found.comparisons}


def test_why_not_lists_each_part_of_the_condition() -> None:
    """Each part has the wanted values, the actual value and whether it holds."""
    found = why_not({"contact": "message"}, "answer", POLICY)

    assert isinstance(found, WhyNotFollows)
    (rule,) = found.rules
    assert not rule.triggered
    assert rule.condition is not None
    assert ("tie", "does not apply") == (rule.condition.of, rule.condition.actual)
    (concluding,) = rule.condition.rules
    assert concluding.condition is not None
    wanted, excluded = concluding.condition.parts
    assert (False, "message", ("request",)) == (
        wanted.holds,
        wanted.actual,
        wanted.wanted,
    )
    assert (True, ("active", "unknown")) == (excluded.holds, excluded.wanted)


def test_why_not_names_the_overriding_rules() -> None:
    """`why_not` names the rules that override a rule that matches."""
    found = why_not({**REQUEST, "danger": "yes"}, "answer", POLICY)

    assert isinstance(found, WhyNotFollows)
    assert ("hush",) == found.rules[0].overridden_by
    assert "answer matches, but is overridden by hush" in str(found)
    assert {"danger": "no"} == found.least.changes[0].facts


def test_why_not_stops_at_cycles() -> None:
    """A finding that depends only on itself is listed once and has no change."""
    found = why_not(REQUEST, "circle", POLICY)

    assert "loop does not match, as shown above" in str(found)
    assert found.least.distance is None
    assert "Nothing makes it true while known facts stay known." in str(found)


def test_a_finding_that_no_rule_concludes_has_no_change() -> None:
    """The text says that no rule concludes it."""
    policy = policy_of([{"id": "r", "then": {"forbids": ["leave"]}}], findings=["odd"])
    found = why_not({}, "odd", policy)

    assert not found.least.possible
    assert "No rule concludes it." in str(found)


def test_why_not_compares_with_higher_ranked_options() -> None:
    """An option is compared with the next one up and with the first."""
    found = why_not(REQUEST, "ignore", POLICY)

    assert isinstance(found, WhyNotRanked)
    assert (Option.DECLINE,) == tuple(c.above for c in found.comparisons)
    assert 1 == found.least.distance


@pytest.mark.clause("S19")
def test_why_not_keeps_known_facts_known_unless_allowed() -> None:
    """A rule about an unknown fact needs `allow_unknown` once the fact is known."""
    policy = policy_of(
        [
            {
                "id": "doubt",
                "when": {"danger": "unknown"},
                "then": {"favors": {"decline": "weak"}},
            }
        ]
    )

    assert why_not({"danger": "no"}, "doubt", policy).least.distance is None
    forgetting = why_not({"danger": "no"}, "doubt", policy, allow_unknown=True)
    assert {"danger": "unknown"} == forgetting.least.changes[0].facts
    assert "Nothing makes it true." not in str(forgetting)


@pytest.mark.clause("S19")
def test_no_option_is_first_if_all_four_are_tied() -> None:
    """In a tie of all four, `why_not` explains what would make an option first."""
    policy = policy_of(
        [{"id": "ask", "when": {"danger": "yes"}, "then": {"requires": ["decline"]}}]
    )

    found = why_not({}, "decline", policy)
    assert isinstance(found, WhyNotRanked)
    assert {"danger": "yes"} == found.least.changes[0].facts
    assert "is tied with the other three, not first." in str(found)
    assert "is tied with the other three." in str(why({}, "decline", policy))
    with pytest.raises(AnalysisError, match="all four are tied"):
        why({}, "decline first", policy)


def test_why_not_accepts_a_lower_rank() -> None:
    """For a lower rank, an option is compared with those below it."""
    found = why_not(REQUEST, "decline second", POLICY)

    assert isinstance(found, WhyNotRanked)
    assert {Option.CONTINUE, Option.IGNORE} == {c.below for c in found.comparisons}
    assert [{"danger": "yes"}] == [dict(one.facts) for one in found.least.changes]


@pytest.mark.parametrize(
    ("named", "near"),
    [("answr", "answer"), ("tei", "tie"), ("declin first", "decline")],
)
def test_unknown_targets_are_rejected(named: str, near: str) -> None:
    """An unknown target raises an error with a suggestion."""
    with pytest.raises(AnalysisError) as refused:
        why(REQUEST, named, POLICY)

    (problem,) = refused.value.problems
    assert "BE611" == problem.code
    assert near in (problem.help or "")
    assert "(`continue`, `ignore`, `decline`, `leave`)" in (problem.help or "")


def test_why_and_why_not_reject_each_others_targets() -> None:
    """The errors suggest the other function."""
    with pytest.raises(AnalysisError, match="BE612"):
        why({}, "answer", POLICY)
    with pytest.raises(AnalysisError, match="BE613"):
        why_not(REQUEST, "answer", POLICY)
    with pytest.raises(AnalysisError, match="BE613"):
        why_not(REQUEST, "decline", POLICY)


@pytest.mark.parametrize("target", ["answer", "tie", "decline"])
def test_explanations_have_every_output_format(target: str) -> None:
    """Explanations have escaped HTML and plain data."""
    for found in (
        why(REQUEST, target, POLICY),
        why_not({"danger": "yes"}, target, POLICY),
    ):
        assert "<answered>" not in found._repr_html_()
        assert found._repr_html_().count("<ul>") == found._repr_html_().count("</ul>")
        assert json.loads(json.dumps(found.to_dict()))["target"].startswith(target)


@pytest.mark.parametrize(
    ("target", "kind", "advice"),
    [
        ("risk_of_harm", "fact", "`boundaryethics open-questions`"),
        ("fidelity", "principle", "`boundaryethics principles --policy apa-2017`"),
    ],
)
@pytest.mark.parametrize("ask", [why, why_not])
def test_a_fact_or_a_principle_is_not_a_target(
    ask: Callable[..., object], target: str, kind: str, advice: str
) -> None:
    """The error says what it is, and suggests no rule with a similar name."""
    with pytest.raises(AnalysisError) as refused:
        ask({"contact": "message"}, target)
    (problem,) = refused.value.problems

    assert problem.message.startswith(f"`{target}` is a {kind}, not a response")
    assert advice in str(problem.help)
    assert "did you mean" not in str(problem.help)
