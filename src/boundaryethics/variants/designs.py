"""Designs: families of variants of one base, each named and in a fixed order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from itertools import product
from math import ceil, log2, prod
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.consult import refuse_unfit
from boundaryethics.errors import AnalysisError, Problem, did_you_mean, problem
from boundaryethics.model.overlays import Adjustment, Layer
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName, Option, Pull, Rule, Strength
from boundaryethics.policies import as_policy
from boundaryethics.variants.edits import (
    Change,
    Edits,
    Range,
    change,
    is_count,
    varied,
)


@final
@attrs.frozen(kw_only=True)
class VariantLabel:
    """What a variant changes, in words and numbers."""

    family: str
    #: A name that no other variant of the sweep has.
    variant: str
    #: The rule or the principle that the variant changes, where it changes one.
    rule: str = ""
    principle: str = ""
    #: What of it changes: `opposes ignore`, `weight`, `method`.
    aspect: str = ""
    #: The methods before and after, where weights count only with another method.
    methods: tuple[MethodName, ...] = ()
    #: The value before, and after.
    before: str = ""
    after: str = ""
    #: The setting of each switch: 1 for on, 0 for off; for a range, the weight.
    switches: tuple[tuple[str, int], ...] = ()

    @property
    def part(self) -> str:
        """Aspect and change of method: `weight (levelwise -> weighted)`."""
        method = " -> ".join(self.methods)
        return (
            f"{self.aspect} ({method})"
            if self.aspect and method
            else self.aspect or method
        )


@final
@attrs.frozen
class Scenario:
    """One member of a family: its label, and its edits of the base."""

    label: VariantLabel
    edits: Edits


class Family:
    """Variants of a base that belong together."""

    __slots__ = ()
    #: The name of the family in the rows of a sweep.
    name: ClassVar[str]

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of the switches, if there are any."""
        return ()

    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Find why this cannot be a family of a base."""
        return iter(())

    def size(self, base: Policy, /) -> int:
        """Count the variants."""
        return sum(1 for _ in self.of(base))

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield the variants, in order."""
        raise NotImplementedError

    def _scenario(self, name: str, *edits: Layer, **changed: Any) -> Scenario:
        """Make the variant *name*, with the fields of its label that are *changed*."""
        variant = f"{self.name}:{name}"
        return Scenario(
            VariantLabel(family=self.name, variant=variant, **changed), edits
        )


def _name_problems(
    kind: str, names: Iterable[str], declared: Iterable[str]
) -> Iterator[Problem]:
    """Find *names* that are not *declared*, or that occur twice."""
    known, listed = sorted(declared), tuple(names)
    for name in listed:
        if name not in known:
            near = did_you_mean(name, known)
            yield problem("BE802", kind=kind, name=name, near=near, token=name)
    yield from _repeated(kind, listed)


