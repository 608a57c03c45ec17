from __future__ import annotations

import builtins
import sys
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest

import boundaryethics
from boundaryethics.batch import explain, rank
from boundaryethics.errors import Problem, SituationError, TableError
from boundaryethics.model.conditions import FactIn, both
from support.tables import POLICY, mixed

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


class Named(NamedTuple):
    """A row with named fields."""

    contact: str
    client_minor: Any
    setting: Any


def refused(frame: Any, **given: Any) -> str:
    """Return the error for *frame*."""
    with pytest.raises(TableError) as error:
        rank(frame, POLICY, **given)
    return str(error.value)


def test_a_table_without_facts_is_refused() -> None:
    """The error suggests a fact for a similar column."""
    said = refused(pl.DataFrame({"contct": ["message"]}))

    assert "BE723: no column matches a fact" in said
    assert "should column `contct` be named `contact`?" in said


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([["message", "follow"]], columns=["contact", "contact"]),
        pa.table([["message"], ["follow"]], names=["contact", "contact"]),
    ],
    ids=["pandas", "pyarrow"],
)
def test_duplicate_columns_are_refused(frame: Any) -> None:
    """Two columns with the same name are rejected."""
    assert "BE721: 2 columns have the name `contact`" in refused(frame)


def test_duplicate_columns_of_a_relation_are_refused() -> None:
    """DuckDB allows duplicate names, but ranking rejects them."""
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().sql("SELECT 'message' AS contact, 'x' AS contact")

    assert "BE721: 2 columns have the name `contact`" in refused(relation)


def test_columns_named_like_answers_are_refused() -> None:
    """Columns with the names of answers need a prefix for the answers."""
    frame = pd.DataFrame({"contact": ["message"], "best": ["mine"]})
    ranked = rank(frame, POLICY, prefix="aca_").frame

    assert "BE725: column `best` of the table has the same name" in refused(frame)
    assert ["mine"] == ranked["best"].tolist()
    assert ["contact", "best", "aca_best"] == [*ranked.columns][:3]


def test_a_list_of_situations_is_refused() -> None:
    """A list of situations is not a frame."""
    assert "BE726" in refused([{"contact": "message"}])


def test_columns_maps_facts_to_columns() -> None:
    """A column of any name can state a fact."""
    frame = pa.table({"how": ["message", None], "client_status": ["active"] * 2})
    ranked = rank(frame, POLICY, columns={"contact": "how"})
    named = rank(frame.rename_columns(["contact", "client_status"]), POLICY)

    assert named.frame["best"] == ranked.frame["best"]


def test_missing_columns_are_refused() -> None:
    """Missing columns and undeclared facts are rejected everywhere."""
    frame = pa.table({"contact": ["message"]})
    said = refused(frame, columns={"contact": "contacts"})

    assert "BE722: column `contacts` for fact `contact` not found" in said
    for ask in (rank, lambda *given, **more: explain(given[0], 0, *given[1:], **more)):
        with pytest.raises(SituationError, match="did you mean `setting`"):
            ask(frame, POLICY, columns={"settin": "contact"})


def test_names_of_answers_clash_in_any_case_in_duckdb() -> None:
    """DuckDB ignores case, so `BEST` clashes with `best`."""
    duckdb = pytest.importorskip("duckdb")
    sql = "SELECT 'message' AS contact, 1 AS BEST"
    frame = duckdb.connect().sql(sql)

    assert "BE725: column `best` of the table has the same name" in refused(frame)
    assert "best" in rank(frame.to_arrow_table(), POLICY).frame.column_names


