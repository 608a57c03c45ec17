"""Policies, and their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, final

import attrs

from boundaryethics.errors import PolicyError
from boundaryethics.model.conditions import FactIn, Facts, leaves
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.overlays import Adjustment, Layer, applied
from boundaryethics.model.plain_data import strange_id, variant_layer
from boundaryethics.model.rules import (
    Acceptance,
    Action,
    Citation,
    DraftPart,
    Finding,
    Invariant,
    Label,
    Labels,
    Method,
    Option,
    Principle,
    Question,
    Rule,
    Source,
)
from boundaryethics.model.validation import problems_of


def digest(**parts: Any) -> str:
    """The SHA-256 digest, in hex, of the canonical text of *parts*."""
    import hashlib  # slow to import, and most verdicts are never asked for it

    text = _text(_canonical(parts))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = attrs.asdict(value, recurse=False)
        return [type(value).__name__, _canonical(fields)]
    match value:
        case Enum():
            return value.value
        case dict():
            return {key: _canonical(part) for key, part in value.items()}
        case tuple() | frozenset():
            return sorted((_canonical(part) for part in value), key=_text)
        case list():
            return [_canonical(part) for part in value]
        case _:
            return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@final
@attrs.frozen(kw_only=True, cache_hash=True)
class Policy:
    """A coherent set of rules, with the facts, findings and principles they name."""

    id: str
    title: str = ""
    #: Whom it governs, what it leaves out.
    about: str = ""
    #: Only to be extended: need not cite, cannot be consulted.
    abstract: bool = False
    vocabulary: Vocabulary = attrs.field(repr=False)
    sources: tuple[Source, ...] = attrs.field(default=(), repr=False)
    findings: tuple[Finding, ...] = attrs.field(default=(), repr=False)
    principles: tuple[Principle, ...] = attrs.field(default=(), repr=False)
    actions: tuple[Action, ...] = attrs.field(default=(), repr=False)
    #: What the options are called; the first that fits a situation counts.
    labels: tuple[Labels, ...] = attrs.field(default=(), repr=False)
    questions: tuple[Question, ...] = attrs.field(default=(), repr=False)
    draft_parts: tuple[DraftPart, ...] = attrs.field(default=(), repr=False)
    rules: tuple[Rule, ...] = attrs.field(default=(), repr=False)
    method: Method = Method()
    invariants: tuple[Invariant, ...] = attrs.field(default=(), repr=False)
    #: Remarks of the linter that its authors accept.
    accepts: tuple[Acceptance, ...] = attrs.field(default=(), repr=False)
    #: Ids of the policies that went into this one, parents first; no part of its value.
    lineage: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)
    #: What its last layer was laid on: of a variant the policy that it varies, of a
    #: file what it extends; None where it was not made so. No part of its value.
    parent: Policy | None = attrs.field(default=None, eq=False, repr=False)

    @cached_property
    def rule(self) -> Mapping[str, Rule]:
        """Each rule under its id."""
        return MappingProxyType({rule.id: rule for rule in self.rules})

    @cached_property
    def principle(self) -> Mapping[str, Principle]:
        """Each principle under its id."""
        return MappingProxyType(
            {principle.id: principle for principle in self.principles}
        )

    @cached_property
    def source(self) -> Mapping[str, Source]:
        """Each source under its id."""
        return MappingProxyType({source.id: source for source in self.sources})

    @cached_property
    def action(self) -> Mapping[str, Action]:
        """Each step that can be advised, under its id."""
        return MappingProxyType({step.id: step for step in self.actions})

    @cached_property
    def question(self) -> Mapping[str, Question]:
        """Each supervision question under its id."""
        return MappingProxyType({question.id: question for question in self.questions})

    @cached_property
    def draft_part(self) -> Mapping[str, DraftPart]:
        """Each part of what could be said to the client, under its id."""
        return MappingProxyType({part.id: part for part in self.draft_parts})

    @cached_property
    def finding(self) -> Mapping[str, Finding]:
        """Each finding under its id."""
        return MappingProxyType({finding.id: finding for finding in self.findings})

    @cached_property
    def overridden_by(self) -> Mapping[str, tuple[str, ...]]:
        """For each rule that others can set aside, the ids of those rules."""
        by: dict[str, tuple[str, ...]] = {}
        for rule in self.rules:
            for other in rule.overrides:
                by[other] = (*by.get(other, ()), rule.id)
        return MappingProxyType(by)

    @cached_property
    def concluded_by(self) -> Mapping[str, tuple[str, ...]]:
        """For each finding that rules conclude, the ids of those rules."""
        by: dict[str, tuple[str, ...]] = {}
        for rule in self.rules:
            for finding in rule.then.concludes:
                by[finding] = (*by.get(finding, ()), rule.id)
        return MappingProxyType(by)

    @cached_property
    def facts_read(self) -> frozenset[str]:
        """The facts that some rule reads."""
        return frozenset(
            leaf.fact
            for rule in self.rules
            for leaf, _ in leaves(rule.when)
            if isinstance(leaf, FactIn)
        )

    def label(self, option: Option, facts: Facts) -> Label | None:
        """What *option* is called where *facts* hold; None where no label fits."""
        each = (labels.label(option, facts) for labels in self.labels)
        return next((label for label in each if label), None)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that is cited, each once: by principles, then by rules."""
        of_principles = (cite for one in self.principles for cite in one.cites)
        of_rules = (cite for rule in self.rules for cite in rule.cites)
        return tuple(dict.fromkeys((*of_principles, *of_rules)))

    def cited_by(self, rule: Rule) -> tuple[Citation, ...]:
        """What is cited for *rule*, each once: its principle's, then its own."""
        principle = self.principle.get(rule.principle) if rule.principle else None
        cites = (*(principle.cites if principle else ()), *rule.cites)
        return tuple(dict.fromkeys(cites))

    def citations_of(self, rule: Rule) -> tuple[str, ...]:
        """The same in short: `APA 2017, Principle B`."""
        cites = self.cited_by(rule)
        return tuple(dict.fromkeys(c.told(self.source[c.source]) for c in cites))

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 digest, in hex, of all that can change what it says (S22).

        Its rules, facts and values, impossible conditions, principles with weights and
        citations, findings, steps, labels, questions, drafts and method; not its title,
        nor how facts are asked.
        """
        return digest(
            facts={fact.name: sorted(fact.values) for fact in self.vocabulary.facts},
            impossible=self.vocabulary.impossible,
            findings=self.findings,
            actions=self.actions,
            # The first that fits counts, so their order does.
            instead={step.id: list(step.instead) for step in self.actions},
            labels=list(self.labels),
            questions=self.questions,
            draft_parts=self.draft_parts,
            sources=self.sources,
            principles=self.principles,
            rules=tuple(attrs.evolve(rule, note="") for rule in self.rules),
            points=self.method.points,
            method=self.method.name,
            priority=[sorted(tier) for tier in self.method.priority],
        )

    def variant(
        self,
        id: str,
        *,
        title: str = "",
        drop: Iterable[str] = (),
        adjust: Mapping[str, Mapping[str, Any] | Adjustment] | None = None,
        add: Iterable[Rule | Mapping[str, Any]] = (),
        ranking: Method | Mapping[str, Any] | str | None = None,
    ) -> Policy:
        """This policy with some rules dropped, adjusted or added, under another id.

        Rules, adjustments and the ranking may be values or the mappings that a
        policy file would hold: `adjust={"some-rule": {"strength": "weak"}}`.

        What depends on its own absence is told when the variant is first consulted.

        Raises:
            PolicyError: a change does not fit, or names what is not declared; or the
                id is that of this policy, or none that a file could bear.
        """
        layer = variant_layer(
            id=id,
            title=title or f"{self.title} (variant)".strip(),
            about=self.about,
            abstract=self.abstract,
            drop=drop,
            adjust=adjust or {},
            add=add,
            ranking=ranking,
            unfit=strange_id(id, self.id),
        )
        return self.with_layer(layer)

    def with_layer(self, layer: Layer) -> Policy:
        """This policy with *layer* on it.

        Raises:
            PolicyError: a change does not fit, or a name is not declared.
        """
        changed, problems = applied(self, layer)
        problems += problems_of(changed)
        if problems:
            raise PolicyError(problems)
        return changed
