"""Stress tests of the durable engine: `stress.py KIND` exits with 0 if it passes.

A separate program, because a failure could crash the interpreter.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from random import Random
from typing import NoReturn

from boundaryethics.inference import durable_rules, reference
from boundaryethics.inference.program import Program, lower
from boundaryethics.model.conditions import Condition, FactIn, Holds, Not, both
from boundaryethics.model.facts import Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Finding, Rule

FACTS = tuple(Fact(name=f"fact_{n}", values=("red", "green", "blue")) for n in range(8))
LAYERS = 4


def policy() -> Policy:
    """Make sixty rules in four strata, with negation, overriding and recursion."""
    rules = tuple(rule(n % LAYERS, n) for n in range(60))
    findings = tuple(Finding(id=f"finding_{n}") for n in range(LAYERS))
    vocabulary = Vocabulary(FACTS)
    return Policy(id="hard", vocabulary=vocabulary, findings=findings, rules=rules)


def rule(layer: int, number: int) -> Rule:
    """Make rule *number*: it reads a finding below and overrides a rule above."""
    fact = FACTS[number % len(FACTS)].name
    other = FACTS[(number * 5 + 3) % len(FACTS)].name
    parts: list[Condition] = [
        FactIn(fact, frozenset({"red", "unknown"})),
        Not(FactIn(other, frozenset({"green"}))),
    ]
    if layer:
        parts.append(Not(Holds(f"finding_{layer - 1}")))
    if number % 7 == layer:
        parts.append(Holds(f"finding_{layer}"))
    above = number % 3 == 0 and layer < LAYERS - 1 and number < 59
    return Rule(
        id=f"rule-{number}",
        when=both(parts),
        then=Effects(concludes=(f"finding_{layer}",) if number % 5 == 0 else ()),
        overrides=(f"rule-{number + 1}",) if above else (),
    )


def situations(of: Policy, seed: int = 0) -> Iterator[Situation]:
    """Yield random situations forever."""
    chance = Random(seed)  # noqa: S311
    while True:
        values = tuple(chance.choice(fact.all_values) for fact in FACTS)
        yield Situation(vocabulary=of.vocabulary, row=values)


POLICY = policy()
PROGRAM: Program = lower(POLICY)
EXPECTED = reference.load(PROGRAM)


def rightly(runner: durable_rules.DurableRunner, seed: int, times: int) -> None:
    """Fail unless *runner* derives the correct result *times* times."""
    for situation in islice(situations(POLICY, seed), times):
        assert EXPECTED.derive(situation) == runner.derive(situation)


def memory() -> int:
    """Return the peak memory so far, in kilobytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


def threads() -> None:
    """Share one runner between eight threads."""
    runner = durable_rules.load(PROGRAM)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(rightly, runner, seed, 200) for seed in range(24)]:
            done.result()


def crowds() -> None:
    """Run eight programs in 16 threads, with room for the rulesets of four."""
    durable_rules.MOST_HANDLES = 4 * len(PROGRAM.strata)
    runners = [durable_rules.load(PROGRAM) for _ in range(8)]

    def use(seed: int) -> None:
        for step in range(20):
            rightly(runners[(seed + step) % len(runners)], seed, 4)
            assert len(durable_rules._POOL.live) <= durable_rules.MOST_HANDLES  # noqa: SLF001

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(use, seed) for seed in range(32)]:
            done.result()


def tasks() -> None:
    """Share one runner between tasks of one event loop, on the loop and off it."""
    runner = durable_rules.load(PROGRAM)

    async def consult(seed: int) -> None:
        for step in range(10):
            rightly(runner, seed + step, 2)
            await asyncio.sleep(0)
        await asyncio.to_thread(rightly, runner, seed, 20)

    async def consult_all() -> None:
        await asyncio.gather(*(consult(seed) for seed in range(20)))

    asyncio.run(consult_all())


def forks() -> None:
    """Use the runner of the parent in a child process."""
    runner = durable_rules.load(PROGRAM)
    rightly(runner, 0, 20)
    for seed in range(5):
        child = os.fork()
        if not child:
            rightly(runner, seed, 50)
            os._exit(0)
        rightly(runner, seed + 1, 50)
        _, status = os.waitpid(child, 0)
        assert 0 == status


def interrupts() -> None:
    """Interrupt a call anywhere; the next call must be correct."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    runner, chance = durable_rules.load(PROGRAM), Random(0)  # noqa: S311
    for seed in range(300):
        try:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(2e-5, 2e-3))
            for situation in situations(POLICY, seed):
                runner.derive(situation)
        except KeyboardInterrupt:
            rightly(runner, seed, 3)


def repeats() -> None:
    """Check that 20,000 consultations use no more memory than 2,000."""
    runner = durable_rules.load(PROGRAM)
    for situation in islice(situations(POLICY), 2000):
        runner.derive(situation)
    before = memory()
    for situation in islice(situations(POLICY), 20_000):
        runner.derive(situation)
    assert memory() - before < 1024


def reloads() -> None:
    """Check that a dropped runner frees its memory."""
    for seed in range(20):
        rightly(durable_rules.load(PROGRAM), seed, 1)
    before = memory()
    for seed in range(200):
        rightly(durable_rules.load(PROGRAM), seed, 1)
    assert memory() - before < 8 * 1024


def reentry() -> None:
    """Call the runner from a signal handler while it runs."""
    runner, again = durable_rules.load(PROGRAM), situations(POLICY, 1)

    def ask(*_: object) -> None:
        situation = next(again)
        assert EXPECTED.derive(situation) == runner.derive(situation)
        signal.setitimer(signal.ITIMER_REAL, 1e-4)

    signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 1e-4)
    rightly(runner, 0, 200)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


KINDS: Mapping[str, Callable[[], None]] = {
    kind.__name__: kind
    for kind in (threads, crowds, tasks, forks, interrupts, repeats, reloads, reentry)
}

if __name__ == "__main__":
    KINDS[sys.argv[1]]()
