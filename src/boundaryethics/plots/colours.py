"""Colours that stay apart in grey, and for eyes that tell some colours badly.

One scale serves for all: cividis, which was made so that it looks nearly the same to
eyes with and without a deficiency of colour vision, and grows evenly darker.
"""

from __future__ import annotations

from itertools import pairwise

#: Cividis (Nuñez, Anderton and Renslow, 2018) in even steps, from light to dark.
CIVIDIS = (
    "#fee838",
    "#e1cc55",
    "#c3b369",
    "#a59c74",
    "#8a8678",
    "#707173",
    "#575d6d",
    "#3b496c",
    "#123570",
    "#00224e",
)
#: For lines and words.
INK, PAPER, FAINT, LINE = "#000000", "#ffffff", "#d9d9d9", "#767676"


def shade(tone: float) -> str:
    """The colour at *tone*, from 0, the lightest, to 1, the darkest."""
    steps = len(CIVIDIS) - 1
    place = min(int(tone * steps), steps - 1)
    one, other = tuple(pairwise(CIVIDIS))[place]
    part = tone * steps - place
    mixed = (
        round(a + (b - a) * part)
        for a, b in zip(channels(one), channels(other), strict=True)
    )
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def apart(number: int) -> tuple[str, ...]:
    """So many colours, from dark to light, as far apart as can be."""
    return tuple(shade(1 - place / max(number - 1, 1)) for place in range(number))


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on *colour*."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """How well two colours can be told, from 1 to 21, as WCAG 2 has it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of *colour*, from 0 to 1, as WCAG 2 has it."""
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, each from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    dark = channel <= 0.04045  # noqa: PLR2004
    return channel / 12.92 if dark else ((channel + 0.055) / 1.055) ** 2.4


#: For two kinds of bars, side by side or one behind the other.
DARK, LIGHT = shade(0.86), shade(0.3)
