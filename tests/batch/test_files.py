from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from boundaryethics._files import atomic_file, inputs_noted
from boundaryethics.batch.files import rank_file
from boundaryethics.errors import SituationError, TableError
from support.tables import POLICY, as_rows, expected, mixed

pa = pytest.importorskip("pyarrow")
csv = pytest.importorskip("pyarrow.csv")
parquet = pytest.importorskip("pyarrow.parquet")

LIMITED = """
import resource, sys
from boundaryethics.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
main(sys.argv[1:])
"""

# A read through a Python file object is still waiting when Python exits.
ENDING = """
import io, sys, time
from pathlib import Path

class Slow(io.FileIO):
    def read(self, size=-1):
        time.sleep(0.5 if self.tell() else 0)
        return super().read(size)

was = Path.open
Path.open = lambda path, mode="r", *rest, **more: (
    Slow(path) if mode == "rb" else was(path, mode, *rest, **more)
)
from boundaryethics.batch.files import reading

with reading(Path(sys.argv[1])) as rows:
    sys.exit(2)
"""


@pytest.fixture(params=["csv", "tsv", "parquet", "jsonl"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Write the same rows to a file of each type."""
    return written(tmp_path / f"in.{request.param}", mixed())


def written(path: Path, columns: dict[str, list[Any]]) -> Path:
    """Write *columns* to *path*, and return it."""
    table = pa.table(columns)
    match path.suffix:
        case ".parquet":
            parquet.write_table(table, path)
        case ".jsonl":
            rows = (json.dumps(row) + "\n" for row in table.to_pylist())
            path.write_text("".join(rows), "utf-8")
        case ending:
            separator = "\t" if ending == ".tsv" else ","
            csv.write_csv(table, path, csv.WriteOptions(delimiter=separator))
    return path


def read(path: Path) -> dict[str, list[Any]]:
    """Read the columns of the file at *path*."""
    match path.suffix:
        case ".parquet":
            return dict(parquet.read_table(path).to_pydict())
        case ".jsonl":
            rows = [*map(json.loads, path.read_text("utf-8").splitlines())]
            return {name: [row[name] for row in rows] for name in rows[0]}
        case ending:
            parted = csv.ParseOptions(delimiter="\t" if ending == ".tsv" else ",")
            empty = csv.ConvertOptions(strings_can_be_null=True)
            table = csv.read_csv(path, parse_options=parted, convert_options=empty)
            return dict(table.to_pydict())


def refused(source: Path, target: Path, **given: Any) -> str:
    """Return the error for *source*; *target* stays unchanged, without other files."""
    before = {p: p.read_bytes() for p in target.parent.iterdir() if p.is_file()}
    with pytest.raises(TableError) as error:
        rank_file(source, target, [POLICY], **given)

    assert before == {p: p.read_bytes() for p in target.parent.iterdir() if p.is_file()}
    return str(error.value)


def test_python_can_exit_while_a_file_is_read(tmp_path: Path) -> None:
    """Python can exit while Arrow reads ahead in the background."""
    path = tmp_path / "in.csv"
    # More than one read returns.
    path.write_bytes(b"setting,role\n" * 3_000_000)
    ran = subprocess.run([sys.executable, "-c", ENDING, str(path)], check=False)

    assert ran.returncode == 2


def test_files_of_every_type_agree_with_numpy(source: Path) -> None:
    """Files of every type rank as NumPy codes do, and keep their columns."""
    target = source.with_name(f"out{source.suffix}")
    (summary,) = rank_file(source, target, [POLICY])
    columns, found = mixed(), read(target)

    assert expected(columns) == as_rows(found)
    assert columns == {name: found[name] for name in columns}
    assert len(columns["number"]) == summary.rows
    assert found["best"].count(None) == summary.unanswered
    assert {source, target} == {*source.parent.iterdir()}


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_input_and_output_can_have_different_file_types(
    tmp_path: Path, ending: str
) -> None:
    """The extension of a file gives its type, for input and output."""
    source = written(tmp_path / "in.parquet", mixed())
    target = tmp_path / f"out.{ending}"
    rank_file(source, target, [POLICY], rules=True)

    assert expected(mixed()) == as_rows(read(target))


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    """Dates, lists, categories and other types are preserved."""
    columns = {
        "contact": pa.array(["message"]).dictionary_encode(),
        "when": pa.array([1], pa.timestamp("us", "UTC")),
        "many": pa.array([[1, 2]]),
        "exact": pa.array(["1.10"]).cast(pa.decimal128(5, 2)),
    }
    table = pa.table(columns)
    parquet.write_table(table, tmp_path / "in.parquet")
    rank_file(tmp_path / "in.parquet", tmp_path / "out.parquet", [POLICY])

    assert table == parquet.read_table(tmp_path / "out.parquet").select([*columns])


def test_csv_cells_are_preserved(tmp_path: Path) -> None:
    """Leading zeros and newlines within cells are preserved."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,contact,note\n007,message,"a\nb"\n', "utf-8")
    rank_file(source, target, [POLICY])

    assert '"007","message","a\nb"' in target.read_text("utf-8")


def test_json_lines_are_preserved(tmp_path: Path) -> None:
    """Numbers keep their digits, and objects their contents."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"contact": "message", "n": 1.10, "o": {"a": [1e400]}}\n{}\n')
    rank_file(source, target, [POLICY])
    first, second = target.read_text().splitlines()

    assert first.startswith('{"contact": "message", "n": 1.10, "o": {"a": [1e400]}, ')
    assert second.startswith('{"best": ')


def test_a_json_line_that_is_not_an_object_is_refused(tmp_path: Path) -> None:
    """The error gives the line number, even if the file is truncated."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = '{"contact": "message"}\n'
    said = []
    for bad in ('{"contact": ', "[]\n", '{"contact": "x", "contact": "y"}\n'):
        source.write_text(good + "\n" + bad)
        said.append(refused(source, target))

    assert all("line 3: " in one for one in said)


def test_an_empty_line_in_a_one_column_file_is_a_row(tmp_path: Path) -> None:
    """In a file with one column, an empty line counts as a row."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("contact\nmessage\n\nfollow\n")
    (summary,) = rank_file(source, target, [POLICY])

    assert 3 == summary.rows


def test_several_policies_rank_in_one_pass(source: Path) -> None:
    """Each policy writes the same columns as it does alone."""
    both, alone = (source.with_name(f"{n}{source.suffix}") for n in ("both", "strict"))
    summaries = rank_file(source, both, [POLICY, "apa-2017"])
    (summary,) = rank_file(source, alone, ["apa-2017"])

    assert read(alone)["best"] == read(both)["apa-2017_best"]
    assert read(alone)["problem"] == read(both)["apa-2017_problem"]
    assert ["aca-2014", "apa-2017"] == [one.policy for one in summaries]
    assert summary == summaries[1]


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "jsonl"])
def test_answers_only_writes_row_numbers(source: Path, ending: str) -> None:
    """`answers_only` writes row numbers from 0 in every format."""
    target = source.with_name(f"answers.{ending}")
    (summary,) = rank_file(source, target, POLICY, answers_only=True)
    found = read(target)

    assert [*range(400)] == found.pop("row")
    assert expected(mixed()) == as_rows(found)
    assert not {*mixed()} & {*found}
    assert 400 == summary.rows


def test_answers_only_allows_columns_named_like_answers(tmp_path: Path) -> None:
    """The input columns are not written, so their names cannot clash."""
    source = written(tmp_path / "in.csv", {"contact": ["message"], "best": ["mine"]})
    target = tmp_path / "answers.parquet"
    rank_file(source, target, [POLICY, "apa-2017"], answers_only=True)

    assert ["row", "aca-2014_best"] == [*read(target)][:2]


def test_answers_only_counts_rows_across_batches(tmp_path: Path) -> None:
    """Row numbers continue across batches; blank lines of JSON do not count."""
    for name in ("in.parquet", "in.jsonl"):
        source = written(tmp_path / name, {"contact": ["message"] * 140_000})
        if name == "in.jsonl":
            source.write_text("\n" + source.read_text())
        rank_file(source, tmp_path / "out.csv", POLICY, answers_only=True, force=True)

        assert [*range(140_000)] == read(tmp_path / "out.csv")["row"]


def test_duplicate_policies_are_refused(tmp_path: Path) -> None:
    """Two policies with the same ID are rejected because their columns would clash."""
    source = written(tmp_path / "in.csv", mixed())
    with pytest.raises(TableError, match="BE732"):
        rank_file(source, tmp_path / "out.csv", [POLICY, POLICY])


def test_an_empty_list_of_policies_is_refused(tmp_path: Path) -> None:
    """At least one policy is required."""
    source = written(tmp_path / "in.csv", mixed())
    with pytest.raises(TableError, match="BE737"):
        rank_file(source, tmp_path / "out.csv", [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'message,"5 inch\nmessage,b\nmesage,c\n',
            "last cell of row 1 is never closed",
        ),
        ('message,"a\n""b""\n', "last cell of row 1 is never closed"),
        ("message,what was said,c\n", "a row has 3 cells, but the header has 2"),
        ("message\n", "a row has 1 cell, but the header has 2"),
    ],
)
def test_unclosed_quotes_and_uneven_rows_are_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    """The error does not show the text of the cells."""
    source = tmp_path / "in.csv"
    source.write_text(f"contact,note\n{text}", "utf-8")
    found = refused(source, tmp_path / "out.csv")

    assert said in found
    assert not [cell for cell in ("inch", "what was said") if cell in found]


@pytest.mark.parametrize(
    "cell", ['"a\nb"', '"a\r\nb"\r\n', '"a\n""b"""\n', '"a\n"\n\n', "a"]
)
def test_the_last_cell_can_end_with_a_newline_or_a_quote(
    tmp_path: Path, cell: str
) -> None:
    """The last cell is read in full."""
    source = tmp_path / "in.csv"
    source.write_text(f"contact,note\nmessage,{cell}", "utf-8", newline="")
    (summary,) = rank_file(source, tmp_path / "out.csv", [POLICY])

    assert 1 == summary.rows


def test_columns_maps_facts_to_columns(tmp_path: Path, source: Path) -> None:
    """A column of any name can state a fact; undeclared facts are rejected."""
    target = tmp_path / f"out{source.suffix}"
    rank_file(source, target, [POLICY], columns={"setting": "contact"})
    with pytest.raises(SituationError, match="BE401"):
        rank_file(source, target, [POLICY], columns={"settin": "contact"}, force=True)

    assert any("for `setting`" in found for found in read(target)["problem"] if found)


@pytest.mark.parametrize("policies", [POLICY, "aca-2014"])
def test_a_single_policy_needs_no_list(source: Path, policies: Any) -> None:
    """A single policy or ID need not be in a list."""
    target = source.with_name(f"out{source.suffix}")
    (summary,) = rank_file(source, target, policies)

    assert "aca-2014" == summary.policy
    assert expected(mixed()) == as_rows(read(target))


def test_a_prefix_allows_ranking_a_ranked_table_again(source: Path) -> None:
    """With a prefix, the columns of the first answers stay."""
    once, again, both = (
        source.with_name(f"{name}{source.suffix}") for name in ("1", "2", "3")
    )
    rank_file(source, once, POLICY)
    (summary,) = rank_file(once, again, POLICY, prefix="new_")
    rank_file(again, both, [POLICY, "apa-2017"], prefix="new_")
    found = read(both)

    assert "BE725" in refused(once, both, force=True)
    assert found["best"] == found["new_best"] == found["new_aca-2014_best"]
    assert "new_apa-2017_problem" in found
    assert 400 == summary.rows


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"columns": ["contact"]}, "BE740"),
        ({"threads": "2"}, "BE741"),
        ({"threads": 0}, "BE741"),
        ({"threads": True}, "BE741"),
    ],
)
def test_invalid_arguments_are_reported(
    tmp_path: Path, given: dict[str, Any], code: str
) -> None:
    """Invalid arguments are reported before any file is read."""
    assert code in refused(tmp_path / "in.csv", tmp_path / "out.csv", **given)


