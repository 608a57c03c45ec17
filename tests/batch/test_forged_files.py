"""A forged compiled file is refused, or ranks without reading out of bounds.

Decision 0014: someone who can write the file can change the rankings. But loading it,
or ranking with it, can fail only with an error of the library.
"""

from __future__ import annotations

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boundaryethics
from boundaryethics.batch import load_compiled
from boundaryethics.errors import BoundaryEthicsError, PolicyError

POLICY = boundaryethics.load_policy("naadac-2021")


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the archive of a saved policy, without its checksum."""
    path = tmp_path_factory.mktemp("saved") / "compiled"
    boundaryethics.compile_policy(POLICY).save(path)
    return path.read_bytes()[:-32]


def sealed(path: Path, body: bytes) -> Path:
    """Write *body* with a valid checksum."""
    path.write_bytes(body + sha256(body).digest())
    return path


def members(body: bytes) -> dict[str, bytes]:
    """Return the files in the archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archived(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of *files*."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def array(data: Any) -> bytes:
    """Return *data* in NumPy's file format."""
    made = io.BytesIO()
    np.save(made, data, allow_pickle=True)
    return made.getvalue()


def with_header(body: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the archive with a different header."""
    files = members(body)
    header = json.loads(np.load(io.BytesIO(files["header.npy"])).tobytes())
    changed = change(header)
    header = header if changed is None else changed
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return archived({**files, "header.npy": array(np.frombuffer(text, np.uint8))})


HEADERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no chain key": lambda h: h.pop("chain") and None,
    "no format": lambda h: {k: v for k, v in h.items() if k != "format"},
    "no policy": lambda h: {k: v for k, v in h.items() if k not in ("policy", "facts")},
    "a list": lambda _: [],
    "a number": lambda _: 7,
    "no JSON": lambda _: b"{",
    "no UTF-8": lambda _: b"\xff",
    "empty": lambda _: b"",
    "deep": lambda _: b"[" * 500_000,
    "a long number": lambda _: b'{"format": ' + b"9" * 10_000 + b"}",
    "huge format": lambda h: {**h, "format": "x" * 1_000_000},
    "chain of text": lambda h: {**h, "chain": "x"},
    "chain of numbers": lambda h: {**h, "chain": [1] * len(h["chain"])},
    "empty chain": lambda h: {**h, "chain": []},
    "null chain": lambda h: {**h, "chain": None},
    "link too few": lambda h: {**h, "chain": h["chain"][1:]},
    "link too many": lambda h: {**h, "chain": [*h["chain"], h["chain"][-1]]},
    "links swapped": lambda h: {**h, "chain": h["chain"][::-1]},
    "fact twice": lambda h: {
        **h,
        "chain": [h["chain"][0], [h["chain"][0][0][:1], h["chain"][0][1][:1]]],
    },
    "negative fact": lambda h: h["chain"][0][0].__setitem__(0, -1),
    "large fact": lambda h: h["chain"][0][0].__setitem__(0, 10**9),
    "text fact": lambda h: h["chain"][0][0].__setitem__(0, "contact"),
    "true fact": lambda h: h["chain"][0][0].__setitem__(0, True),
    "no size": lambda h: h["chain"][0][1].pop() and None,
    "size 0": lambda h: h["chain"][0][1].__setitem__(0, 0),
    "size 1": lambda h: h["chain"][0][1].__setitem__(0, 1),
    "huge size": lambda h: h["chain"][0][1].__setitem__(0, 10**30),
    "half size": lambda h: h["chain"][0][1].__setitem__(0, 0.5),
    "no facts of a link": lambda h: h["chain"].__setitem__(0, [[], []]),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_forged_header_is_refused(name: str, body: bytes, tmp_path: Path) -> None:
    """A header that does not match the tables and the policy raises an error."""
    path = sealed(tmp_path / "forged", with_header(body, HEADERS[name]))
    with pytest.raises(PolicyError) as refused:
        load_compiled(path, POLICY)

    assert {one.code for one in refused.value.problems} <= {"BE702", "BE703"}
    assert len(str(refused.value)) < 5_000


TABLES: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "too large": lambda t: t + 60_000,
    "no row of a table": lambda t: np.where(np.arange(len(t)) == 3, t + 1, t),
    "one less": lambda t: t[:-1],
    "one more": lambda t: np.append(t, t[:1]),
    "empty": lambda t: t[:0],
    "wide": lambda t: t.astype(np.uint32),
    "signed": lambda t: t.astype(np.int16),
    "swapped": lambda t: t.astype(">u2"),
    "real": lambda t: t.astype(float),
    "objects": lambda t: t.astype(object),
    "text": lambda t: t.astype(str),
    "square": lambda t: t[:4].reshape(2, 2),
    "scalar": lambda t: t[0],
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("number", [0, 1])
def test_a_forged_table_is_refused(
    name: str, number: int, body: bytes, tmp_path: Path
) -> None:
    """A table with out-of-range entries, or an invalid table, raises an error."""
    files = members(body)
    table = np.load(io.BytesIO(files[f"rows{number}.npy"]))
    files[f"rows{number}.npy"] = array(TABLES[name](table))
    with pytest.raises(PolicyError, match="BE702"):
        load_compiled(sealed(tmp_path / "forged", archived(files)), POLICY)


def test_forged_ranks_are_refused(body: bytes, tmp_path: Path) -> None:
    """Only valid rankings of four options are read."""
    files = members(body)
    last = max(files, key=lambda name: (len(name), name) if name[0] == "r" else (0, ""))
    for ranks in (
        [0, 1, 2, 3],
        [2, 2, 2, 2],
        [1, 3, 3, 3],
        [9, 9, 9, 9],
        [1, 1, 1, 255],
    ):
        ends = np.load(io.BytesIO(files[last]))
        ends[0] = ranks
        forged = archived({**files, last: array(ends)})
        with pytest.raises(PolicyError, match="BE702"):
            load_compiled(sealed(tmp_path / "forged", forged), POLICY)


def test_other_archives_are_refused(body: bytes, tmp_path: Path) -> None:
    """Missing, added and misnamed files, and other archive formats, are errors."""
    files = members(body)
    for made in (
        archived({}),
        archived({"header.npy": files["header.npy"]}),
        archived({n: data for n, data in files.items() if n != "rows0.npy"}),
        archived({**files, "more.npy": b""}),
        archived({n.upper(): data for n, data in files.items()}),
        archived(dict.fromkeys(files, b"")),
        archived(dict.fromkeys(files, b"\x93NUMPY")),
        archived(dict.fromkeys(files, b"\x93NUMPY\x01\x00\xff\xff{")),
        archived(dict.fromkeys(files, array(np.zeros(0)))),
    ):
        with pytest.raises(PolicyError, match="BE702"):
            load_compiled(sealed(tmp_path / "forged", made), POLICY)


def test_loading_a_forged_file_needs_little_memory(body: bytes, tmp_path: Path) -> None:
    """A huge declared size, decompression bombs and many equal links are refused."""
    files = members(body)
    equal = with_header(body, lambda h: {**h, "chain": [h["chain"][0]] * 3_000})
    table = array(np.zeros(65_536, np.uint16))
    links = {f"rows{number}.npy": table for number in range(3_001)}
    claimed = files["rows0.npy"].replace(b"(", b"(9999999999, ", 1)
    bomb = b"\0" * 300_000_000
    for packed, method in (
        ({**files, "rows0.npy": claimed}, zipfile.ZIP_DEFLATED),
        ({**files, "rows0.npy": bomb}, zipfile.ZIP_DEFLATED),
        ({**members(equal), **links}, zipfile.ZIP_DEFLATED),
        ({**files, "header.npy": bomb}, zipfile.ZIP_BZIP2),
        ({**files, "header.npy": bomb}, zipfile.ZIP_LZMA),
    ):
        path = sealed(tmp_path / "forged", archived(packed, method))
        tracemalloc.start()
        with pytest.raises(PolicyError, match="BE702"):
            load_compiled(path, POLICY)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 150_000_000
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(PolicyError, match="BE107"):
        load_compiled(large, POLICY)


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    """`load_compiled` raises an error of the library."""
    for path in (tmp_path, tmp_path / "none", tmp_path / "none" / "none"):
        with pytest.raises(PolicyError, match="BE701"):
            load_compiled(path, POLICY)


def test_random_changes_are_refused_or_give_valid_rankings(
    body: bytes, tmp_path: Path
) -> None:
    """Random changes of bytes raise an error, or every row has valid ranks."""
    files, chance = members(body), random.Random(20)  # noqa: S311
    rows = np.array(
        [
            [chance.randrange(len(f.all_values)) for f in POLICY.vocabulary.facts]
            for _ in range(50)
        ],
        np.uint8,
    )
    loaded = 0
    for _ in range(300):
        name = chance.choice([*files])
        data = bytearray(files[name])
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = sealed(tmp_path / "forged", archived({**files, name: bytes(data)}))
        try:
            compiled = load_compiled(path, POLICY)
        except BoundaryEthicsError:
            continue
        loaded += 1
        ranked = compiled.rank_codes(rows)
        assert ((ranked.places >= 1) & (ranked.places <= 4)).all()
        assert sum(map(len, compiled.ranking({"contact": "message"}))) == 4
        compiled.consult({"contact": "message"})

    assert loaded
