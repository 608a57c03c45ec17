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
    """A row with names."""

    contact: str
    client_minor: Any
    setting: Any


def refused(frame: Any, **given: Any) -> str:
    """Return the error for *frame*."""
    with pytest.raises(TableError) as error:
        rank(frame, POLICY, **given)
    return str(error.value)


def test_a_table_without_a_known_column_is_refused() -> None:
    """A table without facts is rejected, with a suggestion for the column."""
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
def test_columns_that_share_a_name_are_refused(frame: Any) -> None:
    """Two columns with the same name are rejected."""
    assert "BE721: 2 columns have the name `contact`" in refused(frame)


def test_repeated_columns_of_a_relation_are_refused() -> None:
    """DuckDB allows repeated names; ranking rejects them."""
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().sql("SELECT 'message' AS contact, 'x' AS contact")

    assert "BE721: 2 columns have the name `contact`" in refused(relation)


def test_columns_named_like_answers_are_refused() -> None:
    """Columns with the names of answers need a prefix for the answers."""
    frame = pd.DataFrame({"contact": ["message"], "best": ["mine"]})
    ranked = rank(frame, POLICY, prefix="aca_").frame

    assert "BE725: the table already has a column `best`" in refused(frame)
    assert ["mine"] == ranked["best"].tolist()
    assert ["contact", "best", "aca_best"] == [*ranked.columns][:3]


def test_what_is_no_table_is_refused() -> None:
    """A list of situations is not a frame."""
    assert "BE726" in refused([{"contact": "message"}])


def test_columns_are_named_by_fact() -> None:
    """A column of any name can state a fact."""
    frame = pa.table({"how": ["message", None], "client_status": ["active"] * 2})
    ranked = rank(frame, POLICY, columns={"contact": "how"})
    named = rank(frame.rename_columns(["contact", "client_status"]), POLICY)

    assert named.frame["best"] == ranked.frame["best"]


def test_a_column_that_is_not_there_is_refused() -> None:
    """Missing columns and undeclared facts are rejected everywhere."""
    frame = pa.table({"contact": ["message"]})
    said = refused(frame, columns={"contact": "contacts"})

    assert "BE722: column `contacts` for fact `contact` not found" in said
    for ask in (rank, lambda *given, **more: explain(given[0], 0, *given[1:], **more)):
        with pytest.raises(SituationError, match="did you mean `setting`"):
            ask(frame, POLICY, columns={"settin": "contact"})


def test_names_of_answers_are_taken_in_any_case_where_case_is_nothing() -> None:
    """DuckDB ignores case, so `BEST` clashes with `best`."""
    duckdb = pytest.importorskip("duckdb")
    sql = "SELECT 'message' AS contact, 1 AS BEST"
    frame = duckdb.connect().sql(sql)

    assert "BE725: the table already has a column `best`" in refused(frame)
    assert "best" in rank(frame.to_arrow_table(), POLICY).frame.column_names


def test_numbers_are_bad_values_row_by_row() -> None:
    """Numbers are invalid values; rows without them are ranked."""
    frame = pd.DataFrame({"contact": [1.5, None], "setting": [3, 3]})
    ranked = rank(frame, POLICY, show_values=True)
    problems = ranked.frame["problem"].tolist()

    assert "invalid value for `setting`: the number 3" in problems[1]
    assert "invalid value for `contact`: a number" in problems[0]
    assert 2 == ranked.summary.unanswered


def test_values_of_many_kinds_stand_in_one_column() -> None:
    """Each value is read as in a situation; missing values are unknown."""
    values = ["yes", True, None, float("nan"), pd.NA, 1, [2], "unknown", "\ud800"]
    frame = pd.DataFrame({"client_minor": pd.Series(values, dtype=object)})
    problems = rank(frame, POLICY, show_values=True).frame["problem"]

    assert [5, 6, 8] == [row for row, said in enumerate(problems) if not pd.isna(said)]
    assert "invalid value for `client_minor`: the number 1" == problems[5]


def test_a_value_cannot_pass_for_two_problems() -> None:
    """Quotes and newlines of a value are removed in messages."""
    value = "`; invalid value `x\n"
    summary = rank(pa.table({"setting": [value]}), POLICY, show_values=True).summary

    assert [("setting", 1)] == [(bad.fact, bad.rows) for bad in summary.problems]


def test_facts_without_a_column_are_told_once() -> None:
    """The summary warns once about facts without a column."""
    ranked = rank(pa.table({"contact": ["message"] * 3}), POLICY)
    (warning,) = ranked.summary.warnings

    assert "BE724" == warning.code
    assert "`setting`" in warning.message
    assert "`contact`" not in warning.message


