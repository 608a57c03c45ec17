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
from boundaryethics.batch.given import refuse_misgiven, refuse_undeclared
from boundaryethics.batch.matching import Wanted
from boundaryethics.batch.needing import needed
from boundaryethics.batch.summary import Summary
from boundaryethics.errors import Problem, TableError
from boundaryethics.model.policy import Policy

if TYPE_CHECKING:
    from boundaryethics.batch.answers import Answers

#: A policy, the id of a shipped one, or the path of a policy file.
OnePolicy: TypeAlias = str | Path | Policy
#: Called with how much is done, and how much there is.
Progress: TypeAlias = Callable[[int, int], None]

_ENDINGS = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")
_LINES = (".jsonl", ".ndjson")


def rank_file(
    source: str | Path,
    target: str | Path,
    policies: OnePolicy | Sequence[OnePolicy] = consulting.DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    force: bool = False,
    threads: int = 1,
    progress: Progress = lambda _done, _size: None,
) -> tuple[Summary, ...]:
    """Write the table in *source* with what *policies* say of each row to *target*.

    The endings of their names tell what the files are: CSV, Parquet or JSON lines.
    The answers are those of `rank`; with several policies, each column has the id of
    its policy before its name, and *prefix* before that. The file takes its name when
    it is whole.

    Returns:
        For each policy what came out over all rows.

    Raises:
        TableError: a file cannot be read or written, *target* is there and *force*
            is not set, the table cannot be ranked, or *columns* or *threads* is not
            what it should be.
        SituationError: *columns* names a fact that no policy declares.
        PolicyError: a policy cannot be read, means nothing, or is abstract.
    """
    from boundaryethics.batch import file_ranking

    refuse_misgiven(columns, threads)
    needed("pyarrow")
    source, target = Path(source), Path(target)
    _refuse_files(source, target, force=force)
    named = _named(policies)
    given = _given(columns or {}, named)
    wanted = Wanted(prefix=prefix, rules=rules, principles=principles)
    asked = [*zip(_answers(named, wanted, threads), given, strict=True)]
    work = file_ranking.lines if source.suffix.lower() in _LINES else file_ranking.table
    return work(source, target, asked, (force, progress))


def _named(policies: OnePolicy | Sequence[OnePolicy]) -> list[Policy]:
    """The *policies*, one or several, each once."""
    if isinstance(policies, str | Path | Policy):
        policies = (policies,)
    named = [policyfile.policy_named(policy) for policy in policies]
    _refuse_repeated(named)
    return named


def _answers(policies: Sequence[Policy], wanted: Wanted, threads: int) -> list[Answers]:
    """What is *wanted* of each policy, all of them ready to answer."""
    from boundaryethics.batch.answers import Answers, ready

    for policy in policies:
        ready(policy)
    ids = [f"{policy.id}_" if len(policies) > 1 else "" for policy in policies]
    of_each = [attrs.evolve(wanted, prefix=f"{wanted.prefix}{one}") for one in ids]
    return [
        Answers(policy=policy, wanted=one, threads=threads)
        for policy, one in zip(policies, of_each, strict=True)
    ]


def _refuse_files(source: Path, target: Path, *, force: bool) -> None:
    from boundaryethics.batch.file_writing import refuse_taken

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
        advice = f"call it `{target.stem}.jsonl`; what its rows hold may fit no columns"
        problems.append(Problem(code="BE730", message=message, help=advice))
    if problems:
        raise TableError(problems)
    refuse_taken(target, force=force)


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
    refuse_undeclared(columns, [policy.vocabulary for policy in policies])
    return [
        {fact: name for fact, name in columns.items() if fact in policy.vocabulary}
        for policy in policies
    ]
