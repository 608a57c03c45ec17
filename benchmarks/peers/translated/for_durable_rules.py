"""Translate for durable-rules: one ruleset per stratum, with the documented API.

`durable.lang` builds the rules as conjunctions of keys. An asserted fact lists the keys
that are true, and is retracted before the next fact. One rule matches every fact,
because the host rejects a fact that matches no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, TypeAlias

from benchmarks.peers.translated import Ask
from benchmarks.peers.weighed import Ranking, Weighed
from boundaryethics.inference.durable_rules import AtomicStratum, atomic
from boundaryethics.inference.program import LoweredRule, Stratum, lower
from boundaryethics.model.policy import Policy

#: The name of a ruleset, its stratum, and the stratum in the form of keys.
Asked: TypeAlias = tuple[str, Stratum, AtomicStratum]

#: Every fact has the same identity, because each is retracted before the next.
_SAME = {"id": "1", "sid": "1", "_l": 1}
_NUMBERS = count()


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks situations under *policy*."""
    from durable.lang import assert_fact, retract_fact

    weighed, program = Weighed.by(policy), lower(policy)
    rules = {rule.id: rule for stratum in program.strata for rule in stratum.rules}
    fired: list[str] = []
    strata = [_asked(s, atomic(s, policy.vocabulary), fired) for s in program.strata]

    def ask(facts: dict[str, str]) -> tuple[Ranking, list[str]]:
        settled: dict[str, bool] = {}
        found: set[str] = set()
        for name, stratum, plain in strata:
            more = True
            while more:
                fired.clear()
                message = _message(plain, facts, found)
                assert_fact(name, message)
                retract_fact(name, message)
                before = len(found)
                _settle((rules[rule] for rule in fired), settled, found)
                more = bool(stratum.feeds_itself) and len(found) > before
        binding = [rule for rule, binds in settled.items() if binds]
        return weighed.ranking(binding), binding

    return ask


def _asked(stratum: Stratum, plain: AtomicStratum, fired: list[str]) -> Asked:
    """Build the ruleset of *stratum*, which appends the rules that fire to *fired*.

    *plain* is the stratum in the form of keys.
    """
    from durable.lang import m, ruleset, when_all

    name = f"stratum{next(_NUMBERS)}"
    with ruleset(name):
        for keys, triggered in plain.rules.items():
            tests = [getattr(m, key) == 1 for key in keys] or [+m._l]
            together = tests[0]
            for test in tests[1:]:
                together = together & test
            when_all(together)(_noting(triggered, fired))
    return name, stratum, plain


def _noting(triggered: tuple[str, ...], fired: list[str]) -> Callable[[Any], None]:
    def note(_: Any) -> None:
        fired.extend(triggered)

    return note


def _message(
    plain: AtomicStratum, facts: Mapping[str, str], found: set[str]
) -> dict[str, Any]:
    message: dict[str, Any] = {**_SAME}
    for fact, keys in plain.facts.items():
        message.update(dict.fromkeys(keys[facts[fact]], 1))
    for finding, keys_of in plain.findings.items():
        message.update(dict.fromkeys(keys_of[finding in found], 1))
    return message


def _settle(
    triggered: Iterable[LoweredRule], settled: dict[str, bool], found: set[str]
) -> None:
    for rule in triggered:
        if rule.id not in settled:
            binds = not any(settled.get(other) for other in rule.overriders)
            settled[rule.id] = binds
            if binds:
                found.update(rule.concludes)
