"""Sweep a policy: count how its rankings change in each variant of some families.

The base is asked once (`Baseline`); several processes compare the variants with it,
and a journal keeps each row as it comes. Equal variants are compared once. The rows
are in the order of the families, whichever process ends first.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from multiprocessing.queues import Queue
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics import batch
from boundaryethics.analysis import ranking_counts, verify
from boundaryethics.analysis.compare import Transition, moves_in
from boundaryethics.analysis.verify import kept_by
from boundaryethics.batch import files
from boundaryethics.cases import Case, load_cases, run_cases, shipped_cases
from boundaryethics.errors import (
    AnalysisError,
    BoundaryEthicsError,
    Problem,
    TableError,
    problem,
)
from boundaryethics.mdd.build import QueryBuilder, RankingDifferences
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.policy import Policy, digest
from boundaryethics.model.rules import Invariant, Option
from boundaryethics.policies import as_policy
from boundaryethics.variants.designs import Families, Family, Scenario, gathered
from boundaryethics.variants.edits import Edits, change, varied
from boundaryethics.variants.results import (
    Counted,
    First,
    RankChanges,
    Sweep,
    SweepRow,
    moved,
    row_of,
)

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Ranked
    from boundaryethics.batch.counts import Situations

#: Called with how many variants are done, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]
#: A variation, or a row, with its place in the sweep.
Numbered: TypeAlias = tuple[int, Scenario]
Done: TypeAlias = tuple[int, SweepRow]
#: All that the rows of a sweep depend on, in words and digests.
Header: TypeAlias = Mapping[str, Any]

#: Fewest variants for which another process is worth its start.
_FEWEST = 4
#: Most variants of which one sweep keeps the rows.
_MOST = 10_000_000
#: Variations that wait for each process, so that none waits for them.
_AHEAD = 4

#: Raised whenever a journal of before would be read wrongly.
_FORMAT = 3

_EVERY = 1 << len(Option)
#: The options of a first place, for each setting of their bits.
_FIRSTS = tuple(
    tuple(option for n, option in enumerate(Option) if bits >> n & 1)
    for bits in range(_EVERY)
)


def sweep(
    base: Policy | str | Path,
    families: Families,
    *,
    where: Where | None = None,
    space: bool = True,
    table: Any = None,
    columns: Mapping[str, str] | None = None,
    cases: Iterable[Case] | str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Count how the rankings of *base* change in each variant that *families* make.

    With *out*, a journal next to that file keeps the rows as they come, and the same
    call continues a stopped sweep. The file is the same for any number of *workers*.

    Args:
        base: the policy that the variants change.
        families: one family, or several families and changes.
        where: facts confined to a value or to some values, over all situations and in
            the table alike.
        space: whether to compare all situations, and to check the invariants there.
        table: a frame of any kind, or the path of a file, with more situations to
            compare, one in each row.
        columns: the column of each fact whose column in *table* has another name.
        cases: the cases to run, or the path of a file or a folder of them; the shipped
            cases of *base* by default.
        out: a file for the rows, with a name in `.csv`, `.tsv` or `.parquet`.
        force: whether to replace *out*, and a journal of another sweep.
        workers: the number of processes; by default one for each core.
        progress: called with the variants done, and the variants there are.

    Raises:
        PolicyError: the base cannot be read, means nothing, or is abstract.
        SituationError: *where* names an undeclared fact or value.
        TableError: *table* or *out* cannot be read or written, or no row agrees with
            *where*.
        AnalysisError: the families do not fit the base, or are too large; or the
            journal is of another sweep, or has another writer.
    """
    policy = as_policy(base)
    listed = gathered(families, policy)
    working = _workers(sum(family.size(policy) for family in listed), workers)
    target = None if out is None else Path(out)
    if target:
        files.refuse_target(target, force=force)
    asked = _asked(policy, (where, space), (table, columns), cases)
    with journal(target, _header(asked, listed), force=force) as kept:
        _survey(asked, listed, kept, working, progress)
        swept = Sweep(
            base=policy.id,
            fingerprint=policy.fingerprint,
            where=asked.where,
            space=space,
            table=table is not None,
            table_rows=asked.table_rows,
            rows=tuple(kept.rows[number] for number in sorted(kept.rows)),
        )
        if target:
            files.write_rows(target, swept.kinds, swept.cells(), force=force)
    return swept


