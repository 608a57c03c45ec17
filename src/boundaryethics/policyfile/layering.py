"""What one policy file says itself, without what it extends."""

from __future__ import annotations

from pathlib import Path

from boundaryethics.errors import PolicyError
from boundaryethics.model.layers import Layer
from boundaryethics.policyfile.catalogue import PolicyFile
from boundaryethics.policyfile.loading import load_policy
from boundaryethics.policyfile.sheets import sheet_of_file


def load_layer(path: str | Path) -> Layer:
    """What the policy file at *path* says itself.

    Raises:
        PolicyError: it cannot be read, or means nothing on what it extends; every
            problem is told.
    """
    where = Path(path)
    load_policy(where)
    sheet = sheet_of_file(PolicyFile(where, str(path), where.parent))
    if sheet.layer is None:
        raise PolicyError(sheet.problems)
    return sheet.layer
