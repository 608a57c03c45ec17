"""Define policies and their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar, final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.errors import PolicyError, refuse_unknown
from boundaryethics.model.conditions import FactIn, Facts, leaves
from boundaryethics.model.display import ShortRepr, Table
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.overlays import (
    Adjustment,
    Layer,
    applied,
    unknown_weights,
)
from boundaryethics.model.plain_data import Section, strange_id, variant_layer
from boundaryethics.model.rules import (
    Acceptance,
    Action,
    Citation,
    DraftPart,
    Finding,
    Force,
    Invariant,
    Label,
    Labels,
    Method,
    Option,
    Principle,
    Question,
    Rule,
    Source,
    rules_by,
)
from boundaryethics.model.validation import problems_of

#: The authorities of citations, highest first. A section without an authority still
#: states the duty, but a section with the authority "nearest" does not.
_AUTHORITY = (*(one for one in Force if one is not Force.NEAREST), None, Force.NEAREST)
_BINDING = {authority: place for place, authority in enumerate(_AUTHORITY)}


def _most_binding(lists: Iterable[Iterable[Citation]]) -> tuple[Citation, ...]:
    """Return each section once, with its highest authority."""
    most: dict[Citation, Citation] = {}
    for cite in chain.from_iterable(lists):
        before = most.setdefault(cite, cite)
        if _BINDING[cite.authority] < _BINDING[before.authority]:
            most[cite] = cite
    return tuple(most.values())


def digest(**parts: Any) -> str:
    """Return the SHA-256 digest, in hex, of the canonical text of *parts*."""
    import hashlib  # It is slow to import, and few verdicts need it.

    return hashlib.sha256(_text(_canonical(parts)).encode()).hexdigest()


def digest_of_lists(long: Mapping[str, Iterable[Any]], **parts: Any) -> str:
    """Return the `digest` of *parts* and the lists in *long*.

    The lists are processed one entry at a time.
    """
    import hashlib

    made = hashlib.sha256()
    for number, name in enumerate(sorted({**long, **parts})):
        made.update(f"{',' if number else '{'}{_text(name)}:".encode())
        if name in parts:
            made.update(_text(_canonical(parts[name])).encode())
            continue
        made.update(b"[")
        for place, one in enumerate(long[name]):
            made.update(f"{',' * (place > 0)}{_text(_canonical(one))}".encode())
        made.update(b"]")
    made.update(b"}")
    return made.hexdigest()


def _canonical(value: Any) -> Any:
    if attrs.has(type(value)):
        return [type(value).__name__, _canonical(attrs.asdict(value, recurse=False))]
    match value:
        case Enum():
            return value.value
        case dict():
            return {key: _canonical(part) for key, part in value.items()}
        case tuple() | frozenset():
            return sorted((_canonical(part) for part in value), key=_text)
        case list():
            return [_canonical(part) for part in value]
        case Fraction():
            return str(value)
        case _:
            return value


#: The number of IDs of a section that a notebook shows.
_MOST_IDS = 6


def _in_brief(ids: tuple[str, ...]) -> str:
    more = len(ids) - _MOST_IDS
    return ", ".join(ids[:_MOST_IDS]) + (f" and {more} more" if more > 0 else "")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _words(fact: Fact) -> list[Any]:
    read = {value: [fact.label(value), fact.phrase(value)] for value in fact.values}
    return [fact.question, fact.help, fact.group, read]


P = TypeVar("P", Action, DraftPart, Finding, Principle, Question, Rule, Source)


def _by_id(parts: Callable[[Policy], Iterable[P]]) -> cached_property[Mapping[str, P]]:
    return cached_property(
        lambda policy: MappingProxyType({part.id: part for part in parts(policy)})
    )


@final
@attrs.frozen(kw_only=True, cache_hash=True)
class Policy(ShortRepr):
    """A set of rules, with the facts, findings and principles that they use."""

    id: str
    title: str = ""
    #: The scope: the people to whom the policy applies, and the topics that it leaves
    #: out.
    about: str = ""
    #: Whether the policy is abstract: it can be extended but not consulted, and needs
    #: no citations.
    abstract: bool = False
    vocabulary: Vocabulary = attrs.field(repr=False)
    sources: tuple[Source, ...] = attrs.field(default=(), repr=False)
    findings: tuple[Finding, ...] = attrs.field(default=(), repr=False)
    principles: tuple[Principle, ...] = attrs.field(default=(), repr=False)
    actions: tuple[Action, ...] = attrs.field(default=(), repr=False)
    #: The labels of the options. The first label that fits a situation is used.
    labels: tuple[Labels, ...] = attrs.field(default=(), repr=False)
    questions: tuple[Question, ...] = attrs.field(default=(), repr=False)
    draft_parts: tuple[DraftPart, ...] = attrs.field(default=(), repr=False)
    rules: tuple[Rule, ...] = attrs.field(default=(), repr=False)
    method: Method = Method()
    invariants: tuple[Invariant, ...] = attrs.field(default=(), repr=False)
    #: Lint warnings that the authors suppress, with their reasons.
    accepts: tuple[Acceptance, ...] = attrs.field(default=(), repr=False)
    #: The IDs of the policies that it was built from, parents first, and its own ID
    #: last. It is empty if the policy was created directly. Comparisons ignore it.
    lineage: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)
    #: The base policy of a variant, or the policy that a file extends; None if there is
    #: neither. Comparisons ignore it.
    parent: Policy | None = attrs.field(default=None, eq=False, repr=False)

    # The parts of each type by ID.
    rule = _by_id(lambda policy: policy.rules)
    principle = _by_id(lambda policy: policy.principles)
    source = _by_id(lambda policy: policy.sources)
    action = _by_id(lambda policy: policy.actions)
    question = _by_id(lambda policy: policy.questions)
    draft_part = _by_id(lambda policy: policy.draft_parts)
    finding = _by_id(lambda policy: policy.findings)

    @cached_property
    def overridden_by(self) -> Mapping[str, tuple[str, ...]]:
        """Map each overridable rule to the IDs of the rules that override it."""
        return MappingProxyType(rules_by(self.rules, lambda rule: rule.overrides))

    @cached_property
    def concluded_by(self) -> Mapping[str, tuple[str, ...]]:
        """Map each finding to the IDs of the rules that conclude it."""
        return MappingProxyType(rules_by(self.rules, lambda rule: rule.then.concludes))

    @cached_property
    def facts_read(self) -> frozenset[str]:
        """The facts that at least one rule depends on."""
        return frozenset(
            leaf.fact
            for rule in self.rules
            for leaf, _ in leaves(rule.when)
            if isinstance(leaf, FactIn)
        )

    def _repr_html_(self) -> str:
        sections = ("sources", "findings", "principles", "actions", "questions")
        named = {"facts": (*self.vocabulary,), "rules": (*self.rule,)}
        for name in sections:
            named[name] = tuple(part.id for part in getattr(self, name))
        use = "Only to extend. " if self.abstract else ""
        return Table(
            lines=(f"{self.title} ({self.id})", f"{use}{self.about}".strip()),
            columns=("part", "count", "ids"),
            rows=tuple((name, len(ids), _in_brief(ids)) for name, ids in named.items()),
        ).html()

    @checked
    def label(self, option: Option, facts: Facts) -> Label | None:
        """Return the label of *option* given *facts*, or None if no label fits."""
        each = (labels.label(option, facts) for labels in self.labels)
        return next((label for label in each if label), None)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The distinct citations: those of principles, then those of rules."""
        citing: tuple[Principle | Rule, ...] = (*self.principles, *self.rules)
        return tuple(dict.fromkeys(cite for one in citing for cite in one.cites))

    @checked
    def cited_by(self, rule: Rule) -> tuple[Citation, ...]:
        """Return distinct citations for *rule*: from its principle, then its own."""
        principle = self.principle.get(rule.principle) if rule.principle else None
        cites = (*(principle.cites if principle else ()), *rule.cites)
        return tuple(dict.fromkeys(cites))

    @checked
    def citations_of(self, rule: Rule) -> tuple[str, ...]:
        """Return the short citations for *rule*, such as `APA 2017, Principle B`."""
        cites = self.cited_by(rule)
        return tuple(dict.fromkeys(c.short_text(self.source[c.source]) for c in cites))

    def citations_for(self, rules: Iterable[str]) -> tuple[Citation, ...]:
        """Return the distinct citations for the given rule IDs, with their authority.

        By default, a principle's citation has the authority of the principle. If a
        section is cited with different authorities, the highest one is used.
        """
        try:
            by_rule = [self._with_authority[rule] for rule in rules]
        except Exception:  # noqa: BLE001 - refused, or text that raises this
            named = argument("rules", rules, tuple[str, ...])
            named = (named,) if isinstance(named, str) else named
            for rule in named:
                if rule not in self.rule:
                    refuse_unknown("rule", rule, self.rule)
            by_rule = [self._with_authority[rule] for rule in named]
        return by_rule[0] if len(by_rule) == 1 else _most_binding(by_rule)

    @cached_property
    def _with_authority(self) -> Mapping[str, tuple[Citation, ...]]:
        """The citations for each rule, with their authority."""
        by_principle = {
            principle.id: [
                attrs.evolve(cite, authority=cite.authority or principle.force)
                for cite in principle.cites
            ]
            for principle in self.principles
        }
        return {
            rule.id: _most_binding(
                [by_principle.get(rule.principle or "", ()), rule.cites]
            )
            for rule in self.rules
        }

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 hash, in hex, of everything that can affect a verdict (S22).

        This includes everything that can affect a ranking, a status, a dilemma, a
        citation, or the choice of actions, draft and labels. It excludes all wording
        except in citations.
        """
        return digest(
            facts={fact.name: sorted(fact.values) for fact in self.vocabulary.facts},
            impossible=self.vocabulary.impossible,
            findings=frozenset(self.finding),
            # The order of `instead` and labels matters, because the first one that fits
            # is used.
            actions={
                step.id: [step.urgent, [one.when for one in step.instead]]
                for step in self.actions
            },
            labels=[
                [labels.when, frozenset(option for option, _ in labels.options)]
                for labels in self.labels
            ],
            questions=frozenset(self.question),
            draft_parts={part.id: part.slot for part in self.draft_parts},
            sources=self.sources,
            principles=tuple(attrs.evolve(one, title="") for one in self.principles),
            rules=tuple(attrs.evolve(one, note="", because="") for one in self.rules),
            points=self.method.points,
            method=self.method.name,
            priority=[sorted(tier) for tier in self.method.priority],
        )

    @cached_property
    def text_fingerprint(self) -> str:
        """A SHA-256 hash, in hex, of all text that people read, except citations (S22).

        `fingerprint` includes citations, with the names and titles of their sources.
        """
        return digest(
            title=self.title,
            about=self.about,
            facts={fact.name: _words(fact) for fact in self.vocabulary.facts},
            groups={group.id: group.title for group in self.vocabulary.groups},
            unknown=self.vocabulary.unknown_label,
            findings={one.id: one.says for one in self.findings},
            principles={one.id: one.title for one in self.principles},
            actions={
                step.id: [step.says, [one.says for one in step.instead]]
                for step in self.actions
            },
            labels=[dict(labels.options) for labels in self.labels],
            questions={one.id: one.says for one in self.questions},
            draft_parts={p.id: [p.direction, p.says] for p in self.draft_parts},
            because={rule.id: rule.because for rule in self.rules},
        )

    @checked
    def variant(
        self,
        id: str,
        *,
        title: str = "",
        drop: Iterable[str] = (),
        adjust: Mapping[str, Mapping[str, Any] | Adjustment] | None = None,
        add: Iterable[Rule | Mapping[str, Any]] = (),
        ranking: Method | Mapping[str, Any] | str | None = None,
        about: str | None = None,
        unknown: str = "",
        sources: Section = (),
        groups: Section = (),
        facts: Section = (),
        impossible: Section = (),
        findings: Section = (),
        principles: Section = (),
        actions: Section = (),
        labels: Section = (),
        questions: Section = (),
        draft_parts: Section = (),
        invariants: Section = (),
        accepts: Section = (),
        weights: Mapping[str, int] | None = None,
    ) -> Policy:
        """Return a variant: this policy with parts added, removed or adjusted.

        The result is the same as if a policy file extended this policy with these
        changes. Each part can be an object, or plain data as in a policy file:
        `facts=[Fact(...)]`, or `adjust={"some-rule": {"strength": "weak"}}`.

        If a rule depends on its own absence, the first consultation raises an error.

        Args:
            id: the ID of the variant.
            title: the title; by default, this policy's title followed by "(variant)".
            drop: the IDs of rules to remove.
            adjust: replacements for parts of inherited rules, by rule ID.
            add: rules to add.
            ranking: a ranking method, its name, or some of its parameters; None
                keeps this policy's method.
            about: the scope; None keeps this policy's scope.
            unknown: the answer that people read for `unknown`; an empty string keeps
                this policy's answer.
            sources: sources to add. For this argument and those below, a new part
                replaces an inherited one with the same ID or name.
            groups: groups of facts.
            facts: facts.
            impossible: conditions that no possible situation meets.
            findings: findings.
            principles: principles.
            actions: actions.
            labels: labels for options, which come before the inherited ones.
            questions: supervision questions.
            draft_parts: parts of the draft message.
            invariants: invariants.
            accepts: lint warnings to suppress.
            weights: weights by principle ID. Only the weighted method uses them.

        Raises:
            PolicyError: a change cannot be applied or uses an undeclared name, or the
                ID is invalid or the same as this policy's.
        """
        layer = variant_layer(
            id=id,
            title=title or f"{self.title} (variant)".strip(),
            about=self.about if about is None else about,
            unknown_label=unknown,
            abstract=self.abstract,
            drop=drop,
            adjust=adjust or {},
            add=add,
            ranking=ranking,
            sources=sources,
            groups=groups,
            facts=facts,
            impossible=impossible,
            findings=findings,
            principles=principles,
            actions=actions,
            labels=labels,
            questions=questions,
            draft_parts=draft_parts,
            invariants=invariants,
            accepts=accepts,
            weights=weights or {},
            unfit=strange_id(id, self.id),
        )
        if problems := tuple(unknown_weights(self, layer)):
            raise PolicyError(problems)
        return self.with_layer(layer)

    @checked
    def with_layer(self, layer: Layer) -> Policy:
        """Return this policy with *layer* applied.

        Raises:
            PolicyError: a change cannot be applied, or a name is not declared.
        """
        changed, problems = applied(self, layer)
        problems += problems_of(changed)
        if problems:
            raise PolicyError(problems)
        return changed
