"""Summarize the rankings of all rows of a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics.errors import Problem, problem, quoted, reading_option
from boundaryethics.model.rules import Option
from boundaryethics.provenance import PolicyRecord, provenance

if TYPE_CHECKING:
    from boundaryethics.batch.encode import Refusal

#: The character between tied options.
TIE = "="
#: The first options as text, indexed by their bit set.
FIRST = tuple(
    TIE.join(option for n, option in enumerate(Option) if bits >> n & 1)
    for bits in range(1 << len(Option))
)

#: The label in charts for rows that could not be ranked.
LACKING = "not ranked"
#: The categories of a chart: single options in order, ties, and rows without a ranking.
_PARTS = (*sorted(FIRST, key=lambda first: first.count(TIE)), LACKING)
#: The maximum number of invalid values to count individually. A column of free text may
#: have very many.
_MOST_COUNTED = 10_000
#: The maximum number of invalid values to list in the text of a summary.
_SHOWN = 20


@final
@attrs.frozen(kw_only=True)
class BadValue:
    """An invalid value or impossible combination, and the number of rows with it."""

    #: The fact with the invalid value; empty for an impossible combination, which
    #: `value` then describes.
    fact: str
    #: The value as text; None if values are hidden or there are too many.
    value: str | None
    rows: int

    def __str__(self) -> str:
        value, rows = self.value, _rows(self.rows)
        if not self.fact:
            return f"{value or 'other impossible combinations'}: {rows}"
        if value is None:
            return f"invalid values for `{self.fact}`: {rows}"
        if value.startswith("`"):
            return f"invalid value {value} for `{self.fact}`: {rows}"
        return f"invalid value for `{self.fact}`: {value}, {rows}"


@final
@attrs.frozen(kw_only=True)
class Summary:
    """Counts of top options and of invalid values over all rows of a table."""

    policy: str
    fingerprint: str
    rows: int
    #: Each top option or tie, with its number of rows, the most frequent first.
    first: tuple[tuple[str, int], ...]
    #: The invalid values, the most frequent first.
    problems: tuple[BadValue, ...]
    #: Warnings about likely mistakes, such as facts without a column.
    warnings: tuple[Problem, ...] = ()

    @property
    def unanswered(self) -> int:
        """The number of invalid rows, which could not be ranked."""
        return self.rows - sum(rows for _, rows in self.first)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return {
            "policy": self.policy,
            "fingerprint": self.fingerprint,
            "rows": self.rows,
            "unanswered": self.unanswered,
            "first": dict(self.first),
            "problems": [attrs.asdict(bad) for bad in self.problems],
            "warnings": [warning.message for warning in self.warnings],
        }

    def chart(self) -> Any:
        """Return an Altair chart of how often each option ranks first."""
        return chart_of([self])

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.policy}: {_rows(self.rows)}, {self.unanswered:,} {LACKING}"
        width = max((len(first) for first, _ in self.first), default=0)
        for first, rows in self.first:
            yield f"  {first:<{width}}  {rows:>{len(f'{self.rows:,}')},}"
        for bad in self.problems[:_SHOWN]:
            yield f"  {bad}"
        if len(self.problems) > _SHOWN:
            yield f"  and {len(self.problems) - _SHOWN:,} more invalid values"
        for warning in self.warnings:
            yield f"  note: {warning.message}"
            if warning.help:
                yield f"    {warning.help}"


@final
@attrs.define
class Tally:
    """Counts of results, added up batch by batch."""

    rows: int = 0
    first: Counter[str] = attrs.Factory(Counter)
    #: The number of rows, by fact and invalid value.
    problems: Counter[tuple[str, str | None]] = attrs.Factory(Counter)

    def count(self, first: Mapping[str, int], lacking: int = 0) -> None:
        """Count rows by top option. *lacking* is the number of invalid rows."""
        self.rows += sum(first.values()) + lacking
        self.first.update(first)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Count invalid rows; each has one entry in *refusals*."""
        for one, rows in Counter(refusals).items():
            self._add(one.fact, one.value, rows)

    def to_json(self) -> str:
        """Return the counts as JSON, so that a worker process can send them."""
        problems = [[*key, rows] for key, rows in self.problems.items()]
        return json.dumps([self.rows, self.first, problems])

    @classmethod
    def merged(cls, parts: Iterable[str]) -> Tally:
        """Add up counts from `to_json`."""
        tally = cls()
        for part in parts:
            rows, first, problems = json.loads(part)
            tally.count(first, rows - sum(first.values()))
            for fact, value, refused in problems:
                tally._add(fact, value, refused)
        return tally

    def summary(self, policy: Any, warnings: Iterable[Problem] = ()) -> Summary:
        """Summarize the counts for *policy*."""
        by_rows = sorted(self.first.items(), key=lambda entry: (-entry[1], entry[0]))
        refused = sorted(
            (BadValue(fact=f, value=v, rows=n) for (f, v), n in self.problems.items()),
            key=lambda bad: (-bad.rows, bad.fact, bad.value or ""),
        )
        if any(bad.fact for bad in refused):
            warnings = (*warnings, _advised(refused))
        return Summary(
            policy=policy.id,
            fingerprint=policy.fingerprint,
            rows=self.rows,
            first=tuple(by_rows),
            problems=tuple(refused),
            warnings=tuple(warnings),
        )

    def _add(self, fact: str, value: str | None, rows: int) -> None:
        key = (fact, value)
        if key not in self.problems and len(self.problems) >= _MOST_COUNTED:
            key = (fact, None)
        self.problems[key] += rows


def _advised(refused: Iterable[BadValue]) -> Problem:
    """Return a warning that names reading options for handling the invalid values."""
    facts = dict.fromkeys(bad.fact for bad in refused if bad.fact)
    na, codebook = reading_option("na", "CODE"), reading_option("codebook", "FILE")
    return problem("BE886", facts=quoted(facts), na=na, codebook=codebook)


def chart_of(summaries: Iterable[Summary]) -> Any:
    """Return an Altair chart of how often each option ranks first under each policy."""
    from boundaryethics.charts import shares

    listed = tuple(summaries)
    records = (
        PolicyRecord(id=one.policy, fingerprint=one.fingerprint) for one in listed
    )
    chart = shares(
        {one.policy: {**dict(one.first), LACKING: one.unanswered} for one in listed},
        title="Top responses by policy",
        subtitle=f"of {max((one.rows for one in listed), default=0):,} rows",
        axis="share of rows (%)",
        parts=_PARTS,
    )
    return chart.properties(usermeta={"boundaryethics": provenance(*records)})


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
