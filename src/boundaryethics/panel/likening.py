"""How far policies agree with a panel of raters, and where they part from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.consulting import consult
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.panel.orders import consensus, same_first, tau_b
from boundaryethics.panel.parting import Parted, parted
from boundaryethics.panel.resampling import (
    RESAMPLES,
    Draws,
    Estimate,
    estimate,
    mean_of,
)
from boundaryethics.panel.scoring import scores
from boundaryethics.panel.untold import Untold, left_out_told, untold
from boundaryethics.panel.values import Panel, refuse_unrated
from boundaryethics.plots import Interval, intervals
from boundaryethics.policyfile import policy_named
from boundaryethics.report import Table, plural, told

_NO_CONSENSUS = "in every vignette the policy or the consensus ties all options"


@final
@attrs.frozen(kw_only=True)
class Likeness:
    """How far one policy agrees with a panel."""

    policy: str
    #: Vignettes with a rating of two options or more.
    vignettes: int
    #: Kendall's tau-b between policy and rater: the mean over the raters of a
    #: vignette, then over vignettes.
    tau: Estimate
    #: How many ratings it takes in, and how many it leaves out.
    untold: Untold
    #: The share of raters with the same first place, taken likewise.
    first: Estimate
    #: The mean of tau-b between the policy and what the raters come to together.
    consensus_tau: Estimate
    #: The share of vignettes in which the consensus has the same first place.
    consensus_first: Estimate
    #: The vignettes in which the policy ranks otherwise than the consensus.
    parted: tuple[Parted, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""
        return {
            "policy": self.policy,
            "vignettes": self.vignettes,
            "tau": self.tau.to_dict(),
            "ratings": attrs.asdict(self.untold),
            "first": self.first.to_dict(),
            "consensus_tau": self.consensus_tau.to_dict(),
            "consensus_first": self.consensus_first.to_dict(),
            "parted": [one.to_dict() for one in self.parted],
        }


@final
@attrs.frozen(kw_only=True)
class Likenesses:
    """How far some policies agree with one panel."""

    policies: tuple[Likeness, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {one.policy: one.to_dict() for one in self.policies}

    def to_frame(self) -> Any:
        """A data frame with a row for each policy.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        measures = ("tau", "first", "consensus_tau", "consensus_first")
        columns = [(m, part) for m in measures for part in ("", "_low", "_high")]
        return Table(
            lines=(),
            columns=("policy", *(m + part for m, part in columns)),
            rows=tuple(
                (
                    one.policy,
                    *(
                        getattr(getattr(one, m), part.strip("_") or "value")
                        for m, part in columns
                    ),
                )
                for one in self.policies
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: the mean tau-b of each policy with its interval.

        Raises:
            PictureError: what draws is not installed.
        """
        return intervals(
            [
                Interval(
                    one.policy,
                    one.tau.value,
                    one.tau.value if one.tau.low is None else one.tau.low,
                    one.tau.value if one.tau.high is None else one.tau.high,
                    beside=one.consensus_tau.value,
                )
                for one in self.policies
                if one.tau.value is not None
            ],
            title="How far policies agree with the panel",
            subtitle="the mean over vignettes; intervals of 95 per cent",
            axis="Kendall's tau-b, which is 1 for the same order",
            beside="with what the raters come to together",
        )

    def __str__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def _tables(self) -> Iterator[Table]:
        left_out = left_out_told((one.policy, one.untold) for one in self.policies)
        yield Table(
            lines=(
                "agreement with the panel, and its interval of 95 per cent",
                *left_out,
            ),
            columns=("policy", "tau-b", "same first place", "tau-b with the consensus"),
            rows=tuple(
                (one.policy, str(one.tau), str(one.first), str(one.consensus_tau))
                for one in self.policies
            ),
        )
        for one in self.policies:
            yield _parted_told(one)


def _parted_told(likeness: Likeness) -> Table:
    count = f"{len(likeness.parted)} of {plural(likeness.vignettes, 'vignette')}"
    lines = [f"{likeness.policy} parts from the consensus in {count}"]
    for one in likeness.parted:
        lines += [
            "",
            f"{one.vignette}:",
            f"  the panel:  {told(one.consensus)}",
            f"  the policy: {told(one.ranking)}",
            *(f"  {pair}" for pair in one.pairs),
        ]
    return Table(lines=tuple(lines), columns=(), rows=())


def agreement_with(
    panel: Panel,
    policies: Sequence[Policy | str | Path] | Policy | str | Path,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Likenesses:
    """How far each of *policies* agrees with *panel*, with intervals over vignettes.

    A rater's ranking is likened over the options that the rater placed. Where either
    ranking ties all of them, tau-b is not defined: it is left out of the mean, and
    plural. The share of equal first places takes all in.

    Args:
        panel: who ranked what.
        policies: one or more: values, ids or paths.
        seed: of the draws of vignettes; the same seed gives the same intervals.
        resamples: how often vignettes are drawn, 100 times at least; 0 for no
            intervals.

    Raises:
        PanelError: nothing is rated, there is no policy, two have one id, or draws
            are too few.
        SituationError: a policy does not declare a fact of the vignettes.
        PolicyError: a policy cannot be read, means nothing, or is abstract.
    """
    draws = Draws.of(seed, resamples)
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    refuse_unrated(panel)
    named = [policy_named(one) for one in listed]
    _refuse_repeated([policy.id for policy in named])
    return Likenesses(policies=tuple(_likeness(panel, one, draws) for one in named))


def _refuse_repeated(ids: list[str]) -> None:
    if not ids:
        message = "no policy is given to liken to the panel"
        raise PanelError([Problem(code="BE857", message=message)])
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise PanelError(
            Problem(
                code="BE853",
                message=f"two of the policies are called `{id}`",
                help="name each policy once; a variant takes an id of its own",
                token=id,
            )
            for id in twice
        )


def _likeness(panel: Panel, policy: Policy, draws: Draws) -> Likeness:
    verdicts = [consult(one.situation, policy) for one in panel.rated]
    ratings = [panel.on[one.id] for one in panel.rated]
    common = [consensus(rating.ranking for rating in of_one) for of_one in ratings]
    rankings = [verdict.ranking for verdict in verdicts]
    judged = list(map(scores, rankings, ratings))
    taus, firsts = [tau for tau, _ in judged], [first for _, first in judged]
    found = zip([one.id for one in panel.rated], verdicts, common, taus, strict=True)
    left_out = untold(zip(rankings, ratings, strict=True))

    def estimated(numbers: Sequence[float | None], why: str = left_out.why) -> Estimate:
        return estimate(mean_of(numbers, why), len(numbers), draws)

    pairs = list(zip(rankings, common, strict=True))
    return Likeness(
        policy=policy.id,
        vignettes=sum(first is not None for first in firsts),
        tau=estimated(taus),
        untold=left_out,
        first=estimated(firsts),
        consensus_tau=estimated([tau_b(*p) for p in pairs], _NO_CONSENSUS),
        consensus_first=estimated([same_first(*pair) for pair in pairs]),
        parted=tuple(parting for each in found if (parting := parted(*each))),
    )
