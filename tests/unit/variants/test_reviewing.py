"""Reviews: what a variant changes in its parent, part by part."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.policyfile import load_policy
from boundaryethics.variants import review
from handmade import policy_of

POLICY = policy_of(
    [
        {
            "id": "answer",
            "when": {"contact": "message"},
            "then": {"favours": {"decline": "moderate"}},
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
changes: {adjust: {silence-rejects: {strength: weak}}}
"""


def test_a_file_knows_what_it_extends(tmp_path: Path) -> None:
    """And is read beside it."""
    path = tmp_path / "gentle.yaml"
    path.write_text(FILE, "utf-8")
    told = review(path, given={"contact": "follow", "setting": "social_network"})

    assert load_policy("apa-2017") == load_policy(path).parent
    assert ("gentle", "apa-2017") == (told.variant, told.parent)
    assert ["rule silence-rejects"] == [part.name for part in told.parts]


def test_labels_are_known_by_where_they_fit() -> None:
    """They have no id; those under one condition are read together."""
    go = {"says": "Go", "named": "going"}
    labels = [{"when": {"contact": "message"}, "leave": go}, {"ignore": go}]
    labelled = policy_of([], labels=labels)
    told = review(labelled, policy_of([], labels=labels[:1]))

    assert ["label everywhere"] == [part.name for part in told.parts]
    assert "ignore: {says: Go, named: going}" in str(told)


def test_what_is_changed_is_read_part_by_part() -> None:
    """What was altered shows both, what came or went all that it says."""
    told = str(review(VARIANT, given={"contact": "message"}))
    expected = """\
stricter, a variant of by-hand
~ rule answer
      then favours decline: moderate -> strong
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


def test_a_review_is_data() -> None:
    """And a frame, and a page; what stands in them is one."""
    told = review(VARIANT).to_dict()
    answer, *_ = told["parts"]
    (line,) = answer["lines"]

    assert ("stricter", "by-hand") == (told["variant"], told["parent"])
    assert ("rule", "answer", "altered") == tuple(
        answer[key] for key in ("kind", "id", "how")
    )
    assert {
        "key": "then favours decline",
        "before": "moderate",
        "after": "strong",
    } == line
    assert review(VARIANT).difference.to_dict() == told["difference"]
    assert "<td>rule answer</td>" in review(VARIANT)._repr_html_()


def test_a_variant_that_changes_nothing_says_so() -> None:
    """Whatever it is called."""
    told = str(review(POLICY.variant("same", title="Another title")))

    assert "nothing is written otherwise" in told


def test_what_has_no_parent_is_refused() -> None:
    """Unless something is named to read it beside."""
    with pytest.raises(AnalysisError, match="BE816"):
        review(POLICY)

    assert POLICY.id == review(VARIANT, POLICY).parent
