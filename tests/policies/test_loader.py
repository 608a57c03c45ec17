"""Policies are loaded by ID and by path."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

import boundaryethics
from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.policies import (
    load_policy,
    loader,
    policies,
    read_policy,
    shipped_vocabulary,
    yaml,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("id", policies())
def test_every_built_in_policy_loads(id: str) -> None:
    """Each has its own ID, and starts with the built-in facts."""
    policy = load_policy(id)
    shared = shipped_vocabulary().facts

    assert id == policy.id
    assert shared == policy.vocabulary.facts[: len(shared)]


def test_the_table_of_policies_says_how_each_can_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Abstract policies can only be extended."""
    *abstract, id = load_policy("apa-2017").lineage
    some = {name: loader.shipped()[name] for name in (*abstract, id)}
    monkeypatch.setattr(loader, "shipped", lambda: some)
    rows = str(policies()).splitlines()[3:]

    uses = {id: "consult", **dict.fromkeys(abstract, "extend only")}
    assert uses == {row.split()[0]: re.split("  +", row)[-1] for row in rows}


def test_a_built_in_policy_is_read_once() -> None:
    """It is cached, because its file does not change."""
    assert load_policy("core") is load_policy("core")


def test_a_built_in_file_is_parsed_once() -> None:
    """Policies that extend the same file share its content."""
    file = loader.shipped()["core"]

    assert loader.parse_file(file) is loader.parse_file(file)


def test_a_policy_file_is_read_every_time(tmp_path: Path) -> None:
    """A policy file is read again each time."""
    path = tmp_path / "p.yaml"
    path.write_text("policy: p\ntitle: Old\n", "utf-8")
    old = load_policy(path)
    path.write_text("policy: p\ntitle: New\n", "utf-8")

    assert ("Old", "New") == (old.title, load_policy(str(path)).title)


def test_a_file_without_an_extension_can_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without a separator or an extension may be a file."""
    (tmp_path / "mine").write_text("policy: p\n", "utf-8")
    monkeypatch.chdir(tmp_path)

    assert "p" == load_policy("mine").id


def test_an_unknown_id_is_reported_with_the_nearest() -> None:
    """The problem also lists the policies to consult, and not the abstract ones."""
    (problem,) = _refused("apa2017")

    assert "BE206" == problem.code
    assert "did you mean `apa-2017`?" in str(problem.help)
    consulted = {id for id, one in policies().items() if not one.abstract}
    assert consulted == {id for id in policies() if f"`{id}`" in str(problem.help)}


def test_an_unknown_overlay_is_reported_with_the_overlays() -> None:
    """They are the abstract policies, except those that every code extends."""
    with pytest.raises(PolicyError) as refused:
        load_policy("apa-2017", ["texas"])
    (problem,) = refused.value.problems

    assert "did you mean `texas-rules`?" in str(problem.help)
    listed = {id for id in policies() if f"`{id}`" in str(problem.help)}
    assert {id for id in policies() if id.endswith("-rules")} == listed
    assert "valid overlays" in str(problem.help)


def test_a_name_that_is_no_policy_file_is_reported(tmp_path: Path) -> None:
    """The problem names the extensions of policy files."""
    for name in ("ours.csv", str(tmp_path.name)):
        (tmp_path / tmp_path.name).mkdir(exist_ok=True)
        with contextlib.chdir(tmp_path), pytest.raises(PolicyError) as refused:
            load_policy(name)
        (problem,) = refused.value.problems

        assert f"`{name}` is neither a policy file nor the id" in problem.message
        assert "must end in .yaml or .yml" in str(problem.help)


def test_a_missing_file_is_reported_with_the_nearest(tmp_path: Path) -> None:
    """Only a name that can be printed is suggested."""
    (tmp_path / "our-agency.yaml").write_text("policy: p\n", "utf-8")
    (tmp_path / "our-agncy\x1b.yaml").write_text("policy: p\n", "utf-8")
    (problem,) = _refused(tmp_path / "our-agncy.yaml")

    assert f"did you mean `{tmp_path / 'our-agency.yaml'}`?" == problem.help
    (problem,) = _refused(tmp_path / "other.yaml")
    assert problem.help is None


@pytest.mark.parametrize("name", ["no/such.yaml", "no-such.yml", "./x", "x/" * 3000])
def test_a_missing_file_is_reported(name: str) -> None:
    """It raises a `PolicyError`."""
    (problem,) = _refused(name)

    assert "BE109" == problem.code
    assert "file not found" in problem.message


def test_a_folder_is_rejected(tmp_path: Path) -> None:
    """The message says that the path is a folder."""
    assert ["BE109"] == [problem.code for problem in _refused(tmp_path)]


@pytest.mark.parametrize("name", ["a\0b", "a\0b.yaml", "x" * 5000])
def test_invalid_paths_are_rejected(name: str) -> None:
    """They raise a `PolicyError`, not an error of the operating system."""
    assert _refused(name)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_reported(text: str) -> None:
    """The help says how to begin a policy file."""
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    assert "begin the file with `policy:`" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), (" \n\n", "is empty"), ("title: x\n", "no `policy` key")],
)
def test_a_file_without_a_policy_is_reported(
    text: str, said: str, tmp_path: Path
) -> None:
    """The message says whether the file is empty."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    (problem,) = _refused(path)

    assert "BE104" == problem.code
    assert said in problem.message


