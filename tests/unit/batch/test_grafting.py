from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boundaryethics.batch import file_growing, grafting
from boundaryethics.batch.files import rank_file
from boundaryethics.errors import TableError
from tables import POLICY, expected, mixed, told

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def grown(source: Path, **given: Any) -> Path:
    """The file that *source* becomes."""
    target = source.with_name("out.parquet")
    rank_file(source, target, [POLICY], force=True, **given)
    return target


def pages(path: Path) -> bytes:
    """What stands before the footer of the file at *path*."""
    body = path.read_bytes()
    return body[: -8 - int.from_bytes(body[-8:-4], "little")]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with all that a Parquet file may have besides its pages."""
    table = pa.table(
        mixed(1000)
        | {
            "when": pa.array(range(1000), pa.timestamp("us", "UTC")),
            "nested": [{"a": [n], "b": {"c": str(n)}} for n in range(1000)],
            "category": pa.array(["x", None] * 500).dictionary_encode(),
            "large": pa.array(["y"] * 1000, pa.large_string()),
        }
    )
    path = tmp_path / "in.parquet"
    parquet.write_table(
        table.replace_schema_metadata({"mine": "kept"}),
        path,
        row_group_size=300,
        write_page_index=True,
        write_page_checksum=True,
    )
    return path


def test_what_was_there_is_copied_byte_for_byte(source: Path) -> None:
    """The answers stand behind it."""
    assert pages(grown(source)).startswith(pages(source))


def test_own_columns_come_back_as_they_were(source: Path) -> None:
    """Types, nested values, categories and notes included."""
    table = parquet.read_table(source)
    found = parquet.read_table(grown(source), page_checksum_verification=True)

    assert table.schema.metadata == found.schema.metadata
    assert table.equals(found.select(table.column_names), check_metadata=True)
    assert expected(mixed(1000)) == told(found.to_pydict())


def test_row_groups_stay_as_they_are(source: Path) -> None:
    """Each has its answers, and the sizes of both."""
    own, more = (parquet.read_metadata(path) for path in (source, grown(source)))

    assert own.num_row_groups == more.num_row_groups
    for n in range(own.num_row_groups):
        one, both = own.row_group(n), more.row_group(n)
        columns = [both.column(c) for c in range(both.num_columns)]

        assert one.num_rows == both.num_rows
        assert sum(c.total_uncompressed_size for c in columns) == both.total_byte_size
        assert one.total_byte_size < both.total_byte_size


def test_others_read_the_same(source: Path) -> None:
    """What Polars and DuckDB find in the file is what pyarrow finds."""
    target = grown(source, rules=True)
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    names = [*mixed(1), "best", "place_leave", "tied", "rules", "problem"]
    wanted = parquet.read_table(target, columns=names).to_pydict()
    relation = duckdb.connect().read_parquet(str(target)).select(*names)

    assert wanted == polars.read_parquet(target).select(names).to_dict(as_series=False)
    assert wanted == relation.to_arrow_table().to_pydict()


@pytest.mark.parametrize("writer", ["duckdb", "polars", "pandas"])
def test_files_of_other_writers_grow(tmp_path: Path, writer: str) -> None:
    """Whether or not they note Arrow's schema."""
    module, path = pytest.importorskip(writer), tmp_path / "in.parquet"
    table = pa.table(mixed())
    match writer:
        case "duckdb":
            module.connect().from_arrow(table).write_parquet(str(path))
        case "polars":
            module.from_arrow(table).write_parquet(path, row_group_size=100)
        case _:
            table.to_pandas().set_index("number", drop=False).to_parquet(path)
    found = parquet.read_table(grown(path))

    assert pages(path) == pages(grown(path))[: len(pages(path))]
    assert parquet.read_table(path).equals(found.select(range(found.num_columns - 7)))
    assert expected(mixed()) == told(found.to_pydict())


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_text_may_be_encoded_in_any_way(tmp_path: Path, encoding: str) -> None:
    """Also where it cannot be read as categories, in one column of several."""
    path, columns = tmp_path / "in.parquet", mixed()
    parquet.write_table(
        pa.table(columns),
        path,
        row_group_size=150,
        use_dictionary=["setting"],
        column_encoding={"contact": encoding},
    )
    target = grown(path)

    assert pages(target).startswith(pages(path))
    assert expected(columns) == told(parquet.read_table(target).to_pydict())


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("noted", [None, {"mine": "kept"}])
def test_categories_may_be_encoded_in_any_way(
    tmp_path: Path, ending: str, noted: dict[str, str] | None
) -> None:
    """Though Arrow reads no categories that are not encoded as such."""
    path, target = tmp_path / "in.parquet", tmp_path / f"out.{ending}"
    column = pa.array(["message", "x", None]).dictionary_encode()
    table = pa.table({"contact": column, "n": [1, 2, 3]})
    parquet.write_table(
        table.replace_schema_metadata(noted),
        path,
        use_dictionary=False,
        column_encoding={"contact": "DELTA_BYTE_ARRAY"},
    )
    (summary,) = rank_file(path, target, POLICY)

    assert (3, 1) == (summary.rows, summary.unanswered)
    assert (ending == "parquet") == target.read_bytes().startswith(pages(path))


