"""Run programs on durable-rules. No other module may import that library."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import count, groupby, product
from operator import itemgetter
from string import ascii_lowercase
from time import monotonic, sleep
from typing import TypeAlias, final
from weakref import WeakSet

import attrs
import durable_rules_engine as engine

from boundaryethics.errors import EngineError, Problem, problem
from boundaryethics.inference.program import LoweredRule, Program, Stratum
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.verdict import Derivation, Firing

#: The test of a fact or of a finding that a key represents.
Atom: TypeAlias = FactIn | tuple[str, bool]
#: A conjunction of keys, in the order of their tests.
Conjunction: TypeAlias = tuple[str, ...]

#: Names with a special meaning in messages or in the engine itself.
RESERVED = ("id", "sid", "$s", "_l", "m", "s", "r", "all", "any", "count", "pri")


@final
@attrs.frozen(kw_only=True)
class AtomicStratum:
    """A stratum in which each test checks whether a single key is true."""

    #: The IDs of the rules that each conjunction triggers. The empty conjunction is
    #: always included, and comes first.
    rules: Mapping[Conjunction, tuple[str, ...]]
    #: For each fact with a test, the keys that are true for each value.
    facts: Mapping[str, Mapping[str, tuple[str, ...]]]
    #: For each finding with a test, the keys that are true if it is false, and if it is
    #: true.
    findings: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @cached_property
    def cases(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Map each key to the cases in which it is true: pairs (input, value)."""
        found: dict[str, list[tuple[int, int]]] = {}
        read = (*(by.values() for by in self.facts.values()), *self.findings.values())
        for what, cases in enumerate(read):
            for value, keys in enumerate(cases):
                for key in keys:
                    found.setdefault(key, []).append((what, value))
        return {key: tuple(cases) for key, cases in found.items()}

    def most_together(self, keys: Iterable[str]) -> int:
        """Return the largest number of *keys* that can be true at the same time."""
        most: dict[int, int] = {}
        counts = Counter(case for key in set(keys) for case in self.cases[key])
        for (what, _), number in counts.items():
            most[what] = max(number, most.get(what, 0))
        return sum(most.values())


def atomic(stratum: Stratum, vocabulary: Vocabulary) -> AtomicStratum:
    """Assign a key to each distinct test in *stratum*."""
    clauses: list[tuple[str, frozenset[Atom]]] = [
        (
            rule.id,
            clause.facts
            | {(finding, True) for finding in clause.holds}
            | {(finding, False) for finding in clause.absent},
        )
        for rule in stratum.rules
        for clause in rule.clauses
    ]
    uses = Counter(atom for _, atoms in clauses for atom in atoms)
    # The engine is faster if more conjunctions share their first test.
    ordered = sorted(uses, key=lambda atom: (-uses[atom], _sortable(atom)))
    keys = dict(zip(ordered, names(), strict=False))
    rank = {key: number for number, key in enumerate(keys.values())}
    rules: dict[Conjunction, tuple[str, ...]] = {(): ()}
    for rule, atoms in clauses:
        tested = tuple(sorted((keys[atom] for atom in atoms), key=rank.__getitem__))
        rules[tested] = (*rules.get(tested, ()), rule)
    tests: dict[str, list[tuple[frozenset[str], str]]] = {}
    found: dict[str, dict[bool, tuple[str, ...]]] = {}
    for atom, key in keys.items():
        if isinstance(atom, FactIn):
            tests.setdefault(atom.fact, []).append((atom.values, key))
        else:
            found.setdefault(atom[0], {})[atom[1]] = (key,)
    return AtomicStratum(
        rules=rules,
        facts={
            fact: {
                value: tuple(key for values, key in read if value in values)
                for value in vocabulary[fact].all_values
            }
            for fact, read in tests.items()
        },
        findings={
            name: (by.get(False, ()), by.get(True, ()))
            for name, by in sorted(found.items())
        },
    )


def names() -> Iterator[str]:
    """Yield short, unreserved names with distinct digests."""
    digests = {digest(name) for name in RESERVED}
    for length in count(1):
        for name in map("".join, product(ascii_lowercase, repeat=length)):
            if digest(name) not in digests:
                digests.add(digest(name))
                yield name


