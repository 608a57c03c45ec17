"""Given: what may be asked of a table, checked before anything is worked out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral

from boundaryethics.errors import Problem, SituationError, TableError
from boundaryethics.model.facts import Vocabulary


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
        raise SituationError(vocabularies[0].problems_of(strange))


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
