"""Edits of a policy: changes with a name, ranges of weights, and what they make.

In: a base and changes, one after the other. Out: another policy, or every problem
met. What a change says is a layer, as a policy file's is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.errors import AnalysisError, PolicyError, Problem, did_you_mean
from boundaryethics.model.overlays import Adjustment, Changes, Layer, applied
from boundaryethics.model.plain_data import variant_layer
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle, Rule
from boundaryethics.model.validation import problems_of
from boundaryethics.policies import load_policy
from boundaryethics.policies.loader import load_layer

#: Edits without their names: equal ones make equal variants.
Edits: TypeAlias = tuple[Layer, ...]

#: The keys of a principle of which nothing but its weight is given.
_WEIGHT_ALONE = frozenset({"weight"})


@final
@attrs.frozen
class Change:
    """A named edit of a policy; `change` makes one, and `load_change` reads one."""

    name: str
    edit: Layer
    #: Of one that was read from a file, the policies that the file extends, and what
    #: they extend; no part of its value.
    made_for: tuple[str, ...] = attrs.field(default=(), eq=False)


def change(
    name: str,
    *,
    drop: Iterable[str] = (),
    adjust: Mapping[str, Mapping[str, Any] | Adjustment] | None = None,
    add: Iterable[Rule | Mapping[str, Any]] = (),
    ranking: Method | Mapping[str, Any] | str | None = None,
    weights: Mapping[str, int] | None = None,
) -> Change:
    """An edit called *name*, in the words of `Policy.variant`.

    A rule that is dropped is dropped from the `overrides` of others too.

    Args:
        name: what to call it; in a sweep, a name of its own.
        drop: ids of rules.
        adjust: for ids of rules, what replaces parts of them.
        add: rules.
        ranking: another method, or parts of one.
        weights: for ids of principles, their weights.

    Raises:
        PolicyError: a part has not the shape that a policy file would give it.
        AnalysisError: a weight is no whole number, or less than zero.
    """
    weighed = weights or {}
    refuse_weights(weighed)
    layer = variant_layer(
        id="", drop=drop, adjust=adjust or {}, add=add, ranking=ranking
    )
    principles = tuple(
        (Principle(id=id, weight=weight), _WEIGHT_ALONE)
        for id, weight in weighed.items()
    )
    return Change(name, attrs.evolve(layer, principles=principles))


def refuse_weights(weights: Mapping[str, object]) -> None:
    """Nothing, where all *weights* can be weights.

    Raises:
        AnalysisError: one cannot.
    """
    problems = [
        Problem(
            code="BE801",
            message=f"weight `{weight}` of principle `{name}` is no whole number, "
            "0 or more",
        )
        for name, weight in weights.items()
        if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0
    ]
    if problems:
        raise AnalysisError(problems)


def varied(base: Policy, id: str, edits: Sequence[Layer]) -> Policy:
    """*base* with *edits* on it, one after the other, under another *id*.

    Raises:
        PolicyError: an edit does not fit, or the variant means nothing.
    """
    policy, problems = base, tuple[Problem, ...]()
    for edit in edits:
        problems += _strange_principles(policy, edit)
        policy, met = applied(policy, _fitted(edit, policy, id))
        problems += met
    problems += problems_of(policy)
    if problems:
        raise PolicyError(problems)
    return policy


def _fitted(edit: Layer, policy: Policy, id: str) -> Layer:
    """*edit* as a layer on *policy*: what it drops, no other rule names any more."""
    adjusted = {one.rule: one for one in edit.changes.adjust}
    dropped = frozenset(edit.changes.drop)
    for rule in policy.rules:
        given = adjusted.get(rule.id, Adjustment(rule=rule.id))
        named = rule.overrides if given.overrides is None else given.overrides
        if rule.id not in dropped and dropped & {*named}:
            kept = tuple(other for other in named if other not in dropped)
            adjusted[rule.id] = attrs.evolve(given, overrides=kept)
    return attrs.evolve(
        edit,
        id=id,
        title=policy.title,
        about=policy.about,
        abstract=policy.abstract,
        changes=Changes(drop=edit.changes.drop, adjust=tuple(adjusted.values())),
    )


def _strange_principles(policy: Policy, edit: Layer) -> tuple[Problem, ...]:
    """Weights of principles that *policy* has not, nor *edit* declares."""
    return tuple(
        Problem(
            code="BE204",
            message=f"a weight is given to undeclared principle `{principle.id}`",
            help=did_you_mean(principle.id, policy.principle),
            token=principle.id,
        )
        for principle, keys in edit.principles
        if keys == _WEIGHT_ALONE and principle.id not in policy.principle
    )


def load_change(path: str | Path) -> Change:
    """The edit that a policy file makes of what it extends, under the file's id.

    Raises:
        PolicyError: the file cannot be read, or means nothing.
        AnalysisError: it declares facts, and so makes other situations.
    """
    layer = load_layer(path)
    if layer.facts:
        problem = Problem(
            code="BE817",
            message=f"policy `{layer.id}` declares facts, and so is asked of other "
            "situations than the base",
            help="declare the facts in the base, or compare the two policies",
            token=layer.id,
        )
        raise AnalysisError([problem])
    edit = attrs.evolve(
        layer, id="", title="", about="", extends=(), abstract=False, invariants=()
    )
    return Change(layer.id, edit, load_policy(path).lineage[:-1])


@final
@attrs.frozen
class Range:
    """Weights of one principle, from *least* to *most*."""

    principle: str
    least: int
    most: int
    step: int = 1

    @property
    def weights(self) -> range:
        """The weights."""
        return range(self.least, self.most + 1, self.step)

    @property
    def length(self) -> int:
        """How many weights there are."""
        return len(self.weights)

    def at(self, weight: int, base: Policy) -> Layer:
        """The edit of *base* that gives the principle this *weight*, and lets it count.

        What *base* has already is left out, so that equal variants have equal edits.
        """
        weighted = base.method.name is MethodName.WEIGHTED
        same = base.principle[self.principle].weight == weight
        return change(
            self.principle,
            weights={} if same else {self.principle: weight},
            ranking=None if weighted else {"method": MethodName.WEIGHTED},
        ).edit

    @staticmethod
    def alongside(base: Policy) -> str:
        """What any weight changes as well: `levelwise -> weighted`, or nothing."""
        method = base.method.name
        if method is MethodName.WEIGHTED:
            return ""
        return f"{method} -> {MethodName.WEIGHTED}"

    def problems(self) -> Iterator[Problem]:
        """Why it is no range."""
        numbers = (self.least, self.most, self.step)
        told = ":".join(map(str, numbers if self.step != 1 else numbers[:2]))
        if any(not isinstance(n, int) or isinstance(n, bool) for n in numbers):
            message = f"weights `{told}` are no whole numbers"
        elif self.least < 0:
            message = f"weights `{told}` go below zero"
        elif self.step < 1:
            message = f"weights `{told}` go by steps of `{self.step}`, not 1 or more"
        elif self.least > self.most:
            message = f"weights `{told}` hold no weight"
        else:
            return
        yield Problem(code="BE801", message=message, token=told)
