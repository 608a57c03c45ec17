"""Compile policies to decision diagrams, from the top down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, Self, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.inference.program import lower
from boundaryethics.mdd.diagram import Diagram, DiagramLevel
from boundaryethics.mdd.network import (
    BitLayout,
    FactStage,
    Gate,
    NetworkBuilder,
    RuleNetwork,
    layout_of,
    stages,
)
from boundaryethics.mdd.scores import (
    OPEN,
    PAIRS,
    ScoreLayout,
    by_standing,
    mask_of,
    members,
    pair_of,
    worths_of,
)
from boundaryethics.mdd.space import (
    Axis,
    Small,
    Space,
    Truths,
    Whole,
    every,
    fold,
    some,
    space_of,
)
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Clash
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Promise, Promised

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def merged(columns: Sequence[npt.NDArray[np.int64]]) -> tuple[Whole, Whole]:
    """The first of each group of equal rows, and for each row its group."""
    size = len(columns[0])
    if size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.argsort(_digest(columns), kind="stable")
    differs = np.zeros(size, bool)
    differs[0] = True
    for column in columns:
        ordered = column[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    group = np.empty(size, np.int64)
    group[order] = np.cumsum(differs) - 1
    return order[differs], group


def packed(bits: Truths) -> list[Whole]:
    """Columns of 64 bits each that hold the rows of *bits*, a row for each bit."""
    words = []
    for start in range(0, len(bits), 64):
        part = np.packbits(bits[start : start + 64], axis=0, bitorder="little")
        filled = np.zeros((8, bits.shape[1]), np.uint8)
        filled[: len(part)] = part
        words.append(np.ascontiguousarray(filled.T).view(np.int64)[:, 0])
    return words or [np.zeros(bits.shape[1], np.int64)]


def _digest(columns: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.uint64]:
    digest = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        digest ^= column.view(np.uint64)
        digest *= _ODD
        digest ^= digest >> _SHIFT
    return digest


@final
@attrs.frozen(kw_only=True, eq=False)
class Bounds:
    """What is sure and what is possible, for each partial situation."""

    layout: BitLayout
    #: The bits, without gates that findings have shut.
    bits: Truths
    #: For each node whether it binds.
    surely: Truths
    possibly: Truths
    #: For each finding whether it holds.
    found: Truths
    findable: Truths
    #: For each node that can be overridden whether it is triggered for sure.
    triggered: Mapping[int, Truths]

    def at(self, rows: Whole) -> Self:
        """The outlook on the partial situations in *rows* alone."""
        return attrs.evolve(
            self,
            bits=self.bits[:, rows],
            surely=self.surely[:, rows],
            possibly=self.possibly[:, rows],
            found=self.found[:, rows],
            findable=self.findable[:, rows],
            triggered={n: truths[rows] for n, truths in self.triggered.items()},
        )

    @property
    def pending(self) -> Truths:
        """For each node whether it may bind, and may not."""
        return self.possibly & ~self.surely


def outlook(layout: BitLayout, bits: Truths, told: frozenset[int]) -> Bounds:
    """The outlook on *bits*, where all facts of the gates *told* are known."""
    size = bits.shape[1]
    nodes, findings = len(layout.network.nodes), layout.network.findings
    made = Bounds(
        layout=layout,
        bits=bits,
        surely=np.zeros((nodes, size), bool),
        possibly=np.zeros((nodes, size), bool),
        found=np.zeros((findings, size), bool),
        findable=np.zeros((findings, size), bool),
        triggered={},
    )
    triggered: dict[int, Truths] = {}
    for finding, bit in layout.found.items():
        made.found[finding] = made.findable[finding] = bits[bit]
    for layer, feeds_itself in layout.layers:
        grown = True
        while grown:
            changes = [_settle(made, number, told, triggered) for number in layer]
            grown = feeds_itself and any(changes)
        for number in layer:
            _shut(made, number)
    return attrs.evolve(made, triggered=triggered)


def _settle(
    on: Bounds, number: int, told: frozenset[int], triggered: dict[int, Truths]
) -> bool:
    """Work out whether a node binds; whether more holds than before."""
    surely, possibly = _triggered(on, number, told)
    node = on.layout.network.nodes[number]
    if number in on.layout.triggered:
        triggered[number] = surely
    for other in node.overriders:
        surely = surely & ~on.possibly[other]
        possibly = possibly & ~on.surely[other]
    grown = bool(
        (surely != on.surely[number]).any() or (possibly != on.possibly[number]).any()
    )
    on.surely[number], on.possibly[number] = surely, possibly
    if grown:
        for finding in node.concludes:
            on.found[finding] |= surely
            on.findable[finding] |= possibly
    return grown


def _triggered(on: Bounds, number: int, told: frozenset[int]) -> tuple[Truths, Truths]:
    surely = np.zeros(on.bits.shape[1], bool)
    possibly = np.zeros(on.bits.shape[1], bool)
    if number in on.layout.triggered:
        surely |= on.bits[on.layout.triggered[number]]
        possibly |= surely
    for bit, gate in on.layout.gates[number]:
        ajar = on.bits[bit]
        if not ajar.any():
            continue
        possibly |= _narrowed(gate, ajar, on.findable, on.found)
        if bit in told:
            surely |= _narrowed(gate, ajar, on.found, on.findable)
    return surely, possibly


def _narrowed(gate: Gate, ajar: Truths, held: Truths, excluded: Truths) -> Truths:
    """Where *ajar*, all that *gate* wants is *held* and nothing else is *excluded*."""
    for finding in gate.holds:
        ajar = ajar & held[finding]
    for finding in gate.absent:
        ajar = ajar & ~excluded[finding]
    return ajar


def _shut(on: Bounds, number: int) -> None:
    """Clear the gates of a settled node that its findings have shut."""
    for bit, gate in on.layout.gates[number]:
        if gate.reads:
            on.bits[bit] = _narrowed(gate, on.bits[bit], on.findable, on.found)


def residue(on: Bounds, wanted: Mapping[int, Truths]) -> Truths:
    """The bits that still matter.

    *wanted* tells for each node that is asked for in which partial situations it is.
    """
    left = _Left(on, wanted)
    for layer, feeds_itself in reversed(on.layout.layers):
        while left.grown_by(layer) and feeds_itself:
            pass
    for finding, bit in on.layout.found.items():
        left.bits[bit] = left.read[finding] & on.found[finding]
    return left.bits


class _Left:
    """The bits that are known to matter so far, and the findings that are read."""

    def __init__(self, on: Bounds, wanted: Mapping[int, Truths]) -> None:
        self._on, self._wanted = on, wanted
        self._pending = on.pending
        self._unsettled = on.findable & ~on.found
        self._matters: dict[int, Truths] = {}
        self.bits = np.zeros_like(on.bits)
        self.read = np.zeros_like(on.found)
        if on.layout.demanded is not None:
            self.read[on.layout.demanded] = True

    def grown_by(self, layer: tuple[int, ...]) -> bool:
        """Whether the nodes of *layer* read more than was known to be read."""
        before = np.count_nonzero(self.read)
        for number in reversed(layer):
            matters = self._matters[number] = self._pending[number] & self._asked(
                number
            )
            if matters.any():
                self._keep(number, matters)
        return bool(np.count_nonzero(self.read) > before)

    def _asked(self, number: int) -> Truths:
        """Where a node is asked for, or something undecided waits for it."""
        layout = self._on.layout
        asked = [self._matters[other] for other in layout.overrides.get(number, ())]
        asked += [
            self.read[finding] & self._unsettled[finding]
            for finding in layout.network.nodes[number].concludes
        ]
        if number in self._wanted:
            asked.append(self._wanted[number])
        return some(np.array(asked), 0) if asked else np.zeros_like(self.read[:1])[0]

    def _keep(self, number: int, matters: Truths) -> None:
        """Keep what an undecided node waits for."""
        layout: BitLayout = self._on.layout
        if number in layout.triggered:
            sure = self._on.triggered[number]
            self.bits[layout.triggered[number]] = matters & sure
            matters = matters & ~sure
        for bit, gate in layout.gates[number]:
            self.bits[bit] = ajar = self._on.bits[bit] & matters
            for finding in gate.reads:
                self.read[finding] |= ajar


@final
@attrs.frozen(kw_only=True, eq=False)
class PartialView:
    """Partial situations, as far as they are settled."""

    #: For each pair of each side the least and the greatest that it can come to.
    low: Small
    high: Small
    #: What is settled, 0 to 2 as in `standings`, and the sums of what is open.
    settled: Small
    worth: Whole
    #: For each side the options forbidden, that may be, required, that may be.
    flags: Whole
    #: Whether a node that speaks otherwise on another side may yet bind.
    lopsided: Truths
    #: 1 where the watch has found what it looks for, else 0.
    fate: Small


@final
@attrs.frozen(eq=False)
class Criterion:
    """What a watch makes of a view."""

    #: The partial situations to go on with.
    kept: Truths
    #: The pairs that still matter.
    care: Truths
    fate: Small


class Query(Protocol):
    """What a question looks at."""

    @property
    def flags(self) -> bool:
        """Whether the bans and demands themselves are asked for."""

    def look(self, view: PartialView, /) -> Criterion:
        """What still matters."""


@final
@attrs.frozen
class Rankings:
    """Every ranking; or, not *weighed*, only whether a situation is asked for."""

    flags: bool = False
    weighed: bool = True

    def look(self, view: PartialView, /) -> Criterion:
        """All that is not settled matters, where rankings are asked for."""
        care = (view.low != view.high) & self.weighed
        return Criterion(np.ones(len(care), bool), care, view.fate)


#: No policy is weighed.
NOTHING = Rankings(weighed=False)
#: Policies are weighed no further than by what they forbid and require.
STANDINGS = Rankings(weighed=False, flags=True)


@final
@attrs.frozen
class RankingDifferences:
    """Two rankings, where they are not the same."""

    flags: bool = False

    def look(self, view: PartialView, /) -> Criterion:
        """What is not settled matters, but where the two can no longer part."""
        half = len(PAIRS)
        care = view.low != view.high
        known = np.where(care, OPEN, view.low)
        alike = every(known[:, :half] == known[:, half:], 1)
        level = (view.worth[:, :half] == view.worth[:, half:]) | (
            known[:, :half, None] != OPEN
        )
        banned = every(view.flags[:, 0] == view.flags[:, 1], 1)
        same = alike & every(level, 1, 2) & banned & ~view.lopsided
        same |= alike & ~some(care, 1)
        return Criterion(~same, care, view.fate)


@final
@attrs.frozen
class InvariantViolations:
    """Situations in which one of some promises is broken; each is of one option."""

    promises: tuple[Promised, ...]

    @property
    def flags(self) -> bool:
        """Whether a promise is about what is forbidden."""
        return any(promise.of_standing for promise, _ in self.promises)

    def look(self, view: PartialView, /) -> Criterion:
        """Pairs matter until a promise is broken, or all are kept."""
        size = len(view.low)
        broken, kept = view.fate == 1, np.ones(size, bool)
        care = np.zeros(view.low.shape, bool)
        for promise, names in self.promises:
            one_broken, one_kept, pairs = _held(view, promise, (*map(Option, names),))
            broken = broken | one_broken
            kept &= one_kept
            care |= ~one_kept[:, None] & pairs
        care &= (view.low != view.high) & ~broken[:, None]
        return Criterion(broken | ~kept, care, broken.astype(np.int8))


def _held(
    view: PartialView, promise: Promise, options: tuple[Option, ...]
) -> tuple[Truths, Truths, Truths]:
    """Where a promise is surely broken, where surely kept, and its pairs."""
    if promise.of_standing:
        banned, spared = _banned(view, options)
        none = np.zeros(len(PAIRS), bool)
        if promise is Promise.FORBIDDEN:
            return spared, banned, none
        return banned, spared, none
    first, *others = options
    others = others or [option for option in Option if option is not first]
    low, high, pairs = _against(view, first, (*others,))
    match promise:
        case Promise.ABOVE:
            return some(high <= 0, 1), every(low > 0, 1), pairs
        case Promise.LAST:
            return some(low > 0, 1), every(high <= 0, 1), pairs
        case Promise.FIRST:
            return some(high < 0, 1), every(low >= 0, 1), pairs
        case _:
            return every(low >= 0, 1), some(high < 0, 1), pairs


def _banned(view: PartialView, options: tuple[Option, ...]) -> tuple[Truths, Truths]:
    """Where one of *options* is surely forbidden, and where none can be."""
    bits = mask_of(options)
    banned = view.flags[:, 0, 0] & bits != 0
    return banned, ~banned & (view.flags[:, 0, 1] & bits == 0)


def _against(
    view: PartialView, option: Option, others: tuple[Option, ...]
) -> tuple[Small, Small, Truths]:
    """The least and the greatest that *option* can come to against each of *others*."""
    low, high, pairs = [], [], np.zeros(len(PAIRS), bool)
    for other in others:
        number, sign = pair_of(option, other)
        pairs[number] = True
        bounds = view.low[:, number] * sign, view.high[:, number] * sign
        low.append(np.minimum(*bounds))
        high.append(np.maximum(*bounds))
    return np.stack(low, axis=1), np.stack(high, axis=1), pairs


#: Stands for a sum that can no longer change its sign, until standing is settled.
_FAR = np.int64(1) << 56


class Rows:
    """Give a data class whose fields are arrays its length, parts and joins."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(next(iter(self.arrays().values())))

    @classmethod
    def joined(cls, many: Sequence[Self]) -> Self:
        """Join all rows of *many*, in turn."""
        arrays = [one.arrays() for one in many]
        return cls(**{k: np.concatenate([a[k] for a in arrays]) for k in arrays[0]})

    def at(self, rows: Whole) -> Self:
        """Take the rows numbered *rows*."""
        return type(self)(**{name: of[rows] for name, of in self.arrays().items()})

    def arrays(self) -> dict[str, Any]:
        """List the fields by name."""
        names = (field.name for field in attrs.fields(type(self)))  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names}


