"""Words and lists of plain data, read strictly: what is not declared is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PolicyError, Problem

E = TypeVar("E", bound=StrEnum)

#: A mapping as a policy file holds it.
Plain: TypeAlias = Mapping[str, Any]

#: The ids that the schema of policy files allows.
_ID = re.compile("[a-z0-9][a-z0-9_.+-]*")


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


def strange_id(id: object, parent: str) -> Iterator[Problem]:
    """Why *id* cannot be that of a variant of *parent*: a file could not bear it."""
    if not (isinstance(id, str) and _ID.fullmatch(id)):
        yield Problem(
            code="BE103",
            message=f"`{id}` is not an id of lower-case letters, digits and hyphens",
            help="for example `a-variant`",
            token=str(id),
        )
    elif id == parent:
        yield Problem(
            code="BE308",
            message=f"policy `{id}` cannot be a variant of itself",
            help="give the variant an id of its own",
            token=id,
        )


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
