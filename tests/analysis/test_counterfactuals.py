from __future__ import annotations

import json

import pytest

from boundaryethics import SituationError, consult
from boundaryethics.analysis import counterfactuals
from boundaryethics.analysis.counterfactuals import FactChange, FactChanges, gathered
from boundaryethics.model import plain_data
from boundaryethics.model.overlays import Layer
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

#: Declining is first where there is a request, going on where there is danger.
POLICY = policy_of(
    [
        {
            "id": "answer",
            "when": {"contact": "request"},
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "stay",
            "when": {"danger": "yes"},
            "then": {"requires": ["continue"]},
        },
        {"id": "never-leave", "then": {"forbids": ["leave"]}},
        {"id": "never-ignore", "then": {"opposes": {"ignore": "weak"}}},
    ]
)


@pytest.mark.clause("S19")
def test_each_option_has_its_least_changes() -> None:
    """How far each option is from the first place, and by which changes."""
    found = counterfactuals({"contact": "request"}, POLICY)

    assert (Option.DECLINE,) == found.first
    assert {
        "decline": 0,
        "continue": 1,
        "ignore": None,
        "leave": None,
    } == {option.value: least.distance for option, least in found.to.items()}
    assert 1 == found.distance
    assert {
        FactChange(fact="contact", old="request", new=("message", "unknown")),
        FactChange(fact="danger", old="unknown", new=("yes",)),
    } == {move for change in found.smallest for move in change.moves}


@pytest.mark.clause("S19")
def test_to_break_a_tie_is_no_flip() -> None:
    """Who shares the first place is first; no change is needed to put it there."""
    found = counterfactuals({}, POLICY)

    assert (Option.CONTINUE, Option.DECLINE) == found.first
    assert 0 == found.to[Option.DECLINE].distance
    assert found.distance is None
    assert () == found.smallest


def test_alone_a_tie_is_to_be_broken() -> None:
    """Where first counts only alone, a change that breaks the tie is told."""
    found = counterfactuals({}, POLICY, strict=True)

    assert 1 == found.to[Option.DECLINE].distance
    assert {"contact": "request"} == found.to[Option.DECLINE].changes[0].facts
    assert 1 == found.distance


def test_fixed_facts_are_left_alone() -> None:
    """Ways that change a fixed fact are no ways."""
    found = counterfactuals(
        {"contact": "request"}, POLICY, immutable=["danger", "contact"]
    )

    assert ("danger", "contact") == found.immutable
    assert found.to[Option.CONTINUE].distance is None
    assert not found.to[Option.CONTINUE].possible


def test_an_undeclared_fixed_fact_is_refused() -> None:
    """A fact that is not there cannot be fixed."""
    with pytest.raises(SituationError, match="dangr"):
        counterfactuals({}, POLICY, immutable=["dangr"])


def test_a_verdict_brings_its_policy() -> None:
    """Flips can be asked of a verdict that is there already."""
    verdict = consult({"contact": "request"}, POLICY)

    assert (
        counterfactuals({"contact": "request"}, POLICY).to
        == counterfactuals(verdict).to
    )


def test_a_change_stands_for_every_value_that_does_it() -> None:
    """Values that make no difference are one change, which counts as many."""
    found = counterfactuals({"contact": "request"}, POLICY)

    assert [2, 1] == [change.count for change in found.to[Option.CONTINUE].changes]


def test_flips_tell_themselves() -> None:
    """As text with the changes, as HTML that is escaped, as data for JSON."""
    found = counterfactuals({"contact": "request"}, POLICY)

    assert "  danger: unknown -> yes" in str(found).splitlines()
    assert "Nothing puts leaving first." in str(found).splitlines()
    assert "unknown -&gt; yes" in found._repr_html_()
    data = json.loads(json.dumps(found.to_dict()))
    assert 1 == data["distance"]
    assert {"distance": None, "changes": []} == data["to"]["leave"]


def test_long_lists_are_cut_in_the_text() -> None:
    """The text tells eight ways and counts the others; the data has them all."""
    names = [f"fact-{number}" for number in range(12)]

    found = counterfactuals({}, POLICY.with_layer(many_ways(names)))

    assert 12 == len(found.to[Option.IGNORE].changes)
    assert "  and four more ways" in str(found).splitlines()


def many_ways(names: list[str]) -> Layer:
    """A layer with facts each of which requires to ignore."""
    return plain_data.layer(
        {
            "policy": "many",
            "facts": {
                name: {"question": name, "values": ["yes", "no"]} for name in names
            },
            "rules": [
                {
                    "id": f"by-{name}",
                    "when": {name: "yes"},
                    "then": {"requires": ["ignore"]},
                    "principle": "care",
                }
                for name in names
            ],
        }
    )


def test_changes_alike_but_for_one_value_are_gathered() -> None:
    """For people, changes that differ in the values of one fact alone are one."""

    def change(*moves: tuple[str, str]) -> FactChanges:
        return FactChanges(
            moves=tuple(
                FactChange(fact=f, old="unknown", new=(new,)) for f, new in moves
            )
        )

    told = gathered(
        [
            change(("contact", "message"), ("danger", "yes")),
            change(("contact", "request"), ("danger", "yes")),
            change(("contact", "request"), ("status", "former")),
        ]
    )

    assert [
        "contact: unknown -> message or request, and danger: unknown -> yes",
        "contact: unknown -> request, and status: unknown -> former",
    ] == [str(one) for one in told]
