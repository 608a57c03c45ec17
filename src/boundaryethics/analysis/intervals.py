"""Compute confidence intervals for shares estimated from random samples."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def wilson_interval(share: float, draws: float) -> tuple[float, float]:
    """Return the 95% Wilson interval of a *share* of random *draws* (Wilson 1927).

    Unlike an interval based on the standard error, it has a positive width even if the
    share is 0 or 1.
    """
    z = NormalDist().inv_cdf(0.975)
    middle = share + z * z / (2 * draws)
    half = z * sqrt(share * (1 - share) / draws + (z / (2 * draws)) ** 2)
    scale = 1 + z * z / draws
    low, high = (middle - half) / scale, (middle + half) / scale
    # If the share is 0 or 1, rounding errors would move the end at that value slightly.
    return (low if share else 0.0), (high if share < 1 else 1.0)
