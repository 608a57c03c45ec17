"""Run the hooks of `.pre-commit-hooks.yaml` as pre-commit does."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from architecture.source_tree import ROOT
from boundaryethics import lint, read_policy
from boundaryethics.cli.main import main

HOOKS: dict[str, Any] = {
    hook["id"]: hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
TEMPLATE = ROOT / "examples" / "agency"
POLICY = """
policy: first
sources: {s: {title: S}}
principles: {p: {title: P, force: custom, cites: [{source: s, section: "1"}]}}
rules:
  - id: a-rule
    when: {contact: follow}
    then: {favors: {decline: weak}}
    principle: p
    because: So.
invariants: [{id: i, when: {contact: follow}, holds: {first: decline}}]
"""
#: A second policy; a hook gets both files in one call.
SECOND = "policy: second\nextends: [first]\n"
CASES = """
cases:
  - {name: One, policy: second, given: {contact: follow}, expect: {first: decline}}
"""
#: A mistake that each hook finds, added to the second policy or to the cases.
FAULTS = {
    "boundaryethics-test": """
  - {name: Wrong, policy: second, given: {contact: follow}, expect: {last: decline}}
""",
    "boundaryethics-lint": "findings: {unused: {says: Nobody reads it.}}\n",
    "boundaryethics-verify": """
invariants: [{id: wrong, when: {contact: follow}, holds: {last: decline}}]
""",
}


def test_the_template_uses_each_hook() -> None:
    """The template names this repository and its hooks."""
    (repo,) = yaml.safe_load((TEMPLATE / ".pre-commit-config.yaml").read_text())[
        "repos"
    ]

    assert "https://github.com/boundaryethics/boundaryethics" == repo["repo"]
    assert [*HOOKS] == [hook["id"] for hook in repo["hooks"]]
    for hook in HOOKS.values():
        assert "python" == hook["language"]


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with two policies and a file of cases."""
    folder = tmp_path / "policies"
    folder.mkdir()
    # It is too small to rank by most facts, so it accepts every warning.
    warned = [
        {"lint": one.problem.code, "on": one.on, "because": "It is small."}
        for one in lint(read_policy(POLICY)).open
    ]
    (folder / "first.yaml").write_text(f"{POLICY}accepts: {json.dumps(warned)}\n")
    (folder / "second.yaml").write_text(SECOND)
    (folder / "cases.yaml").write_text(CASES)
    (tmp_path / "other.yaml").write_text("a: b\n")
    monkeypatch.chdir(tmp_path)
    return folder


def run(id: str) -> int:
    """Run a hook on all files of the folder, as pre-commit does."""
    hook = HOOKS[id]
    every = sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())
    files = [
        file
        for file in every
        if re.search(hook["files"], file)
        and not re.search(hook.get("exclude", "^$"), file)
    ]
    assert files
    passed = files if hook.get("pass_filenames", True) else []
    _, *command = shlex.split(hook["entry"])
    with pytest.raises(SystemExit) as ended:
        main([*command, *hook.get("args", ()), *passed])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("id", HOOKS)
def test_a_hook_fails_if_one_of_several_files_fails(
    id: str, policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 0, then 1 for a failed check, then 2 for a file with an error."""
    assert 0 == run(id), capsys.readouterr()
    changed = "cases" if id == "boundaryethics-test" else "second"
    with (policies / f"{changed}.yaml").open("a") as file:
        file.write(FAULTS[id])
    assert 1 == run(id)
    assert "second" in capsys.readouterr().out
    (policies / "second.yaml").write_text(f"{SECOND}rulez: []\n")
    assert 2 == run(id)
    assert "BE102: unknown key `rulez`" in capsys.readouterr().err
