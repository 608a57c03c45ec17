"""No message repeats a cell of a user's table, unless the user asks for values.

The tests put a mark in each cell of each kind of table in turn. They search for it in
everything that is returned, printed or raised.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from boundaryethics import batch, panel, variants
from boundaryethics.batch.counts import situations_in
from boundaryethics.cli.main import main
from boundaryethics.errors import BoundaryEthicsError
from boundaryethics.variants.designs import DropRules
from support.tables import POLICY

pa = pytest.importorskip("pyarrow")
csv = pytest.importorskip("pyarrow.csv")
parquet = pytest.importorskip("pyarrow.parquet")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

#: Words that a client might have said, and numbers. No output may contain them.
MARKS: tuple[Any, ...] = ("zq canary", 739_152_648, b"zq canary", ["zq canary"])
SIGNS = ("canary", "739152648", "739,152,648")
#: A table of situations, two of which are impossible.
SITUATIONS: dict[str, list[Any]] = {
    "contact": ["message", "follow", "message"],
    "client_status": ["active", "former", "active"],
    "client_minor": ["yes", "no", None],
}
RATINGS: dict[str, list[Any]] = {
    "rater": ["ada", "ada", "ben"],
    "vignette": ["one", "one", "two"],
    "option": ["decline", "leave", "leave"],
    "rank": ["1", "2", "1"],
}
VIGNETTES: dict[str, list[Any]] = {
    "vignette": ["one", "two"],
    "contact": ["message", None],
    "client_minor": ["yes", None],
}


def marked(table: dict[str, list[Any]], mark: Any) -> Iterator[dict[str, list[Any]]]:
    """Yield *table* with *mark* in each cell in turn."""
    for name, cells in table.items():
        for row in range(len(cells)):
            yield table | {name: [*cells[:row], mark, *cells[row + 1 :]]}


def messages(ask: Callable[..., Any], *given: Any, **named: Any) -> str:
    """Return the result or the error of *ask*, with the text of all its problems."""
    try:
        return str(ask(*given, **named))
    except BoundaryEthicsError as error:
        return f"{error} {error.problems!r}"


def swept(table: Path, **given: Any) -> Any:
    """Sweep one variant over *table*."""
    family = DropRules(("find-incidental-overlap",))
    return variants.sweep(POLICY, family, table=table, workers=1, **given)


def panel_of(ratings: Any, vignettes: Any, **given: Any) -> Any:
    """Return the ratings and vignettes of a panel without raters' names."""
    read = panel.read_panel(ratings, vignettes, **given)
    return len(read.ratings), read.vignettes


def plain(table: dict[str, list[Any]]) -> Any:
    """Build a pyarrow table, or skip a column whose values differ in type."""
    try:
        return pa.table(table)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def write(table: dict[str, list[Any]], path: Path) -> bool:
    """Write *table* to *path* and return whether its file type can hold it."""
    if path.suffix in {".csv", ".tsv"}:
        lines = [[*table], *map(list, zip(*table.values(), strict=True))]
        sign = "," if path.suffix == ".csv" else "\t"
        texts = (sign.join("" if c is None else str(c) for c in one) for one in lines)
        path.write_text("\n".join(texts) + "\n", "utf-8")
        return True
    rows = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values())]  # noqa: B905
    if path.suffix == ".jsonl":
        texts = (json.dumps(row, default=str) for row in rows)
        path.write_text("\n".join(texts) + "\n", "utf-8")
        return True
    if (made := plain(table)) is not None:
        parquet.write_table(made, path)
    return made is not None


