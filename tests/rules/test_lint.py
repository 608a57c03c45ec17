"""The built-in policies have no mistakes that the linter finds."""

from __future__ import annotations

import pytest

from boundaryethics.analysis import lint
from boundaryethics.policies import policies


@pytest.mark.parametrize("policy", policies())
def test_a_policy_has_no_open_warning(policy: str) -> None:
    """Each warning is suppressed with a reason, in abstract policies too."""
    assert () == lint(policy).open
