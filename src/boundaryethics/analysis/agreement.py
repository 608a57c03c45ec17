"""Measure how often policies agree, pair by pair, over all situations.

Kendall's tau-b compares two rankings. It is 1 for the same order and -1 for the reverse
order, and corrects for ties. The analysis computes tau-b once for each pair of rankings
that occurs, and weights it by the exact number of situations. In situations in which a
policy ties all four options, tau-b is undefined. The mean tau-b leaves out these
situations, and the result reports their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import attrs

from boundaryethics.analysis.compare import (
    NewValues,
    common_space,
    moves_in,
    new_values,
)
from boundaryethics.analysis.population import (
    Over,
    Population,
    PopulationSummary,
    population_for,
)
from boundaryethics.arguments import checked
from boundaryethics.charts import heat_map
from boundaryethics.errors import AnalysisError, all_of, problem
from boundaryethics.mdd.build import (
    PartialView,
    Progress,
    QueryBuilder,
    RankingDifferences,
    Relevance,
)
from boundaryethics.mdd.space import Count, Where, every, extended, vocabulary_of
from boundaryethics.model.policy import Policy
from boundaryethics.policies import as_policy
from boundaryethics.ranking import rank_similarity
from boundaryethics.report import (
    Report,
    Table,
    as_data,
    extent,
    made_of,
    percent,
    population_part,
    signed_chart,
)


@final
@attrs.frozen(kw_only=True)
class PairAgreement:
    """Agreement between two policies."""

    #: The IDs of the policies.
    a: str
    b: str
    #: The number of situations compared. If they have weights, this and all other
    #: counts are exact shares of the total weight.
    total: Count
    #: The number of situations in which the same options rank first.
    same_first: Count
    #: The number of situations with the same ranking.
    same_ranking: Count
    #: The mean of Kendall's tau-b over the situations in which it is defined; None if
    #: there are none. The counts are exact, but tau-b involves square roots, so the
    #: mean is a float.
    tau: float | None
    #: The number of situations in which tau-b is undefined, because a policy ties all
    #: options.
    tau_undefined: Count
    #: Values that only one of the two policies declares. The comparison leaves them
    #: out.
    new_values: tuple[NewValues, ...] = ()

    @property
    def first(self) -> Fraction:
        """The exact share of situations in which the same options rank first."""
        return Fraction(self.same_first, self.total)

    @property
    def ranking(self) -> Fraction:
        """The exact share of situations with the same ranking."""
        return Fraction(self.same_ranking, self.total)


#: The measures that a chart can show.
Measure: TypeAlias = Literal["first", "ranking", "tau"]

#: The subtitle, factor, digits and unit of each measure.
_DRAWN: dict[Measure, tuple[str, int, int, str]] = {
    "first": ("share of situations with the same top response", 100, 2, "%"),
    "ranking": ("share of situations with the same ranking", 100, 1, "%"),
    "tau": ("mean of Kendall's tau-b, which is 1 for the same order", 1, 3, ""),
}


@final
@attrs.frozen(kw_only=True)
class Agreement(Report):
    """Agreement between several policies, pair by pair."""

    pairs: tuple[PairAgreement, ...]
    #: The situations covered.
    over: PopulationSummary | None = None

    def _rows(self) -> Table:
        return Table(
            columns=("a", "b", "first", "ranking", "tau", "tau_undefined", "over"),
            rows=tuple(
                (
                    *(p.a, p.b, float(p.first), float(p.ranking), p.tau),
                    *(as_data(p.tau_undefined), str(self.over)),
                )
                for p in self.pairs
            ),
        )

    @signed_chart
    @checked
    def chart(self, measure: Measure = "ranking") -> Any:
        """Return an Altair heat map of the agreement between each pair of policies.

        Args:
            measure: the share of situations with the same `first` options or the same
                `ranking`, or the mean `tau`.
        """
        subtitle, factor, digits, unit = _DRAWN[measure]
        names = tuple(dict.fromkeys(n for pair in self.pairs for n in (pair.a, pair.b)))
        found: dict[tuple[str, str], Any] = {
            (name, name): float(factor) for name in names
        }
        for pair in self.pairs:
            value = getattr(pair, measure)
            value = None if value is None else float(factor * value)
            found |= {(pair.a, pair.b): value, (pair.b, pair.a): value}
        compared = (
            pair.total - pair.tau_undefined * (measure == "tau") for pair in self.pairs
        )
        return heat_map(
            names,
            names,
            [[found[row, column] for column in names] for row in names],
            title="Policy agreement",
            subtitle=f"{subtitle}, over {self.over} "
            f"({extent(compared, population_part)})",
            digits=digits,
            unit=unit,
        )

    def _table(self) -> Table:
        tied = any(pair.tau_undefined for pair in self.pairs)
        left_out = "tau-b leaves out situations in which a policy ties all responses"
        return Table(
            lines=(
                "share of situations with the same top response, and the same ranking",
                f"over {self.over}",
                *([left_out] if tied else []),
                *dict.fromkeys(
                    f"{pair.a}, {pair.b}: without {new}, which only {new.policy} has "
                    f"({size})"
                    for pair in self.pairs
                    for new in pair.new_values
                    for size in [population_part(pair.total)]
                ),
            ),
            columns=(
                *("policy A", "policy B", "same top response", "same ranking"),
                *("tau-b", *(["left out"] * tied)),
            ),
            rows=tuple(
                (
                    *(pair.a, pair.b),
                    percent(pair.same_first, pair.total),
                    percent(pair.same_ranking, pair.total),
                    "undefined" if pair.tau is None else f"{pair.tau:.4f}",
                    *([percent(pair.tau_undefined, pair.total)] * tied),
                )
                for pair in self.pairs
            ),
        )


@checked
def agreement(
    policies: Sequence[Policy | str | Path],
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> Agreement:
    """Compute pairwise agreement between policies over all situations.

    In situations in which one or both policies tie all options, tau-b is undefined. The
    mean tau-b leaves out these situations, and the result reports their number. The
    shares `first` and `ranking` are based on all situations.

    Args:
        policies: at least two policies, or their IDs or paths.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        progress: called with the number of pairs processed and the total number.

    Raises:
        PolicyError: a policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: there are fewer than two policies, the analysis is too large, or
            two policies have no situation in common.
        TableError: the table given as *over* cannot be read.
    """
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    named = all_of(as_policy, listed)
    pairs = tuple(combinations(named, 2))
    if not pairs:
        raise AnalysisError([problem("BE608")])
    vocabulary = vocabulary_of(named)
    population = population_for(vocabulary, over, where)
    found: list[PairAgreement] = []
    for a, b in pairs:
        found.append(_pair_agreement(a, b, where, population))
        if progress:
            progress(len(found), len(pairs))
    summary = population.summary(population.space(vocabulary, where), where)
    return Agreement(
        provenance=made_of(*named, where=where, over=summary.recorded),
        pairs=tuple(found),
        over=summary,
    )


def _pair_agreement(
    a: Policy, b: Policy, where: Where | None, population: Population
) -> PairAgreement:
    space = common_space((a, b), population.space(vocabulary_of([a, b]), where))
    new = new_values(a, b)
    if not space.size:
        facts = " and ".join(dict.fromkeys(f"`{one.fact}`" for one in new))
        raise AnalysisError([problem("BE603", a=a.id, b=b.id, facts=facts)])
    queries = QueryBuilder([extended(space.vocabulary, one) for one in (a, b)])
    moves = moves_in(queries.ask(space, RankingDifferences()))
    both_tied = sum(queries.ask(space, _BothTied()).weights())
    differing = sum(move.count for move in moves)
    similarity = rank_similarity(
        ((move.before, move.after, move.count) for move in moves),
        space.size - differing,
        both_tied,
    )
    other_first = sum(m.count for m in moves if m.before[0] != m.after[0])
    return PairAgreement(
        a=a.id,
        b=b.id,
        total=space.size,
        same_first=space.size - other_first,
        same_ranking=space.size - differing,
        tau=similarity.tau,
        tau_undefined=similarity.tau_undefined,
        new_values=new,
    )


@final
@attrs.frozen
class _BothTied:
    """Query for the situations in which both policies tie all options."""

    flags: bool = False

    def relevance(self, view: PartialView, /) -> Relevance:
        """Drop partial situations in which either policy certainly breaks a tie."""
        tied = every((view.low <= 0) & (view.high >= 0), 1)
        return Relevance(tied, view.low != view.high, view.found_target)
