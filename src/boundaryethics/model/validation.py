"""Check that the parts of a policy have the right types and use only declared names."""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from boundaryethics.errors import (
    PolicyError,
    Problem,
    did_you_mean,
    few_suggestions,
    problem,
    quoted,
)
from boundaryethics.model.conditions import (
    MOST_CLAUSES,
    Condition,
    FactIn,
    TooManyClausesError,
    leaves,
)
from boundaryethics.model.facts import UNKNOWN, Fact, Vocabulary
from boundaryethics.model.rules import (
    Citation,
    Invariant,
    Labels,
    Option,
    Promise,
    Rule,
)

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy


Path: TypeAlias = tuple[str | int, ...]

#: The pattern for IDs of policies, sources, rules and invariants, as in the schema.
ID = re.compile("[a-z0-9][a-z0-9_.+-]*")
#: The pattern for names of all other parts.
NAME = re.compile("[a-z][a-z0-9_]*")


def _condition_problems(
    policy: Policy,
    condition: Condition,
    path: Path,
    named: str,
    *,
    facts_only: bool = False,
) -> Iterator[Problem]:
    """Yield problems with the names and values in *condition*.

    *named* describes the part that contains the condition.
    """
    facts, findings = policy.vocabulary.by_name, policy.finding
    for leaf, positive in leaves(condition):
        name = leaf.fact if isinstance(leaf, FactIn) else leaf.finding
        if name not in facts and name not in findings:
            both: Any = ChainMap[str, Any](facts, findings)  # type: ignore[arg-type]
            declared = facts if facts_only else both
            wrong = f"{named} uses unknown fact{'' if facts_only else ' or finding'}"
            yield from _undeclared_names([name], declared, path, wrong)
        elif isinstance(leaf, FactIn) and name in facts:
            yield from _value_problems(policy, leaf, path, named)
        elif name in facts or facts_only or isinstance(leaf, FactIn):
            kind, other, advice = "finding", "fact", "write `true` or `false`"
            if name in facts:
                kind, other, advice = "fact", "finding", "add one of its values"
                if facts[name].is_yes_no:
                    advice = f'write `{name}: "{"yes" if positive else "no"}"`'
            elif facts_only:
                advice = "use facts only"
            words: dict[str, Any] = {"kind": kind, "other": other, "advice": advice}
            yield problem("BE211", named=named, **words, path=path, token=name)


def _value_problems(
    policy: Policy, leaf: FactIn, path: Path, named: str
) -> Iterator[Problem]:
    allowed = policy.vocabulary[leaf.fact].all_values
    for value in sorted(leaf.values.difference(allowed)):
        words: dict[str, Any] = {"named": named, "fact": leaf.fact, "value": value}
        words["listed"] = quoted(allowed)
        words["near"] = did_you_mean(value, allowed)
        yield problem("BE205", **words, path=path, token=value)


def _undeclared_names(
    names: Iterable[str], declared: Collection[str], path: Path, wrong: str
) -> Iterator[Problem]:
    """Yield a problem, described by *wrong*, for each undeclared name."""
    for name in names:
        if name not in declared:
            near = did_you_mean(name, declared) or _all_of(declared)
            yield problem("BE204", wrong=wrong, near=near, path=path, token=name)


#: The most declared names to list, and the most characters of their list.
_MOST_NAMES = 40
_MOST_LISTED = 1_000


def _all_of(declared: Collection[str]) -> str | None:
    """List the *declared* names, or return None if there are none or too many."""
    if not 0 < len(declared) <= _MOST_NAMES:
        return None
    names = quoted(sorted(declared))
    return f"valid names: {names}" if len(names) <= _MOST_LISTED else None


def invariant_problems(policy: Policy, invariant: Invariant) -> Iterator[Problem]:
    """Yield the problems in the condition and promises of *invariant*."""
    path: Path = ("invariants", invariant.id)
    named = f"invariant `{invariant.id}`"
    when = (*path, "when")
    yield from _condition_problems(policy, invariant.when, when, named)
    if malformed := [*_malformed(invariant, (*path, "holds"))]:
        yield from malformed
        return
    for promise, (name, *_) in invariant.promises:
        if promise in {Promise.ADVISES, Promise.NEVER_ADVISES}:
            yield from _unpromised([name], policy.action, invariant, "action")
        elif promise in {Promise.DRAFTS, Promise.NEVER_DRAFTS}:
            yield from _unpromised([name], policy.draft_part, invariant, "draft part")


