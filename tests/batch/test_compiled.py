from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

import boundaryethics
from boundaryethics import Option, SituationError
from boundaryethics.batch.compiled import Compiled
from boundaryethics.errors import EngineError, PolicyError, TableError
from support.small_policies import VOCABULARY, policy_of

RULES: list[dict[str, Any]] = [
    {
        "id": "action",
        "when": {"danger": "yes"},
        "then": {"favors": {"decline": "weak"}},
    },
    {"id": "stop", "when": {"status": "active"}, "then": {"forbids": ["continue"]}},
]


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    """Compile a small policy."""
    return boundaryethics.compile_policy(policy_of(RULES))


def codes(*values: int) -> np.ndarray:
    """Return a column of codes."""
    return np.array(values, np.uint8)


@pytest.mark.clause("S3")
def test_true_false_and_none_are_yes_no_and_unknown(compiled: Compiled) -> None:
    """True, False and None are read as yes, no and unknown."""
    for value, word in ((True, "yes"), (False, "no"), (None, "unknown")):
        assert compiled.best({"danger": word}) == compiled.best({"danger": value})
        assert compiled.consult({"danger": word}) == compiled.consult({"danger": value})


@pytest.mark.clause("S3")
@pytest.mark.parametrize(
    "stated",
    [
        {"dangr": "yes"},
        {"danger": "yess"},
        {"danger": 1},
        {"danger": ["yes"]},
        {1: "no"},
    ],
)
def test_undeclared_facts_and_values_are_refused(
    compiled: Compiled, stated: dict[str, Any]
) -> None:
    """Every method reports the same problems as `consult`."""
    for ask in (compiled.best, compiled.ranking, compiled.consult):
        with pytest.raises(SituationError) as refused:
            ask(stated)
        with pytest.raises(SituationError) as expected:
            boundaryethics.consult(stated, compiled.policy)

        assert expected.value.problems == refused.value.problems


def test_abstract_policies_are_not_compiled() -> None:
    """Compiling an abstract policy raises BE306."""
    with pytest.raises(PolicyError) as refused:
        boundaryethics.compile_policy(boundaryethics.load_policy("core"))

    assert {"BE306"} == {problem.code for problem in refused.value.problems}


@pytest.mark.clause("S12")
def test_a_forbidden_option_ranks_last(compiled: Compiled) -> None:
    """A forbidden option ranks last, even if reasons favor it."""
    ranked = compiled.rank_codes({"danger": codes(0, 1), "status": codes(0, 2)})

    assert [[3, 2, 1, 2], [1, 1, 1, 1]] == ranked.places.tolist()
    assert [0b0100, 0b1111] == ranked.best.tolist()
    assert [False, True] == ranked.tied.tolist()


@pytest.mark.clause("S2")
def test_a_fact_without_a_column_is_unknown(compiled: Compiled) -> None:
    """A fact without a column is unknown in every row."""
    partly = compiled.rank_codes({"danger": codes(0, 1, 2)})
    wholly = compiled.rank_codes(
        {"danger": codes(0, 1, 2), "status": codes(2, 2, 2), "contact": codes(2, 2, 2)}
    )

    assert wholly.places.tolist() == partly.places.tolist()


def test_rows_can_be_one_array(compiled: Compiled) -> None:
    """An array with one row per situation ranks as its columns do."""
    rows = np.array([[0, 0, 0], [2, 1, 2]], np.uint8)
    columns = dict(zip(VOCABULARY.by_name, rows.T, strict=True))

    assert (
        compiled.rank_codes(columns).places.tolist()
        == compiled.rank_codes(rows).places.tolist()
    )


@pytest.mark.clause("S3")
def test_an_invalid_code_affects_only_its_row(compiled: Compiled) -> None:
    """A row with an invalid code is listed and has no ranks."""
    danger, contact = codes(0, 3, 1), codes(0, 0, 255)
    ranked = compiled.rank_codes({"danger": danger, "contact": contact}, binding=True)
    assert ranked.binding is not None

    assert [1, 2] == ranked.invalid.tolist()
    assert [2, 2, 1, 2] == ranked.places[0].tolist()
    assert 0 == ranked.places[1:].sum() == ranked.best[1:].sum()
    assert 0 == ranked.binding[1:].sum()
    assert [255, 3] == [contact[2], danger[1]]


