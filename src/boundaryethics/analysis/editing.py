"""What an edit changes in a policy: what was written, and what follows from it.

In: the policy before and after. Out: the parts that were added, dropped or altered,
and the exact difference in what the two say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import Difference, compare
from boundaryethics.diagrams.given import Given
from boundaryethics.diagrams.walking import Progress
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named
from boundaryethics.report import Table, facts_told, percent, told

#: Moves and causes told in a pull request; all of them are in the plain data.
_MOST_ROWS = 10

_KINDS = ("rule", "principle", "finding", "step", "question", "draft_part", "source")


class How(StrEnum):
    """What became of a part of a policy."""

    ADDED = "added"
    DROPPED = "dropped"
    ALTERED = "altered"


@final
@attrs.frozen(kw_only=True)
class Edited:
    """One part of a policy that is not what it was."""

    #: `rule`, `principle`, `finding`, `fact`, `method`, ...
    kind: str
    id: str
    how: How
    #: The keys that were altered, as the file has them.
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        keys = f" ({', '.join(self.keys)})" if self.keys else ""
        return f"{self.kind.replace('_', ' ')} {self.id} {self.how}{keys}"


@final
@attrs.frozen(kw_only=True)
class Edit:
    """An edit of a policy: what was written otherwise, and what it says otherwise."""

    edited: tuple[Edited, ...]
    difference: Difference
    #: The fingerprints before and after.
    fingerprints: tuple[str, str]

    @property
    def changes_rankings(self) -> bool:
        """Whether some situation is ranked otherwise."""
        return self.difference.count > 0

    def to_dict(self) -> dict[str, Any]:
        """The edit as plain data, ready for JSON."""
        return {
            "fingerprints": list(self.fingerprints),
            "edited": [
                {"kind": e.kind, "id": e.id, "how": e.how.value, "keys": list(e.keys)}
                for e in self.edited
            ],
            "difference": self.difference.to_dict(),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each pair of rankings.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self.difference.to_frame()

    def chart(self) -> Any:
        """A picture of `difference`, for Altair.

        Raises:
            PictureError: what draws is not installed.
        """
        return self.difference.chart()

    def __str__(self) -> str:
        written = [str(one) for one in self.edited] or ["nothing is written otherwise"]
        return "\n".join([*written, "", str(self.difference)])

    def to_markdown(self) -> str:
        """The edit for a pull request."""
        return "\n".join(_markdown(self)) + "\n"

    def _repr_html_(self) -> str:
        rows = tuple(
            (e.kind, e.id, e.how.value, ", ".join(e.keys)) for e in self.edited
        )
        columns = ("part", "id", "how", "keys")
        written = Table(lines=(), columns=columns, rows=rows).html()
        return written + self.difference._repr_html_()


def diff(
    old: Policy | str | Path,
    new: Policy | str | Path,
    *,
    given: Given | None = None,
    progress: Progress | None = None,
) -> Edit:
    """What is written otherwise in *new* than in *old*, and said otherwise.

    Args:
        old: the policy before the edit.
        new: the policy after it.
        given: facts confined to a value or to some values.
        progress: called with the facts done, and the facts there are.

    Raises:
        SituationError: *given* names what is not declared.
        AnalysisError: the question is too large, or cannot be asked of both.
    """
    old, new = policy_named(old), policy_named(new)
    return Edit(
        edited=tuple(_edited(old, new)),
        difference=compare(old, new, given=given, progress=progress),
        fingerprints=(old.fingerprint, new.fingerprint),
    )


def _edited(old: Policy, new: Policy) -> Iterator[Edited]:
    yield from _among("fact", old.vocabulary.by_name, new.vocabulary.by_name)
    for kind in _KINDS:
        yield from _among(kind, getattr(old, kind), getattr(new, kind))
    if old.labels != new.labels:
        yield Edited(kind="labels", id=new.id, how=How.ALTERED)
    if old.method != new.method:
        yield Edited(
            kind="method",
            id=new.method.name.value,
            how=How.ALTERED,
            keys=_altered(old.method, new.method),
        )


def _among(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Edited]:
    for id in dict.fromkeys((*before, *after)):
        if id not in after:
            yield Edited(kind=kind, id=id, how=How.DROPPED)
        elif id not in before:
            yield Edited(kind=kind, id=id, how=How.ADDED)
        elif before[id] != after[id]:
            keys = _altered(before[id], after[id])
            yield Edited(kind=kind, id=id, how=How.ALTERED, keys=keys)


def _altered(before: Any, after: Any) -> tuple[str, ...]:
    names: Iterable[str] = (field.name for field in attrs.fields(type(before)))
    return tuple(n for n in names if getattr(before, n) != getattr(after, n))


def _markdown(edit: Edit) -> Iterator[str]:
    difference = edit.difference
    share = percent(difference.count, difference.total)
    yield f"### `{difference.a}` → `{difference.b}`"
    yield ""
    yield (
        f"**{difference.count:,}** of {difference.total:,} situations are ranked "
        f"otherwise ({share}); in **{difference.first:,}** another response is first."
    )
    if edit.edited:
        yield from ("", "| what is written otherwise | how |", "|---|---|")
    for one in edit.edited:
        keys = f" ({', '.join(one.keys)})" if one.keys else ""
        yield f"| {one.kind.replace('_', ' ')} `{one.id}` | {one.how}{keys} |"
    yield from _tables(difference)


def _tables(difference: Difference) -> Iterator[str]:
    if difference.moves:
        yield from (
            "",
            "| ranked before | ranked after | situations |",
            "|---|---|--:|",
        )
    for move in difference.moves[:_MOST_ROWS]:
        yield f"| {told(move.before)} | {told(move.after)} | {move.count:,} |"
    if difference.causes:
        yield from ("", "| by rule | situations | the simplest one |", "|---|--:|---|")
    causes = sorted(difference.causes, key=lambda cause: -cause.count)
    for cause in causes[:_MOST_ROWS]:
        yield f"| `{cause.rule}` | {cause.count:,} | {facts_told(cause.witness)} |"
    yield from _left_out(len(difference.moves), len(causes))


def _left_out(moves: int, causes: int) -> Iterator[str]:
    more = max(moves, causes) - _MOST_ROWS
    if more > 0:
        yield from ("", f"Each table shows its {_MOST_ROWS} largest rows.")