def _malformed(invariant: Invariant, path: Path) -> Iterator[Problem]:
    """Yield problems for missing promises, and for unknown names in `holds`."""
    words: dict[str, Any] = {"invariant": invariant.id, "path": path}
    if not invariant.holds:
        yield problem("BE615", **words)
    for promised in invariant.holds:
        match promised:
            case (Promise() as promise, tuple() as names):
                if len(names) < (2 if promise is Promise.ABOVE else 1):
                    yield problem("BE615.names", **words, promise=promise.value)
                among = {*Option} if promise.of_options else {*names}
                for name in names:
                    if not isinstance(name, str) or name not in among:
                        yield problem("BE616.name", **words, token=str(name))
            case _:
                yield problem("BE616", **words, allowed=quoted(Promise))


def unbound(rules: Collection[str], invariant: Invariant) -> Iterator[Problem]:
    """Yield a problem for each rule in *invariant* that is not in *rules*.

    Check this only for the policy that declares the invariant. Policies that extend
    that policy can remove the rule, which then never applies.
    """
    names = [n for p, of in invariant.promises if p is Promise.NEVER_BINDS for n in of]
    yield from _unpromised(names, rules, invariant, "rule")


def _unpromised(
    names: Iterable[str], declared: Collection[str], invariant: Invariant, kind: str
) -> Iterator[Problem]:
    path: Path = ("invariants", invariant.id, "holds")
    wrong = f"invariant `{invariant.id}` names unknown {kind}"
    yield from _undeclared_names(names, declared, path, wrong)


_IMPOSSIBLE: Path = ("impossible",)


def _misreadings(policy: Policy, condition: Condition) -> Iterator[Problem]:
    """Yield problems for findings, undeclared facts and `unknown` in *condition*.

    The condition describes impossible combinations.
    """
    read = [leaf for leaf, _ in leaves(condition)]
    names = [leaf.fact if isinstance(leaf, FactIn) else leaf.finding for leaf in read]
    findings = [name for name in dict.fromkeys(names) if name in policy.finding]
    for name in findings:
        yield problem("BE212", name=name, path=_IMPOSSIBLE, token=name)
    if not findings:
        named = "a condition under `impossible`"
        yield from _condition_problems(policy, condition, _IMPOSSIBLE, named)
        for leaf in read:
            if isinstance(leaf, FactIn) and UNKNOWN in leaf.values:
                yield problem("BE213", fact=leaf.fact, path=_IMPOSSIBLE, token=UNKNOWN)


