"""Settings that all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# No deadlines: nothing here is held to a clock.
settings.register_profile("quick", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True)
settings.register_profile("steady", deadline=None, max_examples=60, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let transcripts be written anew."""
    parser.addoption(
        "--reset-golden",
        action="store_true",
        help="write what is printed now into the transcripts that differ",
    )


@pytest.fixture
def reset_golden(request: pytest.FixtureRequest) -> bool:
    """Whether transcripts that differ are to be written anew."""
    return bool(request.config.getoption("--reset-golden"))
