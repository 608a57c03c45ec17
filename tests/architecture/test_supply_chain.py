"""The CI lock satisfies pyproject.toml, and workflows use only pinned actions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from architecture.source_tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / ".ci" / "requirements.txt").read_text("utf-8")
#: The environment of CI.
PLATFORM = {"python_version": "3.11", "sys_platform": "linux"}
_ENTRY = re.compile(r"^(\S+)==(\S+?)((?: ;.*)? \\(?:\n    --hash=.*)+)$", re.MULTILINE)
_USES = re.compile(r"uses: (\S+)(.*)$", re.MULTILINE)


def required(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """Yield the requirements of the project with *extras*."""
    named = [*PROJECT["dependencies"]]
    for extra in extras:
        named += PROJECT["optional-dependencies"][extra]
    for requirement in map(Requirement, named):
        if requirement.name == PROJECT["name"]:
            yield from required(tuple(sorted(requirement.extras)))
        elif not requirement.marker or requirement.marker.evaluate(PLATFORM):
            yield requirement


def test_the_lock_satisfies_the_project() -> None:
    """If it does not, run `nox -s lock`."""
    locked = {name: version for name, version, _ in _ENTRY.findall(LOCK)}
    wrong = {
        str(one)
        for one in required(("app", "test", "lint"))
        if not one.specifier.contains(
            locked.get(canonicalize_name(one.name), "0"), prereleases=True
        )
    }

    assert set() == wrong


def test_every_locked_package_has_a_hash() -> None:
    """Without hashes, an index could serve a different package."""
    entries = [line for line in LOCK.splitlines() if re.match(r"\w.*==", line)]

    assert len(entries) == len(_ENTRY.findall(LOCK)) > 50
    assert "git+" not in LOCK


def test_workflows_pin_actions_to_a_commit() -> None:
    """Each action is pinned to a commit, with its version in a comment."""
    used = [
        one
        for workflow in (ROOT / ".github" / "workflows").glob("*.yml")
        for one in _USES.findall(workflow.read_text("utf-8"))
    ]

    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), comment
    # One version of each action.
    assert len({action.partition("@")[0] for action, _ in used}) == len({*used})
