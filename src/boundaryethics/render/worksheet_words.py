"""The fixed words of a worksheet, the same in every form."""

from __future__ import annotations

FACTS = "The facts as stated"
NO_FACTS = "None is stated."
STEPS = "Whichever you choose"
FIND_OUT = "What to find out, and what it could change"
REST = "These leave the order as it is, and could change what is named with them:"
NOTHING = "Each of these by itself changes nothing:"
ALL_KNOWN = "Nothing that is still unknown could change this."
QUESTIONS = "The questions, one by one"
NO_VOICE = "No rule that applies here speaks to this question."
REFLECT = "To reflect on"
NOTES = "Notes"
DRAFT = "A draft of what could be said to the client"
DRAFT_NOTE = (
    "Put it into your own words, and fill in or leave out what is in brackets. Lines "
    "that begin with “How to say it” are for you, not for the client."
)
DIRECTION = "How to say it"
NO_DRAFT = (
    "Nothing is drafted. Either more has to be known first, or nothing should be said "
    "to the client online."
)
NO_PARTS = "This policy has no parts to draft from."
DRAFT_RULES = "What licenses each part"
DECISION = "What was decided, and why"
DATE = "Date"
PRESENT = "Discussed with (role only)"
