from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boundaryethics.batch.files import rank_file
from boundaryethics.errors import TableError
from support.tables import POLICY, as_rows, expected, mixed

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def ranked(source: Path, **given: Any) -> Path:
    """Rank *source* and return the file with the answers."""
    target = source.with_name("out.parquet")
    rank_file(source, target, [POLICY], force=True, **given)
    return target


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write a Parquet file with every optional part except pages."""
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


def test_input_columns_are_preserved(source: Path) -> None:
    """Types, nested values, categories and metadata are preserved."""
    table = parquet.read_table(source)
    found = parquet.read_table(ranked(source), page_checksum_verification=True)

    assert table.schema.metadata == found.schema.metadata
    assert table.equals(found.select(table.column_names), check_metadata=True)
    assert expected(mixed(1000)) == as_rows(found.to_pydict())


def test_polars_and_duckdb_read_the_same_values_as_pyarrow(source: Path) -> None:
    """The written file has the same values in every reader."""
    target = ranked(source, rules=True)
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    names = [*mixed(1), "best", "rank_leave", "tied", "rules", "problem"]
    wanted = parquet.read_table(target, columns=names).to_pydict()
    relation = duckdb.connect().read_parquet(str(target)).select(*names)

    assert wanted == polars.read_parquet(target).select(names).to_dict(as_series=False)
    assert wanted == relation.to_arrow_table().to_pydict()


@pytest.mark.parametrize("writer", ["duckdb", "polars", "pandas"])
def test_files_of_other_writers_are_ranked(tmp_path: Path, writer: str) -> None:
    """Files can be ranked with and without Arrow's schema."""
    module, path = pytest.importorskip(writer), tmp_path / "in.parquet"
    table = pa.table(mixed())
    match writer:
        case "duckdb":
            module.connect().from_arrow(table).write_parquet(str(path))
        case "polars":
            module.from_arrow(table).write_parquet(path, row_group_size=100)
        case _:
            table.to_pandas().set_index("number", drop=False).to_parquet(path)
    found = parquet.read_table(ranked(path))

    assert parquet.read_table(path).equals(found.select(range(found.num_columns - 7)))
    assert expected(mixed()) == as_rows(found.to_pydict())


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_text_can_have_any_encoding(tmp_path: Path, encoding: str) -> None:
    """Encodings that cannot be read as categories are also read."""
    path, columns = tmp_path / "in.parquet", mixed()
    parquet.write_table(
        pa.table(columns),
        path,
        row_group_size=150,
        use_dictionary=["setting"],
        column_encoding={"contact": encoding},
    )
    target = ranked(path)

    assert expected(columns) == as_rows(parquet.read_table(target).to_pydict())


def test_the_encoding_of_text_can_differ_between_row_groups(tmp_path: Path) -> None:
    """Each row group is read in its own encoding."""
    duckdb, path = pytest.importorskip("duckdb"), tmp_path / "in.parquet"
    made = duckdb.connect().sql(
        "SELECT CASE WHEN range < 5000 THEN 'message' ELSE 'x' || range END AS contact"
        " FROM range(10_000)"
    )
    duckdb_options = "(FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048)"
    made.query("made", f"COPY made TO '{path}' {duckdb_options}")
    metadata = parquet.read_metadata(path)
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    problems = parquet.read_table(ranked(path))["problem"].to_pylist()

    assert 1 < len({group.column(0).encodings for group in groups})
    assert [False, True] == [problems[row] is not None for row in (4999, 5000)]
    assert 5000 == problems.count(None)


@pytest.mark.parametrize("value", [{"a": 1}, ["message"], 1, b"message"])
def test_columns_of_any_kind_can_be_named_like_facts(
    tmp_path: Path, value: object
) -> None:
    """Invalid values of any type are reported row by row."""
    parquet.write_table(pa.table({"contact": [value, None]}), tmp_path / "in.parquet")
    found = parquet.read_table(ranked(tmp_path / "in.parquet")).to_pydict()

    assert [value, None] == found["contact"]
    assert [True, False] == [problem is not None for problem in found["problem"]]


def test_a_pandas_index_is_preserved(tmp_path: Path) -> None:
    """The metadata of the index is preserved, and the answers are columns."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"contact": ["message", "follow"]}, index=["a", "b"])
    frame.to_parquet(tmp_path / "in.parquet")
    found = pandas.read_parquet(ranked(tmp_path / "in.parquet"))

    assert ["a", "b"] == found.index.to_list()
    assert "best" in found.columns


@pytest.mark.parametrize("sizes", [[], [0], [0, 2, 0, 1]])
def test_row_groups_can_be_empty_or_absent(tmp_path: Path, sizes: list[int]) -> None:
    """Files with empty row groups, or without any, are ranked."""
    path, schema = tmp_path / "in.parquet", pa.schema([("contact", pa.string())])
    with parquet.ParquetWriter(path, schema) as writer:
        for size in sizes:
            writer.write_table(pa.table({"contact": ["message"] * size}, schema))
    target = ranked(path)

    assert ["contact", "best"] == parquet.read_schema(target).names[:2]
    assert sum(sizes) == len(parquet.read_table(target))


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd", "lz4", "snappy", "brotli"])
def test_the_output_has_the_codec_of_the_source(tmp_path: Path, codec: str) -> None:
    """Columns and answers use the codec of the source."""
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table(mixed()), path, compression=codec)
    both = [parquet.read_metadata(one).row_group(0) for one in (path, ranked(path))]
    own, more = [
        {group.column(n).compression for n in range(group.num_columns)}
        for group in both
    ]

    assert own == more


def test_text_with_few_values_is_written_as_a_dictionary(source: Path) -> None:
    """Columns with few values, and answers, are written as dictionaries."""
    group = parquet.read_metadata(ranked(source)).row_group(0)
    columns = [group.column(n) for n in range(group.num_columns)]
    some = [one for one in columns if one.path_in_schema in {"contact", "best"}]

    assert [True, True] == [one.has_dictionary_page for one in some]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_categories_that_arrow_cannot_read_are_refused(
    tmp_path: Path, ending: str
) -> None:
    """Unsupported encodings of categories are rejected, and nothing is written."""
    path, target = tmp_path / "in.parquet", tmp_path / f"out.{ending}"
    column = pa.array(["message", "x", None]).dictionary_encode()
    parquet.write_table(
        pa.table({"contact": column}),
        path,
        use_dictionary=False,
        column_encoding={"contact": "DELTA_BYTE_ARRAY"},
    )
    with pytest.raises(TableError, match="BE731"):
        rank_file(path, target, POLICY)

    assert [path] == [*tmp_path.iterdir()]


def test_metadata_that_lists_the_columns_is_dropped(tmp_path: Path) -> None:
    """With this metadata, Spark would ignore the answers."""
    path, listing = tmp_path / "in.parquet", "org.apache.spark.sql.parquet.row.metadata"
    table = pa.table({"contact": ["message"]})
    noted = table.replace_schema_metadata({listing: "{}", "mine": "kept"})
    parquet.write_table(noted, path)
    target = ranked(path)

    assert {b"mine": b"kept"} == parquet.read_schema(target).metadata
    assert listing.encode() not in parquet.read_metadata(target).metadata


def test_rows_of_many_batches_keep_their_order(tmp_path: Path) -> None:
    """The order does not depend on the row groups."""
    path, columns = tmp_path / "in.parquet", mixed(300_000)
    parquet.write_table(pa.table(columns), path, row_group_size=7_000)
    found = parquet.read_table(ranked(path))

    assert columns["number"] == found["number"].to_pylist()
    assert expected(columns) == as_rows(found.to_pydict())
