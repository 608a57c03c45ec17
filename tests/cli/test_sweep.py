"""`boundaryethics sweep`: what it says beside its answer."""

from __future__ import annotations

import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from boundaryethics.cli.main import main

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
SMALL = INPUTS / "small-code.yaml"
GIVEN = ("--where", "contact=message", "--workers", "1")


def status(*arguments: object) -> Any:
    """With what the command ends."""
    with pytest.raises(SystemExit) as ended:
        main(["sweep", *map(str, arguments)])
    return ended.value.code


@pytest.mark.parametrize(
    ("stop", "ended"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_who_stops_a_sweep_hears_what_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    stop: signal.Signals,
    ended: int,
) -> None:
    """In one line, however it is stopped; and the same command goes on."""
    pytest.importorskip("pyarrow")
    module = import_module("boundaryethics.variants.sweep")
    plain, seen = module.measured, list[Any]()

    def interrupted(*asked: Any) -> Any:
        seen.append(asked)
        if len(seen) == 2:
            signal.raise_signal(stop)
        return plain(*asked)

    monkeypatch.setattr(module, "measured", interrupted)
    out = tmp_path / "out.csv"
    asked = ("--policy", SMALL, "--family", "drop", *GIVEN, "--output", out)

    assert ended == status(*asked)
    told = capsys.readouterr()
    assert "" == told.out
    journal = f"{out}.journal"
    assert (
        f"stopped; 1 of 2 variants are kept in `{journal}`; the same command goes on\n"
        == told.err
    )
    assert 0 == status(*asked)
    assert 3 == len(seen)


@pytest.mark.parametrize("name", ["--policy", "--table"])
def test_what_is_read_is_not_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where files may be replaced; nor is one file written twice."""
    read = tmp_path / "read.csv"
    read.write_text("contact\nmessage\n", "utf-8")
    given = {"--policy": SMALL, "--table": read}
    asked = ("--policy", SMALL, "--family", "drop", "--table", read, "--force")

    assert 2 == status(*asked, "--output", given[name])
    assert f"{name} and --output are one file" in capsys.readouterr().err
    both = tmp_path / "both.json"
    assert 2 == status(*asked, "--output", both, "--plot", tmp_path / "." / "both.json")
    assert "--output and --plot are one file" in capsys.readouterr().err
    assert "contact\nmessage\n" == read.read_text("utf-8")


def test_a_seed_takes_switches(capsys: pytest.CaptureFixture[str]) -> None:
    """As a design does."""
    assert 2 == status("--policy", SMALL, "--family", "drop", "--seed", 1)
    assert "give some with --switch" in capsys.readouterr().err


def test_a_seed_takes_a_design_that_draws(capsys: pytest.CaptureFixture[str]) -> None:
    """A factorial design tries every setting, whatever the seed."""
    switch = INPUTS / "quieter-code.yaml"

    assert 2 == status("--policy", SMALL, "--switch", switch, "--seed", 1)
    assert "draws nothing" in capsys.readouterr().err


@pytest.mark.parametrize("base", ["small-code", "other-code"])
def test_a_switch_for_another_policy_is_remarked_on(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its changes are tried all the same."""
    policy, switch = tmp_path / "base.yaml", INPUTS / "quieter-code.yaml"
    text = SMALL.read_text("utf-8")
    policy.write_text(text.replace("policy: small-code", f"policy: {base}"), "utf-8")

    assert 0 == status("--policy", policy, "--switch", switch, *GIVEN)
    remark = "switch `quieter-code` extends `small-code`, which is no part of"
    assert (base == "other-code") == (remark in capsys.readouterr().err)
