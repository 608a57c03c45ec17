"""The plain words for options, standings, dilemmas and deciding criteria.

In: the fixed words of the model, or the text of a policy. Out: words that a
clinician reads. Knows nothing of how they are laid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull, Standing, Strength
from boundaryethics.model.reasons import STANDING

_DOING: Mapping[Option, str] = {
    Option.CONTINUE: "Go on, and keep it to yourself",
    Option.IGNORE: "Do not respond",
    Option.DECLINE: "Decline politely",
    Option.LEAVE: "Leave the group or platform",
}

_NAMED: Mapping[Option, str] = {
    Option.CONTINUE: "going on",
    Option.IGNORE: "not responding",
    Option.DECLINE: "declining",
    Option.LEAVE: "leaving",
}

# Where nobody has turned to the other, two of the options are other acts.
_DOING_ASIDE = {
    **_DOING,
    Option.IGNORE: "Do not approach",
    Option.DECLINE: "Tell the client that you will keep apart there",
}
_NAMED_ASIDE = {
    **_NAMED,
    Option.IGNORE: "not approaching",
    Option.DECLINE: "telling the client",
}

#: What comes before the option's name.
SPEAKING: Mapping[Pull, str] = {
    Pull.FAVOURS: "for",
    Pull.OPPOSES: "against",
    Pull.REQUIRES: "requires",
    Pull.FORBIDS: "forbids",
}

#: Added to an option in the ranking; an open one needs no word.
STOOD: Mapping[Standing, str] = {
    Standing.REQUIRED: "required",
    Standing.OPEN: "",
    Standing.FORBIDDEN: "forbidden",
}

_DECIDING: Mapping[str, str] = {
    STANDING: "what is required or forbidden decides",
    Strength.STRONG: "the strong reasons decide",
    Strength.MODERATE: "the strong reasons balance, the moderate decide",
    Strength.WEAK: "the stronger reasons balance, the weak decide",
    "total": "the weight of all reasons together decides",
}

_DILEMMAS: Mapping[str, str] = {
    "required_and_forbidden": "{} is both required and forbidden.",
    "all_forbidden": "every option is forbidden, {}.",
    "several_required": "more than one option is required, {}.",
}


def doing(option: Option, situation: Situation) -> str:
    """What the clinician would do by taking *option*."""
    return (_DOING_ASIDE if _aside(situation) else _DOING)[option]


def named(option: Option, situation: Situation) -> str:
    """The same as the subject of a sentence."""
    return (_NAMED_ASIDE if _aside(situation) else _NAMED)[option]


def _aside(situation: Situation) -> bool:
    return "contact" in situation and situation["contact"] == "co_presence"


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
