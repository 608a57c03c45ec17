"""Labels: what was changed in a variant, so that people and files can tell."""

from __future__ import annotations

from typing import final

import attrs

_TO = " -> "


@final
@attrs.frozen(kw_only=True)
class Label:
    """What was changed, in words and numbers."""

    family: str
    #: Its name, by which it is told from all others of the sweep.
    variant: str
    #: The rule or the principle that it is about, where it is about one.
    rule: str = ""
    principle: str = ""
    #: What of it was changed: `opposes ignore`, `weight`, `method`. Where a weight
    #: counts only by another method than that of the base, the change of it as well:
    #: `weight (levelwise -> weighted)`.
    part: str = ""
    #: What it was before, and what it is after.
    before: str = ""
    after: str = ""
    #: The setting of each switch: 1 where it is on, 0 where it is off; for a weight
    #: that ranges, the weight.
    switches: tuple[tuple[str, int], ...] = ()

    @property
    def method_changed(self) -> str:
        """The change of the method that its weights bring: `levelwise -> weighted`."""
        return self.part.removeprefix("weight").strip(" ()") if _TO in self.part else ""
