"""Compile policies for fast repeated ranking.

`best` and `ranking` return the ranking of one situation without reasons, `consult`
returns the full verdict, and `rank_codes` ranks many rows. Rankings come from lookup
tables that represent the policy's decision diagram. If the diagram is too large, the
points of the rules that apply are added up instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial, reduce
from math import prod
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.arguments import checked
from boundaryethics.batch.compiled_files import MOST, parts_in, read_body, write_parts
from boundaryethics.batch.encode import refuse_invalid_arguments
from boundaryethics.batch.verdict_cache import VerdictCache
from boundaryethics.consult import refuse_unfit, scales_of, situation_of
from boundaryethics.errors import (
    AnalysisError,
    ArgumentError,
    EngineError,
    SituationError,
    check_all,
    problem,
    refuse_unknown,
)
from boundaryethics.inference import compiled as columnar
from boundaryethics.inference.program import lower
from boundaryethics.mdd.build import QueryBuilder, Rankings, SizeLimits
from boundaryethics.mdd.space import Whole, space_of
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.ranking import (
    OPTIONS,
    STATUS_ORDER,
    Ranking,
    criteria_and_reasons,
    grouped,
    ranks_by_scores,
    ranks_by_signs,
)

#: A situation in any form that callers can pass.
Stated: TypeAlias = Mapping[str, object] | Situation
#: One array of codes for each fact, or one matrix with a row for each situation.
Columns: TypeAlias = Mapping[str, npt.NDArray[np.uint8]] | npt.NDArray[np.uint8]
#: Ranks with the shape (rows, options); 0 if the row is invalid.
Places: TypeAlias = npt.NDArray[np.uint8]
#: The limits for building a diagram. Policies that exceed them use `Scores`.
LIMITS = SizeLimits(sums=1 << 23, bits=1 << 25)
#: The number of rows in a block. The arrays of a block fit into the processor's cache.
BLOCK = 1 << 15

#: The number of bits of a field, which contains the index into one lookup table.
_FIELD = 16
_MASK = (1 << _FIELD) - 1
#: The number of rows whose scores are added up together.
ADDED = 1 << 12
#: The sum of all points must be below this number, so no sum can overflow.
_MOST_POINTS = 1 << 62


@final
@attrs.frozen(eq=False)
class Compiled:
    """A policy compiled for fast repeated ranking. Instances are thread-safe."""

    policy: Policy
    #: Computes rankings by table lookup or by adding up scores.
    executor: Chain | Scores = attrs.field(repr=False)

    def best(self, situation: Stated) -> tuple[Option, ...]:
        """Return the option with rank 1, or several if they are tied."""
        return self.ranking(situation)[0]

    def ranking(self, situation: Stated) -> Ranking:
        """Return the ranking as groups of tied options, starting with rank 1.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        if self._lookup is not None:
            return self._lookup.ranking(situation)
        facts = self._situation(situation)
        return self._verdicts.ranked(self._runner.one.bits(facts.row))[1]

    def consult(self, situation: Stated) -> Verdict:
        """Return the same verdict on *situation* as `boundaryethics.consult`."""
        facts = self._situation(situation)
        return self._verdicts.verdict(facts, self._runner.one.bits(facts.row))

    @checked
    def rank_codes(
        self, codes: Columns, *, threads: int = 1, binding: bool = False
    ) -> Ranked:
        """Rank each row of *codes*.

        A code is an index into the values of a fact, starting at 0. The last code means
        unknown. A fact without a column is unknown.

        Args:
            codes: a `uint8` array for each known fact, all of the same length; or a
                single array with one row for each situation and one column for each
                fact.
            threads: the number of threads to use.
            binding: whether to also return which rules apply.

        Raises:
            SituationError: a fact is not declared, or a column does not contain codes.
            TableError: *threads* is not a positive integer.
        """
        refuse_invalid_arguments(None, threads)
        columns, rows = _columns_of(codes, self.policy.vocabulary)
        rules = self._runner.rules if binding else ()
        size = rows, columnar.words_in(len(rules))
        ranked = Ranked(
            places=np.empty((rows, len(OPTIONS)), np.uint8),
            best=np.empty(rows, np.uint8),
            invalid=np.empty(0, np.intp),
            binding=np.zeros(size, np.uint64) if binding else None,
            rules=rules,
        )
        bad = [ranked.invalid]

        def work(some: Sequence[slice]) -> None:
            for at in some:
                valid, wrong = self._valid(columns, at)
                self._rank(valid, ranked.at(at))
                for answers in (ranked.places, ranked.best, ranked.binding):
                    if answers is not None:
                        answers[at][wrong] = 0
                bad.append(wrong + at.start)

        columnar.each_span(rows, threads, work)
        return attrs.evolve(ranked, invalid=np.sort(np.concatenate(bad)))

    @checked
    def save(self, path: str | Path) -> None:
        """Save the compiled policy to *path*. Use `load_compiled` to load it.

        The file is an archive of arrays, one of them a header, and ends with a digest.

        Raises:
            PolicyError: the file cannot be written. An existing file is left unchanged.
        """
        parts = None
        if isinstance(self.executor, Chain):
            links = self.executor.links
            parts = (
                tuple((link.facts, link.sizes, link.starts) for link in links),
                self.executor.ends,
            )
        write_parts(Path(path), self.policy, parts)

    def _rank(self, columns: Mapping[int, columnar.Codes], into: Ranked) -> None:
        if isinstance(self.executor, Chain):
            self.executor.place(columns, into)
            if into.binding is None:
                return
        for at, block in columnar.blocks(columns, len(into)):
            words = self._runner.words(block, at.stop - at.start)
            if isinstance(self.executor, Scores):
                self.executor.place(words, into.at(at))
            if into.binding is not None:
                into.binding[at] = words

    def _valid(
        self, columns: Mapping[int, columnar.Codes], at: slice
    ) -> tuple[dict[int, columnar.Codes], npt.NDArray[np.intp]]:
        """Return the slice *at* with invalid codes set to 0, and the invalid rows."""
        span = {fact: column[at] for fact, column in columns.items()}
        wrong = np.zeros(at.stop - at.start, bool)
        for fact, column in span.items():
            size = len(self.policy.vocabulary.facts[fact].all_values)
            if np.maximum.reduce(column) >= size:
                wrong |= column >= size
                span[fact] = np.where(column >= size, np.uint8(0), column)
        return span, np.flatnonzero(wrong)

    def _situation(self, stated: Stated) -> Situation:
        """Convert *stated* to a situation. This is fast if all values are strings."""
        if isinstance(stated, dict):
            known = self._known
            values = [UNKNOWN] * len(known)
            try:
                for fact, value in stated.items():
                    place, text = known[fact][value]
                    values[place] = text
            except (KeyError, TypeError):
                # Other types, such as Booleans, and invalid values are handled below.
                pass
            else:
                vocabulary = self.policy.vocabulary
                return Situation(vocabulary=vocabulary, row=tuple(values))
        return situation_of(stated, self.policy)

    @cached_property
    def _known(self) -> Mapping[Any, Mapping[Any, tuple[int, str]]]:
        return {
            fact.name: {value: (place, value) for value in fact.all_values}
            for place, fact in enumerate(self.policy.vocabulary.facts)
        }

    @cached_property
    def _lookup(self) -> SituationLookup | None:
        chain = self.executor
        return (
            SituationLookup.of(chain, self.policy) if isinstance(chain, Chain) else None
        )

    @cached_property
    def _runner(self) -> columnar.ColumnarRunner:
        return columnar.ColumnarRunner(lower(self.policy))

    @cached_property
    def _verdicts(self) -> VerdictCache:
        one = self._runner.one
        return VerdictCache(scales_of(self.policy), one.binding, one.width)


