"""Find the open questions: which unknown facts still matter, and which to ask first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.counterfactuals import Asked, verdict_of
from boundaryethics.charts import shares
from boundaryethics.errors import SituationError, problem
from boundaryethics.mdd.build import ranking_diagram
from boundaryethics.mdd.completions import CompletionCounts, completed
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import NOTE
from boundaryethics.report import (
    Outline,
    OutlineLine,
    PlainData,
    Table,
    as_data,
    firsts_in_order,
    percent,
    picked,
    told,
)


@final
@attrs.frozen(kw_only=True)
class AnswerOutcome:
    """What one answer would do."""

    value: str
    #: The ranking once this is known and nothing else has become known.
    ranking: Ranking
    #: How many rankings are possible yet, when all else becomes known too.
    rankings_left: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestion(PlainData):
    """One unknown fact that can still make a difference."""

    fact: Fact
    answers: tuple[AnswerOutcome, ...]
    #: Whether to fix it alone to some value changes the ranking (S18).
    matters: bool
    #: How often the ranking could be predictive_share by the answer: the part of all
    #: completions that have the ranking which is the commonest for their answer.
    predictive_share: Fraction

    @property
    def rankings_left(self) -> Fraction:
        """How many rankings an answer leaves possible, on average."""
        return Fraction(sum(a.rankings_left for a in self.answers), len(self.answers))

    def to_dict(self) -> dict[str, Any]:
        """Give the question as plain data."""
        asked = {"fact": self.fact.name, "question": self.fact.question}
        names = ("matters", "predictive_share", "rankings_left", "answers")
        return asked | picked(self, *names)


@final
@attrs.frozen(kw_only=True)
class RankingOutcome:
    """One ranking to which it can come, and in how many completions it does."""

    ranking: Ranking
    count: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestions(Outline):
    """What is still open about a situation."""

    verdict: Verdict = attrs.field(repr=False)
    #: How many ways there are for all that is unknown to become known.
    completions: int
    #: Every ranking that a completion gives, the most frequent first.
    outcomes: tuple[RankingOutcome, ...]
    #: The facts that matter by themselves, those first that settle most.
    questions: tuple[OpenQuestion, ...]
    #: Those that can make a difference only along with others, in the same order.
    only_in_combination: tuple[OpenQuestion, ...]
    #: The unknown facts that can make none, whatever becomes known.
    irrelevant: tuple[str, ...]

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

    def _rows(self) -> Table:
        """Give a row for each answer to each question, in their order."""
        return Table(
            columns=("fact", "answer", "ranking", "rankings_left", "matters"),
            rows=tuple(
                (q.fact.name, a.value, told(a.ranking), a.rankings_left, q.matters)
                for q in (*self.questions, *self.only_in_combination)
                for a in q.answers
            ),
        )

    def chart(self) -> Any:
        """A picture, for Altair: what comes first once all that is unknown is known."""
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
        """Give the answer as plain data, ready for JSON."""
        return {
            "policy": self.verdict.policy.id,
            "situation": as_data(self.verdict.situation),
            "ranking": as_data(self.verdict.ranking),
            **picked(self, "settled", "first_settled", "completions", "outcomes"),
            "questions": as_data((*self.questions, *self.only_in_combination)),
            "irrelevant": [*self.irrelevant],
            "note": NOTE,
        }

    def _lines(self) -> Iterator[OutlineLine]:
        yield OutlineLine(f"Now: {told(self.verdict.ranking)}")
        yield from self._settled_lines()
        for one in self.questions:
            yield from self._question_lines(one)
        if self.only_in_combination:
            yield OutlineLine("")
            yield OutlineLine("These make a difference only along with others:")
            for one in self.only_in_combination:
                yield OutlineLine(f"{one.fact.name}: {one.fact.question}", 1)

    def _settled_lines(self) -> Iterator[OutlineLine]:
        if self.settled:
            yield OutlineLine("Settled: nothing that is unknown can change it.")
            return
        if self.first_settled:
            yield OutlineLine(
                "The first place is settled, the places after it are not."
            )
            return
        ways = f"in {self.completions:,} ways"
        yield OutlineLine(f"What is unknown can turn out {ways}. First is then:")
        for first, count in self.firsts.items():
            names = " and ".join(o.value for o in Option if o in first)
            yield OutlineLine(
                f"{names} in {percent(count, self.completions)} of them", 1
            )

    def _question_lines(self, one: OpenQuestion) -> Iterator[OutlineLine]:
        yield OutlineLine("")
        yield OutlineLine(f"{one.fact.question} ({one.fact.name})")
        by_ranking: dict[Ranking, list[str]] = {}
        for answer in one.answers:
            by_ranking.setdefault(answer.ranking, []).append(answer.value)
        for ranking, values in by_ranking.items():
            same = ranking == self.verdict.ranking
            yield OutlineLine(
                f"{', '.join(values)}: {'as now' if same else told(ranking)}", 1
            )


def open_questions(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    where: Where | None = None,
) -> OpenQuestions:
    """The unknown facts that can still change the ranking, and what they would do.

    The question comes first whose answer tells most of the ranking. To measure it,
    count for each answer the completions that have the ranking which is then the
    commonest, and add them up: the sum is how often a prediction of the ranking by
    that answer alone would be right. Among equals, the question comes first that
    leaves the fewer rankings possible on average, then the one that the vocabulary
    lists first. Each completion counts once; nothing is said of how likely it is.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        where: unknown facts confined to some values; one that is confined to
            `unknown` cannot be found out, and stays so.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    diagram = ranking_diagram(verdict.policy)
    space = _completions(verdict.situation, where)
    tally = CompletionCounts(completed(diagram, space))
    found = tuple(sorted(_questions(verdict, diagram, tally, space), key=_most_telling))
    told_of = {one.fact.name for one in found}
    outcomes = zip(tally.rankings, tally.counts, strict=True)
    return OpenQuestions(
        verdict=verdict,
        completions=sum(tally.counts),
        outcomes=tuple(
            RankingOutcome(ranking=ranking, count=count)
            for ranking, count in sorted(outcomes, key=lambda o: (-o[1], told(o[0])))
        ),
        questions=tuple(one for one in found if one.matters),
        only_in_combination=tuple(one for one in found if not one.matters),
        irrelevant=tuple(
            n for n in _asked(verdict.situation, space) if n not in told_of
        ),
    )


