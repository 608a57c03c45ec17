"""Match the columns of a table to facts, and code their values."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import (
    Problem,
    SituationError,
    TableError,
    closest,
    did_you_mean,
    problem,
)
from boundaryethics.model import facts
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Vocabulary, impossible

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
@attrs.frozen(cache_hash=True)
class Refusal:
    """What is wrong with a row, as data and as a message."""

    #: Empty where values of several facts clash.
    fact: str
    #: The value as it is shown; of a clash, the values and why they clash.
    value: str
    message: str


#: Rows, and for each of them the `Refusal` of it.
Refused: TypeAlias = tuple[Rows, npt.NDArray[np.object_]]


@final
@attrs.frozen(eq=False)
class Coded:
    """A column as codes: the places of its fact's values, unknown last."""

    codes: Codes
    #: The rows that hold no value of the fact, in order; their codes mean nothing.
    bad: Rows
    #: For each of those rows its `Refusal`.
    refusals: npt.NDArray[np.object_]


def coded(fact: Fact, column: Any, words: Mapping[str, bool] | None = None) -> Coded:
    """Code *column*, an Arrow array; *words* mean true and false beside the values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    kind = plain.type
    if pa.types.is_dictionary(kind):
        return _by_place(coded(fact, plain.dictionary, words), plain, fact)
    if pa.types.is_boolean(kind) and fact.is_yes_no:
        return _of_text(fact, pc.if_else(plain, "yes", "no"), {})
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_text(fact, plain, words or {})
    # Nulls are unknown, and no other kind of value is one of a fact's.
    bad = np.flatnonzero(_valid(plain))
    return Coded(np.full(len(plain), _unknown(fact)), bad, _refusals(fact, plain, bad))


def coded_values(fact: Fact, values: Sequence[object]) -> Coded:
    """Code *values*, which are of any kind; None is unknown."""
    code_of = {value: code for code, value in enumerate(fact.all_values)}
    read = [UNKNOWN if one is None else fact.parse(one) for one in values]
    bad = [row for row, value in enumerate(read) if value is None]
    return Coded(
        np.array([code_of[value or UNKNOWN] for value in read], np.uint8),
        np.array(bad, np.intp),
        _objects(_refusal(fact, values[row]) for row in bad),
    )


def refused(columns: Mapping[str, Coded], vocabulary: Vocabulary) -> Iterator[Refused]:
    """Yield the rows of *columns* that are no situation, by value and by clash (S23).

    A fact without a column is unknown, and so is one whose cell cannot be read.
    """
    yield from ((c.bad, c.refusals) for c in columns.values() if len(c.bad))
    names = (*vocabulary.by_name,)
    for clash in vocabulary.clashes:
        tested = [names[place] for place, _ in clash.tests]
        if all(name in columns for name in tested):
            codes = np.stack([columns[name].codes for name in tested])
            rows = _met(clash, codes, vocabulary)
            if len(rows):
                yield rows, _clashes(clash, codes[:, rows], vocabulary)


def _plain(column: Any) -> Any:
    """Make of *column* one array of a kind that can be looked into."""
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
    """The refusals of the rows *bad*; equal values are looked at once."""
    import pyarrow as pa

    some = column.take(pa.array(bad))
    try:
        encoded = some.dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return _objects(_refusal(fact, one) for one in some.to_pylist())
    values = _objects(_refusal(fact, one) for one in encoded.dictionary.to_pylist())
    of_each: npt.NDArray[np.object_] = values[
        encoded.indices.to_numpy(zero_copy_only=False)
    ]
    return of_each


def _refusal(fact: Fact, value: object) -> Refusal:
    # Quotes within a value would leave open where it ends.
    text = _UNQUOTABLE.sub(_instead, value) if isinstance(value, str) else value
    return Refusal(fact.name, facts.told(text), fact.invalid_value_message(text))


def _instead(found: re.Match[str]) -> str:
    return "'" if found[0] == "`" else "\ufffd"


def _valid(column: Any) -> npt.NDArray[np.bool_]:
    valid: npt.NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _none() -> tuple[Rows, npt.NDArray[np.object_]]:
    return np.empty(0, np.intp), np.empty(0, object)


def _unknown(fact: Fact) -> np.uint8:
    return np.uint8(len(fact.values))


def _objects(values: Iterable[Refusal]) -> npt.NDArray[np.object_]:
    return np.array([*values], object)


def _met(clash: Clash, codes: Codes, vocabulary: Vocabulary) -> Rows:
    """Find the rows in which every test of *clash* is met."""
    met = np.ones(codes.shape[1], bool)
    for (place, among), column in zip(clash.tests, codes, strict=True):
        values = vocabulary.facts[place].all_values
        met &= np.array([value in among for value in values]).take(column)
    return np.flatnonzero(met)


def _clashes(
    clash: Clash, codes: Codes, vocabulary: Vocabulary
) -> npt.NDArray[np.object_]:
    """Make the refusal of each row; rows of equal codes share one."""
    kinds, kind = np.unique(codes, axis=1, return_inverse=True)
    found: list[Refusal] = []
    for row in kinds.T.tolist():
        values = [UNKNOWN] * len(vocabulary.facts)
        for (place, _), code in zip(clash.tests, row, strict=True):
            values[place] = vocabulary.facts[place].all_values[code]
        message = impossible(clash, (*vocabulary.by_name,), values).message
        found.append(Refusal("", message, message))
    of_each: npt.NDArray[np.object_] = _objects(found)[kind.ravel()]
    return of_each


@final
@attrs.frozen(kw_only=True)
class Matched:
    """Which column tells which fact."""

    #: The columns under the names of their facts.
    columns: Mapping[str, str]
    #: The facts that have none.
    missing: tuple[str, ...]
    #: What may not have been meant; nothing to stop for.
    warnings: tuple[Problem, ...]

    def of(self, batch: Any) -> dict[str, Any]:
        """Give the columns of *batch*, an Arrow batch, each under its fact."""
        return {fact: batch.column(name) for fact, name in self.columns.items()}


def matched(
    columns: Sequence[object],
    vocabulary: Vocabulary,
    given: Mapping[str, str] | None = None,
) -> Matched:
    """Find which of *columns* tell the facts, by their names or as *given* by fact.

    Raises:
        TableError: two columns have the same name, what is given is not there, or no
            column tells a fact.
    """
    by_fact = given or {}
    texts = [column for column in columns if isinstance(column, str)]
    problems = [
        *_repeats(columns),
        *(
            problem("BE722", column=column, fact=fact, near=did_you_mean(column, texts))
            for fact, column in by_fact.items()
            if column not in columns
        ),
    ]
    named = {name: by_fact.get(name, name) for name in vocabulary.by_name}
    found = {name: column for name, column in named.items() if column in columns}
    if not found and not problems:
        advice = _near(vocabulary.by_name, texts) or _NAMING
        problems.append(problem("BE723", advice=advice))
    if problems:
        raise TableError(problems)
    missing = tuple(name for name in vocabulary.by_name if name not in found)
    idle = [column for column in texts if column not in found.values()]
    warnings = (_without_column(missing, idle),) if missing else ()
    return Matched(columns=found, missing=missing, warnings=warnings)


#: The advice where no column has a name like that of a fact.
_NAMING = (
    "`boundaryethics facts` lists the facts; name a column after the fact that it "
    "tells, or say which column tells which fact"
)


def refuse_repeats(columns: Sequence[object]) -> None:
    """Raise a `TableError` where some of *columns* share a name."""
    if problems := _repeats(columns):
        raise TableError(problems)


def refuse_clashes(
    columns: Iterable[object], names: Iterable[str], *, in_any_case: bool = False
) -> None:
    """Raise a `TableError` where *columns* take the *names* of answers.

    Names may be the same *in_any_case*, whether their letters are large or small.
    """
    there = {*columns}
    if in_any_case:
        there = {name.casefold() for name in there if isinstance(name, str)}
    taken = [n for n in names if (n.casefold() if in_any_case else n) in there]
    if taken:
        raise TableError([problem("BE725", name=name) for name in taken])


def _repeats(columns: Sequence[object]) -> list[Problem]:
    return [
        problem("BE721", times=times, name=name)
        for name, times in Counter(columns).items()
        if times > 1
    ]


def _without_column(missing: Sequence[str], idle: Sequence[str]) -> Problem:
    names = ", ".join(f"`{name}`" for name in missing)
    facts = "1 fact has" if len(missing) == 1 else f"{len(missing)} facts have"
    return problem("BE724", facts=facts, names=names, near=_near(missing, idle))


def _near(facts: Collection[str], columns: Sequence[str]) -> str | None:
    pairs = [(closest(column, facts), column) for column in columns]
    told = [f"`{column}` tell `{fact}`" for fact, column in pairs if fact]
    return f"should column {', '.join(told)}?" if told else None


def refuse_misgiven(columns: object, threads: object = 1) -> None:
    """Raise a `TableError` where *columns* are no mapping, or *threads* no count."""
    problems = []
    if columns is not None and not isinstance(columns, Mapping):
        problems.append(problem("BE740"))
    number = isinstance(threads, Integral) and not isinstance(threads, bool)
    if not number or threads not in range(1, sys.maxsize):
        problems.append(problem("BE741", threads=threads))
    if problems:
        raise TableError(problems)


def refuse_undeclared(
    columns: Mapping[str, str] | None, vocabularies: Sequence[Vocabulary]
) -> None:
    """Raise a `SituationError` where *columns* name a fact that none declares."""
    known = {name for vocabulary in vocabularies for name in vocabulary.by_name}
    strange = dict.fromkeys(fact for fact in columns or {} if fact not in known)
    if strange:
        raise SituationError(vocabularies[0].validate(strange))
