"""Convert parts of policies to and from plain data, as in policy files.

For each type of part, a table lists the keys in file order. Reading and writing use the
same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, assert_never, final

import attrs

from boundaryethics.errors import PolicyError, Problem, did_you_mean, problem, quoted
from boundaryethics.model import conditions, rules
from boundaryethics.model.conditions import All, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import Fact, FactGroup
from boundaryethics.model.overlays import WEIGHT_ALONE, Adjustment, Changes, Layer
from boundaryethics.model.rules import Effects, Method, Option, Promise, Rule, Strength
from boundaryethics.model.validation import ID, Path

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

#: A mapping, as in a policy file.
Plain: TypeAlias = Mapping[str, Any]


#: The types of values that need no conversion.
_KINDS: dict[str, Any] = {"str": str, "str | None": str | None, "bool": bool}


@final
@attrs.frozen
class Codec:
    """A pair of functions that convert a value to and from plain data."""

    read: Callable[[Any], Any]
    #: The second argument is the vocabulary, which defines the order of a fact's
    #: values.
    write: Callable[[Any, Vocabulary], Any]


@final
class Record(Generic[T]):
    """A codec for a part with several keys."""

    def __init__(
        self,
        kind: type[T],
        /,
        *,
        apart: tuple[str, ...] = (),
        keys: Mapping[str, str] = MappingProxyType({}),
        always: str = "",
        shown_as: str = "",
        **codecs: Codec | Record[Any],
    ) -> None:
        """Create a codec for *kind*, an attrs class whose fields are in file order.

        Args:
            kind: the class of the part.
            apart: attributes without a key.
            keys: keys that differ from the names of their attributes.
            always: a key that is written even if its value is empty.
            shown_as: the name of the part in problem messages. If it is given, unknown
                keys, missing keys and values of the wrong type are errors.
            codecs: codecs for the values that need conversion.
        """
        fields: Any = attrs.fields(kind)  # type: ignore[arg-type]
        named = {keys.get(f.name, f.name): f for f in fields if f.name not in apart}
        self.kind, self.shown_as = kind, shown_as
        self.attributes = {key: field.name for key, field in named.items()}
        self.types = {k: str(f.type) for k, f in named.items()}
        self.codecs = {k: codecs.get(f.name, AS_IS) for k, f in named.items()}
        self.required = {k for k, f in named.items() if f.default is attrs.NOTHING}
        self.written = {*self.required, always}

    def read(self, plain: Plain, **known: Any) -> T:
        """Convert *plain* to a part with the additional attributes *known*.

        If *plain* is already a part, return it unchanged.
        """
        if isinstance(plain, self.kind):
            return plain
        if self.shown_as and (wrong := tuple(self._key_problems(plain, known))):
            raise PolicyError(wrong)
        given = {
            attribute: self.codecs[key].read(plain[key])
            for key, attribute in self.attributes.items()
            if attribute not in known and (key in plain or key in self.required)
        }
        return self.kind(**known, **given)

    def write(self, part: T, vocabulary: Vocabulary) -> dict[str, Any]:
        """Convert *part* to plain data, without optional keys whose value is empty."""
        data = {
            key: self.codecs[key].write(getattr(part, attribute), vocabulary)
            for key, attribute in self.attributes.items()
        }
        return {k: value for k, value in data.items() if value or k in self.written}

    def _key_problems(self, plain: Any, known: Plain) -> Iterator[Problem]:
        named = self.shown_as.format(**known)
        if not isinstance(plain, Mapping):
            yield problem("BE103.group", named=named)
            return
        for key in plain:
            if key not in self.codecs:
                near = did_you_mean(key, self.codecs)
                yield problem("BE102.key", named=named, key=key, near=near, token=key)
            elif not isinstance(plain[key], _KINDS.get(self.types[key], object)):
                code = "BE103.truth" if self.types[key] == "bool" else "BE103.text"
                yield problem(code, key=key, named=named, token=key)
        for key in sorted(self.required.difference(plain)):
            if self.attributes[key] not in known:
                yield problem("BE104.key", key=key, named=named, token=key)


def listed(value: Any) -> tuple[str, ...]:
    """Return one or more strings as a tuple.

    Raises:
        TypeError: an entry is not a string.
    """
    several = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(one, str) for one in several):
        raise TypeError
    return several


def one_or_list(names: Iterable[str]) -> str | list[str]:
    """Return *names* as a list, or a single name as a string."""
    several = list(names)
    return several[0] if len(several) == 1 else several


def word(words: type[E], text: str) -> E:
    """Return the member of *words* with the value *text*."""
    try:
        return words(text)
    except ValueError:
        near = did_you_mean(str(text), [*words])
        misfit = problem("BE103.none", text=text, allowed=quoted(words), near=near)
        raise PolicyError([misfit]) from None


def one_of(words: type[StrEnum]) -> Codec:
    """Return a codec for a value that is one of *words* or None."""
    return Codec(
        lambda text: word(words, text) if text else None,
        lambda one, _: one and one.value,
    )


def some_of(words: type[StrEnum]) -> Codec:
    """Return a codec for one or more of *words*."""
    return Codec(
        lambda value: tuple(word(words, text) for text in listed(value)),
        lambda several, _: one_or_list(one.value for one in several),
    )


def each(codec: Codec | Record[Any]) -> Codec:
    """Return a codec for a list. *codec* converts each item."""
    return Codec(
        lambda items: tuple(codec.read(item) for item in items),
        lambda parts, vocabulary: [codec.write(part, vocabulary) for part in parts],
    )


def pairs(keys: Codec, values: Codec) -> Codec:
    """Return a codec for a mapping that is stored as a tuple of pairs."""
    return Codec(
        lambda plain: tuple((keys.read(k), values.read(v)) for k, v in plain.items()),
        lambda several, vocabulary: {
            keys.write(k, vocabulary): values.write(v, vocabulary) for k, v in several
        },
    )


def _by_name(record: Record[Any], name: str = "id") -> Codec:
    """Return a codec for a mapping from names to parts, or to their text."""
    return Codec(
        lambda plain: tuple(
            record.read({"says": v} if isinstance(v, str) else v, **{name: k})
            for k, v in plain.items()
        ),
        lambda parts, vocabulary: {
            getattr(part, name): record.write(part, vocabulary) for part in parts
        },
    )


AS_IS = Codec(lambda value: value, lambda value, _: value)
#: Names. A single name is written as a string.
NAMES = Codec(listed, lambda names, _: one_or_list(names))
#: Names, always written as a list.
NAME_LIST = Codec(listed, lambda names, _: list(names))


def condition(plain: Plain | Condition) -> Condition:
    """Parse a condition, such as `{"setting": "dating_service", "not": {}}`."""
    if isinstance(plain, Condition):
        return plain
    return conditions.both(_condition_part(*entry) for entry in plain.items())


def _condition_part(key: str, value: Any) -> Condition:
    match key, value:
        case "all", _:
            return conditions.both(condition(part) for part in value)
        case "any", _:
            return conditions.either(condition(part) for part in value)
        case "not", _:
            return Not(condition(value))
        case _, True:
            return Holds(key)
        case _, False:
            return Not(Holds(key))
        case _:
            return FactIn(key, frozenset(listed(value)))


def condition_data(condition: Condition, vocabulary: Vocabulary) -> dict[str, Any]:
    """Convert *condition* to plain data, with values in the order of *vocabulary*."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    entries = [_condition_entry(part, vocabulary) for part in parts]
    if len({key for key, _ in entries}) == len(entries):
        return dict(entries)
    return {"all": [dict([entry]) for entry in entries]}


