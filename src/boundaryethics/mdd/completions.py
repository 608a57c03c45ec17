"""Follow all completions of a situation: all ways for unknown facts to become known.

In a completion no unknown fact can still be given a value (S18). As facts get their
values in turn, bit flags record which impossible conditions can still be met, which
facts are left unknown, and what still rules out each of their values. Flags with the
same completions ahead are one *domain*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import combinations, count
from typing import Self, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.mdd.answers import AnswerDiagram
from boundaryethics.mdd.diagram import DiagramLevel
from boundaryethics.mdd.space import Axis, Exact, Space, Truths, Whole
from boundaryethics.model.facts import UNKNOWN, Situation

#: Counts below this are exact as floats.
_EXACT = 1 << 53
#: More than any end.
_FAR = 1 << 62
#: The most states that are swept although no completion may reach them.
_FEW = 6000
#: Bits of a word.
_WORD = 62


@final
@attrs.frozen(eq=False)
class _Completeness:
    """Recognize the completions that a space allows, by flags in whole numbers."""

    #: The flags before any fact has a value.
    start: int
    #: For each place and value the flags that it clears, those of clashes that it would
    #: meet, and the flag that it sets.
    effects: Mapping[tuple[int, str], tuple[int, int, int]]
    #: For each flag of a fact left unknown the values to be ruled out, and those that
    #: each flag rules out, as bits.
    ruled_out: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...]

    def after(self, flags: int, place: int, value: str) -> int | None:
        """Update *flags* when the fact at *place* gets *value*.

        Return None if the result is not a completion: a fact left unknown needs, for
        each value that it could have, a clash whose other tests are met. No clash may
        have all its tests met.
        """
        clears, meets, leaves = self.effects[place, value]
        flags &= ~clears
        if flags & meets:
            return None
        flags |= leaves
        for left, values, rules_out in self.ruled_out:
            if flags & left:
                possible = values
                for flag, bits in rules_out:
                    if flags & flag:
                        possible &= ~bits
                if possible:
                    return None
        return flags


def _completeness(space: Space, places: Sequence[int]) -> _Completeness:
    """Lay out flags for *space*; facts get their values in the order of *places*."""
    flag = (1 << number for number in count())
    clashes = space.vocabulary.clashes
    open_clash = {clash: next(flag) for clash in clashes}
    last = {c: max((p for p, _ in c.tests), key=places.index) for c in clashes}
    allowed = enumerate(space.allowed)
    leavable = [n for n, values in allowed if UNKNOWN in values and values[1:]]
    left = {place: next(flag) for place in leavable}
    excludes = {
        (place, clash): next(flag)
        for clash in clashes
        for place, _ in clash.tests
        if place in left
    }
    effects: dict[tuple[int, str], tuple[int, int, int]] = {}
    for place in {place for clash in clashes for place, _ in clash.tests}:
        tested = {clash: dict(clash.tests).get(place) for clash in clashes}
        for value in space.allowed[place]:
            unmet = {c for c, among in tested.items() if among and value not in among}
            clears = sum(open_clash[clash] for clash in unmet)
            clears += sum(
                one
                for (own, clash), one in excludes.items()
                if (value != UNKNOWN if own == place else clash in unmet)
            )
            meets = sum(
                open_clash[clash]
                for clash, among in tested.items()
                if among and value in among and last[clash] == place
            )
            leaves = left.get(place, 0) if value == UNKNOWN else 0
            effects[place, value] = clears, meets, leaves
    return _Completeness(
        start=sum(open_clash.values()) + sum(excludes.values()),
        effects=effects,
        ruled_out=tuple(
            (
                one,
                _bits(space.allowed[place], {*space.allowed[place]} - {UNKNOWN}),
                tuple(
                    (two, _bits(space.allowed[place], dict(clash.tests)[place]))
                    for (own, clash), two in excludes.items()
                    if own == place
                ),
            )
            for place, one in left.items()
        ),
    )


def _bits(values: Sequence[str], among: AbstractSet[str]) -> int:
    return sum(1 << number for number, value in enumerate(values) if value in among)


@final
@attrs.frozen(eq=False)
class _Step:
    """One fact: its possible values by class, and where each class leads."""

    #: For each class the values taken; a value that is left unknown has its own.
    taken: tuple[tuple[str, ...], ...]
    #: For each class taken, its number in the diagrams.
    numbers: tuple[int, ...]
    #: For each class and domain, the next domain; -1 if no completion follows.
    domains: Whole


def _steps(levels: Sequence[Axis], space: Space) -> tuple[_Step, ...]:
    """Find the possible values, and the domains after them, of each level."""
    by_name = {fact.name: place for place, fact in enumerate(space.vocabulary.facts)}
    places = [by_name[level.fact] for level in levels]
    clashing = {place for c in space.vocabulary.clashes for place, _ in c.tests}
    on = [n for n, place in enumerate(places) if place in clashing]
    taken = [
        [*_taken(*one)]
        for one in zip(levels, map(space.allowed.__getitem__, places), strict=True)
    ]
    ruled = [(places[n], tuple(values[0] for _, values in taken[n])) for n in on]
    found = iter(_domains(_completeness(space, places), ruled))
    steps: list[_Step] = []
    size = 1
    for number, classes in enumerate(taken):
        if number in on:
            domains = next(found)
            size = int(domains.max()) + 1
        else:
            domains = np.tile(np.arange(size), (len(classes), 1))
        numbers, values = zip(*classes, strict=True)
        steps.append(_Step(values, numbers, domains))
    return tuple(steps)


def _domains(
    complete: _Completeness, ruled: Sequence[tuple[int, tuple[str, ...]]]
) -> list[Whole]:
    """Find for each fact of a clash, value and domain the next domain."""
    flags: tuple[int, ...] = (complete.start,)
    tables: list[list[list[int]]] = []
    for place, values in ruled:
        numbers: dict[int, int] = {}
        table = []
        for value in values:
            found = [complete.after(one, place, value) for one in flags]
            table.append(
                [
                    -1 if f is None else numbers.setdefault(f, len(numbers))
                    for f in found
                ]
            )
        flags = tuple(numbers)
        tables.append(table)
    # Flags with the same completions ahead are one domain; some have none ahead.
    kinds = [0] * len(flags)
    domains: list[Whole] = []
    for table in reversed(tables):
        after = [[kinds[f] if f >= 0 else -1 for f in row] for row in table]
        columns = [*zip(*after, strict=True)]
        alive = dict.fromkeys(column for column in columns if max(column) >= 0)
        kept = {column: number for number, column in enumerate(alive)}
        kinds = [kept.get(column, -1) for column in columns]
        domains.append(np.array([*kept]).T)
    return domains[::-1]


def _taken(
    level: Axis, allowed: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the allowed values by class; `unknown` is a class of its own."""
    for number, members in enumerate(level.classes):
        if known := tuple(v for v in members if v in allowed and v != UNKNOWN):
            yield number, known
        if UNKNOWN in members and UNKNOWN in allowed:
            yield number, (UNKNOWN,)