def test_numbers_are_invalid_values_of_their_rows() -> None:
    """Rows with numbers have a problem, and the other rows are ranked."""
    frame = pd.DataFrame({"contact": [1.5, None], "setting": [3, 3]})
    ranked = rank(frame, POLICY, show_values=True)
    problems = ranked.frame["problem"].tolist()

    assert "invalid value for `setting`: the number 3" in problems[1]
    assert "invalid value for `contact`: a number" in problems[0]
    assert 2 == ranked.summary.unanswered


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([2**62, None], pa.timestamp("s")),
        pa.array([-(2**62), None], pa.duration("s")),
        pa.array([2**40, None], pa.date64()),
        pa.array([b"message", None], pa.binary_view()),
        pa.array([b"\xff", None], pa.binary()),
    ],
)
def test_values_that_python_lacks_are_invalid_in_their_rows(cells: Any) -> None:
    """Arrow has later times, and cannot search all of its types."""
    frame = pa.table({"contact": cells, "when": cells, "setting": [None, None]})
    problems = rank(frame, POLICY, show_values=True).frame["problem"].to_pylist()

    assert ["invalid value for `contact`: not text", None] == problems


def test_frames_with_too_many_columns_are_refused() -> None:
    """Files have the same limit."""
    frame = pa.table({f"c{n}": [None] for n in range(20_000)})

    assert "BE747: the table has 20,000 columns" in refused(frame)


def test_a_column_can_mix_types_of_values() -> None:
    """Each value is read as in a situation; missing values are unknown."""
    values = ["yes", True, None, float("nan"), pd.NA, 1, [2], "unknown", "\ud800"]
    frame = pd.DataFrame({"client_minor": pd.Series(values, dtype=object)})
    problems = rank(frame, POLICY, show_values=True).frame["problem"]

    assert [5, 6, 8] == [row for row, said in enumerate(problems) if not pd.isna(said)]
    assert "invalid value for `client_minor`: the number 1" == problems[5]


def test_a_value_cannot_imitate_a_second_problem() -> None:
    """Quotes and newlines of a value are removed in messages."""
    value = "`; invalid value `x\n"
    summary = rank(pa.table({"setting": [value]}), POLICY, show_values=True).summary

    assert [("setting", 1)] == [(bad.fact, bad.rows) for bad in summary.problems]


def test_facts_without_a_column_are_reported_once() -> None:
    """The summary warns once about facts without a column."""
    ranked = rank(pa.table({"contact": ["message"] * 3}), POLICY)
    (warning,) = ranked.summary.warnings

    assert "BE724" == warning.code
    assert "`setting`" in warning.message
    assert "`contact`" not in warning.message


def test_the_summary_counts_top_responses_and_problems() -> None:
    """The summary counts top responses and invalid values, sorted by frequency."""
    cells = ["message"] * 3 + ["mesage", "x", "x"]
    frame = pa.table({"contact": cells, "client_status": ["active"] * 6})
    summary = rank(frame, POLICY, show_values=True).summary
    best = "=".join(
        boundaryethics.consult(
            {"contact": "message", "client_status": "active"}, POLICY
        ).best
    )

    assert (6, 3, ((best, 3),)) == (summary.rows, summary.unanswered, summary.first)
    assert [("`x`", 2), ("`mesage`", 1)] == [
        (b.value, b.rows) for b in summary.problems
    ]
    assert {best: 3} == summary.to_dict()["first"]
    assert "6 rows, 3 not ranked" in str(summary)


