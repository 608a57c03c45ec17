"""Chart files are complete, reproducible and accessible."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zlib import crc32

import pytest

from boundaryethics import load_policy
from boundaryethics.analysis import counterfactuals
from boundaryethics.charts import TornadoRow, check_path, heat_map, save, tornado
from boundaryethics.errors import PictureError

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

SVG = "{http://www.w3.org/2000/svg}"


def chart(title: str = "Agreement of <two> & more") -> Any:
    """Return a small chart."""
    return heat_map(["a", "ü"], ["b"], [[0.5], [1.0]], title=title)


def test_svg_is_the_same_each_time(tmp_path: Path) -> None:
    """The same values give the same bytes, after any number of charts."""
    for name in ("one.svg", "other.svg"):
        save(tornado([TornadoRow("a", 1.0, 2.0)], title="", axis="%"), tmp_path / name)

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def test_generated_ids_start_at_0_in_each_file(tmp_path: Path) -> None:
    """An id does not depend on the files written before."""
    alt = pytest.importorskip("altair")
    data = alt.Data(values=[{"a": 1, "b": 2}])
    shaded = alt.Chart(data, title="a", description="b").mark_bar(clip=True)
    for name in ("one.svg", "other.svg"):
        save(shaded.encode(x="a:Q", y="b:Q", color="b:Q"), tmp_path / name)
    text = (tmp_path / "other.svg").read_text("utf-8")

    assert (tmp_path / "one.svg").read_text("utf-8") == text
    assert "gradient_" in text


def test_svg_has_a_title_and_a_description(tmp_path: Path) -> None:
    """An SVG has a title and a description for screen readers."""
    path = tmp_path / "chart.svg"
    save(chart(), path)
    root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314
    described = root.findtext(f"{SVG}desc")

    assert "img" == root.get("role")
    assert "Agreement of <two> & more" == root.findtext(f"{SVG}title")
    assert described is not None
    assert "the lowest is 0.50 (a, b), the highest 1.00 (ü, b)" in described


def test_png_is_a_png(tmp_path: Path) -> None:
    """A PNG has the PNG signature and twice the width of the SVG."""
    save(chart(), tmp_path / "chart.png")
    save(chart(), tmp_path / "chart.SVG")
    root = ET.fromstring((tmp_path / "chart.SVG").read_text("utf-8"))  # noqa: S314
    data = (tmp_path / "chart.png").read_bytes()

    assert b"\x89PNG\r\n\x1a\n" == data[:8]
    assert 2 * int(root.attrib["width"]) == int.from_bytes(data[16:20])


def test_json_is_the_chart(tmp_path: Path) -> None:
    """The JSON file equals the specification of the chart."""
    drawn = heat_map(["a"], ["b"], [[0.5]], title="t")
    save(drawn, tmp_path / "chart.json")

    assert drawn.to_dict() == json.loads((tmp_path / "chart.json").read_text("utf-8"))


def test_html_is_self_contained(tmp_path: Path) -> None:
    """The HTML page contains its scripts and downloads none."""
    save(chart(), tmp_path / "chart.html")
    page = (tmp_path / "chart.html").read_text("utf-8")

    assert "<html" in page
    assert "<script src" not in page


HOSTILE = "</script><script>alert(1)</script><!--&\u2028"


def test_texts_of_a_chart_are_escaped_in_html(tmp_path: Path) -> None:
    """Names with markup stay data in HTML."""
    drawn = heat_map([HOSTILE], ["b"], [[0.5]], title=HOSTILE, subtitle=HOSTILE)
    save(chart(), tmp_path / "tame.html")
    save(drawn, tmp_path / "chart.html")
    tame, page = (
        (tmp_path / n).read_text("utf-8") for n in ("tame.html", "chart.html")
    )
    spec = page.partition('type="application/json">')[2].partition("</script>")[0]

    assert "<script>alert" not in page
    assert [tame.count(sign) for sign in ("<script", "</script", "<!--")] == [
        page.count(sign) for sign in ("<script", "</script", "<!--")
    ]
    assert not set("<>&\u2028") & set(spec)
    assert drawn.to_dict() == json.loads(spec)


@pytest.mark.parametrize("name", ["chart", "chart.gif", "chart.svgz", ".svg"])
def test_an_unknown_extension_is_refused(name: str, tmp_path: Path) -> None:
    """The error lists the supported file types."""
    with pytest.raises(PictureError) as refused:
        save(chart(), tmp_path / name)
    (problem,) = refused.value.problems

    assert "BE861" == problem.code
    assert (
        "use one of these extensions: .svg, .png, .pdf, .html or .json" == problem.help
    )
    assert [] == list(tmp_path.iterdir())


def test_an_existing_file_is_replaced_only_with_force(tmp_path: Path) -> None:
    """A folder is not replaced even with `force`."""
    path = tmp_path / "chart.svg"
    path.write_text("mine", "utf-8")
    with pytest.raises(PictureError, match="BE862"):
        save(chart(), path)
    assert "mine" == path.read_text("utf-8")

    save(chart(), path, force=True)
    assert path.read_text("utf-8").startswith("<svg")

    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(PictureError, match="BE863"):
        save(chart(), tmp_path / "folder.svg", force=True)
    with pytest.raises(PictureError, match=r"BE863: .* folder not found"):
        save(chart(), tmp_path / "nowhere" / "chart.svg")


def test_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No partial file is left."""
    path = tmp_path / "chart.svg"
    path.write_text("mine", "utf-8")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PictureError, match=r"BE863: .* no space left on device"):
        save(chart(), path, force=True)

    assert ["mine"] == [file.read_text("utf-8") for file in tmp_path.iterdir()]


