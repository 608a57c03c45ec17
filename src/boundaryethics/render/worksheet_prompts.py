"""Prompts for reflection: questions back to the clinician, a few to each question.

In: the name of a supervision question and a situation. Out: the prompts that are
apt there. Another question than the shipped six has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import attrs

from boundaryethics.model.facts import UNKNOWN, Situation


@final
@attrs.frozen
class _Prompt:
    """A prompt, and the fact whose values make it apt; without one it always is."""

    text: str
    fact: str = ""
    values: tuple[str, ...] = ()

    def is_apt(self, situation: Situation) -> bool:
        """Whether it fits *situation*."""
        fact = self.fact
        return not fact or (fact in situation and situation[fact] in self.values)


_PROMPTS: Mapping[str, tuple[_Prompt, ...]] = {
    "relationship": (
        _Prompt("From the client's chair, what would each answer say about you two?"),
        _Prompt("What would you find harder to say or ask, once you had answered so?"),
        _Prompt(
            "Which part of your own story may the client have read there?",
            "setting",
            ("recovery_group",),
        ),
        _Prompt(
            "What of this would the client's own clinician need to know from you?",
            "caseload",
            ("colleague",),
        ),
    ),
    "harm": (
        _Prompt("Who could be hurt by each answer, and how would you come to notice?"),
        _Prompt("What might silence mean to this client?"),
        _Prompt(
            "How would your choice look if you are wrong about what the client knows?",
            "client_recognized_clinician",
            ("no", UNKNOWN),
        ),
        _Prompt(
            "What holds the client between now and the next time you speak?",
            "client_vulnerable",
            ("yes",),
        ),
    ),
    "declining": (
        _Prompt("What in the asking deserves to be honoured?"),
        _Prompt("Which of your words would be hardest to hear? Can they be kinder?"),
        _Prompt("Where can you say it so that nobody else hears or reads it?"),
    ),
    "boundaries": (
        _Prompt("Which line was unclear before this happened, and to whom?"),
        _Prompt("What does someone find who looks for you online?"),
        _Prompt(
            "What does this place give you, and where else could you get it?",
            "clinician_in_recovery",
            ("yes",),
        ),
        _Prompt(
            "How will you and the client live with meeting again and again?",
            "small_community",
            ("yes",),
        ),
    ),
    "transference": (
        _Prompt("What did you feel first, and what did you want to do first?"),
        _Prompt("Whom does the client bring to mind? Whom might you be to the client?"),
        _Prompt(
            "What made you think of this place for this client?",
            "clinician_suggested_group",
            ("yes",),
        ),
    ),
    "next_session": (
        _Prompt("What will your first sentence be?", "client_status", ("active",)),
        _Prompt(
            "What if the client brings it up first, or never?",
            "client_status",
            ("active",),
        ),
        _Prompt(
            "With no next session ahead, what is left to be said, and by which road?",
            "client_status",
            ("former", "prospective"),
        ),
        _Prompt("What goes into the record, and what has no place there?"),
    ),
}


def prompts_for(question: str, situation: Situation) -> tuple[str, ...]:
    """The prompts under *question* that are apt in *situation*."""
    prompts = _PROMPTS.get(question, ())
    return tuple(prompt.text for prompt in prompts if prompt.is_apt(situation))
