"""Measure how far weights and strengths can change before rankings change."""

from boundaryethics.sensitivity.acceptability import (
    OptionAcceptability,
    RankAcceptability,
    rank_acceptability,
)
from boundaryethics.sensitivity.curves import (
    CurvePiece,
    MapCell,
    WeightCurve,
    WeightMap,
    WeightShare,
    WeightShares,
    weight_curve,
    weight_map,
    weight_shares,
)
from boundaryethics.sensitivity.strengths import (
    StrengthMove,
    StrengthSensitivity,
    strength_sensitivity,
)
from boundaryethics.sensitivity.weights import (
    Bound,
    NearestTippingPoint,
    Region,
    TippingPoint,
    WeightRange,
    WeightSensitivity,
    weight_sensitivity,
)

__all__ = [
    "Bound",
    "CurvePiece",
    "MapCell",
    "NearestTippingPoint",
    "OptionAcceptability",
    "RankAcceptability",
    "Region",
    "StrengthMove",
    "StrengthSensitivity",
    "TippingPoint",
    "WeightCurve",
    "WeightMap",
    "WeightRange",
    "WeightSensitivity",
    "WeightShare",
    "WeightShares",
    "rank_acceptability",
    "strength_sensitivity",
    "weight_curve",
    "weight_map",
    "weight_sensitivity",
    "weight_shares",
]
