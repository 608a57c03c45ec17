"""Count the rankings that a policy gives, over every situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.charts import shares
from boundaryethics.mdd.build import Progress, QueryBuilder, Rankings
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.scores import OPTIONS, Ranking, ranking_of
from boundaryethics.mdd.space import Space, Truths, Where, Whole, space_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import as_policy
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    facts_told,
    firsts_in_order,
    percent,
    picked,
    told,
)


@final
@attrs.frozen(kw_only=True)
class RankingCount:
    """One ranking, in how many situations it is given, and one of them."""

    ranking: Ranking
    count: int
    #: One that knows the fewest facts.
    witness: Situation


@final
@attrs.frozen(kw_only=True)
class Conflict(PlainData):
    """One dilemma (S13), in how many situations it arises, and one of them."""

    #: As in a verdict: `required_and_forbidden`, `all_forbidden`, `several_required`.
    kind: str
    options: tuple[Option, ...]
    count: int
    witness: Situation

    def to_dict(self) -> dict[str, Any]:
        """Give the dilemma as plain data."""
        return {"dilemma": self.kind, **picked(self, "options", "count", "witness")}


@final
@attrs.frozen(kw_only=True)
class RankingCounts(Report):
    """Every ranking that a policy gives, over all situations asked of."""

    policy: str
    total: int
    #: The most frequent first.
    rankings: tuple[RankingCount, ...]
    conflicts: tuple[Conflict, ...]

    def taking(self, option: Option) -> dict[int, int]:
        """In how many situations *option* takes each place; places never taken lack."""
        counts: dict[int, int] = {}
        for placed in self.rankings:
            groups = enumerate(placed.ranking, start=1)
            place = next(number for number, group in groups if option in group)
            counts[place] = counts.get(place, 0) + placed.count
        return dict(sorted(counts.items()))

    @property
    def full_tie(self) -> RankingCount | None:
        """Where all options share the first place; None where they never do."""
        ties = (placed for placed in self.rankings if len(placed.ranking) == 1)
        return next(ties, None)

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, ready for JSON."""
        ranks = {
            option.value: {str(n): count for n, count in self.taking(option).items()}
            for option in Option
        }
        dilemmas = as_data(self.conflicts)
        found = picked(self, "policy", "total", "rankings")
        return found | {"ranks": ranks, "dilemmas": dilemmas}

    def chart(self) -> Any:
        """A picture, for Altair: in how many situations each option comes first."""
        counts: Counter[tuple[Option, ...]] = Counter()
        for placed in self.rankings:
            counts[placed.ranking[0]] += placed.count
        return shares(
            {self.policy: {told((first,)): n for first, n in counts.items()}},
            title=f"What comes first by {self.policy}",
            subtitle=f"over {self.total:,} situations",
            parts=[told((first,)) for first in firsts_in_order(counts)],
        )

    def _table(self) -> Table:
        dilemmas = (
            f"dilemma {c.kind} ({', '.join(c.options)}): {c.count:,}, "
            f"first at {facts_told(c.witness)}"
            for c in self.conflicts
        )
        counted = f"{len(self.rankings)} rankings, {self.total:,} situations"
        return Table(
            lines=(f"{self.policy}: {counted}", *dilemmas),
            columns=("ranking", "situations", "share", "fewest facts"),
            rows=tuple(
                (
                    told(placed.ranking),
                    placed.count,
                    percent(placed.count, self.total),
                    facts_told(placed.witness),
                )
                for placed in self.rankings
            ),
        )


def ranking_counts(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> RankingCounts:
    """Every ranking that *policy* gives, each with the number of its situations.

    Args:
        policy: whose rankings they are.
        where: facts confined to a value or to some values.
        progress: called with the facts done, and the facts there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the question is too large.
    """
    policy = as_policy(policy)
    space = space_of(policy.vocabulary, where)
    diagram = QueryBuilder([policy]).ask(space, Rankings(flags=True), progress=progress)
    found = partial(_found, diagram, space)
    signs, group = np.unique(diagram.ends.settled, axis=0, return_inverse=True)
    group = group.ravel()
    rankings = (
        RankingCount(ranking=ranking_of(tuple(map(int, row))), **found(group == number))
        for number, row in enumerate(signs)
    )
    return RankingCounts(
        policy=policy.id,
        total=space.size,
        rankings=tuple(sorted(rankings, key=lambda p: (-p.count, told(p.ranking)))),
        conflicts=tuple(_conflicts(diagram.ends.flags[:, 0], found)),
    )


def _found(diagram: Diagram, space: Space, ends: Truths) -> dict[str, Any]:
    chosen = diagram.smallest(ends) or {}
    return {"count": diagram.count(ends), "witness": space.situation(chosen)}


def _conflicts(
    flags: Whole, found: Callable[[Truths], dict[str, Any]]
) -> Iterable[Conflict]:
    forbidden, required = flags.T
    both, everyone = forbidden & required, (1 << len(OPTIONS)) - 1
    single = [1 << number for number in range(len(OPTIONS))]
    several = [mask for mask in range(everyone + 1) if mask.bit_count() > 1]
    cases = [
        *(("required_and_forbidden", mask, both & mask != 0) for mask in single),
        ("all_forbidden", everyone, forbidden == everyone),
        *(("several_required", mask, required == mask) for mask in several),
    ]
    for kind, mask, ends in cases:
        if ends.any():
            options = tuple(o for n, o in enumerate(OPTIONS) if mask >> n & 1)
            yield Conflict(kind=kind, options=options, **found(ends))
