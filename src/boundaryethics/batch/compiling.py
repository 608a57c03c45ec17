"""Compiling: a policy made ready, or read back as it was made ready once.

What does the work, and numpy with it, is imported when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Compiled


def compile(policy: Policy | str | Path) -> Compiled:  # noqa: A001
    """*policy*, or the one of that id or path, ready for one situation or for millions.

    Raises:
        PolicyError: the policy is abstract, or cannot be made ready to run.
        EngineError: its points are too large to be added.
    """
    from boundaryethics.batch.compiled import Compiled
    from boundaryethics.batch.tables import tables_of

    policy = policy_named(policy)
    return Compiled(policy, tables_of(policy))


def load_compiled(path: str | Path, policy: Policy | str | Path) -> Compiled:
    """*policy*, or the one of that id or path, as `Compiled.save` wrote it to *path*.

    Raises:
        PolicyError: the file cannot be read, was altered, or is another policy's.
    """
    from boundaryethics.batch.compiled import Compiled
    from boundaryethics.batch.saving import load

    policy = policy_named(policy)
    return Compiled(policy, load(Path(path), policy))
