"""Law: each rule is settled after its dependencies, or the policy is rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.errors import PolicyError
from boundaryethics.inference.program import lower, strata
from boundaryethics.model.conditions import ALWAYS, All, Any, Condition, Holds, Not
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Finding, Rule
from support.strategies import policies

#: How a rule depends on the one before it.
Link: TypeAlias = Literal["reads", "reads the absence", "is overridden"]
LINKS: st.SearchStrategy[Link] = st.sampled_from(
    ["reads", "reads the absence", "is overridden"]
)


def readings(condition: Condition, nots: int = 0) -> Iterator[tuple[str, bool]]:
    """Yield each finding in a condition, and whether it is negated."""
    match condition:
        case Holds(finding):
            yield finding, nots % 2 == 1
        case Not(part):
            yield from readings(part, nots + 1)
        case All(parts) | Any(parts):
            for part in parts:
                yield from readings(part, nots)
        case _:
            return


@pytest.mark.clause("S8")
@given(policies())
def test_rules_are_in_higher_strata_than_their_dependencies(policy: Policy) -> None:
    """Negated findings and overriding rules are in lower strata."""
    height, problems = strata(policy)
    settled = {
        finding.id: max(
            (height[r.id] for r in policy.rules if finding.id in r.then.concludes),
            default=0,
        )
        for finding in policy.findings
    }

    assert () == problems
    for rule in policy.rules:
        for finding, negatively in readings(rule.when):
            concluded = any(finding in r.then.concludes for r in policy.rules)
            assert height[rule.id] >= settled[finding] + (negatively and concluded)
        for other in rule.overrides:
            assert height[other] > height[rule.id]


@pytest.mark.clause("S8")
@given(policies())
def test_every_rule_is_in_one_stratum(policy: Policy) -> None:
    """The strata of a program have each rule of the policy once."""
    placed = [rule.id for stratum in lower(policy).strata for rule in stratum.rules]

    assert sorted(policy.rule) == sorted(placed)


def circle(links: list[Link]) -> tuple[tuple[Rule, ...], tuple[Finding, ...]]:
    """Make a cycle of rules, each of which depends on the one before."""
    size = len(links)
    rules = tuple(
        Rule(
            id=f"circle-{place}",
            when=condition_of(link, f"found_{(place - 1) % size}"),
            then=Effects(concludes=(f"found_{place}",)),
            overrides=(f"circle-{(place + 1) % size}",)
            if links[(place + 1) % size] == "is overridden"
            else (),
        )
        for place, link in enumerate(links)
    )
    return rules, tuple(Finding(id=f"found_{place}") for place in range(size))


def condition_of(link: Link, finding: str) -> Condition:
    """Return the condition of a rule that depends on *finding* by *link*."""
    match link:
        case "reads":
            return Holds(finding)
        case "reads the absence":
            return Not(Holds(finding))
        case _:
            return ALWAYS


@pytest.mark.clause("S8")
@given(policy=policies(), links=st.lists(LINKS, min_size=1, max_size=5))
def test_only_cycles_with_negation_or_override_are_rejected(
    policy: Policy, links: list[Link]
) -> None:
    """A cycle of rules is rejected if and only if a link is strict."""
    rules, findings = circle(links)
    wider = attrs.evolve(
        policy,
        rules=(*policy.rules, *rules),
        findings=(*policy.findings, *findings),
    )

    if set(links) == {"reads"}:
        assert lower(wider).strata
        return
    with pytest.raises(PolicyError) as refused:
        lower(wider)
    assert {"BE304"} == {problem.code for problem in refused.value.problems}
    assert "depends on its own absence" in str(refused.value)
