"""Proofs: trees that lead from the facts of a situation to what follows.

A proof can be followed by eye, and checked without any engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, final

import attrs


@final
@attrs.frozen
class Given:
    """The situation gives the fact this value."""

    fact: str
    value: str


@final
@attrs.frozen
class Absent:
    """A rule does not bind, or a finding does not hold.

    For a finding, the premises show that each rule which concludes it is absent;
    with no premises it rests on the same finding further up the tree: findings
    that would only hold because of one another do not hold. For a rule, they make
    its condition fail, or are one binding step that overrides it.
    """

    of: Literal["rule", "finding"]
    name: str
    premises: tuple[Proof, ...]


@final
@attrs.frozen
class Step:
    """A rule is triggered, and binds unless `overridden_by` says who sets it aside.

    The premises make its condition hold, with none to spare, and show that every
    other rule which could override it is absent.
    """

    rule: str
    premises: tuple[Proof, ...]
    #: Steps of the binding rules that set this one aside.
    overridden_by: tuple[Step, ...] = ()


Proof: TypeAlias = Given | Absent | Step


@final
@attrs.frozen
class Proofs:
    """A proof for each finding, and for each binding or overridden rule."""

    rules: Mapping[str, Step]
    #: For each finding, the step of a rule that concludes it.
    findings: Mapping[str, Step]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.rules, *self.findings)))

    def __len__(self) -> int:
        return len(self.rules.keys() | self.findings.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.rules or name in self.findings

    def __getitem__(self, name: str) -> Step:
        """The proof of the rule, or else of the finding, called *name*."""
        return self.rules[name] if name in self.rules else self.findings[name]
