"""Edits to a policy: named changes, weight ranges, and the resulting variants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.arguments import checked, exact_weight
from boundaryethics.errors import (
    AnalysisError,
    PolicyError,
    Problem,
    plain_text,
    problem,
)
from boundaryethics.model.overlays import (
    WEIGHT_ALONE,
    Adjustment,
    Changes,
    Layer,
    applied,
    unknown_weights,
)
from boundaryethics.model.plain_data import variant_layer
from boundaryethics.model.policy import Policy, digest
from boundaryethics.model.rules import Method, MethodName, Principle, Rule
from boundaryethics.model.validation import problems_of
from boundaryethics.policies import load_policy
from boundaryethics.policies.loader import load_layer

#: Edits without their names. Equal edits produce equal variants.
Edits: TypeAlias = tuple[Layer, ...]

#: A weight: an integer, a fraction, or a float or text that represents one.
Weight: TypeAlias = int | float | Fraction | str


@final
@attrs.frozen
class Change:
    """A named edit to a policy, created with `change` or loaded with `load_change`."""

    name: str
    edit: Layer
    #: For a change read from a file, the IDs of all policies that the file extends,
    #: directly or indirectly.
    made_for: tuple[str, ...] = attrs.field(default=(), eq=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the name and the digest of the edit, which together identify it."""
        return {"name": self.name, "digest": digest(edit=self.edit)}


@checked
def change(
    name: str,
    *,
    drop: Iterable[str] = (),
    adjust: Mapping[str, Mapping[str, Any] | Adjustment] | None = None,
    add: Iterable[Rule | Mapping[str, Any]] = (),
    ranking: Method | Mapping[str, Any] | str | None = None,
    weights: Mapping[str, Weight] | None = None,
) -> Change:
    """Create an edit with the arguments of `Policy.variant`.

    A dropped rule is also removed from the `overrides` of other rules.

    Args:
        name: a name that is unique in a sweep.
        drop: the IDs of rules to drop.
        adjust: replacements for parts of rules, by rule ID.
        add: rules to add.
        ranking: a different method, its name, or some of its parameters.
        weights: weights such as `3`, `2.5` or `"5/2"`, by principle ID. If a weight is
            a fraction, the variant scales all weights to integers, which does not
            change its rankings.

    Raises:
        PolicyError: a part is not in the form that policy files use.
        AnalysisError: a weight is not a nonnegative number.
    """
    exact = {name: exact_weight(weight) for name, weight in (weights or {}).items()}
    if problems := [
        problem("BE801.weight", weight=plain_text((weights or {})[name]), name=name)
        for name, weight in exact.items()
        if weight is None
    ]:
        raise AnalysisError(problems)
    layer = variant_layer(
        id="",
        drop=drop,
        adjust=adjust or {},
        add=add,
        ranking=ranking,
    )
    # `varied` scales fractions to integers.
    given: Any = exact.items()
    principles = (Principle(id=id, weight=weight) for id, weight in given)
    weighed = tuple((principle, WEIGHT_ALONE) for principle in principles)
    return Change(name, attrs.evolve(layer, principles=weighed))


def is_count(number: object, least: int) -> bool:
    """Return whether *number* is an integer that is not less than *least*."""
    return isinstance(number, int) and not isinstance(number, bool) and number >= least


def varied(base: Policy, id: str, edits: Sequence[Layer]) -> Policy:
    """Apply *edits* to *base* in order, and return the variant with the ID *id*.

    Raises:
        PolicyError: an edit does not apply, or the variant is not valid.
    """
    policy, problems = base, list[Problem]()
    for edit in edits:
        problems += unknown_weights(policy, edit)
        policy, met = applied(policy, _fitted(edit, policy, id))
        problems += met
    policy = _with_whole_weights(policy)
    problems += problems_of(policy)
    if problems:
        raise PolicyError(problems)
    return policy


def _with_whole_weights(policy: Policy) -> Policy:
    """Scale all weights to integers if any of them is a fraction."""
    weights: list[Any] = [one.weight for one in policy.principles]
    fractions = [weight for weight in weights if isinstance(weight, Fraction)]
    if not fractions:
        return policy
    return with_scaled_weights(policy, lcm(*(one.denominator for one in fractions)))


