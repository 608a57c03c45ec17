"""Make small policies for tests that show the whole policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boundaryethics.model import plain_data
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Proofs, Verdict

VOCABULARY = Vocabulary(
    (
        Fact(name="contact", question="What happened?", values=("message", "request")),
        Fact(name="danger", question="Is there danger?", values=("yes", "no")),
        Fact(name="status", question="Whose client?", values=("active", "former")),
    )
)


def policy_of(
    rules: Sequence[Mapping[str, Any]] = (),
    *,
    findings: Sequence[str] = (),
    principles: Mapping[str, Mapping[str, Any]] | None = None,
    ranking: Mapping[str, Any] | None = None,
    **more: Any,
) -> Policy:
    """Return a policy over `VOCABULARY`; *rules* without a principle get `care`.

    *more* are other keys of a policy file.
    """
    cite = {"source": "code", "section": "1", "seen": "quotation"}
    named = {"care": {}, **(principles or {})}
    layer = plain_data.layer(
        {
            "policy": "by-hand",
            "sources": {"code": {"title": "A Code", "short": "Code"}},
            "findings": {name: {"says": name} for name in findings},
            "principles": {n: {"cites": [cite], **p} for n, p in named.items()},
            "actions": {"seek_supervision": {"says": "Take it to supervision."}},
            "questions": {"harm": "Which does the least harm?"},
            "rules": [{"principle": "care", **rule} for rule in rules],
            "ranking": ranking or {},
            **more,
        }
    )
    return Policy(id="", vocabulary=VOCABULARY).with_layer(layer)


class Silent:
    """A presenter for verdicts that are not rendered."""

    def __call__(self, function: str, _: Verdict, /, *_given: Any, **_how: Any) -> Any:
        """Return nothing."""
        return {"what_if": {}, "prove": Proofs({}, {})}.get(function, "")
