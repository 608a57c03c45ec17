"""Compile policies to multi-valued decision diagrams, level by level from the top.

A *state* is a vertex of the diagram. It represents all partial situations that still
have the same possible results. A *node* is a rule of the network (see `network`). A
*pair* is two options, and its *sign* shows which of the two ranks higher. A *side* is
one of the policies that a query compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, Self, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.inference.program import lower
from boundaryethics.mdd.diagram import Diagram, DiagramLevel, TableDiagram
from boundaryethics.mdd.network import (
    BitLayout,
    FactStage,
    Gate,
    NetworkBuilder,
    layout_of,
    stages,
)
from boundaryethics.mdd.scores import (
    OPEN,
    PAIRS,
    ScoreLayout,
    mask_of,
    members,
    pair_of,
    score_layout_at,
    score_layout_of,
    signs_by_status,
)
from boundaryethics.mdd.space import (
    Axis,
    Exact,
    Small,
    Space,
    Truths,
    Whole,
    fold,
    space_of,
)
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Clash
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Promise, Promised

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
#: The number of bits used in each 64-bit integer of an encoded state.
_WORD = 62


def merged(columns: Sequence[npt.NDArray[np.int64]]) -> tuple[Whole, Whole]:
    """Group equal rows; return each group's first row and each row's group.

    Rows are sorted by a hash, and neighbors are compared. Equal rows may end up in two
    groups if a different row with the same hash is between them.
    """
    size = len(columns[0])
    if size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    digest = np.zeros(size, np.uint64)
    for column in columns:
        digest ^= column.view(np.uint64)
        digest *= _ODD
        digest ^= digest >> _SHIFT
    order = np.argsort(digest, kind="stable")
    differs = np.zeros(size, bool)
    differs[0] = True
    for column in columns:
        ordered = column[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    group = np.empty(size, np.int64)
    group[order] = np.cumsum(differs) - 1
    return order[differs], group


def packed(bits: Truths) -> list[Whole]:
    """Pack each column of *bits* into 64-bit integers, 64 rows at a time."""
    rows, columns = bits.shape
    # Packing adjacent bits is several times faster than packing columns.
    filled = np.zeros((columns, max(-(-rows // 64), 1) * 64), bool)
    filled[:, :rows] = bits.T
    words = np.packbits(filled, axis=1, bitorder="little").view(np.int64)
    return [np.ascontiguousarray(word) for word in words.T]


@final
@attrs.frozen(kw_only=True, eq=False)
class Bounds:
    """The nodes and findings that are certain, and those that are still possible.

    Boolean arrays have one column for each partial situation.
    """

    layout: BitLayout
    #: The bits of the layout. Gates that a finding rules out are cleared.
    bits: Truths
    #: For each node, whether it certainly applies and whether it may.
    surely: Truths
    possibly: Truths
    #: For each finding, whether it is certainly true and whether it may be.
    found: Truths
    findable: Truths
    #: For each node that can be overridden, whether its condition is certainly met.
    triggered: dict[int, Truths]

    def of(self, nodes: Sequence[int]) -> Truths:
        """Return a copy of the bounds of *nodes*."""
        return np.stack([self.surely[[*nodes]], self.possibly[[*nodes]]])

    @property
    def pending(self) -> Truths:
        """For each node, whether it may apply but is not certain to."""
        return self.possibly & ~self.surely


def bounds_of(layout: BitLayout, bits: Truths, stage: FactStage) -> Bounds:
    """Evaluate all nodes for each class of values of *stage*'s fact.

    The result lists the columns of the first class first, then those of the second, and
    so on. Gates that a finding rules out are cleared.
    """
    branches = [bits.copy() for _ in stage.shuts]
    for branch, shut in zip(branches, stage.shuts, strict=True):
        branch[list(shut)] = False
    bits = np.concatenate(branches, axis=1)
    nodes = (len(layout.network.nodes), bits.shape[1])
    findings = (layout.network.findings, bits.shape[1])
    bounds = Bounds(
        layout=layout,
        bits=bits,
        surely=np.zeros(nodes, bool),
        possibly=np.zeros(nodes, bool),
        found=np.zeros(findings, bool),
        findable=np.zeros(findings, bool),
        triggered={},
    )
    for finding, bit in layout.found.items():
        bounds.found[finding] = bounds.findable[finding] = bits[bit]
    for layer, feeds_itself in layout.layers:
        grown = True
        while grown:
            before = bounds.of(layer) if feeds_itself else None
            for number in layer:
                _settle(bounds, number, stage.ready)
            grown = before is not None and bool((before != bounds.of(layer)).any())
        for number in layer:
            for bit, gate in layout.gates[number]:
                if gate.reads:
                    bits[bit] = _narrowed(
                        gate, bits[bit], bounds.findable, bounds.found
                    )
    return bounds


def _settle(bounds: Bounds, number: int, ready: frozenset[int]) -> None:
    """Update the bounds on whether a node applies."""
    surely, possibly = np.zeros((2, bounds.bits.shape[1]), bool)
    if number in bounds.layout.triggered:
        surely |= bounds.bits[bounds.layout.triggered[number]]
        possibly |= surely
    for bit, gate in bounds.layout.gates[number]:
        is_open = bounds.bits[bit]
        if is_open.any():
            possibly |= _narrowed(gate, is_open, bounds.findable, bounds.found)
            if bit in ready:
                surely |= _narrowed(gate, is_open, bounds.found, bounds.findable)
    node = bounds.layout.network.nodes[number]
    if number in bounds.layout.triggered:
        bounds.triggered[number] = surely
    for other in node.overriders:
        surely = surely & ~bounds.possibly[other]
        possibly = possibly & ~bounds.surely[other]
    bounds.surely[number], bounds.possibly[number] = surely, possibly
    for finding in node.concludes:
        bounds.found[finding] |= surely
        bounds.findable[finding] |= possibly


def _narrowed(gate: Gate, is_open: Truths, held: Truths, excluded: Truths) -> Truths:
    """Limit *is_open* to columns in which the gate's conditions on findings are met.

    *held* and *excluded* have the shape (findings, columns). A finding that must be
    true has to be in *held*. A finding that must be false must not be in *excluded*.
    """
    for finding in gate.holds:
        is_open = is_open & held[finding]
    for finding in gate.absent:
        is_open = is_open & ~excluded[finding]
    return is_open


def residues(
    bounds: Bounds,
    columns: Whole,
    wanted: Callable[[Whole], Mapping[int, Truths]],
    care: tuple[Whole, Whole] | None = None,
) -> tuple[Truths, Whole]:
    """Return the distinct columns of relevant bits, and the column of each state.

    Args:
        bounds: the evaluated nodes.
        columns: the current column of each state.
        wanted: a function of sets of open pairs. For each node, it returns whether the
            node is relevant for each set.
        care: the distinct sets of open pairs, and the index of each state's set.
    """
    patterns, combined = np.zeros(1, np.int64), columns
    if care:
        patterns, pattern = care
        combined = columns * len(patterns) + pattern
    seen = np.zeros(bounds.bits.shape[1] * len(patterns), bool)
    seen[combined] = True
    rows, used = np.divmod(np.flatnonzero(seen), len(patterns))
    bits = _residue(bounds, rows, wanted(patterns[used]))
    first, group = merged(packed(bits))
    return bits[:, first], group[(np.cumsum(seen) - 1)[combined]]


def _residue(bounds: Bounds, rows: Whole, wanted: Mapping[int, Truths]) -> Truths:
    """Return the bits of the columns in *rows* that still affect a wanted node.

    For each node, *wanted* shows whether it is relevant in each of *rows*.
    """
    layout, nodes = bounds.layout, bounds.layout.network.nodes
    pending, unsettled = bounds.pending, bounds.findable & ~bounds.found
    some_pending: Truths = np.logical_or.reduce(pending, axis=1)
    bits = np.zeros((layout.bits, len(rows)), bool)
    matters: dict[int, Truths] = {}
    read: dict[int, Truths] = {}
    if layout.demanded is not None:
        read[layout.demanded] = np.ones(len(rows), bool)
    for layer, feeds_itself in reversed(layout.layers):
        open_nodes = [number for number in reversed(layer) if some_pending[number]]
        grown = True
        while grown:
            before = _count(read) if feeds_itself else 0
            for number in open_nodes:
                asked = [wanted[number]] if number in wanted else []
                others = layout.overrides.get(number, ())
                asked += [matters[other] for other in others if other in matters]
                concluded = (n for n in nodes[number].concludes if n in read)
                asked += [read[n] & unsettled[n, rows] for n in concluded]
                if asked:
                    now: Truths = np.logical_or.reduce(asked, axis=0)
                    now &= pending[number, rows]
                    matters[number] = now
                    for bit, is_open, reads in _kept(bounds, number, now, rows):
                        bits[bit] = is_open
                        for n in reads:
                            read[n] = read[n] | is_open if n in read else is_open
            grown = feeds_itself and _count(read) > before
    for finding, bit in layout.found.items():
        if finding in read:
            bits[bit] = read[finding] & bounds.found[finding, rows]
    return bits


def _count(truths: Mapping[int, Truths]) -> int:
    return sum(map(np.count_nonzero, truths.values()))


def _kept(
    bounds: Bounds, number: int, matters: Truths, rows: Whole
) -> Iterator[tuple[int, Truths, tuple[int, ...]]]:
    """Yield the bits that an undecided node depends on.

    With each bit, yield the rows in which the bit is relevant, and the findings that
    its gate depends on.
    """
    if not matters.any():
        return
    if number in bounds.layout.triggered:
        sure = bounds.triggered[number][rows]
        yield bounds.layout.triggered[number], matters & sure, ()
        matters = matters & ~sure
    for bit, gate in bounds.layout.gates[number]:
        yield bit, bounds.bits[bit, rows] & matters, gate.reads


@final
@attrs.frozen(kw_only=True, eq=False)
class PartialView:
    """The range of possible results of each partial situation."""

    #: For each side and pair, the smallest and the largest sign still possible.
    low: Small
    high: Small
    #: For each open pair, the sum of points so far.
    score: Whole
    #: For each side, four bit sets of options: forbidden, may become forbidden,
    #: required, may become required.
    flags: Whole
    #: Whether any node with different effects on the sides may still apply.
    differing: Truths
    #: 1 if the query has already found its target in the partial situation, otherwise
    #: 0.
    found_target: Small


@final
@attrs.frozen(eq=False)
class Relevance:
    """The partial situations and pairs that are still relevant to a query."""

    #: The partial situations to continue with.
    kept: Truths
    #: The pairs whose signs are still relevant.
    care: Truths
    #: As in `PartialView`, updated by the query.
    found_target: Small


class Query(Protocol):
    """A query over situations. It decides what the diagram distinguishes."""

    @property
    def flags(self) -> bool:
        """Whether to track which options are forbidden and required."""

    def relevance(self, view: PartialView, /) -> Relevance:
        """Return which partial situations and pairs of options are still relevant."""


@final
@attrs.frozen
class Rankings:
    """Find every ranking.

    If *weighed* is false, check only the demanded finding and, with *flags*, statuses.
    """

    #: Whether to track which options are forbidden and required, as in `Query`.
    flags: bool = False
    #: Whether to track the signs of pairs.
    weighed: bool = True

    def relevance(self, view: PartialView, /) -> Relevance:
        """Keep all partial situations; track undecided pairs if *weighed*."""
        care = (view.low != view.high) & self.weighed
        return Relevance(np.ones(len(care), bool), care, view.found_target)


#: Checks only whether the demanded finding is true.
NOTHING = Rankings(weighed=False)
#: Finds the options that policies forbid and require, but no rankings.
STATUSES = Rankings(weighed=False, flags=True)


@final
@attrs.frozen
class RankingDifferences:
    """Find all rankings in situations that two or more policies rank differently."""

    flags: bool = False

    def relevance(self, view: PartialView, /) -> Relevance:
        """Drop partial situations in which the rankings can no longer differ."""
        care = view.low != view.high
        known = _by_side(np.where(care, OPEN, view.low))
        alike = (known[:, 1:] == known[:, :1]).all(axis=(1, 2))
        score = _by_side(view.score)
        # Sums are relevant only for open pairs.
        level = (score[:, 1:] == score[:, :1]) | (known[:, :1, :, None] != OPEN)
        banned = (view.flags[:, 1:] == view.flags[:, :1]).all(axis=(1, 2))
        same = alike & level.all(axis=(1, 2, 3)) & banned & ~view.differing
        same |= alike & ~care.any(axis=1)
        return Relevance(~same, care, view.found_target)


def _by_side(pairs: Whole | Small) -> Whole | Small:
    """Split the axis of pairs into an axis of policies and an axis of six pairs."""
    sides = pairs.shape[1] // len(PAIRS)
    return pairs.reshape(len(pairs), sides, len(PAIRS), *pairs.shape[2:])


@final
@attrs.frozen
class SignChanges:
    """Find the situations in which the weights affect the sign of at least one pair."""

    flags: bool = False

    def relevance(self, view: PartialView, /) -> Relevance:
        """Drop partial situations in which the signs of all pairs are certain."""
        care = view.low != view.high
        return Relevance(care.any(axis=1), care, view.found_target)


@final
@attrs.frozen
class InvariantViolations:
    """Find the situations in which at least one of several promises is broken."""

    promises: tuple[Promised, ...]

    @property
    def flags(self) -> bool:
        """Whether any promise is about forbidden options."""
        return any(promise.of_bans for promise, _ in self.promises)

    def relevance(self, view: PartialView, /) -> Relevance:
        """Drop partial situations in which all promises are certainly kept."""
        broken, kept = view.found_target == 1, np.ones(len(view.low), bool)
        care = np.zeros(view.low.shape, bool)
        for promise, names in self.promises:
            options = tuple(map(Option, names))
            if promise.of_bans:
                bits = mask_of(options)
                banned = view.flags[:, 0, 0] & bits != 0
                one_kept = ~banned & (view.flags[:, 0, 1] & bits == 0)
                one_broken = banned
                if promise is Promise.FORBIDDEN:
                    one_broken, one_kept = one_kept, one_broken
            else:
                one_broken, one_kept, pairs = _ranked(view, promise, *options)
                care[:, pairs] |= ~one_kept[:, None]
            broken = broken | one_broken
            kept &= one_kept
        care &= (view.low != view.high) & ~broken[:, None]
        return Relevance(broken | ~kept, care, broken.astype(np.int8))


def _ranked(
    view: PartialView, promise: Promise, option: Option, *others: Option
) -> tuple[Truths, Truths, list[int]]:
    """Find where a rank promise is certainly broken, and where it is certainly kept.

    Also return the indices of the pairs that the promise is about.
    """
    others = others or tuple(other for other in Option if other is not option)
    numbers, signs = zip(*(pair_of(option, other) for other in others), strict=True)
    pairs, turned = list(numbers), np.array(signs, np.int8)
    one, other = view.low[:, pairs] * turned, view.high[:, pairs] * turned
    low, high = np.minimum(one, other), np.maximum(one, other)
    match promise:
        case Promise.ABOVE:
            broken, kept = (high <= 0).any(axis=1), (low > 0).all(axis=1)
        case Promise.LAST:
            broken, kept = (low > 0).any(axis=1), (high <= 0).all(axis=1)
        case Promise.FIRST:
            broken, kept = (high < 0).any(axis=1), (low >= 0).all(axis=1)
        case _:
            broken, kept = (low >= 0).all(axis=1), (high < 0).any(axis=1)
    return broken, kept, pairs


#: Replaces a sum whose sign is certain while the statuses are still open.
_FAR = np.int64(1) << 56


@attrs.frozen(eq=False)
class Rows:
    """Base class for data classes whose arrays all have the same number of rows."""

    def __len__(self) -> int:
        return len(next(iter(attrs.asdict(self, recurse=False).values())))

    @classmethod
    def joined(cls, many: Sequence[Self]) -> Self:
        """Concatenate the rows of *many*, in order."""
        arrays = [attrs.asdict(one, recurse=False) for one in many]
        return cls(**{k: np.concatenate([a[k] for a in arrays]) for k in arrays[0]})

    def at(self, rows: Whole) -> Self:
        """Select the rows with these indices."""
        arrays = attrs.asdict(self, recurse=False)
        return type(self)(**{name: array[rows] for name, array in arrays.items()})


@final
@attrs.frozen(kw_only=True, eq=False)
class States(Rows):
    """The states of a level. In each array, the first axis is the state."""

    #: The index of the state's column of relevant bits.
    residue: Whole
    #: For each side and pair, the sign 1, 0 or -1, or `OPEN`.
    settled: Small
    #: For each open pair, the sum of points so far, as encoded by `Digits`.
    score: Whole
    #: For each side, two bit sets of options: forbidden and required.
    flags: Whole
    #: 1 if the query has already found its target, otherwise 0.
    found_target: Small

    @classmethod
    def start(cls, score_layout: ScoreLayout) -> Self:
        """Return the single state that exists before any fact is known."""
        pairs, words = score_layout.points.shape[1:]
        return cls(
            residue=np.zeros(1, np.int64),
            settled=np.full((1, pairs), OPEN, np.int8),
            score=np.zeros((1, pairs, words), np.int64),
            flags=np.zeros((1, score_layout.flags.shape[1], 2), np.int64),
            found_target=np.zeros(1, np.int8),
        )

    def columns(self) -> list[Whole]:
        """Encode each state as a row of integers; equal states have equal rows."""
        if not len(self):
            return [self.residue]
        size, pairs = self.settled.shape
        flags = self.flags.reshape(size, -1).T
        digits: list[tuple[int, Small | Whole]]
        digits = [(2, self.settled[:, number] + 1) for number in range(pairs)]
        digits += [(4, of_side) for of_side in flags] + [(1, self.found_target)]
        codes, used = [np.zeros(size, np.int64)], 0
        for bits, digit in digits:
            # With many policies, one integer has too few bits.
            if used + bits > _WORD:
                codes.append(np.zeros(size, np.int64))
                used = 0
            codes[-1] = (codes[-1] << bits) + digit
            used += bits
        score = np.ascontiguousarray(self.score.reshape(size, -1).T)
        return [self.residue, *codes, *(column for column in score if column.any())]


@final
@attrs.frozen(kw_only=True, eq=False)
class FactTransition:
    """The effects of one more fact. Each row belongs to one column of bits."""

    #: For each pair, the points of nodes that certainly apply; then the smallest and
    #: the largest sum of points that undecided nodes may add later.
    gain: Whole
    least: Whole
    most: Whole
    #: For each side, four bit sets of options: forbidden, may become forbidden,
    #: required, may become required.
    flags: Whole
    #: As in `PartialView`.
    differing: Truths
    #: Whether the demanded finding may be true.
    possible: Truths
    #: See `ScoreLayout.settings`.
    settings: bool

    def sign(self, score: Whole, extreme: Callable[..., Small]) -> Small:
        """Return each sum's sign; with several settings, the *extreme* of its signs."""
        if self.settings:
            return extreme(np.sign(score).astype(np.int8), axis=-1)
        return _sign(score)


