"""What the rankings of a policy hang on among the strengths of its reasons.

Each strength is moved one up and one down, alone. Nothing can change but where the
rule binds that has it, so that only those situations are walked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import moves_in
from boundaryethics.charts import TornadoRow, tornado
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.mdd.build import Progress, QueryBuilder, RankingDifferences
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.space import Space, Where, space_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Strength
from boundaryethics.policies import policy_named
from boundaryethics.report import Report, Table, facts_of, facts_told, percent, plural
from boundaryethics.variants.designs import Scenario, VaryStrengths
from boundaryethics.variants.edits import varied


@final
@attrs.frozen(kw_only=True)
class StrengthMove:
    """One strength moved to the next, and what moves with it."""

    rule: str
    pull: Pull
    option: Option
    before: Strength
    after: Strength
    #: In how many situations the ranking is another.
    ranking: int
    #: In how many of them the first place is.
    first: int
    #: One of them, with as few facts known as can be.
    witness: Situation | None

    @property
    def up(self) -> bool:
        """Whether the strength grows."""
        order = tuple(Strength)
        return order.index(self.after) < order.index(self.before)

    def to_dict(self) -> dict[str, Any]:
        """The move as plain data."""
        return {
            "rule": self.rule,
            "pull": self.pull.value,
            "option": self.option.value,
            "before": self.before.value,
            "after": self.after.value,
            "ranking": self.ranking,
            "first": self.first,
            "witness": facts_of(self.witness),
        }


@final
@attrs.frozen(kw_only=True)
class StrengthSensitivity(Report):
    """What each move of a strength comes to; the move that changes most comes first."""

    policy: str
    #: The situations asked of.
    total: int
    moves: tuple[StrengthMove, ...]

    @property
    def largest(self) -> StrengthMove | None:
        """The move that changes the ranking of the most situations."""
        return next((one for one in self.moves if one.ranking), None)

    @property
    def largest_top_change(self) -> StrengthMove | None:
        """The move that changes the first place of the most situations."""
        moving = [one for one in self.moves if one.first]
        return max(moving, key=lambda one: one.first, default=None)

    @property
    def no_effect(self) -> tuple[StrengthMove, ...]:
        """The moves that change no ranking."""
        return tuple(one for one in self.moves if not one.ranking)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "policy": self.policy,
            "total": self.total,
            "moves": [one.to_dict() for one in self.moves],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each move.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        rows = [tuple(one.to_dict().values())[:-1] for one in self.moves]
        columns = tuple(field.name for field in attrs.fields(StrengthMove))[:-1]
        return Table(lines=(), columns=columns, rows=tuple(rows)).frame()

    def chart(self) -> Any:
        """A picture, for Altair: what each strength changes, moved down and up.

        Raises:
            PictureError: what draws is not installed.
        """
        shares: dict[str, dict[bool, float]] = {}
        for one in self.moves:
            name = f"{one.rule} {one.pull} {one.option}"
            shares.setdefault(name, {})[one.up] = 100 * one.ranking / self.total
        return tornado(
            [
                TornadoRow(name, down=either.get(False), up=either.get(True))
                for name, either in shares.items()
                if any(either.values())
            ],
            title=f"What hangs on each strength of {self.policy}",
            subtitle=f"over {plural(self.total, 'situation')}; strengths on which "
            "nothing hangs are left out",
            axis="situations that rank otherwise (%)",
        )

    def _table(self) -> Table:
        counted = (
            f"{plural(len(self.moves), 'move')}, {plural(self.total, 'situation')}"
        )
        return Table(
            lines=(
                f"{self.policy}: {counted}",
                f"{len(self.no_effect)} moves change no ranking",
            ),
            columns=("rule", "says", "becomes", "ranking", "share", "first", "at"),
            rows=tuple(
                (
                    one.rule,
                    f"{one.pull} {one.option}",
                    f"{one.before} -> {one.after}",
                    one.ranking,
                    percent(one.ranking, self.total),
                    one.first,
                    facts_told(one.witness),
                )
                for one in self.moves
            ),
        )


def strength_sensitivity(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> StrengthSensitivity:
    """What moves with each strength of *policy*, one up and one down, one at a time.

    Exact, over every situation there can be, by whichever method the policy has.

    Args:
        policy: whose strengths they are; or its id or path.
        where: facts confined to a value or to some values.
        progress: called with the moves done, and the moves there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the question is too large.
    """
    policy = policy_named(policy)
    space = space_of(policy.vocabulary, where)
    moves, size = list[StrengthMove](), VaryStrengths().size(policy)
    for variation in VaryStrengths().of(policy):
        moves.append(_move(policy, variation, space))
        if progress:
            progress(len(moves), size)
    return StrengthSensitivity(
        policy=policy.id,
        total=space.size,
        moves=tuple(sorted(moves, key=lambda one: (-one.ranking, -one.first))),
    )


def _move(policy: Policy, variation: Scenario, space: Space) -> StrengthMove:
    """What moves with one strength."""
    label = variation.label
    pull, option = label.part.split()
    diagram, witness = _moved(policy, variation, space)
    changes = moves_in(diagram)
    return StrengthMove(
        rule=label.rule,
        pull=Pull(pull),
        option=Option(option),
        before=Strength(label.before),
        after=Strength(label.after),
        ranking=sum(one.count for one in changes),
        first=sum(one.count for one in changes if one.before[0] != one.after[0]),
        witness=witness,
    )


def _moved(
    policy: Policy, variation: Scenario, space: Space
) -> tuple[Diagram, Situation | None]:
    """Where the variant ranks otherwise, and a situation in which it does."""
    variant = varied(policy, policy.id, variation.edits)
    asking = QueryBuilder([policy, variant])
    binds = asking.weaver.bound(asking.weaver.rules[0][variation.label.rule])
    diagram = asking.ask(space, RankingDifferences(), demanded=binds)
    chosen = diagram.smallest()
    if chosen is None:
        return diagram, None
    situation = space.situation(chosen)
    one, other = (verdict_on(each, situation) for each in (policy, variant))
    if one.ranking == other.ranking:
        message = f"{variation.label.variant} changes nothing at {situation}"
        raise ContradictedError(message)
    return diagram, situation
