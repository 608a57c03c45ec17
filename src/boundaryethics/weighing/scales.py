"""Scales: a policy made ready to weigh, what each rule says worked out once.

In: a policy. Out: for each rule the reasons that it yields, each with the
criterion at which it counts and how much it counts there (S14, S15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, final

import attrs

from boundaryethics.model.options import Option, Pull, Strength
from boundaryethics.model.parts import Method, MethodName
from boundaryethics.model.policy import Policy
from boundaryethics.model.reasons import STANDING, Reason
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Presenter

#: What a reason adds at the criterion `standing`: a ban outweighs a requirement.
_BINDING_POINTS = {Pull.REQUIRES: 1, Pull.FORBIDS: -2}
_LEVELS = tuple(strength.value for strength in Strength)

#: Where a reason of one strength on one principle counts, and how much.
Counting: TypeAlias = Callable[[Strength, str], tuple[str, int]]


@final
@attrs.frozen(kw_only=True)
class Scales:
    """A policy made ready to weigh: what each rule says, worked out once."""

    policy: Policy
    #: What decides after standing, in turn.
    criteria: tuple[str, ...]
    #: For each rule, what it says of each option, in the order of the options.
    reasons: Mapping[str, tuple[tuple[Reason, ...], ...]]
    presenter: Presenter


def scales(policy: Policy, presenter: Presenter) -> Scales:
    """The scales of *policy*; *presenter* is lent to each verdict."""
    criteria, reasons = spoken(policy)
    return Scales(
        policy=policy, criteria=criteria, reasons=reasons, presenter=presenter
    )


def spoken(
    policy: Policy,
) -> tuple[tuple[str, ...], Mapping[str, tuple[tuple[Reason, ...], ...]]]:
    """The criteria after standing, and what each rule says of each option."""
    criteria, counting = _method(policy)
    return criteria, {
        rule.id: _by_option(_reasons(policy, rule, counting)) for rule in policy.rules
    }


def _method(policy: Policy) -> tuple[tuple[str, ...], Counting]:
    """The criteria of the policy's method, and how reasons count at them."""
    method = policy.method
    points = dict(method.points)
    match method.name:
        case MethodName.LEVELWISE:
            return _LEVELS, lambda strength, _: (strength.value, 1)
        case MethodName.WEIGHTED:
            weights = {p.id: p.weight for p in policy.principles}
            return ("total",), lambda strength, principle: (
                "total",
                points[strength] * weights[principle],
            )
        case MethodName.LEXICOGRAPHIC:
            tiers = _tiers(method)
            last = f"tier {len(method.priority) + 1}"
            return (*dict.fromkeys(tiers.values()), last), lambda strength, principle: (
                tiers.get(principle, last),
                points[strength],
            )


def _tiers(method: Method) -> dict[str, str]:
    return {
        principle: f"tier {number}"
        for number, tier in enumerate(method.priority, start=1)
        for principle in tier
    }


def _reasons(policy: Policy, rule: Rule, counting: Counting) -> Iterable[Reason]:
    principle = rule.principle or ""
    cites = policy.citations_of(rule)
    for pull, option, strength in rule.then.pulls():
        if strength is None:
            criterion, points = STANDING, _BINDING_POINTS[pull]
        else:
            criterion, points = counting(strength, principle)
            points = -points if pull is Pull.OPPOSES else points
        yield Reason(
            rule=rule.id,
            option=option,
            pull=pull,
            strength=strength,
            principle=principle,
            because=rule.because,
            cites=cites,
            criterion=criterion,
            points=points,
        )


def _by_option(reasons: Iterable[Reason]) -> tuple[tuple[Reason, ...], ...]:
    listed = tuple(reasons)
    return tuple(tuple(r for r in listed if r.option is option) for option in Option)
