"""Encoding: the columns of a table in, which of them tells which fact and codes out.

In: names of columns, and their values as Arrow arrays or plain values. Out: which
column tells which fact, the codes of its values, and each row that cannot be answered
with what is wrong with it. Knows nothing of frames and files.
"""

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
)
from boundaryethics.model import facts
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Vocabulary, impossible
from boundaryethics.model.rules import Option

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
    read = [UNKNOWN if one is None else fact.parse(one) for one in values]
    bad = [row for row, value in enumerate(read) if value is None]
    return Coded(
        np.array([code_of[value or UNKNOWN] for value in read], np.uint8),
        np.array(bad, np.intp),
        _objects(_refusal(fact, values[row]) for row in bad),
    )


def refused(columns: Mapping[str, Coded], vocabulary: Vocabulary) -> Iterator[Refused]:
    """The rows of *columns* that are no situation, by value and by clash (S23).

    A fact without a column is unknown, and so is one whose cell cannot be read.
    """
    yield from ((c.bad, c.refusals) for c in columns.values() if len(c.bad))
    names = (*vocabulary.by_name,)
    for clash in vocabulary.clashes:
        tested = [names[place] for place, _ in clash.tests]
        if all(name in columns for name in tested):
            codes = [columns[name].codes for name in tested]
            rows = _met(clash, codes, vocabulary)
            if len(rows):
                yield rows, _clashes(clash, [one[rows] for one in codes], vocabulary)


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


def _all(code: np.uint8, rows: int) -> Coded:
    return Coded(np.full(rows, code, np.uint8), *_none())


def _none() -> tuple[Rows, npt.NDArray[np.object_]]:
    return np.empty(0, np.intp), np.empty(0, object)


def _unknown(fact: Fact) -> np.uint8:
    return np.uint8(len(fact.values))


def _objects(values: Iterable[Refusal]) -> npt.NDArray[np.object_]:
    return np.array([*values], object)


def _met(clash: Clash, codes: list[Codes], vocabulary: Vocabulary) -> Rows:
    """The rows in which every test of *clash* is met."""
    met = np.ones(len(codes[0]), bool)
    for (place, among), column in zip(clash.tests, codes, strict=True):
        values = vocabulary.facts[place].all_values
        met &= np.array([value in among for value in values]).take(column)
    return np.flatnonzero(met)


def _clashes(
    clash: Clash, codes: list[Codes], vocabulary: Vocabulary
) -> npt.NDArray[np.object_]:
    """The refusal of each row; rows of equal codes are looked at once."""
    kinds, kind = np.unique(np.stack(codes), axis=1, return_inverse=True)
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
class Wanted:
    """Which answers are wanted, and what their columns are called."""

    #: What stands before each name.
    prefix: str = ""
    #: Whether to tell the rules that bind, and the principles behind them.
    rules: bool = False
    principles: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        lists = (("rules", self.rules), ("principles", self.principles))
        names = (
            "best",
            *(f"rank_{option}" for option in Option),
            "tied",
            *(name for name, wanted in lists if wanted),
            "problem",
        )
        return tuple(self.prefix + name for name in names)


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


def matched(
    columns: Sequence[object],
    vocabulary: Vocabulary,
    given: Mapping[str, str] | None = None,
) -> Matched:
    """Which of *columns* tell the facts, by their names or as *given* by fact.

    Raises:
        TableError: two columns have the same name, what is given is not there, or no
            column tells a fact.
    """
    by_fact = given or {}
    problems = [*_twice(columns), *_unfound(columns, by_fact)]
    found = {
        name: by_fact.get(name, name)
        for name in vocabulary.by_name
        if by_fact.get(name, name) in columns
    }
    if not found and not problems:
        problems.append(_nothing_known(columns, vocabulary))
    if problems:
        raise TableError(problems)
    missing = tuple(name for name in vocabulary.by_name if name not in found)
    idle = [c for c in columns if isinstance(c, str) and c not in found.values()]
    warnings = [_without_column(missing, idle)] if missing else []
    return Matched(columns=found, missing=missing, warnings=tuple(warnings))


