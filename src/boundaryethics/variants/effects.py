"""The effects of the switches of a sweep, alone and with each other.

In: a sweep of a full factorial. Out: exact contrasts of the share of situations that
change. The effect of a switch is the mean of the rows in which it is on, less the mean
of those in which it is off; that of two is half of what the effect of the one gains
when the other is turned on. Both are what least squares finds on such rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, islice, product
from math import prod
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.charts import Bar, bars
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.report import Report, Table
from boundaryethics.variants.results import TABLE, Sweep, SweepRow

#: The setting of each switch, and the share of a row with it.
Point: TypeAlias = tuple[tuple[int, ...], Fraction]

#: The shares of a row.
SHARES = ("first", "ranking", "table_first", "table_ranking")
_SHOWN = 3


@final
@attrs.frozen(kw_only=True)
class Contrast:
    """What one switch does to a share, or two of them with each other."""

    switches: tuple[str, ...]
    effect: Fraction


@final
@attrs.frozen(kw_only=True)
class FactorialEffects(Report):
    """What the switches of a sweep do to a share."""

    #: Which share: one of `SHARES`.
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
        """Give a data frame with a row for each contrast; effects are floats.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        effects = (float(one.effect) for one in self.contrasts)
        return self._with(effects).frame()

    def chart(self) -> Any:
        """Draw each effect, the largest first, with Altair.

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

    def _table(self) -> Table:
        mean = f"{float(100 * self.mean):.4g}%"
        line = f"share `{self.share}` of {self.rows:,} rows, {mean} on average"
        effects = (f"{float(100 * one.effect):+.4g}%" for one in self.contrasts)
        return self._with(effects, line)

    def _with(self, effects: Iterable[object], *lines: str) -> Table:
        names = ((one.switches[0], "".join(one.switches[1:])) for one in self.contrasts)
        rows = zip(names, effects, strict=True)
        return Table(
            lines=lines,
            columns=("switch", "with", "effect"),
            rows=tuple((*switches, effect) for switches, effect in rows),
        )


def factorial_effects(swept: Sweep, *, share: str = "first") -> FactorialEffects:
    """Tell exactly what the switches of a full factorial do to *share*.

    Args:
        swept: a sweep; rows of no switch are passed over. `read_sweep` reads one from
            its file.
        share: `first` or `ranking`, of all situations; or with `table_` before it,
            of the rows of a table.

    Raises:
        AnalysisError: the rows are no full factorial of switches that are on or off,
            each setting as often as any other; or a row has no such share.
    """
    if share not in SHARES:
        listed = ", ".join(f"`{one}`" for one in SHARES)
        message = f"`{share}` is none of the shares {listed}"
        raise AnalysisError([Problem(code="BE825", message=message, token=share)])
    rows, names = [row for row in swept.rows if row.switches], swept.switches
    problems = [*_problems(rows, names, share)]
    if problems:
        raise AnalysisError(problems)
    settings = (tuple(map(row.switches.__getitem__, names)) for row in rows)
    shares = (_share(row, share) or Fraction(0) for row in rows)
    return _contrasted([*zip(settings, shares, strict=True)], names, share)


def _contrasted(
    points: Sequence[Point], names: Sequence[str], share: str
) -> FactorialEffects:
    places = range(len(names))
    alone, pairs = combinations(places, 1), combinations(places, 2)
    contrasts = [
        Contrast(switches=tuple(names[n] for n in among), effect=_effect(points, among))
        for among in (*alone, *pairs)
    ]
    return FactorialEffects(
        share=share,
        rows=len(points),
        mean=sum((told for _, told in points), Fraction(0)) / len(points),
        contrasts=tuple(
            sorted(contrasts, key=lambda one: (len(one.switches), -abs(one.effect)))
        ),
    )


def _effect(points: Iterable[Point], among: tuple[int, ...]) -> Fraction:
    signed = [
        told * prod(1 if setting[n] else -1 for n in among) for setting, told in points
    ]
    return sum(signed, Fraction(0)) * 2 / len(signed)


def _share(row: SweepRow, share: str) -> Fraction | None:
    moved = row.table if share.startswith(TABLE) else row.space
    if moved is None:
        return None
    first = share.endswith("first")
    return moved.first_share if first else moved.ranking_share


def _problems(
    rows: list[SweepRow], names: Sequence[str], share: str
) -> Iterator[Problem]:
    if not rows:
        advice = "sweep a family of `Switches`"
        yield Problem(code="BE823", message="no row has a switch", help=advice)
        return
    strange = [(row, name) for row in rows for name in _no_switches(row, names)]
    for row, name in strange[:_SHOWN]:
        at = row.switches.get(name)
        yield Problem(
            code="BE824",
            message=f"switch `{name}` is neither on nor off in variant "
            f"`{row.variant}`: {'nothing' if at is None else f'`{at}`'}",
            help="a weight that ranges has no effect of one number",
        )
    if not strange:
        yield from _unbalanced(rows, names)
    for row in [row for row in rows if _share(row, share) is None][:_SHOWN]:
        message = f"variant `{row.variant}` has no share `{share}`"
        yield Problem(code="BE825", message=message, token=row.variant)


def _no_switches(row: SweepRow, names: Iterable[str]) -> list[str]:
    """The first of *names* that is neither on nor off in *row*, if any is."""
    return [name for name in names if row.switches.get(name) not in {0, 1}][:1]


def _unbalanced(rows: Iterable[SweepRow], names: Sequence[str]) -> Iterator[Problem]:
    counts = Counter(tuple(row.switches[name] for name in names) for row in rows)
    most = max(counts.values())
    lacking = (s for s in product((0, 1), repeat=len(names)) if counts[s] < most)
    for setting in islice(lacking, _SHOWN):
        settings = zip(names, setting, strict=True)
        told = ", ".join(f"{name} {value}" for name, value in settings)
        yield Problem(
            code="BE826",
            message=f"the design is not balanced: {counts[setting]} of {most} rows are "
            f"there with {told}",
            help="give all rows of a full factorial; other designs mix effects up",
        )
