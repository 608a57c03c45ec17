"""Every input that crashed a fuzz target is read again, and so is every seed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

targets = pytest.importorskip("fuzz.targets", reason="`fuzz` is not in the package")
CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
#: Reading one takes milliseconds; more than this is a hang.
SECONDS = 5


@pytest.mark.parametrize(
    "stored", sorted(CORPUS.glob("*/*")), ids=lambda stored: stored.name
)
def test_stored_inputs_pass(stored: Path, tmp_path: Path) -> None:
    """Each stored input returns a result or an error code, without a hang."""
    began = time.process_time()
    targets.TARGETS[stored.parent.name].feed(stored.read_bytes(), tmp_path)

    assert SECONDS > time.process_time() - began


@pytest.mark.parametrize("name", targets.TARGETS)
def test_seeds_pass(name: str, tmp_path: Path) -> None:
    """The seed inputs pass, and at least one of them is accepted."""
    accepted = 0
    for place, seed in enumerate(targets.TARGETS[name].seeds()):
        folder = tmp_path / str(place)
        folder.mkdir()
        accepted += targets.TARGETS[name].feed(seed, folder)
    assert accepted


def test_errors_without_a_code_are_crashes(tmp_path: Path) -> None:
    """A fuzz target accepts only errors with a code."""
    from boundaryethics.errors import PolicyError, Problem

    def fails(error: Exception) -> object:
        def read(_: bytes, __: Path) -> None:
            raise error

        return targets.Target(read, lambda: iter(())).feed(b"", tmp_path)

    assert not fails(PolicyError([Problem(code="BE101", message="It is wrong.")]))
    for wrong in (PolicyError([]), PolicyError([Problem(code="", message="It is.")])):
        with pytest.raises(AssertionError, match="without a code"):
            fails(wrong)
    with pytest.raises(ZeroDivisionError):
        fails(ZeroDivisionError())
