"""Compute the effects of switches in a full factorial sweep, alone and in pairs.

The main effect of a switch is the difference of two means: the mean of the rows in
which the switch is on, minus that of the rows in which it is off. The interaction of
two switches is half the change in the effect of one switch when the other is turned on.
Both are exact, and equal the least-squares estimates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, islice, product
from math import prod
from typing import Any, final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.charts import MOST_ROWS, Bar, bars
from boundaryethics.errors import (
    AnalysisError,
    Problem,
    problem,
    quoted,
    refuse_unknown,
)
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    Report,
    Table,
    fields_as_data,
    population_part,
    signed_chart,
    sized,
)
from boundaryethics.variants.results import TABLE, Sweep, SweepRow

#: The names of the shares in a row.
SHARES = ("first", "ranking", "table_first", "table_ranking")
_WORDS = {"first": "a different top response", "ranking": "a different ranking"}
_SHOWN = 3


@final
@attrs.frozen(kw_only=True)
class Contrast:
    """The effect of one switch on a share of situations, or the interaction of two."""

    #: The name of the switch, or the names of both.
    switches: tuple[str, ...]
    #: The change in the share, which is between -1 and 1.
    effect: Fraction


@final
@attrs.frozen(kw_only=True)
class FactorialEffects(Report):
    """The effects of a sweep's switches on a share of situations."""

    #: One of `SHARES`.
    share: str
    #: The situations over which the share is computed.
    over: str
    #: The number of rows, and the mean of the share over them.
    rows: int
    mean: Fraction
    #: Single switches, then pairs; in each group, the largest effect first.
    contrasts: tuple[Contrast, ...]

    def of(self, *switches: str) -> Fraction:
        """Return the effect of a switch, or the interaction of two.

        Raises:
            ArgumentError: the sweep has no such switch.
        """
        asked = {*argument("switches", switches, tuple[str, ...])}
        same = (one.effect for one in self.contrasts if {*one.switches} == asked)
        if (effect := next(same, None)) is None:
            known = {name for one in self.contrasts for name in one.switches}
            strange = next(iter(asked - known), None)
            refuse_unknown("switch", strange, sorted(known))
        return effect

    def _data(self) -> dict[str, Any]:
        return fields_as_data(self, exact=True, without={"provenance"})

    @signed_chart
    def chart(self) -> Any:
        """Draw each effect, the largest first, with Altair."""
        return bars(
            [
                Bar(" with ".join(one.switches), float(100 * one.effect))
                for one in self.contrasts
            ],
            title="Main effects and interactions of the switches",
            subtitle=f"on the share with {self._measure()}, {self.rows:,} settings, "
            f"over {self.over}",
            axis="effect (percentage points)",
            most=MOST_ROWS,
        )

    def _rows(self) -> Table:
        return Table(
            columns=("switch", "with", "effect", "over"),
            rows=tuple(
                (one.switches[0], "".join(rest), float(one.effect), self.over)
                for one in self.contrasts
                for rest in [one.switches[1:]]
            ),
        )

    def _table(self) -> Table:
        mean = f"mean {float(100 * self.mean):.4g}% over {self.rows:,} settings"
        line = f"share with {self._measure()}: {mean}"
        rows = tuple(
            (*row[:2], f"{float(100 * one.effect):+.4g}")
            for row, one in zip(self._rows().rows, self.contrasts, strict=True)
        )
        columns = ("switch", "interaction with", "effect (percentage points)")
        return Table(lines=(line, f"over {self.over}"), columns=columns, rows=rows)

    def _measure(self) -> str:
        return explain_share(self.share)


