"""Sensitivity: how far weights and strengths can change before rankings do."""

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
    "NearestTippingPoint",
    "Region",
    "StrengthMove",
    "StrengthSensitivity",
    "TippingPoint",
    "WeightRange",
    "WeightSensitivity",
    "strength_sensitivity",
    "weight_sensitivity",
]
