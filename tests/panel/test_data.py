from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from boundaryethics.errors import PanelError
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import digest
from boundaryethics.model.rules import Option
from boundaryethics.panel import Panel, read_panel
from support.small_policies import VOCABULARY
from support.subprocesses import alone, output_of

#: The size of a file of ratings (11 MB), and the memory that reading it may take.
MANY, ROOM = 450_000, 60 << 20

CONTINUE, IGNORE, DECLINE, LEAVE = Option
VIGNETTES = {"one": {"danger": "yes"}, "two": {"contact": "message"}}


def rows(rater: str, vignette: str, **places: object) -> list[dict[str, Any]]:
    """Return a row for each option that *rater* ranks."""
    return [
        {"rater": rater, "vignette": vignette, "option": option, "rank": place}
        for option, place in places.items()
    ]


def read(given: Any, vignettes: Any = None) -> Panel:
    """Read a panel from *given* rows or a file; problems show the values."""
    return read_panel(
        given,
        VIGNETTES if vignettes is None else vignettes,
        vocabulary=VOCABULARY,
        show_values=True,
    )


def refusal(given: object, vignettes: Any = None) -> list[tuple[str, int | None]]:
    """Return the code and the line of each problem."""
    with pytest.raises(PanelError) as refused:
        read(given, vignettes)
    return [(p.code, p.where and p.where.line) for p in refused.value.problems]