def _condition_entry(condition: Condition, vocabulary: Vocabulary) -> tuple[str, Any]:
    match condition:
        case FactIn(fact, values):
            declared = vocabulary[fact].all_values if fact in vocabulary else ()
            known = (value for value in declared if value in values)
            return fact, one_or_list((*known, *sorted(values.difference(declared))))
        case Holds(finding):
            return finding, True
        case Not(Holds(finding)):
            return finding, False
        case Not(part):
            return "not", condition_data(part, vocabulary)
        case conditions.Any(parts):
            return "any", [condition_data(part, vocabulary) for part in parts]
        case All(parts):
            return "all", [condition_data(part, vocabulary) for part in parts]
        case _:
            assert_never(condition)


_CONDITION = Codec(condition, condition_data)


_STRENGTHS = pairs(one_of(Option), one_of(Strength))
EFFECTS = Record(
    Effects,
    shown_as="`then`",
    concludes=NAMES,
    favors=_STRENGTHS,
    opposes=_STRENGTHS,
    requires=some_of(Option),
    forbids=some_of(Option),
    advises=NAMES,
    drafts=NAMES,
)
_CITATIONS = each(
    Record(
        rules.Citation,
        shown_as="a citation",
        seen=one_of(rules.Seen),
        authority=one_of(rules.Force),
    )
)
RULE = Record(
    Rule,
    shown_as="a rule",
    keys={"supervision_questions": "asks"},
    when=_CONDITION,
    then=EFFECTS,
    cites=_CITATIONS,
    supervision_questions=NAME_LIST,
    overrides=NAME_LIST,
)
_ADJUSTMENT = Record(
    Adjustment,
    apart=("rule",),
    keys={"supervision_questions": "asks"},
    shown_as="the adjustment of rule `{rule}`",
    strength=one_of(Strength),
    when=_CONDITION,
    then=EFFECTS,
    supervision_questions=NAME_LIST,
    overrides=NAME_LIST,
)
_PRINCIPLE = Record(
    rules.Principle,
    apart=("id",),
    shown_as="principle `{id}`",
    always="weight",
    force=one_of(rules.Force),
    cites=_CITATIONS,
)
_LABEL = Record(rules.Label, shown_as="a label")


