"""IDs are checked wherever a policy is used, not only in its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from boundaryethics import compile_policy, consult
from boundaryethics.analysis import lint, ranking_counts, verify
from boundaryethics.errors import PolicyError
from boundaryethics.model.facts import Fact, FactGroup
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Action,
    DraftPart,
    Effects,
    Finding,
    Invariant,
    Option,
    Principle,
    Promise,
    Question,
    Rule,
    Slot,
    Source,
)
from support.small_policies import policy_of

POLICY = policy_of([{"id": "r", "then": {"favors": {"decline": "weak"}}}])
#: Formulas of spreadsheets, ends of lines and cells, and values that are not text.
ODD: tuple[Any, ...] = (
    "=HYPERLINK(1)",
    "a\n",
    "a,b",
    "@a",
    "",
    "A",
    "é",
    "a b",
    3,
    None,
)


def with_fact(**parts: Any) -> Policy:
    """Return the policy with another fact."""
    facts = (*POLICY.vocabulary.facts, Fact(**{"name": "mood", **parts}))
    return attrs.evolve(POLICY, vocabulary=attrs.evolve(POLICY.vocabulary, facts=facts))


def with_group(id: Any) -> Policy:
    """Return the policy with a group of facts."""
    groups = (FactGroup(id=id),)
    vocabulary = attrs.evolve(POLICY.vocabulary, groups=groups)
    return attrs.evolve(POLICY, vocabulary=vocabulary)


def with_part(section: str, part: Any) -> Policy:
    """Return the policy with one more part."""
    changed: dict[str, Any] = {section: (*getattr(POLICY, section), part)}
    return attrs.evolve(POLICY, **changed)


NAMED: dict[str, Callable[[Any], Policy]] = {
    "policy": lambda id: attrs.evolve(POLICY, id=id),
    "rule": lambda id: with_part("rules", Rule(id=id, then=Effects())),
    "source": lambda id: with_part("sources", Source(id=id)),
    "invariant": lambda id: with_part(
        "invariants", Invariant(id=id, holds=((Promise.LAST, (Option.LEAVE,)),))
    ),
    "finding": lambda id: with_part("findings", Finding(id=id)),
    "principle": lambda id: with_part("principles", Principle(id=id)),
    "action": lambda id: with_part("actions", Action(id=id)),
    "question": lambda id: with_part("questions", Question(id=id)),
    "draft part": lambda id: with_part(
        "draft_parts", DraftPart(id=id, slot=Slot.OPENING)
    ),
    "fact": lambda id: with_fact(name=id, values=("x",)),
    "group": with_group,
}
USES: tuple[Callable[[Policy], object], ...] = (
    *(lambda policy: consult({}, policy), compile_policy, verify, lint),
    ranking_counts,
)


@pytest.mark.parametrize("kind", NAMED)
def test_a_valid_id_is_accepted(kind: str) -> None:
    """The policies of these tests are valid except for their IDs."""
    for use in USES:
        use(NAMED[kind]("an_id"))


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("id", ODD)
def test_an_invalid_id_is_rejected(
    id: object, kind: str, use: Callable[[Policy], object]
) -> None:
    """A policy built in Python has the same limits on IDs as a policy file."""
    with pytest.raises(PolicyError, match=f"BE103: invalid {kind} (id|name) "):
        use(NAMED[kind](id))


@pytest.mark.parametrize("kind", NAMED)
def test_the_error_says_which_characters_are_allowed(kind: str) -> None:
    """An ID can contain hyphens, but a name cannot."""
    word = "id" if kind in ("policy", "rule", "source", "invariant") else "name"
    with pytest.raises(PolicyError) as refused:
        consult({}, NAMED[kind]("=A1"))

    (problem,) = (one for one in refused.value.problems if one.code == "BE103")
    assert f"invalid {kind} {word} " in problem.message
    assert ("hyphens" in str(problem.help)) == (word == "id")


@pytest.mark.parametrize("kind", [kind for kind in NAMED if kind != "policy"])
def test_a_variant_that_inherits_an_invalid_id_is_rejected(kind: str) -> None:
    """A variant is checked when it is made, with everything that it inherits."""
    with pytest.raises(PolicyError, match=f"BE103: invalid {kind}"):
        NAMED[kind]("=A1").variant("v", ranking="weighted")


@pytest.mark.parametrize("values", [(), ("x", "x"), ("x", 3), (None,), ("x", True)])
def test_values_of_a_fact_are_distinct_text(values: Any) -> None:
    """Other types and repeated values would be counted wrongly."""
    with pytest.raises(
        PolicyError,
        match="fact `mood` must have at least one value; the values must be text",
    ):
        consult({}, with_fact(values=values))


@pytest.mark.parametrize("value", ["", "a,b", " a", "a ", "a\n", "a\tb", "\ud800"])
def test_a_value_that_cannot_be_stated_is_rejected(value: str) -> None:
    """Commands split values at commas, and tables strip the spaces around them."""
    with pytest.raises(PolicyError, match="BE219: fact `mood` has the value"):
        consult({}, with_fact(values=("x", value)))


@pytest.mark.parametrize("value", ["a b", "x=y", "12", "true", "é", "=1", 'a "b"', "#"])
def test_a_value_that_can_be_stated_is_accepted(value: str) -> None:
    """Values may contain spaces and punctuation."""
    verdict = consult({"mood": value}, with_fact(values=("x", value)))

    assert value == verdict.situation["mood"]
