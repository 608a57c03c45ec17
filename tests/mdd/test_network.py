from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boundaryethics.inference.program import lower
from boundaryethics.mdd.network import NetworkBuilder
from support.small_policies import policy_of

FIND = {"id": "find", "when": {"danger": "yes"}, "then": {"concludes": "risk"}}
READ = {"id": "read", "when": {"risk": True}, "then": {"forbids": "ignore"}}
OTHER = {
    "id": "other",
    "when": {"status": "active"},
    "then": {"favors": {"decline": "weak"}},
}


def woven(*rules: Sequence[Mapping[str, Any]]) -> NetworkBuilder:
    """Build the network of policies with these rules."""
    policies = [policy_of(of_one, findings=["risk"]) for of_one in rules]
    return NetworkBuilder([lower(policy) for policy in policies])


def test_a_rule_that_two_policies_share_is_one_node() -> None:
    """Rules of the same meaning share a node in any policies."""
    weaver = woven([FIND, READ], [READ, OTHER, FIND])

    assert 3 == len(weaver.woven().nodes)
    assert weaver.rules[0]["read"] == weaver.rules[1]["read"]


def test_effects_of_a_rule_do_not_change_its_node() -> None:
    """Rules with different effects and equal conditions bind in the same situations."""
    weaver = woven([OTHER], [{**OTHER, "then": {"favors": {"leave": "weak"}}}])

    assert weaver.rules[0] == weaver.rules[1]


def test_a_rule_that_reads_a_different_finding_is_another_node() -> None:
    """Equal rules are two nodes if the findings that they read differ."""
    weaver = woven([FIND, READ], [{**FIND, "when": {"danger": "no"}}, READ])

    assert weaver.rules[0]["read"] != weaver.rules[1]["read"]


def test_a_rule_that_is_overridden_is_another_node() -> None:
    """Equal rules are two nodes if only one is overridden."""
    weaver = woven([OTHER, READ, FIND], [OTHER, {**READ, "overrides": ["other"]}, FIND])

    assert weaver.rules[0]["other"] != weaver.rules[1]["other"]
    assert weaver.rules[0]["read"] == weaver.rules[1]["read"]


def test_a_cone_holds_all_dependencies() -> None:
    """A cone holds the rules that conclude or override, and no others."""
    weaver = woven([FIND, READ, OTHER])
    rules = weaver.rules[0]

    assert {rules["find"], rules["read"]} == weaver.woven().cone([rules["read"]])