def _completions(situation: Situation, where: Where | None) -> Space:
    """Every unknown fact with one of its other values; known ones as they are.

    A fact that clashes with others may have to be left unknown.
    """
    space = space_of(situation.vocabulary, where)
    known = zip(situation.items(), space.allowed, strict=True)
    outside = [fact for fact, values in known if _contradicts(fact[1], values)]
    if outside:
        raise SituationError(
            problem("BE405", name=name, value=value, path=(name,), token=name)
            for name, value in outside
        )
    clashing = {n for clash in space.vocabulary.clashes for n, _ in clash.tests}
    allowed = (
        _found_out(values, clashing=place in clashing) if now == UNKNOWN else (now,)
        for place, (now, values) in enumerate(
            zip(situation.values, space.allowed, strict=True)
        )
    )
    return Space(space.vocabulary, tuple(allowed))


def _found_out(values: tuple[str, ...], *, clashing: bool) -> tuple[str, ...]:
    known = tuple(value for value in values if value != UNKNOWN)
    return (*known, UNKNOWN) if clashing or not known else known


def _contradicts(now: str, allowed: tuple[str, ...]) -> bool:
    return now != UNKNOWN and now not in allowed


def _asked(situation: Situation, space: Space) -> dict[str, tuple[str, ...]]:
    """The facts that can be found out, each with its possible answers."""
    answers = {
        name: tuple(v for v in situation.values_possible_for(name) if v in allowed)
        for (name, now), allowed in zip(situation.items(), space.allowed, strict=True)
        if now == UNKNOWN
    }
    return {name: values for name, values in answers.items() if values}


def _questions(
    verdict: Verdict, diagram: Diagram, tally: CompletionCounts, space: Space
) -> Iterator[OpenQuestion]:
    for name, values in _asked(verdict.situation, space).items():
        alone = _alone(verdict.situation, diagram, name, values)
        matters = any(ranking != verdict.ranking for ranking in alone)
        if matters or name in tally.deciding:
            counts = tally.by_value(name)
            yield OpenQuestion(
                fact=verdict.situation.vocabulary[name],
                answers=tuple(
                    AnswerOutcome(
                        value=v, ranking=r, rankings_left=sum(c > 0 for c in counts[v])
                    )
                    for v, r in zip(values, alone, strict=True)
                ),
                matters=matters,
                # Where it has to be left unknown, that is an answer too.
                predictive_share=Fraction(
                    sum(map(max, counts.values())), sum(tally.counts)
                ),
            )


def _alone(
    situation: Situation, diagram: Diagram, name: str, values: Iterable[str]
) -> list[Ranking]:
    """The ranking with the fact fixed to each of *values*, and all else as it is."""
    number = diagram.number[name]
    places = [diagram.layers[number].place[value] for value in values]
    paths = np.tile(np.array(diagram.path(situation)), (len(places), 1))
    paths[:, number] = places
    return [diagram.rankings[end] for end in diagram.ends_of(paths).tolist()]


def _most_telling(question: OpenQuestion) -> tuple[Fraction, Fraction]:
    return -question.predictive_share, question.rankings_left
