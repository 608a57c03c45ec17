"""Columns of codes, as they are given: checked, and laid under numbers of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from boundaryethics.engines.columnar.blocks import Codes
from boundaryethics.errors import Problem, SituationError
from boundaryethics.model.facts import Vocabulary

#: A column for each fact by name, or a row for each situation.
Columns: TypeAlias = Mapping[str, npt.NDArray[np.uint8]] | npt.NDArray[np.uint8]

_WORD = 64


def columns_of(given: Columns, vocabulary: Vocabulary) -> tuple[dict[int, Codes], int]:
    """A column for each fact, unknown where none is given; and how many rows.

    Raises:
        SituationError: a fact is not declared, or a column is not of codes.
    """
    named = (
        given
        if isinstance(given, Mapping)
        else _split(np.asanyarray(given), vocabulary)
    )
    columns = {name: np.asanyarray(column) for name, column in named.items()}
    problems = [
        *vocabulary.problems_of(dict.fromkeys(columns.keys() - vocabulary.by_name)),
        *(_no_codes(n, c) for n, c in columns.items() if not _are_codes(c)),
    ]
    lengths = {len(column) for column in columns.values() if column.ndim == 1}
    if len(lengths) > 1:
        problems.append(_uneven(lengths))
    if problems:
        raise SituationError(problems)
    rows = max(lengths, default=0)
    return {
        number: columns.get(fact.name, np.broadcast_to(_unknown(fact), rows))
        for number, fact in enumerate(vocabulary.facts)
    }, rows


def marked_rules(
    marks: npt.NDArray[np.uint64], rules: tuple[str, ...]
) -> npt.NDArray[np.uint64]:
    """The words of *marks* that tell which *rules* bind, and nothing else."""
    words, bits = -(-len(rules) // _WORD), len(rules) % _WORD
    binding = marks[:, :words]
    if bits and words:
        binding[:, -1] &= np.uint64((1 << bits) - 1)
    return binding


def _unknown(fact: Any) -> np.uint8:
    return np.uint8(len(fact.values))


def _split(given: npt.NDArray[np.uint8], vocabulary: Vocabulary) -> dict[str, Any]:
    names = tuple(vocabulary.by_name)
    if given.ndim != 2 or given.shape[1] != len(names):  # noqa: PLR2004
        raise SituationError([_misshapen(len(names))])
    return {name: given[:, number] for number, name in enumerate(names)}


def _are_codes(column: npt.NDArray[Any]) -> bool:
    # What a mask hides would be taken for a code.
    masked = isinstance(column, np.ma.MaskedArray)
    return column.ndim == 1 and column.dtype == np.uint8 and not masked


def _no_codes(name: str, column: npt.NDArray[Any]) -> Problem:
    return Problem(
        code="BE706",
        message=f"the column of fact `{name}` is not one of codes",
        help="give one array of whole numbers of 8 bits: the places of the values, "
        "from 0, unknown last",
        path=(name,),
        token=str(column.dtype),
    )


def _uneven(lengths: set[int]) -> Problem:
    told = ", ".join(map(str, sorted(lengths)))
    return Problem(code="BE706", message=f"the columns are not equally long: {told}")


def _misshapen(facts: int) -> Problem:
    message = f"the array has not a column for each of the {facts} facts"
    return Problem(code="BE706", message=message)
