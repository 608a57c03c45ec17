"""Impossible situations are rejected, and impossible conditions are checked."""

from __future__ import annotations

import pytest

import boundaryethics
from boundaryethics.analysis import compare, verify
from boundaryethics.errors import PolicyError, SituationError
from boundaryethics.model.facts import Fact, Situation, Vocabulary, impossible
from boundaryethics.model.plain_data import condition
from boundaryethics.model.policy import Policy
from boundaryethics.model.validation import problems_of
from boundaryethics.policies import read_policy, shipped_vocabulary, write_policy
from boundaryethics.render.unknown import worth_asking

FACTS = (
    Fact(name="contact", values=("message", "follow")),
    Fact(name="danger", values=("yes", "no")),
    Fact(name="status", values=("active", "former", "prospective")),
)
VOCABULARY = Vocabulary(
    FACTS,
    (
        condition({"contact": "follow", "danger": "yes"}),
        condition({"contact": "message", "danger": "no", "status": "former"}),
        condition({"status": "prospective"}),
    ),
)


@pytest.mark.clause("S23")
@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (
            {"danger": "yes", "contact": "follow"},
            "impossible together: `contact` is `follow` and `danger` is `yes`",
        ),
        (
            {"danger": False, "contact": "message", "status": "former"},
            (
                "impossible together: `contact` is `message`, `danger` is `no` and "
                "`status` is `former`"
            ),
        ),
        ({"status": "prospective"}, "impossible: `status` is `prospective`"),
    ],
)
def test_an_impossible_situation_is_rejected(
    stated: dict[str, object], message: str
) -> None:
    """The problem names the facts and values that are impossible together."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation(stated)

    (problem,) = refused.value.problems
    assert ("BE406", message) == (problem.code, problem.message)
    assert problem.help is not None
    assert "remove" in problem.help
    # Editors mark the last of the facts that the message names.
    fact, value = message.rsplit("`", 4)[1::2]
    assert ((fact,), value) == (problem.path, problem.token)


def test_the_message_on_an_impossible_situation_can_omit_values() -> None:
    """The problem then names only the facts, and its location is the last of them."""
    values = ("message", "no", "former")
    (clash,) = (one for one in VOCABULARY.clashes if one.met(values))
    found = impossible(clash, [*VOCABULARY.by_name], values, show_values=False)

    assert ("status",) == found.path
    assert "`contact`, `danger` and `status`" in found.message
    assert not any(f"`{value}`" in str(found) for value in values)


@pytest.mark.clause("S23")
def test_every_clash_is_reported() -> None:
    """Two impossible combinations are two problems."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation(
            {"contact": "follow", "danger": "yes", "status": "prospective"}
        )

    assert ["BE406", "BE406"] == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S23")
def test_impossible_situations_are_rejected_however_they_are_made() -> None:
    """Making one from values fails, and so does changing facts of another."""
    with pytest.raises(SituationError, match="BE406"):
        Situation(vocabulary=VOCABULARY, row=("follow", "yes", "unknown"))
    with pytest.raises(SituationError, match="BE406"):
        VOCABULARY.situation({"contact": "follow"}).with_facts(danger=True)


@pytest.mark.clause("S23")
def test_unknown_makes_nothing_impossible() -> None:
    """A combination with one fact unknown is possible."""
    for stated in (
        {},
        {"contact": "follow"},
        {"danger": "yes"},
        {"contact": "message", "danger": "no"},
    ):
        assert stated == VOCABULARY.situation(stated).known()


@pytest.mark.clause("S23")
def test_not_does_not_match_unknown() -> None:
    """`not` over a fact matches its other values, but not `unknown`."""
    made = Vocabulary(
        FACTS, (condition({"danger": "yes", "not": {"contact": "message"}}),)
    )

    assert made.situation({"danger": "yes"})
    with pytest.raises(SituationError, match="BE406"):
        made.situation({"danger": "yes", "contact": "follow"})


@pytest.mark.parametrize(
    ("written", "code", "message", "place"),
    [
        ("{contcat: message}", "BE204", "unknown fact or finding `contcat`", "4:6"),
        ("{contact: mesage}", "BE205", "undeclared value `mesage`", "4:15"),
        ("{dual: true}", "BE212", "reads finding `dual`", "4:6"),
        ("{dual: message}", "BE212", "reads finding `dual`", "4:6"),
        ("{contact: true}", "BE211", "uses fact `contact` as a finding", "4:6"),
        ("{contact: [message, unknown]}", "BE213", "for `unknown`", "4:25"),
        ("{}", "BE103", "condition number 1 under `impossible` is empty", "4:5"),
        ("{contact: 3}", "BE103", "number 1 under `impossible` must be", "4:15"),
        ("{all: [{}]}", "BE214", "is met in every situation", "3:1"),
        (
            "{danger: [yes, no]}",
            "BE215",
            "leave no possible value for fact `danger`",
            "4:6",
        ),
        (
            "{any: [{danger: yes}, {not: {danger: yes}}]}",
            "BE215",
            "leave no possible value for fact `danger`",
            "4:13",
        ),
    ],
)
def test_invalid_impossible_conditions_are_reported(
    written: str, code: str, message: str, place: str
) -> None:
    """Each error has its location and a way to fix it."""
    text = f"policy: p\nfindings: {{dual: x}}\nimpossible:\n  - {written}\n"
    with pytest.raises(PolicyError) as refused:
        read_policy(text, file="f", vocabulary=Vocabulary(FACTS))

    (problem,) = refused.value.problems
    assert (code, f"f:{place}") == (problem.code, str(problem.where))
    assert message in problem.message
    assert problem.help or "remove it" in problem.message


