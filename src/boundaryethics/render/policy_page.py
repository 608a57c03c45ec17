"""A policy as a page of Markdown: principles, rules in plain words, cases.

In: a policy, which rules it takes over from which policy, and which cases show
each rule. Out: the page. Everything on it is read from those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import final

import attrs

from boundaryethics.model.cases import Case
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Principle
from boundaryethics.model.rules import Rule
from boundaryethics.render.in_words import condition_words, effect_words
from boundaryethics.render.marking import escaped
from boundaryethics.render.words import opened

#: Cases named for one rule; more would hide the rule.
_MOST_CASES = 3


@final
@attrs.frozen(kw_only=True)
class PageMatter:
    """What a page tells beside the policy itself."""

    #: The policies that it is made of, parents first, each with the rules it brought.
    brought: Sequence[tuple[Policy, Sequence[str]]]
    #: Rules that it takes over and drops again.
    dropped: Sequence[str]
    #: For each rule, the cases in which it binds, the telling ones first.
    cases: Mapping[str, Sequence[Case]]


def policy_page(policy: Policy, matter: PageMatter) -> str:
    """The page of *policy*."""
    return "\n".join(_lines(policy, matter)).rstrip() + "\n"


def _lines(policy: Policy, matter: PageMatter) -> Iterator[str]:
    yield f"# {escaped(policy.title or policy.id)}"
    yield from ("", escaped(policy.about.strip()), "")
    yield f"- Id: `{policy.id}`" + (", only to be extended" if policy.abstract else "")
    parents = [parent.id for parent, _ in matter.brought if parent.id != policy.id]
    if parents:
        yield f"- Stands on: {', '.join(f'[`{one}`]({one}.md)' for one in parents)}"
    yield f"- Ranking: {policy.method.name.value}"
    yield f"- Fingerprint: `{policy.fingerprint[:16]}`"
    yield from _principles(policy)
    yield from _invariants(policy)
    for origin, names in matter.brought:
        rules = [policy.rule[name] for name in names if name in policy.rule]
        yield from _rules(policy, origin, rules, matter)
    if matter.dropped:
        yield from ("", "## Rules that it does not hold", "")
        yield from (f"- `{name}`" for name in matter.dropped)


def _principles(policy: Policy) -> Iterator[str]:
    yield from ("", "## Principles", "", "| principle | force | cited |")
    yield "|---|---|---|"
    for principle in policy.principles:
        force = principle.force.value if principle.force else ""
        yield f"| {escaped(principle.name)} | {force} | {_cited(policy, principle)} |"


def _cited(policy: Policy, principle: Principle) -> str:
    return "; ".join(
        escaped(cite.told(policy.source[cite.source]))
        + (f", *{escaped(cite.title)}*" if cite.title else "")
        for cite in principle.cites
    )


def _invariants(policy: Policy) -> Iterator[str]:
    if policy.invariants:
        yield from ("", "## What always holds", "")
    for invariant in policy.invariants:
        yield f"- {escaped(invariant.says or invariant.id)} (`{invariant.id}`)"


def _rules(
    policy: Policy, origin: Policy, rules: Sequence[Rule], matter: PageMatter
) -> Iterator[str]:
    if not rules:
        return
    own = origin.id == policy.id
    yield from ("", "## Its own rules" if own else f"## Rules from `{origin.id}`")
    for rule in rules:
        yield from ("", f"### `{rule.id}`", "", escaped(rule.because), "")
        yield f"- When: {escaped(condition_words(rule.when))}."
        yield f"- Then: {escaped(opened('; '.join(effect_words(rule.then))))}."
        if rule.principle:
            principle = policy.principle[rule.principle]
            cites = "; ".join(escaped(cite) for cite in policy.citations_of(rule))
            yield f"- On: {escaped(principle.name)}" + (
                f" ({cites})." if cites else "."
            )
        if rule.overrides:
            yield f"- Overrides: {', '.join(f'`{name}`' for name in rule.overrides)}."
        if origin.rule.get(rule.id, rule) != rule:
            yield f"- Adjusted from what `{origin.id}` says."
        for case in matter.cases.get(rule.id, ())[:_MOST_CASES]:
            yield f"- Shown by: {escaped(case.name)}."
