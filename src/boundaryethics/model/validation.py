"""Check that a policy names only declared parts, of the right kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from boundaryethics.errors import Problem, did_you_mean, problem
from boundaryethics.model.conditions import (
    MOST_CLAUSES,
    Condition,
    FactIn,
    TooManyClausesError,
    leaves,
)
from boundaryethics.model.facts import UNKNOWN, Fact, Vocabulary
from boundaryethics.model.rules import Citation, Invariant, Promise, Rule

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy


Path: TypeAlias = tuple[str | int, ...]


def condition_problems(
    policy: Policy, condition: Condition, path: Path, named: str
) -> Iterator[Problem]:
    """What *condition*, a part of what is *named*, reads without its being declared."""
    facts, findings = policy.vocabulary.by_name, policy.finding
    for leaf, _ in leaves(condition):
        name = leaf.fact if isinstance(leaf, FactIn) else leaf.finding
        if name not in facts and name not in findings:
            wrong = f"{named} reads undeclared fact or finding"
            yield from undeclared_names([name], {*facts, *findings}, path, wrong)
        elif isinstance(leaf, FactIn) and name in facts:
            yield from _value_problems(policy, leaf, path, named)
        elif isinstance(leaf, FactIn) or name in facts:
            is_fact = name in facts
            advice = "give one of its values" if is_fact else "write `true` or `false`"
            yield _mistaken(name, path, named, advice, is_fact=is_fact)


def fact_problems(
    policy: Policy, condition: Condition, path: Path, named: str
) -> Iterator[Problem]:
    """What is wrong with a condition that can read nothing but facts."""
    facts = policy.vocabulary.by_name
    for leaf, _ in leaves(condition):
        name = leaf.fact if isinstance(leaf, FactIn) else leaf.finding
        if name in facts:
            yield from condition_problems(policy, leaf, path, named)
        elif name in policy.finding:
            advice = "its condition can read facts only"
            yield _mistaken(name, path, named, advice, is_fact=False)
        else:
            yield from undeclared_names(
                [name], facts, path, f"{named} reads undeclared fact"
            )


def _mistaken(
    name: str, path: Path, named: str, advice: str, *, is_fact: bool
) -> Problem:
    kind, other = ("fact", "finding") if is_fact else ("finding", "fact")
    return problem(
        "BE211",
        named=named,
        kind=kind,
        name=name,
        other=other,
        advice=advice,
        path=path,
        token=name,
    )


def _value_problems(
    policy: Policy, leaf: FactIn, path: Path, named: str
) -> Iterator[Problem]:
    allowed = policy.vocabulary[leaf.fact].all_values
    for value in sorted(leaf.values - set(allowed)):
        listed = ", ".join(f"`{v}`" for v in allowed)
        yield problem(
            "BE205",
            named=named,
            fact=leaf.fact,
            value=value,
            listed=listed,
            near=did_you_mean(value, allowed),
            path=path,
            token=value,
        )


def undeclared_names(
    names: Iterable[str], declared: Iterable[str], path: Path, wrong: str
) -> Iterator[Problem]:
    """A problem for each of *names* that is not *declared*; *wrong* says what is."""
    known = frozenset(declared)
    for name in names:
        if name not in known:
            near = did_you_mean(name, sorted(known))
            yield problem(
                "BE204", wrong=wrong, name=name, near=near, path=path, token=name
            )


def unnamed(policy: Policy, invariant: Invariant) -> Iterator[Problem]:
    """What *invariant* promises of steps and draft parts that are not declared."""
    path: Path = ("invariants", invariant.id, "holds")
    named = f"invariant `{invariant.id}`"
    for promise, (name, *_) in invariant.promises:
        match promise:
            case Promise.ADVISES | Promise.NEVER_ADVISES:
                wrong = f"{named} names undeclared step"
                yield from undeclared_names([name], policy.action, path, wrong)
            case Promise.DRAFTS | Promise.NEVER_DRAFTS:
                wrong = f"{named} names undeclared part"
                yield from undeclared_names([name], policy.draft_part, path, wrong)
            case _:
                pass


def unbound(rules: Iterable[str], invariant: Invariant) -> Iterator[Problem]:
    """Rules that *invariant* names and that are not among *rules*.

    A rule that an heir drops never binds: so this is asked where the invariant is
    declared, and nowhere else.
    """
    path: Path = ("invariants", invariant.id, "holds")
    wrong = f"invariant `{invariant.id}` names undeclared rule"
    names = [n for p, of in invariant.promises if p is Promise.NEVER_BINDS for n in of]
    yield from undeclared_names(names, rules, path, wrong)


_PATH: Path = ("impossible",)
_NAMED = "an impossible condition"


def problems_of_possibility(policy: Policy) -> tuple[Problem, ...]:
    """Everything that is wrong with what *policy* calls impossible."""
    conditions = policy.vocabulary.impossible
    problems = [p for one in conditions for p in _misreadings(policy, one)]
    return tuple(problems) or _excesses(policy.vocabulary)


def _misreadings(policy: Policy, condition: Condition) -> Iterator[Problem]:
    read = [leaf for leaf, _ in leaves(condition)]
    names = [leaf.fact if isinstance(leaf, FactIn) else leaf.finding for leaf in read]
    findings = [name for name in dict.fromkeys(names) if name in policy.finding]
    if findings:
        for name in findings:
            yield problem("BE212", name=name, path=_PATH, token=name)
        return
    yield from condition_problems(policy, condition, _PATH, _NAMED)
    for leaf in read:
        if isinstance(leaf, FactIn) and UNKNOWN in leaf.values:
            yield problem("BE213", fact=leaf.fact, path=_PATH, token=UNKNOWN)


def _excesses(vocabulary: Vocabulary) -> tuple[Problem, ...]:
    """Facts no value of which is left, and conditions that always hold."""
    try:
        tests = [clash.tests for clash in vocabulary.clashes]
    except TooManyClausesError:
        return (problem("BE305.impossible", most=MOST_CLAUSES, path=_PATH),)
    if () in tests:
        return (problem("BE214", path=_PATH),)
    single = [test for test, *more in tests if not more]
    gone = {
        fact: frozenset[str]().union(*(among for at, among in single if at == place))
        for place, fact in enumerate(vocabulary.facts)
    }
    emptied = (fact.name for fact in gone if gone[fact] >= {*fact.values})
    return tuple(problem("BE215", fact=n, path=_PATH, token=n) for n in emptied)


#: Words that conditions use themselves.
RESERVED = frozenset({"all", "any", "not"})
_PARTS = ("findings", "principles", "actions", "questions", "draft_parts", "sources")


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Everything that is wrong with the parts and the names of *policy*."""
    return _unkind(policy) or undeclared(policy)


