"""The atlas of a policy: all its situations brought together, made once and kept.

In: a policy, and what is asked for. Out: a diagram whose paths are situations, with
what lies at the end of each. Whatever is asked of one situation is then a walk over
the atlas: it is exact, and takes no longer than the atlas is large.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Truths, Whole
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.diagram import Diagram, Layer
from boundaryethics.diagrams.folding import Axis
from boundaryethics.diagrams.given import space_of
from boundaryethics.diagrams.standings import Ranking, ranking_of
from boundaryethics.diagrams.watching import NOTHING, Rankings
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy

#: Atlases of policies, and of rules and findings, that are kept.
_KEPT, _KEPT_SMALL = 32, 512


@final
@attrs.frozen(kw_only=True, eq=False)
class Level:
    """One fact becomes known."""

    #: Empty in the first level, where nothing does.
    fact: str
    #: The fact's values, those together that make no difference.
    classes: tuple[tuple[str, ...], ...]
    #: For each class and state the state that follows; -1 for none.
    follows: Whole

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The number of the class of each value."""
        return {v: n for n, members in enumerate(self.classes) for v in members}


@final
@attrs.frozen(eq=False)
class Atlas:
    """Levels of states, a level for each fact; a path through them is a situation."""

    levels: tuple[Level, ...]
    #: The ranking at each end; empty where the ends tell of no ranking.
    rankings: tuple[Ranking, ...]
    #: How many ends there are.
    ends: int

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number of each fact's level."""
        return {level.fact: number for number, level in enumerate(self.levels)}

    def path(self, situation: Situation) -> tuple[int, ...]:
        """For each level the class that *situation* takes."""
        return tuple(
            level.place[situation[level.fact]] if level.fact else 0
            for level in self.levels
        )

    def placing(self, option: Option, place: int, *, alone: bool = False) -> Truths:
        """The ends at which *option* stands in *place*; with *alone*, by itself."""
        groups = ((*ranking, *[()] * place)[place - 1] for ranking in self.rankings)
        return np.array(
            [option in group and (len(group) == 1 or not alone) for group in groups]
        )

    def ends_of(self, paths: Whole) -> Whole:
        """The end of each of *paths*, which has a row for each."""
        states = np.zeros(len(paths), np.int64)
        for level, places in zip(self.levels, paths.T, strict=True):
            states = level.follows[places, states]
        return states


@lru_cache(maxsize=_KEPT)
def atlas_of(policy: Policy) -> Atlas:
    """The atlas of the rankings that *policy* gives.

    Raises:
        AnalysisError: the policy is too large.
    """
    diagram = Asking([policy]).ask(space_of(policy.vocabulary), Rankings())
    signs = diagram.ends.settled.tolist()
    return _atlas(diagram, tuple(ranking_of(tuple(row)) for row in signs))


@lru_cache(maxsize=_KEPT_SMALL)
def atlas_of_rule(policy: Policy, rule: str) -> Atlas:
    """The atlas of the situations in which *rule* binds."""
    asking = Asking([policy])
    bound = asking.weaver.bound(asking.weaver.rules[0][rule])
    return _atlas(_demanding(asking, policy, bound))


@lru_cache(maxsize=_KEPT_SMALL)
def atlas_of_finding(policy: Policy, finding: str) -> Atlas:
    """The atlas of the situations in which *finding* holds."""
    asking = Asking([policy])
    return _atlas(_demanding(asking, policy, asking.weaver.finding(finding, 0)))


def _demanding(asking: Asking, policy: Policy, finding: int) -> Diagram:
    return asking.ask(space_of(policy.vocabulary), NOTHING, demanded=finding)


def _atlas(diagram: Diagram, rankings: tuple[Ranking, ...] = ()) -> Atlas:
    levels = tuple(map(_level, diagram.layers))
    return Atlas(levels, rankings, len(diagram.ends))


def _level(layer: Layer) -> Level:
    axis = layer.axis or Axis("", ((UNKNOWN,),))
    return Level(fact=axis.fact, classes=axis.classes, follows=layer.follows)
