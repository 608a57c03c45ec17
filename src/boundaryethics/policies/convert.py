"""Write policies as plain data, or as the text of one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from boundaryethics.arguments import checked
from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.model import plain_data
from boundaryethics.model.facts import UNKNOWN_LABEL, Vocabulary
from boundaryethics.model.overlays import Layer, applied
from boundaryethics.model.policy import Policy
from boundaryethics.policies.loader import parse_text
from boundaryethics.policies.yaml import yaml_text

_SCHEMA_LINE = "# yaml-language-server: $schema=policy.schema.json\n"
#: Sections that are compared as a whole, with their names in problem messages.
_SECTIONS = {
    "vocabulary": "facts, groups or conditions under `impossible`",
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


@checked
def write_policy(policy: Policy) -> str:
    """Return *policy* as the text of one file, with everything that it inherits.

    Reading the text returns an equal policy.

    Raises:
        PolicyError: a part cannot be written, or would be different when read back.
    """
    # The file and its sections are always written on separate lines.
    text = _SCHEMA_LINE + yaml_text(policy_data(policy), open_levels=2)
    if problems := parse_text(text, file=policy.id).problems:
        raise PolicyError(problems)
    return text


def policy_data(policy: Policy) -> dict[str, Any]:
    """Return *policy* as the data of a single file that extends no other.

    Raises:
        PolicyError: a part would be different when read back.
    """
    vocabulary = policy.vocabulary
    usual = vocabulary.unknown_label == UNKNOWN_LABEL
    layer, own = attrs.fields_dict(Layer), attrs.fields_dict(Policy)
    parts: dict[str, Any] = {n: getattr(policy, n) for n in layer if n in own}
    parts["principles"] = tuple((p, frozenset[str]()) for p in policy.principles)
    whole = Layer(
        **parts,
        groups=vocabulary.groups,
        unknown_label="" if usual else vocabulary.unknown_label,
        facts=vocabulary.facts,
        impossible=vocabulary.impossible,
    )
    data = plain_data.LAYER.write(whole, vocabulary)
    if problems := tuple(_unwritable(policy, data)):
        raise PolicyError(problems)
    return data


def _unwritable(policy: Policy, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each part of *policy* that *data* does not preserve."""
    records: dict[str, plain_data.Record[Any]] = {
        "rules": plain_data.RULE,
        "invariants": plain_data.INVARIANT,
    }
    for section, record in records.items():
        parts = zip(getattr(policy, section), data.get(section, ()), strict=True)
        for part in (part for part, written in parts if record.read(written) != part):
            named = f"{section[:-1]} `{part.id}`"
            yield problem("BE309", named=named, path=(section, part.id))
    start = Policy(id="", vocabulary=Vocabulary())
    again, _ = applied(start, plain_data.layer(data))
    for name, section in _SECTIONS.items():
        if getattr(again, name) != getattr(policy, name):
            named = f"policy `{policy.id}` has {section} that"
            yield problem("BE309", named=named, path=(name,))
