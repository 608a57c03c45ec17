"""Check the parts of the try-it page that need no browser."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import traceback
from pathlib import Path

import pytest

import boundaryethics

TRY = Path(__file__).parents[2] / "docs" / "try"


def test_the_page_offers_each_policy_and_loads_only_its_own_files() -> None:
    """The content policy allows the verdict's style sheet and no other site."""
    built = runpy.run_path(str(TRY / "build.py"))
    html = built["page"](17_800_000)

    for policy in boundaryethics.policies().values():
        assert policy.abstract != (f'<option value="{policy.id}"' in html)
    assert f"'sha256-{built['digest_of_style']()}'" in html
    assert "default-src 'none'" in html
    assert "18 MB" in html
    assert 'src="http' not in html


def test_a_failed_download_is_reported(tmp_path: Path) -> None:
    """The message has the address and says how to build without a download."""
    fetch = runpy.run_path(str(TRY / "build.py"))["fetch"]
    address = (tmp_path / "pyodide.js").as_uri()
    with pytest.raises(
        SystemExit, match=r"pyodide\.js cannot be downloaded .*--runtime"
    ):
        fetch(tmp_path / "made.js", None, address, "0")
    with pytest.raises(SystemExit, match=r"put the file in `.*`, which does not"):
        fetch(tmp_path / "made.js", tmp_path, address, "0")


def test_a_missing_folder_of_the_runtime_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written or downloaded."""
    main = runpy.run_path(str(TRY / "build.py"))["main"]
    with pytest.raises(SystemExit):
        main([str(tmp_path / "page"), "--runtime", str(tmp_path / "none")])

    assert "none` is not a folder" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()


def test_the_first_verdict_is_shown_before_any_answer() -> None:
    """The page shows the library's verdict on no facts, without crisis advice."""
    page = runpy.run_path(str(TRY / "page.py"))["Page"]()
    shown = json.loads(page.begin("nasw-2021"))
    verdict = boundaryethics.consult({}, "nasw-2021")

    assert boundaryethics.render.html(verdict) == shown["html"]
    assert "Current order: not enough is known yet" == shown["order"]
    assert [] == shown["urgent"]


def test_a_policy_that_fails_does_not_change_the_page() -> None:
    """The page still asks its question under the earlier policy."""
    page = runpy.run_path(str(TRY / "page.py"))["Page"]()
    page.begin("apa-2017")
    with pytest.raises(boundaryethics.PolicyError):
        page.begin("core")
    before = json.loads(page.question())
    page.answer(before["asked"]["choices"][0][0])
    with pytest.raises(boundaryethics.PolicyError):
        page.begin("nope")

    assert before["asked"]
    assert "apa-2017" == page.at.policy.id


#: Loads the script with stubs for the page, lets the worker fail, and prints the state.
SHOWN_ERROR = """
const element = () => ({ dataset: {}, classList: {}, replaceChildren() {} });
const made = {};
globalThis.document = {
  body: { removeAttribute() {}, setAttribute() {}, hasAttribute: () => false },
  getElementById: (id) => (made[id] ??= element()),
  createElement: element,
};
globalThis.location = { protocol: "https:", href: "https://example.org/" };
let worker;
globalThis.Worker = class { constructor() { worker = this; } };
URL.createObjectURL = () => "blob:";
require(process.argv[1]);
worker.onmessage({ data: { kind: "failed", data: process.argv[2] } });
console.log(made.state.textContent);
"""


def test_the_page_shows_the_message_of_an_error() -> None:
    """The last line of the report is only the advice."""
    if not (node := shutil.which("node")):
        pytest.skip("Node.js is not installed")
    with pytest.raises(boundaryethics.PolicyError) as failed:
        boundaryethics.load_policy("nope")
    report = "".join(traceback.format_exception(failed.value))
    shown = subprocess.run(
        [node, "-e", SHOWN_ERROR, str(TRY / "try.js"), report],
        capture_output=True,
        check=True,
        text=True,
    )

    assert "BE206: unknown policy `nope`" in shown.stdout
    assert "help:" not in shown.stdout
