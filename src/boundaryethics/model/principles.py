"""Principles, and where they are written: sources and citations."""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.model.options import Force, Seen

_SHOWN_AS = {
    Seen.PARAPHRASE: " (seen in paraphrase)",
    Seen.TITLE_ONLY: " (number and title only)",
    Seen.EARLIER_EDITION: " (text of an earlier edition seen)",
}


@final
@attrs.frozen(kw_only=True)
class Source:
    """A book of rules: a code, a law, a policy."""

    id: str
    title: str = ""
    #: What citations call it, edition included: `APA 2017`.
    short: str = ""
    publisher: str = ""
    edition: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """What citations call it; the title and edition where `short` is not given."""
        if self.short:
            return self.short
        named = self.title or self.id
        return f"{named} ({self.edition})" if self.edition else named


@final
@attrs.frozen(kw_only=True)
class Citation:
    """A section of a source, with how its text was seen."""

    #: Id of the source.
    source: str
    #: Number or heading as the source has it; never a page.
    section: str
    title: str = ""
    #: None where the policy does not say.
    seen: Seen | None = None

    def told(self, source: Source) -> str:
        """The citation as it is shown: `APA 2017, 3.05(a)`, and how it was seen."""
        how = _SHOWN_AS.get(self.seen, "") if self.seen else ""
        return f"{source.name}, {self.section}{how}"


@final
@attrs.frozen(kw_only=True)
class Principle:
    """What a rule appeals to."""

    id: str
    title: str = ""
    force: Force | None = None
    #: For the weighted method only (S15).
    weight: int = 1
    cites: tuple[Citation, ...] = ()

    @property
    def name(self) -> str:
        """The title, or the id in words."""
        return self.title or self.id.replace("_", " ")
