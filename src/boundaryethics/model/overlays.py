"""Apply a layer, which is the content of one policy file, on top of a policy.

A variant consists of its parent policy and one more layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, final

import attrs

from boundaryethics.arguments import checked
from boundaryethics.errors import Problem, did_you_mean, few_suggestions, problem
from boundaryethics.model import rules as kinds
from boundaryethics.model.conditions import Condition
from boundaryethics.model.display import ShortRepr
from boundaryethics.model.facts import Fact, FactGroup
from boundaryethics.model.rules import Effects, Rule, Strength
from boundaryethics.model.validation import unbound

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy

T = TypeVar("T")


@final
@attrs.frozen(kw_only=True)
class Adjustment(ShortRepr):
    """Replacements for parts of an inherited rule. None keeps the inherited part."""

    #: The ID of the rule.
    rule: str
    #: The strength of all effects that have one: `favors` and `opposes`. If `then` is
    #: replaced, the strength applies to the new effects.
    strength: Strength | None = None
    when: Condition | None = None
    then: Effects | None = None
    principle: str | None = None
    because: str | None = None
    note: str | None = None
    supervision_questions: tuple[str, ...] | None = None
    overrides: tuple[str, ...] | None = None

    @checked
    def on(self, rule: Rule) -> Rule:
        """Return *rule* with the adjustment applied."""
        parts = attrs.asdict(self, recurse=False)
        given = {
            name: part
            for name, part in parts.items()
            if part is not None and name not in {"rule", "strength"}
        }
        adjusted = attrs.evolve(rule, **given)
        if self.strength is None:
            return adjusted
        return attrs.evolve(adjusted, then=adjusted.then.at(self.strength))


@final
@attrs.frozen(kw_only=True)
class Changes:
    """The inherited rules that a layer removes or adjusts."""

    drop: tuple[str, ...] = ()
    adjust: tuple[Adjustment, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Layer(ShortRepr):
    """The content of one policy file, without anything that it inherits."""

    id: str
    title: str = ""
    about: str = ""
    extends: tuple[str, ...] = ()
    abstract: bool = False
    sources: tuple[kinds.Source, ...] = ()
    #: The groups that facts are shown in.
    groups: tuple[FactGroup, ...] = ()
    #: The answer that people read for `unknown`; empty to inherit it.
    unknown_label: str = ""
    facts: tuple[Fact, ...] = ()
    #: Conditions on facts that no possible situation meets.
    impossible: tuple[Condition, ...] = ()
    findings: tuple[kinds.Finding, ...] = ()
    #: The principles, each with the keys that the layer contains. Other keys are
    #: inherited.
    principles: tuple[tuple[kinds.Principle, frozenset[str]], ...] = ()
    actions: tuple[kinds.Action, ...] = ()
    #: These labels come before the inherited ones. The first label that fits is used.
    labels: tuple[kinds.Labels, ...] = ()
    questions: tuple[kinds.Question, ...] = ()
    draft_parts: tuple[kinds.DraftPart, ...] = ()
    rules: tuple[Rule, ...] = ()
    changes: Changes = Changes()
    method: kinds.Method = kinds.Method()
    #: The keys of the method that the layer contains.
    method_keys: frozenset[str] = frozenset()
    invariants: tuple[kinds.Invariant, ...] = ()
    accepts: tuple[kinds.Acceptance, ...] = ()


@few_suggestions()
def applied(policy: Policy, layer: Layer) -> tuple[Policy, tuple[Problem, ...]]:
    """Return *policy* with *layer* applied, and all problems found."""
    dropped = frozenset(layer.changes.drop)
    adjustments = {adjustment.rule: adjustment for adjustment in layer.changes.adjust}
    kept = tuple(
        adjustments[rule.id].on(rule) if rule.id in adjustments else rule
        for rule in policy.rules
        if rule.id not in dropped
    )
    inherited = (attrs.evolve(one, inherited=True) for one in policy.accepts)
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
        accepts=_joined(inherited, layer.accepts, key=attrgetter("lint", "on")),
        lineage=(*policy.lineage, layer.id),
        parent=policy if policy.id else None,
    )
    return joined, (
        *_change_problems(policy, layer),
        *_repeats(kept, layer.rules),
        *(one for part in layer.invariants for one in unbound(joined.rule, part)),
    )


#: The keys of a principle in a layer that changes only its weight.
WEIGHT_ALONE = frozenset({"weight"})


def unknown_weights(policy: Policy, layer: Layer) -> Iterator[Problem]:
    """Yield a problem for each weight given for an undeclared principle."""
    declared = {one.id for one, keys in layer.principles if keys != WEIGHT_ALONE}
    for one, keys in layer.principles:
        if keys == WEIGHT_ALONE and one.id not in {*policy.principle, *declared}:
            wrong = "a weight is given for unknown principle"
            near = did_you_mean(one.id, policy.principle)
            yield problem("BE204", wrong=wrong, name=one.id, near=near, token=one.id)


def _joined(
    earlier: Iterable[T], later: Iterable[T], key: Callable[[T], Any] = attrgetter("id")
) -> tuple[T, ...]:
    return tuple({key(item): item for item in (*earlier, *later)}.values())


def _given_keys(inherited: T, given: T, keys: frozenset[str]) -> T:
    return attrs.evolve(inherited, **{key: getattr(given, key) for key in keys})  # type: ignore[misc]


def _joined_principles(
    inherited: tuple[kinds.Principle, ...],
    given: tuple[tuple[kinds.Principle, frozenset[str]], ...],
) -> tuple[kinds.Principle, ...]:
    known = {principle.id: principle for principle in inherited}
    for principle, keys in given:
        base = known.get(principle.id, kinds.Principle(id=principle.id))
        known[principle.id] = _given_keys(base, principle, keys)
    return tuple(known.values())


def _change_problems(policy: Policy, layer: Layer) -> Iterator[Problem]:
    changed = {
        "drop": layer.changes.drop,
        "adjust": tuple(adjustment.rule for adjustment in layer.changes.adjust),
    }
    for key, names in changed.items():
        for name in names:
            if name not in policy.rule:
                words: dict[str, Any] = {"policy": layer.id, "verb": f"{key}s"}
                words["near"] = did_you_mean(name, policy.rule)
                yield problem("BE301", **words, path=("changes", key), token=name)
    for one in layer.changes.adjust:
        rule = policy.rule.get(one.rule)
        effects = one.then or (rule and rule.then)
        if one.strength and effects and not (effects.favors or effects.opposes):
            yield problem("BE220", path=("changes", "adjust", one.rule), token=one.rule)
    for name in sorted({*changed["drop"]}.intersection(changed["adjust"])):
        path = ("changes", "adjust")
        yield problem("BE302", policy=layer.id, path=path, token=name)


def _repeats(kept: Iterable[Rule], added: Iterable[Rule]) -> Iterator[Problem]:
    inherited = {rule.id: True for rule in kept}
    for rule in added:
        if rule.id in inherited:
            code = "BE303.inherited" if inherited[rule.id] else "BE303.twice"
            yield problem(code, name=rule.id, path=("rules", rule.id), token=rule.id)
        inherited.setdefault(rule.id, False)
