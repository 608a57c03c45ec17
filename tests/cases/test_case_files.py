"""Case files: invalid files and empty folders raise errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics.cases import load_cases, run_cases
from boundaryethics.errors import PolicyError

GOOD = "cases: [{name: A case, policy: apa-2017, given: {contact: message}}]\n"


def test_a_folder_is_searched_for_case_files(tmp_path: Path) -> None:
    """Subfolders are searched; other kinds of files are ignored."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "inner" / "two.yml").write_text(GOOD)
    (tmp_path / "policy.yaml").write_text("policy: other\n")

    assert ["A case", "A case"] == [case.name for case in load_cases(tmp_path)]


def test_an_unreadable_file_in_a_folder_raises_an_error(tmp_path: Path) -> None:
    """The file could contain cases."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "broken.yaml").write_text("cases: [")

    with pytest.raises(PolicyError, match="BE101"):
        load_cases(tmp_path)


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    """The error names the folder."""
    (tmp_path / "policy.yaml").write_text("policy: other\n")
    with pytest.raises(PolicyError) as refused:
        load_cases(tmp_path)
    assert (
        refused.value.problems[0].message
        == f"no file in `{tmp_path}` contains test cases"
    )


def test_an_invalid_policy_in_a_folder_is_reported_as_a_policy(tmp_path: Path) -> None:
    """The error gives the line of the policy; lines of other files are not quoted."""
    (tmp_path / "cases.yaml").write_text(GOOD)
    (tmp_path / "notes.yaml").write_text("client:\n\tname: Somebody\n")
    (tmp_path / "policy.yaml").write_text("policy: ours\nextends:\n\t- apa-2017\n")
    with pytest.raises(PolicyError) as refused:
        load_cases(tmp_path)
    notes, policy = refused.value.problems
    assert "has no `cases` key" in notes.message
    assert "Somebody" not in str(refused.value)
    assert policy.code == "BE101"
    assert policy.where is not None
    assert policy.where.line == 3


def test_an_invalid_policy_is_reported_once(tmp_path: Path) -> None:
    """All cases of an invalid policy share one list of its problems."""
    (tmp_path / "policy.yaml").write_text("policy: ours\nextends: [core]\ntile: Ours\n")
    case = "{policy: ours, given: {contact: message}, expect: {first: decline}}"
    (tmp_path / "cases.yaml").write_text(
        "cases:\n" + "".join(f"- {{name: {n}, {case[1:]}\n" for n in ("one", "two"))
    )
    with pytest.raises(PolicyError) as refused:
        run_cases(load_cases(tmp_path))
    assert sorted(one.code for one in refused.value.problems) == ["BE102", "BE209"]


def test_expectations_accept_a_name_or_a_list(tmp_path: Path) -> None:
    """Actions and sentences to be absent can be one name or a list of names."""
    (tmp_path / "one.yaml").write_text(
        "cases:\n"
        "  - name: A case\n"
        "    policy: apa-2017\n"
        "    given: {contact: message}\n"
        "    expect: {no_actions: refer, drafts: [a, b], no_drafts: c}\n"
    )
    (case,) = load_cases(tmp_path)

    assert ("refer",) == case.expect.no_actions
    assert ("a", "b") == case.expect.drafts
    assert ("c",) == case.expect.no_drafts


def test_text_instead_of_a_listed_number_is_refused(tmp_path: Path) -> None:
    """The error lists the valid numbers."""
    file = tmp_path / "one.yaml"
    file.write_text(
        "cases:\n"
        "  - {name: A case, policy: apa-2017, tier: best, given: {contact: message}}\n"
    )

    with pytest.raises(PolicyError, match=r"valid values: `1`, `2`, `3`, `4`, `5`"):
        load_cases(file)


def test_a_problem_in_a_case_gives_its_name(tmp_path: Path) -> None:
    """A case without a name is numbered."""
    file = tmp_path / "one.yaml"
    given = "policy: apa-2017, given: {contact: message}, tier: best"
    file.write_text(f"cases:\n  - {{name: A case, {given}}}\n  - {{{given}}}\n")
    with pytest.raises(PolicyError) as refused:
        load_cases(file)

    named, missing, numbered = (one.message for one in refused.value.problems)
    assert named.endswith("for `tier` of case `A case`")
    assert "case number 2 is missing `name`" == missing
    assert numbered.endswith("for `tier` of case number 2")
