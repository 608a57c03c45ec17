"""Test commands on pipes, links, unusual names, and inputs used as outputs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from boundaryethics.cases import load_cases
from boundaryethics.cli.main import main
from boundaryethics.errors import PolicyError
from boundaryethics.panel import read_panel
from support.files import (
    CASES,
    MINI,
    NOBODY,
    RATINGS,
    as_root,
    as_user,
    command,
    in_bash,
    posix,
    shared,
)

__all__ = ["shared"]

pytestmark = posix

ODD = os.fsdecode(b"\xff")
FACTS = "contact: message\n"

#: Errors about one situation begin with it.
CAUTION = b"If anyone may be in danger, follow your crisis procedure first.\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of each kind."""
    (tmp_path / "mini.yaml").write_text(MINI)
    (tmp_path / "cases.yaml").write_text(CASES)
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "facts.yaml").write_text(FACTS)
    (tmp_path / "table.csv").write_text("contact\nmessage\n")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "be panel <(cat ratings.csv) <(cat cases.yaml) --policy <(cat mini.yaml)",
        "be test <(cat cases.yaml) --policy <(cat mini.yaml)",
        "be consult <(cat facts.yaml) --policy <(cat mini.yaml)",
        "be facts --policy <(cat mini.yaml)",
        "be sweep --policy apa-2017 --switch <(cat mini.yaml) --workers 1",
        "cat facts.yaml | be consult /dev/stdin",
        "be replay <(be consult facts.yaml --record r.json > r.txt; cat r.json)",
    ],
)
def test_process_substitution_is_read_once(folder: Path, line: str) -> None:
    """Bash's process substitution works for every file that is not a table."""
    answer = in_bash(line, folder)

    assert b"" == answer.stderr
    assert 0 == answer.returncode


def test_lint_warnings_have_line_numbers_for_a_pipe(folder: Path) -> None:
    """The text is read again to find the lines of the warnings."""
    answer = in_bash("be lint --policy <(cat mini.yaml)", folder)

    assert b"" == answer.stderr
    assert b"/dev/fd/63:" in answer.stdout


@pytest.mark.parametrize(
    "words",
    [
        "test f --policy mini.yaml",
        "consult --fact contact=message --policy f/child.yaml",
        "panel ratings.csv v",
    ],
)
def test_a_pipe_in_a_folder_is_ignored(folder: Path, words: str) -> None:
    """Only regular files in a folder are read."""
    for name in ("f", "v"):
        (folder / name).mkdir()
        os.mkfifo(folder / name / "x.yaml")
        (folder / name / "a.yaml").write_text(CASES)
    (folder / "f/child.yaml").write_text("policy: child\nextends: [apa-2017]\n")
    answer = command(*words.split(), folder=folder)

    assert b"" == answer.stderr
    assert 0 == answer.returncode


def test_a_pipe_that_a_policy_names_is_refused(folder: Path) -> None:
    """A policy must not make the command wait."""
    os.mkfifo(folder / "x.yaml")
    (folder / "child.yaml").write_text("policy: child\nextends: [./x.yaml]\n")
    answer = command("consult", "facts.yaml", "--policy", "child.yaml", folder=folder)

    assert 2 == answer.returncode
    assert b"BE109: not a regular file: `x.yaml`" in answer.stderr


def test_two_links_to_a_folder_list_its_cases_once(folder: Path) -> None:
    """There is one case, with or without the links."""
    inner = folder / "f"
    inner.mkdir()
    (inner / "a.yaml").write_text(CASES)
    (inner / "._a.yaml").write_bytes(b"\0\5\26\7\260")
    for name in ("l", "m"):
        (inner / name).symlink_to(".")
    answer = command("test", "f", "--policy", "mini.yaml", folder=folder)

    assert b"1 passed" in answer.stdout
    assert 1 == len(load_cases(inner))
    assert 1 == len(read_panel(folder / "ratings.csv", inner).vignettes)


