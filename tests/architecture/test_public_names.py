"""The front door lists what is public."""

from __future__ import annotations

from pathlib import Path

import boundaryethics

LISTING = Path(__file__).with_name("public_api.txt")


def test_public_names_are_the_listed_ones() -> None:
    """Whoever adds or removes a public name changes the listing, where it is seen."""
    assert LISTING.read_text("utf-8").split() == sorted(boundaryethics.__all__)


def test_public_names_are_there() -> None:
    """Each name that the front door lists can be had from it."""
    missing = {n for n in boundaryethics.__all__ if not hasattr(boundaryethics, n)}

    assert set() == missing
