"""Measuring: one variant and the ground that it stands on in, its row out.

What cannot be asked is told in the row, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boundaryethics.analysis import verify
from boundaryethics.analysis.compare import Move, moves_in
from boundaryethics.analysis.verify import kept_by
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.given import Space
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.diagrams.watching import Differences
from boundaryethics.errors import BoundaryEthicsError
from boundaryethics.model.parts import Invariant
from boundaryethics.model.policy import Policy
from boundaryethics.variants.changes import varied
from boundaryethics.variants.family import Variation
from boundaryethics.variants.ground import (
    Ground,
    broken_cases,
    given_to,
    over_table,
    unchanged,
)
from boundaryethics.variants.moving import Counted, Moved, moved
from boundaryethics.variants.rows import Row


def measured(ground: Ground, variation: Variation) -> Row:
    """What *variation* comes to."""
    label = variation.label
    try:
        base = ground.asked.base
        return _row(ground, variation, varied(base, base.id, variation.edits))
    except BoundaryEthicsError as error:
        told = "; ".join(f"{one.code}: {one.message}" for one in error.problems)
        return Row(label=label, problem=told)


def _row(ground: Ground, variation: Variation, variant: Policy) -> Row:
    asked, none = ground.asked, tuple[str, ...]()
    if variant.fingerprint == asked.base.fingerprint:
        space, table = unchanged(ground)
        cases, invariants = none, None if asked.space is None else none
    else:
        space, invariants = None, None
        if asked.space is not None:
            space, invariants = _over_space(ground, asked.space, variant)
        table, cases = over_table(ground, variant), broken_cases(ground, variant)
    return Row(
        label=variation.label,
        fingerprint=variant.fingerprint,
        space=space,
        table=table,
        broken_cases=cases,
        broken_invariants=invariants,
    )


def _over_space(
    ground: Ground, space: Space, variant: Policy
) -> tuple[Moved, tuple[str, ...]]:
    """How the rankings of the space move, and the invariants that break with them."""
    asking = Asking([ground.asked.base, variant])
    moves = moves_in(asking.ask(space, Differences()))
    counts = moved(_counts(ground, moves), sum(move.count for move in moves))
    rankings = [move.after for move in moves]
    bans = _same_bans(asking)
    given = given_to(space)
    broken = (
        one.id
        for one in ground.kept
        if _may_break(one, rankings, same_bans=bans)
        and not verify(variant, one, given).proved
    )
    return counts, tuple(broken)


def _counts(ground: Ground, moves: Iterable[Move]) -> Iterator[Counted]:
    """First places before and after; where no ranking moves, they stay."""
    left = dict(ground.firsts)
    for move in moves:
        before, after = move.before[0], move.after[0]
        left[before] -= move.count
        yield before, after, move.count
    for first, count in left.items():
        yield first, first, count


def _same_bans(asking: Asking) -> bool:
    """Whether the two surely forbid and require the same everywhere."""
    sides = [
        {
            (numbers[rule.id], rule.then.forbids, rule.then.requires)
            for rule in policy.rules
            if rule.then.forbids or rule.then.requires
        }
        for policy, numbers in zip(asking.policies, asking.weaver.rules, strict=True)
    ]
    return sides[0] == sides[1]


def _may_break(
    invariant: Invariant, rankings: Iterable[Ranking], *, same_bans: bool
) -> bool:
    """Whether a kept *invariant* can break where *rankings* are given instead."""
    kinds = [promise for promise, _ in invariant.promises]
    if not all(promise.of_options for promise in kinds):
        return True
    if not same_bans and any(promise.of_standing for promise in kinds):
        return True
    asked = [one for one in invariant.promises if not one[0].of_standing]
    return any(not kept_by(ranking, *one) for ranking in rankings for one in asked)
