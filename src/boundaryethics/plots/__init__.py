"""Pictures of answers, for people who look before they read.

In: plain values. Out: Altair charts, and files of them. Nothing here knows a policy,
and nothing is loaded that draws before something is drawn.
"""

from boundaryethics.plots.bars import bars
from boundaryethics.plots.grids import flow, heat_map
from boundaryethics.plots.saving import refuse, save
from boundaryethics.plots.stacks import shares
from boundaryethics.plots.strips import strip
from boundaryethics.plots.swings import tornado
from boundaryethics.plots.values import Bar, Dot, Interval, Swing
from boundaryethics.plots.whiskers import intervals

__all__ = [
    "Bar",
    "Dot",
    "Interval",
    "Swing",
    "bars",
    "flow",
    "heat_map",
    "intervals",
    "refuse",
    "save",
    "shares",
    "strip",
    "tornado",
]
