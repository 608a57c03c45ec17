"""Sides: what is said of one option, wherever it is placed."""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.model.options import Option, Standing
from boundaryethics.model.reasons import Assessment, Reason


@final
@attrs.frozen(eq=False)
class Side:
    """What is said of one option."""

    #: What it is ranked by, less being better.
    worth: tuple[int, ...]
    option: Option
    standing: Standing
    reasons: tuple[Reason, ...]
    sums: tuple[int, ...]
    _placed: dict[int, Assessment] = attrs.Factory(dict)

    def at(self, place: int) -> Assessment:
        """The option's assessment where it has *place*."""
        if place not in self._placed:
            self._placed[place] = Assessment(
                option=self.option,
                place=place,
                standing=self.standing,
                reasons=self.reasons,
                sums=self.sums,
            )
        return self._placed[place]
