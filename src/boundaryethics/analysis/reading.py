"""A condition read part by part: what it wants, what is there, and what fails.

In: a verdict, and a rule of its policy. Out: a small tree. `not` is read inwards, so
that each part says what is wanted as it is wanted, and either holds or fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never, final

import attrs

from boundaryethics.analysis.outlining import Line
from boundaryethics.model.conditions import All, Condition, FactIn, Holds, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import condition_words, spaced

_JOINED = {True: "all of these", False: "one of these"}


@final
@attrs.frozen(kw_only=True)
class Part:
    """One part of a condition."""

    #: What it wants, in words.
    says: str
    holds: bool
    #: The fact or the finding that it reads; empty where it joins other parts.
    of: str = ""
    #: What is there: the fact's value, or whether the finding holds.
    actual: str = ""
    #: The values of which the fact should have one.
    wanted: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    #: The rules that conclude the finding, where it is as it should not be.
    rules: tuple[ReadRule, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The part as plain data."""
        told: dict[str, Any] = {"says": self.says, "holds": self.holds}
        if self.of:
            told |= {"of": self.of, "actual": self.actual}
        if self.wanted:
            told["wanted"] = [*self.wanted]
        if self.parts:
            told["parts"] = [part.to_dict() for part in self.parts]
        if self.rules:
            told["rules"] = [rule.to_dict() for rule in self.rules]
        return told

    def lines(self, depth: int, *, failing: bool = False) -> Iterator[Line]:
        """The part and those under it; with *failing*, only what fails."""
        if failing and self.holds:
            return
        mark = "met" if self.holds else "unmet"
        but = f"; it is {spaced(self.actual)}" if self.wanted and not self.holds else ""
        yield Line(f"{mark}: {self.says}{but}", depth)
        for part in self.parts:
            yield from part.lines(depth + 1, failing=failing)
        for rule in self.rules:
            yield from rule.lines(depth + 1)


@final
@attrs.frozen(kw_only=True)
class ReadRule:
    """One rule as it stands in a situation."""

    rule: str
    triggered: bool
    #: The binding rules that set it aside.
    overridden_by: tuple[str, ...]
    #: None where the condition is read further up.
    condition: Part | None

    @property
    def binds(self) -> bool:
        """Whether it counts."""
        return self.triggered and not self.overridden_by

    def to_dict(self) -> dict[str, Any]:
        """The rule as plain data."""
        return {
            "rule": self.rule,
            "triggered": self.triggered,
            "overridden_by": [*self.overridden_by],
            "condition": self.condition.to_dict() if self.condition else None,
        }

    def lines(self, depth: int) -> Iterator[Line]:
        """How the rule stands, and under it what fails."""
        if self.binds:
            yield Line(f"{self.rule} binds", depth)
        elif self.triggered:
            by = ", ".join(self.overridden_by)
            yield Line(f"{self.rule} is triggered, and set aside by {by}", depth)
        elif self.condition is None:
            yield Line(f"{self.rule} is not triggered, as above", depth)
        else:
            yield Line(f"{self.rule} is not triggered", depth)
            yield from self.condition.lines(depth + 1, failing=True)


def read_rule(
    verdict: Verdict, rule: Rule, above: frozenset[str] = frozenset()
) -> ReadRule:
    """How *rule* stands in a situation; *above* are the rules on the way to it."""
    by = verdict.overridden.get(rule.id, ())
    read = _Reading(verdict, above | {rule.id})
    return ReadRule(
        rule=rule.id,
        triggered=bool(by) or rule.id in verdict.binding,
        overridden_by=by,
        condition=None if rule.id in above else read.part(rule.when, wanted=True),
    )


@final
@attrs.frozen
class _Reading:
    """Conditions read in one situation."""

    verdict: Verdict
    #: The rules whose conditions are being read.
    above: frozenset[str]

    def part(self, condition: Condition, *, wanted: bool) -> Part:
        """*condition*, which should come out as *wanted*."""
        match condition:
            case FactIn():
                return self._fact(condition, wanted=wanted)
            case Holds():
                return self._finding(condition, wanted=wanted)
            case Not(inner):
                return self.part(inner, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                read = tuple(self.part(one, wanted=wanted) for one in parts)
                every = isinstance(condition, All) is wanted
                if not read:
                    return Part(says="always" if every else "never", holds=every)
                return Part(
                    says=_JOINED[every],
                    holds=(all if every else any)(one.holds for one in read),
                    parts=read,
                )
            case _:
                assert_never(condition)

    def _fact(self, test: FactIn, *, wanted: bool) -> Part:
        actual = self.verdict.situation[test.fact]
        declared = self.verdict.policy.vocabulary[test.fact].all_values
        return Part(
            says=condition_words(test if wanted else Not(test)),
            holds=(actual in test.values) is wanted,
            of=test.fact,
            actual=actual,
            wanted=tuple(v for v in declared if (v in test.values) is wanted),
        )

    def _finding(self, test: Holds, *, wanted: bool) -> Part:
        name = test.finding
        found = name in self.verdict.derivation.findings
        concluding = [r for r in self.verdict.policy.rules if name in r.then.concludes]
        if found:
            concluding = [r for r in concluding if r.id in self.verdict.binding]
        amiss = found is not wanted
        return Part(
            says=condition_words(test if wanted else Not(test)),
            holds=not amiss,
            of=name,
            actual="holds" if found else "does not hold",
            rules=tuple(
                read_rule(self.verdict, rule, self.above)
                for rule in concluding
                if amiss
            ),
        )