def _promised(plain: Plain) -> tuple[rules.Promised, ...]:
    promised = ((word(Promise, name), listed(of)) for name, of in plain.items())
    return tuple(
        (promise, tuple(word(Option, o) for o in of) if promise.of_options else of)
        for promise, of in promised
    )


def _labels(plain: Plain | rules.Labels) -> rules.Labels:
    if isinstance(plain, rules.Labels):
        return plain
    return rules.Labels(
        when=condition(plain.get("when", {})),
        options=tuple(
            (word(Option, key), _LABEL.read(label))
            for key, label in plain.items()
            if key != "when"
        ),
    )


def _labels_data(labels: rules.Labels, vocabulary: Vocabulary) -> dict[str, Any]:
    when = condition_data(labels.when, vocabulary)
    by_option = {
        o.value: _LABEL.write(label, vocabulary) for o, label in labels.options
    }
    return {"when": when, **by_option} if when else by_option


_TEXTS = Codec(
    lambda plain: tuple(zip(plain, listed(plain.values()), strict=True)),
    lambda texts, _: dict(texts),
)
_FACT = Record(
    Fact,
    apart=("name", "labels"),
    shown_as="fact `{name}`",
    values=NAME_LIST,
    phrases=_TEXTS,
)


def _facts(plain: Plain) -> tuple[Fact, ...]:
    """Parse facts. `values` is a list, or maps each value to its label."""
    facts: list[Fact] = []
    for name, fact in plain.items():
        values = fact.get("values") if isinstance(fact, Mapping) else ()
        labels = _TEXTS.read(values) if isinstance(values, Mapping) else ()
        facts.append(_FACT.read(fact, name=name, labels=labels))
    return tuple(facts)


def facts_data(facts: Iterable[Fact], vocabulary: Vocabulary) -> dict[str, Any]:
    """Convert *facts* to plain data, as under `facts` in a policy file."""
    data = {fact.name: _FACT.write(fact, vocabulary) for fact in facts}
    for fact in facts:
        if fact.labels:
            data[fact.name]["values"] = {v: fact.label(v) for v in fact.values}
    return data


def _points(plain: Plain) -> tuple[tuple[Strength, int], ...]:
    given = {word(Strength, name): number for name, number in plain.items()}
    return tuple({**dict(rules.DEFAULT_POINTS), **given}.items())


INVARIANT = Record(
    rules.Invariant,
    shown_as="an invariant",
    when=_CONDITION,
    holds=Codec(
        _promised,
        lambda holds, _: {p.value: one_or_list(map(str, n)) for p, n in holds},
    ),
)
_METHOD = Record(
    Method,
    keys={"name": "method"},
    shown_as="`ranking`",
    always="method",
    name=one_of(rules.MethodName),
    points=Codec(
        _points,
        lambda points, _: {
            s.value: n for s, n in points if points != rules.DEFAULT_POINTS
        },
    ),
    priority=each(NAME_LIST),
)