def _workers(size: int, workers: int | None) -> int:
    """Choose how many processes compare *size* variants.

    Raises:
        AnalysisError: there are too many variants, or no processes; or this process
            just started for another sweep, and runs the script of that one again.
    """
    if workers is not None and workers < 1:
        raise AnalysisError([problem("BE804.workers", workers=workers)])
    if size > _MOST:
        raise AnalysisError([problem("BE815", size=size, most=_MOST)])
    working = workers or max(1, min(os.cpu_count() or 1, size // _FEWEST))
    beginning = getattr(multiprocessing.current_process(), "_inheriting", False)
    if working > 1 and beginning:
        raise AnalysisError([problem("BE813")])
    return working


def _header(asked: SweepQuestion, families: Iterable[Family]) -> Header:
    """Give all that the rows depend on, by its name in the error."""
    base = asked.base
    return {
        "versions": [version("boundaryethics"), version("numpy")],
        "policies": [base.id, base.fingerprint, digest(kept=[*base.invariants])],
        "families": [[one.name, digest(family=one)] for one in families],
        "what is given": asked.where,
        "whether the space is asked": asked.space is not None,
        "tables": asked.table and [asked.table.digest, asked.table_rows],
        "cases": digest(cases=[attrs.evolve(one, where=None) for one in asked.cases]),
    }


@final
@attrs.frozen(kw_only=True, eq=False)
class SweepQuestion:
    """What is asked of every variant of a base."""

    base: Policy
    #: The part of the space that is asked about; None where it is not asked.
    space: Space | None
    #: A user's own situations, and how many rows they are of, with those left out.
    table: Situations | None
    table_rows: int
    cases: tuple[Case, ...]
    #: What confines both, in the words of `where`.
    where: Mapping[str, list[str]]


@final
@attrs.frozen(kw_only=True, eq=False)
class Baseline:
    """What is asked, and what the base answers; it can be sent to other processes."""

    asked: SweepQuestion
    #: In how many situations of the space each group of options is first.
    firsts: Mapping[First, int]
    #: The invariants that the base keeps, and the cases that hold under it.
    kept: tuple[Invariant, ...]
    held: tuple[Case, ...]
    #: The base's answers to the rows of the table.
    ranked: Ranked | None


def _asked(
    base: Policy,
    over_space: tuple[Where | None, bool],
    over_table: tuple[Any, Mapping[str, str] | None],
    cases: Iterable[Case] | str | Path | None,
) -> SweepQuestion:
    """Gather what the sweep asks of every variant."""
    (given, wanted), (table, columns) = over_space, over_table
    if not wanted and table is None:
        raise AnalysisError([problem("BE804.question")])
    part = space_of(base.vocabulary, given)
    situations, rows = None, 0
    if table is not None:
        from boundaryethics.batch.counts import situations_in

        whole = situations_in(table, base.vocabulary, columns)
        situations, rows = _confined(whole, part), whole.rows
    if cases is None:
        cases = (case for case in shipped_cases() if case.policy == base.id)
    return SweepQuestion(
        base=base,
        space=part if wanted else None,
        table=situations,
        table_rows=rows,
        cases=load_cases(cases) if isinstance(cases, str | Path) else tuple(cases),
        where={
            fact.name: [*allowed]
            for fact, allowed in zip(part.vocabulary.facts, part.allowed, strict=True)
            if allowed != fact.all_values
        },
    )


def _confined(table: Situations, space: Space) -> Situations:
    """Select the situations of *table* in *space*; without a column, unknown."""
    kept = np.ones(len(table.counts), bool)
    for fact, allowed in zip(space.vocabulary.facts, space.allowed, strict=True):
        places = [fact.all_values.index(value) for value in allowed]
        codes = table.columns.get(fact.name)
        if codes is not None:
            kept &= np.isin(codes, places)
        elif len(fact.values) not in places:
            kept[:] = False
    if not kept.any():
        raise TableError([problem("BE807.confined")])
    columns = {name: codes[kept] for name, codes in table.columns.items()}
    return attrs.evolve(table, columns=columns, counts=table.counts[kept])


def ground_of(asked: SweepQuestion) -> Baseline:
    """Ask the base once all that the variants are compared with."""
    base, firsts, kept = asked.base, Counter[First](), tuple[Invariant, ...]()
    if asked.space is not None:
        for placed in ranking_counts(base, where=asked.where).rankings:
            firsts[placed.ranking[0]] += placed.count
        checked = verify(base, where=asked.where).checked
        kept = tuple(one.invariant for one in checked if one.proved)
    cases = run_cases(asked.cases, policy=base, engine="reference").outcomes
    return Baseline(
        asked=asked,
        firsts=firsts,
        kept=kept,
        held=tuple(outcome.case for outcome in cases if outcome.holds),
        ranked=None if asked.table is None else _ranked(base, asked.table),
    )


def _ranked(policy: Policy, table: Situations) -> Ranked:
    return batch.compile_policy(policy).rank_codes(table.columns)


def measured(ground: Baseline, variation: Scenario) -> SweepRow:
    """Measure *variation*; the row of one that cannot be asked says why."""
    asked = ground.asked
    try:
        variant = varied(asked.base, asked.base.id, variation.edits)
        space, invariants = None, None
        if asked.space is not None:
            space, invariants = _over_space(ground, asked.space, variant)
        table = _over_table(ground, variant)
        failed = run_cases(ground.held, policy=variant, engine="reference").failures
    except BoundaryEthicsError as error:
        told = "; ".join(f"{one.code}: {one.message}" for one in error.problems)
        return SweepRow(label=variation.label, problem=told)
    return SweepRow(
        label=variation.label,
        fingerprint=variant.fingerprint,
        space=space,
        table=table,
        broken_cases=tuple(one.case.id or one.case.name for one in failed),
        broken_invariants=invariants,
    )


def _over_table(ground: Baseline, variant: Policy) -> RankChanges | None:
    """Count how the rankings of the table change."""
    table, before = ground.asked.table, ground.ranked
    if table is None or before is None:
        return None
    after = _ranked(variant, table)
    pairs: npt.NDArray[np.int64] = np.zeros(_EVERY * _EVERY, np.int64)
    at = before.best.astype(np.intp) * _EVERY + after.best
    np.add.at(pairs, at, table.counts)
    changed = (before.places != after.places).any(axis=1)
    counts = (
        (_FIRSTS[pair // _EVERY], _FIRSTS[pair % _EVERY], int(pairs[pair]))
        for pair in np.flatnonzero(pairs).tolist()
    )
    return moved(counts, int(table.counts[changed].sum()))


def _over_space(
    ground: Baseline, space: Space, variant: Policy
) -> tuple[RankChanges, tuple[str, ...]]:
    """Count how all rankings change, and find the invariants that break."""
    asking = QueryBuilder([ground.asked.base, variant])
    moves = moves_in(asking.ask(space, RankingDifferences()))
    counts = moved(_counts(ground, moves), sum(move.count for move in moves))
    rankings = [move.after for move in moves]
    bans = _same_bans(asking)
    broken = (
        one.id
        for one in ground.kept
        if _may_break(one, rankings, same_bans=bans)
        and not verify(variant, one, where=ground.asked.where).proved
    )
    return counts, tuple(broken)


def _counts(ground: Baseline, moves: Iterable[Transition]) -> Iterator[Counted]:
    """Yield first places before and after, also unchanged ones."""
    left = dict(ground.firsts)
    for move in moves:
        before, after = move.before[0], move.after[0]
        left[before] -= move.count
        yield before, after, move.count
    for first, count in left.items():
        yield first, first, count


def _same_bans(asking: QueryBuilder) -> bool:
    """Check that the two surely forbid and require the same everywhere."""
    sides = [
        {
            (numbers[rule.id], rule.then.forbids, rule.then.requires)
            for rule in policy.rules
            if rule.then.forbids or rule.then.requires
        }
        for policy, numbers in zip(asking.policies, asking.weaver.rules, strict=True)
    ]
    return sides[0] == sides[1]


def _may_break(
    invariant: Invariant, rankings: Iterable[Ranking], *, same_bans: bool
) -> bool:
    """Check whether a kept *invariant* can break with the new *rankings*."""
    kinds = [promise for promise, _ in invariant.promises]
    if not all(promise.of_options for promise in kinds):
        return True
    if not same_bans and any(promise.of_standing for promise in kinds):
        return True
    asked = [one for one in invariant.promises if not one[0].of_standing]
    return any(not kept_by(ranking, *one) for ranking in rankings for one in asked)


def _survey(
    asked: SweepQuestion,
    families: Iterable[Family],
    kept: Journal,
    workers: int,
    progress: Progress | None,
) -> None:
    """Keep a row for each variant that has none yet."""
    variations = [one for family in families for one in family.of(asked.base)]
    _refuse_strange(variations, kept)

    def tell() -> None:
        if progress:
            progress(len(kept.rows), len(variations))

    leader: dict[Edits, int] = {}
    leaders = [leader.setdefault(_key(one), n) for n, one in enumerate(variations)]
    lacking = [
        (number, variations[number])
        for number in leader.values()
        if number not in kept.rows
    ]
    tell()
    for number, row in _rows_of(asked, lacking, workers):
        kept.add(number, row)
        tell()
    for number, (first, variation) in enumerate(zip(leaders, variations, strict=True)):
        if number not in kept.rows:
            kept.add(number, attrs.evolve(kept.rows[first], label=variation.label))
    tell()


#: The edit that leaves all as it is.
_NOTHING = change("nothing").edit


def _key(variation: Scenario) -> Edits:
    """Give the edits that equal variants share; empty edits do not count."""
    return tuple(edit for edit in variation.edits if edit != _NOTHING)


def _refuse_strange(variations: Sequence[Scenario], kept: Journal) -> None:
    """Raise BE812 where a kept row is not of these *variations*."""
    labels = dict(enumerate(one.label for one in variations))
    strange = [n for n, row in kept.rows.items() if row.label != labels.get(n)]
    if strange:
        raise AnalysisError([problem("BE812.row", row=min(strange) + 1)])


def _rows_of(
    asked: SweepQuestion, variations: Sequence[Numbered], workers: int
) -> Iterator[Done]:
    """Yield the rows of *variations*, in any order."""
    if not variations:
        return
    ground = ground_of(asked)
    if workers == 1:
        for number, variation in variations:
            yield number, measured(ground, variation)
        return
    try:
        yield from _in_processes(ground, variations, workers)
    except BrokenProcessPool as error:
        raise AnalysisError([problem("BE813")]) from error


def _in_processes(
    ground: Baseline, variations: Iterable[Numbered], workers: int
) -> Iterator[Done]:
    context = multiprocessing.get_context("spawn")
    # A process that fails to begin leaves unread the data that it is started with, and
    # its parent waiting if that is large; so the ground goes by a way of its own.
    grounds = context.Queue()
    for _ in range(workers):
        grounds.put(ground)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(grounds,)
    )
    running: dict[Future[SweepRow], int] = {}
    try:
        for number, variation in variations:
            with _undisturbed():
                running[pool.submit(_measured, variation)] = number
            if len(running) >= workers * _AHEAD:
                yield from _finished(running)
        while running:
            yield from _finished(running)
    finally:
        pool.shutdown(cancel_futures=True)
        grounds.cancel_join_thread()
        grounds.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Shield processes that start within from Ctrl-C, which is for the parent."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _finished(running: dict[Future[SweepRow], int]) -> Iterator[Done]:
    """Yield the rows that are done, at least one, and remove them from *running*."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        yield running.pop(future), future.result()


#: The ground that a process of the pool measures on.
_GROUND: ContextVar[Baseline] = ContextVar("ground")


def _begin(grounds: Queue[Baseline]) -> None:
    """Take the baseline over, and end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _GROUND.set(grounds.get())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _measured(variation: Scenario) -> SweepRow:
    return measured(_GROUND.get(), variation)


@final
@attrs.frozen(eq=False)
class Journal:
    """Rows by number, each kept in a database as soon as it is known."""

    rows: dict[int, SweepRow]
    _database: sqlite3.Connection | None = None
    _path: Path = Path()

    def add(self, number: int, row: SweepRow) -> None:
        """Keep *row*, on disk where the journal has a file."""
        self.rows[number] = row
        if self._database:
            cells = json.dumps(row.cells(), ensure_ascii=False)
            with _refusing(self._path):
                self._database.execute(
                    "INSERT INTO rows VALUES (?, ?)", (number, cells)
                )


def journal_path(out: Path) -> Path:
    """Give the path of the journal of a sweep to *out*."""
    return out.with_name(f"{out.name}.journal")


@contextmanager
def journal(out: Path | None, header: Header, *, force: bool) -> Iterator[Journal]:
    """Open the journal of the sweep with *header*; without *out*, one in memory.

    The journal stays after an error, and goes at the end. *force* replaces one of
    another sweep.

    Raises:
        AnalysisError: the journal is of another sweep, was altered, has another writer,
            or cannot be read or written.
    """
    if out is None:
        yield Journal({})
        return
    path = journal_path(out)
    with _refusing(path):
        database = sqlite3.connect(path, timeout=0, isolation_level=None)
    with closing(database):
        with _refusing(path), database:
            rows = _begun(database, path, header, force=force)
        yield Journal(rows, database, path)
    with _refusing(path):
        path.unlink(missing_ok=True)


def _begun(
    database: sqlite3.Connection, path: Path, header: Header, *, force: bool
) -> dict[int, SweepRow]:
    """Lock the *database* for this process, and read its rows."""
    wanted = json.loads(json.dumps({"journal": _FORMAT, **header}))
    for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL"):
        database.execute(f"PRAGMA {setting}")
    # A row that the system loses with its power is measured again.
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("BEGIN IMMEDIATE")
    if database.execute("SELECT 1 FROM sqlite_master").fetchone():
        ((text,),) = database.execute("SELECT header FROM sweep")
        told = json.loads(text)
        if told == wanted:
            found = database.execute("SELECT number, cells FROM rows")
            return {int(number): row_of(json.loads(cells)) for number, cells in found}
        if not force:
            differ = [name for name in wanted if told.get(name) != wanted[name]]
            differing = ", ".join(differ) or "its header"
            raise AnalysisError([_unusable("BE811", path, differing=differing)])
        database.execute("DROP TABLE sweep")
        database.execute("DROP TABLE rows")
    database.execute("CREATE TABLE sweep (header TEXT NOT NULL)")
    database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, cells TEXT)")
    database.execute("INSERT INTO sweep VALUES (?)", (json.dumps(wanted),))
    return {}


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the journal at *path* as an `AnalysisError`."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith("SQLITE_BUSY"):
            wrong = _unusable("BE818", path)
        elif name in {"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR"}:
            wrong = _unusable("BE812", path)
        else:
            wrong = problem("BE810", file=path, why=error)
        raise AnalysisError([wrong]) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise AnalysisError([problem("BE810", file=path, why=why)]) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnalysisError([_unusable("BE812", path)]) from error


def _unusable(code: str, path: Path, **words: Any) -> Problem:
    return problem(code, file=path, token=str(path), **words)
