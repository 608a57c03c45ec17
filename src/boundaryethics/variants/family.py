"""Families: many variants of one base, named and in a fixed order.

A family knows what to change in a policy, and how many variants that makes before
it makes any. Knows nothing of what becomes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, final, runtime_checkable

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import Problem
from boundaryethics.model.policy import Policy
from boundaryethics.variants.changes import Edits
from boundaryethics.variants.labels import Label


@final
@attrs.frozen
class Variation:
    """One member of a family: what to change, and how to tell of it."""

    label: Label
    edits: Edits


@runtime_checkable
class Family(Protocol):
    """Variants of a base that belong together."""

    @property
    def name(self) -> str:
        """What its rows are known by."""

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of its switches, if it has any."""

    def problems(self, base: Policy, /) -> Iterator[Problem]:
        """Why it cannot be a family of *base*."""

    def size(self, base: Policy, /) -> int:
        """How many variants it has; none is made to tell."""

    def of(self, base: Policy, /) -> Iterator[Variation]:
        """Its variants, in order."""


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
