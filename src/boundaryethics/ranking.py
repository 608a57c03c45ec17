"""Rank options by status and score, with ties, for one situation and for arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from math import sqrt
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs

from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Method,
    MethodName,
    Option,
    Pull,
    Rule,
    Status,
    Strength,
)
from boundaryethics.model.verdict import (
    STATUS,
    Advice,
    Assessment,
    Derivation,
    Dilemma,
    Presenter,
    Reason,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


OPTIONS = tuple(Option)
#: The six pairs of options, by number.
PAIRS = tuple(combinations(range(len(OPTIONS)), 2))
#: Standings in order: less is better (S12).
HEIGHT = {Status.REQUIRED: 0, Status.ALLOWED: 1, Status.FORBIDDEN: 2}
_STRONGEST_FIRST = {None: 0, Strength.STRONG: 1, Strength.MODERATE: 2, Strength.WEAK: 3}

#: Groups of options that share a place, first place first.
Ranking: TypeAlias = tuple[tuple[Option, ...], ...]


def places_by(worths: Sequence[Any]) -> tuple[int, ...]:
    """Give each of *worths* its place, the least first; equals share one (S16)."""
    ordered = sorted(set(worths))
    return tuple([1 + ordered.index(worth) for worth in worths])


def grouped(places: Sequence[int]) -> Ranking:
    """Group the options by their *places*."""
    return tuple(
        tuple(option for option, at in zip(OPTIONS, places, strict=True) if at == place)
        for place in sorted(set(places))
    )


def ranking_by(worths: Sequence[Any]) -> Ranking:
    """Rank the options by their *worths*, the least first."""
    return grouped(places_by(worths))


def losses(signs: Iterable[int]) -> tuple[int, ...]:
    """Count for each option how many stand above it, where pairs stand as *signs* say.

    A sign is 1 where the first of its pair stands higher, -1 where the second does.
    """
    lost = [0] * len(OPTIONS)
    for (first, second), sign in zip(PAIRS, signs, strict=True):
        lost[first] += sign < 0
        lost[second] += sign > 0
    return tuple(lost)


def placed_by_signs(signs: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Place the options of each row by the *signs* of its pairs."""
    numbers = (signs + 1).astype("int64") @ [3**n for n in range(len(PAIRS))][::-1]
    placed: npt.NDArray[np.uint8] = _places_by_signs()[numbers]
    return placed


