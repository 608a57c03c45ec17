"""Mutated data stays readable and depends only on the seed."""

from __future__ import annotations

import json

import pytest

mutators = pytest.importorskip("fuzz.mutators", reason="`fuzz` is not in the package")
TEXT = b'{"rules": [{"id": "a", "when": {"x": "yes"}}, {"id": "b"}], "policy": "p"}'


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_mutation_changes_values_and_keeps_the_text_readable(kind: str) -> None:
    """Each seed returns readable text, or the output of the byte mutator."""
    made = [
        mutators.mutated(TEXT, 500, seed, kind, lambda *_: b"bytes")
        for seed in range(400)
    ]
    again = mutators.mutated(TEXT, 500, 3, kind, lambda *_: b"bytes")

    assert made[3] == again
    assert len(set(made)) > 100
    assert 100 < made.count(b"bytes") < 300
    if kind == "json":
        assert all(json.loads(one) is not None for one in made if one != b"bytes")


def test_unreadable_data_is_mutated_as_bytes() -> None:
    """Text in another format, and plain values, go to the byte mutator."""
    for data in (b"", b"{", b"1", b"[]", b'"x"', b"\xff"):
        for seed in range(8):
            found = mutators.mutated(data, 9, seed, "json", lambda *_: b"bytes")
            assert b"bytes" == found
