"""Find the unknown facts that could change an answer, with their effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import final

import attrs

from boundaryethics.inference.program import PartialDerivation, lower
from boundaryethics.model.facts import Fact
from boundaryethics.model.rules import Option, Rule, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.wording import (
    all_tied,
    listed,
    named,
    open_places,
    shown,
)


@final
@attrs.frozen(kw_only=True)
class OpenFact:
    """An unknown fact, with the effects of learning only this fact."""

    fact: Fact
    #: For each new order that an answer would produce: the labels of the values that
    #: produce it, and the order in words.
    effects: tuple[tuple[str, str], ...]
    #: Whether any value changes the first choice or its name.
    leads: bool
    #: Other parts of the answer that change: `advice`, `draft message`.
    others: tuple[str, ...]
    #: The values that make an action urgent, each with the resulting verdict.
    urgent: Mapping[str, Verdict]

    @property
    def question(self) -> str:
        """The question for the fact."""
        return shown(self.fact.question)


@final
@attrs.frozen(kw_only=True)
class OpenFacts:
    """The unknown facts that could change an answer, grouped by effect."""

    #: Facts that could change the order, beginning with those that could change the
    #: first rank.
    order: tuple[OpenFact, ...]
    #: Facts that could change the advice or the draft message, but not the order.
    others: tuple[OpenFact, ...]
    #: Facts that change nothing by themselves.
    nothing: tuple[OpenFact, ...]

    def __len__(self) -> int:
        return len(self.order) + len(self.others) + len(self.nothing)


def find_open_facts(verdict: Verdict) -> OpenFacts:
    """Find the unknown facts that could change the answer, with their effects.

    The policy is consulted again for each value of each such fact.
    """
    found = [_open_fact(verdict, fact) for fact in worth_asking(verdict)]
    order = sorted((f for f in found if f.effects), key=lambda one: not one.leads)
    return OpenFacts(
        order=tuple(order),
        others=tuple(f for f in found if f.others and not f.effects),
        nothing=tuple(f for f in found if not (f.effects or f.others)),
    )


def _open_fact(verdict: Verdict, fact: Fact) -> OpenFact:
    worlds = verdict.what_if(fact.name)
    now = {advice.action for advice in verdict.urgent}
    return OpenFact(
        fact=fact,
        effects=_effects(verdict, fact, worlds),
        leads=any(_first(then) != _first(verdict) for then in worlds.values()),
        others=_others(verdict, worlds),
        urgent={
            value: then
            for value, then in worlds.items()
            if {advice.action for advice in then.urgent} - now
        },
    )


def _first(verdict: Verdict) -> Mapping[Option, str]:
    """Return the options that rank first, with their names."""
    return {option: named(verdict, option) for option in verdict.best}


def worth_asking(verdict: Verdict) -> tuple[Fact, ...]:
    """Return the unknown facts on which the verdict can still depend, in order.

    A fact is left out if no open rule or text depends on it, if its values are all
    impossible given the known facts, or if it has no question.
    """
    situation = verdict.situation
    now = PartialDerivation.of(lower(verdict.policy), situation.known())
    read = {
        fact for rule in _open_rules(verdict, now) for fact in now.facts_of(rule.when)
    }
    for advice in verdict.actions:
        for one in verdict.policy.action[advice.action].instead:
            read.update(now.facts_of(one.when))
    return tuple(
        situation.vocabulary[name]
        for name in verdict.unknown
        if name in read and situation.vocabulary[name].question
    )


def _open_rules(verdict: Verdict, now: PartialDerivation) -> Iterator[Rule]:
    """Yield the open rules that can change an answer, and those they depend on."""
    policy = verdict.policy
    still_open = {rule.id: rule for rule in policy.rules if rule.id not in now.binds}
    waiting = [name for name, rule in still_open.items() if rule.then.yields_reasons]
    asked = {*waiting}
    while waiting:
        rule = still_open[waiting.pop()]
        yield rule
        awaited = [*policy.overridden_by.get(rule.id, ())]
        for finding in now.findings_of(rule.when):
            awaited += policy.concluded_by.get(finding, ())
        new = [one for one in awaited if one in still_open and one not in asked]
        asked.update(new)
        waiting += dict.fromkeys(new)


def _effects(
    now: Verdict, fact: Fact, worlds: Mapping[str, Verdict]
) -> tuple[tuple[str, str], ...]:
    """Return the values of *fact* that change the order, grouped by the new order."""
    values: dict[str, list[str]] = {}
    for value, then in worlds.items():
        if order_of(then) != order_of(now):
            effect = order_change(now, then)
            values.setdefault(effect, []).append(shown(fact.label(value)))
    return tuple((" / ".join(alike), effect) for effect, alike in values.items())


def order_of(verdict: Verdict) -> object:
    """Return a key that is equal for two verdicts with the same order."""
    return open_places(verdict), [a.status for a in verdict.assessments]


def _others(now: Verdict, worlds: Mapping[str, Verdict]) -> tuple[str, ...]:
    """Return the parts of the answer, except the order, that change in *worlds*."""

    def parts(verdict: Verdict) -> Mapping[str, object]:
        return {
            "advice": (
                {(advice.action, advice.says) for advice in verdict.actions},
                {name for name, _ in verdict.questions},
            ),
            "draft message": [part for part, _ in verdict.draft],
        }

    before, after = parts(now), [parts(then) for then in worlds.values()]
    return tuple(n for n in before if any(then[n] != before[n] for then in after))


def order_in_words(verdict: Verdict) -> str:
    """Describe the order: `1 declining, 2 leaving; not replying is ruled out`."""
    places = open_places(verdict)
    ranked = [
        f"{verdict.options[p[0]].rank} {_together(verdict, p)}{tied}"
        for p in places
        for tied in [" (tied)" if len(p) > 1 else ""]
    ]
    parts = ["all four responses are tied" if all_tied(verdict) else ""]
    parts = [", ".join(ranked)] if len(ranked) > 1 or verdict.ruled_out else parts
    required = [a.option for a in verdict.assessments if a.status is Status.REQUIRED]
    for status, options in (("required", required), ("ruled out", verdict.ruled_out)):
        if options:
            are = "are" if len(options) > 1 else "is"
            parts.append(f"{_together(verdict, options)} {are} {status}")
    return "; ".join(filter(None, parts))


def order_change(now: Verdict, then: Verdict) -> str:
    """Describe the order of *then*, in brief if only one pair of responses changes.

    The brief form is `not replying moves above leaving`, or `become tied`. It is used
    only if all names, and what is required or ruled out, stay the same.
    """
    changed = [
        (above, below)
        for above, below in combinations(Option, 2)
        if _side(now, above, below) != _side(then, above, below)
    ]
    kept = all(
        named(now, one.option) == named(then, one.option)
        and now.options[one.option].status == one.status
        for one in then.assessments
    )
    if not kept or len(changed) != 1:
        return order_in_words(then)
    [(above, below)] = changed
    match _side(then, above, below):
        case 0:
            return f"{_together(then, (above, below))} become tied"
        case 1:
            above, below = below, above
    return f"{named(then, above)} moves above {named(then, below)}"


def _side(verdict: Verdict, one: Option, other: Option) -> int:
    """Return -1, 0 or 1 if *one* ranks above, equal to or below *other*."""
    ranks = verdict.options[one].rank, verdict.options[other].rank
    return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])


def _together(verdict: Verdict, options: Sequence[Option]) -> str:
    return listed(named(verdict, option) for option in options)