def assert_hidden(found: str) -> None:
    """Check that *told* does not contain the mark."""
    assert not [sign for sign in SIGNS if sign in found], found


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("mark", MARKS, ids=str)
def test_files_of_situations_are_not_quoted(
    tmp_path: Path, ending: str, mark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Summaries, answers, errors and sweeps show no cell."""
    source, target = tmp_path / f"in.{ending}", tmp_path / "out.csv"
    for table in marked(SITUATIONS, mark):
        if not write(table, source):
            continue
        summaries = batch.rank_file(
            source, target, POLICY, answers_only=True, force=True
        )
        assert_hidden(target.read_text("utf-8"))
        assert_hidden("".join(map(str, summaries)))
        assert_hidden(str([one.to_dict() for one in summaries]))
        assert summaries[0].unanswered
        if ending != "jsonl":
            assert_hidden(messages(swept, source))
    words = ("rank", source, "--output", target, "--force", "--summary")
    with pytest.raises(SystemExit):
        main(list(map(str, (*words, "--answers-only"))))
    assert_hidden("".join(capsys.readouterr()))


def test_values_are_shown_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--show-values` shows cells in each of these places."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    write(SITUATIONS | {"contact": ["message", "zq canary", "message"]}, source)
    words = ("rank", source, "--output", target, "--summary", "--show-values")
    with pytest.raises(SystemExit):
        main([*map(str, (*words, "--answers-only"))])

    assert "canary" in capsys.readouterr().out
    assert "canary" in target.read_text("utf-8")
    found = messages(swept, source, show_values=True)
    assert "row 3 of the table: invalid value `zq canary` for `contact`" in found


@pytest.mark.parametrize(
    "made", [pd.DataFrame, pa.table, pl.DataFrame], ids=["pandas", "pyarrow", "polars"]
)
@pytest.mark.parametrize("mark", MARKS, ids=str)
def test_frames_of_situations_are_not_quoted(made: Any, mark: Any) -> None:
    """The column `problem`, summaries and errors show no cell."""
    for table in marked(SITUATIONS, mark):
        try:
            frame = made(table)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
            continue  # this kind of frame has one type for a column
        ranked = batch.rank(frame, POLICY)
        assert_hidden(str([*ranked.frame["problem"]]))
        assert_hidden(f"{ranked.summary} {ranked.summary.to_dict()}")
        assert_hidden(messages(situations_in, frame, POLICY.vocabulary))
        for row in range(3):
            assert_hidden(messages(batch.explain, frame, row, POLICY))


@pytest.mark.parametrize("form", ["csv", "rows", "frame"])
@pytest.mark.parametrize("mark", MARKS[:2], ids=str)
def test_panels_are_not_quoted(tmp_path: Path, form: str, mark: Any) -> None:
    """Errors in ratings and vignettes show no cell."""

    def given(table: dict[str, list[Any]], name: str) -> Any:
        if form == "frame":
            return pd.DataFrame(table, dtype=object)
        if form == "csv":
            write(table, tmp_path / name)
            return tmp_path / name
        rows = zip(*table.values(), strict=True)
        return [dict(zip(table, cells, strict=True)) for cells in rows]

    pairs = [
        *((ratings, VIGNETTES) for ratings in marked(RATINGS, mark)),
        *((RATINGS, vignettes) for vignettes in marked(VIGNETTES, mark)),
    ]
    shown = 0
    for ratings, vignettes in pairs:
        read = (given(ratings, "r.csv"), given(vignettes, "v.csv"))
        assert_hidden(messages(panel_of, *read))
        data = messages(panel_of, *read, show_values=True)
        shown += any(sign in data for sign in SIGNS)

    # Another name of a rater or a vignette leads to a problem elsewhere.
    assert len(pairs) - 4 <= shown


@pytest.mark.parametrize(
    "text",
    [
        'contact,note\nmessage,"zq canary\nmessage,b\n',
        "contact,note\nmessage,zq canary,c\n",
        "contact,note\nmessage,b\nzq canary\n",
        "contact,note\nmessage,zq canary \x80\n",
    ],
)
@pytest.mark.parametrize("kind", ["rank", "vignettes", "ratings"])
def test_malformed_files_are_not_quoted(tmp_path: Path, text: str, kind: str) -> None:
    """Errors about uneven rows, open quotes and invalid bytes show no cell."""
    source = tmp_path / "in.csv"
    if kind != "rank":
        column = "vignette" if kind == "vignettes" else "rater,vignette,option,rank"
        text = text.replace("contact,note", column)
    source.write_bytes(text.encode("latin-1"))
    vignettes: Any = source if kind == "vignettes" else {"one": {}}
    ratings: Any = source if kind == "ratings" else []
    if kind == "rank":
        found = messages(batch.rank_file, source, tmp_path / "out.csv", POLICY)
    else:
        found = messages(panel.read_panel, ratings, vignettes)

    assert found.startswith(("BE", str(source)))
    assert_hidden(found)


def test_duplicate_json_keys_are_not_quoted(tmp_path: Path) -> None:
    """A duplicate key may contain a client's words."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"contact": "message", "zq canary": 1, "zq canary": 2}\n')
    data = messages(batch.rank_file, source, tmp_path / "o.jsonl", POLICY)

    assert "line 1: duplicate key" in data
    assert_hidden(data)
