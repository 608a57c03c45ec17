from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import boundaryethics
from boundaryethics.batch import compiled_files as compiling
from boundaryethics.batch import load_compiled
from boundaryethics.batch.compiled import Compiled, Scores
from boundaryethics.errors import PolicyError
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of

RULE: dict[str, Any] = {
    "id": "action",
    "when": {"danger": "yes"},
    "then": {"favors": {"decline": "weak"}},
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Return a small policy."""
    return policy_of([RULE])


@pytest.fixture
def saved(policy: Policy, tmp_path: Path) -> Path:
    """Save the compiled policy and return the path."""
    path = tmp_path / "small.npz"
    boundaryethics.compile_policy(policy).save(path)
    return path


def refused(path: Path, policy: Policy) -> str:
    """Return the code of the error for the file at *path*."""
    with pytest.raises(PolicyError) as error:
        load_compiled(path, policy)
    (problem,) = error.value.problems
    return problem.code


def test_a_loaded_policy_ranks_as_before(tmp_path: Path) -> None:
    """A built-in policy ranks the same after saving and loading."""
    policy = boundaryethics.load_policy("aca-2014")
    compiled = boundaryethics.compile_policy(policy)
    compiled.save(tmp_path / "aca.npz")
    loaded = load_compiled(tmp_path / "aca.npz", policy)
    facts = {"contact": "message", "client_status": "active"}
    rows = np.zeros((3, len(policy.vocabulary.facts)), np.uint8)

    assert compiled.consult(facts) == loaded.consult(facts)
    assert compiled.best(facts) == loaded.best(facts)
    assert (
        compiled.rank_codes(rows).places.tolist()
        == loaded.rank_codes(rows).places.tolist()
    )


def test_a_policy_without_tables_can_be_saved(policy: Policy, tmp_path: Path) -> None:
    """A policy that adds up scores for each situation can also be saved."""
    compiled = Compiled(policy, Scores.of(policy))
    compiled.save(tmp_path / "added.npz")
    loaded = load_compiled(tmp_path / "added.npz", policy)

    assert isinstance(loaded.executor, Scores)
    assert compiled.ranking({"danger": "yes"}) == loaded.ranking({"danger": "yes"})


def test_load_compiled_accepts_a_policy_id(tmp_path: Path) -> None:
    """`load_compiled` accepts the ID of a policy."""
    named = boundaryethics.compile_policy("apa-2017")
    named.save(tmp_path / "apa")
    loaded = load_compiled(tmp_path / "apa", "apa-2017")

    assert boundaryethics.load_policy("apa-2017") == named.policy == loaded.policy


def test_saving_leaves_no_temporary_file(saved: Path) -> None:
    """This also applies if a file is replaced."""
    boundaryethics.compile_policy(policy_of([RULE])).save(saved)

    assert [saved] == [*saved.parent.iterdir()]


@pytest.mark.clause("S22")
def test_a_file_of_another_policy_is_refused(saved: Path, policy: Policy) -> None:
    """A file of another policy raises BE704."""
    other = policy.variant("other", drop=["action"])

    assert "BE704" == refused(saved, other)


def test_a_different_order_of_values_is_refused(saved: Path, policy: Policy) -> None:
    """A policy whose codes have other meanings raises BE704."""
    facts = policy.vocabulary.facts
    turned = (
        Fact(
            name=facts[0].name, question=facts[0].question, values=facts[0].values[::-1]
        ),
        *facts[1:],
    )
    other = attrs.evolve(policy, vocabulary=Vocabulary(turned))

    assert policy.fingerprint == other.fingerprint
    assert "BE704" == refused(saved, other)


def test_a_truncated_file_is_refused(saved: Path, policy: Policy) -> None:
    """A truncated file raises BE702."""
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) // 2])

    assert "BE702" == refused(saved, policy)


@pytest.mark.parametrize("text", [b"", b"hello", b"PK\x03\x04"])
def test_a_file_of_another_type_is_refused(
    saved: Path, policy: Policy, text: bytes
) -> None:
    """A file of another type raises BE702."""
    saved.write_bytes(text)

    assert "BE702" == refused(saved, policy)


def test_a_modified_file_is_refused(saved: Path, policy: Policy) -> None:
    """Any changed bit or added byte raises BE702."""
    whole = saved.read_bytes()
    for at in range(0, len(whole), 41):
        saved.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "BE702" == refused(saved, policy)
    for added in (whole + b"x", b"x" + whole):
        saved.write_bytes(added)
        assert "BE702" == refused(saved, policy)


def test_another_format_version_is_refused(
    saved: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of another format version raises BE703."""
    monkeypatch.setattr(compiling, "FORMAT", compiling.FORMAT + 1)

    assert "BE703" == refused(saved, policy)


def test_a_missing_file_is_refused(policy: Policy, tmp_path: Path) -> None:
    """A missing file raises BE701."""
    assert "BE701" == refused(tmp_path / "none.npz", policy)


def test_a_failed_write_keeps_the_old_file(
    saved: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails, the old file stays, and no temporary file is left."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = saved.read_bytes()
    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        boundaryethics.compile_policy(policy).save(saved)

    assert before == saved.read_bytes()
    assert [saved] == [*saved.parent.iterdir()]