def file_of(folder: Path, *lines: str, name: str = "ratings.csv") -> Path:
    """Write a file with these lines."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_panel_has_rankings() -> None:
    """Options with the same rank form a group; unranked options are left out."""
    panel = read(
        [
            *rows("ada", "one", decline=1, leave=2, ignore=2, **{"continue": 3}),
            *rows("ben", "one", leave=2, decline=1),
        ]
    )

    assert ("ada", "ben") == panel.raters
    assert [((DECLINE,), (IGNORE, LEAVE), (CONTINUE,)), ((DECLINE,), (LEAVE,))] == [
        rating.ranking for rating in panel.on["one"]
    ]
    assert [True, False] == [rating.is_whole for rating in panel.ratings]


def test_a_vignette_without_ratings_is_listed() -> None:
    """A vignette without ratings is allowed, and listed in the text."""
    panel = read(rows("ada", "one", decline=1))

    assert ["two"] == [one.id for one in panel.unrated]
    assert "vignettes without ratings: two" in str(panel)
    assert "partial rankings: 1\n" in str(panel)


def test_the_order_of_rows_does_not_matter() -> None:
    """The same rows in reverse order give the same panel."""
    given = [
        *rows("ben", "two", leave=1, decline=2),
        *rows("ada", "one", decline=1, leave=2),
    ]

    assert read(given) == read(given[::-1])


def test_all_problems_are_reported_with_their_lines(tmp_path: Path) -> None:
    """All problems are reported together, in the order of the file."""
    path = file_of(
        tmp_path,
        "rater,vignette,option,rank",
        "ada,one,decline,1",
        "ada,one,leave,3",
        "ada,three,leave,1",
        "ben,one,shrug,1",
        ",one,leave,2nd",
        "cy,one,leave,1",
        "cy,one,leave,2",
    )

    assert [
        ("BE840", 3),
        ("BE836", 4),
        ("BE837", 5),
        ("BE835", 6),
        ("BE839", 6),
        ("BE838", 8),
    ] == refusal(path)


@pytest.mark.parametrize("show_values", [False, True])
def test_an_unknown_vignette_names_the_file_of_vignettes(
    tmp_path: Path, *, show_values: bool
) -> None:
    """It may be missing in that file, so the error names it."""
    path = file_of(tmp_path, "rater,vignette,option,rank", "ada,three,leave,1")
    file = tmp_path / "cases.csv"
    file.write_text("vignette,contact\none,message\n")
    with pytest.raises(PanelError) as refused:
        read_panel(path, file, show_values=show_values)
    with pytest.raises(PanelError) as without_file:
        read(path)

    assert f"it is not in `{file}`" in refused.value.problems[0].message
    assert without_file.value.problems[0].message.startswith("unknown vignette")
    assert "not in" not in without_file.value.problems[0].message


def test_a_problem_has_the_column_of_its_cell(tmp_path: Path) -> None:
    """A problem has the column and the width of its cell."""
    path = file_of(tmp_path, "rater,vignette,option,rank", "ada,one,shrug,1")

    with pytest.raises(PanelError) as refused:
        read(path)

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert (2, 9, 5) == (
        problem.where.line,
        problem.where.column,
        problem.where.width,
    )


def test_a_problem_in_a_row_with_line_breaks_has_its_first_line(tmp_path: Path) -> None:
    """A quoted cell may contain line breaks."""
    path = file_of(
        tmp_path,
        "rater,vignette,option,rank",
        '"one,',
        'two",one,leave,1',
        '"a",one,x,1',
    )

    assert [("BE837", 4)] == refusal(path)


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ({"continue": 1, "ignore": 3, "decline": 3, "leave": 4}, "skip 2: 1, 3, 3, 4"),
        ({"decline": 2, "leave": 3}, "skip 1: 2, 3"),
        ({"decline": 1, "leave": 5}, "skip 2: 1, 5"),
    ],
)
def test_ranks_with_gaps_are_rejected(places: Mapping[str, int], found: str) -> None:
    """The error names the rater, the vignette and the missing rank."""
    with pytest.raises(PanelError) as refused:
        read(rows("ada", "one", **places))

    (problem,) = refused.value.problems
    assert "BE840" == problem.code
    assert f"the ranks of rater `ada` in vignette `one` {found}" in problem.message
    assert problem.help
    assert "number ties as `1, 2, 2, 3`, `1, 2, 2, 4` or `1, 2.5" in problem.help
    assert "Reading(na='CODE')" in problem.help


def test_a_fifth_option_is_rejected() -> None:
    """An unknown fifth option is rejected by name."""
    five = rows("ada", "one", decline=1, leave=2, ignore=3, shrug=4, **{"continue": 5})

    with pytest.raises(PanelError) as refused:
        read(five)

    assert ["BE837"] == [problem.code for problem in refused.value.problems]
    assert "unknown response `shrug` from rater `ada` in vignette `one`" in str(
        refused.value
    )


@pytest.mark.parametrize("place", [0, -1, 0.5, "", "first", True, None, "1.2", "1."])
def test_ranks_must_be_positive_integers(place: object) -> None:
    """Ranks are never rounded."""
    assert [("BE839", None)] == refusal(rows("ada", "one", decline=place))


@pytest.mark.parametrize("place", ["1.0", 1.0, "1.00"])
def test_ranks_may_have_a_decimal_point(place: object) -> None:
    """Data frames write a column with missing ranks as 1.0, 2.0 and so on."""
    (rating,) = read(rows("ada", "one", decline=place, leave="2.0")).ratings

    assert ((DECLINE,), (LEAVE,)) == rating.ranking


@pytest.mark.parametrize(
    ("sign", "found"), [(";", "semicolons"), ("\t", "tabs"), ("|", "pipes")]
)
def test_a_file_with_another_separator_is_one_problem(
    tmp_path: Path, sign: str, found: str
) -> None:
    """A file that is not comma-separated is rejected once."""
    lines = [sign.join(("rater", "vignette", "option", "rank"))]
    ratings = file_of(tmp_path, *lines, sign.join(("ada", "one", "leave", "1")))
    facts = file_of(tmp_path, f"vignette{sign}danger", f"one{sign}yes", name="v.csv")

    assert [("BE856", 1)] == refusal(ratings)
    assert [("BE856", 1)] == refusal(rows("ada", "one", leave=1), facts)
    with pytest.raises(PanelError, match=f"separated by {found}"):
        read(ratings)


RATED = {
    "rater": ["ada", "ada", "ben"],
    "vignette": ["one", "one", "two"],
    "option": ["decline", "leave", "leave"],
    "rank": [1, 2, 1],
}
FACTS_OF_ONE = {"vignette": "one", "danger": "yes"}
FACTS: dict[str, list[str | None]] = {
    "vignette": ["one", "two"],
    "danger": ["yes", None],
    "contact": [None, "message"],
}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames_are_read_like_rows(library: str) -> None:
    """Empty facts in vignettes are unknown."""
    frame = pytest.importorskip(library).DataFrame
    plain = [
        *rows("ada", "one", decline=1, leave=2),
        *rows("ben", "two", leave=1),
    ]

    assert read(plain) == read(frame(RATED), frame(FACTS))
    facts = [{name: cells[n] for name, cells in FACTS.items()} for n in range(2)]
    assert read(plain) == read(plain, facts) == read(plain, iter(facts))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_an_empty_rank_in_a_data_frame_is_rejected(library: str) -> None:
    """The other ranks become floats, and are still read."""
    frame = pytest.importorskip(library).DataFrame
    with pytest.raises(PanelError) as refused:
        read(frame(RATED | {"rank": [1, 2, None]}))
    (problem,) = refused.value.problems

    assert "row 3: missing rank for response `leave`" == problem.message


def test_pyarrow_tables_are_read_like_rows() -> None:
    """Record batches are read too."""
    pyarrow = pytest.importorskip("pyarrow")
    plain = read(
        [*rows("ada", "one", decline=1, leave=2), *rows("ben", "two", leave=1)]
    )

    assert plain == read(pyarrow.table(RATED))
    assert plain == read(pyarrow.RecordBatch.from_pydict(RATED))


def test_data_frames_with_duplicate_columns_are_rejected() -> None:
    """Lazy frames are rejected too."""
    frame = pytest.importorskip("pandas").DataFrame(RATED)
    frame.columns = ["rater", "vignette", "option", "option"]

    assert [("BE833", None)] == refusal(frame)
    lazy = pytest.importorskip("polars").LazyFrame(RATED)
    assert [("BE855", None)] == refusal(lazy)


def test_a_missing_column_is_reported_once() -> None:
    """A column that all rows lack is one problem; a single gap has its row."""
    given = rows("ada", "one", decline=1, leave=2)
    renamed = [{**row, "rank": row["rank"]} for row in given]
    for row in renamed:
        del row["rank"]
    with pytest.raises(PanelError, match="missing column `rank`"):
        read(renamed)

    assert [("BE833", None)] == refusal(renamed)
    with pytest.raises(PanelError, match="row 2: missing `rank`"):
        read([given[0], renamed[1]])


def test_nan_counts_as_an_empty_cell() -> None:
    """NaN counts as an empty cell."""
    nan = float("nan")
    facts = [{"vignette": "one", "danger": nan, "contact": "message"}]
    (vignette,) = read(rows("ada", "one", leave=1), facts).vignettes

    assert {"contact": "message"} == vignette.situation.known()


@pytest.mark.parametrize("given", [7, {"rater": ["ada"]}, b"ada", ["rater"], [{}, 7]])
def test_input_that_is_not_rows_is_one_problem(given: object) -> None:
    """It has one error code, whatever its type."""
    assert [("BE855", None)] == refusal(given)


def test_vignettes_given_as_rows_are_checked_by_row() -> None:
    """A problem with a vignette has the number of its row."""
    given = rows("ada", "one", leave=1)
    with pytest.raises(PanelError, match="row 2: ") as refused:
        read(given, [FACTS_OF_ONE, {"vignette": "two", "danger": "perhaps"}])

    assert ["BE402"] == [problem.code for problem in refused.value.problems]
    assert [("BE833", None)] == refusal(given, [{"danger": "yes"}])
    assert [("BE855", None)] == refusal(given, ["one"])


def test_empty_missing_and_malformed_files_are_rejected(tmp_path: Path) -> None:
    """Each has its error code."""
    assert [("BE832", None)] == refusal(file_of(tmp_path, ""))
    assert [("BE832", None)] == refusal(file_of(tmp_path, "rater,vignette,option,rank"))
    assert [("BE831", None)] == refusal(tmp_path / "none.csv")
    assert [("BE833", 1), ("BE833", 1)] == refusal(
        file_of(tmp_path, "rater,vignette,choice,place", "ada,one,leave,1")
    )
    assert [("BE834", 2)] == refusal(
        file_of(tmp_path, "rater,vignette,option,rank", "ada,one,leave")
    )
    assert [("BE832", None)] == refusal([])
    assert [("BE833", None)] == refusal([{"rater": "a", "vignette": "b", "rank": 1}])


def test_invalid_utf_8_is_rejected(tmp_path: Path) -> None:
    """The problem has a location; a byte order mark is allowed."""
    path = tmp_path / "ratings.csv"
    path.write_bytes(b"rater,vignette,option,rank\nada,one,\xff,1\n")

    assert [("BE831", 2)] == refusal(path)

    path.write_bytes(b"\xef\xbb\xbfrater,vignette,option,rank\nada,one,leave,1\n")

    assert ("ada",) == read(path).raters


def test_vignettes_are_read_from_a_table(tmp_path: Path) -> None:
    """In a CSV file each column is a fact; an empty cell is unknown."""
    path = file_of(
        tmp_path,
        "vignette,danger,contact",
        "one,yes,",
        "two,,message",
        name="vignettes.csv",
    )

    panel = read(rows("ada", "one", decline=1), path)

    assert [{"danger": "yes"}, {"contact": "message"}] == [
        one.situation.known() for one in panel.vignettes
    ]


def test_a_table_of_vignettes_may_have_only_facts(tmp_path: Path) -> None:
    """Unknown facts and invalid values are reported with their lines."""
    path = file_of(
        tmp_path,
        "vignette,danger,what_she_said",
        "one,perhaps,hello",
        name="vignettes.csv",
    )

    assert [("BE882", 1), ("BE402", 2)] == refusal(rows("ada", "one", leave=1), path)


def test_ratings_in_place_of_vignettes_are_recognized(tmp_path: Path) -> None:
    """One problem replaces those of all columns."""
    path = file_of(tmp_path, "rater,vignette,option,rank", "ada,one,decline,1")

    assert [("BE882", 1)] == refusal(rows("ada", "one", leave=1), path)


def test_vignettes_are_read_from_yaml(tmp_path: Path) -> None:
    """A file has facts or test cases."""
    file_of(tmp_path, "danger: yes", name="one.yaml")
    file_of(
        tmp_path,
        "cases:",
        "  - name: A message",
        "    policy: by-hand",
        "    given: {contact: message}",
        "  - {name: Another, id: three, policy: by-hand, given: {status: former}}",
        name="cases.yaml",
    )

    panel = read(rows("ada", "one", decline=1), tmp_path)

    assert {
        "one": {"danger": "yes"},
        "A message": {"contact": "message"},
        "three": {"status": "former"},
    } == {one.id: one.situation.known() for one in panel.vignettes}


def test_invalid_vignettes_are_rejected(tmp_path: Path) -> None:
    """Vignettes may be duplicate, unnamed, missing or invalid."""
    path = file_of(
        tmp_path,
        "vignette,danger",
        "one,yes",
        "one,no",
        ",no",
        name="vignettes.csv",
    )
    given = rows("ada", "one", decline=1)

    assert [("BE841", 3), ("BE835", 4)] == refusal(given, path)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert [("BE842", None)] == refusal(given, empty)
    assert [("BE843", None)] == refusal(given, 7)
    assert [("BE843", None)] == refusal(given, {"one": "danger"})
    assert [("BE402", None)] == refusal(given, {"one": {"danger": "maybe"}})
    assert [("BE831", None)] == refusal(given, tmp_path / "none.yaml")


def test_a_fact_named_like_the_vignette_column_is_rejected() -> None:
    """A mapping of names to facts can have such a fact."""
    vocabulary = Vocabulary((Fact(name="vignette", values=("short", "long")),))
    ratings = [{"rater": "r", "vignette": "v", "option": "leave", "rank": 1}]

    with pytest.raises(PanelError, match="BE833: column `vignette` contains"):
        read_panel(ratings, [{"vignette": "v"}], vocabulary=vocabulary)
    given = {"v": {"vignette": "long"}}
    panel = read_panel(ratings, given, vocabulary=vocabulary)
    assert given["v"] == panel.vignettes[0].situation.known()


def minors() -> Vocabulary:
    """Return the vocabulary with a fact that takes truth values."""
    (danger,) = (fact for fact in VOCABULARY.facts if fact.name == "danger")
    assert danger.is_yes_no
    return VOCABULARY


@pytest.mark.parametrize("truth", [True, False])
def test_booleans_in_vignettes_mean_yes_and_no(tmp_path: Path, *, truth: bool) -> None:
    """Rows, data frames and CSV files of vignettes can have Booleans (S3)."""
    pandas, numpy = pytest.importorskip("pandas"), pytest.importorskip("numpy")
    frame = pandas.DataFrame({"vignette": ["one"], "danger": [truth]})
    frame.to_csv(tmp_path / "v.csv", index=False)
    given = rows("ada", "one", leave=1)
    facts = [
        [{"vignette": "one", "danger": truth}],
        [{"vignette": "one", "danger": numpy.bool_(truth)}],
        {"one": {"danger": numpy.bool_(truth)}},
        frame,
        frame.astype({"danger": "boolean"}),
        tmp_path / "v.csv",
    ]
    for vignettes in facts:
        (read_one,) = read_panel(given, vignettes, vocabulary=minors()).vignettes
        assert {"danger": "yes" if truth else "no"} == read_one.situation.known()
    assert [("BE402", None)] == refusal(given, [{"vignette": "one", "contact": truth}])


def test_more_than_a_thousand_problems_are_counted(tmp_path: Path) -> None:
    """The first thousand are listed; the rest are only counted, in little time."""
    lines = [f"ada,unknown{n},leave,1" for n in range(3_000)]
    path = file_of(tmp_path, "rater,vignette,option,rank", *lines)
    vignettes: dict[str, Any] = {f"vignette{n}": {} for n in range(3_000)}
    with pytest.raises(PanelError) as refused:
        read_panel(path, vignettes, vocabulary=VOCABULARY)

    *problems, last = refused.value.problems
    assert [("BE836", n) for n in range(2, 1_002)] == [
        (one.code, one.where and one.where.line) for one in problems
    ]
    assert ("BE858", "and 2,000 more problems") == (last.code, last.message)


def test_a_large_panel_takes_little_memory(tmp_path: Path) -> None:
    """Reading takes a small multiple of the size of the file."""
    options = [*Option]
    lines = (
        f"rater{n // 800:05d},v{n // 4 % 200},{options[n % 4]},{n % 4 + 1}"
        for n in range(MANY)
    )
    path = file_of(tmp_path, "rater,vignette,option,rank", *lines)
    program = alone(__file__, str(path))

    assert 0 == program.returncode, output_of(program)
    ratings, taken = map(int, program.stdout.split())
    assert MANY // 4 == ratings
    assert taken < ROOM


def test_the_digest_covers_all_data() -> None:
    """It is computed in pieces, and equals the digest of the whole."""
    panel = read(
        [*rows("ada", "one", decline=1, leave=2), *rows("ben", "two", leave=1)]
    )
    ratings = [
        {"rater": "ada", "vignette": "one", "ranking": [["decline"], ["leave"]]},
        {"rater": "ben", "vignette": "two", "ranking": [["leave"]]},
    ]
    wanted = digest(
        vignettes={id: dict(facts) for id, facts in VIGNETTES.items()}, ratings=ratings
    )

    assert wanted == panel.reference["digest"]
    assert panel == attrs.evolve(panel)


def test_tables_are_padded_by_character_width() -> None:
    """Wide characters take two columns; joined or combining characters none."""
    names = ("面接その一", "👩\u200d👩\u200d👧", "cafe\u0301", "plain")
    given = [row for name in names for row in rows("ada", name, leave=1)]
    panel = read_panel(given, {name: {} for name in names}, vocabulary=VOCABULARY)
    *_, japanese, family, coffee, plain = str(panel).splitlines()

    assert "面接その一        1" == japanese[:14]
    assert "👩\u200d👩\u200d👧" + " " * 16 + "1" == family[:22]
    assert "cafe\u0301" + " " * 14 + "1" == coffee[:20]
    assert "plain" + " " * 13 + "1" == plain[:19]


if __name__ == "__main__":
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    facts: Any = {f"v{n}": {} for n in range(200)}
    found = read_panel(sys.argv[1], facts, vocabulary=VOCABULARY)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{len(found.ratings)} {(after - before) * 1024}")
