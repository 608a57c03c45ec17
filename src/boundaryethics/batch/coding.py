"""Coding: a column of somebody's table in, a column of codes out.

In: a fact and the values of a column, as an Arrow array or as plain values. Out:
codes, and what cannot be a value of the fact, each with its row. Looks at columns as
a whole, whatever the number of rows; knows nothing of frames and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.model.facts import UNKNOWN, Fact

Codes: TypeAlias = npt.NDArray[np.uint8]
Rows: TypeAlias = npt.NDArray[np.intp]

#: What would break a line of text, or is no letter; and the quotes around values.
_UNQUOTABLE = re.compile(
    "[`\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
#: Bits of a kind of number that holds a place behind any dictionary.
_WIDE = 32
#: Words for true and false in files whose cells are all text.
TRUTHS: Mapping[str, bool] = {
    written: truth
    for word, truth in (("true", True), ("false", False))
    for written in (word, word.capitalize(), word.upper())
}


@final
@attrs.frozen(eq=False)
class Coded:
    """A column as codes: the places of its fact's values, unknown last."""

    codes: Codes
    #: The rows that hold no value of the fact, in order; their codes mean nothing.
    bad: Rows
    #: For each of those rows what is wrong with it.
    refusals: npt.NDArray[np.object_]


def coded(fact: Fact, column: Any, words: Mapping[str, bool] | None = None) -> Coded:
    """The codes of *column*, an Arrow array, for *fact*.

    Args:
        fact: what the column tells.
        column: the values; none is unknown.
        words: texts that mean true and false, beside the values themselves.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    kind = plain.type
    if pa.types.is_null(kind):
        return _all(_unknown(fact), len(plain))
    if pa.types.is_dictionary(kind):
        return _by_place(coded(fact, plain.dictionary, words), plain, fact)
    if pa.types.is_boolean(kind) and fact.is_yes_no:
        return _of_text(fact, pc.if_else(plain, "yes", "no"), {})
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_text(fact, plain, words or {})
    bad = np.flatnonzero(_valid(plain))
    unknown = _all(_unknown(fact), len(plain))
    return attrs.evolve(unknown, bad=bad, refusals=_refusals(fact, plain, bad))


def coded_values(fact: Fact, values: Sequence[object]) -> Coded:
    """The codes of *values*, which are of any kind; none is unknown."""
    code_of = {value: code for code, value in enumerate(fact.all_values)}
    read = [UNKNOWN if one is None else fact.read(one) for one in values]
    bad = [row for row, value in enumerate(read) if value is None]
    refusals = [_quotable(fact, values[row]) for row in bad]
    return Coded(
        np.array([code_of[value or UNKNOWN] for value in read], np.uint8),
        np.array(bad, np.intp),
        _objects(refusals),
    )


def _plain(column: Any) -> Any:
    """*column* as one array of a kind that can be looked into."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def _of_text(fact: Fact, texts: Any, words: Mapping[str, bool]) -> Coded:
    import pyarrow as pa
    import pyarrow.compute as pc

    readings = {value: value for value in fact.all_values}
    if fact.is_yes_no:
        readings |= {word: "yes" if so else "no" for word, so in words.items()}
    code_of = {value: code for code, value in enumerate(fact.all_values)}
    table = [*(code_of[value] for value in readings.values()), _unknown(fact)]
    found = pc.index_in(texts, value_set=pa.array(readings, texts.type))
    places = found.fill_null(len(readings)).to_numpy(zero_copy_only=False)
    codes = np.array(table, np.uint8)[places]
    if found.null_count == texts.null_count:
        return Coded(codes, *_none())
    bad = np.flatnonzero((places == len(readings)) & _valid(texts))
    return Coded(codes, bad, _refusals(fact, texts, bad))


def _by_place(inner: Coded, column: Any, fact: Fact) -> Coded:
    """The codes of a *column* whose entries point to those that *inner* codes."""
    import pyarrow as pa

    entries, indices = len(inner.codes), column.indices
    if indices.type.bit_width < _WIDE:
        # The place behind the last entry may be one too many for a short kind.
        indices = indices.cast(pa.int32())
    places = indices.fill_null(entries).to_numpy(zero_copy_only=False)
    codes = np.append(inner.codes, _unknown(fact))[places]
    if not len(inner.bad):
        return Coded(codes, *_none())
    told = np.full(entries + 1, None, object)
    told[inner.bad] = inner.refusals
    amiss = np.zeros(entries + 1, bool)
    amiss[inner.bad] = True
    bad = np.flatnonzero(amiss[places])
    return Coded(codes, bad, told[places[bad]])


def _refusals(fact: Fact, column: Any, bad: Rows) -> npt.NDArray[np.object_]:
    """What is wrong with the rows *bad*; equal values are looked at once."""
    import pyarrow as pa

    some = column.take(pa.array(bad))
    try:
        encoded = some.dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return _objects(_quotable(fact, one) for one in some.to_pylist())
    told = _objects(_quotable(fact, one) for one in encoded.dictionary.to_pylist())
    of_each: npt.NDArray[np.object_] = told[
        encoded.indices.to_numpy(zero_copy_only=False)
    ]
    return of_each


def _quotable(fact: Fact, value: object) -> str:
    # Quotes within a value would leave open where it ends.
    text = _UNQUOTABLE.sub(_instead, value) if isinstance(value, str) else value
    return fact.refusal(text)


def _instead(found: re.Match[str]) -> str:
    return "'" if found[0] == "`" else "\ufffd"


def _valid(column: Any) -> npt.NDArray[np.bool_]:
    valid: npt.NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _all(code: np.uint8, rows: int) -> Coded:
    return Coded(np.full(rows, code, np.uint8), *_none())


def _none() -> tuple[Rows, npt.NDArray[np.object_]]:
    return np.empty(0, np.intp), np.empty(0, object)


def _unknown(fact: Fact) -> np.uint8:
    return np.uint8(len(fact.values))


def _objects(values: Iterable[str]) -> npt.NDArray[np.object_]:
    return np.array([*values], object)
