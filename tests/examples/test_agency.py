"""Run the template of an agency's policy as its own CI does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from boundaryethics import load_policy
from boundaryethics.provenance import VERSION

ROOT = Path(__file__).parents[2]
AGENCY = ROOT / "examples" / "agency"
HOW_TO = "../../docs/how-to/keep-a-policy-for-an-agency.md"
POLICY = "policies/our-agency.yaml"
STEPS = {
    step["name"]: step["run"]
    for step in yaml.safe_load((AGENCY / ".github/workflows/policy.yml").read_text())[
        "jobs"
    ]["policy"]["steps"]
    if "run" in step
}
NAMES = [
    "Install the library",
    *("Test", "Lint", "Verify"),
    *("Compare with the approved version", "Check the approval"),
]

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="CI runs bash")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the template, without the rest of the project."""
    return Path(shutil.copytree(AGENCY, tmp_path / "ours"))


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run a step as CI does and return its status and output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    summary = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, **summary},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_files_have_the_current_version_and_fingerprints(
    reset_golden: bool,
) -> None:
    """The template names this version and the fingerprints of its files."""
    policy = load_policy(AGENCY / POLICY)
    expected = {
        HOW_TO: (r"(?<=rev: v)[\d.]+", VERSION),
        "requirements.txt": (r"(?<===)[\d.]+", VERSION),
        ".pre-commit-config.yaml": (r"(?<=rev: v)[\d.]+", VERSION),
        "approvals.toml": (r'(?<=library = ")[\d.]+', VERSION),
    }
    for name, (pattern, value) in expected.items():
        text = (AGENCY / name).read_text("utf-8")
        renewed = re.sub(pattern, value, text)
        for key in ("fingerprint", "text_fingerprint"):
            renewed = re.sub(
                rf'(?m)(?<=^{key} = ").*(?="$)', getattr(policy, key)[:16], renewed
            )
        if reset_golden:
            (AGENCY / name).write_text(renewed, "utf-8")
        assert reset_golden or renewed == text, name


def test_any_yaml_parser_can_read_the_files() -> None:
    """Editors and hooks use parsers that are stricter than ours."""
    files = [*AGENCY.rglob("*.y*ml")]

    assert POLICY in {str(file.relative_to(AGENCY)) for file in files}
    assert all(yaml.safe_load(file.read_text("utf-8")) for file in files)


def test_the_template_starts_with_an_approved_version() -> None:
    """The policy equals its approved version, which has one entry."""
    (entry,) = tomllib.loads((AGENCY / "approvals.toml").read_text())["approval"]

    assert (AGENCY / POLICY).read_bytes() == (
        AGENCY / "approved" / "our-agency.yaml"
    ).read_bytes()
    assert f"## {entry['version']}\n" in (AGENCY / "CHANGELOG.md").read_text()


@pytest.mark.parametrize(
    "name",
    [
        "Test",
        pytest.param("Lint", marks=pytest.mark.slow),  # 10 seconds
        pytest.param("Verify", marks=pytest.mark.slow),
        pytest.param("Compare with the approved version", marks=pytest.mark.slow),
        "Check the approval",
    ],
)
def test_each_check_of_the_ci_file_passes_in_a_copy(name: str, copied: Path) -> None:
    """The folder does not need other files of the project."""
    status, said = run(STEPS[name], copied)

    assert 0 == status, said


def test_a_change_needs_an_approval(copied: Path) -> None:
    """CI shows the changes and fails until they are approved."""
    changed = (copied / POLICY).read_text()
    changed = changed.replace("ignore: weak, leave: weak", "ignore: strong")
    (copied / POLICY).write_text(changed)

    status, said = run(STEPS["Compare with the approved version"], copied)
    assert 1 == status, said
    assert "answer-after-a-personal-message" in (copied / "summary.md").read_text()
    status, said = run(STEPS["Check the approval"], copied)
    assert 1 == status, said
    assert "approved/our-agency.yaml: approved" in said
    assert "policies/our-agency.yaml: not approved" in said


COMPLETE = """[[approval]]
version = "1"
by = "x"
approved = 2026-01-15
fingerprint = "a"
text_fingerprint = "b"
"""


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("", "has no entry [[approval]]"),
        ("by = Dr Smith", "cannot be read"),
        (
            '[[approval]]\nversion = "1"\napproved = 2026-01-15',
            "has no by, fingerprint",
        ),
        (
            COMPLETE.replace("2026-01-15", '"soon"'),
            "must be a date",
        ),
    ],
)
def test_an_incomplete_approval_is_refused(
    entry: str, error: str, copied: Path
) -> None:
    """An approval needs an approver, a date and fingerprints."""
    (copied / "approvals.toml").write_text(entry)
    status, said = run(STEPS["Check the approval"], copied)

    assert 1 == status, said
    assert error in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("content", "said"), [(None, "BE109: file not found"), ("rules: 5\n", "BE104")]
)
def test_an_unreadable_policy_is_reported_without_a_traceback(
    content: str | None, said: str, copied: Path
) -> None:
    """The message names the file and says what is wrong."""
    (copied / POLICY).unlink()
    if content:
        (copied / POLICY).write_text(content, "utf-8")
    status, output = run(STEPS["Check the approval"], copied)

    assert 1 == status
    assert f"{POLICY} is not a valid policy:\n{said}" in output
    assert "Traceback" not in output


def test_the_readme_has_the_commands_of_the_ci_file() -> None:
    """Following the README runs the same commands as CI."""
    assert NAMES == [*STEPS]
    readme = (AGENCY / "README.md").read_text("utf-8")

    for name in NAMES[1:]:
        command = STEPS[name].partition(" --format")[0]
        assert command in readme, name
    named = set(re.findall(r"`([\w.-]+/?[\w./-]*\.\w+)`", readme))
    assert {one for one in named if not (AGENCY / one).exists()} == set()


def test_the_agency_rules_cite_its_own_policy() -> None:
    """They are based on the employer's authority."""
    policy = load_policy(AGENCY / POLICY)
    own = {rule.id: rule for rule in policy.rules}
    for rule in load_policy("nasw-2021").rules:
        del own[rule.id]

    assert 3 == len(own)
    for rule in own.values():
        (cite,) = rule.cites
        assert ("staff-policy", "employment") == (cite.source, cite.authority)
