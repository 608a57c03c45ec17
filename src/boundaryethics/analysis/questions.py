"""Find the open questions: unknown facts that still matter, the most useful first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.counterfactuals import Asked, verdict_of
from boundaryethics.charts import shares
from boundaryethics.errors import Problem, SituationError, problem
from boundaryethics.mdd.build import ranking_diagram
from boundaryethics.mdd.completions import CompletionCounts, completed
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.unknown import order_in_words, order_of
from boundaryethics.render.wording import NOTE, asked_about, listed, named
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
    """The effect of one answer."""

    value: str
    #: The ranking with this answer, if all other facts keep their values.
    ranking: Ranking
    #: Number of rankings still possible over all completions with this answer.
    rankings_left: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestion(PlainData):
    """An unknown fact that can still change the ranking."""

    fact: Fact
    answers: tuple[AnswerOutcome, ...]
    #: Whether some answer changes the ranking by itself (S18).
    matters: bool
    #: Share of completions that have the most frequent ranking for their answer.
    predictive_share: Fraction

    @property
    def rankings_left(self) -> Fraction:
        """Mean number of rankings that an answer leaves possible."""
        return Fraction(sum(a.rankings_left for a in self.answers), len(self.answers))

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain data."""
        asked = {"fact": self.fact.name, "question": self.fact.question}
        names = ("matters", "predictive_share", "rankings_left", "answers")
        return asked | picked(self, *names)


#: The outcomes that are kept apart (S18), in the order of their weight.
OUTCOMES = ("first", "status", "ranking", "actions", "draft")


@final
@attrs.frozen(kw_only=True)
class Settled(PlainData):
    """Whether all completions give what a situation gives now, by outcome (S18)."""

    first: bool
    ranking: bool
    #: Statuses and dilemmas.
    status: bool
    #: Actions with their texts, and supervision questions.
    actions: bool
    draft: bool

    @property
    def everything(self) -> bool:
        """Whether every outcome is settled."""
        return all(getattr(self, name) for name in OUTCOMES)

    def to_dict(self) -> dict[str, Any]:
        """Return the outcomes as plain data."""
        return picked(self, *OUTCOMES, "everything")


@final
@attrs.frozen(kw_only=True)
class RankedFacts:
    """The unknown facts that can still matter, the most telling first."""

    settled: Settled
    #: Facts with an urgent answer first, then those that matter most.
    facts: tuple[str, ...]


@final
@attrs.frozen
class Prepared:
    """A policy prepared to rank the open questions of many situations."""

    policy: Policy

    def ranked(self, situation: Situation, skipped: Iterable[str] = ()) -> RankedFacts:
        """Rank the unknown facts of *situation*; those *skipped* stay unknown."""
        where = dict.fromkeys(skipped, UNKNOWN)
        found = open_questions(situation, self.policy, where=where)
        return RankedFacts(
            settled=Settled(
                first=found.first_settled,
                ranking=found.settled,
                status=found.settled,
                actions=found.settled,
                draft=found.settled,
            ),
            facts=tuple(
                q.fact.name for q in (*found.questions, *found.only_in_combination)
            ),
        )


@lru_cache(maxsize=32)
def prepared(policy: Policy) -> Prepared:
    """Prepare *policy*, once, so that one situation takes a few milliseconds.

    Raises:
        AnalysisError: the policy is too large.
    """
    return Prepared(policy)


@final
@attrs.frozen(kw_only=True)
class RankingOutcome:
    """A possible ranking and the number of completions that give it."""

    ranking: Ranking
    count: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestions(Outline):
    """Open questions about a situation."""

    #: Number of completions, ways in which the unknown facts can turn out.
    completions: int
    #: All rankings of completions, the most frequent first.
    outcomes: tuple[RankingOutcome, ...]
    #: The facts that matter by themselves, the most useful first.
    questions: tuple[OpenQuestion, ...]
    #: The facts that matter only in combination with others, in the same order.
    only_in_combination: tuple[OpenQuestion, ...]
    #: The unknown facts that cannot matter.
    irrelevant: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether all completions have the current ranking (S18)."""
        return {self.verdict.ranking} == {one.ranking for one in self.outcomes}

    @property
    def first_settled(self) -> bool:
        """Whether all completions have the current first place (S18)."""
        return {frozenset(self.verdict.best)} == self.firsts.keys()

    @property
    def firsts(self) -> Mapping[frozenset[Option], int]:
        """Number of completions for each first place, the most frequent first."""
        counts: Counter[frozenset[Option]] = Counter()
        for one in self.outcomes:
            counts[frozenset(one.ranking[0])] += one.count
        return dict(counts.most_common())

    def _rows(self) -> Table:
        return Table(
            columns=("fact", "answer", "ranking", "rankings_left", "matters"),
            rows=tuple(
                (q.fact.name, a.value, told(a.ranking), a.rankings_left, q.matters)
                for q in (*self.questions, *self.only_in_combination)
                for a in q.answers
            ),
        )

    def chart(self) -> Any:
        """Return an Altair chart of how often each option is first over completions."""
        in_order = firsts_in_order(one.ranking[0] for one in self.outcomes)
        firsts = self.firsts
        counts = {told((first,)): firsts[frozenset(first)] for first in in_order}
        return shares(
            {self.verdict.policy.id: counts},
            title="First choice once every answer is known",
            subtitle=f"missing answers can turn out in {self.completions:,} ways",
            axis="share of these ways (%)",
            parts=[*counts],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the questions as plain data, ready for JSON."""
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
        yield OutlineLine(f"Current order: {order_in_words(self.verdict)}")
        yield from self._settled_lines()
        for one in self.questions:
            yield from self._question_lines(one)
        if self.only_in_combination:
            yield OutlineLine("")
            yield OutlineLine("These matter only in combination:")
        for one in self.only_in_combination:
            # People are not asked about a fact without a question.
            if one.fact.question:
                yield OutlineLine(asked_about(one.fact), 1)

    def _settled_lines(self) -> Iterator[OutlineLine]:
        if self.settled:
            yield OutlineLine("Settled: no missing answer can change this order.")
        elif self.first_settled:
            text = "The first choice is settled. The rest of the order is not."
            yield OutlineLine(text)
        else:
            text = f"The missing answers can turn out in {self.completions:,} ways. "
            yield OutlineLine(f"{text}The first choice is then:")
            for first, count in self.firsts.items():
                names = listed(named(self.verdict, o) for o in Option if o in first)
                share = percent(count, self.completions)
                yield OutlineLine(f"{names} in {share} of them", 1)

    def _question_lines(self, one: OpenQuestion) -> Iterator[OutlineLine]:
        yield OutlineLine("")
        yield OutlineLine(asked_about(one.fact))
        worlds = self.verdict.what_if(one.fact.name)
        now, by_order = order_of(self.verdict), dict[str, list[str]]()
        for answer in one.answers:
            then = worlds[answer.value]
            order = "no change" if order_of(then) == now else order_in_words(then)
            by_order.setdefault(order, []).append(one.fact.label(answer.value))
        for order, labels in by_order.items():
            yield OutlineLine(f"{' / '.join(labels)} -> {order}", 1)


