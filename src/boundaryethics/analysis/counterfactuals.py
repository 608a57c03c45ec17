"""Find the smallest changes of facts that put another option first (S19).

A path through the diagram costs one for each fact in which
it leaves the situation; the costs from each state on are swept from the ends to the
start. Values that make no difference stand together in one change. The first change
found is consulted again, so that it is shown to be one by the engine as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from math import prod
from pathlib import Path
from typing import Any, Self, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.charts import Dot, dot_strip
from boundaryethics.consult import DEFAULT_POLICY, ContradictedError, consult
from boundaryethics.errors import PolicyError, problem
from boundaryethics.mdd.build import ranking_diagram
from boundaryethics.mdd.diagram import NEVER, Diagram
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Exact, Space, Truths, Whole, space_of
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.render.wording import NOTE, doing, named
from boundaryethics.render.wording import listed as listed_in_words
from boundaryethics.report import (
    Outline,
    OutlineLine,
    PlainData,
    Table,
    as_data,
    picked,
)


@final
@attrs.frozen(kw_only=True)
class FactChange(PlainData):
    """One fact with another value."""

    fact: str
    old: str
    #: The values that do it, in their order: one is as good as another.
    new: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fact}: {self.old} -> {_either(self.new)}"


@final
@attrs.frozen(kw_only=True)
class FactChanges(PlainData):
    """Some facts with other values, all else as it is."""

    #: In the order of the vocabulary.
    moves: tuple[FactChange, ...]
    #: The ranking after it; empty where no ranking was asked for.
    ranking: Ranking = ()

    @property
    def facts(self) -> Mapping[str, str]:
        """The facts that change, each with the first value that does it."""
        return {move.fact: move.new[0] for move in self.moves}

    @property
    def first(self) -> tuple[Option, ...]:
        """The first place after it."""
        return self.ranking[0] if self.ranking else ()

    @property
    def count(self) -> int:
        """How many changes it stands for."""
        return prod(len(move.new) for move in self.moves)

    def to_dict(self) -> dict[str, Any]:
        """Give the change as plain data."""
        return picked(self, "moves", *(["ranking"] if self.ranking else []))

    def __str__(self) -> str:
        return ", and ".join(map(str, self.moves))


@final
@attrs.frozen(kw_only=True)
class MinimalChanges(PlainData):
    """The fewest facts that must change to bring something about, and every way."""

    #: How many facts; None where no situation brings it about.
    distance: int | None
    #: Every change of that many facts that does it; none where nothing has to change.
    changes: tuple[FactChanges, ...]

    @property
    def possible(self) -> bool:
        """Whether some situation brings it about."""
        return self.distance is not None


def gathered(changes: Iterable[FactChanges]) -> tuple[FactChanges, ...]:
    """*changes* with those made one that differ in one fact's values alone.

    Changes of equal facts count as alike where they give the same first place.
    """
    return _brought_together(changes, 1)


def _brought_together(
    changes: Iterable[FactChanges], places: int | None
) -> tuple[FactChanges, ...]:
    """*changes* with those made one that give the same first *places*, or all."""
    found = tuple(changes)
    widest = max((len(change.moves) for change in found), default=0)
    for place in reversed(range(widest)):
        groups: dict[object, list[FactChanges]] = {}
        for change in found:
            key = _without(change, place), change.ranking[:places]
            groups.setdefault(key, []).append(change)
        found = tuple(_joined(alike, place, places) for alike in groups.values())
    return found


def _without(change: FactChanges, place: int) -> object:
    return tuple(
        (move.fact, () if number == place else move.new)
        for number, move in enumerate(change.moves)
    )


def _joined(alike: list[FactChanges], place: int, places: int | None) -> FactChanges:
    first = alike[0]
    if len(alike) == 1:
        return first
    new = tuple(value for change in alike for value in change.moves[place].new)
    moves = list(first.moves)
    moves[place] = attrs.evolve(moves[place], new=new)
    return FactChanges(moves=tuple(moves), ranking=first.ranking[:places])


def _either(values: tuple[str, ...]) -> str:
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last


#: Facts with their values, or what a policy has said of them already.
Asked: TypeAlias = Mapping[str, object] | Situation | Verdict


def verdict_of(asked: Asked, policy: str | Path | Policy | None) -> Verdict:
    """The verdict on *asked* by *policy*; by the default one where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract; or
            *asked* is the verdict of another one.
    """
    if not isinstance(asked, Verdict):
        return consult(asked, DEFAULT_POLICY if policy is None else policy)
    if policy is not None and as_policy(policy) != asked.policy:
        raise PolicyError([problem("BE614", policy=asked.policy.id)])
    return asked


def after(verdict: Verdict, change: FactChanges) -> Verdict:
    """What the policy says once *change* has come about."""
    changed = verdict.situation.with_facts(**change.facts)
    return consult(changed, verdict.policy)


def confirm(
    verdict: Verdict, least: MinimalChanges, so: Callable[[Verdict], bool]
) -> None:
    """Try the first of the changes: it has to bring about what it is given for.

    Raises:
        ContradictedError: it does not, which is a fault of this library.
    """
    for change in least.changes[:1]:
        if not so(after(verdict, change)):
            message = f"{change} does not bring it about"
            raise ContradictedError(message)


#: A fact has fewer values than fit into so many bits.
_BITS = 24


def facts_named(immutable: Iterable[str] | str) -> tuple[str, ...]:
    """The facts in *immutable*, one or several, each once."""
    return (
        (immutable,) if isinstance(immutable, str) else tuple(dict.fromkeys(immutable))
    )


def kept_in(policy: Policy, situation: Situation, immutable: Iterable[str]) -> Space:
    """The situations that agree with *situation* on the facts *immutable*."""
    known = {name: situation.known().get(name, UNKNOWN) for name in immutable}
    return space_of(policy.vocabulary, known)


@final
@attrs.frozen(eq=False)
class ShortestChanges:
    """Shortest ways from one situation, to each of several goals."""

    diagram: Diagram
    situation: Situation
    space: Space
    #: For each goal the ends that it takes in.
    goals: Truths

    @classmethod
    def to_all(cls, diagram: Diagram, situation: Situation, space: Space) -> Self:
        """The ways to any end: one goal."""
        return cls(diagram, situation, space, np.ones((1, len(diagram.ends)), bool))

    def distance(self, goal: int) -> int | None:
        """The fewest facts to be changed; None where no situation reaches the goal."""
        facts = int(self._ahead[0][goal, 0])
        return facts if facts < NEVER else None

    def least(self, goal: int) -> MinimalChanges:
        """The fewest facts to be changed, and every change of so few."""
        distance = self.distance(goal)
        changes = (
            _brought_together(self._changes(goal, distance), None) if distance else ()
        )
        return MinimalChanges(
            distance=distance, changes=tuple(map(self._in_order, changes))
        )

    def _in_order(self, change: FactChanges) -> FactChanges:
        """*change* with the values of each fact in the vocabulary's order."""
        facts = self.situation.vocabulary
        moves = (
            attrs.evolve(
                move, new=tuple(v for v in facts[move.fact].all_values if v in move.new)
            )
            for move in change.moves
        )
        return attrs.evolve(change, moves=tuple(moves))

    @cached_property
    def _values(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """For each level and class the values that may be taken."""
        allowed = dict(zip(self.situation, self.space.allowed, strict=True))
        return tuple(
            tuple(
                tuple(v for v in allowed.get(level.fact, members) if v in members)
                for members in level.classes
            )
            for level in self.diagram.layers
        )

    @cached_property
    def _costs(self) -> tuple[Exact, ...]:
        """For each level and class what it costs to take it."""
        costs = [
            np.array([1 if values else NEVER for values in classes], np.int16)
            for classes in self._values
        ]
        for of_level, place in zip(
            costs, self.diagram.path(self.situation), strict=True
        ):
            of_level[place] = 0
        return tuple(costs)

    @cached_property
    def _ahead(self) -> list[Exact]:
        """For each level, goal and state what the way on from there costs."""
        return self.diagram.fewest(self.goals, self._costs)

    @cached_property
    def _keys(self) -> tuple[Whole, ...]:
        """For each level and class a number; the vocabulary's order is theirs."""
        facts = {name: number for number, name in enumerate(self.situation)}
        vocabulary = self.situation.vocabulary
        keys = []
        for level, classes in zip(self.diagram.layers, self._values, strict=True):
            fact = facts.get(level.fact, 0) << _BITS
            listed = vocabulary[level.fact].all_values if level.fact else (UNKNOWN,)
            firsts = (listed.index(v[0]) if v else 0 for v in classes)
            keys.append(np.array([fact | first for first in firsts], np.int64))
        return tuple(keys)

    @cached_property
    def _moves(self) -> Mapping[int, FactChange]:
        """The move under each number."""
        return {
            key: FactChange(fact=level.fact, old=self.situation[level.fact], new=values)
            for level, classes, keys in zip(
                self.diagram.layers, self._values, self._keys, strict=True
            )
            for values, key in zip(classes, keys.tolist(), strict=True)
            if level.fact and values
        }

    def _changes(self, goal: int, distance: int) -> Iterator[FactChanges]:
        moves, ends = self._shortest(goal, distance)
        for row, end in zip(moves.tolist(), ends.tolist(), strict=True):
            ranking = self.diagram.rankings[end] if self.diagram.rankings else ()
            yield FactChanges(
                moves=tuple(self._moves[key] for key in row), ranking=ranking
            )

    def _shortest(self, goal: int, distance: int) -> tuple[Whole, Whole]:
        """The moves of each shortest way, in order, and the end that it reaches."""
        states, left = np.zeros(1, np.int64), np.array([distance])
        taken = np.zeros((1, distance), np.int64)
        for number, level in enumerate(self.diagram.layers):
            costs = self._costs[number]
            ahead = np.append(self._ahead[number + 1][goal], NEVER)
            onward = level.follows[:, states]
            places, rows = np.nonzero(ahead[onward] + costs[:, None] == left)
            taken, left = taken[rows], left[rows]
            off = np.flatnonzero(costs[places])
            taken[off, left[off] - 1] = self._keys[number][places[off]]
            states, left = onward[places, rows], left - costs[places]
        taken.sort(axis=1)
        order = np.lexsort(taken.T[::-1])
        return taken[order], states[order]


#: So many changes are told one by one; `to_dict` has them all.
_MOST_TOLD = 8


def changes_table(target: str, least: MinimalChanges) -> Table:
    """A row for each value that each fact of each least change can take."""
    columns = ("target", "distance", "change", "fact", "old", "new")
    return Table(columns=columns, rows=tuple(change_rows(target, least)))


def change_rows(target: str, least: MinimalChanges) -> Iterator[tuple[Any, ...]]:
    """Give the rows of `changes_table`."""
    for number, change in enumerate(least.changes, start=1):
        for move in change.moves:
            for new in move.new:
                yield target, least.distance, number, move.fact, move.old, new


def ways(least: MinimalChanges, opening: str, never: str) -> Iterator[OutlineLine]:
    """How to bring something about: "*opening*, change one fact:", and the changes."""
    if least.distance is None:
        yield OutlineLine(never)
    elif least.distance:
        facts = _counted(least.distance, "fact")
        several = "" if len(told := gathered(least.changes)) == 1 else ", one of these"
        yield OutlineLine(f"{opening}, change {facts}{several}:")
        for change in told[:_MOST_TOLD]:
            yield OutlineLine(_change(change), 1)
        if len(told) > _MOST_TOLD:
            yield OutlineLine(f"and {_counted(len(told) - _MOST_TOLD, 'more way')}", 1)


def while_fixed(immutable: Iterable[str]) -> str:
    """On what condition nothing brings something about; none where no fact is fixed."""
    names = tuple(immutable)
    if not names:
        return ""
    verb = "stays" if len(names) == 1 else "stay"
    return f" while {listed_in_words(names)} {verb} as now"


def _change(change: FactChanges) -> str:
    """A change, and who comes to share the first place by it."""
    if len(change.first) < len(Option):
        shared = " and ".join(change.first) if len(change.first) > 1 else ""
        return f"{change} ({shared} share the first place)" if shared else str(change)
    return f"{change} (all options share the first place)"


def _counted(number: int, word: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
    told = words[number] if number < len(words) else str(number)
    return f"{told} {word}" if number == 1 else f"{told} {word}s"


#: So many values stand beside a mark.
_BESIDE = 3


@final
@attrs.frozen(kw_only=True)
class Counterfactuals(Outline):
    """What it takes to put another option first."""

    verdict: Verdict = attrs.field(repr=False)
    #: The facts that were not to change.
    immutable: tuple[str, ...]
    #: For each option the least changes that put it first; 0 where it is.
    to: Mapping[Option, MinimalChanges]
    #: Whether an option is put first only where it is first alone.
    strict: bool = False

    @property
    def first(self) -> tuple[Option, ...]:
        """The first place as it is."""
        return self.verdict.best

    @property
    def distance(self) -> int | None:
        """The fewest facts that must change; None where no other can be first."""
        return min(
            (least.distance for least in self._others if least.distance), default=None
        )

    @cached_property
    def smallest(self) -> tuple[FactChanges, ...]:
        """Every change of so few facts that puts another option first, each once."""
        nearest = (one for one in self._others if one.distance == self.distance)
        return tuple(dict.fromkeys(change for one in nearest for change in one.changes))

    @property
    def _not_first(self) -> tuple[Option, ...]:
        return tuple(option for option in Option if self.to[option].distance != 0)

    @property
    def _others(self) -> tuple[MinimalChanges, ...]:
        return tuple(self.to[option] for option in self._not_first)

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, ready for JSON."""
        return {
            "policy": self.verdict.policy.id,
            "situation": as_data(self.verdict.situation),
            **picked(self, "immutable", "strict"),
            "ranking": as_data(self.verdict.ranking),
            **picked(self, "distance", "smallest", "to"),
            "note": NOTE,
        }

    def _rows(self) -> Table:
        """Give a row for each fact of each least change."""
        return Table(
            columns=("option", "distance", "change", "fact", "old", "new"),
            rows=tuple(
                row
                for option, least in self.to.items()
                for row in change_rows(option.value, least)
            ),
        )

    def chart(self) -> Any:
        """A picture, for Altair: which facts put which option first."""
        never = [o.value for o in self._not_first if not self.to[o].possible]
        told = f"first now: {' and '.join(self.first)}"
        return dot_strip(
            [*self._dots()],
            title="The least changes that put another option first",
            subtitle=f"{told}; nothing puts {' or '.join(never)} first"
            if never
            else told,
            axis="facts that have to change together",
            kinds=[*Option],
        )

    def _dots(self) -> Iterator[Dot]:
        """One for each fact in the least changes for each option."""
        for option in sorted(self._not_first, key=self._far):
            new: dict[tuple[str, str], dict[str, None]] = {}
            for change in self.to[option].changes:
                for move in change.moves:
                    new.setdefault((move.fact, move.old), {}).update(
                        dict.fromkeys(move.new)
                    )
            for (fact, old), values in new.items():
                distance = float(self._far(option))
                yield Dot(f"{fact}: {old}", distance, option.value, _few([*values]))

    def _lines(self) -> Iterator[OutlineLine]:
        for option in self.first:
            yield OutlineLine(f"First now: {doing(self.verdict, option)} ({option})")
        if self.immutable:
            yield OutlineLine(f"Not to change: {', '.join(self.immutable)}")
        wanted = "first alone" if self.strict else "first"
        for option in sorted(self._not_first, key=self._far):
            subject = named(self.verdict, option)
            yield OutlineLine("")
            yield from ways(
                self.to[option],
                f"To put {subject} {wanted}",
                f"Nothing puts {subject} {wanted}{while_fixed(self.immutable)}.",
            )

    def _far(self, option: Option) -> int:
        distance = self.to[option].distance
        return len(self.verdict.situation) + 1 if distance is None else distance


def _few(values: list[str]) -> str:
    """The values beside a mark, where there is room for three."""
    if len(values) <= _BESIDE:
        return " or ".join(values)
    return f"{values[0]}, {values[1]} or {len(values) - 2} others"


def _is_first(option: Option, verdict: Verdict) -> bool:
    return option in verdict.best


def counterfactuals(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    immutable: Iterable[str] = (),
    strict: bool = False,
) -> Counterfactuals:
    """Every smallest change of facts that puts another option first (S19).

    An option is first where it stands in the first place, alone or with others. A
    change is a flip where an option comes to be first that was not: to break a tie
    in the first place, and let no other option in, is none. To come to know a fact,
    or to take it for unknown, is a change like any other.

    The answer is over all situations there are: where it says that nothing puts an
    option first, nothing does.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        immutable: facts that are not to change.
        strict: put an option first only where it shares the place with no other.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    diagram = ranking_diagram(verdict.policy)
    unchanging = facts_named(immutable)
    routes = ShortestChanges(
        diagram,
        verdict.situation,
        kept_in(verdict.policy, verdict.situation, unchanging),
        np.array([diagram.placing(option, 1, strict=strict) for option in Option]),
    )
    found = Counterfactuals(
        verdict=verdict,
        immutable=unchanging,
        strict=strict,
        to={option: routes.least(number) for number, option in enumerate(Option)},
    )
    for option, least in found.to.items():
        confirm(verdict, least, partial(_is_first, option))
    return found
