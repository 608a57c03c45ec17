"""Wording: a stratum of atoms as the texts that the durable engine reads.

In: a stratum of atoms. Out: its rules as JSON, and for facts and findings the
message that tells which keys hold. Each text is made once; a message only joins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import final

import attrs

from boundaryethics.engines.atoms import AtomicStratum, Conjunction

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
        """The texts of *stratum*, for values listed in the order of *facts*."""
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
        """What the engine is told: the keys that hold."""
        of_facts = [said[values[position]] for position, said in self.facts]
        of_findings = [said[finding in findings] for finding, said in self.findings]
        return f"{_HEAD}{''.join(of_facts)}{''.join(of_findings)}{_TAIL}"

    def rules(self) -> str:
        """A generated rule for each conjunction."""
        return json.dumps(
            {
                name: {"all": [{"m": {"$and": _tests(keys)}}], "count": 1}
                for name, keys in self.conjunctions.items()
            }
        )


def _tests(keys: Conjunction) -> list[object]:
    return [{key: 1} for key in keys] or [{"$ex": {"_l": 1}}]


def _said(keys: Iterable[str]) -> str:
    return "".join(f'"{key}":1,' for key in keys)
