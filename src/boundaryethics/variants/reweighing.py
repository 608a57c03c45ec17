"""A policy with other weights of its principles, and what it says where it is turned.

Weights are fractions; a policy holds whole numbers. All of them times a common number
rank alike, so that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import final

import attrs

from boundaryethics.consulting import ContradictedError, verdict_on
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.weighing import scales, weigh


@final
@attrs.frozen(kw_only=True)
class Turning:
    """Where a ranking turns on weights: two options, in one situation."""

    #: With as few facts known as can be.
    situation: Situation
    #: The one ahead; where the two share a place, the first of them.
    above: Option
    below: Option
    #: What speaks of the two on the principles whose weights change.
    rules: tuple[str, ...]


def reweighted(policy: Policy, weights: Mapping[str, Fraction]) -> Policy:
    """*policy* with *weights*, and with all others as they are, in proportion."""
    exact = {
        one.id: weights.get(one.id, Fraction(one.weight)) for one in policy.principles
    }
    common = lcm(*(weight.denominator for weight in exact.values()))
    principles = tuple(
        attrs.evolve(one, weight=int(exact[one.id] * common))
        for one in policy.principles
    )
    return attrs.evolve(policy, principles=principles)


def turning_at(
    policy: Policy,
    situation: Situation,
    options: tuple[Option, Option],
    weights: Mapping[str, Fraction],
) -> Turning:
    """The turning of *options* as *policy* takes on *weights*, consulted both times.

    Raises:
        ContradictedError: the two stand alike with both, a fault of this library.
    """
    before = verdict_on(policy, situation)
    on = scales(reweighted(policy, weights), before.presenter)
    after = weigh(on, situation, before.derivation)
    if _stand(before, options) == _stand(after, options):
        message = f"{options} do not turn on {weights} at {situation}"
        raise ContradictedError(message)
    return Turning(
        situation=situation,
        above=options[0],
        below=options[1],
        rules=tuple(_speaking(before, options, weights)),
    )


def _stand(verdict: Verdict, options: tuple[Option, Option]) -> int:
    one, other = (verdict.options[option].place for option in options)
    return (one > other) - (one < other)


def _speaking(
    verdict: Verdict, options: tuple[Option, Option], principles: Iterable[str]
) -> Iterable[str]:
    heard = (reason for option in options for reason in verdict.options[option].reasons)
    named = {*principles}
    told = (r for r in heard if r.strength is not None and r.principle in named)
    return dict.fromkeys(reason.rule for reason in told)
