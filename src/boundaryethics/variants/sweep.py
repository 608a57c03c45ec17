"""Sweep a policy: count how often its rankings change in each variant.

The base is evaluated once (`Baseline`). Several processes compare the variants with it,
and a journal stores each row as soon as it is known. Equal variants are compared once.
The rows are in the order of the families, regardless of which process finishes first.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import partial
from hashlib import sha256
from itertools import islice
from multiprocessing.queues import Queue
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics._files import LONGEST_NAME, inputs_noted
from boundaryethics.analysis import verify
from boundaryethics.analysis.compare import moves_in
from boundaryethics.analysis.distribution import counts_in
from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.analysis.verify import kept_by
from boundaryethics.arguments import argument, checked
from boundaryethics.batch import compile_policy, files
from boundaryethics.cases import Case, load_cases, run_cases, shipped_cases
from boundaryethics.errors import (
    AnalysisError,
    BoundaryEthicsError,
    Problem,
    TableError,
    check_all,
    check_then,
    problem,
)
from boundaryethics.mdd.build import Progress, QueryBuilder, RankingDifferences
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Count, Space, Where, space_of
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy, digest
from boundaryethics.model.rules import Invariant, Option
from boundaryethics.policies import as_policy
from boundaryethics.policies.yaml import json_data
from boundaryethics.provenance import KEY, VERSION, Provenance, public
from boundaryethics.ranking import grouped
from boundaryethics.report import made_of
from boundaryethics.variants.designs import Families, Family, Scenario, checked_families
from boundaryethics.variants.edits import (
    Edits,
    change,
    varied,
    with_scaled_weights,
)
from boundaryethics.variants.results import (
    First,
    RankChanges,
    Sweep,
    SweepRow,
    parse_row,
    rank_changes,
    with_provenance,
)

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Ranked
    from boundaryethics.batch.counts import Situations
    from boundaryethics.batch.reading import Reading

#: Text and digests of everything that the rows of a sweep depend on.
Header: TypeAlias = Mapping[str, Any]

#: The minimum number of variants per process. With fewer, starting a process takes too
#: long.
_FEWEST = 4
#: The number of variants to send to each process at a time. Memory use grows with it.
_AHEAD = 256
#: The maximum number of variants in one sweep, because all rows are kept in memory.
_MOST = 10_000_000

#: The version of the format. Increase it when earlier journals would be misinterpreted.
_FORMAT = 5
#: The SQL that creates the header table in format 4 and earlier, without digests.
_BEFORE = "CREATE TABLE sweep (header TEXT NOT NULL)"
#: The errors of SQLite about the disk and its permissions. All others mean damage.
_OF_DISK = (
    "SQLITE_AUTH",
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_NOLFS",
    "SQLITE_PERM",
    "SQLITE_READONLY",
)

_EVERY = 1 << len(Option)
#: For each bit set of options, the options that rank first.
_FIRSTS = tuple(
    tuple(option for n, option in enumerate(Option) if bits >> n & 1)
    for bits in range(_EVERY)
)


@inputs_noted()
@checked
def sweep(
    base: Policy | str | Path,
    families: Families,
    *,
    where: Where | None = None,
    over: Over = "all",
    space: bool = True,
    table: Any = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    show_values: bool = False,
    cases: Iterable[Case] | str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Count how often the rankings of *base* change in each variant in *families*.

    With *out*, a journal next to that file stores each row. If the sweep is stopped,
    the same call continues it. The file is the same for any number of *workers*.

    Args:
        base: the policy that the variants change.
        families: one family, or several families and changes.
        where: facts, each with the value or values that it may have. This restricts the
            population and *table*.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
            Invariants are checked over all possible situations.
        space: whether to compare rankings over the population, and to check invariants.
        table: a data frame of any type, or the path of a file, with additional
            situations to compare, one in each row.
        columns: a mapping from facts to columns of *table* whose names differ.
        reading: how to read *table*, such as its separator and its codebook.
        show_values: whether errors about *table* show the values of cells.
        cases: the cases to run, or the path of a file or folder with cases; by default,
            the built-in cases of *base*.
        out: the file for the rows, which ends in `.csv`, `.tsv` or `.parquet`.
        force: whether to replace *out*, and a journal of another sweep.
        workers: the number of processes; by default, one for each core.
        progress: called with the number of variants processed and the total number.

    Raises:
        PolicyError: the base cannot be read, is not valid, or is abstract.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        TableError: *table* cannot be read, *out* cannot be written, or no row matches
            *where*.
        AnalysisError: the families do not fit the base or are too large, or the journal
            is from another sweep or in use by another process.
    """
    target = None if out is None else Path(out)
    policy, ((listed, working), situations, counted, part, run), *_ = check_then(
        partial(as_policy, base),
        lambda policy: check_all(
            partial(_families, families, policy, workers),
            lambda: _situations(
                table, policy.vocabulary, columns, reading, show_values=show_values
            ),
            partial(space_over, policy.vocabulary, over, where),
            partial(space_of, policy.vocabulary, where),
            partial(_cases, cases, policy),
        ),
        lambda: _check_question(table, space=space),
        partial(_check_workers, workers),
        partial(_check_target, target, force),
    )
    asked = _asked(policy, counted, part, situations, run, space=space)
    with journal(target, _header(asked, listed), force=force) as kept:
        scenarios = [one for family in listed for one in family.of(policy)]
        _survey(asked, scenarios, kept, working, progress or (lambda *_: None))
        source = _provenance(asked, listed, columns)
        rows = (kept.rows[number] for number in sorted(kept.rows))
        swept = Sweep(
            provenance=source,
            base=policy.id,
            fingerprint=policy.fingerprint,
            where=asked.where,
            over=asked.over,
            space=space,
            table=table is not None,
            table_rows=asked.table_rows,
            rows=with_provenance(rows, source),
        )
        if target:
            _write(target, swept, force=force)
    return swept


