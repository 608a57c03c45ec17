"""Flips: the smallest changes of facts that put another option first (S19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.atlases import atlas_of
from boundaryethics.analysis.changing import Change, Least
from boundaryethics.analysis.outlining import Line, as_html, as_text, ways, while_fixed
from boundaryethics.analysis.routes import Routes, facts_named, kept_in
from boundaryethics.analysis.showing import facts_of, listed
from boundaryethics.analysis.starting import Asked, confirm, verdict_of
from boundaryethics.analysis.tables import change_rows
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.plots import Dot, strip
from boundaryethics.render.outline import NOTE, doing, named
from boundaryethics.report import Table

#: So many values stand beside a mark.
_BESIDE = 3


@final
@attrs.frozen(kw_only=True)
class Flips:
    """What it takes to put another option first."""

    verdict: Verdict = attrs.field(repr=False)
    #: The facts that were not to change.
    fixed: tuple[str, ...]
    #: For each option the least changes that put it first; 0 where it is.
    to: Mapping[Option, Least]
    #: Whether an option is put first only where it is first alone.
    alone: bool = False

    @property
    def first(self) -> tuple[Option, ...]:
        """The first place as it is."""
        return self.verdict.best

    @property
    def distance(self) -> int | None:
        """The fewest facts that must change; None where no other can be first."""
        return min(
            (least.distance for least in self._others if least.distance), default=None
        )

    @cached_property
    def smallest(self) -> tuple[Change, ...]:
        """Every change of so few facts that puts another option first, each once."""
        nearest = (one for one in self._others if one.distance == self.distance)
        return tuple(dict.fromkeys(change for one in nearest for change in one.changes))

    @property
    def _not_first(self) -> tuple[Option, ...]:
        return tuple(option for option in Option if self.to[option].distance != 0)

    @property
    def _others(self) -> tuple[Least, ...]:
        return tuple(self.to[option] for option in self._not_first)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "policy": self.verdict.policy.id,
            "situation": facts_of(self.verdict.situation),
            "fixed": [*self.fixed],
            "alone": self.alone,
            "ranking": listed(self.verdict.ranking),
            "distance": self.distance,
            "smallest": [change.to_dict() for change in self.smallest],
            "to": {option.value: self.to[option].to_dict() for option in Option},
            "note": NOTE,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each fact of each least change.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("option", "distance", "change", "fact", "old", "new"),
            rows=tuple(
                row
                for option, least in self.to.items()
                for row in change_rows(option.value, least)
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: which facts put which option first.

        Raises:
            PictureError: what draws is not installed.
        """
        never = [o.value for o in self._not_first if not self.to[o].possible]
        told = f"first now: {' and '.join(self.first)}"
        return strip(
            [*self._dots()],
            title="The least changes that put another option first",
            subtitle=f"{told}; nothing puts {' or '.join(never)} first"
            if never
            else told,
            axis="facts that have to change together",
            kinds=[*Option],
        )

    def _dots(self) -> Iterator[Dot]:
        """One for each fact in the least changes for each option."""
        for option in sorted(self._not_first, key=self._far):
            new: dict[tuple[str, str], dict[str, None]] = {}
            for change in self.to[option].changes:
                for move in change.moves:
                    new.setdefault((move.fact, move.old), {}).update(
                        dict.fromkeys(move.new)
                    )
            for (fact, old), values in new.items():
                distance = float(self._far(option))
                yield Dot(f"{fact}: {old}", distance, option.value, _few([*values]))

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterable[Line]:
        for option in self.first:
            yield Line(f"First now: {doing(self.verdict, option)} ({option})")
        if self.fixed:
            yield Line(f"Not to change: {', '.join(self.fixed)}")
        wanted = "first alone" if self.alone else "first"
        for option in sorted(self._not_first, key=self._far):
            subject = named(self.verdict, option)
            yield Line("")
            yield from ways(
                self.to[option],
                f"To put {subject} {wanted}",
                f"Nothing puts {subject} {wanted}{while_fixed(self.fixed)}.",
            )

    def _far(self, option: Option) -> int:
        distance = self.to[option].distance
        return len(self.verdict.situation) + 1 if distance is None else distance


def _few(values: list[str]) -> str:
    """The values beside a mark, where there is room for three."""
    if len(values) <= _BESIDE:
        return " or ".join(values)
    return f"{values[0]}, {values[1]} or {len(values) - 2} others"


def _is_first(option: Option, verdict: Verdict) -> bool:
    return option in verdict.best


def flips(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    fixed: Iterable[str] = (),
    alone: bool = False,
) -> Flips:
    """Every smallest change of facts that puts another option first (S19).

    An option is first where it stands in the first place, alone or with others. A
    change is a flip where an option comes to be first that was not: to break a tie
    in the first place, and let no other option in, is none. To come to know a fact,
    or to take it for unknown, is a change like any other.

    The answer is over all situations there are: where it says that nothing puts an
    option first, nothing does.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        fixed: facts that are not to change.
        alone: put an option first only where it shares the place with no other.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    atlas = atlas_of(verdict.policy)
    unchanging = facts_named(fixed)
    routes = Routes(
        atlas,
        verdict.situation,
        kept_in(verdict.policy, verdict.situation, unchanging),
        np.array([atlas.placing(option, 1, alone=alone) for option in Option]),
    )
    found = Flips(
        verdict=verdict,
        fixed=unchanging,
        alone=alone,
        to={option: routes.least(number) for number, option in enumerate(Option)},
    )
    for option, least in found.to.items():
        confirm(verdict, least, partial(_is_first, option))
    return found
