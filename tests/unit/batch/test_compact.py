from __future__ import annotations

import pytest

from boundaryethics.batch import compact
from boundaryethics.batch.compact import Field, Items, MalformedError


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -65, 2**31, -(2**63), 2**63 - 1])
def test_whole_numbers_come_back(value: int) -> None:
    """Large and small, and below nothing."""
    assert value == compact.number(compact.whole(value))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 70_000])
def test_bytes_come_back(size: int) -> None:
    """However many there are."""
    assert b"x" * size == compact.quoted(compact.quoting(b"x" * size))


@pytest.mark.parametrize("count", [0, 1, 14, 15, 300])
def test_structs_come_back(count: int) -> None:
    """Short lists and long ones, with whatever is in them."""
    made = [
        compact.struct(
            {
                1: compact.whole(n),
                2: Field(1, b""),
                40: compact.quoting(b"\0"),
                41: compact.listed(Items(2, 3, b"\1\2\1")),
                42: Field(7, b"12345678"),
                43: Field(12, compact.struct({1: compact.whole(n)})),
            }
        )
        for n in range(count)
    ]
    told = compact.listed(compact.together(made))
    whole = compact.fields(compact.struct({5: told}))

    assert {5: told} == whole
    assert made == compact.structs(compact.items(whole[5]))
    assert all(one == compact.struct(compact.fields(one)) for one in made)


def test_a_list_grows() -> None:
    """What is added comes last."""
    one, two = (compact.together([compact.struct({n: told()})]) for n in (1, 2))

    assert compact.structs(one) + compact.structs(two) == compact.structs(
        one.with_more(two)
    )


def told() -> Field:
    """A field."""
    return compact.whole(7, compact.I32)


@pytest.mark.parametrize("data", [b"", b"\x15", b"\x1b\x00", b"\x1f", b"\x1c" * 10_000])
def test_what_is_none_is_refused(data: bytes) -> None:
    """What is cut off, of a kind that there is not, or too deep."""
    with pytest.raises(MalformedError):
        compact.fields(data)
