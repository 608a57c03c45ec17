"""Families of variants of one base policy. Variants have names and a fixed order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from importlib import import_module
from itertools import islice, product
from math import ceil, log2, prod
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.arguments import Choice, argument, checked
from boundaryethics.consult import refuse_unfit
from boundaryethics.errors import (
    AnalysisError,
    ArgumentError,
    Problem,
    did_you_mean,
    problem,
    quoted,
)
from boundaryethics.model.overlays import Adjustment, Layer
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName, Option, Pull, Rule, Strength
from boundaryethics.policies import as_policy
from boundaryethics.variants.edits import (
    Change,
    Edits,
    Range,
    Weight,
    change,
    is_count,
    varied,
)


@final
@attrs.frozen(kw_only=True)
class VariantLabel:
    """The change that a variant makes, in words and numbers."""

    #: The name of the family.
    family: str
    #: A name that is unique in the sweep.
    variant: str
    #: The rule or the principle that the variant changes, if any.
    rule: str = ""
    principle: str = ""
    #: The part that changes, such as `opposes ignore`, `weight` or `method`.
    aspect: str = ""
    #: The methods before and after, if the variant also changes the method.
    methods: tuple[MethodName, ...] = ()
    #: The value of the part in the base and in the variant, as text.
    before: str = ""
    after: str = ""
    #: The setting of each switch: 1 for on, 0 for off, or the weight for a range.
    switches: tuple[tuple[str, int | Fraction], ...] = ()

    @property
    def part(self) -> str:
        """The changed part, method or both, as in `weight (levelwise -> weighted)`."""
        method = " -> ".join(self.methods)
        if self.aspect and method:
            return f"{self.aspect} ({method})"
        return self.aspect or method


@final
@attrs.frozen
class Scenario:
    """One variant in a family: its label, and its edits to the base."""

    label: VariantLabel
    edits: Edits


class Family:
    """A group of variants of a base policy."""

    __slots__ = ()
    #: The name of the family in the rows of a sweep.
    name: ClassVar[str]

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of the switches, if any."""
        return ()

    @checked
    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Yield the reasons why this is not a valid family for a base."""
        return iter(())

    @checked
    def size(self, base: Policy, /) -> int:
        """Count the variants."""
        return sum(1 for _ in self.of(base))

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield the variants, in order."""
        raise NotImplementedError

    def _scenario(self, name: str, *edits: Layer, **changed: Any) -> Scenario:
        variant = f"{self.name}:{name}"
        label = VariantLabel(family=self.name, variant=variant, **changed)
        return Scenario(label, edits)


def _name_problems(
    kind: str, names: Collection[str], declared: Iterable[str]
) -> Iterator[Problem]:
    """Yield a problem for each name that is not *declared*, or is duplicated."""
    known = sorted(declared)
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            yield problem("BE802", kind=kind, name=name, near=near, token=name)
    yield from _repeated(kind, names)