@final
@attrs.frozen(kw_only=True, eq=False)
class States(Rows):
    """Many states; every field has a row for each."""

    #: The number of the column of bits that are still open.
    residue: Whole
    #: For each pair of each side 1, 0, -1, or `ALLOWED`.
    settled: Small
    #: For each open pair its sum so far, in words.
    worth: Whole
    #: For each side the options forbidden, and those required, as bits.
    flags: Whole
    #: What the watch has made of it.
    fate: Small

    @classmethod
    def start(cls, worths: ScoreLayout) -> Self:
        """The one state before anything is known."""
        pairs, words = worths.points.shape[1:]
        return cls(
            residue=np.zeros(1, np.int64),
            settled=np.full((1, pairs), OPEN, np.int8),
            worth=np.zeros((1, pairs, words), np.int64),
            flags=np.zeros((1, worths.sides, 2), np.int64),
            fate=np.zeros(1, np.int8),
        )

    def columns(self) -> list[Whole]:
        """Whole numbers that are equal just where states are."""
        if not len(self):
            return [self.residue]
        size, pairs = self.settled.shape
        told = np.zeros(size, np.int64)
        for number in range(pairs):
            told = told * 4 + (self.settled[:, number] + 1)
        for flags in self.flags.reshape(size, self.flags[0].size).T:
            told = told * 16 + flags
        told = told * 2 + self.fate
        worth = np.ascontiguousarray(self.worth.reshape(size, self.worth[0].size).T)
        return [self.residue, told, *(column for column in worth if column.any())]


