"""Frames: a table of any kind in, the same table with its answers out.

Every kind of frame comes in by this door: pandas, Polars, pyarrow, DuckDB, Dask and
PySpark. Which of them it is decides how it is read, and never what is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics import consulting, policyfile
from boundaryethics.batch.given import refuse_misgiven, refuse_undeclared
from boundaryethics.batch.matching import Matched, Wanted, matched, refuse_clashes
from boundaryethics.batch.opening import Seen, opened
from boundaryethics.batch.summary import Summary
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict

if TYPE_CHECKING:
    from boundaryethics.batch.answers import Answers


@final
@attrs.frozen(eq=False)
class RankedFrame:
    """A frame with its answers."""

    #: The frame, of the kind that was given: its own columns, then the answers.
    frame: Any
    _summed_up: Callable[[], Summary] = attrs.field(repr=False)

    @cached_property
    def summary(self) -> Summary:
        """What came out over all rows; of a lazy frame it is worked out when asked."""
        return self._summed_up()


def rank(
    frame: Any,
    policy: str | Path | Policy = consulting.DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    threads: int = 1,
) -> RankedFrame:
    """*frame* with what *policy* says of each row.

    Each row gets `best`, the first place, with `=` between options that share it; a
    place for each option, such as `place_decline`; `tied`, whether options share the
    first place; and `problem`, which says what is wrong where a row holds a value
    that its fact cannot have. Such a row has no other answers.

    Args:
        frame: a table of situations, a row each; nulls are unknown.
        policy: a policy, the id of a shipped one, or the path of a policy file.
        columns: for facts that are not told by a column of their name, the column.
        rules: whether to list the binding rules of each row.
        principles: whether to list the principles on which they stand.
        prefix: what to put before the names of the columns of answers.
        threads: how many to work in.

    Raises:
        TableError: it is no frame, no column tells a fact, columns share a name or
            have the name of an answer, *columns* or *threads* is not what it should
            be, or what it takes is not installed.
        SituationError: *columns* names a fact that is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    from boundaryethics.batch.answers import Answers, ready

    refuse_misgiven(columns, threads)
    named = policyfile.policy_named(policy)
    refuse_undeclared(columns, [named.vocabulary])
    seen = opened(frame)
    found = matched(seen.names, named.vocabulary, columns)
    wanted = Wanted(prefix=prefix, rules=rules, principles=principles)
    refuse_clashes(seen.names, wanted.names, in_any_case=seen.in_any_case)
    ready(named)
    answers = Answers(policy=named, wanted=wanted, threads=threads)
    return _ranked(seen, answers, found)


def explain(
    frame: Any,
    row: Any,
    policy: str | Path | Policy = consulting.DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict of *policy* on one row of *frame*.

    Args:
        frame: a table of situations, a row each.
        row: the place of the row, from 0; or the row itself, as a mapping of columns
            to values, or as PySpark or pandas gives it.
        policy: a policy, the id of a shipped one, or the path of a policy file.
        columns: for facts that are not told by a column of their name, the column.

    Raises:
        TableError: it is no frame, no column tells a fact, there is no such row, or
            the rows are in no order and so have no places.
        SituationError: the row holds a value that its fact cannot have, or *columns*
            names a fact that is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    from boundaryethics.batch import rows

    refuse_misgiven(columns)
    named = policyfile.policy_named(policy)
    refuse_undeclared(columns, [named.vocabulary])
    seen = opened(frame)
    found = matched(seen.names, named.vocabulary, columns)
    return consulting.consult(rows.stated(seen, found, row), named)


def _ranked(seen: Seen, answers: Answers, found: Matched) -> RankedFrame:
    from boundaryethics.batch import eager, lazy

    if seen.is_lazy:
        made = lazy.ranked(seen, answers, found)
        return RankedFrame(made, lambda: lazy.summed_up(made, answers, found))
    made, tally = eager.ranked(seen, answers, found)
    summary = tally.summary(answers.policy, found.warnings)
    return RankedFrame(made, lambda: summary)
