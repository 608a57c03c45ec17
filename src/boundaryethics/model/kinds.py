"""Check that the parts of a policy are of the right kind, however it was built.

In: a policy, perhaps built in Python with anything in it. Out: a problem for each
part that is no text, no whole number, or no name. What a file holds is checked
against the schema; this holds for policies that never were in one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from boundaryethics.errors import Problem, problem

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy

_PARTS = ("findings", "principles", "steps", "questions", "draft_parts", "sources")


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Every part of *policy* that is not of the right kind."""
    problems = [*_id_problems("policy", [policy.id], "policy")]
    problems += _text_problems("policy", policy, ("title", "about"))
    for section in _PARTS:
        ids = [part.id for part in getattr(policy, section)]
        problems += _id_problems(section[:-1].replace("_", " "), ids, section)
    problems += _id_problems("rule", [rule.id for rule in policy.rules], "rules")
    for rule in policy.rules:
        problems += _text_problems(f"rule `{rule.id}`", rule, ("because", "note"))
    return (*problems, *_number_problems(policy))


def _id_problems(kind: str, ids: Iterable[Any], section: str) -> Iterator[Problem]:
    for name, times in Counter(ids).items():
        if not (isinstance(name, str) and name and name.isprintable()):
            yield problem("BE103.id", kind=kind, name=name, path=(section,))
        if times > 1:
            at = (section, name)
            yield problem("BE303.times", kind=kind, name=name, times=times, path=at)


def _text_problems(named: str, part: Any, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        if not isinstance(getattr(part, key), str):
            yield problem("BE103.text", key=key, named=named)


def _number_problems(policy: Policy) -> Iterator[Problem]:
    weights = [
        (f"weight of principle `{p.id}`", p.weight, ("principles", p.id))
        for p in policy.principles
    ]
    points = [
        (f"points of `{strength}`", number, ("ranking", "points"))
        for strength, number in policy.method.points
    ]
    for named, number, path in (*weights, *points):
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            yield problem("BE103.number", named=named, path=path)
