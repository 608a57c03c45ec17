"""Find the smallest changes to facts that put a different option first (S19).

A path through the decision diagram represents a situation. The path's cost is the
number of facts that differ from the given situation. One backward pass finds the lowest
cost from each state to the goal. Values with the same effect are listed in one change.
The engine verifies the first change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from math import prod
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.arguments import checked
from boundaryethics.charts import Dot, dot_strip
from boundaryethics.consult import (
    DEFAULT_POLICY,
    ContradictedError,
    consult,
    refuse_other_than_mapping,
)
from boundaryethics.errors import (
    BoundaryEthicsError,
    PolicyError,
    SituationError,
    check_all,
    problem,
    raise_together,
)
from boundaryethics.mdd.build import ranking_diagram
from boundaryethics.mdd.diagram import NEVER, Diagram
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Exact, Truths, Whole, space_of
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.render.wording import (
    NOTE,
    all_tied,
    asked_about,
    doing,
    listed,
    named,
    under,
)
from boundaryethics.report import (
    Outline,
    OutlineLine,
    PlainData,
    Table,
    as_data,
    made_of,
    picked,
    signed_chart,
)

#: Facts with their values, or a verdict on them.
Asked: TypeAlias = Mapping[str, object] | Situation | Verdict

#: The maximum number of changes to list in text. `to_dict` returns all of them.
_MOST_LISTED = 8

#: The maximum number of values to list in a chart label.
_MOST_IN_LABEL = 3


@final
@attrs.frozen(kw_only=True)
class FactChange(PlainData):
    """A change to one fact."""

    fact: str
    old: str
    #: The new values, in the vocabulary's order. All have the same effect.
    new: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fact}: {self.old} -> {listed(self.new, 'or')}"


@final
@attrs.frozen(kw_only=True)
class FactChanges(PlainData):
    """Changes to one or more facts. All other facts keep their values."""

    #: The changed facts, in the vocabulary's order.
    moves: tuple[FactChange, ...]
    #: The new ranking; empty if the goal is a rule or a finding.
    ranking: Ranking = ()

    @property
    def facts(self) -> Mapping[str, str]:
        """Each changed fact with the first of its new values."""
        return {move.fact: move.new[0] for move in self.moves}

    @property
    def first(self) -> tuple[Option, ...]:
        """The options that rank first after the change."""
        return self.ranking[0] if self.ranking else ()

    @property
    def count(self) -> int:
        """The number of combinations of values that this change represents."""
        return prod(len(move.new) for move in self.moves)

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return picked(self, "moves", *(["ranking"] if self.ranking else []))

    def __str__(self) -> str:
        return ", and ".join(map(str, self.moves))


@final
@attrs.frozen(kw_only=True)
class MinimalChanges(PlainData):
    """All ways to reach a goal by changing as few facts as possible."""

    #: The number of facts to change; None if no situation reaches the goal.
    distance: int | None
    #: All changes to that many facts; empty if no change is needed.
    changes: tuple[FactChanges, ...]

    @property
    def possible(self) -> bool:
        """Whether at least one situation reaches the goal."""
        return self.distance is not None


def merge_changes(
    changes: Iterable[FactChanges], ranks: int | None = 1
) -> tuple[FactChanges, ...]:
    """Merge changes that affect the same facts and differ only in the value of one.

    Merged changes agree in the first *ranks* groups of the ranking. If *ranks* is None,
    they agree in all groups.
    """
    found = tuple(changes)
    for place in reversed(range(max((len(one.moves) for one in found), default=0))):
        groups: dict[object, list[FactChanges]] = {}
        for change in found:
            others = change.moves[:place], change.moves[place + 1 :]
            key = others, change.moves[place].fact, change.ranking[:ranks]
            groups.setdefault(key, []).append(change)
        found = tuple(
            _merged(alike, place, ranks) if alike[1:] else alike[0]
            for alike in groups.values()
        )
    return found


def _merged(alike: list[FactChanges], place: int, ranks: int | None) -> FactChanges:
    moves = list(alike[0].moves)
    new = tuple(value for change in alike for value in change.moves[place].new)
    moves[place] = attrs.evolve(moves[place], new=new)
    return FactChanges(moves=tuple(moves), ranking=alike[0].ranking[:ranks])


def verdict_of(asked: Asked, policy: Policy) -> Verdict:
    """Return *asked* if it is a verdict; if not, rank it under *policy*.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy is abstract.
    """
    return asked if isinstance(asked, Verdict) else consult(asked, policy)


def policy_of(asked: Asked, policy: str | Path | Policy | None) -> Policy:
    """Return *policy*; if it is None, the policy of the verdict *asked* or the default.

    Raises:
        PolicyError: the policy cannot be read, is invalid, differs from the policy of
            the verdict *asked*, or is missing for a `Situation`.
    """
    if not isinstance(asked, Verdict):
        if policy is None and isinstance(asked, Situation):
            raise PolicyError([problem("BE312")])
        try:
            return as_policy(DEFAULT_POLICY if policy is None else policy)
        except BoundaryEthicsError as refused:
            raise_together(refused, partial(refuse_other_than_mapping, asked))
    if policy is not None and as_policy(policy) != asked.policy:
        raise PolicyError([problem("BE614", policy=asked.policy.id)])
    return asked.policy


def confirm(
    verdict: Verdict, least: MinimalChanges, so: Callable[[Verdict], bool]
) -> None:
    """Verify with the engine that the verdict after the first change satisfies *so*."""
    for change in least.changes[:1]:
        situation = verdict.situation.with_facts(**change.facts)
        if not so(consult(situation, verdict.policy)):
            message = f"{change} does not bring it about"
            raise ContradictedError(message)


def search_limits(
    vocabulary: Vocabulary, immutable: Iterable[str], *, allow_unknown: bool
) -> dict[str, Any]:
    """Return the limits of a search. *immutable* is one fact, or several.

    Raises:
        SituationError: *immutable* has an undeclared fact.
    """
    names = [immutable] if isinstance(immutable, str) else immutable
    fixed = dict.fromkeys(names)
    if wrong := vocabulary.misfits_in(dict.fromkeys(fixed, UNKNOWN)):
        raise SituationError(attrs.evolve(one, path=("immutable",)) for one in wrong)
    return {"immutable": (*fixed,), "allow_unknown": allow_unknown}


def minimal_changes(
    diagram: Diagram,
    situation: Situation,
    goals: Truths,
    *,
    immutable: Iterable[str],
    allow_unknown: bool,
) -> tuple[MinimalChanges, ...]:
    """Find the smallest changes to *situation* that reach each goal.

    Each row of *goals* marks the ends of *diagram* that reach one goal.
    """
    vocabulary, known = situation.vocabulary, situation.known()
    fixed = {name: known.get(name, UNKNOWN) for name in immutable}
    within = space_of(vocabulary, fixed)
    allowed = {
        name: tuple(v for v in values if allow_unknown or v != UNKNOWN)
        for name, values in zip(situation, within.allowed, strict=True)
    }
    values = [
        [tuple(v for v in allowed.get(one.fact, ()) if v in row) for row in one.classes]
        for one in diagram.layers
    ]
    costs = [np.array([1 if v else NEVER for v in row], np.int16) for row in values]
    for own, place in zip(costs, diagram.path(situation), strict=True):
        own[place] = 0
    moves, keys = _numbered_changes(diagram, situation, values)
    ahead = diagram.fewest(goals, costs)
    found: list[MinimalChanges] = []
    for goal in range(len(goals)):
        to_goal = [level[goal] for level in ahead]
        distance = int(to_goal[0][0])
        paths: Iterable[tuple[list[int], int]] = ()
        if 0 < distance < NEVER:
            paths = _shortest_paths(diagram, costs, to_goal, keys)
        rankings = diagram.rankings or ((),) * len(diagram.ends)
        every = (
            FactChanges(moves=tuple(moves[key] for key in row), ranking=rankings[end])
            for row, end in paths
        )
        changes = merge_changes(every, ranks=None)
        found.append(
            MinimalChanges(
                distance=distance if distance < NEVER else None,
                changes=tuple(_in_order(change, vocabulary) for change in changes),
            )
        )
    return tuple(found)


def _in_order(change: FactChanges, vocabulary: Vocabulary) -> FactChanges:
    """Return *change* with the values of each fact in the vocabulary's order."""
    moves = (
        attrs.evolve(
            move,
            new=tuple(v for v in vocabulary[move.fact].all_values if v in move.new),
        )
        for move in change.moves
    )
    return attrs.evolve(change, moves=tuple(moves))


