"""Rules and their parts, from plain data."""

from __future__ import annotations

from typing import Any

from boundaryethics.model.conditions import (
    Condition,
    FactIn,
    Holds,
    Not,
    both,
    either,
)
from boundaryethics.model.layers import Adjustment
from boundaryethics.model.options import Option, Seen, Strength
from boundaryethics.model.parts import Invariant, Promise, Promised
from boundaryethics.model.plain.words import Plain, listed, only_keys, word
from boundaryethics.model.principles import Citation
from boundaryethics.model.rules import Effects, Rule

_RULE_KEYS = (
    "id",
    "note",
    "when",
    "then",
    "principle",
    "cites",
    "because",
    "asks",
    "overrides",
)
_EFFECT_KEYS = (
    "concludes",
    "favours",
    "opposes",
    "requires",
    "forbids",
    "advises",
    "drafts",
)
_ADJUSTMENT_KEYS = ("strength", "when", "then", "principle", "overrides")


def condition(plain: Plain) -> Condition:
    """The condition that *plain* writes: `{"setting": "dating_service", "not": {}}`."""
    return both(_entry(key, value) for key, value in plain.items())


def _entry(key: str, value: Any) -> Condition:
    match key, value:
        case "all", _:
            return both(condition(part) for part in value)
        case "any", _:
            return either(condition(part) for part in value)
        case "not", _:
            return Not(condition(value))
        case _, True:
            return Holds(key)
        case _, False:
            return Not(Holds(key))
        case _:
            return FactIn(key, frozenset(listed(value)))


def effects(plain: Plain) -> Effects:
    """The effects that *plain* writes: the `then` of a rule."""
    only_keys(plain, _EFFECT_KEYS, "`then`")
    return Effects(
        concludes=listed(plain.get("concludes", ())),
        favours=_strengths(plain.get("favours", {})),
        opposes=_strengths(plain.get("opposes", {})),
        requires=_options(plain.get("requires", ())),
        forbids=_options(plain.get("forbids", ())),
        advises=listed(plain.get("advises", ())),
        drafts=listed(plain.get("drafts", ())),
    )


def rule(plain: Plain) -> Rule:
    """The rule that *plain* writes."""
    only_keys(plain, _RULE_KEYS, "a rule")
    return Rule(
        id=plain["id"],
        note=plain.get("note", ""),
        when=condition(plain.get("when", {})),
        then=effects(plain["then"]),
        principle=plain.get("principle"),
        cites=tuple(citation(cite) for cite in plain.get("cites", ())),
        because=plain.get("because", ""),
        asks=listed(plain.get("asks", ())),
        overrides=listed(plain.get("overrides", ())),
    )


def citation(plain: Plain) -> Citation:
    """The citation that *plain* writes."""
    seen = plain.get("seen")
    return Citation(
        source=plain["source"],
        section=plain["section"],
        title=plain.get("title", ""),
        seen=word(Seen, seen) if seen else None,
    )


def adjustment(name: str, plain: Plain) -> Adjustment:
    """The adjustment of rule *name* that *plain* writes."""
    only_keys(plain, _ADJUSTMENT_KEYS, f"the adjustment of rule `{name}`")
    strength = plain.get("strength")
    return Adjustment(
        rule=name,
        strength=word(Strength, strength) if strength else None,
        when=condition(plain["when"]) if "when" in plain else None,
        then=effects(plain["then"]) if "then" in plain else None,
        principle=plain.get("principle"),
        overrides=listed(plain["overrides"]) if "overrides" in plain else None,
    )


def invariant(plain: Plain) -> Invariant:
    """The invariant that *plain* writes."""
    return Invariant(
        id=plain["id"],
        says=plain.get("says", ""),
        when=condition(plain.get("when", {})),
        holds=tuple(
            _promised(word(Promise, name), of) for name, of in plain["holds"].items()
        ),
    )


def _promised(promise: Promise, of: Any) -> Promised:
    return promise, _options(of) if promise.of_options else listed(of)


def _options(value: Any) -> tuple[Option, ...]:
    return tuple(word(Option, name) for name in listed(value))


def _strengths(plain: Plain) -> tuple[tuple[Option, Strength], ...]:
    return tuple((word(Option, o), word(Strength, s)) for o, s in plain.items())
