"""What is drawn, as plain values: one for each mark or row of a picture.

Must not know how it is drawn.
"""

from __future__ import annotations

from typing import final

import attrs


@final
@attrs.frozen
class Bar:
    """A row of `bars`."""

    name: str
    value: float
    #: What the value is a part of, drawn behind it; None where it is part of nothing.
    of: float | None = None


@final
@attrs.frozen
class Dot:
    """One mark of a `strip`."""

    #: The row that it stands in, such as a rule or a fact.
    row: str
    value: float
    #: What its shape and shade tell, such as the option that comes first.
    kind: str = ""
    #: What stands beside it; nothing where it is empty.
    label: str = ""


@final
@attrs.frozen
class Swing:
    """A row of a `tornado`: where one thing, moved down and up, takes the measure."""

    name: str
    #: None where it cannot be moved that way.
    down: float | None
    up: float | None

    def width(self, base: float) -> float:
        """How far the measure comes from *base*, either way."""
        ends = (end for end in (self.down, self.up) if end is not None)
        return max((abs(end - base) for end in ends), default=0.0)


@final
@attrs.frozen
class Interval:
    """A row of `intervals`: an estimate, or a weight as it is, and how far it goes."""

    name: str
    value: float
    #: None where there is no end that way, which is drawn as an arrow.
    low: float | None
    high: float | None
    #: Another value to hold it against, drawn as a hollow diamond.
    beside: float | None = None
    #: Whether the low and the high end are themselves out; one that is not there is.
    without: tuple[bool, bool] = (False, False)
    #: What more is to be said of it, after its numbers.
    note: str = ""
