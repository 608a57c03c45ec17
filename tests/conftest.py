"""Settings that all tests share."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings

from support.files import full_disk  # noqa: F401 - a fixture of all tests

# No deadlines: no test depends on how long an example takes.
settings.register_profile("quick", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=160, derandomize=True)
settings.register_profile("steady", deadline=None, max_examples=60, derandomize=True)
settings.register_profile(
    "mutation",  # the failure is enough, so do not shrink it
    deadline=None,
    max_examples=40,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to rewrite transcripts."""
    parser.addoption(
        "--reset-golden",
        action="store_true",
        help="write what is printed now into the transcripts that differ",
    )


def pytest_configure() -> None:
    """Let signals end tested commands, even if the tests run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def reset_golden(request: pytest.FixtureRequest) -> bool:
    """Return whether to rewrite transcripts that differ."""
    return bool(request.config.getoption("--reset-golden"))


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Start Spark on this machine, once for all tests, because it is slow to start."""
    sql = pytest.importorskip("pyspark.sql")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()
