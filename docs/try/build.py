"""Build the try-it page: a static folder that ranks responses in the browser.

The folder contains everything that the page loads, so the page does not depend on any
other site. The files of Pyodide and NumPy come from `--runtime FOLDER`, or else from a
content delivery network. In both cases, each file must have the SHA-256 digest below.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import boundaryethics
from boundaryethics.policies.loader import shipped_texts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYODIDE = "0.27.7"
_CORE = f"https://cdn.jsdelivr.net/npm/pyodide@{PYODIDE}/"
_WHEELS = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
#: The files of the runtime, with the address of each and its digest.
RUNTIME = {
    "pyodide.js": (
        _CORE,
        "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    ),
    "pyodide.asm.js": (
        _CORE,
        "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    ),
    "pyodide.asm.wasm": (
        _CORE,
        "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    ),
    "python_stdlib.zip": (
        _CORE,
        "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    ),
    "pyodide-lock.json": (
        _CORE,
        "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    ),
    NUMPY: (
        _WHEELS,
        "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
    ),
}
#: The packages required to rank a situation, apart from NumPy. If they have compiled
#: parts, they also work without these.
PACKAGES = ("attrs", "Jinja2", "MarkupSafe", "PyYAML")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="folder to write")
    parser.add_argument(
        "--runtime",
        type=Path,
        help="folder with files of Pyodide, instead of a download",
    )
    asked = parser.parse_args(arguments)
    if asked.runtime and not asked.runtime.is_dir():
        parser.error(f"argument --runtime: `{asked.runtime}` is not a folder")
    asked.output.mkdir(parents=True, exist_ok=True)
    runtime = asked.output / "pyodide"
    runtime.mkdir(exist_ok=True)
    for name, (address, digest) in RUNTIME.items():
        fetch(runtime / name, asked.runtime, address + name, digest)
    write_packages(asked.output / "python.zip")
    for name in ("try.js", "try.css"):
        shutil.copy(HERE / name, asked.output)
    loaded = [*RUNTIME, "../python.zip", "../try.js", "../try.css"]
    contents = [(runtime / name).read_bytes() for name in loaded]
    size = sum(map(len, contents))
    (asked.output / "index.html").write_text(page(size), "utf-8")
    packed = sum(len(gzip.compress(content)) for content in contents)
    print(f"{asked.output}: {size / 1e6:.1f} MB, {packed / 1e6:.1f} MB with gzip")


def fetch(target: Path, folder: Path | None, address: str, digest: str) -> None:
    """Write *target* from *folder* or from *address*, and check its digest."""
    if target.is_file() and sha256(target.read_bytes()).hexdigest() == digest:
        return
    if folder and (folder / target.name).is_file():
        content = (folder / target.name).read_bytes()
    else:
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - it is HTTPS
                content = answer.read()
        except OSError as error:
            advice = "a folder, and name the folder with --runtime"
            sys.exit(
                f"{address} cannot be downloaded ({error}): put the file in "
                f"{f'`{folder}`, which does not have it' if folder else advice}"
            )
    if sha256(content).hexdigest() != digest:
        sys.exit(f"{target.name} is not the file of Pyodide {PYODIDE}")
    target.write_bytes(content)


def write_packages(target: Path) -> None:
    """Write the library and the packages that it needs, without compiled parts."""
    with tempfile.TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--target", folder)
        packages = (str(ROOT), *PACKAGES)
        subprocess.run((*pip, "--no-deps", "--no-compile", *packages), check=True)  # noqa: S603
        shutil.copy(HERE / "page.py", folder)
        for compiled in (*Path(folder).rglob("*.so"), *Path(folder).rglob("*.pyd")):
            compiled.unlink()
        shutil.rmtree(Path(folder) / "bin", ignore_errors=True)
        shutil.make_archive(str(target.with_suffix("")), "zip", folder)


def page(size: int) -> str:
    """Return the page, which states the *size* of everything that it loads."""
    policies = [p for p in boundaryethics.policies().values() if not p.abstract]
    files = FileSystemLoader(HERE)
    templates = Environment(
        loader=files,
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return templates.get_template("index.html").render(
        policies=sorted(policies, key=lambda policy: policy.title),
        default=boundaryethics.consult({}).policy.id,
        caution=shipped_texts()["caution"],
        style=digest_of_style(),
        megabytes=round(size / 1e6),
    )


def digest_of_style() -> str:
    """Return the digest of the only style sheet in a verdict."""
    html = boundaryethics.render.html(boundaryethics.consult({}))
    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    return b64encode(sha256(style.encode()).digest()).decode()


if __name__ == "__main__":
    main()
