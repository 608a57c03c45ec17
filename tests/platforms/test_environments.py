"""Commands give the same output under every kind of interpreter and environment."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipapp
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path

import pytest

import boundaryethics
from boundaryethics.cli.main import commands

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
SMALL, QUIETER, WEIGHING, DRAFTS = (
    str(INPUTS / f"{name}.yaml")
    for name in ("small-code", "quieter-code", "weighing-code", "with-drafts")
)
CASE = """
cases:
  - name: A message is declined
    policy: small-code
    given: {contact: message}
    expect: {first: decline}
"""
RATINGS = "rater,vignette,option,rank\n" + "".join(
    f"{rater},{vignette},{option},{rank}\n"
    for rater, vignette, ranks in [
        ("ada", "asked", "decline ignore leave continue"),
        ("ben", "asked", "continue leave ignore decline"),
        ("ada", "met", "decline continue ignore leave"),
        ("ben", "met", "ignore decline leave continue"),
    ]
    for rank, option in enumerate(ranks.split(), start=1)
)
VIGNETTES = "vignette,contact,client_status\nasked,message,active\nmet,message,former\n"
_TIME = re.compile(rb"20\d\d-\d\d-\d\dT[\d:.]+")
MESSAGE = ("--fact", "contact=message", "--policy")
#: A run of each command except the interview, in the current folder.
EVERY: tuple[tuple[str, ...], ...] = (
    ("consult", *MESSAGE, SMALL, "--record", "record.json", "--format", "json"),
    ("replay", "record.json", "--policy", SMALL),
    ("facts", "--policy", SMALL),
    ("open-questions", *MESSAGE, SMALL, "--format", "json"),
    ("why", "decline", "--versus", "leave", *MESSAGE, SMALL),
    ("why-not", "ignore first", *MESSAGE, SMALL, "--format", "json"),
    ("counterfactuals", *MESSAGE, SMALL),
    ("worksheet", *MESSAGE, DRAFTS, "--format", "html"),
    ("policies", "--format", "json"),
    ("principles", "--policy", SMALL),
    ("sources", "--policy", SMALL),
    ("test", "case.yaml", "--policy", SMALL),
    ("verify", "--policy", SMALL),
    ("lint", "--policy", SMALL),
    ("diff", SMALL, QUIETER),
    ("compare", SMALL, WEIGHING),
    ("agreement", SMALL, QUIETER, WEIGHING),
    ("schema", "situation", "--policy", SMALL, "--output", "situation.schema.json"),
    ("rank", str(INPUTS / "contacts.csv"), "--policy", SMALL, "--output", "ranked.csv"),
    ("vignettes", SMALL, QUIETER, "--output", "found.csv"),
    ("panel", "ratings.csv", "vignettes.csv", "--policy", SMALL),
    ("fit", "ratings.csv", "vignettes.csv", "--policy", SMALL),
    ("sweep", "--policy", SMALL, "--switch", QUIETER, "--output", "sweep.csv"),
    ("effects", "sweep.csv"),
    ("sensitivity", "--policy", WEIGHING),
    ("acceptability", "--policy", WEIGHING, "--draws", "50"),
)
FEW = (
    ("--version",),
    ("consult", *MESSAGE, SMALL),
    ("consult", "--fact", "contact=message", "--format", "markdown"),
    ("worksheet", *MESSAGE, DRAFTS, "--format", "html"),
    ("consult", "--fact", "contact=nonsense"),
    ("why", "decline", *MESSAGE, SMALL),
)
#: Runs each command that is given as Python, in one process.
DRIVER = """
import sys
from ast import literal_eval
from boundaryethics.cli.main import main
for arguments in literal_eval(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        print("status", ended.code, flush=True)
"""


def run(
    lines: Sequence[tuple[str, ...]],
    folder: Path,
    *flags: str,
    **environment: str | None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the commands *lines* in one process, in *folder*."""
    inherited = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80", **environment}
    return subprocess.run(
        [sys.executable, *flags, "-c", DRIVER, repr(lines)],
        cwd=folder,
        env={name: value for name, value in inherited.items() if value is not None},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the output of FEW, with errors as users see them."""
    done = run(FEW, tmp_path_factory.mktemp("usual"))
    assert done.stdout.count(b"status 0") == len(FEW) - 1, done
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        (["-O"], {}),
        (["-OO"], {}),
        (["-W", "error", "-X", "dev"], {}),
        (["-P"], {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Apia"}),
        ([], {"LC_ALL": "C", "PYTHONUTF8": "0", "TERM": "dumb"}),
        ([], {"LC_ALL": "tr_TR.UTF-8", "HOME": "/nonexistent", "TMPDIR": "/none"}),
        ([], {"HOME": None, "PATH": None, "TERM": None, "LANG": None}),
    ],
    ids=lambda value: " ".join(map(str, value)) or "-",
)
def test_interpreter_and_environment_do_not_change_output(
    flags: list[str],
    environment: Mapping[str, str | None],
    usual: bytes,
    tmp_path: Path,
) -> None:
    """Optimization, warnings, locale, time zone and home do not matter."""
    done = run(FEW, tmp_path, *flags, **environment)

    # HTML refers to characters that the locale lacks.
    found = (done.stdout + done.stderr).decode()
    assert unescape(usual.decode()) == unescape(found)


def test_every_command_is_covered() -> None:
    """The list names each command except the interactive interview."""
    names = {line[0] for line in EVERY} | {"interview"}

    assert {*commands.list_commands(commands.make_context("", ["facts"]))} == names


def test_the_hash_seed_does_not_change_output(tmp_path: Path) -> None:
    """Each command prints and writes the same bytes for two seeds."""
    for extra in ("pyarrow", "scipy"):
        pytest.importorskip(extra)
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "case.yaml").write_text(CASE)
        (folder / "ratings.csv").write_text(RATINGS)
        (folder / "vignettes.csv").write_text(VIGNETTES)
        done = run(EVERY, folder, PYTHONHASHSEED=seed)
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        # A record contains the time; `replay` compares the rest.
        del files["record.json"]
        found.append((_TIME.sub(b"", done.stdout), done.stderr, files))

    assert found[0] == found[1]
    statuses = re.findall(rb"^status (\d)$", found[0][0], re.MULTILINE)
    assert len(EVERY) == len(statuses)
    assert {b"0", b"1"} == {*statuses}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_code_page_replaces_characters_that_it_lacks(
    encoding: str, tmp_path: Path
) -> None:
    """The output is the usual one otherwise, without a traceback."""
    lines = [FEW[1], FEW[2], FEW[4]]
    usual = run(lines, tmp_path)
    done = run(lines, tmp_path, PYTHONUTF8="0", PYTHONIOENCODING=encoding)

    assert usual.stdout.decode().encode(encoding, "replace") == done.stdout
    assert usual.stderr.decode().encode(encoding, "replace") == done.stderr


CONSULT = ("-m", "boundaryethics", *FEW[1])


@pytest.mark.skipif(not shutil.which("sh"), reason="the shell closes the streams")
@pytest.mark.parametrize(
    ("arguments", "redirected", "status"),
    [
        (CONSULT, ">&-", 2),
        (CONSULT, "<&-", 0),
        (CONSULT, "2>&-", 0),
        (CONSULT, ">&- 2>&- <&-", 2),
        ((*CONSULT[:2], *FEW[4]), "2>&-", 2),
        ((*CONSULT[:2], "consult", "-", "--policy", SMALL), "<&-", 2),
        ((*CONSULT[:2], "interview", "--policy", SMALL), "<&-", 0),
    ],
)
def test_closed_streams_cause_no_traceback(
    arguments: tuple[str, ...], redirected: str, status: int
) -> None:
    """The status is the usual one, except 2 if there is nowhere to print the result."""
    line = f"{shlex.join([sys.executable, *arguments])} {redirected}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=False)

    assert status == done.returncode, done
    assert b"Traceback" not in done.stderr
    assert (b"" == done.stderr) == (status == 0 or "2>&-" in redirected), done


def test_a_zipapp_without_metadata_works(usual: bytes, tmp_path: Path) -> None:
    """A package in a zip file loads its policies and knows its version."""
    package = Path(boundaryethics.__file__).parent
    bundled = tmp_path / "bundle" / "boundaryethics"
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, bundled, ignore=skipped)
    if not (bundled / "rules").exists():
        shutil.copytree(package.parents[1] / "rules", bundled / "rules")
    (tmp_path / "bundle" / "__main__.py").write_text(
        f"import boundaryethics, sys\n"
        f"assert {'app.pyz'!r} in boundaryethics.__file__\n{DRIVER}"
    )
    zipapp.create_archive(tmp_path / "bundle", tmp_path / "app.pyz")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "app.pyz"), repr(FEW)],
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"},
        capture_output=True,
        check=False,
    )

    assert usual == done.stdout + done.stderr