def test_check_path_reports_all_problems(tmp_path: Path) -> None:
    """`check_path` reports all problems together and writes nothing."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(PictureError) as refused:
        check_path(tmp_path / "folder")
    check_path(tmp_path / "chart.svg")

    assert ["BE861", "BE863"] == [problem.code for problem in refused.value.problems]
    assert not (tmp_path / "chart.svg").exists()


@pytest.mark.parametrize(
    ("library", "found"), [("altair", "altair"), ("vl_convert", "vl-convert")]
)
def test_a_missing_library_is_named(
    library: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the extra to install."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(PictureError) as refused:
        save(chart(), tmp_path / "chart.svg")
    (problem,) = refused.value.problems

    assert "BE860" == problem.code
    assert f"charts need the `plots` extra: {found} is not installed" == problem.message
    assert "run `pip install 'boundaryethics[plots]'`" == problem.help


def test_altair_is_loaded_when_used() -> None:
    """Importing `charts` or `analysis` does not load Altair."""
    probe = (
        "import sys, boundaryethics.charts, boundaryethics.analysis;"
        "sys.exit(bool({'altair', 'vl_convert'} & set(sys.modules)))"
    )

    assert 0 == subprocess.run([sys.executable, "-c", probe], check=False).returncode


def test_drawing_needs_no_network(tmp_path: Path) -> None:
    """Charts are saved without a network."""
    probe = (
        "import socket, sys\n"
        "def refused(*_): raise OSError('no network')\n"
        "socket.socket.connect = refused\n"
        "from boundaryethics.charts import Bar, bars, save\n"
        "for name in sys.argv[1:]: save(bars([Bar('a', 1)], title='', axis=''), name)\n"
    )
    paths = [os.fspath(tmp_path / name) for name in ("a.svg", "a.png", "a.html")]
    environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}

    subprocess.run([sys.executable, "-c", probe, *paths], check=True, env=environment)
    assert all(Path(path).stat().st_size for path in paths)


def test_pictures_on_one_page_have_different_ids(tmp_path: Path) -> None:
    """Each id starts with a digest of the picture; each reference has a target."""
    ids: list[set[str]] = []
    for title in ("one", "other"):
        save(chart(title), tmp_path / f"{title}.svg")
        text = (tmp_path / f"{title}.svg").read_text("utf-8")
        ids.append(set(re.findall(r' id="([^"]*)"', text)))
        named = re.findall(r'aria-labelledby="([^"]*)"', text)
        used = {*named[0].split(), *re.findall(r"url\(#([^)]*)\)", text)}
        assert used == ids[-1]

    assert not ids[0] & ids[1]


def test_files_record_the_provenance(tmp_path: Path) -> None:
    """SVG, PNG and PDF metadata has the fingerprint, but no situation."""
    found = counterfactuals({"contact": "message"}, "apa-2017")
    fingerprint = load_policy("apa-2017").fingerprint
    for name in ("a.svg", "a.png", "a.pdf", "a.html", "a.json"):
        save(found.chart(), tmp_path / name)
    files = {path.suffix: path.read_bytes() for path in tmp_path.iterdir()}

    for ending in (".svg", ".png", ".html", ".json"):
        assert fingerprint.encode() in files[ending]
        assert b'"situation"' not in files[ending]
    assert fingerprint.encode("utf-16-be").hex().encode() in files[".pdf"]


def test_png_metadata_is_a_valid_chunk(tmp_path: Path) -> None:
    """Each chunk of a PNG has its length and its checksum."""
    save(chart(), tmp_path / "chart.png")
    data, kinds = (tmp_path / "chart.png").read_bytes()[8:], []
    while data:
        length = int.from_bytes(data[:4])
        kinds.append(data[4:8])
        assert crc32(data[4 : 8 + length]) == int.from_bytes(data[8 + length :][:4])
        data = data[12 + length :]

    assert [b"IHDR", b"iTXt"] == kinds[:2]
    assert b"IEND" == kinds[-1]


def test_pdf_is_a_valid_pdf(tmp_path: Path) -> None:
    """A PDF has its title and the correct offset of its cross-reference table."""
    save(chart("Agreement"), tmp_path / "chart.pdf")
    data = (tmp_path / "chart.pdf").read_bytes()
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    title = b"\xfe\xff" + "Agreement".encode("utf-16-be")

    assert data.startswith(b"%PDF-")
    assert data[start:].startswith(b"xref\n")
    assert f"/Title <{title.hex()}>".encode() in data
