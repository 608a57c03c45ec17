"""Follow decision diagrams through all completions of a situation.

A completion gives each unknown fact a value. A fact may stay unknown only if each of
its values would make the situation impossible (S18). Values are assigned in the order
of the levels. A *clash* is an impossible combination of values. The *domain* of a state
represents the values that later facts can still have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, reduce
from itertools import combinations, islice
from math import prod
from typing import Self, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.mdd.diagram import DiagramLevel
from boundaryethics.mdd.space import Exact, Space, Truths, Whole, as_whole
from boundaryethics.model.facts import UNKNOWN, Clash, Situation

#: Marks the row of a fact that stays unknown although it could have a value.
_SKIPPED = ""
#: Floats represent all integers below this number exactly.
_EXACT = 1 << 53
#: Larger than the number of any end.
_FAR = 1 << 62
#: The number of bits used in each 64-bit integer of a bit set.
_WORD = 62

#: First, the clashes whose tests so far are all met. Each is paired with the index of a
#: fact whose test is ignored, or -1 if none is. Second, the facts that stay unknown.
_Met: TypeAlias = tuple[frozenset[tuple[int, Clash]], frozenset[int]]


@final
@attrs.frozen(eq=False)
class _Level:
    """One fact: its possible values, and the domain that follows each of them."""

    fact: str
    #: Each row is a class of values. The row `unknown` is for a fact that cannot have a
    #: value. The row `_SKIPPED` comes last.
    rows: tuple[tuple[str, ...], ...]
    #: For each row, the index of its class in the diagrams.
    classes: list[int]
    #: For each row and domain, the next domain; -1 if no completion exists.
    domains: Whole


def _levels(levels: Sequence[DiagramLevel], space: Space) -> tuple[_Level, ...]:
    """For each level, find the possible values and the domains that they lead to."""
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
        later = {*places[number + 1 :]}
        tables.append([])
        for (value, *_), _ in rows[number]:
            met = (_after(one, place, value, later, space) for one in reached)
            tables[-1].append([numbers.setdefault(m, len(numbers) - 1) for m in met])
        reached = [one for one in numbers if one]
    # Sets of clashes that allow the same completions form one domain. For some sets, no
    # completion exists.
    kinds = [0] * len(reached)
    domains: list[Whole] = []
    for table in reversed(tables):
        kinds.append(-1)
        each = zip(*table, strict=True)
        columns = [tuple(kinds[n] for n in column) for column in each]
        alive = dict.fromkeys(column for column in columns if max(column) >= 0)
        numbered = {column: number for number, column in enumerate(alive)}
        kinds = [numbered.get(column, -1) for column in columns]
        domains.append(as_whole([*alive]).T)
    return tuple(
        _Level(level.fact, tuple(v for v, _ in own), [n for _, n in own], after)
        for level, own, after in zip(levels, rows, reversed(domains), strict=True)
    )


def _rows(
    level: DiagramLevel, allowed: Sequence[str], *, leavable: bool
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the values of each row of *level*, and the index of the row's class."""
    known = [value for value in allowed if value != UNKNOWN]
    for number, members in enumerate(level.classes):
        if taken := tuple(value for value in members if value in known):
            yield taken, number
    if leavable and known:
        yield (UNKNOWN,), level.place[UNKNOWN]
    yield (_SKIPPED,), level.place[UNKNOWN]


def _after(
    before: _Met, place: int, value: str, later: AbstractSet[int], space: Space
) -> _Met | None:
    """Return the clashes that are still open after a fact gets a value.

    Return None if no completion exists. *place* is the index of the fact. A
    completion never meets all tests of a clash, and a fact may stay unknown only if
    each of its values would complete a clash.
    """
    met = frozenset(
        (own, clash)
        for own, clash in before[0]
        if (
            value == UNKNOWN
            if own == place
            else value in dict(clash.tests).get(place, {value})
        )
    )
    left = before[1] | ({place} if value == UNKNOWN else set())
    for own, clash in met:
        if own < 0 and later.isdisjoint(other for other, _ in clash.tests):
            return None
    for one in left:
        out = {v for own, c in met if own == one for v in dict(c.tests)[one]}
        if not out.issuperset({*space.allowed[one]} - {UNKNOWN}):
            return None
    return met, left


