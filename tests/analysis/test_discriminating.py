from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from boundaryethics.analysis import discriminating_vignettes
from boundaryethics.errors import AnalysisError, ArgumentError
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.panel import read_panel
from boundaryethics.policies import load_policy
from support.small_policies import VOCABULARY, policy_of

CONTINUE, IGNORE, DECLINE, LEAVE = Option

DECLINING = {
    "id": "declining",
    "when": {"danger": "yes"},
    "then": {"favors": {"decline": "strong"}},
}
LEAVING = {
    "id": "leaving",
    "when": {"status": "active"},
    "then": {"favors": {"leave": "strong"}},
}
IGNORING = {
    "id": "ignoring",
    "when": {"contact": "message", "danger": "no"},
    "then": {"opposes": {"ignore": "weak"}},
}


def named(name: str, *rules: Mapping[str, Any]) -> Policy:
    """Return a policy with these rules."""
    return attrs.evolve(policy_of(rules), id=name)


POLICIES = [
    named("one", DECLINING),
    named("two", DECLINING, LEAVING),
    named("three", DECLINING, IGNORING),
]


def test_each_round_has_the_best_vignette_for_each_rule() -> None:
    """The first vignette covers each rule that separates the policies."""
    found = discriminating_vignettes(POLICIES, 2)
    first, second = found.vignettes

    # Without danger, only the second policy ranks leaving above the rest, and the
    # third ranks ignoring below: each pair has another top response.
    assert {"contact": "message", "danger": "no", "status": "active"} == (
        first.situation.known()
    )
    assert (3, ["ignoring", "leaving"]) == (
        first.other_first,
        [by.rule for by in first.rules],
    )
    assert (("two",), ("three",)) == tuple(by.policies for by in first.rules[::-1])
    assert second.other_first <= first.other_first
    assert 27 == found.total
    assert () == found.uncovered


def test_read_panel_reads_the_file_of_vignettes(tmp_path: Path) -> None:
    """`read_panel` returns the same situations from the CSV file."""
    found = discriminating_vignettes(POLICIES, 3)
    file = tmp_path / "vignettes.csv"
    file.write_text(found.to_csv(), encoding="utf-8")
    rating = {"rater": "a", "vignette": "v01", "option": "leave", "rank": 1}

    for source in (file, found.situations()):
        panel = read_panel([rating], source, vocabulary=VOCABULARY)
        assert [(one.id, one.situation) for one in found.vignettes] == [
            (one.id, one.situation) for one in panel.vignettes
        ]


def test_the_questionnaire_shows_questions_and_no_rankings() -> None:
    """Raters see the facts in the words of the vocabulary, but not the policies."""
    text = discriminating_vignettes(POLICIES, 1).to_markdown()

    assert "## v01" in text
    assert "- Is there danger? **No**" in text
    assert all(f"(`{option}`)" in text for option in Option)
    assert not any(word in text for word in ("one", "two", "three:", "leaving", ">"))


def test_every_output_format_shows_what_separates_the_policies() -> None:
    """Text, data and data frame have rankings, rules and the measure."""
    found = discriminating_vignettes(POLICIES, 2, seed=3)
    data = found.to_dict()

    assert "leaving: applies in two" in str(found)
    assert "different top response in 3 of 3 pairs of policies" in str(found)
    assert {"ignoring": ["three"], "leaving": ["two"]} == data["vignettes"][0]["rules"]
    assert [["leave"], ["continue", "ignore", "decline"]] == (
        data["vignettes"][0]["rankings"]["two"]
    )
    assert 3 == data["provenance"]["seed"]
    assert "search: seed 3, at most 6 known facts\n" in str(found)
    only = discriminating_vignettes(POLICIES, 1, where={"danger": "no"}, most_facts=1)
    assert "seed 0, at most 1 known fact, only danger: no\n" in str(only)
    assert 6 == len(found.to_frame())
    assert "v01" in found._repr_html_()


def test_impossible_combinations_of_one_policy_are_in_no_vignette() -> None:
    """One policy that declares them is enough; other rankings stay the same."""
    ruled_out = {"contact": "message", "danger": "no"}
    study = POLICIES[2].variant("study", impossible=[ruled_out])
    free = discriminating_vignettes(POLICIES, 9)
    found = discriminating_vignettes([*POLICIES[:2], study], 9)

    def impossible(one: Any) -> bool:
        return bool(ruled_out.items() <= one.situation.known().items())

    assert any(map(impossible, free.vignettes))
    assert not any(map(impossible, found.vignettes))
    assert found.total < free.total
    rankings = {one.situation.row: one.rankings for one in free.vignettes}
    for one in found.vignettes:
        before = rankings.get(one.situation.row)
        assert before is None or [r for _, r in before] == [r for _, r in one.rankings]


def test_the_topic_can_be_known_before_any_contact() -> None:
    """It is unusual, but possible, unless a policy declares the combination."""
    unusual = {"contact": "co_presence", "message_content": "romantic"}
    policy = load_policy("apa-2017")
    study = policy.variant("apa-study", impossible=[unusual])

    assert not policy.vocabulary.validate(unusual)
    assert ["BE406"] == [one.code for one in study.vocabulary.validate(unusual)]


def test_equal_policies_have_no_vignettes() -> None:
    """Without a difference, the result and its file are empty."""
    found = discriminating_vignettes([POLICIES[0], named("same", DECLINING)], 3)

    assert (0, ()) == (found.differing, found.vignettes)
    assert "vignette\n" == found.to_csv()
    assert "0 discriminating vignettes" in str(found)


def test_vignettes_use_only_values_that_all_policies_have() -> None:
    """A value that one policy lacks is left out and reported."""
    more = POLICIES[1].variant(
        "more", facts={"danger": {"values": ["yes", "no", "maybe"]}}
    )
    found = discriminating_vignettes([POLICIES[0], more], 9)

    assert "left out: danger maybe, which only more has" in str(found)
    assert not any("maybe" == v.situation["danger"] for v in found.vignettes)
    with pytest.raises(AnalysisError, match="BE879"):
        discriminating_vignettes([POLICIES[0], more], 9, where={"danger": "maybe"})


def test_invalid_arguments_are_refused() -> None:
    """The policies must be two with different IDs, and the number within range."""
    with pytest.raises(AnalysisError, match="BE878"):
        discriminating_vignettes(POLICIES[:1], 3)
    with pytest.raises(AnalysisError, match="BE853"):
        discriminating_vignettes([POLICIES[0], POLICIES[0]], 3)
    with pytest.raises(ArgumentError, match="`n`"):
        discriminating_vignettes(POLICIES, 0)
    with pytest.raises(ArgumentError, match="`most_facts`"):
        discriminating_vignettes(POLICIES, 1, most_facts=-1)
