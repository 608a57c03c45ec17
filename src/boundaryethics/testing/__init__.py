"""Test policies: hold what they say against cases."""

from boundaryethics.testing.holding import Outcome, hold
from boundaryethics.testing.suites import Report, run_cases

__all__ = ["Outcome", "Report", "hold", "run_cases"]
