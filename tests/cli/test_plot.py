"""Test that `--plot FILE` writes a picture in addition to the answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from boundaryethics.cli.main import main
from support.charts import shown

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

PANEL = Path(__file__).parents[2] / "examples" / "panel"
GIVEN = ["--where", "client_status=active", "--where", "contact=message"]
DRAWING = """
import boundaryethics

changes = boundaryethics.compare("apa-2017", "apa-2017", where={"contact": ["message"]})
try:
    changes.chart()
except boundaryethics.PictureError as refused:
    print(refused.problems[0].code)
"""
FACTS = ["--fact", "contact=message", "--fact", "client_status=active"]


def status(*arguments: object) -> object:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.mark.parametrize(
    ("command", "title"),
    [
        (["compare", "apa-2017", "nasw-2021", *GIVEN], "Changes in the top response"),
        (["agreement", "apa-2017", "nasw-2021", *GIVEN], "Policy agreement"),
        (
            ["counterfactuals", *FACTS],
            "Smallest changes that put another response first",
        ),
        (["open-questions", *FACTS], "First choice once every answer is known"),
        (["diff", "apa-2017", "apa-2017", *GIVEN], "Changes in the top response"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_picture_is_written_and_the_answer_printed(
    command: list[str],
    title: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--plot` does not change the printed answer."""
    assert 0 == status(*command)
    answer = capsys.readouterr()
    picture = tmp_path / "picture.svg"

    assert 0 == status(*command, "--plot", picture)
    assert answer == capsys.readouterr()
    assert title in shown(picture.read_text("utf-8"))


def test_charts_without_docstrings_are_refused_before_work(tmp_path: Path) -> None:
    """Altair cannot be imported under `python -OO`."""
    output, picture = tmp_path / "out.csv", tmp_path / "picture.svg"
    command = subprocess.run(
        [
            *(sys.executable, "-OO", "-m", "boundaryethics", "rank", "in.csv"),
            *("--output", output, "--plot", picture),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    library = subprocess.run(
        [sys.executable, "-OO", "-c", DRAWING], capture_output=True, check=False
    )

    assert 2 == command.returncode
    assert command.stderr.startswith("BE868: charts cannot be drawn with `python -OO`")
    assert not any(tmp_path.iterdir())
    assert b"BE868" == library.stdout.strip(), library


def test_a_table_is_drawn_by_policy(tmp_path: Path) -> None:
    """`rank --plot` shows the top responses of each policy."""
    pytest.importorskip("pyarrow")
    table, picture = tmp_path / "in.csv", tmp_path / "picture.svg"
    table.write_text("contact,client_status\nmessage,active\nmessage,no\n", "utf-8")
    both = ["--policy", "apa-2017", "--policy", "nasw-2021"]

    assert 0 == status(
        "rank", table, "--output", tmp_path / "out.csv", *both, "--plot", picture
    )
    words = shown(picture.read_text("utf-8"))
    assert all(word in words for word in ("apa-2017", "nasw-2021", "not ranked"))
    assert 2 == status("rank", table, "--output", tmp_path / "2.csv", "--plot", picture)
    assert not (tmp_path / "2.csv").exists()
    assert 0 == status(
        "rank", table, "--output", tmp_path / "2.csv", "--plot", picture, "--force"
    )


def test_variants_and_panels_are_drawn(tmp_path: Path) -> None:
    """`sweep` draws variants, `panel` policies or raters, and `fit` weights."""
    pytest.importorskip("scipy")
    pytest.importorskip("krippendorff")
    files = [PANEL / "ratings.csv", PANEL / "vignettes.csv"]
    confined = [*GIVEN, "--workers", "1", "--family", "methods"]
    apa = ("--policy", "apa-2017")
    commands: dict[str, tuple[object, ...]] = {
        "Ranking changes in variants": ("sweep", *apa, *confined),
        "Policy\N{EN DASH}rater agreement": ("panel", *files, *apa),
        "Inter-rater agreement by vignette": ("panel", *files),
        "Maximum-likelihood weights of apa-2017": ("fit", *files, *apa),
    }
    for number, (title, command) in enumerate(commands.items()):
        picture = tmp_path / f"{number}.svg"
        assert 0 == status(*command, "--plot", picture)
        assert title in shown(picture.read_text("utf-8"))
        assert 2 == status(*command, "--plot", picture)


def test_a_picture_that_cannot_be_written_is_refused_early(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An existing file or an unknown file type is an error before any work."""
    picture = tmp_path / "picture.svg"
    picture.write_text("mine", "utf-8")
    for file, code in ((picture, "BE862"), (tmp_path / "picture.bmp", "BE861")):
        assert 2 == status("counterfactuals", *FACTS, "--plot", file)
        result = capsys.readouterr()
        assert "" == result.out
        assert code in result.err

    assert "mine" == picture.read_text("utf-8")
    assert 0 == status("counterfactuals", *FACTS, "--force", "--plot", picture)
    assert picture.read_text("utf-8").startswith("<svg")


def test_a_missing_extra_is_reported_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the extra `plots`, the error names it."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)

    assert 2 == status("counterfactuals", *FACTS, "--plot", tmp_path / "picture.svg")
    result = capsys.readouterr()
    assert "" == result.out
    assert "run `pip install 'boundaryethics[plots]'`" in result.err
