"""State how a table is read: the options for files that other programs wrote."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import attrs

from boundaryethics.batch.encode import Cells, refuse_undeclared
from boundaryethics.errors import TableError, problem, quoted
from boundaryethics.model.facts import UNKNOWN, Vocabulary
from boundaryethics.model.rules import Option
from boundaryethics.policies.codebook import Codebook, as_codebook

LAYOUTS = ("long", "wide")
#: Separators by the names that a command line takes.
_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


def _texts(given: object) -> tuple[str, ...]:
    if isinstance(given, str | int | float):
        return (str(given),)
    return tuple(map(str, given)) if isinstance(given, Iterable) else ("",)


def _mapping(given: Mapping[str, str] | None) -> Mapping[str, str]:
    return dict(given or {})


def _separator(given: str | None) -> str | None:
    return _NAMED.get(given, given) if isinstance(given, str) else given


def _codebook(given: Any) -> Codebook | None:
    return None if given is None else as_codebook(given)


@final
@attrs.frozen(kw_only=True)
class Reading:
    """How tables, ratings and vignettes are read.

    The command has options with the same names. Nothing is guessed: a file that needs
    an option is refused, and the error names the option.
    """

    #: The character between the cells of a text file: by default a comma, and a tab in
    #: files that end in `.tsv`.
    separator: str | None = attrs.field(default=None, converter=_separator)
    #: The decimal separator of numbers in text: `.` or `,`.
    decimal: str = "."
    #: The character encoding of a CSV file, such as `latin-1` or `utf-16`.
    encoding: str = "utf-8"
    #: The sheet of an Excel workbook; needed if there are several.
    sheet: str | None = None
    #: The layout of ratings: `long` has a row for each ranked response, and `wide` a
    #: column for each response.
    layout: str = "long"
    #: The column of each fact, or column of ratings, that has another name.
    columns: Mapping[str, str] = attrs.field(factory=dict, converter=_mapping)
    #: Columns that are not read.
    ignore: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    #: Codes that mean that a value is missing, such as `NA` or `-99`.
    na: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    #: A codebook: the path of a file, or a mapping with its content.
    codebook: Codebook | None = attrs.field(default=None, converter=_codebook)

    def __attrs_post_init__(self) -> None:
        wrong = [*self._misfits()]
        if wrong:
            raise TableError(wrong)

    def _misfits(self) -> Any:
        sign = self.separator
        if sign is not None and (not isinstance(sign, str) or len(sign) != 1):
            yield problem("BE885.separator", separator=sign)
        if self.decimal not in {".", ","}:
            yield problem("BE885.decimal", decimal=self.decimal)
        try:
            codecs.lookup(self.encoding)
        except (LookupError, TypeError, ValueError):
            yield problem("BE885.encoding", encoding=self.encoding)
        if self.layout not in LAYOUTS:
            yield problem("BE885.layout", layout=self.layout, layouts=quoted(LAYOUTS))

    @property
    def is_utf_8(self) -> bool:
        """Return whether text is in UTF-8, with or without a byte order mark."""
        return codecs.lookup(self.encoding).name in {"utf-8", "utf-8-sig", "ascii"}

    @property
    def ignored(self) -> frozenset[str]:
        """Return the columns that are not read."""
        return frozenset(
            (*self.ignore, *(self.codebook.ignore if self.codebook else ()))
        )

    @property
    def own_columns(self) -> dict[str, str]:
        """Map names to the columns of the file, as the codebook and `columns` do."""
        return {**(self.codebook.columns if self.codebook else {}), **self.columns}

    def codes(self, name: str) -> dict[str, str]:
        """Map the codes of a fact, or column of ratings, to values; see `UNKNOWN`."""
        book = self.codebook
        missing = (*self.na, *(book.missing if book else ()))
        found = dict.fromkeys(missing, UNKNOWN)
        found |= book.codes.get(name, {}) if book else {}
        return {
            spelled: value
            for code, value in found.items()
            for spelled in self._spellings(code)
        }

    def _spellings(self, code: str) -> tuple[str, ...]:
        """Spell a number as programs export it: `1`, `1.0` and `1.00`."""
        if not code.lstrip("-").isdecimal():
            return (code,)
        return (
            code,
            *(f"{code}{s}0{z}" for s in {".", self.decimal} for z in ("", "0")),
        )

    def cells(
        self, words: Mapping[str, bool], vocabulary: Vocabulary, *, show_values: bool
    ) -> Cells:
        """Return how cells with the facts of *vocabulary* are read."""
        if not (self.na or self.codebook):
            return Cells(words, show_values)
        codes = {
            fact.name: {
                code: value
                for code, value in self.codes(fact.name).items()
                if value in fact.all_values
            }
            for fact in vocabulary.facts
        }
        return Cells(words, show_values, codes)

    def fact_columns(
        self, columns: Mapping[str, str] | None, vocabularies: Sequence[Vocabulary]
    ) -> dict[str, str]:
        """Map facts to the columns of a table, which *columns* states too.

        Raises:
            SituationError: a name is not a fact of *vocabularies*.
            TableError: the codebook has an unknown name or value.
        """
        stated = {**self.columns, **(columns or {})}
        refuse_undeclared(stated, vocabularies)
        if self.codebook is None:
            return stated
        if wrong := [*self.codebook.problems(vocabularies, [*Option])]:
            raise TableError(wrong)
        known = {name for one in vocabularies for name in one.by_name}
        own = {n: c for n, c in self.codebook.columns.items() if n in known}
        return {**own, **stated}
