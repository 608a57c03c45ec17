"""Sessions of the checks: `nox` runs all that a change must pass.

The README's test command runs the whole suite from the source. These sessions check
the rest: style, types, layers, documentation, frames on a cluster, and the built wheel
on every Python that the machine has.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
#: The tests that use the library as its users do, without looking at its source.
USES = ["tests/conformance", "tests/docs", "tests/examples", "tests/golden"]
#: The packages whose branches must be covered, in percent.
CORE = [
    "model",
    "policies",
    "inference",
    "ranking.py",
    "proofs.py",
    "consult.py",
    "mdd",
    "analysis",
]
CORE_COVERED = 95

nox.options.sessions = ["lint", "types", "layers", "docs", "cluster", "wheel"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

#: durable-rules calls a function that Python 3.13 removed, under its newer name.
BUILD = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole suite from the source, and measure branch coverage."""
    session.install("-e", ".[test]", "coverage[toml]>=7.4", env=BUILD)
    data = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml")}
    session.run("coverage", "erase")
    session.run(
        *("coverage", "run", "-m", "pytest", "-n", "2", *session.posargs), env=data
    )
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--skip-covered", "--sort=cover")
    core = ",".join(
        f"src/boundaryethics/{part}{'' if part.endswith('.py') else '/*'}"
        for part in CORE
    )
    session.run(
        "coverage", "report", f"--include={core}", f"--fail-under={CORE_COVERED}"
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, complexity and format."""
    session.install(_pinned("ruff"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, in strict mode."""
    session.install("-e", ".[test,lint]", env=BUILD)
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that modules import only from the layers below them."""
    session.install("-e", ".", _pinned("import-linter"))
    session.run("lint-imports", "--no-cache")


@nox.session
def docs(session: nox.Session) -> None:
    """Check the pages that are made from the rules and the table of problems."""
    session.install("-e", ".")
    session.run("python", "docs/policy_pages.py", "--check")
    session.run("python", "docs/problem_pages.py", "--check")


@nox.session
def cluster(session: nox.Session) -> None:
    """Rank frames of Dask and PySpark; PySpark needs Java 17 or later."""
    if not _java():
        session.error("PySpark needs Java 17 or later: install openjdk-17-jre-headless")
    session.install("-e", ".[test,cluster]", env=BUILD)
    session.run("python", "-m", "pytest", "-m", "cluster", "tests/properties", "tests/batch")


@nox.session(python=PYTHONS)
def wheel(session: nox.Session) -> None:
    """Test the built wheel, with no source beside it."""
    dist = Path(session.cache_dir) / "dist"
    if not list(dist.glob("*.whl")):
        session.install("build")
        session.run("python", "-m", "build", "--outdir", str(dist), str(ROOT))
    (built,) = dist.glob("*.whl")
    session.install(f"{built}[test]", env=BUILD)
    outside = Path(session.create_tmp())
    for name in ("tests", "examples", "docs", "README.md", "CHANGELOG.md", "pyproject.toml"):
        _copy(ROOT / name, outside / name)
    session.chdir(outside)
    session.run(
        *("python", "-m", "pytest", "-n", "2", *(session.posargs or USES)),
        env={"HYPOTHESIS_PROFILE": "steady"},
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks; each prints ratios measured side by side."""
    session.install("-e", ".[bench]", env=BUILD)
    for script in session.posargs or sorted(map(str, Path("benchmarks").glob("*.py"))):
        session.run("python", script)


def _pinned(name: str) -> str:
    """Give the requirement of *name* that pyproject.toml states."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found = re.search(rf'"({re.escape(name)}[^"]*)"', text)
    if found is None:
        message = f"pyproject.toml does not require {name}"
        raise LookupError(message)
    return found[1]


def _java() -> bool:
    if not shutil.which("java"):
        return False
    told = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, check=False
    )
    version = re.search(r'"(\d+)', told.stderr)
    return version is not None and int(version[1]) >= 17


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
