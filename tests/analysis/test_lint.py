"""Lint warnings, and warnings that a policy accepts."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import attrs
import pytest

from boundaryethics import analysis
from boundaryethics.model.policy import Policy
from boundaryethics.policies import read_policy
from support.small_policies import policy_of

NOTHING = {"contact": "message", "not": {"contact": "message"}}

RULES: list[dict[str, Any]] = [
    {"id": "first", "when": {"danger": "yes"}, "then": {"forbids": "ignore"}},
    {
        "id": "again",
        "when": {"not": {"danger": ["no", "unknown"]}},
        "then": {"forbids": "ignore"},
    },
    {
        "id": "torn",
        "when": {"danger": "no"},
        "then": {"favors": {"leave": "weak"}, "opposes": {"leave": "weak"}},
    },
    {"id": "never", "when": NOTHING, "then": {"favors": {"leave": "strong"}}},
    {"id": "under", "when": {"danger": "yes"}, "then": {"favors": {"leave": "strong"}}},
    {
        "id": "over",
        "when": {"danger": "yes"},
        "then": {"requires": "ignore"},
        "overrides": ["under"],
    },
]


def remarked(policy: Policy) -> set[tuple[str, str]]:
    """Return the code and the subject of each warning."""
    return {(one.problem.code, one.on) for one in analysis.lint(policy).remarks}


def test_rules_without_effect_have_warnings() -> None:
    """Duplicate, unused, contradictory and always overridden rules have warnings."""
    found = remarked(policy_of(RULES))

    assert {
        ("BL01", "never"),
        ("BL02", "first"),
        ("BL02", "again"),
        ("BL02", "torn"),
        ("BL03", "again"),
        ("BL04", "torn"),
        ("BL05", "under"),
    } == {one for one in found if one[0] <= "BL05"}


def test_unused_names_have_warnings() -> None:
    """Unused findings and facts, and principles without citations, have warnings."""
    found = remarked(
        policy_of(RULES, findings=["idle"], principles={"bare": {"cites": []}})
    )

    assert {one for one in found if one[0] in ("BL06", "BL07", "BL12")} == {
        ("BL06", "idle"),
        ("BL07", "status"),
        ("BL07", "contact request"),
        ("BL12", "bare"),
    }


def test_unread_values_added_to_built_in_facts_have_warnings() -> None:
    """A value that every rule treats as unknown has a warning; others have none."""
    text = """\
policy: lakeside
extends: [naadac-2021]
facts:
  agency_policy: {values: [permits, silent, forbids, needs_approval, under_review]}
sources: {handbook: {title: Handbook}}
principles: {agency: {title: Agency, cites: [{source: handbook, section: "1"}]}}
rules:
  - id: wait-for-a-review
    when: {agency_policy: under_review}
    then: {forbids: continue}
    because: The agency decides first.
    principle: agency
