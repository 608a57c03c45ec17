"""Types for verdicts as plain data: see `rules/schema/verdict.schema.json`.

Applications rely on the keys. Later versions may add keys, but will never rename or
remove existing ones.
"""

import json
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from boundaryethics._files import rules_text

OptionName: TypeAlias = Literal["continue", "ignore", "decline", "leave"]
StrengthName: TypeAlias = Literal["strong", "moderate", "weak"]
StatusName: TypeAlias = Literal["required", "allowed", "forbidden"]
ForceName: TypeAlias = Literal[
    "law", "enforceable", "should", "aspirational", "employment", "custom", "nearest"
]
SeenName: TypeAlias = Literal[
    "own_text", "quotation", "paraphrase", "earlier_edition", "title_only"
]
SlotName: TypeAlias = Literal[
    "opening",
    "thanks",
    "boundary",
    "reassurance",
    "safety",
    "where",
    "closing",
    "later",
]
DilemmaName: TypeAlias = Literal[
    "required_and_forbidden", "all_forbidden", "several_required"
]


class CitationDict(TypedDict):
    """A section of a source, with its authority and how its text was checked."""

    source: str
    short: str
    section: str
    title: str
    seen: SeenName | None
    authority: ForceName | None
    url: str


class ChoiceDict(TypedDict):
    """A value of a fact, with the answer text that users see."""

    value: str
    label: str


class FactDict(TypedDict):
    """A fact of the situation, with its value."""

    fact: str
    question: str
    group: str | None
    group_title: str
    value: str
    label: str


class UnknownFactDict(TypedDict):
    """An unknown fact, with everything needed to ask about it."""

    fact: str
    question: str
    help: str
    group: str | None
    group_title: str
    choices: list[ChoiceDict]


class ReasonDict(TypedDict):
    """A reason for or against an option. Requirements and bans have no strength."""

    rule: str
    strength: NotRequired[StrengthName]
    principle: str
    principle_title: str
    because: str
    cites: list[str]
    citations: list[CitationDict]


class OptionDict(TypedDict):
    """The rank and status of an option, with its reasons."""

    label: str
    named: str
    rank: int
    status: StatusName
    favors: list[ReasonDict]
    opposes: list[ReasonDict]
    requires: list[ReasonDict]
    forbids: list[ReasonDict]


class ComparisonDict(TypedDict):
    """A comparison of an option with one at the next rank."""

    above: OptionName
    below: OptionName
    decided_by: str | None
    says: str
    rules: list[str]
    principles: list[str]
    principle_titles: list[str]
    cites: list[str]
    citations: list[CitationDict]


class ActionDict(TypedDict):
    """An action to take, whichever option is chosen."""

    action: str
    says: str
    urgent: bool
    rules: list[str]
    principles: list[str]
    citations: list[CitationDict]


class SupervisionQuestionDict(TypedDict):
    """A question to discuss in supervision."""

    question: str
    says: str
    rules: list[str]


class DraftDict(TypedDict):
    """A part of the draft message."""

    part: str
    slot: SlotName
    direction: str
    says: str
    rules: list[str]


class DilemmaDict(TypedDict):
    """A conflict that no ranking resolves."""

    kind: DilemmaName
    says: str
    options: list[OptionName]
    rules: list[str]
    citations: list[CitationDict]


class RuleDict(TypedDict):
    """A rule that applies, or that another rule overrides."""

    because: str
    principle: str | None
    citations: list[CitationDict]


class PrincipleDict(TypedDict):
    """A principle behind rules that apply, with the sections that those rules cite."""

    title: str
    force: ForceName | None
    cites: list[CitationDict]


class ProofDict(TypedDict):
    """A statement in a proof, with its premises. Only the top statement has `more`."""

    shown: str
    of: Literal["fact", "rule", "finding"]
    name: str
    value: str | None
    applies: bool
    says: str
    by: "list[ProofDict]"
    step: int | None
    see: int | None
    more: NotRequired["list[ProofDict]"]


class VerdictDict(TypedDict):
    """A verdict as plain data: `Verdict.to_dict()`."""

    schema_version: int
    library: str
    policy: str
    title: str
    fingerprint: str
    text_fingerprint: str
    situation: dict[str, str]
    ranking: list[list[OptionName]]
    ruled_out: list[OptionName]
    options: dict[OptionName, OptionDict]
    comparisons: list[ComparisonDict]
    findings: list[str]
    finding_texts: dict[str, str]
    binding: list[str]
    overridden: dict[str, list[str]]
    rules: dict[str, RuleDict]
    actions: list[ActionDict]
    urgent: list[str]
    questions: dict[str, list[str]]
    supervision_questions: list[SupervisionQuestionDict]
    draft: list[DraftDict]
    dilemmas: list[DilemmaDict]
    principles: dict[str, PrincipleDict]
    citations: list[CitationDict]
    facts: list[FactDict]
    unknown: list[str]
    unknown_facts: list[UnknownFactDict]
    note: str
    proofs: NotRequired[dict[str, ProofDict]]


def verdict_schema() -> dict[str, Any]:
    """Return version 1 of the JSON Schema for a verdict as plain data."""
    schema: dict[str, Any] = json.loads(rules_text("schema", "verdict.schema.json"))
    return schema