def _numbered_changes(
    diagram: Diagram, situation: Situation, values: list[list[tuple[str, ...]]]
) -> tuple[list[FactChange], list[Whole]]:
    """List all changes in the vocabulary's order, and their indices by diagram level.

    The list of indices has one array for each level of the diagram. The array contains,
    for each class of values, the index of the change to these values.
    """
    facts = {fact.name: (n, fact) for n, fact in enumerate(situation.vocabulary.facts)}
    found = []
    for level, layer in enumerate(diagram.layers):
        for place, new in enumerate(values[level]):
            if layer.fact and new:
                number, fact = facts[layer.fact]
                found.append((number, fact.all_values.index(new[0]), level, place, new))
    keys = [np.zeros(len(row), np.int64) for row in values]
    moves: list[FactChange] = []
    for *_, level, place, new in sorted(found):
        keys[level][place] = len(moves)
        name = diagram.layers[level].fact
        moves.append(FactChange(fact=name, old=situation[name], new=new))
    return moves, keys


def _shortest_paths(
    diagram: Diagram, costs: list[Exact], to_goal: list[Exact], keys: list[Whole]
) -> Iterator[tuple[list[int], int]]:
    """Yield the changes on each shortest path, sorted, and the end of the path."""
    distance = int(to_goal[0][0])
    states, left = np.zeros(1, np.int64), np.array([distance])
    taken = np.zeros((1, distance), np.int64)
    for layer, own, ahead, key in zip(
        diagram.layers, costs, to_goal[1:], keys, strict=True
    ):
        onward = layer.follows[:, states]
        reach = np.append(ahead, NEVER)[onward] + own[:, None]
        places, rows = np.nonzero(reach == left)
        taken, left = taken[rows], left[rows]
        off = np.flatnonzero(own[places])
        taken[off, left[off] - 1] = key[places[off]]
        states, left = onward[places, rows], left - own[places]
    taken.sort(axis=1)
    order = np.lexsort(taken.T[::-1])
    return zip(taken[order].tolist(), states[order].tolist(), strict=True)