def placed_by_worths(worths: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Place the options of each row by their *worths*, the least first.

    Args:
        worths: for each number that decides, the weightiest first, and each option
            its value in every row.
    """
    import numpy as np

    signs = np.zeros((worths.shape[2], len(PAIRS)), np.int8)
    for column, (first, second) in enumerate(PAIRS):
        for value in worths[::-1]:
            sign = (value[first] < value[second]).astype(np.int8)
            sign -= value[first] > value[second]
            signs[:, column] = np.where(sign, sign, signs[:, column])
    return placed_by_signs(signs)


@cache
def _places_by_signs() -> npt.NDArray[np.uint8]:
    """List the places for each setting of the signs, the last one running quickest."""
    import numpy as np

    settings = product((-1, 0, 1), repeat=len(PAIRS))
    return np.array([places_by(losses(signs)) for signs in settings], np.uint8)


#: What a reason adds at the criterion `status`: a ban outweighs a requirement.
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
            criterion, points = STATUS, _BINDING_POINTS[pull]
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


def weigh(on: Scales, situation: Situation, derivation: Derivation) -> Verdict:
    """What the policy says of *situation*, given all that follows from it."""
    assessments = tuple(_assessed(on, derivation.binding))
    rules = [on.policy.rule[name] for name in derivation.binding]
    return Verdict(
        policy=on.policy,
        situation=situation,
        derivation=derivation,
        ranking=grouped([one.rank for one in assessments]),
        assessments=assessments,
        criteria=on.criteria,
        actions=worded(advice(on.policy, rules), on.policy, situation),
        questions=questions(on.policy, rules),
        dilemmas=tuple(dilemmas(assessments)),
        presenter=on.presenter,
    )


def _assessed(on: Scales, binding: tuple[str, ...]) -> Iterator[Assessment]:
    """Each option with its place; options of equal worth share one (S16)."""
    said = [on.reasons[rule] for rule in binding]
    speaking = [
        [r for one in of_option for r in one] for of_option in zip(*said, strict=True)
    ]
    speaking = speaking or [[] for _ in Option]
    statuses = [standing_of(mine) for mine in speaking]
    sums = [sums_of(mine, on.criteria) for mine in speaking]
    worths = [worth_of(*pair) for pair in zip(statuses, sums, strict=True)]
    for index, (option, place) in enumerate(
        zip(OPTIONS, places_by(worths), strict=True)
    ):
        yield Assessment(
            option=option,
            rank=place,
            status=statuses[index],
            reasons=tuple(sorted(speaking[index], key=strongest_first)),
            sums=sums[index],
        )


def worth_of(status: Status, sums: tuple[int, ...]) -> tuple[int, ...]:
    """Tell by what an option is ranked: less is better."""
    return HEIGHT[status], *(-number for number in sums)


def standing_of(mine: Sequence[Reason]) -> Status:
    """The standing that *mine* give an option (S12)."""
    if any(reason.pull is Pull.FORBIDS for reason in mine):
        return Status.FORBIDDEN
    required = any(reason.pull is Pull.REQUIRES for reason in mine)
    return Status.REQUIRED if required else Status.ALLOWED


def sums_of(mine: Iterable[Reason], criteria: tuple[str, ...]) -> tuple[int, ...]:
    """Add up at each of *criteria* what *mine* say."""
    sums = dict.fromkeys((STATUS, *criteria), 0)
    for reason in mine:
        sums[reason.criterion] += reason.points
    return tuple(sums[criterion] for criterion in criteria)


def strongest_first(reason: Reason) -> tuple[int, str]:
    """By what the reasons for an option are sorted."""
    return _STRONGEST_FIRST[reason.strength], reason.rule


def advice(
    policy: Policy, rules: list[Rule], among: Iterable[str] | None = None
) -> tuple[Advice, ...]:
    """The steps *among* those of the policy, or of all, that binding *rules* advise.

    They say what they say in any situation; `worded` gives what they say in one.
    """
    by: dict[str, list[Rule]] = {}
    for rule in rules:
        for step in rule.then.advises:
            by.setdefault(step, []).append(rule)
    return tuple(
        Advice(
            action=name,
            says=policy.action[name].says,
            rules=tuple(rule.id for rule in by[name]),
            principles=tuple(dict.fromkeys(r.principle or "" for r in by[name])),
        )
        for name in (policy.action if among is None else among)
        if name in by
    )


def worded(
    steps: tuple[Advice, ...], policy: Policy, situation: Situation
) -> tuple[Advice, ...]:
    """*steps* as *policy* words them in *situation*."""
    return tuple(
        attrs.evolve(one, says=policy.action[one.action].said(situation))
        if policy.action[one.action].instead
        else one
        for one in steps
    )


def questions(
    policy: Policy, rules: list[Rule]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The questions that binding *rules* speak to, in the order of the policy."""
    by: dict[str, list[str]] = {}
    for rule in rules:
        for question in rule.supervision_questions:
            by.setdefault(question, []).append(rule.id)
    return tuple((name, tuple(by[name])) for name in policy.question if name in by)


def dilemmas(assessments: tuple[Assessment, ...]) -> Iterable[Dilemma]:
    """The conflicts among what is required and forbidden (S13)."""
    if all(a.status is Status.ALLOWED for a in assessments):
        return
    both = [a for a in assessments if a.by(Pull.REQUIRES) and a.by(Pull.FORBIDS)]
    for assessment in both:
        yield _dilemma("required_and_forbidden", [assessment])
    if all(a.status is Status.FORBIDDEN for a in assessments):
        yield _dilemma("all_forbidden", assessments)
    required = [a for a in assessments if a.by(Pull.REQUIRES)]
    if len(required) > 1:
        yield _dilemma("several_required", required)


def _dilemma(kind: str, among: Iterable[Assessment]) -> Dilemma:
    return Dilemma(
        kind=kind,
        options=tuple(a.option for a in among),
        rules=tuple(
            dict.fromkeys(
                r.rule for a in among for r in a.reasons if r.criterion == STATUS
            )
        ),
    )


__all__ = ["Scales", "scales", "spoken", "weigh"]


def tau_b(
    one: tuple[tuple[Option, ...], ...], other: tuple[tuple[Option, ...], ...]
) -> float | None:
    """Compute Kendall's tau-b over the options that both rankings place.

    None where they share fewer than two options, and where one of the two ties all
    that they share, the other one included: two full ties have no tau-b either.
    """
    places, others = _places(one), _places(other)
    both = untied = other_untied = 0
    for a, b in combinations([option for option in places if option in others], 2):
        sign = _sign(places[a] - places[b])
        other_sign = _sign(others[a] - others[b])
        both += sign * other_sign
        untied += abs(sign)
        other_untied += abs(other_sign)
    if not (untied and other_untied):
        return None
    return both / sqrt(untied * other_untied)


def _places(ranking: tuple[tuple[Option, ...], ...]) -> dict[Option, int]:
    return {option: place for place, group in enumerate(ranking) for option in group}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
