"""The durable-rules engine: forward chaining in C, asked one stratum at a time.

In: a program. Out: a runner that derives just what the reference engine does.
The C engine only ever sees conjunctions of keys; what binds, what overrides and
in which order is settled here. Nothing else imports `durable_rules_engine`.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping
from typing import final

import attrs
import durable_rules_engine as engine

from boundaryethics.engines.atoms import AtomicStratum, atomic
from boundaryethics.engines.limits import problems_of
from boundaryethics.engines.wording import NAME, NOTHING, SENTINEL, SESSION, Wording
from boundaryethics.errors import EngineError, Problem
from boundaryethics.model.derivation import Derivation, Firing
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.program.lowering import LoweredRule, Program, Stratum


def load(program: Program) -> DurableRunner:
    """*program*, ready to run.

    Raises:
        EngineError: the program is past what the engine can take.
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
        """All that follows from *situation*.

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
        """Those of *rules* that bind, sorted."""
        fired = (self.firings.get(rule) for rule in rules)
        return tuple(sorted(f.rule for f in fired if f and not f.overridden_by))

    def derivation(self) -> Derivation:
        """All of it."""
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
        """*stratum*, which is *plain* in atoms, in this *wording*."""
        binding = {rule.id: (rule, Firing(rule.id)) for rule in stratum.rules}
        triggers = {
            name: tuple(binding[rule] for rule in plain.rules[keys])
            for name, keys in wording.conjunctions.items()
        }
        return cls(
            wording=wording, feeds_itself=stratum.feeds_itself, triggers=triggers
        )

    def settle(self, fired: list[str], found: _Found) -> bool:
        """Add what the generated rules *fired* trigger; whether more may follow."""
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
        """Load *rules*, which are JSON.

        Raises:
            EngineError: the engine does not take them.
        """
        try:
            self._handle = engine.create_ruleset("b", rules)
        except engine.error as error:
            raise _failed(error) from error
        # INVARIANT: a session is only deleted after its first action: before it, the
        # engine would free what it never set.
        self.fired_by(NOTHING)
        weakref.finalize(self, _delete, self._handle).atexit = False

    def fired_by(self, message: str) -> list[str]:
        """The names of the generated rules that *message* fires, in any order.

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
    problem = Problem(
        code="BE504",
        message=f"the durable engine failed: {why}",
        help='ask for `engine="reference"`, which gives the same answers',
    )
    return EngineError([problem])
