"""What pictures with a row for each name share: the rows, and numbers beside marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boundaryethics.plots.colours import INK
from boundaryethics.plots.framing import needed

#: How wide pictures with rows are.
WIDTH = 420


def rows_of_names(names: Sequence[str], *, ruled: bool = False) -> Any:
    """A row for each of *names*, none left out; with a line between them if *ruled*."""
    alt = needed("altair")
    line = {"grid": True, "bandPosition": 0} if ruled else {"grid": False}
    axis = alt.Axis(
        domain=False, ticks=False, labelOverlap=False, labelPadding=6, **line
    )
    rows = alt.Y("row:N", title=None, axis=axis)
    return rows.scale(domain=[*names], **({"padding": 0} if ruled else {}))


def beside(base: Any, *, dx: float = 5) -> Any:
    """The text `told` beside each mark of *base*: to its right, or where *dx* says."""
    align = "left" if dx > 0 else "right"
    marks = base.mark_text(align=align, dx=dx, aria=False, fontSize=11, color=INK)
    return marks.encode(text="told:N")
