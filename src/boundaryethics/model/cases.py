"""Cases: situations with what a policy is expected to say of them.

Written beside the policies, for people who read no Python.
"""

from __future__ import annotations

from enum import StrEnum
from typing import final

import attrs

from boundaryethics.model.options import Option, Standing
from boundaryethics.source import Place


class Grade(StrEnum):
    """What a source rules of an option, best first."""

    #: What the source prefers: first, and alone there.
    BEST = "best"
    ACCEPTABLE = "acceptable"
    DISFAVOURED = "disfavoured"
    #: Ruled out: forbidden, or in the last two places.
    UNACCEPTABLE = "unacceptable"


@final
@attrs.frozen(kw_only=True)
class Expectation:
    """What a verdict must show; what is not named is free."""

    #: The options that share the first place.
    first: tuple[Option, ...] = ()
    #: The options that share the last place.
    last: tuple[Option, ...] = ()
    #: Pairs of which the first stands above the second.
    above: tuple[tuple[Option, Option], ...] = ()
    #: Pairs that share a place.
    tied: tuple[tuple[Option, Option], ...] = ()
    standing: tuple[tuple[Option, Standing], ...] = ()
    #: Principles behind reasons that favour or require an option.
    cites: tuple[tuple[Option, tuple[str, ...]], ...] = ()
    #: Steps that are advised, perhaps among others.
    steps: tuple[str, ...] = ()
    #: Steps that must not be advised.
    no_steps: tuple[str, ...] = ()
    #: Parts of what could be said to the client, perhaps among others.
    drafts: tuple[str, ...] = ()
    #: Parts that must not be there.
    no_drafts: tuple[str, ...] = ()
    #: Findings that hold, perhaps among others.
    findings: tuple[str, ...] = ()


@final
@attrs.frozen(kw_only=True)
class Case:
    """A situation, where it is from, and what is expected of the verdict."""

    #: A whole sentence.
    name: str
    #: Id of the policy.
    policy: str
    id: str = ""
    #: Who ruled; `house` where the project did.
    source: str = ""
    #: 1 regulator or tribunal, 2 professional body, 3 expert, 4 practice, 5 other.
    tier: int | None = None
    given: tuple[tuple[str, str | bool | None], ...] = ()
    expect: Expectation = Expectation()
    verdicts: tuple[tuple[Option, Grade], ...] = ()
    #: Why the policy departs from the source's ruling; empty where it does not.
    departs: str = ""
    where: Place | None = attrs.field(default=None, eq=False)
