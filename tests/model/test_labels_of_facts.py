"""Facts have questions, groups and readable answers, which do not change rankings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import attrs
import pytest

from boundaryethics import compare, consult, load_policy
from boundaryethics.errors import PolicyError
from boundaryethics.model.facts import UNKNOWN, Fact, FactGroup, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.validation import problems_of
from boundaryethics.policies import read_policy, shipped_vocabulary, write_policy

CASELOAD = Fact(
    name="caseload",
    question="Whose client are they?",
    help="Ask if unsure.",
    group="client",
    values=("own", "of_a_colleague"),
    labels=(("own", "Mine"), ("of_a_colleague", "A colleague's")),
    phrases=(("own", "yours"),),
)
DANGER = Fact(name="danger", values=("yes", "no"))
VOCABULARY = Vocabulary(
    (DANGER, CASELOAD),
    groups=(FactGroup(id="client", title="The client"),),
    unknown_label="No idea",
)


def refusals(text: str) -> list[tuple[str, str, int]]:
    """Return the code, message and line of each problem of a policy."""
    with pytest.raises(PolicyError) as refused:
        read_policy(text, vocabulary=Vocabulary())
    return [
        (one.code, one.message, one.where.line if one.where else 0)
        for one in refused.value.problems
    ]


def test_a_value_without_a_label_is_shown_as_words() -> None:
    """Underscores become spaces, and the first letter is a capital."""
    bare = Fact(name="content", values=("peer_help",))

    assert "Peer help" == bare.label("peer_help")
    assert "Peer help" == bare.phrase("peer_help")


def test_a_value_has_a_label_and_a_phrase() -> None:
    """A value without a phrase uses its label instead."""
    assert "Mine" == CASELOAD.label("own")
    assert "yours" == CASELOAD.phrase("own")
    assert "A colleague's" == CASELOAD.phrase("of_a_colleague")


def test_every_question_can_be_answered_with_unknown() -> None:
    """The last answer has the vocabulary's label for `unknown`."""
    answers = VOCABULARY.answers("danger")

    assert (("yes", "Yes"), ("no", "No"), (UNKNOWN, "No idea")) == answers


def test_facts_are_listed_by_group() -> None:
    """Facts without a group come last."""
    (group, facts), others = VOCABULARY.by_group

    assert "The client" == (group and group.title)
    assert (CASELOAD,) == facts
    assert (None, (DANGER,)) == others


def test_a_vocabulary_reads_back_equal() -> None:
    """Questions, help, groups, labels and phrases are written, and so is unknown."""
    policy = Policy(id="p", vocabulary=VOCABULARY)

    assert policy == read_policy(write_policy(policy), vocabulary=Vocabulary())


def test_labels_for_only_some_values_cannot_be_written() -> None:
    """A file gives a label to each value or to none."""
    half = attrs.evolve(CASELOAD, labels=(("own", "Mine"),))
    policy = Policy(id="p", vocabulary=Vocabulary((half,), groups=VOCABULARY.groups))

    with pytest.raises(PolicyError, match="BE309"):
        write_policy(policy)


def test_an_undeclared_group_is_rejected() -> None:
    """The nearest group is suggested."""
    text = """
    policy: p
    groups: {client: The client}
    facts:
      age:
        group: clint
        values: [child, adult]
    """

    assert [
        ("BE204", "fact `age` has unknown group `clint`", 6),
    ] == refusals(text)


def test_a_phrase_for_an_undeclared_value_is_rejected() -> None:
    """A phrase must belong to a value of its fact."""
    text = """
    policy: p
    facts:
      age:
        values: [child, adult]
        phrases: {adlut: grown up}
    """

    assert [
        ("BE204", "fact `age` has a phrase for undeclared value `adlut`", 6),
    ] == refusals(text)


def test_a_label_for_an_undeclared_value_is_rejected() -> None:
    """Only a fact made in Python can have one."""
    stray = attrs.evolve(CASELOAD, labels=(*CASELOAD.labels, ("theirs", "Theirs")))
    vocabulary = Vocabulary((stray,), groups=VOCABULARY.groups)
    (found,) = problems_of(Policy(id="p", vocabulary=vocabulary))

    assert "fact `caseload` has a label for undeclared value `theirs`" == found.message


@pytest.mark.parametrize("key", ["says", "named"])
def test_two_responses_cannot_have_the_same_label(key: str) -> None:
    """Readers could not tell the responses of a ranking apart."""
    labels = {
        name: {"says": f"Do {name}", "named": f"{name} it", key: "Say nothing"}
        for name in ("decline", "ignore")
    }
    text = f"policy: p\nlabels: [{json.dumps(labels)}]\n"

    [(code, message, line)] = refusals(text)
    wrong = f"`decline` and `ignore` have the same `{key}` in one entry of `labels`"
    assert ("BE216", wrong, 2) == (code, message, line)


def test_a_duplicate_value_is_rejected() -> None:
    """The message gives the location of the first one."""
    text = "policy: p\nfacts: {age: {values: {child: A, adult: B, child: C}}}\n"

    assert [("BE105", "duplicate key `child`", 2)] == refusals(text)


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        ("unknown: 'No'\nfacts: {age: {values: {child: 'No', adult: A}}}", "unknown"),
        ("facts: {age: {values: [adult, Adult]}}", "Adult"),
    ],
)
def test_a_label_like_a_default_one_is_rejected(facts: str, values: str) -> None:
    """This includes the label of an unknown fact, and labels made from values."""
    [(code, message, _)] = refusals(f"policy: p\n{facts}\n")

    assert "BE216" == code
    assert f"and `{values}` of fact `age` have the same label" in message


