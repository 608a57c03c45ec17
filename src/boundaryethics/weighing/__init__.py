"""Weigh: what was derived, made a ranking with its reasons."""

from boundaryethics.weighing.ranking import weigh
from boundaryethics.weighing.scales import Scales, scales, spoken

__all__ = ["Scales", "scales", "spoken", "weigh"]