@pytest.mark.parametrize("made", [pd.DataFrame, pa.table, pl.DataFrame, pl.LazyFrame])
def test_the_summary_does_not_depend_on_message_wording(
    made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts stay the same if the messages are reworded."""
    cells = {
        "contact": ["message", "x", "x", "mesage"],
        "setting": [None, "; fact", "y", "y"],
    }
    before = rank(made(cells), POLICY, show_values=True).summary
    monkeypatch.setattr(
        "boundaryethics.model.facts.Fact.invalid_value_message",
        lambda fact, _stated, **_how: (
            f"`{fact.name}` takes no such thing; fact `contact`"
        ),
    )
    after = rank(made(cells), POLICY, show_values=True)
    reworded = "`setting` takes no such thing; fact `contact`"
    frame = after.frame.collect() if made is pl.LazyFrame else after.frame

    assert before == after.summary
    assert [("contact", "`x`", 2), ("setting", "`y`", 2)] == [
        (bad.fact, bad.value, bad.rows) for bad in before.problems[:2]
    ]
    assert all(reworded in str(said) for said in [*frame["problem"]][1:])


def test_contradictory_values_are_counted_without_a_fact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The count does not depend on the wording of the message."""
    base = POLICY.vocabulary
    facts = [fact.name for fact in base.facts][:2]
    values = [base[fact].values[0] for fact in facts]
    condition = both(
        [
            FactIn(fact, frozenset({one}))
            for fact, one in zip(facts, values, strict=True)
        ]
    )
    policy = attrs.evolve(
        POLICY, vocabulary=attrs.evolve(base, impossible=(condition,))
    )
    frame = pa.table({f: [v, v] for f, v in zip(facts, values, strict=True)})
    message = "all of it; invalid value `x` for `contact`"
    monkeypatch.setattr(
        "boundaryethics.batch.encode.impossible",
        lambda *_given, **_how: Problem(code="BE406", message=message),
    )
    (bad,) = rank(frame, policy).summary.problems

    assert ("", message, 2) == (bad.fact, bad.value, bad.rows)


def test_lazy_and_eager_frames_have_the_same_summary() -> None:
    """The summary of a lazy frame equals that of its eager copy."""
    frame = pl.DataFrame(mixed(), strict=False)

    assert rank(frame, POLICY).summary == rank(frame.lazy(), POLICY).summary


def test_a_lazy_frame_stays_lazy_and_can_be_filtered() -> None:
    """Filtering by an answer is not pushed down below the ranking."""
    frame = pl.DataFrame(mixed(), strict=False)
    lazy = rank(frame.lazy(), POLICY).frame
    wanted = pl.col("best") == "decline"

    assert isinstance(lazy, pl.LazyFrame)
    assert (
        rank(frame, POLICY).frame.filter(wanted).get_column("number").to_list()
        == lazy.filter(wanted).select("number").collect()["number"].to_list()
    )


def test_rows_have_the_rules_and_principles_of_the_verdict() -> None:
    """Each valid row lists the rules that apply and their principles."""
    stated = {"contact": "message", "client_status": "active"}
    frame = pa.table({"contact": ["message", "x"], "client_status": ["active"] * 2})
    ranked = rank(frame, POLICY, rules=True, principles=True).frame.to_pylist()
    verdict = boundaryethics.consult(stated, POLICY)
    binding = {f.rule for f in verdict.derivation.firings if not f.overridden_by}
    rules = [POLICY.rule[name] for name in binding]

    assert binding == {*ranked[0]["rules"]}
    assert {r.principle for r in rules if r.then.yields_reasons} == {
        *ranked[0]["principles"]
    }
    assert [None, None] == [ranked[1]["rules"], ranked[1]["principles"]]


def test_an_empty_table_is_ranked() -> None:
    """An empty table gets columns of the usual types."""
    empty = pa.table({"contact": pa.array([], pa.string())})
    full = pa.table({"contact": ["message"]})

    assert rank(full, POLICY).frame.schema == rank(empty, POLICY).frame.schema
    assert 0 == rank(empty, POLICY).summary.rows


def test_ranking_does_not_change_the_input_frame() -> None:
    """The input frame stays unchanged."""
    frame = pd.DataFrame({"contact": ["message"]})
    rank(frame, POLICY)

    assert ["contact"] == [*frame.columns]


def test_the_number_of_threads_does_not_change_the_answers() -> None:
    """Any number of threads gives the same answers."""
    frame = pl.DataFrame(mixed(140_000), strict=False)

    assert rank(frame, POLICY).frame.equals(rank(frame, POLICY, threads=2).frame)


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame, pa.table])
def test_explain_returns_the_verdict_on_a_row(made: Any) -> None:
    """`explain` returns the verdict on the situation of the row."""
    frame = made({"contact": ["follow", "message"], "client_minor": [None, True]})
    stated = {"contact": "message", "client_minor": True}

    assert boundaryethics.consult(stated, POLICY) == explain(frame, 1, POLICY)


