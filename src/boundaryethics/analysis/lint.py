"""Lint a policy: what its authors may not have meant, shown over the whole space.

A remark that the policy accepts keeps the reason given in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.ablation import RuleImpact, RuleImpacts, rule_impact
from boundaryethics.analysis.distribution import RankingCounts, ranking_counts
from boundaryethics.analysis.explain import ordinal
from boundaryethics.errors import Problem
from boundaryethics.mdd.build import Progress
from boundaryethics.mdd.network import reachable
from boundaryethics.mdd.space import Where
from boundaryethics.model.conditions import FactIn, Holds, holds, leaves
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Acceptance, Option, Rule
from boundaryethics.policies import as_policy
from boundaryethics.report import PlainData, Report, Table, facts_told

#: Each lint's code, and the name of its page under docs/lints.
LINTS: Mapping[str, str] = {
    "BL01": "rule-never-applies",
    "BL02": "rule-never-decides",
    "BL03": "rule-repeats-another",
    "BL04": "rule-favors-and-opposes",
    "BL05": "rule-always-overridden",
    "BL06": "unused-finding",
    "BL07": "unused-fact",
    "BL08": "rank-never-taken",
    "BL09": "rankings-never-given",
    "BL10": "dilemma",
    "BL11": "full-tie",
    "BL12": "principle-without-citation",
    "BL13": "unused-suppression",
}


@final
@attrs.frozen(kw_only=True)
class LintWarning(PlainData):
    """One thing about a policy that its authors may not have meant."""

    #: Code, sentence and place.
    problem: Problem
    #: What it is about: the id of a rule, a finding, an option with its place, ...
    on: str
    #: Why the authors accept it; empty where they have not said.
    accepted: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the remark as plain data."""
        found = self.problem
        return {
            "lint": found.code,
            "name": LINTS[found.code],
            "on": self.on,
            "message": found.message,
            "where": str(found.where) if found.where else None,
            "accepted": self.accepted or None,
        }


@final
@attrs.frozen(kw_only=True)
class LintReport(Report):
    """All that the linter has to say of one policy."""

    policy: str
    remarks: tuple[LintWarning, ...]

    @property
    def open(self) -> tuple[LintWarning, ...]:
        """Those that the policy does not accept."""
        return tuple(remark for remark in self.remarks if not remark.accepted)

    @property
    def accepted(self) -> tuple[LintWarning, ...]:
        """Those that it accepts, with a reason in the file."""
        return tuple(remark for remark in self.remarks if remark.accepted)

    def with_problems(self, problems: Sequence[Problem]) -> LintReport:
        """The same remarks with *problems*, one each: with their places, say."""
        pairs = zip(self.remarks, problems, strict=True)
        changed = tuple(attrs.evolve(remark, problem=p) for remark, p in pairs)
        return attrs.evolve(self, remarks=changed)

    def _table(self) -> Table:
        line = f"{self.policy}: {len(self.open)} remarks, {len(self.accepted)} accepted"
        return Table(
            lines=(line,),
            columns=("lint", "on", "remark", "accepted"),
            rows=tuple(
                (r.problem.code, r.on, r.problem.message, r.accepted or "-")
                for r in self.remarks
            ),
        )


#: Rankings that four options can have, ties included.
_RANKINGS = 75


