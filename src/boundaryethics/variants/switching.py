"""Switches: changes that can be on or off, and the settings of them that are tried.

In: some changes, perhaps ranges of weights, and a design. Out: a variant for each
setting. Scipy draws where not every setting is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from itertools import product
from math import ceil, log2, prod
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.layers import Layer
from boundaryethics.model.policy import Policy
from boundaryethics.variants.changes import Change
from boundaryethics.variants.family import Variation, repeated, strange
from boundaryethics.variants.labels import Label
from boundaryethics.variants.ranges import Range

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
class Switches:
    """Settings of some switches, all at once."""

    switched: tuple[Switch, ...]
    design: Design | str = Design.FACTORIAL
    #: How many settings to draw; not for a factorial design.
    samples: int | None = attrs.field(default=None, kw_only=True)
    #: What the drawing starts from: the same number draws the same settings.
    seed: int = attrs.field(default=0, kw_only=True)
    name: str = attrs.field(default="switches", init=False)

    @property
    def switches(self) -> tuple[str, ...]:
        """Their names: of a change its own, of a range its principle's."""
        return tuple(map(_name, self.switched))

    def problems(self, base: Policy) -> Iterator[Problem]:
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

    def size(self, _: Policy) -> int:
        """All settings, or as many as are drawn."""
        if self.design == Design.FACTORIAL:
            return prod(map(_levels, self.switched))
        return self.samples or 0

    def of(self, base: Policy) -> Iterator[Variation]:
        """*base* at each setting."""
        ranged = any(isinstance(one, Range) for one in self.switched)
        also = Range.alongside(base) if ranged else ""
        for number, setting in enumerate(self._settings()):
            told = "-".join(map(str, setting))
            if self.design != Design.FACTORIAL:
                told = f"{self.design}-{number + 1}"
            label = Label(
                family=self.name,
                variant=f"{self.name}:{told}",
                part=also,
                switches=tuple(zip(self.switches, setting, strict=True)),
            )
            yield Variation(label, tuple(self._edits(setting, base)))

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


def _levels(switch: Switch) -> int:
    return len(_values(switch))


def _drawn(family: Switches, switches: int) -> list[list[float]]:
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


def _design_problems(family: Switches) -> Iterator[Problem]:
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
