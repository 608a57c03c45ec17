"""What an engine is: it loads a program, and derives what follows from a situation."""

from __future__ import annotations

from typing import Protocol

from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation
from boundaryethics.program.lowering import Program


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
