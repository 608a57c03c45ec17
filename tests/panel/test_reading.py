"""Ratings and vignettes from other programs are read, or errors name the option."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from boundaryethics import Panel, PanelError, Reading, TableError, read_panel
from boundaryethics.errors import as_command
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.rules import Option

VOCABULARY = Vocabulary(
    (
        Fact(name="status", values=("active", "former")),
        Fact(name="danger", values=("yes", "no")),
    )
)
FACTS: Mapping[str, Mapping[str, str]] = {"one": {"status": "active"}, "two": {}}
RANKS = [
    {"rater": "ada", "vignette": "one", "option": option, "rank": rank}
    for option, rank in (("decline", 1), ("ignore", 2), ("leave", 2), ("continue", 3))
]
EXPECTED = (("decline",), ("ignore", "leave"), ("continue",))


def panel(ratings: Any, vignettes: Any = FACTS, **options: Any) -> Panel:
    """Read a panel with these options of `Reading`."""
    show = options.pop("show_values", True)
    reading = Reading(**options)
    return read_panel(
        ratings, vignettes, vocabulary=VOCABULARY, reading=reading, show_values=show
    )


def refusal(ratings: Any, vignettes: Any = FACTS, **options: Any) -> str:
    """Return the text of the error."""
    with pytest.raises(PanelError) as refused:
        panel(ratings, vignettes, **options)
    return str(refused.value)


def table(path: Path, rows: Sequence[Mapping[str, object]], **more: Any) -> Path:
    """Write *rows* as text with a separator, decimals and an encoding."""
    sign, decimal = more.get("separator", ","), more.get("decimal", ".")
    lines = [
        sign.join(rows[0]),
        *(sign.join(_cell(c, decimal) for c in row.values()) for row in rows),
    ]
    path.write_text("\n".join(lines), more.get("encoding", "utf-8"))
    return path


def _cell(cell: object, decimal: str) -> str:
    text = "" if cell is None else str(cell)
    return text.replace(".", decimal) if isinstance(cell, float) else text


def rankings(found: Panel) -> list[tuple[tuple[str, ...], ...]]:
    """Return the rankings of the ratings."""
    return [tuple(tuple(map(str, g)) for g in one.ranking) for one in found.ratings]


@pytest.mark.parametrize(
    ("ranks", "way"),
    [
        ((1, 2, 2, 3), "dense"),
        ((1, 2, 2, 4), "competition"),
        ((1, 2.5, 2.5, 4), "mean"),
        (("1.0", "2.50", "2.5", "4.0"), "mean with zeros"),
    ],
)
def test_tied_ranks_can_be_numbered_in_any_usual_way(ranks: Any, way: str) -> None:
    """Dense, competition and mean ranks of ties are the same ranking."""
    rows = [{**row, "rank": rank} for row, rank in zip(RANKS, ranks, strict=True)]

    assert [EXPECTED] == rankings(panel(rows)), way


@pytest.mark.parametrize(
    ("ranks", "why"),
    [
        ((1, 3, 3, 4), "skip 2: 1, 3, 3, 4"),
        ((1, 1.5, 2, 3), "rank 1.5 of rater `ada` in vignette `one` is not the mean"),
        ((1, 2.5, 3, 4), "rank 2.5 of rater `ada`"),
        ((1, 1.5, 1.5, 4), "rank 1.5 of rater `ada`"),
        ((2, 3, 4, 5), "skip 1: 2, 3, 4, 5"),
    ],
)
def test_inconsistent_ranks_are_rejected_with_the_reason(ranks: Any, why: str) -> None:
    """The message has the rank that follows no numbering."""
    rows = [{**row, "rank": rank} for row, rank in zip(RANKS, ranks, strict=True)]

    assert why in refusal(rows)


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [(";", ",", "utf-8"), ("\t", ".", "latin-1"), ("|", ",", "utf-16")],
)
def test_separator_decimal_and_encoding_are_options(
    tmp_path: Path, separator: str, decimal: str, encoding: str
) -> None:
    """Separators, decimal commas and encodings are options."""
    how = {"separator": separator, "decimal": decimal, "encoding": encoding}
    rows = [{**row, "rater": "zoë"} for row in RANKS]
    for row, rank in zip(rows, (1.0, 2.5, 2.5, 4.0), strict=True):
        row["rank"] = rank
    path = table(tmp_path / "r.csv", rows, **how)

    found = panel(path, **how)

    assert [EXPECTED] == rankings(found)
    assert ("zoë",) == found.raters


def test_errors_name_the_option_that_reads_the_file(tmp_path: Path) -> None:
    """The option has its name in Python or on the command line."""
    semicolons = table(tmp_path / "s.csv", RANKS, separator=";")
    assert "use `Reading(separator=';')`" not in refusal(semicolons)
    assert "`Reading(separator=';')`" in refusal(semicolons)
    with as_command():
        assert "`--separator ';'`" in refusal(semicolons)
        assert "use `--separator` twice" in refusal(semicolons)
        tabs = table(tmp_path / "t.csv", RANKS, separator="\t")
        assert "`--separator tab`" in refusal(tabs)
        latin = table(
            tmp_path / "l.csv", [{**RANKS[0], "rater": "é"}], encoding="cp1252"
        )
        assert "`--encoding latin-1`" in refusal(latin)
        for encoding in ("punycode", "idna"):
            refused = refusal(latin, encoding=encoding)
            assert 1 == refused.count("specify "), refused
            assert "`--encoding latin-1`" in refused
        assert "`--na NA`" in refusal([{**RANKS[0], "rank": "NA"}])
        assert "`--na ''`" in refusal([{**RANKS[0], "rank": ""}])
        assert "`--decimal ,`" in refusal([{**RANKS[0], "rank": "2,5"}])
        assert "`--codebook FILE`" in refusal([{**RANKS[0], "option": "Decline"}])
        renamed = [
            {"who": "ada", **{k: v for k, v in r.items() if k != "rater"}}
            for r in RANKS
        ]
        assert "`--column rater=COLUMN`" in refusal(renamed)
        text = [{"vignette": "one", "wording": "A client wrote."}]
        assert "`--ignore wording`" in refusal(RANKS, text)
        coded = [{"vignette": "one", "status": "1"}]
        assert "`--codebook FILE`" in refusal(RANKS, coded)
        wide = [
            {
                "rater": "a",
                "vignette": "one",
                "decline": 1,
                "ignore": 2,
                "leave": 3,
                "continue": 4,
            }
        ]
        assert "`--layout wide`" in refusal(wide)
        assert "`--layout long`" in refusal(RANKS, layout="wide")
    uneven = tmp_path / "u.csv"
    uneven.write_text('rater,vignette,option,rank\n"1",ada,one,leave,1\n', "utf-8")
    assert "`row.names = FALSE`" in refusal(uneven)


def test_ranks_with_a_missing_code_are_left_out() -> None:
    """Without the code, such a rank is rejected."""
    rows = [*RANKS[:3], {**RANKS[3], "rank": -99}]

    assert [EXPECTED[:2]] == rankings(panel(rows, na=["NA", "-99"]))
    assert [EXPECTED[:2]] == rankings(
        panel([*rows[:3], {**RANKS[3], "rank": -99.0}], na=-99)
    )
    assert [EXPECTED[:2]] == rankings(
        panel([*rows[:3], {**RANKS[3], "rank": ""}], na="")
    )
    assert "invalid rank `-99`" in refusal(rows)
    assert "missing rater name" in refusal([{**RANKS[0], "rater": "NA"}], na="NA")
    facts = [{"vignette": "one", "status": "NA", "danger": "yes"}]
    (one,) = panel(RANKS, facts, na="NA").vignettes
    assert {"danger": "yes"} == one.situation.known()


WIDE = [
    {
        "rater": "ada",
        "vignette": "one",
        "decline": 1,
        "ignore": 2,
        "leave": 2,
        "continue": 4,
    },
    {
        "rater": "ben",
        "vignette": "two",
        "decline": 1,
        "ignore": None,
        "leave": 2,
        "continue": "",
    },
]


def test_wide_ratings_have_a_column_for_each_response(tmp_path: Path) -> None:
    """A row has the ranks of one rater in one vignette; empty ones are left out."""
    expected = [EXPECTED, (("decline",), ("leave",))]

    assert expected == rankings(panel(WIDE, layout="wide"))
    path = table(tmp_path / "w.csv", WIDE)
    assert expected == rankings(panel(path, layout="wide"))
    renamed = [
        {"r_decline" if k == "decline" else k: v for k, v in row.items()}
        for row in WIDE
    ]
    columns = {"decline": "r_decline"}
    assert expected == rankings(panel(renamed, layout="wide", columns=columns))
    assert "missing column `decline`" in refusal(renamed, layout="wide")
    path.write_text(path.read_text("utf-8").replace("two,1", "two,x"), "utf-8")
    assert "w.csv:3:9: BE839: invalid rank `x`" in refusal(path, layout="wide")


def test_wide_ratings_may_have_one_row_per_rater() -> None:
    """Column names then contain the name of the vignette."""
    options = ("decline", "ignore", "leave", "continue")
    row: dict[str, Any] = {"id": "ada"}
    row |= {f"one_{o}": n for o, n in zip(options, (1, 2, 2, 4), strict=True)}
    row |= {f"two_{o}": n for o, n in zip(options, (1, None, 2, None), strict=True)}
    columns = {"rater": "id"} | {o: f"{{vignette}}_{o}" for o in options}

    found = panel([row], layout="wide", columns=columns)

    assert [EXPECTED, (("decline",), ("leave",))] == rankings(found)
    assert ["one", "two"] == [one.vignette for one in found.ratings]
    del row["two_leave"]
    assert "columns for only some responses" in refusal(
        [row], layout="wide", columns=columns
    )


def test_a_mapping_renames_columns(tmp_path: Path) -> None:
    """Columns of names and facts may have any name, in rows and in files."""
    names = {"rater": "id", "vignette": "case", "option": "answer", "rank": "place"}
    rows = [{names[k]: v for k, v in row.items()} for row in RANKS]
    facts = [{"vignette": "one", "q3": "former", "status": "free text", "note": "x"}]
    how: dict[str, Any] = {"columns": {**names, "status": "q3"}, "ignore": ["note"]}
    (path := tmp_path / "v.csv").write_text("", "utf-8")

    for ratings, vignettes in (
        (rows, facts),
        (table(tmp_path / "r.csv", rows), table(path, facts)),
    ):
        found = panel(ratings, vignettes, **how)
        assert [EXPECTED] == rankings(found)
        assert {"status": "former"} == found.vignettes[0].situation.known()
    wrong = {**how, "columns": {**names, "status": "q4"}}
    assert "column `q4` for `status` not found" in refusal(rows, facts, **wrong)
    assert "did you mean `note`" in refusal(rows, facts, **{**how, "ignore": ["notes"]})
    assert "`statu` is neither a fact" in refusal(rows, facts, columns={"statu": "q3"})


CODEBOOK = """
title: A study
columns:
  status: {column: q3, values: {1: active, 2: former}, missing: [9, 99]}
  danger: {values: {0: no, 1: yes}}
  option: {values: {1: decline, 2: ignore, 3: leave, 4: continue}}
  rank: {missing: [-9]}
