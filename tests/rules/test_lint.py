"""The built-in policies have no mistakes that the linter finds."""

from __future__ import annotations

import pytest

from boundaryethics.analysis import lint
from boundaryethics.policies import load_policy, policies

CONSULTED = [name for name in policies() if not load_policy(name).abstract]


@pytest.mark.parametrize("policy", CONSULTED)
def test_a_policy_has_no_open_warning(policy: str) -> None:
    """Every warning about a built-in policy is suppressed with a reason."""
    assert () == lint(policy).open