@pytest.mark.parametrize("row", [-1, 2])
def test_explain_refuses_row_numbers_out_of_range(row: int) -> None:
    """Row numbers start at 0 and end with the frame."""
    frame = pl.DataFrame({"contact": ["follow", "message"]})

    for kind in (frame, frame.lazy()):
        with pytest.raises(TableError, match="BE727"):
            explain(kind, row, POLICY)


def test_explain_refuses_an_invalid_row() -> None:
    """`explain` reports an invalid row as `consult` does."""
    with pytest.raises(SituationError, match="did you mean `message`"):
        explain(pa.table({"contact": ["mesage"]}), 0, POLICY)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without narwhals, the error says what to install."""
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "narwhals":
            raise ImportError(name=name)
        return found(name, *rest)

    frame = pa.table({"contact": ["message"]})
    for name in [name for name in sys.modules if name.startswith("narwhals")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(builtins, "__import__", without)

    assert "pip install 'boundaryethics[frames]'" in refused(frame)


@pytest.mark.parametrize(
    "row",
    [
        {"contact": "message", "client_minor": True, "more": 1},
        {"contact": "message", "client_minor": True, "setting": None},
        pd.Series({"contact": "message", "client_minor": True, "setting": pd.NA}),
        pd.Series({"contact": "message", "client_minor": True, "setting": np.nan}),
        Named("message", np.True_, float("nan")),
    ],
)
def test_explain_accepts_a_row_of_every_type(row: Any) -> None:
    """Rows of every type are read; missing values are unknown."""
    frame = pa.table({"contact": ["x"], "client_minor": [None], "setting": ["x"]})
    stated = {"contact": "message", "client_minor": True}

    assert boundaryethics.consult(stated, POLICY) == explain(frame, row, POLICY)


@pytest.mark.parametrize("row", ["0", 1.5, True, None, ("message",), object()])
def test_explain_refuses_invalid_rows(row: Any) -> None:
    """The error lists the kinds of rows that are accepted."""
    with pytest.raises(TableError, match=r"BE735(.|\n)*a row number"):
        explain(pa.table({"contact": ["message"]}), row, POLICY)


def test_explain_refuses_a_row_without_facts() -> None:
    """A row must state at least one fact."""
    with pytest.raises(TableError, match="BE736"):
        explain(pa.table({"contact": ["message"]}), {"contcat": "message"}, POLICY)


def test_explain_accepts_columns_for_a_row() -> None:
    """`columns` applies to a row as it does to a frame."""
    frame, columns = pa.table({"how": ["message"]}), {"contact": "how"}
    verdict = explain(frame, {"how": "message"}, POLICY, columns=columns)

    assert verdict == explain(frame, 0, POLICY, columns=columns)


def test_a_relation_keeps_its_types_and_its_order() -> None:
    """A relation keeps types and order, and clashes with no name of its connection."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute("CREATE TABLE boundaryethics_rows AS SELECT 1 AS mine")
    relation = connection.sql(
        "SELECT range AS n, uuid() AS u, 'a'::ENUM ('a', 'b') AS e, n::HUGEINT AS h,"
        ' INTERVAL 1 DAY AS i, CASE WHEN n % 2 = 0 THEN \'message\' END AS "co""ntact"'
        " FROM range(300_000) ORDER BY hash(n)"
    )
    ranked = rank(relation, POLICY, columns={"contact": 'co"ntact'})
    frame = ranked.frame

    assert relation.types == frame.types[: len(relation.types)]
    assert relation.project("n").fetchall() == frame.project("n").fetchall()
    assert 300_000 == ranked.summary.rows
    known = "=".join(boundaryethics.consult({"contact": "message"}, POLICY).best)
    found = frame.project("n, best, problem").fetchall()

    assert all(problem is None for _, _, problem in found)
    assert {known} == {best for n, best, _ in found if n % 2 == 0}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"columns": ["contact"]}, "BE740: `columns`"),
        ({"threads": "2"}, "BE741: invalid value `2` for `threads`"),
        ({"threads": 0}, "BE741: invalid value `0` for `threads`"),
        ({"threads": -1}, "BE741: invalid value `-1` for `threads`"),
        ({"threads": True}, "BE741: invalid value `True` for `threads`"),
    ],
)
def test_all_invalid_arguments_are_reported(given: dict[str, Any], code: str) -> None:
    """`rank` and `explain` report all invalid arguments together."""
    frame = pa.table({"contact": ["message"]})
    with pytest.raises(TableError, match="BE740"):
        explain(frame, 0, POLICY, columns=["contact"])  # type: ignore[arg-type]

    assert code in refused(frame, **given)