@final
@attrs.frozen(kw_only=True, eq=False)
class FactTransition:
    """What the next fact brings: a row for each column of bits after it."""

    #: For each pair what nodes add that come to bind, at least and at most later on.
    gain: Whole
    least: Whole
    most: Whole
    #: For each side forbidden now, maybe later, required now, maybe later.
    flags: Whole
    lopsided: Truths
    #: Whether a situation that is asked for can come of it.
    possible: Truths


def turn_of(on: Bounds, worths: ScoreLayout) -> FactTransition:
    """What the nodes that bind, and those that may, say of each pair."""
    pending = on.pending
    shape = (on.bits.shape[1], *worths.points.shape[1:])
    speaking = np.flatnonzero(some(worths.points != 0, 1, 2))
    points = worths.points[speaking].reshape(len(speaking), shape[1] * shape[2])

    def total(nodes: Truths, parts: Whole) -> Whole:
        # Sums stay below the size up to which floats are exact.
        summed = nodes[speaking].T.astype(np.float64) @ parts.astype(np.float64)
        return summed.astype(np.int64).reshape(shape)

    demanded = on.layout.demanded
    first = worths.points[speaking]
    downward, upward = _by_sign(first)
    return FactTransition(
        gain=total(on.surely, points),
        least=total(pending, downward.reshape(points.shape)),
        most=total(pending, upward.reshape(points.shape)),
        flags=_flags(on, pending, worths),
        lopsided=some(pending[worths.lopsided], 0),
        possible=(
            np.ones(shape[0], bool) if demanded is None else on.findable[demanded]
        ),
    )


