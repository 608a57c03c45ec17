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
def test_a_source_is_called_by_the_best_name_it_has(source: Source, name: str) -> None:
    """Its name is the short one, or the title with the edition, or the id."""
    assert name == source.name


def test_a_principle_without_a_title_is_called_by_its_id() -> None:
    """Its id is shown as words."""
    assert "Keeping trust" == Principle(id="trust", title="Keeping trust").name
    assert "clear roles" == Principle(id="clear_roles").name


@pytest.mark.parametrize("stated", [{}, ["message"], ("message",), {"message"}])
def test_a_value_that_is_several_is_refused_in_words(stated: object) -> None:
    """The message names the type of the value."""
    with pytest.raises(
        SituationError, match=r"invalid value for `contact`: a (list|mapping)"
    ):
        VOCABULARY.situation({"contact": stated})


def test_a_situation_answers_like_a_mapping() -> None:
    """A situation supports `in`, `get`, `keys` and `items` as a mapping does."""
    situation = VOCABULARY.situation({"contact": "message"})

    assert ("message", "unknown") == (situation.get("contact"), situation.get("status"))
    assert (None, "none") == (situation.get("hue"), situation.get("hue", "none"))
    assert "contact" in situation
    assert "hue" not in situation


def test_a_fact_says_what_is_not_among_its_values() -> None:
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
def test_a_message_can_leave_out_the_value(stated: object, message: str) -> None:
    """A value may be words of a client, so the message only says its kind."""
    contact = VOCABULARY["contact"]

    assert message == contact.invalid_value_message(stated, show_value=False)


def test_the_label_of_odd_values_is_refused() -> None:
    """A value that cannot be looked up is an error of the library."""
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
def test_names_that_clash_are_refused(more: dict[str, Any], code: str) -> None:
    """A policy built in Python is checked like one from a file."""
    with pytest.raises(PolicyError) as caught:
        policy_of([RULE], **more)

    assert code in [problem.code for problem in caught.value.problems]


def test_a_variant_may_rank_by_a_method_made_by_hand() -> None:
    """A method built in Python replaces the whole method of the parent."""
    method = Method(name=MethodName.WEIGHTED)
    variant = policy_of([RULE]).variant("weighted", ranking=method)

    assert method == variant.method


def test_a_policy_is_shown_without_its_many_parts() -> None:
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
def test_a_notebook_shows_the_first_names_of_a_section(number: int, shown: str) -> None:
    """Of more than six names, the rest are counted."""
    policy = policy_of(findings=[f"f{n}" for n in range(number)])

    assert shown in policy._repr_html_()
    assert ("more" in shown) is (" more<" in policy._repr_html_())


@pytest.mark.parametrize("key", ["because", "note"])
def test_the_texts_of_rules_made_by_hand_are_checked(key: str) -> None:
    """A number as the reason or the note of a rule is refused before it is shown."""
    policy = policy_of([RULE])
    wrong: Any = {key: 3}
    rules = tuple(attrs.evolve(rule, **wrong) for rule in policy.rules)

    with pytest.raises(PolicyError, match=f"BE103: .*{key}.*rule `calms`"):
        consult({}, attrs.evolve(policy, rules=rules))


def test_parts_of_a_verdict_are_shown_without_what_they_belong_to() -> None:
    """In a Python session, a part takes a few lines."""
    verdict = consult({"contact": "message"}, policy_of([RULE]))

    for part in (*verdict.assessments, verdict.proofs):
        shown = repr(part)
        assert "verdict=" not in shown
        assert "absences=" not in shown
        assert len(shown) < 1000
