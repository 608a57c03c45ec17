"""Which cases show which rules, and which policy brought them.

In: a policy, and cases. Out: the matter of its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from boundaryethics.consulting import consult
from boundaryethics.model.cases import Case
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import load_policy
from boundaryethics.render.policy_page import PageMatter


@final
@attrs.frozen(kw_only=True)
class Shown:
    """What one case shows: the rules that bind in it, and those that decide."""

    case: Case
    #: The policies that the case's policy is made of, itself included.
    policies: frozenset[str]
    binding: frozenset[str]
    deciding: frozenset[str]


def shown_by(cases: Iterable[Case]) -> tuple[Shown, ...]:
    """What each of *cases* shows, under the policy that it names."""
    return tuple(_shown(case) for case in cases)


def page_matter(policy: Policy, shown: Iterable[Shown]) -> PageMatter:
    """What the page of *policy* tells beside the policy itself."""
    brought: list[tuple[Policy, tuple[str, ...]]] = []
    seen: set[str] = set()
    for name in policy.lineage:
        origin = policy if name == policy.id else load_policy(name)
        own = tuple(rule.id for rule in origin.rules if rule.id not in seen)
        brought.append((origin, own))
        seen.update(own)
    return PageMatter(
        brought=tuple(brought),
        dropped=tuple(sorted(seen - policy.rule.keys())),
        cases=_cases(policy, tuple(shown)),
    )


def _shown(case: Case) -> Shown:
    policy = load_policy(case.policy)
    verdict = consult(dict(case.given), policy)
    deciding = {rule for step in verdict.steps_between for rule in step.rules}
    return Shown(
        case=case,
        policies=frozenset(policy.lineage),
        binding=frozenset(verdict.binding),
        deciding=frozenset(deciding),
    )


def _cases(policy: Policy, shown: tuple[Shown, ...]) -> Mapping[str, tuple[Case, ...]]:
    """For each rule the policy's own cases that show it, else those of its heirs."""
    own = [one for one in shown if one.case.policy == policy.id]
    heirs = [one for one in shown if policy.id in one.policies]
    return {
        rule.id: _telling_first(rule.id, own) or _telling_first(rule.id, heirs)
        for rule in policy.rules
    }


def _telling_first(rule: str, shown: list[Shown]) -> tuple[Case, ...]:
    binding = [one for one in shown if rule in one.binding]
    binding.sort(key=lambda one: rule not in one.deciding)
    return tuple(dict.fromkeys(one.case for one in binding))
