"""Matching: the columns of a table in, which of them tells which fact out.

Also what the answers are called, and whether there is room for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import final

import attrs

from boundaryethics._closest import closest, did_you_mean
from boundaryethics.errors import Problem, TableError
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.options import Option


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
            *(f"place_{option}" for option in Option),
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
