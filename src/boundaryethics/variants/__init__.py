"""Variants of a policy, at scale: families, sweeps, and what a ranking hangs on."""

from boundaryethics.variants.changes import Change, change, load_change
from boundaryethics.variants.contrasting import switch_effects
from boundaryethics.variants.contrasts import Contrasts
from boundaryethics.variants.families import Drops, Methods, Strengths, Weights
from boundaryethics.variants.ranges import Range
from boundaryethics.variants.rebuilding import variant_named
from boundaryethics.variants.rereading import read_sweep
from boundaryethics.variants.reviewing import Review, review
from boundaryethics.variants.sensitivity import weight_sensitivity
from boundaryethics.variants.strengths import (
    StrengthSensitivity,
    strength_sensitivity,
)
from boundaryethics.variants.sweeping import sweep
from boundaryethics.variants.swept import Sweep
from boundaryethics.variants.switching import Switches
from boundaryethics.variants.weights import WeightSensitivity

__all__ = [
    "Change",
    "Contrasts",
    "Drops",
    "Methods",
    "Range",
    "Review",
    "StrengthSensitivity",
    "Strengths",
    "Sweep",
    "Switches",
    "WeightSensitivity",
    "Weights",
    "change",
    "load_change",
    "read_sweep",
    "review",
    "strength_sensitivity",
    "sweep",
    "switch_effects",
    "variant_named",
    "weight_sensitivity",
]
