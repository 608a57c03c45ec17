from __future__ import annotations

import json

import pytest

from boundaryethics import SituationError, consult
from boundaryethics.analysis import counterfactuals
from boundaryethics.analysis.counterfactuals import (
    FactChange,
    FactChanges,
    merge_changes,
)
from boundaryethics.model import plain_data
from boundaryethics.model.overlays import Layer
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

#: A request puts declining first; danger puts staying in contact first.
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
def test_each_option_has_its_smallest_changes() -> None:
    """Each option has its distance from rank 1 and all smallest changes."""
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
        FactChange(fact="contact", old="request", new=("message",)),
        FactChange(fact="danger", old="unknown", new=("yes",)),
    } == {move for change in found.smallest for move in change.moves}


@pytest.mark.clause("S19")
def test_breaking_a_tie_is_not_a_counterfactual() -> None:
    """An option tied for first needs no change to be first."""
    found = counterfactuals({}, POLICY)

    assert (Option.CONTINUE, Option.DECLINE) == found.first
    assert 0 == found.to[Option.DECLINE].distance
    assert found.distance is None
    assert () == found.smallest


def test_strict_includes_changes_that_break_a_tie() -> None:
    """With `strict`, a change that breaks a tie for first is found."""
    found = counterfactuals({}, POLICY, strict=True)

    assert 1 == found.to[Option.DECLINE].distance
    assert {"contact": "request"} == found.to[Option.DECLINE].changes[0].facts
    assert 1 == found.distance


def test_immutable_facts_are_not_changed() -> None:
    """No change includes an immutable fact."""
    found = counterfactuals(
        {"contact": "request"}, POLICY, immutable=["danger", "contact"]
    )

    assert ("danger", "contact") == found.immutable
    assert found.to[Option.CONTINUE].distance is None
    assert not found.to[Option.CONTINUE].possible


def test_an_undeclared_immutable_fact_is_refused() -> None:
    """Immutable facts must be declared."""
    with pytest.raises(SituationError, match="dangr"):
        counterfactuals({}, POLICY, immutable=["dangr"])


def test_counterfactuals_accept_a_verdict() -> None:
    """The policy is that of the verdict."""
    verdict = consult({"contact": "request"}, POLICY)

    assert (
        counterfactuals({"contact": "request"}, POLICY).to
        == counterfactuals(verdict).to
    )


def test_equivalent_values_share_one_change() -> None:
    """`count` counts the values that a change represents."""
    found = counterfactuals({"contact": "request"}, POLICY)

    assert [1, 1] == [change.count for change in found.to[Option.CONTINUE].changes]


@pytest.mark.clause("S19")
def test_known_facts_stay_known_unless_allowed() -> None:
    """A known fact becomes unknown only with `allow_unknown`."""
    found = counterfactuals({"contact": "request"}, POLICY, allow_unknown=True)

    assert found.allow_unknown
    assert [2, 1] == [change.count for change in found.to[Option.CONTINUE].changes]
    assert ("message", "unknown") == found.to[Option.CONTINUE].changes[0].moves[0].new


@pytest.mark.clause("S19")
def test_the_search_skips_changes_to_unknown() -> None:
    """The nearest change that keeps known facts known is found, even if larger."""
    rules = [
        {
            "id": "doubt",
            "when": {
                "any": [{"contact": "unknown"}, {"danger": "no", "status": "former"}]
            },
            "then": {"requires": ["leave"]},
        },
    ]
    policy = policy_of(rules)

    known = counterfactuals({"contact": "request"}, policy).to[Option.LEAVE]
    every = counterfactuals({"contact": "request"}, policy, allow_unknown=True)

    assert 2 == known.distance
    assert {"danger": "no", "status": "former"} == known.changes[0].facts
    assert 1 == every.to[Option.LEAVE].distance


@pytest.mark.clause("S19")
def test_no_option_is_first_in_a_four_way_tie() -> None:
    """This applies before and after a change."""
    policy = policy_of(
        [{"id": "ask", "when": {"danger": "yes"}, "then": {"requires": ["decline"]}}]
    )

    tied = counterfactuals({}, policy)
    ranked = counterfactuals({"danger": "yes"}, policy)

    assert () == tied.first
    assert {"danger": "yes"} == tied.to[Option.DECLINE].changes[0].facts
    assert "Currently first under by-hand: none, because all four are tied" in str(tied)
    assert (Option.DECLINE,) == ranked.first
    assert ranked.distance is None


def test_counterfactuals_have_every_output_format() -> None:
    """Counterfactuals have text, escaped HTML and plain data."""
    found = counterfactuals({"contact": "request"}, POLICY)

    lines = str(found).splitlines()
    assert "  Is there danger? (danger): I don't know -> Yes" in lines
    assert "Nothing makes leaving rank first." in lines
    assert "know -&gt; Yes" in found._repr_html_()
    data = json.loads(json.dumps(found.to_dict()))
    assert 1 == data["distance"]
    assert data["allow_unknown"] is False
    assert {"distance": None, "changes": []} == data["to"]["leave"]


def test_long_lists_are_truncated_in_the_text() -> None:
    """The text lists eight changes and counts the rest; the data has all of them."""
    names = [f"fact_{number}" for number in range(12)]

    found = counterfactuals({}, POLICY.with_layer(many_ways(names)))

    assert 12 == len(found.to[Option.IGNORE].changes)
    assert "  and four more ways" in str(found).splitlines()


def many_ways(names: list[str]) -> Layer:
    """Return a policy file in which each fact requires no reply."""
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


def test_changes_that_differ_in_one_fact_are_merged() -> None:
    """The text merges changes that differ only in the values of one fact."""

    def change(*moves: tuple[str, str]) -> FactChanges:
        return FactChanges(
            moves=tuple(
                FactChange(fact=f, old="unknown", new=(new,)) for f, new in moves
            )
        )

    found = merge_changes(
        [
            change(("contact", "message"), ("danger", "yes")),
            change(("contact", "request"), ("danger", "yes")),
            change(("contact", "request"), ("status", "former")),
        ]
    )

    assert [
        "contact: unknown -> message or request, and danger: unknown -> yes",
        "contact: unknown -> request, and status: unknown -> former",
    ] == [str(one) for one in found]