def changes_table(first_column: str, changes: Mapping[Any, MinimalChanges]) -> Table:
    """Build a table with one row for each new value of each fact in each change."""
    rows = (
        (str(target), least.distance, number, move.fact, move.old, new)
        for target, least in changes.items()
        for number, change in enumerate(least.changes, start=1)
        for move in change.moves
        for new in move.new
    )
    columns = (first_column, "distance", "change", "fact", "old", "new")
    return Table(columns=columns, rows=tuple(rows))


@attrs.frozen(kw_only=True)
class ChangeSearch(Outline):
    """Base class for results that list the smallest changes that reach a goal."""

    #: Facts that must keep their values.
    immutable: tuple[str, ...]
    #: Whether a known fact may become unknown.
    allow_unknown: bool = False

    def _change_lines(
        self, least: MinimalChanges, goal: str = "", *, answers: bool = False
    ) -> Iterator[OutlineLine]:
        """Explain how to reach *goal*, such as `leaving rank first`.

        Without a goal, explain how to make the target of `why_not` true.
        With *answers*, show questions and answers instead of facts and values.
        """
        yield OutlineLine("")
        if least.distance is None:
            names = [f"`{name}`" for name in self.immutable]
            nothing = f"With {listed(names)} unchanged, nothing" if names else "Nothing"
            kept = "" if goal or self.allow_unknown else " while known facts stay known"
            yield OutlineLine(f"{nothing} makes {goal or 'it true'}{kept}.")
            return
        facts = _counted(least.distance, "fact")
        heading = f"To make {goal}, {facts} would have to be different"
        heading = heading if goal else "Smallest change that would make it true"
        changes = merge_changes(least.changes)
        several = ", in one of these ways" if len(changes) > 1 else ""
        yield OutlineLine(f"{heading}{several}:")
        for number, change in enumerate(changes[:_MOST_LISTED]):
            texts = [self._in_answers(m) if answers else str(m) for m in change.moves]
            if len(change.first) > 1:
                tied = listed(named(self.verdict, option) for option in change.first)
                texts[-1] += f" ({tied} are then tied for first)"
            grouped = len(texts) > 1 and len(changes) > 1
            if grouped:
                yield OutlineLine("Or:" if number else "Either:", 1)
            yield from (OutlineLine(text, 1 + grouped) for text in texts)
        if more := len(changes[_MOST_LISTED:]):
            yield OutlineLine(f"and {_counted(more, 'more way')}", 1)

    def _in_answers(self, move: FactChange) -> str:
        vocabulary = self.verdict.policy.vocabulary
        label = dict(vocabulary.answers(move.fact))
        new = " / ".join(label[value] for value in move.new)
        new = f"any of: {new}" if len(move.new) > 1 else new
        return f"{asked_about(vocabulary[move.fact])}: {label[move.old]} -> {new}"


