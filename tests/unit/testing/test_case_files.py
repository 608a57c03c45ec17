"""Reading case files: what is broken is told, and no folder is empty in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics.errors import PolicyError
from boundaryethics.policyfile.casefiles import load_cases

GOOD = "cases: [{name: A case, policy: apa-2017, given: {contact: message}}]\n"


def test_a_folder_gives_the_cases_of_all_its_files(tmp_path: Path) -> None:
    """Folders within it are searched; files of other kinds are passed over."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "inner" / "two.yml").write_text(GOOD)
    (tmp_path / "policy.yaml").write_text("policy: other\n")

    assert ["A case", "A case"] == [case.name for case in load_cases(tmp_path)]


def test_a_broken_file_in_a_folder_is_not_passed_over(tmp_path: Path) -> None:
    """What cannot be read may hold cases."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "broken.yaml").write_text("cases: [")

    with pytest.raises(PolicyError, match="BE101"):
        load_cases(tmp_path)


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    """Nothing to run is no success."""
    with pytest.raises(PolicyError, match="there are no cases"):
        load_cases(tmp_path)
