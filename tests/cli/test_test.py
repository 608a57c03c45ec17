"""Test `boundaryethics test` and `boundaryethics sources`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from boundaryethics import load_policy
from boundaryethics.cli.main import main

CASES = """
cases:
  - name: A client asks to connect
    policy: apa-2017
    source: house
    tier: 3
    given: {contact: connection_request, client_status: active, account: personal}
    expect: {first: FIRST}
"""


def status_of(*arguments: str) -> int:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def cases_file(folder: Path, first: str) -> str:
    """Write a file with one case that expects *first*."""
    path = folder / "cases.yaml"
    path.write_text(CASES.replace("FIRST", first))
    return str(path)


def test_cases_that_pass_end_with_status_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report counts them by policy, authority and source."""
    assert 0 == status_of("test", cases_file(tmp_path, "decline"))
    out = capsys.readouterr().out
    assert "apa-2017  1 of 1" in out
    assert "3 named expert  1 of 1" in out
    assert "house  1 of 1" in out


def test_a_case_that_fails_ends_with_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report names the case, its location and the difference."""
    assert 1 == status_of("test", cases_file(tmp_path, "leave"))
    out = capsys.readouterr().out
    assert "cases.yaml:3:11: A client asks to connect (apa-2017)" in out
    assert "decline ranks first, not leave" in out


def test_a_folder_is_searched_for_case_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other YAML files in the folder are skipped."""
    cases_file(tmp_path, "decline")
    (tmp_path / "other.yaml").write_text("policy: other\n")

    assert 0 == status_of("test", str(tmp_path), "--format", "json")
    assert [True] == [row["holds"] for row in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("cases: [{name: A, policy: apa-2017}]", "is missing `given`"),
        ("cases: [{name: A, policy: apa-2071, given: {}}]", "did you mean `apa-2017`"),
        (CASES.replace("FIRST", "befriend"), "invalid value `befriend`"),
        (CASES.replace("contact:", "contract:"), "did you mean `contact`"),
    ],
)
def test_cases_that_cannot_be_read_end_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    """Standard error shows the problem with its location, and nothing else."""
    path = tmp_path / "cases.yaml"
    path.write_text(text.replace("FIRST", "decline"))

    assert 2 == status_of("test", str(path))
    printed = capsys.readouterr()
    assert "" == printed.out
    assert expected in printed.err


@pytest.mark.parametrize(
    "asked", ["", "expect: {}", "expect: {above: []}", "verdicts: {}"]
)
def test_a_case_without_expectations_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str
) -> None:
    """A case that lost its expectation would pass under any policy."""
    path = tmp_path / "cases.yaml"
    path.write_text(CASES.replace("expect: {first: FIRST}", asked))

    assert 2 == status_of("test", str(path))
    err = capsys.readouterr().err
    assert "cases.yaml:3:11: BE409: the case `A client asks to connect` has" in err


def test_a_grade_that_constrains_nothing_is_counted_separately(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A single grade in the middle requires no order of responses."""
    path = tmp_path / "cases.yaml"
    graded = CASES.replace("expect: {first: FIRST}", "verdicts: {leave: disfavored}")
    path.write_text(CASES.replace("FIRST", "decline") + graded.partition("cases:")[2])

    assert 0 == status_of("test", str(path))
    out = capsys.readouterr().out
    assert "house  1 of 1" in out
    assert "1 not checked" in out
    assert "1 passed" in out
    assert 0 == status_of("test", str(path), "--format", "json")
    rows = json.loads(capsys.readouterr().out)
    assert [True, False] == [row["checked"] for row in rows]


def test_skipping_every_case_is_not_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 would suggest that something was tested."""
    other = CASES.replace("apa-2017", "another").replace("contact:", "mood:")
    path = tmp_path / "cases.yaml"
    path.write_text(other.replace("FIRST", "decline"))

    assert 1 == status_of("test", str(path), "--policy", "apa-2017")
    assert "1 skipped" in capsys.readouterr().out


def test_a_missing_file_ends_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped path is an error."""
    assert 2 == status_of("test", "nowhere.yaml")
    assert "file not found" in capsys.readouterr().err


def test_sources_show_how_each_section_was_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A section checked only in a paraphrase is marked."""
    assert 0 == status_of("sources", "--policy", "apa-2017")
    out = capsys.readouterr().out
    assert "APA 2017 = American Psychological Association." in out
    assert "Principle B Fidelity and Responsibility: checked in a word-for-word" in out
    assert "checked only in a paraphrase" in out


def test_sources_as_json_name_the_citing_policies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each section lists the policies that cite it."""
    assert 0 == status_of("sources", "--policy", "apa-2017", "--format", "json")
    (source,) = json.loads(capsys.readouterr().out)
    assert "APA 2017" == source["short"]
    assert all(["apa-2017"] == section["policies"] for section in source["sections"])


OWN = "policy: {id}\nextends: {base}\ntitle: Own\n"


def test_cases_find_the_policies_in_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One case file can have cases for several policies in its folder."""
    (tmp_path / "one.yaml").write_text(OWN.format(id="one", base="apa-2017"))
    (tmp_path / "two.yaml").write_text(OWN.format(id="two", base="one"))
    cases = [
        CASES.replace("apa-2017", id).partition("cases:")[2] for id in ("one", "two")
    ]
    path = tmp_path / "cases.yaml"
    path.write_text("cases:" + "".join(cases).replace("FIRST", "decline"))

    assert 0 == status_of("test", str(path))
    assert {"one  1 of 1", "two  1 of 1"} <= {
        line.strip() for line in capsys.readouterr().out.splitlines()
    }


def test_an_unknown_policy_is_located_at_its_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error points at `policy` and suggests policies in the folder."""
    (tmp_path / "own.yaml").write_text(OWN.format(id="our-clinic", base="apa-2017"))
    path = tmp_path / "cases.yaml"
    path.write_text(CASES.replace("apa-2017", "our-clinc").replace("FIRST", "decline"))

    assert 2 == status_of("test", str(path))
    error = capsys.readouterr().err
    assert f"{path}:4:13: BE206" in error
    assert "did you mean `our-clinic`?" in error


def test_a_file_with_a_built_in_id_must_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy file is not mistaken for the built-in policy with its id."""
    (tmp_path / "own.yaml").write_text(OWN.format(id="apa-2017", base="core"))

    assert 2 == status_of("test", cases_file(tmp_path, "decline"))
    assert "BE313" in capsys.readouterr().err


def test_principles_are_listed_with_rules_and_weights(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Text, JSON and CSV have the same principles."""
    policy = load_policy("apa-2017")
    listed = {}
    for form in ("json", "csv", "text"):
        assert 0 == status_of("principles", "--format", form)
        listed[form] = capsys.readouterr().out
    rows = json.loads(listed["json"])
    cells = [*csv.DictReader(listed["csv"].splitlines())]

    assert [(p.id, p.weight) for p in policy.principles] == [
        (row["principle"], row["weight"]) for row in rows
    ]
    assert [row["rules"] for row in rows] == [
        [rule.id for rule in policy.rules if rule.principle == one.id]
        for one in policy.principles
    ]
    assert [row["principle"] for row in cells] == [*policy.principle]
    assert [row["rules"].split() for row in cells] == [row["rules"] for row in rows]
    assert all(f"{one.id}: " in listed["text"] for one in policy.principles)
