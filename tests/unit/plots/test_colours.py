"""Colours that can be told in grey, and by eyes that tell some colours badly."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.plots.colours import (
    CIVIDIS,
    apart,
    channels,
    contrast,
    ink_on,
    luminance,
    shade,
)
from boundaryethics.plots.parting import MOST_PARTS

#: Machado, Oliveira and Fernandes (2009), severity 1.0, for linear red, green, blue.
SIMULATED = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}

#: From here on two colours side by side are told at a glance.
TOLD_APART = 5.0


def linear(channel: int) -> float:
    """An sRGB channel as light."""
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def seen(colour: str, eyes: str) -> tuple[float, float, float]:
    """*colour* as these *eyes* see it, in CIE L*a*b*."""
    light = [linear(channel) for channel in channels(colour)]
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, light, strict=True)), 0.0), 1.0)
        for row in SIMULATED[eyes]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, eyes: str) -> float:
    """How far apart two colours look (CIE 1976)."""
    pairs = zip(seen(one, eyes), seen(other, eyes), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def test_the_scale_grows_evenly_darker() -> None:
    """Each step of the scale is darker than the one before, in grey as in colour."""
    steps = [luminance(shade(tone / 100)) for tone in range(101)]

    assert all(light > dark for light, dark in pairwise(steps))
    assert (CIVIDIS[0], CIVIDIS[-1]) == (shade(0), shade(1))


@pytest.mark.parametrize("eyes", SIMULATED)
def test_the_scale_grows_darker_for_all_eyes(eyes: str) -> None:
    """Its lightness falls for eyes without one kind of cone too."""
    lightness = [seen(shade(tone / 20), eyes)[0] for tone in range(21)]

    assert all(light > dark for light, dark in pairwise(lightness))


@pytest.mark.parametrize("eyes", SIMULATED)
@pytest.mark.parametrize("number", range(2, MOST_PARTS + 1))
def test_parts_are_told_apart_by_all_eyes(eyes: str, number: int) -> None:
    """Any two colours of a picture differ for these eyes, and in grey."""
    colours = apart(number)

    assert number == len(set(colours))
    assert TOLD_APART < min(distance(a, b, eyes) for a, b in combinations(colours, 2))


@given(st.floats(0, 1))
def test_what_is_printed_in_a_cell_can_be_read(tone: float) -> None:
    """Numbers keep the contrast of 4.5 that WCAG 2 asks of text, on every shade."""
    colour = shade(tone)

    assert 4.5 <= contrast(ink_on(colour), colour)


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white has 21, a colour on itself has 1."""
    assert 21 == pytest.approx(contrast("#000000", "#ffffff"))
    assert 1 == contrast("#123456", "#123456")
    assert 4.54 == pytest.approx(contrast("#767676", "#ffffff"), abs=0.01)