def compile_policy(policy: Policy | str | Path) -> Compiled:
    """Compile a policy for fast repeated ranking.

    *policy* is a policy, the ID of a built-in one, or the path of a policy file.

    Raises:
        PolicyError: the policy is abstract or invalid.
        EngineError: the policy's points are too large to add.
    """
    named = as_policy(policy)
    refuse_unfit(named)
    lower(named)
    return Compiled(named, chain_of(named) or Scores.of(named))


@checked
def load_compiled(path: str | Path, policy: Policy | str | Path) -> Compiled:
    """Load a compiled policy that was saved with `Compiled.save`.

    *policy* is the policy that the file was compiled from, or its ID or path. Load
    only a file that you or someone you trust saved: its digest detects damage, but
    anyone can compute a new one. Loading a file never runs code from it.

    Raises:
        PolicyError: the file cannot be read, is damaged or malformed, or was compiled
            from a different policy.
    """
    body, named = check_all(partial(read_body, Path(path)), partial(as_policy, policy))
    if (parts := parts_in(body, Path(path), named)) is None:
        return Compiled(named, Scores.of(named))
    links, ends = parts
    return Compiled(named, Chain(tuple(Link(*link) for link in links), ends))


@final
@attrs.frozen(eq=False)
class Ranked:
    """The rankings of many rows."""

    #: Ranks with the shape (rows, options), in the order of the options; 0 if invalid.
    places: Places
    #: For each row, a bit set of the options with rank 1. The first option has the
    #: value 1.
    best: npt.NDArray[np.uint8]
    #: The indices of rows with an invalid code, in ascending order.
    invalid: npt.NDArray[np.intp]
    #: For each row, a bit set of the rules that apply, in 64-bit integers. The first
    #: rule is the lowest bit of the first integer. None if the call did not request it.
    binding: npt.NDArray[np.uint64] | None = None
    #: The rules that the bits of `binding` represent, in order.
    rules: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    @checked
    def at(self, rows: slice) -> Ranked:
        """Return a writable view of the results for the slice *rows*."""
        binding = None if self.binding is None else self.binding[rows]
        return attrs.evolve(
            self, places=self.places[rows], best=self.best[rows], binding=binding
        )

    @property
    def tied(self) -> npt.NDArray[np.bool_]:
        """For each row, whether several options have rank 1."""
        return np.bitwise_count(self.best) > 1

    @checked
    def rank(self, option: Option | str) -> npt.NDArray[np.uint8]:
        """Return the rank of *option* in each row."""
        return self.places[:, OPTIONS.index(Option(option))]

    @checked
    def binds(self, rule: str) -> npt.NDArray[np.bool_]:
        """Return whether *rule* applies in each row.

        Raises:
            ArgumentError: `binding` was not requested, or the rule does not exist.
        """
        if self.binding is None:
            raise ArgumentError([problem("BE415")])
        if rule not in self.rules:
            refuse_unknown("rule", rule, self.rules)
        word, bit = divmod(self.rules.index(rule), 64)
        return (self.binding[:, word] >> np.uint64(bit) & np.uint64(1)).astype(bool)


