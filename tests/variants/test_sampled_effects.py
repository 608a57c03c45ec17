"""Effects of switches in sampled designs: regression and Sobol indices."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import linregress, sobol_indices

from boundaryethics.errors import AnalysisError
from boundaryethics.model.rules import Option
from boundaryethics.variants import (
    FactorialDesign,
    Range,
    Sweep,
    factorial_effects,
    switch_effects,
)
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import SweepRow, rank_changes
from support.small_policies import policy_of

C, D = (Option.CONTINUE,), (Option.DECLINE,)
WHOLE = 1_000


def sweep_of(design: str, settings: Any, counts: Any) -> Sweep:
    """Make a sweep of a design, in which each setting changes some first ranks."""
    rows = [
        SweepRow(
            label=VariantLabel(
                family="switches",
                variant=f"switches:{design}-{number}",
                switches=tuple(zip("abc", map(int, setting), strict=False)),
            ),
            space=rank_changes(
                [(C, D, int(count)), (C, C, WHOLE - int(count))], int(count)
            ),
        )
        for number, (setting, count) in enumerate(zip(settings, counts, strict=True))
    ]
    return Sweep(base="base", fingerprint="f", where={}, rows=tuple(rows))


def model(settings: Any) -> Any:
    """Return the changed situations of settings, with an interaction of a and b."""
    a, b, c = np.asarray(settings, float).T
    return 40 * a + 25 * b * a + 10 * c + 100


def saltelli(samples: int) -> list[tuple[Any, ...]]:
    """Return the settings of a Saltelli design of three ranges."""
    base = policy_of(principles={name: {} for name in "abc"})
    ranges = tuple(Range(name, 0, 5) for name in "abc")
    design = FactorialDesign(ranges, "saltelli", samples=samples, seed=3)
    found = [tuple(dict(one.label.switches).values()) for one in design.of(base)]
    assert len(found) == design.size(base) == samples * 5
    return found


def test_a_saltelli_design_has_blocks() -> None:
    """In each block, one switch at a time is set as in the second point."""
    settings = np.array(saltelli(8)).reshape(8, 5, 3)
    for one, *mixed, other in settings:
        for place, row in enumerate(mixed):
            assert row[place] == other[place]
            assert (np.delete(row, place) == np.delete(one, place)).all()


def test_indices_of_a_saltelli_design_equal_those_of_scipy() -> None:
    """The estimators are those of Saltelli (2010) and Jansen, as in SciPy."""
    samples = 64
    settings = saltelli(samples)
    counts = model(settings)
    found = switch_effects(sweep_of("saltelli", settings, counts))
    blocks = (counts / WHOLE).reshape(samples, 5).T
    given = {"f_A": blocks[:1], "f_B": blocks[4:], "f_AB": blocks[1:4, None]}
    wanted = sobol_indices(func=given, n=samples)
    assert [found.of(name).first_order for name in "abc"] == pytest.approx(
        # SciPy centers by the mean of two of the five parts of each block.
        wanted.first_order,
        abs=0.02,
    )
    assert [found.of(name).total_order for name in "abc"] == pytest.approx(
        wanted.total_order, rel=1e-9
    )


def test_indices_equal_those_of_salib() -> None:
    """SALib 1.6.0 gave these for A, AB and B below (`SALib.analyze.sobol`)."""
    settings = [
        *((0, 1, 2), (3, 1, 2), (0, 4, 2), (0, 1, 5), (3, 4, 5)),
        *((5, 0, 1), (1, 0, 1), (5, 2, 1), (5, 0, 3), (1, 2, 3)),
        *((2, 3, 4), (4, 3, 4), (2, 5, 4), (2, 3, 0), (4, 5, 0)),
        *((1, 5, 0), (0, 5, 0), (1, 1, 0), (1, 5, 2), (0, 1, 2)),
    ]
    found = switch_effects(sweep_of("saltelli", settings, model(settings)))
    assert [found.of(name).first_order for name in "abc"] == pytest.approx(
        [1.14631671, 0.2306718, -0.09178007], rel=1e-6
    )
    assert [found.of(name).total_order for name in "abc"] == pytest.approx(
        [0.41319716, 0.23713924, 0.00948557], rel=1e-6
    )


def test_indices_of_a_sampled_design_equal_those_of_salib() -> None:
    """The session `mcda` installs SALib, which has the same indices for a design."""
    sobol = pytest.importorskip("SALib.analyze.sobol")
    settings = saltelli(64)
    counts = model(settings)
    found = switch_effects(sweep_of("saltelli", settings, counts))
    named = {"names": [*"abc"], "num_vars": 3, "bounds": [[0, 5]] * 3}
    wanted = sobol.analyze(named, counts.astype(float), calc_second_order=False)
    for number, one in enumerate(map(found.of, "abc")):
        assert one.first_order == pytest.approx(wanted["S1"][number], rel=1e-9)
        assert one.total_order == pytest.approx(wanted["ST"][number], rel=1e-9)


def test_indices_of_all_combinations_are_exact() -> None:
    """The first-order indices and the interactions add up to 1."""
    settings = [*product(range(3), range(2), range(4))]
    found = switch_effects(sweep_of("0", settings, model(settings)))
    a, b, c = (found.of(name) for name in "abc")
    assert c.first_order == pytest.approx(c.total_order)
    both = a.total_order - a.first_order  # type: ignore[operator]
    assert both == pytest.approx(b.total_order - b.first_order)  # type: ignore[operator]
    total = a.first_order + b.first_order + c.first_order + both  # type: ignore[operator]
    assert total == pytest.approx(1)


def test_main_effects_equal_those_of_a_regression() -> None:
    """With one switch, the effect and its error are those of a simple regression."""
    settings = [(0,), (1,), (2,), (5,), (5,)]
    counts = [100, 140, 150, 210, 260]
    (one,) = switch_effects(sweep_of("latin", settings, counts)).switches
    wanted = linregress(np.ravel(settings), np.array(counts) / WHOLE)
    assert (one.effect, one.error) == pytest.approx(
        (5 * wanted.slope, 5 * wanted.stderr)
    )
    assert one.total_order is None


def test_effects_of_a_complete_design_have_no_standard_error() -> None:
    """They are exact: the means with a switch on and off differ by the effect."""
    settings = [*product(range(2), repeat=3)]
    found = switch_effects(sweep_of("0", settings, model(settings)))
    exact = factorial_effects(sweep_of("0", settings, model(settings)))

    for name in "abc":
        assert found.of(name).error is None
        assert found.of(name).effect == pytest.approx(float(exact.of(name)))
    assert found.no_error == found.to_dict()["no_error"]
    assert "no standard error: all combinations of settings occur" in str(found)

    half = switch_effects(sweep_of("sobol", settings[:6], model(settings[:6])))
    assert None not in {one.error for one in half.switches}
    assert "no standard error" not in str(half)


def test_a_switch_without_an_effect_has_the_effect_zero() -> None:
    """Rounding errors of the regression are not effects."""
    for design in ("0", "sobol"):
        settings = [*product(range(2), range(2), range(1, 4))]
        counts = [13 * a + 7 * c * c for a, _, c in settings]
        found = switch_effects(sweep_of(design, settings, counts))
        assert found.of("b").effect == 0
        assert found.of("b").total_order == 0
        assert "+0 " in str(found)


def test_settings_that_always_change_together_are_rejected() -> None:
    """Their effects cannot be separated."""
    for settings in ([(0, 0), (1, 1), (2, 2)], [(0, 1), (1, 1), (2, 1)]):
        with pytest.raises(AnalysisError) as refused:
            switch_effects(sweep_of("latin", settings, [1, 2, 4]))
        assert refused.value.problems[0].code == "BE876"


def test_a_share_that_never_varies_has_no_indices() -> None:
    """There is no variance to explain."""
    found = switch_effects(sweep_of("sobol", [(0,), (1,), (1,)], [5, 5, 5]))
    assert found.of("a").first_order is None
    assert found.r_squared is None
    assert Fraction(found.mean).limit_denominator(1000) == Fraction(5, 1000)


def test_settings_that_hardly_repeat_have_no_indices() -> None:
    """A setting that occurs once would explain any share."""
    noise = np.random.default_rng(1).integers(0, 500, 12)
    once = [(number, number * 5 % 12) for number in range(12)]
    found = switch_effects(sweep_of("latin", once, noise))

    assert {one.first_order for one in found.switches} == {None}
    assert "no index from fewer than 3 rows per setting" in str(found)


def test_a_correlation_ratio_is_adjusted_for_the_number_of_settings() -> None:
    """Over many samples, a switch without an effect has an index near 0."""
    draw = np.random.default_rng(2)
    found = []
    for _ in range(50):
        settings = draw.integers(0, 4, (16, 2))
        counts = draw.integers(0, 500, 16)
        both = switch_effects(sweep_of("latin", settings, counts)).switches
        found += [one.first_order for one in both if one.first_order is not None]

    # Without the adjustment, the mean is (4 - 1) / (16 - 1) = 0.2.
    assert 50 < len(found) <= 100
    assert np.mean(found) < 0.12


def test_effects_name_the_population() -> None:
    """It is in the text, the data and the chart."""
    found = switch_effects(sweep_of("latin", [(0,), (1,), (3,)], [1, 2, 4]))

    assert "over all possible situations (1,000 situations)" in str(found)
    assert found.to_dict()["over"] == found.over
    assert found.over in str(found.chart().to_dict())
