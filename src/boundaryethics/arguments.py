"""Check the arguments of public functions against their annotations.

An invalid argument raises an `ArgumentError` that names it. This module does not check
situations, policies or other arguments that have their own converter.
"""

from __future__ import annotations

import builtins
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from functools import lru_cache, wraps
from importlib import import_module
from numbers import Integral, Real
from operator import is_
from pathlib import Path
from types import SimpleNamespace, UnionType
from typing import (
    Any,
    Literal,
    NoReturn,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from boundaryethics._files import LONGEST_NAME
from boundaryethics.errors import (
    ArgumentError,
    BoundaryEthicsError,
    PanelError,
    all_of,
    listed,
    problem,
    quoted,
    refuse_unknown,
)

F = TypeVar("F", bound=Callable[..., Any])

#: Annotations of arguments that other functions check.
_CONVERTED = frozenset(
    (
        *("Any", "Asked", "Columns", "Families", "IntoFrameT", "Over"),
        *("Ratings", "Section", "Stated", "Vignettes", "Where", "object"),
    )
)


_DECIMAL = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,3})?")
_RATIO = re.compile(r"\d{1,40}/\d{1,40}")


class _MisfitError(Exception):
    """Raised when a value does not have the required type.

    The exception's arguments are the valid values, if they can be listed.
    """


class Choice(StrEnum):
    """Base class for enums that list the valid names for an argument or a file key."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()
        refuse_unknown(kind, value, [*cls])


def checked(function: F) -> F:
    """Make *function* raise an `ArgumentError` if an invalid argument makes it fail.

    The annotations define the valid types. Arguments are checked only after *function*
    fails, because most calls succeed, and its own errors are more specific. NumPy
    numbers and the names of enum members are also valid: *function* is called again
    with their Python values. If no argument needs conversion, the failure has a
    different cause, so the original exception is raised.

    Raises:
        ArgumentError: an argument has the wrong type, or is not the name of an enum
            member.
    """
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except BoundaryEthicsError:
            raise
        except Exception as error:
            hints = _hints(function)
            arguments = {**dict(zip(names, given, strict=False)), **named}
            valid = _valid(arguments, hints, error)
            if all(map(is_, valid.values(), arguments.values())):
                raise
            arguments = valid
            placed = [
                arguments.pop(name) for name, _ in zip(names, given, strict=False)
            ]
            return function(*placed, *given[len(placed) :], **arguments)

    return call  # type: ignore[return-value]


def _valid(
    arguments: Mapping[str, Any], hints: Mapping[str, Any], error: Exception
) -> dict[str, Any]:
    """Convert the *arguments* of a failed call to the types in *hints*.

    Raises:
        ArgumentError: arguments have the wrong type. The error lists all of them.
    """

    def converted(name: str) -> Any:
        value = arguments[name]
        fit = argument(name, value, hints[name])
        if isinstance(value, Iterator):
            # The failed call may have used up the iterator, so its items cannot be
            # checked.
            raise _refusal(name, value, hints[name]) from error
        return fit

    known = [name for name in arguments if name in hints]
    return {**arguments, **dict(zip(known, all_of(converted, known), strict=True))}


def ranged(name: str, value: int, least: int, most: int) -> None:
    """Raise an error if a number is less than *least* or greater than *most*."""
    if not least <= value <= most:
        words: dict[str, Any] = {"name": name, "least": least, "most": most}
        raise ArgumentError([problem("BE414", token=name, **words)])


def check_seed(seed: int) -> None:
    """Raise an error unless *seed* is a 64-bit integer, which all outputs support."""
    ranged("seed", seed, -_MOST, _MOST - 1)


def whole(number: object, named: str, least: int) -> int:
    """Return *number* if it is an integer of at least *least*.

    Unlike `ranged`, it also checks the type. It is used for panels.

    Raises:
        PanelError: *number* is not an integer, or is less than *least*.
    """
    if isinstance(number, int) and not isinstance(number, bool) and number >= least:
        return number
    raise PanelError([problem("BE847.whole", token=named, name=named, least=least)])


def argument(name: str, value: Any, hint: Any) -> Any:
    """Convert *value*, the value of the argument *name*, to the type *hint*.

    Raises:
        ArgumentError: *value* has the wrong type, or is not the name of an enum member.
    """
    try:
        fit = fitted(value, hint)
    except _MisfitError as misfit:
        if misfit.args and isinstance(value, str):
            refuse_unknown(f"`{name}`", value, map(str, misfit.args))
        raise _refusal(name, value, hint) from misfit.__cause__
    if isinstance(fit, str | Path) and Path in get_args(hint):
        with suppress(UnicodeEncodeError):
            parts = os.fsencode(fit).split(os.sep.encode())
            if not any(b"\0" in part or len(part) > LONGEST_NAME for part in parts):
                return fit
        raise ArgumentError([problem("BE412", token=name)])
    return fit


def _refusal(name: str, value: object, hint: Any) -> ArgumentError:
    # The value may contain a client's words, so report only its type.
    found = "None" if value is None else f"`{type(value).__name__}`"
    if type(value) is int and abs(value) >= _MOST and _fits(2, hint):
        found = "a number that is too large"
    words: dict[str, Any] = {"name": name, "expected": wording(hint), "found": found}
    return ArgumentError([problem("BE410", token=name, **words)])


def _fits(value: Any, hint: Any) -> bool:
    with suppress(_MisfitError):
        fitted(value, hint)
        return True
    return False


class _Names(dict[str, Any]):
    """Names in annotations. Names imported only for type checking match any value."""

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return getattr(import_module("boundaryethics"), name, Any)


@lru_cache(maxsize=1024)
def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Map each argument that must be checked to its type."""
    kept = {
        name: text
        for name, text in function.__annotations__.items()
        if name != "return" and not _is_converted(str(text))
    }
    if not kept:
        return {}
    annotated = SimpleNamespace(__annotations__=kept)
    return get_type_hints(annotated, {}, _Names(function.__globals__))


