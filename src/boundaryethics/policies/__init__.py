"""Policy files and situation files: text in, checked values out, and back."""

from boundaryethics.policies.convert import write_policy
from boundaryethics.policies.loader import (
    load_policy,
    load_situation,
    placed,
    policy_named,
    read_policy,
    read_situation,
    shipped_policies,
    shipped_vocabulary,
)

__all__ = [
    "load_policy",
    "load_situation",
    "placed",
    "policy_named",
    "read_policy",
    "read_situation",
    "shipped_policies",
    "shipped_vocabulary",
    "write_policy",
]