def _keys(principle: Plain | rules.Principle) -> frozenset[str]:
    """Return the keys given for *principle*; all keys if it is a `Principle`."""
    if isinstance(principle, rules.Principle):
        return frozenset(_PRINCIPLE.attributes)
    return frozenset(principle)


_INSTEAD = each(Record(rules.Instead, shown_as="`instead`", when=_CONDITION))
LAYER = Record(
    Layer,
    apart=("method_keys",),
    keys={"id": "policy", "method": "ranking", "unknown_label": "unknown"},
    extends=NAMES,
    sources=_by_name(Record(rules.Source, apart=("id",), shown_as="source `{id}`")),
    groups=Codec(
        lambda plain: tuple(
            t if isinstance(t, FactGroup) else FactGroup(id=id, title=t)
            for id, t in plain.items()
        ),
        lambda groups, _: {group.id: group.title for group in groups},
    ),
    facts=Codec(_facts, facts_data),
    impossible=each(_CONDITION),
    findings=_by_name(Record(rules.Finding, apart=("id",), shown_as="finding `{id}`")),
    principles=Codec(
        lambda plain: tuple(
            (_PRINCIPLE.read(part, id=name), _keys(part))
            for name, part in plain.items()
        ),
        lambda given, vocabulary: {
            part.id: _PRINCIPLE.write(part, vocabulary) for part, _ in given
        },
    ),
    actions=_by_name(
        Record(rules.Action, apart=("id",), shown_as="action `{id}`", instead=_INSTEAD)
    ),
    labels=each(Codec(_labels, _labels_data)),
    questions=Codec(
        _by_name(
            Record(rules.Question, apart=("id",), shown_as="question `{id}`")
        ).read,
        lambda parts, _: {part.id: part.says for part in parts},
    ),
    draft_parts=_by_name(
        Record(
            rules.DraftPart,
            apart=("id",),
            shown_as="draft part `{id}`",
            slot=one_of(rules.Slot),
        )
    ),
    rules=each(RULE),
    changes=Record(Changes, drop=NAMES, adjust=_by_name(_ADJUSTMENT, "rule")),
    method=_METHOD,
    invariants=each(INVARIANT),
    accepts=each(
        Record(rules.Acceptance, apart=("inherited",), shown_as="an accepted remark")
    ),
)


def layer(plain: Plain) -> Layer:
    """Parse the layer in *plain*, the content of a policy file."""
    ranking, keys = method(plain.get("ranking", {}))
    return LAYER.read(plain, method=ranking, method_keys=keys)


def method(given: Method | Plain | str | None) -> tuple[Method, frozenset[str]]:
    """Return the *given* method, and the names of the attributes that it sets.

    *given* can be an object, a name or plain data.
    """
    if isinstance(given, Method):
        return given, frozenset(_METHOD.attributes.values())
    plain = {"method": given} if isinstance(given, str) else given or {}
    return _METHOD.read(plain), frozenset(_METHOD.attributes[key] for key in plain)


def strange_id(id: object, parent: str) -> Iterator[Problem]:
    """Yield a problem if *id* is not valid for a variant of *parent*."""
    if not (isinstance(id, str) and ID.fullmatch(id)):
        yield problem("BE103.strange", id=id, token=str(id))
    elif id == parent:
        yield problem("BE308.variant", id=id, token=id)


#: The parts of one section, as in a policy file or as objects.
Section: TypeAlias = Plain | Iterable[Any]
#: The sections that a variant can have in addition to its rules.
_SECTIONS = (
    *("sources", "groups", "facts", "impossible", "findings", "principles", "actions"),
    *("labels", "questions", "draft_parts", "invariants", "accepts"),
)
#: The sections that are lists in a policy file. All others map names to parts.
_LISTS = frozenset({"impossible", "labels", "invariants", "accepts"})


