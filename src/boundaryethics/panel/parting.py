"""Where a policy and a panel part: pairs of options, and the rules that put them so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, final

import attrs

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.orders import among, places_of
from boundaryethics.report import listed


@final
@attrs.frozen(kw_only=True)
class Parting:
    """Two options that the policy places otherwise than the panel does."""

    #: The policy puts this one above, or beside.
    above: Option
    below: Option
    #: The deciding criterion; None where the policy ties the two.
    decided_by: str | None
    #: The binding rules that make the difference, their principles and citations.
    rules: tuple[str, ...]
    principles: tuple[str, ...]
    cites: tuple[str, ...]

    def __str__(self) -> str:
        if self.decided_by is None:
            return f"{self.above} = {self.below}: nothing decides"
        by = f"{self.above} > {self.below} by {self.decided_by}"
        return f"{by}: {', '.join(self.rules)} [{'; '.join(self.cites)}]"


@final
@attrs.frozen(kw_only=True)
class Parted:
    """A vignette in which the policy ranks otherwise than the panel as a whole."""

    vignette: str
    consensus: Ranking
    #: The policy's, of the options that somebody placed.
    ranking: Ranking
    #: The mean of tau-b between the policy and each rater.
    tau: float | None
    pairs: tuple[Parting, ...]

    def to_dict(self) -> dict[str, Any]:
        """The vignette as plain data."""
        return {
            "vignette": self.vignette,
            "consensus": listed(self.consensus),
            "ranking": listed(self.ranking),
            "tau": self.tau,
            "pairs": [
                {
                    "above": pair.above.value,
                    "below": pair.below.value,
                    "decided_by": pair.decided_by,
                    "rules": list(pair.rules),
                    "principles": list(pair.principles),
                    "cites": list(pair.cites),
                }
                for pair in self.pairs
            ],
        }


def parted(
    vignette: str, verdict: Verdict, consensus: Ranking, tau: float | None
) -> Parted | None:
    """Where *verdict* and *consensus* part; None where they do not."""
    placed = places_of(consensus)
    pairs = tuple(_partings(verdict, placed))
    if not pairs:
        return None
    return Parted(
        vignette=vignette,
        consensus=consensus,
        ranking=among(verdict.ranking, placed),
        tau=tau,
        pairs=pairs,
    )


def _partings(verdict: Verdict, placed: dict[Option, int]) -> Iterator[Parting]:
    mine = places_of(verdict.ranking)
    for one, other in combinations([o for o in Option if o in placed], 2):
        gap, theirs = mine[other] - mine[one], placed[other] - placed[one]
        if (gap > 0) == (theirs > 0) and (gap < 0) == (theirs < 0):
            continue
        found = verdict.because(one, other)
        yield Parting(
            above=found.above,
            below=found.below,
            decided_by=found.decided_by,
            rules=found.rules,
            principles=found.principles,
            cites=found.cites,
        )
