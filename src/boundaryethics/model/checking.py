"""Check that a policy's parts are of the right kind, and that all it names is declared.

In: a policy with all its layers, from files or built in Python. Out: every problem,
each with the path of keys that leads to it, so that the reader of a file can find the
line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from boundaryethics.errors import Problem, problem
from boundaryethics.model import possibility
from boundaryethics.model.naming import (
    Path,
    condition_problems,
    fact_problems,
    undeclared_names,
    unnamed,
)
from boundaryethics.model.principles import Citation
from boundaryethics.model.rules import Rule

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy

#: Words that conditions use themselves.
RESERVED = frozenset({"all", "any", "not"})
_PARTS = ("findings", "principles", "steps", "questions", "draft_parts", "sources")


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Everything that is wrong with the parts and the names of *policy*."""
    return _unkind(policy) or undeclared(policy)


def undeclared(policy: Policy) -> tuple[Problem, ...]:
    """Everything that *policy* names without declaring, or declares wrongly."""
    problems = [*_vocabulary_problems(policy), *possibility.problems_of(policy)]
    for rule in policy.rules:
        problems += _rule_problems(policy, rule)
    for principle in policy.principles:
        path: Path = ("principles", principle.id)
        problems += _citation_problems(policy, principle.cites, path)
    for invariant in policy.invariants:
        at = ("invariants", invariant.id, "when")
        named = f"invariant `{invariant.id}`"
        problems += condition_problems(policy, invariant.when, at, named)
        problems += unnamed(policy, invariant)
    problems += _wording_problems(policy)
    problems += _tier_problems(policy)
    return tuple(problems)


def _vocabulary_problems(policy: Policy) -> Iterator[Problem]:
    facts = policy.vocabulary.by_name
    for name in (*facts, *policy.finding):
        if name in RESERVED:
            yield problem("BE201", name=name, token=name)
    for name in sorted(facts.keys() & policy.finding.keys()):
        yield problem("BE202", name=name, path=("findings",), token=name)
    for fact in policy.vocabulary.facts:
        if "unknown" in fact.values:
            at = ("facts", fact.name)
            yield problem("BE203", name=fact.name, path=at, token="unknown")


def _rule_problems(policy: Policy, rule: Rule) -> Iterator[Problem]:
    path: Path = ("rules", rule.id)
    named = f"rule `{rule.id}`"
    yield from condition_problems(policy, rule.when, (*path, "when"), named)
    listed = (
        ("then", "concludes undeclared finding", rule.then.concludes, policy.finding),
        ("then", "advises undeclared step", rule.then.advises, policy.step),
        ("then", "drafts undeclared part", rule.then.drafts, policy.draft_part),
        ("asks", "asks undeclared question", rule.asks, policy.question),
    )
    for key, wrong, names, declared in listed:
        yield from undeclared_names(names, declared, (*path, key), f"{named} {wrong}")
    yield from _override_problems(policy, rule, path)
    yield from _principle_problems(policy, rule, path)
    yield from _citation_problems(policy, rule.cites, path)


def _override_problems(policy: Policy, rule: Rule, path: Path) -> Iterator[Problem]:
    """Undeclared rules that *rule* overrides; those just dropped with their mending."""
    at, wrong = (*path, "overrides"), f"rule `{rule.id}` overrides undeclared rule"
    before = policy.parent.rule if policy.parent else {}
    for one in undeclared_names(rule.overrides, policy.rule, at, wrong):
        if one.token not in before:
            yield one
            continue
        dropped = f"`{one.token}` is dropped: drop it from the `overrides` of"
        advice = f"{dropped} `{rule.id}` too, with `adjust`"
        yield attrs.evolve(one, help=advice)


def _principle_problems(policy: Policy, rule: Rule, path: Path) -> Iterator[Problem]:
    name = rule.principle
    if name is None:
        if rule.then.yields_reasons:
            yield problem("BE208", rule=rule.id, path=path, token=rule.id)
        return
    wrong = f"rule `{rule.id}` names undeclared principle"
    at = (*path, "principle")
    yield from undeclared_names([name], policy.principle, at, wrong)
    principle = policy.principle.get(name)
    if principle and not (principle.cites or policy.abstract):
        yield problem("BE209.rule", name=name, rule=rule.id, path=at, token=name)


def _wording_problems(policy: Policy) -> Iterator[Problem]:
    """What is wrong with the conditions by which texts are chosen."""
    for step in policy.steps:
        for one in step.instead:
            at: Path = ("steps", step.id, "instead")
            yield from fact_problems(policy, one.when, at, f"step `{step.id}`")
    for labels in policy.labels:
        yield from fact_problems(policy, labels.when, ("labels",), "a label")


def _citation_problems(
    policy: Policy, cites: tuple[Citation, ...], path: Path
) -> Iterator[Problem]:
    wrong = f"{path[0]!s}"[:-1] + f" `{path[1]}` cites undeclared source"
    names = [cite.source for cite in cites]
    yield from undeclared_names(names, policy.source, (*path, "cites"), wrong)


def _tier_problems(policy: Policy) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in (name for tier in policy.method.priority for name in tier):
        wrong = "the ranking's priority names undeclared principle"
        at = ("ranking", "priority")
        yield from undeclared_names([name], policy.principle, at, wrong)
        if name in seen:
            yield problem("BE210", name=name, path=at, token=name)
        seen.add(name)


def _unkind(policy: Policy) -> tuple[Problem, ...]:
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
            yield Problem(
                code="BE103",
                message=f"{kind} `{name}` has no proper id",
                help="use lower-case letters, digits, hyphens and underscores",
                path=(section,),
            )
        if times > 1:
            message = f"{kind} `{name}` is declared {times} times"
            yield Problem(code="BE303", message=message, path=(section, name))


def _text_problems(named: str, part: Any, keys: Iterable[str]) -> Iterator[Problem]:
    for key in keys:
        if not isinstance(getattr(part, key), str):
            yield Problem(code="BE103", message=f"`{key}` of {named} must be text")


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
            yield Problem(
                code="BE103",
                message=f"the {named} must be a whole number, 0 or more",
                path=path,
            )
