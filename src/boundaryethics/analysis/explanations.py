"""Answers to `why` and `why not`: frozen values that tell themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import attrs

from boundaryethics.analysis.changing import Least
from boundaryethics.analysis.outlining import Line, as_html, as_text, ways, while_fixed
from boundaryethics.analysis.placed import compared, compared_lines, ranks
from boundaryethics.analysis.reading import ReadRule
from boundaryethics.analysis.tables import changes_table, proof_table, reasons_table
from boundaryethics.analysis.targets import Binding, Holding, ordinal
from boundaryethics.model.options import Option
from boundaryethics.model.proof import Step
from boundaryethics.model.reasons import Comparison
from boundaryethics.model.verdict import Verdict
from boundaryethics.render import proof_data, proof_text
from boundaryethics.render.outline import NOTE, doing, named


@final
@attrs.frozen(kw_only=True)
class WhyFollows:
    """Why a rule binds, or a finding holds."""

    verdict: Verdict = attrs.field(repr=False)
    target: Binding | Holding
    proof: Step

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        name = str(self.target)
        return {
            "target": name,
            "so": True,
            "proof": proof_data(self.verdict, name),
            "note": NOTE,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each thing that the proof shows.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return proof_table(proof_data(self.verdict, str(self.target))).frame()

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterator[Line]:
        yield Line(f"{_stated(self.target, so=True)}.")
        yield from _because(self.verdict, self.target)
        yield Line("")
        for line in proof_text(self.verdict, str(self.target)).splitlines():
            text = line.lstrip()
            yield Line(text, (len(line) - len(text)) // 2)


@final
@attrs.frozen(kw_only=True)
class WhyPlaced:
    """Why an option has its place."""

    verdict: Verdict = attrs.field(repr=False)
    option: Option
    comparisons: tuple[Comparison, ...]

    @property
    def place(self) -> int:
        """The place that it has."""
        return self.verdict.options[self.option].place

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": self.option.value,
            "so": True,
            "place": self.place,
            "comparisons": [compared(one) for one in self.comparisons],
            "note": NOTE,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each reason, on either side.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return reasons_table(self.comparisons).frame()

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterator[Line]:
        done = doing(self.verdict, self.option)
        yield Line(f"{done} ({self.option}) {ranks(self.verdict, self.option)}.")
        for comparison in self.comparisons:
            yield Line("")
            yield from compared_lines(self.verdict, comparison)


@final
@attrs.frozen(kw_only=True)
class WhyNotFollows:
    """Why a rule does not bind, or a finding does not hold."""

    verdict: Verdict = attrs.field(repr=False)
    target: Binding | Holding
    #: The rule itself; for a finding, every rule that concludes it.
    rules: tuple[ReadRule, ...]
    #: The facts that were not to change.
    fixed: tuple[str, ...]
    least: Least

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": str(self.target),
            "so": False,
            "rules": [rule.to_dict() for rule in self.rules],
            "fixed": [*self.fixed],
            "least": self.least.to_dict(),
            "note": NOTE,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each fact of each least change.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return changes_table(str(self.target), self.least).frame()

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterator[Line]:
        yield Line(f"{_stated(self.target, so=False)}.")
        yield from _because(self.verdict, self.target)
        yield Line("")
        if not self.rules:
            yield Line("No rule concludes it.")
        for rule in self.rules:
            yield from _rule_lines(rule, alone=isinstance(self.target, Binding))
        yield Line("")
        yield from ways(
            self.least,
            "For it to be so",
            f"Nothing brings it about{while_fixed(self.fixed)}.",
        )


@final
@attrs.frozen(kw_only=True)
class WhyNotPlaced:
    """Why an option does not have a place."""

    verdict: Verdict = attrs.field(repr=False)
    option: Option
    #: The place asked for.
    place: int
    comparisons: tuple[Comparison, ...]
    #: The facts that were not to change.
    fixed: tuple[str, ...]
    least: Least

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "target": f"{self.option} {ordinal(self.place)}",
            "so": False,
            "place": self.verdict.options[self.option].place,
            "comparisons": [compared(one) for one in self.comparisons],
            "fixed": [*self.fixed],
            "least": self.least.to_dict(),
            "note": NOTE,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each fact of each least change.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return changes_table(self.option.value, self.least).frame()

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterator[Line]:
        wanted = ordinal(self.place)
        done = f"{doing(self.verdict, self.option)} ({self.option})"
        yield Line(f"{done} {ranks(self.verdict, self.option)}, not {wanted}.")
        for comparison in self.comparisons:
            yield Line("")
            yield from compared_lines(self.verdict, comparison)
        yield Line("")
        subject = named(self.verdict, self.option)
        yield from ways(
            self.least,
            f"To put {subject} {wanted}",
            f"Nothing puts {subject} {wanted}{while_fixed(self.fixed)}.",
        )


def _stated(target: Binding | Holding, *, so: bool) -> str:
    match target:
        case Binding(rule):
            return f"{rule} binds here" if so else f"{rule} does not bind here"
        case Holding(finding):
            spaced = finding.replace("_", " ")
            return f"“{spaced}” holds here" if so else f"“{spaced}” does not hold here"


def _because(verdict: Verdict, target: Binding | Holding) -> Iterator[Line]:
    match target:
        case Binding(rule):
            says = verdict.policy.rule[rule].because
        case Holding(finding):
            says = verdict.policy.finding[finding].says
    if says:
        yield Line(f"It says: {says}")


def _rule_lines(rule: ReadRule, *, alone: bool) -> Iterator[Line]:
    """A rule that does not bind, its whole condition told where it stands alone."""
    if alone and rule.condition and not rule.triggered:
        yield from rule.condition.lines(0)
    else:
        yield from rule.lines(0)