def test_binding_rules_are_returned_on_request(compiled: Compiled) -> None:
    """The rules that apply to each row are returned only on request."""
    asked = {"danger": codes(0, 1), "status": codes(1, 0)}
    ranked = compiled.rank_codes(asked, binding=True)

    assert [True, False] == ranked.binds("action").tolist()
    assert [False, True] == ranked.binds("stop").tolist()
    assert ("action", "stop") == ranked.rules
    with pytest.raises(ValueError, match="does not say which rules apply"):
        compiled.rank_codes(asked).binds("action")


def test_masked_codes_and_invalid_arguments_are_refused(compiled: Compiled) -> None:
    """Masked columns, None, zero threads and unknown rules are rejected."""
    hidden = np.ma.array(codes(0, 1), mask=[False, True])
    with pytest.raises(SituationError, match="does not contain codes"):
        compiled.rank_codes({"danger": hidden})
    with pytest.raises(SituationError, match="one column for each"):
        compiled.rank_codes(cast("Any", None))
    with pytest.raises(TableError, match="invalid value `0` for `threads`"):
        compiled.rank_codes({"danger": codes(0)}, threads=0)
    with pytest.raises(ValueError, match="unknown rule `nobody`"):
        compiled.rank_codes({"danger": codes(0)}, binding=True).binds("nobody")


def test_empty_columns_return_no_rows(compiled: Compiled) -> None:
    """Columns without rows return columns without rows."""
    assert 0 == len(compiled.rank_codes({"danger": codes()}))
    assert 0 == len(compiled.rank_codes({}))


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"danger": np.array([0, 1])}, "BE706"),
        ({"danger": np.array(["yes"])}, "BE706"),
        ({"danger": np.zeros((2, 2), np.uint8)}, "BE706"),
        ({"danger": np.zeros(2, np.uint8), "status": np.zeros(3, np.uint8)}, "BE706"),
        ({"dangr": np.zeros(2, np.uint8)}, "BE401"),
        (np.zeros((2, 2), np.uint8), "BE706"),
    ],
)
def test_invalid_columns_of_codes_are_refused(
    compiled: Compiled, columns: Any, code: str
) -> None:
    """Columns of other types, unequal lengths or unknown names are rejected."""
    with pytest.raises(SituationError) as refused:
        compiled.rank_codes(columns)

    assert {code} == {problem.code for problem in refused.value.problems}


def test_an_option_has_a_column_of_ranks(compiled: Compiled) -> None:
    """The ranks of one option are returned by its name."""
    ranked = compiled.rank_codes({"danger": codes(0, 1)})

    assert [1, 1] == ranked.rank("decline").tolist()
    assert [2, 1] == ranked.rank(Option.LEAVE).tolist()


@pytest.mark.clause("S15")
@pytest.mark.parametrize("weight", [1, 30_000, 10**8, 10**17])
def test_large_weights_are_added_exactly(weight: int) -> None:
    """Points are added without rounding, even if they are large."""
    policy = policy_of(
        [
            {"id": "a", "then": {"favors": {"decline": "weak"}}, "principle": "heavy"},
            {"id": "b", "then": {"favors": {"ignore": "strong"}}},
        ],
        principles={"heavy": {"weight": weight}},
        ranking={"method": "weighted"},
    )
    compiled = boundaryethics.compile_policy(policy)
    first = Option.DECLINE if weight > 3 else Option.IGNORE

    assert (first,) == compiled.best({}) == compiled.consult({}).best
    assert 1 == compiled.rank_codes({"danger": codes(0)}).rank(first)[0]


def test_points_beyond_64_bits_are_refused() -> None:
    """Points that exceed 64 bits raise an error and are not rounded."""
    rule = {"id": "a", "then": {"favors": {"decline": "weak"}}, "principle": "heavy"}
    policy = policy_of(
        [rule],
        principles={"heavy": {"weight": 10**30}},
        ranking={"method": "weighted"},
    )
    with pytest.raises(EngineError) as refused:
        boundaryethics.compile_policy(policy)

    assert {"BE705"} == {problem.code for problem in refused.value.problems}


def test_a_situation_of_another_vocabulary_is_read_by_its_facts(
    compiled: Compiled,
) -> None:
    """A situation of another policy is read by its facts."""
    other = boundaryethics.Vocabulary(VOCABULARY.facts[1:])

    assert compiled.best({"danger": "yes"}) == compiled.best(
        other.situation({"danger": "yes"})
    )
