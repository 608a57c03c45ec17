"""A workbook that would exhaust the memory is refused before it is read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics import Reading, TableError
from boundaryethics.batch import workbooks
from boundaryethics.batch.foreign import columns_of
from boundaryethics.batch.workbooks import checked_workbook

pytest.importorskip("fastexcel")
pytest.importorskip("pyarrow")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>q1</t></is></c></row>'
ONE = '<row r="2"><c r="A2"><v>1</v></c></row>'
WIDE = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"


def sheet(rows: str, before: str = "") -> str:
    """Return the XML of a worksheet."""
    return (
        f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    )


def workbook(
    folder: Path,
    rows: str = HEADER + ONE,
    *,
    more: Mapping[str, str | bytes] | None = None,
    method: int = ZIP_DEFLATED,
) -> Path:
    """Write a workbook with one sheet and *more* members."""
    made = BytesIO()
    with pytest.importorskip("xlsxwriter").Workbook(made) as book:
        book.add_worksheet().write(0, 0, "a")
    with ZipFile(made) as source:
        members: dict[str, str | bytes] = {
            name: source.read(name) for name in source.namelist()
        }
    path = folder / "in.xlsx"
    with ZipFile(path, "w", method) as archive:
        members |= {SHEET: sheet(rows), **(more or {})}
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def refusal(path: Path) -> str:
    """Return the text of the error about the workbook at *path*."""
    with pytest.raises(TableError) as refused:
        columns_of(path, Reading())
    (wrong,) = refused.value.problems
    assert "BE731" == wrong.code
    return wrong.message


def test_a_small_workbook_is_read(tmp_path: Path) -> None:
    """Other members, such as pictures, are ignored."""
    path = workbook(tmp_path, more={"xl/media/image1.png": b"\0" * 99})

    assert {"q1": [1.0]} == columns_of(path, Reading())


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c r='xfd1048576'><v>1</v></c></row>",
        '<x:row xmlns:x="u"><x:c y="&gt;" r="XFD1048576"><x:f>1</x:f></x:c></x:row>',
        WIDE + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        WIDE + '<row r="1048576"><c><v>1</v></c></row>',
        '<row r="2">' + "<c><v>1</v></c>" * 99 + "</row>"
        '<row r="999999"><c><v>1</v></c></row>',
    ],
)
def test_distant_cells_are_refused(tmp_path: Path, rows: str) -> None:
    """The library would allocate every cell up to the last row and column."""
    assert "16,777,216 cells in a sheet" in refusal(workbook(tmp_path, HEADER + rows))


def test_cells_of_any_member_count(tmp_path: Path) -> None:
    """A sheet can have any name."""
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path, more={"other/one.xml": sheet(rows)})

    assert "16,777,216 cells in a sheet" in refusal(path)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
        '<row r="1048576"><c r="XFD1048576" s="1"></c></row>',
        '<row r="1048576" s="1"/>',
    ],
)
def test_cells_without_content_do_not_count(tmp_path: Path, rows: str) -> None:
    """Programs write such cells if a whole column has a format."""
    path = workbook(tmp_path, HEADER + ONE + rows)

    assert {"q1": [1.0]} == columns_of(path, Reading())


def test_the_stated_dimension_is_not_used(tmp_path: Path) -> None:
    """A wrong dimension allocates nothing."""
    text = sheet(HEADER + ONE)
    stated = '<dimension ref="A1:XFD1048576"/><sheetData>'
    more = {SHEET: text.replace("<sheetData>", stated)}

    assert {"q1": [1.0]} == columns_of(workbook(tmp_path, more=more), Reading())


@pytest.mark.parametrize(
    "text",
    [
        "<c r='A2' t='inlineStr'><is><t>{}</t></is></c>",
        "<c r='A2' t='str'><v>{}</v></c>",
        "<c r='A2' t='str'><f>{}</f><v>1</v></c>",
    ],
)
def test_long_cells_are_refused(tmp_path: Path, text: str) -> None:
    """The library would copy the text several times."""
    row = f"<row r='2'>{text.format('a' * (1 << 21))}</row>"

    found = refusal(workbook(tmp_path, HEADER + row))
    assert "more than 1,048,576 bytes in a cell" in found


def test_long_shared_texts_are_refused(tmp_path: Path) -> None:
    """A text can consist of many parts."""
    text = "<r><t>abcdefgh</t></r>" * (1 << 16)
    more = {SHARED: f'<sst xmlns="{MAIN}"><si>{text}</si></sst>'}

    found = refusal(workbook(tmp_path, more=more))
    assert "more than 1,048,576 bytes in a cell" in found


def test_repeated_shared_texts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shared text is copied into each cell."""
    long = "a" * 10_000
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v> 0 </v></c></row>'.replace(" 0 ", "0")
        for n in range(2, 102)
    )
    shared = f'<sst xmlns="{MAIN}"><si><t>{long}</t></si><si><t>b</t></si></sst>'
    path = workbook(tmp_path, HEADER + rows, more={SHARED: shared})
    assert {"q1": [long] * 100} == columns_of(path, Reading())

    monkeypatch.setattr(workbooks, "MOST_TEXT", 900_000)
    assert "more than 900,000 bytes of text in a sheet" in refusal(path)
    rows = rows.replace("<v>0<", "<v>1<")
    path = workbook(tmp_path, HEADER + rows, more={SHARED: shared})
    assert {"q1": ["b"] * 100} == columns_of(path, Reading())


