"""Saving: a compiled policy as a file, and back.

The file is an archive of plain arrays, of which one is a text that says what they
are and for which policy, and then a digest of the archive. Nothing in it is run. What
does not belong to the policy, or was altered in any bit, is refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from boundaryethics._whole_file import whole_file
from boundaryethics.batch.chain import Chain, Link
from boundaryethics.batch.summing import Summing
from boundaryethics.batch.tables import Tables
from boundaryethics.engines.columnar.network import Network, Round
from boundaryethics.engines.columnar.shelves import Group
from boundaryethics.engines.columnar.tables import Table
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.program.marks import Marks

#: Raised whenever a file of before would be read wrongly.
FORMAT = 2

#: The arrays of a file, in the order in which they were written.
Rows: TypeAlias = Iterator[npt.NDArray[Any]]

_HEADER = "header"
#: Bytes of the digest, which come last.
_DIGEST = sha256().digest_size
#: What reading a file can raise that is none of ours, or only part of one.
_BROKEN = (AttributeError, EOFError, KeyError, ValueError, zipfile.BadZipFile)


def save(policy: Policy, tables: Tables, path: Path) -> None:
    """Write the *tables* of *policy* to *path*, all or nothing.

    Raises:
        OSError: the file cannot be written; what was there before still is.
    """
    rows: list[npt.NDArray[Any]] = []
    header = {
        "format": FORMAT,
        "policy": policy.id,
        "fingerprint": policy.fingerprint,
        "facts": [[f.name, *f.values] for f in policy.vocabulary.facts],
        "ranking": _ranking_told(tables.ranking, rows),
        "telling": _told(tables.telling, rows),
        "marks": [tables.marks.rules, tables.marks.overridable, tables.marks.findings],
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    arrays = {_HEADER: text, **{f"rows{n}": array for n, array in enumerate(rows)}}
    archive = BytesIO()
    np.savez_compressed(archive, allow_pickle=False, **arrays)
    body = archive.getvalue()
    with whole_file(path) as file:
        file.write(body + sha256(body).digest())


def load(path: Path, policy: Policy) -> Tables:
    """The tables of *policy* from the file at *path* that `save` wrote.

    Raises:
        PolicyError: the file cannot be read, was altered, or is another policy's.
    """
    arrays = _read(path)
    header = _header(arrays, path)
    if problem := _mismatch(header, policy, path):
        raise PolicyError([problem])
    rules, overridable, findings = header["marks"]
    marks = Marks(
        rules=tuple(rules),
        overridable=tuple((rule, tuple(by)) for rule, by in overridable),
        findings=tuple(findings),
    )
    rows = iter(arrays[f"rows{n}"] for n in range(len(arrays) - 1))
    ranking = _ranking(header["ranking"], rows)
    return Tables(ranking, _network(header["telling"], rows), marks)


def _ranking_told(
    ranking: Chain | Summing, rows: list[npt.NDArray[Any]]
) -> dict[str, Any]:
    """What rankings are read from as plain data; its arrays go to *rows*."""
    match ranking:
        case Summing(network):
            return {"network": _told(network, rows)}
        case Chain(links, ends):
            rows += [*(link.starts for link in links), ends]
            groups = [(link.group.variables, link.group.sizes) for link in links]
            return {"chain": groups}


def _ranking(told: Mapping[str, Any], rows: Rows) -> Chain | Summing:
    if "network" in told:
        return Summing(_network(told["network"], rows))
    links = tuple(
        Link(Group(tuple(variables), tuple(sizes)), next(rows))
        for variables, sizes in told["chain"]
    )
    return Chain(links, next(rows))


def _told(network: Network, rows: list[npt.NDArray[Any]]) -> dict[str, Any]:
    """*network* as plain data; the rows of its tables go to *rows*."""

    def reads(table: Table) -> list[tuple[int, tuple[int, ...]]]:
        rows.append(table.rows)
        return [*table.reads.items()]

    return {
        "sizes": network.sizes,
        "facts": network.facts,
        "signals": network.signals,
        "rounds": [[r.repeats, [reads(t) for t in r.tables]] for r in network.rounds],
        "answers": [reads(table) for table in network.answers],
    }


def _network(told: Mapping[str, Any], rows: Rows) -> Network:
    def table(reads: list[tuple[int, list[int]]]) -> Table:
        return Table({v: tuple(classes) for v, classes in reads}, next(rows))

    return Network(
        sizes=tuple(told["sizes"]),
        facts=tuple(told["facts"]),
        signals=tuple(told["signals"]),
        rounds=tuple(
            Round(tuple(table(reads) for reads in tables), repeats)
            for repeats, tables in told["rounds"]
        ),
        answers=tuple(table(reads) for reads in told["answers"]),
    )


def _read(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise PolicyError([_unreadable(path, error.strerror)]) from error
    body, digest = whole[:-_DIGEST], whole[-_DIGEST:]
    if sha256(body).digest() != digest:
        raise PolicyError([_altered(path)])
    try:
        with np.load(BytesIO(body), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _BROKEN as error:
        raise PolicyError([_altered(path)]) from error


def _header(arrays: Mapping[str, npt.NDArray[Any]], path: Path) -> dict[str, Any]:
    if _HEADER not in arrays:
        raise PolicyError([_altered(path)])
    return dict(json.loads(arrays[_HEADER].tobytes()))


def _mismatch(header: Mapping[str, Any], policy: Policy, path: Path) -> Problem | None:
    if header["format"] != FORMAT:
        return Problem(
            code="BE703",
            message=f"`{path}` is of format {header['format']}, not {FORMAT}",
            help="compile the policy anew, and save that",
            token=str(path),
        )
    facts = [[f.name, *f.values] for f in policy.vocabulary.facts]
    if header["fingerprint"] != policy.fingerprint or header["facts"] != facts:
        return Problem(
            code="BE704",
            message=f"`{path}` was compiled from policy `{header['policy']}` as it was "
            f"then, and not from policy `{policy.id}` as it is",
            help="compile the policy anew, and save that",
            token=str(path),
        )
    return None


def _unreadable(path: Path, why: str | None) -> Problem:
    message = f"`{path}` cannot be read" + (f": {why.lower()}" if why else "")
    return Problem(code="BE701", message=message, token=str(path))


def _altered(path: Path) -> Problem:
    return Problem(
        code="BE702",
        message=f"`{path}` is no compiled policy, or was cut short or altered",
        help="compile the policy anew, and save that",
        token=str(path),
    )
