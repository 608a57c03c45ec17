"""The engine protocol, the choice of an engine, and naive forward chaining."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from boundaryethics.errors import EngineError, Problem, did_you_mean
from boundaryethics.inference.program import Program
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Derivation


class Runner(Protocol):
    """A program, loaded and ready; safe to call again and again, from any thread."""

    def derive(self, situation: Situation, /) -> Derivation:
        """All that follows from *situation*: the same from every engine (S21)."""


class Engine(Protocol):
    """A module that loads programs."""

    def load(self, program: Program, /) -> Runner:
        """*program*, ready to run.

        Raises:
            EngineError: the engine cannot take this program.
        """


def choose(name: str | None = None) -> Engine:
    """The engine called *name*; with None, the best that is there.

    Raises:
        EngineError: there is no engine of that name, or it is not installed.
    """
    if name is None:
        return _preferred()
    if not isinstance(name, str) or name not in _ENGINES:
        raise EngineError([_unknown(name)])
    try:
        return _ENGINES[name]()
    except ImportError as error:
        raise EngineError([_missing(name)]) from error


def load(program: Program, name: str | None = None) -> Runner:
    """*program*, loaded by the engine called *name*; with None, by one that takes it.

    Raises:
        EngineError: the engine named is not there, or cannot take the program.
    """
    engine = choose(name)
    if name is not None:
        return engine.load(program)
    try:
        return engine.load(program)
    except EngineError:
        return _reference().load(program)


def _preferred() -> Engine:
    try:
        return _durable()
    except ImportError:
        return _reference()


def _durable() -> Engine:
    from boundaryethics.inference import durable_rules

    return durable_rules


def _reference() -> Engine:
    from boundaryethics.inference import reference

    return reference


def _columnar() -> Engine:
    from boundaryethics.inference import compiled

    return compiled


_ENGINES: Mapping[str, Callable[[], Engine]] = {
    "durable": _durable,
    "reference": _reference,
    "columnar": _columnar,
}


def _unknown(name: str) -> Problem:
    *others, last = (f"`{engine}`" for engine in _ENGINES)
    listed = f"{', '.join(others)} or {last}"
    near = did_you_mean(str(name), _ENGINES)
    return Problem(
        code="BE501",
        message=f"unknown engine `{name}`",
        help=f"{near} it is {listed}" if near else f"it is {listed}",
        token=name,
    )


def _missing(name: str) -> Problem:
    return Problem(
        code="BE503",
        message=f"engine `{name}` is not installed",
        help="`pip install durable-rules` on Python 3.11 or 3.12 with a C compiler; "
        'or ask for `engine="reference"`, which gives the same answers',
        token=name,
    )