def _excesses(vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield problems if `impossible` bars all situations, or all of a fact's values."""
    try:
        tests = [clash.tests for clash in vocabulary.clashes]
    except TooManyClausesError:
        yield problem("BE305.impossible", most=MOST_CLAUSES, path=_IMPOSSIBLE)
        return
    if () in tests:
        yield problem("BE214", path=_IMPOSSIBLE)
        return
    left = [{*fact.values} for fact in vocabulary.facts]
    for (place, values), *more in tests:
        if not more:
            left[place] -= values
    for fact, values_left in zip(vocabulary.facts, left, strict=True):
        if not values_left:
            yield problem("BE215", fact=fact.name, path=_IMPOSSIBLE, token=fact.name)


#: Sections of parts with an ID, each with the word that problems use for a part.
_BY_ID = {"sources": "source", "rules": "rule", "invariants": "invariant"}
_BY_NAME = {
    "findings": "finding",
    "principles": "principle",
    "actions": "action",
    "questions": "question",
    "draft_parts": "draft part",
}

_PARTS = ("findings", "principles", "actions", "questions", "draft_parts", "sources")

#: The maximum number of parts of each type in a policy, including inherited ones.
MOST_PARTS = 5_000
#: The maximum number of values of a fact. With `unknown`, their codes fit in a byte.
MOST_VALUES = 250
#: The maximum number of digits of a weight or of points. Python does not print integers
#: with more than 4,300 digits, and products are longer.
MOST_DIGITS = 1_000


def _counts(policy: Policy) -> Iterator[Problem]:
    """Yield problems if a section has too many parts, or a fact too many values."""
    vocabulary = policy.vocabulary
    parts = {
        **{section: getattr(policy, section) for section in (*_PARTS, "rules")},
        "facts": vocabulary.facts,
        "impossible": vocabulary.impossible,
        "labels": policy.labels,
        "invariants": policy.invariants,
    }
    for section, listed in parts.items():
        if (number := len(listed)) > MOST_PARTS:
            words: dict[str, Any] = {"number": number, "most": MOST_PARTS}
            yield problem("BE320", path=(section,), section=section, **words)
    for fact in vocabulary.facts:
        if (number := len(fact.values)) > MOST_VALUES:
            path: Path = ("facts", fact.name, "values")
            words = {"number": number, "most": MOST_VALUES}
            yield problem("BE321", fact=fact.name, path=path, token=fact.name, **words)


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Return all problems with the names and types in *policy*."""
    return _unkind(policy) or undeclared(policy)


@lru_cache(maxsize=64)
def refuse_invalid(policy: Policy) -> None:
    """Raise a `PolicyError` if *policy* is invalid.

    A policy built in Python may not have been checked before.
    """
    if problems := problems_of(policy):
        raise PolicyError(problems)


@few_suggestions()
def undeclared(policy: Policy) -> tuple[Problem, ...]:
    """Return problems with the names, conditions and number of parts in *policy*."""
    if excess := tuple(_counts(policy)):
        return excess
    vocabulary = policy.vocabulary
    problems = [*_vocabulary_problems(policy)]
    misread = [p for one in vocabulary.impossible for p in _misreadings(policy, one)]
    problems += misread or _excesses(vocabulary)
    for rule in policy.rules:
        problems += _rule_problems(policy, rule)
    for principle in policy.principles:
        path: Path = ("principles", principle.id)
        problems += _citation_problems(policy, principle.cites, path)
    for invariant in policy.invariants:
        problems += invariant_problems(policy, invariant)
    for step in policy.actions:
        path, named = ("actions", step.id, "instead"), f"action `{step.id}`"
        for one in step.instead:
            problems += _condition_problems(
                policy, one.when, path, named, facts_only=True
            )
    for number, labels in enumerate(policy.labels):
        problems += _condition_problems(
            policy, labels.when, ("labels",), "a label", facts_only=True
        )
        problems += _same_labels(labels, ("labels", number))
    return (*problems, *_tier_problems(policy))


def _same_labels(labels: Labels, path: Path) -> Iterator[Problem]:
    """Yield a problem for each response with the same label as an earlier one."""
    for key in ("says", "named"):
        seen: dict[str, Option] = {}
        for option, label in labels.options:
            other = seen.setdefault(getattr(label, key), option)
            if other != option:
                words: dict[str, Any] = {"one": other, "other": option, "key": key}
                yield problem("BE216.response", **words, path=path, token=str(option))


def _vocabulary_problems(policy: Policy) -> Iterator[Problem]:
    facts = policy.vocabulary.by_name
    for name in (*facts, *policy.finding):
        if name in {"all", "any", "not"}:  # keywords of conditions
            yield problem("BE201", name=name, token=name)
    for name in sorted(facts.keys() & policy.finding.keys()):
        yield problem("BE202", name=name, path=("findings",), token=name)
    for fact in policy.vocabulary.facts:
        if UNKNOWN in fact.values:
            at = ("facts", fact.name)
            yield problem("BE203", name=fact.name, path=at, token=UNKNOWN)
        yield from _fact_problems(policy, fact)


def _fact_problems(policy: Policy, fact: Fact) -> Iterator[Problem]:
    """Yield problems with the values, group, labels and phrases of *fact*."""
    path: Path = ("facts", fact.name)
    for value in fact.values:
        plain = value.strip() == value and value.isprintable()
        if not (value and plain) or "," in value:
            at = (*path, "values")
            yield problem("BE219", name=fact.name, value=value, path=at, token=value)
    if fact.group and policy.vocabulary.group_of(fact) is None:
        groups = [group.id for group in policy.vocabulary.groups]
        wrong = f"fact `{fact.name}` has unknown group"
        yield from _undeclared_names([fact.group], groups, (*path, "group"), wrong)
    for kind, texts in (("label", fact.labels), ("phrase", fact.phrases)):
        at = (*path, "values" if kind == "label" else "phrases")
        named = [value for value, _ in texts if value != UNKNOWN]
        wrong = f"fact `{fact.name}` has a {kind} for undeclared value"
        yield from _undeclared_names(named, fact.values, at, wrong)
        # A missing label or phrase has a default, which can be the same too.
        shown = {value: getattr(fact, kind)(value) for value in fact.values}
        if kind == "label":
            shown[UNKNOWN] = policy.vocabulary.unknown_label
        written, seen = dict(texts), dict[str, str]()
        for value, text in (shown | written).items():
            other = seen.setdefault(text, value)
            # The default of a phrase is the label, which has its own problem.
            if other != value and (kind == "label" or {value, other} & {*written}):
                words: dict[str, Any] = {"kind": kind, "one": other, "other": value}
                yield problem("BE216", name=fact.name, **words, path=at, token=value)


def _rule_problems(policy: Policy, rule: Rule) -> Iterator[Problem]:
    path: Path = ("rules", rule.id)
    named, then, asks = f"rule `{rule.id}`", rule.then, rule.supervision_questions
    yield from _condition_problems(policy, rule.when, (*path, "when"), named)
    for key, wrong, names, declared in (
        ("then", "concludes unknown finding", then.concludes, policy.finding),
        ("then", "advises unknown action", then.advises, policy.action),
        ("then", "drafts unknown draft part", then.drafts, policy.draft_part),
        ("asks", "asks unknown question", asks, policy.question),
    ):
        yield from _undeclared_names(names, declared, (*path, key), f"{named} {wrong}")
    yield from _override_problems(policy, rule, (*path, "overrides"))
    yield from _principle_problems(policy, rule, path)
    yield from _citation_problems(policy, rule.cites, path)


def _override_problems(policy: Policy, rule: Rule, path: Path) -> Iterator[Problem]:
    """Yield problems for undeclared rules that *rule* overrides.

    If an overridden rule was removed, the help says so.
    """
    wrong = f"rule `{rule.id}` overrides unknown rule"
    before = policy.parent.rule if policy.parent else {}
    for one in _undeclared_names(rule.overrides, policy.rule, path, wrong):
        advice = (
            f"rule `{one.token}` is dropped: remove it from `overrides` of rule "
            f"`{rule.id}` with `adjust`"
        )
        yield attrs.evolve(one, help=advice) if one.token in before else one


def _principle_problems(policy: Policy, rule: Rule, path: Path) -> Iterator[Problem]:
    if (name := rule.principle) is None:
        if rule.then.yields_reasons:
            yield problem("BE208", rule=rule.id, path=path, token=rule.id)
        return
    wrong = f"rule `{rule.id}` names unknown principle"
    path = (*path, "principle")
    yield from _undeclared_names([name], policy.principle, path, wrong)
    principle = policy.principle.get(name)
    if principle and not (principle.cites or policy.abstract):
        yield problem("BE209.rule", name=name, rule=rule.id, path=path, token=name)


def _citation_problems(
    policy: Policy, cites: tuple[Citation, ...], path: Path
) -> Iterator[Problem]:
    wrong = f"{path[0]!s}"[:-1] + f" `{path[1]}` cites unknown source"
    names = [cite.source for cite in cites]
    yield from _undeclared_names(names, policy.source, (*path, "cites"), wrong)


def _tier_problems(policy: Policy) -> Iterator[Problem]:
    seen: set[str] = set()
    wrong = "the ranking's `priority` lists unknown principle"
    path = ("ranking", "priority")
    for name in (name for tier in policy.method.priority for name in tier):
        yield from _undeclared_names([name], policy.principle, path, wrong)
        if name in seen:
            yield problem("BE210", name=name, path=path, token=name)
        seen.add(name)


def _unkind(policy: Policy) -> tuple[Problem, ...]:
    """Return problems with the IDs in *policy* and with the types of its values."""
    problems = [*_id_problems("policy", [policy.id], "policy", ID)]
    problems += _text_problems("policy", policy, ("title", "about"))
    for form, sections in ((ID, _BY_ID), (NAME, _BY_NAME)):
        for section, kind in sections.items():
            ids = [part.id for part in getattr(policy, section)]
            problems += _id_problems(kind, ids, section, form)
    facts, groups = policy.vocabulary.facts, policy.vocabulary.groups
    problems += _id_problems("fact", [fact.name for fact in facts], "facts", NAME)
    problems += _id_problems("group", [group.id for group in groups], "groups", NAME)
    for fact in facts:
        values = [value for value in fact.values if isinstance(value, str)]
        if not values or len(fact.values) != len({*values}):
            path = ("facts", fact.name, "values")
            problems.append(problem("BE103.values", name=fact.name, path=path))
    for rule in policy.rules:
        problems += _text_problems(f"rule `{rule.id}`", rule, ("because", "note"))
    return (*problems, *_number_problems(policy))


def _id_problems(
    kind: str, ids: Iterable[Any], section: str, form: re.Pattern[str]
) -> Iterator[Problem]:
    for name, times in Counter(ids).items():
        words: dict[str, Any] = {"kind": kind, "name": name}
        if not (isinstance(name, str) and form.fullmatch(name)):
            variant = "BE103.id" if form is ID else "BE103.name"
            yield problem(variant, **words, path=(section,))
        if times > 1:
            yield problem("BE303.times", **words, times=times, path=(section, name))


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
        elif number >= 10**MOST_DIGITS:
            yield problem("BE103.digits", named=named, path=path, most=MOST_DIGITS)
