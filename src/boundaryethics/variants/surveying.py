"""Surveying: the variants of a sweep measured, what is kept already left alone.

Equal variants are measured once, whatever they are called; the rows come out in the
order of the families, whoever measured them when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, final

import attrs

from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.changes import Edits, change
from boundaryethics.variants.family import Family, Variation
from boundaryethics.variants.ground import Asked, ground_of
from boundaryethics.variants.journals import Journal
from boundaryethics.variants.limits import Pace
from boundaryethics.variants.swept import Sweep
from boundaryethics.variants.working import Numbered, rows_of

#: Called with how many variants are done, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


@final
@attrs.frozen(eq=False)
class Survey:
    """Every variant of some families, and the ground to measure them on."""

    families: tuple[Family, ...]
    asked: Asked
    pace: Pace
    progress: Progress | None

    def done(self, kept: Journal) -> Sweep:
        """The sweep, with what is not *kept* yet measured, and then kept."""
        _refuse_strange(self._numbered(), kept)
        before = len(kept.rows)
        self._tell(before)
        if before < self.pace.size:
            ground = ground_of(self.asked)
            for number, row in rows_of(ground, self._leading(kept), self.pace.workers):
                kept.add(number, row)
                self.pace.step(self.pace.size - len(kept.rows))
                self._tell(len(kept.rows))
        self._repeat(kept)
        return self._swept(kept)

    def _numbered(self) -> Iterator[Numbered]:
        of_each = (family.of(self.asked.base) for family in self.families)
        return enumerate(one for variations in of_each for one in variations)

    def _leading(self, kept: Journal) -> Iterator[Numbered]:
        """What is to be measured: of equal variants the first alone."""
        seen: set[Edits] = set()
        known = set(kept.rows)
        for number, variation in self._numbered():
            key = _key(variation)
            if number not in known and key not in seen:
                yield number, variation
            seen.add(key)

    def _repeat(self, kept: Journal) -> None:
        """Keep for every variant what an equal one came to before it."""
        leader: dict[Edits, int] = {}
        for number, variation in self._numbered():
            first = leader.setdefault(_key(variation), number)
            if number not in kept.rows:
                same = attrs.evolve(kept.rows[first], label=variation.label)
                kept.add(number, same)
        self._tell(len(kept.rows))

    def _swept(self, kept: Journal) -> Sweep:
        asked, base = self.asked, self.asked.base
        return Sweep(
            base=base.id,
            fingerprint=base.fingerprint,
            given=asked.given,
            space=asked.space is not None,
            table=asked.table is not None,
            table_rows=asked.table_rows,
            rows=tuple(kept.rows[number] for number in range(self.pace.size)),
        )

    def _tell(self, done: int) -> None:
        if self.progress:
            self.progress(done, self.pace.size)


def _key(variation: Variation) -> Edits:
    """What equal variants have in common; edits of nothing do not count."""
    return tuple(edit for edit in variation.edits if edit != _NOTHING)


def _refuse_strange(variations: Iterable[Numbered], kept: Journal) -> None:
    """Nothing, where the rows that are *kept* are of these *variations*.

    Raises:
        AnalysisError: one is not.
    """
    left = dict(kept.rows)
    for number, variation in variations if left else ():
        row = left.pop(number, None)
        if row is not None and row.label != variation.label:
            left[number] = row
            break
    if left:
        message = f"the journal was altered: row {min(left) + 1} is of another sweep"
        advice = "remove it, and sweep anew"
        raise AnalysisError([Problem(code="BE812", message=message, help=advice)])


#: The edit that leaves all as it is.
_NOTHING = change("nothing").edit
