"""Numbers as they stand in pictures: short, and never rounded to what is not so."""

from __future__ import annotations

_MINUS = "\N{MINUS SIGN}"
_PLAIN, _SMALL = 1_000, 0.001
#: From here on three digits would be those of a thousand.
_NEARLY_PLAIN = 999.5
_ALL = 100
_LEAST, _NEARLY, _MOST = 0.01, 99.5, 99.99


def told(value: float) -> str:
    """A number in three digits or so."""
    size = abs(value)
    if value == int(value) and size < _PLAIN * _PLAIN:
        return f"{int(value):,}".replace("-", _MINUS)
    if size < _SMALL:
        return f"<{_SMALL}" if value > 0 else f">{_MINUS}{_SMALL}"
    whole = _NEARLY_PLAIN <= size < _PLAIN**4
    text = f"{value:,.0f}" if whole else f"{value:.3g}"
    return text.replace("-", _MINUS)


def share(part: int, whole: int) -> str:
    """A share as a percentage; neither none nor all where it is some."""
    if not whole or part in {0, whole}:
        return "100%" if whole and part else "0%"
    percentage = 100 * part / whole
    if percentage < _LEAST:
        return f"<{_LEAST}%"
    if percentage > _MOST:
        return f">{_MOST}%"
    kept = f"{percentage:.3g}" if percentage < _NEARLY else f"{percentage:.2f}"
    return f"{kept}%"


def rounded(value: float, digits: int, unit: str = "") -> str:
    """A number with so many decimals; of a percentage, neither none nor all."""
    text, least = f"{value:.{digits}f}", 10**-digits
    if unit == "%" and value not in {0, _ALL}:
        if float(text) == 0:
            return f"<{least:.{digits}f}%"
        if float(text) == _ALL:
            return f">{_ALL - least:.{digits}f}%"
    return f"{text}{unit}".replace("-", _MINUS)
