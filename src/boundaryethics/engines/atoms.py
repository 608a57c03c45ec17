"""Atoms: a stratum as plain conjunctions, for an engine that can test nothing else.

In: a stratum and the vocabulary. Out: conjunctions of keys with the rules that
each triggers, and which keys hold for which facts and findings. Knows of the
engine only that it tells names apart by a digest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import TypeAlias, assert_never, final

import attrs

from boundaryethics.model.clauses import Clause
from boundaryethics.model.conditions import FactIn, Holds
from boundaryethics.model.facts import Vocabulary
from boundaryethics.program.lowering import Stratum


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
    """*stratum*, with a key for each distinct test in it."""
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
    """Short names without end, with digests unlike each other's and the taken ones'."""
    digests = {digest(name) for name in TAKEN}
    for number in count():
        name = _in_letters(number)
        if digest(name) not in digests:
            digests.add(digest(name))
            yield name


def digest(name: str) -> int:
    """The 32-bit FNV-1a digest of *name*: the engine takes equal ones for one name."""
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
        case _:
            assert_never(atom)


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
    read = {atom.finding for atom in keys if not isinstance(atom, FactIn)}
    return {
        finding: (
            tuple(keys[a] for a in (Lacks(finding),) if a in keys),
            tuple(keys[a] for a in (Holds(finding),) if a in keys),
        )
        for finding in sorted(read)
    }


def _in_letters(number: int) -> str:
    more, last = divmod(number, 26)
    return (_in_letters(more - 1) if more else "") + chr(ord("a") + last)
