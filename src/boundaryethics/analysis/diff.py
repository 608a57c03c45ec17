"""What an edit changes in a policy: what is written otherwise, and ranked otherwise.

In: the policy before and after. Out: each part that was added, dropped or altered, in
the words of policy files, and the exact difference in what the two rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.analysis.compare import Difference, compare
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.mdd.build import Progress
from boundaryethics.mdd.space import Where
from boundaryethics.model.policy import Policy
from boundaryethics.policies import policy_named
from boundaryethics.policies.convert import policy_data
from boundaryethics.report import Report, Table, facts_told, percent, told

#: What stands in a policy file under some keys, as one line for each.
Told: TypeAlias = Mapping[str, str]

#: Moves and causes told in a pull request; all of them are in the plain data.
_MOST_ROWS = 10

#: What a policy is called, and what is no part of what it says.
_ASIDE = frozenset({"policy", "title", "about", "abstract", "accepts"})
#: Keys whose entries are told one by one.
_OPENED = frozenset({"then", "favors", "opposes", "points"})


class ChangeKind(StrEnum):
    """What became of a part of a policy."""

    ADDED = "added"
    DROPPED = "dropped"
    ALTERED = "altered"


_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.DROPPED: "-", ChangeKind.ALTERED: "~"}


@final
@attrs.frozen(kw_only=True)
class KeyChange:
    """One key that is not what it was."""

    #: With the keys that lead to it: `then favors decline`.
    key: str
    #: Empty where it was not there, or is not there any more.
    before: str
    after: str

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.key}: {self.before} -> {self.after}"
        return f"{self.key}: {self.before or self.after}"


@final
@attrs.frozen(kw_only=True)
class PartChange:
    """One part of a policy that is not what it was."""

    #: `rule`, `principle`, `finding`, `fact`, `ranking`, ...
    kind: str
    id: str
    how: ChangeKind
    lines: tuple[KeyChange, ...]

    @property
    def name(self) -> str:
        """What it is called: `rule a-rule`."""
        return f"{self.kind.replace('_', ' ')} {self.id}".rstrip()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that were altered, as the file has them; all that is told, once."""
        names = (line.key.partition(" ")[0] for line in self.lines)
        return tuple(dict.fromkeys(names)) if self.how is ChangeKind.ALTERED else ()

    def __str__(self) -> str:
        lines = (f"{_SIGNS[self.how]} {self.name}", *(f"      {o}" for o in self.lines))
        return "\n".join(map(_printable, lines))


@final
@attrs.frozen(kw_only=True)
class PolicyDiff(Report):
    """An edit of a policy: what is written otherwise, and what is ranked otherwise."""

    #: The ids before and after.
    old: str
    new: str
    #: The fingerprints before and after.
    fingerprints: tuple[str, str]
    #: In the order of policy files.
    edited: tuple[PartChange, ...]
    #: In which situations the two rank otherwise; None where that was not asked.
    difference: Difference | None

    @property
    def changes_rankings(self) -> bool:
        """Whether some situation is known to be ranked otherwise."""
        return self.difference is not None and self.difference.count > 0

    def to_dict(self) -> dict[str, Any]:
        """The edit as plain data, ready for JSON."""
        return {
            "old": self.old,
            "new": self.new,
            "fingerprints": list(self.fingerprints),
            "edited": [
                {
                    "kind": part.kind,
                    "id": part.id,
                    "how": part.how.value,
                    "keys": list(part.keys),
                    "lines": [attrs.asdict(line) for line in part.lines],
                }
                for part in self.edited
            ],
            "difference": self.difference and self.difference.to_dict(),
        }

    def chart(self) -> Any:
        """Draw `difference`, with Altair.

        Raises:
            AnalysisError: it was not asked.
            PictureError: what draws is not installed.
        """
        if self.difference is None:
            message = "there is nothing to draw: rankings were not compared"
            raise AnalysisError([Problem(code="BE609", message=message)])
        return self.difference.chart()

    def to_markdown(self) -> str:
        """The edit for a pull request."""
        return "\n".join(_markdown(self)) + "\n"

    def __str__(self) -> str:
        written = [str(part) for part in self.edited]
        ranked = ["", str(self.difference)] if self.difference else []
        return "\n".join([*self._table().lines, *written, *ranked])

    def _repr_html_(self) -> str:
        ranked = self.difference._repr_html_() if self.difference else ""
        return self._table().html() + ranked

    def _table(self) -> Table:
        nothing = () if self.edited else ("nothing is written otherwise",)
        return Table(
            lines=(f"{self.old} -> {self.new}", *nothing),
            columns=("part", "how", "key", "before", "after"),
            rows=tuple(
                (part.name, part.how.value, *attrs.astuple(line))
                for part in self.edited
                for line in part.lines or (KeyChange(key="", before="", after=""),)
            ),
        )


