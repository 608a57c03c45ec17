from __future__ import annotations

import sys
from types import ModuleType

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model import display
from boundaryethics.model.rules import Option
from boundaryethics.report import Table, percent, ranking_text

TABLE = Table(
    lines=("a line",), columns=("name", "count"), rows=(("one", 1200), ("<b>\x1b", 3))
)


def test_numbers_are_right_aligned() -> None:
    """Text is left-aligned."""
    expected = ["a line", "", "name  count", "one   1,200", "<b>\ufffd      3"]

    assert expected == TABLE.text().splitlines()


def test_policy_texts_are_escaped_in_tables() -> None:
    """HTML is escaped, and control characters are replaced."""
    assert "&lt;b&gt;" in TABLE.html()
    assert "<b>" not in TABLE.html()
    assert "\x1b" not in TABLE.text()


def test_a_ranking_is_formatted_on_one_line() -> None:
    """Ranks are separated by `>`, and tied options by `=`."""
    ranking = ((Option.DECLINE,), (Option.IGNORE, Option.LEAVE), (Option.CONTINUE,))

    assert "decline > ignore = leave > continue" == ranking_text(ranking)


@pytest.mark.parametrize(
    ("part", "expected"),
    [(0, "0%"), (1, "0.001%"), (500_000_000, "50.000%"), (999_999_999, "99.999%")],
)
def test_shares_are_never_rounded_to_0_or_100_percent(part: int, expected: str) -> None:
    """Only exact shares are shown as 0% or 100%."""
    assert expected == percent(part, 1_000_000_000)
    assert "100%" == percent(5, 5)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_data_frame_uses_the_installed_library(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame has the columns, with values in the order of the rows."""
    module = ModuleType(library)
    module.DataFrame = dict  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, library, module)
    monkeypatch.setattr(display, "find_spec", lambda name: name == library or None)

    assert {"name": ["one", "<b>\x1b"], "count": [1200, 3]} == TABLE.frame()


def test_an_error_suggests_a_data_frame_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It occurs if neither pandas nor polars is installed."""
    monkeypatch.setattr(display, "find_spec", lambda _: None)

    with pytest.raises(AnalysisError, match="pip install pandas"):
        TABLE.frame()