def test_the_summary_counts_first_places_and_problems() -> None:
    """The summary counts first options and invalid values, sorted by frequency."""
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
def test_a_summary_is_counted_from_data(
    made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts do not depend on the wording of messages."""
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


def test_clashes_are_counted_from_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that clash are counted without a fact."""
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


def test_a_lazy_frame_is_summed_up_as_an_eager_one() -> None:
    """Lazy and eager frames have the same summary."""
    frame = pl.DataFrame(mixed(), strict=False)

    assert rank(frame, POLICY).summary == rank(frame.lazy(), POLICY).summary


def test_a_lazy_frame_stays_lazy_and_can_be_filtered() -> None:
    """A filter by an answer is not pushed before the ranking."""
    frame = pl.DataFrame(mixed(), strict=False)
    lazy = rank(frame.lazy(), POLICY).frame
    wanted = pl.col("best") == "decline"

    assert isinstance(lazy, pl.LazyFrame)
    assert (
        rank(frame, POLICY).frame.filter(wanted).get_column("number").to_list()
        == lazy.filter(wanted).select("number").collect()["number"].to_list()
    )


def test_rules_and_principles_are_those_of_the_verdict() -> None:
    """Each valid row lists its binding rules and their principles."""
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


def test_a_table_without_rows_is_ranked() -> None:
    """An empty table gets columns of the usual types."""
    empty = pa.table({"contact": pa.array([], pa.string())})
    full = pa.table({"contact": ["message"]})

    assert rank(full, POLICY).frame.schema == rank(empty, POLICY).frame.schema
    assert 0 == rank(empty, POLICY).summary.rows


def test_the_frame_that_is_given_is_not_changed() -> None:
    """The input frame stays unchanged."""
    frame = pd.DataFrame({"contact": ["message"]})
    rank(frame, POLICY)

    assert ["contact"] == [*frame.columns]


def test_threads_change_nothing() -> None:
    """The number of threads does not change the answers."""
    frame = pl.DataFrame(mixed(140_000), strict=False)

    assert rank(frame, POLICY).frame.equals(rank(frame, POLICY, threads=2).frame)


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_row_is_explained(made: Any) -> None:
    """`explain` returns the verdict on the situation of the row."""
    frame = made({"contact": ["follow", "message"], "client_minor": [None, True]})
    stated = {"contact": "message", "client_minor": True}

    assert boundaryethics.consult(stated, POLICY) == explain(frame, 1, POLICY)


@pytest.mark.parametrize("row", [-1, 2])
def test_a_row_that_is_not_there_is_not_explained(row: int) -> None:
    """Row numbers start at 0 and end with the frame."""
    frame = pl.DataFrame({"contact": ["follow", "message"]})

    for kind in (frame, frame.lazy()):
        with pytest.raises(TableError, match="BE727"):
            explain(kind, row, POLICY)


def test_a_bad_row_is_not_explained() -> None:
    """`explain` reports an invalid row as `consult` does."""
    with pytest.raises(SituationError, match="did you mean `message`"):
        explain(pa.table({"contact": ["mesage"]}), 0, POLICY)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_row_is_explained_as_it_is(row: Any) -> None:
    """Rows of every type are read; missing values are unknown."""
    frame = pa.table({"contact": ["x"], "client_minor": [None], "setting": ["x"]})
    stated = {"contact": "message", "client_minor": True}

    assert boundaryethics.consult(stated, POLICY) == explain(frame, row, POLICY)


@pytest.mark.parametrize("row", ["0", 1.5, True, None, ("message",), object()])
def test_what_is_no_row_is_not_explained(row: Any) -> None:
    """The error lists what counts as a row."""
    with pytest.raises(TableError, match=r"BE735(.|\n)*the row number"):
        explain(pa.table({"contact": ["message"]}), row, POLICY)


def test_a_row_that_tells_nothing_is_not_explained() -> None:
    """A row without any fact is rejected."""
    with pytest.raises(TableError, match="BE736"):
        explain(pa.table({"contact": ["message"]}), {"contcat": "message"}, POLICY)


def test_columns_of_a_row_are_named_by_fact() -> None:
    """`columns` applies to a row as to a frame."""
    frame, columns = pa.table({"how": ["message"]}), {"contact": "how"}
    verdict = explain(frame, {"how": "message"}, POLICY, columns=columns)

    assert verdict == explain(frame, 0, POLICY, columns=columns)


def test_a_relation_keeps_its_types_and_its_order() -> None:
    """A relation keeps its types and order, and no name of its connection clashes."""
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
    told = frame.project("n, best, problem").fetchall()

    assert all(problem is None for _, _, problem in told)
    assert {known} == {best for n, best, _ in told if n % 2 == 0}


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
def test_what_is_misgiven_is_named(given: dict[str, Any], code: str) -> None:
    """`rank` and `explain` report all invalid arguments at once."""
    frame = pa.table({"contact": ["message"]})
    with pytest.raises(TableError, match="BE740"):
        explain(frame, 0, POLICY, columns=["contact"])  # type: ignore[arg-type]

    assert code in refused(frame, **given)


def test_a_batch_is_refused_with_what_makes_a_table_of_it() -> None:
    """A record batch is rejected, with the call that makes a table of it."""
    batch = pa.record_batch({"contact": ["message"]})

    assert "`pyarrow.Table.from_batches([batch])`" in refused(batch)


def test_an_arrow_table_keeps_what_is_noted_of_it() -> None:
    """Metadata and nullability of an Arrow table survive."""
    field = pa.field("contact", pa.string(), nullable=False, metadata={"a": "b"})
    table = pa.table([["message"]], schema=pa.schema([field], {"mine": "kept"}))
    ranked = rank(table, POLICY).frame

    assert table.schema.equals(
        pa.schema([ranked.schema.field(0)], ranked.schema.metadata), check_metadata=True
    )
    assert rank(pa.table({"contact": ["message"]})).frame.schema.metadata is None


def test_an_arrow_table_keeps_the_index_of_pandas() -> None:
    """The noted index survives, and the answers are columns."""
    frame = pd.DataFrame({"contact": ["message", "follow"]}, index=["a", "b"])
    found = rank(pa.Table.from_pandas(frame), POLICY).frame.to_pandas()

    assert ["a", "b"] == found.index.to_list()
    assert ["contact", "best"] == [*found.columns][:2]


def test_a_note_that_lists_the_columns_of_an_arrow_table_is_left_out() -> None:
    """Metadata that lists all columns is dropped, and other metadata kept."""
    listing = "org.apache.spark.sql.parquet.row.metadata"
    table = pa.table({"contact": ["message"]})
    noted = table.replace_schema_metadata({listing: "{}", "mine": "kept"})

    assert {b"mine": b"kept"} == rank(noted, POLICY).frame.schema.metadata


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_columns_of_spark_may_have_dots_in_their_names(spark: Any) -> None:
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
def test_a_frame_of_dask_keeps_its_index_and_its_parts() -> None:
    """Index and partitions stay, and rows are numbered over all partitions."""
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


def test_a_column_may_be_called_as_duckdb_counts_rows() -> None:
    """A column can be called `rowid`; it does not change the order."""
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
def test_a_dictionary_may_be_full(kind: str, entries: int) -> None:
    """A dictionary can use all indices of its type, and have nulls."""
    some = ["message", "follow", *(f"entry {n}" for n in range(entries - 2))]
    places = pa.array([1, None, entries - 1], kind)
    column = pa.DictionaryArray.from_arrays(places, some)
    found = rank(pa.table({"contact": column}), POLICY).frame
    plain = rank(pa.table({"contact": column.to_pylist()}), POLICY).frame

    assert plain.drop_columns("contact").equals(found.drop_columns("contact"))


def test_truth_values_of_numpy_are_those_of_python() -> None:
    """Wherever facts are stated, truth values mean yes and no (S3)."""
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
    ("value", "told"),
    [
        (np.bool_(1), "true"),
        (np.int64(7), "the number 7"),
        (np.float32(1.5), "a number"),
    ],
)
def test_values_of_numpy_are_told_as_those_of_python(value: Any, told: str) -> None:
    """A message says what kind of value was found."""
    with pytest.raises(SituationError, match=f"invalid value for `contact`: {told}"):
        boundaryethics.consult({"contact": value}, POLICY)