def test_an_empty_json_lines_file_is_reported_as_empty(tmp_path: Path) -> None:
    """The error says that the file is empty and does not mention columns."""
    source = tmp_path / "in.jsonl"
    source.touch()

    assert "the file is empty" in refused(source, tmp_path / "out.jsonl")


def test_nan_and_infinity_are_null_in_json(tmp_path: Path) -> None:
    """NaN and infinite numbers become null; all other values stay."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.jsonl"
    nan, end = float("nan"), float("inf")
    columns = {
        "contact": ["message", "follow"],
        "n": [nan, 1.5],
        "many": [[{"a": -end}, {"a": 2.0}], None],
    }
    parquet.write_table(pa.table(columns), source)
    rank_file(source, target, POLICY)
    rows = [*map(strictly, target.read_text("utf-8").splitlines())]

    assert [None, 1.5] == [row["n"] for row in rows]
    assert [[{"a": None}, {"a": 2.0}], None] == [row["many"] for row in rows]


def strictly(line: str) -> Any:
    """Parse *line* as strict JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(line, parse_constant=refuse)


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_force_keeps_the_mode_and_the_link_of_a_file(source: Path) -> None:
    """`force` keeps the mode of a file and the link that points to it."""
    far = source.with_name("far")
    far.mkdir()
    file, link = far / "file", source.with_name(f"out{source.suffix}")
    file.write_text("precious")
    file.chmod(0o600)
    link.symlink_to(file)
    with suppress(KeyboardInterrupt), atomic_file(file) as begun:
        left = Path(begun.name)
        raise KeyboardInterrupt
    left.touch()  # like a killed run
    rank_file(source, link, POLICY, force=True)

    assert link.is_symlink()
    assert 0o600 == file.stat().st_mode & 0o777
    assert expected(mixed()) == as_rows(read(link))
    assert [file] == [*far.iterdir()]