def open_questions(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    where: Where | None = None,
) -> OpenQuestions:
    """Find the unknown facts that can still change the ranking, the most useful first.

    Questions are sorted by how well each answer alone predicts the final ranking: the
    share of completions that have the most frequent ranking for their answer. Ties are
    broken by the mean number of rankings that an answer leaves possible, fewest first,
    then by the order of the vocabulary. All completions count equally, whether or not
    they are likely.

    Args:
        situation: facts with their values, or a verdict, which brings its policy.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.
        where: unknown facts restricted to some values; a fact restricted to `unknown`
            stays unknown.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    diagram = ranking_diagram(verdict.policy)
    space = _completions(verdict.situation, where)
    answers = _possible_answers(verdict.situation, space)
    tally = CompletionCounts(completed(diagram, space))
    found = sorted(
        _questions(verdict, diagram, tally, answers),
        key=lambda question: (-question.predictive_share, question.rankings_left),
    )
    names = {one.fact.name for one in found}
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
        irrelevant=tuple(name for name in answers if name not in names),
    )


def _completions(situation: Situation, where: Where | None) -> Space:
    """Return the space in which each unknown fact has one of its other values.

    A fact of a clash may have to stay unknown.
    """
    space = space_of(situation.vocabulary, where)
    clashing = {n for clash in space.vocabulary.clashes for n, _ in clash.tests}
    allowed: list[tuple[str, ...]] = []
    problems: list[Problem] = []
    for place, (name, now) in enumerate(situation.items()):
        values = space.allowed[place]
        if now != UNKNOWN:
            if now not in values:
                words: dict[str, Any] = {"name": name, "value": now, "token": name}
                problems.append(problem("BE405", path=(name,), **words))
            allowed.append((now,))
            continue
        known = tuple(value for value in values if value != UNKNOWN)
        left = (UNKNOWN,) if place in clashing or not known else ()
        allowed.append((*known, *left))
    if problems:
        raise SituationError(problems)
    return Space(space.vocabulary, tuple(allowed))


def _possible_answers(situation: Situation, space: Space) -> dict[str, tuple[str, ...]]:
    """Return the facts that can become known, each with its possible answers."""
    answers = {
        name: tuple(v for v in situation.values_possible_for(name) if v in allowed)
        for (name, now), allowed in zip(situation.items(), space.allowed, strict=True)
        if now == UNKNOWN
    }
    return {name: values for name, values in answers.items() if values}


def _questions(
    verdict: Verdict,
    diagram: Diagram,
    tally: CompletionCounts,
    answers: Mapping[str, tuple[str, ...]],
) -> Iterator[OpenQuestion]:
    path = np.array(diagram.path(verdict.situation))
    for name, values in answers.items():
        # Each answer changes one layer of the situation's path.
        number = diagram.number[name]
        paths = np.tile(path, (len(values), 1))
        paths[:, number] = [diagram.layers[number].place[value] for value in values]
        rankings = [diagram.rankings[end] for end in diagram.ends_of(paths).tolist()]
        matters = any(ranking != verdict.ranking for ranking in rankings)
        if not (matters or name in tally.deciding):
            continue
        counts = tally.by_value(name)
        # If a fact has to stay unknown, that counts as an answer too.
        predicted = sum(map(max, counts.values()))
        yield OpenQuestion(
            fact=verdict.situation.vocabulary[name],
            answers=tuple(
                AnswerOutcome(
                    value=v, ranking=r, rankings_left=sum(c > 0 for c in counts[v])
                )
                for v, r in zip(values, rankings, strict=True)
            ),
            matters=matters,
            predictive_share=Fraction(predicted, sum(tally.counts)),
        )