"""
    report = analysis.lint(read_policy(text), where={"contact": "message"})
    found = [r.problem for r in report.remarks if r.on.startswith("agency_policy")]

    assert ["BL07"] == [problem.code for problem in found]
    assert "`needs_approval` of fact `agency_policy`" in found[0].message
    assert ("facts", "agency_policy") == found[0].path


def test_every_warning_says_how_to_fix_it() -> None:
    """The advice refers only to what an installed library includes."""
    remarks = analysis.lint(policy_of(RULES, findings=["idle"])).remarks

    assert all(remark.problem.help for remark in remarks)
    assert not any("documentation" in str(remark.problem) for remark in remarks)


def test_dilemmas_full_ties_and_missing_rankings_have_warnings() -> None:
    """The warnings are about the rankings of all situations."""
    found = remarked(policy_of(RULES))

    assert "BL08" in {code for code, _ in found}
    assert ("BL09", "rankings") in found
    assert ("BL10", "required_and_forbidden ignore") in found
    assert ("BL11", "full tie") in found


def test_rules_with_large_conditions_are_duplicates_only_if_equal() -> None:
    """Large conditions count as the same only if they are equal."""
    facts = {
        name: {"question": "?", "values": [f"v{n}" for n in range(11)]}
        for name in ("f1", "f2", "f3", "f4", "f5")
    }
    when = dict.fromkeys(facts, "v1")
    wordy = {"all": [{name: "v1"} for name in reversed(facts)]}
    then = {"favors": {"leave": "weak"}}
    policy = policy_of(
        [
            {"id": "a", "when": when, "then": then},
            {"id": "b", "when": when, "then": then},
            {"id": "c", "when": wordy, "then": then},
        ],
        facts=facts,
    )

    assert {"b"} == {on for code, on in remarked(policy) if code == "BL03"}


@pytest.mark.parametrize(
    ("when", "same"),
    [
        ({"any": [{"danger": "yes"}, {"risk": True}]}, True),
        ({"not": {"all": [{"danger": ["no", "unknown"]}, {"risk": False}]}}, True),
        (
            {
                "any": [
                    {"danger": "yes", "status": "active"},
                    {"danger": "yes", "not": {"status": "active"}},
                    {"risk": True},
                ]
            },
            True,
        ),
        ({"danger": "yes", "risk": True}, False),
        ({"any": [{"danger": "no"}, {"risk": True}]}, False),
        ({"any": [{"status": "active"}, {"risk": True}]}, False),
        ({"any": [{"danger": "yes"}, {"worry": True}]}, False),
    ],
)
def test_equivalent_conditions_are_duplicates(when: dict[str, Any], same: bool) -> None:
    """Facts and findings on which a condition does not depend are ignored."""
    then = {"favors": {"leave": "weak"}}
    known = {"any": [{"risk": True}, {"danger": "yes"}]}
    rules = [{"id": "known", "when": known, "then": then}]
    rules += [{"id": "also", "when": when, "then": then}]
    found = remarked(policy_of(rules, findings=["risk", "worry"]))

    assert same is (("BL03", "also") in found)


def test_a_rule_that_repeats_several_has_one_warning() -> None:
    """The third of three equal rules has one warning, which names the first."""
    rules = [
        {"id": id, "when": {"danger": "yes"}, "then": {"forbids": "ignore"}}
        for id in ("a", "b", "c")
    ]
    accepts = [{"lint": "BL03", "on": "c", "because": "Two codes say it."}]
    report = analysis.lint(policy_of(rules, accepts=accepts))
    found = [one for one in report.remarks if one.problem.code == "BL03"]

    assert [("b", ""), ("c", "Two codes say it.")] == [
        (r.on, r.accepted) for r in found
    ]
    assert {"rule `b` repeats rule `a`", "rule `c` repeats rule `a`"} == {
        one.problem.message for one in found
    }


def test_accepted_warnings_have_a_reason() -> None:
    """An accepted warning is not open; an unused acceptance has a warning."""
    accepts = [
        {"lint": "BL04", "on": "torn", "because": "It shows both sides."},
        {"lint": "BL01", "on": "first", "because": "It was so once."},
    ]
    report = analysis.lint(policy_of(RULES, accepts=accepts))

    assert ["torn"] == [one.on for one in report.accepted]
    assert ("BL13", "first") in {(one.problem.code, one.on) for one in report.open}
    assert f"{len(report.open)} open, 1 suppressed" in str(report)
    assert "It shows both sides." in report._repr_html_()


def test_warnings_have_plain_data() -> None:
    """The data has the name of the check and any location."""
    report = analysis.lint(policy_of(RULES))
    data = report.to_dict()
    torn = next(one for one in data["remarks"] if one["lint"] == "BL04")
    reworded = [attrs.evolve(one.problem, message="?") for one in report.remarks]

    assert data == json.loads(json.dumps(data))
    assert ("rule-favors-and-opposes", "torn", None, None) == (
        torn["name"],
        torn["on"],
        torn["where"],
        torn["accepted"],
    )
    again = report.with_problems(reworded)
    assert {"?"} == {one.problem.message for one in again.remarks}


def test_warnings_about_inherited_parts_are_separate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Warnings about unchanged rules of a built-in policy are listed separately."""
    base = attrs.evolve(policy_of(RULES), id="base", lineage=("base",))
    built_in = {"base": base}
    monkeypatch.setattr(
        import_module("boundaryethics.analysis.lint"), "policies", lambda: built_in
    )
    ours = RULES[3] | {"id": "ours", "principle": "care", "because": "So."}
    adjust = {"under": {"note": "Ours."}}
    found = analysis.lint(base.variant("own", adjust=adjust, add=[ours]))
    of_rules = {one.on for one in found.open if one.problem.path[:1] == ("rules",)}

    assert {"ours", "under"} == of_rules
    assert {"base"} == {one.inherited_from for one in found.inherited}
    assert {"never", "again", "torn"} <= {one.on for one in found.inherited}
    assert not analysis.lint(base).inherited
