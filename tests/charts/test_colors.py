"""Colors differ in gray and with each color vision deficiency."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from boundaryethics.charts import heat_map, shares, transition_matrix
from boundaryethics.charts.charts import MOST_PARTS
from boundaryethics.charts.theme import CATEGORIES
from support.charts import svg_of

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

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
    "gray": ((0.2126, 0.7152, 0.0722),) * 3,
}

#: The distance from which two adjacent colors are distinct.
DISTINCT = 5.0


def linear(channel: int) -> float:
    """Convert an sRGB channel to linear light."""
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def channels(color: str) -> tuple[int, ...]:
    """Parse `#rrggbb` or `rgb(r, g, b)` into channels from 0 to 255."""
    if color.startswith("#"):
        return tuple(bytes.fromhex(color[1:]))
    return tuple(map(int, re.findall(r"\d+", color)))


def luminance(color: str) -> float:
    """Compute the relative luminance of *color* by WCAG 2, from 0 to 1."""
    red, green, blue = map(linear, channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Compute the contrast of two colors by WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def fills(svg: str, kind: str) -> list[str]:
    """List the fill colors of the marks of this *kind*, in order."""
    return re.findall(rf'roledescription="{kind}"[^>]* fill="([^"]+)"', svg)


def inks(svg: str, words: str) -> list[str]:
    """List the colors of the texts that match the pattern *words*."""
    return re.findall(rf'fill="([^"]+)"[^>]*>{words}</text>', svg)


def seen(color: str, eyes: str) -> tuple[float, float, float]:
    """Convert *color* to CIE L*a*b* as seen with these *eyes*."""
    light = [linear(channel) for channel in channels(color)]
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
    """Compute the CIE 1976 distance of two colors."""
    pairs = zip(seen(one, eyes), seen(other, eyes), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Return the shades of a heat map with evenly spaced values and its text colors."""
    steps = [str(step) for step in range(141)]
    chart = heat_map(["a"], steps, [[*range(141)]], title="", digits=1)
    svg = svg_of(chart, tmp_path_factory.mktemp("scale"))
    shades = fills(svg, "rect mark")
    # The numbers of the legend come after those of the cells.
    return shades, inks(svg, r"\d+\.0")[: len(shades)]


@pytest.mark.parametrize("eyes", SIMULATED)
def test_the_scale_darkens_with_every_color_vision(
    scale: tuple[list[str], list[str]], eyes: str
) -> None:
    """Lightness decreases in gray and with each color vision deficiency."""
    lightness = [seen(color, eyes)[0] for color in scale[0][::7]]

    assert 21 == len(lightness)
    assert all(light > dark for light, dark in pairwise(lightness))


def test_numbers_in_cells_have_enough_contrast(
    scale: tuple[list[str], list[str]],
) -> None:
    """On every shade, numbers have the contrast of 4.5 that WCAG 2 requires."""
    shades, printed = scale

    assert 141 == len(shades) == len(printed)
    assert all(4.5 <= contrast(*pair) for pair in zip(shades, printed, strict=True))


@pytest.mark.parametrize("eyes", SIMULATED)
def test_colors_of_parts_differ(tmp_path: Path, eyes: str) -> None:
    """Any two colors of a chart differ with this color vision and in gray."""
    for number in range(2, MOST_PARTS + 1):
        counts = {f"part{n}": 1 for n in range(number)}
        colors = fills(svg_of(shares({"a": counts}, title=""), tmp_path), "bar")

        assert number == len(set(colors))
        apart = (distance(a, b, eyes) for a, b in combinations(colors, 2))
        assert DISTINCT < min(apart)


def test_adjacent_colors_have_enough_contrast() -> None:
    """Adjacent category colors have the contrast of 3 that WCAG 2 requires."""
    assert MOST_PARTS == len(CATEGORIES)
    assert all(contrast(*pair) >= 3 for pair in pairwise(CATEGORIES))


@pytest.mark.parametrize("number", range(1, MOST_PARTS + 1))
def test_labels_on_parts_have_enough_contrast(tmp_path: Path, number: int) -> None:
    """The text on each part has the contrast that WCAG 2 requires."""
    counts = {"a": {f"p{n}": 1 for n in range(number)}, "b": {"p0": 1}}
    svg = svg_of(shares(counts, title=""), tmp_path)
    labels = inks(svg, r"p\d [\d.]+%")

    pairs = [*zip(fills(svg, "bar"), labels, strict=True)]
    assert number + 1 == len(pairs)
    assert all(4.5 <= contrast(*pair) for pair in pairs)


def test_the_largest_flow_is_the_darkest(tmp_path: Path) -> None:
    """The larger of two flows is darker."""
    svg = svg_of(
        transition_matrix({("a", "b"): 9, ("b", "a"): 1}, total=10, title=""), tmp_path
    )
    colors = [c for c in fills(svg, "rect mark") if c != "#ffffff"]

    assert luminance(colors[0]) < luminance(colors[1])


def test_a_category_keeps_its_color_if_another_is_missing(tmp_path: Path) -> None:
    """Known categories have fixed colors, and others get the remaining ones."""
    known = ["continue", "ignore", "decline", "leave"]
    whole = {**dict.fromkeys(known, 1.0), "a tie": 1.0}
    expected = dict(zip(whole, CATEGORIES, strict=False))
    for absent in ("", *known):
        counts = {name: one for name, one in whole.items() if name != absent}
        chart = shares({"a": counts}, title="", parts=known)
        colors = fills(svg_of(chart, tmp_path), "bar")

        assert [expected[name] for name in counts] == colors
