"""Count how often a policy produces each ranking, over all situations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked
from boundaryethics.charts import shares
from boundaryethics.mdd.build import Progress, QueryBuilder, Rankings
from boundaryethics.mdd.scores import OPTIONS, Ranking, ranking_of
from boundaryethics.mdd.space import Count, Space, Truths, Where, Whole
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import as_policy
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    cell,
    counted,
    facts_text,
    firsts_in_order,
    made_of,
    percent,
    picked,
    population_part,
    ranking_text,
    signed_chart,
    sized,
)


@final
@attrs.frozen(kw_only=True)
class RankingCount:
    """A ranking, the number of situations with it, and an example."""

    ranking: Ranking
    #: The number of situations or, if they have weights, their exact share of the
    #: total.
    count: Count
    #: A situation with the fewest known facts.
    witness: Situation


@final
@attrs.frozen(kw_only=True)
class Conflict(PlainData):
    """A dilemma (S13), the number of situations in which it occurs, and an example."""

    #: One of `required_and_forbidden`, `all_forbidden` and `several_required`, as in a
    #: verdict.
    kind: str
    options: tuple[Option, ...]
    #: As in `RankingCount`.
    count: Count
    witness: Situation

    def to_dict(self) -> dict[str, Any]:
        """Return the dilemma as plain data."""
        return {"dilemma": self.kind, **picked(self, "options", "count", "witness")}


@final
@attrs.frozen(kw_only=True)
class RankingCounts(Report):
    """All rankings that a policy produces, over all situations covered."""

    #: The ID of the policy.
    policy: str
    #: The number of situations covered.
    total: Count
    #: The rankings, the most frequent first.
    rankings: tuple[RankingCount, ...]
    conflicts: tuple[Conflict, ...]
    #: The situations covered.
    over: PopulationSummary | None = None

    @checked
    def taking(self, option: Option) -> dict[int, Count]:
        """Return the number of situations for each rank of *option*."""
        counts: defaultdict[int, Count] = defaultdict(int)
        for one in self.rankings:
            groups = enumerate(one.ranking, start=1)
            counts[next(rank for rank, group in groups if option in group)] += one.count
        return dict(sorted(counts.items()))

    @property
    def full_tie(self) -> RankingCount | None:
        """The ranking that ties all options; None if it never occurs."""
        return next((one for one in self.rankings if len(one.ranking) == 1), None)

    def _data(self) -> dict[str, Any]:
        ranks = {
            option.value: as_data({str(n): c for n, c in self.taking(option).items()})
            for option in Option
        }
        return {
            **picked(self, "policy", "total", "rankings"),
            "ranks": ranks,
            "dilemmas": as_data(self.conflicts),
            "over": as_data(self.over),
        }

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of how often each option ranks first."""
        counts: defaultdict[tuple[Option, ...], Count] = defaultdict(int)
        for one in self.rankings:
            counts[one.ranking[0]] += one.count
        return shares(
            {
                self.policy: {
                    ranking_text((first,)): as_data(n) for first, n in counts.items()
                }
            },
            title=f"Top responses under {self.policy}",
            subtitle=f"over {sized(self.over, self.total)}",
            parts=[*Option, *(ranking_text((one,)) for one in firsts_in_order(counts))],
        )

    def _rows(self) -> Table:
        return Table(
            columns=("ranking", "count", "share", "example", "over"),
            rows=tuple(
                (
                    *(ranking_text(r.ranking), as_data(r.count)),
                    *(float(Fraction(r.count, self.total)), facts_text(r.witness)),
                    str(self.over),
                )
                for r in self.rankings
            ),
        )

    def _table(self) -> Table:
        dilemmas = (
            f"dilemma {c.kind} ({', '.join(c.options)}) in "
            f"{counted(c.count, self.total)}, simplest example: {facts_text(c.witness)}"
            for c in self.conflicts
        )
        found = plural(len(self.rankings), "ranking")
        size = f"{found}, {population_part(self.total)}"
        return Table(
            lines=(f"{self.policy}: {size}", f"over {self.over}", *dilemmas),
            columns=("ranking", "situations", "share", "simplest example"),
            rows=tuple(
                (
                    *(ranking_text(r.ranking), cell(r.count, self.total)),
                    *(share, facts_text(r.witness)),
                )
                for r in self.rankings
                for share in [percent(r.count, self.total)]
            ),
        )


@checked
def ranking_counts(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> RankingCounts:
    """Count how often a policy produces each ranking.

    Args:
        policy: a policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        progress: called with the number of facts processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: *over* is invalid, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    policy = as_policy(policy)
    space, summary = space_over(policy.vocabulary, over, where)
    diagram = QueryBuilder([policy]).ask(space, Rankings(flags=True), progress=progress)

    def found(ends: Truths) -> Iterator[dict[str, Any]]:
        # If the population is a table, it may have no row that leads to *ends*.
        chosen = diagram.smallest(ends) if ends.any() else None
        if chosen is not None:
            yield {"count": diagram.count(ends), "witness": space.situation(chosen)}

    signs, group = np.unique(diagram.ends.settled, axis=0, return_inverse=True)
    groups = [(row, group.ravel() == n) for n, row in enumerate(signs.tolist())]
    rankings = [
        RankingCount(ranking=ranking_of(tuple(row)), **parts)
        for row, ends in groups
        for parts in found(ends)
    ]
    return RankingCounts(
        provenance=made_of(policy, where=where, over=summary.recorded),
        policy=policy.id,
        total=space.size,
        over=summary,
        rankings=tuple(
            sorted(rankings, key=lambda r: (-r.count, ranking_text(r.ranking)))
        ),
        conflicts=tuple(
            Conflict(kind=kind, options=options, **parts)
            for kind, options, ends in _conflicts(diagram.ends.flags[:, 0])
            for parts in found(ends)
        ),
    )


def counts_in(policy: Policy, space: Space) -> list[tuple[Ranking, Count]]:
    """Count the situations of *space* by their ranking under *policy*."""
    diagram = QueryBuilder([policy]).ask(space, Rankings())
    return [*zip(diagram.rankings, diagram.weights(), strict=True)]


def _conflicts(flags: Whole) -> Iterator[tuple[str, tuple[Option, ...], Truths]]:
    """Yield the type and options of each dilemma, and the rows of *flags* with it."""
    forbidden, required = flags.T
    for number, option in enumerate(OPTIONS):
        both = (forbidden & required) >> number & 1
        yield "required_and_forbidden", (option,), both == 1
    everyone = (1 << len(OPTIONS)) - 1
    yield "all_forbidden", OPTIONS, forbidden == everyone
    for mask in range(everyone + 1):
        if mask.bit_count() > 1:
            several = tuple(o for n, o in enumerate(OPTIONS) if mask >> n & 1)
            yield "several_required", several, required == mask
