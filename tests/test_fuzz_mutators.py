"""Changed data remains readable, and the changes come from the seed alone."""

from __future__ import annotations

import json

import pytest

mutators = pytest.importorskip("fuzz.mutators", reason="`fuzz` is not in the package")
TEXT = b'{"rules": [{"id": "a", "when": {"x": "yes"}}, {"id": "b"}], "policy": "p"}'


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_values_change_and_the_rest_remains(kind: str) -> None:
    """All seeds give a text that can be read, or what the other mutator gives."""
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


def test_what_cannot_be_read_is_mutated_as_bytes() -> None:
    """Text of another format, and values without parts, go to the other mutator."""
    for data in (b"", b"{", b"1", b"[]", b'"x"', b"\xff"):
        for seed in range(8):
            found = mutators.mutated(data, 9, seed, "json", lambda *_: b"bytes")
            assert b"bytes" == found
