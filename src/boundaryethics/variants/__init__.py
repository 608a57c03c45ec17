"""Variants of a policy: families of variants, sweeps over them, and their effects."""

from boundaryethics.variants.designs import (
    DropRules,
    FactorialDesign,
    Methods,
    VariantLabel,
    VaryStrengths,
    VaryWeights,
    rebuild_variant,
)
from boundaryethics.variants.edits import Change, Range, change, load_change
from boundaryethics.variants.effects import (
    Contrast,
    FactorialEffects,
    factorial_effects,
)
from boundaryethics.variants.results import RankChanges, Sweep, SweepRow, read_sweep
from boundaryethics.variants.sampled import (
    SwitchEffect,
    SwitchEffects,
    switch_effects,
)
from boundaryethics.variants.sweep import sweep

__all__ = [
    "Change",
    "Contrast",
    "DropRules",
    "FactorialDesign",
    "FactorialEffects",
    "Methods",
    "Range",
    "RankChanges",
    "Sweep",
    "SweepRow",
    "SwitchEffect",
    "SwitchEffects",
    "VariantLabel",
    "VaryStrengths",
    "VaryWeights",
    "change",
    "factorial_effects",
    "load_change",
    "read_sweep",
    "rebuild_variant",
    "sweep",
    "switch_effects",
]