missing: [NA]
ignore: [wording]
"""


@pytest.mark.parametrize("values", ["{0: no, 1: yes}", "{0: false, 1: true}"])
def test_a_codebook_names_columns_and_values(values: str, tmp_path: Path) -> None:
    """Codes become values, and missing codes become unknown facts or missing ranks."""
    text = CODEBOOK.replace("{0: no, 1: yes}", values)
    (book := tmp_path / "codebook.yaml").write_text(text, "utf-8")
    rows = [{**row, "option": n} for n, row in enumerate(RANKS, 1)]
    rows[3]["rank"] = -9
    facts = [
        {"vignette": "one", "q3": 1.0, "danger": 0, "wording": "A client wrote."},
        {"vignette": "two", "q3": 99, "danger": "NA", "wording": ""},
    ]

    for vignettes in (facts, table(tmp_path / "v.csv", facts)):
        found = panel(rows, vignettes, codebook=book)
        assert [EXPECTED[:2]] == rankings(found)
        known = [one.situation.known() for one in found.vignettes]
        assert [{"status": "active", "danger": "no"}, {}] == known
    assert "invalid value `3` for `status`" in refusal(
        rows, [{**facts[0], "q3": 3}], codebook=book
    )


def test_a_codebook_is_the_same_from_a_file_and_from_a_mapping(tmp_path: Path) -> None:
    """Readings with the two are equal, and are shown the same."""
    (book := tmp_path / "codebook.yaml").write_text(
        "columns: {status: {column: q3, missing: [9]}}\n", "utf-8"
    )
    given = {"columns": {"status": {"column": "q3", "missing": [9]}}}
    of_file, of_mapping = Reading(codebook=book), Reading(codebook=given)

    assert of_mapping == of_file
    assert repr(of_mapping) == repr(of_file)


def test_all_problems_of_a_codebook_are_reported_together(tmp_path: Path) -> None:
    """Schema errors are one report; unknown names and values are another."""
    (book := tmp_path / "codebook.yaml").write_text(
        "columns:\n  status: {colum: q3, values: []}\n"
        "  danger: {missing: [1.5, [2]]}\n",
        "utf-8",
    )
    with pytest.raises(TableError) as refused:
        Reading(codebook=book)
    assert {"BE102", "BE103"} == {one.code for one in refused.value.problems}
    assert all(one.where for one in refused.value.problems)

    book.write_text(
        "columns:\n  statu: {column: q}\n  status: {values: {1: activ, 2: x}}\n"
        "  option: {values: {1: Decline}}\n  danger: {values: {1: active}}\n",
        "utf-8",
    )
    shown = refusal(RANKS, codebook=book)
    assert 5 == shown.count("BE884")
    assert "codebook.yaml:2:3: BE884: `statu`" in shown
    assert "did you mean `active`?" in shown
    book.write_text(
        "columns:\n  status: {values: {1: active}, missing: [1]}\n", "utf-8"
    )
    with pytest.raises(TableError, match="declared both as a value and as missing"):
        Reading(codebook=book)
    book.write_text("a note\n", "utf-8")
    with pytest.raises(TableError, match="is not a codebook"):
        Reading(codebook=book)
    with pytest.raises(TableError, match="file not found"):
        Reading(codebook=tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "wrong",
    [
        {"separator": ";;"},
        {"decimal": ";"},
        {"encoding": "utf-99"},
        {"encoding": "rot13"},
        {"encoding": "hex"},
        {"encoding": "undefined"},
        {"layout": "broad"},
        {"skip_rows": -1},
        {"header_row": 0},
    ],
)
def test_invalid_options_are_rejected(wrong: dict[str, Any]) -> None:
    """An invalid value is rejected before a file is read."""
    with pytest.raises(TableError, match="BE885"):
        Reading(**wrong)


def labeled(path: Path, rows: Iterable[Mapping[str, Any]], **labels: Any) -> Path:
    """Write *rows* as a file of Stata or SPSS."""
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pytest.importorskip("polars").DataFrame([*rows])
    write = pyreadstat.write_dta if path.suffix == ".dta" else pyreadstat.write_sav
    write(frame, str(path), **labels)
    return path


@pytest.mark.parametrize("ending", [".dta", ".sav", ".zsav"])
def test_stata_and_spss_files_with_labels_are_read(tmp_path: Path, ending: str) -> None:
    """Value labels are the values, unless the codebook names the codes."""
    options = {1: "decline", 2: "ignore", 3: "leave", 4: "continue"}
    numbered = [
        {**row, "rater": 7.0, "option": number} for number, row in enumerate(RANKS, 1)
    ]
    labels = {"option": options}
    path = labeled(tmp_path / f"r{ending}", numbered, variable_value_labels=labels)
    facts: list[dict[str, Any]] = [
        {"vignette": "one", "status": 2, "danger": 1},
        {"vignette": "two", "status": None, "danger": 1},
    ]
    labels = {"status": {1: "active", 2: "former"}, "danger": {1: "Yes", 2: "No"}}
    vignettes = labeled(tmp_path / f"v{ending}", facts, variable_value_labels=labels)
    book = {"columns": {"danger": {"values": {1: "yes", 2: "no"}}}}

    found = panel(path, vignettes, codebook=book)

    assert [EXPECTED] == rankings(found)
    assert ("7",) == found.raters
    known = [one.situation.known() for one in found.vignettes]
    assert [{"status": "former", "danger": "yes"}, {"danger": "yes"}] == known
    assert "invalid value `Yes` for `danger`" in refusal(path, vignettes)
    (tmp_path / f"x{ending}").write_bytes(path.read_bytes()[:90])
    assert "not a complete file" in refusal(tmp_path / f"x{ending}")


@pytest.mark.parametrize("slot", ["", "{vignette}_"])
def test_ranks_with_labels_share_the_codes_of_the_codebook(
    tmp_path: Path, slot: str
) -> None:
    """In the wide layout, the codes of `rank` apply to the rank of each response."""
    ends = {1.0: "best", 3.0: "worst", -9.0: "no answer"}
    ranks = {"continue": 3.0, "ignore": 1.0, "decline": 2.0, "leave": -9.0}
    own = {"vignette": "one"} if not slot else {}
    columns = {name: f"{slot}{name}" for name in ranks}
    row = {columns[name].format(vignette="one"): rank for name, rank in ranks.items()}
    labels = dict.fromkeys(row, ends)
    path = labeled(
        tmp_path / "wide.sav",
        [{"rater": "ada", **own, **row}],
        variable_value_labels=labels,
    )
    codes = {"values": {1: 1, 3: 3}, "missing": [-9]}
    book = {"columns": {"rank": codes}}
    given: dict[str, Any] = {"layout": "wide", "columns": columns if slot else {}}

    assert "list the ranks in a codebook" in refusal(path, **given)
    (rating,) = panel(path, codebook=book, **given).ratings
    assert (("ignore",), ("decline",), ("continue",)) == rating.ranking


def test_errors_on_wide_spss_files_name_the_options(tmp_path: Path) -> None:
    """With the options in the message, the ratings are read."""
    ranks = {"one_continue": 4, "one_ignore": 1, "one_decline": 2, "one_leave": 3}
    path = labeled(tmp_path / "wide.sav", [{"rater": "ada", **ranks}])
    with as_command():
        found = refusal(path)
    assert "`--layout wide`" in found
    assert "`--column continue=COLUMN` for each response, with `{vignette}`" in found
    columns = {str(option): f"{{vignette}}_{option}" for option in Option}

    (rating,) = panel(path, layout="wide", columns=columns).ratings
    assert (("ignore",), ("decline",), ("leave",), ("continue",)) == rating.ranking


def test_ranks_in_words_name_the_codebook(tmp_path: Path) -> None:
    """A label can mean the first rank or the last, so the library does not guess."""
    labels = {"rank": {1: "best", 3: "worst"}}
    path = labeled(tmp_path / "r.sav", RANKS, variable_value_labels=labels)
    found = refusal(path)

    assert "invalid rank `best`" in found
    assert "list the ranks in a codebook with `Reading(codebook='FILE')`" in found
    assert "codebook" in refusal(path, show_values=False)
    book = {"columns": {"rank": {"values": {1: 1, 3: 3}}}}
    assert [EXPECTED] == rankings(panel(path, codebook=book))


#: The rows that Qualtrics writes below the header.
QUALTRICS = [
    {name: f"Rank the responses: {name}" for name in RANKS[0]},
    {name: f'{{"ImportId":"{name}"}}' for name in RANKS[0]},
]


def exported(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write *rows* to a CSV file or a workbook."""
    if path.suffix == ".xlsx":
        return workbook(path, {"ratings": rows})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx"])
