"""Review: what a variant changes, as somebody reads it who has to agree to it.

In: a variant and its parent. Out: each part that is written otherwise, in the words
of policy files, and the exact difference in what the two rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.analysis import Difference, compare
from boundaryethics.analysis.editing import How
from boundaryethics.diagrams.given import Given
from boundaryethics.diagrams.walking import Progress
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named
from boundaryethics.policyfile.convert import policy_data
from boundaryethics.report import Table

#: What stands in a policy file under some keys, as one line for each.
Told: TypeAlias = Mapping[str, str]

#: What a policy is called, and what is no part of what it says.
_ASIDE = frozenset({"policy", "title", "about", "abstract", "accepts"})
_SIGNS = {How.ADDED: "+", How.DROPPED: "-", How.ALTERED: "~"}
#: Keys whose entries are told one by one.
_OPENED = frozenset({"then", "favours", "opposes", "points"})


@final
@attrs.frozen(kw_only=True)
class Line:
    """One key that is not what it was."""

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
class Part:
    """One rule, principle or other part that is not what it was."""

    #: `rule`, `principle`, `ranking`, ...
    kind: str
    id: str
    how: How
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        """What it is called: `rule a-rule`."""
        return f"{self.kind} {self.id}".rstrip()


@final
@attrs.frozen(kw_only=True)
class Review:
    """What a variant changes in its parent."""

    variant: str
    parent: str
    #: In the order of policy files.
    parts: tuple[Part, ...]
    #: In which situations the two rank otherwise.
    difference: Difference

    def to_dict(self) -> dict[str, Any]:
        """The review as plain data, ready for JSON."""
        return {
            "variant": self.variant,
            "parent": self.parent,
            "parts": [
                {
                    "kind": part.kind,
                    "id": part.id,
                    "how": part.how.value,
                    "lines": [attrs.asdict(line) for line in part.lines],
                }
                for part in self.parts
            ],
            "difference": self.difference.to_dict(),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each key that is not what it was.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self._table().frame()

    def __str__(self) -> str:
        return "\n".join((*self._lines(), "", str(self.difference)))

    def _repr_html_(self) -> str:
        return self._table().html() + self.difference._repr_html_()

    def _lines(self) -> Iterator[str]:
        yield f"{self.variant}, a variant of {self.parent}"
        if not self.parts:
            yield "nothing is written otherwise"
        for part in self.parts:
            lines = (part.name, *(f"    {line}" for line in part.lines))
            sign = _SIGNS[part.how]
            for number, line in enumerate(lines):
                text = f"{' ' if number else sign} {line}"
                yield "".join(c if c.isprintable() else "\ufffd" for c in text)

    def _table(self) -> Table:
        return Table(
            lines=(f"{self.variant}, a variant of {self.parent}",),
            columns=("part", "how", "key", "before", "after"),
            rows=tuple(
                (part.name, part.how.value, line.key, line.before, line.after)
                for part in self.parts
                for line in part.lines
            ),
        )


def review(
    variant: Policy | str | Path,
    parent: Policy | str | Path | None = None,
    *,
    given: Given | None = None,
    progress: Progress | None = None,
) -> Review:
    """What *variant* changes in its parent, written and ranked.

    Args:
        variant: a policy made by `Policy.variant`, or one that extends another.
        parent: what to read it beside; by default the policy that it was made from.
        given: facts confined to a value or to some values.
        progress: called with the facts done, and the facts there are.

    Raises:
        PolicyError: a policy cannot be read.
        SituationError: *given* names what is not declared.
        AnalysisError: it was made from no other policy, or the question is too large.
    """
    after = policy_named(variant)
    before = after.parent if parent is None else policy_named(parent)
    if before is None:
        raise AnalysisError([_orphan(after)])
    return Review(
        variant=after.id,
        parent=before.id,
        parts=tuple(_parts(before, after)),
        difference=compare(before, after, given=given, progress=progress),
    )


def _parts(before: Policy, after: Policy) -> Iterator[Part]:
    old, new = _told(before), _told(after)
    for kind, id in dict.fromkeys((*old, *new)):
        was, now = old.get((kind, id), {}), new.get((kind, id), {})
        lines = tuple(
            Line(key=key, before=was.get(key, ""), after=now.get(key, ""))
            for key in dict.fromkeys((*was, *now))
            if was.get(key) != now.get(key)
        )
        if was != now or ((kind, id) in old) != ((kind, id) in new):
            how = How.ALTERED
            if (kind, id) not in old:
                how = How.ADDED
            elif (kind, id) not in new:
                how = How.DROPPED
            yield Part(kind=kind, id=id, how=how, lines=lines)


def _told(policy: Policy) -> dict[tuple[str, str], Told]:
    """The parts of *policy*, each with its keys."""
    told: dict[tuple[str, str], Told] = {}
    for section, data in policy_data(policy).items():
        if section in _ASIDE:
            continue
        kind = section.removesuffix("s").replace("_", " ")
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
        help="name the one to read it beside",
        token=policy.id,
    )
