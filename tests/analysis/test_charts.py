"""Charts show exactly the numbers of the results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

from boundaryethics.analysis import (
    agreement,
    compare,
    counterfactuals,
    diff,
    open_questions,
    ranking_counts,
    rule_impact,
)
from boundaryethics.analysis.agreement import Measure
from boundaryethics.batch.summary import LACKING, Summary, chart_of
from boundaryethics.model.policy import Policy
from boundaryethics.report import Count, ranking_text
from support.charts import data_of, shown, svg_of
from support.small_policies import policy_of
from support.strategies import policies

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

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
NEVER = {
    "id": "never",
    "when": {"all": [{"danger": "yes"}, {"danger": "no"}]},
    "then": {"favors": {"leave": "strong"}},
}


def named(name: str, *rules: Mapping[str, Any]) -> Policy:
    """Return a policy with these rules."""
    return attrs.evolve(policy_of(rules), id=name)


ONE, OTHER = named("one", DECLINING, NEVER), named("other", DECLINING, LEAVING, NEVER)


@pytest.mark.parametrize(
    ("measure", "factor"), [("first", 100), ("ranking", 100), ("tau", 1)]
)
def test_the_chart_of_agreement_is_a_heat_map(measure: Measure, factor: int) -> None:
    """Each pair has its agreement in both orders, and each policy agrees with itself.

    `third` always ties all options, so its tau-b with others is undefined.
    """
    found = agreement([ONE, OTHER, named("third")])
    expected: dict[tuple[str, str], float | None] = {
        (n, n): float(factor) for n in ("one", "other", "third")
    }
    for pair in found.pairs:
        alike = getattr(pair, measure)
        value = None if alike is None else float(factor * alike)
        expected |= {(pair.a, pair.b): value, (pair.b, pair.a): value}
    drawn = data_of(found.chart(measure), "row", "column", "value")

    assert expected == {(row, column): value for row, column, value in drawn}


def test_the_chart_of_a_difference_shows_changed_top_responses(tmp_path: Path) -> None:
    """Each change of the top response has its count; the subtitle gives the rest."""
    found = compare(ONE, OTHER)
    drawn = data_of(found.chart(), "row", "column", "value")

    assert [("decline", "decline = leave", 6)] == [cell for cell in drawn if cell[2]]
    words = shown(svg_of(found.chart(), tmp_path))
    assert "Changes in the top response, from one to other" in words
    assert "in 77.778% the top response is the same" in words
    assert "22.22%" in words


def test_charts_without_a_difference_say_so(tmp_path: Path) -> None:
    """Charts of equal policies and of empty edits say that nothing differs."""
    assert "nothing to show" in shown(svg_of(compare(ONE, ONE).chart(), tmp_path))
    assert "nothing to show" in shown(svg_of(diff(ONE, ONE).chart(), tmp_path))


def test_the_chart_of_an_edit_is_the_chart_of_its_difference() -> None:
    """Both charts have the same specification."""
    edit = diff(ONE, OTHER)

    assert compare(ONE, OTHER).chart().to_dict() == edit.chart().to_dict()


def test_the_chart_of_rule_impact_has_bars_by_rule(tmp_path: Path) -> None:
    """Each rule that applies has both shares; the subtitle counts the others."""
    found = rule_impact(OTHER)
    drawn = set(data_of(found.chart(), "row", "value"))

    assert drawn == {
        (effect.rule, 100 * count / found.total)
        for effect in found.rules
        if effect.binding
        for count in (effect.changing, effect.binding)
    }
    assert "rules that never apply, left out: 1" in shown(
        svg_of(found.chart(), tmp_path)
    )


def test_the_chart_of_counterfactuals_is_a_dot_strip(tmp_path: Path) -> None:
    """Each fact of a smallest change has a mark at the number of changed facts."""
    found = counterfactuals({"danger": "yes"}, ONE)
    drawn = {
        (row.partition(":")[0], kind, value)
        for row, kind, value in data_of(found.chart(), "row", "kind", "value")
    }

    assert drawn == {
        (move.fact, option.value, least.distance)
        for option, least in found.to.items()
        for change in least.changes
        for move in change.moves
    }
    assert "currently first: decline" in shown(svg_of(found.chart(), tmp_path))


def test_options_that_are_never_first_are_named(tmp_path: Path) -> None:
    """The subtitle names options that no change puts first."""
    always = {"id": "always", "when": {}, "then": {"forbids": ["leave"]}}
    words = shown(
        svg_of(counterfactuals({}, named("p", always, DECLINING)).chart(), tmp_path)
    )

    assert "nothing makes leave rank first" in words


def test_the_chart_of_ranking_counts_has_shares_of_top_responses() -> None:
    """Each top response has the count of all rankings that it leads."""
    found = ranking_counts(OTHER)
    expected: dict[str, Count] = {}
    for placed in found.rankings:
        first = ranking_text(placed.ranking[:1])
        expected[first] = expected.get(first, 0) + placed.count

    assert expected == dict(data_of(found.chart(), "part", "count"))
    assert found.total == sum(expected.values())


def test_the_chart_of_open_questions_has_shares_of_completions() -> None:
    """Each possible top response has its number of completions."""
    found = open_questions({"contact": "message"}, OTHER)
    drawn = dict(data_of(found.chart(), "part", "count"))

    assert {
        frozenset(name.split(" = ")): count for name, count in drawn.items()
    } == found.firsts


def test_the_chart_of_summaries_has_shares_by_policy() -> None:
    """Each policy shows single top responses, then ties, then the rest."""
    firsts = (("decline", 60), ("decline=leave", 20), ("continue", 5))
    one = Summary(policy="p", fingerprint="", rows=100, first=firsts, problems=())
    other = attrs.evolve(one, policy="q", first=(("decline", 100),))

    assert [
        ("p", "continue", 5),
        ("p", "decline", 60),
        ("p", "decline=leave", 20),
        ("p", LACKING, 15),
        ("q", "decline", 100),
    ] == data_of(chart_of([one, other]), "row", "part", "count")
    assert one.chart().to_dict() == chart_of([one]).to_dict()


@given(policies())
@settings(max_examples=15, deadline=None)
def test_charts_of_random_policies_are_valid(policy: Policy) -> None:
    """All charts of a random policy are valid and include all situations."""
    placed, effects = ranking_counts(policy), rule_impact(policy)
    firsts = data_of(placed.chart(), "count")
    drawn = {rule for (rule,) in data_of(effects.chart(), "row")}

    assert placed.total == sum(count for (count,) in firsts)
    assert {e.rule for e in effects.rules if e.binding} == drawn
    assert counterfactuals({}, policy).chart().to_dict()["layer"]
    assert open_questions({}, policy).chart().to_dict()["layer"]