def children(
    before: States, turn: FactTransition, watch: Query
) -> tuple[Whole, States]:
    """The states after the turn, and of which of *before* each of them comes."""
    rows = np.flatnonzero(turn.possible[before.residue])
    after = before.at(rows)
    next_flags = turn.flags[after.residue]
    flags = after.flags | next_flags[:, :, ::2]
    all_flags = np.stack(
        [flags[..., 0], next_flags[..., 1], flags[..., 1], next_flags[..., 3]], axis=-1
    )
    worth = after.worth + turn.gain[after.residue]
    low, high, worth = _bounds(after, worth, turn, _parted(all_flags))
    view = PartialView(
        low=low,
        high=high,
        settled=after.settled,
        worth=worth,
        flags=all_flags,
        lopsided=turn.lopsided[after.residue],
        fate=after.fate,
    )
    seen = watch.look(view)
    after = _settled(attrs.evolve(after, worth=worth, flags=flags), view, seen, watch)
    going_on = np.flatnonzero(seen.kept)
    return rows[going_on], after.at(going_on)


def _by_sign(points: Whole) -> tuple[Whole, Whole]:
    """*points* where they are below nothing, and where they are above."""
    signs = _sign(points)[..., None]
    return np.where(signs < 0, points, 0), np.where(signs > 0, points, 0)


