"""Summaries: what came out over all rows.

In: batches of answers. Out: how many rows there were, what came first how often, and
what kept rows from being answered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, final

import attrs

from boundaryethics.errors import Problem

#: Bad values told apart; a column of free text has no end of them.
_TOLD_APART = 10_000
#: Bad values that are shown as text.
_SHOWN = 20

# No value holds a backtick here, so that this is found between problems alone.
_BETWEEN = re.compile(r"; (?=fact `|`)")
_REFUSAL = re.compile(r"fact `(?P<fact>[^`]*)` cannot be (?P<value>.*)", re.DOTALL)


@final
@attrs.frozen(kw_only=True)
class BadValue:
    """A value that a fact cannot have, or values that clash, and in how many rows."""

    #: Empty where values of several facts clash; `value` then says which.
    fact: str
    #: The value as it is shown; None for all that are not counted apart.
    value: str | None
    rows: int

    def __str__(self) -> str:
        value = self.value or "what stands there: many more values"
        if not self.fact:
            return f"{value}: {_rows(self.rows)}"
        return f"fact `{self.fact}` cannot be {value}: {_rows(self.rows)}"


@final
@attrs.frozen(kw_only=True)
class Summary:
    """What came out over all rows."""

    policy: str
    fingerprint: str
    rows: int
    #: Each first place with the rows that have it, the most frequent first.
    first: tuple[tuple[str, int], ...]
    #: What kept rows from being answered, the most frequent first.
    problems: tuple[BadValue, ...]
    #: What may not have been meant, such as facts without a column.
    warnings: tuple[Problem, ...] = ()

    @property
    def unanswered(self) -> int:
        """The rows that hold a bad value."""
        return self.rows - sum(rows for _, rows in self.first)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data."""
        return {
            "policy": self.policy,
            "fingerprint": self.fingerprint,
            "rows": self.rows,
            "unanswered": self.unanswered,
            "first": dict(self.first),
            "problems": [attrs.asdict(problem) for problem in self.problems],
            "warnings": [problem.message for problem in self.warnings],
        }

    def chart(self) -> Any:
        """A picture, for Altair: what came first in how many rows.

        Raises:
            PictureError: what draws is not installed.
        """
        from boundaryethics.batch.charting import chart_of

        return chart_of([self])

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.policy}: {_rows(self.rows)}, {self.unanswered:,} not answered"
        width = max((len(first) for first, _ in self.first), default=0)
        for first, rows in self.first:
            yield f"  {first:<{width}}  {rows:>{len(f'{self.rows:,}')},}"
        for problem in self.problems[:_SHOWN]:
            yield f"  {problem}"
        if len(self.problems) > _SHOWN:
            yield f"  and {len(self.problems) - _SHOWN:,} other values"
        for warning in self.warnings:
            yield f"  note: {warning.message}"
            if warning.help:
                yield f"    {warning.help}"


@final
@attrs.define
class Tally:
    """Counts that grow batch by batch."""

    rows: int = 0
    first: Counter[str] = attrs.Factory(Counter)
    #: By fact and value.
    problems: Counter[tuple[str, str | None]] = attrs.Factory(Counter)

    def add(self, answers: Any, prefix: str = "") -> None:
        """Count the batch *answers*, whose columns have *prefix*."""
        counts = answers.column(f"{prefix}best").value_counts()
        problem = answers.column(f"{prefix}problem")
        told = problem.value_counts() if problem.null_count < len(problem) else ()
        self.count(map(_counted, counts), map(_counted, told))

    def count(
        self,
        first: Iterable[tuple[str | None, int]],
        problems: Iterable[tuple[str | None, int]],
    ) -> None:
        """Count rows by first place and by what is said to be wrong with them."""
        for best, rows in first:
            self.rows += rows
            if best is not None:
                self.first[best] += rows
        for told, rows in problems:
            for one in _BETWEEN.split(told) if told else ():
                self._refused(one, rows)

    def summary(self, policy: Any, warnings: Iterable[Problem] = ()) -> Summary:
        """What was counted of the answers of *policy*."""
        by_rows = sorted(self.first.items(), key=lambda entry: (-entry[1], entry[0]))
        refused = sorted(
            (BadValue(fact=f, value=v, rows=n) for (f, v), n in self.problems.items()),
            key=lambda bad: (-bad.rows, bad.fact, bad.value or ""),
        )
        return Summary(
            policy=policy.id,
            fingerprint=policy.fingerprint,
            rows=self.rows,
            first=tuple(by_rows),
            problems=tuple(refused),
            warnings=tuple(warnings),
        )

    def _refused(self, told: str, rows: int) -> None:
        found = _REFUSAL.fullmatch(told)
        fact, value = (found["fact"], found["value"]) if found else ("", told)
        key: tuple[str, str | None] = (fact, value)
        if key not in self.problems and len(self.problems) >= _TOLD_APART:
            key = (fact, None)
        self.problems[key] += rows


def _counted(entry: Any) -> tuple[str | None, int]:
    return entry["values"].as_py(), entry["counts"].as_py()


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
