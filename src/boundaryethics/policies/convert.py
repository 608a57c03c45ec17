"""Write policies as plain data, or as the text of one file, that reads back equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.model import plain_data
from boundaryethics.model.facts import UNKNOWN_LABEL, Vocabulary
from boundaryethics.model.overlays import Layer, applied
from boundaryethics.model.policy import Policy
from boundaryethics.policies.loader import sheet_of_text
from boundaryethics.policies.yaml import yaml_text

_SCHEMA_LINE = "# yaml-language-server: $schema=schema/policy.schema.json\n"
#: The file, its sections, and each part of a section.
_OPEN_LEVELS = 2
#: Sections that are compared as a whole, with what problems call them.
_SECTIONS = {
    "vocabulary": "facts, groups or impossible conditions",
    "sources": "sources",
    "findings": "findings",
    "principles": "principles",
    "actions": "actions",
    "labels": "labels",
    "questions": "questions",
    "draft_parts": "draft parts",
    "accepts": "accepted remarks",
    "method": "ranking",
}


def write_policy(policy: Policy) -> str:
    """Write *policy* as one file with all that it inherits; it reads back equal.

    Raises:
        PolicyError: a part of it cannot be written, or not so that it reads back.
    """
    text = _SCHEMA_LINE + yaml_text(policy_data(policy), open_levels=_OPEN_LEVELS)
    problems = sheet_of_text(text, file=policy.id).problems
    if problems:
        raise PolicyError(problems)
    return text


def policy_data(policy: Policy) -> dict[str, Any]:
    """Return the whole of *policy* as the data of one file that extends nothing.

    Raises:
        PolicyError: something in it cannot be written so that it reads back.
    """
    vocabulary = policy.vocabulary
    usual = vocabulary.unknown_label == UNKNOWN_LABEL
    whole = Layer(
        id=policy.id,
        title=policy.title,
        about=policy.about,
        abstract=policy.abstract,
        groups=vocabulary.groups,
        unknown_label="" if usual else vocabulary.unknown_label,
        facts=vocabulary.facts,
        impossible=vocabulary.impossible,
        sources=policy.sources,
        findings=policy.findings,
        principles=tuple((part, frozenset[str]()) for part in policy.principles),
        actions=policy.actions,
        labels=policy.labels,
        questions=policy.questions,
        draft_parts=policy.draft_parts,
        rules=policy.rules,
        method=policy.method,
        invariants=policy.invariants,
        accepts=policy.accepts,
    )
    data = plain_data.LAYER.write(whole, vocabulary)
    problems = tuple(_unwritable(policy, data))
    if problems:
        raise PolicyError(problems)
    return data


def _unwritable(policy: Policy, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each part of *policy* that *data* would not give back."""
    for rule, written in zip(policy.rules, data.get("rules", ()), strict=True):
        if plain_data.RULE.read(written) != rule:
            path = ("rules", rule.id)
            yield problem("BE309", named=f"rule `{rule.id}`", path=path)
    promised = data.get("invariants", ())
    for part, written in zip(policy.invariants, promised, strict=True):
        if plain_data.INVARIANT.read(written) != part:
            path = ("invariants", part.id)
            yield problem("BE309", named=f"invariant `{part.id}`", path=path)
    start = Policy(id="", vocabulary=Vocabulary())
    again, _ = applied(start, plain_data.layer(data))
    for name, section in _SECTIONS.items():
        if getattr(again, name) != getattr(policy, name):
            named = f"policy `{policy.id}` has {section} that"
            yield problem("BE309", named=named, path=(name,))
