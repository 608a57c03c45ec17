"""Test that the public names and their signatures are the listed ones."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import boundaryethics

LISTING = Path(__file__).with_name("public_api.txt")


def test_the_public_api_matches_the_listing(*, reset_golden: bool) -> None:
    """The listing shows each change of a public name or signature."""
    listed = "\n".join(_listing()) + "\n"
    if reset_golden:
        LISTING.write_text(listed, "utf-8")

    assert LISTING.read_text("utf-8") == listed


def test_every_public_name_can_be_imported() -> None:
    """Each name in `__all__` is an attribute of the package."""
    missing = {n for n in boundaryethics.__all__ if not hasattr(boundaryethics, n)}

    assert set() == missing


def test_public_names_of_subpackages_are_public_at_the_top_level() -> None:
    """Every public name of a subpackage is public at the top level."""
    packages = ("analysis", "batch", "panel", "policies", "sensitivity", "variants")
    modules = (import_module(f"boundaryethics.{name}") for name in packages)
    listed = {n for module in modules for n in module.__all__}

    assert set() == listed - set(boundaryethics.__all__)


def test_no_public_name_shadows_a_builtin() -> None:
    """`from boundaryethics import *` does not replace built-in names."""
    assert set() == set(boundaryethics.__all__) & vars(__import__("builtins")).keys()


def test_an_unknown_name_raises_attribute_error() -> None:
    """The error names the package and the attribute."""
    with pytest.raises(AttributeError, match=r"'boundaryethics' has no attribute 'no'"):
        boundaryethics.no  # noqa: B018


def test_classes_that_public_functions_return_are_public() -> None:
    """Every class in a public signature is public."""
    returned = {
        part
        for name in boundaryethics.__all__
        if inspect.isfunction(thing := getattr(boundaryethics, name))
        for part in _words(str(inspect.signature(thing).return_annotation))
    }
    known = {*boundaryethics.__all__, *vars(__import__("builtins"))}
    known |= {"Any", "Mapping", "Sequence", "Iterable", "IntoFrameT"}

    assert set() == returned - known


def _words(annotation: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z_][\w.]*", annotation):
        yield word.rstrip(".").rsplit(".", 1)[-1]


def _listing() -> Iterator[str]:
    for name in sorted(boundaryethics.__all__):
        yield from _described(name, getattr(boundaryethics, name))


def _described(name: str, thing: Any) -> Iterator[str]:
    if isinstance(thing, ModuleType):
        yield f"module {name}"
    elif inspect.isclass(thing) and issubclass(thing, Enum):
        yield f"enum {name}: {', '.join(member.name for member in thing)}"
    elif inspect.isclass(thing):
        yield f"class {name}{_signature(thing)}"
        for member, value in sorted(_members(thing).items()):
            if isinstance(value, property | cached_property):
                yield f"    {member}"
            elif callable(value) or isinstance(value, classmethod | staticmethod):
                yield f"    {member}{_signature(getattr(thing, member))}"
    elif callable(thing):
        yield f"{name}{_signature(thing)}"
    else:
        yield f"{name}: {type(thing).__name__}"


def _members(thing: type) -> dict[str, Any]:
    return {
        name: value
        for base in reversed(thing.__mro__)
        if base.__module__.startswith("boundaryethics")
        for name, value in vars(base).items()
        if not name.startswith("_")
    }


def _signature(thing: Any) -> str:
    try:
        shown = str(inspect.signature(thing)).replace("'", "")
    except (TypeError, ValueError):
        return ""
    return re.sub(r" at 0x[0-9a-f]+", "", shown)
