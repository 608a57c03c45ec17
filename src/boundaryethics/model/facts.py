"""Define facts, vocabularies, situations, and impossible combinations of values."""

from __future__ import annotations

from collections.abc import (
    Collection,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from functools import cached_property
from numbers import Integral, Number
from operator import contains
from types import MappingProxyType
from typing import final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.errors import (
    FREE_TEXT,
    ArgumentError,
    Problem,
    SituationError,
    closest,
    did_you_mean,
    few_suggestions,
    is_free_text,
    listed,
    nearest,
    problem,
    quoted,
    refuse_unknown,
)
from boundaryethics.model.conditions import Any, Condition, FactIn, clauses, leaves
from boundaryethics.model.display import ShortRepr, Table

#: The number of characters of an invalid value that messages show.
_SHOWN = 60
#: Messages show an integer in full if its absolute value is below this.
_COUNTABLE = 10**18


def value_text(value: object) -> str:
    """Describe *value* for an error message."""
    match value:
        case str():
            text = str.__str__(value)
            return f"`{text}`" if len(text) <= _SHOWN else f"`{text[:_SHOWN]}…`"
        case None:
            return "empty"
        case _ if is_truth(value):
            return "true" if value else "false"
        case Integral() if abs(number := int(value)) < _COUNTABLE:
            return f"the number {number}"
        case Number():
            return "a number"
        case list() | tuple() | set() | frozenset():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            return "not text"


def stated_as(value: object) -> str:
    """Describe *value*, which is part of a situation, without repeating free text."""
    return FREE_TEXT if is_free_text(value) else value_text(value)


def is_truth(value: object) -> bool:
    """Return whether *value* is a Python or NumPy Boolean."""
    kind = type(value)
    return kind is bool or (
        kind.__module__ == "numpy" and kind.__name__ in {"bool", "bool_"}
    )


def advice(
    among: Collection[str], value: object, words: Mapping[str, str] | None = None
) -> str:
    """Return advice to replace *value* with one of the values in *among*."""
    allowed = quoted(among)
    text = str.__str__(value) if isinstance(value, str) else None
    near = text and did_you_mean(text, among, words)
    return f"{near} valid values: {allowed}" if near else f"valid values: {allowed}"


#: A value of every fact, in addition to its declared ones; always last (S1).
UNKNOWN = "unknown"
#: The usual help for an unknown fact.
UNKNOWN_FACT_HELP = "`boundaryethics facts` lists the facts and their values"
#: The default answer that people read for `unknown`. A vocabulary can replace it.
UNKNOWN_LABEL = "I don't know"


@final
@attrs.frozen(kw_only=True)
class Fact(ShortRepr):
    """A fact about a situation, with its question and possible values."""

    name: str
    #: The question for the clinician. People are not asked about a fact that has no
    #: question.
    question: str = ""
    #: Help with the answer. The question must be clear without it.
    help: str = ""
    #: The ID of the group in which the fact is shown; empty if it has none.
    group: str = ""
    #: The declared values in order, without `unknown`.
    values: tuple[str, ...]
    #: The answer that people read for each value, if it has one.
    labels: tuple[tuple[str, str], ...] = ()
    #: The words for each value in the description of a situation.
    phrases: tuple[tuple[str, str], ...] = ()

    def label(self, value: str) -> str:
        """Return the answer shown for *value*; the default is derived from its name."""
        try:
            label = self._labels.get(value)
            return label or value[:1].upper() + value[1:].replace("_", " ")
        except Exception:  # noqa: BLE001 - refused, or text that raises this
            return self.label(argument("value", value, str))

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return dict(self.labels)

    @checked
    def phrase(self, value: str) -> str:
        """Return the words for *value* in the description of a situation."""
        return dict(self.phrases).get(value) or self.label(value)

    @checked
    def worded_like(self, earlier: Fact) -> Fact:
        """Return this fact with missing wording taken from an *earlier* declaration.

        The help belongs to the question, and a phrase belongs to its label. So a new
        question does not keep the earlier help, and a new label does not keep the
        earlier phrase.
        """
        asks = self.question not in ("", earlier.question)
        labels, phrases = dict(self.labels), dict(self.phrases)
        old_labels, old_phrases = dict(earlier.labels), dict(earlier.phrases)
        for value in self.values:
            old_label = old_labels.get(value)
            if value in old_phrases and labels.get(value, old_label) == old_label:
                phrases.setdefault(value, old_phrases[value])
            if old_label is not None:
                labels.setdefault(value, old_label)
        if labels:
            labels = {v: labels.get(v) or self.label(v) for v in self.values}
        in_order = dict.fromkeys((*self.values, *phrases))
        return attrs.evolve(
            self,
            question=self.question or earlier.question,
            help=self.help or ("" if asks else earlier.help),
            group=self.group or earlier.group,
            labels=tuple(labels.items()),
            phrases=tuple((v, phrases[v]) for v in in_order if v in phrases),
        )

    @property
    def all_values(self) -> tuple[str, ...]:
        """The declared values, followed by `unknown`."""
        return (*self.values, UNKNOWN)

    @cached_property
    def declared(self) -> frozenset[str]:
        """All values, including `unknown`, as a set."""
        return frozenset(self.all_values)

    @property
    def is_yes_no(self) -> bool:
        """Whether the values are `yes` and `no`. If so, Booleans are accepted too."""
        return set(self.values) == {"yes", "no"}

    def parse(self, stated: object) -> str | None:
        """Return the value that *stated* represents, or None if it is invalid (S3)."""
        if stated is None:
            return UNKNOWN
        if isinstance(stated, str):
            # A subclass of `str` may have its own hash or format, so use its plain
            # text.
            text = str.__str__(stated)
            return text if text in self.declared else None
        if self.is_yes_no and is_truth(stated):
            return "yes" if stated else "no"
        return None

    @checked
    def invalid_value_message(self, stated: object, *, show_value: bool = True) -> str:
        """Return the message for an invalid value.

        Unless *show_value* is set, it does not repeat text, numbers or Booleans.
        """
        if not show_value and (is_truth(stated) or isinstance(stated, Number)):
            kind = "a truth value" if is_truth(stated) else "a number"
            return f"invalid value for `{self.name}`: {kind}"
        if not show_value and isinstance(stated, str) and len(stated):
            return f"invalid value for `{self.name}`"
        if isinstance(stated, str) and len(stated):
            return f"invalid value {value_text(stated)} for `{self.name}`"
        if isinstance(stated, str):
            return f"the value of `{self.name}` is empty"
        return f"invalid value for `{self.name}`: {value_text(stated)}"


@final
@attrs.frozen(kw_only=True)
class FactGroup(ShortRepr):
    """A titled group of facts that are shown together."""

    id: str
    title: str = ""


@final
@attrs.frozen
class Vocabulary(ShortRepr, Mapping[str, Fact]):
    """A mapping from names to facts, in order.

    It also lists impossible combinations of values. It is never equal to a mapping of
    another class.
    """

    #: The facts in the order of their questions.
    facts: tuple[Fact, ...] = ()
    #: Conditions on facts that no possible situation meets (S23).
    impossible: tuple[Condition, ...] = ()
    #: The groups in the order in which people read them.
    groups: tuple[FactGroup, ...] = attrs.field(default=(), kw_only=True)
    #: The answer that people read for `unknown`, for all facts.
    unknown_label: str = attrs.field(default=UNKNOWN_LABEL, kw_only=True)

    @cached_property
    def by_name(self) -> Mapping[str, Fact]:
        """Map each name to its fact."""
        return MappingProxyType({fact.name: fact for fact in self.facts})

    @cached_property
    def having(self) -> Mapping[str, Sequence[str]]:
        """Map each value to the facts that declare it."""
        having: dict[str, list[str]] = {}
        for fact in self.facts:
            for value in fact.values:
                having.setdefault(value, []).append(fact.name)
        return having

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Map each fact to the labels of its values."""
        return {
            fact.name: " ".join(map(fact.label, fact.values)) for fact in self.facts
        }

    @cached_property
    def declared(self) -> tuple[frozenset[str], ...]:
        """For each fact, all its values, including `unknown`, as a set."""
        return tuple(fact.declared for fact in self.facts)

    @cached_property
    def clashes(self) -> tuple[Clash, ...]:
        """The impossible combinations of known values.

        A situation contains one of these if, and only if, its known facts make a
        condition in `impossible` true (Kleene's strong logic). `unknown` does not meet
        any test.

        Raises:
            TooManyClausesError: the conditions are too large.
        """
        read = tuple(one for one in self.impossible if fits(one, self))
        found: list[Clash] = []
        for clause in clauses(Any(read), self):
            tested = {test.fact: test.values for test in clause.facts}
            tests = tuple(
                (place, tested[fact.name].intersection(fact.values))
                for place, fact in enumerate(self.facts)
                if fact.name in tested
            )
            if all(among for _, among in tests):
                found.append(Clash(tests))
        return tuple(dict.fromkeys(found))

    @cached_property
    def barred(self) -> Mapping[str, tuple[tuple[Clash, frozenset[str]], ...]]:
        """For each fact, pairs of a condition and a set of the fact's values.

        If a situation meets the condition, the values are impossible. The condition
        consists of the tests of the other facts in an impossible combination.
        """
        barred: dict[str, list[tuple[Clash, frozenset[str]]]] = {f: [] for f in self}
        for clash in self.clashes:
            for place, values in clash.tests:
                rest = Clash(tuple(test for test in clash.tests if test[0] != place))
                barred[self.facts[place].name].append((rest, values))
        return {name: tuple(entries) for name, entries in barred.items()}

    @cached_property
    def by_group(self) -> tuple[tuple[FactGroup | None, tuple[Fact, ...]], ...]:
        """Each group with its facts, in order. Other facts come last, under None."""
        declared = {group.id for group in self.groups}
        facts = [(f.group if f.group in declared else None, f) for f in self.facts]
        every = ((g, tuple(f for i, f in facts if i == g.id)) for g in self.groups)
        others = tuple(fact for group, fact in facts if group is None)
        grouped = tuple((group, members) for group, members in every if members)
        return (*grouped, (None, others)) if others else grouped

    def group_of(self, fact: Fact) -> FactGroup | None:
        """Return the group of *fact*, or None if it has none."""
        try:
            return self._groups.get(fact.group)
        except AttributeError:
            return self.group_of(argument("fact", fact, Fact))

    @cached_property
    def _groups(self) -> Mapping[str, FactGroup]:
        return {group.id: group for group in self.groups}

    @checked
    def answers(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return each value of the fact with its label; `unknown` comes last.

        Raises:
            ArgumentError: the vocabulary has no such fact.
        """
        fact = self._fact(name)
        labels = ((value, fact.label(value)) for value in fact.values)
        return (*labels, (UNKNOWN, self.unknown_label))

    def _fact(self, name: str) -> Fact:
        if name not in self and is_free_text(name):
            raise ArgumentError([problem("BE401.hidden", advice=UNKNOWN_FACT_HELP)])
        if name not in self:
            refuse_unknown("fact", name, self)
        return self[name]

    def _repr_html_(self) -> str:
        return Table(
            columns=("fact", "question", "answers"),
            rows=tuple(
                (fact.name, fact.question, " / ".join(map(fact.label, fact.values)))
                for fact in self.facts
            ),
        ).html()

    def __getitem__(self, name: str) -> Fact:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.facts)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    @checked
    def joined(
        self,
        more: tuple[Fact, ...],
        impossible: tuple[Condition, ...] = (),
        *,
        groups: tuple[FactGroup, ...] = (),
        unknown_label: str = "",
    ) -> Vocabulary:
        """Return this vocabulary with *more* facts and *impossible* conditions.

        A new fact or group replaces an existing one with the same name. A new fact
        takes any wording that it lacks from the earlier one (see `Fact.worded_like`).
        Existing conditions are removed if they test a value that is no longer declared.
        """
        named = dict(self.by_name)
        for fact in more:
            earlier = named.get(fact.name)
            named[fact.name] = fact.worded_like(earlier) if earlier else fact
        facts = Vocabulary((*named.values(),))
        kept = (one for one in self.impossible if fits(one, facts))
        return attrs.evolve(
            facts,
            impossible=(*dict.fromkeys((*kept, *impossible)),),
            groups=tuple({g.id: g for g in (*self.groups, *groups)}.values()),
            unknown_label=unknown_label or self.unknown_label,
        )

    @checked
    def situation(self, stated: Mapping[str, object]) -> Situation:
        """Return the situation with the *stated* facts. All other facts are unknown.

        Raises:
            SituationError: a fact or a value is not declared, or the combination of
                values is impossible.
        """
        values = dict.fromkeys(self.by_name, UNKNOWN)
        for name, value in stated.items():
            fact = self.by_name.get(name)
            read = fact.parse(value) if fact else None
            if read is None:
                raise SituationError(self.validate(stated))
            values[name] = read
        return Situation(vocabulary=self, row=tuple(values.values()))

    @checked
    def validate(
        self,
        stated: Mapping[str, object],
        *,
        show_values: bool | None = None,
        unknown_fact_help: str = UNKNOWN_FACT_HELP,
    ) -> tuple[Problem, ...]:
        """Return all reasons why *stated* is not a valid situation.

        Args:
            stated: facts with their values.
            show_values: whether the problems show the values. By default, they show
                values that have the form of a name, but not free text.
            unknown_fact_help: the help for an unknown fact.
        """
        if misfits := self.misfits_in(
            stated, show_values=show_values, unknown_fact_help=unknown_fact_help
        ):
            return misfits
        read = {name: self[name].parse(value) or "" for name, value in stated.items()}
        values = [read.get(name, UNKNOWN) for name in self.by_name]
        return self.impossible_in(values, show_values=show_values is not False)

    @checked
    def misfits_in(
        self,
        stated: Mapping[str, object],
        *,
        show_values: bool | None = None,
        unknown_fact_help: str = UNKNOWN_FACT_HELP,
    ) -> tuple[Problem, ...]:
        """Return problems for undeclared facts and values in *stated* (S3).

        *show_values* and *unknown_fact_help* have the same meaning as in `validate`.
        """
        with few_suggestions():
            return tuple(
                self._undeclared(
                    name,
                    value,
                    show_value=show_values,
                    unknown_fact_help=unknown_fact_help,
                )
                for name, value in stated.items()
                if name not in self or self[name].parse(value) is None
            )

    @checked
    def impossible_in(
        self, values: Sequence[str], *, show_values: bool = True
    ) -> tuple[Problem, ...]:
        """Return problems for impossible combinations in *values* (S23).

        *values* has one value for each fact, in order.
        """
        names = (*self.by_name,)
        return tuple(
            impossible(clash, names, values, show_values=show_values)
            for clash in self.clashes
            if clash.met(values)
        )

    def _undeclared(
        self,
        name: object,
        value: object,
        *,
        show_value: bool | None,
        unknown_fact_help: str,
    ) -> Problem:
        """Return the problem for an undeclared fact or value, with a suggestion."""
        is_free = is_free_text(value)
        if show_value is None:
            show_value = not is_free
        text = value if isinstance(value, str) and show_value else None
        having = self.having.get(text or "", ())
        hint = (
            f"{value_text(value)} is a value of `{having[0]}`"
            if len(having) == 1
            else ""
        )
        if not isinstance(name, str):
            shown_name = "None" if name is None else value_text(name)
            return problem("BE401", name=shown_name, advice=unknown_fact_help)
        if name not in self and is_free_text(name):
            return problem("BE401.hidden", advice=unknown_fact_help)
        if name not in self:
            near = nearest_fact(self, name, text)
            near = f"did you mean `{near}`?" if near else hint
            return problem(
                "BE401.near" if near else "BE401",
                name=value_text(name),
                near=near,
                advice=unknown_fact_help,
                path=(name,),
                token=name,
            )
        answers = dict(self.answers(name))
        message = self[name].invalid_value_message(value, show_value=show_value)
        shown = show_value or not is_free
        known = advice(answers, value if shown else None, answers)
        return problem(
            "BE402",
            message=message,
            advice="; ".join(filter(None, (known, hint))),
            path=(name,),
            token=text,
        )


@final
@attrs.frozen(kw_only=True)
class Situation(Mapping[str, str]):
    """A mapping from each fact of a vocabulary to its value (S2).

    It is equal only to situations with an equal vocabulary. To compare it with other
    mappings, use `dict(situation)`.
    """

    vocabulary: Vocabulary
    #: The values, in the order of the vocabulary's facts.
    row: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if type(self.row) is not tuple or type(self.vocabulary) is not Vocabulary:
            argument("row", self.row, tuple)
            argument("vocabulary", self.vocabulary, Vocabulary)
        facts, values = len(self.vocabulary.facts), len(self.row)
        if facts != values:
            raise SituationError([problem("BE403.values", values=values, facts=facts)])
        if not all(map(contains, self.vocabulary.declared, self.row)):
            stated = dict(zip(self.vocabulary.by_name, self.row, strict=True))
            raise SituationError(self.vocabulary.validate(stated))
        for clash in self.vocabulary.clashes:
            if clash.met(self.row):
                raise SituationError(self.vocabulary.impossible_in(self.row))

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return dict(zip(self.vocabulary.by_name, self.row, strict=True))

    def __getitem__(self, name: str) -> str:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.row)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    # The views of a dictionary are faster than those of `Mapping`.
    def keys(self) -> KeysView[str]:
        """Return a view of the names of all facts, in order."""
        return self._by_name.keys()

    def values(self) -> ValuesView[str]:
        """Return a view of the values of all facts, in order."""
        return self._by_name.values()

    def items(self) -> ItemsView[str, str]:
        """Return a view of all facts with their values, in order."""
        return self._by_name.items()

    def known(self) -> dict[str, str]:
        """Return the known facts, with their values."""
        return {n: v for n, v in self._by_name.items() if v != UNKNOWN}

    def values_possible_for(self, name: str) -> tuple[str, ...]:
        """Return the values that a fact can have, given all other facts (S23).

        Raises:
            ArgumentError: the vocabulary has no such fact.
        """
        try:
            values, barred = self.vocabulary[name].values, set[str]()
        except Exception:  # noqa: BLE001 - refused, or text that raises this
            name = argument("name", name, str)
            values, barred = self.vocabulary._fact(name).values, set()  # noqa: SLF001
        for rest, impossible in self.vocabulary.barred[name]:
            if rest.met(self.row):
                barred |= impossible
        return tuple(v for v in values if v not in barred) if barred else values

    def with_facts(self, /, **changed: object) -> Situation:
        """Return this situation with some facts changed.

        Raises:
            SituationError: a fact or a value is not declared, or the combination of
                values is impossible.
        """
        return self.vocabulary.situation({**self._by_name, **changed})

    def __repr__(self) -> str:
        return f"Situation({self.known()})"


