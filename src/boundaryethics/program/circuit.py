"""A circuit: a program in numbers, for those who work on many situations at once.

In: a program. Out: what follows, over numbered variables. A fact is a variable whose
values are codes: places in its list of values, unknown last. Whatever follows and is
read again, a finding or that a rule binds, is one more variable, of two values. Then
negation, overriding and findings are all tests, and a test is a set of codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, final

import attrs

from boundaryethics.model.clauses import Clause
from boundaryethics.model.facts import Vocabulary
from boundaryethics.program.lowering import LoweredRule, Program, Stratum

#: A variable, and the codes of it that pass, as bits.
Test: TypeAlias = tuple[int, int]
#: Tests that are passed together, by variable; the empty one always is.
Term: TypeAlias = tuple[Test, ...]

_ABSENT, _HOLDS = 0b01, 0b10


@final
@attrs.frozen
class Signal:
    """A variable that is set where one of some terms is passed."""

    variable: int
    terms: tuple[Term, ...]


@final
@attrs.frozen
class Layer:
    """Signals that can be settled together once the layers before are."""

    signals: tuple[Signal, ...]
    #: They read each other: settled anew until nothing more is set.
    repeats: bool = False


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """Where one rule binds, and where it is overridden."""

    rule: str
    binding: tuple[Term, ...]
    overridden: tuple[Term, ...]
    #: Places of the outcomes that override this one.
    overriders: tuple[int, ...]


@final
@attrs.frozen(kw_only=True)
class Circuit:
    """A program in numbers."""

    vocabulary: Vocabulary
    #: How many values each variable has; the facts come first, in order.
    sizes: tuple[int, ...]
    layers: tuple[Layer, ...]
    #: One for each rule, sorted by rule.
    outcomes: tuple[Outcome, ...]
    #: The findings that some rule concludes, sorted, with their variables.
    findings: tuple[tuple[str, int], ...]


def circuit(program: Program) -> Circuit:
    """*program* in numbers."""
    rules = {rule.id: rule for stratum in program.strata for rule in stratum.rules}
    numbers = _Numbers.of(program.vocabulary, rules)
    place = {rule: n for n, rule in enumerate(sorted(rules))}
    return Circuit(
        vocabulary=program.vocabulary,
        sizes=numbers.sizes,
        layers=tuple(_layers(program.strata, numbers)),
        outcomes=tuple(
            Outcome(
                rule=name,
                binding=tuple(numbers.binding(rules[name])),
                overridden=tuple(numbers.overridden(rules[name])),
                overriders=tuple(place[by] for by in sorted(rules[name].overriders)),
            )
            for name in place
        ),
        findings=tuple(sorted(numbers.findings.items())),
    )


def variables(terms: Iterable[Term]) -> frozenset[int]:
    """The variables that *terms* read."""
    return frozenset(variable for term in terms for variable, _ in term)


@final
@attrs.frozen
class _Numbers:
    """Which variable stands for what."""

    vocabulary: Vocabulary
    facts: Mapping[str, int]
    findings: Mapping[str, int]
    #: The rules that override others.
    binds: Mapping[str, int]

    @classmethod
    def of(cls, vocabulary: Vocabulary, rules: Mapping[str, LoweredRule]) -> _Numbers:
        facts = {name: n for n, name in enumerate(vocabulary.by_name)}
        concluded = sorted({f for rule in rules.values() for f in rule.concludes})
        overriding = sorted({r for rule in rules.values() for r in rule.overriders})
        findings = {name: n for n, name in enumerate(concluded, start=len(facts))}
        start = len(facts) + len(findings)
        binds = {name: n for n, name in enumerate(overriding, start=start)}
        return cls(vocabulary, facts, findings, binds)

    @property
    def sizes(self) -> tuple[int, ...]:
        signals = len(self.findings) + len(self.binds)
        return (*(len(f.all_values) for f in self.vocabulary.facts), *[2] * signals)

    def triggered(self, rule: LoweredRule) -> Iterator[Term]:
        """The terms by which *rule* is triggered."""
        for clause in rule.clauses:
            # A finding that nothing concludes never holds.
            if clause.holds <= self.findings.keys():
                yield tuple(sorted(self._tests(clause)))

    def binding(self, rule: LoweredRule) -> Iterator[Term]:
        """The terms by which *rule* binds: triggered, and not overridden."""
        unopposed = [(self.binds[name], _ABSENT) for name in rule.overriders]
        for term in self.triggered(rule):
            yield tuple(sorted((*term, *unopposed)))

    def overridden(self, rule: LoweredRule) -> Iterator[Term]:
        """The terms by which *rule* is triggered, and set aside."""
        for term in self.triggered(rule):
            for name in rule.overriders:
                yield tuple(sorted((*term, (self.binds[name], _HOLDS))))

    def set_by(self, rule: LoweredRule) -> Iterator[int]:
        """The variables that are set where *rule* binds."""
        yield from (self.findings[finding] for finding in rule.concludes)
        if rule.id in self.binds:
            yield self.binds[rule.id]

    def _tests(self, clause: Clause) -> Iterator[Test]:
        for test in clause.facts:
            values = self.vocabulary[test.fact].all_values
            passing = sum(1 << n for n, v in enumerate(values) if v in test.values)
            yield self.facts[test.fact], passing
        for finding in clause.holds:
            yield self.findings[finding], _HOLDS
        for finding in clause.absent & self.findings.keys():
            yield self.findings[finding], _ABSENT


def _layers(strata: tuple[Stratum, ...], numbers: _Numbers) -> Iterator[Layer]:
    """The layers; each signal is settled once, where the last of its terms is."""
    terms: dict[int, dict[Term, None]] = {}
    last: dict[int, int] = {}
    for height, stratum in enumerate(strata):
        for rule in stratum.rules:
            for variable in numbers.set_by(rule):
                terms.setdefault(variable, {}).update(
                    dict.fromkeys(numbers.binding(rule))
                )
                last[variable] = height
    for height, stratum in enumerate(strata):
        signals = tuple(
            Signal(variable, tuple(terms[variable]))
            for variable in sorted(last)
            if last[variable] == height
        )
        if signals:
            yield Layer(signals, repeats=bool(stratum.feeds_itself))
