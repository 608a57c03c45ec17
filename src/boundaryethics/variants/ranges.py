"""Ranges: the weights that a principle may have, one step after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.model.layers import Layer
from boundaryethics.model.parts import MethodName
from boundaryethics.model.policy import Policy
from boundaryethics.variants.changes import change


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
