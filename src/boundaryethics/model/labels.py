"""Labels: what the options are called in a situation, as a policy words them."""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.model.conditions import ALWAYS, Condition, Facts, holds
from boundaryethics.model.options import Option


@final
@attrs.frozen(kw_only=True)
class Label:
    """What one option is called."""

    #: What the clinician would do: `Decline politely`.
    says: str
    #: The same as the subject of a sentence: `declining`.
    named: str


@final
@attrs.frozen(kw_only=True)
class Labels:
    """Labels of some options, wherever a condition over facts holds."""

    when: Condition = ALWAYS
    options: tuple[tuple[Option, Label], ...]

    def label(self, option: Option, facts: Facts) -> Label | None:
        """What *option* is called where *facts* hold; None if this does not say."""
        label = dict(self.options).get(option)
        return label if label and holds(self.when, facts, frozenset()) else None
