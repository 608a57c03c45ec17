"""Every public function, method and constructor rejects invalid arguments."""

from __future__ import annotations

import inspect
import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from enum import EnumType, StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import boundaryethics
from boundaryethics import ArgumentError, BoundaryEthicsError
from boundaryethics.arguments import checked
from support.odd_values import ODD, Call, calls
from support.public_results import panel, policy

#: Seconds that one call may take, many times the time of the slowest.
MOST = 30
#: The maximum length of a message, enough for about a hundred problems.
LONGEST = 20_000

#: No text, and no truth value.
NO: Any = 5

CALLS = {call.name: call for call in calls()}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write files with odd names to a temporary folder."""
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _failure(call: Call, parameter: str, name: str) -> str:
    """Describe how the call misbehaves; empty if it does not."""
    start = time.monotonic()
    try:
        call.with_odd(parameter, ODD[name]())
    except BoundaryEthicsError as error:
        message = str(error)
        found = error.problems and all(p.code and p.message for p in error.problems)
        if not found or len(message) > LONGEST:
            return f"{parameter}={name}: {len(message)} characters: {message[:80]}"
    except Exception as error:  # noqa: BLE001
        return f"{parameter}={name}: {type(error).__name__}"
    slow = time.monotonic() - start > MOST
    return f"{parameter}={name} takes long" if slow else ""


@pytest.mark.parametrize("name", CALLS)
def test_odd_arguments_give_a_result_or_our_own_error(name: str) -> None:
    """Each argument in turn is replaced with each odd value."""
    call = CALLS[name]
    failures = [
        found
        for parameter in (*call.by_place, *call.by_name)
        for value in call.odd_values(parameter)
        if (found := _failure(call, parameter, value))
    ]

    assert [] == failures


def test_every_public_callable_is_called() -> None:
    """The list of calls includes every public function and class."""
    listing = Path(__file__).parent / "architecture" / "public_api.txt"
    listed = [
        line.removeprefix("class ").partition("(")[0]
        for line in listing.read_text("utf-8").splitlines()
        if "(" in line and not line.startswith((" ", "enum "))
    ]
    called = {name.rpartition(".")[2] for name in CALLS}

    assert set() == set(listed) - called


def test_a_wrong_number_of_arguments_raises_a_type_error() -> None:
    """A missing or an unknown argument is a `TypeError` of Python."""
    for function in (boundaryethics.lint, boundaryethics.verify, boundaryethics.why):
        with pytest.raises(TypeError) as refused:
            function(nope=1)  # type: ignore[call-arg]
        assert not isinstance(refused.value, BoundaryEthicsError)


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (
            lambda: boundaryethics.rank(
                pd.DataFrame(), "core", prefix=NO, columns={"contact": NO}, rules=NO
            ),
            ["`prefix`", "`columns`", "`rules`"],
        ),
        (
            lambda: boundaryethics.fit(
                panel(), policy(), penalty=-1.0, folds=0, seed=-1
            ),
            ["`penalty`", "`folds`", "`seed`"],
        ),
        (
            lambda: boundaryethics.rater_agreement(panel(), resamples=-1, seed=-1),
            ["`resamples`", "`seed`"],
        ),
        (
            lambda: boundaryethics.compare("nope", "none", sample=0, seed=2**63),
            ["`nope`", "`none`", "`seed`", "sample"],
        ),
        (
            lambda: boundaryethics.discriminating_vignettes(
                ["nope", "none"], 0, most_facts=-1
            ),
            ["`nope`", "`none`", "`n`", "`most_facts`"],
        ),
        (
            lambda: boundaryethics.rank_acceptability("nope", draws=0, seed=-1),
            ["`nope`", "`draws`", "`seed`"],
        ),
        (
            lambda: boundaryethics.explain_pair({"contact": NO}, "stay", "go"),
            ["`contact`", "`stay`", "`go`"],
        ),
        (lambda: boundaryethics.replay({}, "nope"), ["record", "`nope`"]),
        (
            lambda: boundaryethics.verify("apa-2017", "none", where={"x": "y"}),
            ["`x`", "`none`"],
        ),
        (lambda: boundaryethics.why({"x": "y"}, "none"), ["`x`", "`none`"]),
        (
            lambda: boundaryethics.why_not({"x": "y"}, "none", immutable="z"),
            ["`x`", "`none`", "`z`"],
        ),
        (
            lambda: boundaryethics.counterfactuals({"x": "y"}, immutable=["z", "w"]),
            ["`x`", "`z`", "`w`"],
        ),
        (lambda: boundaryethics.counterfactuals(NO, "nope"), ["`nope`", "situation"]),
        (
            lambda: boundaryethics.open_questions({"x": "y"}, where={"z": "w"}),
            ["`x`", "`z`"],
        ),
        (
            lambda: boundaryethics.ranking_counts(
                "core", where={"x": "y"}, over="nope"
            ),
            ["`over`", "`x`"],
        ),
        (
            lambda: boundaryethics.compare("core", "core", where={"x": "y"}, sample=0),
            ["`x`", "sample"],
        ),
        (
            lambda: boundaryethics.weight_curve(
                policy(), "none", where={"x": "y"}, over="nope"
            ),
            ["`none`", "`over`", "`x`"],
        ),
        (
            lambda: boundaryethics.weight_map(
                policy(), ["none", "nope"], steps=1, where={"x": "y"}
            ),
            ["`none`", "`nope`", "`x`", "`steps`"],
        ),
        (
            lambda: boundaryethics.rank_acceptability(
                policy(), {"x": "y"}, draws=0, seed=-1, ranges={"none": (0, 1)}
            ),
            ["`none`", "`x`", "`draws`", "`seed`"],
        ),
        (
            lambda: boundaryethics.sweep(
                "apa-2017",
                [],
                where={"x": "y"},
                over="nope",
                table="none.csv",
                cases="none.yaml",
                workers=0,
            ),
            ["families", "`none.csv`", "`over`", "`x`", "`none.yaml`", "`workers`"],
        ),
        (lambda: boundaryethics.schema(NO, "nope"), ["`kind`", "`nope`"]),
        (
            lambda: boundaryethics.rank_acceptability(
                "nope", {}, over=pd.DataFrame({"contact": ["message"]}), draws=0
            ),
            ["`nope`", "`over`", "`draws`"],
        ),
        (
            lambda: boundaryethics.rank_acceptability(
                policy(), ranges={"none": (0, 1), "nope": (0, 1)}
            ),
            ["`none`", "`nope`"],
        ),
        (
            lambda: boundaryethics.weight_curve(policy(), "none", low="a", high="b"),
            ["`none`", "`a`", "`b`"],
        ),
        (
            lambda: boundaryethics.weight_map(policy(), ["none", "nope"], high=[1]),
            ["`none`", "`nope`", "`high`"],
        ),
        (
            lambda: boundaryethics.sweep("nope", [], workers=0, out="a.txt"),
            ["`nope`", "`workers`", "`a.txt`"],
        ),
        (
            lambda: boundaryethics.sweep(
                "apa-2017",
                boundaryethics.VaryWeights(0, 10**8),
                space=False,
                where={"x": "y"},
            ),
            ["variants", "`x`", "table"],
        ),
        (
            lambda: boundaryethics.verify(
                "apa-2017",
                boundaryethics.Invariant(id="none", holds=()),
                where={"x": "y"},
            ),
            ["`x`", "`none`"],
        ),
        (
            lambda: boundaryethics.agreement(
                ["core", "drafts"], where={"x": "y"}, over="none.csv"
            ),
            ["`none.csv`", "`x`"],
        ),
        (
            lambda: boundaryethics.load_compiled("none.bec", "nope"),
            ["`none.bec`", "`nope`"],
        ),
    ],
)
def test_all_odd_arguments_are_reported_together(
    call: Callable[[], object], wrong: list[str]
) -> None:
    """Checks that do not depend on each other are made even if one fails."""
    with pytest.raises(BoundaryEthicsError) as refused:
        call()
    messages = [one.message for one in refused.value.problems]

    assert len(wrong) == len(messages), messages
    assert all(name in said for name, said in zip(wrong, messages, strict=True))


@pytest.mark.parametrize("number", [2**63, -(10**400)])
def test_a_number_that_is_too_large_is_called_so(number: int) -> None:
    """The message does not say that the number is no number."""
    with pytest.raises(ArgumentError, match="found a number that is too large"):
        boundaryethics.Reading(skip_rows=number)
    with pytest.raises(ArgumentError, match="`decimal` must be text, found `int`"):
        boundaryethics.Reading(decimal=number)


@pytest.mark.parametrize("kind", [TypeError, ValueError, KeyError])
def test_argument_errors_can_be_caught_as_python_errors(kind: type[Exception]) -> None:
    """Handlers for `TypeError`, `ValueError` or `KeyError` work."""
    verdict = boundaryethics.consult({"contact": "message"})
    with pytest.raises(kind, match="did you mean `decline`"):
        verdict.compare("declin", "leave")
    with pytest.raises(kind, match="unknown fact `contct`"):
        verdict.what_if("contct")
    with pytest.raises(ArgumentError, match="`width` must be a whole number"):
        verdict.text(width="wide")  # type: ignore[arg-type]


def test_a_function_that_fails_does_not_run_twice() -> None:
    """The argument check does not call the function again if arguments are valid."""
    ran = []

    @checked
    def fail(name: str, numbers: tuple[int, ...], kind: str | None = None) -> None:
        ran.append((name, numbers, kind))
        raise LookupError(name)

    with pytest.raises(LookupError, match="a"):
        fail("a", (1, 2), kind=None)
    assert [("a", (1, 2), None)] == ran


def test_argument_checks_keep_signatures_and_docstrings() -> None:
    """Documentation tools see the original functions."""
    for call in CALLS.values():
        assert inspect.signature(call.function)
    assert "policy" in inspect.signature(boundaryethics.lint).parameters
    assert (boundaryethics.lint.__doc__ or "").startswith("Check")


def test_a_fact_may_have_any_name() -> None:
    """A fact called `self` can be stated and changed like any other."""
    facts = {name: {"values": ["a", "b"]} for name in ("self", "code", "fact", "name")}
    policy = boundaryethics.load_policy("apa-2017").variant("ours", facts=facts)
    verdict = boundaryethics.consult({"self": "a"}, policy)

    for name in facts:
        assert {"a", "b"} == verdict.what_if(name).keys()
        assert "b" == verdict.with_facts(**{name: "b"}).situation[name]
        assert "b" == verdict.situation.with_facts(**{name: "b"})[name]


def test_a_policy_id_is_never_read_as_a_path() -> None:
    """No error shows the content of a file that is not a policy."""
    for named in ("/etc/passwd", Path("/etc/passwd"), "../../etc/passwd"):
        with pytest.raises(boundaryethics.PolicyError) as refused:
            boundaryethics.consult({}, named)
        assert "root" not in str(refused.value)


ENUMS = [
    getattr(boundaryethics, name)
    for name in boundaryethics.__all__
    if isinstance(getattr(boundaryethics, name), EnumType)
]


@pytest.mark.parametrize("names", ENUMS, ids=lambda names: str(names.__name__))
def test_an_unknown_enumeration_name_is_rejected(names: type[StrEnum]) -> None:
    """The error lists the valid names, and can be pickled."""
    odd: list[Any] = ["nope", 3, None, []]
    for wrong in odd:
        with pytest.raises(ArgumentError, match="unknown") as refused:
            names(wrong)
        copy = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
        assert str(refused.value) == str(copy)
    assert [*names] == [names(one.value) for one in names]


@pytest.mark.parametrize("file", [lambda: 1, memoryview(b"x"), b"x", 5])
def test_the_file_name_given_for_a_text_must_be_text(file: Any) -> None:
    """It is checked first, so that the error can be pickled."""
    vocabulary = boundaryethics.shipped_vocabulary()
    for read in (
        lambda: boundaryethics.read_policy("rules: 5", file=file),
        lambda: boundaryethics.read_situation("x: 1", file=file, vocabulary=vocabulary),
    ):
        with pytest.raises(ArgumentError, match="`file` must be text") as refused:
            read()
        copy = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
        assert copy.problems