def test_a_condition_with_too_many_clauses_is_rejected() -> None:
    """A condition that needs too many clauses is a problem."""
    facts = tuple(Fact(name=f"fact_{n}", values=("yes", "no")) for n in range(26))
    either = [
        {"any": [{f"fact_{n}": "yes"}, {f"fact_{n + 13}": "yes"}]} for n in range(13)
    ]
    made = Vocabulary(facts, (condition({"all": either}),))

    assert ["BE305"] == [p.code for p in problems_of(Policy(id="p", vocabulary=made))]


def test_impossible_conditions_are_combined() -> None:
    """A policy's own conditions are added to its vocabulary's, equal ones once."""
    text = (
        "policy: p\nimpossible:\n"
        "  - {status: prospective}\n  - {status: former, danger: yes}\n"
    )
    policy = read_policy(text, vocabulary=VOCABULARY)

    more = condition({"status": "former", "danger": "yes"})
    assert (*VOCABULARY.impossible, more) == policy.vocabulary.impossible


def test_redeclaring_a_fact_drops_conditions_on_removed_values() -> None:
    """Other impossible conditions stay."""
    text = "policy: p\nfacts: {contact: {values: [message, call]}}\n"
    policy = read_policy(text, vocabulary=VOCABULARY)

    assert VOCABULARY.impossible[1:] == policy.vocabulary.impossible


def test_impossible_conditions_are_written_and_read_back() -> None:
    """A policy's impossible conditions are written to its file."""
    policy = Policy(id="p", vocabulary=VOCABULARY)
    again = read_policy(write_policy(policy), vocabulary=Vocabulary())

    assert policy == again
    assert policy.fingerprint == again.fingerprint


@pytest.mark.clause("S22")
def test_impossible_conditions_change_the_fingerprint() -> None:
    """Their order does not matter."""
    policy = Policy(id="p", vocabulary=VOCABULARY)
    turned = Vocabulary(FACTS, VOCABULARY.impossible[::-1])

    assert policy.fingerprint == Policy(id="p", vocabulary=turned).fingerprint
    assert (
        policy.fingerprint != Policy(id="p", vocabulary=Vocabulary(FACTS)).fingerprint
    )


@pytest.mark.clause("S23")
def test_consult_rejects_situations_that_are_impossible() -> None:
    """An active client cannot have a time since termination."""
    with pytest.raises(SituationError, match="impossible together"):
        boundaryethics.consult(
            {"client_status": "active", "time_since_termination": "under_2_years"}
        )


def test_the_built_in_impossible_conditions_are_valid() -> None:
    """The built-in impossible conditions have no problems."""
    assert shipped_vocabulary().impossible
    assert () == problems_of(Policy(id="p", vocabulary=shipped_vocabulary()))


@pytest.mark.clause("S23")
def test_only_possible_values_are_offered() -> None:
    """`what_if` leaves out impossible values, and facts without a possible value."""
    verdict = boundaryethics.consult({"client_status": "active", "contact": "message"})

    assert {} == verdict.what_if("time_since_termination")
    assert ["client", "clinician", "third_party"] == [*verdict.what_if("initiator")]
    assert "time_since_termination" not in {f.name for f in worth_asking(verdict)}
    assert "initiator" in {f.name for f in worth_asking(verdict)}


@pytest.mark.clause("S23")
def test_only_possible_situations_are_drawn() -> None:
    """A sample has only possible situations, and is reproducible."""
    given = {"client_status": ["active", "former"], "contact": ["message", "follow"]}
    one, other = (
        compare("apa-2017", "nasw-2021", where=given, sample=40) for _ in range(2)
    )

    assert one == other
    assert 40 == one.total


_PARENT = """policy: parent
actions: {ask_around: Ask around.}
rules:
  - {id: quiet, when: {danger: yes}, then: {advises: ask_around}, principle: care}
principles: {care: {cites: [{source: book, section: "1"}]}}
sources: {book: {title: A book, short: Book}}
"""


@pytest.mark.parametrize(
    ("promise", "message", "near"),
    [
        ("advises: ask_arond", "unknown action `ask_arond`", "`ask_around`"),
        ("never_drafts: [thanks]", "unknown draft part `thanks`", ""),
        ("never_binds: quite", "unknown rule `quite`", "`quiet`"),
    ],
)
def test_an_undeclared_name_in_an_invariant_is_reported(
    promise: str, message: str, near: str
) -> None:
    """The problem has its location and the most similar name."""
    text = f"{_PARENT}invariants:\n  - {{id: one, holds: {{{promise}}}}}\n"
    with pytest.raises(PolicyError) as refused:
        read_policy(text, file="f", vocabulary=Vocabulary(FACTS))

    (problem,) = refused.value.problems
    assert "BE204" == problem.code
    assert message in problem.message
    assert near in (problem.help or "")
    assert str(problem.where).startswith("f:8:")


def test_a_variant_may_drop_a_rule_that_must_never_apply() -> None:
    """A dropped rule never applies, so the invariant holds."""
    text = f"{_PARENT}invariants:\n  - {{id: one, when: {{danger: no}}, {_NEVER}}}\n"
    parent = read_policy(text, vocabulary=Vocabulary(FACTS))
    heir = parent.variant("heir", drop=["quiet"])

    assert verify(parent).proved
    assert verify(heir).proved
    assert parent == read_policy(write_policy(parent), vocabulary=Vocabulary())


_NEVER = "holds: {never_binds: quiet, never_advises: [ask_around]}"
