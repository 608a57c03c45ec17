"""Proofs: trees that lead from the facts of a situation to what follows.

A proof can be followed by eye, and checked without any engine.
"""

from __future__ import annotations

from typing import TypeAlias, final

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

    For a finding: every rule that concludes it is absent. For a rule: its
    condition fails by the premises, or a step among them overrides it.
    """

    name: str
    premises: tuple[Proof, ...]


@final
@attrs.frozen
class Step:
    """A rule is triggered by the premises, and binds unless `overridden_by` says who.

    The premises make the condition hold; for a binding rule they show, besides,
    that each rule which could override it is absent.
    """

    rule: str
    premises: tuple[Proof, ...]
    #: Steps of binding rules that set this one aside.
    overridden_by: tuple[Step, ...] = ()


Proof: TypeAlias = Given | Absent | Step
