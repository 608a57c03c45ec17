"""`consult` rejects invalid arguments by name and never guesses."""

from __future__ import annotations

import copy
import enum
import pickle
from pathlib import Path
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics.consult import verdict_on
from boundaryethics.errors import (
    BoundaryEthicsError,
    EngineError,
    PolicyError,
    SituationError,
)
from boundaryethics.model.facts import Fact, Situation
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

POLICY = boundaryethics.load_policy("apa-2017")
FACTS = {"contact": "message", "client_status": "active"}
VERDICT = boundaryethics.consult(FACTS)
HUGE = 10**5000


class Chosen(str, enum.Enum):  # noqa: UP042
    """A text enumeration, as in web frameworks, whose printed form differs."""

    MESSAGE = "message"
    ACTIVE = "active"


@pytest.mark.clause("S3")
@pytest.mark.parametrize("engine", [None, "reference"])
def test_a_text_enumeration_counts_by_its_value(engine: str | None) -> None:
    """A member of a text enumeration counts by its value, not its printed form."""
    chosen = {"contact": Chosen.MESSAGE, "client_status": Chosen.ACTIVE}

    assert VERDICT == boundaryethics.consult(chosen, engine=engine)


@pytest.mark.clause("S3")
@pytest.mark.parametrize("values", [("junk",) * 23, ("message",)])
def test_a_situation_built_in_python_rejects_undeclared_values(
    values: tuple[str, ...],
) -> None:
    """A situation built in Python is checked too."""
    with pytest.raises(SituationError, match="BE403"):
        Situation(vocabulary=POLICY.vocabulary, row=values)


@pytest.mark.parametrize(
    "stated",
    [
        [("contact", "message")],
        {"contact": HUGE},
        {HUGE: "message"},
        {"contact": b"message"},
        {"contact": ["message"]},
        {"contact": 1.5},
        {None: "message"},
        {"client_minor": 1},
    ],
)
def test_invalid_situations_are_refused(stated: Any) -> None:
    """Objects that do not map fact names to text values raise `SituationError`."""
    with pytest.raises(SituationError):
        boundaryethics.consult(stated)


@pytest.mark.parametrize(
    ("stated", "message", "help"),
    [
        ("case.yaml", "the text `case.yaml`", "`load_situation(path,"),
        (Path("case.yaml"), "the text `case.yaml`", "`load_situation(path,"),
        (VERDICT, "found a verdict", "`verdict.with_facts(...)`"),
        (None, "found None", "{} if nothing is known"),
        ([("contact", "message")], "found a list", '{"contact": "message"}'),
        (5, "found the number 5", '{"contact": "message"}'),
    ],
)
def test_an_unsupported_argument_is_named_with_an_alternative(
    stated: Any, message: str, help: str
) -> None:
    """The error names the kind of argument and says how to get facts from it."""
    with pytest.raises(SituationError) as refused:
        boundaryethics.consult(stated)

    (problem,) = refused.value.problems
    assert "BE408" == problem.code
    assert message in problem.message
    assert help in str(problem.help)


@pytest.mark.clause("S23")
def test_contradictory_facts_are_refused() -> None:
    """An active client has no time since termination."""
    facts = {"client_status": "active", "time_since_termination": "over_5_years"}

    with pytest.raises(SituationError) as refused:
        boundaryethics.consult(facts)

    assert ["BE406"] == [problem.code for problem in refused.value.problems]


def test_facts_that_do_not_apply_are_not_listed_as_unknown() -> None:
    """The time since termination is not unknown for an active client."""
    verdict = boundaryethics.consult({"client_status": "active"}, "naadac-2021")
    former = boundaryethics.consult({"client_status": "former"}, "naadac-2021")

    assert "time_since_termination" in former.unknown
    assert "time_since_termination" not in verdict.unknown
    assert list(verdict.unknown) == verdict.to_dict()["unknown"]
    assert all(verdict.what_if(fact) for fact in verdict.unknown)


@pytest.mark.parametrize("policy", [None, 5, b"apa-2017", []])
def test_invalid_policies_are_refused(policy: Any) -> None:
    """A policy must be a `Policy`, an ID or a path."""
    with pytest.raises(PolicyError, match="BE206"):
        boundaryethics.consult(FACTS, policy)