def with_scaled_weights(policy: Policy, factor: int) -> Policy:
    """Multiply all weights by *factor*, which does not change any ranking."""
    return attrs.evolve(
        policy,
        principles=tuple(
            attrs.evolve(one, weight=int(one.weight * factor))
            for one in policy.principles
        ),
    )


def _fitted(edit: Layer, policy: Policy, id: str) -> Layer:
    """Convert *edit* to a layer on *policy*; drop references to dropped rules."""
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


@checked
def load_change(path: str | Path) -> Change:
    """Load the edit that a policy file makes to its parents, named by the file's ID.

    Raises:
        PolicyError: the file cannot be read, or is not a valid policy.
        AnalysisError: the file declares facts, which would change the situations.
    """
    layer = load_layer(path)
    if layer.facts:
        raise AnalysisError([problem("BE817", policy=layer.id, token=layer.id)])
    edit = attrs.evolve(
        layer, id="", title="", about="", extends=(), abstract=False, invariants=()
    )
    return Change(layer.id, edit, load_policy(path).lineage[:-1])


def _as_weight(number: Any) -> Any:
    """Read a weight exactly; return any other value unchanged, for `Range.problems`."""
    weight = exact_weight(number)
    return number if weight is None else weight


#: The largest denominator of a weight in a range, because files store it as a float.
FINEST = 1_000_000
#: The largest product of a fraction and its denominator that a float identifies.
_MOST_EXACT = 2**52 // FINEST
#: The maximum number of weights in a range with fractions.
_MOST_WEIGHTS = 100_000


@final
@attrs.frozen
class Range:
    """Weights of one principle, from *least* to *most* in steps of *step*.

    Each number is an integer, a fraction, or a value that represents one, such as `2.5`
    or `"5/2"`.
    """

    principle: str
    least: int | Fraction = attrs.field(converter=_as_weight)
    most: int | Fraction = attrs.field(converter=_as_weight)
    step: int | Fraction = attrs.field(default=1, converter=_as_weight)

    @property
    def weights(self) -> Sequence[int | Fraction]:
        """The weights, in order."""
        least, most, step = self.least, self.most, self.step
        if isinstance(least, int) and isinstance(step, int):
            return range(least, int(most // 1) + 1, step)
        every = (least + n * step for n in range(self._size()))
        return tuple(one.numerator if one.denominator == 1 else one for one in every)

    def _size(self) -> int:
        return int((self.most - self.least) // self.step) + 1

    @checked
    def at(self, weight: Weight, base: Policy) -> Layer:
        """Create the edit to *base* that sets the principle's weight to *weight*.

        The edit leaves out values that *base* already has, so equal variants have equal
        edits.
        """
        weighted = base.method.name is MethodName.WEIGHTED
        same = base.principle[self.principle].weight == weight
        return change(
            self.principle,
            weights={} if same else {self.principle: weight},
            ranking=None if weighted else {"method": MethodName.WEIGHTED},
        ).edit

    @staticmethod
    @checked
    def alongside(base: Policy) -> tuple[MethodName, ...]:
        """Return the old and the new method, if a new weight requires a new method."""
        method = base.method.name
        return () if method is MethodName.WEIGHTED else (method, MethodName.WEIGHTED)

    def problems(self) -> Iterator[Problem]:
        """Yield the reasons why this range is not valid."""
        numbers = (self.least, self.most, self.step)
        text = ":".join(map(str, numbers if self.step != 1 else numbers[:2]))
        signed = [n for n in numbers if isinstance(n, int | float) and n < 0]
        if any(
            not isinstance(n, int | Fraction) or isinstance(n, bool) for n in numbers
        ):
            code = "BE801.negative" if signed else "BE801.number"
        elif self.least < 0 or self.most < 0:
            code = "BE801.negative"
        elif self.step <= 0:
            code = "BE801.step"
        elif self.least > self.most:
            code = "BE801.empty"
        elif self._denominator > FINEST:
            code = "BE801.fine"
        elif not self._whole and self.most * self._denominator > _MOST_EXACT:
            code = "BE801.large"
        elif not self._whole and self._size() > _MOST_WEIGHTS:
            code = "BE801.many"
        else:
            return
        yield problem(code, weights=text, step=self.step, token=text)

    @property
    def _whole(self) -> bool:
        return isinstance(self.least, int) and isinstance(self.step, int)

    @property
    def _denominator(self) -> int:
        """The common denominator of the weights."""
        return lcm(*(Fraction(n).denominator for n in (self.least, self.step)))