def test_an_existing_file_is_replaced_only_with_force(source: Path) -> None:
    """Without `force`, an existing file is refused."""
    target = source.with_name(f"out{source.suffix}")
    target.write_text("precious")

    assert "BE733" in refused(source, target)
    rank_file(source, target, [POLICY], force=True)
    assert b"precious" not in target.read_bytes()


def test_an_input_is_not_replaced_by_its_output(source: Path) -> None:
    """An input is not replaced under any of its names."""
    before = source.read_bytes()
    link, twin = (source.with_name(f"{name}{source.suffix}") for name in ("l", "t"))
    link.symlink_to(source)
    twin.hardlink_to(source)

    for target in (source, link, twin):
        error = refused(source, target, force=True)

        assert "BE733" in error
        assert "is read by the same command" in error
    assert before == source.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="files are not locked there")
def test_the_output_of_another_run_is_replaced(tmp_path: Path) -> None:
    """If another run for the same output ends first, its file is not an input."""
    source = written(tmp_path / "in.csv", mixed())
    target = tmp_path / "out.csv"

    def other_ends(_done: int, _size: int) -> None:
        other.close()

    with ExitStack() as other:
        other.enter_context(atomic_file(target)).write(b"other")
        with inputs_noted():
            rank_file(source, target, POLICY, force=True, progress=other_ends)

    assert expected(mixed()) == as_rows(read(target))
    assert {source, target} == {*tmp_path.iterdir()}


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    """A device is refused even with `force`."""
    source, target = written(tmp_path / "in.csv", mixed()), tmp_path / "out.csv"
    target.symlink_to(os.devnull)
    with pytest.raises(TableError, match="BE733"):
        rank_file(source, target, [POLICY], force=True)

    assert target.is_symlink()


