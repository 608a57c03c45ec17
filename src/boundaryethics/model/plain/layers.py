"""Layers and what they hold beside rules, from plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, final

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.conditions import Condition
from boundaryethics.model.facts import Fact
from boundaryethics.model.labels import Label, Labels
from boundaryethics.model.layers import Adjustment, Changes, Layer
from boundaryethics.model.options import Force, Option, Strength
from boundaryethics.model.parts import (
    DEFAULT_POINTS,
    Acceptance,
    AdvisedStep,
    DraftPart,
    Finding,
    Instead,
    Method,
    MethodName,
    Question,
    Slot,
)
from boundaryethics.model.plain.rules import (
    adjustment,
    citation,
    condition,
    invariant,
    rule,
)
from boundaryethics.model.plain.words import Plain, listed, only_keys, word
from boundaryethics.model.principles import Principle, Source
from boundaryethics.model.rules import Rule

T = TypeVar("T")

_METHOD_KEYS = ("method", "points", "priority")


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
        steps=tuple(_step(k, v) for k, v in plain.get("steps", {}).items()),
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
        Fact(name=name, ask=fact.get("ask", ""), values=tuple(fact["values"]))
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


def _step(name: str, plain: Plain | str) -> AdvisedStep:
    if isinstance(plain, str):
        return AdvisedStep(id=name, says=plain)
    return AdvisedStep(
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
