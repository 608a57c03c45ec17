"""Every public function, method and constructor refuses what it cannot use."""

from __future__ import annotations

import inspect
import pickle
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import boundaryethics
from boundaryethics import ArgumentError, BoundaryEthicsError
from boundaryethics.arguments import checked
from support.odd_values import ODD, Call, calls

#: Seconds that one call may take: many times what the slowest takes.
MOST = 30
#: Characters of the longest message, about a hundred problems.
LONGEST = 20_000

CALLS = {call.name: call for call in calls()}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let files with odd names be written to a folder of their own."""
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
        told = error.problems and all(p.code and p.message for p in error.problems)
        if not told or len(message) > LONGEST:
            return f"{parameter}={name}: {len(message)} characters: {message[:80]}"
    except Exception as error:  # noqa: BLE001
        return f"{parameter}={name}: {type(error).__name__}"
    slow = time.monotonic() - start > MOST
    return f"{parameter}={name} takes long" if slow else ""


@pytest.mark.parametrize("name", CALLS)
def test_odd_arguments_are_refused_or_used(name: str) -> None:
    """Each argument in turn is each odd value: a result, or an own error."""
    call = CALLS[name]
    failures = [
        found
        for parameter in (*call.by_place, *call.by_name)
        for value in call.odd_values(parameter)
        if (found := _failure(call, parameter, value))
    ]

    assert [] == failures


def test_every_public_callable_is_called() -> None:
    """No public function or class is missing."""
    listing = Path(__file__).parent / "architecture" / "public_api.txt"
    listed = [
        line.removeprefix("class ").partition("(")[0]
        for line in listing.read_text("utf-8").splitlines()
        if "(" in line and not line.startswith((" ", "enum "))
    ]
    called = {name.rpartition(".")[2] for name in CALLS}

    assert set() == set(listed) - called


def test_wrong_numbers_of_arguments_are_pythons_own_error() -> None:
    """A missing or an unknown argument is a `TypeError` of Python."""
    for function in (boundaryethics.lint, boundaryethics.verify, boundaryethics.why):
        with pytest.raises(TypeError) as refused:
            function(nope=1)  # type: ignore[call-arg]
        assert not isinstance(refused.value, BoundaryEthicsError)


@pytest.mark.parametrize("kind", [TypeError, ValueError, KeyError])
def test_argument_errors_are_caught_as_pythons(kind: type[Exception]) -> None:
    """Code that catches the error of Python goes on to work."""
    verdict = boundaryethics.consult({"contact": "message"})
    with pytest.raises(kind, match="did you mean `decline`"):
        verdict.compare("declin", "leave")
    with pytest.raises(kind, match="unknown fact `contct`"):
        verdict.what_if("contct")
    with pytest.raises(ArgumentError, match="`width` must be a whole number"):
        verdict.text(width="wide")  # type: ignore[arg-type]


def test_a_failure_with_right_arguments_is_raised_once() -> None:
    """A function with side effects does not run again if its arguments fit."""
    ran = []

    @checked
    def fail(name: str, numbers: tuple[int, ...], kind: str | None = None) -> None:
        ran.append((name, numbers, kind))
        raise LookupError(name)

    with pytest.raises(LookupError, match="a"):
        fail("a", (1, 2), kind=None)
    assert [("a", (1, 2), None)] == ran


def test_signatures_are_unchanged() -> None:
    """Checks leave the signatures and docstrings as they are."""
    for call in CALLS.values():
        assert inspect.signature(call.function)
    assert "policy" in inspect.signature(boundaryethics.lint).parameters
    assert (boundaryethics.lint.__doc__ or "").startswith("Check")


def test_a_fact_may_have_any_name() -> None:
    """A fact called `self` is stated and changed like any other."""
    facts = {name: {"values": ["a", "b"]} for name in ("self", "code", "fact", "name")}
    policy = boundaryethics.load_policy("apa-2017").variant("ours", facts=facts)
    verdict = boundaryethics.consult({"self": "a"}, policy)

    for name in facts:
        assert {"a", "b"} == verdict.what_if(name).keys()
        assert "b" == verdict.with_facts(**{name: "b"}).situation[name]
        assert "b" == verdict.situation.with_facts(**{name: "b"})[name]


def test_a_name_of_a_policy_is_never_a_path() -> None:
    """No error shows what is in a file that is not a policy."""
    for named in ("/etc/passwd", Path("/etc/passwd"), "../../etc/passwd"):
        with pytest.raises(boundaryethics.PolicyError) as refused:
            boundaryethics.consult({}, named)
        assert "root" not in str(refused.value)


@pytest.mark.parametrize("file", [lambda: 1, memoryview(b"x"), b"x", 5])
def test_the_name_of_a_text_must_be_text(file: Any) -> None:
    """An invalid name is refused first, so the error of the text can be pickled."""
    vocabulary = boundaryethics.shipped_vocabulary()
    for read in (
        lambda: boundaryethics.read_policy("rules: 5", file=file),
        lambda: boundaryethics.read_situation("x: 1", file=file, vocabulary=vocabulary),
    ):
        with pytest.raises(ArgumentError, match="`file` must be text") as refused:
            read()
        assert pickle.dumps(refused.value)