@final
@attrs.frozen(eq=False)
class Link:
    """A lookup table for several facts, whose codes form one mixed-radix index."""

    facts: tuple[int, ...]
    #: The number of codes of each fact. The last fact is the lowest digit.
    sizes: tuple[int, ...]
    #: The next state, by state and then by index. The next state is stored as its
    #: offset in the table of the next link; in the last link, as the number of the
    #: ranking.
    starts: npt.NDArray[np.uint16]


@final
@attrs.frozen(eq=False)
class Chain:
    """A decision diagram as a sequence of lookup tables, each for several facts.

    Each table maps a state and the codes of its facts to a state of the next table. The
    last table contains the rankings. A row needs one lookup in each table, regardless
    of the number of rules.
    """

    links: tuple[Link, ...]
    #: The distinct rankings, with the shape (rankings, options): the rank of each
    #: option.
    ends: Places

    def place(self, columns: Mapping[int, columnar.Codes], into: Ranked) -> None:
        """Rank the rows of *columns*, and write the result to *into*."""
        of_each, first = self._answers
        if not self.links:
            into.places[:], into.best[:] = of_each[0], first[0]
            return
        states = np.zeros(len(into), np.uint16)
        numbers = np.empty_like(states)
        indices = np.empty(min(len(into), BLOCK), np.intp)
        for link in self.links:
            np.copyto(numbers, columns[link.facts[0]])
            for fact, size in zip(link.facts[1:], link.sizes[1:], strict=True):
                np.multiply(numbers, np.uint16(size), out=numbers)
                np.add(numbers, columns[fact], out=numbers)
            np.add(numbers, states, out=numbers)
            for at in columnar.spans(len(into), BLOCK):
                rows = indices[: at.stop - at.start]
                np.copyto(rows, numbers[at])
                # All indices are valid. `wrap` avoids a copy that NumPy would make to
                # check them.
                if link is not self.links[-1]:
                    link.starts.take(rows, out=states[at], mode="wrap")
                    continue
                of_each.take(rows, axis=0, out=into.places[at], mode="wrap")
                first.take(rows, out=into.best[at], mode="wrap")

    @cached_property
    def _answers(self) -> tuple[Places, npt.NDArray[np.uint8]]:
        """For each entry of the last table, the ranks and a bit set of top options."""
        places = self.ends[self.links[-1].starts] if self.links else self.ends
        return places, _first(places)