@pytest.mark.parametrize("kept", [0, 3, 2000])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, kept: int) -> None:
    """A truncated or empty Parquet file is rejected."""
    source = written(tmp_path / "in.parquet", mixed())
    source.write_bytes(source.read_bytes()[:kept])

    assert "BE731" in refused(source, tmp_path / "out.parquet")


def test_damage_within_a_parquet_file_is_reported(tmp_path: Path) -> None:
    """Damage is reported even after rows have been ranked."""
    source = tmp_path / "in.parquet"
    columns = {"contact": mixed(300_000)["contact"]}
    parquet.write_table(pa.table(columns), source, row_group_size=10_000)
    body = bytearray(source.read_bytes())
    middle = len(body) * 3 // 4
    body[middle : middle + 20_000] = b"\xff" * 20_000
    source.write_bytes(body)

    assert "BE731" in refused(source, tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("in.csv", b"", "BE731"),
        ("in.csv", b"contact,setting\nmessage\n", "BE731"),
        ("in.csv", b"contact\n\xff\xfe\n", "BE731"),
        ("in.csv", b"contact,contact\nmessage,follow\n", "BE721"),
        ("in.csv", b"color\nred\n", "BE723"),
        ("in.csv", b"contact,best\nmessage,x\n", "BE725"),
        ("in.jsonl", b'{"contact": "\xff"}\n', "BE731"),
        ("in.jsonl", b'{"color": "red"}\n', "BE723"),
        ("in.jsonl", b"", "BE731"),
        ("in.jsonl", b" \n\n", "BE731"),
        ("in.jsonl", b'{"contact": "message", "best": 1}\n', "BE725"),
        ("in.txt", b"contact\nmessage\n", "BE730"),
    ],
)
def test_unreadable_files_are_refused(
    tmp_path: Path, name: str, text: bytes, code: str
) -> None:
    """The error gives the reason, and nothing is written."""
    source = tmp_path / name
    source.write_bytes(text)

    assert code in refused(source, source.with_name(f"out{source.suffix}"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_tables_with_too_many_columns_are_refused(tmp_path: Path, ending: str) -> None:
    """A file of 700 KB can have 100,000 columns, which take minutes and 1 GB."""
    names = ["contact", *(f"c{n}" for n in range(100_000))]
    source = tmp_path / f"in.{ending}"
    if ending == "csv":
        source.write_text(f"{','.join(names)}\nmessage{',' * 100_000}\n")
    elif ending == "jsonl":
        source.write_text(json.dumps(dict.fromkeys(names)) + "\n")
    else:
        parquet.write_table(pa.table({name: ["message"] for name in names}), source)

    said = refused(source, tmp_path / f"out.{ending}")
    assert "BE747: the table has 100,001 columns; the limit is 16,384" in said


def test_views_of_text_are_written_to_csv(tmp_path: Path) -> None:
    """Arrow has several types for text, and writes only some of them to CSV."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.csv"
    text = pa.array(["message", None], pa.string_view())
    parquet.write_table(pa.table({"contact": text, "note": text}), source)

    rank_file(source, target, POLICY)

    assert target.read_text().splitlines()[1].startswith('"message","message",')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_table_in_a_pipe_is_refused(tmp_path: Path) -> None:
    """A table must be in a regular file, whose extension gives its type."""
    pipe = tmp_path / "63"
    os.mkfifo(pipe)

    assert "is not a regular file" in refused(pipe, tmp_path / "out.csv")


def test_a_missing_source_is_refused(tmp_path: Path) -> None:
    """The error is raised, and nothing is written."""
    said = refused(tmp_path / "in.csv", tmp_path / "out.csv")

    assert "no such file or directory" in said


def test_a_missing_target_folder_is_reported(tmp_path: Path) -> None:
    """A missing folder for the target raises an error."""
    source = written(tmp_path / "in.csv", mixed())

    with pytest.raises(TableError, match="BE734"):
        rank_file(source, tmp_path / "nowhere" / "out.csv", [POLICY])


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there")
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, ending: str) -> None:
    """A full disk leaves the old file and no temporary file."""
    source = written(tmp_path / "in.parquet", mixed(30_000))
    target = tmp_path / f"out.{ending}"
    target.write_text("precious")
    answer = subprocess.run(
        [sys.executable, "-c", LIMITED, "rank", source, "--output", target, "--force"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert 2 == answer.returncode
    assert f"BE734: `{target}` cannot be written: file too large" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "precious" == target.read_text()
    assert {source, target} == {*tmp_path.iterdir()}


def test_an_interrupted_run_keeps_the_old_file(tmp_path: Path) -> None:
    """An interrupted run leaves the old file and no temporary file."""
    source = written(tmp_path / "in.parquet", mixed())
    target = tmp_path / "out.parquet"
    target.write_text("precious")

    def interrupted(_done: int, _size: int) -> None:
        assert len([*tmp_path.glob(".*.part")]) == 1
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        rank_file(source, target, [POLICY], force=True, progress=interrupted)

    assert "precious" == target.read_text()
    assert {source, target} == {*tmp_path.iterdir()}