def transition_of(bounds: Bounds, score_layout: ScoreLayout) -> FactTransition:
    """Add up the effects of nodes that apply, and of nodes that may apply later."""
    pending, size = bounds.pending, bounds.bits.shape[1]
    affecting = np.flatnonzero((score_layout.points != 0).any(axis=(1, 2)))
    points = score_layout.points[affecting]
    # Weights are never negative, so the sign is the same at all settings.
    signs = _sign(points)[..., None]

    def total(nodes: Truths, parts: Whole) -> Whole:
        # All sums are small enough to be exact as floats.
        by_node = nodes[affecting].astype(np.float64), parts.astype(np.float64)
        return np.tensordot(*by_node, axes=(0, 0)).astype(np.int64)

    flags = np.zeros((size, score_layout.flags.shape[1], 4), np.int64)
    for number in np.flatnonzero(score_layout.flags.any(axis=(1, 2))):
        for side, (forbids, requires) in enumerate(score_layout.flags[number]):
            flags[bounds.surely[number], side] |= np.array([forbids, 0, requires, 0])
            flags[pending[number], side] |= np.array([0, forbids, 0, requires])
    demanded = bounds.layout.demanded
    return FactTransition(
        gain=total(bounds.surely, points),
        least=total(pending, np.where(signs < 0, points, 0)),
        most=total(pending, np.where(signs > 0, points, 0)),
        flags=flags,
        differing=np.logical_or.reduce(pending[score_layout.differing], axis=0),
        possible=np.ones(size, bool) if demanded is None else bounds.findable[demanded],
        settings=score_layout.settings,
    )


