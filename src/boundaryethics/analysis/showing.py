"""Format rankings and situations on one line, or as plain data."""

from __future__ import annotations

from collections.abc import Iterable

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option


def told(ranking: Ranking) -> str:
    """A ranking on one line: `decline > ignore = leave > continue`."""
    return " > ".join(" = ".join(group) for group in ranking)


def firsts_in_order(
    firsts: Iterable[tuple[Option, ...]],
) -> tuple[tuple[Option, ...], ...]:
    """First places, each once: single options in their order, and then ties."""
    order = {option: number for number, option in enumerate(Option)}
    return tuple(
        sorted(set(firsts), key=lambda one: (len(one), [order[o] for o in one]))
    )


def listed(ranking: Ranking) -> list[list[str]]:
    """A ranking as plain data."""
    return [[option.value for option in group] for group in ranking]


def facts_told(situation: Situation | None) -> str:
    """What is known of a situation, on one line."""
    if situation is None:
        return "-"
    known = situation.known()
    return ", ".join(f"{n}: {v}" for n, v in known.items()) or "nothing known"


def facts_of(situation: Situation | None) -> dict[str, str] | None:
    """What is known of a situation, as plain data."""
    return None if situation is None else situation.known()
