"""Prove: from what an engine derived to trees that anyone can check."""

from boundaryethics.proving.checker import faults
from boundaryethics.proving.prover import prove

__all__ = ["faults", "prove"]
