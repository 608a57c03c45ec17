"""Compute strength sensitivity: how rankings change if one strength moves by one step.

Rankings can change only in situations in which the rule with that strength applies,
so only those are compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.compare import moves_in
from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked
from boundaryethics.charts import MOST_ROWS, TornadoRow, tornado
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.mdd.build import Progress, QueryBuilder, RankingDifferences
from boundaryethics.mdd.space import Count, Space, Where
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Strength
from boundaryethics.policies import as_policy
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    cell,
    facts_text,
    made_of,
    percent,
    population_part,
    signed_chart,
    sized,
)
from boundaryethics.variants.designs import StrengthStep, strength_steps
from boundaryethics.variants.edits import varied


@final
@attrs.frozen(kw_only=True)
class StrengthMove(PlainData):
    """One strength moved by one step, and the rankings that change with it."""

    rule: str
    pull: Pull
    option: Option
    before: Strength
    after: Strength
    #: The number of situations in which the ranking changes, or their share if
    #: situations have weights.
    ranking: Count
    #: The number of these situations in which the first rank changes, or their share.
    first: Count
    #: One of these situations, with the fewest known facts; None if there is none.
    witness: Situation | None

    @property
    def up(self) -> bool:
        """Whether the strength increases."""
        order = tuple(Strength)
        return order.index(self.after) < order.index(self.before)


@final
@attrs.frozen(kw_only=True)
class StrengthSensitivity(Report):
    """The effects of moving each strength by one step, the largest first."""

    policy: str
    #: The number of situations that the analysis covers; 1 if they have weights.
    total: Count
    moves: tuple[StrengthMove, ...]
    #: The situations covered.
    over: PopulationSummary | None = None

    @property
    def largest(self) -> StrengthMove | None:
        """The change that affects the most rankings; None if no ranking is affected."""
        return next((one for one in self.moves if one.ranking), None)

    @property
    def largest_top_change(self) -> StrengthMove | None:
        """The change that affects the top response most often; None if none does."""
        moving = [one for one in self.moves if one.first]
        return max(moving, key=lambda one: one.first, default=None)

    @property
    def no_effect(self) -> tuple[StrengthMove, ...]:
        """The changes that affect no ranking."""
        return tuple(one for one in self.moves if not one.ranking)

    @signed_chart
    def chart(self) -> Any:
        """Draw how many rankings change if a strength goes down or up, with Altair."""
        shares: dict[str, dict[bool, float]] = {}
        for one in self.moves:
            name = f"{one.rule} {one.pull} {one.option}"
            shares.setdefault(name, {})[one.up] = float(100 * one.ranking / self.total)
        return tornado(
            [
                TornadoRow(name, down=either.get(False), up=either.get(True))
                for name, either in shares.items()
                if any(either.values())
            ],
            title=f"Sensitivity of {self.policy} to each strength",
            subtitle=f"over {sized(self.over, self.total)}; strengths "
            "without an effect are left out, and a move without a bar is not possible",
            axis="situations with a different ranking (%)",
            most=MOST_ROWS,
        )

    def _rows(self) -> Table:
        columns = tuple(field.name for field in attrs.fields(StrengthMove))[:-1]
        over = as_data(self.total), str(self.over)
        rows = ((*tuple(one.to_dict().values())[:-1], *over) for one in self.moves)
        return Table(columns=(*columns, "total", "over"), rows=tuple(rows))

    def _table(self) -> Table:
        moves = plural(len(self.moves), "strength change")
        columns = ("rule", "effect", "change", "different ranking in", "share")
        return Table(
            lines=(
                f"{self.policy}: {moves}, {population_part(self.total)}",
                f"over {self.over}",
                f"changes without an effect: {len(self.no_effect)}",
            ),
            columns=(*columns, "different top response in", "example"),
            rows=tuple(
                (
                    one.rule,
                    f"{one.pull} {one.option}",
                    f"{one.before} -> {one.after}",
                    cell(one.ranking, self.total),
                    percent(one.ranking, self.total),
                    cell(one.first, self.total),
                    facts_text(one.witness),
                )
                for one in self.moves
            ),
        )


@checked
def strength_sensitivity(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> StrengthSensitivity:
    """Count the situations whose ranking changes with each strength of *policy*.

    Only one strength moves at a time, one step up or one step down. The counts are
    exact for every ranking method.

    Args:
        policy: a policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        progress: called with the number of changes processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: *over* is invalid, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    policy = as_policy(policy)
    space, summary = space_over(policy.vocabulary, over, where)
    steps = [(r.id, step) for r in policy.rules for step in strength_steps(r)]
    moves: list[StrengthMove] = []
    for rule, step in steps:
        moves.append(_move(policy, rule, step, space))
        if progress:
            progress(len(moves), len(steps))
    moves.sort(key=lambda one: (-one.ranking, -one.first))
    return StrengthSensitivity(
        provenance=made_of(policy, where=where, over=summary.recorded),
        policy=policy.id,
        total=space.size,
        over=summary,
        moves=tuple(moves),
    )


def _move(policy: Policy, rule: str, step: StrengthStep, space: Space) -> StrengthMove:
    variant = varied(policy, policy.id, (step.edit,))
    query = QueryBuilder([policy, variant])
    applies = query.builder.bound(query.builder.rules[0][rule])
    diagram = query.ask(space, RankingDifferences(), demanded=applies)
    changes = moves_in(diagram)
    witness, smallest = None, diagram.smallest()
    if smallest is not None:
        witness = space.situation(smallest)
        one, other = (verdict_on(each, witness) for each in (policy, variant))
        if one.ranking == other.ranking:
            message = f"{step.after} in {rule} changes nothing at {witness}"
            raise ContradictedError(message)
    return StrengthMove(
        rule=rule,
        pull=step.pull,
        option=step.option,
        before=step.before,
        after=step.after,
        ranking=sum(one.count for one in changes),
        first=sum(one.count for one in changes if one.before[0] != one.after[0]),
        witness=witness,
    )
