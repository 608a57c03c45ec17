"""Save compiled policies to files, and check the files completely when loading them.

The digest at the end of a file detects damage, but does not prove who wrote the file.
See decision 0014.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from boundaryethics._files import TooLargeError, atomic_file, content
from boundaryethics.errors import PolicyError, problem
from boundaryethics.model.policy import Policy
from boundaryethics.ranking import OPTIONS, ranks_of

#: The version of the format. Increase it when older files would be misinterpreted.
FORMAT = 3
#: The maximum number of entries in a lookup table. Their indices fit into 16 bits, and
#: the table fits into the processor's cache.
MOST = 1 << 16
#: The maximum number of bytes in a file, and in its header.
MOST_OF_A_FILE, _MOST_OF_A_HEADER = 1 << 24, 1 << 22

Array: TypeAlias = npt.NDArray[Any]
#: The indices of a link's facts, the number of codes of each, and its lookup table.
LinkParts: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], Array]
#: The links, and the rank of each option at each end; None if the policy has no chain.
Parts: TypeAlias = tuple[tuple[LinkParts, ...], Array] | None


def write_parts(path: Path, policy: Policy, parts: Parts) -> None:
    """Write the lookup tables *parts* of the compiled *policy* to *path*.

    Raises:
        PolicyError: the file cannot be written. An existing file is left unchanged.
    """
    links: tuple[LinkParts, ...] = ()
    tables: list[Array] = []
    if parts:
        links, ends = parts
        tables = [*(starts for *_, starts in links), ends]
    header = {
        "format": FORMAT,
        "policy": policy.id,
        "fingerprint": policy.fingerprint,
        "facts": _facts_of(policy),
        "chain": [(facts, sizes) for facts, sizes, _ in links] if parts else None,
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    named = {f"rows{n}": np.ascontiguousarray(t) for n, t in enumerate(tables)}
    archive = BytesIO()
    np.savez_compressed(archive, allow_pickle=False, header=text, **named)
    body = archive.getvalue()
    try:
        with atomic_file(path) as file:
            file.write(body + sha256(body).digest())
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        wrong = problem("BE707", token=str(path), file=path, why=why)
        raise PolicyError([wrong]) from error


def read_body(path: Path) -> bytes:
    """Read the archive in the compiled file *path*, and check its digest.

    Raises:
        PolicyError: the file cannot be read, or is damaged.
    """
    whole = _bytes_of(path)
    size = sha256().digest_size
    body, digest = whole[:-size], whole[-size:]
    if sha256(body).digest() != digest:
        _refuse("BE702", path)
    return body


def parts_in(body: bytes, path: Path, policy: Policy) -> Parts:
    """Load the lookup tables of the compiled *policy* from the archive in *path*.

    Raises:
        PolicyError: the archive is malformed, or is for a different policy or format.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            header = json.loads(_array(archive, "header", _MOST_OF_A_HEADER).tobytes())
            if (found := header["format"]) != FORMAT:
                _refuse("BE703", path, found=str(found), format=FORMAT)
            same = header["fingerprint"] == policy.fingerprint
            if not same or header["facts"] != _facts_of(policy):
                found = str(header["policy"])
                code = "BE704.version" if found == policy.id else "BE704"
                _refuse(code, path, found=found, policy=policy.id)
            return _tables_in(archive, header["chain"], policy)
    except PolicyError:
        raise
    except Exception as error:
        # Reading a malformed archive can raise nearly any exception.
        raise PolicyError([problem("BE702", token=str(path), file=path)]) from error


def _refuse(code: str, path: Path, **words: Any) -> NoReturn:
    raise PolicyError([problem(code, token=str(path), file=path, **words)])


def _bytes_of(path: Path) -> bytes:
    try:
        return content(path, most=MOST_OF_A_FILE)
    except TooLargeError:
        _refuse("BE107.size", path, most=MOST_OF_A_FILE, has="")
    except OSError as error:
        why = f": {error.strerror.lower()}" if error.strerror else ""
        _refuse("BE701", path, why=why)


def _array(archive: zipfile.ZipFile, name: str, most: int) -> Array:
    """Read the array *name*, which can be at most *most* bytes long.

    Raises:
        ValueError: the array is larger, or its data does not match its header.
    """
    # Other compression methods can unpack any amount of data in a single step.
    _require(archive.getinfo(f"{name}.npy").compress_type in _METHODS)
    with archive.open(f"{name}.npy") as file:
        data = file.read(most + 1)
    stream = BytesIO(data)
    version = np.lib.format.read_magic(stream)
    shape, in_columns, kind = np.lib.format.read_array_header_1_0(stream)
    rest = data[stream.tell() :]
    whole = len(data) <= most and version == (1, 0) and not in_columns
    if not whole or kind.hasobject or prod(shape) * kind.itemsize != len(rest):
        raise ValueError(name)
    return np.frombuffer(rest, kind).reshape(shape)


def _tables_in(archive: zipfile.ZipFile, chain: Any, policy: Policy) -> Parts:
    """Load lookup tables from *archive*, and check them against *policy*.

    Raises:
        ValueError: an array is missing, unexpected or invalid.
    """
    number = 0 if chain is None else len(chain) + 1
    names = sorted(["header.npy", *(f"rows{n}.npy" for n in range(number))])
    _require(sorted(archive.namelist()) == names)
    if chain is None:
        return None
    # Links that read different facts are few, so their tables take little memory.
    read = [fact for facts, _ in chain for fact in facts]
    _require(all(facts for facts, _ in chain) and {*map(type, read)} <= {int})
    _require(len(read) == len({*read} & {*range(len(policy.vocabulary.facts))}))
    room = 2 * MOST + _MOST_OF_AN_ARRAY_HEADER
    *tables, ends = (_array(archive, f"rows{n}", room) for n in range(number))
    _require(ends.dtype == np.uint8 and ends.shape[1:] == (len(OPTIONS),))
    _require({*map(tuple, ends.tolist())} <= _rankings())
    links = tuple(_links_in(chain, tables, policy))
    # Each entry must be an offset of a state in the next table or, in the last table,
    # the number of a ranking.
    for (_, sizes, table), after in zip(links, (*links[1:], None), strict=True):
        most, step = (len(after[2]), prod(after[1])) if after else (len(ends), 1)
        _require(len(table) % prod(sizes) == 0)
        _require(int(table.max()) < most and not (table % step).any())
    first = prod(links[0][1]) == len(links[0][2]) if links else len(ends) == 1
    _require(first)
    return links, ends


_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
#: The maximum number of bytes in the header of an array.
_MOST_OF_AN_ARRAY_HEADER = 1 << 10


def _links_in(
    chain: Sequence[Any], tables: Sequence[Array], policy: Policy
) -> Iterator[LinkParts]:
    declared = [len(fact.all_values) for fact in policy.vocabulary.facts]
    for (facts, sizes), table in zip(chain, tables, strict=True):
        # Each fact must have all its codes, so no row can produce an index outside the
        # table.
        _require(sizes == [declared[number] for number in facts])
        _require(table.dtype == np.uint16 and table.ndim == 1)
        _require(0 < len(table) <= MOST)
        yield tuple(facts), tuple(sizes), table


def _require(so: object) -> None:
    if not so:
        raise ValueError


def _rankings() -> set[tuple[int, ...]]:
    """Return all possible rankings of four options, each as the four ranks."""
    return {tuple(ranks_of(order)) for order in product(range(4), repeat=4)}


def _facts_of(policy: Policy) -> list[list[str]]:
    return [[fact.name, *fact.values] for fact in policy.vocabulary.facts]
