"""What a question `why` or `why not` is about.

In: a name, as a user writes it. Out: an option with a place, a rule or a finding of
the policy; or the problem with the name, with the nearest that there is.
"""

from __future__ import annotations

from typing import TypeAlias, final

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy

_ORDINALS = ("first", "second", "third", "fourth")


@final
@attrs.frozen
class InPlace:
    """An option in a place, 1 for the first; with None, in the place that it has."""

    option: Option
    place: int | None = None

    def __str__(self) -> str:
        return f"{self.option} {ordinal(self.place)}" if self.place else self.option


@final
@attrs.frozen
class Binding:
    """A rule that binds."""

    rule: str

    def __str__(self) -> str:
        return self.rule


@final
@attrs.frozen
class Holding:
    """A finding that holds."""

    finding: str

    def __str__(self) -> str:
        return self.finding


Target: TypeAlias = InPlace | Binding | Holding


def target_of(named: str | tuple[str, int], policy: Policy) -> Target:
    """What *named* means: `decline`, `decline first`, a rule's id, a finding's name.

    A name that could be several of them is an option, or else a rule.

    Raises:
        AnalysisError: it means none of them.
    """
    option, place = named if isinstance(named, tuple) else _parted(str(named))
    if option in list(Option) and (place is None or 1 <= place <= len(Option)):
        return InPlace(Option(option), place)
    if named in policy.rule:
        return Binding(str(named))
    if named in policy.finding:
        return Holding(str(named))
    raise AnalysisError([_unknown(str(named), policy)])


def option_named(named: Option | str) -> Option:
    """The option called *named*.

    Raises:
        AnalysisError: it is none of the four.
    """
    if named in list(Option):
        return Option(named)
    listed = ", ".join(f"`{option}`" for option in Option)
    near = did_you_mean(str(named), list(Option))
    problem = Problem(
        code="BE611",
        message=f"there is no option `{named}`",
        help=f"{near} it is one of {listed}" if near else f"it is one of {listed}",
        token=str(named),
    )
    raise AnalysisError([problem])


def ordinal(place: int) -> str:
    """*place* in words: `first`."""
    return _ORDINALS[place - 1]


def _parted(named: str) -> tuple[str, int | None]:
    """An option and a place: the place is a word, or a number."""
    match named.split():
        case [option, word] if word in _ORDINALS:
            return option, _ORDINALS.index(word) + 1
        case [option, word] if word in {"1", "2", "3", "4"}:
            return option, int(word)
        case _:
            return named, None


def _unknown(named: str, policy: Policy) -> Problem:
    known = [*Option, *policy.rule, *policy.finding]
    near = did_you_mean(named, known)
    whole = "it is an option, an option with a place such as `decline first`, a rule or"
    advice = f"{whole} a finding of policy `{policy.id}`"
    return Problem(
        code="BE611",
        message=f"there is no option, rule or finding `{named}` to ask about",
        help=f"{near} {advice}" if near else advice,
        token=named,
    )