def _children(
    before: States, transition: FactTransition, query: Query
) -> tuple[Whole, States]:
    """Return the rows of *before* that continue, and the state that follows each."""
    rows = np.flatnonzero(transition.possible[before.residue])
    after = before.at(rows)
    now = transition.flags[after.residue]
    flags = after.flags | now[:, :, ::2]
    all_flags = np.stack(
        [flags[..., 0], now[..., 1], flags[..., 1], now[..., 3]], axis=-1
    )
    score = after.score + transition.gain[after.residue]
    low, high, score = _sign_bounds(after, score, transition, all_flags)
    view = PartialView(
        low=low,
        high=high,
        score=score,
        flags=all_flags,
        differing=transition.differing[after.residue],
        found_target=after.found_target,
    )
    relevance = query.relevance(view)
    care = relevance.care
    if not query.flags:
        for side in range(flags.shape[1]):
            open_pairs = _as_bits(care[:, side * len(PAIRS) :][:, : len(PAIRS)])
            flags[:, side] &= members()[open_pairs][:, None]
    settled = np.where(care, OPEN, np.where(low == high, low, 0)).astype(np.int8)
    settled[relevance.found_target == 1] = 0
    after = attrs.evolve(
        after,
        settled=settled,
        score=np.where(care[..., None], score, 0),
        flags=flags,
        found_target=relevance.found_target,
    )
    kept = np.flatnonzero(relevance.kept)
    return rows[kept], after.at(kept)


