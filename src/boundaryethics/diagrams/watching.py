"""What a question watches for: which partial situations still matter to it.

In: how far each pair of options is settled in each partial situation. Out: which
of them are of no more interest, and which pairs the others still wait for. The less
a watch cares for, the more partial situations become alike.
"""

from __future__ import annotations

from typing import Protocol, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Small, Truths, Whole, every, some
from boundaryethics.diagrams.standings import OPEN, PAIRS, mask_of, pair_of
from boundaryethics.model.options import Option
from boundaryethics.model.parts import Promise, Promised


@final
@attrs.frozen(kw_only=True, eq=False)
class View:
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
class Interest:
    """What a watch makes of a view."""

    #: The partial situations to go on with.
    kept: Truths
    #: The pairs that still matter.
    care: Truths
    fate: Small


class Watch(Protocol):
    """What a question looks at."""

    @property
    def flags(self) -> bool:
        """Whether the bans and demands themselves are asked for."""

    def look(self, view: View, /) -> Interest:
        """What still matters."""


@final
@attrs.frozen
class Rankings:
    """Every ranking."""

    flags: bool = False

    def look(self, view: View, /) -> Interest:
        """All that is not settled matters."""
        care = view.low != view.high
        return Interest(np.ones(len(care), bool), care, view.fate)


@final
@attrs.frozen
class Nothing:
    """No ranking: only whether a situation is asked for at all, and its bans."""

    flags: bool = False

    def look(self, view: View, /) -> Interest:
        """No pair matters."""
        care = np.zeros(view.low.shape, bool)
        return Interest(np.ones(len(care), bool), care, view.fate)


#: No policy is weighed.
NOTHING = Nothing()
#: Policies are weighed no further than by what they forbid and require.
STANDINGS = Nothing(flags=True)


@final
@attrs.frozen
class Differences:
    """Two rankings, where they are not the same."""

    flags: bool = False

    def look(self, view: View, /) -> Interest:
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
        return Interest(~same, care, view.fate)


@final
@attrs.frozen
class Breaches:
    """Situations in which one of some promises is broken; each is of one option."""

    promises: tuple[Promised, ...]

    @property
    def flags(self) -> bool:
        """Whether a promise is about what is forbidden."""
        return any(promise.of_standing for promise, _ in self.promises)

    def look(self, view: View, /) -> Interest:
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
        return Interest(broken | ~kept, care, broken.astype(np.int8))


def _held(
    view: View, promise: Promise, options: tuple[Option, ...]
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


def _banned(view: View, options: tuple[Option, ...]) -> tuple[Truths, Truths]:
    """Where one of *options* is surely forbidden, and where none can be."""
    bits = mask_of(options)
    banned = view.flags[:, 0, 0] & bits != 0
    return banned, ~banned & (view.flags[:, 0, 1] & bits == 0)


def _against(
    view: View, option: Option, others: tuple[Option, ...]
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