def _repeated(kind: str, names: Sequence[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield problem("BE803", kind=kind, name=name, token=name)


def _as_names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@attrs.frozen
class _OfRules(Family):
    """Variants that change one rule each."""

    #: The rules; all of them by default.
    rules: tuple[str, ...] = attrs.field(default=(), converter=_as_names)

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Find rules that *base* does not have."""
        return _name_problems("rule", self.rules, base.rule)

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with one rule changed, rule by rule."""
        for rule in self.rules or base.rule:
            yield from self._of_rule(base.rule[rule])

    def _of_rule(self, rule: Rule) -> Iterator[Scenario]:
        raise NotImplementedError


@final
@attrs.frozen
class DropRules(_OfRules):
    """Each rule dropped, one at a time."""

    name = "drop"

    def _of_rule(self, rule: Rule) -> Iterator[Scenario]:
        edit = change(rule.id, drop=[rule.id]).edit
        yield self._scenario(rule.id, edit, rule=rule.id)


@final
@attrs.frozen
class VaryStrengths(_OfRules):
    """Each strength one up and one down, one at a time."""

    name = "strengths"

    def _of_rule(self, rule: Rule) -> Iterator[Scenario]:
        for step in strength_steps(rule):
            aimed = f"{step.pull}-{step.option}:{step.after}"
            yield self._scenario(
                f"{rule.id}:{aimed}",
                step.edit,
                rule=rule.id,
                aspect=f"{step.pull} {step.option}",
                before=step.before.value,
                after=step.after.value,
            )


@final
@attrs.frozen(kw_only=True)
class StrengthStep:
    """One strength of a rule, moved to the next."""

    rule: Rule
    pull: Pull
    option: Option
    before: Strength
    after: Strength

    @property
    def edit(self) -> Layer:
        """The edit that moves the strength."""
        effects: dict[str, Any] = {
            self.pull.value: tuple(
                (option, self.after if option is self.option else strength)
                for option, strength in getattr(self.rule.then, self.pull)
            )
        }
        then = attrs.evolve(self.rule.then, **effects)
        adjusted = {self.rule.id: Adjustment(rule=self.rule.id, then=then)}
        return change(self.rule.id, adjust=adjusted).edit


def strength_steps(rule: Rule) -> Iterator[StrengthStep]:
    """Yield each strength of *rule* moved one up, and one down."""
    order = tuple(Strength)
    for pull, option, before in rule.then.pulls():
        if before is not None:
            at = order.index(before)
            for after in (*order[max(at - 1, 0) : at], *order[at + 1 : at + 2]):
                yield StrengthStep(
                    rule=rule, pull=pull, option=option, before=before, after=after
                )


@final
@attrs.frozen
class VaryWeights(Family):
    """Each principle's weight over a range, one principle at a time.

    Weights count only with the method `weighted`. A base of another method gets it in
    each variant, which so changes both; `part` says so. To vary the weights alone, vary
    a weighted variant of the base.
    """

    name = "weights"
    least: int
    most: int
    step: int = 1
    #: The principles; all of them by default.
    principles: tuple[str, ...] = attrs.field(default=(), converter=_as_names)

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Find an empty range, and principles that *base* does not have."""
        yield from self._ranges(base)[0].problems() if base.principles else ()
        yield from _name_problems("principle", self.principles, base.principle)

    def size(self, base: Policy, /) -> int:
        """Count the principles, times the weights of the range."""
        return sum(len(one.weights) for one in self._ranges(base))

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with one weight, for each principle and each weight."""
        for one in self._ranges(base):
            for weight in one.weights:
                yield self._scenario(
                    f"{one.principle}:{weight}",
                    one.at(weight, base),
                    principle=one.principle,
                    aspect="weight",
                    methods=Range.alongside(base),
                    before=str(base.principle[one.principle].weight),
                    after=str(weight),
                )

    def _ranges(self, base: Policy) -> list[Range]:
        named = self.principles or base.principle
        return [Range(one, self.least, self.most, self.step) for one in named]


@final
@attrs.frozen
class Methods(Family):
    """Each other method."""

    name = "methods"

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with each other method; points, weights and tiers stay."""
        for method in MethodName:
            if method is not base.method.name:
                yield self._scenario(
                    method,
                    change(method, ranking={"method": method}).edit,
                    aspect="method",
                    before=base.method.name.value,
                    after=method.value,
                )


@final
@attrs.frozen
class Listed(Family):
    """Changes of one's own, one at a time."""

    name = "own"
    changes: tuple[Change, ...]

    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Find names that occur twice."""
        return _repeated("change", [one.name for one in self.changes])

    def of(self, _: Policy, /) -> Iterator[Scenario]:
        """Yield the base with one change, for each change."""
        for one in self.changes:
            yield self._scenario(one.name, one.edit)


#: A change, off or on; or a weight over a range.
Switch: TypeAlias = Change | Range


class Design(StrEnum):
    """The settings that a factorial design tries."""

    #: All settings.
    FACTORIAL = "factorial"
    #: The first points of a scrambled Sobol sequence.
    SOBOL = "sobol"
    #: A Latin hypercube: each level of each switch equally often.
    LATIN = "latin"


@final
@attrs.frozen
class FactorialDesign(Family):
    """Settings of several switches together."""

    name = "switches"
    switched: tuple[Switch, ...]
    design: Design | str = Design.FACTORIAL
    #: The number of settings to draw; None for a factorial design.
    samples: int | None = attrs.field(default=None, kw_only=True)
    #: The same seed draws the same settings.
    seed: int = attrs.field(default=0, kw_only=True)

    @property
    def switches(self) -> tuple[str, ...]:
        """The name of each change, and the principle of each range."""
        return tuple(
            one.principle if isinstance(one, Range) else one.name
            for one in self.switched
        )

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Find switches that do not fit *base*, and a design that draws nothing."""
        if not self.switched:
            yield problem("BE804.switches")
        ranges = [one for one in self.switched if isinstance(one, Range)]
        # `_repeated` below reports a principle that occurs twice.
        named = dict.fromkeys(one.principle for one in ranges)
        yield from _name_problems("principle", named, base.principle)
        for one in ranges:
            yield from one.problems()
        yield from _repeated("switch", self.switches)
        yield from self._design_problems()

    def _design_problems(self) -> Iterator[Problem]:
        design = str(self.design)
        if design not in tuple(Design):
            listed = ", ".join(f"`{one}`" for one in Design)
            yield problem("BE806.design", design=design, listed=listed, token=design)
        elif design == Design.FACTORIAL:
            if self.samples is not None:
                yield problem("BE806.factorial")
        elif not is_count(self.samples, 1):
            yield problem("BE806.samples", design=design)
        if not is_count(self.seed, 0):
            yield problem("BE806.seed", seed=self.seed)

    def size(self, _: Policy, /) -> int:
        """Count all settings, or those that are drawn."""
        if self.design == Design.FACTORIAL:
            return prod(len(_values(one)) for one in self.switched)
        return self.samples or 0

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* at each setting."""
        ranged = any(isinstance(one, Range) for one in self.switched)
        methods = Range.alongside(base) if ranged else ()
        for number, setting in enumerate(self._settings()):
            name = "-".join(map(str, setting))
            if self.design != Design.FACTORIAL:
                name = f"{self.design}-{number + 1}"
            yield self._scenario(
                name,
                *self._edits(setting, base),
                methods=methods,
                switches=tuple(zip(self.switches, setting, strict=True)),
            )

    def _edits(self, setting: Sequence[int], base: Policy) -> Iterator[Layer]:
        for one, at in zip(self.switched, setting, strict=True):
            if isinstance(one, Range):
                yield one.at(at, base)
            elif at:
                yield one.edit

    def _settings(self) -> Iterator[tuple[int, ...]]:
        values = [tuple(_values(one)) for one in self.switched]
        if self.design == Design.FACTORIAL:
            yield from product(*values)
            return
        for point in self._points():
            yield tuple(
                levels[min(int(at * len(levels)), len(levels) - 1)]
                for at, levels in zip(point, values, strict=True)
            )

    def _points(self) -> list[list[float]]:
        """Draw points of the unit cube, as the design says."""
        try:
            qmc = import_module("scipy.stats.qmc")
        except ImportError as missing:
            raise AnalysisError([problem("BE805")]) from missing
        dimensions, samples = len(self.switched), self.samples or 0
        generator = np.random.default_rng(self.seed)
        if self.design == Design.LATIN:
            points = qmc.LatinHypercube(d=dimensions, seed=generator).random(samples)
        else:
            # A Sobol sequence draws powers of two; the first points of one serve.
            power = ceil(log2(samples))
            sobol = qmc.Sobol(d=dimensions, seed=generator)
            points = sobol.random_base2(power)[:samples]
        drawn: list[list[float]] = points.tolist()
        return drawn


def _values(switch: Switch) -> Sequence[int]:
    return switch.weights if isinstance(switch, Range) else (0, 1)


#: One family, or several families and changes.
Families: TypeAlias = Family | Iterable[Family | Change]


def gathered(given: Families, base: Policy) -> tuple[Family, ...]:
    """Check that the families *given* fit *base*; single changes are one more family.

    Raises:
        PolicyError: *base* means nothing, or is abstract.
        AnalysisError: a family does not fit *base*, or there is nothing to vary.
    """
    refuse_unfit(base)
    parts = (given,) if isinstance(given, Family) else tuple(given)
    families = [one for one in parts if isinstance(one, Family)]
    changes = tuple(one for one in parts if isinstance(one, Change))
    problems: list[Problem] = []
    if len(parts) > len(families) + len(changes):
        problems.append(problem("BE804.family"))
    families += [Listed(changes)] if changes else []
    problems += _repeated("family", [one.name for one in families])
    problems += _repeated("switch", [n for one in families for n in one.switches])
    problems += [one for family in families for one in family.problems(base)]
    if not problems and not sum(family.size(base) for family in families):
        problems.append(problem("BE804.variants", policy=base.id))
    if problems:
        raise AnalysisError(dict.fromkeys(problems))
    return tuple(families)


#: Names that are compared with a mistaken one.
_MOST = 10_000


def rebuild_variant(
    base: Policy | str | Path, families: Families, name: str, *, id: str | None = None
) -> Policy:
    """Rebuild the variant of *base* that has *name* in the rows of a sweep.

    Args:
        base: the policy that was swept.
        families: the families that it was swept with.
        name: the name of the variant: `row.variant`, or the column `variant`.
        id: an id for the variant; by default the id of the base and the name.

    Raises:
        PolicyError: the base cannot be read, or the variant means nothing.
        AnalysisError: the families do not fit the base, or none has the variant.
    """
    policy = as_policy(base)
    found = _found(gathered(families, policy), policy, name)
    called = id or re.sub("[^a-z0-9_.+-]+", "-", f"{policy.id}-{name}".lower())
    made = varied(policy, called, found.edits)
    return attrs.evolve(
        made,
        title=f"{policy.title} ({name})".strip(),
        lineage=(*policy.lineage, called),
        parent=policy,
    )


def _found(families: Iterable[Family], base: Policy, name: str) -> Scenario:
    near: list[str] = []
    for variation in (one for family in families for one in family.of(base)):
        if variation.label.variant == name:
            return variation
        if len(near) < _MOST:
            near.append(variation.label.variant)
    suggestion = did_you_mean(name, near)
    raise AnalysisError([problem("BE819", name=name, near=suggestion, token=name)])
