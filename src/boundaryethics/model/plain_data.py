"""Layers and their parts from plain data, as a policy file holds them.

In: mappings, lists and text of the right shape. Out: values. Knows nothing of
YAML, nor of where the data came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar, final

from boundaryethics.errors import PolicyError, Problem, did_you_mean
from boundaryethics.model.conditions import Condition, FactIn, Holds, Not, both, either
from boundaryethics.model.facts import Fact
from boundaryethics.model.overlays import Adjustment, Changes, Layer
from boundaryethics.model.rules import (
    DEFAULT_POINTS,
    Acceptance,
    Action,
    Citation,
    DraftPart,
    Effects,
    Finding,
    Force,
    Instead,
    Invariant,
    Label,
    Labels,
    Method,
    MethodName,
    Option,
    Principle,
    Promise,
    Promised,
    Question,
    Rule,
    Seen,
    Slot,
    Source,
    Strength,
)

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

#: A mapping as a policy file holds it.
Plain: TypeAlias = Mapping[str, Any]

#: The ids that the schema of policy files allows.
_ID = re.compile("[a-z0-9][a-z0-9_.+-]*")


def listed(value: Any) -> tuple[str, ...]:
    """*value*, one text or several, as texts."""
    return (value,) if isinstance(value, str) else tuple(value)


def word(words: type[E], text: str) -> E:
    """The one of *words* that *text* is.

    Raises:
        PolicyError: it is none of them.
    """
    try:
        return words(text)
    except ValueError:
        raise PolicyError([_misfit(text, tuple(words))]) from None


def strange_id(id: object, parent: str) -> Iterator[Problem]:
    """Why *id* cannot be that of a variant of *parent*: a file could not bear it."""
    if not (isinstance(id, str) and _ID.fullmatch(id)):
        yield Problem(
            code="BE103",
            message=f"`{id}` is not an id of lower-case letters, digits and hyphens",
            help="for example `a-variant`",
            token=str(id),
        )
    elif id == parent:
        yield Problem(
            code="BE308",
            message=f"policy `{id}` cannot be a variant of itself",
            help="give the variant an id of its own",
            token=id,
        )


def only_keys(plain: Plain, allowed: tuple[str, ...], named: str) -> None:
    """Refuse keys of *plain*, which is called *named*, that are not *allowed*.

    Raises:
        PolicyError: there are such keys; each is told.
    """
    if not isinstance(plain, Mapping):
        message = f"{named} is no group of keys"
        raise PolicyError([Problem(code="BE103", message=message)])
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
    listed = ", ".join(f"`{one}`" for one in allowed)
    return Problem(
        code="BE103",
        message=f"`{text}` is none of {listed}",
        help=did_you_mean(str(text), allowed),
    )


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
    "favors",
    "opposes",
    "requires",
    "forbids",
    "advises",
    "drafts",
)
_METHOD_KEYS = ("method", "points", "priority")
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
        favors=_strengths(plain.get("favors", {})),
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
        supervision_questions=listed(plain.get("asks", ())),
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


def layer(plain: Plain) -> Layer:
    """The layer that *plain*, the whole of a policy file, writes."""
    ranking, ranking_keys = method(plain.get("ranking", {}))
    return Layer(
        id=plain["policy"],
        title=plain.get("title", ""),
        about=plain.get("about", ""),
        extends=listed(plain.get("extends", ())),
        abstract=plain.get("abstract", False),
        facts=facts(plain.get("facts", {})),
        impossible=impossible(plain),
        sources=tuple(Source(id=k, **v) for k, v in plain.get("sources", {}).items()),
        findings=_saying(Finding, plain.get("findings", {})),
        principles=tuple(
            principle(k, v) for k, v in plain.get("principles", {}).items()
        ),
        actions=tuple(_step(k, v) for k, v in plain.get("actions", {}).items()),
        labels=tuple(_labels(part) for part in plain.get("labels", ())),
        questions=_saying(Question, plain.get("questions", {})),
        draft_parts=_draft_parts(plain.get("draft_parts", {})),
        rules=tuple(rule(part) for part in plain.get("rules", ())),
        changes=_changes(plain.get("changes", {})),
        method=ranking,
        method_keys=ranking_keys,
        invariants=tuple(invariant(part) for part in plain.get("invariants", ())),
        accepts=tuple(Acceptance(**part) for part in plain.get("accepts", ())),
    )


def method(plain: Plain) -> tuple[Method, frozenset[str]]:
    """The method that *plain* writes, and the names of the parts that it gives."""
    only_keys(plain, _METHOD_KEYS, "`ranking`")
    points = dict(DEFAULT_POINTS) | {
        word(Strength, name): number for name, number in plain.get("points", {}).items()
    }
    given = {"method": "name", "points": "points", "priority": "priority"}
    return (
        Method(
            name=word(MethodName, plain.get("method", MethodName.LEVELWISE)),
            points=tuple(points.items()),
            priority=tuple(listed(tier) for tier in plain.get("priority", ())),
        ),
        frozenset(given[key] for key in plain),
    )


def facts(plain: Plain) -> tuple[Fact, ...]:
    """The facts that *plain* writes: `{name: {ask, values}}`."""
    return tuple(
        Fact(name=name, question=fact.get("ask", ""), values=tuple(fact["values"]))
        for name, fact in plain.items()
    )


def impossible(plain: Plain) -> tuple[Condition, ...]:
    """The conditions under `impossible` in *plain*, the whole of a file."""
    return tuple(condition(part) for part in plain.get("impossible", ()))


def principle(name: str, plain: Plain) -> tuple[Principle, frozenset[str]]:
    """The principle that *plain* writes, and the names of the keys that it gives."""
    parts = dict(plain)
    if "force" in parts:
        parts["force"] = word(Force, parts["force"])
    if "cites" in parts:
        parts["cites"] = tuple(citation(cite) for cite in parts["cites"])
    return Principle(id=name, **parts), frozenset(parts)


def variant_layer(
    *,
    drop: Iterable[str],
    adjust: Mapping[str, Plain | Adjustment],
    add: Iterable[Rule | Plain],
    ranking: Method | Plain | str | None,
    unfit: Iterable[Problem] = (),
    **words: Any,
) -> Layer:
    """The layer of a variant, its parts as values or as a policy file holds them.

    Raises:
        PolicyError: something is *unfit* already, or a part has not the shape that a
            policy file would give it.
    """
    made = _Made(words.get("id"), unfit)
    named, keys = made.one(_ranking, ranking) or (Method(), frozenset())
    adjusted = (made.one(_adjusted, *item) for item in made.one(_items, adjust) or ())
    rules = (made.one(_rule, one) for one in made.one(_listed_rules, add) or ())
    whole = Layer(
        rules=tuple(one for one in rules if one is not None),
        changes=Changes(
            drop=made.one(listed, drop) or (),
            adjust=tuple(one for one in adjusted if one is not None),
        ),
        method=named,
        method_keys=keys,
        **words,
    )
    made.refuse()
    return whole


@final
class _Made:
    """The parts of a variant, and what is wrong with those that cannot be made."""

    def __init__(self, id: object, unfit: Iterable[Problem]) -> None:
        self.id = id
        self.problems: list[Problem] = [*unfit]

    def refuse(self) -> None:
        """Nothing, where all was made.

        Raises:
            PolicyError: something was not.
        """
        if self.problems:
            raise PolicyError(dict.fromkeys(self.problems))

    def one(self, make: Callable[..., T], *given: Any) -> T | None:
        """What *make* makes of what is *given*; None where it makes nothing of it."""
        try:
            return make(*given)
        except PolicyError as error:
            self.problems += error.problems
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self.problems.append(_misshapen(self.id, error))
        return None


def _listed_rules(add: Rule | Plain | Iterable[Rule | Plain]) -> Any:
    return (add,) if isinstance(add, Rule | Mapping) else tuple(add)


def _items(adjust: Mapping[str, Plain | Adjustment]) -> Any:
    return tuple(adjust.items())


def _rule(one: Rule | Plain) -> Rule:
    return one if isinstance(one, Rule) else rule(one)


def _adjusted(name: str, how: Plain | Adjustment) -> Adjustment:
    return how if isinstance(how, Adjustment) else adjustment(name, how)


def _ranking(given: Method | Plain | str | None) -> tuple[Method, frozenset[str]]:
    if isinstance(given, Method):
        return given, frozenset({"name", "points", "priority"})
    return method({"method": given} if isinstance(given, str) else given or {})


def _misshapen(id: object, error: Exception) -> Problem:
    lacking = f"; `{error.args[0]}` is missing" if isinstance(error, KeyError) else ""
    return Problem(
        code="BE103",
        message=f"the changes of variant `{id}` have not the shape of a policy "
        f"file's{lacking}",
        help='for example drop=["a-rule"], adjust={"a-rule": {"strength": "weak"}}',
    )


def _saying(kind: Any, plain: Plain) -> Any:
    return tuple(
        kind(id=name, says=said if isinstance(said, str) else said.get("says", ""))
        for name, said in plain.items()
    )


def _step(name: str, plain: Plain | str) -> Action:
    if isinstance(plain, str):
        return Action(id=name, says=plain)
    return Action(
        id=name,
        says=plain.get("says", ""),
        urgent=plain.get("urgent", False),
        instead=tuple(
            Instead(when=condition(part["when"]), says=part["says"])
            for part in plain.get("instead", ())
        ),
    )


def _labels(plain: Plain) -> Labels:
    return Labels(
        when=condition(plain.get("when", {})),
        options=tuple(
            (word(Option, key), Label(**label))
            for key, label in plain.items()
            if key != "when"
        ),
    )


def _changes(plain: Plain) -> Changes:
    return Changes(
        drop=listed(plain.get("drop", ())),
        adjust=tuple(adjustment(*p) for p in plain.get("adjust", {}).items()),
    )


def _draft_parts(plain: Plain) -> tuple[DraftPart, ...]:
    return tuple(
        DraftPart(
            id=name,
            slot=word(Slot, part["slot"]),
            says=part.get("says", ""),
            direction=part.get("direction", ""),
        )
        for name, part in plain.items()
    )