@pytest.mark.parametrize("start", ["<&-", "0>/dev/null"])
def test_unreadable_input_is_reported_as_a_read_error(folder: Path, start: str) -> None:
    """The message does not mention writing."""
    answer = in_bash(f"be consult - {start}", folder)

    assert 2 == answer.returncode
    assert b"BE404: standard input " in answer.stderr
    assert b"written" not in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        "test LONG",
        "panel ratings.csv LONG",
        "panel LONG cases.yaml",
        "consult LONG",
        "consult facts.yaml --policy LONG.yaml",
        "consult facts.yaml --policy LONG",
        "interview LONG",
        "replay LONG",
        "rank LONG.csv --output o.csv",
        "rank table.csv --output LONG.csv",
        "worksheet facts.yaml --output LONG.html",
        "counterfactuals facts.yaml --plot LONG.svg",
        "sweep --policy mini.yaml --family drop --output LONG.csv",
        "effects LONG.csv",
    ],
)
def test_a_name_that_is_too_long_is_reported(folder: Path, words: str) -> None:
    """The error has a code and the name."""
    answer = command(*words.replace("LONG", "l" * 300).split(), folder=folder)

    assert 2 == answer.returncode
    assert answer.stderr.removeprefix(CAUTION).startswith((b"BE", b"Usage"))
    assert b"Traceback" not in answer.stderr


LONGEST = [
    ("rank table.csv --output", ".csv"),
    ("fit ratings.csv cases.yaml --policy mini.yaml --penalty 1 --output", ".yaml"),
    ("counterfactuals facts.yaml --plot", ".svg"),
    ("worksheet facts.yaml --output", ".html"),
    ("consult facts.yaml --record", ".json"),
    ("sweep --policy mini.yaml --family drop --workers 1 --output", ".csv"),
]


@pytest.mark.parametrize(("words", "ending"), LONGEST)
def test_files_with_the_longest_names_are_written(
    folder: Path, words: str, ending: str
) -> None:
    """Each command writes such a file and leaves no other."""
    letter = "\N{CJK UNIFIED IDEOGRAPH-5B57}"
    (folder / "ratings.csv").write_text(RATINGS + RATINGS.replace("v1", "v2")[27:])
    (folder / "cases.yaml").write_text(
        CASES + CASES.replace("v1", "v2").partition("\n")[2]
    )
    before = {*folder.iterdir()}
    most = (255 - len(ending)) // len(letter.encode())
    answer = command(*words.split(), letter * most + ending, folder=folder)

    assert 0 == answer.returncode, answer.stderr
    assert {folder / (letter * most + ending)} == {*folder.iterdir()} - before


