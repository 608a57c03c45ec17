"""Match the columns of a table to facts, and encode their values."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import isnan
from numbers import Integral
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import (
    CONTROLS,
    Problem,
    SituationError,
    TableError,
    closest,
    column_option,
    did_you_mean,
    problem,
    quoted,
    reading_option,
)
from boundaryethics.model import facts
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Vocabulary, impossible

Codes: TypeAlias = npt.NDArray[np.uint8]
Rows: TypeAlias = npt.NDArray[np.intp]

#: Strings that mean true or false in files without data types.
TRUTHS: Mapping[str, bool] = {
    written: truth
    for word, truth in (("true", True), ("false", False))
    for written in (word, word.capitalize(), word.upper())
}


NO_WORDS: Mapping[str, bool] = {}
#: The maximum number of columns in a table. Excel has the same limit.
MOST_COLUMNS = 16_384
#: The names of separators in messages.
SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
#: The types that pandas uses for missing values.
_MISSING = frozenset({"NAType", "NaTType"})


def other_separator(names: Sequence[str], separator: str = ",") -> str | None:
    """Find a separator other than *separator* in a one-column header, if it has one."""
    if len(names) != 1:
        return None
    return next((s for s in SIGNS if s != separator and s in names[0]), None)


def wrong_separator(code: str, found: str, wanted: str) -> Problem:
    """Return a problem: columns are separated by *found*, not by *wanted*."""
    wanted = SIGNS.get(wanted, f"`{wanted}`")
    option = reading_option("separator", found)
    return problem(code, signs=SIGNS[found], wanted=wanted, option=option)


def is_missing(cell: object) -> bool:
    """Return whether *cell* is None, NaN, or a pandas missing value."""
    is_nan = isinstance(cell, float) and isnan(cell)
    return cell is None or is_nan or type(cell).__name__ in _MISSING


@final
@attrs.frozen(cache_hash=True)
class Refusal:
    """The reason why a row cannot be ranked, as data and as a message."""

    #: The fact with the invalid value; empty if the combination of values is
    #: impossible.
    fact: str
    #: The value as text, or None if it is hidden. For an impossible combination, the
    #: reason.
    value: str | None
    message: str


#: An array with a `Refusal` for each of several rows.
Refusals: TypeAlias = npt.NDArray[np.object_]
Refused: TypeAlias = tuple[Rows, Refusals]


@final
@attrs.frozen(eq=False)
class Coded:
    """A column of codes: indices into a fact's values; the last code means unknown."""

    codes: Codes
    #: The indices of rows with an invalid value, in order. Ignore the codes of these
    #: rows.
    bad: Rows = attrs.Factory(lambda: np.empty(0, np.intp))
    #: A `Refusal` for each row in `bad`.
    refusals: Refusals = attrs.Factory(lambda: np.empty(0, object))


@final
@attrs.frozen
class Cells:
    """Settings for reading the cells of a table."""

    #: Strings to read as true or false.
    words: Mapping[str, bool] = NO_WORDS
    #: Whether error messages show the values of cells.
    show_values: bool = False
    #: For some facts, the value that each code means.
    codes: Mapping[str, Mapping[str, str]] = attrs.Factory(dict)
    #: The decimal separator in numbers that are text.
    decimal: str = "."

    def stated(self, name: str, cell: object) -> object:
        """Translate a code or word for fact *name*; return other cells unchanged."""
        if (codes := self.codes.get(name)) and (code := code_in(cell)) in codes:
            return codes[code]
        return self.words.get(cell, cell) if isinstance(cell, str) else cell


