"""Gathering: families and changes of one's own in, the families of a base out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from boundaryethics import consulting
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.variants.changes import Change
from boundaryethics.variants.families import Listed
from boundaryethics.variants.family import Family, repeated

#: One family, or several, and changes of one's own.
Families: TypeAlias = Family | Iterable[Family | Change]


def gathered(given: Families, base: Policy) -> tuple[Family, ...]:
    """The families of *given*, which fit *base*; changes of one's own are one more.

    Raises:
        PolicyError: *base* means nothing, or is abstract.
        AnalysisError: one is no family of *base*, or there is nothing to vary.
    """
    consulting.refuse_unfit(base)
    parts = (given,) if isinstance(given, Family) else tuple(given)
    families = [one for one in parts if isinstance(one, Family)]
    changes = tuple(one for one in parts if isinstance(one, Change))
    problems = [_no_family()] * (len(parts) - len(families) - len(changes))
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


def _no_family() -> Problem:
    return Problem(
        code="BE804",
        message="what is given is neither a family nor a change",
        help="for example `[Drops(), change('one', drop=['a-rule'])]`",
    )
