"""Vocabularies, situations and the list of policies are mappings."""

from __future__ import annotations

import copy
import pickle
from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics.model.facts import Fact, Vocabulary

CONTACT = Fact(name="contact", values=("message", "follow"))
DANGER = Fact(name="danger", values=("yes", "no"))
VOCABULARY = Vocabulary((CONTACT, DANGER))
SITUATION = VOCABULARY.situation({"contact": "message"})
#: Each mapping with the dictionary that it must match.
SAME: tuple[tuple[Any, dict[str, Any]], ...] = (
    (VOCABULARY, {"contact": CONTACT, "danger": DANGER}),
    (SITUATION, {"contact": "message", "danger": "unknown"}),
)


@pytest.mark.parametrize(("mapping", "same"), SAME)
def test_each_mapping_behaves_like_a_dict(mapping: Any, same: dict[str, Any]) -> None:
    """Every mapping method returns the same as that of an equal dict."""
    assert isinstance(mapping, Mapping)
    assert same == dict(mapping)
    assert {**mapping} == same
    assert [*same] == [*mapping]
    assert len(same) == len(mapping)
    assert same.keys() == mapping.keys()
    assert [*same.values()] == [*mapping.values()]
    assert same.items() == mapping.items()
    assert (same["danger"], None, 3) == (
        mapping.get("danger"),
        mapping.get("hue"),
        mapping.get("hue", 3),
    )
    assert "hue" not in mapping
    assert "danger" in mapping
    with pytest.raises(KeyError):
        mapping["hue"]


@pytest.mark.parametrize(("mapping", "same"), SAME)
def test_keys_values_and_items_are_views(mapping: Any, same: dict[str, Any]) -> None:
    """`keys`, `values` and `items` return views, not lists."""
    assert isinstance(mapping.keys(), KeysView)
    assert isinstance(mapping.values(), ValuesView)
    assert isinstance(mapping.items(), ItemsView)
    assert {"contact"} == mapping.keys() & {"contact", "hue"}
    assert [*same] == [name for name, _ in mapping.items()]


@pytest.mark.parametrize(("mapping", "same"), SAME)
def test_each_mapping_is_an_immutable_value(mapping: Any, same: dict[str, Any]) -> None:
    """A copy or a pickle is equal, with the same hash."""
    for again in (copy.deepcopy(mapping), pickle.loads(pickle.dumps(mapping))):  # noqa: S301
        assert mapping == again
        assert hash(mapping) == hash(again)
    assert mapping != same
    with pytest.raises(TypeError):
        mapping["contact"] = "follow"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        mapping.facts = ()


def test_situations_of_different_vocabularies_differ() -> None:
    """Situations with equal values but different vocabularies are not equal."""
    wider = attrs.evolve(CONTACT, values=("message", "follow", "like"))
    other = Vocabulary((wider, DANGER)).situation({"contact": "message"})

    assert dict(SITUATION) == dict(other)
    assert other != SITUATION


def test_pandas_makes_a_series_of_a_situation() -> None:
    """The index has the names of the facts."""
    pandas = pytest.importorskip("pandas")

    assert dict(SITUATION) == pandas.Series(SITUATION).to_dict()


def test_the_facts_of_a_policy_can_be_listed() -> None:
    """Iterating over a policy's vocabulary gives names instead of a `KeyError`."""
    vocabulary = boundaryethics.load_policy("apa-2017").vocabulary

    assert [fact.name for fact in vocabulary.facts] == list(vocabulary)


def test_policies_lists_the_built_in_policies() -> None:
    """`policies` is a mapping from ids to policies, with a readable table."""
    built_in = boundaryethics.policies()

    assert isinstance(built_in, Mapping)
    assert len(built_in) == len([*built_in]) > 1
    assert "apa-2017" in built_in
    assert "apa-2018" not in built_in
    assert boundaryethics.load_policy("core") == built_in["core"]
    lines = str(built_in).splitlines()
    for id, policy in built_in.items():
        (line,) = (line for line in lines if line.split()[:1] == [id])
        assert policy.title in line
        assert policy.abstract is line.endswith("extend only")
    assert "<td>apa-2017</td>" in built_in._repr_html_()
    with pytest.raises(KeyError):
        built_in["./apa-2017.yaml"]


def test_policies_make_a_data_frame() -> None:
    """The data frame has one row for each policy."""
    pytest.importorskip("pandas")

    frame = boundaryethics.policies().to_frame()

    assert [*boundaryethics.policies()] == [*frame["policy"]]


def test_the_policies_function_and_package_can_both_be_imported() -> None:
    """Importing the package does not replace the function."""
    from boundaryethics import policies
    from boundaryethics.policies.loader import policies as same

    assert same is policies is boundaryethics.policies