def code_in(cell: object) -> str:
    """Return the code in *cell* as a string. Whole numbers get no decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def coded(fact: Fact, column: Any, how: Cells) -> Coded:
    """Convert *column*, a list or an Arrow array, to codes."""
    if isinstance(column, list):
        return coded_values(fact, column, how)
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    kind = plain.type
    if pa.types.is_dictionary(kind):
        return _of_categories(fact, plain, coded(fact, plain.dictionary, how))
    if pa.types.is_boolean(kind) and fact.is_yes_no:
        return _of_text(fact, pc.if_else(plain, "yes", "no"), Cells())
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if is_number and how.codes.get(fact.name):
        plain = plain.cast(pa.string())
        kind = plain.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_text(fact, plain, how)
    # Nulls are unknown. Values of all other types are invalid.
    bad = np.flatnonzero(_numpy(plain.is_valid()))
    unknown = np.full(len(plain), len(fact.values), np.uint8)
    return Coded(unknown, bad, _refusals(fact, plain, bad, how))


def coded_values(fact: Fact, values: Sequence[object], how: Cells) -> Coded:
    """Convert *values* of any type to codes; None means unknown."""
    code_of = {value: code for code, value in enumerate(fact.all_values)}
    if codes := how.codes.get(fact.name):
        values = [
            one if one is None else codes.get(code_in(one), one) for one in values
        ]
    read = [UNKNOWN if one is None else fact.parse(one) for one in values]
    bad = [row for row, value in enumerate(read) if value is None]
    return Coded(
        np.array([code_of[value or UNKNOWN] for value in read], np.uint8),
        np.array(bad, np.intp),
        _objects(_refusal(fact, values[row], how) for row in bad),
    )


def refused(
    columns: Mapping[str, Coded], vocabulary: Vocabulary, how: Cells
) -> Iterator[Refused]:
    """Yield the rows with an invalid value or an impossible combination (S23).

    A fact without a column counts as unknown, and so does an invalid value.
    """
    yield from ((c.bad, c.refusals) for c in columns.values() if len(c.bad))
    facts = vocabulary.facts
    for clash in vocabulary.clashes:
        tests = [(facts[place], among) for place, among in clash.tests]
        if not all(fact.name in columns for fact, _ in tests):
            continue
        codes = np.stack([columns[fact.name].codes for fact, _ in tests])
        met = np.ones(codes.shape[1], bool)
        for (fact, among), column in zip(tests, codes, strict=True):
            met &= np.array([value in among for value in fact.all_values]).take(column)
        rows = np.flatnonzero(met)
        if len(rows):
            yield rows, _clashes(clash, codes[:, rows], vocabulary, how)


def _clashes(
    clash: Clash, codes: Codes, vocabulary: Vocabulary, how: Cells
) -> Refusals:
    """Create a refusal for each row; rows with equal codes share one."""
    kinds, kind = np.unique(codes, axis=1, return_inverse=True)
    found: list[Refusal] = []
    for row in kinds.T.tolist():
        values = [UNKNOWN] * len(vocabulary.facts)
        for (place, _), code in zip(clash.tests, row, strict=True):
            values[place] = vocabulary.facts[place].all_values[code]
        names, show = (*vocabulary.by_name,), how.show_values
        message = impossible(clash, names, values, show_values=show).message
        found.append(Refusal("", message, message))
    return _objects(found).take(kind.ravel())


def _plain(column: Any) -> Any:
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
    is_view = pa.types.is_string_view(array.type)
    return array.cast(pa.string()) if is_view else array


def _of_text(fact: Fact, texts: Any, how: Cells) -> Coded:
    import pyarrow as pa
    import pyarrow.compute as pc

    code_of = {value: code for code, value in enumerate(fact.all_values)}
    if fact.is_yes_no:
        code_of |= {w: code_of["yes" if so else "no"] for w, so in how.words.items()}
    codes = how.codes.get(fact.name, {})
    code_of |= {text: code_of[value] for text, value in codes.items()}
    invalid = len(code_of)
    found = pc.index_in(texts, value_set=pa.array(code_of, texts.type))
    places = _numpy(found.fill_null(invalid))
    rows = np.array([*code_of.values(), len(fact.values)], np.uint8)[places]
    if found.null_count == texts.null_count:
        return Coded(rows)
    bad = np.flatnonzero((places == invalid) & _numpy(texts.is_valid()))
    return Coded(rows, bad, _refusals(fact, texts, bad, how))


def _of_categories(fact: Fact, column: Any, inner: Coded) -> Coded:
    import pyarrow as pa

    # The added index for nulls may not fit into the original integer type.
    null = len(inner.codes)
    places = _numpy(column.indices.cast(pa.int64()).fill_null(null))
    codes = np.append(inner.codes, np.uint8(len(fact.values)))[places]
    if not len(inner.bad):
        return Coded(codes)
    refusals = np.full(null + 1, None, object)
    refusals[inner.bad] = inner.refusals
    bad = np.flatnonzero(np.isin(places, inner.bad))
    return Coded(codes, bad, refusals[places[bad]])


def _refusals(fact: Fact, column: Any, bad: Rows, how: Cells) -> Refusals:
    """Create refusals for the rows *bad*; equal values share one."""
    import pyarrow as pa

    try:
        some = column.take(pa.array(bad))
        encoded = some.dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        cells = (column[row] for row in bad.tolist())
        return _objects(_refusal(fact, _value(one), how) for one in cells)
    found = map(_value, encoded.dictionary)
    values = _objects(_refusal(fact, one, how) for one in found)
    return values.take(_numpy(encoded.indices))


def _value(cell: Any) -> Any:
    """Return the Python value of *cell*, or a placeholder object if there is none."""
    try:
        return cell.as_py()
    except (ArithmeticError, ValueError):  # such as a time after the year 9999
        return object()


def _refusal(fact: Fact, value: object, how: Cells) -> Refusal:
    if not how.show_values:
        return Refusal(
            fact.name, None, fact.invalid_value_message(value, show_value=False)
        )
    if isinstance(value, str):
        # A quote character in the value would look like the closing quote.
        value = CONTROLS.sub("\ufffd", value.replace("`", "'"))
    return Refusal(
        fact.name, facts.value_text(value), fact.invalid_value_message(value)
    )


def _objects(refusals: Iterable[Refusal]) -> Refusals:
    return np.array([*refusals], object)


def _numpy(array: Any) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return numbers


@final
@attrs.frozen(kw_only=True)
class Matched:
    """The columns of a table that match facts."""

    #: For each fact with a column, the name of the column.
    columns: Mapping[str, str]
    #: Warnings about likely mistakes that do not prevent ranking.
    warnings: tuple[Problem, ...]
    #: The columns that do not match a fact and are not ignored.
    unused: tuple[str, ...] = ()

    def of(self, batch: Any) -> dict[str, Any]:
        """Return the column of each fact in *batch*, an Arrow batch."""
        return {fact: batch.column(name) for fact, name in self.columns.items()}


def matched(
    columns: Sequence[object],
    vocabulary: Vocabulary,
    given: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
) -> Matched:
    """Match *columns* to facts by name, except for facts whose column is *given*.

    Raises:
        TableError: two columns have the same name, a given or an *ignored* column is
            missing, or no column matches a fact.
    """
    by_fact = given or {}
    texts = [column for column in columns if isinstance(column, str)]
    problems = [
        *_repeats(columns),
        *not_found(ignored, texts),
        *(
            problem("BE722", column=column, fact=fact, near=did_you_mean(column, texts))
            for fact, column in by_fact.items()
            if column not in columns
        ),
    ]
    named = {name: by_fact.get(name, name) for name in vocabulary.by_name}
    found = {
        name: column
        for name, column in named.items()
        if column in columns and (name in by_fact or column not in ignored)
    }
    if not found and not problems:
        left = [column for column in texts if column not in ignored]
        advice = _near(vocabulary.by_name, left) or (
            "`boundaryethics facts` lists the facts; name a column after its fact."
        )
        advice += f" Or state the column of each fact: {column_option('FACT')}"
        if len(texts) == 1:
            option = reading_option("header-row", 3)
            advice += f". If another row contains the column names, use {option}"
        problems.append(problem("BE723", advice=advice))
    if problems:
        raise TableError(problems)
    missing = tuple(name for name in vocabulary.by_name if name not in found)
    idle = [column for column in texts if column not in found.values()]
    warnings: tuple[Problem, ...] = ()
    if missing:
        number = "1 fact has" if len(missing) == 1 else f"{len(missing)} facts have"
        near = _near(missing, idle)
        warnings = (problem("BE724", facts=number, names=quoted(missing), near=near),)
    unused = tuple(column for column in idle if column not in ignored)
    return Matched(columns=found, warnings=warnings, unused=unused)


def not_found(ignored: Iterable[str], columns: Collection[str]) -> list[Problem]:
    """Return a problem for each *ignored* column that does not exist."""
    return [
        problem("BE883", near=did_you_mean(name, columns), token=name)
        for name in sorted(ignored)
        if name not in columns
    ]


def refuse_many(columns: int) -> None:
    """Raise a `TableError` if there are too many *columns*."""
    if columns > MOST_COLUMNS:
        raise TableError([problem("BE747", number=columns, most=MOST_COLUMNS)])


def refuse_repeats(columns: Sequence[object]) -> None:
    """Raise a `TableError` if there are too many *columns*, or two share a name."""
    refuse_many(len(columns))
    if problems := _repeats(columns):
        raise TableError(problems)


def refuse_clashes(
    columns: Iterable[object], names: Iterable[str], *, in_any_case: bool = False
) -> None:
    """Raise a `TableError` if a column already has one of the result *names*.

    With *in_any_case*, names that differ only in case count as equal.
    """
    there = {*columns}
    if in_any_case:
        there = {name.casefold() for name in there if isinstance(name, str)}
    if taken := [n for n in names if (n.casefold() if in_any_case else n) in there]:
        raise TableError([problem("BE725", name=name) for name in taken])


def _repeats(columns: Sequence[object]) -> list[Problem]:
    return [
        problem("BE721", times=times, name=name)
        for name, times in Counter(columns).items()
        if times > 1
    ]


def _near(facts: Collection[str], columns: Sequence[str]) -> str | None:
    pairs = [(closest(column, facts), column) for column in columns]
    near = [f"`{column}` be named `{fact}`" for fact, column in pairs if fact]
    return f"should column {', '.join(near)}?" if near else None


def refuse_invalid_arguments(
    columns: object, threads: object = 1, prefix: str = ""
) -> None:
    """Raise a `TableError` if an argument has an invalid type or value."""
    problems = []
    if columns is not None and not isinstance(columns, Mapping):
        problems.append(problem("BE740"))
    number = isinstance(threads, Integral) and not isinstance(threads, bool)
    if not number or threads not in range(1, sys.maxsize):
        problems.append(problem("BE741", threads=threads))
    if not prefix.isprintable():
        problems.append(problem("BE708"))
    if problems:
        raise TableError(problems)


def refuse_undeclared(
    columns: Mapping[str, str] | None, vocabularies: Sequence[Vocabulary]
) -> None:
    """Raise a `SituationError` if *columns* names a fact that no policy declares."""
    known = {name for vocabulary in vocabularies for name in vocabulary.by_name}
    if strange := dict.fromkeys(fact for fact in columns or {} if fact not in known):
        raise SituationError(vocabularies[0].validate(strange))