def _sign(worth: Whole) -> Small:
    """The sign of numbers in words: that of the first word that is not 0."""
    sign = np.sign(worth[..., 0]).astype(np.int8)
    for word in range(1, worth.shape[-1]):
        sign = np.where(sign == 0, np.sign(worth[..., word]), sign).astype(np.int8)
    return sign


def _flags(on: Bounds, pending: Truths, worths: ScoreLayout) -> Whole:
    flags = np.zeros((on.bits.shape[1], worths.sides, 4), np.int64)
    for number in np.flatnonzero(some(worths.flags != 0, 1, 2)):
        for side in range(worths.sides):
            forbids, requires = worths.flags[number, side]
            now, later = on.surely[number], pending[number]
            flags[now, side] |= np.array([forbids, 0, requires, 0])
            flags[later, side] |= np.array([0, forbids, 0, requires])
    return flags


def _parted(flags: Whole) -> Small:
    """How standing parts each pair of each side, as `by_standing` tells."""
    size, sides = flags.shape[:2]
    index = flags @ (1 << 4 * np.arange(4))
    return by_standing()[index].reshape(size, sides * len(PAIRS))


def _bounds(
    states: States, worth: Whole, turn: FactTransition, parted: Small
) -> tuple[Small, Small, Whole]:
    """The least and the greatest that each pair can come to, and what is left open."""
    low = _sign(worth + turn.least[states.residue])
    high = _sign(worth + turn.most[states.residue])
    far = np.where(low == high, low, 0)
    worth = np.where((far != 0)[..., None], 0, worth)
    worth[..., 0] += far * _FAR
    unsettled = parted == OPEN
    by_rank = np.abs(parted) == 1
    settled = states.settled
    low = np.where(unsettled, -1, np.where(by_rank, parted, low))
    high = np.where(unsettled, 1, np.where(by_rank, parted, high))
    low = np.where(settled == OPEN, low, settled).astype(np.int8)
    high = np.where(settled == OPEN, high, settled).astype(np.int8)
    return low, high, worth