def lint(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> LintReport:
    """Everything that *policy*'s authors may not have meant.

    Args:
        policy: a policy, abstract or not, or its id or path.
        where: facts confined to a value or to some values.
        progress: called with the rules looked at, and the rules there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the policy is too large to be looked at as a whole.
    """
    policy = as_policy(policy)
    effects = rule_impact(policy, where=where, progress=progress)
    found = [*_of_names(policy), *_of_rules(policy, effects)]
    found += _of_places(ranking_counts(policy, where=where))
    accepted = {(one.lint, one.on): one for one in policy.accepts}
    remarks: list[LintWarning] = []
    for problem, on in found:
        because = accepted.pop((problem.code, on), None)
        told = because.because if because else ""
        remarks.append(LintWarning(problem=problem, on=on, accepted=told))
    # What a policy inherits may have been accepted for its other heirs.
    remarks += [
        LintWarning(problem=_accepted_in_vain(one), on=one.on)
        for one in accepted.values()
        if not one.inherited
    ]
    remarks.sort(key=lambda remark: (remark.problem.code, remark.on))
    return LintReport(policy=policy.id, remarks=tuple(remarks))


def _of_names(policy: Policy) -> Iterator[tuple[Problem, str]]:
    conditions = [rule.when for rule in policy.rules]
    conditions += [invariant.when for invariant in policy.invariants]
    read = {
        leaf.fact if isinstance(leaf, FactIn) else leaf.finding
        for condition in conditions
        for leaf, _ in leaves(condition)
    }
    for finding in policy.findings:
        if finding.id not in read:
            path = ("findings", finding.id)
            yield _remark("BL06", f"nothing reads finding `{finding.id}`", path)
    for fact in policy.vocabulary.facts:
        if fact.name not in read:
            path = ("facts", fact.name)
            yield _remark("BL07", f"nothing reads fact `{fact.name}`", path)
    for principle in policy.principles:
        if not (principle.cites or policy.abstract):
            message = f"principle `{principle.id}` has no citation"
            yield _remark("BL12", message, ("principles", principle.id))


def _of_rules(policy: Policy, effects: RuleImpacts) -> Iterator[tuple[Problem, str]]:
    for effect in effects.rules:
        yield from _of_effect(policy, effect)
    for rule in policy.rules:
        both = dict(rule.then.favors).keys() & dict(rule.then.opposes).keys()
        for option in sorted(both):
            message = f"rule `{rule.id}` both favors and opposes {option}"
            yield _remark("BL04", message, ("rules", rule.id))
    for one, other in combinations(policy.rules, 2):
        by, by_other = (policy.overridden_by.get(rule.id, ()) for rule in (one, other))
        alike = one.then == other.then and set(by) == set(by_other)
        if alike and same_condition(one, other, policy.vocabulary):
            message = f"rule `{other.id}` repeats rule `{one.id}`"
            yield _remark("BL03", message, ("rules", other.id))


def _is_silent(policy: Policy, rule: Rule) -> bool:
    """Whether nothing but rankings can come of *rule*: no step, and no draft."""

    def heard_by(name: str) -> Iterator[str]:
        one = policy.rule[name]
        for other in policy.rules:
            reads = {x.finding for x, _ in leaves(other.when) if isinstance(x, Holds)}
            if reads & set(one.then.concludes) or other.id in one.overrides:
                yield other.id

    reached = [policy.rule[name].then for name in reachable([rule.id], heard_by)]
    return not any(then.advises or then.drafts for then in reached)


def _of_effect(policy: Policy, effect: RuleImpact) -> Iterator[tuple[Problem, str]]:
    rule = policy.rule[effect.rule]
    path = ("rules", rule.id)
    speaks = any(True for _ in rule.then.pulls())
    if not effect.triggered:
        yield _remark("BL01", f"rule `{rule.id}` can never bind", path)
    elif effect.always_overridden:
        message = f"rule `{rule.id}` is overridden wherever it is triggered"
        yield _remark("BL05", message, path)
    elif not effect.decides and (speaks or _is_silent(policy, rule)):
        message = f"without rule `{rule.id}` every answer would be the same"
        yield _remark("BL02", message, path)


def _of_places(reached: RankingCounts) -> Iterator[tuple[Problem, str]]:
    for option, place in product(Option, range(1, len(Option) + 1)):
        if place not in reached.taking(option):
            word = ordinal(place)
            problem = _problem("BL08", f"{option} never takes the {word} place")
            yield problem, f"{option} {word}"
    missing = _RANKINGS - len(reached.rankings)
    if missing:
        message = f"{missing} of the {_RANKINGS} rankings are never given"
        yield _problem("BL09", message), "rankings"
    for conflict in reached.conflicts:
        named = ", ".join(conflict.options)
        message = (
            f"a dilemma, {conflict.kind} ({named}), in {conflict.count:,} situations, "
            f"such as {facts_told(conflict.witness)}"
        )
        yield _problem("BL10", message), f"{conflict.kind} {named}"
    tie = reached.full_tie
    if tie:
        message = (
            f"all options tie in {tie.count:,} situations, "
            f"such as {facts_told(tie.witness)}"
        )
        yield _problem("BL11", message), "full tie"


def _remark(code: str, message: str, path: tuple[str, str]) -> tuple[Problem, str]:
    return _problem(code, message, path), path[-1]


def _problem(code: str, message: str, path: tuple[str, ...] = ("policy",)) -> Problem:
    return Problem(
        code=code,
        message=message,
        help=f"fix it, or suppress it with a reason under `accepts`; see {code} in the "
        "documentation",
        path=path,
        token=path[-1] if path[1:] else None,
    )


def _accepted_in_vain(one: Acceptance) -> Problem:
    message = f"{one.lint} is accepted on `{one.on}`, where there is nothing to accept"
    return attrs.evolve(_problem("BL13", message, ("accepts",)), token=one.on)


#: Conditions that read more are only called the same where they are equal.
_MOST = 100_000


def same_condition(one: Rule, other: Rule, vocabulary: Vocabulary) -> bool:
    """Whether the conditions of the two hold in just the same situations."""
    if one.when == other.when:
        return True
    read = [leaf for rule in (one, other) for leaf, _ in leaves(rule.when)]
    facts = sorted({leaf.fact for leaf in read if isinstance(leaf, FactIn)})
    findings = sorted({leaf.finding for leaf in read if isinstance(leaf, Holds)})
    values = [vocabulary[fact].all_values for fact in facts]
    if prod(map(len, values)) * 2 ** len(findings) > _MOST:
        return False
    for chosen in product(*values, *[(False, True)] * len(findings)):
        known = dict(zip(facts, chosen, strict=False))
        pairs = zip(findings, chosen[len(facts) :], strict=True)
        held = {finding for finding, holding in pairs if holding}
        if holds(one.when, known, held) is not holds(other.when, known, held):  # type: ignore[arg-type]
            return False
    return True
