"""The rows of a full factorial: each setting of some switches, as often as any other.

In: the cells of rows. Out: the settings with their shares, exact; or what is wrong
with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from math import isfinite
from numbers import Rational
from typing import Any, TypeAlias

from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.rows import SWITCH, Cells

#: The setting of each switch.
Setting: TypeAlias = tuple[int, ...]
#: What a row says: its setting, and its share.
Point: TypeAlias = tuple[Setting, Fraction]

#: What of a row is asked about.
SHARES = ("first", "ranking", "table_first", "table_ranking")
_SHOWN = 3


def points_of(
    cells: Iterable[Cells], share: str
) -> tuple[tuple[str, ...], tuple[Point, ...]]:
    """The names of the switches, and what each row with switches says.

    Raises:
        AnalysisError: the rows are no full factorial, or do not tell *share*.
    """
    if share not in SHARES:
        raise AnalysisError([_strange(share)])
    rows = [one for one in cells if any(map(_is_set, one.items()))]
    columns = (name for row in rows for name in row if name.startswith(SWITCH))
    names = tuple(dict.fromkeys(columns))
    problems = [*_problems(rows, names, share)]
    if problems:
        raise AnalysisError(problems)
    return (
        tuple(name.removeprefix(SWITCH) for name in names),
        tuple(_point(row, names, share) for row in rows),
    )


def _point(row: Cells, names: Iterable[str], share: str) -> Point:
    told = _share(row, share)
    return _setting(row, names), told or Fraction(0)


def _setting(row: Cells, names: Iterable[str]) -> Setting:
    return tuple(int(float(row[name])) for name in names)


def _share(row: Cells, share: str) -> Fraction | None:
    """The share that a row tells: by its counts, which are exact, or as it stands."""
    total: Any = row.get("table_total" if share.startswith("table_") else "total")
    changed: Any = row.get(f"{share}_changed")
    if _there(total) and _there(changed) and Fraction(total):
        return Fraction(changed) / Fraction(total)
    stated: Any = row.get(f"{share}_share")
    return Fraction(stated) if _there(stated) else None


def _is_set(cell: tuple[str, Any]) -> bool:
    return cell[0].startswith(SWITCH) and _there(cell[1])


def _there(cell: Any) -> bool:
    """Whether a cell says anything; the nothing of some frames is a NaN."""
    return cell != "" if isinstance(cell, str) else _is_number(cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Rational) or (isinstance(cell, float) and isfinite(cell))


def _problems(
    rows: list[Cells], names: tuple[str, ...], share: str
) -> Iterator[Problem]:
    if not rows:
        yield Problem(
            code="BE823",
            message="no row has a switch",
            help=f"the columns of switches begin with `{SWITCH}`",
        )
        return
    strange = [row for row in rows if any(not _is_switch(row.get(n)) for n in names)]
    for row in strange[:_SHOWN]:
        yield _no_switch(row, names)
    if not strange:
        yield from _unbalanced(rows, names)
    for row in [row for row in rows if _share(row, share) is None][:_SHOWN]:
        named = row.get("variant", "?")
        message = f"variant `{named}` has no share `{share}`"
        yield Problem(code="BE825", message=message, token=str(named))


def _is_switch(cell: Any) -> bool:
    return _there(cell) and str(cell) in {"0", "1", "0.0", "1.0"}


def _no_switch(row: Cells, names: Iterable[str]) -> Problem:
    name = next(name for name in names if not _is_switch(row.get(name)))
    cell = row.get(name)
    told = f"`{cell}`" if _there(cell) else "nothing"
    return Problem(
        code="BE824",
        message=f"switch `{name.removeprefix(SWITCH)}` is neither on nor off in "
        f"variant `{row.get('variant', '?')}`: {told}",
        help="a weight that ranges has no effect of one number",
    )


def _unbalanced(rows: Iterable[Cells], names: tuple[str, ...]) -> Iterator[Problem]:
    counts = Counter(_setting(row, names) for row in rows)
    most = max(counts.values())
    lacking = (s for s in product((0, 1), repeat=len(names)) if counts[s] < most)
    shown = [setting for setting, _ in zip(lacking, range(_SHOWN), strict=False)]
    for setting in shown:
        settings = zip(names, setting, strict=True)
        told = ", ".join(f"{n.removeprefix(SWITCH)} {v}" for n, v in settings)
        yield Problem(
            code="BE826",
            message=f"the design is not balanced: {counts[setting]} of {most} rows are "
            f"there with {told}",
            help="give all rows of a full factorial; other designs mix effects up",
        )


def _strange(share: str) -> Problem:
    listed = ", ".join(f"`{one}`" for one in SHARES)
    message = f"`{share}` is none of the shares {listed}"
    return Problem(code="BE825", message=message, token=share)