def _counted(number: int, word: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
    count = words[number] if number < len(words) else str(number)
    return f"{count} {word}" if number == 1 else f"{count} {word}s"


@final
@attrs.frozen(kw_only=True)
class Counterfactuals(ChangeSearch):
    """The smallest changes that put a different option first."""

    #: For each option, the smallest changes that put it first. The distance is 0 for an
    #: option that already ranks first.
    to: Mapping[Option, MinimalChanges]
    #: Whether an option counts as first only if it is not tied.
    strict: bool = False

    @property
    def first(self) -> tuple[Option, ...]:
        """The options that rank first now; none if all four are tied."""
        return () if all_tied(self.verdict) else self.verdict.best

    @property
    def distance(self) -> int | None:
        """The smallest number of fact changes that put a different option first.

        None if no change puts a different option first.
        """
        return next((one.distance for one in self._others.values()), None)

    @cached_property
    def smallest(self) -> tuple[FactChanges, ...]:
        """All ways to put a different option first by changing `distance` facts."""
        others = self._others.values()
        nearest = (one.changes for one in others if one.distance == self.distance)
        return tuple(dict.fromkeys(change for changes in nearest for change in changes))

    @property
    def _others(self) -> dict[Option, MinimalChanges]:
        """The changes for options that do not rank first, sorted by distance."""
        farthest = len(self.verdict.situation) + 1
        others = [(o, least) for o, least in self.to.items() if least.distance != 0]
        return dict(sorted(others, key=lambda other: other[1].distance or farthest))

    def _data(self) -> dict[str, Any]:
        return {
            "policy": self.verdict.policy.id,
            "situation": as_data(self.verdict.situation),
            **picked(self, "immutable", "strict", "allow_unknown"),
            "ranking": as_data(self.verdict.ranking),
            **picked(self, "distance", "smallest", "to"),
            "note": NOTE,
        }

    def _rows(self) -> Table:
        return changes_table("option", self.to)

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of the fact changes that put each option first."""
        never = [o.value for o, least in self._others.items() if not least.possible]
        subtitle = f"currently first: {' and '.join(self.first) or 'none, all tied'}"
        if never:
            subtitle += f"; nothing makes {' or '.join(never)} rank first"
        return dot_strip(
            [*self._dots()],
            title="Smallest changes that put another response first",
            subtitle=subtitle,
            axis="number of facts to change together",
            kinds=[*Option],
        )

    def _dots(self) -> Iterator[Dot]:
        for option, least in self._others.items():
            found: dict[tuple[str, str], dict[str, None]] = {}
            for change in least.changes:
                for move in change.moves:
                    new = found.setdefault((move.fact, move.old), {})
                    new.update(dict.fromkeys(move.new))
            for (fact, old), values in found.items():
                label = " or ".join(values)
                if len(values) > _MOST_IN_LABEL:
                    one, other, *more = values
                    label = f"{one}, {other} or {len(more)} others"
                distance = float(least.distance or 0)
                yield Dot(f"{fact}: {old}", distance, option.value, label)

    def _lines(self) -> Iterator[OutlineLine]:
        now = [f"{doing(self.verdict, option)} ({option})" for option in self.first]
        for first in now or ["none, because all four are tied"]:
            yield OutlineLine(f"Currently first{under(self.verdict.policy)}: {first}")
        if self.immutable:
            yield OutlineLine(f"Held constant: {', '.join(self.immutable)}")
        rank = "the sole first choice" if self.strict else "rank first"
        for option, least in self._others.items():
            goal = f"{named(self.verdict, option)} {rank}"
            yield from self._change_lines(least, goal, answers=True)


@checked
def counterfactuals(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    immutable: Iterable[str] = (),
    strict: bool = False,
    allow_unknown: bool = False,
) -> Counterfactuals:
    """Find the smallest sets of fact changes that put a different option first (S19).

    An option is first if it has rank 1, unless all four are tied. A counterfactual puts
    at least one option first that is not first now, so breaking a tie for first does
    not count. Learning the value of an unknown fact counts as a change. By default,
    known facts stay known.

    The search covers all possible situations. If the result has no change for an
    option, no change can put it first.

    Args:
        situation: facts with their values, or a verdict, whose policy is used.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.
        immutable: facts that must keep their values.
        strict: count an option as first only if it is not tied.
        allow_unknown: also let known facts become unknown.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the policy is too large.
    """
    policy = policy_of(situation, policy)
    verdict, limits = check_all(
        partial(verdict_of, situation, policy),
        partial(
            search_limits, policy.vocabulary, immutable, allow_unknown=allow_unknown
        ),
    )
    diagram = ranking_diagram(policy)
    goals = np.array([diagram.placing(option, 1, strict=strict) for option in Option])
    least = minimal_changes(diagram, verdict.situation, goals, **limits)
    to = dict(zip(Option, least, strict=True))
    for option in Option:
        confirm(verdict, to[option], partial(_is_first, option))
    source = made_of(
        verdict.policy, situation=verdict.situation, strict=strict, **limits
    )
    return Counterfactuals(
        provenance=source, verdict=verdict, to=to, strict=strict, **limits
    )


def _is_first(option: Option, verdict: Verdict) -> bool:
    return option in verdict.best and not all_tied(verdict)
