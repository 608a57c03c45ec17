"""Tables of ratings for R."""

from __future__ import annotations

import csv
from io import StringIO

import attrs
import pytest

from boundaryethics.errors import PanelError
from boundaryethics.model.rules import Option
from boundaryethics.panel import long_ratings, read_panel, wide_ratings
from support.raters import panel_of, vignettes

PANEL = panel_of(1, 4, ties=0.4, partial=0.4)


def test_wide_rows_are_dense_rankings_with_0_for_missing() -> None:
    """PlackettLuce expects ranks from 1 without gaps, and 0 for items not ranked."""
    found = wide_ratings(PANEL)
    rows = [*csv.DictReader(StringIO(found.to_csv()))]

    assert len(PANEL.ratings) == len(rows) == len(found.to_frame())
    given = {(one.rater, one.vignette): one for one in PANEL.ratings}
    for row in rows:
        ranking = given[row["rater"], row["vignette"]].ranking
        ranks = {option: int(row[option]) for option in Option}
        assert {*range(1, len(ranking) + 1)} == {*ranks.values()} - {0}
        for place, group in enumerate(ranking, start=1):
            assert group == tuple(o for o in Option if ranks[o] == place)


def test_long_rows_read_back_as_the_same_panel() -> None:
    """There is one row for each ranked option, which `read_panel` accepts."""
    rows = [*csv.DictReader(StringIO(long_ratings(PANEL).to_csv()))]

    assert sum(len(one.placed) for one in PANEL.ratings) == len(rows)
    kept = [
        {k: row[k] for k in ("rater", "vignette", "option", "rank")} for row in rows
    ]
    again = read_panel(
        kept, vignettes(), vocabulary=PANEL.vignettes[0].situation.vocabulary
    )
    assert {*PANEL.ratings} == {*again.ratings}


def test_unknown_facts_are_exported_as_unknown() -> None:
    """R would drop rows with missing covariates."""
    for table in (wide_ratings(PANEL), long_ratings(PANEL)):
        frame = table.to_frame()
        assert {"message", "unknown"} == {*frame["contact"]}
        assert "" not in table.to_csv().split(",")


def test_a_panel_without_ratings_is_rejected() -> None:
    """There is nothing to export."""
    empty = attrs.evolve(PANEL, ratings=())
    for export in (wide_ratings, long_ratings):
        with pytest.raises(PanelError, match="BE844"):
            export(empty)
