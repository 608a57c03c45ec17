"""Variants of a policy, at scale: families, sweeps, and what a ranking hangs on."""

from boundaryethics.sensitivity.strengths import (
    StrengthSensitivity,
    strength_sensitivity,
)
from boundaryethics.sensitivity.weights import WeightSensitivity, weight_sensitivity
from boundaryethics.variants.designs import (
    Drops,
    Methods,
    Strengths,
    Switches,
    Weights,
    variant_named,
)
from boundaryethics.variants.edits import Change, Range, change, load_change
from boundaryethics.variants.effects import Contrasts, switch_effects
from boundaryethics.variants.results import Sweep, read_sweep
from boundaryethics.variants.sweep import sweep

__all__ = [
    "Change",
    "Contrasts",
    "Drops",
    "Methods",
    "Range",
    "StrengthSensitivity",
    "Strengths",
    "Sweep",
    "Switches",
    "WeightSensitivity",
    "Weights",
    "change",
    "load_change",
    "read_sweep",
    "strength_sensitivity",
    "sweep",
    "switch_effects",
    "variant_named",
    "weight_sensitivity",
]
