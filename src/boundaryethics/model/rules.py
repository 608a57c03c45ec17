"""Rules: a condition, what follows from it, and on which principle (S6, S10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import attrs

from boundaryethics.model.conditions import ALWAYS, Condition
from boundaryethics.model.options import Option, Pull, Strength
from boundaryethics.model.principles import Citation


@final
@attrs.frozen(kw_only=True)
class Effects:
    """What follows when a rule binds; the `then` of a rule."""

    concludes: tuple[str, ...] = ()
    favours: tuple[tuple[Option, Strength], ...] = ()
    opposes: tuple[tuple[Option, Strength], ...] = ()
    requires: tuple[Option, ...] = ()
    forbids: tuple[Option, ...] = ()
    advises: tuple[str, ...] = ()
    #: Parts of what could be said to the client; shown only where the rule binds.
    drafts: tuple[str, ...] = ()

    @property
    def yields_reasons(self) -> bool:
        """Whether a principle must stand behind these effects (S10)."""
        return any(True for _ in self.pulls()) or bool(self.advises or self.drafts)

    def pulls(self) -> Iterator[tuple[Pull, Option, Strength | None]]:
        """Every way in which the rule speaks to an option."""
        for option, strength in self.favours:
            yield Pull.FAVOURS, option, strength
        for option, strength in self.opposes:
            yield Pull.OPPOSES, option, strength
        for option in self.requires:
            yield Pull.REQUIRES, option, None
        for option in self.forbids:
            yield Pull.FORBIDS, option, None

    def at(self, strength: Strength) -> Effects:
        """These effects with every strength replaced by *strength*."""
        return attrs.evolve(
            self,
            favours=tuple((option, strength) for option, _ in self.favours),
            opposes=tuple((option, strength) for option, _ in self.opposes),
        )


@final
@attrs.frozen(kw_only=True)
class Rule:
    """When something holds, something follows, on a principle, for a reason."""

    id: str
    #: For those who read the file.
    note: str = ""
    when: Condition = ALWAYS
    then: Effects
    #: Id of the principle; None only where the rule yields no reason (S10).
    principle: str | None = None
    #: Beside the principle's own.
    cites: tuple[Citation, ...] = ()
    #: One plain sentence that a clinician would accept.
    because: str = ""
    #: Ids of the supervision questions that the rule speaks to.
    asks: tuple[str, ...] = ()
    #: Ids of the rules set aside when this one binds.
    overrides: tuple[str, ...] = ()