@final
@attrs.frozen(eq=False)
class _Stage:
    """One fact: the states before it, and the states that follow each of its values.

    Each array of states has an additional last column, which maps -1 to -1.
    """

    #: The index of the fact's level in the diagram.
    number: int
    fact: str
    #: The values of each row.
    rows: tuple[tuple[str, ...], ...]
    #: For each row and domain, the next domain.
    domains: Whole
    #: For each state, its domain.
    domain: Whole
    #: For each row and state, the next state; -1 if no completion exists. The last row
    #: is for a skipped fact, one that stays unknown.
    every: Whole
    #: The number of states for which completions are counted. These states come first.
    counted: int

    @property
    def follows(self) -> Whole:
        """For each row in `rows` and each state, the next state."""
        return self.every[: len(self.rows)]

    @property
    def weights(self) -> list[int]:
        """The number of values in each row."""
        return list(map(len, self.rows))

    def row(self, situation: Situation, skipped: AbstractSet[str]) -> int | None:
        """Return the row of the fact's value, or None if the value is still open."""
        if (value := situation[self.fact]) != UNKNOWN:
            return [value in values for values in self.rows].index(True)
        return -1 if self.fact in skipped else None

    def among(self, kept: Whole, domains: Whole, every: Whole) -> _Stage:
        """Return the stage with only the states *kept*; the last means no state (-1).

        *domains* and *every* are the new transitions.
        """
        counted = int(np.searchsorted(kept[:-1], self.counted))
        arrays = domains, self.domain[kept], every
        return _Stage(self.number, self.fact, self.rows, *arrays, counted)


def _with_none(rows: Whole) -> Whole:
    """Append a column filled with -1."""
    return np.insert(rows, rows.shape[-1], -1, axis=-1)


def _apart(kind: Whole, one: Whole, other: Whole) -> Truths:
    """Mark pairs of states that both have completions but differ in their *kind*."""
    kinds = kind[one], kind[other]
    apart: Truths = (kinds[0] != kinds[1]) & (np.minimum(*kinds) >= 0)
    return apart


def _numbered(states: Whole, size: int) -> tuple[Whole, Whole]:
    """Return the distinct *states*, and the index of each state among them.

    All states are less than *size*. State -1 comes last, and its index is -1.
    """
    found = np.zeros(size, bool)
    found[states] = found[-1] = True
    number = np.cumsum(found, dtype=np.int64) - 1
    number[-1] = -1
    return as_whole(np.flatnonzero(found)), number[states]