def test_objects_of_polars_are_read_one_by_one() -> None:
    """A column of objects holds values of several types."""
    cells = ["message", None, 7, True]
    frame = pl.DataFrame({"contact": pl.Series(cells, dtype=pl.Object)})
    problems = rank(frame, POLICY).frame["problem"].to_list()

    assert [None, None] == problems[:2]
    assert ["a number", "a truth value"] == [
        p.rpartition(": ")[2] for p in problems[2:]
    ]


def test_the_name_of_the_columns_is_kept() -> None:
    """The index of columns keeps its name, in Dask too."""
    frame = pd.DataFrame({"contact": ["message", "x"]}).rename_axis(columns="wave")

    assert "wave" == rank(frame, POLICY).frame.columns.name
    dask = pytest.importorskip("dask.dataframe")
    ranked = rank(dask.from_pandas(frame, npartitions=2), POLICY).frame
    assert "wave" == ranked.columns.name == ranked.compute().columns.name


def test_truth_values_that_dask_makes_text_are_read() -> None:
    """Dask makes text of objects, by default."""
    dask = pytest.importorskip("dask.dataframe")
    columns = {"contact": ["message"] * 3, "client_minor": [True, None, False]}
    frame = pd.DataFrame(columns, dtype=object)
    lazy = dask.from_pandas(frame, npartitions=2)
    wanted = rank(frame, POLICY).frame

    assert (
        wanted["best"].tolist() == rank(lazy, POLICY).frame.compute()["best"].tolist()
    )
    assert explain(frame, 2, POLICY).situation == explain(lazy, 2, POLICY).situation
