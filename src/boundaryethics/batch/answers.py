"""Answers: columns of facts in, columns of answers out, as Arrow has them.

In: a policy, and for each fact a column. Out: a batch of answers, row for row. It
can be sent to another process, which makes the policy ready for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.clashing import clashing
from boundaryethics.batch.coding import Coded
from boundaryethics.batch.compiled import Compiled, Ranked, compiled
from boundaryethics.batch.matching import Wanted
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy

#: Between options that share the first place.
TIE = "="

#: The options of the first place, as text, for each setting of their bits.
FIRST = tuple(
    TIE.join(option for n, option in enumerate(Option) if bits >> n & 1)
    for bits in range(1 << len(Option))
)

#: Policies kept ready; each takes some tens of megabytes.
_KEPT_READY = 8


@lru_cache(maxsize=_KEPT_READY)
def ready(policy: Policy) -> Compiled:
    """*policy*, compiled; kept for the next rows."""
    return compiled(policy)


@final
@attrs.frozen(kw_only=True)
class Answers:
    """What is wanted to be known of each row."""

    policy: Policy
    wanted: Wanted
    threads: int = 1

    @property
    def schema(self) -> Any:
        """The columns of the answers, with their kinds."""
        import pyarrow as pa

        names = self.wanted.names
        lists = [pa.list_(pa.string())] * (self.wanted.rules + self.wanted.principles)
        kinds = [pa.string(), *[pa.int8()] * len(Option), pa.bool_(), *lists]
        return pa.schema([*zip(names, [*kinds, pa.string()], strict=True)])

    def of(self, columns: Mapping[str, Coded], rows: int) -> Any:
        """A batch of answers for *rows* rows, whose facts are in *columns*."""
        import pyarrow as pa

        wrong, problem = _problems(columns, rows, self.policy.vocabulary)
        ranked = self._ranked(columns, rows)
        mask = wrong if wrong.any() else None
        best = pa.array(ranked.best, mask=mask)
        arrays = [
            pa.array(FIRST).take(best),
            *(
                pa.array(ranked.places[:, n].astype(np.int8), mask=mask)
                for n in range(len(Option))
            ),
            pa.array(ranked.tied, mask=mask),
            *self._lists(ranked, mask),
            problem,
        ]
        return pa.record_batch(arrays, schema=self.schema)

    def _ranked(self, columns: Mapping[str, Coded], rows: int) -> Ranked:
        codes = {fact: column.codes for fact, column in columns.items()}
        if not codes:
            # Some column has to tell how many rows there are.
            first = self.policy.vocabulary.facts[0]
            codes = {first.name: np.full(rows, len(first.values), np.uint8)}
        telling = self.wanted.rules or self.wanted.principles
        return ready(self.policy).rank_codes(
            codes, threads=self.threads, binding=telling
        )

    def _lists(self, ranked: Ranked, mask: Any) -> Iterator[Any]:
        if ranked.binding is None:
            return
        words = np.ascontiguousarray(ranked.binding).astype("<u8").view(np.uint8)
        bits = np.unpackbits(words, axis=1, bitorder="little")[:, : len(ranked.rules)]
        if self.wanted.rules:
            yield _listed(bits, ranked.rules, mask)
        if self.wanted.principles:
            by_principle = self._by_principle(ranked.rules)
            held = [bits[:, rules].any(axis=1) for rules in by_principle.values()]
            empty = np.zeros((len(bits), 0), bool)
            matrix = np.stack(held, axis=1) if held else empty
            yield _listed(matrix, (*by_principle,), mask)

    def _by_principle(self, rules: Sequence[str]) -> dict[str, list[int]]:
        """The numbers of the *rules* that stand on each principle."""
        found: dict[str, list[int]] = {p.id: [] for p in self.policy.principles}
        for number, name in enumerate(rules):
            rule = self.policy.rule[name]
            if rule.principle and rule.then.yields_reasons:
                found[rule.principle].append(number)
        return {principle: of_one for principle, of_one in found.items() if of_one}


def _problems(
    columns: Mapping[str, Coded], rows: int, vocabulary: Vocabulary
) -> tuple[npt.NDArray[np.bool_], Any]:
    """The rows that cannot be answered, and a column that says why."""
    import pyarrow as pa

    wrong = np.zeros(rows, bool)
    told: npt.NDArray[np.object_] | None = None
    unread = ((c.bad, c.refusals) for c in columns.values() if len(c.bad))
    for bad, refusals in (*unread, *clashing(columns, vocabulary)):
        wrong[bad] = True
        told = np.full(rows, None, object) if told is None else told
        told[bad] = [
            more if before is None else f"{before}; {more}"
            for before, more in zip(told[bad], refusals, strict=True)
        ]
    if told is None:
        return wrong, pa.nulls(rows, pa.string())
    return wrong, pa.array(told, pa.string())


def _listed(held: npt.NDArray[Any], names: Sequence[str], mask: Any) -> Any:
    """For each row a list of the *names* whose columns are set in *held*."""
    import pyarrow as pa

    which = np.nonzero(held)[1]
    ends = np.cumsum(np.count_nonzero(held, axis=1))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    values = pa.array(names, pa.string()).take(pa.array(which))
    nulls = None if mask is None else pa.array(mask)
    return pa.ListArray.from_arrays(pa.array(starts), values, mask=nulls)
