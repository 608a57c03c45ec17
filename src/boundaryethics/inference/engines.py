"""The engine protocol, and the choice of an engine."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from boundaryethics.errors import EngineError, did_you_mean, listed, problem
from boundaryethics.inference.program import Program
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Derivation

#: The engines, with the modules to import when an engine is chosen.
_ENGINES = {
    "durable": "durable_rules",
    "reference": "reference",
    "columnar": "compiled",
}
#: The names of the engines.
NAMES = tuple(_ENGINES)


class Runner(Protocol):
    """A loaded program, which any thread can run repeatedly."""

    def derive(self, situation: Situation, /) -> Derivation:
        """Derive the rules and findings that follow from *situation*.

        All engines return the same result (S21).
        """


class Engine(Protocol):
    """A module that loads programs."""

    def load(self, program: Program, /) -> Runner:
        """Load *program*; raise an `EngineError` if the engine cannot accept it."""


def choose(name: str | None = None) -> Engine:
    """Import the engine *name*; by default, `durable` if installed, else `reference`.

    Raises:
        EngineError: no engine has that name, or it cannot be loaded.
    """
    if name is None:
        try:
            return _engine("durable")
        except ImportError:
            return _engine("reference")
    name = name_of(name)
    try:
        return _engine(name)
    except ModuleNotFoundError as error:
        raise EngineError([problem("BE503", token=name, name=name)]) from error
    except ImportError as error:
        why = (
            str(error).strip().rpartition("\n")[2].removeprefix("Original error was: ")
        )
        found = problem("BE511", token=name, name=name, why=why)
        raise EngineError([found]) from error


def name_of(engine: object) -> str:
    """Check that *engine* is the name of an engine, and return it as a plain string.

    Raises:
        EngineError: there is no engine with this name.
    """
    is_text = isinstance(engine, str)
    name = str.__str__(engine) if is_text else type(engine).__name__
    if is_text and name in _ENGINES:
        return name
    engines = listed((f"`{engine}`" for engine in _ENGINES), "or")
    near = did_you_mean(name, _ENGINES)
    wrong = problem("BE501", token=name, near=near, name=name, listed=engines)
    raise EngineError([wrong])


def load(program: Program, name: str | None = None) -> Runner:
    """Load *program* with the engine *name*; by default, use one that accepts it."""
    engine = choose(name)
    try:
        return engine.load(program)
    except EngineError:
        if name is not None:
            raise
        return _engine("reference").load(program)


def _engine(name: str) -> Engine:
    return cast("Engine", import_module(f"{__package__}.{_ENGINES[name]}"))
