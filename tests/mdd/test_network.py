from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import attrs
import pytest

from boundaryethics.inference.program import lower
from boundaryethics.mdd.build import rule_diagram
from boundaryethics.mdd.network import NetworkBuilder
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.policy import Policy
from support.deep_policies import chain, circle, diamonds
from support.scaling import grows_linearly
from support.small_policies import policy_of

FIND = {"id": "find", "when": {"danger": "yes"}, "then": {"concludes": "risk"}}
READ = {"id": "read", "when": {"risk": True}, "then": {"forbids": "ignore"}}
OTHER = {
    "id": "other",
    "when": {"status": "active"},
    "then": {"favors": {"decline": "weak"}},
}


def builder_of(*rules: Sequence[Mapping[str, Any]]) -> NetworkBuilder:
    """Build the network of policies with these rules."""
    policies = [policy_of(of_one, findings=["risk"]) for of_one in rules]
    return NetworkBuilder([lower(policy) for policy in policies])


def test_equal_rules_of_two_policies_share_a_node() -> None:
    """Rules with the same meaning share a node in any policies."""
    builder = builder_of([FIND, READ], [READ, OTHER, FIND])

    assert 3 == len(builder.network().nodes)
    assert builder.rules[0]["read"] == builder.rules[1]["read"]


def test_rules_with_different_effects_share_a_node() -> None:
    """Rules with equal conditions apply in the same situations."""
    builder = builder_of([OTHER], [{**OTHER, "then": {"favors": {"leave": "weak"}}}])

    assert builder.rules[0] == builder.rules[1]


def test_equal_rules_that_read_different_findings_are_two_nodes() -> None:
    """The rules are equal as written, but the findings they read differ."""
    builder = builder_of([FIND, READ], [{**FIND, "when": {"danger": "no"}}, READ])

    assert builder.rules[0]["read"] != builder.rules[1]["read"]


def test_an_overridden_rule_has_its_own_node() -> None:
    """Equal rules are two nodes if only one is overridden."""
    builder = builder_of(
        [OTHER, READ, FIND], [OTHER, {**READ, "overrides": ["other"]}, FIND]
    )

    assert builder.rules[0]["other"] != builder.rules[1]["other"]
    assert builder.rules[0]["read"] == builder.rules[1]["read"]


def test_a_cone_has_all_dependencies() -> None:
    """A cone has the rules that conclude or override, and no others."""
    builder = builder_of([FIND, READ, OTHER])
    rules = builder.rules[0]

    assert {rules["find"], rules["read"]} == builder.network().cone([rules["read"]])


@pytest.mark.parametrize("make", [chain, circle, diamonds])
def test_policies_share_the_rules_that_no_difference_affects(
    make: Callable[[int], Policy],
) -> None:
    """Only the changed rule and rules that depend on it have separate nodes."""
    policy, size = make(40), 40
    (end,) = (rule for rule in policy.rules if rule.id == "missed")
    middle = next(rule for rule in policy.rules if rule.id.endswith(f"-{size // 2}"))
    for changed in (end, middle):
        other = attrs.evolve(changed, when=FactIn("danger", frozenset({"yes"})))
        rules = tuple(other if r is changed else r for r in policy.rules)
        builder = NetworkBuilder(
            [lower(policy), lower(attrs.evolve(policy, rules=rules))]
        )
        program = lower(policy)
        below = {rule.id: rule for s in program.strata for rule in s.rules}
        concluding = {
            f: [n for n, rule in below.items() if f in rule.concludes]
            for f in policy.finding
        }
        differ = {changed.id}
        for _ in below:
            differ |= {
                name
                for name, rule in below.items()
                if any({*concluding[f]} & differ for f in rule.reads)
            }

        assert differ == {
            name
            for name, number in builder.rules[0].items()
            if builder.rules[1][name] != number
        }


@pytest.mark.parametrize("make", [chain, circle, diamonds])
def test_long_chains_take_linear_time(make: Callable[[int], Policy]) -> None:
    """The rules below a rule are not listed again for each rule above."""

    def work(size: int) -> None:
        rule_diagram(made(size), "missed")

    made = cache(make)
    for size in (2, 100, 400):
        lower(made(size))
    assert grows_linearly(work, 100)


def test_nodes_that_depend_on_a_fact_are_counted() -> None:
    """A node depends on the facts it tests, and on those of its dependencies."""
    builder = builder_of([FIND, {**READ, "overrides": ["other"]}, OTHER])
    rules, network = builder.rules[0], builder.network()

    assert {"danger": 3, "status": 1} == network.uses(rules.values())
    assert {"danger": 1, "status": 0} == network.uses([rules["find"]])
    for size in (1, 30):
        cyclic = NetworkBuilder([lower(circle(size))]).network()
        everything = range(len(cyclic.nodes))
        facts = Counter(f for n in everything for f in cyclic.facts([n]))
        assert facts == cyclic.uses(everything)
