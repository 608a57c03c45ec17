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
    """Policies with these rules, side by side."""
    policies = [policy_of(of_one, findings=["risk"]) for of_one in rules]
    return NetworkBuilder([lower(policy) for policy in policies])


def test_what_two_policies_share_is_one_node() -> None:
    """The same rules, whatever else there is, are worked out once."""
    weaver = woven([FIND, READ], [READ, OTHER, FIND])

    assert 3 == len(weaver.woven().nodes)
    assert weaver.rules[0]["read"] == weaver.rules[1]["read"]


def test_what_a_rule_says_does_not_part_it() -> None:
    """A rule that says something else binds all the same."""
    weaver = woven([OTHER], [{**OTHER, "then": {"favors": {"leave": "weak"}}}])

    assert weaver.rules[0] == weaver.rules[1]


def test_a_rule_means_something_else_where_a_finding_does() -> None:
    """It is another node where what it reads is concluded at other times."""
    weaver = woven([FIND, READ], [{**FIND, "when": {"danger": "no"}}, READ])

    assert weaver.rules[0]["read"] != weaver.rules[1]["read"]


def test_a_rule_means_something_else_where_it_is_overridden() -> None:
    """An overrider makes it another node, though its condition is the same."""
    weaver = woven([OTHER, READ, FIND], [OTHER, {**READ, "overrides": ["other"]}, FIND])

    assert weaver.rules[0]["other"] != weaver.rules[1]["other"]
    assert weaver.rules[0]["read"] == weaver.rules[1]["read"]


def test_a_cone_holds_all_that_is_depended_on() -> None:
    """Rules that conclude what is read, and rules that override, and no others."""
    weaver = woven([FIND, READ, OTHER])
    rules = weaver.rules[0]

    assert {rules["find"], rules["read"]} == weaver.woven().cone([rules["read"]])