def digest(name: str) -> int:
    """Return the 32-bit FNV-1a digest that the engine uses in place of *name*."""
    result = 2166136261
    for byte in name.encode("ascii"):
        result = ((result ^ byte) * 16777619) & 0xFFFFFFFF
    return result


def _sortable(atom: Atom) -> tuple[str, ...]:
    if isinstance(atom, FactIn):
        return ("fact", atom.fact, *sorted(atom.values))
    finding, holds = atom
    return ("finding", finding, "holds" if holds else "lacks")


#: The maximum number of strata in a program. Each stratum is a ruleset, and a signal
#: handler may need twice as many.
MOST_STRATA = 100
#: The maximum number of generated rules in a ruleset. The engine's limit is 4,096.
MOST_CONJUNCTIONS = 2000
#: The maximum number of keys in a message. The engine's limit is 255, including its own
#: keys.
MOST_KEYS = 240
#: The maximum number of tests that may follow a test. The engine's limit is 511.
MOST_BRANCHES = 480
#: The maximum number of tests that can wait while one is evaluated. The engine's limit
#: is 64.
MOST_WAITING = 60
#: The maximum number of rulesets in a process, for all policies and threads. Each needs
#: about 0.2 MB.
MOST_HANDLES = 1024
#: The maximum wait for a ruleset, in seconds, while other threads use all rulesets.
LONGEST_WAIT = 60


def problems_of(stratum: AtomicStratum) -> tuple[Problem, ...]:
    """Return the reasons why the engine cannot run *stratum*."""
    conjunctions = sorted(stratum.rules)
    read = {key for conjunction in conjunctions for key in conjunction}
    sizes = [
        ("distinct conjunctions", len(conjunctions), MOST_CONJUNCTIONS),
        (
            "tests that can be met at the same time",
            stratum.most_together(read),
            MOST_KEYS,
        ),
    ]
    # Longer conjunctions are rejected anyway, and evaluating their tests is slow.
    if max(map(len, conjunctions), default=0) <= MOST_KEYS:
        branches, waiting = _widest(stratum, conjunctions)
        sizes.append(("distinct tests after one test", branches, MOST_BRANCHES))
        sizes.append(("tests to follow at the same time", waiting, MOST_WAITING))
    return tuple(
        problem("BE502", number=number, things=things, most=most)
        for things, number, most in sizes
        if number > most
    )


def _widest(
    stratum: AtomicStratum, conjunctions: Iterable[Conjunction]
) -> tuple[int, int]:
    """Return the most branches after any test, and the most tests waiting at a time."""
    most_branches = most_waiting = 0
    # Sorted conjunctions with the same first tests, the number of these tests, and the
    # number of tests that wait while they are evaluated.
    searched = [([*filter(None, conjunctions)], 0, 0)]
    while searched:
        sharing, depth, waiting = searched.pop()
        longer = (keys for keys in sharing if len(keys) > depth)
        following = {
            key: [*group] for key, group in groupby(longer, key=itemgetter(depth))
        }
        if following:
            together = stratum.most_together(following) + waiting
            most_branches = max(most_branches, len(following))
            most_waiting = max(most_waiting, together)
            searched += (
                (group, depth + 1, together - 1) for group in following.values()
            )
    return most_branches, most_waiting


# All messages have the same ID, because each is retracted before the next.
_HEAD = '{"id":"1","sid":"1",'
# The sentinel tests a key that all messages have, so every message has an action.
_TAIL = '"_l":1}'

#: The message in which no key is true.
NOTHING = _HEAD + _TAIL
#: The session of all messages.
SESSION = "1"
#: The name of the generated rule that all messages fire.
SENTINEL = "0000"
#: The position of the rule's name in an action, which begins with `{"0042":`.
NAME = slice(2, 6)


def load(program: Program) -> DurableRunner:
    """Load *program*."""
    if (strata := len(program.strata)) > MOST_STRATA:
        raise EngineError([problem("BE505", number=strata, most=MOST_STRATA)])
    plain = [atomic(stratum, program.vocabulary) for stratum in program.strata]
    if problems := tuple(problem for one in plain for problem in problems_of(one)):
        raise EngineError(problems)
    facts = tuple(program.vocabulary.by_name)
    pairs = zip(program.strata, plain, strict=True)
    layers = tuple(_Layer.of(stratum, one, facts) for stratum, one in pairs)
    runner = DurableRunner(program.vocabulary, layers)
    _POOL.add(runner)
    return runner