def _sign_bounds(
    states: States, score: Whole, transition: FactTransition, flags: Whole
) -> tuple[Small, Small, Whole]:
    """Return the smallest and the largest possible sign of each pair, and the sums.

    Sums that are certain to end up positive or negative are replaced by constants.
    """
    low = transition.sign(score + transition.least[states.residue], np.min)
    high = transition.sign(score + transition.most[states.residue], np.max)
    far = np.where(low == high, low, 0)
    score = np.where((far != 0)[..., None], 0, score)
    # With several settings, each integer is a separate sum. Otherwise, only the first
    # integer determines the sign.
    score[..., : None if transition.settings else 1] += far[..., None] * _FAR
    by_status = signs_by_status()[flags @ (1 << 4 * np.arange(4))].reshape(low.shape)
    by_rank = np.abs(by_status) == 1
    low = np.where(by_status == OPEN, -1, np.where(by_rank, by_status, low))
    high = np.where(by_status == OPEN, 1, np.where(by_rank, by_status, high))
    settled = states.settled
    low = np.where(settled == OPEN, low, settled).astype(np.int8)
    high = np.where(settled == OPEN, high, settled).astype(np.int8)
    return low, high, score


def _sign(score: Whole) -> Small:
    """Return the sign of each sum: the sign of its first nonzero integer."""
    sign = np.sign(score[..., 0]).astype(np.int8)
    for word in range(1, score.shape[-1]):
        sign = np.where(sign == 0, np.sign(score[..., word]), sign).astype(np.int8)
    return sign