@pytest.mark.parametrize("stated", [True, False])
def test_large_members_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stated: bool
) -> None:
    """The directory can state a smaller size than the actual one."""
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1_000_000)
    size = 1_500_000
    more = {"xl/a.xml": b"<a>" + b"b " * (size // 2 - 4) + b" </a>"}
    path = workbook(tmp_path, more=more)
    if stated:
        assert "more than 1,000,000 bytes when unpacked" in refusal(path)
        return
    packed = path.read_bytes()
    small = packed.replace(size.to_bytes(4, "little"), (5).to_bytes(4, "little"))
    assert small != packed
    path.write_bytes(small)
    assert "not a complete Excel workbook" in refusal(path)


def test_many_members_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entry of the directory takes memory."""
    monkeypatch.setattr(workbooks, "MOST_MEMBERS", 50)
    path = workbook(tmp_path, more={f"a{n}": "" for n in range(50)})

    assert "more than 50 members" in refusal(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    """Entities can expand a short text to a huge one."""
    before = "<!DOCTYPE a [<!ENTITY b 'XFD1048576'>]>"
    row = '<row r="2"><c r="&b;"><v>1</v></c></row>'
    path = workbook(tmp_path, more={SHEET: sheet(HEADER + row, before)})

    assert "document type declaration" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096]
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """The content must be an archive, whatever the name of the file."""
    path = tmp_path / "in.xlsx"
    path.write_bytes(content)

    assert "not an Excel workbook" in refusal(path)


def test_other_archives_are_refused(tmp_path: Path) -> None:
    """The workbook must be in XML, and packed as Excel packs it."""
    path = tmp_path / "in.xlsx"
    with ZipFile(path, "w") as made:
        made.writestr("xl/workbook.bin", b"\0")
        made.writestr("content.xml", "<a/>")
    assert "not an Excel workbook" in refusal(path)
    assert "not an Excel workbook" in refusal(workbook(tmp_path, method=ZIP_LZMA))
    path = workbook(tmp_path, more={SHEET.upper(): sheet("")})
    assert "not an Excel workbook" in refusal(path)


@pytest.mark.parametrize(
    "text",
    [
        "<row",
        '<row r="2"><c r="2B"><v>1</v></c></row>',
        '<row r="b"><c><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        '<row r="2"><c r="A2" t="zz"><v>Ada said</v></c></row>',
    ],
)
def test_damaged_sheets_are_refused(tmp_path: Path, text: str) -> None:
    """The error does not quote the content."""
    found = refusal(workbook(tmp_path, HEADER + text))

    assert "not a complete Excel workbook" in found


@pytest.mark.parametrize(
    "text",
    [
        "<!--" + " " * (1 << 25) + "-->",
        '<row spans="' + "1" * (1 << 25) + '"/>',
        "<" + "a" * (1 << 25) + "/>",
        "<x:a " + " ".join(f'b{n}=""' for n in range(1 << 19)) + "/>",
        "<c " + " ".join(f'b{n}=""' for n in range(1 << 19)) + "/>",
    ],
)
def test_long_tags_are_refused(tmp_path: Path, text: str) -> None:
    """The parser would read an unfinished tag again and again."""
    start = time.process_time()

    assert "1,048,576 bytes in a cell" in refusal(workbook(tmp_path, HEADER + text))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/styles.xml", "a/b.rels"])
def test_large_parts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The library keeps the list of sheets, the styles and the links in memory."""
    monkeypatch.setattr(workbooks, "MOST_OF_A_PART", 100_000)
    path = workbook(tmp_path, more={name: "<a>" + "<b/>" * 25_000 + "</a>"})

    assert "more than 100,000 bytes in a part" in refusal(path)


@pytest.fixture
def unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a member is parsed."""

    def fail(_: object, entry: ZipInfo, *_rest: object) -> None:
        pytest.fail(f"{entry.filename} is parsed")

    monkeypatch.setattr(workbooks, "_measured", fail)


def cells(rows: int, columns: str, written: str = ' t="s"') -> str:
    """Return the XML of a sheet with shared text in all cells."""
    return "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{col}{row}"{written}><v>0</v></c>' for col in columns)
        + "</row>"
        for row in range(1, rows + 1)
    )


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize("stated", ['<dimension ref="A1:C30000"/>', ""])
def test_usual_workbooks_are_not_parsed(tmp_path: Path, stated: str) -> None:
    """Searches for unusual cells take a tenth of the time."""
    text = sheet(cells(30_000, "ABC")).replace("<sheetData>", f"{stated}<sheetData>")
    shared = f'<sst xmlns="{MAIN}"><si><t>q</t></si></sst>'
    path = workbook(tmp_path, more={SHEET: text, SHARED: shared})

    copied = checked_workbook(path.read_bytes())

    with ZipFile(path) as before, ZipFile(BytesIO(copied)) as after:
        assert after.testzip() is None
        for name in after.namelist():
            assert before.read(name) == after.read(name)
        assert {*before.namelist()} == {*after.namelist()}


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize("library", ["xlsxwriter", "openpyxl", "polars"])
def test_workbooks_of_libraries_are_not_parsed(tmp_path: Path, library: str) -> None:
    """All of them write the usual form."""
    path = tmp_path / "in.xlsx"
    made = pytest.importorskip(library)
    if library == "polars":
        made.DataFrame({"a": ["x", None, "y"], "b": [1, 2, 3]}).write_excel(path)
    elif library == "xlsxwriter":
        with made.Workbook(path) as book:
            book.add_worksheet().write_row(0, 0, ["a", "b", 1, None, True])
    else:
        book = made.Workbook()
        book.active.append(["a", "b", 1, None, True])
        book.save(path)

    assert checked_workbook(path.read_bytes())


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="XFD1048576"><v>1</v></c>',
        '<c  r="XFD1048576"><v>1</v></c>',
        "<c r='XFD1048576'><v>1</v></c>",
        '<c\nr="XFD1048576"><v>1</v></c>',
        '<c s="1" r="XFD1048576"><v>1</v></c>',
        '<x:c xmlns:x="u" r="XFD1048576"><x:v>1</x:v></x:c>',
        '<c r="xfd1048576"><v>1</v></c>',
        '<c r="XFD01048576"><v>1</v></c>',
    ],
)
@pytest.mark.parametrize("stated", ['<dimension ref="A1:A3"/>', ""])
def test_no_form_of_a_distant_cell_is_missed(
    tmp_path: Path, cell: str, stated: str
) -> None:
    """The search takes any other form for unusual, and such a sheet is parsed."""
    text = sheet(cells(2_000, "AB", "") + f'<row r="3000">{cell}</row>')
    text = text.replace("<sheetData>", f"{stated}<sheetData>")
    found = refusal(workbook(tmp_path, more={SHEET: text}))

    assert "16,777,216 cells in a sheet" in found or "not a complete" in found


@given(
    st.integers(1, 702),
    st.integers(1, 1 << 20),
    st.lists(st.tuples(st.integers(1, 16_384), st.integers(1, 1 << 20)), max_size=20),
)
def test_far_cells_are_those_outside_the_area(
    width: int, height: int, others: list[tuple[int, int]]
) -> None:
    """The area is at most a tenth higher than stated, from 100 rows on."""
    far, most = workbooks.far_cells(letters(width).encode(), height)
    last, rest = divmod(most, width)

    assert not rest
    assert height <= last <= max(height * 1.1, height + 10)
    edges = [(width, last), (width + 1, 1), (1, last + 1), (width, height)]
    for column, row in edges + others:
        cell = f'<c r="{letters(column)}{row}" s="1" t="s">'.encode()
        is_far = column > width or row > last
        assert (far.search(cell) is not None) is is_far


def letters(column: int) -> str:
    """Return the name of a column."""
    name = ""
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def test_large_sheets_in_an_unusual_form_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet that must be parsed takes long."""
    rows = HEADER + "<row><c><v>1</v></c></row>" * 5_000
    path = workbook(tmp_path, rows)
    assert 5_000 == len(columns_of(path, Reading())["q1"])

    monkeypatch.setattr(workbooks, "MOST_PARSED", 100_000)
    assert "100,000 bytes in a sheet whose cells have an unusual form" in refusal(path)


def test_shared_texts_are_measured_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes are those of the texts, however the content is cut."""
    sizes = [7 * n % 301 for n in range(2_000)]
    texts = "".join(f"<si><t>{'a' * size}</t></si>" for size in sizes)
    shared = f'<sst xmlns="{MAIN}">{texts}</sst>'
    path = workbook(tmp_path, more={SHARED: shared})
    tags = len("<si><t></t></si>")
    for chunk in (100, 1_000, 1 << 18):
        monkeypatch.setattr(workbooks, "_CHUNK", chunk)
        with ZipFile(path) as archive:
            found = workbooks.sizes_of_texts(archive, archive.getinfo(SHARED))
        assert [size + tags for size in sizes[:-1]] == [*found][:-1]
