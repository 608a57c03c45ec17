"""What sets two policies apart: the rules that bind in one and not in the other.

Such a rule may be in one policy alone; in both, and bind at other times; or in both,
and say something else. For each of these a node tells where it is the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import final

import attrs
import numpy as np

from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.network import Gate
from boundaryethics.diagrams.standings import PAIRS
from boundaryethics.diagrams.worths import Worths, worths_of


class Parting(StrEnum):
    """How a rule sets two policies apart, in a situation."""

    #: It binds in the first, and not in the second.
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    #: It binds in both, and does not say the same of the options.
    CHANGED = "changed"


@final
@attrs.frozen
class Parter:
    """A rule, how it sets apart, and the node that tells where it does."""

    rule: str
    parting: Parting
    node: int


def parters(asking: Asking) -> tuple[Parter, ...]:
    """Every rule that can make a difference between the two policies of *asking*."""
    network = asking.weaver.woven()
    worths = worths_of(asking.policies, asking.weaver.rules, len(network.nodes))
    bearing = network.cone(int(n) for n in np.flatnonzero(worths.touched))
    names = dict.fromkeys(name for side in asking.weaver.rules for name in side)
    return tuple(
        parter
        for name in sorted(names)
        for parter in _parters(asking, name, worths, bearing)
    )


def _parters(
    asking: Asking, rule: str, worths: Worths, bearing: frozenset[int]
) -> Iterator[Parter]:
    first, second = (side.get(rule) for side in asking.weaver.rules)
    if not {first, second} & bearing:
        return
    if second is None and first is not None:
        yield Parter(rule, Parting.ONLY_FIRST, first)
    elif first is None and second is not None:
        yield Parter(rule, Parting.ONLY_SECOND, second)
    elif first is not None and second is not None:
        changed = _says_otherwise(worths, first, second)
        if first != second:
            yield Parter(rule, Parting.ONLY_FIRST, _without(asking, first, second))
            yield Parter(rule, Parting.ONLY_SECOND, _without(asking, second, first))
        if changed:
            yield Parter(rule, Parting.CHANGED, _both(asking, first, second))


def _says_otherwise(worths: Worths, first: int, second: int) -> bool:
    half = len(PAIRS)
    points, flags = worths.points, worths.flags
    return bool(
        (points[first, :half] != points[second, half:]).any()
        or (flags[first, 0] != flags[second, 1]).any()
    )


def _without(asking: Asking, one: int, other: int) -> int:
    """A node that binds where *one* does and *other* does not."""
    bound = asking.weaver.bound
    return asking.weaver.add([Gate(holds=(bound(one),), absent=(bound(other),))])


def _both(asking: Asking, one: int, other: int) -> int:
    """A node that binds where both do."""
    if one == other:
        return one
    bound = asking.weaver.bound
    return asking.weaver.add([Gate(holds=(bound(one), bound(other)))])
