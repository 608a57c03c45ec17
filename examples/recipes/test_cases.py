"""Run each case in a file as a test."""

from pathlib import Path

import pytest

from boundaryethics import Case, load_cases, run_cases

CASES = load_cases(Path(__file__).with_name("cases.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    for failure in run_cases([case]).failures:
        pytest.fail("\n".join(failure.misses), pytrace=False)
