"""The columnar engine: bit masks for columns, and an integer for a single situation.

It derives the same rules and findings as the reference engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, reduce
from operator import and_, getitem, or_
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.inference.program import LoweredRule, Program, Stratum
from boundaryethics.model.conditions import All, Clause, Condition, FactIn, Holds, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.verdict import Derivation

Codes: TypeAlias = npt.NDArray[np.uint8]
#: A column of codes for each fact, by the index of the fact.
Columns: TypeAlias = Mapping[int, Codes]
#: A bit set of rows, with eight rows in each byte. The first row is the lowest bit.
Mask: TypeAlias = npt.NDArray[np.uint8]
#: For each row, a bit set of rules in 64-bit integers. The first rule is the lowest bit
#: of the first integer.
Words: TypeAlias = npt.NDArray[np.uint64]

#: The number of rows in a block. All masks of a block fit in the processor's cache.
BLOCK = 1 << 16
#: The number of rows in a span, the unit of work for a thread.
SPAN = 1 << 18
_WORD = 64
_BYTE = 8
#: Shifts and masks that transpose 8 by 8 bits in three steps.
_TURNS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


def load(program: Program) -> ColumnarRunner:
    """Load *program*. This engine accepts all programs."""
    return ColumnarRunner(program)


def spans(rows: int, size: int) -> Iterator[slice]:
    """Split *rows* rows into slices of *size* rows."""
    return (slice(at, min(at + size, rows)) for at in range(0, rows, size))


def blocks(columns: Columns, rows: int) -> Iterator[tuple[slice, Columns]]:
    """Split *columns* with *rows* rows into blocks; yield each block with its slice."""
    for at in spans(rows, BLOCK):
        yield at, {number: column[at] for number, column in columns.items()}


def each_span(rows: int, threads: int, work: Callable[[Sequence[slice]], None]) -> None:
    """Run *work* in several threads, each with its share of the spans."""
    found = [*spans(rows, SPAN)]
    if threads <= 1 or len(found) <= 1:
        work(found)
    else:
        with ThreadPoolExecutor(threads) as pool:
            # Reading the results raises any errors from the threads.
            list(pool.map(work, [found[n::threads] for n in range(threads)]))


def words_in(rules: int) -> int:
    """Return the number of 64-bit integers in a bit set with *rules* bits."""
    return -(-rules // _WORD)


def in_words(masks: Sequence[Mask], rows: int) -> Words:
    """Transpose *masks*: return, for each row, a bit set of the masks containing it."""
    words = np.zeros((rows, words_in(len(masks))), "<u8")
    if masks:
        # Eight masks form squares of 8 rows by 8 bits, which are transposed in place.
        groups = -(-len(masks) // _BYTE)
        bits = np.zeros((groups, len(masks[0]), _BYTE), np.uint8)
        for number, mask in enumerate(masks):
            bits[number // _BYTE, :, number % _BYTE] = mask
        squares = bits.view("<u8")
        for by, moved in _TURNS:
            turned = squares >> by
            turned ^= squares
            turned &= np.uint64(moved)
            squares ^= turned
            turned <<= by
            squares ^= turned
        words.view(np.uint8)[:, :groups] = bits.reshape(groups, -1)[:, :rows].T
    return words.astype(np.uint64, copy=False)


@final
@attrs.frozen
class ColumnarRunner:
    """A program that runs on single situations or on columns of codes."""

    program: Program

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The rules, sorted by ID, which is the order of their bits."""
        return tuple(sorted(self.program.rule))

    @cached_property
    def one(self) -> OneSituation:
        """The program, laid out for one situation at a time."""
        return OneSituation.of(self.program)

    def derive(self, situation: Situation) -> Derivation:
        """Derive the rules and findings that follow from *situation*."""
        bits, one, rules = self.one.bits(situation.row), self.one, self.program.rule
        binding = {rule for rule, bit in one.binding.items() if bits & bit}
        overridden = {
            rule: tuple(sorted(binding.intersection(rules[rule].overriders)))
            for rule, bit in one.binding.items()
            if bits >> one.width & bit
        }
        findings = {found for rule in binding for found in rules[rule].concludes}
        return Derivation.of(binding, overridden, findings)

    def words(self, columns: Columns, rows: int) -> Words:
        """Find the rules that apply to each row of *columns* with *rows* rows."""
        none = np.zeros(-(-rows // _BYTE), np.uint8)
        block = _Block(self.program.vocabulary, columns, none)
        for stratum in self.program.strata:
            waiting = [*stratum.rules]
            while waiting:
                waiting = stratum.reading(block.settle(stratum, waiting))
        return in_words([block.binding[rule] for rule in self.rules], rows)


@attrs.define(eq=False)
class _Block:
    """The rows of a block, with masks of the rules and findings derived so far."""

    vocabulary: Vocabulary
    columns: Columns
    #: The mask that contains no row.
    none: Mask
    #: For each rule so far, the rows to which it applies.
    binding: dict[str, Mask] = attrs.Factory(dict)
    #: For each finding so far, the rows in which it is true.
    findings: dict[str, Mask] = attrs.Factory(dict)
    #: The rows that meet each test, and the rows that have each code of each fact.
    _tested: dict[FactIn, Mask] = attrs.Factory(dict)
    _having: dict[tuple[int, int], Mask] = attrs.Factory(dict)

    def settle(self, stratum: Stratum, rules: Iterable[LoweredRule]) -> list[str]:
        """Apply *rules* of *stratum*.

        Return the changed findings that rules of the stratum depend on.
        """
        feeding, grown = stratum.feeds_itself, list[str]()
        for rule in rules:
            binds = self._where(rule.condition)
            if rule.overriders:
                over = reduce(or_, [self.binding[by] for by in rule.overriders])
                binds = binds & ~over
            self.binding[rule.id] = binds
            for name in rule.concludes:
                before = self.findings.get(name, self.none)
                self.findings[name] = before | binds
                if name in feeding and (self.findings[name] != before).any():
                    grown.append(name)
        return grown

    def _where(self, condition: Condition) -> Mask:
        """Return the mask of rows that meet *condition*.

        Bits past the last row are arbitrary.
        """
        match condition:
            case FactIn():
                if condition not in self._tested:
                    self._tested[condition] = self._test(condition)
                return self._tested[condition]
            case Holds(finding):
                return self.findings.get(finding, self.none)
            case Not(part):
                return ~self._where(part)
            case All(parts):
                return reduce(and_, map(self._where, parts), ~self.none)
            case AnyOf(parts):
                return reduce(or_, map(self._where, parts), self.none)

    def _test(self, test: FactIn) -> Mask:
        number = [*self.vocabulary.by_name].index(test.fact)
        mask = self.none
        for code, value in enumerate(self.vocabulary[test.fact].all_values):
            if value in test.values:
                # All tests of the same value share a mask.
                if (number, code) not in self._having:
                    held = self.columns[number] == code
                    self._having[number, code] = np.packbits(held, bitorder="little")
                mask = mask | self._having[number, code]
        return mask


#: Three bit sets about a finding: the guards of the rules that conclude it, the clauses
#: that can still be met if it is true, and the clauses that can still be met if it is
#: not.
_Finding: TypeAlias = tuple[int, int, int]


@attrs.frozen
class _Level:
    """A stratum, laid out for one situation."""

    #: The clauses of its rules. If this number is added to the clauses that are met,
    #: carries set the guard of each rule with at least one met clause.
    clauses: int
    guards: int
    #: The findings that lower strata settle. Those of the stratum just below come last.
    settled: tuple[_Finding, ...]
    #: The findings that its rules both conclude and depend on, which need iteration.
    feeding: tuple[_Finding, ...]
    #: The guards of the rules that override rules of this stratum.
    overriders: int
    #: For each of these guards, the guards of the rules that its rule overrides.
    targets: Mapping[int, int]


@final
@attrs.frozen
class OneSituation:
    """A program for one situation at a time. Each clause is one bit of an integer.

    The clauses of a rule are adjacent bits just below a guard bit. If one of them is
    set, an addition carries into the guard. From then on, the guard represents the
    rule.
    """

    #: For each value of each fact, the clauses that the value does not rule out.
    passing: tuple[Mapping[str, int], ...]
    levels: tuple[_Level, ...]
    #: All clauses.
    every: int
    #: For each rule, its guard, the bit that is set if the rule applies.
    binding: Mapping[str, int]
    #: The number of positions from a guard up to the bit that is set if its rule is
    #: overridden.
    width: int

    @classmethod
    def of(cls, program: Program) -> OneSituation:
        """Assign bits to the clauses and rules of *program*."""
        rules = program.rule
        clauses: dict[int, Clause] = {}
        # For each rule, its guard, and its guard together with all its clauses.
        guards, owned = dict[str, int](), dict[str, int]()
        width = 0
        for name in sorted(rules):
            mine = {1 << width + n: one for n, one in enumerate(rules[name].clauses)}
            clauses |= mine
            owned[name] = sum(mine)
            guards[name] = 1 << width + len(mine)
            width += len(mine) + 1
        every = sum(clauses)

        passing = {
            f.name: dict.fromkeys(f.all_values, every) for f in program.vocabulary.facts
        }
        for bit, clause in clauses.items():
            for test in clause.facts:
                of_fact = passing[test.fact]
                for value in of_fact.keys() - test.values:
                    of_fact[value] ^= bit

        levels = _levels(program.strata, clauses, owned, guards)
        return cls(tuple(passing.values()), tuple(levels), every, guards, width)

    def bits(self, values: Sequence[str]) -> int:
        """Return a bit set of everything that follows if the facts have *values*."""
        alive = reduce(and_, map(getitem, self.passing, values), self.every)
        binding = overridden = 0
        for level in self.levels:
            for by, held, absent in level.settled:
                alive &= held if binding & by else absent
            if not (met := alive & level.clauses):
                continue
            aside, over = 0, binding & level.overriders
            while over:
                lowest = over & -over
                aside |= level.targets[lowest]
                over ^= lowest
            before = None
            while level.feeding and binding != before:
                before, fed = binding, met
                for by, held, absent in level.feeding:
                    fed &= held if binding & by else absent
                binding |= fed + level.clauses & level.guards & ~aside
            for by, held, absent in level.feeding:
                met &= held if binding & by else absent
            triggered = met + level.clauses & level.guards
            overridden |= triggered & aside
            binding |= triggered & ~aside
        return binding | overridden << self.width


def _findings_of(
    strata: Sequence[Stratum],
    clauses: Mapping[int, Clause],
    guards: Mapping[str, int],
) -> tuple[Mapping[int, Sequence[_Finding]], Mapping[str, _Finding]]:
    """Return the findings that rules depend on, by stratum and by name.

    In the first mapping, the key of each finding is one more than the number of the
    stratum that settles it, or 0 if no rule concludes it.
    """
    every = sum(clauses)
    # For each of these findings, find the highest stratum that concludes it.
    last = dict.fromkeys(
        (f for one in strata for rule in one.rules for f in rule.reads), -1
    )
    by = dict.fromkeys(last, 0)
    for height, stratum in enumerate(strata):
        for rule in stratum.rules:
            for finding in by.keys() & rule.concludes:
                last[finding] = height
                by[finding] |= guards[rule.id]
    held, absent = dict.fromkeys(last, every), dict.fromkeys(last, every)
    for bit, clause in clauses.items():
        for finding in clause.absent:
            held[finding] ^= bit
        for finding in clause.holds:
            absent[finding] ^= bit
    findings = {f: (by[f], held[f], absent[f]) for f in sorted(last)}
    settled: dict[int, list[_Finding]] = {}
    for finding, height in sorted(last.items()):
        settled.setdefault(height + 1, []).append(findings[finding])
    return settled, findings


def _levels(
    strata: Sequence[Stratum],
    clauses: Mapping[int, Clause],
    owned: Mapping[str, int],
    guards: Mapping[str, int],
) -> Iterator[_Level]:
    settled, findings = _findings_of(strata, clauses, guards)
    for height, stratum in enumerate(strata):
        targets: dict[int, int] = {}
        for rule in stratum.rules:
            for by in rule.overriders:
                targets[guards[by]] = targets.get(guards[by], 0) | guards[rule.id]
        yield _Level(
            sum(owned[rule.id] for rule in stratum.rules),
            sum(guards[rule.id] for rule in stratum.rules),
            tuple(settled.get(height, ())),
            tuple(findings[f] for f in sorted(stratum.feeds_itself)),
            sum(targets),
            targets,
        )
