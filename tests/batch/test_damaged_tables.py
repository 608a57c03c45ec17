"""Damaged and hostile tables raise a clear error and use little memory."""

from __future__ import annotations

import random
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from boundaryethics.batch import files, footer
from boundaryethics.batch.files import rank_file
from boundaryethics.errors import TableError
from support.subprocesses import alone, output_of
from support.tables import POLICY

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

DAMAGED = Path(__file__).with_name("damaged")
#: The number of damaged files to rank in one process.
MUTANTS = 250
#: The additional memory that ranking a hostile file may use, in bytes.
ROOM = 400 << 20


def refused(source: Path, target: Path, **given: Any) -> str:
    """Return the error from ranking *source*."""
    with pytest.raises(TableError) as error:
        rank_file(source, target, POLICY, **given)
    assert source.parent == target.parent
    assert not [*target.parent.glob(".*part")]
    return str(error.value)


def written(path: Path, **options: Any) -> bytes:
    """Write a small Parquet file with every kind of column and return its bytes."""
    count = 40
    table = pa.table(
        {
            "id": [*range(count)],
            "contact": ["message", "follow", None, "message"] * (count // 4),
            "note": [f"a{n}" for n in range(count)],
            "client_minor": [True, False, None, True] * (count // 4),
            "list": [["x", "y"], [], None, ["z"]] * (count // 4),
            "share": [1.5 * n for n in range(count)],
        }
    )
    parquet.write_table(table, path, **options)
    return path.read_bytes()


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Change some bytes of *content*, mostly of its footer, or truncate it."""
    made = bytearray(content)
    footer_at = len(made) - 8 - int.from_bytes(made[-8:-4], "little")
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        start = footer_at if chance.random() < 0.6 else 0
        at = chance.randrange(max(start, 0), len(made))
        if chance.random() < 0.5:
            made[at] ^= 1 << chance.randrange(8)
        else:
            made[at] = chance.choice([0, 1, 127, 128, 255])
    whole = chance.random() < 0.95
    return bytes(made if whole else made[: chance.randrange(len(made))])


def rank_mutants(folder: Path, seed: int) -> None:
    """Rank many damaged files in *folder*; errors except `TableError` are raised."""
    chance = random.Random(seed)  # noqa: S311
    plain: dict[str, Any] = {"use_dictionary": False, "compression": "gzip"}
    kinds: list[dict[str, Any]] = [
        {},
        {"compression": "none"},
        {"compression": "zstd", "data_page_version": "2.0"},
        plain,
        {"row_group_size": 10, "write_page_index": True},
        plain | {"column_encoding": {"note": "DELTA_BYTE_ARRAY"}},
    ]
    source = folder / "in.parquet"
    contents = [written(source, **options) for options in kinds]
    for number in range(MUTANTS):
        source.write_bytes(mutated(chance.choice(contents), chance))
        target = folder / f"out{chance.choice(['.csv', '.jsonl', '.parquet'])}"
        with suppress(TableError):
            rank_file(source, target, POLICY, force=True)
        assert not [*folder.glob(".*part")], number


def peak(source: Path, target: Path) -> int:
    """Rank *source* and return the peak memory that this needs."""
    rank_file(source.with_name("small.csv"), target.with_name("small.csv"), POLICY)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rank_file(source, target, POLICY)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


@pytest.mark.parametrize("name", ["levels", "indices"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_damaged_parquet_file_raises_a_clear_error(
    tmp_path: Path, name: str, ending: str
) -> None:
    """Damaged level histograms and out-of-range dictionary indices are refused."""
    source = tmp_path / "in.parquet"
    source.write_bytes((DAMAGED / f"{name}.parquet").read_bytes())
    program = alone(__file__, "one", str(source), str(tmp_path / f"out.{ending}"))

    assert 0 == program.returncode, output_of(program)
    code = "BE734" if (name, ending) == ("indices", "csv") else "BE731"
    assert code in program.stdout
    assert [source] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_files_do_not_crash_the_process(tmp_path: Path, seed: int) -> None:
    """Mutated files are ranked or refused, and leave no other files."""
    program = alone(__file__, "many", str(tmp_path), str(seed))

    assert 0 == program.returncode, output_of(program)


@pytest.mark.parametrize("name", ["zstd", "gzip", "none", "snappy", "lz4", "brotli"])
def test_our_footer_reader_agrees_with_arrow(tmp_path: Path, name: str) -> None:
    """Encodings and codecs of all chunks equal those of Arrow's own reader."""
    path = tmp_path / "in.parquet"
    plain = {"column_encoding": {"note": "DELTA_BYTE_ARRAY"}, "use_dictionary": ["id"]}
    for options in ({}, plain):
        written(path, compression=name, row_group_size=15, **options)
        metadata = parquet.read_metadata(path)
        groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
        chunks = [g.column(n) for g in groups for n in range(metadata.num_columns)]
        with pa.OSFile(str(path)) as file:
            found = [*footer.chunks(path, file)]

        assert [
            (c.path_in_schema, c.num_values, c.total_uncompressed_size) for c in chunks
        ] == [(c.path, c.values, c.size) for c in found]
        assert {name} == {chunk.codec for chunk in found}
        assert [any("DELTA" in one for one in c.encodings) for c in chunks] == [
            not c.is_categorical for c in found
        ]


def repeated(path: Path, rows: int, text: str, *, within: bool = False) -> None:
    """Write a file that stores *text* once and refers to it in many *rows*."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows), pa.array([text]))
    if within:
        column = pa.ListArray.from_arrays(pa.array([*range(rows + 1)]), column)
    table = pa.table({"contact": ["message"] * rows, "note": column})
    parquet.write_table(table, path, compression="zstd", store_schema=False)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("within", [False, True])
def test_repeated_text_is_stored_once_in_memory(
    tmp_path: Path, ending: str, *, within: bool
) -> None:
    """A small file whose rows would expand to gigabytes of text needs little memory."""
    if within and ending == "csv":
        pytest.skip("long lists in CSV are joined, as the case without lists")
    source = tmp_path / "in.parquet"
    repeated(source, 300, "x" * 2_000_000, within=within)
    (tmp_path / "small.csv").write_text("contact\nmessage\n", "utf-8")
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / f"out.{ending}"

    assert source.stat().st_size < 2_000
    program = alone(__file__, "peak", str(source), str(target))
    assert 0 == program.returncode, output_of(program)
    # Text within lists cannot be read as categories, and Arrow copies it for each row.
    assert int(program.stdout) < (1 << 30 if within else ROOM)
    target.unlink()


def test_batches_have_a_size_limit_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice of a batch is small as text, and the slices form the batch."""
    monkeypatch.setattr(files, "BATCH_BYTES", 1000)
    texts = pa.array(["x" * 300, "y"]).take(pa.array([0, 1, 1, 0, 1] * 3))
    batch = pa.record_batch({"note": texts.dictionary_encode(), "id": [*range(15)]})
    parts = [*files.parts(batch)]

    assert batch.to_pylist() == [row for part in parts for row in part.to_pylist()]
    assert {3} == {len(part) for part in parts}
    assert [0] == [len(part) for part in files.parts(batch.slice(0, 0))]


def test_lines_have_a_size_limit_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long lines are ranked in small batches, and one that is too long is refused."""
    monkeypatch.setattr(files, "BATCH_BYTES", 1000)
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    line = '{"contact": "message", "note": "%s"}\n'
    source.write_text(line % ("x" * 900) * 5 + line % "y", "utf-8")
    (summary,) = rank_file(source, target, POLICY)
    sizes = list[int]()
    line_batches = files.line_batches

    def counted(objects: Any) -> Iterator[Any]:
        for bunch in line_batches(objects):
            sizes.append(len(bunch))
            yield bunch

    monkeypatch.setattr(files, "line_batches", counted)
    rank_file(source, target, POLICY, force=True)

    assert 6 == summary.rows
    assert [2, 2, 2] == sizes
    source.write_text(line % "y" + line % ("x" * 1000), "utf-8")
    assert "line 2: longer than " in refused(source, target, force=True)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("in.csv", "contact;client_status\nmessage;active\n", "by semicolons"),
        ("in.csv", "contact\tclient_status\nmessage\tactive\n", "by tabs"),
        ("in.csv", "contact|client_status\nmessage|active\n", "by pipes"),
        ("in.tsv", "contact,client_status\nmessage,active\n", "by commas"),
    ],
)
def test_a_wrong_separator_is_named(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    """A table with the wrong separator is refused for that reason only."""
    source = tmp_path / name
    source.write_text(text, "utf-8")
    found = refused(source, tmp_path / "out.csv")

    assert "BE742" in found
    assert f"the columns are separated {said}, not by " in found


def test_a_column_name_can_contain_a_quoted_separator(tmp_path: Path) -> None:
    """A separator in quotes does not split the name."""
    source = tmp_path / "in.csv"
    source.write_text('"contact,note"\nmessage\n', "utf-8")

    assert "BE742" not in refused(source, tmp_path / "out.csv")


def test_a_row_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """The message gives the limit of a row in our own words."""
    source = tmp_path / "in.csv"
    source.write_text(f"contact,note\nmessage,{'x' * 40_000_000}\n", "utf-8")

    assert "a row is longer than 16,777,216 bytes" in refused(
        source, tmp_path / "out.csv"
    )


def test_columns_are_checked_before_arrow_starts_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invalid columns are refused before Arrow's threads start to read ahead."""
    from pyarrow import csv

    monkeypatch.delattr(csv, "open_csv")
    for header in ("color", "contact;setting", "contact,contact", "contact,best"):
        source = tmp_path / "in.csv"
        source.write_text(f"{header}\n", "utf-8")
        refused(source, tmp_path / "out.csv")


def test_rows_share_repeated_text_in_memory(tmp_path: Path) -> None:
    """Text that rows of a file repeat is in memory once."""
    repeated(tmp_path / "in.parquet", 50, "x" * 1000)
    rows = [*files.read_rows(tmp_path / "in.parquet")]

    assert {"contact": "message", "note": "x" * 1000} == rows[0] == rows[49]
    assert 1 == len({id(row["note"]) for row in rows})


def main(kind: str, *arguments: str) -> None:
    """Run part of a test in its own process."""
    first, second = arguments
    if kind == "many":
        rank_mutants(Path(first), int(second))
    elif kind == "peak":
        sys.stdout.write(str(peak(Path(first), Path(second))))
    else:
        sys.stdout.write(refused(Path(first), Path(second)))


if __name__ == "__main__":
    main(*sys.argv[1:])
