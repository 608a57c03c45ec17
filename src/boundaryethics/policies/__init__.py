"""Policy files and situation files: text in, checked values out, and back."""

from boundaryethics.policies.convert import write_policy
from boundaryethics.policies.loader import (
    as_policy,
    load_policy,
    load_situation,
    locate,
    read_policy,
    read_situation,
    shipped_policies,
    shipped_vocabulary,
)

__all__ = [
    "as_policy",
    "load_policy",
    "load_situation",
    "locate",
    "read_policy",
    "read_situation",
    "shipped_policies",
    "shipped_vocabulary",
    "write_policy",
]
