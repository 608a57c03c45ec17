"""How far policies agree, two by two, over every situation.

Kendall's tau-b compares rankings: it runs from 1 for the same order to -1 for the
reverse, and corrects for ties. It is computed once for each pair of rankings that
occurs, and weighted by the exact number of situations in which the pair does. Where a
policy ties all four options, tau-b is not defined: the mean leaves the situation out,
and the answer says how many it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import fsum
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import attrs

from boundaryethics.analysis.compare import moves_in
from boundaryethics.charts import heat_map
from boundaryethics.errors import AnalysisError, problem
from boundaryethics.mdd.build import (
    Criterion,
    PartialView,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.space import Where, every, space_of, vocabulary_of
from boundaryethics.model.policy import Policy
from boundaryethics.policies import as_policy
from boundaryethics.ranking import tau_b
from boundaryethics.report import Report, Table, percent


@final
@attrs.frozen(kw_only=True)
class PairAgreement:
    """How far two policies agree."""

    a: str
    b: str
    #: The situations asked of.
    total: int
    #: Those in which the same options share the first place.
    same_first: int
    #: Those in which the whole ranking is the same.
    same_ranking: int
    #: The mean of Kendall's tau-b over the situations in which it is defined: exact
    #: counts of pairs of rankings, each with its tau-b, which has square roots in it
    #: and so is a float. None where it is defined in no situation.
    tau: float | None
    #: The situations in which it is not: one of the policies, or both, ties all.
    tau_undefined: int

    @property
    def first(self) -> Fraction:
        """The exact share of situations with the same first place."""
        return Fraction(self.same_first, self.total)

    @property
    def ranking(self) -> Fraction:
        """The exact share of situations with the same ranking."""
        return Fraction(self.same_ranking, self.total)


#: What of a likeness can be drawn.
Measure: TypeAlias = Literal["first", "ranking", "tau"]


@final
@attrs.frozen
class _Drawn:
    """How a measure is drawn."""

    told: str
    factor: int
    digits: int
    unit: str


_DRAWN: dict[Measure, _Drawn] = {
    "first": _Drawn("share of situations with the same first place", 100, 2, "%"),
    "ranking": _Drawn("share of situations with the same ranking", 100, 1, "%"),
    "tau": _Drawn("mean of Kendall's tau-b, which is 1 for the same order", 1, 3, ""),
}


@final
@attrs.frozen(kw_only=True)
class Agreement(Report):
    """How far some policies agree, two by two."""

    pairs: tuple[PairAgreement, ...]

    def _rows(self) -> Table:
        """Give a row for each two policies, with shares as numbers."""
        shares = [(float(pair.first), float(pair.ranking)) for pair in self.pairs]
        return Table(
            columns=("a", "b", "first", "ranking", "tau", "tau_undefined"),
            rows=tuple(
                (pair.a, pair.b, *share, pair.tau, pair.tau_undefined)
                for pair, share in zip(self.pairs, shares, strict=True)
            ),
        )

    def chart(self, measure: Measure = "ranking") -> Any:
        """A picture, for Altair: how far each policy agrees with each.

        Args:
            measure: what is drawn: the share of situations with the same `first`
                place or the same `ranking`, or the mean `tau`.
        """
        drawn = _DRAWN[measure]
        names = tuple(dict.fromkeys(n for pair in self.pairs for n in (pair.a, pair.b)))
        found: dict[tuple[str, str], Any] = {
            (pair.a, pair.b): None if of_pair is None else float(drawn.factor * of_pair)
            for pair in self.pairs
            for of_pair in [getattr(pair, measure)]
        }
        found |= {(b, a): value for (a, b), value in found.items()}
        found |= {(name, name): float(drawn.factor) for name in names}
        return heat_map(
            names,
            names,
            [[found[row, column] for column in names] for row in names],
            title="How far policies agree",
            subtitle=f"{drawn.told}; the lightest cell is the least",
            digits=drawn.digits,
            unit=drawn.unit,
        )

    def _table(self) -> Table:
        tied = any(pair.tau_undefined for pair in self.pairs)
        left_out = "tau-b leaves out situations in which a policy ties all options"
        return Table(
            lines=(
                "share of situations with the same first place, and ranking",
                *([left_out] if tied else []),
            ),
            columns=("a", "b", "first", "ranking", "tau-b", *(["left out"] * tied)),
            rows=tuple(
                (
                    pair.a,
                    pair.b,
                    percent(pair.same_first, pair.total),
                    percent(pair.same_ranking, pair.total),
                    "undefined" if pair.tau is None else f"{pair.tau:.4f}",
                    *([percent(pair.tau_undefined, pair.total)] * tied),
                )
                for pair in self.pairs
            ),
        )


def agreement(
    policies: Sequence[Policy | str | Path],
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> Agreement:
    """How far each two of *policies* agree, over every situation.

    Where a ranking ties all options, tau-b is not defined, beside another such ranking
    too: the mean of tau-b leaves the situation out and counts it. The shares of equal
    first places and rankings take in every situation.

    Args:
        policies: two or more.
        where: facts confined to a value or to some values.
        progress: called with the pairs done, and the pairs there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the question is too large, or cannot be asked of all.
    """
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    pairs = tuple(combinations(map(as_policy, listed), 2))
    if not pairs:
        raise AnalysisError([problem("BE608")])
    found: list[PairAgreement] = []
    for a, b in pairs:
        found.append(_likeness(a, b, where))
        if progress:
            progress(len(found), len(pairs))
    return Agreement(pairs=tuple(found))


def _likeness(a: Policy, b: Policy, where: Where | None) -> PairAgreement:
    space = space_of(vocabulary_of([a, b]), where)
    asking = QueryBuilder([a, b])
    moves = moves_in(asking.ask(space, RankingDifferences()))
    both_tied = sum(asking.ask(space, _BothTied()).weights())
    differing = sum(move.count for move in moves)
    known = [(move.count, tau_b(move.before, move.after)) for move in moves]
    undefined = both_tied + sum(count for count, tau in known if tau is None)
    defined = space.size - undefined
    # All that is defined and does not differ has a tau-b of 1.
    lost = fsum(
        float(Fraction(count, defined)) * (1 - tau)
        for count, tau in known
        if tau is not None
    )
    other_first = sum(m.count for m in moves if m.before[0] != m.after[0])
    return PairAgreement(
        a=a.id,
        b=b.id,
        total=space.size,
        same_first=space.size - other_first,
        same_ranking=space.size - differing,
        tau=1 - lost if defined else None,
        tau_undefined=undefined,
    )


@final
@attrs.frozen
class _BothTied:
    """Watch for situations in which both policies tie all options."""

    flags: bool = False

    def look(self, view: PartialView, /) -> Criterion:
        """Keep what can still tie all; what is not settled there matters."""
        tied = every((view.low <= 0) & (view.high >= 0), 1)
        return Criterion(tied, view.low != view.high, view.fate)
