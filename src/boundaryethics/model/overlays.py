"""Layers: what one policy file says itself, and how layers make a policy.

A variant is a policy with one more layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, final

import attrs

from boundaryethics.errors import Problem, did_you_mean, problem
from boundaryethics.model.conditions import Condition
from boundaryethics.model.facts import Fact, FactGroup
from boundaryethics.model.rules import (
    Acceptance,
    Action,
    DraftPart,
    Effects,
    Finding,
    Invariant,
    Labels,
    Method,
    Principle,
    Question,
    Rule,
    Source,
    Strength,
)
from boundaryethics.model.validation import unbound

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy

T = TypeVar("T")


@final
@attrs.frozen(kw_only=True)
class Adjustment:
    """What replaces parts of an inherited rule; None leaves a part as it is."""

    #: Id of the rule.
    rule: str
    #: For every strength in the rule, after any new effects.
    strength: Strength | None = None
    when: Condition | None = None
    then: Effects | None = None
    principle: str | None = None
    overrides: tuple[str, ...] | None = None

    def on(self, rule: Rule) -> Rule:
        """*rule*, adjusted."""
        parts = {
            name: part
            for name in ("when", "then", "principle", "overrides")
            if (part := getattr(self, name)) is not None
        }
        adjusted = attrs.evolve(rule, **parts)
        if self.strength is None:
            return adjusted
        return attrs.evolve(adjusted, then=adjusted.then.at(self.strength))


@final
@attrs.frozen(kw_only=True)
class Changes:
    """What a layer takes out of, and alters in, the rules gathered so far."""

    drop: tuple[str, ...] = ()
    adjust: tuple[Adjustment, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Layer:
    """What one policy file says itself."""

    id: str
    title: str = ""
    about: str = ""
    extends: tuple[str, ...] = ()
    abstract: bool = False
    sources: tuple[Source, ...] = ()
    #: The groups in which people read facts.
    groups: tuple[FactGroup, ...] = ()
    #: The answer that people read for `unknown`; empty if it stays as inherited.
    unknown_label: str = ""
    facts: tuple[Fact, ...] = ()
    #: Conditions over facts that hold in no possible situation.
    impossible: tuple[Condition, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: With the names of the keys that the layer gives; the rest stays as inherited.
    principles: tuple[tuple[Principle, frozenset[str]], ...] = ()
    actions: tuple[Action, ...] = ()
    #: They come before inherited ones: the first that fits counts.
    labels: tuple[Labels, ...] = ()
    questions: tuple[Question, ...] = ()
    draft_parts: tuple[DraftPart, ...] = ()
    rules: tuple[Rule, ...] = ()
    changes: Changes = Changes()
    method: Method = Method()
    #: The keys of the method that the layer gives.
    method_keys: frozenset[str] = frozenset()
    invariants: tuple[Invariant, ...] = ()
    accepts: tuple[Acceptance, ...] = ()


def applied(policy: Policy, layer: Layer) -> tuple[Policy, tuple[Problem, ...]]:
    """*policy* with *layer* on it, and what kept parts of the layer off."""
    kept = _changed(policy.rules, layer.changes)
    problems = (*_change_problems(policy, layer), *_repeats(kept, layer.rules))
    joined = attrs.evolve(
        policy,
        id=layer.id,
        title=layer.title,
        about=layer.about,
        abstract=layer.abstract,
        vocabulary=policy.vocabulary.joined(
            layer.facts,
            layer.impossible,
            groups=layer.groups,
            unknown_label=layer.unknown_label,
        ),
        sources=_joined(policy.sources, layer.sources),
        findings=_joined(policy.findings, layer.findings),
        principles=_joined_principles(policy.principles, layer.principles),
        actions=_joined(policy.actions, layer.actions),
        labels=(*layer.labels, *policy.labels),
        questions=_joined(policy.questions, layer.questions),
        draft_parts=_joined(policy.draft_parts, layer.draft_parts),
        rules=_joined(kept, layer.rules),
        method=_given_keys(policy.method, layer.method, layer.method_keys),
        invariants=_joined(policy.invariants, layer.invariants),
        accepts=_accepted(policy.accepts, layer.accepts),
        lineage=(*policy.lineage, layer.id),
        parent=policy if policy.id else None,
    )
    return joined, problems + _unbound(joined, layer)


def _unbound(policy: Policy, layer: Layer) -> tuple[Problem, ...]:
    """What the invariants of *layer* promise of rules that *policy* does not have."""
    promised = (unbound(policy.rule, invariant) for invariant in layer.invariants)
    return tuple(problem for problems in promised for problem in problems)


def _accepted(
    earlier: tuple[Acceptance, ...], own: tuple[Acceptance, ...]
) -> tuple[Acceptance, ...]:
    inherited = (attrs.evolve(one, inherited=True) for one in earlier)
    return tuple({(one.lint, one.on): one for one in (*inherited, *own)}.values())


def _id(item: Any) -> str:
    return str(item.id)


def _joined(
    earlier: Iterable[T], later: Iterable[T], key: Callable[[T], str] = _id
) -> tuple[T, ...]:
    return tuple({key(item): item for item in (*earlier, *later)}.values())


def _given_keys(inherited: T, given: T, keys: frozenset[str]) -> T:
    return attrs.evolve(inherited, **{key: getattr(given, key) for key in keys})  # type: ignore[misc]


def _joined_principles(
    inherited: tuple[Principle, ...],
    given: tuple[tuple[Principle, frozenset[str]], ...],
) -> tuple[Principle, ...]:
    known = {principle.id: principle for principle in inherited}
    for principle, keys in given:
        base = known.get(principle.id, Principle(id=principle.id))
        known[principle.id] = _given_keys(base, principle, keys)
    return tuple(known.values())


def _changed(rules: tuple[Rule, ...], changes: Changes) -> tuple[Rule, ...]:
    adjustments = {adjustment.rule: adjustment for adjustment in changes.adjust}
    return tuple(
        adjustments[rule.id].on(rule) if rule.id in adjustments else rule
        for rule in rules
        if rule.id not in changes.drop
    )


def _change_problems(policy: Policy, layer: Layer) -> tuple[Problem, ...]:
    dropped = [("drop", "drops", name) for name in layer.changes.drop]
    adjusted = [("adjust", "adjusts", a.rule) for a in layer.changes.adjust]
    missing = tuple(
        problem(
            "BE301",
            policy=layer.id,
            verb=verb,
            name=name,
            near=did_you_mean(name, policy.rule),
            path=("changes", key),
            token=name,
        )
        for key, verb, name in (*dropped, *adjusted)
        if name not in policy.rule
    )
    both = {a.rule for a in layer.changes.adjust} & set(layer.changes.drop)
    return missing + tuple(
        problem(
            "BE302",
            policy=layer.id,
            name=name,
            path=("changes", "adjust"),
            token=name,
        )
        for name in sorted(both)
    )


def _repeats(kept: tuple[Rule, ...], added: tuple[Rule, ...]) -> tuple[Problem, ...]:
    seen = {rule.id: True for rule in kept}
    problems: list[Problem] = []
    for rule in added:
        if rule.id in seen:
            code = "BE303.inherited" if seen[rule.id] else "BE303.twice"
            at = ("rules", rule.id)
            problems.append(problem(code, name=rule.id, path=at, token=rule.id))
        seen.setdefault(rule.id, False)
    return tuple(problems)