def variant_layer(
    *,
    drop: Iterable[str],
    adjust: Mapping[str, Plain | Adjustment],
    add: Iterable[Rule | Plain],
    ranking: Method | Plain | str | None,
    weights: Mapping[str, int] = MappingProxyType({}),
    unfit: Iterable[Problem] = (),
    **words: Any,
) -> Layer:
    """Build the layer of a variant from parts given as objects or plain data.

    Raises:
        PolicyError: *unfit* contains problems, or a part has the wrong form.
    """
    reader = _Reader([*unfit], str(words.get("id") or ""))
    named, keys = reader.read((), method, ranking) or (Method(), frozenset[str]())
    adjusted = [
        reader.read(("changes", "adjust", name), _ADJUSTMENT.read, how, rule=name)
        for name, how in reader.read((), lambda: tuple(adjust.items())) or ()
    ]
    several = [add] if isinstance(add, Rule | Mapping | str) else add
    added = [
        reader.read(("rules", place), RULE.read, one)
        for place, one in enumerate(reader.read((), tuple, several) or ())
    ]
    dropped = reader.read((), listed, drop) or ()
    for name in (name for name in _SECTIONS if name in words):
        words[name] = reader.section(name, words[name])
    weighed = reader.read((), _weighed, weights) or ()
    words["principles"] = (*words.get("principles", ()), *weighed)
    whole = Layer(
        rules=tuple(filter(None, added)),
        changes=Changes(drop=dropped, adjust=tuple(filter(None, adjusted))),
        method=named,
        method_keys=keys,
        **words,
    )
    if reader.problems:
        raise PolicyError(dict.fromkeys(reader.problems))
    return whole


def _weighed(
    weights: Mapping[str, int],
) -> tuple[tuple[rules.Principle, frozenset[str]], ...]:
    """Return the principles for a layer that changes only their weights."""
    if problems := [
        problem("BE801.weight", weight=weight, name=name, token=name)
        for name, weight in weights.items()
        if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0
    ]:
        raise PolicyError(problems)
    return tuple(
        (rules.Principle(id=id, weight=weight), WEIGHT_ALONE)
        for id, weight in weights.items()
    )


@final
@attrs.frozen
class _Reader:
    """Parses the parts of a variant, and collects all problems."""

    problems: list[Problem]
    #: The ID of the variant; empty if it has none yet.
    variant: str

    def read(
        self, path: Path, make: Callable[..., T], *given: Any, **known: Any
    ) -> T | None:
        """Return the result of *make*, or None if the part at *path* is malformed."""
        try:
            return make(*given, **known)
        except PolicyError as error:
            for one in error.problems:
                self.problems.append(attrs.evolve(one, path=one.path or path))
        except Exception:  # noqa: BLE001 - the value may raise anything
            self.problems.append(self._misshapen(path))
        return None

    def _misshapen(self, path: Path) -> Problem:
        if path and path[0] in _SECTIONS:
            named = " ".join(f"`{name}`" for name in path)
            return problem("BE103.part", named=named, path=path, token=str(path[-1]))
        of = f" of variant `{self.variant}`" if self.variant else ""
        return problem("BE103.shape", named=f"the changes{of}", path=path)

    def section(self, name: str, given: Section) -> tuple[Any, ...]:
        """Parse the section *name* and return its parts."""
        codec, parts, met = LAYER.codecs[name], list[Any](), set[Any]()
        for path, one in self.read((name,), _one_by_one, name, given) or ():
            for part in self.read(path, codec.read, one) or ():
                parts.append(part)
                named = part[0] if name == "principles" else part
                id = getattr(named, "id", getattr(named, "name", None))
                words: dict[str, Any] = {"section": name, "id": id, "key": path[-1]}
                if isinstance(path[-1], str) and id != path[-1]:
                    self.problems.append(problem("BE217.key", **words, path=path))
                elif id is not None and id in met:
                    self.problems.append(problem("BE217.twice", **words, path=path))
                met.add(id)
        return tuple(parts)


def _one_by_one(name: str, given: Section) -> list[tuple[Path, Any]]:
    """Return, for each part, its path and a section that contains only this part."""
    if isinstance(given, str):
        raise TypeError
    if name in _LISTS:
        return [((name, place), [one]) for place, one in enumerate(given)]
    key = "name" if name == "facts" else "id"
    if isinstance(given, Mapping):
        named = [*given.items()]
    else:
        named = [(getattr(part, key), part) for part in given]
    return [((name, each), {each: part}) for each, part in named]
