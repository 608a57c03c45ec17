"""Where two policies differ: the exact set of situations that they rank otherwise.

The two are walked side by side. What they have in common is worked out once, and a
partial situation in which they can no longer part is followed no further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from boundaryethics.analysis.confirming import ContradictedError, verdict_on
from boundaryethics.analysis.difference import (
    Cause,
    Difference,
    Move,
    Values,
    moves_of,
)
from boundaryethics.analysis.parting import Parter, Parting, parters
from boundaryethics.analysis.sampling import sampled
from boundaryethics.diagrams.arrays import Truths
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.diagram import Diagram
from boundaryethics.diagrams.given import Given, Space, space_of, vocabulary_of
from boundaryethics.diagrams.standings import PAIRS, Ranking, ranking_of
from boundaryethics.diagrams.walking import Progress
from boundaryethics.diagrams.watching import STANDINGS, Differences
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named


def compare(
    a: Policy | str | Path,
    b: Policy | str | Path,
    *,
    given: Given | None = None,
    sample: int | None = None,
    progress: Progress | None = None,
) -> Difference:
    """Where *a* and *b* differ, over every situation of their vocabularies (S20).

    Args:
        a: one policy, or its id or path.
        b: the other.
        given: facts confined to a value or to some values.
        sample: draw so many situations at random instead of counting them all; the
            answer then says of itself that it is a sample.
        progress: called with the facts done, and the facts there are.

    Raises:
        SituationError: *given* names what is not declared.
        AnalysisError: the question is too large, or cannot be asked of both.
    """
    one, other = policy_named(a), policy_named(b)
    space = space_of(vocabulary_of([one, other]), given)
    if sample is not None:
        return sampled(one, other, space, sample)
    return _counted(Asking([one, other]), space, progress)


def _counted(asking: Asking, space: Space, progress: Progress | None) -> Difference:
    one, other = asking.policies
    parting = parters(asking)
    told = [parter.node for parter in parting]
    diagram = asking.ask(space, Differences(), told=told, progress=progress)
    return Difference(
        a=one.id,
        b=other.id,
        total=space.size,
        standing=standing_differs(asking.ask(space, STANDINGS)),
        moves=moves_in(diagram),
        causes=tuple(_causes(asking, diagram, parting, space)),
        shared=_shared(space, diagram),
        witness=_witness(asking, space, diagram.smallest(_all(diagram))),
    )


def moves_in(diagram: Diagram) -> tuple[Move, ...]:
    """How often one ranking makes way for another, the most frequent first."""
    half = len(PAIRS)
    counts: Counter[tuple[Ranking, Ranking]] = Counter()
    for signs, weight in zip(diagram.ends.settled, diagram.weights(), strict=True):
        told = tuple(map(int, signs))
        counts[ranking_of(told[:half]), ranking_of(told[half:])] += weight
    return moves_of(counts)


def _causes(
    asking: Asking, diagram: Diagram, parting: Iterable[Parter], space: Space
) -> Iterator[Cause]:
    ends = _all(diagram)
    for place, parter in enumerate(parting):
        count = diagram.count(ends, place)
        if not count:
            continue
        owner = asking.policies[parter.parting is Parting.ONLY_SECOND]
        witness = _witness(asking, space, diagram.smallest(ends, place))
        if witness is not None:
            yield Cause(
                rule=parter.rule,
                parting=parter.parting,
                because=owner.rule[parter.rule].because,
                count=count,
                shared=_shared(space, diagram, place),
                witness=witness,
            )


def _shared(space: Space, diagram: Diagram, through: int | None = None) -> Values:
    """The facts that do not take all their values, with those that they take."""
    spread = diagram.spread(_all(diagram), through)
    taken = (
        (fact.name, possible, tuple(v for v in possible if spread[fact.name][v]))
        for fact, possible in zip(space.vocabulary.facts, space.taken, strict=True)
    )
    return tuple(
        (name, values) for name, possible, values in taken if () != values != possible
    )


def _all(diagram: Diagram) -> Truths:
    """Every end."""
    return np.ones(len(diagram.ends), bool)


def standing_differs(diagram: Diagram) -> int:
    """Count the situations of a *diagram* in which some option's standing differs."""
    forbidden, required = np.moveaxis(diagram.ends.flags, 2, 0)
    required = required & ~forbidden
    differs = (forbidden[:, 0] != forbidden[:, 1]) | (required[:, 0] != required[:, 1])
    return diagram.count(differs)


def _witness(
    asking: Asking, space: Space, chosen: Mapping[str, str] | None
) -> Situation | None:
    if chosen is None:
        return None
    situation = space.situation(chosen)
    one, other = (verdict_on(policy, situation) for policy in asking.policies)
    if one.ranking == other.ranking:
        message = f"the policies do not differ at {situation}"
        raise ContradictedError(message)
    return situation