@pytest.mark.parametrize(
    "words",
    [
        "consult F.yaml --policy P.yaml --output o.txt --record r.json",
        "worksheet F.yaml --policy P.yaml --output w.html",
        "rank T.csv --policy P.yaml --output oX.csv --summary",
        "rank T.csv --policy P.yaml --output oX.parquet --plot pX.svg",
        "test D",
        "test D --format json",
        "panel R.csv D --policy P.yaml --plot p.html --format json",
        "panel R.csv V --policy P.yaml",
        "sweep --policy P.yaml --family drop --cases D --table T.csv --output X.csv",
        "verify --policy P.yaml --format json",
        "diff P.yaml mini.yaml --format markdown",
        "sensitivity --policy P.yaml --plot pX.json",
        "lint --policy P.yaml",
        "lint --policy P.yaml --format json",
        "consult noX.yaml --policy noX",
        "rank noX.csv --output oX.csv",
        "rank T.csv --output oX.jsonl --prefix X",
        "rank T.csv --output oX.csv --column contact=X",
        "consult --fact X=X",
        "interview F.yaml",
    ],
)
def test_names_in_another_encoding_are_accepted(folder: Path, words: str) -> None:
    """A file name in another encoding is read, written and shown."""
    for name in "DV":
        (folder / (name + ODD)).mkdir()
    (folder / f"D{ODD}/{ODD}.yaml").write_text(CASES)
    (folder / f"V{ODD}/v{ODD}.yaml").write_text(FACTS)
    for letter, text in (("F", FACTS), ("P", MINI)):
        (folder / f"{letter}{ODD}.yaml").write_text(text)
    (folder / f"T{ODD}.csv").write_text("contact\nmessage\n")
    ratings = RATINGS.replace("v1", r"v\udcff") if " V " in words else RATINGS
    (folder / f"R{ODD}.csv").write_text(ratings)
    for name in "FPTRDV":
        ends = (".yaml ", ".csv ", " ")
        for end in ends:
            words = f"{words} ".replace(f" {name}{end}", f" {name}{ODD}{end}")
    answer = command(*words.replace("X", ODD).split(), folder=folder)

    assert b"Traceback" not in answer.stderr
    assert b"Error" not in answer.stderr
    assert answer.returncode in {0, 1, 2}
    if answer.returncode == 2:
        assert answer.stderr.removeprefix(CAUTION).startswith(b"BE")


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("consult facts.yaml --force --format text --output", "facts.yaml"),
        ("consult facts.yaml --policy mini.yaml --force --record", "mini.yaml"),
        ("consult facts.yaml --policy child.yaml --force --record", "mini.yaml"),
        ("worksheet facts.yaml --overlay mini.yaml --force --format html --output",
         "mini.yaml"),
        ("rank table.csv --force --output", "table.csv"),
        ("counterfactuals facts.yaml --policy mini.yaml --force --plot", "l.svg"),
        ("sweep --policy apa-2017 --switch mini.yaml --family drop --force --output",
         "l.csv"),
        ("sweep --policy mini.yaml --family drop --cases . --force --plot", "c.svg"),
        ("fit ratings.csv cases.yaml --policy mini.yaml --force --output", "l.csv"),
    ],
)  # fmt: skip
def test_an_input_is_not_overwritten(folder: Path, words: str, output: str) -> None:
    """Not with `--force`, under another name, or if a policy extends it."""
    (folder / "child.yaml").write_text("policy: child\nextends: [apa-2017, mini]\n")
    for name, target in (("l.svg", "mini"), ("l.csv", "mini"), ("c.svg", "cases")):
        (folder / name).hardlink_to(folder / f"{target}.yaml")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    answer = command(*words.split(), output, folder=folder)

    assert 2 == answer.returncode
    assert b"must be different files" in answer.stderr or (
        b"read by the same command" in answer.stderr
    )
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


def test_an_interview_is_saved_in_its_own_file(folder: Path) -> None:
    """This is the only input that is replaced."""
    for said in ("1\nstop\nmine.json\n", "1\nstop\nmine.json\n"):
        given = "mine.json" if (folder / "mine.json").exists() else ""
        answer = in_bash(f"printf '{said}' | be interview {given}", folder)

        assert b"Your answers are saved" in answer.stdout, answer.stderr
    assert 2 == len(json.loads((folder / "mine.json").read_text())["steps"])


@as_root
@pytest.mark.parametrize("allowed", [True, False])
def test_a_changed_owner_is_noted(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    allowed: bool,
) -> None:
    """The note is on standard error, without a traceback."""
    target = folder / "out.html"
    target.write_text("before")
    os.chown(target, NOBODY, NOBODY)
    if not allowed:
        monkeypatch.setattr(os, "fchown", refuse)
    out = ["--output", str(target)]
    with pytest.raises(SystemExit) as ended:
        main(["worksheet", str(folder / "facts.yaml"), "--force", *out])
    data = capsys.readouterr().err

    assert 0 == ended.value.code
    assert (NOBODY if allowed else 0) == target.stat().st_uid
    why = "does not have the same owner and group as the file that it replaces"
    note = f"note: `{target}` {why}"
    assert [note][allowed:] == data.splitlines()


def refuse(*_: object) -> None:
    """Refuse to change an owner."""
    raise PermissionError


def test_a_table_in_a_pipe_is_refused(folder: Path) -> None:
    """A table needs several passes, and a pipe can be read only once."""
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "pipe.jsonl")
    for name in ("pipe.csv", "pipe.jsonl"):
        answer = command("rank", name, "--output", "o.jsonl", folder=folder)

        assert 2 == answer.returncode
        assert b"cannot be read: not a regular file" in answer.stderr


@as_root
def test_a_folder_that_cannot_be_read_is_named(shared: Path) -> None:
    """The error is about reading and names the inner folder."""
    (shared / "inner").mkdir()
    (shared / "inner").chmod(0)

    def work() -> str:
        try:
            return str(load_cases(shared))
        except PolicyError as error:
            return str(error)

    assert f"BE109: permission denied: `{shared}/inner`" == as_user(NOBODY, work)
