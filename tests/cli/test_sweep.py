"""Test the messages of `boundaryethics sweep`."""

from __future__ import annotations

import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from boundaryethics.cli.main import main
from boundaryethics.variants import read_sweep

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
SMALL = INPUTS / "small-code.yaml"
GIVEN = ("--where", "contact=message", "--workers", "1")


def status(*arguments: object) -> Any:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["sweep", *map(str, arguments)])
    return ended.value.code


@pytest.mark.parametrize(
    ("stop", "ended"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_an_interrupted_sweep_reports_what_is_saved(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    stop: signal.Signals,
    ended: int,
) -> None:
    """One line reports it, and the same command resumes the sweep."""
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
    result = capsys.readouterr()
    assert "" == result.out
    journal = f"{out}.journal"
    assert (
        f"stopped; 1 of 2 variants are saved in `{journal}`; run the same command "
        "again to resume\n" == result.err
    )
    assert 0 == status(*asked)
    assert 3 == len(seen)


@pytest.mark.parametrize("with_output", [True, False])
def test_a_sweep_that_is_stopped_at_its_chart_reports_what_is_saved(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    with_output: bool,
) -> None:
    """The rows are complete, so the journal is gone, and only the chart is missing."""

    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("boundaryethics.charts.save", interrupted)
    out, plot = tmp_path / "out.csv", tmp_path / "out.svg"
    saved = ("--output", out) if with_output else ()
    asked = ("--policy", SMALL, "--family", "drop", *GIVEN, "--plot", plot, *saved)

    assert 143 == status(*asked)
    result = capsys.readouterr().err
    if with_output:
        right = f"stopped; `{out}` is complete, but the chart `{plot}` is not saved\n"
        assert right == result
        assert [out] == [*tmp_path.iterdir()]
    else:
        assert "stopped; nothing is saved without --output\n" == result
        assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["--policy", "--table"])
def test_an_input_file_is_not_overwritten(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--force` does not allow this, or one file for two outputs."""
    read = tmp_path / "read.csv"
    read.write_text("contact\nmessage\n", "utf-8")
    given = {"--policy": SMALL, "--table": read}
    asked = ("--policy", SMALL, "--family", "drop", "--table", read, "--force")

    assert 2 == status(*asked, "--output", given[name])
    assert f"{name} and --output must be different files" in capsys.readouterr().err
    both = tmp_path / "both.json"
    assert 2 == status(*asked, "--output", both, "--plot", tmp_path / "." / "both.json")
    assert "--output and --plot must be different files" in capsys.readouterr().err
    assert "contact\nmessage\n" == read.read_text("utf-8")


def test_a_seed_requires_switches(capsys: pytest.CaptureFixture[str]) -> None:
    """`--seed` without `--switch` is an error."""
    assert 2 == status("--policy", SMALL, "--family", "drop", "--seed", 1)
    assert "add --switch" in capsys.readouterr().err


def test_a_seed_requires_a_random_design(capsys: pytest.CaptureFixture[str]) -> None:
    """`--seed` is an error for a factorial design."""
    switch = INPUTS / "quieter-code.yaml"

    assert 2 == status("--policy", SMALL, "--switch", switch, "--seed", 1)
    assert "has no random settings" in capsys.readouterr().err


@pytest.mark.parametrize("base", ["small-code", "other-code"])
def test_a_switch_for_another_policy_is_noted(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sweep still applies its changes."""
    policy, switch = tmp_path / "base.yaml", INPUTS / "quieter-code.yaml"
    text = SMALL.read_text("utf-8")
    policy.write_text(text.replace("policy: small-code", f"policy: {base}"), "utf-8")

    assert 0 == status("--policy", policy, "--switch", switch, *GIVEN)
    remark = "switch `quieter-code` extends `small-code`, which `other-code` does not"
    assert (base == "other-code") == (remark in capsys.readouterr().err)


def test_a_table_from_another_program_is_read_with_options(tmp_path: Path) -> None:
    """Separator, codes and column names give the rows of a plain table."""
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_text(
        "contact,client_status\nmessage,active\nconnection_request,\n", "utf-8"
    )
    other.write_text(
        "id;c;client_status\n1;message;1\n2;connection_request;-99\n", "utf-8"
    )
    book = tmp_path / "book.yaml"
    book.write_text("columns:\n  client_status: {values: {1: active}}\n", "utf-8")
    options = [
        *("--separator", ";", "--na", "-99", "--ignore", "id"),
        *("--column", "contact=c", "--codebook", str(book)),
    ]
    asked = ("--policy", SMALL, "--family", "drop", "--no-all-situations", *GIVEN[2:])
    for table, more in ((plain, []), (other, options)):
        out = table.with_suffix(".parquet")
        assert 0 == status(*asked, "--table", table, "--output", out, *more)

    one, same = (read_sweep(tmp_path / f"{n}.parquet") for n in ("plain", "other"))
    assert one == same
    assert 2 == one.table_rows
    assert 2 == status(*asked, "--table", other)
    assert 2 == status("--policy", SMALL, "--family", "drop", *options)
