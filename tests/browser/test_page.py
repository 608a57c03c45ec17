"""Check the parts of the try-it page that need no browser."""

from __future__ import annotations

import json
import runpy
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
