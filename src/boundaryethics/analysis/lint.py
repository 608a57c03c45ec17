"""Lint a policy: check it for likely mistakes, over all situations.

Suppressed warnings stay in the report, with the reason for suppressing them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, product
from math import prod
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.ablation import RuleUse, dependents, rule_uses
from boundaryethics.analysis.distribution import (
    Conflict,
    RankingCount,
    RankingCounts,
    ranking_counts,
)
from boundaryethics.analysis.explain import ordinal
from boundaryethics.arguments import checked
from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.mdd.build import Progress
from boundaryethics.mdd.network import reachable
from boundaryethics.mdd.space import Truths, Where, space_of
from boundaryethics.model.conditions import (
    All,
    Condition,
    FactIn,
    Holds,
    Not,
    leaves,
)
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import UNKNOWN, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule
from boundaryethics.policies import as_policy, policies, shipped_vocabulary
from boundaryethics.report import PlainData, Report, Table, facts_text, made_of

#: For each code, the name of its page in docs/lints.
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
    """A likely mistake in a policy."""

    #: The code, message and location of the warning.
    problem: Problem
    #: The subject, such as the ID of a rule or finding, or an option with its rank.
    on: str
    #: The reason why the policy suppresses the warning; empty if it does not.
    accepted: str = ""
    #: The built-in policy from which the subject is inherited unchanged. Empty if the
    #: policy's own authors can fix the warning.
    inherited_from: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the warning as plain data."""
        found = self.problem
        return {
            "lint": found.code,
            "name": LINTS[found.code],
            "on": self.on,
            "message": found.message,
            "where": str(found.where) if found.where else None,
            "accepted": self.accepted or None,
            "inherited_from": self.inherited_from or None,
        }


@final
@attrs.frozen(kw_only=True)
class LintReport(Report):
    """All warnings about a policy."""

    #: The ID of the policy.
    policy: str
    #: All warnings, including suppressed and inherited ones, sorted by code and
    #: subject.
    remarks: tuple[LintWarning, ...]

    @property
    def open(self) -> tuple[LintWarning, ...]:
        """Unsuppressed warnings about the policy's own parts."""
        return tuple(
            remark
            for remark in self.remarks
            if not (remark.accepted or remark.inherited_from)
        )

    @property
    def inherited(self) -> tuple[LintWarning, ...]:
        """Warnings about rules and principles inherited from built-in policies."""
        return tuple(remark for remark in self.remarks if remark.inherited_from)

    @property
    def accepted(self) -> tuple[LintWarning, ...]:
        """Warnings that the policy suppresses, with a reason in its file."""
        return tuple(remark for remark in self.remarks if remark.accepted)

    @checked
    def with_problems(self, problems: Sequence[Problem]) -> LintReport:
        """Return the report with each warning's problem replaced.

        *problems* has one entry for each warning, in order.
        """
        if len(problems) != len(self.remarks):
            raise AnalysisError([problem("BE413", number=len(self.remarks))])
        pairs = zip(self.remarks, problems, strict=True)
        changed = tuple(attrs.evolve(remark, problem=p) for remark, p in pairs)
        return attrs.evolve(self, remarks=changed)

    def _table(self) -> Table:
        line = (
            f"{self.policy}: {len(self.open)} open, {len(self.accepted)} suppressed, "
            f"{len(self.inherited)} inherited"
        )
        return Table(
            lines=(line,),
            columns=("lint", "on", "remark", "accepted"),
            rows=tuple(
                (r.problem.code, r.on, r.problem.message, r.accepted or "-")
                for r in self.remarks
            ),
        )


#: The number of possible rankings of four options, with ties.
_RANKINGS = 75


