"""The fixed words: options, strengths, standings, forces, and how a text was seen."""

from __future__ import annotations

from enum import StrEnum


class Option(StrEnum):
    """The four responses, from going on to going away."""

    #: Go on with the contact and keep it to oneself.
    CONTINUE = "continue"
    #: Leave it unanswered; in a shared space, not greet.
    IGNORE = "ignore"
    #: Say politely that a personal contact is not possible, and why.
    DECLINE = "decline"
    #: Stop taking part in the group or on the platform.
    LEAVE = "leave"


class Strength(StrEnum):
    """How much a reason weighs (S10), strongest first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Standing(StrEnum):
    """What binds before reasons are weighed (S12), highest first."""

    REQUIRED = "required"
    OPEN = "open"
    FORBIDDEN = "forbidden"


class Force(StrEnum):
    """How a principle binds, most binding first."""

    LAW = "law"
    ENFORCEABLE = "enforceable"
    SHOULD = "should"
    ASPIRATIONAL = "aspirational"
    EMPLOYMENT = "employment"
    CUSTOM = "custom"
    #: No section that was seen holds the duty; the nearest one is cited, and shown so.
    NEAREST = "nearest"


class Seen(StrEnum):
    """How the text behind a citation was seen by those who cite it."""

    #: In the publisher's own words, on the publisher's own page.
    OWN_TEXT = "own_text"
    #: Quoted word for word by another.
    QUOTATION = "quotation"
    #: Only reworded by another: shown as such wherever it is cited.
    PARAPHRASE = "paraphrase"
    #: In the words of an earlier edition: shown as such wherever it is cited.
    EARLIER_EDITION = "earlier_edition"
    #: Number and title only: shown as such wherever it is cited.
    TITLE_ONLY = "title_only"


class Pull(StrEnum):
    """The four ways in which a rule can speak to an option (S10)."""

    FAVOURS = "favours"
    OPPOSES = "opposes"
    REQUIRES = "requires"
    FORBIDS = "forbids"
