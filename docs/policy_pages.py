"""Write a Markdown page for each built-in policy, and the list of them.

A page lists the policy's principles with their citations, its rules in plain words, and
the test cases that illustrate them. With `--check`, write nothing, and list the pages
that are out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import final

import attrs
from generated import write_or_check

from boundaryethics import consult, load_policy
from boundaryethics.cases import Case, shipped_cases
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Principle, Rule
from boundaryethics.policies import policies
from boundaryethics.render.wording import condition_words, escaped, opened, spaced

#: The maximum number of cases to list for one rule; more would distract from the rule.
MOST_CASES = 3


@final
@attrs.frozen(kw_only=True)
class Shown:
    """A case, with the rules that apply in it and the rules that decide."""

    case: Case
    #: The case's policy and every policy that it extends.
    policies: frozenset[str]
    binding: frozenset[str]
    deciding: frozenset[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args(arguments)
    folder = asked.folder or Path(__file__).parent / "policies"
    shown = tuple(map(shown_by, shipped_cases()))
    pages = {
        folder / f"{name}.md": "\n".join(lines(load_policy(name), shown)).rstrip()
        + "\n"
        for name in policies()
    }
    pages[folder / "index.md"] = "\n".join(index_lines()) + "\n"
    return write_or_check(pages, "docs/policy_pages.py", check=asked.check)


def index_lines() -> Iterator[str]:
    """Yield the lines of the list of all policies."""
    yield "# Built-in policies"
    yield from (
        "",
        "Each page lists a policy's principles, citations, rules and test cases.",
    )
    yield from ("", "| policy | title |", "| --- | --- |")
    for name in policies():
        policy = load_policy(name)
        note = " (abstract)" if policy.abstract else ""
        yield f"| [`{name}`]({name}.md) | {escaped(policy.title or name)}{note} |"


def shown_by(case: Case) -> Shown:
    """Return the rules that apply and decide in *case*."""
    policy = load_policy(case.policy)
    verdict = consult(dict(case.given), policy)
    return Shown(
        case=case,
        policies=frozenset(policy.lineage),
        binding=frozenset(verdict.binding),
        deciding=frozenset(r for step in verdict.comparisons for r in step.rules),
    )


def lines(policy: Policy, shown: Sequence[Shown]) -> Iterator[str]:
    """Yield the lines of the page of *policy*."""
    parents = [name for name in policy.lineage if name != policy.id]
    yield f"# {escaped(policy.title or policy.id)}"
    yield from ("", escaped(policy.about.strip()), "")
    yield f"- Id: `{policy.id}`" + (
        " (abstract: extend it, don't consult it)" if policy.abstract else ""
    )
    if parents:
        yield f"- Extends: {', '.join(f'[`{one}`]({one}.md)' for one in parents)}"
    yield f"- Ranking: {policy.method.name.value}"
    yield f"- Fingerprint: `{policy.fingerprint[:16]}`"
    yield f"- Text fingerprint: `{policy.text_fingerprint[:16]}`"
    yield from (
        "",
        "## Principles",
        "",
        "| principle | id | weight | authority | cites |",
    )
    yield "|---|---|--:|---|---|"
    for principle in policy.principles:
        force = principle.force.value if principle.force else ""
        named = f"{escaped(principle.name)} | `{principle.id}` | {principle.weight}"
        yield f"| {named} | {force} | {cited(policy, principle)} |"
    if policy.invariants:
        yield from ("", "## Guarantees", "")
    for invariant in policy.invariants:
        yield f"- {escaped(invariant.says or invariant.id)} (`{invariant.id}`)"
    yield from rules_by_origin(policy, cases_by_rule(policy, shown))


def cited(policy: Policy, principle: Principle) -> str:
    """List what *principle* cites."""
    return "; ".join(
        escaped(cite.short_text(policy.source[cite.source]))
        + (f", *{escaped(cite.title)}*" if cite.title else "")
        for cite in principle.cites
    )


def rules_by_origin(
    policy: Policy, cases: Mapping[str, Sequence[Case]]
) -> Iterator[str]:
    """Yield all rules under the policy that defines them, parents first."""
    seen: set[str] = set()
    for name in policy.lineage:
        origin = policy if name == policy.id else load_policy(name)
        brought = [rule.id for rule in origin.rules if rule.id not in seen]
        seen.update(brought)
        rules = [policy.rule[rule] for rule in brought if rule in policy.rule]
        if rules:
            own = name == policy.id
            yield from ("", "## Rules added here" if own else f"## Rules from `{name}`")
        for rule in rules:
            yield from rule_lines(policy, rule)
            if origin.rule.get(rule.id, rule) != rule:
                yield f"- Adjusted from `{name}`."
            for case in cases[rule.id][:MOST_CASES]:
                yield f"- Test case: {escaped(case.name)}."
    if dropped := sorted(seen - policy.rule.keys()):
        yield from ("", "## Rules dropped", "")
        yield from (f"- `{name}`" for name in dropped)


def effect_words(effects: Effects) -> tuple[str, ...]:
    """Describe each effect in a phrase: "opposes continue (strong)"."""
    return (
        *(f"concludes “{spaced(finding)}”" for finding in effects.concludes),
        *(
            f"{pull} {option}" + (f" ({strength})" if strength else "")
            for pull, option, strength in effects.pulls()
        ),
        *(f"advises “{spaced(action)}”" for action in effects.advises),
        *(f"offers “{spaced(part)}” for the draft" for part in effects.drafts),
    )


def rule_lines(policy: Policy, rule: Rule) -> Iterator[str]:
    """Yield the lines about *rule*."""
    yield from ("", f"### `{rule.id}`", "", escaped(rule.because), "")
    yield f"- When: {escaped(condition_words(rule.when))}."
    yield f"- Then: {escaped(opened('; '.join(effect_words(rule.then))))}."
    if rule.principle:
        principle = policy.principle[rule.principle]
        cites = "; ".join(escaped(cite) for cite in policy.citations_of(rule))
        yield f"- Principle: {escaped(principle.name)}" + (
            f" ({cites})." if cites else "."
        )
    if rule.overrides:
        yield f"- Overrides: {', '.join(f'`{name}`' for name in rule.overrides)}."


def cases_by_rule(policy: Policy, shown: Sequence[Shown]) -> dict[str, list[Case]]:
    """Return the cases of each rule: the policy's own, or those of its extensions."""
    own = [one for one in shown if one.case.policy == policy.id]
    heirs = [one for one in shown if policy.id in one.policies]
    return {
        rule.id: deciding_first(rule.id, own) or deciding_first(rule.id, heirs)
        for rule in policy.rules
    }


def deciding_first(rule: str, shown: Iterable[Shown]) -> list[Case]:
    """Return the cases in which *rule* applies, starting with those that it decides."""
    binding = (one for one in shown if rule in one.binding)
    cases = sorted(binding, key=lambda one: rule not in one.deciding)
    return list(dict.fromkeys(one.case for one in cases))


if __name__ == "__main__":
    sys.exit(main())
