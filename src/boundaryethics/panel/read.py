"""Read a panel from files, data frames or rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from boundaryethics._files import Digests, printable
from boundaryethics.arguments import argument, checked
from boundaryethics.batch.reading import Reading, recorded
from boundaryethics.errors import PanelError, Problem, did_you_mean, problem
from boundaryethics.model.facts import Vocabulary
from boundaryethics.panel.data import Panel
from boundaryethics.panel.ratings import OPTIONS, ratings_of
from boundaryethics.panel.rows import Given
from boundaryethics.panel.vignettes import Vignettes, vignettes_of
from boundaryethics.policies import shipped_vocabulary
from boundaryethics.policies.codebook import RATING_COLUMNS
from boundaryethics.report import made_of

#: A file of ratings, or rows in Python.
Ratings: TypeAlias = str | Path | Given


@checked
def read_panel(
    ratings: Ratings,
    vignettes: Vignettes,
    *,
    vocabulary: Vocabulary | None = None,
    reading: Reading | None = None,
    vignettes_reading: Reading | None = None,
    show_values: bool = False,
) -> Panel:
    """Read a panel from *ratings* and the *vignettes* that were rated.

    Raters may leave out vignettes, or options within a vignette. Ranks start at 1. Ties
    can be numbered in three ways: 1, 2, 2, 3; 1, 2, 2, 4; or 1, 2.5, 2.5, 4. All three
    represent the same ranking.

    Args:
        ratings: a file (CSV, Excel, Stata or SPSS) with the columns `rater`,
            `vignette`, `option` and `rank` and a row for each ranked option; or rows
            with the same columns, given as mappings or a data frame.
        vignettes: a file of one of these types with the column `vignette` and a column
            for each fact; a YAML file of facts or of test cases, or a folder of such
            files; rows as mappings or a data frame; or a mapping of names to facts.
        vocabulary: the facts that vignettes can have; the built-in ones by default.
        reading: settings for reading both, such as separators, codes and the layout.
        vignettes_reading: settings for reading *vignettes*; by default, the same as
            *reading*, but without `header_row` and `skip_rows`.
        show_values: whether problems show the values of cells, which may contain a
            client's words.

    Raises:
        PanelError: the input is unreadable or invalid. The error lists the first 1,000
            problems with the vignettes or, if there are none, with the ratings.
    """
    facts = shipped_vocabulary() if vocabulary is None else vocabulary
    if isinstance(ratings, str | Path):
        ratings = argument("ratings", ratings, str | Path)
    if isinstance(vignettes, str | Path):
        vignettes = argument("vignettes", vignettes, str | Path)
    how = reading or Reading()
    of_vignettes = vignettes_reading or attrs.evolve(how, header_row=1, skip_rows=0)
    if wrong := dict.fromkeys(_unknown_names([how, of_vignettes], facts)):
        raise PanelError(wrong)
    files, of_files = Digests(), Digests()
    known = vignettes_of(
        vignettes, facts, of_vignettes, show_values=show_values, digests=of_files
    )
    source = ""
    if isinstance(vignettes, str | Path):
        source = f": it is not in `{printable(str(vignettes))}`"
    rated = ratings_of(
        ratings, known, how, source=source, show_values=show_values, digests=files
    )
    sources: dict[str, Any] = {
        "ratings": recorded(how, files),
        "vignettes": recorded(of_vignettes, of_files),
    }
    return Panel(
        provenance=made_of(**{name: one for name, one in sources.items() if one}),
        vignettes=known,
        ratings=rated,
    )


def _unknown_names(readings: Iterable[Reading], facts: Vocabulary) -> Iterator[Problem]:
    """Yield the names that are neither facts nor columns of ratings."""
    names = (*facts.by_name, *RATING_COLUMNS, *OPTIONS)
    for how in readings:
        for name in how.columns:
            if name not in names:
                near = did_you_mean(name, names)
                yield problem("BE885.name", near=near, token=name)
        if how.codebook:
            yield from how.codebook.problems([facts], [*OPTIONS])
