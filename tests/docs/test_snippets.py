"""Run the examples on the pages and compare their output.

A page is run from top to bottom in its own folder, which contains the examples.
`python` blocks run. `pycon` blocks and the commands of `console` blocks run, and their
output is compared. A block under `<!-- file: NAME -->` is written to the folder first.
It must equal the file of that name in the repository, if there is one.
A picture on the page must have the same text as the file that a snippet draws.
In expected output, `...` matches any text.
"""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.charts import texts_in
from support.commands import run_here

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
#: Optional packages that some pages need.
NEEDS = {"fastapi.md": "fastapi.testclient", "fhir.md": "fhir.resources"}

_BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_PICTURE = re.compile(r"^!\[[^\]]*\]\(([^)]+\.svg)\)$", re.MULTILINE)
_CHECKER = doctest.OutputChecker()


class Block(NamedTuple):
    """One fenced block of a page."""

    #: The file to write the block to, if any.
    file: str | None
    language: str
    body: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of *page*, in order."""
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("body")) + 1
        yield Block(found["file"], found["language"], found["body"], line)


def runs(page: Path) -> bool:
    """Check whether *page* shows anything that can run."""
    return any(b.language in {"python", "pycon", "console"} for b in blocks(page))


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if runs(page)],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_snippets_run_and_print_the_output_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reset_golden: bool
) -> None:
    """Every snippet on the page is run in order."""
    pytest.importorskip(NEEDS.get(page.name, "boundaryethics"))
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "examples" / "recipes")
    names: dict[str, object] = {"__name__": "__snippet__"}
    wrong: list[Transcript] = []
    for block in blocks(page):
        if block.file and (ROOT / block.file).exists():
            assert (ROOT / block.file).read_text("utf-8") == block.body
        elif block.file:
            Path(block.file).write_text(block.body, "utf-8")
        elif block.language == "python":
            code = "\n" * (block.line - 1) + block.body
            exec(compile(code, str(page), "exec"), names)
        elif block.language == "pycon":
            talk(block, page, names)
        elif block.language == "console":
            wrong += [found for found in typed(block) if not found.holds()]
    if reset_golden:
        renew(page, [found for found in wrong if not found.shortened()])
        wrong = [found for found in wrong if found.shortened()]
        redraw(page)

    assert not wrong, "\n".join(map(str, wrong))
    assert [] == [kept.name for kept in drawn(page) if not is_current(kept)]


class Transcript(NamedTuple):
    """A command, its output on the page, and its actual output."""

    command: str
    expected: str
    printed: str

    def holds(self) -> bool:
        """Return whether the output on the page is right."""
        return _CHECKER.check_output(self.expected, self.printed, doctest.ELLIPSIS)

    def shortened(self) -> bool:
        """Return whether the page omits lines; such output is updated manually."""
        return "..." in self.expected.splitlines()

    def __str__(self) -> str:
        return (
            f"$ {self.command}\n--- the page says ---\n{self.expected}"
            f"--- it prints ---\n{self.printed}"
        )


def talk(block: Block, page: Path, names: dict[str, object]) -> None:
    """Run the examples of *block* and compare their output."""
    found: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    test = doctest.DocTestParser().get_doctest(
        block.body, names, page.name, str(page), block.line - 1
    )
    runner.run(test, out=found.append, clear_globs=False)
    names.update(test.globs)

    assert not found, "".join(found)


def typed(block: Block) -> Iterator[Transcript]:
    """Run each command of *block*; `< FILE` at its end redirects standard input."""
    for command, expected in _COMMAND.findall(block.body):
        line, _, read = command.replace("\\\n", " ").partition(" < ")
        program, *words = shlex.split(line)
        assert "boundaryethics" == program
        given = Path(read).read_bytes() if read else b""
        answer = run_here(words, folder=Path.cwd(), given=given, joined=True)
        yield Transcript(command, expected, answer.out.decode())


def drawn(page: Path) -> list[Path]:
    """List the pictures that *page* shows."""
    return [page.parent / name for name in _PICTURE.findall(page.read_text("utf-8"))]


def is_current(picture: Path) -> bool:
    """Check whether a picture has the data of the one that the page draws."""
    made = Path(picture.name).read_text("utf-8")
    return texts_in(made) == texts_in(picture.read_text("utf-8"))


def redraw(page: Path) -> None:
    """Save the pictures that *page* draws, if their data differ."""
    for picture in drawn(page):
        if not (picture.exists() and is_current(picture)):
            picture.parent.mkdir(exist_ok=True)
            shutil.copy(picture.name, picture)


def renew(page: Path, wrong: list[Transcript]) -> None:
    """Write the current output of the commands into *page*."""
    text = page.read_text("utf-8")
    for command, expected, printed in wrong:
        said, says = (f"$ {command}\n{found}" for found in (expected, printed))
        text = text.replace(said, says)
    page.write_text(text, "utf-8")