def _first(places: Places) -> npt.NDArray[np.uint8]:
    bits = (places == 1) << np.arange(len(OPTIONS))
    first: npt.NDArray[np.uint8] = bits.sum(1, np.uint8)
    return first


def chain_of(policy: Policy) -> Chain | None:
    """Build the lookup tables for *policy*; return None if they would be too large."""
    # Other code checks whether a row is possible. Here, every row has a ranking.
    everything = attrs.evolve(policy.vocabulary, impossible=())
    try:
        builder = QueryBuilder([policy])
        diagram = builder.ask(space_of(everything), Rankings(), limits=LIMITS)
    except AnalysisError:
        return None
    small = diagram.reduced()
    # For each level, the next states with the shape (states, codes). Codes replace the
    # classes of values.
    follows: list[Whole] = []
    for level in small.layers:
        values = policy.vocabulary[level.fact].all_values
        follows.append(level.follows[[level.place[value] for value in values]].T)
    if (runs := _runs([of_one.shape for of_one in follows])) is None:
        return None
    facts = {fact.name: n for n, fact in enumerate(policy.vocabulary.facts)}
    numbers = [facts[level.fact] for level in small.layers]
    links: list[Link] = []
    width = 1
    for run in reversed(runs):
        sizes = tuple(of_one.shape[1] for of_one in follows[run])
        # Merge consecutive facts: combine each code of one with every code of the next.
        joined = reduce(lambda a, b: b[a].reshape(len(a), -1), follows[run])
        starts = (joined * width).astype(np.uint16).ravel()
        links.insert(0, Link(tuple(numbers[run]), sizes, starts))
        width = prod(sizes)
    return Chain(tuple(links), ranks_by_signs(small.ends.settled))


def _runs(shapes: Sequence[tuple[int, ...]]) -> list[slice] | None:
    """Split the facts into as few lookup tables as possible, and keep them small.

    *shapes* contains the number of states and the number of codes for each fact. Return
    None if the table for a single fact would be too large.
    """
    best: list[tuple[float, list[slice]] | None] = [(0.0, [])]
    for stop in range(1, len(shapes) + 1):
        found = [
            (before[0] + 1 + size / MOST, [*before[1], slice(start, stop)])
            for start in range(stop)
            if (before := best[start])
            and (size := shapes[start][0] * prod(c for _, c in shapes[start:stop]))
            <= MOST
        ]
        best.append(min(found, key=lambda one: one[0], default=None))
    last = best[-1]
    return last[1] if last else None


