"""Find the open questions: unknown facts that matter, the most informative first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.counterfactuals import Asked, verdict_of
from boundaryethics.charts import shares
from boundaryethics.errors import Problem, SituationError, problem
from boundaryethics.mdd.answers import AnswerDiagram, answer_diagram
from boundaryethics.mdd.completions import Completions
from boundaryethics.mdd.scores import OPTIONS, Ranking
from boundaryethics.mdd.space import Space, Truths, Where, Whole, space_of
from boundaryethics.model.display import short_repr
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status
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
    made_of,
    percent,
    picked,
    told,
)

#: The outcomes that are kept apart (S18), those that weigh most first.
OUTCOMES = ("first", "status", "ranking", "actions", "draft")
_ORDER = {"first", "status", "ranking"}
#: Questions are asked for the first rank and the statuses before all else.
_TIERS = {"first": 0, "status": 0, "ranking": 1, "actions": 2, "draft": 3}
#: The most situations whose facts are cached in their order.
_MOST_CACHED = 4096


@final
@attrs.frozen(kw_only=True)
class Settled(PlainData):
    """Whether all completions give the same as the situation itself, by outcome."""

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
class AnswerOutcome:
    """The effect of one answer, if all other facts keep their values."""

    __repr__ = short_repr

    value: str
    ranking: Ranking
    statuses: Mapping[Option, Status]
    #: The outcomes that this answer changes by itself (S18).
    changes: tuple[str, ...]
    #: The actions that become urgent with this answer.
    urgent: tuple[str, ...]
    #: Number of rankings still possible over all completions with this answer.
    rankings_left: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestion(PlainData):
    """An unknown fact that can still change an outcome."""

    fact: Fact
    answers: tuple[AnswerOutcome, ...]
    #: The outcomes that some answer changes by itself (S18).
    matters_for: tuple[str, ...]
    #: The outcomes that an answer changes only in combination with others (S18).
    matters_in_combination: tuple[str, ...]
    #: Share of completions that have the most frequent ranking for their answer.
    predictive_share: Fraction

    @property
    def matters(self) -> bool:
        """Whether some answer changes an outcome by itself."""
        return bool(self.matters_for)

    @property
    def urgent(self) -> tuple[str, ...]:
        """The answers with which something becomes urgent."""
        return tuple(answer.value for answer in self.answers if answer.urgent)

    @property
    def rankings_left(self) -> Fraction:
        """Mean number of rankings that an answer leaves possible."""
        return Fraction(sum(a.rankings_left for a in self.answers), len(self.answers))

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain data."""
        asked = {"fact": self.fact.name, "question": self.fact.question}
        names = (
            *("matters", "matters_for", "matters_in_combination", "urgent"),
            *("predictive_share", "rankings_left", "answers"),
        )
        return asked | picked(self, *names)


