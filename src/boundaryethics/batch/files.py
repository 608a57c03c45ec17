"""Files: a table in a file in, the same with answers in another file out.

Files are read and written batch by batch, so that they may be larger than memory;
several policies answer in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import attrs

from boundaryethics import consulting, policyfile
from boundaryethics.batch.matching import Wanted
from boundaryethics.batch.needing import needed
from boundaryethics.batch.summary import Summary
from boundaryethics.errors import Problem, SituationError, TableError
from boundaryethics.model.policy import Policy

if TYPE_CHECKING:
    from boundaryethics.batch.answers import Answers

#: Called with how much is done, and how much there is.
Progress: TypeAlias = Callable[[int, int], None]

_ENDINGS = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")
_LINES = (".jsonl", ".ndjson")


def rank_file(
    source: str | Path,
    target: str | Path,
    policies: Sequence[str | Path | Policy] = (consulting.DEFAULT_POLICY,),
    *,
    columns: Mapping[str, str] | None = None,
    rules: bool = False,
    principles: bool = False,
    force: bool = False,
    threads: int = 1,
    progress: Progress = lambda _done, _size: None,
) -> tuple[Summary, ...]:
    """Write the table in *source* with what *policies* say of each row to *target*.

    The endings of their names tell what the files are: CSV, Parquet or JSON lines.
    The answers are those of `rank`; with several policies, each column has the id of
    its policy before its name. The file takes its name when it is whole.

    Returns:
        For each policy what came out over all rows.

    Raises:
        TableError: a file cannot be read or written, *target* is there and *force*
            is not set, or the table cannot be ranked.
        SituationError: *columns* names a fact that no policy declares.
        PolicyError: a policy cannot be read, means nothing, or is abstract.
    """
    from boundaryethics.batch import file_ranking

    needed("pyarrow")
    source, target = Path(source), Path(target)
    _refuse_kinds(source, target)
    named = [policyfile.policy_named(policy) for policy in policies]
    _refuse_repeated(named)
    given = _given(columns or {}, named)
    wanted = Wanted(rules=rules, principles=principles)
    asked = [*zip(_answers(named, wanted, threads), given, strict=True)]
    work = file_ranking.lines if source.suffix.lower() in _LINES else file_ranking.table
    return work(source, target, asked, (force, progress))


def _answers(policies: Sequence[Policy], wanted: Wanted, threads: int) -> list[Answers]:
    """What is *wanted* of each policy, all of them ready to answer."""
    from boundaryethics.batch.answers import Answers, ready

    for policy in policies:
        ready(policy)
    prefixes = [f"{p.id}_" if len(policies) > 1 else "" for p in policies]
    return [
        Answers(policy=policy, wanted=attrs.evolve(wanted, prefix=one), threads=threads)
        for policy, one in zip(policies, prefixes, strict=True)
    ]


def _refuse_kinds(source: Path, target: Path) -> None:
    problems = [
        Problem(
            code="BE730",
            message=f"`{path}` is none of the kinds of files that can be ranked",
            help=f"its name ends in one of {', '.join(_ENDINGS)}",
        )
        for path in (source, target)
        if path.suffix.lower() not in _ENDINGS
    ]
    from_lines = source.suffix.lower() in _LINES
    if not problems and from_lines and target.suffix.lower() not in _LINES:
        message = "JSON lines can be written as JSON lines only"
        problems.append(Problem(code="BE730", message=message))
    if problems:
        raise TableError(problems)


def _refuse_repeated(policies: Sequence[Policy]) -> None:
    if not policies:
        raise TableError([Problem(code="BE737", message="no policy is asked")])
    ids = [policy.id for policy in policies]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        message = "policy `{}` is asked twice"
        raise TableError(
            [Problem(code="BE732", message=message.format(name)) for name in twice]
        )


def _given(
    columns: Mapping[str, str], policies: Sequence[Policy]
) -> list[dict[str, str]]:
    """For each policy, the *columns* that tell facts that it declares.

    Raises:
        SituationError: a fact is declared by none.
    """
    known = {name for policy in policies for name in policy.vocabulary.by_name}
    strange = dict.fromkeys(columns.keys() - known)
    if strange:
        raise SituationError(policies[0].vocabulary.problems_of(strange))
    return [
        {fact: name for fact, name in columns.items() if fact in policy.vocabulary}
        for policy in policies
    ]