def _is_converted(text: str) -> bool:
    atoms = {atom.strip() for atom in text.split("|")}
    return bool(atoms & _CONVERTED) or (
        {"Policy", "str"} <= atoms and "Sequence[" not in text
    )


def fitted(value: Any, hint: Any) -> Any:
    """Return *value* converted to the type *hint*.

    Raises:
        _MisfitError: *value* does not have this type.
    """
    origin, of = get_origin(hint), get_args(hint)
    try:
        if origin in (Union, UnionType):
            return _one_of(value, of)
        if origin is Literal:
            return _member(value, of)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return _mapping(value, of)
        if origin is Callable or hint is Callable:
            return value if callable(value) else _refuse()
        if isinstance(origin, type) and issubclass(origin, Iterable):
            return _several(value, of, fixed=origin is tuple and of[-1:] != (...,))
        return _single(value, origin or hint)
    except _MisfitError:
        raise
    except Exception as error:
        # Accessing the value may run any code.
        raise _MisfitError from error


def _refuse(*members: Any) -> Any:
    raise _MisfitError(*members)


def _one_of(value: Any, kinds: tuple[Any, ...]) -> Any:
    member = next(
        (k for k in kinds if isinstance(k, type) and issubclass(k, Enum)), None
    )
    if member and isinstance(value, str):
        return _member(value, (*member,))
    for kind in kinds:
        try:
            return fitted(value, kind)
        except _MisfitError:
            continue
    return _refuse()


def _member(value: Any, members: tuple[Any, ...]) -> Any:
    """Return the member of *members* whose value is the string *value*."""
    for member in members:
        if isinstance(value, str) and str.__str__(member) == str.__str__(value):
            return member
    return _refuse(*members)


def _mapping(value: Any, of: tuple[Any, ...]) -> Any:
    if not isinstance(value, Mapping):
        _refuse()
    key, part = of
    if key is Any and part is Any:
        return value
    fit = {fitted(k, key): fitted(v, part) for k, v in value.items()}
    return value if fit == value else fit


def _several(value: Any, of: tuple[Any, ...], *, fixed: bool) -> Any:
    kinds = get_args(of[0]) or of[:1]
    if isinstance(value, str) and not fixed and str in kinds:
        # A single name may be a string, so do not treat its characters as names.
        return fitted(value, of[0])
    if isinstance(value, str | bytes | bytearray | Mapping):
        _refuse()
    if fixed:
        pairs = (
            zip(value, of, strict=True)
            if isinstance(value, list | tuple)
            else _refuse()
        )
        fit = tuple(fitted(one, hint) for one, hint in pairs)
    else:
        # With an endless iterator, the check ends at the first value that does not fit.
        fit = tuple(fitted(one, of[0]) for one in value)
    same = type(value) is tuple and all(map(is_, value, fit))
    return value if same else fit


def _single(value: Any, kind: Any) -> Any:
    numpy_bool = type(value).__name__ in {"bool", "bool_"}
    if kind is Any or isinstance(kind, TypeVar):
        return value
    if kind is None or kind is type(None):
        return value if value is None else _refuse()
    if kind is bool:
        return bool(value) if numpy_bool or value in (0, 1) else _refuse()
    if kind is int:
        fits = isinstance(value, Integral) and not numpy_bool
        return int(value) if fits and abs(value) < _MOST else _refuse()
    if kind is float:
        fits = isinstance(value, Real) and not numpy_bool
        number = float(value) if fits else _refuse()
        return value if isinstance(value, int) else number
    if kind is str:
        return str.__str__(value) if isinstance(value, str) else _refuse()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return value if isinstance(value, kind) else _member(value, (*kind,))
    try:
        fits = isinstance(value, kind)
    except TypeError:
        return value  # a protocol that cannot be checked
    return value if fits else _refuse()


def wording(hint: Any) -> str:
    """Describe *hint* for a message, such as `text or a path`."""
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return listed(dict.fromkeys(map(wording, of)), "or")
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return f"one of {quoted(of or [one.value for one in hint])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = of
        whole = key is Any or value is Any
        return (
            "a mapping" if whole else f"a mapping of {wording(key)} to {wording(value)}"
        )
    if origin is Callable or hint is Callable:
        return "a function"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"a list of {wording(of[0])}"
    return _WORDS.get(origin or hint) or f"`{getattr(hint, '__name__', hint)}`"


#: The absolute value of a whole number must be less than this.
_MOST = 1 << 63
_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "None",
    Path: "a path",
}


def exact_number(number: object) -> Fraction | None:
    """Parse a nonnegative number exactly; return None if it is invalid.

    A decimal is read as written, and a float as its shortest decimal form.
    """
    if isinstance(number, bool) or not isinstance(number, str | Real | Decimal):
        return None
    try:
        text = (str.__str__(number) if isinstance(number, str) else str(number)).strip()
    except ValueError:  # Python limits the digits of integers
        return None
    if not (_DECIMAL.fullmatch(text) or _RATIO.fullmatch(text)):
        return None
    try:
        read = Fraction(text)
    except ZeroDivisionError:
        return None
    return read if read >= 0 else None


def exact_weight(number: object) -> int | Fraction | None:
    """Parse a nonnegative weight exactly, or return None. Integers stay integers."""
    weight = exact_number(number)
    if weight is None:
        return None
    return weight.numerator if weight.denominator == 1 else weight
