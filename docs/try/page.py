"""The Python side of the try-it page: one interview, and the words to show."""

from __future__ import annotations

import json
from typing import Any, final

from boundaryethics import Interview, render
from boundaryethics.policies.loader import shipped_texts
from boundaryethics.render.unknown import order_in_words


@final
class Page:
    """One interview; each method returns JSON."""

    at: Interview

    def begin(self, policy: str) -> str:
        """Begin an interview under *policy*."""
        return self._show(Interview(policy))

    def answer(self, value: str) -> str:
        """Answer the question."""
        return self._show(self.at.answer(value))

    def back(self) -> str:
        """Take back the last answer."""
        return self._show(self.at.back())

    def _show(self, at: Interview) -> str:
        self.at, texts = at, shipped_texts()
        order = order_in_words(at.verdict)
        name = "order" if order else "open_order"
        return json.dumps(
            {
                "urgent": [action.says for action in at.verdict.urgent],
                "order": texts[name].format(order=order),
                "html": render.html(at.verdict),
            }
        )

    def question(self) -> str:
        """Return the question to ask now, and the answers so far."""
        at, texts = self.at, shipped_texts()
        facts, asked = at.policy.vocabulary, at.question
        shown: dict[str, Any] = {
            "answers": [
                (facts[name].question, dict(facts.answers(name))[value])
                for name, value in at.steps
            ],
            "settled": texts["settled"],
        }
        if asked is not None:
            more = asked.total - asked.number
            left = texts["more" if more > 0 else "last"].format(more=more)
            progress = texts["progress"].format(number=asked.number)
            shown["asked"] = {
                "progress": f"{progress}, {left}",
                "text": asked.text,
                "help": asked.help,
                "choices": [*asked.choices, ("unknown", asked.unknown_label)],
            }
        return json.dumps(shown)

    def worksheet(self) -> str:
        """Return the worksheet for supervision, as a page of HTML."""
        return json.dumps(self.at.verdict.worksheet("html"))