def test_the_extra_rows_of_qualtrics_are_left_out(tmp_path: Path, name: str) -> None:
    """Without the option, the error names it; the vignettes keep all their rows."""
    pytest.importorskip("fastexcel")
    path = exported(tmp_path / name, [*QUALTRICS, *RANKS])
    facts = table(tmp_path / "v.csv", [{"vignette": "one"}, {"vignette": "two"}])

    with as_command():
        assert "BE746" in refusal(path, facts)
        for few in (0, 1):
            found = refusal(path, facts, skip_rows=few)
            assert "leave these rows out with `--skip-rows 2`" in found
    both = panel(path, facts, skip_rows=2)
    assert [EXPECTED] == rankings(both)
    assert 2 == len(both.vignettes)
    wrong = exported(tmp_path / name, [*QUALTRICS, *RANKS[:1], *RANKS[:1]])
    row = "r.csv:5" if name == "r.csv" else "row 5"
    assert row in refusal(wrong, facts, skip_rows=2)
    assert "no rows" in refusal(path, facts, skip_rows=9)


def titled(path: Path, rows: Sequence[Mapping[str, Any]], above: int = 2) -> Path:
    """Write *rows* below a title and blank rows, beside a column without a name."""
    lines = [["Survey, wave 1"], *[[]] * (above - 1), ["", *rows[0]]]
    lines += [["note", *row.values()] for row in rows]
    if path.suffix == ".xlsx":
        book = pytest.importorskip("xlsxwriter").Workbook(str(path))
        sheet = book.add_worksheet()
        for number, cells in enumerate(lines):
            sheet.write_row(number, 0, cells)
        book.close()
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx"])
def test_a_header_can_be_below_a_title(tmp_path: Path, name: str) -> None:
    """Without the option, the error names it; problems have the row in the file."""
    pytest.importorskip("fastexcel")
    facts = table(tmp_path / "v.csv", [{"vignette": "one"}, {"vignette": "two"}])
    path = titled(tmp_path / name, RANKS)

    found = panel(path, facts, header_row=3)
    assert [EXPECTED] == rankings(found)
    how = found.provenance.parameters["ratings"]
    assert 3 == how["header_row"]
    assert "header_row" not in found.provenance.parameters["vignettes"]
    with as_command():
        assert "row 3 contains them, use `--header-row 3`" in refusal(path, facts)
    wrong = titled(
        tmp_path / name, [*RANKS, {**RANKS[0], "vignette": "two", "rank": 7}]
    )
    row = "r.csv:8" if name == "r.csv" else "row 8"
    assert row in refusal(wrong, facts, header_row=3)
    both = titled(tmp_path / name, [{"a": "Wave 1", "b": "2026"}], 1)
    assert "missing column `rank`" in refusal(both, facts, header_row=2)
    assert "it has no header in row 99" in refusal(path, facts, header_row=99)


