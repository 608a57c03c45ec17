"""Test the facts that `--fact` states, and the output of `consult`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from boundaryethics.cli.main import main

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Run `consult` with *arguments* and return its JSON."""
    with pytest.raises(SystemExit) as ended:
        main(["consult", *arguments, "--policy", str(SMALL), "--format", "json"])
    assert 0 == ended.value.code
    return dict(json.loads(capsys.readouterr().out))


def test_facts_as_options_need_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    """`--fact` options alone can state a situation."""
    result = answered(capsys, "--fact", "contact=message")

    assert "message" == dict(result["situation"])["contact"]  # type: ignore[call-overload]


def test_facts_as_options_override_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`--fact` replaces the fact in the file; the others stay."""
    file = tmp_path / "situation.yaml"
    file.write_text("contact: message\nclient_status: active\n", "utf-8")
    result = answered(capsys, str(file), "--fact", "contact=unknown")

    assert {"contact": "unknown", "client_status": "active"} == {
        name: result["situation"][name]  # type: ignore[index]
        for name in ("contact", "client_status")
    }


DANGER = """
policy: danger
extends: [apa-2017]
actions: {crisis_response: {says: Call for help now., urgent: true}}
rules:
  - id: stay
    when: {risk_of_harm: imminent}
    then: {forbids: [ignore, leave]}
    principle: safety
    because: Someone in danger must not be left alone.
"""


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_danger_comes_before_the_ranking(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The first line says what to do immediately."""
    policy = tmp_path / "danger.yaml"
    policy.write_text(DANGER, "utf-8")
    stated = ("--fact", "risk_of_harm=imminent", "--fact", "contact=message")
    with pytest.raises(SystemExit) as ended:
        main(["consult", *stated, "--policy", str(policy), "--format", form])
    result = capsys.readouterr().out.lstrip("#- ")

    assert 0 == ended.value.code
    assert result.lower().startswith("harm could be imminent. do this first.\n")
    assert "Call for help now. (APA 2017, 3.04(a); 4.05)" in result
    assert "Then choose a response: suggested order" in result
    assert "Not replying is ruled out" in result


def test_full_adds_every_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """`--full` lists all reasons for and against each response."""
    stated = ("--fact", "contact=message", "--fact", "client_status=active")
    shown = []
    for extra in ([], ["--full"]):
        with pytest.raises(SystemExit) as ended:
            main(["consult", *stated, *extra])
        assert 0 == ended.value.code
        shown.append(capsys.readouterr().out)

    assert "Reasons for and against, by response" not in shown[0]
    assert "Reasons for and against, by response" in shown[1]


def test_html_is_a_complete_page_without_proofs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """HTML with a proof is refused, and the error names the format to use."""
    stated = ("consult", "--fact", "contact=message", "--format", "html")
    with pytest.raises(SystemExit) as ended:
        main([*stated])
    page = capsys.readouterr().out
    with pytest.raises(SystemExit) as refused:
        main([*stated, "--proof", "meeting"])

    assert (0, 2) == (ended.value.code, refused.value.code)
    assert page.startswith("<!DOCTYPE html>")
    assert "--format markdown" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_output_file_has_what_standard_output_would_have(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file includes the proofs, and nothing is printed."""
    file = tmp_path / "answer"
    asked = ["consult", "--fact", "contact=message", "--format", form]
    asked += ["--proof", "seek-supervision"]
    for more in ([], ["--output", str(file)]):
        with pytest.raises(SystemExit) as ended:
            main([*asked, *more])
        assert 0 == ended.value.code

    assert file.read_text("utf-8") == capsys.readouterr().out


def test_record_and_output_must_be_different_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Writing both to one file is refused."""
    file = str(tmp_path / "a.json")
    with pytest.raises(SystemExit) as ended:
        main(
            ["consult", "--fact", "contact=message", "--record", file, "--output", file]
        )

    assert 2 == ended.value.code
    assert "different files" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["consult"], ["why", "decline"], ["worksheet"]])
def test_missing_facts_and_a_wrong_policy_are_reported_together(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One run shows every problem."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--policy", "nope"])
    result = capsys.readouterr()

    assert (2, "") == (ended.value.code, result.out)
    assert "state facts with --fact" in result.err
    assert "unknown policy `nope`" in result.err


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("consult", "--policy", "nope", "{none}"), ["BE206", "BE501", "BE404"]),
        (("worksheet", "--policy", "nope", "--fact", "a=b"), ["BE206", "BE501"]),
        (
            ("why", "decline", "--overlay", "nope", "--policy", "no"),
            ["BE206", "BE206", "BE501"],
        ),
        (("consult", "{none}", "--fact", "contact=email"), ["BE404", "BE402", "BE501"]),
        (
            ("consult", "{wrong}", "--fact", "contact=email"),
            ["BE401", "BE402", "BE501"],
        ),
        (("consult", "--fact", "contact=email"), ["BE402", "BE501"]),
        (
            ("consult", "--policy", "core", "--fact", "contact=message"),
            ["BE306", "BE501"],
        ),
    ],
)
def test_the_policy_the_facts_and_the_engine_are_reported_together(
    arguments: tuple[str, ...],
    codes: list[str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """One run shows every problem that can be found."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("contac: message\n", "utf-8")
    files = {"none": tmp_path / "none.yaml", "wrong": wrong}
    with pytest.raises(SystemExit) as ended:
        main([*(one.format(**files) for one in arguments), "--engine", "rete"])
    result = capsys.readouterr()

    assert (2, "") == (ended.value.code, result.out)
    assert codes == re.findall(r"\bBE\d{3}\b", result.err)


def test_an_interview_reports_the_policy_and_the_file_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One run shows both problems."""
    with pytest.raises(SystemExit) as ended:
        main(["interview", "--policy", "nope", str(tmp_path / "none")])

    assert 2 == ended.value.code
    assert ["BE206", "BE905"] == re.findall(r"\bBE\d{3}\b", capsys.readouterr().err)