@final
@attrs.frozen(eq=False)
class SituationLookup:
    """Lookup tables for one situation at a time, which is encoded as one large integer.

    The integer has a field for each table, which contains the index into that table.
    Each value of a fact adds its digits to these fields. There is also a field for each
    impossible combination. It counts how many of the combination's tests are met, and
    overflows if all of them are. So the integer also shows whether the situation is
    possible.
    """

    policy: Policy
    #: The integer of the situation in which every fact is unknown.
    start: int
    #: The number to add to this integer for each value of each fact.
    adds: Mapping[Any, Mapping[Any, int]]
    #: The overflow bits of impossible combinations, and one bit that no situation sets.
    refused: int
    #: For each lookup table, the position of its field, and its entries.
    links: tuple[tuple[int, Sequence[int]], ...]
    rankings: tuple[Ranking, ...]

    @classmethod
    def of(cls, chain: Chain, policy: Policy) -> SituationLookup:
        """Build the tables from *chain*, which must be compiled from *policy*."""
        # For each table and fact, the place value of the fact's digit in the index.
        strides = [
            {fact: prod(link.sizes[n + 1 :]) for n, fact in enumerate(link.facts)}
            for link in chain.links
        ]
        start, adds = 0, list[dict[str, int]]()
        for number, fact in enumerate(policy.vocabulary.facts):
            steps = [stride.get(number, 0) for stride in strides]
            step = sum(one << _FIELD * n for n, one in enumerate(steps))
            # `start` has every fact unknown, which is the last value. So the numbers to
            # add are relative to that value.
            last = len(fact.values)
            adds.append({v: step * (n - last) for n, v in enumerate(fact.all_values)})
            start += step * last
        field, refused = _FIELD * len(chain.links), 0
        for clash in policy.vocabulary.clashes:
            tests = len(clash.tests)
            top = field + tests.bit_length()
            start += (1 << top) - (tests << field)
            refused |= 1 << top
            for place, among in clash.tests:
                adds[place] |= {v: adds[place][v] + (1 << field) for v in among}
            field = top + 1
        links = enumerate(chain.links)
        return cls(
            policy,
            start,
            dict(zip(policy.vocabulary.by_name, adds, strict=True)),
            refused | 1 << field,
            tuple((_FIELD * n, link.starts.tolist()) for n, link in links),
            tuple(map(grouped, chain.ends.tolist())),
        )

    def ranking(self, stated: Stated) -> Ranking:
        """Rank the options in the situation with the *stated* facts."""
        number, adds = self.refused, self.adds
        if isinstance(stated, dict):
            try:
                number = self.start
                for fact, value in stated.items():
                    number += adds[fact][value]
            except (KeyError, TypeError):
                # Other types, such as Booleans, and invalid values are handled below.
                number = self.refused
        if number & self.refused:
            situation = situation_of(stated, self.policy)
            pairs = zip(adds.values(), situation.row, strict=True)
            number = self.start + sum([by[value] for by, value in pairs])
        start = 0
        for field, starts in self.links:
            start = starts[start + (number >> field & _MASK)]
        return self.rankings[start]


