"""Define the readers to fuzz, each with the inputs from which fuzzing starts.

An input passes if its reader returns, or raises the library's own error with a code.
Anything else counts as a crash, including any other type of exception.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import numpy as np

import boundaryethics
from boundaryethics import BoundaryEthicsError, Policy
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import digest
from boundaryethics.policies import load_policy, read_policy, write_policy
from boundaryethics.records import load_record
from boundaryethics.variants.sweep import journal_path, seal

ROOT = Path(__file__).parents[1]
INPUTS = ROOT / "tests/golden/inputs"
EXAMPLES = ROOT / "examples"
#: The maximum length of an input, in bytes.
MOST = 4096
_CODE = re.compile(r"BE\d{3}")

#: A function that reads data, and that can write to an empty folder.
Read = Callable[[bytes, Path], object]


@attrs.frozen
class Target:
    """A reader, and inputs that it accepts or nearly accepts."""

    read: Read
    seeds: Callable[[], Iterator[bytes]]
    #: The format of the data, `yaml` or `json`, if mutations can change values in it.
    kind: str = ""

    def feed(self, data: bytes, folder: Path) -> bool:
        """Return whether *data* is accepted; raise errors that are not allowed."""
        try:
            self.read(data, folder)
        except BoundaryEthicsError as error:
            codes = [problem.code for problem in error.problems]
            if not (codes and all(map(_CODE.fullmatch, codes)) and str(error)):
                message = f"an error without a code: {error!r}"
                raise AssertionError(message) from error
            return False
        return True


#: Policies with more rules than this are only read.
_MANY = 20
#: A policy with few facts, so that it is fast to consult and to sweep.
_SMALL = """
policy: small
facts:
  contact: {question: What happened?, values: [message, request]}
  danger: {question: Is there danger?, values: ["yes", "no"]}
  status: {question: Whose client?, values: [active, former]}
sources: {code: {short: Code, title: A code}}
principles: {care: {title: Care, cites: [{source: code, section: "1"}]}}
rules:
  - id: answer
    when: {contact: message}
    then: {favors: {decline: strong}, opposes: {ignore: moderate}}
    principle: care
    because: A message needs an answer.
  - id: one-role
    when: {status: active, danger: "no"}
    then: {opposes: {continue: weak}}
    principle: care
    because: Two roles conflict.
"""


@cache
def _small() -> Policy:
    return read_policy(_SMALL, vocabulary=Vocabulary(()))


def _shipped() -> Policy:
    return load_policy("peer-recovery")


def _files(*patterns: str) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields the start of each file that matches *patterns*."""

    def found() -> Iterator[bytes]:
        for path in (p for one in patterns for p in sorted(ROOT.glob(one))):
            text = path.read_bytes()
            # Long inputs are slow, and more lines add nothing new.
            yield text if len(text) < MOST else text[: text.rindex(b"\n", 0, MOST)]

    return found


def _put(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def _read_policy(data: bytes, folder: Path) -> None:
    # Other policies among the seeds extend this one.
    _put((INPUTS / "small-code.yaml").read_bytes(), folder / "small.yaml")
    policy = load_policy(_put(data, folder / "policy.yaml"))
    if len(policy.rules) > _MANY:
        return
    if not policy.abstract:
        boundaryethics.consult({}, policy, "reference").to_html()
    again = read_policy(write_policy(policy), vocabulary=policy.vocabulary)
    if again.fingerprint != policy.fingerprint:
        message = "a written policy reads back as a different one"
        raise AssertionError(message)


def _read_situation(data: bytes, folder: Path) -> None:
    path = _put(data, folder / "situation.yaml")
    stated = boundaryethics.load_situation(path, _shipped().vocabulary)
    str(boundaryethics.consult(stated, _shipped(), "reference").ranking)


def _read_cases(data: bytes, folder: Path) -> None:
    cases = boundaryethics.load_cases(_put(data, folder / "cases.yaml"))
    str(boundaryethics.run_cases(cases, policy=_shipped(), engine="reference"))


def _read_compiled(data: bytes, folder: Path) -> None:
    """Load a compiled policy with a correct digest, so that reading continues.

    The first byte determines whether the rest is the archive itself, or its content: a
    line with the header, a line with the type and the shape of each array, and the
    arrays.
    """
    body = data[1:]
    if data[:1] == b"h":
        try:
            body = _archive(*body.split(b"\n", 2))
        except (OverflowError, RecursionError, SyntaxError, TypeError, ValueError):
            # The lines are not arrays.
            return
    path = _put(body + sha256(body).digest(), folder / "policy.npz")
    compiled = boundaryethics.load_compiled(path, _small())
    codes = np.zeros((3, len(_small().vocabulary.facts)), np.uint8)
    compiled.rank_codes(codes, binding=True)
    compiled.consult({})


def _archive(header: bytes, shapes: bytes, content: bytes) -> bytes:
    arrays, at = {"header": np.frombuffer(header, np.uint8)}, 0
    for place, (kind, shape) in enumerate(json.loads(shapes)):
        found = np.frombuffer(content, np.dtype(kind), int(np.prod(shape)), at)
        arrays[f"rows{place}"] = found.reshape(shape)
        at += found.nbytes
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **arrays)
    return archive.getvalue()


