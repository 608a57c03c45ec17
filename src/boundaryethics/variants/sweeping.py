"""Sweep: what becomes of a policy's rankings in each variant of some families.

base --ground--> what is asked, answered once
families --variations--> measured, by several processes --journal--> rows in order
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

from boundaryethics.batch import files
from boundaryethics.diagrams.given import Given, space_of
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model._canonical import digest
from boundaryethics.model.cases import Case
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named
from boundaryethics.policyfile.casefiles import load_cases, shipped_cases
from boundaryethics.variants.confining import confined
from boundaryethics.variants.family import Family
from boundaryethics.variants.gathering import Families, gathered
from boundaryethics.variants.ground import Asked, given_to
from boundaryethics.variants.journals import journal
from boundaryethics.variants.limits import A_DAY, Pace
from boundaryethics.variants.surveying import Progress, Survey
from boundaryethics.variants.swept import Sweep
from boundaryethics.variants.working import refuse_unguarded

#: Fewest variants for which another process is worth its start.
_FEWEST = 4


def sweep(
    base: Policy | str | Path,
    families: Families,
    *,
    given: Given | None = None,
    space: bool = True,
    table: Any = None,
    columns: Mapping[str, str] | None = None,
    cases: Iterable[Case] | str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    limit: float | None = A_DAY,
    progress: Progress | None = None,
) -> Sweep:
    """What becomes of the rankings of *base* in each variant that *families* make.

    With *out*, rows are kept as they come, in a journal beside that file; a sweep
    that was stopped goes on from it when it is asked for again. Whatever the number
    of *workers*, the file that comes of it is the same.

    Args:
        base: the policy that the variants are of.
        families: one family or several, and changes of one's own.
        given: facts confined to a value or to some values, over all situations and in
            the table alike.
        space: whether to ask over all situations, and of the invariants there.
        table: a frame of any kind, or the path of a file, with a row for each
            situation that is asked too.
        columns: for facts that no column of *table* is called after, the column.
        cases: the cases to hold the variants against, or the path of a file or a
            folder of them; the shipped ones of *base* where none are given.
        out: where the rows go: a name that ends in `.csv`, `.tsv` or `.parquet`.
        force: whether to replace *out*, and a journal of another sweep.
        workers: how many processes to work in; by default one for each core.
        limit: the most seconds that it may take; None for as long as it takes. A
            sweep that cannot be done in time is refused, at once where that is
            plain from its size, and after its first variants where it is not.
        progress: called with the variants done, and the variants there are.

    Raises:
        PolicyError: the base cannot be read, means nothing, or is abstract.
        SituationError: *given* names what is not declared.
        TableError: *table* or *out* cannot be read or written, or no row agrees with
            what is given.
        AnalysisError: the families do not fit the base, or are too large; or the
            journal that is there is of another sweep, or is being written.
    """
    policy = policy_named(base)
    listed = gathered(families, policy)
    pace = _pace(sum(family.size(policy) for family in listed), workers, limit)
    target = _target(out, force=force)
    asked = _asked(policy, (given, space), (table, columns), cases)
    with journal(target, _header(asked, listed), force=force) as kept:
        swept = Survey(listed, asked, pace, progress).done(kept)
        _write(swept, target, force=force)
    return swept


def _pace(size: int, workers: int | None, limit: float | None) -> Pace:
    """How quickly so many variants may be measured, by how many processes.

    Raises:
        AnalysisError: they cannot be measured in time, or not by so many.
    """
    if workers is not None and workers < 1:
        message = f"`{workers}` workers can do nothing"
        raise AnalysisError([Problem(code="BE804", message=message)])
    cores = max(1, min(os.cpu_count() or 1, size // _FEWEST))
    pace = Pace(size, workers or cores, limit)
    pace.refuse_hopeless()
    refuse_unguarded(pace.workers)
    return pace


def _target(out: str | Path | None, *, force: bool) -> Path | None:
    """The file that the rows go to.

    Raises:
        TableError: it cannot be written.
    """
    if out is None:
        return None
    files.refuse_target(Path(out), force=force)
    return Path(out)


def _write(swept: Sweep, target: Path | None, *, force: bool) -> None:
    if target:
        files.write_rows(target, swept.kinds, swept.cells(), force=force)


def _asked(
    base: Policy,
    over_space: tuple[Given | None, bool],
    over_table: tuple[Any, Mapping[str, str] | None],
    cases: Iterable[Case] | str | Path | None,
) -> Asked:
    """What is asked of every variant.

    Raises:
        BoundaryEthicsError: it cannot be asked of *base*.
    """
    (given, wanted), (table, columns) = over_space, over_table
    if not wanted and table is None:
        message = "there is nothing to ask: neither all situations, nor a table"
        raise AnalysisError([Problem(code="BE804", message=message)])
    part = space_of(base.vocabulary, given)
    situations, rows = None, 0
    if table is not None:
        from boundaryethics.batch.counts import situations_in

        whole = situations_in(table, base.vocabulary, columns)
        situations, rows = confined(whole, part), whole.rows
    return Asked(
        base=base,
        space=part if wanted else None,
        table=situations,
        table_rows=rows,
        cases=_cases(base, cases),
        given=given_to(part),
    )


def _cases(base: Policy, given: Iterable[Case] | str | Path | None) -> tuple[Case, ...]:
    if given is None:
        return tuple(case for case in shipped_cases() if case.policy == base.id)
    return load_cases(given) if isinstance(given, str | Path) else tuple(given)


def _header(asked: Asked, families: Iterable[Family]) -> dict[str, Any]:
    """What the rows depend on, each under what it is called in the error."""
    base = asked.base
    return {
        "versions": [version("boundaryethics"), version("numpy")],
        "policies": [base.id, base.fingerprint, digest(kept=[*base.invariants])],
        "families": [[one.name, digest(family=one)] for one in families],
        "what is given": asked.given,
        "whether the space is asked": asked.space is not None,
        "tables": asked.table and [asked.table.digest, asked.table_rows],
        "cases": digest(cases=[attrs.evolve(one, where=None) for one in asked.cases]),
    }
