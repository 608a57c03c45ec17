"""The names under which facts, sources and principles are shown."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from boundaryethics import consult, load_policy
from boundaryethics.errors import BoundaryEthicsError, PolicyError, SituationError
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle, Source
from support.small_policies import VOCABULARY, policy_of

RULE = {"id": "calms", "then": {"favors": {"decline": "weak"}}}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source(id="code", title="A Code", short="Code", edition="2nd"), "Code"),
        (Source(id="code", title="A Code", edition="2nd"), "A Code (2nd)"),
        (Source(id="code", title="A Code"), "A Code"),
        (Source(id="code"), "code"),
    ],
)
def test_a_source_is_shown_by_its_best_name(source: Source, name: str) -> None:
    """This is the short name, or the title with the edition, or the ID."""
    assert name == source.name


def test_a_principle_without_a_title_is_shown_by_its_id() -> None:
    """Underscores in the ID become spaces."""
    assert "Keeping trust" == Principle(id="trust", title="Keeping trust").name
    assert "clear roles" == Principle(id="clear_roles").name


@pytest.mark.parametrize("stated", [{}, ["message"], ("message",), {"message"}])
def test_a_collection_as_a_value_is_rejected(stated: object) -> None:
    """The message names the type of the value."""
    with pytest.raises(
        SituationError, match=r"invalid value for `contact`: a (list|mapping)"
    ):
        VOCABULARY.situation({"contact": stated})


def test_a_situation_behaves_like_a_mapping() -> None:
    """It supports `in`, `get`, `keys` and `items`."""
    situation = VOCABULARY.situation({"contact": "message"})

    assert ("message", "unknown") == (situation.get("contact"), situation.get("status"))
    assert (None, "none") == (situation.get("hue"), situation.get("hue", "none"))
    assert "contact" in situation
    assert "hue" not in situation


def test_the_message_on_an_invalid_value_names_fact_and_value() -> None:
    """The message names the fact and the stated value."""
    message = VOCABULARY["contact"].invalid_value_message("letter")

    assert "invalid value `letter` for `contact`" == message


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (True, "invalid value for `contact`: a truth value"),
        (3, "invalid value for `contact`: a number"),
        (2.5, "invalid value for `contact`: a number"),
        ("my words", "invalid value for `contact`"),
    ],
)
def test_the_message_on_an_invalid_value_can_omit_the_value(
    stated: object, message: str
) -> None:
    """A value may be a client's words, so the message only says its type."""
    contact = VOCABULARY["contact"]

    assert message == contact.invalid_value_message(stated, show_value=False)


def test_a_label_for_an_unhashable_value_raises_the_librarys_error() -> None:
    """A list as a value does not raise a `TypeError`."""
    with pytest.raises(BoundaryEthicsError, match="value"):
        VOCABULARY["contact"].label([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"findings": ["all"]}, "BE201"),
        ({"findings": ["contact"]}, "BE202"),
        ({"ranking": {"priority": [["care"], "care"]}}, "BE210"),
    ],
)
def test_clashing_names_are_rejected(more: dict[str, Any], code: str) -> None:
    """A policy built in Python is checked like one from a file."""
    with pytest.raises(PolicyError) as caught:
        policy_of([RULE], **more)

    assert code in [problem.code for problem in caught.value.problems]


def test_a_variant_can_use_a_method_built_in_python() -> None:
    """The method replaces the whole method of the parent."""
    method = Method(name=MethodName.WEIGHTED)
    variant = policy_of([RULE]).variant("weighted", ranking=method)

    assert method == variant.method


def test_a_policy_has_a_short_representation() -> None:
    """In a Python session, a policy takes a few lines."""
    shown = repr(load_policy("apa-2017"))

    assert {"id", "title", "about", "abstract", "method"} == {
        field.name for field in attrs.fields(Policy) if f"{field.name}=" in shown
    }
    assert len(shown) < 1000


@pytest.mark.parametrize(
    ("number", "shown"),
    [(5, "f0, f1, f2, f3, f4"), (6, "f4, f5<"), (8, "f4, f5 and 2 more<")],
)
def test_a_notebook_shows_at_most_six_names_per_section(
    number: int, shown: str
) -> None:
    """Further names are counted."""
    policy = policy_of(findings=[f"f{n}" for n in range(number)])

    assert shown in policy._repr_html_()
    assert ("more" in shown) is (" more<" in policy._repr_html_())


@pytest.mark.parametrize("key", ["because", "note"])
def test_texts_of_rules_built_in_python_are_checked(key: str) -> None:
    """A number as the reason or the note of a rule is rejected."""
    policy = policy_of([RULE])
    wrong: Any = {key: 3}
    rules = tuple(attrs.evolve(rule, **wrong) for rule in policy.rules)

    with pytest.raises(PolicyError, match=f"BE103: .*{key}.*rule `calms`"):
        consult({}, attrs.evolve(policy, rules=rules))


def test_parts_of_a_verdict_are_shown_without_the_verdict() -> None:
    """In a Python session, a part takes a few lines."""
    verdict = consult({"contact": "message"}, policy_of([RULE]))

    for part in (*verdict.assessments, verdict.proofs):
        shown = repr(part)
        assert "verdict=" not in shown
        assert "absences=" not in shown
        assert len(shown) < 1000
