"""Values that callers pass by mistake, and everything public that takes an argument."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np
import pandas as pd

import boundaryethics
from boundaryethics import cases, charts, render
from boundaryethics.model.overlays import Layer
from support.small_policies import policy_of


class Hostile:
    """An object whose every method raises an error of its own."""

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __bool__ = __iter__ = __len__ = __index__ = __float__ = _raise
    __getitem__ = __call__ = __format__ = __fspath__ = _raise


class HostileText(str):
    """A text that cannot be shown, compared or hashed."""

    __slots__ = ()

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __eq__ = __hash__ = __format__ = _raise


def _looped_list() -> list[Any]:
    looped: list[Any] = []
    looped.append(looped)
    return looped


def _looped_mapping() -> dict[str, Any]:
    looped: dict[str, Any] = {}
    looped["contact"] = looped
    return looped


#: Makers, because generators are used up.
ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "7": lambda: 7,
    "10**400": lambda: 10**400,
    "0.5": lambda: 0.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1j": lambda: 1j,
    "bytes": lambda: b"contact",
    "bytearray": lambda: bytearray(b"contact"),
    "''": lambda: "",
    "nope": lambda: "nope",
    "decline": lambda: "decline",
    "NUL": lambda: "a\0b",
    "newline": lambda: "contact\n",
    "surrogate": lambda: "\ud800",
    "huge": lambda: "x" * 1_000_000,
    "braces": lambda: "{0.__class__} {name} %s",
    "missing path": lambda: Path("/nonexistent/folder/file.yaml"),
    "folder": lambda: Path("/"),
    "NUL path": lambda: Path("a\0b"),
    "surrogate path": lambda: Path("\ud800"),
    "[]": list,
    "{}": dict,
    "()": tuple,
    "set": lambda: {"contact"},
    "[None]": lambda: [None],
    "[1]": lambda: [1],
    "[nope]": lambda: ["nope"],
    "[[]]": lambda: [[]],
    "[{}]": lambda: [{}],
    "{nope: nope}": lambda: {"nope": "nope"},
    "{1: 2}": lambda: {1: 2},
    "{None: None}": lambda: {None: None},
    "{contact: []}": lambda: {"contact": []},
    "{contact: {}}": lambda: {"contact": {}},
    "{contact: surrogate}": lambda: {"contact": "\ud800"},
    "looped list": _looped_list,
    "looped mapping": _looped_mapping,
    "generator": lambda: (one for one in ("contact",)),
    "numbers without end": itertools.count,
    "object": object,
    "class": lambda: int,
    "function": lambda: len,
    "hostile": Hostile,
    "hostile text": lambda: HostileText("contact"),
    "[hostile]": lambda: [Hostile()],
    "{contact: hostile}": lambda: {"contact": Hostile()},
    "numpy bool": lambda: np.True_,
    "numpy integer": lambda: np.int64(3),
    "numpy float": lambda: np.float64(1.5),
    "numpy array": lambda: np.array([1, 2]),
    "numpy text": lambda: np.array(["contact"]),
    "pandas NA": lambda: pd.NA,
    "pandas NaT": lambda: pd.NaT,
    "series": lambda: pd.Series(["message"]),
    "frame": lambda: pd.DataFrame({"contact": ["message"]}),
    "empty frame": pd.DataFrame,
    "policy": policy,
    "verdict": verdict,
    "module": lambda: boundaryethics,
    "enum": lambda: boundaryethics.Status.REQUIRED,
}


def _good(owner: str, name: str, annotation: str) -> Any:
    """Return a fitting argument for the parameter *name* of *owner*."""
    b, found = boundaryethics, results()
    for key in (f"{owner}.{name}", name, annotation):
        if key in _GOOD:
            return _GOOD[key]()
    message = f"no fitting value for `{name}: {annotation}` of {owner}"
    raise LookupError(message)


def _found(name: str) -> Callable[[], Any]:
    return lambda: results()[name]


_FRAME = pd.DataFrame({"contact": ["message", None]})
#: Fitting arguments by function and parameter, by parameter, or by annotation.
_GOOD: dict[str, Callable[[], Any]] = {}
