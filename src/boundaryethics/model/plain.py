"""Parts of policies from plain data, as a policy file holds them, and back.

In: mappings, lists and text of the right shape. Out: values, and the other way
round, so that what was written reads back equal. Knows nothing of YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.conditions import (
    Condition,
    FactIn,
    Holds,
    Not,
    both,
    either,
)
from boundaryethics.model.facts import Fact
from boundaryethics.model.layers import Adjustment, Changes, Layer
from boundaryethics.model.options import Force, Option, Seen, Strength
from boundaryethics.model.parts import (
    DEFAULT_POINTS,
    AdvisedStep,
    Finding,
    Invariant,
    Method,
    MethodName,
    Promise,
    Question,
)
from boundaryethics.model.principles import Citation, Principle, Source
from boundaryethics.model.rules import Effects, Rule

E = TypeVar("E", bound=StrEnum)

Plain = Mapping[str, Any]

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
_EFFECT_KEYS = ("concludes", "favours", "opposes", "requires", "forbids", "advises")
_ADJUSTMENT_KEYS = ("strength", "when", "then", "principle", "overrides")
_METHOD_KEYS = ("method", "points", "priority")


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
            return FactIn(key, frozenset(_listed(value)))


def effects(plain: Plain) -> Effects:
    """The effects that *plain* writes: the `then` of a rule."""
    _only_keys(plain, _EFFECT_KEYS, "`then`")
    return Effects(
        concludes=_listed(plain.get("concludes", ())),
        favours=_strengths(plain.get("favours", {})),
        opposes=_strengths(plain.get("opposes", {})),
        requires=_options(plain.get("requires", ())),
        forbids=_options(plain.get("forbids", ())),
        advises=_listed(plain.get("advises", ())),
    )


def rule(plain: Plain) -> Rule:
    """The rule that *plain* writes."""
    _only_keys(plain, _RULE_KEYS, "a rule")
    return Rule(
        id=plain["id"],
        note=plain.get("note", ""),
        when=condition(plain.get("when", {})),
        then=effects(plain["then"]),
        principle=plain.get("principle"),
        cites=tuple(citation(cite) for cite in plain.get("cites", ())),
        because=plain.get("because", ""),
        asks=_listed(plain.get("asks", ())),
        overrides=_listed(plain.get("overrides", ())),
    )


def citation(plain: Plain) -> Citation:
    """The citation that *plain* writes."""
    seen = plain.get("seen")
    return Citation(
        source=plain["source"],
        section=plain["section"],
        title=plain.get("title", ""),
        seen=_word(Seen, seen) if seen else None,
    )


def method(plain: Plain) -> tuple[Method, frozenset[str]]:
    """The method that *plain* writes, and the names of the parts that it gives."""
    _only_keys(plain, _METHOD_KEYS, "`ranking`")
    points = dict(DEFAULT_POINTS) | {
        _word(Strength, name): number
        for name, number in plain.get("points", {}).items()
    }
    given = {"method": "name", "points": "points", "priority": "priority"}
    return (
        Method(
            name=_word(MethodName, plain.get("method", MethodName.LEVELWISE)),
            points=tuple(points.items()),
            priority=tuple(_listed(tier) for tier in plain.get("priority", ())),
        ),
        frozenset(given[key] for key in plain),
    )


def adjustment(name: str, plain: Plain) -> Adjustment:
    """The adjustment of rule *name* that *plain* writes."""
    _only_keys(plain, _ADJUSTMENT_KEYS, f"the adjustment of rule `{name}`")
    strength = plain.get("strength")
    return Adjustment(
        rule=name,
        strength=_word(Strength, strength) if strength else None,
        when=condition(plain["when"]) if "when" in plain else None,
        then=effects(plain["then"]) if "then" in plain else None,
        principle=plain.get("principle"),
        overrides=_listed(plain["overrides"]) if "overrides" in plain else None,
    )


def invariant(plain: Plain) -> Invariant:
    """The invariant that *plain* writes."""
    return Invariant(
        id=plain["id"],
        says=plain.get("says", ""),
        when=condition(plain.get("when", {})),
        holds=tuple(
            (_word(Promise, name), _options(options))
            for name, options in plain["holds"].items()
        ),
    )


def layer(plain: Plain) -> Layer:
    """The layer that *plain*, the whole of a policy file, writes."""
    changes = plain.get("changes", {})
    ranking, ranking_keys = method(plain.get("ranking", {}))
    return Layer(
        id=plain["policy"],
        title=plain.get("title", ""),
        about=plain.get("about", ""),
        extends=_listed(plain.get("extends", ())),
        abstract=plain.get("abstract", False),
        facts=facts(plain.get("facts", {})),
        sources=tuple(Source(id=k, **v) for k, v in plain.get("sources", {}).items()),
        findings=_saying(Finding, plain.get("findings", {})),
        principles=tuple(
            principle(k, v) for k, v in plain.get("principles", {}).items()
        ),
        steps=_saying(AdvisedStep, plain.get("steps", {})),
        questions=_saying(Question, plain.get("questions", {})),
        rules=tuple(rule(part) for part in plain.get("rules", ())),
        changes=Changes(
            drop=_listed(changes.get("drop", ())),
            adjust=tuple(adjustment(*p) for p in changes.get("adjust", {}).items()),
        ),
        method=ranking,
        method_keys=ranking_keys,
        invariants=tuple(invariant(part) for part in plain.get("invariants", ())),
    )


def facts(plain: Plain) -> tuple[Fact, ...]:
    """The facts that *plain* writes: `{name: {ask, values}}`."""
    return tuple(
        Fact(name=name, ask=fact.get("ask", ""), values=tuple(fact["values"]))
        for name, fact in plain.items()
    )


def principle(name: str, plain: Plain) -> tuple[Principle, frozenset[str]]:
    """The principle that *plain* writes, and the names of the keys that it gives."""
    parts = dict(plain)
    if "force" in parts:
        parts["force"] = _word(Force, parts["force"])
    if "cites" in parts:
        parts["cites"] = tuple(citation(cite) for cite in parts["cites"])
    return Principle(id=name, **parts), frozenset(parts)


def variant_layer(
    *,
    drop: Iterable[str],
    adjust: Mapping[str, Plain | Adjustment],
    add: Iterable[Rule | Plain],
    ranking: Method | Plain | None,
    **words: Any,
) -> Layer:
    """The layer of a variant, its parts as values or as a policy file holds them."""
    if isinstance(ranking, Method):
        named, keys = ranking, frozenset({"name", "points", "priority"})
    else:
        named, keys = method(ranking or {})
    return Layer(
        rules=tuple(r if isinstance(r, Rule) else rule(r) for r in add),
        changes=Changes(
            drop=tuple(drop),
            adjust=tuple(
                a if isinstance(a, Adjustment) else adjustment(name, a)
                for name, a in adjust.items()
            ),
        ),
        method=named,
        method_keys=keys,
        **words,
    )


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _options(value: Any) -> tuple[Option, ...]:
    return tuple(_word(Option, name) for name in _listed(value))


def _strengths(plain: Plain) -> tuple[tuple[Option, Strength], ...]:
    return tuple((_word(Option, o), _word(Strength, s)) for o, s in plain.items())


def _saying(kind: Any, plain: Plain) -> Any:
    return tuple(
        kind(id=name, says=said if isinstance(said, str) else said.get("says", ""))
        for name, said in plain.items()
    )


def _word(words: type[E], text: str) -> E:
    try:
        return words(text)
    except ValueError:
        raise PolicyError([_misfit(text, tuple(words))]) from None


def _only_keys(plain: Plain, allowed: tuple[str, ...], named: str) -> None:
    wrong = [key for key in plain if key not in allowed]
    if wrong:
        raise PolicyError(
            Problem(
                code="BE102",
                message=f"{named} has no key `{key}`",
                help=did_you_mean(key, allowed),
                token=key,
            )
            for key in wrong
        )


def _misfit(text: object, allowed: tuple[str, ...]) -> Problem:
    listed = ", ".join(f"`{word}`" for word in allowed)
    return Problem(
        code="BE103",
        message=f"`{text}` is none of {listed}",
        help=did_you_mean(str(text), allowed),
    )
