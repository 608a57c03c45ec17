"""Run programs on durable-rules. No other module imports it."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import count, groupby
from typing import TypeAlias, final

import attrs
import durable_rules_engine as engine

from boundaryethics.errors import EngineError, Problem, problem
from boundaryethics.inference.program import LoweredRule, Program, Stratum
from boundaryethics.model.conditions import Clause, FactIn, Holds
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.verdict import Derivation, Firing


@final
@attrs.frozen
class Lacks:
    """A finding does not hold."""

    finding: str


#: What one key tells.
Atom: TypeAlias = FactIn | Holds | Lacks
#: Keys that hold together, in the order in which they are tested.
Conjunction: TypeAlias = tuple[str, ...]
#: The keys that hold for each value of a fact.
KeysByValue: TypeAlias = Mapping[str, tuple[str, ...]]

#: Names that messages, or the engine itself, give a meaning of their own.
TAKEN = ("id", "sid", "$s", "_l", "m", "s", "r", "all", "any", "count", "pri")


@final
@attrs.frozen(kw_only=True)
class AtomicStratum:
    """A stratum in which every test is whether a key holds."""

    #: The ids of the rules that each conjunction triggers; first the empty one,
    #: which is always there.
    rules: Mapping[Conjunction, tuple[str, ...]]
    #: By name, the facts that are read.
    facts: Mapping[str, KeysByValue]
    #: By name, the findings that are read: keys where absent, keys where it holds.
    findings: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    def most_together(self, keys: Iterable[str]) -> int:
        """How many of *keys* can hold at once, at most."""
        among = frozenset(keys)
        cases = (
            *(tuple(by_value.values()) for by_value in self.facts.values()),
            *self.findings.values(),
        )
        return sum(max(len(among.intersection(c)) for c in case) for case in cases)


def atomic(stratum: Stratum, vocabulary: Vocabulary) -> AtomicStratum:
    """Give each distinct test in *stratum* a key."""
    clauses = [
        (rule.id, _atoms(clause)) for rule in stratum.rules for clause in rule.clauses
    ]
    uses = Counter(atom for _, atoms in clauses for atom in atoms)
    keys = dict(zip(_most_used_first(uses), names(), strict=False))
    rank = {key: place for place, key in enumerate(keys.values())}
    rules: dict[Conjunction, tuple[str, ...]] = {(): ()}
    for rule, atoms in clauses:
        tested = tuple(sorted((keys[atom] for atom in atoms), key=rank.__getitem__))
        rules[tested] = (*rules.get(tested, ()), rule)
    return AtomicStratum(
        rules=rules,
        facts=_fact_keys(keys, vocabulary),
        findings=_finding_keys(keys),
    )


def names() -> Iterator[str]:
    """Yield short names whose digests differ from one another and the taken ones."""
    digests = {digest(name) for name in TAKEN}
    for number in count():
        name = _in_letters(number)
        if digest(name) not in digests:
            digests.add(digest(name))
            yield name


def digest(name: str) -> int:
    """Give the 32-bit FNV-1a digest of *name*, by which the engine knows it."""
    result = 2166136261
    for byte in name.encode("ascii"):
        result = ((result ^ byte) * 16777619) & 0xFFFFFFFF
    return result


def _atoms(clause: Clause) -> frozenset[Atom]:
    holds = (Holds(finding) for finding in clause.holds)
    lacks = (Lacks(finding) for finding in clause.absent)
    return frozenset((*clause.facts, *holds, *lacks))


def _most_used_first(uses: Mapping[Atom, int]) -> list[Atom]:
    # The engine shares first tests: the more conjunctions share one, the quicker it is.
    return sorted(uses, key=lambda atom: (-uses[atom], _sortable(atom)))


def _sortable(atom: Atom) -> tuple[str, ...]:
    match atom:
        case FactIn(fact, values):
            return ("fact", fact, *sorted(values))
        case Holds(finding):
            return ("finding", finding, "holds")
        case Lacks(finding):
            return ("finding", finding, "lacks")


def _fact_keys(
    keys: Mapping[Atom, str], vocabulary: Vocabulary
) -> dict[str, KeysByValue]:
    tests: dict[str, list[tuple[frozenset[str], str]]] = {}
    for atom, key in keys.items():
        if isinstance(atom, FactIn):
            tests.setdefault(atom.fact, []).append((atom.values, key))
    return {
        fact: {
            value: tuple(key for values, key in read if value in values)
            for value in vocabulary[fact].all_values
        }
        for fact, read in tests.items()
    }


def _finding_keys(
    keys: Mapping[Atom, str],
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    def of(atom: Atom) -> tuple[str, ...]:
        return (keys[atom],) if atom in keys else ()

    read = {atom.finding for atom in keys if not isinstance(atom, FactIn)}
    return {name: (of(Lacks(name)), of(Holds(name))) for name in sorted(read)}


def _in_letters(number: int) -> str:
    more, last = divmod(number, 26)
    return (_in_letters(more - 1) if more else "") + chr(ord("a") + last)


#: Generated rules in a ruleset; the engine has room for 4,096.
MOST_CONJUNCTIONS = 2000
#: Keys in a message; the engine has room for 255, its own included.
MOST_KEYS = 240
#: Tests that may follow one test; the engine has room for 511.
MOST_BRANCHES = 480
#: Tests that wait while one is followed; the engine has room for 64.
MOST_WAITING = 60


def problems_of(stratum: AtomicStratum) -> tuple[Problem, ...]:
    """Find why the durable engine cannot take *stratum*."""
    conjunctions = sorted(stratum.rules)
    read = {key for conjunction in conjunctions for key in conjunction}
    branches, waiting = _widest(stratum, conjunctions)
    measured = (
        ("distinct conjunctions", len(conjunctions), MOST_CONJUNCTIONS),
        ("tests that can be met at once", stratum.most_together(read), MOST_KEYS),
        ("distinct tests after one test", branches, MOST_BRANCHES),
        ("tests to follow at once", waiting, MOST_WAITING),
    )
    return tuple(
        problem("BE502", number=number, things=things, most=most)
        for things, number, most in measured
        if number > most
    )


def _widest(
    stratum: AtomicStratum, conjunctions: Iterable[Conjunction]
) -> tuple[int, int]:
    """Count the most branches after any test, and the most tests ever waiting."""
    following = dict(_by_first_test(conjunctions))
    if not following:
        return 0, 0
    below = [_widest(stratum, rest) for rest in following.values()]
    together = stratum.most_together(following)
    return (
        max(len(following), *(branches for branches, _ in below)),
        max(together, *(together - 1 + waiting for _, waiting in below)),
    )


def _by_first_test(
    conjunctions: Iterable[Conjunction],
) -> Iterator[tuple[str, list[Conjunction]]]:
    longer = (keys for keys in conjunctions if keys)
    for first, sharing in groupby(longer, key=lambda keys: keys[0]):
        yield first, [keys[1:] for keys in sharing]


# Every message has the same identity: each is taken back before the next.
_HEAD = '{"id":"1","sid":"1",'
# The sentinel waits for this key, which every message has: some action always starts.
_TAIL = '"_l":1}'

#: The message in which no key holds.
NOTHING = _HEAD + _TAIL
#: What the messages call their session.
SESSION = "1"
#: The generated rule that every message fires.
SENTINEL = "0000"
#: Where an action has the name of its rule: it begins with `{"0042":`.
NAME = slice(2, 6)


@final
@attrs.frozen(kw_only=True)
class Wording:
    """The texts of a stratum."""

    #: The conjunctions by the names of their generated rules, the sentinel first.
    conjunctions: Mapping[str, Conjunction]
    #: For each fact read, its position, and what is said of each value.
    facts: tuple[tuple[int, Mapping[str, str]], ...]
    #: For each finding read, what is said where it is absent, and where it holds.
    findings: tuple[tuple[str, tuple[str, str]], ...]

    @classmethod
    def of(cls, stratum: AtomicStratum, facts: tuple[str, ...]) -> Wording:
        """Make the texts of *stratum*, for values in the order of *facts*."""
        return cls(
            conjunctions={f"{n:04}": keys for n, keys in enumerate(stratum.rules)},
            facts=tuple(
                (facts.index(fact), {value: _said(keys) for value, keys in by.items()})
                for fact, by in stratum.facts.items()
            ),
            findings=tuple(
                (finding, (_said(absent), _said(holding)))
                for finding, (absent, holding) in stratum.findings.items()
            ),
        )

    def message(self, values: tuple[str, ...], findings: AbstractSet[str]) -> str:
        """Write the keys that hold, for the engine."""
        of_facts = [said[values[position]] for position, said in self.facts]
        of_findings = [said[finding in findings] for finding, said in self.findings]
        return f"{_HEAD}{''.join(of_facts)}{''.join(of_findings)}{_TAIL}"

    def rules(self) -> str:
        """Generate a rule for each conjunction, as JSON."""
        tests: dict[str, list[object]] = {
            name: [*({key: 1} for key in keys)] or [{"$ex": {"_l": 1}}]
            for name, keys in self.conjunctions.items()
        }
        rules = {
            name: {"all": [{"m": {"$and": of_one}}], "count": 1}
            for name, of_one in tests.items()
        }
        return json.dumps(rules)


def _said(keys: Iterable[str]) -> str:
    return "".join(f'"{key}":1,' for key in keys)


def load(program: Program) -> DurableRunner:
    """Make *program* ready to run.

    Raises:
        EngineError: the engine cannot take the program.
    """
    plain = [atomic(stratum, program.vocabulary) for stratum in program.strata]
    problems = tuple(problem for one in plain for problem in problems_of(one))
    if problems:
        raise EngineError(problems)
    facts = tuple(program.vocabulary.by_name)
    layers = (
        _Layer.of(stratum, one, Wording.of(one, facts))
        for stratum, one in zip(program.strata, plain, strict=True)
    )
    return DurableRunner(program.vocabulary, tuple(layers))


@final
@attrs.frozen(eq=False)
class DurableRunner:
    """A program, with rulesets of its own for each thread of each process."""

    _vocabulary: Vocabulary
    _layers: tuple[_Layer, ...]
    _idle: threading.local = attrs.field(factory=threading.local, init=False)

    def derive(self, situation: Situation) -> Derivation:
        """Derive all that follows from *situation*.

        Raises:
            EngineError: the engine fails; the next call starts afresh.
        """
        values = self._values_of(situation)
        found = _Found()
        # INVARIANT: rulesets are put back only when all went well, so that nothing,
        # KeyboardInterrupt included, leaves one behind in the middle of an action.
        rulesets = self._taken()
        for layer, ruleset in zip(self._layers, rulesets.each, strict=True):
            more = True
            while more:
                message = layer.wording.message(values, found.findings)
                more = layer.settle(ruleset.fired_by(message), found)
        self._idle.rulesets = rulesets
        return found.derivation()

    def _values_of(self, situation: Situation) -> tuple[str, ...]:
        if situation.vocabulary is self._vocabulary:
            return situation.values
        return tuple(situation[name] for name in self._vocabulary.by_name)

    def _taken(self) -> _Rulesets:
        kept: _Rulesets | None = self._idle.__dict__.pop("rulesets", None)
        if kept is not None and kept.process == os.getpid():
            return kept
        fresh = tuple(_Ruleset(layer.wording.rules()) for layer in self._layers)
        return _Rulesets(os.getpid(), fresh)


@final
@attrs.define
class _Found:
    """What has followed so far."""

    firings: dict[str, Firing] = attrs.field(factory=dict)
    findings: set[str] = attrs.field(factory=set)

    def binding_among(self, rules: tuple[str, ...]) -> tuple[str, ...]:
        """Find which of *rules* bind, sorted."""
        fired = (self.firings.get(rule) for rule in rules)
        return tuple(sorted(f.rule for f in fired if f and not f.overridden_by))

    def derivation(self) -> Derivation:
        """Give all of it."""
        ordered = tuple([self.firings[rule] for rule in sorted(self.firings)])
        return Derivation(ordered, frozenset(self.findings))


@final
@attrs.frozen(kw_only=True)
class _Layer:
    """A stratum as it is asked about and settled."""

    wording: Wording
    feeds_itself: frozenset[str]
    #: The rules that each generated rule triggers, each with its firing if it binds.
    triggers: Mapping[str, tuple[tuple[LoweredRule, Firing], ...]]

    @classmethod
    def of(cls, stratum: Stratum, plain: AtomicStratum, wording: Wording) -> _Layer:
        """Make the layer of *stratum*, which is *plain* in atoms."""
        binding = {rule.id: (rule, Firing(rule.id)) for rule in stratum.rules}
        triggers = {
            name: tuple(binding[rule] for rule in plain.rules[keys])
            for name, keys in wording.conjunctions.items()
        }
        return cls(
            wording=wording, feeds_itself=stratum.feeds_itself, triggers=triggers
        )

    def settle(self, fired: list[str], found: _Found) -> bool:
        """Add what the generated rules *fired* trigger; tell if more may follow."""
        more = False
        for name in fired:
            for rule, binds in self.triggers[name]:
                if rule.id in found.firings:
                    continue
                by = found.binding_among(rule.overriders) if rule.overriders else ()
                found.firings[rule.id] = Firing(rule.id, by) if by else binds
                if rule.concludes and not by:
                    fed = self.feeds_itself.intersection(rule.concludes)
                    more = more or not fed <= found.findings
                    found.findings.update(rule.concludes)
        return more


@final
@attrs.frozen
class _Rulesets:
    """A ruleset for each stratum, and the process that made them."""

    process: int
    each: tuple[_Ruleset, ...]


@final
class _Ruleset:
    """The generated rules of one stratum inside the engine; freed when dropped."""

    __slots__ = ("__weakref__", "_handle")

    def __init__(self, rules: str) -> None:
        """Load *rules*, which are JSON."""
        try:
            self._handle = engine.create_ruleset("b", rules)
        except engine.error as error:
            raise _failed(error) from error
        # INVARIANT: a session is only deleted after its first action: before it, the
        # engine would free what it never set.
        self.fired_by(NOTHING)
        weakref.finalize(self, _delete, self._handle).atexit = False

    def fired_by(self, message: str) -> list[str]:
        """Find the generated rules that *message* fires, in any order.

        Raises:
            EngineError: the engine fails; this ruleset must not be asked again.
        """
        try:
            fired = self._asked(message)
        except engine.error as error:
            raise _failed(error) from error
        if fired.count(SENTINEL) != 1:
            why = "a message was lost"
            raise _failed(why)
        return fired

    def _asked(self, message: str) -> list[str]:
        handle, next_action = self._handle, engine.complete_and_start_action
        asserted, session = engine.assert_fact(handle, message)
        started = engine.start_action_for_state(handle, session)
        action = started and started[1]
        fired: list[str] = []
        while action:
            fired.append(action[NAME])
            action = next_action(handle, session)
        retracted, _ = engine.retract_fact(handle, message)
        return [] if asserted or retracted else fired


def _delete(handle: int) -> None:
    engine.delete_state(handle, SESSION)
    engine.delete_ruleset(handle)


def _failed(why: object) -> EngineError:
    return EngineError([problem("BE504", why=why)])
