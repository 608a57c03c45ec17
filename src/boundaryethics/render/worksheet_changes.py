"""What each unknown fact could change: a verdict in, what to find out.

Asks the verdict itself what it would be with each value. Knows nothing of how
that is reached, nor of layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boundaryethics.model.options import Option, Standing
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.asking import worth_asking
from boundaryethics.render.words import STOOD, listed, named, open_places, shown
from boundaryethics.render.worksheet_parts import Change, FindOut


def to_find_out(verdict: Verdict) -> FindOut:
    """The unknown facts of *verdict*; first those that could change the first place."""
    first: list[Change] = []
    order: list[Change] = []
    rest: list[tuple[str, str]] = []
    nothing: list[str] = []
    for fact in worth_asking(verdict):
        worlds = verdict.what_if(fact.name)
        question = shown(fact.ask) or fact.name
        if any(world.best != verdict.best for world in worlds.values()):
            first.append(_change(verdict, question, worlds))
        elif any(_order(world) != _order(verdict) for world in worlds.values()):
            order.append(_change(verdict, question, worlds))
        elif beside := _beside(verdict, worlds):
            rest.append((question, beside))
        else:
            nothing.append(question)
    return FindOut(order=(*first, *order), rest=tuple(rest), nothing=tuple(nothing))


def plain_value(value: str) -> str:
    """*value* as one reads it: `under_2_years` is under 2 years."""
    return shown(value.replace("_", " "))


def _change(verdict: Verdict, question: str, worlds: Mapping[str, Verdict]) -> Change:
    """What the values of *worlds* change in the order, those alike told together."""
    alike: dict[str, list[str]] = {}
    for value, world in worlds.items():
        if _order(world) != _order(verdict):
            told = "; ".join(_told(verdict, world))
            alike.setdefault(told, []).append(plain_value(value))
    return Change(
        question=question,
        effects=tuple((listed(values, "or"), told) for told, values in alike.items()),
    )


def _order(verdict: Verdict) -> object:
    """All that is told of the ranking."""
    return open_places(verdict), [a.standing for a in verdict.assessments]


def _beside(verdict: Verdict, worlds: Mapping[str, Verdict]) -> str:
    """What the values of *worlds* change beside the order, if anything."""
    changed = (
        (
            "the steps",
            lambda told: {(advice.step, advice.says) for advice in told.steps},
        ),
        ("the words to the client", lambda told: [part for part, _ in told.draft]),
    )
    names = [
        name
        for name, of in changed
        if any(of(world) != of(verdict) for world in worlds.values())
    ]
    return listed(names) if names else ""


def _told(now: Verdict, then: Verdict) -> Iterator[str]:
    """How the order of *then* differs from that of *now*."""
    places = open_places(then)
    if len(then.ranking) == 1 and places:
        yield "nothing separates the four responses any more"
    elif places:
        yield _first(now, then, places[0]) + _below(now, then)
    yield from _stood(now, then)
    if not places:
        yield "all four responses are ruled out"
    elif then.ruled_out:
        are = "are" if len(then.ruled_out) > 1 else "is"
        yield f"{_together(then, then.ruled_out)} {are} ruled out"


def _first(now: Verdict, then: Verdict, best: tuple[Option, ...]) -> str:
    named_now, named_then = _together(now, now.best), _together(then, best)
    several = len(best) > 1
    if named_now == named_then:
        return f"{named_then} {'stay' if several else 'stays'} first"
    return f"{named_then} {'are tied for first' if several else 'comes first'}"


def _stood(now: Verdict, then: Verdict) -> Iterator[str]:
    """What is newly required, or no longer what it was; ruled out is told by itself."""
    for assessment in then.assessments:
        before, standing = now.options[assessment.option].standing, assessment.standing
        if standing is before or standing is Standing.FORBIDDEN:
            continue
        is_open = standing is Standing.OPEN
        stood = f"no longer {STOOD[before]}" if is_open else STOOD[standing]
        yield f"{named(then, assessment.option)} is {stood}"


def _below(now: Verdict, then: Verdict) -> str:
    """What follows the first place, where that is another order than before."""
    places = open_places(then)
    if places == open_places(now):
        return ""
    return "".join(f", then {_together(then, place)}" for place in places[1:])


def _together(verdict: Verdict, options: tuple[Option, ...]) -> str:
    return listed(named(verdict, option) for option in options)
