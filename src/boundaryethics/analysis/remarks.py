"""What the linter has to say of a policy, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.report import Table

#: Each lint's code, and the name of its page under docs/lints.
LINTS: Mapping[str, str] = {
    "BL01": "rule-never-binds",
    "BL02": "rule-never-decides",
    "BL03": "rule-repeats-another",
    "BL04": "rule-pulls-both-ways",
    "BL05": "rule-always-overridden",
    "BL06": "finding-never-read",
    "BL07": "fact-never-read",
    "BL08": "place-never-taken",
    "BL09": "ranking-never-given",
    "BL10": "dilemma",
    "BL11": "full-tie",
    "BL12": "principle-without-citation",
    "BL13": "acceptance-of-nothing",
}


@final
@attrs.frozen(kw_only=True)
class Remark:
    """One thing about a policy that its authors may not have meant."""

    #: Code, sentence and place.
    problem: Problem
    #: What it is about: the id of a rule, a finding, an option with its place, ...
    on: str
    #: Why the authors accept it; empty where they have not said.
    accepted: str = ""


@final
@attrs.frozen(kw_only=True)
class Remarks:
    """All that the linter has to say of one policy."""

    policy: str
    remarks: tuple[Remark, ...]

    @property
    def open(self) -> tuple[Remark, ...]:
        """Those that the policy does not accept."""
        return tuple(remark for remark in self.remarks if not remark.accepted)

    @property
    def accepted(self) -> tuple[Remark, ...]:
        """Those that it accepts, with a reason in the file."""
        return tuple(remark for remark in self.remarks if remark.accepted)

    def with_problems(self, problems: Sequence[Problem]) -> Remarks:
        """The same remarks with *problems*, one each: with their places, say."""
        pairs = zip(self.remarks, problems, strict=True)
        changed = tuple(attrs.evolve(remark, problem=p) for remark, p in pairs)
        return attrs.evolve(self, remarks=changed)

    def to_dict(self) -> dict[str, Any]:
        """The remarks as plain data, ready for JSON."""
        return {
            "policy": self.policy,
            "remarks": [
                {
                    "lint": remark.problem.code,
                    "name": LINTS[remark.problem.code],
                    "on": remark.on,
                    "message": remark.problem.message,
                    "where": str(remark.problem.where)
                    if remark.problem.where
                    else None,
                    "accepted": remark.accepted or None,
                }
                for remark in self.remarks
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each remark.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self._table().frame()

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        line = f"{self.policy}: {len(self.open)} remarks, {len(self.accepted)} accepted"
        return Table(
            lines=(line,),
            columns=("lint", "on", "remark", "accepted"),
            rows=tuple(
                (r.problem.code, r.on, r.problem.message, r.accepted or "-")
                for r in self.remarks
            ),
        )