@final
@attrs.frozen(eq=False)
class _Stage:
    """The states of diagrams at a level, each with a domain, and where they lead."""

    state: Whole
    domain: Whole
    #: For each class taken and state the next state; -1 if no completion follows.
    follows: Whole


def _walked(
    levels: Sequence[DiagramLevel], steps: Sequence[_Step], roots: int
) -> list[_Stage]:
    """Follow *roots* diagrams through all completions."""
    state, domain = np.arange(roots), np.zeros(roots, np.int64)
    stages: list[_Stage] = []
    for level, step in zip(levels, steps, strict=True):
        onward = level.follows[list(step.numbers)][:, state]
        domains = step.domains[:, domain]
        width = int(step.domains.max()) + 1
        codes = np.where(domains < 0, -1, onward * width + domains)
        number = np.zeros((int(level.follows.max()) + 1) * width + 1, np.int64)
        number[codes] = 1
        number[-1] = 0
        kept = np.flatnonzero(number)
        number[kept] = np.arange(len(kept))
        number[-1] = -1
        stages.append(_Stage(state, domain, number[codes]))
        state, domain = np.divmod(kept, width)
    return [*stages, _Stage(state, domain, np.zeros((0, len(state)), np.int64))]


@attrs.frozen(eq=False)
class _Counts:
    """The completions by the end that they lead to."""

    stages: Sequence[_Stage]
    steps: Sequence[_Step]
    #: The number of states at each level; others are left out.
    sizes: Sequence[int]
    #: Counts of more completions, which are the same from the level `shared` on.
    wider: _Counts | None = None
    shared: int = 0

    @cached_property
    def ends(self) -> Whole:
        """The ends that some completion leads to."""
        return self.stages[-1].state[: self.sizes[-1]]

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """The number of completions that lead to each of `ends`."""
        return tuple(map(int, self.leaving[0][0]))

    def by_value(self, number: int) -> Mapping[str, tuple[int, ...]]:
        """Count for each value at a level the completions that lead to each end."""
        arriving = self._arriving[number]
        reached = np.flatnonzero(arriving)
        follows = self._follows(number)[:, reached]
        after = _padded(self.leaving[number + 1], 0)[follows]
        counts = [(arriving[reached] @ one).tolist() for one in after]
        return {
            value: tuple(map(int, counts[place]))
            for place, values in enumerate(self.steps[number].taken)
            for value in values
        }

    def _follows(self, number: int) -> Whole:
        return self.stages[number].follows[:, : self.sizes[number]]

    def _weights(self, number: int) -> Exact:
        return np.array(list(map(len, self.steps[number].taken)), self._number)

    @cached_property
    def _number(self) -> npt.DTypeLike:
        total = 1
        for step in self.steps:
            total *= sum(map(len, step.taken))
        return np.float64 if total < _EXACT else object

    @cached_property
    def leaving(self) -> Sequence[Exact]:
        """Count for each level the completions from each state to each end."""
        if self.wider:
            sweep = [*self.wider.leaving[self.shared :]][::-1]
        else:
            sweep = [np.eye(self.sizes[-1], dtype=self._number)]
        at: Exact = sweep[-1]
        for number in reversed(range(len(self.steps) + 1 - len(sweep))):
            after = _padded(at, 0)[self._follows(number)]
            sweep.append(at := np.tensordot(self._weights(number), after, axes=1))
        return sweep[::-1]

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        at: Exact = np.ones(1, self._number)
        sweep = [at]
        for number in range(len(self.steps)):
            onward = np.zeros(self.sizes[number + 1] + 1, self._number)
            many = self._weights(number)[:, None] * at
            np.add.at(onward, self._follows(number), many)
            sweep.append(at := onward[:-1])
        return sweep