@pytest.mark.parametrize(
    ("engine", "error"),
    [(5, EngineError), ("rete", EngineError), ("Durable", EngineError)],
)
def test_unknown_engines_are_refused(engine: Any, error: type[Exception]) -> None:
    """An engine that is not a known name raises `EngineError`."""
    with pytest.raises(error):
        boundaryethics.consult(FACTS, engine=engine)


@pytest.mark.parametrize(
    ("situation", "policy", "engine", "codes"),
    [
        ({"contact": "email"}, "apa", "rete", ["BE206", "BE501"]),
        ("message", "apa", "rete", ["BE206", "BE501", "BE408"]),
        ({"contact": "email"}, "core", "rete", ["BE306", "BE501", "BE402"]),
        ({"contact": "email"}, "apa-2017", "rete", ["BE501", "BE402"]),
        ({"contact": "email"}, "apa-2017", 5, ["BE501", "BE402"]),
        ({"contact": "message"}, "apa+ohio", None, ["BE206", "BE206"]),
        (None, None, None, ["BE206", "BE408"]),
    ],
)
def test_all_invalid_arguments_are_reported_together(
    situation: Any, policy: Any, engine: Any, codes: list[str]
) -> None:
    """The facts cannot be checked if the policy is unknown."""
    with pytest.raises(BoundaryEthicsError) as refused:
        boundaryethics.consult(situation, policy, engine)

    assert codes == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S10")
@pytest.mark.parametrize(
    "lacking",
    [
        {"principles": ()},
        {"principles": tuple(attrs.evolve(p, cites=()) for p in POLICY.principles)},
        {"sources": ()},
        {"rules": (*POLICY.rules, POLICY.rules[0])},
        {"vocabulary": boundaryethics.Vocabulary(())},
        {"id": ""},
    ],
    ids=lambda lacking: next(iter(lacking)),
)
def test_a_policy_built_in_python_is_checked_before_it_is_used(
    lacking: dict[str, Any],
) -> None:
    """A policy built in Python must pass the checks of a policy file."""
    with pytest.raises(PolicyError):
        boundaryethics.consult(FACTS, attrs.evolve(POLICY, **lacking))


@pytest.mark.parametrize(
    "changes",
    [
        {"ranking": {"method": "weighted", "points": {"strong": -3}}},
        {"ranking": {"method": "weighted", "points": {"strong": 1.5}}},
        {"ranking": {"method": "heaviest"}},
        {"ranking": 5},
        {"drop": [None]},
        {"drop": ["no-such-rule"]},
        {"adjust": {"peer-helper-role": "weak"}},
        {"adjust": {"peer-helper-role": {"strenght": "weak"}}},
        {"adjust": ["peer-helper-role"]},
        {"add": [None]},
        {"add": [{"when": {}}]},
        {"add": [{"id": "", "then": {"advises": "document"}}]},
        {"add": [{"id": "x", "then": {"advises": "document"}, "because": 5}]},
    ],
    ids=str,
)
def test_invalid_changes_of_a_variant_are_refused(changes: dict[str, Any]) -> None:
    """Each kind of change is checked against the policy."""
    with pytest.raises(PolicyError):
        POLICY.variant("changed", **changes)


def test_a_single_rule_needs_no_list() -> None:
    """A single rule can be given without a list."""
    name = "decline-can-hurt"

    assert POLICY.variant("v", drop=name) == POLICY.variant("v", drop=[name])


def test_built_in_policies_and_verdicts_are_immutable() -> None:
    """The mappings of a built-in policy and a verdict cannot be cleared."""
    shared: list[Any] = [
        POLICY.rule,
        POLICY.vocabulary.by_name,
        VERDICT.options,
        VERDICT.overridden,
    ]
    for mapping in shared:
        with pytest.raises((AttributeError, TypeError)):
            mapping.clear()


def test_a_verdict_can_be_copied_and_pickled() -> None:
    """A verdict with cached answers can be copied and pickled."""
    assert VERDICT.options
    assert VERDICT.proofs.rules

    assert copy.deepcopy(VERDICT) == VERDICT == pickle.loads(pickle.dumps(VERDICT))  # noqa: S301


