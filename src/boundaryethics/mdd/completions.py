"""Follow all completions of a situation: all ways for unknown facts to become known.

In a completion no unknown fact can still be given a value (S18). As facts get their
values in turn, the *domain* of a state says which values of later facts are possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Self, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.mdd.diagram import DiagramLevel
from boundaryethics.mdd.space import Exact, Space, Truths, Whole
from boundaryethics.model.facts import UNKNOWN, Clash, Situation

#: The row of a fact that stays unknown although it could be known.
_SKIPPED = ""
#: Counts below this are exact as floats.
_EXACT = 1 << 53
#: More than any end.
_FAR = 1 << 62
#: Bits of a word.
_WORD = 62

#: Clashes of which all tests are met so far, each with a fact whose own test is left
#: out, or -1; and the facts that are left unknown.
_Met: TypeAlias = tuple[frozenset[tuple[int, Clash]], frozenset[int]]


@final
@attrs.frozen(eq=False)
class _Level:
    """One fact: its possible values, and where each leads."""

    fact: str
    #: For each row the values taken: `unknown` for a fact that is left unknown because
    #: it has to, or `_SKIPPED`, which is last.
    rows: tuple[tuple[str, ...], ...]
    #: For each row its class in the diagrams.
    classes: tuple[int, ...]
    #: For each row and domain, the next domain; -1 if no completion follows.
    domains: Whole

    @cached_property
    def clashing(self) -> bool:
        """Whether some rows lead to different domains."""
        return bool((self.domains != self.domains[0]).any())


def _levels(levels: Sequence[DiagramLevel], space: Space) -> tuple[_Level, ...]:
    """Find the possible values, and the domains after them, of each level."""
    by_name = {fact.name: place for place, fact in enumerate(space.vocabulary.facts)}
    places = [by_name[level.fact] for level in levels]
    clashes = space.vocabulary.clashes
    tested = {place for clash in clashes for place, _ in clash.tests}
    rows = [
        [*_rows(level, space.allowed[place], leavable=place in tested)]
        for level, place in zip(levels, places, strict=True)
    ]
    start = {(-1, c) for c in clashes} | {(p, c) for c in clashes for p, _ in c.tests}
    reached: list[_Met] = [(frozenset(start), frozenset())]
    tables: list[list[list[int]]] = []
    for number, place in enumerate(places):
        numbers: dict[_Met | None, int] = {None: -1}
        after = _After(place, frozenset(places[number + 1 :]), space)
        tables.append(
            [
                [numbers.setdefault(after(one, v), len(numbers) - 1) for one in reached]
                for (v, *_), _ in rows[number]
            ]
        )
        reached = [one for one in numbers if one]
    # What leads to the same completions ahead is one domain; some leads to none.
    kinds = [0] * len(reached)
    domains: list[Whole] = []
    for table in reversed(tables):
        kinds.append(-1)
        columns = [
            tuple(kinds[n] for n in column) for column in zip(*table, strict=True)
        ]
        alive = dict.fromkeys(column for column in columns if max(column) >= 0)
        numbered = {column: number for number, column in enumerate(alive)}
        kinds = [numbered.get(column, -1) for column in columns]
        domains.append(np.array([*alive]).T)
    return tuple(
        _Level(level.fact, *zip(*own, strict=True), after)
        for level, own, after in zip(levels, rows, reversed(domains), strict=True)
    )


def _rows(
    level: DiagramLevel, allowed: Sequence[str], *, leavable: bool
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the values of each row with their class."""
    known = [value for value in allowed if value != UNKNOWN]
    for number, members in enumerate(level.classes):
        if taken := tuple(value for value in members if value in known):
            yield taken, number
    if leavable and known:
        yield (UNKNOWN,), level.place[UNKNOWN]
    yield (_SKIPPED,), level.place[UNKNOWN]


@final
@attrs.frozen
class _After:
    """The next fact of a space: its place, and the places of later facts."""

    place: int
    later: frozenset[int]
    space: Space

    def __call__(self, before: _Met, value: str) -> _Met | None:
        """Give the fact *value*; return None if the result is not a completion.

        A fact left unknown needs, for each value that it could have, a clash whose
        other tests are met. No clash may have all its tests met.
        """
        met = frozenset(
            (own, clash)
            for own, clash in before[0]
            if (
                value == UNKNOWN
                if own == self.place
                else value in dict(clash.tests).get(self.place, {value})
            )
        )
        left = before[1] | ({self.place} if value == UNKNOWN else set())
        for own, clash in met:
            if own < 0 and self.later.isdisjoint(place for place, _ in clash.tests):
                return None
        for place in left:
            out = {v for own, c in met if own == place for v in dict(c.tests)[place]}
            if not out.issuperset({*self.space.allowed[place]} - {UNKNOWN}):
                return None
        return met, left


