"""Charting: what moves in variants in, pictures of the variants or of one out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boundaryethics.plots import Bar, bars, flow
from boundaryethics.report import firsts_in_order, told
from boundaryethics.variants.moving import Moved

#: So many variants are drawn.
MOST = 40


def chart_of(base: str, moves: Sequence[tuple[str, Moved | None]]) -> Any:
    """A bar for each variant that moves a ranking, the one that moves most first.

    Args:
        base: the id of the policy that the variants are of.
        moves: the variants by name, each with what moves in it.

    Raises:
        PictureError: what draws is not installed.
    """
    known = [(name, moved) for name, moved in moves if moved is not None]
    moving = [(name, moved) for name, moved in known if moved.ranking_changed]
    moving.sort(key=lambda one: (-one[1].first_changed, -one[1].ranking_changed))
    shown = f", of which {MOST} are drawn" if len(moving) > MOST else ""
    total = max((moved.total for _, moved in known), default=0)
    return bars(
        [_bar(name, moved) for name, moved in moving[:MOST]],
        title=f"What would change in variants of {base}",
        subtitle=f"{len(moving)} of {len(moves)} variants rank some of {total:,} "
        f"{'situation' if total == 1 else 'situations'} otherwise{shown}",
        axis="share of situations (%)",
        legend=("another first place", "another ranking"),
    )


def flow_of(variant: str, moved: Moved | None) -> Any:
    """Who makes way for whom in one variant; ties count as groups.

    Raises:
        PictureError: what draws is not installed.
    """
    counts = moved.firsts if moved else ()
    total = moved.total if moved else 0
    firsts = {first for a, b, _ in counts for first in (a, b)}
    return flow(
        {(told((a,)), told((b,))): count for a, b, count in counts},
        total=total,
        title=f"Where the first place goes, in {variant}",
        subtitle=f"share of the situations, {total:,} in all",
        names=[told((first,)) for first in firsts_in_order(firsts)],
    )


def _bar(name: str, moved: Moved) -> Bar:
    first, ranking = (
        100 * count / moved.total
        for count in (moved.first_changed, moved.ranking_changed)
    )
    return Bar(name, first, ranking)
