"""Variants of a policy, at scale: families, sweeps, and what a ranking hangs on."""

from boundaryethics.sensitivity.strengths import (
    StrengthSensitivity,
    strength_sensitivity,
)
from boundaryethics.sensitivity.weights import WeightSensitivity, weight_sensitivity
from boundaryethics.variants.designs import (
    DropRules,
    FactorialDesign,
    Methods,
    VaryStrengths,
    VaryWeights,
    rebuild_variant,
)
from boundaryethics.variants.edits import Change, Range, change, load_change
from boundaryethics.variants.effects import FactorialEffects, factorial_effects
from boundaryethics.variants.results import Sweep, read_sweep
from boundaryethics.variants.sweep import sweep

__all__ = [
    "Change",
    "DropRules",
    "FactorialDesign",
    "FactorialEffects",
    "Methods",
    "Range",
    "StrengthSensitivity",
    "Sweep",
    "VaryStrengths",
    "VaryWeights",
    "WeightSensitivity",
    "change",
    "factorial_effects",
    "load_change",
    "read_sweep",
    "rebuild_variant",
    "strength_sensitivity",
    "sweep",
    "weight_sensitivity",
]