@checked
def lint(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> LintReport:
    """Check a policy for likely mistakes.

    Args:
        policy: a policy, abstract or not, or its ID or path.
        where: facts, each with the value or values that it may have.
        progress: called with the number of rules processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* has an undeclared fact or value.
        AnalysisError: the policy is too large.
    """
    policy = as_policy(policy)
    # Count first, so a policy that is too large is rejected before its rules are
    # tested.
    rankings = ranking_counts(policy, where=where)
    space, uses = space_of(policy.vocabulary, where), dict[str, RuleUse]()
    for rule, use in zip(policy.rules, rule_uses(policy, space), strict=True):
        uses[rule.id] = use
        if progress:
            progress(len(uses), len(policy.rules))
    found = [*_unused(policy), *_of_rules(policy, uses)]
    found += _of_rankings(rankings)
    accepted = {(one.lint, one.on): one for one in policy.accepts}
    remarks: list[LintWarning] = []
    for warning in found:
        acceptance = accepted.pop((warning.problem.code, warning.on), None)
        reason = acceptance.because if acceptance else ""
        origin = "" if reason else _origin(policy, warning)
        changed = attrs.evolve(warning, accepted=reason, inherited_from=origin)
        remarks.append(changed)
    for one in accepted.values():
        # A parent policy's suppression need not have a matching warning here.
        if not one.inherited:
            message = f"{one.lint} is suppressed for `{one.on}`, but does not occur"
            remarks.append(_warning("BL13", message, one.on, "accepts"))
    remarks.sort(key=lambda remark: (remark.problem.code, remark.on))
    return LintReport(
        provenance=made_of(policy, where=where),
        policy=policy.id,
        remarks=tuple(remarks),
    )


def _origin(policy: Policy, warning: LintWarning) -> str:
    """Return the ID of the built-in policy that the subject of *warning* comes from.

    Return an empty string if no built-in policy contains the subject unchanged, or if
    *policy* itself is built in, because its own authors can then fix the mistake.
    """
    section, *_ = warning.problem.path
    if section not in {"rules", "principles"} or {*policy.lineage} <= {*policies()}:
        return ""
    kind = str(section).removesuffix("s")
    part = getattr(policy, kind)[warning.on]
    for id in policy.lineage:
        if id in policies() and getattr(policies()[id], kind).get(warning.on) == part:
            return id
    return ""


def _unused(policy: Policy) -> Iterator[LintWarning]:
    conditions = [rule.when for rule in policy.rules]
    conditions += [invariant.when for invariant in policy.invariants]
    read = {
        leaf.fact if isinstance(leaf, FactIn) else leaf.finding
        for condition in conditions
        for leaf, _ in leaves(condition)
    }
    for name in sorted(policy.finding.keys() - read):
        yield _warning("BL06", f"no condition reads finding `{name}`", name, "findings")
    for name in policy.vocabulary.by_name:
        if name not in read:
            yield _warning("BL07", f"no condition reads fact `{name}`", name, "facts")
    for name, value in _unread_values(policy, conditions):
        message = f"no condition reads value `{value}` of fact `{name}`"
        found = _warning("BL07", message, f"{name} {value}", "facts")
        at = attrs.evolve(found.problem, path=("facts", name), token=value)
        yield attrs.evolve(found, problem=at)
    for one in policy.principles:
        if not (one.cites or policy.abstract):
            message = f"principle `{one.id}` has no citation"
            yield _warning("BL12", message, one.id, "principles")


def _unread_values(
    policy: Policy, conditions: Iterable[Condition]
) -> Iterator[tuple[str, str]]:
    """Yield values that *policy* adds to built-in facts but that no condition reads.

    All conditions treat such a value like `unknown`.
    """
    tests: dict[str, list[frozenset[str]]] = {}
    for leaf in (leaf for one in conditions for leaf, _ in leaves(one)):
        if isinstance(leaf, FactIn):
            tests.setdefault(leaf.fact, []).append(leaf.values)
    for fact in shipped_vocabulary().facts:
        if fact.name in tests and fact.name in policy.vocabulary:
            for value in policy.vocabulary[fact.name].values:
                like_unknown = (
                    (value in t) == (UNKNOWN in t) for t in tests[fact.name]
                )
                if value not in fact.values and all(like_unknown):
                    yield fact.name, value


def _of_rules(policy: Policy, uses: Mapping[str, RuleUse]) -> Iterator[LintWarning]:
    dependent = dependents(policy)
    for name, use in uses.items():
        rule = policy.rule[name]
        reached = reachable([name], dependent.__getitem__)
        advises = any(
            then.advises or then.drafts
            for then in (policy.rule[n].then for n in reached)
        )
        pulls = any(True for _ in rule.then.pulls())
        if not use.triggered:
            yield _warning("BL01", f"rule `{name}` can never apply", name, "rules")
        elif not use.binding:
            message = f"rule `{name}` is overridden wherever it matches"
            yield _warning("BL05", message, name, "rules")
        elif not use.decides and (pulls or not advises):
            message = f"rule `{name}` never affects a ranking"
            yield _warning("BL02", message, name, "rules")
        for option in sorted({*dict(rule.then.favors)} & {*dict(rule.then.opposes)}):
            message = f"rule `{name}` both favors and opposes {option}"
            yield _warning("BL04", message, name, "rules")
    alike: dict[object, list[Rule]] = {}
    for rule in policy.rules:
        by = frozenset(policy.overridden_by.get(rule.id, ()))
        alike.setdefault((rule.then, by), []).append(rule)
    for rules in (rules for rules in alike.values() if len(rules) > 1):
        first: dict[object, str] = {}
        for rule in rules:
            one = first.setdefault(_sense(rule.when, policy.vocabulary), rule.id)
            if one != rule.id:
                message = f"rule `{rule.id}` repeats rule `{one}`"
                yield _warning("BL03", message, rule.id, "rules")


def _of_rankings(counts: RankingCounts) -> Iterator[LintWarning]:
    for option, rank in product(Option, range(1, len(Option) + 1)):
        if rank not in counts.taking(option):
            word = ordinal(rank)
            message = f"{option} never ranks {word}"
            yield _warning("BL08", message, f"{option} {word}")
    missing = _RANKINGS - len(counts.rankings)
    if missing:
        message = f"{missing} of the {_RANKINGS} rankings never occur"
        yield _warning("BL09", message, "rankings")
    for one in counts.conflicts:
        options = ", ".join(one.options)
        message = f"dilemma {one.kind} ({options}) in {_such_as(one)}"
        yield _warning("BL10", message, f"{one.kind} {options}")
    if tie := counts.full_tie:
        yield _warning("BL11", f"all options tie in {_such_as(tie)}", "full tie")


def _such_as(found: Conflict | RankingCount) -> str:
    return f"{found.count:,} situations (example: {facts_text(found.witness)})"


_SUPPRESS = ", or suppress the warning with a reason under `accepts`"
#: Advice on how to fix each warning. The pages in `docs/lints` explain more.
_FIXES = {
    "BL01": "correct the condition, or remove the rule",
    "BL02": "raise its strength, narrow the rule that makes it redundant, or remove it",
    "BL03": "keep one of the rules, with the citations of both",
    "BL04": "split the rule in two, each with its own condition and reason",
    "BL05": "narrow the rule that overrides it, or remove it",
    "BL06": "use it in a condition, or remove it with the rules that conclude it",
    "BL07": "add a rule that reads it, or remove it",
    "BL08": "check the reasons that keep the response from this rank",
    "BL09": "run `boundaryethics diff OLD NEW` to see whether an edit removed rankings",
    "BL10": "let one of the rules override the other",
    "BL11": "if these facts should affect the ranking, add a rule that reads them",
    "BL12": "cite the section that supports it, or remove the principle",
    "BL13": "remove the entry from `accepts`",
}


def _warning(code: str, message: str, on: str, section: str = "policy") -> LintWarning:
    found = Problem(
        code=code,
        message=message,
        help=_FIXES[code] + ("" if code == "BL13" else _SUPPRESS),
        path=(section,) if section in {"policy", "accepts"} else (section, on),
        token=None if section == "policy" else on,
    )
    return LintWarning(problem=found, on=on)


#: Conditions with more combinations of values than this are compared only by form.
_MOST = 100_000


def _sense(condition: Condition, vocabulary: Vocabulary) -> object:
    """Return a key that is equal for conditions with the same truth values."""
    read = [leaf for leaf, _ in leaves(condition)]
    facts = sorted({leaf.fact for leaf in read if isinstance(leaf, FactIn)})
    findings = sorted({leaf.finding for leaf in read if isinstance(leaf, Holds)})
    names = [("fact", fact) for fact in facts] + [("finding", one) for one in findings]
    sizes = [len(vocabulary[fact].all_values) for fact in facts] + [2] * len(findings)
    if prod(sizes) > _MOST:
        return condition
    table = np.empty(sizes, bool)
    table[...] = _truths(condition, vocabulary, dict(zip(names, count(), strict=False)))
    # Leave out facts and findings that have no effect on the condition.
    kept = []
    for axis, name in reversed([*enumerate(names)]):
        some = table.take([0], axis)
        if (table == some).all():
            table = some.squeeze(axis)
        else:
            kept.append(name)
    return *kept, table.tobytes()


def _truths(
    condition: Condition, vocabulary: Vocabulary, axes: Mapping[tuple[str, str], int]
) -> Truths:
    """Evaluate *condition* for all values of its facts and findings.

    *axes* maps each fact and finding to its axis in the result.
    """
    match condition:
        case FactIn(fact, among):
            axis, values = axes["fact", fact], vocabulary[fact].all_values
            truths = [value in among for value in values]
        case Holds(finding):
            axis, truths = axes["finding", finding], [False, True]
        case Not(part):
            return ~_truths(part, vocabulary, axes)
        case All(parts) | AnyOf(parts):
            found = np.full((1,) * len(axes), isinstance(condition, All))
            join = np.logical_and if isinstance(condition, All) else np.logical_or
            for part in parts:
                found = join(found, _truths(part, vocabulary, axes))
            return found
    shape = [1] * len(axes)
    shape[axis] = len(truths)
    return np.array(truths).reshape(shape)