def test_a_record_batch_is_refused_with_the_conversion_to_use() -> None:
    """The error shows the call that converts a record batch to a table."""
    batch = pa.record_batch({"contact": ["message"]})

    assert "`pyarrow.Table.from_batches([batch])`" in refused(batch)


def test_an_arrow_table_keeps_its_metadata() -> None:
    """Metadata and nullability of an Arrow table are preserved."""
    field = pa.field("contact", pa.string(), nullable=False, metadata={"a": "b"})
    table = pa.table([["message"]], schema=pa.schema([field], {"mine": "kept"}))
    ranked = rank(table, POLICY).frame

    assert table.schema.equals(
        pa.schema([ranked.schema.field(0)], ranked.schema.metadata), check_metadata=True
    )
    assert rank(pa.table({"contact": ["message"]})).frame.schema.metadata is None


def test_an_arrow_table_keeps_the_index_of_pandas() -> None:
    """The index in the metadata is preserved, and the answers are columns."""
    frame = pd.DataFrame({"contact": ["message", "follow"]}, index=["a", "b"])
    found = rank(pa.Table.from_pandas(frame), POLICY).frame.to_pandas()

    assert ["a", "b"] == found.index.to_list()
    assert ["contact", "best"] == [*found.columns][:2]


def test_metadata_that_lists_the_columns_is_dropped() -> None:
    """Other metadata of the Arrow table is kept."""
    listing = "org.apache.spark.sql.parquet.row.metadata"
    table = pa.table({"contact": ["message"]})
    noted = table.replace_schema_metadata({listing: "{}", "mine": "kept"})

    assert {b"mine": b"kept"} == rank(noted, POLICY).frame.schema.metadata


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_names_of_spark_columns_can_contain_dots(spark: Any) -> None:
    """Names of Spark columns can contain dots and quotes, also in answers."""
    frame = spark.sql("SELECT 'message' AS `a.b`, 1 AS `x``y.z`, 'x' AS a")
    columns = {"contact": "a.b"}
    ranked = rank(frame, POLICY, columns=columns, prefix="p.`q_")
    (row,) = ranked.frame.collect()
    best = "=".join(boundaryethics.consult({"contact": "message"}, POLICY).best)

    assert ["a.b", "x`y.z", "a", "p.`q_best"] == ranked.frame.columns[:4]
    assert ("message", 1, "x", best) == row[:4]
    assert ((best, 1),) == ranked.summary.first
    assert best == "=".join(explain(frame, frame.first(), POLICY, columns=columns).best)


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_a_dask_frame_keeps_its_index_and_partitions() -> None:
    """Rows are numbered across all partitions."""
    dask = pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame({"contact": ["follow", "message", "x"]}, index=[3, 5, 9])
    parts = dask.from_pandas(frame, npartitions=2)
    ranked = rank(parts, POLICY).frame

    assert parts.divisions == ranked.divisions
    assert [3, 5, 9] == ranked.compute().index.to_list()
    assert boundaryethics.consult({"contact": "message"}, POLICY) == explain(
        parts, 1, POLICY
    )
    with pytest.raises(TableError, match="BE727"):
        explain(parts, 3, POLICY)


def test_a_duckdb_column_can_be_named_rowid() -> None:
    """A column named `rowid` does not change the order."""
    duckdb = pytest.importorskip("duckdb")
    columns = mixed(50)
    want = rank(pa.table(columns), POLICY).frame.column("best").to_pylist()
    table = pa.table({**columns, "rowid": [*range(100, 0, -2)]})
    ranked = rank(duckdb.connect().from_arrow(table), POLICY).frame
    found = ranked.to_arrow_table().to_pydict()

    assert columns["number"] == found["number"]
    assert [*range(100, 0, -2)] == found["rowid"]
    assert want == found["best"]