@pytest.mark.parametrize("character", ["[", "[]", "a: ", "- ", "é"])
def test_a_large_file_is_rejected_without_reading_it(
    tmp_path: Path, character: str
) -> None:
    """The message gives the size and the limit."""
    path = tmp_path / "large.yaml"
    path.write_text(character * (10_000_000 // len(character.encode())), "utf-8")
    (problem,) = _refused(path)

    assert "BE107" == problem.code
    assert "1,048,576" in problem.message
    assert "10,000,000" in problem.message or "9,999," in problem.message


def test_a_large_text_is_rejected() -> None:
    """A text has the same limit as a file."""
    with pytest.raises(PolicyError) as refused:
        read_policy("é" * 1_000_000)

    assert ["BE107"] == [problem.code for problem in refused.value.problems]


def test_invalid_utf_8_is_reported_with_its_location(tmp_path: Path) -> None:
    """The location is that of the first invalid byte."""
    path = tmp_path / "latin.yaml"
    path.write_bytes("policy: p\ntitle: Grüße\n".encode("latin-1"))
    (problem,) = _refused(path)

    assert ("BE108", f"{path}:2:10") == (problem.code, str(problem.where))


def test_every_error_code_is_documented() -> None:
    """The page of problems lists each code."""
    package = Path(boundaryethics.__file__).parent
    listed = (ROOT / "docs/reference/problems.md").read_text("utf-8")
    used = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r"\bBE\d{3}\b", path.read_text("utf-8"))
    }

    assert set() == used - set(re.findall(r"^\| (BE\d{3}) \|", listed, re.MULTILINE))


def _refused(name: str | Path) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as refused:
        load_policy(name)
    return refused.value.problems


def test_a_built_in_file_is_read_again_after_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only parsed text is cached, never an error of the file system."""
    read = loader.PolicyFile.text

    def fails(file: loader.PolicyFile) -> str:
        if file.name == "rules/core.yaml":
            wrong = problem("BE109", file=file.name, why="too many open files")
            raise yaml.TextError(wrong)
        return read(file)

    loader._parse_built_in.cache_clear()  # noqa: SLF001 - its cache
    loader._shipped.cache_clear()  # noqa: SLF001
    with monkeypatch.context() as patch:
        patch.setattr(loader.PolicyFile, "text", fails)
        with pytest.raises(PolicyError, match="BE109"):
            load_policy("aca-2014")

    assert "aca-2014" == load_policy("aca-2014").id
