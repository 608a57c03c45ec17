"""How far a number would have come out otherwise, had other vignettes been asked.

A percentile bootstrap over vignettes: as many are drawn, with repetition, and the
number is worked out anew, many times over. The same seed gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import PanelError, Problem

#: The numbers of the vignettes drawn.
Drawn: TypeAlias = npt.NDArray[np.int64]

#: How often vignettes are drawn where nobody says.
RESAMPLES = 1000
#: Of fewer draws the outer 2.5 per cent at each end are hardly any.
_FEWEST = 100
_INTERVAL = (2.5, 97.5)


@final
@attrs.frozen
class Undefined:
    """That there is no such number, and why."""

    why: str


@final
@attrs.frozen(kw_only=True)
class Estimate:
    """A number with its interval of 95 per cent, or why there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    #: Why there is no number; empty where there is one.
    undefined: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The estimate as plain data; what is not there is left out."""
        if self.value is None:
            return {"value": None, "undefined": self.undefined}
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined: {self.undefined}"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@final
@attrs.frozen
class Draws:
    """How vignettes are drawn: from which seed, and how often."""

    seed: int
    resamples: int

    @classmethod
    def of(cls, seed: object, resamples: object) -> Draws:
        """The draws from *seed*, so many of them.

        Raises:
            PanelError: one of the two is no whole number from 0, or so few are drawn
                that their ends are no interval.
        """
        often = whole(resamples, "resamples", 0)
        if 0 < often < _FEWEST:
            raise PanelError([_too_few(often)])
        return cls(whole(seed, "seed", 0), often)


def estimate(
    statistic: Callable[[Drawn], float | Undefined], vignettes: int, draws: Draws
) -> Estimate:
    """*statistic* of all *vignettes*, with its interval.

    Draws of which it is not defined are left out. There is no interval of fewer than
    two vignettes.
    """
    found = statistic(np.arange(vignettes))
    if isinstance(found, Undefined):
        return Estimate(undefined=found.why)
    if vignettes < 2 or not draws.resamples:  # noqa: PLR2004
        return Estimate(value=found)
    generator = np.random.default_rng(draws.seed)
    drawn = generator.integers(vignettes, size=(draws.resamples, vignettes))
    again = (statistic(one) for one in drawn)
    known = [number for number in again if not isinstance(number, Undefined)]
    if not known:
        return Estimate(value=found)
    low, high = np.percentile(known, _INTERVAL)
    return Estimate(value=found, low=float(low), high=float(high))


def mean_of(numbers: Sequence[float | None], why: str) -> Callable[[Drawn], Any]:
    """The mean of *numbers*, one for each vignette, as a statistic; *why* if none."""
    known = np.array([np.nan if n is None else n for n in numbers], dtype=float)

    def statistic(drawn: Drawn) -> float | Undefined:
        those = known[drawn]
        those = those[~np.isnan(those)]
        return float(those.mean()) if len(those) else Undefined(why)

    return statistic


def number_told(number: float | None) -> str:
    """*number* to three decimal places; a dash where there is none."""
    return "-" if number is None else f"{number:.3f}"


def whole(number: object, named: str, least: int) -> int:
    """*number*, called *named*, which has to be whole and not below *least*.

    Raises:
        PanelError: it is not.
    """
    if isinstance(number, int) and not isinstance(number, bool) and number >= least:
        return number
    message = f"`{named}` is to be a whole number from {least}"
    raise PanelError([Problem(code="BE847", message=message, token=named)])


def _too_few(resamples: int) -> Problem:
    return Problem(
        code="BE854",
        message=f"{resamples} `resamples` are too few for an interval",
        help=f"draw {_FEWEST} times or more, or 0 times for no intervals",
        token="resamples",
    )
