"""Confining: the rows of a table that agree with what is given.

In: the situations of a table, and the part of the space that is asked about. Out: those
of them that lie in it. A fact without a column is unknown in every row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from boundaryethics.diagrams.given import Space
from boundaryethics.errors import Problem, TableError

if TYPE_CHECKING:
    from boundaryethics.batch.counts import Situations


def confined(table: Situations, space: Space) -> Situations:
    """The situations of *table* in *space*; one is out whose fact is unknown there.

    Raises:
        TableError: there are none.
    """
    kept = np.ones(len(table.counts), bool)
    for fact, allowed in zip(space.vocabulary.facts, space.allowed, strict=True):
        places = [fact.all_values.index(value) for value in allowed]
        codes = table.columns.get(fact.name)
        if codes is not None:
            kept &= np.isin(codes, places)
        elif len(fact.values) not in places:
            kept[:] = False
    if not kept.any():
        raise TableError([_none_left()])
    columns = {name: codes[kept] for name, codes in table.columns.items()}
    return attrs.evolve(table, columns=columns, counts=table.counts[kept])


def _none_left() -> Problem:
    return Problem(
        code="BE807",
        message="no row of the table agrees with what is given",
        help="a fact that is empty, or has no column, agrees only where `unknown` is "
        "given",
    )
