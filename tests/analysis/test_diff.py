"""Differences between versions of a policy: text changes and ranking changes."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from boundaryethics.analysis import compare, diff
from boundaryethics.errors import AnalysisError
from boundaryethics.policies import load_policy
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "answer",
            "when": {"contact": "message"},
            "then": {"favors": {"decline": "moderate"}},
            "because": "A message waits for an answer.",
        },
        {"id": "stay", "then": {"opposes": {"leave": "weak"}}},
    ]
)
VARIANT = POLICY.variant(
    "stricter",
    drop=["stay"],
    adjust={"answer": {"strength": "strong"}},
    add=[
        {
            "id": "new",
            "when": {"any": [{"danger": "yes"}, {"status": "active"}]},
            "then": {"forbids": "ignore"},
            "principle": "care",
        }
    ],
    ranking={"points": {"weak": 2}},
)


def test_a_variant_has_its_parent() -> None:
    """The parent does not affect equality."""
    assert POLICY is VARIANT.parent
    assert VARIANT == attrs.evolve(VARIANT, parent=None)
    assert POLICY.parent is None


FILE = """\
policy: gentle
extends: [apa-2017]
changes: {adjust: {silence-feels-like-rejection: {strength: weak}}}
"""


def test_the_parent_of_a_policy_file_is_the_policy_that_it_extends(
    tmp_path: Path,
) -> None:
    """`parent` is the policy named by `extends`."""
    path = tmp_path / "gentle.yaml"
    path.write_text(FILE, "utf-8")
    found = diff(None, path, where={"contact": "follow", "setting": "social_network"})

    assert load_policy("apa-2017") == load_policy(path).parent
    assert ("apa-2017", "gentle") == (found.old, found.new)
    assert ["rule silence-feels-like-rejection"] == [part.name for part in found.edited]


def test_labels_are_identified_by_their_conditions() -> None:
    """A label has no ID."""
    go = {"says": "Go", "named": "going"}
    labels = [{"when": {"contact": "message"}, "leave": go}, {"ignore": go}]
    labelled = policy_of([], labels=labels)
    found = diff(policy_of([], labels=labels[:1]), labelled)

    assert ["label everywhere"] == [part.name for part in found.edited]
    assert "ignore: {says: Go, named: going}" in str(found)


def test_a_diff_lists_changed_added_and_dropped_parts() -> None:
    """Altered keys show both values; added and dropped parts show all keys."""
    text = str(diff(None, VARIANT, where={"contact": "message"}))
    expected = """\
by-hand -> stricter
~ rule answer
      then favors decline: moderate -> strong
- rule stay
      then opposes leave: weak
      principle: care
~ ranking
    + points strong: 3
    + points moderate: 2
    + points weak: 2
+ rule new
      when: {any: [{danger: yes}, {status: active}]}
      then forbids: ignore
      principle: care

policy A: by-hand, policy B: stricter
"""

    assert text.startswith(expected)


def test_an_edit_has_data_frame_and_html() -> None:
    """The plain data, the frame and the HTML have the same contents."""
    edit = diff(POLICY, VARIANT)
    found = edit.to_dict()
    answer, *_ = found["edited"]
    (line,) = answer["lines"]

    assert ("by-hand", "stricter") == (found["old"], found["new"])
    assert ("rule", "answer", "altered", ["then"]) == tuple(
        answer[key] for key in ("kind", "id", "how", "keys")
    )
    assert {
        "key": "then favors decline",
        "before": "moderate",
        "after": "strong",
    } == line
    compared = compare(POLICY, VARIANT).to_dict()
    assert {**found["difference"], "provenance": compared["provenance"]} == compared
    assert "<td>rule answer</td>" in edit._repr_html_()
    assert "| rule `answer` | altered (then) |" in edit.to_markdown()


def test_the_frame_of_an_edit_has_a_row_per_key() -> None:
    """A part without keys has one row."""
    pytest.importorskip("pandas")
    never = [{"all": [{"contact": "message"}, {"danger": "yes"}]}]
    confined = policy_of([], impossible=never)
    edit = diff(confined, policy_of([]), rankings=False)
    frame = edit.to_frame()

    assert ["dropped"] == list(frame["how"])
    assert [part.name for part in edit.edited] == list(frame["part"])
    assert 9 == len(diff(POLICY, VARIANT).to_frame())


def test_a_diff_can_skip_rankings() -> None:
    """Without rankings, the diff has the text changes and no chart."""
    edit = diff(POLICY, VARIANT, rankings=False)

    assert diff(POLICY, VARIANT).edited == edit.edited
    assert (None, False) == (edit.difference, edit.changes_rankings)
    assert str(diff(POLICY, VARIANT)).startswith(f"{edit}\n\npolicy A: by-hand")
    assert None is edit.to_dict()["difference"]
    assert "situations" not in edit.to_markdown()
    assert "<td>rule answer</td>" in edit._repr_html_()
    with pytest.raises(AnalysisError, match="BE609"):
        edit.chart()


def test_a_variant_without_changes_has_an_empty_diff() -> None:
    """The name of the variant does not matter."""
    text = str(diff(POLICY, POLICY.variant("same", title="Another title")))

    assert "no changes in the file" in text


def test_diff_refuses_a_policy_without_a_parent() -> None:
    """A policy without a parent needs an explicit policy to compare with."""
    with pytest.raises(AnalysisError, match="BE816"):
        diff(None, POLICY)

    assert POLICY.id == diff(None, VARIANT).old


def test_a_key_dropped_from_a_changed_part_is_marked() -> None:
    """A dropped help text does not look unchanged."""
    old = load_policy("apa-2017")
    fact = old.vocabulary["client_minor_now"]
    asked = {"question": "Under 18?", "values": dict(fact.labels) or [*fact.values]}
    edit = diff(old, old.variant("new", facts={fact.name: asked}), rankings=False)

    assert fact.help
    assert f"\n    - help: {fact.help}\n" in f"{edit}\n"


def test_a_new_value_is_listed_without_the_unchanged_values() -> None:
    """An added answer is one line, and the labels of the other values stay."""
    old = load_policy("apa-2017")
    answers = dict(old.vocabulary["agency_policy"].labels)
    values = {**answers, "needs_approval": "It requires approval"}
    edit = diff(old, old.variant("new", facts={"agency_policy": {"values": values}}))

    assert [
        ("values needs_approval", "", "It requires approval"),
    ] == [attrs.astuple(line) for part in edit.edited for line in part.lines]


def test_reordered_answers_are_an_edit() -> None:
    """Reordering answers changes only their order, even if they have labels."""
    old = load_policy("apa-2017")
    values = ["permits", "forbids", "silent"]
    edit = diff(old, old.variant("new", facts={"agency_policy": {"values": values}}))
    (line,) = [line for part in edit.edited for line in part.lines]

    assert "values: [forbids, permits, silent] -> [permits, forbids, silent]" == str(
        line
    )