def refuse_repeats(columns: Sequence[object]) -> None:
    """Nothing, where each of *columns* has a name of its own.

    Raises:
        TableError: some share a name.
    """
    problems = [*_twice(columns)]
    if problems:
        raise TableError(problems)


def refuse_clashes(
    columns: Iterable[object], names: Iterable[str], *, in_any_case: bool = False
) -> None:
    """Nothing, where *columns* leave the *names* of the answers free.

    Args:
        columns: the names that are there.
        names: the names that are to be added.
        in_any_case: whether names are the same whose letters are large or small.

    Raises:
        TableError: some are taken.
    """
    there = {*columns}
    if in_any_case:
        there = {name.casefold() for name in there if isinstance(name, str)}
    taken = [n for n in names if (n.casefold() if in_any_case else n) in there]
    if taken:
        raise TableError([_taken(name) for name in taken])


def _twice(columns: Sequence[object]) -> Iterator[Problem]:
    for name, times in Counter(columns).items():
        if times > 1:
            message = f"{times} columns are called `{name}`"
            yield Problem(code="BE721", message=message, help="rename all but one")


def _unfound(columns: Sequence[object], given: Mapping[str, str]) -> Iterator[Problem]:
    for fact, column in given.items():
        if column not in columns:
            yield Problem(
                code="BE722",
                message=f"there is no column `{column}` to tell fact `{fact}`",
                help=did_you_mean(column, _texts(columns)),
            )


def _nothing_known(columns: Sequence[object], vocabulary: Vocabulary) -> Problem:
    near = _near(vocabulary.by_name, _texts(columns))
    return Problem(
        code="BE723",
        message="no column tells a fact",
        help=near
        or "`boundaryethics facts` lists the facts; name a column after the "
        "fact that it tells, or say which column tells which fact",
    )


def _without_column(missing: Sequence[str], idle: Sequence[str]) -> Problem:
    told = ", ".join(f"`{name}`" for name in missing)
    some = "fact has" if len(missing) == 1 else "facts have"
    return Problem(
        code="BE724",
        message=f"{len(missing)} {some} no column and stay unknown: {told}",
        help=_near(missing, idle),
    )


def _near(facts: Collection[str], columns: Sequence[str]) -> str | None:
    pairs = [(closest(column, facts), column) for column in columns]
    told = [f"`{column}` tell `{fact}`" for fact, column in pairs if fact]
    return f"should column {', '.join(told)}?" if told else None


def _taken(name: str) -> Problem:
    return Problem(
        code="BE725",
        message=f"the table has a column `{name}` already, and an answer is called so",
        help="rename the column, or give a prefix for the answers",
    )


def _texts(columns: Iterable[object]) -> list[str]:
    return [column for column in columns if isinstance(column, str)]


def refuse_misgiven(columns: object, threads: object = 1) -> None:
    """Nothing, where *columns* are by fact, if given, and *threads* can be counted.

    Raises:
        TableError: they are not.
    """
    problems = [*_misgiven(columns, threads)]
    if problems:
        raise TableError(problems)


def refuse_undeclared(
    columns: Mapping[str, str] | None, vocabularies: Sequence[Vocabulary]
) -> None:
    """Nothing, where one of *vocabularies* declares each fact that *columns* name.

    Raises:
        SituationError: a fact is declared by none.
    """
    known = {name for vocabulary in vocabularies for name in vocabulary.by_name}
    strange = dict.fromkeys(fact for fact in columns or {} if fact not in known)
    if strange:
        raise SituationError(vocabularies[0].validate(strange))


def _misgiven(columns: object, threads: object) -> Iterator[Problem]:
    if columns is not None and not isinstance(columns, Mapping):
        yield Problem(
            code="BE740",
            message="`columns` does not say which column tells which fact",
            help='give it as a mapping of facts to columns: `{"contact": "how"}`',
        )
    number = isinstance(threads, Integral) and not isinstance(threads, bool)
    if not number or threads not in range(1, sys.maxsize):
        yield Problem(
            code="BE741",
            message=f"`threads` cannot be `{threads}`",
            help="give a whole number of 1 or more",
        )
