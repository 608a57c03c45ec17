"""Compiled: a policy that answers quickly, and just as it would otherwise.

`best` and `ranking` look one situation up and give no reasons; `consult` gives the
whole verdict; `rank_codes` ranks as many rows as there are.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import final

import attrs

from boundaryethics import consulting
from boundaryethics.batch.columns import Columns, columns_of, marked_rules
from boundaryethics.batch.encode import refuse_misgiven
from boundaryethics.batch.line import Line, joined, line
from boundaryethics.batch.ranked import Answering, Ranked
from boundaryethics.batch.ranker import One, Stated
from boundaryethics.batch.sharing import Sharing
from boundaryethics.batch.tables import Tables
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.engines.columnar.network import Layout
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict

#: Situations that are drawn to see what often goes together.
_DRAWN = 500


@final
@attrs.frozen(eq=False)
class Compiled:
    """A policy made ready; safe to ask again and again, from any thread."""

    policy: Policy
    tables: Tables = attrs.field(repr=False)

    def best(self, situation: Stated) -> tuple[Option, ...]:
        """The first place: one option, or all that share it.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        return self.ranking(situation)[0]

    def ranking(self, situation: Stated) -> Ranking:
        """Groups of options that share a place, first place first.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        return self._quick.ranking(situation)

    def consult(self, situation: Stated) -> Verdict:
        """What the policy says of *situation*, and why: `boundaryethics.consult`'s.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        facts, number = self._whole.fields.read(situation)
        return self._sharing.verdict(facts, self._whole.answer(number))

    def rank_codes(
        self, codes: Columns, *, threads: int = 1, binding: bool = False
    ) -> Ranked:
        """The ranking of each row of *codes*.

        A code is the place of a value among its fact's values, from 0, and unknown
        comes last. A fact without a column is unknown.

        Args:
            codes: an array of uint8 for each fact that is known, equally long; or one
                array with a row for each situation and a column for each fact.
            threads: how many to work in.
            binding: whether to tell which rules bind.

        Raises:
            SituationError: a fact is not declared, or a column is not of such codes.
            TableError: *threads* cannot be counted.
        """
        refuse_misgiven(None, threads)
        columns, rows = columns_of(codes, self.policy.vocabulary)
        asked = attrs.evolve(self._many, telling=self._telling if binding else None)
        ranked, marks = asked.answer(columns, rows, threads)
        if not binding:
            return ranked
        rules = self.tables.marks.rules
        return attrs.evolve(ranked, binding=marked_rules(marks, rules), rules=rules)

    def save(self, path: str | Path) -> None:
        """Write the tables to *path*, from which `load_compiled` reads them.

        Raises:
            OSError: the file cannot be written; what was there before still is.
        """
        from boundaryethics.batch.saving import save

        save(self.policy, self.tables, Path(path))

    @cached_property
    def _quick(self) -> One:
        return self.tables.ranking.one(self.policy)

    @cached_property
    def _whole(self) -> Line:
        network = self.tables.telling
        said = [joined(table.rows, 64) for table in network.answers]
        return line(network, self.policy, said)

    @cached_property
    def _sharing(self) -> Sharing:
        whole = self._whole
        drawn = [whole.answer(number) for number in whole.fields.drawn(_DRAWN)]
        return Sharing(consulting.scales_of(self.policy), self.tables.marks, drawn)

    @cached_property
    def _many(self) -> Answering:
        facts = self.policy.vocabulary.facts
        sizes = tuple(len(fact.all_values) for fact in facts)
        return Answering(self.tables.ranking, None, sizes)

    @cached_property
    def _telling(self) -> Layout:
        return Layout.of(self.tables.telling)