def _compiled_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "small.npz")
        boundaryethics.compile_policy(_small()).save(path)
        body = path.read_bytes()[: -sha256().digest_size]
    yield b"a" + body
    with np.load(io.BytesIO(body)) as arrays:
        rows = [arrays[name] for name in arrays if name != "header"]
        shapes = json.dumps([[one.dtype.str, one.shape] for one in rows]).encode()
        lines = (
            arrays["header"].tobytes(),
            shapes,
            b"".join(map(np.ndarray.tobytes, rows)),
        )
        yield b"h" + b"\n".join(lines)


def _read_journal(data: bytes, folder: Path) -> None:
    """Continue a sweep from a journal.

    The first byte determines whether the rest is the database itself, or its content,
    with one line for the header and one for each row.
    """
    out = folder / "sweep.csv"
    path = journal_path(out)
    if data[:1] == b"d":
        _put(data[1:], path)
    else:
        lines = data[1:].decode("utf-8", "replace").split("\n")
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE sweep (header TEXT NOT NULL, digest BLOB)")
            table = "CREATE TABLE rows (number INTEGER, cells TEXT, digest BLOB)"
            database.execute(table)
            header = (lines[0], seal("header", lines[0]))
            database.execute("INSERT INTO sweep VALUES (?, ?)", header)
            rows = [(n, row, seal(n, row)) for n, row in enumerate(lines[1:])]
            database.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
    _sweep(out)


def _sweep(out: Path | None = None) -> object:
    return boundaryethics.sweep(
        _small(), boundaryethics.Methods(), cases=(), out=out, workers=1
    )


def _journal_seeds() -> Iterator[bytes]:
    class StopError(Exception):
        pass

    def stop(done: int, _: int) -> None:
        if done:
            raise StopError

    with TemporaryDirectory() as folder:
        out = Path(folder, "sweep.csv")
        with suppress(StopError):
            boundaryethics.sweep(
                _small(),
                boundaryethics.Methods(),
                cases=(),
                out=out,
                workers=1,
                progress=stop,
            )
        with closing(sqlite3.connect(journal_path(out))) as database:
            ((header,),) = database.execute("SELECT header FROM sweep")
            cells = [text for (text,) in database.execute("SELECT cells FROM rows")]
        yield b"d" + journal_path(out).read_bytes()
    yield b"t" + "\n".join([header, *cells]).encode()


def _read_sweep(data: bytes, folder: Path) -> None:
    str(boundaryethics.read_sweep(_put(data, folder / "sweep.csv")))


def _sweep_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        _sweep(Path(folder, "sweep.csv"))
        yield Path(folder, "sweep.csv").read_bytes()


def _read_ratings(data: bytes, folder: Path) -> None:
    ratings = _put(data, folder / "ratings.csv")
    panel = boundaryethics.read_panel(ratings, EXAMPLES / "panel/vignettes.csv")
    str(panel)
    str(boundaryethics.rater_agreement(panel))


def _read_vignettes(data: bytes, folder: Path) -> None:
    vignettes = _put(data, folder / "vignettes.csv")
    str(boundaryethics.read_panel(EXAMPLES / "panel/ratings.csv", vignettes))


