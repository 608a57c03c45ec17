"""`boundaryethics sweep`: what it says beside its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boundaryethics.cli.main import main
from boundaryethics.variants import measuring, working

INPUTS = Path(__file__).parents[2] / "golden" / "inputs"
SMALL = INPUTS / "small-code.yaml"
GIVEN = ("--given", "contact=message", "--workers", "1")


def status(*arguments: object) -> Any:
    """With what the command ends."""
    with pytest.raises(SystemExit) as ended:
        main(["sweep", *map(str, arguments)])
    return ended.value.code


def test_who_stops_a_sweep_hears_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line; and the same command goes on."""
    pytest.importorskip("pyarrow")
    plain, seen = measuring.measured, list[Any]()

    def interrupted(*asked: Any) -> Any:
        seen.append(asked)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return plain(*asked)

    monkeypatch.setattr(f"{working.__name__}.measured", interrupted)
    out = tmp_path / "out.csv"
    asked = (SMALL, "--family", "drop", *GIVEN, "--out", out)

    assert 130 == status(*asked)
    told = capsys.readouterr()
    assert "" == told.out
    journal = f"{out}.journal"
    assert (
        f"stopped; 1 of 2 variants are kept in `{journal}`; the same command goes on\n"
        == told.err
    )
    assert 0 == status(*asked)
    assert 3 == len(seen)


def test_a_seed_takes_switches(capsys: pytest.CaptureFixture[str]) -> None:
    """As a design does."""
    assert 2 == status(SMALL, "--family", "drop", "--seed", 1)
    assert "give some with --switch" in capsys.readouterr().err


def test_a_seed_takes_a_design_that_draws(capsys: pytest.CaptureFixture[str]) -> None:
    """A factorial design tries every setting, whatever the seed."""
    switch = INPUTS / "quieter-code.yaml"

    assert 2 == status(SMALL, "--switch", switch, "--seed", 1)
    assert "draws nothing" in capsys.readouterr().err


@pytest.mark.parametrize("base", ["small-code", "other-code"])
def test_a_switch_for_another_policy_is_remarked_on(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its changes are tried all the same."""
    policy, switch = tmp_path / "base.yaml", INPUTS / "quieter-code.yaml"
    text = SMALL.read_text("utf-8")
    policy.write_text(text.replace("policy: small-code", f"policy: {base}"), "utf-8")

    assert 0 == status(policy, "--switch", switch, *GIVEN)
    remark = "switch `quieter-code` extends `small-code`, which is no part of"
    assert (base == "other-code") == (remark in capsys.readouterr().err)
