"""Compare ranking coded columns in memory with copying them and with plain numpy."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.figures import DIFFERS, Figure, nanoseconds
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds
from benchmarks.peers.translated.for_numpy import many
from boundaryethics.batch.compiled import Compiled
from boundaryethics.model.policy import Policy

DRAWS = {"random": 0.0, "skewed": 0.9}
#: The sample whose figures are in the chart.
DRAWN = "random"
#: The number of rows for plain numpy, which is slow.
_BY_HAND = 1_000_000
_CHECKED = 300


def random(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Measure time and memory for random rows."""
    return _figures(policy, sizes, "random")


def skewed(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Measure time and memory for rows with mostly unknown facts."""
    return _figures(policy, sizes, "skewed")


def _figures(policy: Policy, sizes: Sizes, draw: str) -> Iterator[Figure]:
    compiled = boundaryethics.compile_policy(policy)
    codes = situations.columns(policy, sizes.rows, unknown=DRAWS[draw])
    _check(compiled, codes)
    yield from _beside_copying(compiled, codes, draw, sizes.rounds)
    yield _memory(compiled, codes, draw)
    yield from _by_hand(compiled, codes, draw, sizes.rounds)


def copied(codes: dict[str, Any]) -> list[Any]:
    """Copy each column."""
    return [column.copy() for column in codes.values()]


def _copied_into(codes: dict[str, Any], ready: list[Any]) -> None:
    for column, into in zip(codes.values(), ready, strict=True):
        np.copyto(into, column)


def _check(compiled: Compiled, codes: dict[str, Any]) -> None:
    """Check that the reference engine ranks some of the rows in the same way."""
    ranked = compiled.rank_codes({f: column[:_CHECKED] for f, column in codes.items()})
    facts = compiled.policy.vocabulary.facts
    for row in range(len(ranked)):
        stated = {f.name: f.all_values[codes[f.name][row]] for f in facts}
        verdict = boundaryethics.consult(stated, compiled.policy, "reference")
        expected = [assessment.rank for assessment in verdict.assessments]
        assert expected == [*ranked.places[row]], "different ranking"


def _beside_copying(
    compiled: Compiled, codes: dict[str, Any], draw: str, rounds: int
) -> Iterator[Figure]:
    rows, rank = len(next(iter(codes.values()))), compiled.rank_codes
    copy, into, one, two, telling = seconds(
        partial(copied, codes),
        partial(_copied_into, codes, copied(codes)),
        partial(rank, codes),
        partial(rank, codes, threads=2),
        partial(rank, codes, threads=2, binding=True),
        rounds=rounds,
    )
    part = f"{len(codes)} coded columns of {draw} rows, in memory"
    for what, taken, limit in (
        ("copying the columns", copy, None),
        ("copying them into existing memory", into, None),
        ("ranking, one thread", one, 8.0),
        ("ranking, two threads", two, 5.0),
        ("ranking with applicable rules, two threads", telling, None),
    ):
        ours = what.startswith("ranking")
        yield Figure(
            part=part,
            what=what,
            value=nanoseconds(taken, rows),
            unit="ns per row",
            beside="" if taken is copy else "copying the columns",
            ratio=None if taken is copy else taken / copy,
            at_most=limit,
            rows=rows,
            bar=f"coded columns, {what}" if draw == DRAWN else "",
            ours=ours,
        )


def _memory(compiled: Compiled, codes: dict[str, Any], draw: str) -> Figure:
    tracemalloc.start()
    ranked = compiled.rank_codes(codes, threads=2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Figure(
        part=f"{len(codes)} coded columns of {draw} rows, in memory",
        what="memory in addition to input and output, two threads",
        value=(most - ranked.places.nbytes - ranked.best.nbytes) / 2**20,
        unit="MiB",
        at_most=64.0,
        ours=True,
        rows=len(ranked),
    )


def _by_hand(
    compiled: Compiled, codes: dict[str, Any], draw: str, rounds: int
) -> Iterator[Figure]:
    few = {fact: column[:_BY_HAND] for fact, column in codes.items()}
    rows, by_hand = len(next(iter(few.values()))), many(compiled.policy)
    same = np.array_equal(by_hand(few), compiled.rank_codes(few).places)
    part = f"{len(codes)} coded columns of {draw} rows, in memory"
    what = "plain numpy, one array per rule, one thread"
    if not same:
        yield Figure(part=part, what=what, note=DIFFERS, rows=rows)
        return
    hand, ours = seconds(
        partial(by_hand, few), partial(compiled.rank_codes, few), rounds=rounds
    )
    yield Figure(
        part=part,
        what=what,
        value=nanoseconds(hand, rows),
        unit="ns per row",
        beside="ranking, one thread",
        ratio=hand / ours,
        rows=rows,
        bar=f"coded columns, {what}" if draw == DRAWN else "",
    )