def test_a_duplicate_label_is_rejected() -> None:
    """Readers could not tell the answers apart."""
    text = "policy: p\nfacts: {age: {values: {child: Young, youth: Young}}}\n"

    assert [
        ("BE216", "values `child` and `youth` of fact `age` have the same label", 2),
    ] == refusals(text)


def test_unknown_cannot_be_listed_as_a_value() -> None:
    """Its label belongs to the vocabulary, not to a fact."""
    text = "policy: p\nfacts: {age: {values: {child: Child, unknown: No idea}}}\n"

    assert [("BE203", "fact `age` lists `unknown` as a value", 2)] == refusals(text)


def test_built_in_facts_have_questions_and_answers() -> None:
    """Each has a question, a group, and a label and a phrase for each value."""
    part_2 = load_policy("us-42-cfr-2").vocabulary
    groups = {group.id for group in part_2.groups}
    unlabeled = {("yes", "no")}

    assert ["client_minor"] == [f.name for f in part_2.facts if not f.question]
    assert {f.group for f in part_2.facts} == groups
    assert all(dict(f.phrases).keys() == {*f.values} for f in part_2.facts)
    assert all(f.labels or f.values in unlabeled for f in part_2.facts)
    assert all(f.question.endswith("?") for f in part_2.facts if f.question)


def test_danger_is_asked_first() -> None:
    """Groups and facts are listed in the order in which people are asked."""
    vocabulary = shipped_vocabulary()
    read = [fact for _, facts in vocabulary.by_group for fact in facts]

    assert "risk_of_harm" == vocabulary.facts[0].name
    assert vocabulary.facts == tuple(read)


def _reordered(policy: Policy, seed: int) -> Policy:
    """Return *policy* with its facts in another order."""
    facts = list(policy.vocabulary.facts)
    Random(seed).shuffle(facts)  # noqa: S311
    vocabulary = attrs.evolve(policy.vocabulary, facts=tuple(facts))
    return attrs.evolve(policy, vocabulary=vocabulary)


def test_the_order_of_facts_does_not_change_rankings() -> None:
    """Over all situations the rankings and the statuses are the same."""
    policy = load_policy("us-42-cfr-2")
    other = _reordered(policy, 1)

    assert policy.fingerprint == other.fingerprint
    assert 0 == compare(policy, other).count


def test_the_order_of_facts_does_not_change_verdicts() -> None:
    """The text of the verdict is the same, whichever fact comes first."""
    policy = load_policy("us-42-cfr-2")
    facts = {"contact": "message", "client_status": "active", "setting": "cause_group"}
    data: dict[str, Any] = {**consult(facts, policy=policy).to_dict()}
    again: dict[str, Any] = {**consult(facts, policy=_reordered(policy, 2)).to_dict()}

    assert data["situation"] == again["situation"]
    assert {*data["unknown"]} == {*again["unknown"]}
    for each in ("facts", "unknown_facts"):
        mine, others = (sorted(one[each], key=_name) for one in (data, again))
        assert mine == others
    for key in data.keys() - {"unknown", "facts", "unknown_facts"}:
        assert data[key] == again[key], key


def _name(fact: Mapping[str, Any]) -> str:
    return str(fact["fact"])


def again(**parts: Any) -> Fact:
    """Return `caseload` after a policy file declares it again with *parts*."""
    values = parts.pop("values", ("own", "of_a_colleague", "of_nobody"))
    later = Fact(name="caseload", values=values, **parts)
    return VOCABULARY.joined((later,))["caseload"]


def test_a_redeclared_fact_keeps_text_that_is_not_replaced() -> None:
    """An agency that adds a value keeps the question and the answers."""
    fact = again()

    assert ("Whose client are they?", "Ask if unsure.", "client") == (
        fact.question,
        fact.help,
        fact.group,
    )
    assert ["Mine", "A colleague's", "Of nobody"] == [*map(fact.label, fact.values)]
    assert "yours" == fact.phrase("own")
    assert fact == fact.worded_like(CASELOAD)


def test_a_new_question_or_label_drops_the_old_help_or_phrase() -> None:
    """The help explains the old question, and the phrase repeats the old label."""
    fact = again(question="Who treats them?", labels=(("own", "I do"),))

    assert ("Who treats them?", "") == (fact.question, fact.help)
    assert ("I do", "I do") == (fact.label("own"), fact.phrase("own"))
    assert "A colleague's" == fact.label("of_a_colleague")
    assert ("Mine", "yours") == (again().label("own"), again().phrase("own"))
    assert (("own", "Mine"),) == again(values=("own",)).labels
    assert "yours" == again(labels=(("own", "Mine"),)).phrase("own")


def test_a_value_can_be_added_in_a_file() -> None:
    """The resulting policy works in an interview, and can be written."""
    text = """
    policy: lakeside
    extends: [naadac-2021]
    facts: {agency_policy: {values: [forbids, permits, silent, needs_approval]}}
    """
    before, after = load_policy("naadac-2021"), read_policy(text)
    was, now = (each.vocabulary["agency_policy"] for each in (before, after))

    assert (was.question, was.group) == (now.question, now.group)
    assert [*map(was.label, was.values), "Needs approval"] == [
        *map(now.label, now.values)
    ]
    assert after == read_policy(write_policy(after))
