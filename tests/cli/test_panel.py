from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boundaryethics.cli.main import main
from boundaryethics.policies import load_policy

EXAMPLE = Path(__file__).parents[2] / "examples" / "panel"
RATINGS, VIGNETTES = EXAMPLE / "ratings.csv", EXAMPLE / "vignettes.csv"


def status(*arguments: object) -> object:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


def test_the_example_matches_its_script(tmp_path: Path) -> None:
    """The script simulates raters from its own seed."""
    again = tmp_path / "ratings.csv"
    subprocess.run([sys.executable, EXAMPLE / "simulate.py", again], check=True)

    assert RATINGS.read_text("utf-8") == again.read_text("utf-8")


def test_panel_reports_the_agreement_of_raters_and_policies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The JSON has the raters, and each policy under its ID."""
    assert 0 == status(
        *("panel", RATINGS, VIGNETTES, "--policy", "apa-2017", "--format", "json")
    )
    result = json.loads(capsys.readouterr().out)

    assert {"raters", "policies"} == result.keys()
    assert ["apa-2017"] == list(result["policies"]["by_policy"])
    assert 20 == len(result["raters"]["vignettes"])


def test_fit_does_not_overwrite_its_inputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`fit` also refuses to write two outputs to one file."""
    ratings, out = tmp_path / "ratings.csv", tmp_path / "out.json"
    ratings.write_bytes(RATINGS.read_bytes())
    asked = ("fit", ratings, VIGNETTES, "--policy", "apa-2017", "--force")

    assert 2 == status(*asked, "--output", ratings)
    assert "RATINGS and --output must be different files" in capsys.readouterr().err
    assert RATINGS.read_bytes() == ratings.read_bytes()
    assert 2 == status(*asked, "--output", out, "--plot", out)
    assert "--output and --plot must be different files" in capsys.readouterr().err
    assert not out.exists()


def test_files_have_every_result_that_a_command_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON is that of `--format json`, and LaTeX has a table for each result."""
    asked = (RATINGS, VIGNETTES, "--policy", "apa-2017", "--format", "json")
    for command, names in (("panel", "raters policies"), ("fit", "fit validation")):
        json_file, tex = tmp_path / f"{command}.json", tmp_path / f"{command}.tex"
        assert 0 == status(command, *asked, "--output", json_file)
        data = json.loads(json_file.read_text("utf-8"))
        assert json.loads(capsys.readouterr().out) == data
        assert names.split() == [*data]
        assert 0 == status(command, *asked, "--output", tex)
        assert 2 == tex.read_text("utf-8").count("\\begin{tabular}")
        capsys.readouterr()
    alone = tmp_path / "alone.json"
    assert 0 == status("panel", RATINGS, VIGNETTES, "--output", alone)
    assert ["raters"] == [*json.loads(alone.read_text("utf-8"))]


def test_fit_writes_a_policy_that_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The policy is weighted, has its own ID and is not overwritten."""
    out = tmp_path / "variant.yaml"
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", out)

    assert 0 == status(*asked)
    assert "in-sample log-likelihood" in capsys.readouterr().out
    written = load_policy(out)
    assert ("apa-2017-fitted", "weighted") == (written.id, written.method.name.value)

    out.write_text("mine", "utf-8")
    assert 2 == status(*asked)
    assert ("mine", "") == (out.read_text("utf-8"), capsys.readouterr().out)
    assert 0 == status(*asked, "--force")
    assert written == load_policy(out)


def test_a_refused_fit_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused fit ends with status 2 and the problem on standard error."""
    out, ratings = tmp_path / "variant.yaml", tmp_path / "ratings.csv"
    ratings.write_text(
        "rater,vignette,option,rank\n"
        "ada,followed-by-a-client,decline,1\n"
        "ada,followed-by-a-client,continue,2\n",
        "utf-8",
    )

    assert 2 == status(
        "fit", ratings, VIGNETTES, "--policy", "apa-2017", "--output", out
    )
    result = capsys.readouterr()
    assert "BE846" in result.err
    assert ("", False) == (result.out, out.exists())


def test_a_fit_with_negative_weights_prints_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit status 2, no result is printed, and the old file stays."""
    pytest.importorskip("altair")
    header, *lines = RATINGS.read_text("utf-8").splitlines()
    ratings = [line.split(",") for line in lines]
    last: dict[tuple[str, str], int] = {}
    for rater, vignette, _, place in ratings:
        last[rater, vignette] = max(last.get((rater, vignette), 0), int(place))
    turned = [
        f"{rater},{vignette},{option},{last[rater, vignette] + 1 - int(place)}"
        for rater, vignette, option, place in ratings
    ]
    contrary = tmp_path / "ratings.csv"
    contrary.write_text("\n".join([header, *turned, ""]), "utf-8")
    out, picture = tmp_path / "variant.yaml", tmp_path / "weights.json"
    asked = ("fit", contrary, VIGNETTES, "--policy", "apa-2017", "--output", out)

    assert 2 == status(*asked, "--plot", picture)
    result = capsys.readouterr()
    assert "BE848" in result.err
    assert ("", False, False) == (result.out, out.exists(), picture.exists())

    out.write_text("mine", "utf-8")
    assert 2 == status(*asked, "--force", "--format", "json")
    assert "" == capsys.readouterr().out
    assert "mine" == out.read_text("utf-8")
    assert {contrary, out} == {*tmp_path.iterdir()}
    assert 0 == status(*asked[:-2], "--format", "json")
    assert {"fit", "validation"} == json.loads(capsys.readouterr().out).keys()