def _padded(rows: Exact, value: int) -> Exact:
    """Add a last row of *value*, to look up at -1."""
    return np.concatenate([rows, np.full((1, *rows.shape[1:]), value, rows.dtype)])


@final
@attrs.frozen(eq=False)
class Completions:
    """All completions of a situation, with their results."""

    diagram: AnswerDiagram
    #: Unknown facts have their possible values, known facts their own.
    space: Space
    _steps: Sequence[_Step]
    _stages: Sequence[_Stage]
    #: More completions, with the same sweeps from the level `shared` on.
    _wider: Completions | None = None
    _shared: int = 0

    @classmethod
    def of(cls, diagram: AnswerDiagram, space: Space) -> Self:
        """Follow all completions that *space* allows."""
        steps, roots = _steps(diagram.levels, space), int(diagram.roots.max()) + 1
        return cls(diagram, space, steps, _walked(diagram.levels, steps, roots))

    def narrowed(self, situation: Situation) -> Completions | None:
        """Return the completions that agree with the known facts of *situation*.

        Return None if it is better to follow them again from the start. Facts that
        are unknown in *situation* can have all values that they have here.
        """
        steps, stages, shared = [*self._steps], [*self._stages], 0
        for number, level in enumerate(self.diagram.levels):
            if (value := situation[level.fact]) != UNKNOWN:
                step, stage, shared = steps[number], stages[number], number + 1
                row = [value in values for values in step.taken].index(True)
                steps[number] = _Step(
                    ((value,),),
                    step.numbers[row : row + 1],
                    step.domains[row : row + 1],
                )
                stages[number] = attrs.evolve(
                    stage, follows=stage.follows[row : row + 1]
                )
        if sum(len(stage.state) for stage in stages[:shared]) > _FEW:
            return None
        return Completions(self.diagram, self.space, steps, stages, self, shared)

    @cached_property
    def rankings(self) -> _Counts:
        """The completions by ranking."""
        pairs = zip(self._stages, self.diagram.ranked, strict=True)
        sizes = [int(np.searchsorted(stage.state, size)) for stage, size in pairs]
        wider = self._wider and self._wider.rankings
        return _Counts(self._stages, self._steps, sizes, wider, self._shared)

    @cached_property
    def orders(self) -> _Counts:
        """The completions by ranking and statuses."""
        stages = _walked(self.diagram.order, self._steps, 1)
        return _Counts(stages, self._steps, [len(stage.state) for stage in stages])

    def settled(self, ends: Whole) -> Truths:
        """Find for each part whether all completions lead to its end of *ends*."""
        low, high = self.swept.low, self.swept.high
        roots = self.diagram.roots
        settled: Truths = (low[0][roots] == ends) & (high[0][roots] == ends)
        return settled

    def deciding(self, outcome: str, facts: Sequence[str]) -> tuple[str, ...]:
        """Return those of *facts* that can change *outcome* alone."""
        mine = [part.outcome == outcome for part in self.diagram.parts]
        roots = np.unique(self.diagram.roots[mine])
        number, words = self.diagram.number, self.swept.words[0][:, roots]
        words = np.bitwise_or.reduce(words, axis=1, initial=0)
        reached: list[Truths] = []
        found: list[str] = []
        for fact in facts:
            place = number[fact]
            decides = bool(words[place // _WORD] >> place % _WORD & 1)
            if not decides and place in self.swept.unsure:
                reached = reached or self._reached(roots)
                decides = self._part_ways(place, np.flatnonzero(reached[place]))
            if decides:
                found.append(fact)
        return tuple(found)

    def parts_deciding(self, fact: str) -> int:
        """Return a lower bound on the parts that *fact* can change alone."""
        word, bit = divmod(self.diagram.number[fact], _WORD)
        return int((self.swept.words[0][word, self.diagram.roots] >> bit & 1).sum())

    @cached_property
    def swept(self) -> _Swept:
        """The results from each state."""
        wider = self._wider.swept if self._wider else None
        return _swept(self._stages, wider, self._shared)

    def _reached(self, roots: Whole) -> list[Truths]:
        """Find at each level the states that completions reach from *roots*."""
        at = np.zeros(len(self._stages[0].state), bool)
        at[roots] = True
        reached = [at]
        for stage, later in zip(self._stages, self._stages[1:], strict=False):
            onward = np.zeros(len(later.state) + 1, bool)
            onward[stage.follows[:, at]] = True
            reached.append(at := onward[:-1])
        return reached

    def _part_ways(self, number: int, states: Whole) -> bool:
        """Check whether two completions that differ at one level have different ends.

        They go through one of *states* of the level.
        """
        follows = self._stages[number].follows[:, states]
        pairs = [
            (follows[i], follows[j]) for i, j in combinations(range(len(follows)), 2)
        ]
        one = np.concatenate([a for a, _ in pairs])
        other = np.concatenate([b for _, b in pairs])
        for later in range(number + 1, len(self._stages)):
            stage, swept = self._stages[later], self.swept
            there = (one >= 0) & (other >= 0)
            one, other = one[there], other[there]
            kinds = swept.kinds[later]
            apart = kinds[one] != kinds[other]
            one, other = one[apart], other[apart]
            # With the same domain, different kinds have different ends.
            same = stage.domain[one] == stage.domain[other]
            if same.any():
                return True
            low, high = swept.low[later], swept.high[later]
            open_ = np.minimum(low[one], low[other]) < np.maximum(
                high[one], high[other]
            )
            codes = np.unique(one[open_] * len(kinds) + other[open_])
            if not len(codes):
                return False
            one, other = np.divmod(codes, len(kinds))
            one, other = stage.follows[:, one].ravel(), stage.follows[:, other].ravel()
        return False


@final
@attrs.frozen(eq=False)
class _Swept:
    """The results from each state of each level, over all completions."""

    #: Equal for two states of a level if each completion gives both the same end.
    kinds: Sequence[Whole]
    #: The least and the greatest end.
    low: Sequence[Whole]
    high: Sequence[Whole]
    #: For each state the levels that can change the end when only they change, as bits
    #: in words; those may lack one that is `unsure`.
    words: Sequence[Whole]
    unsure: frozenset[int]
    #: A number that is not yet a kind.
    fresh: int


def _swept(
    stages: Sequence[_Stage], wider: _Swept | None = None, shared: int = 0
) -> _Swept:
    """Sweep from the last level to the first; take the levels from *shared* on."""
    if wider:
        kinds, low, high, words = (
            [*of_levels[shared:]][::-1]
            for of_levels in (wider.kinds, wider.low, wider.high, wider.words)
        )
        unsure, fresh = {*wider.unsure}, wider.fresh
    else:
        last = stages[-1].state
        # A state has the kind of the next one if its fact decides nothing.
        kinds, low, high, fresh = [last], [last], [last], int(last.max()) + 1
        words = [np.zeros((-(-len(stages) // _WORD), len(last)), np.int64)]
        unsure = set()
    for number in reversed(range(len(stages) - len(kinds))):
        follows = stages[number].follows
        first = follows[0]
        if len(follows) == 1:
            kinds.append(kinds[-1][first])
            low.append(low[-1][first])
            high.append(high[-1][first])
            words.append(words[-1][:, first])
            continue
        domain = _at(stages[number + 1].domain, follows, -1)
        kind = _at(kinds[-1], follows, -1)
        mixed = np.flatnonzero((kind != kind[0]).any(axis=0))
        decides = np.zeros(len(first), np.int64)
        if (domain == domain[0]).all():
            decides[mixed] = 1
        else:
            decides[mixed], some_unsure = _decides(kind[:, mixed], domain[:, mixed])
            unsure |= {number} if some_unsure else set()
        found = kind[0].copy()
        groups = _groups(kind[:, mixed])
        found[mixed] = groups + fresh
        fresh += int(groups.max(initial=-1)) + 1
        kinds.append(found)
        low.append(_at(low[-1], follows, _FAR).min(axis=0))
        high.append(_at(high[-1], follows, -1).max(axis=0))
        word = [np.bitwise_or.reduce(_at(one, follows, 0), axis=0) for one in words[-1]]
        word[number // _WORD] |= decides << number % _WORD
        words.append(np.array(word))
    return _Swept(
        *(kinds[::-1], low[::-1], high[::-1], words[::-1]), frozenset(unsure), fresh
    )


def _at(values: Whole, follows: Whole, nothing: int) -> Whole:
    """Look up *values* at the states that follow, and *nothing* where none does."""
    return np.append(values, nothing)[follows]


def _decides(kind: Whole, domain: Whole) -> tuple[Truths, bool]:
    """Find states of which two classes lead to different kinds in the same domain.

    Return too whether two classes lead to different kinds in different domains.
    """
    decides, unsure = np.zeros(kind.shape[1], bool), False
    for one, other in combinations(range(len(kind)), 2):
        apart = (kind[one] != kind[other]) & (kind[one] >= 0) & (kind[other] >= 0)
        same = domain[one] == domain[other]
        decides |= apart & same
        unsure |= bool((apart & ~same).any())
    return decides, unsure


def _groups(columns: Whole) -> Whole:
    """Number the *columns*, equal ones alike."""
    width = int(columns.max(initial=0)) + 2
    codes, reach = columns[0] + 1, width
    for row in columns[1:]:
        if reach * width >= _FAR:
            codes = np.unique(codes, return_inverse=True)[1]
            reach = len(codes)
        codes = codes * width + row + 1
        reach *= width
    groups: Whole = np.unique(codes, return_inverse=True)[1]
    return groups