def test_a_header_below_other_names_is_found(tmp_path: Path) -> None:
    """If a row below has every column, the error names this row."""
    rows: list[Mapping[str, object]]
    rows = [{name: f"Q{n}" for n, name in enumerate(RANKS[0])}, *RANKS]
    path = table(tmp_path / "r.csv", rows)
    text = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([text[1], text[0], *text[2:]]), "utf-8")
    with as_command():
        assert "row 2 contains them: use `--header-row 2`" in refusal(path)

    assert [EXPECTED] == rankings(panel(path, header_row=2))


def test_a_sheet_can_have_blank_rows_and_columns_without_names(tmp_path: Path) -> None:
    """Blank rows above the header are skipped; unnamed columns have no meaning."""
    pytest.importorskip("fastexcel")
    book = pytest.importorskip("xlsxwriter").Workbook(str(tmp_path / "r.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(2, 0, ["", *RANKS[0]])
    for number, row in enumerate(RANKS, start=3):
        sheet.write_row(number, 0, ["note", *row.values()])
    book.close()

    assert [EXPECTED] == rankings(panel(tmp_path / "r.xlsx"))


def test_columns_for_each_vignette_name_the_placeholder(tmp_path: Path) -> None:
    """No single column is suggested, because each is about one vignette."""
    names = [f"{one}_{option}" for one in FACTS for option in Option]
    path = table(tmp_path / "w.csv", [{"rater": "ada", **dict.fromkeys(names, 1)}])
    found = refusal(path, layout="wide")

    assert "as in `one_leave`" in found
    assert "with `{vignette}` where the name goes" in found
    assert "did you mean" not in found
    assert "missing column `vignette`" not in found


def test_an_unknown_column_name_is_reported_once() -> None:
    """Ratings and vignettes share the options, so there is one message."""
    assert 1 == refusal(RANKS, columns={"leaf": "x"}).count("`leaf` is neither")


def workbook(path: Path, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Write a workbook."""
    book = pytest.importorskip("xlsxwriter").Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate([[*rows[0]], *(row.values() for row in rows)]):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
    book.close()
    return path


def test_excel_workbooks_are_read(tmp_path: Path) -> None:
    """A sheet is a table; if there are several, one must be chosen."""
    pytest.importorskip("fastexcel")
    facts: list[dict[str, Any]] = [
        {"vignette": "one", "danger": True},
        {"vignette": "two", "danger": None},
    ]
    path = workbook(tmp_path / "study.xlsx", {"ratings": RANKS, "facts": facts})

    found = read_panel(
        path,
        path,
        vocabulary=VOCABULARY,
        reading=Reading(sheet="ratings"),
        vignettes_reading=Reading(sheet="facts"),
    )

    assert [EXPECTED] == rankings(found)
    assert {"danger": "yes"} == found.vignettes[0].situation.known()
    with as_command():
        assert "`--sheet ratings`" in refusal(path)
    assert "sheet `rating` not found" in refusal(path, sheet="rating")
    wrong = workbook(tmp_path / "wrong.xlsx", {"a": [{**RANKS[0], "rank": "2nd"}]})
    assert "`wrong.xlsx`, row 2: invalid rank" in refusal(wrong)
    short = workbook(tmp_path / "short.xlsx", {"a": [{"rater": "ada"}]})
    assert "`short.xlsx`: missing column `rank`" in refusal(short)
    twice = workbook(tmp_path / "twice.xlsx", {"a": [{"rater": 1, "rater ": 2}]})
    assert "2 columns have the name `rater`" in refusal(twice)
    (tmp_path / "no.xlsx").write_text("rater", "utf-8")
    assert "not an Excel workbook" in refusal(tmp_path / "no.xlsx")
