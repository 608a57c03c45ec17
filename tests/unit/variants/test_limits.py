"""Limits: which sweeps are refused, and when."""

from __future__ import annotations

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.variants import limits
from boundaryethics.variants.limits import A_DAY, Pace


def test_what_no_pace_could_do_is_refused() -> None:
    """A hundred variants a second for each process is the very best."""
    most = 100 * 2 * 86_400
    Pace(most, 2, A_DAY).refuse_hopeless()
    Pace(most * 9, 2, None).refuse_hopeless()

    with pytest.raises(AnalysisError, match=r"BE815: 17,280,001 variants .* 1 day\b"):
        Pace(most + 1, 2, A_DAY).refuse_hopeless()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (200, "1 second"),
        (20_000, "2 minutes"),
        (1_080_000, "2 hours"),
        (86_400_000, "5 days"),
    ],
)
def test_how_long_it_would_take_is_told(size: int, told: str) -> None:
    """In the largest unit of which there is one, whatever the limit."""
    with pytest.raises(AnalysisError, match=rf"they take about {told}\n"):
        Pace(size, 2, 0.0).refuse_hopeless()


def test_the_pace_of_the_first_is_held_against_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is measured once, over five variants of each process after the first."""
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(f"{limits.__name__}.perf_counter", lambda: next(clock))
    slow, quick = Pace(1000, 1, 9_939), Pace(1000, 1, 9_940)
    for pace in (slow, quick):
        for left in range(999, 994, -1):
            pace.step(left)

    quick.step(994)
    with pytest.raises(AnalysisError, match="at the pace of the first"):
        slow.step(994)