@final
@attrs.frozen
class Clash:
    """An impossible combination: each of several facts has one of the given values."""

    #: The index of each fact in the vocabulary, with some of its declared values.
    tests: tuple[tuple[int, frozenset[str]], ...]

    def met(self, values: Sequence[str]) -> bool:
        """Return whether *values*, one for each fact, meet all tests."""
        # This runs for every situation, and a plain loop is fastest.
        for place, among in self.tests:  # noqa: SIM110
            if values[place] not in among:
                return False
        return True


def nearest_fact(vocabulary: Vocabulary, name: str, value: object) -> str | None:
    """Return the fact name closest to *name*; prefer a fact that declares *value*."""
    having = vocabulary.having.get(value, ()) if isinstance(value, str) else ()
    words = vocabulary.words
    near = closest(name, having) or closest(name, words)
    return near or nearest(name, words, words)


def fits(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Return whether *condition* tests only declared facts and values."""
    return all(
        isinstance(leaf, FactIn)
        and leaf.fact in vocabulary
        and leaf.values <= vocabulary[leaf.fact].declared
        for leaf, _ in leaves(condition)
    )


def impossible(
    clash: Clash,
    names: Sequence[str],
    values: Sequence[str],
    *,
    show_values: bool = True,
) -> Problem:
    """Return the problem for *values* that contain the impossible combination *clash*.

    *names* are the facts that the values belong to.
    """
    places = [place for place, _ in clash.tests]
    if not show_values:
        facts = listed(f"`{names[place]}`" for place in places)
        return problem("BE406.facts", facts=facts, path=(names[places[-1]],))
    stated = listed(f"`{names[place]}` is `{values[place]}`" for place in places)
    code = ("BE406.one", "BE406.two", "BE406.more")[min(len(places), 3) - 1]
    name, value = names[places[-1]], values[places[-1]]
    return problem(code, listed=stated, path=(name,), token=value)