def undeclared(policy: Policy) -> tuple[Problem, ...]:
    """Everything that *policy* names without declaring, or declares wrongly."""
    problems = [*_vocabulary_problems(policy), *problems_of_possibility(policy)]
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
        yield from _fact_problems(policy, fact)


def _fact_problems(policy: Policy, fact: Fact) -> Iterator[Problem]:
    """Yield what is wrong with the group, the labels and the phrases of *fact*."""
    path: Path = ("facts", fact.name)
    if fact.group:
        groups = (group.id for group in policy.vocabulary.groups)
        wrong = f"fact `{fact.name}` is in undeclared group"
        yield from undeclared_names([fact.group], groups, (*path, "group"), wrong)
    for kind, texts in (("label", fact.labels), ("phrase", fact.phrases)):
        at = (*path, "values" if kind == "label" else "phrases")
        named = [value for value, _ in texts if value != UNKNOWN]
        wrong = f"fact `{fact.name}` has a {kind} for undeclared value"
        yield from undeclared_names(named, fact.values, at, wrong)
        seen: dict[str, str] = {}
        for value, text in texts:
            other = seen.setdefault(text, value)
            if other != value:
                yield problem(
                    "BE216",
                    name=fact.name,
                    kind=kind,
                    one=other,
                    other=value,
                    path=at,
                    token=value,
                )


def _rule_problems(policy: Policy, rule: Rule) -> Iterator[Problem]:
    path: Path = ("rules", rule.id)
    named = f"rule `{rule.id}`"
    yield from condition_problems(policy, rule.when, (*path, "when"), named)
    listed = (
        ("then", "concludes undeclared finding", rule.then.concludes, policy.finding),
        ("then", "advises undeclared step", rule.then.advises, policy.action),
        ("then", "drafts undeclared part", rule.then.drafts, policy.draft_part),
        (
            "asks",
            "asks undeclared question",
            rule.supervision_questions,
            policy.question,
        ),
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
    for step in policy.actions:
        for one in step.instead:
            at: Path = ("actions", step.id, "instead")
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
            yield problem("BE103.id", kind=kind, name=name, path=(section,))
        if times > 1:
            told = {"kind": kind, "name": name, "times": times}
            yield problem("BE303.times", **told, path=(section, name))


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
