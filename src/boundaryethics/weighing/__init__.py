"""Weigh: what was derived, made a ranking with its reasons."""

from boundaryethics.weighing.ranking import Scales, scales, spoken, weigh

__all__ = ["Scales", "scales", "spoken", "weigh"]