def _as_bits(truths: Truths) -> Whole:
    return truths.astype(np.int64) @ (1 << np.arange(truths.shape[1], dtype=np.int64))


#: Called with the number of facts processed and the total number.
Progress: TypeAlias = Callable[[int, int], None]


@final
@attrs.frozen
class SizeLimits:
    """The maximum size of a diagram and of the arrays needed to build it."""

    #: For each level, the bytes of the states' sums.
    sums: int
    #: For each level, the number of bits before equal columns are merged.
    bits: int
    #: The edges of all levels together.
    edges: int = 1 << 25


#: For queries that may run for a while. Memory use stays below 1 GiB.
AMPLE = SizeLimits(sums=1 << 26, bits=1 << 27)


@attrs.define(eq=False)
class _LevelBuilder:
    """The construction of a diagram, one level at a time."""

    _layout: BitLayout
    _score_layout: ScoreLayout
    _query: Query
    _tracked: list[int]
    _bits: Truths
    states: States
    _edges: int = 0

    def step(self, stage: FactStage) -> DiagramLevel:
        """Build the next level, for *stage*'s fact, and return it."""
        axis, count = stage.axis, len(self.states)
        if stage.idle:
            none = np.zeros((len(self._tracked), 1, count), bool)
            follows = np.arange(count, dtype=np.int64)[None]
            return DiagramLevel(
                axis.fact, axis.classes, follows, none, sizes=axis.sizes
            )
        self._edges += count * len(stage.shuts)
        bounds, size = bounds_of(self._layout, self._bits, stage), self._bits.shape[1]
        transition = transition_of(bounds, self._score_layout)
        grown: list[States] = []
        follows = np.full((len(stage.shuts), count), -1, np.int64)
        for number in range(len(stage.shuts)):
            residue = self.states.residue + number * size
            branch = attrs.evolve(self.states, residue=residue)
            rows, found = _children(branch, transition, self._query)
            first, group = merged(found.columns())
            follows[number, rows] = group + sum(map(len, grown))
            grown.append(found.at(first))
        bound = bounds.surely[self._tracked]
        bound = bound.reshape(len(bound), len(follows), size)[:, :, self.states.residue]
        states = States.joined(grown)
        care = np.unique(_as_bits(states.settled == OPEN), return_inverse=True)
        self._bits, residue = residues(bounds, states.residue, self._wanted, care)
        states = attrs.evolve(states, residue=residue)
        first, group = merged(states.columns())
        follows[follows >= 0] = group[follows[follows >= 0]]
        self.states = states.at(first)
        return DiagramLevel(axis.fact, axis.classes, follows, bound, sizes=axis.sizes)

    def _wanted(self, care: Whole) -> dict[int, Truths]:
        """For each node, return the sets of open pairs for which it is relevant."""
        always = np.ones(len(care), bool)
        flags = np.logical_or.reduce(self._score_layout.flags, axis=(1, 2))
        return {
            number: always
            if (flags[number] and self._query.flags) or number in self._tracked
            else care & self._score_layout.touched[number] != 0
            for number in self._layout.gates
        }

    def too_large(self, stage: FactStage, limits: SizeLimits) -> bool:
        """Return whether building the next level may exceed *limits*."""
        # Each value may lead to new states. Twice as many states is a safe estimate.
        sums = 2 * len(self.states) * self._score_layout.points[:1].nbytes
        rows = self._layout.bits + 4 * len(self._layout.network.nodes)
        bits = rows * self._bits.shape[1] * len(stage.shuts)
        edges = self._edges + len(self.states) * len(stage.shuts)
        return sums > limits.sums or bits > limits.bits or edges > limits.edges


