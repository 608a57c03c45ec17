"""Rebuilding: the name of a variant in a sweep in, the policy that it is out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named
from boundaryethics.variants.changes import varied
from boundaryethics.variants.family import Family, Variation
from boundaryethics.variants.gathering import Families, gathered

#: Names among which one that is close is looked for.
_MOST = 10_000

_STRANGE = re.compile("[^a-z0-9_.+-]+")


def variant_named(
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


def _found(families: Iterable[Family], base: Policy, name: str) -> Variation:
    listed = tuple(families)
    for variation in _variations(listed, base):
        if variation.label.variant == name:
            return variation
    near = [one.label.variant for one in islice(_variations(listed, base), _MOST)]
    problem = Problem(
        code="BE819",
        message=f"the families have no variant `{name}`",
        help=did_you_mean(name, near),
        token=name,
    )
    raise AnalysisError([problem])


def _variations(families: Iterable[Family], base: Policy) -> Iterator[Variation]:
    return (one for family in families for one in family.of(base))