def _write(target: Path, swept: Sweep, *, force: bool) -> None:
    notes = {KEY: json.dumps(public(swept.provenance.to_dict()))}
    try:
        files.write_rows(target, swept.kinds, swept.cells(), force=force, notes=notes)
    except TableError as error:
        kept = f"the journal `{journal_path(target)}` keeps the rows; "
        kept += "to continue the sweep, run it again"
        problems = [
            attrs.evolve(one, help=f"{one.help}; {kept}" if one.help else kept)
            for one in error.problems
        ]
        raise TableError(problems) from error


def _check_target(target: Path | None, force: bool) -> None:  # noqa: FBT001
    if target:
        files.refuse_target(target, force=force)


def _check_question(table: Any, *, space: bool) -> None:
    """Raise an error if there are no situations to compare."""
    if not space and table is None:
        raise AnalysisError([problem("BE804.question")])


def _families(
    families: Families, base: Policy, workers: int | None
) -> tuple[tuple[Family, ...], int]:
    """Return the families, and the number of processes for their variants."""
    listed = checked_families(families, base)
    return listed, _workers(sum(family.size(base) for family in listed), workers)


def _check_workers(workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise AnalysisError([problem("BE804.workers", workers=workers)])


def _workers(size: int, workers: int | None) -> int:
    """Choose how many processes compare *size* variants, or raise an error."""
    if size > _MOST:
        raise AnalysisError([problem("BE815", size=size, most=_MOST)])
    process = multiprocessing.current_process()
    most = 1 if process.daemon else os.cpu_count() or 1
    # More processes than variants would have nothing to do.
    working = min(workers or max(1, min(most, size // _FEWEST)), max(size, 1))
    if working > 1 and process.daemon:
        raise AnalysisError([problem("BE813.daemon", workers=working)])
    # The sweep's own worker processes run the main script again when they start.
    if working > 1 and getattr(process, "_inheriting", False):
        raise AnalysisError([problem("BE813")])
    return working


@final
@attrs.frozen(kw_only=True, eq=False)
class Baseline:
    """The data that workers need to compare each variant with the base."""

    base: Policy
    #: The situations to compare; None to compare only those of the table.
    space: Space | None
    #: All possible situations, for checking invariants.
    whole: Space
    #: The population of `space`.
    over: PopulationSummary
    #: The situations of a user's table, and the number of rows of the whole table.
    table: Situations | None
    table_rows: int
    #: The cases to run; once the base is evaluated, only those that it passes.
    cases: tuple[Case, ...]
    #: The restricted facts, as in `where`.
    where: Mapping[str, list[str]]
    #: For each group of options, the number of situations in which it is first.
    firsts: Mapping[First, Count] = attrs.field(factory=dict)
    #: The invariants that the base guarantees.
    invariants: tuple[Invariant, ...] = ()
    #: The base's rankings of the table.
    ranked: Ranked | None = None


def _situations(
    table: Any,
    vocabulary: Vocabulary,
    columns: Mapping[str, str] | None,
    reading: Reading | None,
    *,
    show_values: bool,
) -> Situations | None:
    """Read the situations in *table*, a data frame or a path; None without a table."""
    if table is None:
        return None
    from boundaryethics.batch.counts import situations_in

    if isinstance(table, str | Path):
        table = argument("table", table, str | Path)
    return situations_in(
        table, vocabulary, columns, how=reading, show_values=show_values
    )


def _cases(given: Iterable[Case] | str | Path | None, base: Policy) -> tuple[Case, ...]:
    """Return the cases *given*, or by default the built-in cases of *base*."""
    if given is None:
        return tuple(case for case in shipped_cases() if case.policy == base.id)
    return load_cases(given) if isinstance(given, str | Path) else tuple(given)


def _asked(
    base: Policy,
    counted: tuple[Space, PopulationSummary],
    part: Space,
    whole: Situations | None,
    cases: tuple[Case, ...],
    *,
    space: bool,
) -> Baseline:
    """Collect the situations to compare and the cases to run; do not evaluate *base*.

    *counted* is the population, *part* has all situations that match `where`, and
    *whole* is the user's table. Without *space*, only the table is compared.
    """
    population, summary = counted
    situations, rows = None, 0
    if whole is not None:
        situations, rows = _confined(whole, part), whole.rows
    return Baseline(
        base=base,
        space=population if space else None,
        whole=part,
        over=summary,
        table=situations,
        table_rows=rows,
        cases=cases,
        where={
            fact.name: [*allowed]
            for fact, allowed in zip(part.vocabulary.facts, part.allowed, strict=True)
            if allowed != fact.all_values
        },
    )


def _confined(table: Situations, space: Space) -> Situations:
    """Select *table*'s situations in *space*; a fact without a column is unknown."""
    kept = np.ones(len(table.counts), bool)
    for fact, allowed in zip(space.vocabulary.facts, space.allowed, strict=True):
        places = [fact.all_values.index(value) for value in allowed]
        kept &= np.isin(table.columns.get(fact.name, len(fact.values)), places)
    if not kept.any():
        raise TableError([problem("BE807.confined")])
    columns = {name: codes[kept] for name, codes in table.columns.items()}
    return attrs.evolve(table, columns=columns, counts=table.counts[kept])


def _header(asked: Baseline, families: Iterable[Family]) -> Header:
    """Return a journal's header: the sweep's inputs, named as in error messages."""
    base = asked.base
    over = {k: one for k, one in asked.over.to_dict().items() if k != "read"}
    return {
        "versions": [VERSION, np.__version__],
        "policies": [base.id, base.fingerprint, digest(kept=[*base.invariants])],
        "families": [[one.name, digest(family=one)] for one in families],
        "`where`": asked.where,
        "`over`": over,
        "`space`": asked.space is not None,
        "tables": asked.table and [asked.table.digest, asked.table_rows],
        "cases": digest(cases=[_without_place(one) for one in asked.cases]),
    }


def _without_place(case: Case) -> Case:
    """Return *case* without its path, so a sweep can continue if the file is moved."""
    return attrs.evolve(case, where=None, folder=None, policy_where=None)


def _provenance(
    asked: Baseline, families: Iterable[Family], columns: Mapping[str, str] | None
) -> Provenance:
    """Record the sweep's inputs; for a table, its digest, size and how it was read."""
    table = asked.table
    read = {"read": dict(table.read)} if table and table.read else {}
    return made_of(
        asked.base,
        families=[{"kind": type(one).__name__, "family": one} for one in families],
        where=asked.where,
        over=asked.over.recorded,
        space=asked.space is not None,
        table=table and {"digest": table.digest, "rows": asked.table_rows, **read},
        columns=columns,
        cases=[one.id or one.name for one in asked.cases],
    )


def _answered(asked: Baseline) -> Baseline:
    """Evaluate the base on the situations and cases; return *asked* with results."""
    base, kept = asked.base, tuple[Invariant, ...]()
    firsts = defaultdict[First, Count](int)
    if asked.space is not None:
        for ranking, count in counts_in(base, asked.space):
            firsts[ranking[0]] += count
        checked = verify(base, where=asked.where).checked
        kept = tuple(one.invariant for one in checked if not one.broken)
    ranked = asked.table and compile_policy(base).rank_codes(asked.table.columns)
    outcomes = run_cases(asked.cases, policy=base, engine="reference").outcomes
    return attrs.evolve(
        asked,
        firsts=firsts,
        invariants=kept,
        cases=tuple(outcome.case for outcome in outcomes if outcome.holds),
        ranked=ranked,
    )


def measured(baseline: Baseline, scenario: Scenario) -> SweepRow:
    """Compare a variant with the base; if that fails, return a row with the reason."""
    try:
        variant = varied(baseline.base, baseline.base.id, scenario.edits)
        space, invariants = _over_space(baseline, variant)
        table = _over_table(baseline, variant)
        cases = run_cases(baseline.cases, policy=variant, engine="reference")
    except BoundaryEthicsError as error:
        messages = (f"{one.code}: {one.message}" for one in error.problems)
        return SweepRow(label=scenario.label, problem="; ".join(messages))
    return SweepRow(
        label=scenario.label,
        fingerprint=variant.fingerprint,
        space=space,
        table=table,
        broken_cases=tuple(one.case.id or one.case.name for one in cases.failures),
        broken_invariants=invariants,
    )


def _over_table(baseline: Baseline, variant: Policy) -> RankChanges | None:
    """Count how often the rankings of the table's situations change."""
    table, before = baseline.table, baseline.ranked
    if table is None or before is None:
        return None
    after = compile_policy(variant).rank_codes(table.columns)
    pairs = np.zeros(_EVERY * _EVERY, np.int64)
    at = before.best.astype(np.intp) * _EVERY + after.best
    np.add.at(pairs, at, table.counts)
    changed = (before.places != after.places).any(axis=1)
    counts = (
        (_FIRSTS[pair // _EVERY], _FIRSTS[pair % _EVERY], int(pairs[pair]))
        for pair in np.flatnonzero(pairs).tolist()
    )
    both = np.hstack([before.places, after.places])[changed]
    ranks, group = np.unique(both, axis=0, return_inverse=True)
    sizes = np.zeros(len(ranks), np.int64)
    np.add.at(sizes, group.ravel(), table.counts[changed])
    half = len(Option)
    moves = [
        (grouped(places[:half]), grouped(places[half:]), size)
        for places, size in zip(ranks.tolist(), sizes.tolist(), strict=True)
    ]
    return rank_changes(counts, int(table.counts[changed].sum()), moves)


def _scaled_as(variant: Policy, base: Policy) -> Policy:
    """Scale the weights of *base* like those of *variant*, so both can share sums."""
    pairs = zip(variant.principles, base.principles, strict=False)
    ratios = Counter(
        Fraction(one.weight, other.weight)
        for one, other in pairs
        if one.id == other.id and other.weight
    )
    ((most, _),) = ratios.most_common(1) or ((Fraction(1), 0),)
    whole = most.denominator == 1 and most > 1
    return with_scaled_weights(base, int(most)) if whole else base


def _over_space(
    baseline: Baseline, variant: Policy
) -> tuple[RankChanges | None, tuple[str, ...] | None]:
    """Count ranking changes over the population, and find the broken invariants."""
    if baseline.space is None:
        return None, None
    query = QueryBuilder([_scaled_as(variant, baseline.base), variant])
    transitions = moves_in(query.ask(baseline.space, RankingDifferences()))
    everywhere = transitions
    if baseline.space != baseline.whole or baseline.space.table is not None:
        everywhere = moves_in(query.ask(baseline.whole, RankingDifferences()))
    changed = [(one.before[0], one.after[0], one.count) for one in transitions]
    same = dict(baseline.firsts)
    for first, _, count in changed:
        same[first] -= count
    unchanged = ((first, first, count) for first, count in same.items())
    changes = rank_changes(
        [*changed, *unchanged],
        sum(one.count for one in transitions),
        [(one.before, one.after, one.count) for one in transitions],
    )
    # If the same rules forbid and require options, both policies forbid and require the
    # same options.
    bans, other_bans = (
        {
            (numbers[rule.id], rule.then.forbids, rule.then.requires)
            for rule in policy.rules
            if rule.then.forbids or rule.then.requires
        }
        for policy, numbers in zip(query.policies, query.builder.rules, strict=True)
    )
    rankings = [one.after for one in everywhere]
    broken = (
        one.id
        for one in baseline.invariants
        if _may_break(one, rankings, same_bans=bans == other_bans)
        and verify(variant, one, where=baseline.where).checked[0].broken
    )
    return changes, tuple(broken)


def _may_break(
    invariant: Invariant, rankings: Iterable[Ranking], *, same_bans: bool
) -> bool:
    """Return whether the variant may break *invariant*, given its new *rankings*."""
    return any(
        not promise.of_options
        or (promise.of_bans and not same_bans)
        or not (promise.of_bans or all(kept_by(r, promise, o) for r in rankings))
        for promise, o in invariant.promises
    )


#: The edit that changes nothing.
_NOTHING = change("nothing").edit


def _survey(
    asked: Baseline,
    scenarios: list[Scenario],
    kept: Journal,
    workers: int,
    progress: Progress,
) -> None:
    """Evaluate each scenario that has no row yet, and store its row."""
    labels = dict(enumerate(one.label for one in scenarios))
    strange = [n for n, row in kept.rows.items() if row.label != labels.get(n)]
    if strange:
        raise AnalysisError([problem("BE812.row", row=min(strange) + 1)])
    leaders: dict[Edits, int] = {}
    # Equal variants get the row of the first one. Ignore empty edits.
    leading = [
        leaders.setdefault(tuple(edit for edit in one.edits if edit != _NOTHING), n)
        for n, one in enumerate(scenarios)
    ]
    lacking = {n: scenarios[n] for n in leaders.values() if n not in kept.rows}
    progress(len(kept.rows), len(scenarios))
    for number, row in _rows_of(asked, lacking, workers):
        kept.add(number, row)
        progress(len(kept.rows), len(scenarios))
    for number, leader in enumerate(leading):
        if number not in kept.rows:
            kept.add(number, attrs.evolve(kept.rows[leader], label=labels[number]))
    progress(len(kept.rows), len(scenarios))


def _rows_of(
    asked: Baseline, scenarios: Mapping[int, Scenario], workers: int
) -> Iterator[tuple[int, SweepRow]]:
    """Yield the rows of *scenarios*, in any order."""
    if not scenarios:
        return
    baseline = _answered(asked)
    if workers == 1:
        for number, scenario in scenarios.items():
            yield number, measured(baseline, scenario)
        return
    context = multiprocessing.get_context("spawn")
    # A process that fails to start does not read its arguments. If they are large, its
    # parent would wait forever. So the baseline is sent through a queue.
    baselines = context.Queue()
    for _ in range(workers):
        baselines.put(baseline)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(baselines,)
    )
    try:
        waiting = iter(scenarios.items())
        while batch := tuple(islice(waiting, _AHEAD * workers)):
            with _undisturbed():
                running = {pool.submit(_measured, one): n for n, one in batch}
            for future in as_completed(running):
                yield running.pop(future), future.result()
    except BrokenProcessPool as error:
        raise AnalysisError([problem("BE813")]) from error
    finally:
        pool.shutdown(cancel_futures=True)
        baselines.cancel_join_thread()
        baselines.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Make processes started in the block ignore Ctrl-C; the parent handles it."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


#: The baseline of a worker process.
_BASELINE: ContextVar[Baseline] = ContextVar("baseline")


def _begin(baselines: Queue[Baseline]) -> None:
    """Receive the baseline, and exit when the parent exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _BASELINE.set(baselines.get())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _measured(scenario: Scenario) -> SweepRow:
    return measured(_BASELINE.get(), scenario)


@final
@attrs.frozen(eq=False)
class Journal:
    """Rows by number. A database stores each row as soon as it is known."""

    rows: dict[int, SweepRow]
    _database: sqlite3.Connection | None = None
    _path: Path = Path()

    def add(self, number: int, row: SweepRow) -> None:
        """Store *row*, on disk if the journal has a file."""
        self.rows[number] = row
        if self._database:
            cells = json.dumps(row.cells(), ensure_ascii=False)
            insert = "INSERT INTO rows VALUES (?, ?, ?)"
            with _refusing(self._path):
                self._database.execute(insert, (number, cells, seal(number, cells)))


def journal_path(out: Path) -> Path:
    """Return the path of the journal of a sweep whose output is *out*."""
    name = f"{out.name}.journal"
    # SQLite adds up to 4 characters to this name for its own files.
    if len(os.fsencode(name)) > LONGEST_NAME - 4:
        name = f"{sha256(os.fsencode(out.name)).hexdigest()[:16]}.journal"
    return out.with_name(name)


@contextmanager
def journal(out: Path | None, header: Header, *, force: bool) -> Iterator[Journal]:
    """Open the journal of the sweep with *header*; without *out*, keep it in memory.

    The journal is kept after an error, and removed when the sweep is complete. *force*
    replaces the journal of another sweep.

    Raises:
        AnalysisError: the journal is from another sweep, was modified, is in use by
            another process, or cannot be read or written.
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
    # If a row is lost in a power failure, it is computed again.
    for setting in (
        "locking_mode = EXCLUSIVE",
        "journal_mode = WAL",
        "synchronous = 1",
    ):
        database.execute(f"PRAGMA {setting}")
    database.execute("BEGIN IMMEDIATE")
    if database.execute("SELECT 1 FROM sqlite_master").fetchone():
        found = _header_in(database)
        if found == wanted:
            kept = database.execute("SELECT number, cells, digest FROM rows")
            return {
                number: parse_row(json_data(_sealed(number, *one)))
                for number, *one in kept
            }
        if not force:
            differ = [name for name in wanted if found.get(name) != wanted[name]]
            differing = ", ".join(differ) or "header"
            raise AnalysisError([_unusable("BE811", path, differing=differing)])
        database.execute("DROP TABLE sweep")
        database.execute("DROP TABLE rows")
    header_text = json.dumps(wanted)
    database.execute("CREATE TABLE sweep (header TEXT NOT NULL, digest BLOB)")
    rows = "number INTEGER PRIMARY KEY, cells TEXT, digest BLOB"
    database.execute(f"CREATE TABLE rows ({rows})")
    sealed = (header_text, seal("header", header_text))
    database.execute("INSERT INTO sweep VALUES (?, ?)", sealed)
    return {}


def _header_in(database: sqlite3.Connection) -> dict[str, Any]:
    """Check the structure of the *database*, and read its header."""
    # Damaged text is not UTF-8, and the error of SQLite would quote it.
    database.text_factory = bytes
    ((found,),) = database.execute("PRAGMA quick_check(1)")
    if found != b"ok":
        raise ValueError
    # Triggers and views could run forever.
    parts = {*database.execute("SELECT type, name FROM sqlite_master")}
    if parts != {(b"table", b"sweep"), (b"table", b"rows")}:
        raise ValueError
    select = "SELECT sql FROM sqlite_master WHERE name = 'sweep'"
    ((made,),) = database.execute(select)
    if made == _BEFORE.encode():
        ((text,),) = database.execute("SELECT header FROM sweep")
        header = json_data(text.decode())
        if header["journal"] >= _FORMAT:
            raise ValueError
    else:
        ((text, digest),) = database.execute("SELECT header, digest FROM sweep")
        header = json_data(_sealed("header", text, digest))
    return dict(header)


def seal(number: int | str, text: str) -> bytes:
    """Return the digest of the row or header *text*."""
    return sha256(f"{number}\n{text}".encode()).digest()


def _sealed(number: int | str, content: bytes, digest: bytes) -> str:
    """Return the text of a row or header; raise a `ValueError` if it is damaged."""
    text = content.decode()
    if seal(number, text) != digest:
        raise ValueError
    return text


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Convert errors about the journal at *path* to an `AnalysisError`."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith("SQLITE_BUSY"):
            wrong = _unusable("BE818", path)
        elif name.startswith(_OF_DISK) and not _is_damage(name, path):
            wrong = problem("BE810", file=path, why=error)
        else:
            wrong = _unusable("BE812", path)
        raise AnalysisError([wrong]) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise AnalysisError([problem("BE810", file=path, why=why)]) from error
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    ) as error:
        raise AnalysisError([_unusable("BE812", path)]) from error


def _is_damage(name: str, path: Path) -> bool:
    """Return whether SQLite treats a writable file as read-only, a sign of damage."""
    return name == "SQLITE_READONLY" and os.access(path, os.W_OK)


def _unusable(code: str, path: Path, **words: Any) -> Problem:
    return problem(code, file=path, token=str(path), **words)
