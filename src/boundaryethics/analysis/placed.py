"""Why an option stands where it does, and why it does not stand elsewhere.

In: a verdict. Out: the comparisons that decide, each with the reasons on both sides,
told in plain lines or as data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from boundaryethics.analysis.outlining import Line
from boundaryethics.analysis.targets import ordinal
from boundaryethics.model.options import Option
from boundaryethics.model.reasons import Comparison, Reason
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import (
    SPEAKING,
    deciding,
    listed,
    named,
    opened,
    sentence_of,
)


def beside(verdict: Verdict, option: Option) -> tuple[Comparison, ...]:
    """What parts *option* from the places next to its own, and from who shares it."""
    place = verdict.options[option].place
    near = {place - 1, place, place + 1}
    others = [
        a for a in verdict.assessments if a.option is not option and a.place in near
    ]
    others.sort(key=lambda other: other.place)
    return tuple(verdict.because(option, other.option) for other in others)


def in_the_way(verdict: Verdict, option: Option, wanted: int) -> tuple[Comparison, ...]:
    """What keeps *option* from the place *wanted*.

    The options of the next place that way, and those that stand on the place itself.
    """
    place = verdict.options[option].place
    step = -1 if wanted < place else 1
    places = dict.fromkeys((place + step, wanted))
    return tuple(
        verdict.because(option, other.option)
        for number in places
        for other in verdict.assessments
        if other.place == number and other.option is not option
    )


def compared(comparison: Comparison) -> dict[str, Any]:
    """A comparison as plain data."""
    decided_by = comparison.decided_by
    return {
        "above": comparison.above.value,
        "below": comparison.below.value,
        "decided_by": None if decided_by is None else str(decided_by),
        "reasons": [_reason(reason) for reason in comparison.reasons],
        "against": [_reason(reason) for reason in comparison.against],
    }


def compared_lines(verdict: Verdict, comparison: Comparison) -> Iterator[Line]:
    """A comparison in plain lines: what decides, then the reasons on both sides."""
    above, below = (
        named(verdict, option) for option in (comparison.above, comparison.below)
    )
    if comparison.decided_by is None:
        yield Line(f"{opened(above)} and {below} are tied: nothing separates them.")
        return
    by = deciding(comparison.decided_by)
    yield Line(f"{opened(above)} over {below}: {by}.")
    yield from _reasons(verdict, comparison.reasons, "")
    yield from _reasons(verdict, comparison.against, "outweighed, ")


def _reasons(verdict: Verdict, reasons: Iterable[Reason], mark: str) -> Iterator[Line]:
    """A line for each rule, with all that it speaks for and against."""
    heard: dict[str, list[str]] = {}
    for reason in reasons:
        speaks = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
        heard.setdefault(reason.rule, []).append(speaks)
    for rule, said in heard.items():
        sentence = sentence_of(verdict, rule)
        source = f" ({sentence.source})" if sentence.source else ""
        speaks = opened(f"{mark}{listed(said)}")
        yield Line(f"{speaks}: {sentence.text}{source} [{rule}]", 1)


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "option": reason.option.value,
        "pull": reason.pull.value,
        "strength": reason.strength.value if reason.strength else None,
        "principle": reason.principle,
        "because": reason.because,
        "cites": [*reason.cites],
    }


def ranks(verdict: Verdict, option: Option) -> str:
    """Where *option* is, as the end of a sentence."""
    if option in verdict.ruled_out:
        return "is ruled out"
    return f"ranks {ordinal(verdict.options[option].place)}"
