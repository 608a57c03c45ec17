"""Words and lists of plain data, read strictly: what is not declared is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PolicyError, Problem

E = TypeVar("E", bound=StrEnum)

#: A mapping as a policy file holds it.
Plain: TypeAlias = Mapping[str, Any]


def listed(value: Any) -> tuple[str, ...]:
    """*value*, one text or several, as texts."""
    return (value,) if isinstance(value, str) else tuple(value)


def word(words: type[E], text: str) -> E:
    """The one of *words* that *text* is.

    Raises:
        PolicyError: it is none of them.
    """
    try:
        return words(text)
    except ValueError:
        raise PolicyError([_misfit(text, tuple(words))]) from None


def only_keys(plain: Plain, allowed: tuple[str, ...], named: str) -> None:
    """Refuse keys of *plain*, which is called *named*, that are not *allowed*.

    Raises:
        PolicyError: there are such keys; each is told.
    """
    if not isinstance(plain, Mapping):
        message = f"{named} is no group of keys"
        raise PolicyError([Problem(code="BE103", message=message)])
    wrong = [key for key in plain if key not in allowed]
    if wrong:
        raise PolicyError(
            Problem(
                code="BE102",
                message=f"{named} has no key `{key}`",
                help=did_you_mean(key, allowed),
                token=key,
            )
            for key in wrong
        )


def _misfit(text: object, allowed: tuple[str, ...]) -> Problem:
    listed = ", ".join(f"`{one}`" for one in allowed)
    return Problem(
        code="BE103",
        message=f"`{text}` is none of {listed}",
        help=did_you_mean(str(text), allowed),
    )