@checked
def factorial_effects(swept: Sweep, *, share: str = "first") -> FactorialEffects:
    """Compute exactly how the switches of a full factorial sweep affect *share*.

    Args:
        swept: a sweep, such as one that `read_sweep` reads from a file. Rows without
            switches are ignored.
        share: `first` or `ranking`, for the population; or the same with the prefix
            `table_`, for the rows of a table.

    Raises:
        AnalysisError: a switch is neither on nor off in a row, the combinations of
            settings do not all occur equally often, or a row has no such share.
    """
    names = swept.switches
    rows, shares = switched_rows(
        swept, share, lambda rows: _design_problems(rows, names)
    )
    settings = [row.switches for row in rows]
    contrasts: list[Contrast] = []
    for among in (*((name,) for name in names), *combinations(names, 2)):
        signs = (prod(1 if at[n] else -1 for n in among) for at in settings)
        signed = (sign * one for sign, one in zip(signs, shares, strict=True))
        effect = sum(signed, Fraction(0)) * 2 / len(rows)
        contrasts.append(Contrast(switches=among, effect=effect))
    contrasts.sort(key=lambda one: (len(one.switches), -abs(one.effect)))
    return FactorialEffects(
        provenance=swept.provenance.with_parameters(share=share),
        share=share,
        over=situations_of(swept, share),
        rows=len(rows),
        mean=sum(shares, Fraction(0)) / len(rows),
        contrasts=tuple(contrasts),
    )


def switched_rows(
    swept: Sweep,
    share: str,
    design: Callable[[list[SweepRow]], Iterable[Problem]] = lambda _: (),
) -> tuple[list[SweepRow], list[Fraction]]:
    """Return the rows that have switches, and their values of *share*.

    Raises:
        AnalysisError: *share* is unknown, no row has a switch, a row has no such share,
            or *design* finds problems with the rows.
    """
    if share not in SHARES:
        words: dict[str, Any] = {"share": share, "listed": quoted(SHARES)}
        raise AnalysisError([problem("BE825.share", token=share, **words)])
    rows = [row for row in swept.rows if row.switches]
    found = [*(design(rows) if rows else ()), *_share_problems(rows, share)]
    if found:
        raise AnalysisError(found)
    return rows, [_share_in(row, share) or Fraction(0) for row in rows]


def explain_share(share: str) -> str:
    """Describe a share, for example as `a different ranking, in the table`."""
    of_table = ", in the table" if share.startswith(TABLE) else ""
    return f"{_WORDS[share.removeprefix(TABLE)]}{of_table}"


def situations_of(swept: Sweep, share: str) -> str:
    """Describe the situations over which *share* is computed."""
    of_table = share.startswith(TABLE)
    parts = (row.table if of_table else row.space for row in swept.rows)
    total = next(part.total for part in parts if part is not None)
    if of_table:
        return f"the table ({population_part(total)})"
    return sized(swept.over or "all possible situations", total)


def _share_in(row: SweepRow, share: str) -> Fraction | None:
    """Return the value of *share* in *row*, or None if the row does not have it."""
    part = row.table if share.startswith(TABLE) else row.space
    if part is None:
        return None
    return part.first_share if share.endswith("first") else part.ranking_share


def _share_problems(rows: list[SweepRow], share: str) -> Iterator[Problem]:
    """Yield a problem if *rows* is empty, or for each row without *share*.

    Only the first few such rows are reported.
    """
    if not rows:
        yield problem("BE823")
    for row in [row for row in rows if _share_in(row, share) is None][:_SHOWN]:
        name = row.variant
        yield problem("BE825.row", variant=name, share=share, token=name)


def is_two_level(swept: Sweep) -> bool:
    """Return whether `factorial_effects` accepts the design of *swept*."""
    rows = [row for row in swept.rows if row.switches]
    return not rows or not [*_design_problems(rows, swept.switches)]


def _design_problems(rows: list[SweepRow], names: Sequence[str]) -> Iterator[Problem]:
    # In each row, report only the first setting that is not 0 or 1.
    unset = [
        (row, wrong[0])
        for row in rows
        if (wrong := [name for name in names if row.switches.get(name) not in {0, 1}])
    ]
    for row, name in unset[:_SHOWN]:
        at = row.switches.get(name)
        setting = "it has no setting" if at is None else f"its setting is `{at}`"
        yield problem("BE824", name=name, variant=row.variant, setting=setting)
    counts = Counter(tuple(map(row.switches.get, names)) for row in rows)
    most = max(counts.values())
    full = () if unset else product((0, 1), repeat=len(names))
    for levels in islice((one for one in full if counts[one] < most), _SHOWN):
        pairs = zip(names, levels, strict=True)
        text = ", ".join(f"{switch} {('off', 'on')[on]}" for switch, on in pairs)
        having = plural(counts[levels], "row")
        yield problem("BE826", rows=having, most=most, setting=text)
