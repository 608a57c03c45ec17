"""Read codebooks, which define the columns of a data file and their codes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics._files import Digests
from boundaryethics.errors import Problem, TableError, did_you_mean, problem, quoted
from boundaryethics.model.facts import UNKNOWN, Vocabulary
from boundaryethics.policies import schema, yaml

#: The columns of ratings.
RATING_COLUMNS = ("rater", "vignette", "option", "rank")


@final
@attrs.frozen(kw_only=True)
class Codebook:
    """The columns and codes of a data file, by the names that the library uses."""

    #: For each fact or column of ratings with a different name in the file, that name.
    columns: Mapping[str, str]
    #: For each fact or column of ratings, the value of each code. The value of a code
    #: for missing answers is `unknown`.
    codes: Mapping[str, Mapping[str, str]]
    #: Codes of missing values in every column.
    missing: tuple[str, ...] = ()
    #: Columns that are not read.
    ignore: tuple[str, ...] = ()
    _source: yaml.Document = attrs.field(eq=False, repr=False)
    #: The SHA-256 digest of the file; None if the codebook is from a mapping.
    sha256: str | None = attrs.field(default=None, eq=False, repr=False)

    def problems(
        self, vocabularies: Sequence[Vocabulary], options: Collection[str]
    ) -> Iterator[Problem]:
        """Yield a problem for each name or value that none of *vocabularies* declares.

        *options* are the responses that ratings rank.
        """
        facts = [v.by_name[name] for v in vocabularies for name in v.by_name]
        by_name = {fact.name: fact for fact in facts}
        names = (*by_name, *RATING_COLUMNS, *options)
        for name in self._entries:
            if name not in names:
                near = did_you_mean(name, names)
                where = self._source.key_place(("columns", name))
                yield problem("BE884.name", where=where, near=near, token=name)
            values = self._entries[name].get("values", {})
            for code, value in values.items():
                among = options if name == "option" else ()
                if name in by_name:
                    among = {v for f in facts if f.name == name for v in f.all_values}
                text = _value(value)
                if among and text not in among:
                    path = ("columns", name, "values", code)
                    yield problem(
                        "BE884.value",
                        where=self._source.place(path),
                        near=did_you_mean(text, among),
                        value=text,
                        name=name,
                        values=quoted(sorted(among)),
                    )

    @cached_property
    def _entries(self) -> Mapping[str, Mapping[str, Any]]:
        data: Any = self._source.data
        return dict(data["columns"])


def as_codebook(given: str | Path | Mapping[str, Any] | Codebook) -> Codebook:
    """Return the codebook in a file, or in a mapping with the same content.

    Raises:
        TableError: it cannot be read or is invalid. The error lists all problems.
    """
    if isinstance(given, Codebook):
        return given
    if isinstance(given, Mapping):
        try:
            text = json.dumps(given)
        except Exception as error:
            # A mapping that is not plain data may raise anything.
            wrong = problem("BE884.file", file="codebook")
            raise TableError([wrong]) from error
        return _codebook(text, "codebook")
    path, name, digests = Path(given), str(given), Digests()
    try:
        text = yaml.text_of(
            path, file=name, most=yaml.MOST_OF_A_POLICY, digests=digests
        )
    except yaml.TextError as error:
        found = yaml.without_content(error.problem)
        raise TableError([attrs.evolve(found, code="BE884")]) from None
    return attrs.evolve(_codebook(text, name), sha256=digests[path])


def _codebook(text: str, file: str) -> Codebook:
    read = yaml.document(text, file=file)
    data: Any = read.data
    problems = read.problems
    if not yaml.has_key(text, ("columns",), data):
        # The user may have named any file, so problems must not quote its text.
        problems = (problem("BE884.file", file=file),)
    elif not problems:
        faults = schema.faults(data, "codebook")
        problems = tuple(schema.problem_of(fault, read) for fault in faults)
        problems = problems or tuple(_contradictions(data, read))
    if problems:
        raise TableError(problems)
    entries = data["columns"]
    return Codebook(
        columns={name: e["column"] for name, e in entries.items() if "column" in e},
        codes={name: _codes(entry) for name, entry in entries.items()},
        missing=tuple(map(str, data.get("missing", ()))),
        ignore=tuple(data.get("ignore", ())),
        source=read,
    )


def _codes(entry: Mapping[str, Any]) -> dict[str, str]:
    values = {code: _value(value) for code, value in entry.get("values", {}).items()}
    return values | {str(code): UNKNOWN for code in entry.get("missing", ())}


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _contradictions(data: Any, read: yaml.Document) -> Iterator[Problem]:
    """Yield a problem for each code or column for which two entries conflict.

    A code cannot both have a value and count as missing in the same column. A column
    cannot be both read and ignored.
    """
    for name, entry in data["columns"].items():
        column = entry.get("column", name)
        if column in data.get("ignore", ()):
            where = read.place(("ignore", data["ignore"].index(column)))
            yield problem("BE884.ignored", where=where, column=column, name=name)
        for number, code in enumerate(entry.get("missing", ())):
            if str(code) in entry.get("values", {}):
                where = read.place(("columns", name, "missing", number))
                yield problem("BE884.twice", where=where, code=code, name=name)
