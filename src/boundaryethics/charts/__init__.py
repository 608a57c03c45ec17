"""Charts of answers, for people who look before they read."""

from boundaryethics.charts.charts import (
    Bar,
    Dot,
    Interval,
    Swing,
    bars,
    flow,
    heat_map,
    intervals,
    shares,
    strip,
    tornado,
)
from boundaryethics.charts.save import refuse, save

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
