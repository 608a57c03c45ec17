"""The ground that variants are measured on: what is asked, and what the base says.

In: a base and what to ask of it. Out: all that can be worked out once for all its
variants. It can be sent to other processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics import batch
from boundaryethics.analysis import places, verify
from boundaryethics.diagrams.given import Space
from boundaryethics.model.cases import Case
from boundaryethics.model.options import Option
from boundaryethics.model.parts import Invariant
from boundaryethics.model.policy import Policy
from boundaryethics.testing import Report, run_cases
from boundaryethics.variants.moving import First, Moved, moved

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Ranked
    from boundaryethics.batch.situations import Situations

_EVERY = 1 << len(Option)
#: The options of a first place, for each setting of their bits.
_FIRSTS = tuple(
    tuple(option for n, option in enumerate(Option) if bits >> n & 1)
    for bits in range(_EVERY)
)


@final
@attrs.frozen(kw_only=True, eq=False)
class Asked:
    """What is asked of every variant of a base."""

    base: Policy
    #: The part of the space that is asked about; None where it is not asked.
    space: Space | None
    #: A user's own situations, and how many rows they are of, with those left out.
    table: Situations | None
    table_rows: int
    cases: tuple[Case, ...]
    #: What confines both, in the words of `given`.
    given: Mapping[str, list[str]]


@final
@attrs.frozen(kw_only=True, eq=False)
class Ground:
    """What is asked, and what the base answers."""

    asked: Asked
    #: In how many situations of the space each group of options is first.
    firsts: Mapping[First, int]
    #: The invariants that the base keeps, and the cases that hold under it.
    kept: tuple[Invariant, ...]
    held: tuple[Case, ...]
    #: The base's answers to the rows of the table.
    ranked: Ranked | None


def ground_of(asked: Asked) -> Ground:
    """What the base says to all that is *asked*.

    Raises:
        BoundaryEthicsError: the base cannot be asked so.
    """
    base, space = asked.base, asked.space
    return Ground(
        asked=asked,
        firsts={} if space is None else _firsts(base, space),
        kept=() if space is None else _kept(base, space),
        held=_held(asked),
        ranked=None if asked.table is None else _ranked(base, asked.table),
    )


def over_table(ground: Ground, variant: Policy) -> Moved | None:
    """How the rankings of the rows of the table move."""
    table, before = ground.asked.table, ground.ranked
    if table is None or before is None:
        return None
    after = _ranked(variant, table)
    pairs: npt.NDArray[np.int64] = np.zeros(_EVERY * _EVERY, np.int64)
    at = before.best.astype(np.intp) * _EVERY + after.best
    np.add.at(pairs, at, table.counts)
    changed = (before.places != after.places).any(axis=1)
    counts = (
        (_FIRSTS[pair // _EVERY], _FIRSTS[pair % _EVERY], int(pairs[pair]))
        for pair in np.flatnonzero(pairs).tolist()
    )
    return moved(counts, int(table.counts[changed].sum()))


def broken_cases(ground: Ground, variant: Policy) -> tuple[str, ...]:
    """The cases that hold under the base, and not under *variant*."""
    failed = reported(ground.held, variant).failures
    return tuple(outcome.case.id or outcome.case.name for outcome in failed)


def reported(cases: Iterable[Case], policy: Policy) -> Report:
    """How *cases* come out under *policy*."""
    return run_cases(cases, policy=policy, engine="reference")


def unchanged(ground: Ground) -> tuple[Moved | None, Moved | None]:
    """What a variant comes to that says all that the base says."""
    space, table, ranked = ground.asked.space, ground.asked.table, ground.ranked
    over_space = space and moved(((f, f, n) for f, n in ground.firsts.items()), 0)
    if table is None or ranked is None:
        return over_space, None
    rows = zip(ranked.best.tolist(), table.counts.tolist(), strict=True)
    return over_space, moved(((_FIRSTS[b], _FIRSTS[b], n) for b, n in rows), 0)


def given_to(space: Space) -> dict[str, list[str]]:
    """What confines *space*, in the words of `given`."""
    facts = zip(space.vocabulary.facts, space.allowed, strict=True)
    return {f.name: [*allowed] for f, allowed in facts if allowed != f.all_values}


def _firsts(base: Policy, space: Space) -> dict[First, int]:
    counts: dict[First, int] = {}
    for placed in places(base, given_to(space)).rankings:
        first = placed.ranking[0]
        counts[first] = counts.get(first, 0) + placed.count
    return counts


def _kept(base: Policy, space: Space) -> tuple[Invariant, ...]:
    checked = verify(base, given=given_to(space)).checked
    return tuple(one.invariant for one in checked if one.proved)


def _held(asked: Asked) -> tuple[Case, ...]:
    outcomes = reported(asked.cases, asked.base).outcomes
    return tuple(outcome.case for outcome in outcomes if outcome.holds)


def _ranked(policy: Policy, table: Situations) -> Ranked:
    return batch.compile(policy).rank_codes(table.columns)
