"""Export the ratings of a panel for other statistics software, such as R."""

from __future__ import annotations

from typing import Any, final

import attrs

from boundaryethics import exports
from boundaryethics.arguments import checked
from boundaryethics.panel.consensus import rated
from boundaryethics.panel.data import Panel
from boundaryethics.panel.statistics import places_of
from boundaryethics.ranking import OPTIONS
from boundaryethics.report import Report, Table, made_of


@final
@attrs.frozen(kw_only=True)
class RatingsTable(Report):
    """The ratings of a panel as one table, with the facts of the vignettes."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def to_csv(self) -> str:
        """Return the table as CSV text."""
        return exports.csv_text(self._table())

    def _table(self) -> Table:
        return Table(columns=self.columns, rows=self.rows)


@checked
def wide_ratings(panel: Panel) -> RatingsTable:
    """Return one row for each rating, with the rank of each option.

    Tied options have the same rank, and the next rank follows without a gap. The rank
    of an option that the rater left out is 0. The `as.rankings` function in the
    R package PlackettLuce reads this layout. Facts that are not known have the value
    `unknown`.

    Raises:
        PanelError: the panel has no ratings.
    """
    facts = _facts(panel)
    rows = tuple(
        (one.rater, id, *known, *(places.get(option, 0) for option in OPTIONS))
        for id, known in facts.items()
        for one in panel.on[id]
        for places in [places_of(one.ranking)]
    )
    options = (option.value for option in OPTIONS)
    columns = ("rater", "vignette", *_columns(panel), *options)
    provenance = made_of(panel=panel.reference)
    return RatingsTable(provenance=provenance, columns=columns, rows=rows)


@checked
def long_ratings(panel: Panel) -> RatingsTable:
    """Return one row for each option that a rater ranked.

    The functions `clm` and `clmm` in the `ordinal` package for R read this layout.
    Facts that are not known have the value `unknown`.

    Raises:
        PanelError: the panel has no ratings.
    """
    facts = _facts(panel)
    rows = tuple(
        (one.rater, id, *known, option.value, places[option])
        for id, known in facts.items()
        for one in panel.on[id]
        for places in [places_of(one.ranking)]
        for option in OPTIONS
        if option in places
    )
    columns = ("rater", "vignette", *_columns(panel), "option", "rank")
    provenance = made_of(panel=panel.reference)
    return RatingsTable(provenance=provenance, columns=columns, rows=rows)


def _facts(panel: Panel) -> dict[str, tuple[str, ...]]:
    """Map each rated vignette to its values for the facts in `_columns`."""
    names = _columns(panel)
    return {
        one.id: tuple(one.situation[name] for name in names) for one, _ in rated(panel)
    }


def _columns(panel: Panel) -> tuple[str, ...]:
    """List the facts that are known in at least one rated vignette."""
    known = {name for one in panel.rated for name in one.situation.known()}
    situation = panel.rated[0].situation if panel.rated else {}
    return tuple(name for name in situation if name in known)
