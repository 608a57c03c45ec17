"""Tables from other programs are ranked, or the error names the option to use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boundaryethics import Reading, Summary, TableError, explain, rank, rank_file
from boundaryethics.errors import SituationError, as_command
from support.tables import POLICY

pa = pytest.importorskip("pyarrow")
polars = pytest.importorskip("polars")


def facts() -> dict[str, tuple[str, ...]]:
    """Return the values of some facts of the policy."""
    return {f.name: f.values for f in POLICY.vocabulary.facts if not f.is_yes_no}


NAME, (FIRST, SECOND, *_) = next(
    (name, values) for name, values in facts().items() if len(values) > 1
)
BOOK: dict[str, Any] = {
    "columns": {
        NAME: {"column": "q1", "values": {1: FIRST, 2: SECOND}, "missing": [9, -99]}
    }
}
EXPECTED = rank(polars.DataFrame({NAME: [FIRST, SECOND, None]}), POLICY).frame["best"]
CODES = [1, 2, 9]


def best(path: Path, **options: Any) -> list[Any]:
    """Rank the file at *path* and return the top responses."""
    target = path.with_name("out.parquet")
    (summary,) = rank_file(path, target, POLICY, reading=Reading(**options), force=True)
    assert not summary.unanswered, str(summary)
    return list(polars.read_parquet(target)["best"])


def refusal(path: Path, **options: Any) -> str:
    """Return the text of the error as the command prints it."""
    with as_command(), pytest.raises(TableError) as refused:
        best(path, **options)
    return str(refused.value)


@pytest.mark.parametrize("cells", [CODES, [1.0, 2.0, -99.0], ["1", "2.0", "9"]])
@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_codes_in_frames_are_translated_to_values(
    library: str, cells: list[Any]
) -> None:
    """The codebook translates numbers and text."""
    frame: Any = polars.DataFrame({"q1": cells})
    frame = {
        "polars": lambda: frame,
        "pandas": frame.to_pandas,
        "pyarrow": frame.to_arrow,
    }[library]()
    found = rank(frame, POLICY, reading=Reading(codebook=BOOK)).frame

    assert [*EXPECTED] == [*found["best"]] or [*EXPECTED] == found["best"].to_pylist()
    of_first = explain(frame, 0, POLICY, reading=Reading(codebook=BOOK))
    assert {NAME: FIRST} == of_first.situation.known()


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet", "dta", "sav"])
def test_codes_in_files_are_translated_to_values(tmp_path: Path, ending: str) -> None:
    """Each file type accepts a codebook; Stata and SPSS files also use their labels."""
    path, frame = tmp_path / f"in.{ending}", polars.DataFrame({"q1": CODES})
    match ending:
        case "csv" | "tsv":
            frame.write_csv(path, separator="\t" if ending == "tsv" else ",")
        case "jsonl":
            frame.write_ndjson(path)
            target = tmp_path / "out.jsonl"
            how = Reading(codebook=BOOK)
            rank_file(path, target, POLICY, reading=how)
            assert [*EXPECTED] == [*polars.read_ndjson(target)["best"]]
            return
        case "parquet":
            frame.write_parquet(path)
        case _:
            pyreadstat = pytest.importorskip("pyreadstat")
            labels = {"q1": {1: FIRST, 2: SECOND, 9: "No answer"}}
            write = pyreadstat.write_dta if ending == "dta" else pyreadstat.write_sav
            write(frame, str(path), variable_value_labels=labels)
            columns = {NAME: "q1"}
            found = best(path, columns=columns, na="No answer")
            assert [*EXPECTED] == found

    assert [*EXPECTED] == best(path, codebook=BOOK)


def test_a_workbook_is_ranked(tmp_path: Path) -> None:
    """A sheet is a table; its columns and their types are preserved."""
    pytest.importorskip("fastexcel")
    book = pytest.importorskip("xlsxwriter").Workbook(str(tmp_path / "in.xlsx"))
    for name in ("one", "two"):
        sheet = book.add_worksheet(name)
        for row, cells in enumerate([("q1", "id"), (1, "a"), (2, "b"), (9, "c")]):
            sheet.write_row(row, 0, cells)
    book.close()

    found = best(tmp_path / "in.xlsx", codebook=BOOK, sheet="two")

    assert [*EXPECTED] == found
    kept = polars.read_parquet(tmp_path / "out.parquet")
    assert ["a", "b", "c"] == [*kept["id"]]
    assert "`--sheet one`" in refusal(tmp_path / "in.xlsx", codebook=BOOK)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_header_can_be_below_a_title(tmp_path: Path, name: str, end: str) -> None:
    """The lines above the header are left out, and the error names the option."""
    path = tmp_path / name
    lines = [["A survey, wave 1"], [], [NAME, "id"], [FIRST, "a"], [SECOND, "b"]]
    if name == "t.csv":
        text = end.join(",".join(cells) for cells in [["A survey"], *lines[1:]])
        path.write_bytes(text.encode())
    else:
        pytest.importorskip("fastexcel")
        book = pytest.importorskip("xlsxwriter").Workbook(str(path))
        sheet = book.add_worksheet()
        for row, cells in enumerate(lines):
            sheet.write_row(row, 0, cells)
        book.close()

    assert [*EXPECTED[:2]] == best(path, header_row=3)
    assert [EXPECTED[1]] == best(path, header_row=3, skip_rows=1)
    assert "it has no header in row 99" in refusal(path, header_row=99)
    if name == "t.csv":
        assert "`--header-row 3`" in refusal(path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_separator_and_encoding_are_options(tmp_path: Path, encoding: str) -> None:
    """A file in another encoding is ranked, and its text is preserved."""
    path = tmp_path / "in.csv"
    text = f"{NAME};note\n{FIRST};naïve\n{SECOND};\nNA;é\n"
    path.write_text(text, encoding)

    assert [*EXPECTED] == best(path, separator=";", encoding=encoding, na="NA")
    kept = polars.read_parquet(tmp_path / "out.parquet")
    assert ["naïve", None, "é"] == [*kept["note"]]
    if encoding != "utf-8":
        assert "`--encoding latin-1`" in refusal(path, separator=";")
    else:
        assert "`--separator ';'`" in refusal(path)


@pytest.mark.parametrize("encoding", ["utf-16", "punycode", "idna"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    """It does not matter how Python reports that it cannot decode the text."""
    path = tmp_path / "in.csv"
    path.write_text(f"{NAME},note\n{FIRST},é\n", "utf-8")

    assert "`--encoding latin-1`" in refusal(path, encoding=encoding)


def test_ignored_columns_state_no_fact(tmp_path: Path) -> None:
    """A column named like a fact can be ignored; an unknown column is refused."""
    path = tmp_path / "in.csv"
    path.write_text(f"{NAME},q1\nfree text,{FIRST}\nmore,{SECOND}\n,\n", "utf-8")

    assert [*EXPECTED] == best(path, columns={NAME: "q1"}, ignore=NAME)
    assert "BE883" in refusal(path, ignore="q2")
    assert "`--column FACT=COLUMN`" in refusal(path, ignore=NAME)


def test_a_column_cannot_be_both_read_and_ignored(tmp_path: Path) -> None:
    """The error names the column, wherever the two are stated."""
    path = tmp_path / "in.csv"
    path.write_text(f"q1,note\n{FIRST},x\n", "utf-8")
    read = {NAME: {"column": "q1"}}

    for how in (
        {"columns": {NAME: "q1"}, "ignore": "q1"},
        {"codebook": {"columns": read}, "ignore": "q1"},
        {"codebook": {"columns": read, "ignore": ["q1"]}},
    ):
        with pytest.raises(TableError, match=r"`q1`.*used for"):
            Reading(**how)
    with pytest.raises(TableError, match="BE885: column `q1` cannot be ignored"):
        rank_file(
            path,
            tmp_path / "out.csv",
            POLICY,
            columns={NAME: "q1"},
            reading=Reading(ignore="q1"),
        )


def test_a_code_of_one_column_precedes_codes_of_all_columns(tmp_path: Path) -> None:
    """A code that usually means a missing value can have a value in one column."""
    path = tmp_path / "in.csv"
    path.write_text(f"{NAME}\n1\n2\n9\n", "utf-8")
    book = {"columns": {NAME: {"values": {"1": FIRST, "2": SECOND}}}, "missing": [1, 9]}

    assert [*EXPECTED] == best(path, codebook=book)
    path.write_text(f"{NAME}\n1\n2\n9\n", "utf-8")
    assert [*EXPECTED] == best(path, codebook={**book, "missing": [9]}, na=1)


def test_invalid_values_are_reported_with_the_options_to_use(tmp_path: Path) -> None:
    """The summary names the options that translate codes."""
    path = tmp_path / "in.csv"
    path.write_text(f"{NAME}\nNA\n{FIRST}\n", "utf-8")
    with as_command():
        (summary,) = rank_file(path, tmp_path / "out.csv", POLICY)

    (noted,) = [one for one in summary.warnings if one.code == "BE886"]
    assert noted.help
    assert "`--na CODE`" in noted.help
    assert "`--codebook FILE`" in noted.help
    assert isinstance(summary, Summary)


def test_undeclared_names_are_refused() -> None:
    """Columns and codebooks must use names and values that the policy declares."""
    frame = polars.DataFrame({NAME: [FIRST]})
    with pytest.raises(SituationError, match="rater"):
        rank(frame, POLICY, reading=Reading(columns={"rater": NAME}))
    book = {"columns": {"rater": {"column": "id"}, NAME: {"values": {1: "nope"}}}}
    with pytest.raises(TableError, match="BE884: invalid value `nope`") as refused:
        rank(frame, POLICY, reading=Reading(codebook=book))
    assert 1 == len(refused.value.problems)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_the_extra_rows_of_qualtrics_are_left_out(tmp_path: Path, name: str) -> None:
    """They are no situations; without the option, the error names it."""
    rows = ["Which kind?", '{"ImportId":"QID1"}', FIRST, SECOND]
    frame = polars.DataFrame({NAME: rows})
    path = tmp_path / name
    if name == "t.csv":
        frame.write_csv(path)
    else:
        pytest.importorskip("xlsxwriter")
        pytest.importorskip("fastexcel")
        frame.write_excel(path)

    for few in (0, 1):
        assert "these rows out with `--skip-rows 2`" in refusal(path, skip_rows=few)
    assert [*EXPECTED[:2]] == best(path, skip_rows=2)
    assert [EXPECTED[1]] == best(path, skip_rows=3)