@final
@attrs.frozen(kw_only=True)
class RankingOutcome:
    """A possible ranking with its statuses, and the number of its completions."""

    ranking: Ranking
    statuses: Mapping[Option, Status]
    count: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestions(Outline):
    """Open questions about a situation."""

    #: Number of completions, ways in which the unknown facts can turn out.
    completions: int
    #: All rankings of completions with their statuses, the most frequent first.
    outcomes: tuple[RankingOutcome, ...]
    #: Which outcomes are settled (S18).
    settled: Settled
    #: The facts that matter by themselves, the most informative first.
    questions: tuple[OpenQuestion, ...]
    #: The facts that matter only in combination with others, in the same order.
    only_in_combination: tuple[OpenQuestion, ...]
    #: The unknown facts that matter for no outcome.
    irrelevant: tuple[str, ...]

    @property
    def first_settled(self) -> bool:
        """Whether all completions have the current first place (S18)."""
        return self.settled.first

    @property
    def firsts(self) -> Mapping[frozenset[Option], int]:
        """Number of completions for each first place, the most frequent first."""
        counts: Counter[frozenset[Option]] = Counter()
        for one in self.outcomes:
            counts[frozenset(one.ranking[0])] += one.count
        return dict(counts.most_common())

    def _rows(self) -> Table:
        columns = ("fact", "answer", "ranking", "rankings_left", "changes", "urgent")
        return Table(
            columns=(*columns, "matters"),
            rows=tuple(
                (
                    *(q.fact.name, a.value, told(a.ranking), a.rankings_left),
                    *(", ".join(a.changes), ", ".join(a.urgent), q.matters),
                )
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

    def _data(self) -> dict[str, Any]:
        return {
            "policy": self.verdict.policy.id,
            "situation": as_data(self.verdict.situation),
            "ranking": as_data(self.verdict.ranking),
            "statuses": {one.option: one.status for one in self.verdict.assessments},
            **picked(self, "settled", "first_settled", "completions", "outcomes"),
            "questions": as_data((*self.questions, *self.only_in_combination)),
            "irrelevant": [*self.irrelevant],
            "note": NOTE,
        }

    def _lines(self) -> Iterator[OutlineLine]:
        yield OutlineLine(f"Current order: {order_in_words(self.verdict)}")
        yield from self._settled_lines()
        # People are not asked about a fact without a question.
        alone = [one for one in self.questions if one.fact.question]
        weighty = [one for one in alone if one.urgent or _ORDER & {*one.matters_for}]
        for one in weighty:
            yield from self._question_lines(one)
        for heading, asked in (
            (
                "By themselves, these change only the advice or the draft message:",
                [one for one in alone if one not in weighty],
            ),
            (
                "These matter only in combination:",
                [one for one in self.only_in_combination if one.fact.question],
            ),
        ):
            if asked:
                yield from (OutlineLine(""), OutlineLine(heading))
            for one in asked:
                yield OutlineLine(asked_about(one.fact), 1)

    def _settled_lines(self) -> Iterator[OutlineLine]:
        now = self.settled
        if now.everything:
            text = "Settled: no missing answer can change the order, the advice or "
            yield OutlineLine(f"{text}the draft message.")
            return
        if not now.first:
            text = f"The missing answers can turn out in {self.completions:,} ways. "
            yield OutlineLine(f"{text}The first choice is then:")
            for first, count in self.firsts.items():
                names = listed(named(self.verdict, o) for o in Option if o in first)
                share = percent(count, self.completions)
                yield OutlineLine(f"{names} in {share} of them", 1)
        elif not now.ranking:
            # In danger, the first response has other words.
            check = not self.verdict.urgent and any(q.urgent for q in self.questions)
            opening = "If no one is in danger, the" if check else "The"
            text = f"{opening} first choice is settled. The rest of the order is not."
            yield OutlineLine(text)
        else:
            open_ones = {
                "which responses are ruled out or required": now.status,
                "the advice": now.actions,
                "the draft message": now.draft,
            }
            names = listed((name for name, on in open_ones.items() if not on), "or")
            yield OutlineLine(
                f"The order is settled. An answer could still change {names}."
            )

    def _question_lines(self, one: OpenQuestion) -> Iterator[OutlineLine]:
        yield OutlineLine("")
        yield OutlineLine(asked_about(one.fact))
        worlds = self.verdict.what_if(one.fact.name)
        by_effect = dict[str, list[str]]()
        for answer in one.answers:
            effect = _effect(self.verdict, worlds[answer.value], answer)
            by_effect.setdefault(effect, []).append(one.fact.label(answer.value))
        for effect, labels in by_effect.items():
            yield OutlineLine(f"{' / '.join(labels)} -> {effect}", 1)


#: Changes that the order in words does not show.
_CHANGES = {
    "status": "which duties conflict",
    "ranking": "the order of the responses that are ruled out",
    "actions": "the advice",
    "draft": "the draft message",
}


def _effect(now: Verdict, then: Verdict, answer: AnswerOutcome) -> str:
    """Return the effect of *answer* in words."""
    effects = ["changes what to do first"] if answer.urgent else []
    if order_of(now) != order_of(then):
        effects.append(order_in_words(then))
    elif not effects and answer.changes:
        changed = (says for name, says in _CHANGES.items() if name in answer.changes)
        effects.append(f"changes {listed(changed)}")
    return "; ".join(effects) or "no change"


@final
@attrs.frozen(kw_only=True)
class RankedFacts:
    """The unknown facts that can still matter, the most informative first."""

    settled: Settled
    #: Facts with an urgent answer first, then those that matter most; a fact may have
    #: no question to ask people.
    facts: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class _Answer:
    """The effect of one answer, as places in diagrams."""

    value: str
    #: The end of each part of the answer.
    ends: Whole
    changes: tuple[str, ...]
    urgent: tuple[str, ...]
    rankings_left: int = 0


@final
@attrs.frozen(kw_only=True)
class _Open:
    """An unknown fact, and how much it matters."""

    name: str
    answers: tuple[_Answer, ...]
    matters_for: tuple[str, ...]
    in_combination: tuple[str, ...] = ()
    #: Number of completions with the most frequent ranking for their answer.
    predicted: int = 0
    #: Number of parts of the answer that depend on it.
    parts: int = 0

    @property
    def place(self) -> tuple[bool, int, int, Fraction, int]:
        """The key by which facts are sorted."""
        urgent = any(answer.urgent for answer in self.answers)
        tier = min(_TIERS[o] for o in (*self.matters_for, *self.in_combination))
        left = sum(answer.rankings_left for answer in self.answers)
        mean = Fraction(left, len(self.answers))
        return not urgent, tier, -self.predicted, mean, -self.parts

    def counted(self, completions: Completions) -> _Open:
        """Return the fact with what its answers predict."""
        number = completions.diagram.number[self.name]
        counts = completions.rankings.by_value(number)
        return attrs.evolve(
            self,
            answers=tuple(
                attrs.evolve(one, rankings_left=sum(c > 0 for c in counts[one.value]))
                for one in self.answers
            ),
            # If a fact has to stay unknown, that counts as an answer too.
            predicted=sum(map(max, counts.values())),
            parts=completions.parts_deciding(self.name),
        )


@final
@attrs.frozen(eq=False)
class Prepared:
    """A policy prepared to rank the open questions of many situations."""

    diagram: AnswerDiagram
    _ranked: dict[object, RankedFacts] = attrs.field(factory=dict, init=False)

    def ranked(self, situation: Situation, skipped: Iterable[str] = ()) -> RankedFacts:
        """Rank the unknown facts of *situation*; those *skipped* stay unknown."""
        key = situation.row, frozenset(skipped)
        if (ranked := self._ranked.get(key)) is None:
            completions = None if key[1] else self._whole.narrowed(situation)
            if not completions:
                space = _completions(situation, dict.fromkeys(key[1], UNKNOWN))
                completions = Completions.of(self.diagram, space)
            settled, found = self.open_facts(situation, completions, brief=True)
            facts = tuple(one.name for one in found)
            ranked = RankedFacts(settled=settled, facts=facts)
            if len(self._ranked) >= _MOST_CACHED:
                self._ranked.clear()
            self._ranked[key] = ranked
        return ranked

    @cached_property
    def _whole(self) -> Completions:
        """All completions there are."""
        nothing = self.diagram.vocabulary.situation({})
        return Completions.of(self.diagram, _completions(nothing, None))

    def open_facts(
        self, situation: Situation, completions: Completions, *, brief: bool = False
    ) -> tuple[Settled, list[_Open]]:
        """Find what is settled, and the facts that matter, the most informative first.

        If *brief*, leave out for which outcomes a fact matters in combination, unless
        they decide its place.
        """
        now, ends = self.diagram.effects(situation)
        changed = self._outcomes(~completions.settled(now))
        settled = Settled(**{name: name not in changed for name in OUTCOMES})
        answers = _possible_answers(situation, completions.space)
        facts = [
            self._alone(now, name, {value: ends[name][value] for value in values})
            for name, values in answers.items()
        ]
        together: dict[str, tuple[str, ...]] = {one.name: () for one in facts}
        for outcome in changed:
            earlier = OUTCOMES[: OUTCOMES.index(outcome)]
            asked = [
                one.name
                for one in facts
                if outcome not in one.matters_for
                and not (brief and {*together[one.name], *one.matters_for} & {*earlier})
            ]
            for name in completions.deciding(outcome, asked):
                together[name] += (outcome,)
        found = [
            attrs.evolve(one, in_combination=together[one.name]).counted(completions)
            for one in facts
            if one.matters_for or together[one.name]
        ]
        return settled, sorted(found, key=lambda one: one.place)

    def _alone(self, now: Whole, name: str, ends: Mapping[str, Whole]) -> _Open:
        """Find what each answer changes by itself."""
        answers = tuple(
            _Answer(
                value=value,
                ends=then,
                changes=self._outcomes(then != now),
                urgent=self._urgent(now, then),
            )
            for value, then in ends.items()
        )
        changed = {outcome for answer in answers for outcome in answer.changes}
        matters_for = tuple(o for o in OUTCOMES if o in changed)
        return _Open(name=name, answers=answers, matters_for=matters_for)

    def _outcomes(self, changed: Truths) -> tuple[str, ...]:
        """List the outcomes of the parts that are *changed*."""
        bits = int(np.bitwise_or.reduce(self._bits[changed], initial=0))
        return tuple(name for n, name in enumerate(OUTCOMES) if bits >> n & 1)

    @cached_property
    def _bits(self) -> Whole:
        """The outcome of each part as a bit."""
        return np.array([1 << OUTCOMES.index(p.outcome) for p in self.diagram.parts])

    def _urgent(self, now: Whole, then: Whole) -> tuple[str, ...]:
        """List the urgent actions that are new."""
        there, urgent = self.diagram.ends - 1, self.diagram.urgent
        old = {part for n, part in urgent if now[n] == there}
        new = (part for n, part in urgent if then[n] == there)
        return tuple(dict.fromkeys(part for part in new if part not in old))


@lru_cache(maxsize=32)
def prepared(policy: Policy) -> Prepared:
    """Prepare *policy*, once, so that one situation takes a few milliseconds.

    Raises:
        AnalysisError: the policy is too large.
    """
    return Prepared(answer_diagram(policy))


def open_questions(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    where: Where | None = None,
) -> OpenQuestions:
    """Find the unknown facts that can still matter, the most informative first.

    A fact matters if it can change the first rank, the ranking, a status or a dilemma,
    the actions with the supervision questions, or the draft (S18). Facts with an answer
    that makes something urgent come first. Then come those that can change the first
    rank or a status, then the ranking, then the actions, then the draft.

    Among equals, questions are sorted by how well each answer alone predicts the final
    ranking: the share of completions that have the most frequent ranking for their
    answer. Ties are broken by the mean number of rankings that an answer leaves
    possible, fewest first, then by how many parts of the answer depend on the fact,
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
    ready = prepared(verdict.policy)
    diagram, space = ready.diagram, _completions(verdict.situation, where)
    completions = Completions.of(diagram, space)
    settled, open_facts = ready.open_facts(verdict.situation, completions)
    total = sum(completions.rankings.totals)
    found = tuple(
        OpenQuestion(
            fact=diagram.vocabulary[one.name],
            answers=tuple(_answer(diagram, answer) for answer in one.answers),
            matters_for=one.matters_for,
            matters_in_combination=one.in_combination,
            predictive_share=Fraction(one.predicted, total),
        )
        for one in open_facts
    )
    orders = completions.orders
    outcomes = [
        (*diagram.order_ends[end], count)
        for end, count in zip(orders.ends.tolist(), orders.totals, strict=True)
    ]
    names = {one.name for one in open_facts}
    return OpenQuestions(
        provenance=made_of(verdict.policy, situation=verdict.situation, where=where),
        verdict=verdict,
        completions=total,
        outcomes=tuple(
            RankingOutcome(ranking=ranking, statuses=_by_option(statuses), count=count)
            for ranking, (statuses, _), count in sorted(
                outcomes, key=lambda one: (-one[2], told(one[0]), one[1])
            )
        ),
        settled=settled,
        questions=tuple(one for one in found if one.matters),
        only_in_combination=tuple(one for one in found if not one.matters),
        irrelevant=tuple(
            name
            for name in _possible_answers(verdict.situation, space)
            if name not in names
        ),
    )


def _answer(diagram: AnswerDiagram, one: _Answer) -> AnswerOutcome:
    ranking, _, statuses, *_ = one.ends.tolist()
    return AnswerOutcome(
        value=one.value,
        ranking=diagram.rankings[ranking],
        statuses=_by_option(diagram.statuses[statuses][0]),
        changes=one.changes,
        urgent=one.urgent,
        rankings_left=one.rankings_left,
    )


def _by_option(statuses: Iterable[Status]) -> Mapping[Option, Status]:
    return dict(zip(OPTIONS, statuses, strict=True))


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