@final
@attrs.frozen(eq=False)
class _Stage:
    """The states before a fact, and where its possible values lead.

    Arrays have a last column of -1, so that -1 leads to -1.
    """

    #: The number of the fact's level.
    number: int
    level: _Level
    #: The values of each row.
    rows: tuple[tuple[str, ...], ...]
    #: For each state its domain.
    domain: Whole
    #: For each row and state the next state; -1 if no completion follows.
    follows: Whole
    #: Number of the first states whose completions are counted.
    counted: int

    def at(self, rows: slice) -> _Stage:
        """Take some *rows*."""
        return attrs.evolve(self, rows=self.rows[rows], follows=self.follows[rows])

    def among(self, kept: Whole) -> _Stage:
        """Take the states *kept*; the last is none."""
        counted = int(np.searchsorted(kept[:-1], self.counted))
        domain, follows = self.domain[kept], self.follows[:, kept]
        return attrs.evolve(self, domain=domain, follows=follows, counted=counted)

    @property
    def weights(self) -> list[int]:
        """The number of values of each row."""
        return list(map(len, self.rows))


@final
@attrs.frozen(eq=False)
class CompletionDiagram:
    """Diagrams over all ways for facts to become known, or to be skipped."""

    roots: Whole
    _stages: Sequence[_Stage]
    #: For each state at the end its end, and -1.
    ends: Whole
    #: Number of the first ends whose completions are counted.
    counted: int

    @classmethod
    def of(
        cls,
        levels: Sequence[DiagramLevel],
        roots: Whole,
        counted: Sequence[int],
        space: Space,
    ) -> Self:
        """Follow diagrams from *roots* through all completions that *space* allows.

        Completions are counted from the first states alone: *counted* has their number
        at each level and at the end.
        """
        state = np.arange(int(roots.max()) + 1)
        domain = np.zeros_like(state)
        stages: list[_Stage] = []
        for number, step in enumerate(_levels(levels, space)):
            level = levels[number]
            onward = level.follows[list(step.classes)][:, state]
            domains = step.domains[:, domain]
            width = int(step.domains.max()) + 1
            codes = np.where(domains < 0, -1, onward * width + domains)
            codes = np.append(codes, np.full((len(codes), 1), -1), axis=1)
            kept, follows = _numbered(codes, (int(level.follows.max()) + 1) * width + 1)
            first = int(np.searchsorted(state, counted[number]))
            now = np.append(domain, -1)
            stages.append(_Stage(number, step, step.rows, now, follows, first))
            state, domain = np.divmod(kept[:-1], width)
        first = int(np.searchsorted(state, counted[-1]))
        return cls(roots, stages, np.append(state, -1), first)

    @cached_property
    def every(self) -> Completions:
        """All completions of the situation in which nothing is known."""
        rows = (max(len(stage.rows) - 1, 1) for stage in self._stages)
        stages = [s.at(slice(n)) for s, n in zip(self._stages, rows, strict=True)]
        return Completions(self, stages, self.roots)

    @cached_property
    def number(self) -> npt.DTypeLike:
        """A type in which counts of completions are exact."""
        total = prod(sum(stage.weights) for stage in self.every.stages)
        return np.float64 if total < _EXACT else object

    def within(self, situation: Situation, skipped: AbstractSet[str]) -> Completions:
        """Return the completions of *situation* in which *skipped* facts stay unknown.

        The stages after the last fact that is known or skipped are those of `every`.
        """
        rows = [_row(stage.level, situation, skipped) for stage in self._stages]
        last = max((n for n, row in enumerate(rows) if row is not None), default=-1)
        stages: list[_Stage] = []
        leads = [self.roots]
        for stage, row in zip(self._stages[: last + 1], rows, strict=False):
            if row is not None:
                leads[-1] = stage.follows[row][leads[-1]]
                continue
            kept, leads[-1] = _numbered(leads[-1], len(stage.domain))
            stages.append(stage.at(slice(len(stage.rows) - 1)).among(kept))
            leads.append(stages[-1].follows)
        own = [
            attrs.evolve(stage, follows=follows)
            for stage, follows in zip(stages, leads[1:], strict=True)
        ]
        tail = self.every.stages[last + 1 :]
        return Completions(self, [*own, *tail], leads[0], len(tail))


