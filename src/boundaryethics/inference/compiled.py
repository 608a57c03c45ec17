"""The columnar engine: bit masks for columns of codes, one number for one situation.

It derives just what the reference engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
#: A column of codes for each fact, by its number.
Columns: TypeAlias = Mapping[int, Codes]
#: Eight rows to a byte, the first in the lowest bit.
Mask: TypeAlias = npt.NDArray[np.uint8]
#: For each row a bit for each of some rules, the first in the lowest bit.
Words: TypeAlias = npt.NDArray[np.uint64]

#: Rows of a block: few enough that all masks of a block stay in the cache.
BLOCK = 1 << 16
#: Rows of a span, which one thread takes at a time.
SPAN = 1 << 18
_WORD = 64
_BYTE = 8
#: By so many bits halves of a square of 8 times 8 bits are apart, and those to move.
_TURNS = (
    (7, 0x00AA00AA00AA00AA),
    (14, 0x0000CCCC0000CCCC),
    (28, 0x00000000F0F0F0F0),
)


def load(program: Program) -> ColumnarRunner:
    """Make *program* ready to run; every program is taken."""
    return ColumnarRunner(program)


def spans(rows: int, size: int) -> Iterator[slice]:
    """Split so many *rows* into runs of *size*."""
    return (slice(at, min(at + size, rows)) for at in range(0, rows, size))


def blocks(columns: Columns, rows: int) -> Iterator[tuple[slice, Columns]]:
    """Yield blocks of so many *rows* of *columns*, and where each of them is."""
    for at in spans(rows, BLOCK):
        yield at, {number: column[at] for number, column in columns.items()}


def each_span(rows: int, threads: int, work: Callable[[Sequence[slice]], None]) -> None:
    """Let *threads* threads each do *work* on its share of the spans."""
    found = [*spans(rows, SPAN)]
    if threads <= 1 or len(found) <= 1:
        work(found)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, found[n::threads]) for n in range(threads)]:
            done.result()


def words_in(rules: int) -> int:
    """Count the words that hold a bit for each of so many *rules*."""
    return -(-rules // _WORD)


def in_words(masks: Sequence[Mask], rows: int) -> Words:
    """Give each of so many *rows* a bit for each of *masks*."""
    words = np.zeros((rows, words_in(len(masks))), "<u8")
    if masks:
        # Eight masks at a time are squares of 8 rows times 8 bits, and are turned over.
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
    """A program, for one situation and for many."""

    program: Program

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """All rules, sorted: as bits of words stand for them."""
        return tuple(sorted(self._lowered))

    @cached_property
    def one(self) -> OneSituation:
        """The program for one situation at a time."""
        return OneSituation.of(self.program)

    def derive(self, situation: Situation) -> Derivation:
        """Derive all that follows from *situation*."""
        bits, one = self.one.bits(situation.values), self.one
        binding = {rule for rule, bit in one.binding.items() if bits & bit}
        aside = [rule for rule, bit in one.binding.items() if bits >> one.width & bit]
        by = {
            rule: tuple(sorted(binding.intersection(self._lowered[rule].overriders)))
            for rule in aside
        }
        findings = {
            found for rule in binding for found in self._lowered[rule].concludes
        }
        return Derivation.of(binding, by, findings)

    def words(self, columns: Columns, rows: int) -> Words:
        """Tell which of `rules` bind in each of so many *rows* of *columns*."""
        block = _Block(self.program.vocabulary, columns, -(-rows // _BYTE))
        for stratum in self.program.strata:
            while block.settle(stratum):
                pass
        return in_words([block.binding[rule] for rule in self.rules], rows)

    @cached_property
    def _lowered(self) -> Mapping[str, LoweredRule]:
        strata = self.program.strata
        return {rule.id: rule for stratum in strata for rule in stratum.rules}


@final
@attrs.define(eq=False)
class _Block:
    """The rows of a block, and all that has followed so far."""

    vocabulary: Vocabulary
    columns: Columns
    #: Bytes of a mask.
    size: int
    binding: dict[str, Mask] = attrs.Factory(dict)
    findings: dict[str, Mask] = attrs.Factory(dict)
    _tested: dict[FactIn, Mask] = attrs.Factory(dict)
    _having: dict[tuple[int, int], Mask] = attrs.Factory(dict)

    def settle(self, stratum: Stratum) -> bool:
        """Settle the rules of *stratum*; tell whether more may follow."""
        feeding = stratum.feeds_itself
        before = {name: self._finding(name) for name in feeding}
        for rule in stratum.rules:
            binds = self._where(rule.condition)
            if rule.overriders:
                over = reduce(or_, [self.binding[by] for by in rule.overriders])
                binds = binds & ~over
            self.binding[rule.id] = binds
            for finding in rule.concludes:
                self.findings[finding] = self._finding(finding) | binds
        return any((self.findings[name] != before[name]).any() for name in feeding)

    def _where(self, condition: Condition) -> Mask:
        """Mask where *condition* holds; bits past the last row may be anything."""
        match condition:
            case FactIn():
                if condition not in self._tested:
                    self._tested[condition] = self._test(condition)
                return self._tested[condition]
            case Holds(finding):
                return self._finding(finding)
            case Not(part):
                return ~self._where(part)
            case All(parts):
                return reduce(and_, map(self._where, parts), self._all)
            case AnyOf(parts):
                return reduce(or_, map(self._where, parts), self._none)

    def _test(self, test: FactIn) -> Mask:
        number = [*self.vocabulary.by_name].index(test.fact)
        values = self.vocabulary[test.fact].all_values
        codes = [code for code, value in enumerate(values) if value in test.values]
        return reduce(or_, (self._has(number, code) for code in codes), self._none)

    def _has(self, fact: int, code: int) -> Mask:
        if (fact, code) not in self._having:
            held = self.columns[fact] == code
            self._having[fact, code] = np.packbits(held, bitorder="little")
        return self._having[fact, code]

    def _finding(self, name: str) -> Mask:
        return self.findings.get(name, self._none)

    @property
    def _none(self) -> Mask:
        return np.zeros(self.size, np.uint8)

    @property
    def _all(self) -> Mask:
        return ~self._none


#: Rules that conclude a finding; the clauses that can be met where it holds, and where
#: it does not.
_Finding: TypeAlias = tuple[int, int, int]


@final
@attrs.frozen(kw_only=True)
class _Level:
    """A stratum, for one situation."""

    #: The clauses of its rules. Added to those that are met, they carry into the guard
    #: of each rule of which any is.
    clauses: int
    guards: int
    #: The findings that the strata below settle, where the last of them is just below.
    settled: tuple[_Finding, ...]
    #: Those that its rules both conclude and read: more may follow from them.
    feeding: tuple[_Finding, ...]
    #: The rules that override some of its rules, and those that each sets aside.
    overriders: int
    targets: Mapping[int, int]


@final
@attrs.frozen(kw_only=True)
class OneSituation:
    """A program for one situation at a time: each clause is a bit of a long number.

    The bits of one rule stand together, sorted by rule, under a guard bit, which a
    carry reaches where any of them is set. It stands for the rule from then on.
    """

    #: For each fact, the clauses that each value leaves to be met.
    passing: tuple[Mapping[str, int], ...]
    levels: tuple[_Level, ...]
    #: All clauses.
    every: int
    #: For each rule the bit that it binds.
    binding: Mapping[str, int]
    #: By how many bits the bit that it is set aside stands above.
    width: int

    @classmethod
    def of(cls, program: Program) -> OneSituation:
        """Lay *program* out."""
        rules = {rule.id: rule for one in program.strata for rule in one.rules}
        layout = _Layout(rules)
        for name in sorted(rules):
            layout.add(name)
        every = sum(layout.clauses)
        return cls(
            passing=_passing(program.vocabulary, layout.clauses, every),
            levels=tuple(layout.levels(program.strata)),
            every=every,
            binding=layout.guards,
            width=layout.place,
        )

    def bits(self, values: Sequence[str]) -> int:
        """All that follows where the facts have *values*, as bits."""
        alive = reduce(and_, map(getitem, self.passing, values), self.every)
        binding = overridden = 0
        for level in self.levels:
            for by, held, absent in level.settled:
                alive &= held if binding & by else absent
            met = alive & level.clauses
            if not met:
                continue
            aside, over = 0, binding & level.overriders
            while over:
                lowest = over & -over
                aside |= level.targets[lowest]
                over ^= lowest
            if level.feeding:
                binding = _fed(level, met, binding, aside)
                for by, held, absent in level.feeding:
                    met &= held if binding & by else absent
            triggered = met + level.clauses & level.guards
            overridden |= triggered & aside
            binding |= triggered & ~aside
        return binding | overridden << self.width


def _fed(level: _Level, alive: int, binding: int, aside: int) -> int:
    """Bind rules until nothing more follows from what the rules of *level* conclude."""
    while True:
        met = alive
        for by, held, absent in level.feeding:
            met &= held if binding & by else absent
        more = binding | met + level.clauses & level.guards & ~aside
        if more == binding:
            return binding
        binding = more


def _passing(
    vocabulary: Vocabulary, clauses: Mapping[int, Clause], every: int
) -> tuple[Mapping[str, int], ...]:
    """List for each fact and value the clauses that ask for no other value."""
    passing = {f.name: dict.fromkeys(f.all_values, every) for f in vocabulary.facts}
    for bit, clause in clauses.items():
        for test in clause.facts:
            of_fact = passing[test.fact]
            for value in of_fact.keys() - test.values:
                of_fact[value] ^= bit
    return tuple(passing.values())


@final
@attrs.define
class _Layout:
    """Where the clauses and guards of rules stand."""

    rules: Mapping[str, LoweredRule]
    #: Each clause by its bit.
    clauses: dict[int, Clause] = attrs.Factory(dict)
    guards: dict[str, int] = attrs.Factory(dict)
    #: The bits of the clauses of each rule.
    owned: dict[str, int] = attrs.Factory(dict)
    place: int = 0

    def add(self, name: str) -> None:
        """Lay out the rule *name* above those before."""
        start = self.place
        for clause in self.rules[name].clauses:
            self.clauses[1 << self.place] = clause
            self.place += 1
        self.owned[name] = (1 << self.place) - (1 << start)
        self.guards[name] = 1 << self.place
        self.place += 1

    def levels(self, strata: Sequence[Stratum]) -> Iterator[_Level]:
        """Lay out each of *strata*."""
        last = dict.fromkeys((f for r in self.rules.values() for f in r.reads), -1)
        for height, stratum in enumerate(strata):
            last |= {f: height for r in stratum.rules for f in r.concludes if f in last}
        for height, stratum in enumerate(strata):
            names = [rule.id for rule in stratum.rules]
            over = {by for rule in stratum.rules for by in rule.overriders}
            yield _Level(
                clauses=sum(self.owned[name] for name in names),
                guards=sum(self.guards[name] for name in names),
                settled=tuple(
                    self._finding(f) for f in sorted(last) if last[f] == height - 1
                ),
                feeding=tuple(map(self._finding, sorted(stratum.feeds_itself))),
                overriders=sum(self.guards[by] for by in over),
                targets={self.guards[by]: self._targets(by, names) for by in over},
            )

    def _targets(self, by: str, names: Sequence[str]) -> int:
        """Sum the guards of the rules among *names* that *by* sets aside."""
        mine = (name for name in names if by in self.rules[name].overriders)
        return sum(self.guards[name] for name in mine)

    def _finding(self, name: str) -> _Finding:
        by = [rule for rule, one in self.rules.items() if name in one.concludes]
        denied = sum(b for b, clause in self.clauses.items() if name in clause.absent)
        needed = sum(b for b, clause in self.clauses.items() if name in clause.holds)
        every = sum(self.clauses)
        return sum(self.guards[rule] for rule in by), every - denied, every - needed