@pytest.mark.parametrize(("kind", "entries"), [("int8", 128), ("uint8", 256)])
def test_a_dictionary_can_use_all_indices_of_its_type(kind: str, entries: int) -> None:
    """A full dictionary can also have nulls."""
    some = ["message", "follow", *(f"entry {n}" for n in range(entries - 2))]
    places = pa.array([1, None, entries - 1], kind)
    column = pa.DictionaryArray.from_arrays(places, some)
    found = rank(pa.table({"contact": column}), POLICY).frame
    plain = rank(pa.table({"contact": column.to_pylist()}), POLICY).frame

    assert plain.drop_columns("contact").equals(found.drop_columns("contact"))


def test_numpy_booleans_are_read_as_python_booleans() -> None:
    """Wherever facts are stated, NumPy booleans mean yes and no (S3)."""
    for one in (True, False):
        stated, truth = {"client_minor": one}, {"client_minor": np.bool_(one)}
        wanted = boundaryethics.consult(stated, POLICY)
        compiled = boundaryethics.compile_policy(POLICY)
        row = pd.DataFrame(stated, index=[0]).iloc[0]

        assert wanted.situation == boundaryethics.consult(truth, POLICY).situation
        assert wanted.situation == boundaryethics.consult(dict(row), POLICY).situation
        assert wanted.situation == POLICY.vocabulary.situation(truth)
        assert wanted.situation == wanted.situation.with_facts(**truth)
        assert wanted.best == compiled.best(truth)
        counted = boundaryethics.analysis.ranking_counts
        assert counted(POLICY, where=stated) == counted(POLICY, where=truth)
        changed = boundaryethics.analysis.counterfactuals
        assert str(changed(stated, POLICY)) == str(changed(truth, POLICY))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.bool_(1), "true"),
        (np.int64(7), "the number 7"),
        (np.float32(1.5), "a number"),
    ],
)
def test_numpy_values_are_reported_as_python_values(value: Any, found: str) -> None:
    """The message names the type of the invalid value."""
    with pytest.raises(SituationError, match=f"invalid value for `contact`: {found}"):
        boundaryethics.consult({"contact": value}, POLICY)


def test_a_polars_column_of_objects_is_read() -> None:
    """A column of objects can mix types of values."""
    cells = ["message", None, 7, True]
    frame = pl.DataFrame({"contact": pl.Series(cells, dtype=pl.Object)})
    problems = rank(frame, POLICY).frame["problem"].to_list()

    assert [None, None] == problems[:2]
    assert ["a number", "a truth value"] == [
        p.rpartition(": ")[2] for p in problems[2:]
    ]


def test_the_column_index_keeps_its_name() -> None:
    """This also applies to Dask."""
    frame = pd.DataFrame({"contact": ["message", "x"]}).rename_axis(columns="wave")

    assert "wave" == rank(frame, POLICY).frame.columns.name
    dask = pytest.importorskip("dask.dataframe")
    ranked = rank(dask.from_pandas(frame, npartitions=2), POLICY).frame
    assert "wave" == ranked.columns.name == ranked.compute().columns.name


def test_booleans_that_dask_converts_to_text_are_read() -> None:
    """By default, Dask converts objects to text."""
    dask = pytest.importorskip("dask.dataframe")
    columns = {"contact": ["message"] * 3, "client_minor": [True, None, False]}
    frame = pd.DataFrame(columns, dtype=object)
    lazy = dask.from_pandas(frame, npartitions=2)
    wanted = rank(frame, POLICY).frame

    assert (
        wanted["best"].tolist() == rank(lazy, POLICY).frame.compute()["best"].tolist()
    )
    assert explain(frame, 2, POLICY).situation == explain(lazy, 2, POLICY).situation