def _repeated(kind: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, times in Counter([*names]).items():
        if times > 1:
            yield problem("BE803", kind=kind, name=name, token=name)


def _as_names(names: str | Iterable[str]) -> tuple[str, ...]:
    several: tuple[str, ...] = argument("names", names, tuple[str, ...])
    return (several,) if isinstance(several, str) else several


@attrs.frozen
class _OfRules(Family):
    """A family in which each variant changes one rule."""

    #: The IDs of the rules; by default, all rules.
    rules: tuple[str, ...] = attrs.field(default=(), converter=_as_names)

    @checked
    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Yield a problem for each rule that *base* does not have."""
        return _name_problems("rule", self.rules, base.rule)


@final
@attrs.frozen
class DropRules(_OfRules):
    """For each rule, the base without that rule."""

    name = "drop"

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """For each rule, yield *base* without that rule."""
        for rule in self.rules or base.rule:
            yield self._scenario(rule, change(rule, drop=[rule]).edit, rule=rule)


@final
@attrs.frozen
class VaryStrengths(_OfRules):
    """For each strength, the base with that strength one step higher or lower."""

    name = "strengths"

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with one strength changed at a time, rule by rule."""
        for rule in self.rules or base.rule:
            for step in strength_steps(base.rule[rule]):
                yield self._scenario(
                    f"{rule}:{step.pull}-{step.option}:{step.after}",
                    step.edit,
                    rule=rule,
                    aspect=f"{step.pull} {step.option}",
                    before=step.before.value,
                    after=step.after.value,
                )


@final
@attrs.frozen
class StrengthStep:
    """One strength of a rule moved by one step, and the edit that moves it."""

    pull: Pull
    option: Option
    before: Strength
    after: Strength
    edit: Layer


def strength_steps(rule: Rule) -> Iterator[StrengthStep]:
    """Yield each strength of *rule* moved one step up, and one step down."""
    order = tuple(Strength)
    for pull, option, before in rule.then.pulls():
        if before is None:
            continue
        at = order.index(before)
        for after in (*order[max(at - 1, 0) : at], *order[at + 1 : at + 2]):
            pulls = getattr(rule.then, pull)
            moved = tuple((o, after if o is option else s) for o, s in pulls)
            effects: dict[str, Any] = {pull.value: moved}
            then = attrs.evolve(rule.then, **effects)
            adjusted = {rule.id: Adjustment(rule=rule.id, then=then)}
            edit = change(rule.id, adjust=adjusted).edit
            yield StrengthStep(pull, option, before, after, edit)


@final
@attrs.frozen
class VaryWeights(Family):
    """The base with one weight changed, for each principle and each weight in a range.

    Weights matter only with the method `weighted`. If the base has another method, each
    variant changes both the weight and the method, and `part` shows both changes. To
    vary only the weights, use a weighted variant of the base.
    """

    name = "weights"
    #: The lowest and the highest weight, and the difference between adjacent weights.
    least: Weight
    most: Weight
    step: Weight = 1
    #: The IDs of the principles; by default, all principles.
    principles: tuple[str, ...] = attrs.field(default=(), converter=_as_names)

    @checked
    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Yield a problem for an invalid range, or a principle that *base* lacks."""
        yield from self._ranges(base)[0].problems() if base.principles else ()
        yield from _name_problems("principle", self.principles, base.principle)

    @checked
    def size(self, base: Policy, /) -> int:
        """Return the number of principles times the number of weights in the range."""
        return sum(len(one.weights) for one in self._ranges(base))

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """For each principle, yield *base* with each weight from the range."""
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
        ends: Any = self.least, self.most, self.step
        return [Range(one, *ends) for one in named]


@final
@attrs.frozen
class Methods(Family):
    """The base with each method except its own."""

    name = "methods"

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with each method except its own; nothing else changes."""
        before = base.method.name
        for method in MethodName:
            if method is not before:
                yield self._scenario(
                    method,
                    change(method, ranking={"method": method}).edit,
                    aspect="method",
                    before=before.value,
                    after=method.value,
                )


@final
@attrs.frozen
class Listed(Family):
    """The user's own changes, one at a time."""

    name = "own"
    changes: tuple[Change, ...]

    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Yield a problem for each duplicated name."""
        return _repeated("change", [one.name for one in self.changes])

    def of(self, _: Policy, /) -> Iterator[Scenario]:
        """For each change, yield the base with only that change."""
        return (self._scenario(one.name, one.edit) for one in self.changes)


#: A change that is off or on, or a range of weights.
Switch: TypeAlias = Change | Range


class Design(Choice):
    """The combinations of settings that a `FactorialDesign` includes."""

    #: All combinations.
    FACTORIAL = "factorial"
    #: Independent random settings; all levels of a switch are equally likely.
    RANDOM = "random"
    #: The first points of a scrambled Sobol sequence.
    SOBOL = "sobol"
    #: A Latin hypercube, which uses the levels of a switch about equally often.
    LATIN = "latin"
    #: Blocks of settings for Sobol indices. A block has two points, and one copy of the
    #: first point for each switch. In its copy, the switch is set as in the second
    #: point.
    SALTELLI = "saltelli"


@final
@attrs.frozen
class FactorialDesign(Family):
    """The base with several combinations of switch settings."""

    name = "switches"
    switched: tuple[Switch, ...]
    design: Design | str = Design.FACTORIAL
    #: The number of combinations to draw or, in a Saltelli design, of blocks of them;
    #: None for a factorial design.
    samples: int | None = attrs.field(default=None, kw_only=True)
    #: The same seed results in the same settings.
    seed: int = attrs.field(default=0, kw_only=True)

    @property
    def switches(self) -> tuple[str, ...]:
        """The name of each change, and the principle of each range."""
        return tuple(
            one.principle if isinstance(one, Range) else one.name
            for one in self.switched
        )

    @checked
    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Yield a problem for each invalid argument and each undeclared principle."""
        if not self.switched:
            yield problem("BE804.switches")
        ranges = [one for one in self.switched if isinstance(one, Range)]
        # `_repeated` below reports a duplicated principle.
        named = dict.fromkeys(one.principle for one in ranges)
        yield from _name_problems("principle", named, base.principle)
        for one in ranges:
            yield from one.problems()
        yield from _repeated("switch", self.switches)
        design = str(self.design)
        if design not in tuple(Design):
            words: dict[str, Any] = {"design": design, "listed": quoted(Design)}
            yield problem("BE806.design", token=design, **words)
        elif design == Design.FACTORIAL:
            if self.samples is not None:
                yield problem("BE806.factorial")
        elif not is_count(self.samples, 1):
            yield problem("BE806.samples", design=design)
        if not is_count(self.seed, 0):
            yield problem("BE806.seed", seed=self.seed)

    @checked
    def size(self, _: Policy, /) -> int:
        """Count all combinations of settings, or the sampled ones."""
        if self.design == Design.FACTORIAL:
            return prod(map(len, self._levels()))
        block = len(self.switched) + 2 if self.design == Design.SALTELLI else 1
        return (self.samples or 0) * block

    @checked
    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Yield *base* with each combination of settings."""
        ranged = any(isinstance(one, Range) for one in self.switched)
        methods = Range.alongside(base) if ranged else ()
        for number, setting in enumerate(self._settings()):
            name = "-".join(map(str, setting))
            if self.design != Design.FACTORIAL:
                name = f"{self.design}-{number + 1}"
            edits = (
                one.at(at, base) if isinstance(one, Range) else one.edit
                for one, at in zip(self.switched, setting, strict=True)
                if at or isinstance(one, Range)
            )
            switches = tuple(zip(self.switches, setting, strict=True))
            yield self._scenario(name, *edits, methods=methods, switches=switches)

    def _levels(self) -> list[Sequence[int | Fraction]]:
        off_on: Sequence[int] = range(2)
        return [x.weights if isinstance(x, Range) else off_on for x in self.switched]

    def _settings(self) -> Iterator[tuple[int | Fraction, ...]]:
        levels = self._levels()
        if self.design == Design.FACTORIAL:
            yield from product(*levels)
            return
        for point in self._points().tolist():
            yield tuple(
                each[min(int(at * len(each)), len(each) - 1)]
                for at, each in zip(point, levels, strict=True)
            )

    def _points(self) -> Any:
        """Draw points from the unit cube with the method of the design."""
        dimensions, samples = len(self.switched), self.samples or 0
        generator = np.random.default_rng(self.seed)
        if self.design == Design.RANDOM:
            return generator.random((samples, dimensions))
        try:
            qmc = import_module("scipy.stats.qmc")
        except ImportError as missing:
            raise AnalysisError([problem("BE805")]) from missing
        if self.design == Design.LATIN:
            return qmc.LatinHypercube(dimensions, seed=generator).random(samples)
        blocks = self.design == Design.SALTELLI
        # A Sobol sequence is drawn in powers of two, so drop the points after the first
        # `samples`.
        sobol = qmc.Sobol(dimensions * (2 if blocks else 1), seed=generator)
        points = sobol.random_base2(ceil(log2(samples)))[:samples]
        if not blocks:
            return points
        one, other = points[:, :dimensions], points[:, dimensions:]
        columns = np.arange(dimensions)
        mixed = [np.where(columns == n, other, one) for n in columns]
        return np.stack([one, *mixed, other], axis=1).reshape(-1, dimensions)


#: One family, or several families and changes.
Families: TypeAlias = Family | Iterable[Family | Change]


def _parts_of(given: Iterable[Family | Change]) -> tuple[Family | Change, ...]:
    try:
        return argument("families", given, tuple[Family | Change, ...])  # type: ignore[no-any-return]
    except ArgumentError:
        raise AnalysisError([problem("BE804.family")]) from None


def checked_families(given: Families, base: Policy) -> tuple[Family, ...]:
    """Check that the families *given* fit *base*; single changes form one family.

    Raises:
        PolicyError: *base* is not valid, or is abstract.
        AnalysisError: a family does not fit *base*, or there is nothing to vary.
    """
    refuse_unfit(base)
    parts = (given,) if isinstance(given, Family) else _parts_of(given)
    families = [one for one in parts if isinstance(one, Family)]
    changes = tuple(one for one in parts if isinstance(one, Change))
    problems: list[Problem] = []
    families += [Listed(changes)] if changes else []
    problems += _repeated("family", [one.name for one in families])
    problems += _repeated("switch", [n for one in families for n in one.switches])
    problems += [one for family in families for one in family.problems(base)]
    if not problems and not sum(family.size(base) for family in families):
        problems.append(problem("BE804.variants", policy=base.id))
    if problems:
        raise AnalysisError(dict.fromkeys(problems))
    return tuple(families)


#: The maximum number of names to compare with an unknown name to suggest one.
_MOST = 10_000


@checked
def rebuild_variant(
    base: Policy | str | Path, families: Families, name: str, *, id: str | None = None
) -> Policy:
    """Rebuild the variant of *base* that is called *name* in a sweep's rows.

    Args:
        base: the base policy of the sweep.
        families: the families of the sweep.
        name: the name of the variant: `row.variant`, or the column `variant`.
        id: an ID for the variant; by default, the base's ID and the name combined.

    Raises:
        PolicyError: the base cannot be read, or the variant is not valid.
        AnalysisError: the families do not fit the base, or none contains the variant.
    """
    policy = as_policy(base)
    listed = checked_families(families, policy)

    def scenarios() -> Iterator[Scenario]:
        return (one for family in listed for one in family.of(policy))

    found = next((one for one in scenarios() if one.label.variant == name), None)
    if found is None:
        names = [one.label.variant for one in islice(scenarios(), _MOST)]
        near = did_you_mean(name, names)
        raise AnalysisError([problem("BE819", name=name, near=near, token=name)])
    called = id or re.sub("[^a-z0-9_.+-]+", "-", f"{policy.id}-{name}".lower())
    return attrs.evolve(
        varied(policy, called, found.edits),
        title=f"{policy.title} ({name})".strip(),
        lineage=(*policy.lineage, called),
        parent=policy,
    )
