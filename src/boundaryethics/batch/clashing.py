"""Clashing: the rows of a table that no situation can be like (S23).

In: columns of codes. Out: for each clash the rows that meet it, with what to say of
each. Looks at columns as a whole, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from boundaryethics.batch.coding import Coded, Codes, Rows
from boundaryethics.model.clashes import Clash, impossible
from boundaryethics.model.facts import UNKNOWN, Vocabulary

#: Rows, and for each of them what is wrong with it.
Clashing: TypeAlias = tuple[Rows, npt.NDArray[np.object_]]


def clashing(
    columns: Mapping[str, Coded], vocabulary: Vocabulary
) -> Iterator[Clashing]:
    """The rows of *columns* whose values cannot be true together.

    A fact without a column is unknown, and so is one whose cell cannot be read.
    """
    names = (*vocabulary.by_name,)
    for clash in vocabulary.clashes:
        tested = [names[place] for place, _ in clash.tests]
        if all(name in columns for name in tested):
            codes = [columns[name].codes for name in tested]
            rows = _met(clash, codes, vocabulary)
            if len(rows):
                yield rows, _refusals(clash, [one[rows] for one in codes], vocabulary)


def _met(clash: Clash, codes: list[Codes], vocabulary: Vocabulary) -> Rows:
    """The rows in which every test of *clash* is met."""
    met = np.ones(len(codes[0]), bool)
    for (place, among), column in zip(clash.tests, codes, strict=True):
        values = vocabulary.facts[place].all_values
        met &= np.array([value in among for value in values]).take(column)
    return np.flatnonzero(met)


def _refusals(
    clash: Clash, codes: list[Codes], vocabulary: Vocabulary
) -> npt.NDArray[np.object_]:
    """What to say of each row; rows of equal codes are looked at once."""
    kinds, kind = np.unique(np.stack(codes), axis=1, return_inverse=True)
    told: list[str] = []
    for row in kinds.T.tolist():
        values = [UNKNOWN] * len(vocabulary.facts)
        for (place, _), code in zip(clash.tests, row, strict=True):
            values[place] = vocabulary.facts[place].all_values[code]
        told.append(impossible(clash, (*vocabulary.by_name,), values).message)
    of_each: npt.NDArray[np.object_] = np.array(told, object)[kind.ravel()]
    return of_each
