"""Designs: families of variants of one base, each named and in a fixed order.

A family knows what to change in a policy, and how many variants that makes before
it makes any. Knows nothing of what becomes of them.
"""

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
from boundaryethics.errors import AnalysisError, Problem, did_you_mean
from boundaryethics.model.overlays import Adjustment, Layer
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, MethodName, Option, Pull, Rule, Strength
from boundaryethics.policies import policy_named
from boundaryethics.variants.edits import Change, Edits, Range, change, varied

_TO = " -> "


@final
@attrs.frozen(kw_only=True)
class VariantLabel:
    """What was changed, in words and numbers."""

    family: str
    #: Its name, by which it is told from all others of the sweep.
    variant: str
    #: The rule or the principle that it is about, where it is about one.
    rule: str = ""
    principle: str = ""
    #: What of it was changed: `opposes ignore`, `weight`, `method`. Where a weight
    #: counts only by another method than that of the base, the change of it as well:
    #: `weight (levelwise -> weighted)`.
    part: str = ""
    #: What it was before, and what it is after.
    before: str = ""
    after: str = ""
    #: The setting of each switch: 1 where it is on, 0 where it is off; for a weight
    #: that ranges, the weight.
    switches: tuple[tuple[str, int], ...] = ()

    @property
    def method_changed(self) -> str:
        """The change of the method that its weights bring: `levelwise -> weighted`."""
        return self.part.removeprefix("weight").strip(" ()") if _TO in self.part else ""


@final
@attrs.frozen
class Scenario:
    """One member of a family: what to change, and how to tell of it."""

    label: VariantLabel
    edits: Edits


class Family:
    """Variants of a base that belong together."""

    __slots__ = ()
    #: What its rows are known by.
    name: ClassVar[str]

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of its switches, if it has any."""
        return ()

    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Why it cannot be a family of a base."""
        return iter(())

    def size(self, base: Policy, /) -> int:
        """How many variants it has."""
        return sum(1 for _ in self.of(base))

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """Its variants, in order."""
        raise NotImplementedError


def strange(
    kind: str, names: Iterable[str], declared: Iterable[str]
) -> Iterator[Problem]:
    """That *names* are not among those *declared*, or are named twice."""
    known = frozenset(declared)
    listed = tuple(names)
    for name in listed:
        if name not in known:
            yield Problem(
                code="BE802",
                message=f"the base has no {kind} `{name}`",
                help=did_you_mean(name, sorted(known)),
                token=name,
            )
    yield from repeated(kind, listed)


def repeated(kind: str, names: Sequence[str]) -> Iterator[Problem]:
    """That some of *names* are there more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            message = f"{kind} `{name}` is named twice"
            yield Problem(code="BE803", message=message, token=name)


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """*names*, of which one may stand by itself."""
    return (names,) if isinstance(names, str) else tuple(names)


@attrs.frozen
class _OfRules(Family):
    """Variants that change a rule each."""

    #: The rules; all of them where none is named.
    rules: tuple[str, ...] = attrs.field(default=(), converter=_listed)

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Rules that *base* does not have."""
        return strange("rule", self.rules, base.rule)

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """*base* with one rule changed, rule by rule."""
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
        variant = f"{self.name}:{rule.id}"
        label = VariantLabel(family=self.name, variant=variant, rule=rule.id)
        yield Scenario(label, (change(rule.id, drop=[rule.id]).edit,))


@final
@attrs.frozen
class VaryStrengths(_OfRules):
    """Each strength one up and one down, one at a time."""

    name = "strengths"

    def _of_rule(self, rule: Rule) -> Iterator[Scenario]:
        for pull, option, before in rule.then.pulls():
            if before is None:
                continue
            for after in _next_to(before):
                label = VariantLabel(
                    family=self.name,
                    variant=f"{self.name}:{rule.id}:{pull}-{option}:{after}",
                    rule=rule.id,
                    part=f"{pull} {option}",
                    before=before.value,
                    after=after.value,
                )
                then = _with_strength(rule.then, pull, option, after)
                adjusted = {rule.id: Adjustment(rule=rule.id, then=then)}
                yield Scenario(label, (change(rule.id, adjust=adjusted).edit,))


def _next_to(strength: Strength) -> tuple[Strength, ...]:
    """One up, and one down, where there is one."""
    strengths = tuple(Strength)
    at = strengths.index(strength)
    return (*strengths[max(at - 1, 0) : at], *strengths[at + 1 : at + 2])


def _with_strength(
    then: Effects, pull: Pull, option: Option, strength: Strength
) -> Effects:
    was = then.favors if pull is Pull.FAVORS else then.opposes
    moved = tuple((one, strength if one is option else how) for one, how in was)
    if pull is Pull.FAVORS:
        return attrs.evolve(then, favors=moved)
    return attrs.evolve(then, opposes=moved)


