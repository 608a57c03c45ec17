"""Data classes for a panel: raters, vignettes, and the rankings that raters gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, final

import attrs

from boundaryethics.errors import Location, PanelError, import_or_refuse
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import digest_of_lists
from boundaryethics.model.rules import Option
from boundaryethics.render.wording import plural
from boundaryethics.report import Report, Table, as_data, facts_text, ranking_text

#: Imports a library; raises a `PanelError` if it is not installed.
needed = partial(import_or_refuse, error=PanelError, code="BE830")


@final
@attrs.frozen(kw_only=True)
class Vignette:
    """A situation that raters are asked about: facts, without any client's words."""

    id: str
    situation: Situation
    where: Location | None = attrs.field(default=None, eq=False, repr=False)


@final
@attrs.frozen(kw_only=True)
class Rating:
    """One rater's ranking of the options in one vignette."""

    rater: str
    vignette: str
    #: The options that the rater ranked, in groups that share a rank.
    ranking: Ranking

    @property
    def placed(self) -> tuple[Option, ...]:
        """Return the options that the rater ranked, in order."""
        return tuple(option for group in self.ranking for option in group)

    @property
    def is_whole(self) -> bool:
        """Return whether the rater ranked all four options."""
        return len(self.placed) == len(Option)


@final
@attrs.frozen(kw_only=True)
class PanelSize:
    """The numbers of raters, vignettes and ratings in a panel."""

    raters: int
    #: The number of vignettes that have a rating.
    vignettes: int
    ratings: int
    #: The number of pairs of a rater and a rated vignette that have no rating.
    missing: int
    #: The number of ratings that leave out an option.
    partial: int
    #: The vignettes without a rating; no analysis counts them.
    unrated: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield lines about the panel's size, and about missing or partial ratings."""
        names = ("rater", "vignette", "rating")
        yield ", ".join(plural(getattr(self, f"{name}s"), name) for name in names)
        if self.missing:
            yield f"missing ratings: {self.missing:,}"
        if self.partial:
            yield f"partial rankings: {self.partial:,}"
        if self.unrated:
            yield f"vignettes without ratings: {', '.join(self.unrated)}"


@final
@attrs.frozen(kw_only=True)
class Panel(Report):
    """Raters, vignettes, and the rankings that the raters gave."""

    vignettes: tuple[Vignette, ...]
    #: One rating for each vignette that each rater rated.
    ratings: tuple[Rating, ...]

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """Return the raters, sorted."""
        return tuple(sorted({rating.rater for rating in self.ratings}))

    @cached_property
    def on(self) -> Mapping[str, tuple[Rating, ...]]:
        """Map each vignette to its ratings."""
        by: dict[str, list[Rating]] = {vignette.id: [] for vignette in self.vignettes}
        for rating in self.ratings:
            by[rating.vignette].append(rating)
        return MappingProxyType({id: tuple(ratings) for id, ratings in by.items()})

    @property
    def rated(self) -> tuple[Vignette, ...]:
        """Return the vignettes that have a rating."""
        return tuple(vignette for vignette in self.vignettes if self.on[vignette.id])

    @property
    def unrated(self) -> tuple[Vignette, ...]:
        """Return the vignettes that have no rating; no analysis uses them."""
        return tuple(one for one in self.vignettes if not self.on[one.id])

    @property
    def reference(self) -> dict[str, Any]:
        """Return the size and the digest of the panel, which identify it.

        If the panel was read from files, also return the digests of the files and the
        settings used to read them.
        """
        sizes = {"raters": len(self.raters), "ratings": len(self.ratings)}
        sizes["vignettes"] = len(self.vignettes)
        read = self.provenance.parameters
        return {**sizes, "digest": self._digest, **({"read": read} if read else {})}

    @cached_property
    def _digest(self) -> str:
        """Return the digest of the data, without holding all of it in memory."""
        vignettes = {one.id: one.situation.known() for one in self.vignettes}
        ratings = map(as_data, self.ratings)
        return digest_of_lists({"ratings": ratings}, vignettes=vignettes)

    def _data(self) -> dict[str, Any]:
        vignettes = {one.id: one.situation.known() for one in self.vignettes}
        return {"vignettes": vignettes, "ratings": as_data(self.ratings)}

    @property
    def size(self) -> PanelSize:
        """Return the numbers of raters, vignettes and ratings."""
        raters, rated = len(self.raters), len(self.rated)
        return PanelSize(
            raters=raters,
            vignettes=rated,
            ratings=len(self.ratings),
            missing=raters * rated - len(self.ratings),
            partial=sum(not rating.is_whole for rating in self.ratings),
            unrated=tuple(one.id for one in self.unrated),
        )

    def _table(self) -> Table:
        return Table(
            lines=tuple(self.size.lines()),
            columns=("vignette", "ratings", "facts"),
            rows=tuple(
                (one.id, len(self.on[one.id]), facts_text(one.situation))
                for one in self.vignettes
            ),
        )

    def _rows(self) -> Table:
        rows = tuple(
            (r.rater, r.vignette, ranking_text(r.ranking)) for r in self.ratings
        )
        return Table(columns=("rater", "vignette", "ranking"), rows=rows)
