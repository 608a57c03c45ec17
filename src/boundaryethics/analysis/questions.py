"""Find the open questions: unknown facts that matter, the most informative first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.analysis.counterfactuals import Asked, policy_of, verdict_of
from boundaryethics.charts import shares
from boundaryethics.errors import SituationError, check_all, problem
from boundaryethics.mdd.answers import AnswerDiagram, answer_diagram
from boundaryethics.mdd.completions import Completions
from boundaryethics.mdd.scores import OPTIONS, Ranking
from boundaryethics.mdd.space import Space, Truths, Where, Whole, space_of
from boundaryethics.model.display import ShortRepr
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import advised
from boundaryethics.render.unknown import order_change, order_in_words, order_of
from boundaryethics.render.wording import (
    NOTE,
    all_tied,
    asked_about,
    listed,
    named,
    opened,
    shown,
    under,
)
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
    ranking_text,
    signed_chart,
)

#: The outcomes (S18), the most important first.
OUTCOMES = ("first", "status", "ranking", "actions", "draft")
_ORDER = {"first", "status", "ranking"}
#: The sort order of outcomes. The first rank and the statuses share the highest
#: priority.
_TIERS = {"first": 0, "status": 0, "ranking": 1, "actions": 2, "draft": 3}
#: For each bit set of outcomes, their names.
_NAMED = tuple(
    tuple(name for n, name in enumerate(OUTCOMES) if bits >> n & 1)
    for bits in range(1 << len(OUTCOMES))
)
#: The maximum number of situations whose ranked facts are cached, and of those whose
#: completions are cached. Many interviews start in the same way, and a form may show
#: the same page again.
_MOST_CACHED, _MOST_BEGUN = 256, 8


@final
@attrs.frozen(kw_only=True)
class Settled(PlainData):
    """Whether each outcome is the same in all completions as it is now (S18)."""

    first: bool
    ranking: bool
    #: The statuses and the dilemmas.
    status: bool
    #: The actions with their texts, and the supervision questions.
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
class AnswerOutcome(ShortRepr):
    """The effect of one answer if all other facts keep their values."""

    value: str
    ranking: Ranking
    statuses: Mapping[Option, Status]
    #: The outcomes that this answer alone changes (S18).
    changes: tuple[str, ...]
    #: The actions that become urgent with this answer.
    urgent: tuple[str, ...]
    #: The number of rankings still possible with this answer, over all completions.
    rankings_left: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestion(PlainData):
    """An unknown fact that can still change an outcome."""

    fact: Fact
    answers: tuple[AnswerOutcome, ...]
    #: The outcomes that at least one answer alone changes (S18).
    matters_for: tuple[str, ...]
    #: The outcomes that answers change only in combination with other answers (S18).
    matters_in_combination: tuple[str, ...]
    #: The share of completions whose ranking is the most frequent one for their answer
    #: to this question.
    predictive_share: Fraction

    @property
    def matters(self) -> bool:
        """Whether at least one answer alone changes an outcome."""
        return bool(self.matters_for)

    @property
    def urgent(self) -> tuple[str, ...]:
        """The answers that make an action urgent."""
        return tuple(answer.value for answer in self.answers if answer.urgent)

    @property
    def rankings_left(self) -> Fraction:
        """The mean number of rankings that remain possible after an answer."""
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
    """A possible ranking with its statuses, and how many completions have it."""

    ranking: Ranking
    statuses: Mapping[Option, Status]
    count: int


@final
@attrs.frozen(kw_only=True)
class OpenQuestions(Outline):
    """Open questions about a situation."""

    #: The number of completions: possible combinations of values for unknown facts.
    completions: int
    #: All rankings of completions, with their statuses, the most frequent first.
    outcomes: tuple[RankingOutcome, ...]
    #: Which outcomes are settled (S18).
    settled: Settled
    #: The facts that matter alone, the most informative first.
    questions: tuple[OpenQuestion, ...]
    #: The facts that matter only in combination, the most informative first.
    only_in_combination: tuple[OpenQuestion, ...]
    #: The unknown facts that do not matter for any outcome.
    irrelevant: tuple[str, ...]

    @property
    def first_settled(self) -> bool:
        """Whether the same options as now rank first in all completions (S18)."""
        return self.settled.first

    @property
    def firsts(self) -> Mapping[frozenset[Option], int]:
        """The number of completions for each top response or tie, largest first."""
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
                    *(q.fact.name, a.value, ranking_text(a.ranking), a.rankings_left),
                    *(", ".join(a.changes), ", ".join(a.urgent), q.matters),
                )
                for q in (*self.questions, *self.only_in_combination)
                for a in q.answers
            ),
        )

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of how often completions rank each option first."""
        in_order = firsts_in_order(one.ranking[0] for one in self.outcomes)
        firsts = self.firsts
        counts = {
            ranking_text((first,)): firsts[frozenset(first)] for first in in_order
        }
        return shares(
            {self.verdict.policy.id: counts},
            title="First choice once every answer is known",
            subtitle=f"{self.completions:,} possible combinations of missing answers",
            axis="share of these combinations (%)",
            parts=[*Option, *counts],
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
        order = order_in_words(self.verdict)
        yield OutlineLine(f"Current order{under(self.verdict.policy)}: {order}")
        yield from self._settled_lines()
        # Do not ask people about a fact that has no question.
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
                "These matter only together with other answers:",
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
            yield from self._fragile_lines()
            ways = f"{self.completions:,} possible combinations"
            yield OutlineLine(
                f"The missing answers have {ways}, not all equally likely. The first "
                "choice is:"
            )
            for first, count in self.firsts.items():
                names = listed(named(self.verdict, o) for o in Option if o in first)
                share = percent(count, self.completions)
                tied = " (tied)" if len(first) > 1 else ""
                yield OutlineLine(f"{names}{tied}: {share}", 1)
            for text in self._other_names({*chain.from_iterable(self.firsts)}):
                yield OutlineLine(f"{opened(text)}.")
        elif not now.ranking:
            others = "; ".join(self._other_names({*self.verdict.best}))
            form = f", but not its form: {others}" if others else ""
            text = f"The first choice is settled{form}. The rest of the order is open."
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

    def _fragile_lines(self) -> Iterator[OutlineLine]:
        """Say whether most combinations of answers change the first choice."""
        now_first = self.firsts.get(frozenset(self.verdict.best), 0)
        asked = (*self.questions, *self.only_in_combination)
        answerable = any(one.fact.question for one in asked)
        if answerable and not self.verdict.urgent and 2 * now_first < self.completions:
            why = "most combinations of answers change the first choice"
            if all_tied(self.verdict):
                why = "so far, all four responses are tied"
            yield OutlineLine(f"Answer the questions before you decide: {why}.")

    def _other_names(self, options: set[Option]) -> Iterator[str]:
        """Say which other names *options* have if an answer makes them first."""
        worlds = [
            self.verdict.what_if(asked.fact.name)[answer.value]
            for asked in self.questions
            if asked.fact.question
            for answer in asked.answers
        ]
        for option in (option for option in Option if option in options):
            now = named(self.verdict, option)
            names = dict.fromkeys(named(w, option) for w in worlds if option in w.best)
            names.pop(now, None)
            if names:
                yield f"{now} can also mean {listed(names, 'or')}"

    def _question_lines(self, one: OpenQuestion) -> Iterator[OutlineLine]:
        yield OutlineLine("")
        yield OutlineLine(asked_about(one.fact))
        if one.urgent and one.fact.help:
            yield OutlineLine(shown(one.fact.help), 1)
        worlds = self.verdict.what_if(one.fact.name)
        by_effect = dict[str, list[str]]()
        for answer in one.answers:
            effect = _effect(self.verdict, worlds[answer.value], answer)
            by_effect.setdefault(effect, []).append(one.fact.label(answer.value))
        for effect, labels in by_effect.items():
            yield OutlineLine(f"{' / '.join(labels)}: {effect}", 1)


#: Descriptions of changes that are not visible in the order of the options.
_CHANGES = {
    "status": "which duties conflict",
    "ranking": "the order of the responses that are ruled out",
    "actions": "the advice",
    "draft": "the draft message",
}


def _effect(now: Verdict, then: Verdict, answer: AnswerOutcome) -> str:
    """Describe the effect of *answer*."""
    effects = ["changes what to do first"] if answer.urgent else []
    if effects and now.urgent:
        # If someone is in danger, show the action before the answer is given.
        new = (one for one in then.urgent if one.action in answer.urgent)
        says = " ".join(item.with_source for item in advised(then, new))
        effects = [f"do this first. {says}"]
    if order_of(now) != order_of(then):
        effects.append(order_change(now, then))
    elif not effects and answer.changes:
        changed = (says for name, says in _CHANGES.items() if name in answer.changes)
        effects.append(f"changes {listed(changed)}")
    return "; ".join(effects) or "no change"


@final
@attrs.frozen(kw_only=True)
class RankedFacts:
    """The unknown facts that can still matter, the most informative first."""

    settled: Settled
    #: Facts with an urgent answer come first, then those that matter most. Some may
    #: have no question for people.
    facts: tuple[str, ...]


@final
@attrs.frozen(eq=False)
class Prepared:
    """A policy prepared for ranking the open questions of many situations."""

    diagram: AnswerDiagram
    _ranked: dict[object, RankedFacts] = attrs.field(factory=dict, init=False)
    _begun: dict[object, Completions] = attrs.field(factory=dict, init=False)

    def ranked(
        self,
        situation: Situation,
        skipped: Iterable[str] = (),
        stated: Situation | None = None,
    ) -> RankedFacts:
        """Rank the unknown facts of *situation*. The *skipped* facts stay unknown.

        If many situations share the same stated facts, pass them as *stated* to save
        time.
        """
        key = situation.row, frozenset(skipped)
        if (ranked := self._ranked.get(key)) is None:
            wider = self._asking if self._unasked <= key[1] else self.every
            if stated:
                wider = self._with(stated, wider, self._unasked & key[1])
            completions = wider.within(situation, key[1])
            values = _possible_answers(situation)
            asked = {name: own for name, own in values.items() if name not in key[1]}
            settled, found = self.open_facts(situation, completions, asked, brief=True)
            facts = tuple(one.fact.name for one in found)
            ranked = RankedFacts(settled=settled, facts=facts)
            if len(self._ranked) >= _MOST_CACHED:
                self._ranked.clear()
            self._ranked[key] = ranked
        return ranked

    def _with(
        self, stated: Situation, wider: Completions, skipped: frozenset[str]
    ) -> Completions:
        """Return and cache completions of *stated*, facts shared by many situations."""
        key = stated.row, skipped
        if key not in self._begun:
            if len(self._begun) >= _MOST_BEGUN:
                self._begun.clear()
            self._begun[key] = wider.within(stated, skipped)
        return self._begun[key]

    @cached_property
    def every(self) -> Completions:
        """The completions of the situation in which all facts are unknown."""
        return self.diagram.completions(space_of(self.diagram.vocabulary))

    @cached_property
    def orders(self) -> Completions:
        """The completions in `every`, in the joint diagram of rankings and statuses."""
        return self.diagram.order_completions(space_of(self.diagram.vocabulary))

    @cached_property
    def _unasked(self) -> frozenset[str]:
        """The facts without a question."""
        facts = self.diagram.vocabulary.facts
        return frozenset(fact.name for fact in facts if not fact.question)

    @cached_property
    def _asking(self) -> Completions:
        """The part of `every` in which facts without a question are unknown."""
        return self.every.within(self.diagram.vocabulary.situation({}), self._unasked)

    def open_facts(
        self,
        situation: Situation,
        completions: Completions,
        asked: Mapping[str, tuple[str, ...]],
        *,
        brief: bool = False,
    ) -> tuple[Settled, list[OpenQuestion]]:
        """Find what is settled, and the facts that matter, the most informative first.

        *asked* maps each fact to its possible answers. With *brief*,
        combinations of facts are checked only for the outcomes that determine the order
        of questions.
        """
        now, ends = self.diagram.effects(situation)
        changed = self._outcomes(~completions.settled(now))
        settled = Settled(**{name: name not in changed for name in OUTCOMES})
        bits = np.bitwise_or.reduce(np.where(ends != now, self._bits, 0), axis=1)
        changes, row = [_NAMED[bit] for bit in bits.tolist()], self.diagram.row
        alone: dict[str, tuple[str, ...]] = {}
        for name, values in asked.items():
            own = {o for value in values for o in changes[row[name, value]]}
            alone[name] = tuple(o for o in OUTCOMES if o in own)
        together = self._in_combination(completions, changed, alone, brief=brief)
        urgent = self._urgent(now, ends)
        found: list[OpenQuestion] = []
        for name, values in asked.items():
            if alone[name] or together[name]:
                # A fact that has to stay unknown also has an answer: unknown.
                predicted, left = completions.predicted(name)
                found.append(
                    OpenQuestion(
                        fact=self.diagram.vocabulary[name],
                        answers=tuple(
                            AnswerOutcome(
                                value=value,
                                ranking=self.diagram.rankings[ends[n, 0]],
                                statuses=self._statuses[ends[n, 2]],
                                changes=changes[n],
                                urgent=urgent.get(n, ()),
                                rankings_left=left[value],
                            )
                            for value in values
                            for n in [row[name, value]]
                        ),
                        matters_for=alone[name],
                        matters_in_combination=together[name],
                        predictive_share=Fraction(predicted, completions.total),
                    )
                )
        return settled, sorted(found, key=partial(_place, completions))

    @cached_property
    def _statuses(self) -> Mapping[int, Mapping[Option, Status]]:
        """For each end of the status diagram, the status of each option."""
        ends = self.diagram.statuses.items()
        return {end: _by_option(statuses) for end, (statuses, _) in ends}

    def _in_combination(
        self,
        completions: Completions,
        changed: tuple[str, ...],
        alone: Mapping[str, tuple[str, ...]],
        *,
        brief: bool,
    ) -> dict[str, tuple[str, ...]]:
        """Find the *changed* outcomes that each fact affects only with other facts."""
        together: dict[str, tuple[str, ...]] = dict.fromkeys(alone, ())
        bits = sum(1 << OUTCOMES.index(outcome) for outcome in changed)
        # A single pass over all outcomes excludes most facts that cannot change any of
        # them.
        able = [name for name, own in alone.items() if not {*changed} <= {*own}]
        able = completions.deciding(able, np.flatnonzero(self._bits & bits))
        for outcome in changed:
            number = OUTCOMES.index(outcome)
            parts = np.flatnonzero(self._bits == 1 << number)
            enough = {*OUTCOMES[:number]} if brief else set()
            names = [
                name
                for name in able
                if outcome not in alone[name]
                and enough.isdisjoint((*together[name], *alone[name]))
            ]
            for name in completions.deciding(names, parts):
                together[name] += (outcome,)
        return together

    def _outcomes(self, changed: Truths) -> tuple[str, ...]:
        """Return the outcomes of the parts that *changed* marks."""
        return _NAMED[int(np.bitwise_or.reduce(self._bits[changed], initial=0))]

    @cached_property
    def _bits(self) -> Whole:
        """The outcome of each part, as a bit."""
        return np.array([1 << OUTCOMES.index(p.outcome) for p in self.diagram.parts])

    def _urgent(self, now: Whole, ends: Whole) -> dict[int, tuple[str, ...]]:
        """For each row of *ends*, return the actions that become urgent, if any."""
        there, urgent = self.diagram.ends - 1, self.diagram.urgent
        old = {action for part, action in urgent if now[part] == there}
        found: dict[int, tuple[str, ...]] = {}
        for part, action in urgent:
            if action not in old:
                for n in np.flatnonzero(ends[:, part] == there).tolist():
                    found[n] = tuple(dict.fromkeys((*found.get(n, ()), action)))
        return found


def _place(completions: Completions, one: OpenQuestion) -> tuple[object, ...]:
    """Return the sort key of an open question."""
    matters = (*one.matters_for, *one.matters_in_combination)
    tier = min(_TIERS[outcome] for outcome in matters)
    parts = completions.parts_deciding(one.fact.name)
    return not one.urgent, tier, -one.predictive_share, one.rankings_left, -parts


@lru_cache(maxsize=32)
def prepared(policy: Policy) -> Prepared:
    """Prepare *policy* for ranking open questions; the result is cached.

    Each situation then takes only a few milliseconds.

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

    A fact matters if it can change the top options, the ranking, a status or a dilemma,
    the actions or supervision questions, or the draft (S18). Facts come first if
    one of their values makes an action urgent. Next come facts that can change the
    top options or a status, then those that can change the ranking, the actions and the
    draft, in that order.

    Within each of these groups, questions are sorted by how well the answer alone
    predicts the final ranking: by the share of completions that have the most
    frequent ranking for the same answer. Ties are broken by the mean number of rankings
    that remain possible after an answer, lowest first. Remaining ties are broken by the
    number of parts of the result that depend on the fact, highest first, and finally by
    the order of the vocabulary. All completions count equally, however likely they are.

    Args:
        situation: facts with their values, or a verdict, whose policy is used.
        policy: a policy, its ID or its path; default: the verdict's, or `apa-2017`.
        where: unknown facts, each with the value or values that it may have. A fact
            with only `unknown` stays unknown.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the policy is too large.
    """
    policy = policy_of(situation, policy)
    verdict, whole = check_all(
        partial(verdict_of, situation, policy),
        lambda: None if where is None else space_of(policy.vocabulary, where),
    )
    known, ready = verdict.situation, prepared(policy)
    diagram, nothing = ready.diagram, frozenset[str]()
    asked = _possible_answers(known)
    if whole is None:
        every, orders = ready.every, ready.orders
    else:
        space = _space(known, whole)
        every, orders = diagram.completions(space), diagram.order_completions(space)
        asked = _allowed(asked, space)
    completions = every.within(known, nothing)
    settled, found = ready.open_facts(known, completions, asked)
    counts = orders.counts(known)
    # Ends that differ only in dilemmas have the same ranking and statuses.
    outcomes = Counter[tuple[Ranking, tuple[Status, ...]]]()
    for end, count in counts.items():
        ranking, (statuses, _) = diagram.order_ends[end]
        outcomes[ranking, statuses] += count
    names = {one.fact.name for one in found}
    return OpenQuestions(
        provenance=made_of(verdict.policy, situation=verdict.situation, where=where),
        verdict=verdict,
        completions=sum(counts.values()),
        outcomes=tuple(
            RankingOutcome(ranking=ranking, statuses=_by_option(statuses), count=count)
            for (ranking, statuses), count in sorted(
                outcomes.items(),
                key=lambda one: (-one[1], ranking_text(one[0][0]), one[0][1]),
            )
        ),
        settled=settled,
        questions=tuple(one for one in found if one.matters),
        only_in_combination=tuple(one for one in found if not one.matters),
        irrelevant=tuple(name for name in asked if name not in names),
    )


def _by_option(statuses: Iterable[Status]) -> Mapping[Option, Status]:
    return dict(zip(OPTIONS, statuses, strict=True))


def _space(situation: Situation, space: Space) -> Space:
    """Return the situations in *space* that match the known facts of *situation*."""
    problems = [
        problem("BE405", path=(name,), name=name, value=now, token=name)
        for (name, now), allowed in zip(situation.items(), space.allowed, strict=True)
        if now not in (UNKNOWN, *allowed)
    ]
    if problems:
        raise SituationError(problems)
    allowed = (
        values if now == UNKNOWN else (now,)
        for now, values in zip(situation.row, space.allowed, strict=True)
    )
    return Space(space.vocabulary, tuple(allowed))


def _possible_answers(situation: Situation) -> dict[str, tuple[str, ...]]:
    """Return the facts that can become known, each with its possible answers."""
    unknown = (name for name, now in situation.items() if now == UNKNOWN)
    answers = ((name, situation.values_possible_for(name)) for name in unknown)
    return {name: values for name, values in answers if values}


def _allowed(
    answers: Mapping[str, tuple[str, ...]], space: Space
) -> dict[str, tuple[str, ...]]:
    """Return the entries of *answers* that *space* allows."""
    allowed = dict(zip(space.vocabulary.by_name, space.allowed, strict=True))
    left = {n: tuple(v for v in own if v in allowed[n]) for n, own in answers.items()}
    return {name: values for name, values in left.items() if values}