def _row(level: _Level, situation: Situation, skipped: AbstractSet[str]) -> int | None:
    """Return the only row of *level*, or None if its fact is open."""
    if (value := situation[level.fact]) != UNKNOWN:
        return [value in values for values in level.rows].index(True)
    return len(level.rows) - 1 if level.fact in skipped or not level.rows[1:] else None


def _numbered(states: Whole, size: int) -> tuple[Whole, Whole]:
    """Return the distinct *states*, and the place of each; -1 is last, and stays."""
    found = np.zeros(size, bool)
    found[states] = found[-1] = True
    number = np.cumsum(found) - 1
    number[-1] = -1
    return np.flatnonzero(found), number[states]


@final
@attrs.frozen(eq=False)
class Completions:
    """All completions of a situation, and what they give."""

    _whole: CompletionDiagram
    #: One for each fact that is open.
    stages: Sequence[_Stage]
    #: For each part of the answer the state of the first stage in which it starts.
    roots: Whole
    #: Number of last stages that are those of all completions; None if this is all.
    _shared: int | None = None

    @cached_property
    def ahead(self) -> Sequence[_Ahead]:
        """What follows from each state of each stage, and at the end."""
        if self._shared is None:
            words = -(-len(self.stages) // _WORD)
            sweep = [_Ahead.end(self._whole.ends, words)]
        else:
            sweep = [*self._whole.every.ahead[-1 - self._shared :]][::-1]
        for stage in reversed(self.stages[: len(self.stages) + 1 - len(sweep)]):
            sweep.append(_before(stage, sweep[-1]))
        return sweep[::-1]

    @cached_property
    def leaving(self) -> Sequence[Exact]:
        """Count for each stage the completions from each state to each end."""
        if self._shared is None:
            size, number = self._whole.counted, self._whole.number
            sweep: list[Exact] = [np.eye(size + 1, size, dtype=number)]
        else:
            sweep = [*self._whole.every.leaving[-1 - self._shared :]][::-1]
        for stage in reversed(self.stages[: len(self.stages) + 1 - len(sweep)]):
            after = sweep[-1][stage.follows[:, : stage.counted]]
            weights = np.array(stage.weights, after.dtype)
            counts = np.tensordot(weights, after, axes=1)
            sweep.append(np.append(counts, np.zeros_like(sweep[-1][-1:]), axis=0))
        return sweep[::-1]

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        """Count the completions on the way to each state by row; last, to each end."""
        sizes = [*(stage.counted for stage in self.stages), self._whole.counted]
        at = np.zeros(sizes[0] + 1, self._whole.number)
        at[self.roots[0]] = 1
        sweep: list[Exact] = []
        for stage, size in zip(self.stages, sizes[1:], strict=True):
            onward = np.zeros((len(stage.rows), size + 1), at.dtype)
            for row, follows in zip(onward, stage.follows, strict=True):
                np.add.at(row, follows[: stage.counted], at[:-1])
            onward[:, -1] = 0
            sweep.append(onward)
            at = np.array(stage.weights, at.dtype) @ onward
        return [*sweep, at]

    @property
    def totals(self) -> Iterator[tuple[int, int]]:
        """Yield each end with the number of completions that lead to it."""
        for end, count in zip(
            self._whole.ends.tolist(), self._arriving[-1], strict=False
        ):
            if count:
                yield end, int(count)

    def by_value(self, fact: str) -> Mapping[str, tuple[int, ...]]:
        """Count for each value of *fact* the completions that lead to each end."""
        place = self._places[fact]
        counts = (self._arriving[place] @ self.leaving[place + 1]).tolist()
        return {
            value: tuple(map(int, row))
            for values, row in zip(self.stages[place].rows, counts, strict=True)
            for value in values
        }

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {stage.level.fact: place for place, stage in enumerate(self.stages)}

    def settled(self, ends: Whole) -> Truths:
        """Find for each part whether all completions lead to its end of *ends*."""
        first = self.ahead[0]
        settled: Truths = (first.low[self.roots] == ends) & (
            first.high[self.roots] == ends
        )
        return settled

    def deciding(self, facts: Sequence[str], parts: Whole) -> tuple[str, ...]:
        """Return those of *facts* that can change one of *parts* by themselves."""
        roots = np.unique(self.roots[parts])
        words = np.bitwise_or.reduce(self.ahead[0].words[roots], axis=0)
        reached: list[Truths] = []
        found: list[str] = []
        for fact in facts:
            place = self._places[fact]
            word, bit = divmod(self.stages[place].number, _WORD)
            decides = bool(words[word] >> bit & 1)
            if not decides and self.ahead[place].unsure:
                reached = reached or self._reached(roots)
                decides = self._part_ways(place, np.flatnonzero(reached[place]))
            if decides:
                found.append(fact)
        return tuple(found)

    def parts_deciding(self, fact: str) -> int:
        """Count the parts that *fact* can change when only it changes, at least."""
        word, bit = divmod(self.stages[self._places[fact]].number, _WORD)
        return int((self.ahead[0].words[self.roots, word] >> bit & 1).sum())

    def _reached(self, roots: Whole) -> list[Truths]:
        """Find at each stage the states that completions reach from *roots*."""
        reached: list[Truths] = []
        onward = roots
        for stage in self.stages:
            at = np.zeros(len(stage.domain), bool)
            at[onward] = True
            at[-1] = False
            reached.append(at)
            onward = stage.follows[:, at]
        return reached

    def _part_ways(self, place: int, states: Whole) -> bool:
        """Check whether two completions that differ at one stage lead apart.

        They go through one of *states* of the stage.
        """
        follows = self.stages[place].follows[:, states]
        one, other = np.concatenate([*combinations(follows, 2)], axis=1)
        for stage, ahead in zip(
            self.stages[place + 1 :], self.ahead[place + 1 :], strict=False
        ):
            kinds = ahead.kind[one], ahead.kind[other]
            apart = (kinds[0] != kinds[1]) & (kinds[0] >= 0) & (kinds[1] >= 0)
            one, other = one[apart], other[apart]
            # With the same possible after both, different kinds lead apart.
            if (stage.domain[one] == stage.domain[other]).any():
                return True
            low = np.minimum(ahead.low[one], ahead.low[other])
            open_ = low < np.maximum(ahead.high[one], ahead.high[other])
            codes = np.unique(one[open_] * len(stage.domain) + other[open_])
            if not len(codes):
                return False
            one, other = np.divmod(codes, len(stage.domain))
            one, other = stage.follows[:, one].ravel(), stage.follows[:, other].ravel()
        last = self.ahead[-1].kind
        return bool(((last[one] != last[other]) & (one >= 0) & (other >= 0)).any())


@final
@attrs.frozen(eq=False)
class _Ahead:
    """What follows from each state of a stage, over all completions."""

    #: Equal for two states of a stage if each completion gives both the same end; -1 if
    #: there is none.
    kind: Whole
    #: The least and the greatest end.
    low: Whole
    high: Whole
    #: For each state the levels that can change the end when only they change, as bits
    #: in words. The stage's own may be missing if it is `unsure`.
    words: Whole
    domain: Whole
    #: A number that is no kind yet.
    fresh: int
    unsure: bool = False

    @classmethod
    def end(cls, ends: Whole, words: int) -> Self:
        """Return what follows at the end."""
        low = np.where(ends < 0, _FAR, ends)
        none = np.zeros((len(ends), words), np.int64)
        domain = np.where(ends < 0, -1, 0)
        return cls(ends, low, ends, none, domain, int(ends.max()) + 1)


def _before(stage: _Stage, then: _Ahead) -> _Ahead:
    """Return what follows from each state of *stage*, if *then* follows after it."""
    follows, first = stage.follows, stage.follows[0]
    kind = then.kind[follows]
    mixed = np.flatnonzero((kind != kind[0]).any(axis=0))
    if not len(mixed):
        # A state has the kind of the next one if its fact decides nothing.
        low, high, words = then.low[first], then.high[first], then.words[first]
        return _Ahead(kind[0], low, high, words, stage.domain, then.fresh)
    decides, unsure = mixed, False
    if stage.level.clashing:
        decides, unsure = _decides(kind[:, mixed], then.domain[follows[:, mixed]])
        decides = mixed[decides]
    words = np.bitwise_or.reduce(then.words[follows], axis=0)
    words[decides, stage.number // _WORD] |= 1 << stage.number % _WORD
    groups = _groups(kind[:, mixed])
    found = kind[0].copy()
    found[mixed] = groups + then.fresh
    return _Ahead(
        kind=found,
        low=then.low[follows].min(axis=0),
        high=then.high[follows].max(axis=0),
        words=words,
        domain=stage.domain,
        fresh=then.fresh + int(groups.max()) + 1,
        unsure=unsure,
    )


def _decides(kind: Whole, domain: Whole) -> tuple[Truths, bool]:
    """Find states of which two rows lead to different kinds in the same domain.

    Return too whether others lead to different kinds in different domains.
    """
    same = (domain[:, None] == domain).argmax(axis=1)
    decides = (kind != np.take_along_axis(kind, same, 0)).any(axis=0)
    least = np.where(kind < 0, _FAR, kind).min(axis=0)
    return decides, bool(((least < kind.max(axis=0)) & ~decides).any())


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
