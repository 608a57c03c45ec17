"""Estimate the effects of switches in any design, with regression and Sobol indices.

A linear regression on all switches estimates the main effect of each: the change in the
share of affected situations from the lowest to the highest setting of the switch. The
first-order index of a switch is the fraction of the share's variance that its setting
alone explains, Var(E[y | x]) / Var(y). The total index is the fraction that remains if
the settings of all other switches are known, E[Var(y | others)] / Var(y).

If every combination of settings occurs equally often, both indices are exact, and so
are the effects of on/off switches. In that case, effects have no standard error. A
Saltelli design uses the estimators of Saltelli et al. (2010) and Jansen (1999). In
other samples, the first-order index is the correlation ratio over the settings that
occur, adjusted for their number (epsilon squared, Kelley 1935). Such samples have no
total index. If few settings of a switch repeat, the switch has no first-order index
either: if no setting repeats, each mean share is the share in a single row, so the
correlation ratio is always 1.
"""

from __future__ import annotations

from collections import Counter
from math import prod, sqrt
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.arguments import checked
from boundaryethics.charts import Bar, bars
from boundaryethics.errors import AnalysisError, problem, refuse_unknown
from boundaryethics.report import PlainData, Report, Table, signed_chart
from boundaryethics.variants.designs import Design
from boundaryethics.variants.effects import (
    explain_share,
    situations_of,
    switched_rows,
)
from boundaryethics.variants.results import Sweep

_Numbers: TypeAlias = npt.NDArray[Any]
#: The minimum number of rows per setting for the correlation ratio of a switch.
_FEWEST_REPEATS = 3
#: Effects smaller than this fraction of the largest share are rounding errors.
_ROUNDING = 1e-12


@final
@attrs.frozen(kw_only=True)
class SwitchEffect(PlainData):
    """The effect of one switch on a share of situations."""

    switch: str
    #: The lowest and the highest setting.
    low: float
    high: float
    #: The change in the share between them, by regression, and its standard error. The
    #: error is None if the design is complete or has no more rows than coefficients.
    effect: float
    error: float | None
    #: The Sobol indices; None if the share does not vary, or the design has no index.
    first_order: float | None
    total_order: float | None


@final
@attrs.frozen(kw_only=True)
class SwitchEffects(Report):
    """The effects of a sweep's switches on a share of situations, in any design."""

    #: One of `effects.SHARES`.
    share: str
    #: The situations over which the share is computed.
    over: str
    #: The number of rows, and the mean of the share over them.
    rows: int
    mean: float
    #: The fraction of the variance that the regression explains; None if there is no
    #: variance.
    r_squared: float | None
    #: The method for the Sobol indices, in words.
    indices: str
    #: The reason why effects have no standard error; empty if they have one.
    no_error: str = ""
    #: The switches, the one with the largest effect first.
    switches: tuple[SwitchEffect, ...]

    @checked
    def of(self, switch: str) -> SwitchEffect:
        """Return the effect of one switch."""
        found = {one.switch: one for one in self.switches}
        if switch not in found:
            refuse_unknown("switch", switch, sorted(found))
        return found[switch]

    @signed_chart
    def chart(self) -> Any:
        """Draw each main effect, the largest first, with Altair."""
        return bars(
            [Bar(one.switch, 100 * one.effect) for one in self.switches],
            title="Main effects of the switches",
            subtitle=f"on the share with {explain_share(self.share)}, from the lowest "
            f"to the highest setting, by regression on {self.rows:,} settings, over "
            f"{self.over}",
            axis="effect (percentage points)",
        )

    def _rows(self) -> Table:
        columns = tuple(field.name for field in attrs.fields(SwitchEffect))
        return Table(
            columns=(*columns, "over"),
            rows=tuple((*one.to_dict().values(), self.over) for one in self.switches),
        )

    def _table(self) -> Table:
        mean = f"mean {100 * self.mean:.4g}% over {self.rows:,} settings"
        fitted = "-" if self.r_squared is None else f"{self.r_squared:.3f}"
        return Table(
            lines=(
                f"share with {explain_share(self.share)}: {mean}",
                f"over {self.over}",
                f"effects by linear regression: R squared {fitted}",
                *([f"no standard error: {self.no_error}"] if self.no_error else []),
                f"Sobol indices: {self.indices}",
            ),
            columns=(
                *("switch", "settings", "effect (percentage points)"),
                *("standard error", "first order", "total"),
            ),
            rows=tuple(
                (
                    one.switch,
                    f"{one.low:g} to {one.high:g}",
                    f"{100 * one.effect:+.4g}",
                    "-" if one.error is None else f"{100 * one.error:.2g}",
                    *(
                        "-" if index is None else f"{index:.3f}"
                        for index in (one.first_order, one.total_order)
                    ),
                )
                for one in self.switches
            ),
        )


