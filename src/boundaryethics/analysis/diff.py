"""Compare two versions of a policy: text changes and ranking changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import Difference, compare
from boundaryethics.arguments import Choice, checked
from boundaryethics.errors import AnalysisError, all_of, problem
from boundaryethics.mdd.build import Progress
from boundaryethics.mdd.space import Where
from boundaryethics.model.policy import Policy
from boundaryethics.policies import as_policy
from boundaryethics.policies.convert import policy_data
from boundaryethics.render.wording import as_code, escaped
from boundaryethics.report import (
    Report,
    Table,
    facts_text,
    made_of,
    percent,
    picked,
    ranking_text,
)

#: The maximum number of rows in a table for a pull request. `to_dict` returns all rows.
_MOST_ROWS = 10

#: Keys that identify a policy, and keys whose entries are compared individually.
_NAMING = frozenset({"policy", "title", "about", "abstract", "accepts"})
_NESTED = frozenset({"then", "favors", "opposes", "points", "values", "phrases"})


class ChangeKind(Choice):
    """How a part of a policy changed."""

    ADDED = "added"
    DROPPED = "dropped"
    ALTERED = "altered"


_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.DROPPED: "-", ChangeKind.ALTERED: "~"}


@final
@attrs.frozen(kw_only=True)
class KeyChange:
    """A changed key in a part of a policy."""

    #: The key with its parent keys: `then favors decline`.
    key: str
    #: Empty if the key was added.
    before: str
    #: Empty if the key was removed.
    after: str

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.key}: {self.before} -> {self.after}"
        return f"{self.key}: {self.before or self.after}"


@final
@attrs.frozen(kw_only=True)
class PartChange:
    """A changed part of a policy, such as a rule."""

    #: `rule`, `principle`, `finding`, `fact`, `ranking`, ...
    kind: str
    id: str
    how: ChangeKind
    lines: tuple[KeyChange, ...]

    @property
    def name(self) -> str:
        """Kind and ID, such as `rule a-rule`."""
        return f"{self.kind.replace('_', ' ')} {self.id}".rstrip()

    @property
    def keys(self) -> tuple[str, ...]:
        """The changed keys in the policy file, without duplicates."""
        names = (line.key.partition(" ")[0] for line in self.lines)
        return tuple(dict.fromkeys(names)) if self.how is ChangeKind.ALTERED else ()

    def sign(self, line: KeyChange) -> str:
        """Return `+` if a changed part gained a key, `-` if it lost one, else ` `."""
        if self.how is not ChangeKind.ALTERED or (line.before and line.after):
            return " "
        return "+" if line.after else "-"

    def __str__(self) -> str:
        changed = (f"    {self.sign(line)} {line}" for line in self.lines)
        # A table removes control characters.
        lines = (f"{_SIGNS[self.how]} {self.name}", *changed)
        return Table(lines=lines, columns=(), rows=()).text()


@final
@attrs.frozen(kw_only=True)
class PolicyDiff(Report):
    """Text changes and ranking changes between two versions of a policy."""

    #: The IDs of both versions.
    old: str
    new: str
    #: The fingerprints of both versions.
    fingerprints: tuple[str, str]
    #: The changed parts, in the order of a policy file.
    edited: tuple[PartChange, ...]
    #: The situations that the two versions rank differently; None if not compared.
    difference: Difference | None

    @property
    def changes_rankings(self) -> bool:
        """Whether the comparison found a situation that is ranked differently."""
        if self.difference is None:
            return False
        new = self.difference.with_new_values
        return self.difference.count > 0 or (new is not None and new.count > 0)

    def _data(self) -> dict[str, Any]:
        names = ("kind", "id", "how", "keys", "lines")
        return {
            **picked(self, "old", "new", "fingerprints"),
            "edited": [picked(part, *names) for part in self.edited],
            **picked(self, "difference"),
        }

    def chart(self) -> Any:
        """Return an Altair chart of `difference`.

        Raises:
            AnalysisError: the rankings were not compared.
        """
        if self.difference is None:
            raise AnalysisError([problem("BE609")])
        return self.difference.chart()

    def to_markdown(self) -> str:
        """Return the changes as Markdown for a pull request."""
        return "\n".join(_markdown(self)) + "\n"

    def __str__(self) -> str:
        ranked = ("", str(self.difference)) if self.difference else ()
        return "\n".join([*self._table().lines, *map(str, self.edited), *ranked])

    def _repr_html_(self) -> str:
        ranked = self.difference._repr_html_() if self.difference else ""
        return self._table().html() + ranked

    def _table(self) -> Table:
        nothing = () if self.edited else ("no changes in the file",)
        return Table(
            lines=(f"{self.old} -> {self.new}", *nothing),
            columns=("part", "how", "key", "before", "after"),
            rows=tuple(
                (part.name, part.how.value, *attrs.astuple(line))
                for part in self.edited
                for line in part.lines or (KeyChange(key="", before="", after=""),)
            ),
        )


@checked
def diff(
    old: Policy | str | Path | None,
    new: Policy | str | Path,
    *,
    where: Where | None = None,
    rankings: bool = True,
    progress: Progress | None = None,
) -> PolicyDiff:
    """Compare two versions of a policy: text changes and ranking changes.

    Args:
        old: the policy before the edit. None means the parent of *new*, which is the
            policy that *new* extends or is a variant of.
        new: the policy after the edit.
        where: facts, each with the value or values that it may have.
        rankings: whether to compare the rankings in all situations.
        progress: called with the number of facts processed and the total number.

    Raises:
        PolicyError: a policy cannot be read, or cannot be written as a file.
        SituationError: *where* has an undeclared fact or value.
        AnalysisError: *new* has no parent, or the analysis is too large.
    """
    *older, after = all_of(as_policy, (new,) if old is None else (old, new))
    before = older[0] if older else after.parent
    if before is None:
        raise AnalysisError([problem("BE816", policy=after.id, token=after.id)])
    difference = None
    if rankings:
        difference = compare(before, after, where=where, progress=progress)
    return PolicyDiff(
        provenance=made_of(before, after, where=where, rankings=rankings),
        old=before.id,
        new=after.id,
        fingerprints=(before.fingerprint, after.fingerprint),
        edited=tuple(_edited(before, after)),
        difference=difference,
    )


def _edited(before: Policy, after: Policy) -> Iterator[PartChange]:
    old, new = _parts(before), _parts(_in_order(after, before))
    # A new order of the values in the fact's own declaration does count as a change.
    new |= {key: part for key, part in _parts(after).items() if key[0] == "fact"}
    for kind, id in dict.fromkeys((*old, *new)):
        was, now = old.get((kind, id)), new.get((kind, id))
        reordered = tuple(_reordered(was, now)) if was and now else ()
        if was == now and not reordered:
            continue
        how = ChangeKind.DROPPED if now is None else ChangeKind.ALTERED
        how = ChangeKind.ADDED if was is None else how
        was, now = was or {}, now or {}
        lines = tuple(
            KeyChange(key=key, before=was.get(key, ""), after=now.get(key, ""))
            for key in dict.fromkeys((*was, *now))
            if was.get(key) != now.get(key)
        )
        yield PartChange(kind=kind, id=id, how=how, lines=(*lines, *reordered))


def _reordered(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[KeyChange]:
    """Yield a change if the values that both versions share are ordered differently."""
    before, after = (
        [key for key in one if key.startswith("values ") and key in other]
        for one, other in ((was, now), (now, was))
    )
    if before != after:
        orders = (
            f"[{', '.join(key.partition(' ')[2] for key in order)}]"
            for order in (before, after)
        )
        yield KeyChange(key="values", before=next(orders), after=next(orders))


def _in_order(policy: Policy, earlier: Policy) -> Policy:
    """Return *policy* with the values of facts in the order of an *earlier* version.

    Conditions list values in this order. So if a fact's values are reordered, the
    conditions that test the fact do not count as changed.
    """
    known = earlier.vocabulary.by_name
    facts = tuple(
        attrs.evolve(
            fact,
            values=values,
            labels=tuple(sorted(fact.labels, key=lambda one: values.index(one[0]))),
            phrases=tuple(sorted(fact.phrases, key=lambda one: values.index(one[0]))),
        )
        for fact in policy.vocabulary.facts
        for kept in [
            [v for v in getattr(known.get(fact.name), "values", ()) if v in fact.values]
        ]
        for values in [tuple(dict.fromkeys((*kept, *fact.values)))]
    )
    vocabulary = attrs.evolve(policy.vocabulary, facts=facts)
    return attrs.evolve(policy, vocabulary=vocabulary)


def _parts(policy: Policy) -> dict[tuple[str, str], dict[str, str]]:
    """Return the parts of *policy* by kind and ID, with each value on one line."""
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for section, data in policy_data(policy).items():
        if section in _NAMING:
            continue
        kind = section.removesuffix("s")
        if section == "ranking":
            parts[kind, ""] = dict(_keys(data))
        elif isinstance(data, str):
            parts[kind, ""] = {"says": data}
        elif section == "impossible":
            parts |= {(kind, _flow(condition)): {} for condition in data}
        elif isinstance(data, list):
            for part in data:
                # A label has no ID, so its condition identifies it.
                by = "id" if "id" in part else "when"
                named = {key: value for key, value in part.items() if key != by}
                id = _flow(part.get(by, "everywhere"))
                parts[kind, id] = parts.get((kind, id), {}) | dict(_keys(named))
        else:
            for id, part in data.items():
                keys = part if isinstance(part, dict) else {"says": part}
                parts[kind, id] = dict(_keys(keys))
    return parts


def _keys(data: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if key in _NESTED and isinstance(value, dict):
            yield from _keys(value, f"{head}{key} ")
        else:
            yield f"{head}{key}", _flow(value)


def _flow(value: Any) -> str:
    """Format *value* as YAML on one line."""
    if isinstance(value, dict):
        entries = (f"{key}: {_flow(part)}" for key, part in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _markdown(edit: PolicyDiff) -> Iterator[str]:
    difference = edit.difference
    yield f"### {as_code(edit.old)} → {as_code(edit.new)}"
    if difference:
        yield from ("", _counted(difference))
    rows = [
        f"| {part.kind.replace('_', ' ')}{id} | {part.how}{keys} |"
        for part in edit.edited
        for id in [f" {as_code(part.id)}" if part.id else ""]
        for keys in [f" ({escaped(', '.join(part.keys))})" if part.keys else ""]
    ]
    yield from _rows(("what changed in the file", "how"), rows)
    if difference:
        yield from _ranking_rows(difference)
        yield from _new_values(difference)


def _new_values(difference: Difference) -> Iterator[str]:
    for new in difference.new_values:
        yield from ("", f"Only {as_code(new.policy)} has {escaped(str(new))}.")
    if difference.new_values:
        yield "The counts above cover the situations without these values."
    if beyond := difference.with_new_values:
        unknown = "The other policy ranks them as if the fact were unknown."
        yield from ("", "#### Situations with one of these values", "")
        yield f"{unknown} {_counted(beyond)}"
        yield from _ranking_rows(beyond)


def _counted(difference: Difference) -> str:
    share = percent(difference.count, difference.total)
    return (
        f"**{difference.count:,}** of {difference.total:,} situations rank "
        f"differently ({share}). In **{difference.first:,}** of them, the top "
        "response differs."
    )


def _ranking_rows(difference: Difference) -> Iterator[str]:
    rows = [
        f"| {ranking_text(move.before)} | {ranking_text(move.after)} | {move.count:,} |"
        for move in difference.transitions
    ]
    columns = ("ranking before", "ranking after", "situations")
    yield from _rows(columns, rows[:_MOST_ROWS])
    causes = [
        f"| {as_code(cause.rule)} | {cause.count:,} | {example} |"
        for cause in sorted(difference.causes, key=lambda cause: -cause.count)
        for example in [escaped(facts_text(cause.witness))]
    ]
    columns = ("caused by rule", "situations", "simplest example")
    yield from _rows(columns, causes[:_MOST_ROWS])
    if max(len(rows), len(causes)) > _MOST_ROWS:
        yield from ("", f"Each table shows its {_MOST_ROWS} largest rows.")


def _rows(columns: Iterable[str], rows: list[str]) -> Iterator[str]:
    """Yield a Markdown table with right-aligned numbers; nothing if *rows* is empty."""
    if rows:
        rules = ("--:" if name == "situations" else "---" for name in columns)
        yield from ("", f"| {' | '.join(columns)} |", f"|{'|'.join(rules)}|", *rows)
