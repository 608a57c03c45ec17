"""Measure how time grows with rows and with rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.figures import Figure, nanoseconds
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds, spreads
from boundaryethics.model.conditions import FactIn, both
from boundaryethics.model.facts import Fact
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Citation,
    Effects,
    Option,
    Principle,
    Rule,
    Source,
    Strength,
)

PART = "more rows, more rules"
#: The factor for the number of rows, and the largest allowed factor for the time, which
#: includes 20% for noise.
_TIMES, _IN_STEP = 10, 12.0


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Measure the time with more rows, and with more rules."""
    yield _with_rows(policy, sizes)
    yield from _with_rules(policy, sizes)


def _with_rows(policy: Policy, sizes: Sizes) -> Figure:
    compiled = boundaryethics.compile_policy(policy)
    codes = situations.columns(policy, sizes.rows, unknown=0.0)
    tenth = {fact: column[: sizes.rows // _TIMES] for fact, column in codes.items()}
    few, many = seconds(
        partial(compiled.rank_codes, tenth),
        partial(compiled.rank_codes, codes),
        rounds=sizes.rounds,
    )
    return Figure(
        part=PART,
        what="`aca-2014`, one thread",
        ours=True,
        value=nanoseconds(many, sizes.rows),
        unit="ns per row",
        beside=f"{sizes.rows // _TIMES:,} rows",
        ratio=many / few,
        at_most=_IN_STEP,
        rows=sizes.rows,
    )


def _with_rules(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    rows = max(sizes.rows // 20, 1)
    codes = situations.columns(policy, rows, unknown=0.0)
    asked = situations.stated(policy, sizes.situations // 5, unknown=0.0, seed=3)
    every = [
        boundaryethics.compile_policy(synthetic(policy, size)) for size in sizes.rules
    ]
    took = seconds(*(partial(c.rank_codes, codes) for c in every), rounds=sizes.rounds)
    for compiled in every:
        compiled.best({})
    alone = spreads((compiled.best, asked) for compiled in every)
    fewest = sizes.rules[0]
    for size, taken in zip(sizes.rules, took, strict=True):
        yield Figure(
            **_beside(f"{size:,} random rules, one thread", size, fewest),
            value=nanoseconds(taken, rows),
            unit="ns per row",
            ours=True,
            ratio=None if size == fewest else taken / took[0],
            rows=rows,
        )
    for size, spread in zip(sizes.rules, alone, strict=True):
        yield Figure(
            **_beside(f"{size:,} random rules, `compiled.best`", size, fewest),
            value=spread.p50,
            unit="µs",
            ours=True,
            ratio=None if size == fewest else spread.p50 / alone[0].p50,
            spread=spread,
        )


def _beside(what: str, size: int, fewest: int) -> dict[str, Any]:
    if size == fewest:
        return {"part": PART, "what": what}
    times = size / fewest
    return {
        "part": PART,
        "what": what,
        "beside": f"{fewest} rules ({times:g} x fewer)",
        "at_most": times,
    }


def synthetic(policy: Policy, rules: int) -> Policy:
    """Build a policy with *rules* random rules. Each tests two to four facts."""
    drawn = random.Random(rules)  # noqa: S311
    cited = Citation(source="book", section="1")
    return Policy(
        id=f"random-{rules}",
        vocabulary=policy.vocabulary,
        sources=(Source(id="book", title="Book", short="Book"),),
        principles=(Principle(id="one", cites=(cited,)),),
        rules=tuple(
            _rule(number, policy.vocabulary.facts, drawn) for number in range(rules)
        ),
    )


def _rule(number: int, facts: tuple[Fact, ...], drawn: random.Random) -> Rule:
    tests = [
        FactIn(f.name, frozenset(drawn.sample(f.all_values, len(f.values) // 2 or 1)))
        for f in drawn.sample(facts, drawn.randint(2, 4))
    ]
    then = Effects(
        favors=((drawn.choice([*Option]), drawn.choice([*Strength])),),
        opposes=((drawn.choice([*Option]), drawn.choice([*Strength])),),
    )
    return Rule(id=f"rule-{number}", when=both(tests), then=then, principle="one")
