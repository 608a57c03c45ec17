"""How first places move: counts of who made way for whom in, shares out.

Knows options and counts alone. Ties are kept as groups; where a table of single
options is asked for they are split evenly, and exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TypeAlias, final

import attrs

from boundaryethics.model.options import Option

#: The options that share the first place, in the order of the options.
First: TypeAlias = tuple[Option, ...]
#: One first place, the one that it makes way for, and in how many situations.
Counted: TypeAlias = tuple[First, First, int]

_FROM, _TO, _TIED = " -> ", ": ", " = "


@final
@attrs.frozen(kw_only=True)
class Moved:
    """How the rankings of a variant differ from those of its base."""

    #: Situations in which the whole ranking is another.
    ranking_changed: int
    #: First places before and after, the same ones too; their counts add up to all.
    firsts: tuple[Counted, ...]

    @cached_property
    def total(self) -> int:
        """The situations asked of."""
        return sum(count for _, _, count in self.firsts)

    @cached_property
    def first_changed(self) -> int:
        """Situations in which another option, or another group, is first."""
        return sum(count for before, after, count in self.firsts if before != after)

    @property
    def first_share(self) -> Fraction:
        """The share of `first_changed`."""
        return Fraction(self.first_changed, self.total or 1)

    @property
    def ranking_share(self) -> Fraction:
        """The share of `ranking_changed`."""
        return Fraction(self.ranking_changed, self.total or 1)

    @property
    def tied(self) -> int:
        """Situations in which options share the first place of the variant."""
        return sum(count for _, after, count in self.firsts if len(after) > 1)

    @property
    def ties_made(self) -> int:
        """Situations in which one option was first, and several are."""
        return sum(n for a, b, n in self.firsts if len(a) == 1 < len(b))

    @property
    def ties_broken(self) -> int:
        """Situations in which several options were first, and one is."""
        return sum(n for a, b, n in self.firsts if len(a) > 1 == len(b))

    @cached_property
    def table(self) -> Mapping[tuple[Option, Option], Fraction]:
        """How often one option makes way for another as the first; 16 numbers.

        Options that share the first place have an equal part of it each. An option
        keeps what it has before and after; only what it loses goes to others, in
        proportion to what they gain. So a tie that stays moves nothing.
        """
        cells = dict.fromkeys(product(Option, Option), Fraction(0))
        for before, after, count in self.firsts:
            for cell, part in _split(before, after).items():
                cells[cell] += part * count
        return cells


def moved(counts: Iterable[Counted], ranking_changed: int) -> Moved:
    """What *counts* come to, each pair of first places once, in a fixed order."""
    gathered: Counter[tuple[First, First]] = Counter()
    for before, after, count in counts:
        gathered[before, after] += count
    options = tuple(Option)

    def order(pair: tuple[First, First]) -> list[list[int]]:
        return [[options.index(option) for option in first] for first in pair]

    firsts = ((*pair, gathered[pair]) for pair in sorted(gathered, key=order))
    return Moved(
        ranking_changed=ranking_changed, firsts=tuple(one for one in firsts if one[2])
    )


def written(firsts: Iterable[Counted]) -> str:
    """*firsts* on one line: `decline -> decline = leave: 12; ...`."""
    return "; ".join(
        f"{_TIED.join(before)}{_FROM}{_TIED.join(after)}{_TO}{count}"
        for before, after, count in firsts
    )


def read(text: str) -> tuple[Counted, ...]:
    """What `written` wrote.

    Raises:
        ValueError: it did not write that.
    """
    return tuple(map(_read, text.split("; "))) if text else ()


def _read(text: str) -> Counted:
    pair, _, count = text.partition(_TO)
    before, _, after = pair.partition(_FROM)
    return _first(before), _first(after), int(count)


def _first(text: str) -> First:
    return tuple(Option(name) for name in text.split(_TIED))


def _split(before: First, after: First) -> dict[tuple[Option, Option], Fraction]:
    """One situation, as parts that move from one option to another."""
    held = {option: Fraction(1, len(before)) for option in before}
    holds = {option: Fraction(1, len(after)) for option in after}
    kept = {o: min(held.get(o, Fraction(0)), holds.get(o, Fraction(0))) for o in Option}
    parts = {(option, option): part for option, part in kept.items() if part}
    moving = 1 - sum(kept.values())
    for (one, had), (other, has) in product(held.items(), holds.items()):
        lost, gained = had - kept[one], has - kept[other]
        if lost and gained:
            parts[one, other] = lost * gained / moving
    return parts
