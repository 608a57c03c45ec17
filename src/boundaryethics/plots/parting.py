"""Cutting bars into parts: where each part starts and ends, and in which colour.

In: counts under rows and parts. Out: pieces, with a label where it has room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import attrs

from boundaryethics.plots.checking import drawable
from boundaryethics.plots.colours import apart, ink_on
from boundaryethics.plots.wording import share

#: More can not be told apart by their shade.
MOST_PARTS = 8
REST = "any other"

_WIDTH, _LETTER = 560, 6.4


@final
@attrs.frozen(kw_only=True)
class Parted:
    """Bars in pieces."""

    pieces: list[dict[str, Any]]
    #: Under what the legend calls each part, in the order in which they lie.
    colours: Mapping[str, str]
    width: float = _WIDTH

    @property
    def seen(self) -> str:
        """The largest piece of each row, in words."""
        largest: dict[str, dict[str, Any]] = {}
        for piece in self.pieces:
            if piece["count"] > largest.get(piece["row"], {"count": 0})["count"]:
                largest[piece["row"]] = piece
        told = "; ".join(piece["seen"] for piece in largest.values())
        return f"Bars in parts; the largest part of each is {told}"


def parted(counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]) -> Parted:
    """The rows of *counts* cut into *parts*, and what others there are after these."""
    rows = {
        drawable(row): _merged(by_part, _kept(counts, parts))
        for row, by_part in counts.items()
    }
    present = {part for row in rows.values() for part, count in row.items() if count}
    order = [part for part in (*_kept(counts, parts), REST) if part in present]
    colours = dict(zip(order, apart(len(order)), strict=True))
    pieces = [piece for row in rows for piece in _pieces(row, rows[row], colours)]
    if len(rows) == 1:
        # What is too thin to be seen can be read in the legend.
        for piece in pieces:
            piece["named"] = f"{piece['part']} {piece['told']}"
        colours = {piece["named"]: colours[piece["part"]] for piece in pieces}
    return Parted(pieces=pieces, colours=colours)


def _kept(
    counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]
) -> tuple[str, ...]:
    """The parts that are drawn by themselves, in their order."""
    sums: dict[str, float] = {}
    for row in counts.values():
        total = sum(row.values())
        for part, count in row.items():
            name = drawable(part)
            sums[name] = sums.get(name, 0.0) + (count / total if total else 0.0)
    order = [*map(drawable, parts), *sums]
    present = [part for part in dict.fromkeys(order) if sums.get(part)]
    if len(present) <= MOST_PARTS:
        return tuple(present)
    largest = sorted(present, key=lambda part: -sums[part])[: MOST_PARTS - 1]
    return tuple(part for part in present if part in largest)


def _merged(row: Mapping[str, int], kept: tuple[str, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part, count in row.items():
        name = drawable(part)
        found[name if name in kept else REST] += count
    return found


def _pieces(
    row: str, by_part: Mapping[str, int], colours: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    total, before = sum(by_part.values()), 0
    for part, colour in colours.items():
        count = by_part.get(part, 0)
        if not count:
            continue
        start, end = (100 * edge / total for edge in (before, before + count))
        told = share(count, total)
        yield {
            "row": row,
            "part": part,
            "named": part,
            "told": told,
            "count": count,
            "start": start,
            "middle": (start + end) / 2,
            "end": end,
            "label": _fitting((f"{part} {told}", told), end - start),
            "ink": ink_on(colour),
            "seen": f"{row}: {part} {told}",
        }
        before += count


def _fitting(labels: tuple[str, ...], percentage: float) -> str:
    """The first of *labels* for which there is room."""
    room = percentage / 100 * _WIDTH - 6
    return next((label for label in labels if len(label) * _LETTER <= room), "")