def _rank_table(suffix: str) -> Read:
    def read(data: bytes, folder: Path) -> None:
        source = _put(data, folder / f"table{suffix}")
        target = folder / f"ranked{suffix}"
        boundaryethics.rank_file(source, target, _shipped(), rules=True)

    return read


def _rank_parquet(data: bytes, folder: Path) -> None:
    """Rank a Parquet file.

    The first byte determines whether the rest is the file itself, or rows in JSON.
    """
    import pyarrow as pa
    from pyarrow import parquet

    body = data[1:]
    if data[:1] == b"j":
        try:
            rows = [json.loads(line) for line in body.splitlines()]
            table = pa.Table.from_pylist(rows)
            file = io.BytesIO()
            parquet.write_table(table, file)
        except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError):
            # The data are not rows of a table.
            return
        except pa.ArrowException:
            return
        body = file.getvalue()
    _rank_table(".parquet")(body, folder)


def _parquet_seeds() -> Iterator[bytes]:
    yield b"p" + (INPUTS / "half.parquet").read_bytes()
    rows = [{"contact": "message", "client_status": "active"}, {"contact": None}]
    lines = "\n".join(map(json.dumps, rows)).encode()
    yield b"j" + lines
    import pyarrow as pa
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), file)
    yield b"p" + file.getvalue()


def _read_record(data: bytes, folder: Path) -> None:
    record = load_record(_put(_with_digest(data), folder / "record.json"))
    str(boundaryethics.replay(record))


def _with_digest(data: bytes) -> bytes:
    """Return *data* with the digest of its content, if it is a record."""
    try:
        record = json.loads(data)
        content = {key: value for key, value in record.items() if key != "digest"}
        return json.dumps({**content, "digest": digest(**content)}).encode()
    except (AttributeError, RecursionError, TypeError, ValueError):
        return data


def _record_seeds() -> Iterator[bytes]:
    for facts in ({}, {"contact": "message", "risk_of_harm": "imminent"}):
        verdict = boundaryethics.consult(facts, _shipped())
        yield json.dumps(verdict.record()).encode()
    yield (INPUTS / "message.json").read_bytes()


def _read_interview(data: bytes, _: Path) -> None:
    try:
        saved = json.loads(data)
    except (RecursionError, ValueError):
        return
    interview = boundaryethics.Interview.from_dict(saved)
    boundaryethics.Interview.from_dict(interview.to_dict())
    str(interview.verdict)


def _interview_seeds() -> Iterator[bytes]:
    begun = boundaryethics.Interview(_shipped(), stated={"contact": "message"})
    yield json.dumps(begun.to_dict()).encode()
    yield json.dumps(begun.answer("imminent", "risk_of_harm").skip().to_dict()).encode()


TARGETS = {
    "policy": Target(
        _read_policy, _files("rules/*.yaml", "tests/golden/inputs/*.yaml"), "yaml"
    ),
    "situation": Target(
        _read_situation,
        _files("examples/*.yaml", "tests/golden/inputs/unknown-*.yaml"),
        "yaml",
    ),
    "cases": Target(_read_cases, _files("rules/cases/*.yaml"), "yaml"),
    "compiled": Target(_read_compiled, _compiled_seeds),
    "journal": Target(_read_journal, _journal_seeds),
    "sweep": Target(_read_sweep, _sweep_seeds),
    "ratings": Target(
        _read_ratings, _files("examples/panel/ratings.csv", "tests/golden/inputs/*.csv")
    ),
    "vignettes": Target(_read_vignettes, _files("examples/panel/vignettes.csv")),
    "csv": Target(_rank_table(".csv"), _files("tests/golden/inputs/*.csv")),
    "jsonl": Target(_rank_table(".jsonl"), _files("tests/golden/inputs/*.jsonl")),
    "parquet": Target(_rank_parquet, _parquet_seeds),
    "record": Target(_read_record, _record_seeds, "json"),
    "interview": Target(_read_interview, _interview_seeds, "json"),
}


def name_of(data: bytes) -> str:
    """Return the name of the file in which to save *data*."""
    return f"{zlib.crc32(data):08x}"