def _settled(
    states: States, view: PartialView, seen: Criterion, watch: Query
) -> States:
    """*states* with all forgotten that can no longer matter."""
    care = seen.care
    settled = np.where(care, OPEN, np.where(view.low == view.high, view.low, 0))
    settled[seen.fate == 1] = 0
    flags = states.flags
    if not watch.flags:
        half = len(PAIRS)
        for side in range(flags.shape[1]):
            open_pairs = _as_bits(care[:, side * half : (side + 1) * half])
            flags[:, side] &= members()[open_pairs][:, None]
    return attrs.evolve(
        states,
        settled=settled.astype(np.int8),
        worth=np.where(care[..., None], states.worth, 0),
        flags=flags,
        fate=seen.fate,
    )


def _as_bits(truths: Truths) -> Whole:
    return truths.astype(np.int64) @ (1 << np.arange(truths.shape[1]))


#: Called with how many facts are done, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


@final
@attrs.frozen
class SizeLimits:
    """How much one layer may take."""

    #: The sums of its states, in bytes.
    sums: int
    #: The bits of its residues, before they are brought together.
    bits: int


#: For an answer that is worth waiting for.
AMPLE = SizeLimits(sums=1 << 27, bits=1 << 28)


@final
@attrs.frozen(kw_only=True, eq=False)
class DiagramQuery:
    """What is asked of a network."""

    layout: BitLayout
    worths: ScoreLayout
    watch: Query
    #: Nodes of which it is to be told where they bind.
    told: tuple[int, ...] = ()
    room: SizeLimits = AMPLE


@final
@attrs.frozen(eq=False)
class _Frontier:
    bits: Truths
    states: States


def walked(
    question: DiagramQuery, axes: Sequence[Axis], progress: Progress | None = None
) -> Diagram:
    """Compile the diagram that answers *question*, facts in the order of *axes*."""
    at = _Frontier(question.layout.start(), States.start(question.worths))
    layers: list[DiagramLevel] = []
    for stage in stages(question.layout, axes):
        if _too_wide(question, at, stage):
            things = f"{len(at.states):,} kinds of situation"
            raise AnalysisError([too_large(axes, max(len(layers) - 1, 0), things)])
        at, layer = (_passed if stage.idle else _advanced)(question, at, stage)
        layers.append(layer)
        if progress:
            progress(len(layers), len(axes) + 1)
    return Diagram(tuple(layers), at.states)


def _passed(
    question: DiagramQuery, at: _Frontier, stage: FactStage
) -> tuple[_Frontier, DiagramLevel]:
    """The step over a fact of which nothing comes."""
    count = len(at.states)
    follows, none = (
        np.arange(count)[None],
        np.zeros((len(question.told), 1, count), bool),
    )
    return at, DiagramLevel(axis=stage.axis, follows=follows, binds=none)


def _advanced(
    question: DiagramQuery, at: _Frontier, stage: FactStage
) -> tuple[_Frontier, DiagramLevel]:
    on = outlook(question.layout, branched(at.bits, stage), stage.told)
    turn = turn_of(on, question.worths)
    size, count = at.bits.shape[1], len(at.states)
    grown: list[States] = []
    follows = np.full((len(stage.shuts), count), -1, np.int64)
    for number in range(len(stage.shuts)):
        branch = attrs.evolve(at.states, residue=at.states.residue + number * size)
        rows, found = children(branch, turn, question.watch)
        first, group = merged(found.columns())
        follows[number, rows] = group + sum(map(len, grown))
        grown.append(found.at(first))
    together = States.joined(grown)
    bits, residues = _residues(question, on, together)
    states = attrs.evolve(together, residue=residues)
    first, group = merged(states.columns())
    follows[follows >= 0] = group[follows[follows >= 0]]
    layer = DiagramLevel(
        axis=stage.axis,
        follows=follows,
        binds=_binds(question.told, on, stage, at),
    )
    return _Frontier(bits, states.at(first)), layer


