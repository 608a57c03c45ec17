"""How long a compiled policy takes, for one situation and for millions of rows.

    python benchmarks/batch_core.py [ROWS]

All figures are taken in one run. Rows are ratios to copying the same columns, in
turns; single situations are microseconds, also for situations that were never met
before. Then the same with policies of 50 to 2,000 rules.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

import boundaryethics
from boundaryethics.batch.compiled import Compiled
from boundaryethics.model.conditions import FactIn, both
from boundaryethics.model.options import Option, Strength
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Citation, Principle, Source
from boundaryethics.model.rules import Effects, Rule

POLICY = "aca-2014"
ROWS, ROUNDS = 10_000_000, 5
ALONE = 20_000
SIZES = (50, 100, 200, 500, 1_000, 2_000)


def columns(policy: Policy, rows: int, *, unknown: float) -> dict[str, Any]:
    """Columns of codes, of which a share is *unknown* and the others are random."""
    drawn = np.random.default_rng(1)
    found = {}
    for fact in policy.vocabulary.facts:
        column = drawn.integers(0, len(fact.all_values), rows).astype(np.uint8)
        column[drawn.random(rows) < unknown] = len(fact.values)
        found[fact.name] = column
    return found


def in_turns(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Seconds that each of *calls* takes, the median of rounds in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for times, call in zip(taken, calls, strict=True):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]


def copied(codes: dict[str, Any]) -> list[Any]:
    """A copy of each column."""
    return [column.copy() for column in codes.values()]


def many(compiled: Compiled, rows: int) -> None:
    """Measure and print what many rows take."""
    for name, unknown in (("random", 0.0), ("skewed", 0.9)):
        codes = columns(compiled.policy, rows, unknown=unknown)
        copy, one, two, telling = in_turns(
            [
                partial(copied, codes),
                partial(compiled.rank_codes, codes),
                partial(compiled.rank_codes, codes, threads=2),
                partial(compiled.rank_codes, codes, threads=2, binding=True),
            ]
        )
        print(f"{rows:,} {name} rows, {len(codes)} columns")
        print(f"  copying them         {copy / rows * 1e9:7.2f} ns a row")
        for label, taken in (
            ("ranked, one thread", one),
            ("ranked, two threads", two),
            ("and told, two threads", telling),
        ):
            print(
                f"  {label:21}{taken / rows * 1e9:7.2f} ns a row {taken / copy:6.2f} x"
            )
        tracemalloc.start()
        ranked = compiled.rank_codes(codes, threads=2)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        beside = most - ranked.places.nbytes - ranked.best.nbytes
        print(f"  beside input and output {beside / 2**20:.1f} MiB")


def situations(policy: Policy, seed: int, *, unknown: float) -> list[dict[str, str]]:
    """Situations, each unlike the others."""
    drawn = random.Random(seed)  # noqa: S311
    return [
        {
            fact.name: drawn.choice(fact.all_values)
            for fact in policy.vocabulary.facts
            if drawn.random() >= unknown
        }
        for _ in range(ALONE)
    ]


def microseconds(ask: Callable[[Any], object], asked: Iterable[Any]) -> str:
    """The median and the 99th percentile of the calls."""
    times = []
    for situation in asked:
        began = time.perf_counter_ns()
        ask(situation)
        times.append(time.perf_counter_ns() - began)
    times.sort()
    half, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return f"p50 {half / 1e3:7.2f} us   p99 {late / 1e3:7.2f} us"


def alone(policy: Policy) -> None:
    """Measure and print what one situation takes."""
    began = time.perf_counter()
    compiled = boundaryethics.compile(policy)
    print(f"compiling: {(time.perf_counter() - began) * 1e3:.0f} ms")
    began = time.perf_counter()
    compiled.best({})
    compiled.consult({})
    print(f"the first answers: {(time.perf_counter() - began) * 1e3:.0f} ms")
    cold = situations(policy, 0, unknown=0.0)
    print(
        f"  consult, cold, first 500     {microseconds(compiled.consult, cold[:500])}"
    )
    print(
        f"  consult, the next            {microseconds(compiled.consult, cold[500:])}"
    )
    for name, unknown in (("all facts stated", 0.0), ("half of the facts stated", 0.5)):
        asked = situations(policy, 1, unknown=unknown)
        read = [policy.vocabulary.situation(stated) for stated in asked]
        few = random.Random(2).choices(asked[:200], k=ALONE)  # noqa: S311
        print(name)
        print(f"  best, of a mapping           {microseconds(compiled.best, asked)}")
        print(f"  best, of a situation         {microseconds(compiled.best, read)}")
        print(f"  consult, never met before    {microseconds(compiled.consult, asked)}")
        print(f"  consult, two hundred by turn {microseconds(compiled.consult, few)}")


def synthetic(policy: Policy, rules: int) -> Policy:
    """A policy over the same facts with random *rules* of two to four tests."""
    drawn = random.Random(rules)  # noqa: S311

    def rule(number: int) -> Rule:
        read = drawn.sample(policy.vocabulary.facts, drawn.randint(2, 4))
        tests = [
            FactIn(
                f.name, frozenset(drawn.sample(f.all_values, len(f.values) // 2 or 1))
            )
            for f in read
        ]
        then = Effects(
            favours=((drawn.choice([*Option]), drawn.choice([*Strength])),),
            opposes=((drawn.choice([*Option]), drawn.choice([*Strength])),),
        )
        return Rule(id=f"rule-{number}", when=both(tests), then=then, principle="one")

    cited = Citation(source="book", section="1")
    return Policy(
        id=f"random-{rules}",
        vocabulary=policy.vocabulary,
        sources=(Source(id="book", title="Book", short="Book"),),
        principles=(Principle(id="one", cites=(cited,)),),
        rules=tuple(rule(number) for number in range(rules)),
    )


def growing(policy: Policy, rows: int) -> None:
    """Measure and print how time grows with rules."""
    codes = columns(policy, rows, unknown=0.0)
    asked = situations(policy, 3, unknown=0.0)[:2_000]
    first = None
    print(f"random policies, {rows:,} random rows, one thread")
    for size in SIZES:
        began = time.perf_counter()
        compiled = boundaryethics.compile(synthetic(policy, size))
        made = time.perf_counter() - began
        taken = in_turns([partial(compiled.rank_codes, codes)])[0]
        first = first or taken
        print(
            f"  {size:5} rules {taken / rows * 1e9:8.1f} ns a row, "
            f"{taken / first:5.1f} x for {size / SIZES[0]:4.0f} x the rules; "
            f"compiled in {made:5.1f} s; best {microseconds(compiled.best, asked)}"
        )


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    policy = boundaryethics.load_policy(POLICY)
    print(f"`{POLICY}`: {len(policy.rules)} rules")
    alone(policy)
    many(boundaryethics.compile(policy), rows)
    growing(policy, rows // 20)


if __name__ == "__main__":
    main()
