"""Test policies: hold what they say against cases."""

from boundaryethics.testing.running import Outcome, Report, hold, run_cases

__all__ = ["Outcome", "Report", "hold", "run_cases"]
