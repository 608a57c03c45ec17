"""Replay the record of a verdict: rank the situation again, and report any changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics import records
from boundaryethics.analysis.diff import PartChange, diff
from boundaryethics.arguments import checked
from boundaryethics.consult import consult
from boundaryethics.errors import (
    PolicyError,
    RecordError,
    SituationError,
    check_all,
    problem,
)
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy, read_policy
from boundaryethics.render.text import wrapped_lines
from boundaryethics.render.wording import fingerprints, shown
from boundaryethics.report import Report, Table, made_of, picked

_SHOWN = 8

#: Descriptions of changes whose names are not self-explanatory.
_MEANING = {
    "policy-text": " (fingerprint of its words)",
    "rules": " (fingerprint of the rules)",
    "binding": " (rules that applied)",
}


@final
@attrs.frozen(kw_only=True)
class RecordChange:
    """A difference between a record and the current verdict."""

    #: `policy`, `policy-text`, `rules`, `facts`, or a part of the outcome, such as
    #: `ranking`.
    what: str
    before: str
    now: str


@final
@attrs.frozen(kw_only=True)
class Replay(Report):
    """A recorded situation's current verdict, and all differences from the record."""

    #: The policy used for the replay.
    policy: Policy
    #: The current verdict; None if the policy lacks a recorded fact or value.
    verdict: Verdict | None = attrs.field(repr=False)
    #: The recorded time, if there is one.
    time: str | None
    #: The version of the library that created the record.
    library: str
    changes: tuple[RecordChange, ...]
    #: The changed parts of the policy. Empty if the record does not have the policy's
    #: text.
    edited: tuple[PartChange, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The types of changes, without duplicates; empty if nothing changed."""
        return tuple(dict.fromkeys(change.what for change in self.changes))

    def _data(self) -> dict[str, Any]:
        verdict = self.verdict.to_dict() if self.verdict else None
        names = ("changed", "changes", "edited", "time", "library")
        return {"policy": self.policy.id, **picked(self, *names), "verdict": verdict}

    def __str__(self) -> str:
        lines = [*self._table().lines, *self._in_words()]
        for one in self.changes:
            what = f"{one.what}{_MEANING.get(one.what, '')}"
            before, now = shown(one.before) or "none", shown(one.now) or "none"
            # Rankings and lists are hard to read with arrows between them.
            if any(mark in f"{before}{now}" for mark in (" > ", "; ")):
                lines.append(f"  {what}")
                lines += wrapped_lines(f"recorded: {before}", "    ", " " * 14)
                lines += wrapped_lines(f"now:      {now}", "    ", " " * 14)
            else:
                lines += wrapped_lines(f"{what}: {before} -> {now}", "  ", "    ")
        return "\n".join([*lines, *map(str, self.edited)])

    def _in_words(self) -> Iterator[str]:
        """Yield a sentence about the ranking if anything changed."""
        if self.verdict is None:
            yield "A recorded fact or value no longer exists, so nothing is ranked now."
        elif "ranking" in self.changed:
            recorded = self.provenance.parameters["record"]["ranking"]
            first, now = map(" = ".join, (recorded[0], self.verdict.best))
            same = f"The first response is the same: {first}."
            new = f"The first response was {first}. It is now {now}."
            yield same if first == now else new
        elif self.changes:
            yield "The ranking is the same."

    def _table(self) -> Table:
        made = f" {self.time}" if self.time else ""
        lines = (
            shown(f"Policy {self.policy.id} ({fingerprints(self.policy)})"),
            shown(f"Recorded{made} with version {self.library}"),
            f"Changed: {', '.join(self.changed) or 'nothing'}",
        )
        rows = tuple((one.what, one.before, one.now) for one in self.changes)
        return Table(lines=lines, columns=("changed", "recorded", "now"), rows=rows)


@checked
def replay(
    record: Mapping[str, Any], policy: str | Path | Policy | None = None
) -> Replay:
    """Rank the situation of *record* again, and report all changes.

    Args:
        record: plain data from `Verdict.record`.
        policy: the policy to use. By default, it is the built-in policy with the
            recorded ID. If there is none, it is the policy whose text is in the record.

    Raises:
        RecordError: the record is incomplete, altered or from a newer version, or its
            policy is unknown. The error lists all problems.
        PolicyError: *policy* cannot be read, or cannot be consulted.
    """
    given = () if policy is None else (partial(as_policy, policy),)
    read, *named = check_all(partial(records.checked, record), *given)
    before = _recorded_policy(read)
    now = named[0] if named else _policy_named(read, before)
    changes = [*_policy_changes(read, before, now)]
    verdict = None
    try:
        verdict = consult(read["situation"], now)
    except SituationError as error:
        stated = read["situation"]
        for one in error.problems:
            name = str(one.path[-1]) if one.path else ""
            value = f"{name}: {stated.get(name, '')}"
            changes.append(RecordChange(what="facts", before=value, now=one.message))
    else:
        changes += _outcome_changes(read, records.outcome_of(verdict))
    return Replay(
        provenance=made_of(now, record=read),
        policy=now,
        verdict=verdict,
        time=read["time"],
        library=read["library"],
        changes=tuple(changes),
        edited=diff(before, now, rankings=False).edited if before else (),
    )


def _recorded_policy(read: Mapping[str, Any]) -> Policy | None:
    if "policy_text" not in read:
        return None
    try:
        return read_policy(read["policy_text"], file="policy_text")
    except PolicyError as error:
        unread = problem("BE917", path=("policy_text",))
        raise RecordError([unread, *error.problems]) from None


def _policy_named(read: Mapping[str, Any], recorded: Policy | None) -> Policy:
    id = read["policy"]
    try:
        return as_policy(id)
    except PolicyError:
        if recorded is None:
            unknown = problem("BE915", id=id[:60], path=("policy",), token=id)
            raise RecordError([unknown]) from None
        return recorded


def _policy_changes(
    read: Mapping[str, Any], recorded: Policy | None, now: Policy
) -> Iterator[RecordChange]:
    if read["policy"] != now.id:
        yield RecordChange(what="policy", before=read["policy"], now=now.id)
    kinds = {"policy-text": "text_fingerprint", "rules": "fingerprint"}
    for what, name in kinds.items():
        # A later version may compute fingerprints differently, so use the text.
        before = getattr(recorded, name) if recorded else read[name]
        after = getattr(now, name)
        if before != after:
            yield RecordChange(what=what, before=before[:_SHOWN], now=after[:_SHOWN])


def _outcome_changes(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[RecordChange]:
    for what, after in now.items():
        if before[what] != after:
            old, new = _difference(before[what], after)
            yield RecordChange(what=what, before=old, now=new)


def _difference(before: Any, now: Any) -> tuple[str, str]:
    """Format two values. For lists and mappings, show only entries that differ."""
    if isinstance(now, dict):
        before, now = ([f"{k}: {v}" for k, v in one.items()] for one in (before, now))
    if any(isinstance(one, list) for one in (*before, *now)):
        return _nested(before), _nested(now)
    gone = [one for one in before if one not in now]
    new = [one for one in now if one not in before]
    # The entries are the same, but in a different order.
    if not (gone or new):
        gone, new = before, now
    return "; ".join(gone), "; ".join(new)


def _nested(value: list[list[str]]) -> str:
    return " > ".join(map(" = ".join, value))