def too_large(axes: Sequence[Axis], done: int, things: str) -> Problem:
    """Return the problem for a diagram with too many *things* after *done* facts."""
    open_facts = [f"`{axis.fact}`" for axis in axes if len(axis.classes) > 1]
    best = ", ".join(open_facts[:5])
    return problem("BE601", done=done, facts=len(axes), things=things, best=best)


class QueryBuilder:
    """Compiles diagrams that answer queries about one or more policies.

    All policies share one network, to which a query can add nodes. A query covers only
    possible situations (S23).
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = tuple(policies)
        self.builder = NetworkBuilder([lower(policy) for policy in policies])
        self._possible: dict[tuple[tuple[Clash, ...], int | None], int] = {}

    def ask(
        self,
        space: Space,
        query: Query,
        *,
        demanded: int | None = None,
        tracked: Iterable[int] = (),
        settings: Exact | None = None,
        limits: SizeLimits = AMPLE,
        progress: Progress | None = None,
    ) -> Diagram:
        """Compile the diagram that answers a query over *space*.

        Args:
            space: the situations to cover.
            query: the query.
            demanded: a finding that must be true in the situations.
            tracked: nodes to track in the diagram.
            settings: several settings of the weights of one weighted policy. An option
                pair whose sign differs between them stays open, with one sum for
                each setting.
            limits: the limits on memory and edges.
            progress: called with the number of facts processed and the total number.

        Raises:
            AnalysisError: the diagram would be too large.
        """
        asked_for = self.possible(space, demanded)
        network, tracked = self.builder.network(), tuple(tracked)
        watched = () if query is NOTHING else self.policies
        score_layout = score_layout_of(watched, self.builder.rules, len(network.nodes))
        if settings is not None:
            (policy,), (rules,) = self.policies, self.builder.rules
            score_layout = score_layout_at(policy, rules, len(network.nodes), settings)
        wanted = {int(n) for n in np.flatnonzero(score_layout.touched)} | {*tracked}
        layout = layout_of(network, wanted, asked_for)
        axes = axes_of(space, layout, demanded)
        start = layout.start(), States.start(score_layout)
        builder = _LevelBuilder(layout, score_layout, query, [*tracked], *start)
        levels: list[DiagramLevel] = []
        for stage in stages(layout, axes):
            if builder.too_large(stage, limits):
                things = f"{len(builder.states):,} kinds of situation"
                raise AnalysisError([too_large(axes, max(len(levels) - 1, 0), things)])
            levels.append(builder.step(stage))
            if progress:
                progress(len(levels), len(axes) + 1)
        if space.table is not None:
            rows = space.table
            return TableDiagram(tuple(levels), builder.states, space.unit, rows=rows)
        return Diagram(tuple(levels), builder.states, space.unit)

    def possible(self, space: Space, demanded: int | None = None) -> int | None:
        """Return a finding that restricts *demanded* to possible situations.

        Without *demanded*, it is true in all possible situations. Return None if
        nothing restricts the situations.
        """
        if not (clashes := space.clashes):
            return demanded
        key = clashes, demanded
        if key not in self._possible:
            names = (*space.vocabulary.by_name,)
            met = (
                Gate(tuple(FactIn(names[place], among) for place, among in clash.tests))
                for clash in clashes
            )
            impossible = self.builder.bound(self.builder.add(met))
            holds = () if demanded is None else (demanded,)
            gate = Gate(holds=holds, absent=(impossible,))
            self._possible[key] = self.builder.bound(self.builder.add([gate]))
        return self._possible[key]


def axes_of(
    space: Space, layout: BitLayout, demanded: int | None = None
) -> tuple[Axis, ...]:
    """Group equivalent values, and order the facts so that the diagram stays small.

    Facts that have no effect come first, then those that *demanded* depends on, because
    they exclude most situations. Within each group, facts on which many nodes depend
    come first.
    """
    network = layout.network
    axes = fold(space, (test for _, gate in layout.placed for test in gate.tests))
    depends = network.uses(layout.gates)
    first = network.facts(network.concluding(demanded))

    def place(axis: Axis) -> tuple[bool, bool, int, str]:
        fact = axis.fact
        # Names break ties, so the order in which facts are declared has no effect.
        return len(axis.classes) > 1, fact not in first, -depends[fact], fact

    return tuple(sorted(axes, key=place))


@lru_cache(maxsize=32)
def ranking_diagram(policy: Policy) -> Diagram:
    """Return the cached diagram of the rankings of *policy*."""
    return QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())


@lru_cache(maxsize=512)
def rule_diagram(policy: Policy, rule: str) -> Diagram:
    """Return the cached diagram of the situations in which *rule* applies."""
    queries = QueryBuilder([policy])
    bound = queries.builder.bound(queries.builder.rules[0][rule])
    return queries.ask(space_of(policy.vocabulary), NOTHING, demanded=bound)


@lru_cache(maxsize=512)
def finding_diagram(policy: Policy, finding: str) -> Diagram:
    """Return the cached diagram of the situations in which *finding* is true."""
    queries = QueryBuilder([policy])
    node = queries.builder.finding(finding, 0)
    return queries.ask(space_of(policy.vocabulary), NOTHING, demanded=node)
