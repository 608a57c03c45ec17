from __future__ import annotations

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
    """How the command ends."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


def test_the_example_is_what_its_script_writes(tmp_path: Path) -> None:
    """Simulated raters, from a seed that stands in the script."""
    again = tmp_path / "ratings.csv"
    subprocess.run([sys.executable, EXAMPLE / "simulate.py", again], check=True)

    assert RATINGS.read_text("utf-8") == again.read_text("utf-8")


def test_panel_tells_how_raters_and_policies_agree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As JSON: the raters, and each policy under its id."""
    assert 0 == status(
        *("panel", RATINGS, VIGNETTES, "--policy", "apa-2017", "--format", "json")
    )
    told = json.loads(capsys.readouterr().out)

    assert {"raters", "policies"} == told.keys()
    assert ["apa-2017"] == list(told["policies"])
    assert 20 == len(told["raters"]["vignettes"])


def test_a_fit_writes_over_nothing_that_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ratings cannot be had again; and the policy and its picture are two files."""
    ratings, out = tmp_path / "ratings.csv", tmp_path / "out.json"
    ratings.write_bytes(RATINGS.read_bytes())
    asked = ("fit", ratings, VIGNETTES, "--policy", "apa-2017", "--force")

    assert 2 == status(*asked, "--output", ratings)
    assert "RATINGS and --output are one file" in capsys.readouterr().err
    assert RATINGS.read_bytes() == ratings.read_bytes()
    assert 2 == status(*asked, "--output", out, "--plot", out)
    assert "--output and --plot are one file" in capsys.readouterr().err
    assert not out.exists()


def test_fit_writes_a_policy_that_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weighted, under an id of its own; and it is not overwritten unasked."""
    out = tmp_path / "variant.yaml"
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", out)

    assert 0 == status(*asked)
    assert "no test of the weights" in capsys.readouterr().out
    written = load_policy(out)
    assert ("apa-2017-fitted", "weighted") == (written.id, written.method.name.value)

    out.write_text("mine", "utf-8")
    assert 2 == status(*asked)
    assert ("mine", "") == (out.read_text("utf-8"), capsys.readouterr().out)
    assert 0 == status(*asked, "--force")
    assert written == load_policy(out)


def test_a_fit_that_is_refused_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, the problem on standard error, and no file."""
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
    told = capsys.readouterr()
    assert "BE846" in told.err
    assert ("", False) == (told.out, out.exists())


def test_a_fit_below_zero_is_told_before_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables and picture are there; the file, and what is in it, is as it was."""
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
    told = capsys.readouterr()
    assert "weights fitted to" in told.out
    assert "5 folds of vignettes" in told.out
    assert "BE848" in told.err
    assert (False, True) == (out.exists(), picture.exists())

    out.write_text("mine", "utf-8")
    assert 2 == status(*asked, "--force", "--format", "json")
    assert {"fit", "validation"} == json.loads(capsys.readouterr().out).keys()
    assert "mine" == out.read_text("utf-8")
    assert {contrary, out, picture} == {*tmp_path.iterdir()}


def test_what_is_there_stays_where_a_fit_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk leaves the old file whole, and nothing beside it."""
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


def test_a_fit_does_not_take_the_place_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even with `--force`."""
    asked = ("fit", RATINGS, VIGNETTES, "--policy", "apa-2017", "--output", tmp_path)

    assert 2 == status(*asked, "--force")
    assert "is no file that could be replaced" in capsys.readouterr().err


def test_a_policy_is_likened_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Under one id there is one answer."""
    twice = ("--policy", "apa-2017", "--policy", "apa-2017")

    assert 2 == status("panel", RATINGS, VIGNETTES, *twice)
    assert "BE853" in capsys.readouterr().err