def branched(bits: Truths, stage: FactStage) -> Truths:
    """The bits after each class of the fact's values, one after the other."""
    branches = []
    for shut in stage.shuts:
        branch = bits.copy()
        branch[list(shut)] = False
        branches.append(branch)
    return np.concatenate(branches, axis=1)


def _residues(
    question: DiagramQuery, on: Bounds, states: States
) -> tuple[Truths, Whole]:
    """The bits that still matter to some state, and for each state which those are."""
    open_pairs = _as_bits(states.settled == OPEN)
    patterns, pattern = np.unique(open_pairs, return_inverse=True)
    combined = states.residue * len(patterns) + pattern
    seen = np.zeros(on.bits.shape[1] * len(patterns), bool)
    seen[combined] = True
    place = np.cumsum(seen) - 1
    combos = np.flatnonzero(seen)
    rows, care = np.divmod(combos, len(patterns))
    bits = residue(on.at(rows), _wanted(question, patterns[care]))
    first, group = merged(packed(bits))
    return bits[:, first], group[place[combined]]


def _wanted(question: DiagramQuery, care: Whole) -> dict[int, Truths]:
    """For each node that matters for its own sake, where it does."""
    always = np.ones(len(care), bool)
    flagged = some(question.worths.flags != 0, 1, 2) & question.watch.flags
    wanted: dict[int, Truths] = {}
    for number in question.layout.gates:
        touched = int(question.worths.touched[number])
        if flagged[number] or number in question.told:
            wanted[number] = always
        elif touched:
            wanted[number] = care & touched != 0
    return wanted


def _binds(told: Iterable[int], on: Bounds, stage: FactStage, at: _Frontier) -> Truths:
    """For each node told of, class and state, whether the node comes to bind."""
    rows = on.surely[list(told)]
    by_class = rows.reshape(len(rows), len(stage.shuts), at.bits.shape[1])
    return by_class[:, :, at.states.residue]


def _too_wide(question: DiagramQuery, at: _Frontier, stage: FactStage) -> bool:
    """Whether the next layer may take more room than there is."""
    # Few values of a fact lead each to states of its own; twice as many is a lot.
    room = 2 * len(at.states) * question.worths.points[:1].nbytes
    columns = at.bits.shape[1] * len(stage.shuts)
    rows = question.layout.bits + 4 * len(question.layout.network.nodes)
    most = question.room
    return bool(room > most.sums or rows * columns > most.bits)


def too_large(axes: Sequence[Axis], done: int, things: str) -> Problem:
    """The problem that *things* are too many, with *done* facts known."""
    open_facts = [f"`{axis.fact}`" for axis in axes if len(axis.classes) > 1]
    best = ", ".join(open_facts[:5])
    return problem("BE601", done=done, facts=len(axes), things=things, best=best)


#: Diagrams of policies, and of rules and findings, that are kept.
_KEPT, _KEPT_SMALL = 32, 512


