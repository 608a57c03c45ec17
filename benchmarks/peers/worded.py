"""Compare ranking text columns in memory with dictionary encoding in pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import metadata
from typing import Any

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.coded import DRAWN, DRAWS
from benchmarks.peers.figures import DIFFERS, Figure, nanoseconds
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Time the ranking of an Arrow table of text columns."""
    part = "columns of text, in memory"
    try:
        version = metadata.version("pyarrow")
        metadata.version("narwhals")
    except metadata.PackageNotFoundError:
        yield Figure(part=part, what="ranking", note="not installed: pyarrow, narwhals")
        return
    for draw, unknown in DRAWS.items():
        codes = situations.columns(policy, sizes.texts, unknown=unknown)
        table = situations.texts(policy, codes)
        same = _same(table, codes, policy)
        yield from _of(table, policy, sizes.rounds, (part, draw, version, same))


def encoded(table: Any) -> list[Any]:
    """Dictionary-encode each text column."""
    return [column.dictionary_encode() for column in table.columns[1:]]


def _same(table: Any, codes: dict[str, Any], policy: Policy) -> bool:
    from boundaryethics.batch.frames import rank

    ranked = rank(table, policy).frame
    places = boundaryethics.compile_policy(policy).rank_codes(codes)
    return all(
        (ranked[f"rank_{option}"].to_numpy() == places.rank(option)).all()
        for option in Option
    )


def _of(
    table: Any, policy: Policy, rounds: int, named: tuple[str, str, str, bool]
) -> Iterator[Figure]:
    from boundaryethics.batch.frames import rank

    part, draw, version, same = named
    if not same:
        yield Figure(part=part, what=f"ranking, {draw}", note=DIFFERS)
        return
    encode, one, two = seconds(
        partial(encoded, table),
        partial(rank, table, policy),
        partial(rank, table, policy, threads=2),
        rounds=rounds,
    )
    base = f"pyarrow {version}, dictionary encoding"
    for what, taken, limit in (
        (base, encode, None),
        ("ranking, one thread", one, 3.0),
        ("ranking, two threads", two, 3.0),
    ):
        yield Figure(
            part=part,
            what=f"{what}, {draw}",
            value=nanoseconds(taken, table.num_rows),
            unit="ns per row",
            beside="" if taken is encode else "dictionary encoding",
            ratio=None if taken is encode else taken / encode,
            at_most=limit,
            rows=table.num_rows,
            bar=f"columns of text, {what}" if draw == DRAWN else "",
            ours=taken is not encode,
        )
