"""The Python part of the try-it page: an interview, and the text to show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, final

import attrs

import boundaryethics
from boundaryethics.policies.loader import shipped_texts
from boundaryethics.render.outline import is_ranked
from boundaryethics.render.unknown import order_in_words

if TYPE_CHECKING:
    from boundaryethics import Interview, Verdict


@final
class Page:
    """One interview; each method returns JSON.

    The verdict before the first question needs no NumPy, which may still be loading.
    """

    policy: str
    at: Interview | None = None

    def begin(self, policy: str) -> str:
        """Begin an interview under *policy*, keeping the answers so far, if any."""
        if self.at is None:
            verdict = boundaryethics.consult({}, policy)
            self.policy = policy
            return _shown(verdict)
        chosen = boundaryethics.load_policy(policy)
        fitting = [step for step in self.at.steps if step[0] in chosen.vocabulary]
        self.at = attrs.evolve(self.at, policy=chosen, steps=fitting)
        return _shown(self.at.verdict)

    @property
    def _now(self) -> Interview:
        if self.at is None:
            self.at = boundaryethics.Interview(self.policy)
        return self.at

    def answer(self, value: str) -> str:
        """Answer the question."""
        self.at = self._now.answer(value)
        return _shown(self.at.verdict)

    def back(self) -> str:
        """Undo the last answer."""
        self.at = self._now.back()
        return _shown(self.at.verdict)

    def question(self) -> str:
        """Return the question to ask now, and the answers so far."""
        from boundaryethics.interview import left_in_words  # needs NumPy

        at, texts = self._now, shipped_texts()
        facts, asked = at.policy.vocabulary, at.question
        shown: dict[str, Any] = {
            "answers": [
                (facts[name].question, dict(facts.answers(name))[value])
                for name, value in at.steps
            ],
            "settled": texts["settled"],
        }
        if asked is not None:
            progress = texts["progress"].format(number=asked.number)
            shown["asked"] = {
                "progress": f"{progress}, {left_in_words(asked)}",
                "text": asked.text,
                "help": asked.help,
                "choices": [*asked.choices, ("unknown", asked.unknown_label)],
            }
        return json.dumps(shown)

    def worksheet(self) -> str:
        """Return the worksheet for supervision, as a page of HTML."""
        return json.dumps(self._now.verdict.worksheet("html"))


def _shown(verdict: Verdict) -> str:
    text = shipped_texts()["order" if is_ranked(verdict) else "open_order"]
    return json.dumps(
        {
            "urgent": [action.says for action in verdict.urgent],
            "order": text.format(order=order_in_words(verdict)),
            "html": boundaryethics.render.html(verdict),
        }
    )
