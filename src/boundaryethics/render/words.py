"""The plain words for options, standings, dilemmas and deciding criteria.

In: the fixed words of the model, or the text of a policy. Out: words that a
clinician reads. Knows nothing of how they are laid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from boundaryethics.model.labels import Label
from boundaryethics.model.options import Option, Pull, Standing, Strength
from boundaryethics.model.reasons import STANDING
from boundaryethics.model.verdict import Verdict

# Where no label of the policy fits.
_LABELS: Mapping[Option, Label] = {
    Option.CONTINUE: Label(
        says="Stay in contact and don't bring it up", named="staying in contact"
    ),
    Option.IGNORE: Label(says="Don't respond", named="not responding"),
    Option.DECLINE: Label(says="Decline politely", named="declining"),
    Option.LEAVE: Label(says="Leave the group or platform", named="leaving"),
}

#: What comes before the option's name.
SPEAKING: Mapping[Pull, str] = {
    Pull.FAVOURS: "for",
    Pull.OPPOSES: "against",
    Pull.REQUIRES: "requires",
    Pull.FORBIDS: "rules out",
}

#: Added to an option in the ranking; an open one needs no word.
STOOD: Mapping[Standing, str] = {
    Standing.REQUIRED: "required",
    Standing.OPEN: "",
    Standing.FORBIDDEN: "ruled out",
}

_DECIDING: Mapping[str, str] = {
    STANDING: "what is required or ruled out decides",
    Strength.STRONG: "strong reasons decide",
    Strength.MODERATE: "tied on strong reasons; moderate reasons decide",
    Strength.WEAK: "tied on strong and moderate reasons; weak reasons decide",
    "total": "the total weight of all reasons decides",
}

_DILEMMAS: Mapping[str, str] = {
    "required_and_forbidden": "{} is both required and ruled out.",
    "all_forbidden": "all four responses are ruled out.",
    "several_required": "more than one response is required: {}.",
}


def doing(verdict: Verdict, option: Option) -> str:
    """What the clinician would do by taking *option*."""
    return shown(_label(verdict, option).says)


def named(verdict: Verdict, option: Option) -> str:
    """The same as the subject of a sentence."""
    return shown(_label(verdict, option).named)


def _label(verdict: Verdict, option: Option) -> Label:
    label = verdict.policy.label(option, verdict.situation)
    return _LABELS[option] if label is None else label


def open_places(verdict: Verdict) -> tuple[tuple[Option, ...], ...]:
    """The ranking without the options that are ruled out, which come last in it."""
    ruled_out = verdict.ruled_out
    return tuple(place for place in verdict.ranking if place[0] not in ruled_out)


def deciding(criterion: str) -> str:
    """What decides a step between two places, as half a sentence."""
    return _DECIDING.get(criterion, f"the reasons of {criterion} decide")


def dilemma(kind: str, options: Iterable[str]) -> str:
    """A dilemma between *options*, as the end of a sentence."""
    return _DILEMMAS[kind].format(listed(options))


def listed(names: Iterable[str], joined: str = "and") -> str:
    """*names* as they are said: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {joined} {last}" if most else last


def opened(sentence: str) -> str:
    """*sentence* with a capital at its head."""
    return sentence[:1].upper() + sentence[1:]


def shown(text: str) -> str:
    """*text* from a policy on one line, without characters that steer a terminal."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