class QueryBuilder:
    """Policies side by side, ready to be asked about; nodes can be added first.

    Whatever is asked, it is asked of possible situations alone (S23).
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = tuple(policies)
        self.weaver = NetworkBuilder([lower(policy) for policy in policies])
        self._possible: dict[tuple[tuple[Clash, ...], int | None], int] = {}

    def ask(
        self,
        space: Space,
        watch: Query,
        *,
        demanded: int | None = None,
        told: Iterable[int] = (),
        room: SizeLimits = AMPLE,
        progress: Progress | None = None,
    ) -> Diagram:
        """The diagram of all of *space* as *watch* looks at it.

        *demanded* is a finding that has to hold, *told* nodes to be told about, *room*
        the most that may be taken on the way.

        Raises:
            AnalysisError: the question is too large.
        """
        asked_for = self.possible(space, demanded)
        network, told = self.weaver.woven(), tuple(told)
        watched = () if watch is NOTHING else self.policies
        worths = worths_of(watched, self.weaver.rules, len(network.nodes))
        wanted = {int(n) for n in np.flatnonzero(worths.touched)} | {*told}
        layout = layout_of(network, wanted, asked_for)
        question = DiagramQuery(
            layout=layout, worths=worths, watch=watch, told=told, room=room
        )
        return walked(question, axes_of(space, layout, demanded), progress)

    def possible(self, space: Space, demanded: int | None = None) -> int | None:
        """A finding that holds where *demanded* does, in possible situations alone.

        None where every situation is asked for.
        """
        clashes = space.vocabulary.clashes
        if not clashes:
            return demanded
        key = clashes, demanded
        if key not in self._possible:
            names = (*space.vocabulary.by_name,)
            met = (
                Gate(tuple(FactIn(names[place], among) for place, among in clash.tests))
                for clash in clashes
            )
            impossible = self.weaver.bound(self.weaver.add(met))
            holds = () if demanded is None else (demanded,)
            gate = Gate(holds=holds, absent=(impossible,))
            self._possible[key] = self.weaver.bound(self.weaver.add([gate]))
        return self._possible[key]


def axes_of(
    space: Space, layout: BitLayout, demanded: int | None = None
) -> tuple[Axis, ...]:
    """The facts of *space*, folded and in the order in which they are walked.

    Those first that *demanded* depends on.
    """
    return _ordered(layout, _axes(space, layout), demanded)


def _axes(space: Space, layout: BitLayout) -> tuple[Axis, ...]:
    gates = [gate for gates in layout.gates.values() for _, gate in gates]
    return fold(space, (test for gate in gates for test in gate.tests))


def _ordered(
    layout: BitLayout, axes: Iterable[Axis], demanded: int | None
) -> tuple[Axis, ...]:
    """Facts on which most depends first: what is left then falls apart early.

    Before them those that what is demanded depends on, for they rule most out.
    """
    network = layout.network
    depends = Counter[str]()
    for number in layout.gates:
        depends.update(_facts(network, [number]))
    first = _facts(network, network.concluding(demanded))

    def place(axis: Axis) -> tuple[bool, bool, int, str]:
        fact = axis.fact
        # By name among equals: the order in which people are asked changes nothing.
        return len(axis.classes) > 1, fact not in first, -depends[fact], fact

    return tuple(sorted(axes, key=place))


def _facts(network: RuleNetwork, nodes: Iterable[int]) -> frozenset[str]:
    """The facts that *nodes* depend on."""
    gates = (gate for n in network.cone(nodes) for gate in network.nodes[n].gates)
    return frozenset(test.fact for gate in gates for test in gate.tests)


@lru_cache(maxsize=_KEPT)
def ranking_diagram(policy: Policy) -> Diagram:
    """The diagram of the rankings that *policy* gives, made once and kept.

    Raises:
        AnalysisError: the policy is too large.
    """
    return QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())


@lru_cache(maxsize=_KEPT_SMALL)
def rule_diagram(policy: Policy, rule: str) -> Diagram:
    """The diagram of the situations in which *rule* binds."""
    asking = QueryBuilder([policy])
    bound = asking.weaver.bound(asking.weaver.rules[0][rule])
    return asking.ask(space_of(policy.vocabulary), NOTHING, demanded=bound)


@lru_cache(maxsize=_KEPT_SMALL)
def finding_diagram(policy: Policy, finding: str) -> Diagram:
    """The diagram of the situations in which *finding* holds."""
    asking = QueryBuilder([policy])
    node = asking.weaver.finding(finding, 0)
    return asking.ask(space_of(policy.vocabulary), NOTHING, demanded=node)
