"""Edits: what is written otherwise, part by part, and what is ranked otherwise."""

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


def test_a_variant_knows_its_parent() -> None:
    """The very policy; whose variant it is, is no part of what it is."""
    assert POLICY is VARIANT.parent
    assert VARIANT == attrs.evolve(VARIANT, parent=None)
    assert POLICY.parent is None


FILE = """\
policy: gentle
extends: [apa-2017]
changes: {adjust: {silence-feels-like-rejection: {strength: weak}}}
"""


def test_a_file_knows_what_it_extends(tmp_path: Path) -> None:
    """And is read beside it."""
    path = tmp_path / "gentle.yaml"
    path.write_text(FILE, "utf-8")
    told = diff(None, path, where={"contact": "follow", "setting": "social_network"})

    assert load_policy("apa-2017") == load_policy(path).parent
    assert ("apa-2017", "gentle") == (told.old, told.new)
    assert ["rule silence-feels-like-rejection"] == [part.name for part in told.edited]


def test_labels_are_known_by_where_they_fit() -> None:
    """They have no id; those under one condition are read together."""
    go = {"says": "Go", "named": "going"}
    labels = [{"when": {"contact": "message"}, "leave": go}, {"ignore": go}]
    labelled = policy_of([], labels=labels)
    told = diff(policy_of([], labels=labels[:1]), labelled)

    assert ["label everywhere"] == [part.name for part in told.edited]
    assert "ignore: {says: Go, named: going}" in str(told)


def test_what_is_changed_is_read_part_by_part() -> None:
    """What was altered shows both, what came or went all that it says."""
    told = str(diff(None, VARIANT, where={"contact": "message"}))
    expected = """\
by-hand -> stricter
~ rule answer
      then favors decline: moderate -> strong
- rule stay
      then opposes leave: weak
      principle: care
~ ranking
      points strong: 3
      points moderate: 2
      points weak: 2
+ rule new
      when: {any: [{danger: yes}, {status: active}]}
      then forbids: ignore
      principle: care

a: by-hand, b: stricter
"""

    assert told.startswith(expected)


def test_an_edit_is_data() -> None:
    """And a frame, and a page; what stands in them is one."""
    edit = diff(POLICY, VARIANT)
    told = edit.to_dict()
    answer, *_ = told["edited"]
    (line,) = answer["lines"]

    assert ("by-hand", "stricter") == (told["old"], told["new"])
    assert ("rule", "answer", "altered", ["then"]) == tuple(
        answer[key] for key in ("kind", "id", "how", "keys")
    )
    assert {
        "key": "then favors decline",
        "before": "moderate",
        "after": "strong",
    } == line
    assert compare(POLICY, VARIANT).to_dict() == told["difference"]
    assert "<td>rule answer</td>" in edit._repr_html_()
    assert "| rule `answer` | altered (then) |" in edit.to_markdown()


def test_an_edit_is_a_frame() -> None:
    """A row for each key; a part without keys has one as well."""
    pytest.importorskip("pandas")
    never = [{"all": [{"contact": "message"}, {"danger": "yes"}]}]
    confined = policy_of([], impossible=never)
    edit = diff(confined, policy_of([]), rankings=False)
    frame = edit.to_frame()

    assert ["dropped"] == list(frame["how"])
    assert [part.name for part in edit.edited] == list(frame["part"])
    assert 9 == len(diff(POLICY, VARIANT).to_frame())


def test_rankings_need_not_be_compared() -> None:
    """What is written otherwise is told all the same, and nothing is drawn."""
    edit = diff(POLICY, VARIANT, rankings=False)

    assert diff(POLICY, VARIANT).edited == edit.edited
    assert (None, False) == (edit.difference, edit.changes_rankings)
    assert str(diff(POLICY, VARIANT)).startswith(f"{edit}\n\na: by-hand")
    assert None is edit.to_dict()["difference"]
    assert "situations" not in edit.to_markdown()
    assert "<td>rule answer</td>" in edit._repr_html_()
    with pytest.raises(AnalysisError, match="BE609"):
        edit.chart()


def test_a_variant_that_changes_nothing_says_so() -> None:
    """Whatever it is called."""
    told = str(diff(POLICY, POLICY.variant("same", title="Another title")))

    assert "nothing is written otherwise" in told


def test_what_has_no_parent_is_refused() -> None:
    """Unless something is named to read it beside."""
    with pytest.raises(AnalysisError, match="BE816"):
        diff(None, POLICY)

    assert POLICY.id == diff(None, VARIANT).old
