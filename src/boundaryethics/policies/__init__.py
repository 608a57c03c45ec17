"""Read and check policy files and situation files, and write policies."""

from boundaryethics.policies.convert import write_policy
from boundaryethics.policies.loader import (
    Policies,
    as_policy,
    error_details,
    load_policy,
    load_situation,
    locate,
    policies,
    read_policy,
    read_situation,
    shipped_vocabulary,
)

__all__ = [
    "Policies",
    "as_policy",
    "error_details",
    "load_policy",
    "load_situation",
    "locate",
    "policies",
    "read_policy",
    "read_situation",
    "shipped_vocabulary",
    "write_policy",
]
