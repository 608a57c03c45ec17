"""Check that what a condition, an invariant or a list names is declared.

In: names, and what is declared. Out: a problem for each name that is not, with the
nearest one that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import Problem, problem
from boundaryethics.model.conditions import Condition, FactIn, leaves
from boundaryethics.model.parts import Invariant, Promise

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
                yield from undeclared_names([name], policy.step, path, wrong)
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
