"""JSON lines: objects in, the same text with answers at the end of each out.

What is written of a line is not read and written again, so that it stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.coding import coded_values
from boundaryethics.batch.matching import matched, refuse_clashes
from boundaryethics.batch.refusing import unreadable
from boundaryethics.batch.summary import Tally
from boundaryethics.errors import Problem, TableError

#: The answers wanted, each with the keys of facts that have another name.
Keyed: TypeAlias = Sequence[tuple[Answers, Mapping[str, str]]]

#: Lines that are answered at once.
_LINES = 1 << 14


@final
@attrs.define
class Lines:
    """A file of JSON lines, while it is answered."""

    path: Path
    #: The keys met so far, in the order in which they were met.
    keys: dict[str, None] = attrs.Factory(dict)

    def answered(
        self,
        lines: Iterable[str],
        asked: Keyed,
        tallies: Sequence[Tally],
    ) -> Iterator[str]:
        """Each of *lines* with the answers of each that is *asked*.

        Args:
            lines: the lines; those that are blank are left out.
            asked: the answers wanted, and the keys of facts that have another name.
            tallies: for each of those what counts its answers.

        Raises:
            TableError: a line is no object, or has a key that an answer has, or there
                is no line.
        """
        numbered = ((n, line.strip()) for n, line in enumerate(lines, start=1))
        full = (one for one in numbered if one[1])
        empty = True
        while some := [*islice(full, _LINES)]:
            empty = False
            rows = [self._read(number, line) for number, line in some]
            answers = self._answers(rows, asked, tallies)
            for (_, line), row, answer in zip(some, rows, answers, strict=True):
                yield _joined(line, answer, first=not row)
        if empty:
            raise TableError([unreadable(self.path, "it is empty")])

    def warnings(
        self, answers: Answers, keys: Mapping[str, str]
    ) -> tuple[Problem, ...]:
        """What may not have been meant, when all lines are read.

        Raises:
            TableError: no key tells a fact.
        """
        there = {fact: key for fact, key in keys.items() if key in self.keys}
        found = matched([*self.keys], answers.policy.vocabulary, there)
        return found.warnings

    def _answers(
        self, rows: Sequence[Mapping[str, Any]], asked: Keyed, tallies: Sequence[Tally]
    ) -> list[dict[str, Any]]:
        """For each of *rows* all that is asked."""
        found: list[dict[str, Any]] = [{} for _ in rows]
        for (answers, given), tally in zip(asked, tallies, strict=True):
            refuse_clashes(self.keys, answers.wanted.names)
            columns = {
                fact.name: coded_values(fact, [row.get(key) for row in rows])
                for fact in answers.policy.vocabulary.facts
                if (key := given.get(fact.name, fact.name)) in self.keys
            }
            batch = answers.of(columns, len(rows))
            tally.add(batch, answers.wanted.prefix)
            for one, more in zip(found, batch.to_pylist(), strict=True):
                one.update(more)
        return found

    def _read(self, number: int, line: str) -> dict[str, Any]:
        try:
            read = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            told = str(error) if isinstance(error, _TwiceError) else "it is no JSON"
            raise TableError([self._misread(number, told)]) from error
        if not isinstance(read, dict):
            raise TableError([self._misread(number, "it is no object")])
        self.keys |= dict.fromkeys(read)
        return read

    def _misread(self, number: int, why: str) -> Problem:
        return unreadable(self.path, f"line {number:,}: {why}")


class _TwiceError(ValueError):
    """A key stands twice in an object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in made if names.count(name) > 1)
        message = f"`{twice}` stands there twice"
        raise _TwiceError(message)
    return made


def _joined(line: str, answer: Mapping[str, Any], *, first: bool) -> str:
    """*line*, an object, with *answer* as its last keys."""
    told = json.dumps(answer, ensure_ascii=False)[1:]
    return f"{line[:-1].rstrip()}{'' if first else ', '}{told}\n"