@final
@attrs.frozen(eq=False)
class Completions:
    """All completions of a situation, and the ends of the diagrams that they reach."""

    #: One stage for each fact whose value is open.
    stages: Sequence[_Stage]
    #: The start states of the diagrams, at the first stage.
    roots: Whole
    #: For each state after the last stage, the number of its end. The last entry is -1.
    _ends: Whole
    #: The number of ends for which completions are counted. These ends come first.
    _counted: int
    #: The completions of a less specific situation. Its last `_shared` stages are also
    #: the last stages here.
    _wider: Completions | None = None
    _shared: int = 0

    @classmethod
    def of(
        cls,
        levels: Sequence[DiagramLevel],
        roots: Whole,
        counted: Sequence[int],
        space: Space,
    ) -> Self:
        """Follow diagrams from the states *roots* through all completions in *space*.

        Completions are counted only for the states with the lowest numbers. *counted*
        is the number of these states at each level and at the end.
        """
        state = np.arange(int(roots.max()) + 1, dtype=np.int64)
        domain = np.zeros_like(state)
        stages: list[_Stage] = []
        for number, step in enumerate(_levels(levels, space)):
            level = levels[number]
            onward = level.follows[step.classes][:, state]
            domains = step.domains[:, domain]
            width = int(step.domains.max()) + 1
            codes = np.where(domains < 0, -1, onward * width + domains)
            size = (int(level.follows.max()) + 1) * width + 1
            kept, follows = _numbered(_with_none(codes), size)
            stages.append(
                _Stage(
                    number=number,
                    fact=step.fact,
                    rows=step.rows[:-1] or step.rows,
                    domains=_with_none(step.domains),
                    domain=_with_none(domain),
                    every=follows,
                    counted=int(np.searchsorted(state, counted[number])),
                )
            )
            state, domain = np.divmod(kept[:-1], width)
        end = int(np.searchsorted(state, counted[-1]))
        return cls(stages, roots, _with_none(state), end)

    def within(self, situation: Situation, skipped: AbstractSet[str]) -> Completions:
        """Return the completions of *situation* in which *skipped* facts stay unknown.

        All stages after the last known or skipped fact are reused.
        """
        rows = [stage.row(situation, skipped) for stage in self.stages]
        last = max((n for n, row in enumerate(rows) if row is not None), default=-1)
        # Each stage whose fact is open, with its states.
        kept: list[tuple[_Stage, Whole]] = []
        leads, domains = [self.roots], [np.zeros(1, np.int64)]
        for stage, row in zip(self.stages[: last + 1], rows, strict=False):
            if row is None:
                states, leads[-1] = _numbered(leads[-1], len(stage.domain))
                kept.append((stage, states))
                leads.append(stage.every[:, states])
                domains.append(stage.domains)
            else:
                leads[-1] = stage.every[row][leads[-1]]
                domains[-1] = stage.domains[row][domains[-1]]
        after = zip(kept, domains[1:], leads[1:], strict=True)
        own = [stage.among(states, *rest) for (stage, states), *rest in after]
        tail = self.stages[last + 1 :]
        both = self._ends, self._counted
        return Completions([*own, *tail], leads[0], *both, self, len(tail))

    @cached_property
    def _own(self) -> Sequence[_Stage]:
        """The stages that are not reused from `_wider`."""
        return self.stages[: len(self.stages) - self._shared]

    @cached_property
    def ahead(self) -> Sequence[_Ahead]:
        """For each stage, the ends that its states can lead to.

        The last item covers the ends themselves.
        """
        if self._wider:
            sweep = [*self._wider.ahead[-1 - self._shared :]][::-1]
        else:
            sweep = [_Ahead.end(self._ends, -(-len(self.stages) // _WORD))]
        for stage in reversed(self._own):
            sweep.append(_before(stage, sweep[-1]))
        return sweep[::-1]

    @cached_property
    def number(self) -> npt.DTypeLike:
        """A data type that can represent exact counts of completions."""
        if self._wider:
            return self._wider.number
        total = prod(sum(stage.weights) for stage in self.stages)
        return np.float64 if total < _EXACT else object

    @cached_property
    def leaving(self) -> Sequence[Exact]:
        """For each stage, the number of completions from each state to each end."""
        if self._wider:
            sweep = [*self._wider.leaving[-1 - self._shared :]][::-1]
        else:
            sweep = [np.eye(self._counted + 1, self._counted, dtype=self.number)]
        none = np.zeros((1, self._counted), self.number)
        for stage in reversed(self._own):
            # `take` requires indices of the platform's pointer size.
            follows = stage.follows[:, : stage.counted].astype(np.intp, copy=False)
            ways = zip(stage.weights, follows, strict=True)
            after = (n * sweep[-1].take(to, 0, mode="wrap") for n, to in ways)
            sweep.append(np.append(sum(after), none, axis=0))
        return sweep[::-1]

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        """For each stage, the number of paths by row and next state.

        The last item has the number of completions by end.
        """
        sizes = [*(stage.counted for stage in self.stages), self._counted]
        at = np.zeros(sizes[0] + 1, self.number)
        at[self.roots[0]] = 1
        sweep: list[Exact] = []
        for stage, size in zip(self.stages, sizes[1:], strict=True):
            onward = np.zeros((len(stage.rows), size + 1), self.number)
            for row, follows in zip(onward, stage.follows, strict=True):
                np.add.at(row, follows[: stage.counted], at[:-1])
            onward[:, -1] = 0
            sweep.append(onward)
            at = np.array(stage.weights, self.number) @ onward
        return [*sweep, at]

    def counts(self, situation: Situation) -> dict[int, int]:
        """Count the completions of *situation* that lead to each end; omit zero counts.

        Only completions from the first start state are counted.
        """
        sizes = *(len(stage.domain) for stage in self.stages), len(self._ends)
        states, count = self.roots[:1], np.ones(1, self.number)
        for stage, size in zip(self.stages, sizes[1:], strict=True):
            row = stage.row(situation, frozenset())
            if row is None:
                to = stage.follows[:, states]
                count = np.array(stage.weights, self.number)[:, None] * count
            else:
                to = stage.every[row][states]
            at = np.zeros(size, self.number)
            np.add.at(at, to.ravel(), count.ravel())
            states = np.flatnonzero(at[:-1])
            count = at[states]
        pairs = zip(self._ends[states].tolist(), count.tolist(), strict=True)
        return {end: int(count) for end, count in pairs}

    @cached_property
    def total(self) -> int:
        """The number of completions, or 1 if all lead to the same end of the diagram.

        It is the denominator for the count that `predicted` returns.
        """
        return 1 if self._constant else int(self._arriving[-1].sum())

    def predicted(self, fact: str) -> tuple[int, Mapping[str, int]]:
        """Count completions whose end is the most frequent for their value of *fact*.

        Also return, for each value, the number of ends that remain possible.
        """
        place = self._places[fact]
        rows = self.stages[place].rows
        if self._constant:
            return 1, {value: 1 for values in rows for value in values}
        counts = self._arriving[place] @ self.leaving[place + 1]
        most = counts.max(axis=1).tolist()
        left = np.count_nonzero(counts, axis=1).tolist()
        predicted = sum(len(own) * int(n) for own, n in zip(rows, most, strict=True))
        return predicted, {
            value: n for own, n in zip(rows, left, strict=True) for value in own
        }

    @cached_property
    def _constant(self) -> bool:
        """Whether all completions from the first start state lead to the same end."""
        first, root = self.ahead[0], self.roots[0]
        return bool(first.low[root] == first.high[root])

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {stage.fact: place for place, stage in enumerate(self.stages)}

    def settled(self, ends: Whole) -> Truths:
        """For each part, check whether all completions lead to its end in *ends*."""
        low, high = self.ahead[0].low[self.roots], self.ahead[0].high[self.roots]
        settled: Truths = (low == ends) & (high == ends)
        return settled

    def deciding(self, facts: Iterable[str], parts: Whole) -> list[str]:
        """Return each of *facts* that can by itself change at least one of *parts*."""
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
                decides = self._can_change_end(place, np.flatnonzero(reached[place]))
            if decides:
                found.append(fact)
        return found

    @cached_property
    def _decided(self) -> list[int]:
        """For each level, the number that `parts_deciding` returns for its fact."""
        words = self.ahead[0].words[self.roots, :, None]
        counts: list[int] = (words >> np.arange(_WORD) & 1).sum(axis=0).ravel().tolist()
        return counts

    def parts_deciding(self, fact: str) -> int:
        """Return a lower bound on the number of parts that *fact* alone can change."""
        return self._decided[self.stages[self._places[fact]].number]

    def _reached(self, roots: Whole) -> list[Truths]:
        """For each stage, find the states that completions from *roots* reach."""
        reached: list[Truths] = []
        onward = roots
        for stage in self.stages:
            at = np.zeros(len(stage.domain), bool)
            at[onward] = True
            reached.append(at)
            onward = stage.follows[:, at]
        return reached

    def _can_change_end(self, place: int, states: Whole) -> bool:
        """Check whether a change to one fact alone can change the end.

        Args:
            place: the index of the fact's stage.
            states: the states to start from at that stage.
        """
        follows = self.stages[place].follows[:, states]
        one, other = np.concatenate([*combinations(follows, 2)], axis=1)
        later = zip(self.stages, self.ahead, strict=False)
        for stage, ahead in islice(later, place + 1, None):
            apart = _apart(ahead.kind, one, other)
            one, other = one[apart], other[apart]
            # Two states with the same domain and different kinds can lead to different
            # ends.
            if (stage.domain[one] == stage.domain[other]).any():
                return True
            low = np.minimum(ahead.low[one], ahead.low[other])
            open_ = low < np.maximum(ahead.high[one], ahead.high[other])
            codes = np.unique(one[open_] * len(stage.domain) + other[open_])
            if not len(codes):
                return False
            one, other = np.divmod(codes, len(stage.domain))
            one, other = stage.follows[:, one].ravel(), stage.follows[:, other].ravel()
        return bool(_apart(self.ahead[-1].kind, one, other).any())


@final
@attrs.frozen(eq=False)
class _Ahead:
    """The ends that each state of a stage can lead to, over all completions."""

    #: Two states have the same kind if each completion leads to the same end from both.
    #: The kind is -1 if no completion exists.
    kind: Whole
    #: The lowest and the highest number among the ends that the state can lead to.
    low: Whole
    high: Whole
    #: For each state, a bit set of the levels whose fact alone can change the end. If
    #: the stage is `unsure`, the bit of its own level may be missing.
    words: Whole
    #: The smallest number that is not yet used for a kind.
    fresh: int
    #: Whether, for some states, comparing kinds does not show if the fact alone can
    #: change the end. This is possible only if its values lead to different domains.
    unsure: bool = False

    @classmethod
    def end(cls, ends: Whole, words: int) -> Self:
        """Return the entry for the ends: each of them leads only to itself."""
        low = np.where(ends < 0, _FAR, ends)
        none = np.zeros((len(ends), words), np.int64)
        return cls(ends, low, ends, none, int(ends.max()) + 1)


def _before(stage: _Stage, then: _Ahead) -> _Ahead:
    """Compute the entry for *stage* from *then*, the entry for the next stage."""
    follows = stage.follows
    kind = then.kind[follows]
    mixed = np.flatnonzero(reduce(np.logical_or, kind != kind[0]))
    if not len(mixed):
        # The fact has no effect, so each state has the kind of its next state.
        one = follows[0]
        low, high, words = then.low[one], then.high[one], then.words[one]
        return _Ahead(kind[0], low, high, words, then.fresh)
    columns, decides, unsure = kind[:, mixed], mixed, False
    domains = stage.domains[: len(kind)]
    if (domains != domains[0]).any():
        # The fact has an effect if two rows lead to different kinds in the same domain.
        first = (domains[:, None] == domains).argmax(axis=1)
        alike = first[:, stage.domain[mixed]]
        apart = columns != np.take_along_axis(columns, alike, 0)
        decides, rest = mixed[found := reduce(np.logical_or, apart)], columns[:, ~found]
        least = reduce(np.minimum, np.where(rest < 0, _FAR, rest))
        unsure = bool((least < reduce(np.maximum, rest)).any())
    words = reduce(np.bitwise_or, then.words[follows])
    words[decides, stage.number // _WORD] |= 1 << stage.number % _WORD
    groups = grouped(columns)
    kinds = kind[0].copy()
    kinds[mixed] = groups + then.fresh
    return _Ahead(
        kind=kinds,
        low=reduce(np.minimum, then.low[follows]),
        high=reduce(np.maximum, then.high[follows]),
        words=words,
        fresh=then.fresh + int(groups.max()) + 1,
        unsure=unsure,
    )


def grouped(columns: Whole) -> Whole:
    """Number the *columns* so that equal columns have the same number."""
    width = int(columns.max()) + 2
    codes, reach = columns[0] + 1, width
    for row in columns[1:]:
        if reach * width >= _FAR:
            codes = as_whole(np.unique(codes, return_inverse=True)[1])
            reach = len(codes)
        codes = codes * width + row + 1
        reach *= width
    return as_whole(np.unique(codes, return_inverse=True)[1])