@final
@attrs.frozen(eq=False)
class Scores:
    """Sums of points, for policies whose decision diagram is too large."""

    #: For each criterion, option and rule, the number to add if the rule applies. The
    #: first two criteria count bans and requirements. The others are negated points, so
    #: lower is better.
    adds: npt.NDArray[np.int64]

    @classmethod
    def of(cls, policy: Policy) -> Scores:
        """Compile *policy* to scores."""
        criteria, by_rule = criteria_and_reasons(policy)
        adds = np.zeros((2 + len(criteria), len(OPTIONS), len(by_rule)), object)
        for number, rule in enumerate(sorted(by_rule)):
            for option, reasons in enumerate(by_rule[rule]):
                for one in reasons:
                    if one.strength is None:
                        adds[int(one.pull is Pull.REQUIRES), option, number] += 1
                    else:
                        criterion = 2 + criteria.index(one.criterion)
                        adds[criterion, option, number] -= one.points
        if abs(adds).sum() >= _MOST_POINTS:
            raise EngineError([problem("BE705", policy=policy.id)])
        return cls(adds.astype(np.int64))

    def place(self, binding: columnar.Words, into: Ranked) -> None:
        """Rank rows by the rules that apply to them, and write the ranks to *into*."""
        numbers, options, _ = self.adds.shape
        settings = binding.astype("<u8", copy=False).view(np.uint8)
        for at in columnar.spans(len(into), ADDED):
            added = np.zeros((at.stop - at.start, numbers * options), np.int64)
            for eight, adds in enumerate(self._by_eights):
                added += adds.take(settings[at, eight], axis=0)
            forbidden, required, *sums = added.T.reshape(numbers, options, -1)
            height = np.full_like(forbidden, STATUS_ORDER[Status.ALLOWED])
            height[required > 0] = STATUS_ORDER[Status.REQUIRED]
            height[forbidden > 0] = STATUS_ORDER[Status.FORBIDDEN]
            into.places[at] = ranks_by_scores(np.stack([height, *sums]))
        into.best[:] = _first(into.places)

    @cached_property
    def _by_eights(self) -> npt.NDArray[np.int64]:
        """For each group of eight rules, the totals that each subset of them adds."""
        rules = self.adds.shape[2]
        every = np.zeros((-(-rules // 8) * 8, self.adds[:, :, :1].size), np.int64)
        every[:rules] = self.adds.reshape(-1, rules).T
        bits = np.arange(1 << 8)[:, None] >> np.arange(8) & 1
        found: npt.NDArray[np.int64] = bits @ every.reshape(-1, 8, every.shape[1])
        return found


def _array(given: object) -> npt.NDArray[Any]:
    try:
        return np.asanyarray(given)
    except Exception:  # noqa: BLE001 - the value may raise anything
        return np.empty((), object)


def _columns_of(
    given: Columns, vocabulary: Vocabulary
) -> tuple[dict[int, columnar.Codes], int]:
    """Return a column for each fact, unknown by default, and the number of rows."""
    names = tuple(vocabulary.by_name)
    if not isinstance(given, Mapping):
        array = _array(given)
        if array.ndim != 2 or array.shape[1] != len(names):  # noqa: PLR2004
            raise SituationError([problem("BE706.shape", facts=len(names))])
        given = dict(zip(names, array.T, strict=True))
    columns = {name: _array(column) for name, column in given.items()}
    problems = [
        *vocabulary.validate(dict.fromkeys(columns.keys() - vocabulary.by_name)),
        *(
            problem("BE706.kind", path=(name,), token=str(column.dtype), name=name)
            for name, column in columns.items()
            # NumPy would use the masked values as codes.
            if isinstance(column, np.ma.MaskedArray)
            or column.ndim != 1
            or column.dtype != np.uint8
        ),
    ]
    lengths = {len(column) for column in columns.values() if column.ndim == 1}
    if len(lengths) > 1:
        listed = ", ".join(map(str, sorted(lengths)))
        problems.append(problem("BE706.lengths", lengths=listed))
    if problems:
        raise SituationError(problems)
    rows = max(lengths, default=0)
    unknown = [np.uint8(len(fact.values)) for fact in vocabulary.facts]
    return {
        number: columns.get(name, np.broadcast_to(unknown[number], rows))
        for number, name in enumerate(names)
    }, rows
