"""Ask a person about one situation, with the most informative question first.

An interview is immutable: `answer` returns a new interview. Use `question` for a
dialog that asks one question at a time, and `groups` for a form.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.analysis.questions import RankedFacts, Settled, prepared
from boundaryethics.arguments import checked
from boundaryethics.consult import DEFAULT_POLICY, consult, no_mapping
from boundaryethics.errors import (
    InterviewError,
    Problem,
    SituationError,
    check_all,
    is_free_text,
    problem,
)
from boundaryethics.model.display import ShortRepr
from boundaryethics.model.facts import (
    UNKNOWN,
    Fact,
    Situation,
    Vocabulary,
    advice,
    stated_as,
    value_text,
)
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy, load_policy, policies
from boundaryethics.policies.loader import shipped_texts
from boundaryethics.provenance import fingerprints
from boundaryethics.records import is_table

#: The version of the format of `Interview.to_dict`.
_FORMAT = 1

#: An exponent, fitted to random interviews: of 5 open questions, about 3 are asked, and
#: of 20, about 10.
_SHARE_ASKED = 0.75

#: A fact with its answer; `unknown` if the question was skipped.
Step: TypeAlias = tuple[str, str]


@final
@attrs.frozen(kw_only=True)
class InterviewQuestion(ShortRepr):
    """A question in an interview, with the answers that are currently possible."""

    fact: Fact
    #: The title of the fact's group; empty if it has none.
    group: str
    #: Each possible value with its label, in order.
    choices: tuple[tuple[str, str], ...]
    #: The label of the answer "I don't know".
    unknown_label: str
    #: The position, starting at 1. Answered questions come first, in the order of the
    #: answers. Open ones follow, the most informative first. 0 if the fact was stated
    #: at the start.
    number: int
    #: The estimated number of questions in the complete interview.
    total: int
    #: The answer; `unknown` if the question was skipped, and empty if it is open.
    answer: str = ""

    @property
    def text(self) -> str:
        """The question as it is shown to people."""
        return self.fact.question

    @property
    def help(self) -> str:
        """Help text for the question; may be empty."""
        return self.fact.help

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain data, ready for JSON."""
        return {
            "fact": self.fact.name,
            "question": self.text,
            "help": self.help,
            "group": self.group,
            "choices": [{"value": v, "label": label} for v, label in self.choices],
            "unknown_label": self.unknown_label,
            "number": self.number,
            "total": self.total,
            "answer": self.answer,
        }


@final
@attrs.frozen(kw_only=True)
class InterviewGroup(ShortRepr):
    """The questions about a group of facts, as a form shows them."""

    id: str
    #: The title of the group; empty for facts without a group.
    title: str
    #: Questions that were answered or skipped, and those that can still matter, in
    #: order.
    questions: tuple[InterviewQuestion, ...]


