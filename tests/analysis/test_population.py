"""Populations: arguments that `over` accepts and refuses, and their description."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
import polars as pl
import pytest

from boundaryethics import Reading, load_policy
from boundaryethics.analysis import Population, agreement, compare, ranking_counts
from boundaryethics.errors import BoundaryEthicsError, as_command
from boundaryethics.variants import DropRules, sweep

APA = load_policy("apa-2017")
#: Few facts vary, so diagrams are small.
WHERE = {"setting": "recovery_group", "client_status": "active"}
RATES = {"contact": {"message": "0.7", "co_presence": Decimal("0.3")}}
ROWS: list[dict[str, Any]] = [
    {"contact": "message", "weight": 0.1},
    {"contact": "co_presence", "weight": "0.2"},
    {"contact": "message", "weight": Fraction(3, 10)},
]


def test_probabilities_are_read_from_every_format(tmp_path: Path) -> None:
    """A mapping, YAML, CSV, records and frames give equal populations."""
    as_yaml, as_csv = tmp_path / "rates.yaml", tmp_path / "rates.csv"
    as_yaml.write_text("contact: {message: 0.7, co_presence: 0.3}\n")
    triples = [
        {"fact": "contact", "value": "message", "probability": 0.7},
        {"fact": "contact", "value": "co_presence", "probability": 0.3},
    ]
    pd.DataFrame(triples).to_csv(as_csv, index=False)
    forms: list[Any] = [RATES, as_yaml, str(as_csv), triples, pl.DataFrame(triples)]

    read = [Population.of(form, APA.vocabulary).probabilities for form in forms]

    expected = {"message": Fraction(7, 10), "co_presence": Fraction(3, 10)}
    assert read == [{"contact": expected}] * len(forms)


def test_tables_are_read_from_every_format(tmp_path: Path) -> None:
    """Records, frames and files give equal weights, which are read exactly."""
    as_csv = tmp_path / "rows.csv"
    plain = [{**row, "weight": str(row["weight"])} for row in ROWS[:2]]
    pd.DataFrame(plain).to_csv(as_csv, index=False)
    plain = [{**row, "weight": float(row["weight"])} for row in plain]
    forms: list[Any] = [plain, as_csv, pd.DataFrame(plain)]

    read = [Population.of(form, APA.vocabulary) for form in forms]

    assert {one.digest for one in read} == {read[0].digest}
    assert {one.total for one in read} == {Fraction(3, 10)}


def test_weights_of_equal_rows_are_added() -> None:
    """The shares of the sums are exact."""
    found = ranking_counts(APA, over=ROWS)

    assert {one.count for one in found.rankings} == {Fraction(1, 3), Fraction(2, 3)}
    assert found.total == 1
    assert found.over is not None
    assert found.over.rows == len(ROWS)
    assert found.provenance.parameters["over"]["digest"] == found.over.digest


def test_rows_without_weights_are_counted() -> None:
    """Without weights, counts are integers."""
    rows = [{"contact": "message"}] * 3 + [{"contact": "co_presence"}]

    found = ranking_counts(APA, over=rows)

    assert [one.count for one in found.rankings] == [3, 1]
    assert found.total == 4


def test_known_populations_have_every_applicable_fact_known() -> None:
    """With `over="known"`, no example leaves an applicable fact unknown."""
    found = ranking_counts(APA, over="known", where=WHERE)

    # An active client has no time since termination.
    unknown = [{*APA.vocabulary} - {*r.witness.known()} for r in found.rankings]
    assert set.intersection(*unknown) == {"time_since_termination"}
    assert isinstance(found.total, int)
    assert str(found.over) == (
        "all possible situations with every applicable fact known, where setting is "
        "recovery_group; client_status is active"
    )


def test_excluded_probability_is_reported() -> None:
    """Impossible combinations are excluded, and the rest is rescaled to 1."""
    rates = {
        "client_status": {"active": "1/2", "former": "1/2"},
        "time_since_termination": {"unknown": "1/2", "over_5_years": "1/2"},
        "platform": {"forum": 1},
        "initiator": {"client": 1},
        "client_minor": {"unknown": 1},
        "client_minor_now": {"unknown": 1},
        "client_minor_then": {"unknown": 1},
        "setting": {"recovery_group": 1},
    }

    found = ranking_counts(APA, over=rates)

    assert found.over is not None
    assert found.over.excluded == Fraction(1, 4)
    assert "25% of the probability, are left out" in str(found)
    assert sum(one.count for one in found.rankings) == found.total == 1


def test_every_result_names_its_population() -> None:
    """Text, data, frame and chart name the population."""
    difference = compare(APA, "nasw-2021", over=RATES, where=WHERE)
    pairs = agreement([APA, "nasw-2021"], over=RATES, where=WHERE)
    counts = ranking_counts(APA, over=RATES, where=WHERE)
    shares = counts.to_frame()["share"]
    assert sum(shares) == pytest.approx(1)
    assert list(shares) == [float(one.count / counts.total) for one in counts.rankings]

    for found in (difference, pairs, counts):
        text = str(found.over)
        assert text.startswith("independent probabilities of contact")
        assert f"over {text}" in str(found)
        assert found.to_dict()["over"]["text"] == text
        assert {*found.to_frame()["over"]} == {text}
        assert text in str(found.chart().to_dict())
        recorded = found.to_dict()["provenance"]["parameters"]["over"]
        assert Population.of(recorded, APA.vocabulary).probabilities == {
            "contact": {"message": Fraction(7, 10), "co_presence": Fraction(3, 10)}
        }
    assert difference.share == 1 - pairs.pairs[0].ranking


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ("everything", "BE870"),
        (3, "BE726"),
        ([1], "BE726"),
        ({}, "BE871"),
        ({"contact": 1}, "BE871"),
        ({"contact": {"message": 0.5}}, "BE871"),
        ({"contact": {"message": -1, "follow": 2}}, "BE871"),
        ({"contact": {"message": "half", "follow": 0.5}}, "BE871"),
        ({"contact": {"message": True}}, "BE871"),
        ({"client_vulnerable": {"yes": 0.5, True: 0.5}}, "BE871"),
        ({"client_vulnerable": {"yes": 0.5, True: 0.5, "no": 0.5}}, "BE871"),
        ({"contact": {"massage": 1}}, "BE402"),
        ({"contakt": {"message": 1}}, "BE401"),
        ([{"contact": "message", "weight": -1}], "BE872"),
        ([{"contact": "message", "weight": None}], "BE872"),
        ([{"contact": "message", "weight": 0}], "BE872"),
        ([{"contact": "follow"}], "BE873"),
    ],
)
def test_invalid_populations_are_refused(over: Any, code: str) -> None:
    """Each kind of mistake has its own error code."""
    with pytest.raises(BoundaryEthicsError) as error:
        ranking_counts(APA, over=over, where={"contact": "message"})

    assert error.value.problems[0].code == code


def test_all_invalid_rows_of_a_table_are_counted() -> None:
    """Ten rows are listed: invalid values of facts first, then invalid weights."""
    wrong = [{"contact": "message", "weight": -1}] * 7
    wrong += [{"contact": "mesage", "weight": 2}] * 8

    with pytest.raises(BoundaryEthicsError) as error:
        Population.of(wrong, APA.vocabulary)

    *listed, rest = error.value.problems
    assert ["BE807"] * 8 + ["BE872"] * 2 == [one.code for one in listed]
    assert "and 5 more problems" in rest.message


def test_a_column_of_weights_can_be_named() -> None:
    """A missing column is refused."""
    rows = [{"contact": "message", "n": 2}, {"contact": "co_presence", "n": 1}]

    found = ranking_counts(APA, over=Population.of(rows, APA.vocabulary, weight="n"))

    assert [one.count for one in found.rankings] == [Fraction(2, 3), Fraction(1, 3)]
    with pytest.raises(BoundaryEthicsError, match="no column `m`"):
        Population.of(rows, APA.vocabulary, weight="m")


def test_samples_have_a_seed_and_an_error() -> None:
    """The same seed draws the same sample; exact shares are within the error."""
    exact = compare(APA, "nasw-2021", over=RATES, where=WHERE).share
    drawn: Any = {"over": RATES, "where": WHERE, "sample": 1000}

    one, again = (compare(APA, "nasw-2021", **drawn, seed=3) for _ in range(2))
    other = compare(APA, "nasw-2021", **drawn, seed=4)

    assert one == again
    assert one.provenance.seed == 3
    assert (one.count, one.witness) != (other.count, other.witness)
    share = float(one.share)
    assert one.standard_error == pytest.approx(sqrt(share * (1 - share) / 1000))
    assert one.interval is not None
    low, high = one.interval
    assert low < share < high
    # Four standard errors: the chance of a failure is below 1 in 10,000.
    assert abs(share - float(exact)) < 4 * sqrt(float(exact * (1 - exact)) / 1000)
    assert "random sample (seed 3)" in str(one)
    assert attrs.evolve(one, sampled=False).standard_error is None


@pytest.mark.slow
@pytest.mark.parametrize("over", ["all", "known", RATES, ROWS])
def test_large_samples_agree_with_exact_shares(over: Any) -> None:
    """The exact share lies within four standard errors of a large sample."""
    exact = float(compare(APA, "nasw-2021", over=over).share)

    sampled = compare(APA, "nasw-2021", over=over, sample=20_000, seed=1)

    assert abs(float(sampled.share) - exact) <= 4 * sqrt(exact * (1 - exact) / 20_000)


def test_reading_applies_to_tables_and_to_probabilities(tmp_path: Path) -> None:
    """Separators, decimal commas and column names apply to both."""
    table, rates = tmp_path / "rows.csv", tmp_path / "rates.csv"
    table.write_text("kind;weight\nmessage;2,5\nco_presence;1\n")
    rates.write_text(
        "fact;value;probability\ncontact;message;0,7\ncontact;co_presence;0,3\n"
    )
    how = Reading(separator=";", decimal=",", columns={"contact": "kind"})

    assert Fraction(7, 2) == Population.of(table, APA.vocabulary, reading=how).total
    read = Population.of(rates, APA.vocabulary, reading=how)
    assert Population.of(RATES, APA.vocabulary).probabilities == read.probabilities


def test_advice_about_a_table_names_options_that_commands_have(tmp_path: Path) -> None:
    """Commands with `--over` have `--separator`, and Python has `Reading`."""
    path = tmp_path / "rows.csv"
    path.write_text("contact;weight\nmessage;1\n")

    with as_command(), pytest.raises(BoundaryEthicsError) as refused:
        Population.of(path, APA.vocabulary)
    assert "--separator ';'" in str(refused.value.problems[0].help)

    with pytest.raises(BoundaryEthicsError) as refused:
        sweep(APA, [DropRules()], over=path)
    assert "Reading(separator=';')" in str(refused.value.problems[0].help)


def test_a_weight_with_a_decimal_comma_names_the_option(tmp_path: Path) -> None:
    """The option is named if the cell is a number with it, and it is not given yet."""
    path = tmp_path / "rows.csv"
    path.write_text("contact;weight\nmessage;1,5\nfollow;many\nfollow;1,5,3\n")
    with as_command(), pytest.raises(BoundaryEthicsError) as refused:
        Population.of(path, APA.vocabulary, reading=Reading(separator=";"))
    comma, word, commas = (str(one.help) for one in refused.value.problems)

    assert "if commas are decimal, use `--decimal ,`;" in comma
    assert "--decimal" not in word + commas


@pytest.mark.parametrize("weight", [{}, {"weight": 1}])
def test_columns_that_are_not_facts_are_named(weight: dict[str, Any]) -> None:
    """A misspelled fact is reported."""
    rows = [{"contact": "message", "client_staus": "active", "note": 1, **weight}]
    found = compare(APA, "nasw-2021", over=rows)

    assert "columns that are not facts: `client_staus`, `note`" in str(found.over)
    plain = Population.of(rows, APA.vocabulary, reading=Reading(ignore=["note"]))
    assert ("client_staus",) == plain.unused


def test_a_table_of_probabilities_without_rows_is_refused() -> None:
    """The error is about probabilities, not about columns of facts."""
    empty = pd.DataFrame({"fact": [], "value": [], "probability": []})

    with pytest.raises(BoundaryEthicsError) as refused:
        Population.of(empty, APA.vocabulary)

    assert "no fact has probabilities" in str(refused.value)


def test_a_probability_with_a_decimal_comma_names_the_option(tmp_path: Path) -> None:
    """The option reads the file; a mapping has no options."""
    path = tmp_path / "p.csv"
    path.write_text("fact;value;probability\ncontact;message;0,5\ncontact;follow;0,5\n")
    with as_command(), pytest.raises(BoundaryEthicsError) as error:
        Population.of(path, APA.vocabulary, reading=Reading(separator=";"))
    assert "use `--decimal ,`" in str(error.value)
    assert (
        "probabilities"
        == Population.of(
            path, APA.vocabulary, reading=Reading(separator=";", decimal=",")
        ).kind
    )
    with pytest.raises(BoundaryEthicsError) as error:
        Population.of({"contact": {"message": "0,5"}}, APA.vocabulary)
    assert "decimal" not in str(error.value)
    assert "write a number such as 0.5" in str(error.value)
