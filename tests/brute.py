"""Every situation of a space, asked one by one: the answers that others must equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from boundaryethics.diagrams.given import Given, space_of
from boundaryethics.engines import reference
from boundaryethics.model.conditions import decided
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.lowering import lower
from boundaryethics.weighing import scales, weigh
from handmade import Silent


def situations(vocabulary: Vocabulary, given: Given | None = None) -> list[Situation]:
    """Every possible situation in which the facts given have the values given."""
    allowed = space_of(vocabulary, given).allowed
    return [
        Situation(vocabulary=vocabulary, values=one)
        for one in product(*allowed)
        if possible(vocabulary, one)
    ]


def possible(vocabulary: Vocabulary, values: Sequence[str]) -> bool:
    """Whether no impossible condition holds by what *values* leave known (S23)."""
    told = zip(vocabulary.by_name, values, strict=True)
    known = {name: value for name, value in told if value != UNKNOWN}
    return not any(decided(one, known, {}) for one in vocabulary.impossible)


def as_known_as_possible(vocabulary: Vocabulary, known: Mapping[str, str]) -> Situation:
    """The situation in which what is *known* holds, less what clashes with the rest."""
    kept: dict[str, str] = {}
    for name, value in known.items():
        wider = {**dict.fromkeys(vocabulary.by_name, UNKNOWN), **kept, name: value}
        if possible(vocabulary, [*wider.values()]):
            kept[name] = value
    return vocabulary.situation(kept)


def completions(situation: Situation) -> list[Situation]:
    """Every way to know as much as can be known, beside what *situation* says (S18)."""
    wider = [
        {**situation, name: value}
        for name in situation
        if situation[name] == UNKNOWN
        for value in situation.vocabulary[name].values
    ]
    made = [
        situation.vocabulary.situation(one)
        for one in wider
        if possible(situation.vocabulary, [*one.values()])
    ]
    found = {whole: None for one in made for whole in completions(one)}
    return [*found] or [situation]


def verdict(policy: Policy, situation: Situation) -> Verdict:
    """What *policy* says of *situation*, by the reference engine."""
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales(policy, Silent()), situation, derivation)


def verdicts(policy: Policy, given: Given | None = None) -> Iterator[Verdict]:
    """What *policy* says of each situation, by the reference engine."""
    runner, on = reference.load(lower(policy)), scales(policy, Silent())
    for situation in situations(policy.vocabulary, given):
        yield weigh(on, situation, runner.derive(situation))