@final
@attrs.frozen
class VaryWeights(Family):
    """Each principle's weight over a range, one principle at a time.

    Weights count under the method `weighted` alone; a base of another method gets it
    with each variant, and so differs from it by that as well; `part` says so. To see
    the weights alone, vary a variant of the base that is weighted.
    """

    name = "weights"
    least: int
    most: int
    step: int = 1
    #: The principles; all of them where none is named.
    principles: tuple[str, ...] = attrs.field(default=(), converter=_listed)

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """A range of nothing, and principles that *base* does not have."""
        yield from self._ranges(base)[0].problems() if base.principles else ()
        yield from strange("principle", self.principles, base.principle)

    def size(self, base: Policy, /) -> int:
        """As many as there are principles, times the length of the range."""
        return sum(one.length for one in self._ranges(base))

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """*base* with one weight, for each principle and each weight."""
        also = Range.alongside(base)
        part = f"weight ({also})" if also else "weight"
        for one in self._ranges(base):
            for weight in one.weights:
                label = VariantLabel(
                    family=self.name,
                    variant=f"{self.name}:{one.principle}:{weight}",
                    principle=one.principle,
                    part=part,
                    before=str(base.principle[one.principle].weight),
                    after=str(weight),
                )
                yield Scenario(label, (one.at(weight, base),))

    def _ranges(self, base: Policy) -> list[Range]:
        named = self.principles or base.principle
        return [Range(one, self.least, self.most, self.step) for one in named]


@final
@attrs.frozen
class Methods(Family):
    """Each other method."""

    name = "methods"

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """*base* by each other method, with its own points, weights and tiers."""
        for method in MethodName:
            if method is not base.method.name:
                label = VariantLabel(
                    family=self.name,
                    variant=f"{self.name}:{method}",
                    part="method",
                    before=base.method.name.value,
                    after=method.value,
                )
                edit = change(method, ranking={"method": method}).edit
                yield Scenario(label, (edit,))


@final
@attrs.frozen
class Listed(Family):
    """Changes of one's own, one at a time."""

    name = "own"
    changes: tuple[Change, ...]

    def problems(self, _: Policy, /) -> Iterator[Problem]:
        """Names that are used twice."""
        return repeated("change", [one.name for one in self.changes])

    def of(self, _: Policy, /) -> Iterator[Scenario]:
        """The base with one change, for each."""
        for one in self.changes:
            label = VariantLabel(family=self.name, variant=f"{self.name}:{one.name}")
            yield Scenario(label, (one.edit,))


#: What can be set: a change, off or on; or a weight.
Switch: TypeAlias = Change | Range


class Design(StrEnum):
    """Which settings are tried."""

    #: All of them.
    FACTORIAL = "factorial"
    #: The first points of a scrambled Sobol sequence.
    SOBOL = "sobol"
    #: A Latin hypercube: each level of each switch as often as any other.
    LATIN = "latin"