def _as_dict(given: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise SituationError([no_mapping(given)])
    return {**given}


def _steps(
    given: Iterable[tuple[str, str | None]] | Mapping[str, str | None],
) -> tuple[Step, ...]:
    """Parse answers from pairs or from a mapping, such as form data."""
    try:
        pairs = given.items() if isinstance(given, Mapping) else given
        steps = tuple((fact, UNKNOWN if v is None else v) for fact, v in pairs)
    except Exception:  # noqa: BLE001 - the value may raise anything
        raise InterviewError([problem("BE908", found=stated_as(given))]) from None
    if not all(isinstance(fact, str) for fact, _ in steps):
        raise InterviewError([problem("BE908", found=stated_as(given))])
    return steps


def _read_steps(
    vocabulary: Vocabulary, stated: Mapping[str, str], steps: Iterable[Step]
) -> tuple[Step, ...]:
    """Return *steps* with values of the facts; refuse steps that repeat a fact."""
    known = {
        fact
        for fact, value in stated.items()
        if fact in vocabulary and vocabulary[fact].parse(value) not in (None, UNKNOWN)
    }
    counts = Counter(fact for fact, _ in steps if fact in vocabulary)
    problems = [
        _already_answered(fact, known)
        for fact, count in counts.items()
        if count > 1 or fact in known
    ]
    if problems := [*problems, *vocabulary.validate({**stated, **dict(steps)})]:
        raise InterviewError(problems)
    return tuple((fact, vocabulary[fact].parse(v) or UNKNOWN) for fact, v in steps)


def _already_answered(fact: str, stated: Container[str]) -> Problem:
    return problem("BE902.stated" if fact in stated else "BE902", token=fact)


@final
@attrs.frozen(init=False)
class Interview:
    """An interview about one situation under a policy."""

    policy: Policy
    #: Facts that are known before the first question, with their values.
    stated: Mapping[str, str] = attrs.field(hash=False)
    #: The facts that were asked about, with their answers, in order. The answer is
    #: `unknown` if the question was skipped.
    steps: tuple[Step, ...]

    def __init__(
        self,
        policy: Policy | str | Path = DEFAULT_POLICY,
        *,
        stated: Mapping[str, str] = {},
        steps: Iterable[tuple[str, str | None]] | Mapping[str, str | None] = (),
    ) -> None:
        """Begin an interview, or continue one after *steps*.

        Args:
            policy: a policy, its ID or the path of its file.
            stated: facts that are known before the first question, with their values.
            steps: facts that were asked about, with their answers. None and `unknown`
                mean that the question was skipped.

        Raises:
            SituationError: a stated fact or its value is not declared.
            InterviewError: an answer is invalid, or a fact occurs twice.
            PolicyError: the policy cannot be read, is invalid, or is abstract.
        """
        read, given, taken = check_all(
            partial(as_policy, policy),
            partial(_as_dict, stated),
            partial(_steps, steps),
        )
        vocabulary = read.vocabulary
        situation, answers = check_all(
            partial(vocabulary.situation, given),
            partial(_read_steps, vocabulary, given, taken),
        )
        self.__attrs_init__(policy=read, stated=situation.known(), steps=answers)
        # If the policy cannot be consulted, raise the error immediately.
        self.verdict  # noqa: B018

    @cached_property
    def situation(self) -> Situation:
        """The situation as far as it is known."""
        return self.policy.vocabulary.situation({**self.stated, **self.answers})

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on the facts known so far."""
        return consult(self.situation, self.policy)

    @property
    def answers(self) -> dict[str, str]:
        """Each answered fact with its answer, in order; skipped ones are left out."""
        return {fact: value for fact, value in self.steps if value != UNKNOWN}

    @property
    def skipped(self) -> tuple[str, ...]:
        """The facts that the person skipped, in order."""
        return tuple(fact for fact, value in self.steps if value == UNKNOWN)

    @cached_property
    def _ranked(self) -> RankedFacts:
        """The facts that can still matter.

        Skipped facts, and facts without a question, stay unknown.
        """
        unasked = (f.name for f in self.policy.vocabulary.facts if not f.question)
        left_out = {*unasked, *self.skipped} - self.situation.known().keys()
        stated = self.policy.vocabulary.situation(self.stated) if self.stated else None
        return prepared(self.policy).ranked(self.situation, left_out, stated)

    @property
    def settled(self) -> Settled:
        """For each outcome, True if no further answer can change it (S18)."""
        return self._ranked.settled

    @cached_property
    def done(self) -> bool:
        """Whether there are no more questions to ask."""
        return not self._open_facts

    @cached_property
    def _open_facts(self) -> tuple[Fact, ...]:
        """The facts that are still worth asking about, in order."""
        if self.settled.everything:
            return ()
        # Some outcomes change only if several facts become known.
        names = self._ranked.facts or self._askable
        return tuple(self.policy.vocabulary[name] for name in names)

    @property
    def _askable(self) -> tuple[str, ...]:
        """The unknown facts that the person can be asked about, in vocabulary order."""
        skipped, now = self.skipped, self.situation
        return tuple(
            fact.name
            for fact in self.policy.vocabulary.facts
            if fact.question and now[fact.name] == UNKNOWN and fact.name not in skipped
            if now.values_possible_for(fact.name)
        )

    @cached_property
    def question(self) -> InterviewQuestion | None:
        """The next question, or None at the end."""
        return self._asked(self._open_facts[0]) if self._open_facts else None

    @cached_property
    def remaining(self) -> int:
        """The estimated number of questions left to ask.

        It may be lower than the number of open questions, because an answer can make
        other questions irrelevant.
        """
        return round(math.pow(len(self._open_facts), _SHARE_ASKED))

    @property
    def groups(self) -> tuple[InterviewGroup, ...]:
        """The groups of facts, each with the questions that a form currently shows.

        A question is shown if it was answered or skipped, or if it can still matter.
        """
        shown = {*self.stated, *dict(self.steps), *(f.name for f in self._open_facts)}
        return tuple(
            InterviewGroup(
                id=group.id if group else "",
                title=group.title if group else "",
                questions=tuple(map(self._asked, asked)),
            )
            for group, facts in self.policy.vocabulary.by_group
            if (asked := [f for f in facts if f.question and f.name in shown])
        )

    def _asked(self, fact: Fact) -> InterviewQuestion:
        vocabulary, steps = self.policy.vocabulary, dict(self.steps)
        group = vocabulary.group_of(fact)
        order = [*steps, *(one.name for one in self._open_facts)]
        stated = fact.name in self.stated
        return InterviewQuestion(
            fact=fact,
            group=group.title if group else "",
            choices=tuple(
                (value, fact.label(value))
                for value in self.situation.values_possible_for(fact.name)
            ),
            unknown_label=vocabulary.unknown_label,
            number=0 if stated else order.index(fact.name) + 1,
            total=len(steps) + self.remaining,
            answer=self.stated.get(fact.name) or steps.get(fact.name, ""),
        )

    @checked
    def answer(self, value: object, fact: str | None = None) -> Interview:
        """Return the interview after an answer to the current question or about *fact*.

        Args:
            value: a value of the fact; `unknown` and None work like `skip`.
            fact: a fact that has no answer yet; by default, the fact of `question`.

        Raises:
            InterviewError: the interview is done, the fact is not declared or already
                has an answer, or the value is invalid or impossible in combination with
                other answers.
        """
        asked = self._to_answer(fact)
        read = UNKNOWN if value is None else asked.parse(value)
        if read is None:
            raise InterviewError([_invalid(asked, value, self.situation)])
        if read not in (UNKNOWN, *self.situation.values_possible_for(asked.name)):
            raise InterviewError([_impossible(asked, read, self.situation)])
        return attrs.evolve(self, steps=(*self.steps, (asked.name, read)))

    def _to_answer(self, name: str | None) -> Fact:
        vocabulary = self.policy.vocabulary
        if name is not None and name not in vocabulary:
            raise InterviewError(vocabulary.misfits_in({name: UNKNOWN}))
        if name is not None and name in {*self.stated, *dict(self.steps)}:
            raise InterviewError([_already_answered(name, self.stated)])
        if self.question is None:
            raise InterviewError([problem("BE903")])
        return self.question.fact if name is None else vocabulary[name]

    def skip(self) -> Interview:
        """Return the interview after skipping the current question.

        Raises:
            InterviewError: the interview is done.
        """
        return self.answer(UNKNOWN)

    def back(self) -> Interview:
        """Return the interview as it was before the last answer or skip.

        Raises:
            InterviewError: there is no answer or skip to undo.
        """
        if not self.steps:
            raise InterviewError([problem("BE904")])
        return attrs.evolve(self, steps=self.steps[:-1])

    def to_dict(self) -> dict[str, Any]:
        """Return the interview as plain data. Use `from_dict` to continue it."""
        return {
            "interview": _FORMAT,
            "policy": self.policy.id,
            **fingerprints(self.policy),
            "stated": dict(self.stated),
            "steps": [{"fact": fact, "answer": value} for fact, value in self.steps],
        }

    @classmethod
    @checked
    def from_dict(
        cls, data: Mapping[str, Any], policy: str | Path | Policy | None = None
    ) -> Interview:
        """Continue an interview from the result of `to_dict`.

        Args:
            data: the result of `to_dict`.
            policy: the policy; by default, the built-in one whose ID is in *data*.

        Raises:
            InterviewError: *data* is invalid or from a different policy, or the policy
                has changed.
            SituationError: a stated fact or its value is not declared.
            PolicyError: the policy cannot be read.
        """
        _refuse_other_data(data)
        if policy is None:
            # Only accept an ID, never a path, because the data may be from another
            # person.
            missing = {*data["policy"].split("+")} - {*policies()}
            if missing:
                begun = value_text(data["policy"])
                raise InterviewError([problem("BE906.missing", begun=begun)])
            policy = load_policy(data["policy"])
        named = as_policy(policy)
        _refuse_other_policy(data, named)
        steps = [(step["fact"], step["answer"]) for step in data["steps"]]
        return cls(named, stated=data["stated"], steps=steps)


def left_in_words(question: InterviewQuestion) -> str:
    """Return the estimated number of questions after *question*, in words."""
    more = question.total - question.number
    return shipped_texts()["more" if more > 0 else "last"].format(more=more)


def _refuse_other_data(data: object) -> None:
    """Raise an error if `to_dict` did not create *data*."""
    match data:
        case {"interview": int() as version} if version > _FORMAT:
            raise InterviewError([problem("BE905.newer", version=version)])
        case {
            "interview": 1,
            "policy": str(),
            "fingerprint": str(),
            "text_fingerprint": str(),
            "stated": stated,
            "steps": list(steps),
        } if is_table(stated) and all(map(is_table, steps)):
            if all({"fact", "answer"} <= {*step} for step in steps):
                return
    raise InterviewError([problem("BE905")])


def _refuse_other_policy(data: Mapping[str, Any], policy: Policy) -> None:
    """Raise an error if *policy* is not the one recorded in *data*, or has changed."""
    if data["policy"] != policy.id:
        begun = value_text(data["policy"])
        raise InterviewError([problem("BE906", begun=begun, policy=policy.id)])
    now = fingerprints(policy)
    if changed := [name for name in now if now[name] != data[name]]:
        code = "BE907" if "fingerprint" in changed else "BE907.text"
        raise InterviewError([problem(code, policy=policy.id)])


def _invalid(fact: Fact, value: object, situation: Situation) -> Problem:
    """Return the problem for *value*, which is not a value of *fact*."""
    labels = {v: fact.label(v) for v in situation.values_possible_for(fact.name)}
    is_free = is_free_text(value)
    return problem(
        "BE901",
        message=fact.invalid_value_message(value, show_value=not is_free),
        advice=advice((*labels, UNKNOWN), None if is_free else value, labels),
        path=(fact.name,),
        token=value if isinstance(value, str) and not is_free else None,
    )


def _impossible(fact: Fact, value: str, situation: Situation) -> Problem:
    """Return the problem for *value*, which earlier answers make impossible."""
    possible = (*situation.values_possible_for(fact.name), UNKNOWN)
    return problem(
        "BE901.impossible",
        fact=fact.name,
        value=value,
        advice=advice(possible, value),
        path=(fact.name,),
        token=value,
    )
