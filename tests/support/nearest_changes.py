"""Find the smallest changes by brute force, from the distances of all situations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

from boundaryethics.analysis.counterfactuals import FactChanges, MinimalChanges
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Verdict


def distance(one: Situation, other: Situation) -> int:
    """Count the facts in which the two differ."""
    return sum(a != b for a, b in zip(one.row, other.row, strict=True))


def keeps_known(now: Situation, then: Situation) -> bool:
    """Return whether every fact that is known in *now* is known in *then*."""
    pairs = zip(now.row, then.row, strict=True)
    return all(before == "unknown" or after != "unknown" for before, after in pairs)


def nearest(
    situation: Situation, verdicts: Iterable[Verdict], so: Callable[[Verdict], bool]
) -> tuple[int | None, dict[Situation, Verdict]]:
    """Find the smallest distance at which a goal is met, and all such situations."""
    found: dict[int, dict[Situation, Verdict]] = {}
    for verdict in verdicts:
        if so(verdict):
            far = distance(situation, verdict.situation)
            found.setdefault(far, {})[verdict.situation] = verdict
    if not found:
        return None, {}
    least = min(found)
    return least, found[least] if least else {}


def changed(situation: Situation, change: FactChanges) -> list[Situation]:
    """List every situation that *change* describes."""
    facts = [move.fact for move in change.moves]
    values = product(*(move.new for move in change.moves))
    return [
        situation.with_facts(**dict(zip(facts, one, strict=True))) for one in values
    ]


def reached(situation: Situation, least: MinimalChanges) -> list[Situation]:
    """List every situation that *least* leads to, with repetitions."""
    return [one for change in least.changes for one in changed(situation, change)]