def test_text_may_be_encoded_anew_in_each_row_group(tmp_path: Path) -> None:
    """As DuckDB does in its second version, by what the values are like."""
    duckdb, path = pytest.importorskip("duckdb"), tmp_path / "in.parquet"
    made = duckdb.connect().sql(
        "SELECT CASE WHEN range < 5000 THEN 'message' ELSE 'x' || range END AS contact"
        " FROM range(10_000)"
    )
    duckdb_options = "(FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048)"
    made.query("made", f"COPY made TO '{path}' {duckdb_options}")
    told_of = parquet.read_metadata(path)
    groups = (told_of.row_group(n) for n in range(told_of.num_row_groups))
    problems = parquet.read_table(grown(path))["problem"].to_pylist()

    assert 1 < len({group.column(0).encodings for group in groups})
    assert [False, True] == [problems[row] is not None for row in (4999, 5000)]
    assert 5000 == problems.count(None)


@pytest.mark.parametrize("value", [{"a": 1}, ["message"], 1, b"message"])
def test_columns_of_any_kind_can_be_named_like_facts(
    tmp_path: Path, value: object
) -> None:
    """What is no value of the fact is told row by row."""
    parquet.write_table(pa.table({"contact": [value, None]}), tmp_path / "in.parquet")
    found = parquet.read_table(grown(tmp_path / "in.parquet")).to_pydict()

    assert [value, None] == found["contact"]
    assert [True, False] == [problem is not None for problem in found["problem"]]


def test_an_index_of_pandas_stays(tmp_path: Path) -> None:
    """Its note is kept, and the answers are columns."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"contact": ["message", "follow"]}, index=["a", "b"])
    frame.to_parquet(tmp_path / "in.parquet")
    found = pandas.read_parquet(grown(tmp_path / "in.parquet"))

    assert ["a", "b"] == found.index.to_list()
    assert "best" in found.columns


@pytest.mark.parametrize("sizes", [[], [0], [0, 2, 0, 1]])
def test_row_groups_may_be_empty(tmp_path: Path, sizes: list[int]) -> None:
    """And there may be none at all."""
    path, schema = tmp_path / "in.parquet", pa.schema([("contact", pa.string())])
    with parquet.ParquetWriter(path, schema) as writer:
        for size in sizes:
            writer.write_table(pa.table({"contact": ["message"] * size}, schema))
    target = grown(path)

    assert len(sizes) == parquet.read_metadata(target).num_row_groups
    assert sum(sizes) == len(parquet.read_table(target))


def test_too_many_answers_are_not_held(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with row groups that are too large is written anew, in smaller ones."""
    quick = parquet.read_table(grown(source, principles=True))
    monkeypatch.setattr(file_growing, "_MOST_OF_LISTS", 299)
    target = grown(source, principles=True)

    assert quick.equals(parquet.read_table(target))
    assert not pages(target).startswith(pages(source))


@pytest.mark.parametrize("astray", [-1, 1, 1 << 40])
def test_a_file_that_cannot_be_read_back_is_not_left(
    source: Path, monkeypatch: pytest.MonkeyPatch, astray: int
) -> None:
    """Columns that are said to stand elsewhere are found out before anybody reads."""
    moved = vars(grafting)["_moved"]
    monkeypatch.setattr(
        grafting, "_moved", lambda footer, by: moved(footer, by + astray)
    )

    with pytest.raises(TableError) as caught:
        grown(source)

    assert ["BE738"] == [problem.code for problem in caught.value.problems]
    assert [source.name] == [path.name for path in source.parent.iterdir()]


@pytest.mark.parametrize("most", [0, 1 << 22])
def test_notes_that_list_the_columns_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Spark reads no other columns than its note lists, and would miss the answers."""
    monkeypatch.setattr(file_growing, "_MOST", most)
    path, listing = tmp_path / "in.parquet", "org.apache.spark.sql.parquet.row.metadata"
    table = pa.table({"contact": ["message"]})
    noted = table.replace_schema_metadata({listing: "{}", "mine": "kept"})
    parquet.write_table(noted, path, compression="gzip")
    target = grown(path)

    assert (most > 0) == pages(target).startswith(pages(path))
    assert {b"mine": b"kept"} == parquet.read_schema(target).metadata
    assert listing.encode() not in parquet.read_metadata(target).metadata
