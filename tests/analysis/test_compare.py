from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import Any

import attrs
import pytest

from boundaryethics.analysis import compare
from boundaryethics.analysis.agreement import agreement
from boundaryethics.analysis.compare import Attribution
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from support.small_policies import policy_of

CONTINUE, IGNORE, DECLINE, LEAVE = Option

DECLINING = {
    "id": "declining",
    "when": {"danger": "yes"},
    "then": {"favors": {"decline": "strong"}},
}
LEAVING = {
    "id": "leaving",
    "when": {"danger": "yes", "status": ["active", "former"]},
    "then": {"favors": {"leave": "strong"}},
}


def named(name: str, *rules: Mapping[str, Any]) -> Policy:
    """Return a policy with these rules."""
    return attrs.evolve(policy_of(rules), id=name)


ONE, OTHER = named("one", DECLINING), named("other", DECLINING, LEAVING)


def test_a_policy_does_not_differ_from_itself() -> None:
    """Comparing a policy with itself finds no difference."""
    found = compare(ONE, ONE)

    assert 0 == found.count == found.status
    assert found.witness is None
    assert () == found.transitions
    assert () == found.causes
    assert () == found.common_values


def test_a_difference_has_transitions_and_causes() -> None:
    """A difference has transitions, causes, common values and an example."""
    found = compare(ONE, OTHER)

    assert (6, 27) == (found.count, found.total)
    assert Fraction(6, 27) == found.share
    assert {((DECLINE,), (DECLINE, LEAVE)): 6} == found.first_places
    assert [("leaving", Attribution.ONLY_SECOND, 6)] == [
        (cause.rule, cause.parting, cause.count) for cause in found.causes
    ]
    assert (
        (
            ("danger", ("yes",)),
            ("status", ("active", "former")),
        )
        == found.common_values
        == found.causes[0].common_values
    )
    assert found.witness is not None
    assert {"danger": "yes", "status": "active"} == found.witness.known()


def test_a_rule_with_different_effects_is_reported_as_changed() -> None:
    """A rule with different effects in each policy is a cause."""
    weaker = {**DECLINING, "then": {"favors": {"leave": "strong"}}}

    (cause,) = compare(ONE, named("weaker", weaker)).causes

    assert ("declining", Attribution.CHANGED) == (cause.rule, cause.parting)


def test_changes_below_the_top_response_are_counted_separately() -> None:
    """Differences with the same top response have their own count."""
    lower = {**LEAVING, "then": {"favors": {"leave": "weak"}}}

    found = compare(ONE, named("lower", DECLINING, lower))

    assert (0, 6) == (found.first, found.order)


def test_where_restricts_the_comparison() -> None:
    """`where` restricts the situations that are counted."""
    found = compare(ONE, OTHER, where={"status": "active", "danger": [True, False]})

    assert (3, 6) == (found.count, found.total)


def test_a_comparison_of_a_sample_says_so() -> None:
    """The result says that the situations are a sample."""
    found = compare(ONE, OTHER, sample=40)

    assert found.sampled
    assert 40 == found.total
    assert 0 < found.count < 40
    assert "a random sample" in str(found)
    assert "a sample" not in str(compare(ONE, OTHER))
    assert found == compare(ONE, OTHER, sample=40)


def test_the_table_of_a_comparison_starts_with_the_shares() -> None:
    """It has the share of all changes, even if there are none, and then each change."""
    found = compare(ONE, OTHER)
    frame = found.to_frame()
    rows = {row["statistic"]: row for row in frame.to_dict("records")}

    assert ["ranking", "first", "order", "status"] == list(frame["statistic"])[:4]
    assert float(found.share) == rows["ranking"]["share"]
    assert (found.first, found.order) == (
        rows["first"]["count"],
        rows["order"]["count"],
    )
    changes = frame[frame["statistic"] == "change"]
    assert found.count == sum(changes["count"])
    assert {str(found.over)} == {*frame["over"]}
    none = compare(ONE, ONE).to_frame()
    assert [0.0] * 4 == list(none["share"])
    drawn = compare(ONE, OTHER, sample=40)
    first = drawn.to_frame().to_dict("records")[0]
    assert drawn.interval == (first["low"], first["high"])


def test_a_difference_has_every_output_format() -> None:
    """A difference has text, HTML and plain data."""
    found = compare(ONE, OTHER)

    assert "rankings differ in 6 of 27 situations (22.222%)" in str(found)
    assert "<td>leaving</td>" in found._repr_html_()
    assert {"danger": ["yes"], "status": ["active", "former"]} == found.to_dict()[
        "shared"
    ]


def test_agreement_leaves_full_ties_out_of_tau_and_counts_them() -> None:
    """Mean tau-b excludes situations in which one or both policies tie all options.

    `ONE` ranks 9 of 27 situations and ties all options in the others; so does `OTHER`.
    """
    (found,) = agreement([ONE, OTHER]).pairs
    alone = agreement([ONE, named("silent")])

    assert (27, 18) == (found.total, found.tau_undefined)
    # In 6 of 9 situations, 2 of 3 and of 4 ordered pairs agree; in the others, all.
    assert found.tau == pytest.approx((3 + 6 * 2 / sqrt(3 * 4)) / 9)
    assert (None, 27) == (alone.pairs[0].tau, alone.pairs[0].tau_undefined)
    assert "undefined  100%" in str(alone)
    assert "leaves out situations in which a policy ties all responses" in str(alone)


def test_agreement_gives_exact_shares() -> None:
    """Each pair of policies has exact shares."""
    found = agreement([ONE, OTHER, ONE])

    assert [Fraction(21, 27), 1, Fraction(21, 27)] == [p.first for p in found.pairs]
    assert 1 == found.pairs[1].tau
    assert "77.778%" in str(found)
