"""How far policies agree, two by two, over every situation.

Rankings are likened by Kendall's tau-b, which runs from 1 for the same order to -1
for the reverse, and allows for ties. It is worked out once for each pair of rankings
that occurs, and weighted by the exact number of situations in which they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import fsum, sqrt
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import attrs

from boundaryethics.analysis.compare import Move, moves_in
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.given import Given, space_of, vocabulary_of
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.diagrams.walking import Progress
from boundaryethics.diagrams.watching import Differences
from boundaryethics.errors import AnalysisError, problem
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.plots import heat_map
from boundaryethics.policyfile import policy_named
from boundaryethics.report import Report, Table, percent


@final
@attrs.frozen(kw_only=True)
class Likeness:
    """How far two policies agree."""

    a: str
    b: str
    #: The situations asked of.
    total: int
    #: Those in which the same options share the first place.
    same_first: int
    #: Those in which the whole ranking is the same.
    same_ranking: int
    #: The mean of Kendall's tau-b over all of them: exact counts of pairs of rankings,
    #: each with its tau-b, which has square roots in it and so is a float.
    tau: float

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

    pairs: tuple[Likeness, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {"pairs": [attrs.asdict(pair) for pair in self.pairs]}

    def to_frame(self) -> Any:
        """A data frame with a row for each two policies.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("a", "b", "first", "ranking", "tau"),
            rows=tuple(
                (pair.a, pair.b, float(pair.first), float(pair.ranking), pair.tau)
                for pair in self.pairs
            ),
        ).frame()

    def chart(self, measure: Measure = "ranking") -> Any:
        """A picture, for Altair: how far each policy agrees with each.

        Args:
            measure: what is drawn: the share of situations with the same `first`
                place or the same `ranking`, or the mean `tau`.

        Raises:
            PictureError: what draws is not installed.
        """
        drawn = _DRAWN[measure]
        names = tuple(dict.fromkeys(n for pair in self.pairs for n in (pair.a, pair.b)))
        found = {(p.a, p.b): drawn.factor * getattr(p, measure) for p in self.pairs}
        found |= {(b, a): value for (a, b), value in found.items()}
        found |= {(name, name): drawn.factor for name in names}
        return heat_map(
            names,
            names,
            [[float(found[row, column]) for column in names] for row in names],
            title="How far policies agree",
            subtitle=f"{drawn.told}; the lightest cell is the least",
            digits=drawn.digits,
            unit=drawn.unit,
        )

    def _table(self) -> Table:
        return Table(
            lines=("share of situations with the same first place, and ranking",),
            columns=("a", "b", "first", "ranking", "tau-b"),
            rows=tuple(
                (
                    pair.a,
                    pair.b,
                    percent(pair.same_first, pair.total),
                    percent(pair.same_ranking, pair.total),
                    f"{pair.tau:.4f}",
                )
                for pair in self.pairs
            ),
        )


def agreement(
    policies: Sequence[Policy | str | Path],
    given: Given | None = None,
    *,
    progress: Progress | None = None,
) -> Agreement:
    """How far each two of *policies* agree, over every situation.

    Where a ranking ties all options, tau-b is not defined: it counts as 1 beside
    another such ranking, and as 0 beside any other.

    Args:
        policies: two or more.
        given: facts confined to a value or to some values.
        progress: called with the pairs done, and the pairs there are.

    Raises:
        SituationError: *given* names what is not declared.
        AnalysisError: the question is too large, or cannot be asked of all.
    """
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    pairs = tuple(combinations(map(policy_named, listed), 2))
    if not pairs:
        raise AnalysisError([problem("BE608")])
    found: list[Likeness] = []
    for a, b in pairs:
        found.append(_likeness(a, b, given))
        if progress:
            progress(len(found), len(pairs))
    return Agreement(pairs=tuple(found))


def _likeness(a: Policy, b: Policy, given: Given | None) -> Likeness:
    space = space_of(vocabulary_of([a, b]), given)
    moves = moves_in(Asking([a, b]).ask(space, Differences()))
    differing = sum(move.count for move in moves)
    other_first = sum(m.count for m in moves if m.before[0] != m.after[0])
    return Likeness(
        a=a.id,
        b=b.id,
        total=space.size,
        same_first=space.size - other_first,
        same_ranking=space.size - differing,
        tau=_mean_tau(moves, space.size),
    )


def _mean_tau(moves: Sequence[Move], total: int) -> float:
    """The mean over *total* situations, of which all but the moves agree in full."""
    lost = fsum(
        float(Fraction(move.count, total)) * (1 - tau_b(move.before, move.after))
        for move in moves
    )
    return 1 - lost


def tau_b(one: Ranking, other: Ranking) -> float:
    """Kendall's tau-b of two rankings; see `agreement` for full ties."""
    signs = [_signs(ranking) for ranking in (one, other)]
    both = sum(a * b for a, b in zip(*signs, strict=True))
    untied: list[int] = [sum(map(abs, of_one)) for of_one in signs]
    if not all(untied):
        return float(one == other)
    return float(both / sqrt(untied[0] * untied[1]))


def _signs(ranking: Ranking) -> list[int]:
    place = {option: n for n, group in enumerate(ranking) for option in group}
    return [
        (place[a] < place[b]) - (place[a] > place[b])
        for a, b in combinations(Option, 2)
    ]
