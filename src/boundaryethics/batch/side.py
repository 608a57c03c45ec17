"""Sides: what is said of one option, wherever it is placed.

A plain tuple: thousands are made a second, and nobody outside sees one.
"""

from __future__ import annotations

from typing import TypeAlias

from boundaryethics.model.options import Option, Standing
from boundaryethics.model.reasons import Assessment, Reason

#: What an option is ranked by, less being better; the option, its standing, reasons
#: and sums; and its assessment for each place that it was given.
Side: TypeAlias = tuple[
    int, Option, Standing, tuple[Reason, ...], tuple[int, ...], dict[int, Assessment]
]


def assessed(side: Side, place: int) -> Assessment:
    """The assessment of the option that *side* tells of, where it has *place*."""
    _, option, standing, reasons, sums, placed = side
    if place not in placed:
        placed[place] = Assessment(
            option=option, place=place, standing=standing, reasons=reasons, sums=sums
        )
    return placed[place]
