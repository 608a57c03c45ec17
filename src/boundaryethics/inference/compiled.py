"""The columnar engine: bit masks for columns of codes, an integer for one situation.

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
#: A column of codes for each fact, by the number of the fact.
Columns: TypeAlias = Mapping[int, Codes]
#: One bit per row, eight rows to a byte, the first row in the lowest bit.
Mask: TypeAlias = npt.NDArray[np.uint8]
#: For each row, one bit per rule; the first rule is the lowest bit of the first word.
Words: TypeAlias = npt.NDArray[np.uint64]

#: Rows of a block: few enough that all its masks fit in the processor's cache.
BLOCK = 1 << 16
#: Rows of a span, the unit of work of one thread.
SPAN = 1 << 18
_WORD = 64
_BYTE = 8
#: Shifts and masks that transpose a square of 8 by 8 bits in three steps.
_TURNS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


def load(program: Program) -> ColumnarRunner:
    """Load *program*; this engine accepts every program."""
    return ColumnarRunner(program)


def spans(rows: int, size: int) -> Iterator[slice]:
    """Split *rows* rows into slices of *size*."""
    return (slice(at, min(at + size, rows)) for at in range(0, rows, size))


def blocks(columns: Columns, rows: int) -> Iterator[tuple[slice, Columns]]:
    """Split *columns* of *rows* rows into blocks; yield each with its slice."""
    for at in spans(rows, BLOCK):
        yield at, {number: column[at] for number, column in columns.items()}


def each_span(rows: int, threads: int, work: Callable[[Sequence[slice]], None]) -> None:
    """Run *work* in *threads* threads, each on its share of the spans."""
    found = [*spans(rows, SPAN)]
    if threads <= 1 or len(found) <= 1:
        work(found)
    else:
        with ThreadPoolExecutor(threads) as pool:
            # Reading the results raises any error in a thread.
            list(pool.map(work, [found[n::threads] for n in range(threads)]))


def words_in(rules: int) -> int:
    """Count the 64-bit words that hold one bit for each of *rules* rules."""
    return -(-rules // _WORD)


def in_words(masks: Sequence[Mask], rows: int) -> Words:
    """Transpose *masks*: return one bit per mask for each of *rows* rows."""
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
    """A program that runs on one situation or on columns of them."""

    program: Program

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """List the rules in the order of their bits in words: sorted by id."""
        return tuple(sorted(self.program.rule))

    @cached_property
    def one(self) -> OneSituation:
        """The layout of the program for one situation at a time."""
        return OneSituation.of(self.program)

    def derive(self, situation: Situation) -> Derivation:
        """Derive all that follows from *situation*."""
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
        """Find which of `rules` bind in each of *rows* rows of *columns*."""
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
    #: The mask with no row set.
    none: Mask
    binding: dict[str, Mask] = attrs.Factory(dict)
    findings: dict[str, Mask] = attrs.Factory(dict)
    _tested: dict[FactIn, Mask] = attrs.Factory(dict)
    _having: dict[tuple[int, int], Mask] = attrs.Factory(dict)

    def settle(self, stratum: Stratum, rules: Iterable[LoweredRule]) -> list[str]:
        """Apply *rules* of *stratum*; list the findings from which more may follow."""
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
        """Mask the rows in which *condition* holds; bits past the end are arbitrary."""
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
                # Tests of the same value share its mask.
                if (number, code) not in self._having:
                    held = self.columns[number] == code
                    self._having[number, code] = np.packbits(held, bitorder="little")
                mask = mask | self._having[number, code]
        return mask


#: The guards of the rules that conclude a finding; then the clauses that can still be
#: met if it holds, and those that can be met if it does not.
_Finding: TypeAlias = tuple[int, int, int]


@attrs.frozen
class _Level:
    """A stratum, laid out for one situation."""

    #: The clauses of its rules. Adding them to the met clauses sets the guard of each
    #: rule with a met clause, by carrying.
    clauses: int
    guards: int
    #: The findings that lower strata settle, the last of them the stratum just below.
    settled: tuple[_Finding, ...]
    #: The findings that its rules both conclude and read, which need iteration.
    feeding: tuple[_Finding, ...]
    #: The guards of the rules that override some of its rules.
    overriders: int
    #: For each of those guards, the guards of the rules that it overrides.
    targets: Mapping[int, int]


@final
@attrs.frozen
class OneSituation:
    """A program for one situation at a time: each clause is one bit of an integer.

    The clauses of each rule are adjacent bits below a guard bit. A carry reaches the
    guard if any of these bits is set. From then on, the guard represents the rule.
    """

    #: For each fact and each value, the clauses that the value does not rule out.
    passing: tuple[Mapping[str, int], ...]
    levels: tuple[_Level, ...]
    #: All clauses.
    every: int
    #: For each rule, its guard: the bit that says that it binds.
    binding: Mapping[str, int]
    #: The distance from a guard up to the bit that says that its rule is overridden.
    width: int

    @classmethod
    def of(cls, program: Program) -> OneSituation:
        """Lay out *program*."""
        rules = program.rule
        clauses: dict[int, Clause] = {}
        # For each rule, its guard and all its clauses.
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
        """Return, as bits, everything that follows if the facts have *values*."""
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
    """Return the findings that are read: by the stratum above them, and by name."""
    every = sum(clauses)
    # The highest stratum that concludes each finding that is read.
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
