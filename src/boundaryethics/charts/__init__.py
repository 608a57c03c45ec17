"""Draw results as charts, and save them."""

from boundaryethics.charts.charts import (
    Bar,
    Dot,
    Interval,
    Step,
    TornadoRow,
    bars,
    dot_strip,
    heat_map,
    intervals,
    shares,
    step_lines,
    tornado,
    transition_matrix,
)
from boundaryethics.charts.save import check_path, save
from boundaryethics.charts.theme import MOST_ROWS

__all__ = [
    "MOST_ROWS",
    "Bar",
    "Dot",
    "Interval",
    "Step",
    "TornadoRow",
    "bars",
    "check_path",
    "dot_strip",
    "heat_map",
    "intervals",
    "save",
    "shares",
    "step_lines",
    "tornado",
    "transition_matrix",
]
