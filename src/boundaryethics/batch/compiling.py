"""Compiling: a policy made ready, or read back as it was made ready once.

What does the work, and numpy with it, is imported when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boundaryethics.model.policy import Policy

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Compiled


def compile(policy: Policy) -> Compiled:  # noqa: A001
    """*policy*, ready to answer for one situation or for millions.

    Raises:
        PolicyError: the policy is abstract, or cannot be made ready to run.
        EngineError: its points are too large to be added.
    """
    from boundaryethics.batch.compiled import Compiled
    from boundaryethics.batch.tables import tables_of

    return Compiled(policy, tables_of(policy))


def load_compiled(path: str | Path, policy: Policy) -> Compiled:
    """*policy*, compiled, from the file at *path* that `Compiled.save` wrote.

    Raises:
        PolicyError: the file cannot be read, was altered, or is another policy's.
    """
    from boundaryethics.batch.compiled import Compiled
    from boundaryethics.batch.saving import load

    return Compiled(policy, load(Path(path), policy))