def diff(
    old: Policy | str | Path | None,
    new: Policy | str | Path,
    *,
    where: Where | None = None,
    rankings: bool = True,
    progress: Progress | None = None,
) -> PolicyDiff:
    """Tell what is written, and what is ranked, otherwise in *new* than in *old*.

    Args:
        old: the policy before the edit; None for the one that *new* was made from, by
            `Policy.variant` or by what its file extends.
        new: the policy after it.
        where: facts confined to a value or to some values.
        rankings: whether to compare what the two rank, over every situation.
        progress: called with the facts done, and the facts there are.

    Raises:
        PolicyError: a policy cannot be read, or cannot be written as a file.
        SituationError: *where* names what is not declared.
        AnalysisError: *new* was made from no other policy, or the question is too
            large, or cannot be asked of both.
    """
    after = policy_named(new)
    before = after.parent if old is None else policy_named(old)
    if before is None:
        raise AnalysisError([_orphan(after)])
    difference = None
    if rankings:
        difference = compare(before, after, where=where, progress=progress)
    return PolicyDiff(
        old=before.id,
        new=after.id,
        fingerprints=(before.fingerprint, after.fingerprint),
        edited=tuple(_edited(before, after)),
        difference=difference,
    )


def _edited(before: Policy, after: Policy) -> Iterator[PartChange]:
    old, new = _told(before), _told(after)
    for kind, id in dict.fromkeys((*old, *new)):
        was, now = old.get((kind, id), {}), new.get((kind, id), {})
        lines = tuple(
            KeyChange(key=key, before=was.get(key, ""), after=now.get(key, ""))
            for key in dict.fromkeys((*was, *now))
            if was.get(key) != now.get(key)
        )
        if was != now or ((kind, id) in old) != ((kind, id) in new):
            how = ChangeKind.ALTERED
            if (kind, id) not in old:
                how = ChangeKind.ADDED
            elif (kind, id) not in new:
                how = ChangeKind.DROPPED
            yield PartChange(kind=kind, id=id, how=how, lines=lines)


def _told(policy: Policy) -> dict[tuple[str, str], Told]:
    """The parts of *policy*, each with its keys."""
    told: dict[tuple[str, str], Told] = {}
    for section, data in policy_data(policy).items():
        if section in _ASIDE:
            continue
        kind = section.removesuffix("s")
        if section == "ranking":
            told[kind, ""] = dict(_keys(data))
        elif section == "impossible":
            told |= {(kind, _flow(condition)): {} for condition in data}
        elif isinstance(data, list):
            for part in data:
                # Labels have no id: they are known by where they fit.
                by = "id" if "id" in part else "when"
                named = {key: value for key, value in part.items() if key != by}
                id = _flow(part.get(by, "everywhere"))
                told[kind, id] = {**told.get((kind, id), {}), **dict(_keys(named))}
        else:
            for id, part in data.items():
                keys = part if isinstance(part, dict) else {"says": part}
                told[kind, id] = dict(_keys(keys))
    return told


def _keys(data: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if key in _OPENED and isinstance(value, dict):
            yield from _keys(value, f"{head}{key} ")
        else:
            yield f"{head}{key}", _flow(value)


def _flow(value: Any) -> str:
    """*value* on one line, as YAML has it."""
    match value:
        case dict():
            entries = (f"{key}: {_flow(part)}" for key, part in value.items())
            return f"{{{', '.join(entries)}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _orphan(policy: Policy) -> Problem:
    return Problem(
        code="BE816",
        message=f"policy `{policy.id}` was not made from another policy",
        help="name the policy before the edit",
        token=policy.id,
    )


def _printable(line: str) -> str:
    """Replace the characters of *line* that a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _markdown(edit: PolicyDiff) -> Iterator[str]:
    difference = edit.difference
    yield f"### `{edit.old}` → `{edit.new}`"
    if difference:
        share = percent(difference.count, difference.total)
        yield ""
        yield (
            f"**{difference.count:,}** of {difference.total:,} situations are ranked "
            f"otherwise ({share}); in **{difference.first:,}** another response is "
            "first."
        )
    if edit.edited:
        yield from ("", "| what is written otherwise | how |", "|---|---|")
    for part in edit.edited:
        keys = f" ({', '.join(part.keys)})" if part.keys else ""
        id = f" `{part.id}`" if part.id else ""
        yield f"| {part.kind.replace('_', ' ')}{id} | {part.how}{keys} |"
    if difference:
        yield from _tables(difference)


def _tables(difference: Difference) -> Iterator[str]:
    if difference.transitions:
        yield from (
            "",
            "| ranked before | ranked after | situations |",
            "|---|---|--:|",
        )
    for move in difference.transitions[:_MOST_ROWS]:
        yield f"| {told(move.before)} | {told(move.after)} | {move.count:,} |"
    if difference.causes:
        yield from ("", "| by rule | situations | the simplest one |", "|---|--:|---|")
    causes = sorted(difference.causes, key=lambda cause: -cause.count)
    for cause in causes[:_MOST_ROWS]:
        yield f"| `{cause.rule}` | {cause.count:,} | {facts_told(cause.witness)} |"
    yield from _left_out(len(difference.transitions), len(causes))


def _left_out(moves: int, causes: int) -> Iterator[str]:
    more = max(moves, causes) - _MOST_ROWS
    if more > 0:
        yield from ("", f"Each table shows its {_MOST_ROWS} largest rows.")
