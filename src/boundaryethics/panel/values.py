"""The nouns of a panel: vignettes, what each rater says of them, and all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, final

import attrs

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option
from boundaryethics.report import Table, facts_told, listed, plural, told
from boundaryethics.source import Place


@final
@attrs.frozen(kw_only=True)
class Vignette:
    """A situation that raters are asked about: facts, and nothing anybody said."""

    id: str
    situation: Situation
    where: Place | None = attrs.field(default=None, eq=False, repr=False)


@final
@attrs.frozen(kw_only=True)
class Rating:
    """How one rater orders options in one vignette."""

    rater: str
    vignette: str
    #: Groups of options that share a place; of those that the rater placed.
    ranking: Ranking

    @property
    def placed(self) -> tuple[Option, ...]:
        """The options that the rater placed, in order."""
        return tuple(option for group in self.ranking for option in group)

    @property
    def is_whole(self) -> bool:
        """Whether the rater placed all four options."""
        return len(self.placed) == len(Option)


@final
@attrs.frozen(kw_only=True)
class Panel:
    """Raters, vignettes, and who ranked which how."""

    vignettes: tuple[Vignette, ...]
    #: One for each rater and each vignette that the rater was asked about.
    ratings: tuple[Rating, ...]

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """The raters, sorted."""
        return tuple(sorted({rating.rater for rating in self.ratings}))

    @cached_property
    def on(self) -> Mapping[str, tuple[Rating, ...]]:
        """For each vignette its ratings; none where nobody rated it."""
        by: dict[str, list[Rating]] = {vignette.id: [] for vignette in self.vignettes}
        for rating in self.ratings:
            by[rating.vignette].append(rating)
        return MappingProxyType({id: tuple(ratings) for id, ratings in by.items()})

    @property
    def rated(self) -> tuple[Vignette, ...]:
        """The vignettes that somebody rated."""
        return tuple(vignette for vignette in self.vignettes if self.on[vignette.id])

    @property
    def unrated(self) -> tuple[Vignette, ...]:
        """The vignettes that nobody rated; nothing below counts them."""
        return tuple(one for one in self.vignettes if not self.on[one.id])

    def to_dict(self) -> dict[str, Any]:
        """The panel as plain data, ready for JSON."""
        return {
            "vignettes": {one.id: one.situation.known() for one in self.vignettes},
            "ratings": [
                {
                    "rater": rating.rater,
                    "vignette": rating.vignette,
                    "ranking": listed(rating.ranking),
                }
                for rating in self.ratings
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each rating.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("rater", "vignette", "ranking"),
            rows=tuple((r.rater, r.vignette, told(r.ranking)) for r in self.ratings),
        ).frame()

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def lines(self) -> Iterator[str]:
        """How large the panel is, and what is uneven about it."""
        raters, rated = len(self.raters), len(self.rated)
        sizes = {"rater": raters, "vignette": rated, "rating": len(self.ratings)}
        yield ", ".join(plural(size, thing) for thing, size in sizes.items())
        missing = raters * rated - len(self.ratings)
        if missing:
            yield f"not asked or not answered: {plural(missing, 'rating')}"
        partial = sum(not rating.is_whole for rating in self.ratings)
        if partial:
            yield f"only some options placed: {plural(partial, 'rating')}"
        if self.unrated:
            yield f"rated by nobody: {', '.join(one.id for one in self.unrated)}"

    def _table(self) -> Table:
        return Table(
            lines=tuple(self.lines()),
            columns=("vignette", "ratings", "facts"),
            rows=tuple(
                (one.id, len(self.on[one.id]), facts_told(one.situation))
                for one in self.vignettes
            ),
        )


def refuse_unrated(panel: Panel) -> None:
    """Nothing, where somebody rated a vignette of *panel*.

    Raises:
        PanelError: nobody did.
    """
    if not panel.rated:
        message = "nobody has rated a vignette of the panel"
        raise PanelError([Problem(code="BE844", message=message)])