@checked
def switch_effects(swept: Sweep, *, share: str = "first") -> SwitchEffects:
    """Estimate the effects of a sweep's switches on *share*, in any design.

    Args:
        swept: a sweep, such as one that `read_sweep` reads from a file. Rows without
            switches are ignored.
        share: `first` or `ranking`, for the population; or the same with the prefix
            `table_`, for the rows of a table.

    Raises:
        AnalysisError: no row has a switch, a row lacks this share or the setting of a
            switch, a switch has the same setting in every row, the effects of switches
            cannot be separated, or a Saltelli design is incomplete.
    """
    names = swept.switches
    rows, exact = switched_rows(swept, share)
    unset = [row.variant for row in rows if {*names} - {*row.switches}]
    if unset:
        raise AnalysisError([problem("BE876.unset", token=unset[0])])
    settings = np.array([[float(row.switches[n]) for n in names] for row in rows])
    shares = np.array([*map(float, exact)])
    spread = np.ptp(settings, axis=0)
    if not spread.all():
        constant = names[int(spread.argmin())]
        raise AnalysisError([problem("BE876.constant", token=constant)])
    effects, errors, fitted = _regression(settings / spread, shares)
    no_error = ""
    complete = _complete(settings)
    if complete:
        errors, no_error = (
            None,
            "all combinations of settings occur, so none is sampled",
        )
    elif errors is None:
        no_error = "there are no more settings than coefficients"
    name = rows[0].variant.partition(":")[2].partition("-")[0]
    indices, first, total = _indices(settings, shares, name, complete=complete)
    found = [
        SwitchEffect(
            switch=switch,
            low=float(settings[:, n].min()),
            high=float(settings[:, n].max()),
            effect=float(effects[n]),
            error=None if errors is None else float(errors[n]),
            first_order=_known(first, n),
            total_order=_known(total, n),
        )
        for n, switch in enumerate(names)
    ]
    return SwitchEffects(
        provenance=swept.provenance.with_parameters(share=share),
        share=share,
        over=situations_of(swept, share),
        rows=len(rows),
        mean=float(shares.mean()),
        r_squared=fitted,
        indices=indices,
        no_error=no_error,
        switches=tuple(sorted(found, key=lambda one: -abs(one.effect))),
    )


def _known(indices: _Numbers | None, place: int) -> float | None:
    """Return the Sobol index of the switch at *place*, or None if it is undefined."""
    if indices is None or np.isnan(indices[place]):
        return None
    return float(indices[place])


def _regression(
    settings: _Numbers, shares: _Numbers
) -> tuple[_Numbers, _Numbers | None, float | None]:
    """Fit a linear model; return its slopes, their standard errors and R squared."""
    design = np.column_stack([np.ones(len(shares)), settings])
    solved, _, rank, _ = np.linalg.lstsq(design, shares, rcond=None)
    if rank < design.shape[1]:
        raise AnalysisError([problem("BE876.aliased")])
    solved[abs(solved) <= _ROUNDING * abs(shares).max()] = 0
    left = shares - design @ solved
    freedom = len(shares) - design.shape[1]
    errors = None
    if freedom > 0:
        covariance = np.linalg.inv(design.T @ design) * (left @ left) / freedom
        errors = np.array([sqrt(max(one, 0.0)) for one in np.diag(covariance)[1:]])
    variance = float(shares.var())
    fitted = 1 - float(left.var()) / variance if variance else None
    return solved[1:], errors, fitted


def _indices(
    settings: _Numbers, shares: _Numbers, design: str, *, complete: bool
) -> tuple[str, _Numbers | None, _Numbers | None]:
    """Return the method for Sobol indices, and the first-order and total indices."""
    variance = float(shares.var())
    if not variance:
        return "none, the share never varies", None, None
    columns = range(settings.shape[1])
    if design == Design.SALTELLI:
        block = settings.shape[1] + 2
        if len(shares) % block:
            raise AnalysisError([problem("BE876.saltelli")])
        one, *mixed, other = shares.reshape(-1, block).T.copy()
        pooled = float(np.concatenate([one, other]).var())
        if not pooled:
            return "none, the share never varies", None, None
        # Centering the shares keeps the expected value, and reduces the variance.
        other -= shares.mean()
        first = np.array([(other * (y - one)).mean() for y in mixed]) / pooled
        total = np.array([((one - y) ** 2).mean() for y in mixed]) / (2 * pooled)
        return f"Saltelli design with {len(one):,} base samples", first, total
    first = np.array([_explained(settings[:, [n]], shares) for n in columns]) / variance
    if complete:
        rest = [np.delete(settings, n, axis=1) for n in columns]
        left = variance - np.array([_explained(one, shares) for one in rest])
        total = np.where(left <= _ROUNDING * variance, 0, left) / variance
        return "exact, all combinations of settings occur", first, total
    levels = np.array([len(np.unique(settings[:, n])) for n in columns])
    how = (
        "first order by the correlation ratio, adjusted for the number of settings; "
        "the design has no total"
    )
    few = levels * _FEWEST_REPEATS > len(shares)
    if few.any():
        how += f"; no index from fewer than {_FEWEST_REPEATS} rows per setting"
    freedom = np.where(few, np.nan, len(shares) - levels)
    adjusted = 1 - (1 - first) * (len(shares) - 1) / freedom
    return how, np.maximum(adjusted, 0), None


def _complete(settings: _Numbers) -> bool:
    """Return whether all combinations of settings occur, each equally often."""
    counts = Counter(map(tuple, settings.tolist()))
    every = prod(len(np.unique(column)) for column in settings.T)
    return len(counts) == every and len({*counts.values()}) == 1


def _explained(settings: _Numbers, shares: _Numbers) -> float:
    """Return the variance of the mean share across combinations of *settings*."""
    if not settings.shape[1]:
        return 0.0
    _, group = np.unique(settings, axis=0, return_inverse=True)
    group = group.reshape(-1)
    means = np.bincount(group, shares) / np.bincount(group)
    return float(means[group].var())
