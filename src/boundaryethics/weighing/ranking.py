"""Weigh reasons: a derivation in, a verdict out (S12 to S17).

Knows standings and sums. Knows nothing of engines, files or formats: given a
derivation made by hand, it must still be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import attrs

from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull, Standing, Strength
from boundaryethics.model.policy import Policy
from boundaryethics.model.reasons import STANDING, Advice, Assessment, Dilemma, Reason
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.weighing.scales import Scales

HEIGHT = {Standing.REQUIRED: 0, Standing.OPEN: 1, Standing.FORBIDDEN: 2}
_STRONGEST_FIRST = {None: 0, Strength.STRONG: 1, Strength.MODERATE: 2, Strength.WEAK: 3}


def weigh(on: Scales, situation: Situation, derivation: Derivation) -> Verdict:
    """What the policy says of *situation*, given all that follows from it."""
    assessments = tuple(_assessed(on, derivation.binding))
    rules = [on.policy.rule[name] for name in derivation.binding]
    return Verdict(
        policy=on.policy,
        situation=situation,
        derivation=derivation,
        ranking=groups(assessments),
        assessments=assessments,
        criteria=on.criteria,
        steps=worded(advice(on.policy, rules), on.policy, situation),
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
    standings = [standing_of(mine) for mine in speaking]
    sums = [_sums(mine, on.criteria) for mine in speaking]
    # What an option is ranked by: less is better.
    worths = [
        (HEIGHT[standing], *(-number for number in of_option))
        for standing, of_option in zip(standings, sums, strict=True)
    ]
    places = {worth: n for n, worth in enumerate(sorted(set(worths)), start=1)}
    for index, option in enumerate(Option):
        yield Assessment(
            option=option,
            place=places[worths[index]],
            standing=standings[index],
            reasons=tuple(sorted(speaking[index], key=strongest_first)),
            sums=sums[index],
        )


def standing_of(mine: list[Reason]) -> Standing:
    """The standing that *mine* give an option (S12)."""
    if any(reason.pull is Pull.FORBIDS for reason in mine):
        return Standing.FORBIDDEN
    required = any(reason.pull is Pull.REQUIRES for reason in mine)
    return Standing.REQUIRED if required else Standing.OPEN


def _sums(mine: list[Reason], criteria: tuple[str, ...]) -> tuple[int, ...]:
    sums = dict.fromkeys((STANDING, *criteria), 0)
    for reason in mine:
        sums[reason.criterion] += reason.points
    return tuple(sums[criterion] for criterion in criteria)


def strongest_first(reason: Reason) -> tuple[int, str]:
    """By what the reasons for an option are sorted."""
    return _STRONGEST_FIRST[reason.strength], reason.rule


def groups(assessments: tuple[Assessment, ...]) -> tuple[tuple[Option, ...], ...]:
    """The options by place; those that share one together (S16)."""

    def place(assessment: Assessment) -> int:
        return assessment.place

    return tuple(
        tuple(assessment.option for assessment in group)
        for _, group in groupby(sorted(assessments, key=place), key=place)
    )


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
            step=name,
            says=policy.step[name].says,
            rules=tuple(rule.id for rule in by[name]),
            principles=tuple(dict.fromkeys(r.principle or "" for r in by[name])),
        )
        for name in (policy.step if among is None else among)
        if name in by
    )


def worded(
    steps: tuple[Advice, ...], policy: Policy, situation: Situation
) -> tuple[Advice, ...]:
    """*steps* as *policy* words them in *situation*."""
    return tuple(
        attrs.evolve(one, says=policy.step[one.step].said(situation))
        if policy.step[one.step].instead
        else one
        for one in steps
    )


def questions(
    policy: Policy, rules: list[Rule]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The questions that binding *rules* speak to, in the order of the policy."""
    by: dict[str, list[str]] = {}
    for rule in rules:
        for question in rule.asks:
            by.setdefault(question, []).append(rule.id)
    return tuple((name, tuple(by[name])) for name in policy.question if name in by)


def dilemmas(assessments: tuple[Assessment, ...]) -> Iterable[Dilemma]:
    """The conflicts among what is required and forbidden (S13)."""
    if all(a.standing is Standing.OPEN for a in assessments):
        return
    both = [a for a in assessments if a.by(Pull.REQUIRES) and a.by(Pull.FORBIDS)]
    for assessment in both:
        yield _dilemma("required_and_forbidden", [assessment])
    if all(a.standing is Standing.FORBIDDEN for a in assessments):
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
                r.rule for a in among for r in a.reasons if r.criterion == STANDING
            )
        ),
    )