@final
@attrs.frozen(eq=False)
class DurableRunner:
    """A program with rulesets. Each ruleset is used by one thread at a time."""

    _vocabulary: Vocabulary
    _layers: tuple[_Layer, ...]
    #: Sets of rulesets that no thread is using.
    idle: list[list[_Ruleset]] = attrs.field(factory=list, init=False)

    def derive(self, situation: Situation) -> Derivation:
        """Derive the rules and findings that follow from *situation*.

        Raises:
            EngineError: the engine fails. The next call uses new rulesets.
        """
        values = situation.row
        if situation.vocabulary is not self._vocabulary:
            values = tuple(situation[name] for name in self._vocabulary.by_name)
        firings: dict[str, Firing] = {}
        findings: set[str] = set()
        # INVARIANT: rulesets are put back only after success. So no exception, such as
        # KeyboardInterrupt, leaves a ruleset in the middle of an action.
        rulesets = self._taken()
        for layer, ruleset in zip(self._layers, rulesets, strict=True):
            more = True
            while more:
                fired = ruleset.fired_by(layer.message(values, findings))
                more = layer.settle(fired, firings, findings)
        self.idle.append(rulesets)
        ordered = tuple([firings[rule] for rule in sorted(firings)])
        return Derivation(ordered, frozenset(findings))

    def _taken(self) -> list[_Ruleset]:
        """Return idle rulesets, or create new ones if the limit allows it.

        Raises:
            EngineError: no rulesets become available within `LONGEST_WAIT` seconds.
        """
        end = monotonic() + LONGEST_WAIT
        while True:
            try:
                return self.idle.pop()
            except IndexError:
                if _POOL.reserve(len(self._layers)):
                    break
            if monotonic() > end:
                most, seconds = MOST_HANDLES, LONGEST_WAIT
                busy = problem("BE504.busy", most=most, seconds=seconds)
                raise EngineError([busy])
            sleep(0.001)
        try:
            return [_Ruleset(layer.rules) for layer in self._layers]
        finally:
            _POOL.reserve(-len(self._layers))


@attrs.frozen(kw_only=True)
class _Layer:
    """A stratum as input for the engine, with tables to interpret the output."""

    #: A generated rule for each conjunction, as JSON. The sentinel comes first.
    rules: str
    #: For each fact with a test, its index, and the message text for each value.
    facts: tuple[tuple[int, Mapping[str, str]], ...]
    #: For each finding with a test, the message texts if it is false, and if it is
    #: true.
    findings: tuple[tuple[str, tuple[str, str]], ...]
    feeds_itself: frozenset[str]
    #: The rules that each generated rule triggers, with their `Firing` if they apply.
    triggers: Mapping[str, tuple[tuple[LoweredRule, Firing], ...]]

    @classmethod
    def of(
        cls, stratum: Stratum, plain: AtomicStratum, facts: tuple[str, ...]
    ) -> _Layer:
        """Generate the engine's input for *stratum*, with the keys of *plain*.

        *facts* are the names of the facts in the order of a situation's values.
        """
        binding = {rule.id: (rule, Firing(rule.id)) for rule in stratum.rules}
        rules, triggers = {}, {}
        for number, (keys, triggered) in enumerate(plain.rules.items()):
            tests: list[object] = [{key: 1} for key in keys]
            tests = tests or [{"$ex": {"_l": 1}}]
            rules[f"{number:04}"] = {"all": [{"m": {"$and": tests}}], "count": 1}
            triggers[f"{number:04}"] = tuple(binding[rule] for rule in triggered)
        return cls(
            rules=json.dumps(rules),
            facts=tuple(
                (facts.index(fact), {value: _text(keys) for value, keys in by.items()})
                for fact, by in plain.facts.items()
            ),
            findings=tuple(
                (finding, (_text(absent), _text(holding)))
                for finding, (absent, holding) in plain.findings.items()
            ),
            feeds_itself=stratum.feeds_itself,
            triggers=triggers,
        )

    def message(self, values: tuple[str, ...], findings: AbstractSet[str]) -> str:
        of_facts = [text[values[position]] for position, text in self.facts]
        of_findings = [text[finding in findings] for finding, text in self.findings]
        return f"{_HEAD}{''.join(of_facts)}{''.join(of_findings)}{_TAIL}"

    def settle(
        self, fired: list[str], firings: dict[str, Firing], findings: set[str]
    ) -> bool:
        """Add the results of *fired* rules; return whether to run the stratum again."""
        more = False
        for name in fired:
            for rule, binds in self.triggers[name]:
                if rule.id in firings:
                    continue
                by: tuple[str, ...] = ()
                if rule.overriders:
                    over = [firings.get(other) for other in rule.overriders]
                    by = tuple(
                        sorted(f.rule for f in over if f and not f.overridden_by)
                    )
                firings[rule.id] = Firing(rule.id, by) if by else binds
                if rule.concludes and not by:
                    fed = self.feeds_itself.intersection(rule.concludes)
                    more = more or not fed <= findings
                    findings.update(rule.concludes)
        return more