@final
@attrs.frozen
class FactorialDesign(Family):
    """Settings of some switches, all at once."""

    name = "switches"
    switched: tuple[Switch, ...]
    design: Design | str = Design.FACTORIAL
    #: How many settings to draw; not for a factorial design.
    samples: int | None = attrs.field(default=None, kw_only=True)
    #: What the drawing starts from: the same number draws the same settings.
    seed: int = attrs.field(default=0, kw_only=True)

    @property
    def switches(self) -> tuple[str, ...]:
        """Their names: of a change its own, of a range its principle's."""
        return tuple(map(_name, self.switched))

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Switches that say nothing to *base*, and a design that draws nothing."""
        if not self.switched:
            yield Problem(code="BE804", message="there are no switches to set")
        ranges = [one for one in self.switched if isinstance(one, Range)]
        # That one is named twice is told once, below.
        named = dict.fromkeys(one.principle for one in ranges)
        yield from strange("principle", named, base.principle)
        for one in ranges:
            yield from one.problems()
        yield from repeated("switch", self.switches)
        yield from _design_problems(self)

    def size(self, _: Policy, /) -> int:
        """All settings, or as many as are drawn."""
        if self.design == Design.FACTORIAL:
            return prod(len(_values(one)) for one in self.switched)
        return self.samples or 0

    def of(self, base: Policy, /) -> Iterator[Scenario]:
        """*base* at each setting."""
        ranged = any(isinstance(one, Range) for one in self.switched)
        also = Range.alongside(base) if ranged else ""
        for number, setting in enumerate(self._settings()):
            told = "-".join(map(str, setting))
            if self.design != Design.FACTORIAL:
                told = f"{self.design}-{number + 1}"
            label = VariantLabel(
                family=self.name,
                variant=f"{self.name}:{told}",
                part=also,
                switches=tuple(zip(self.switches, setting, strict=True)),
            )
            yield Scenario(label, tuple(self._edits(setting, base)))

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
        for point in _drawn(self, len(values)):
            yield tuple(
                levels[min(int(at * len(levels)), len(levels) - 1)]
                for at, levels in zip(point, values, strict=True)
            )


def _name(switch: Switch) -> str:
    return switch.principle if isinstance(switch, Range) else switch.name


def _values(switch: Switch) -> Sequence[int]:
    return switch.weights if isinstance(switch, Range) else (0, 1)


def _drawn(family: FactorialDesign, switches: int) -> list[list[float]]:
    """Points of the unit cube, as the design has it."""
    qmc, samples = _qmc(), family.samples or 0
    generator = np.random.default_rng(family.seed)
    if family.design == Design.LATIN:
        points = qmc.LatinHypercube(d=switches, seed=generator).random(samples)
    else:
        # Any first points of the sequence are as good as a power of two of them.
        power = ceil(log2(samples))
        points = qmc.Sobol(d=switches, seed=generator).random_base2(power)[:samples]
    drawn: list[list[float]] = points.tolist()
    return drawn


def _qmc() -> Any:
    try:
        return import_module("scipy.stats.qmc")
    except ImportError as missing:
        problem = Problem(
            code="BE805",
            message="settings cannot be drawn: scipy is not installed",
            help="pip install 'boundaryethics[stats]', or try a factorial design",
        )
        raise AnalysisError([problem]) from missing


def _design_problems(family: FactorialDesign) -> Iterator[Problem]:
    designs = tuple(Design)
    if family.design not in designs:
        listed = ", ".join(f"`{one}`" for one in designs)
        message = f"`{family.design}` is none of the designs {listed}"
        yield Problem(code="BE806", message=message, token=str(family.design))
    elif family.design == Design.FACTORIAL:
        if family.samples is not None:
            message = "a factorial design tries every setting, and draws no samples"
            yield Problem(code="BE806", message=message)
    elif not _is_count(family.samples, 1):
        message = f"design `{family.design}` takes a number of samples, 1 or more"
        yield Problem(code="BE806", message=message)
    if not _is_count(family.seed, 0):
        message = f"seed `{family.seed}` is no whole number, 0 or more"
        yield Problem(code="BE806", message=message)


def _is_count(number: object, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= least


#: One family, or several, and changes of one's own.
Families: TypeAlias = Family | Iterable[Family | Change]


def gathered(given: Families, base: Policy) -> tuple[Family, ...]:
    """The families of *given*, which fit *base*; changes of one's own are one more.

    Raises:
        PolicyError: *base* means nothing, or is abstract.
        AnalysisError: one is no family of *base*, or there is nothing to vary.
    """
    refuse_unfit(base)
    parts = (given,) if isinstance(given, Family) else tuple(given)
    families = [one for one in parts if isinstance(one, Family)]
    changes = tuple(one for one in parts if isinstance(one, Change))
    problems: list[Problem] = []
    if len(parts) > len(families) + len(changes):
        message = "what is given is neither a family nor a change"
        advice = "for example `[Drops(), change('one', drop=['a-rule'])]`"
        problems.append(Problem(code="BE804", message=message, help=advice))
    families += [Listed(changes)] if changes else []
    problems += repeated("family", [one.name for one in families])
    problems += repeated("switch", [n for one in families for n in one.switches])
    problems += [one for family in families for one in family.problems(base)]
    if not problems and not sum(family.size(base) for family in families):
        message = f"there is nothing in policy `{base.id}` for the families to vary"
        problems.append(Problem(code="BE804", message=message))
    if problems:
        raise AnalysisError(dict.fromkeys(problems))
    return tuple(families)


#: Names among which one that is close is looked for.
_MOST = 10_000

_STRANGE = re.compile("[^a-z0-9_.+-]+")


def rebuild_variant(
    base: Policy | str | Path, families: Families, name: str, *, id: str | None = None
) -> Policy:
    """The variant of *base* that *families* call *name*, as in the rows of a sweep.

    Args:
        base: the policy that was swept.
        families: what it was swept with.
        name: the name of the variant: `row.variant`, or the column `variant`.
        id: what the policy is called; by default the id of the base and the name.

    Raises:
        PolicyError: the base cannot be read, or the variant means nothing.
        AnalysisError: the families do not fit the base, or none has the variant.
    """
    policy = policy_named(base)
    found = _found(gathered(families, policy), policy, name)
    called = id or _STRANGE.sub("-", f"{policy.id}-{name}".lower())
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
    problem = Problem(
        code="BE819",
        message=f"the families have no variant `{name}`",
        help=did_you_mean(name, near),
        token=name,
    )
    raise AnalysisError([problem])
