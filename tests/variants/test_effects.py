"""Main effects and interactions of switches, and the rows that they need."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model.rules import Option
from boundaryethics.variants import Sweep, factorial_effects
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import SweepRow, rank_changes

C, D = (Option.CONTINUE,), (Option.DECLINE,)


def row(name: str, *settings: int, first: int | None) -> SweepRow:
    """Make a row in which *first* of 100 situations change their first rank."""
    counts = [(C, D, first or 0), (C, C, 100 - (first or 0))]
    return SweepRow(
        label=VariantLabel(
            family="switches",
            variant=name,
            switches=(*zip("ab", settings, strict=False),),
        ),
        space=None if first is None else rank_changes(counts, first),
    )


def sweep_of(*rows: SweepRow) -> Sweep:
    """Make a sweep with *rows*."""
    return Sweep(base="base", fingerprint="f", where={}, rows=rows)


FULL = (
    row("off-off", 0, 0, first=0),
    row("off-on", 0, 1, first=25),
    row("on-off", 1, 0, first=50),
    row("on-on", 1, 1, first=100),
)
NONE = SweepRow(
    label=VariantLabel(family="drop", variant="drop:x"), space=FULL[1].space
)


def codes(*rows: SweepRow, share: str = "first") -> set[str]:
    """Return the codes of the problems of *rows*."""
    with pytest.raises(AnalysisError) as refused:
        factorial_effects(sweep_of(*rows), share=share)
    return {problem.code for problem in refused.value.problems}


def test_effects_are_exact() -> None:
    """Each switch has its main effect, and the two have an interaction."""
    found = factorial_effects(sweep_of(*FULL))

    assert Fraction(5, 8) == found.of("a")
    assert Fraction(3, 8) == found.of("b")
    assert Fraction(1, 8) == found.of("b", "a")


def test_rows_of_other_families_are_ignored() -> None:
    """A row without switches does not belong to the factorial."""
    assert factorial_effects(sweep_of(*FULL)) == factorial_effects(
        sweep_of(*FULL, NONE)
    )


def test_the_shares_of_rankings_and_tables_have_effects_too() -> None:
    """A table has its own shares; without a table they are missing."""
    asked = [attrs.evolve(one, table=one.space) for one in FULL]
    found = factorial_effects(sweep_of(*asked), share="table_ranking")

    assert Fraction(5, 8) == found.of("a")
    assert {"BE825"} == codes(*FULL, share="table_first")


def test_a_missing_row_is_rejected() -> None:
    """A fraction of a factorial confounds effects; the error names the setting."""
    with pytest.raises(AnalysisError, match="setting `a on, b on` has 0 rows"):
        factorial_effects(sweep_of(*FULL[:3]))


def test_an_extra_row_is_rejected() -> None:
    """Each setting must appear equally often."""
    assert {"BE826"} == codes(*FULL, FULL[0])


def test_a_setting_must_be_on_or_off() -> None:
    """A weight or a missing setting is rejected; the error names the variant."""
    assert {"BE824"} == codes(*FULL[:3], row("on-2", 1, 2, first=1))
    with pytest.raises(AnalysisError, match="in variant `on`: it has no setting"):
        factorial_effects(sweep_of(*FULL[:3], row("on", 1, first=1)))


def test_rows_without_switches_are_rejected() -> None:
    """There is no effect to estimate."""
    assert {"BE823"} == codes(NONE)
    assert {"BE823"} == codes()


def test_a_row_without_a_share_is_rejected() -> None:
    """A variant that could not be compared leaves a gap in the factorial."""
    with pytest.raises(AnalysisError, match="`on-on` has no share `first`"):
        factorial_effects(sweep_of(*FULL[:3], row("on-on", 1, 1, first=None)))


def test_an_unknown_share_is_rejected() -> None:
    """A share is over first ranks or over rankings."""
    assert {"BE825"} == codes(*FULL, share="second")


def test_effects_convert_to_all_formats() -> None:
    """Text, HTML, plain data and data frame list single switches before pairs."""
    found = factorial_effects(sweep_of(*FULL))

    assert "a                         +62.5" in str(found)
    assert "<td>+62.5</td>" in found._repr_html_()
    effect = {"numerator": 5, "denominator": 8}
    assert {"switches": ["a"], "effect": effect} == found.to_dict()["contrasts"][0]
    assert ["", "", "b"] == list(found.to_frame()["with"])


def test_an_unknown_switch_raises_a_key_error() -> None:
    """An unknown switch is a KeyError."""
    with pytest.raises(KeyError):
        factorial_effects(sweep_of(*FULL)).of("c")