def _text(keys: Iterable[str]) -> str:
    return "".join(f'"{key}":1,' for key in keys)


class _Ruleset:
    """The generated rules of a stratum in the engine, freed with this object."""

    __slots__ = ("__weakref__", "_handle")

    def __init__(self, rules: str) -> None:
        _POOL.live.add(self)
        try:
            self._handle = engine.create_ruleset("b", rules)
        except engine.error as error:
            raise _failed(error) from error
        # INVARIANT: a session is deleted only after its first action. Before that,
        # the engine would free uninitialized memory.
        self.fired_by(NOTHING)
        weakref.finalize(self, _delete, self._handle).atexit = False

    def fired_by(self, message: str) -> list[str]:
        """Return the generated rules that *message* fires, in any order.

        Raises:
            EngineError: the engine fails. This ruleset must not be used again.
        """
        handle, next_action = self._handle, engine.complete_and_start_action
        fired: list[str] = []
        try:
            asserted, session = engine.assert_fact(handle, message)
            started = engine.start_action_for_state(handle, session)
            action = started and started[1]
            while action:
                fired.append(action[NAME])
                action = next_action(handle, session)
            retracted, _ = engine.retract_fact(handle, message)
        except engine.error as error:
            raise _failed(error) from error
        if asserted or retracted or fired.count(SENTINEL) != 1:
            why = "a message was lost"
            raise _failed(why)
        return fired


class _Pool:
    """The rulesets of this process, for all policies and threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        #: The number of rulesets that are about to be created.
        self._reserved = 0
        #: All rulesets that are not freed yet.
        self.live: WeakSet[_Ruleset] = WeakSet()
        self.runners: WeakSet[DurableRunner] = WeakSet()

    def add(self, runner: DurableRunner) -> None:
        """Allow the pool to free *runner*'s idle rulesets."""
        with self._lock:
            self.runners.add(runner)

    def reserve(self, number: int) -> bool:
        """Reserve *number* rulesets, and return whether that was possible.

        A negative number releases reservations. If necessary, idle rulesets are freed,
        starting with those of the program that has the most.
        """
        with self._lock:
            while len(self.live) + self._reserved + number > MOST_HANDLES:
                most = max(self.runners, key=lambda one: len(one.idle), default=None)
                try:
                    most.idle.pop(0)  # type: ignore[union-attr]
                except (AttributeError, IndexError):
                    return False
            self._reserved += number
            return True


_POOL = _Pool()
#: The rulesets of the parent process if this one was forked. They are never freed
#: here, because a thread that no longer exists may have been using one.
_INHERITED: list[object] = []


def _replace_pool() -> None:
    """Create a new pool for a forked process."""
    global _POOL
    runners, _POOL = [*_POOL.runners], _Pool()
    for runner in runners:
        _INHERITED.append([*runner.idle])
        runner.idle.clear()
        _POOL.add(runner)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_replace_pool)


def _delete(handle: int) -> None:
    engine.delete_state(handle, SESSION)
    engine.delete_ruleset(handle)


def _failed(why: object) -> EngineError:
    return EngineError([problem("BE504", why=why)])
