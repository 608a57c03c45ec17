"""What each switch of a sweep does, as a value that tells about itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, final

import attrs

from boundaryethics.plots import Bar, bars
from boundaryethics.report import Table


@final
@attrs.frozen(kw_only=True)
class Contrast:
    """What one switch does to a share, or two of them with each other."""

    switches: tuple[str, ...]
    effect: Fraction


@final
@attrs.frozen(kw_only=True)
class Contrasts:
    """What the switches of a sweep do to a share."""

    #: Which share: one of `factorials.SHARES`.
    share: str
    #: The rows that were looked at, and the mean of their shares.
    rows: int
    mean: Fraction
    #: Of single switches first; the largest first.
    contrasts: tuple[Contrast, ...]

    def of(self, *switches: str) -> Fraction:
        """The effect of a switch, or of two with each other.

        Raises:
            KeyError: the sweep has no such switch.
        """
        for one in self.contrasts:
            if {*one.switches} == {*switches}:
                return one.effect
        raise KeyError(switches)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON; fractions are text."""
        return {
            "share": self.share,
            "rows": self.rows,
            "mean": str(self.mean),
            "contrasts": [
                {"switches": list(one.switches), "effect": str(one.effect)}
                for one in self.contrasts
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each contrast; effects are floats.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("switch", "with", "effect"),
            rows=tuple(
                (one.switches[0], "".join(one.switches[1:]), float(one.effect))
                for one in self.contrasts
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: each effect, the largest first.

        Raises:
            PictureError: what draws is not installed.
        """
        return bars(
            [
                Bar(" with ".join(one.switches), float(100 * one.effect))
                for one in self.contrasts
            ],
            title="What each switch does, alone and with another",
            subtitle=f"over {self.rows:,} settings",
            axis=f"effect on the share `{self.share}` (percentage points)",
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        mean = _percent(self.mean, "")
        return Table(
            lines=(f"share `{self.share}` of {self.rows:,} rows, {mean} on average",),
            columns=("switch", "with", "effect"),
            rows=tuple(
                (one.switches[0], "".join(one.switches[1:]), _percent(one.effect))
                for one in self.contrasts
            ),
        )


def _percent(share: Fraction, sign: str = "+") -> str:
    return f"{float(100 * share):{sign}.4g}%"
