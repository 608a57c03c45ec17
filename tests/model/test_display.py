from __future__ import annotations

import pytest

from boundaryethics.model.display import display_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("leave", 5),
        ("verl\u00e4sst", 8),
        ("e\u0301", 1),
        ("\u96e2\u8131", 4),
        ("\uff41", 2),
        ("\u200b", 0),
        ("\U0001f469\u200d\u2695", 2),
    ],
)
def test_characters_take_the_columns_of_a_terminal(text: str, width: int) -> None:
    """East Asian characters take two columns; marks and joined characters take none."""
    assert width == display_width(text)
