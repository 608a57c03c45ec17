"""What is still open about a situation: frozen values that tell themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, final

import attrs

from boundaryethics.analysis.outlining import Line, as_html, as_text
from boundaryethics.analysis.showing import facts_of, firsts_in_order, listed, told
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.facts import Fact
from boundaryethics.model.options import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.plots import shares
from boundaryethics.render.outline import NOTE
from boundaryethics.report import Table, percent


@final
@attrs.frozen(kw_only=True)
class Answer:
    """What one answer would do."""

    value: str
    #: The ranking once this is known and nothing else has become known.
    ranking: Ranking
    #: How many rankings are possible yet, when all else becomes known too.
    left: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestion:
    """One unknown fact that can still make a difference."""

    fact: Fact
    answers: tuple[Answer, ...]
    #: Whether to fix it alone to some value changes the ranking (S18).
    matters: bool
    #: How often the ranking could be foretold by the answer: the part of all
    #: completions that have the ranking which is the commonest for their answer.
    foretold: Fraction

    @property
    def left(self) -> Fraction:
        """How many rankings an answer leaves possible, on average."""
        return Fraction(sum(a.left for a in self.answers), len(self.answers))


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """One ranking to which it can come, and in how many completions it does."""

    ranking: Ranking
    count: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestions:
    """What is still open about a situation."""

    verdict: Verdict = attrs.field(repr=False)
    #: How many ways there are for all that is unknown to become known.
    completions: int
    #: Every ranking that a completion gives, the most frequent first.
    outcomes: tuple[Outcome, ...]
    #: The facts that matter by themselves, those first that settle most.
    questions: tuple[OpenQuestion, ...]
    #: Those that can make a difference only along with others, in the same order.
    later: tuple[OpenQuestion, ...]
    #: The unknown facts that can make none, whatever becomes known.
    idle: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether every completion gives the ranking that stands now (S18)."""
        return {self.verdict.ranking} == {one.ranking for one in self.outcomes}

    @property
    def first_settled(self) -> bool:
        """Whether every completion gives the first place that stands now (S18)."""
        return {frozenset(self.verdict.best)} == self.firsts.keys()

    @property
    def firsts(self) -> Mapping[frozenset[Option], int]:
        """In how many completions each first place is given, most frequent first."""
        counts: dict[frozenset[Option], int] = {}
        for one in self.outcomes:
            first = frozenset(one.ranking[0])
            counts[first] = counts.get(first, 0) + one.count
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def to_frame(self) -> Any:
        """A data frame with a row for each answer to each question, in their order.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("fact", "answer", "ranking", "rankings_left", "matters"),
            rows=tuple(
                (q.fact.name, a.value, told(a.ranking), a.left, q.matters)
                for q in (*self.questions, *self.later)
                for a in q.answers
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: what comes first once all that is unknown is known.

        Raises:
            PictureError: what draws is not installed.
        """
        in_order = firsts_in_order(one.ranking[0] for one in self.outcomes)
        counts = self.firsts
        name = self.verdict.policy.id
        return shares(
            {name: {told((first,)): counts[frozenset(first)] for first in in_order}},
            title="What may come first, once all is known",
            subtitle=f"what is unknown can turn out in {self.completions:,} ways",
            axis="share of the ways (%)",
            parts=[told((first,)) for first in in_order],
        )

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "policy": self.verdict.policy.id,
            "situation": facts_of(self.verdict.situation),
            "ranking": listed(self.verdict.ranking),
            "settled": self.settled,
            "first_settled": self.first_settled,
            "completions": self.completions,
            "outcomes": [
                {"ranking": listed(one.ranking), "count": one.count}
                for one in self.outcomes
            ],
            "questions": [_data(one) for one in (*self.questions, *self.later)],
            "idle": [*self.idle],
            "note": NOTE,
        }

    def __str__(self) -> str:
        return as_text(self._lines())

    def _repr_html_(self) -> str:
        return as_html(self._lines())

    def _lines(self) -> Iterator[Line]:
        yield Line(f"Now: {told(self.verdict.ranking)}")
        yield from self._settled_lines()
        for one in self.questions:
            yield from self._question_lines(one)
        if self.later:
            yield Line("")
            yield Line("These make a difference only along with others:")
            for one in self.later:
                yield Line(f"{one.fact.name}: {one.fact.ask}", 1)

    def _settled_lines(self) -> Iterator[Line]:
        if self.settled:
            yield Line("Settled: nothing that is unknown can change it.")
            return
        if self.first_settled:
            yield Line("The first place is settled, the places after it are not.")
            return
        ways = f"in {self.completions:,} ways"
        yield Line(f"What is unknown can turn out {ways}. First is then:")
        for first, count in self.firsts.items():
            names = " and ".join(o.value for o in Option if o in first)
            yield Line(f"{names} in {percent(count, self.completions)} of them", 1)

    def _question_lines(self, one: OpenQuestion) -> Iterator[Line]:
        yield Line("")
        yield Line(f"{one.fact.ask} ({one.fact.name})")
        by_ranking: dict[Ranking, list[str]] = {}
        for answer in one.answers:
            by_ranking.setdefault(answer.ranking, []).append(answer.value)
        for ranking, values in by_ranking.items():
            same = ranking == self.verdict.ranking
            yield Line(f"{', '.join(values)}: {'as now' if same else told(ranking)}", 1)


def _data(question: OpenQuestion) -> dict[str, Any]:
    return {
        "fact": question.fact.name,
        "ask": question.fact.ask,
        "matters": question.matters,
        "foretold": float(question.foretold),
        "left": float(question.left),
        "answers": [
            {"value": a.value, "ranking": listed(a.ranking), "left": a.left}
            for a in question.answers
        ],
    }
