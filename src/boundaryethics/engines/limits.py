"""What the durable engine can take: a stratum of atoms in, problems out.

Past these limits the engine crashes, or answers wrongly; each is kept well below
the point at which it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from boundaryethics.engines.atoms import AtomicStratum, Conjunction
from boundaryethics.errors import Problem

#: Generated rules in a ruleset; the engine has room for 4,096.
MOST_CONJUNCTIONS = 2000
#: Keys in a message; the engine has room for 255, its own included.
MOST_KEYS = 240
#: Tests that may follow one test; the engine has room for 511.
MOST_BRANCHES = 480
#: Tests that wait while one is followed; the engine has room for 64.
MOST_WAITING = 60


def problems_of(stratum: AtomicStratum) -> tuple[Problem, ...]:
    """What keeps the durable engine from taking *stratum*."""
    conjunctions = sorted(stratum.rules)
    read = {key for conjunction in conjunctions for key in conjunction}
    branches, waiting = _widest(stratum, conjunctions)
    measured = (
        ("distinct conjunctions", len(conjunctions), MOST_CONJUNCTIONS),
        ("tests that can be met at once", stratum.most_together(read), MOST_KEYS),
        ("distinct tests after one test", branches, MOST_BRANCHES),
        ("tests to follow at once", waiting, MOST_WAITING),
    )
    return tuple(
        _too_many(what, number, most)
        for what, number, most in measured
        if number > most
    )


def _widest(
    stratum: AtomicStratum, conjunctions: Iterable[Conjunction]
) -> tuple[int, int]:
    """The most branches after any test, and the most tests ever waiting."""
    following = dict(_by_first_test(conjunctions))
    if not following:
        return 0, 0
    below = [_widest(stratum, rest) for rest in following.values()]
    together = stratum.most_together(following)
    return (
        max(len(following), *(branches for branches, _ in below)),
        max(together, *(together - 1 + waiting for _, waiting in below)),
    )


def _by_first_test(
    conjunctions: Iterable[Conjunction],
) -> Iterator[tuple[str, list[Conjunction]]]:
    longer = (keys for keys in conjunctions if keys)
    for first, sharing in groupby(longer, key=lambda keys: keys[0]):
        yield first, [keys[1:] for keys in sharing]


def _too_many(what: str, number: int, most: int) -> Problem:
    return Problem(
        code="BE502",
        message=f"rules that are settled together take {number} {what}; "
        f"the durable engine takes {most}",
        help='ask for `engine="reference"`, which takes every policy '
        "and gives the same answers",
    )
