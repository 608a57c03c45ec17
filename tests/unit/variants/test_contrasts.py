"""Contrasts: what each switch does, and which rows tell it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.variants.contrasting import switch_effects
from boundaryethics.variants.labels import Label
from boundaryethics.variants.rows import Row


def rows(**shares: float) -> list[dict[str, Any]]:
    """A row for each setting of two switches: `rows(on_off=0.5, ...)`."""
    values = {"off": 0, "on": 1}
    return [
        {
            "variant": name,
            "switch_a": values[name.split("_")[0]],
            "switch_b": values[name.split("_")[1]],
            "first_share": share,
        }
        for name, share in shares.items()
    ]


FULL = rows(off_off=0.0, off_on=0.25, on_off=0.5, on_on=1.0)


def codes(rows_given: list[dict[str, Any]], share: str = "first") -> set[str]:
    """The codes of the problems with which the rows are refused."""
    with pytest.raises(AnalysisError) as refused:
        switch_effects(rows_given, share=share)
    return {problem.code for problem in refused.value.problems}


def test_a_share_alone_will_do() -> None:
    """Where a row has no counts, its share is taken as it stands."""
    found = switch_effects(FULL)

    assert Fraction(5, 8) == found.of("a")
    assert Fraction(3, 8) == found.of("b")
    assert Fraction(1, 8) == found.of("b", "a")


def test_rows_of_other_families_are_passed_over() -> None:
    """What has no switch is no part of the factorial; nor has a NaN one."""
    others: list[dict[str, Any]] = [
        {"variant": "drop:x", "first_share": 0.5},
        {"switch_a": None, "switch_b": float("nan"), "first_share": 0.5},
    ]

    assert switch_effects(FULL) == switch_effects(FULL + others)


def test_cells_may_be_text() -> None:
    """As a CSV file without kinds gives them."""
    texts = [{name: str(cell) for name, cell in row.items()} for row in FULL]

    assert switch_effects(FULL) == switch_effects(texts)


def test_a_missing_row_is_refused_by_its_setting() -> None:
    """A part of a factorial mixes effects up; the first setting lacking is named."""
    with pytest.raises(AnalysisError, match="0 of 1 rows are there with a 1, b 1"):
        switch_effects(FULL[:3])


def test_a_row_too_many_is_refused() -> None:
    """Each setting has to be there as often as any other."""
    assert {"BE826"} == codes([*FULL, FULL[0]])


def test_weights_are_no_switches() -> None:
    """A setting that is neither 0 nor 1 is refused, by its variant."""
    assert {"BE824"} == codes([*FULL[:3], {**FULL[3], "switch_a": 2}])


def test_rows_without_switches_are_refused() -> None:
    """There is nothing to tell apart."""
    assert {"BE823"} == codes([{"variant": "drop:x", "first_share": 0.5}])
    assert {"BE823"} == codes([])


def test_a_row_without_its_share_is_refused() -> None:
    """A variant that could not be asked leaves a hole in the factorial."""
    with pytest.raises(AnalysisError, match="`on_on` has no share `first`"):
        switch_effects([*FULL[:3], {**FULL[3], "first_share": None}])


def test_an_unknown_share_is_refused() -> None:
    """Shares are first places or rankings."""
    assert {"BE825"} == codes(FULL, share="second")


def test_rows_may_be_values() -> None:
    """The rows of a sweep are taken as they are; one not asked has no share."""
    label = Label(family="switches", variant="switches:1", switches=(("a", 1),))

    with pytest.raises(AnalysisError, match="switches:1"):
        switch_effects([Row(label=label)])


def test_effects_show_themselves() -> None:
    """As text, as HTML, as plain data and as a frame, singles before pairs."""
    found = switch_effects(FULL)

    assert "a             +62.5%" in str(found)
    assert "<td>+62.5%</td>" in found._repr_html_()
    assert {"switches": ["a"], "effect": "5/8"} == found.to_dict()["contrasts"][0]
    assert ["", "", "b"] == list(found.to_frame()["with"])


def test_an_unknown_switch_has_no_effect() -> None:
    """To ask for it is a mistake."""
    with pytest.raises(KeyError):
        switch_effects(FULL).of("c")