@pytest.mark.parametrize("penalty", ["-1", "nan", "inf", "CV", ""])
def test_an_invalid_penalty_is_refused(
    penalty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--penalty` takes a number of 0 or more, or cv."""
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017")

    assert 2 == status(*asked, "--penalty", penalty)
    result = capsys.readouterr()
    assert ("", True) == (result.out, "or cv" in result.err)


def test_a_failed_write_of_a_fit_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk leaves the old file intact and no other file."""
    out = tmp_path / "variant.yaml"
    out.write_text("mine", "utf-8")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", out)

    assert 2 == status(*asked, "--force")
    assert "cannot be written: no space left on device" in capsys.readouterr().err
    assert "mine" == out.read_text("utf-8")
    assert [out] == [*tmp_path.iterdir()]


def test_a_fit_does_not_replace_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--force` replaces files, not folders."""
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", tmp_path)

    assert 2 == status(*asked, "--force")
    assert "is not a regular file" in capsys.readouterr().err


def test_a_repeated_policy_is_compared_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A policy named twice has one result."""
    twice = ("--policy", "apa-2017", "--policy", "apa-2017")

    assert 2 == status("panel", RATINGS, VIGNETTES, *twice)
    assert "BE853" in capsys.readouterr().err


def test_panel_options_apply_to_raters_and_policies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Consensus and resampling are named, and the tables for R are written."""
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    asked = ("panel", RATINGS, VIGNETTES, "--resample", "both", "--format", "json")
    files = ("--save-wide", wide, "--save-long", long)

    assert 0 == status(*asked, "--consensus", "kemeny", *files)
    raters = json.loads(capsys.readouterr().out)["raters"]
    assert "both" == raters["resample"] == raters["alpha"]["resample"]
    assert "kemeny" == raters["consensus_method"]
    assert 436 == len(wide.read_text("utf-8").splitlines())
    assert long.read_text("utf-8").startswith("rater,vignette,")
    assert 2 == status(*asked, "--save-wide", wide)
    assert "already exists" in capsys.readouterr().err
    assert 2 == status(*asked, "--force", "--save-wide", wide, "--save-long", wide)


def test_vignettes_are_written_for_a_panel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`vignettes` writes a file that `panel` reads, and a form for raters."""
    file, form = tmp_path / "ask.csv", tmp_path / "ask.md"
    asked = ("vignettes", "apa-2017", "nasw-2021", "--where", "contact=message")
    more = ("--where", "setting=recovery_group", "-n", 2, "--format", "json")

    assert 0 == status(*asked, *more, "--output", file, "--questionnaire", form)
    found = json.loads(capsys.readouterr().out)
    assert ["v01", "v02"] == [one["vignette"] for one in found["vignettes"]]
    assert all("message" == one["facts"]["contact"] for one in found["vignettes"])
    assert file.read_text("utf-8").startswith("vignette,")
    assert "What kind of contact was it?" in form.read_text("utf-8")
    made = file.with_suffix(".json")
    assert 0 == status(*asked, *more, "--output", made)
    data = json.loads(made.read_text("utf-8"))
    assert data["vignettes"] == found["vignettes"]
    assert data["provenance"]["seed"] == 0
    assert 2 == status("vignettes", "apa-2017")
    assert "at least two policies" in capsys.readouterr().err


def test_unsupported_extensions_of_results_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `.dta` file would contain CSV."""
    out = tmp_path / "ask.dta"

    assert 2 == status("vignettes", "apa-2017", "nasw-2021", "--output", out)
    assert "--output must end in .csv" in capsys.readouterr().err
    assert 2 == status("panel", RATINGS, VIGNETTES, "--save-wide", out)
    assert "--save-wide must end in .csv" in capsys.readouterr().err
    assert not out.exists()
    out = tmp_path / "fitted.docx"
    assert 2 == status("fit", RATINGS, VIGNETTES, "--policy", "core", "--output", out)
    assert "--output must end in .yaml or .yml" in capsys.readouterr().err


def test_one_table_has_the_statistics_of_raters_and_policies(tmp_path: Path) -> None:
    """The file has one row for each statistic."""
    out = tmp_path / "out.csv"
    asked = ("panel", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", out)
    assert 0 == status(*asked)
    with out.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]

    assert 3 + 20 * 3 + 4 == len(rows)
    assert {"", "apa-2017"} == {row["policy"] for row in rows}
    assert 2 == status(*asked)
