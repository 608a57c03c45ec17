"""Charting: summaries in, one picture of what came first out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from boundaryethics.batch.answers import FIRST
from boundaryethics.batch.summary import Summary
from boundaryethics.plots import shares

#: The rows that hold a bad value.
LACKING = "not answered"

#: Single options in their order, then ties.
_PARTS = (*sorted(FIRST, key=lambda first: first.count("=")), LACKING)


def chart_of(summaries: Iterable[Summary]) -> Any:
    """One picture of *summaries*, for Altair: what came first, by each policy.

    Raises:
        PictureError: what draws is not installed.
    """
    listed = tuple(summaries)
    return shares(
        {one.policy: {**dict(one.first), LACKING: one.unanswered} for one in listed},
        title="What comes first, by policy",
        subtitle=f"of {max((one.rows for one in listed), default=0):,} rows",
        axis="share of rows (%)",
        parts=_PARTS,
    )