def test_proofs_are_a_mapping_by_name() -> None:
    """Proofs are listed by the names of rules and findings."""
    proofs = VERDICT.proofs

    assert set(proofs) == {*VERDICT.binding, *VERDICT.overridden, *VERDICT.findings}
    assert len(list(proofs)) == len(proofs)
    assert "seek-supervision" in proofs
    assert "no-such-rule" not in proofs


def test_a_proof_of_one_rule_does_not_prove_another() -> None:
    """`check_proof` reports a sound proof that proves a different rule."""
    proof = VERDICT.proofs["seek-supervision"]
    policy, situation = VERDICT.policy, VERDICT.situation
    faults = boundaryethics.check_proof

    assert () == faults(proof, policy, situation, of="seek-supervision")
    assert faults(proof, policy, situation, of="peer-helper-role")


def test_errors_are_caught_as_boundary_ethics_error() -> None:
    """`consult` raises a subclass of `BoundaryEthicsError` with every problem."""
    with pytest.raises(BoundaryEthicsError) as refused:
        boundaryethics.consult({"contact": "massage", "clients": "active"})

    assert ["BE402", "BE401"] == [problem.code for problem in refused.value.problems]


def test_the_verdict_has_the_policy_object_that_was_given() -> None:
    """The verdict has the given policy object, even if an equal one is cached."""
    first = boundaryethics.load_policy("peer-recovery")
    second = copy.deepcopy(first)
    assert first == second

    for policy in (first, second):
        verdict = boundaryethics.consult(FACTS, policy, "reference")
        assert verdict.policy is policy


def test_a_situation_of_another_policy_is_read_by_its_known_facts() -> None:
    """The known facts are read under the new policy; undeclared ones are refused."""
    small = policy_of()
    situation = POLICY.vocabulary.situation({"contact": "message"})
    verdict = boundaryethics.consult(situation, small)

    assert verdict.situation.vocabulary is small.vocabulary
    assert {"contact": "message"} == verdict.situation.known()
    with pytest.raises(SituationError, match="BE401"):
        boundaryethics.consult(POLICY.vocabulary.situation(FACTS), small)


def test_a_long_invalid_argument_is_truncated_in_the_message() -> None:
    """The message quotes at most 60 characters of the argument."""
    with pytest.raises(SituationError) as refused:
        boundaryethics.consult("x/" * 50)  # type: ignore[arg-type]

    assert "x/" * 30 in str(refused.value)
    assert "x/" * 31 not in str(refused.value)


@pytest.mark.parametrize("abstract", [True, False])
def test_analyses_treat_undeclared_facts_and_values_as_unknown(abstract: bool) -> None:
    """Undeclared facts and values are unknown, and abstract policies can rank."""
    rule = {"id": "a", "when": {"danger": "yes"}, "then": {"requires": "leave"}}
    policy = policy_of([rule], abstract=abstract)
    vocabulary = boundaryethics.Vocabulary(
        (
            Fact(name="danger", values=("yes", "no")),
            Fact(name="contact", values=("visit",)),
            Fact(name="other", values=("yes",)),
        )
    )
    stated = {"danger": "yes", "contact": "visit", "other": "yes"}
    verdict = verdict_on(policy, vocabulary.situation(stated))

    assert {"danger": "yes"} == verdict.situation.known()
    assert (Option.LEAVE,) == verdict.best


def test_an_action_uses_the_text_for_the_situation() -> None:
    """The first `instead` text whose condition is met replaces the usual text."""
    when = {"contact": ["message", "request"]}
    policy = policy_of(
        [{"id": "ask", "when": when, "then": {"advises": ["ask", "note"]}}],
        actions={
            "ask": {
                "says": "Ask.",
                "instead": [{"when": {"contact": "message"}, "says": "Call."}],
            },
            "note": {"says": "Write."},
        },
    )

    def advised(contact: str) -> list[str]:
        verdict = boundaryethics.consult({"contact": contact}, policy)
        return [one.says for one in verdict.actions]

    assert ["Call.", "Write."] == advised("message")
    assert ["Ask.", "Write."] == advised("request")
