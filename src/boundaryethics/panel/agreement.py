"""Measure how far raters agree with one another, and policies with raters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, Problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.data import Panel, Rating, refuse_unrated
from boundaryethics.panel.statistics import (
    RESAMPLES,
    Concordance,
    Counts,
    Drawn,
    Draws,
    Estimate,
    Undefined,
    among,
    consensus,
    estimate,
    kendall_w,
    mean_of,
    ordinal_alpha,
    places_of,
    pooled,
    same_first,
    scores,
)
from boundaryethics.policies import policy_named
from boundaryethics.ranking import tau_b
from boundaryethics.report import Report, Table, listed, plural, told

_NO_CONSENSUS = "in every vignette the policy or the consensus ties all options"
_TWO = 2


# Raters with one another.


@final
@attrs.frozen(kw_only=True)
class VignetteAgreement:
    """What the raters of one vignette come to, and how far they agree on it."""

    vignette: str
    #: Ratings, partial ones included.
    ratings: int
    consensus: Ranking
    #: Of the raters who placed all four options.
    concordance: Concordance


@final
@attrs.frozen(kw_only=True)
class RaterAgreement(Report):
    """How far the raters of a panel agree with one another."""

    #: How large the panel is, and what is uneven about it.
    panel: tuple[str, ...]
    #: Krippendorff's alpha for ordinal data. A unit is an option in a vignette, a
    #: coder a rater, a value the place; what a rater did not place is missing.
    alpha: Estimate
    #: The mean of Kendall's W over vignettes, each counting by its raters.
    w: Estimate
    #: The same with its test: the chi-squares of the vignettes, added up.
    pooled: Concordance
    vignettes: tuple[VignetteAgreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "panel": list(self.panel),
            "alpha": self.alpha.to_dict(),
            "w": self.w.to_dict(),
            "pooled": self.pooled.to_dict(),
            "vignettes": [
                {
                    "vignette": one.vignette,
                    "ratings": one.ratings,
                    "consensus": listed(one.consensus),
                    **one.concordance.to_dict(),
                }
                for one in self.vignettes
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each vignette.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("vignette", "ratings", "w", "chi2", "df", "p", "consensus"),
            rows=tuple(
                (v.vignette, v.ratings, c.w, c.chi2, c.df, c.p, told(v.consensus))
                for v in self.vignettes
                for c in [v.concordance]
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: on which vignettes the raters agree, and how far.

        Raises:
            PictureError: what draws is not installed.
        """
        agreed = ((one.vignette, one.concordance.w) for one in self.vignettes)
        return bars(
            [Bar(vignette, w) for vignette, w in agreed if w is not None],
            title="On which vignettes the raters agree",
            subtitle=f"Krippendorff's alpha over all: {self.alpha}",
            axis="Kendall's W, from 0 for none to 1 for full agreement",
        )

    def _table(self) -> Table:
        lines = (
            *self.panel,
            f"Krippendorff's alpha, ordinal: {self.alpha}",
            f"Kendall's W, over vignettes: {self.w}",
            *_test_told(self.pooled),
        )
        return Table(
            lines=lines,
            columns=("vignette", "ratings", "W", "p", "consensus"),
            rows=tuple(
                (one.vignette, one.ratings, *_w_told(one), told(one.consensus))
                for one in self.vignettes
            ),
        )


def rater_agreement(
    panel: Panel, *, seed: int = 0, resamples: int = RESAMPLES
) -> RaterAgreement:
    """How far the raters of *panel* agree, with intervals over vignettes.

    Kendall's W takes whole rankings only; alpha takes whatever is placed.

    Args:
        panel: who ranked what.
        seed: of the draws of vignettes; the same seed gives the same intervals.
        resamples: how often vignettes are drawn, 100 times at least; 0 for no
            intervals.

    Raises:
        PanelError: scipy or krippendorff is not installed, nothing is rated, or draws
            are too few.
    """
    draws = Draws.of(seed, resamples)
    refuse_unrated(panel)
    agreed = tuple(_agreed(one.id, panel.on[one.id]) for one in panel.rated)
    counts = _counts(panel)
    each = [one.concordance for one in agreed]

    def alpha_of(drawn: Drawn) -> float | Undefined:
        return ordinal_alpha(counts[drawn].reshape(-1, counts.shape[-1]))

    return RaterAgreement(
        panel=tuple(panel.lines()),
        alpha=estimate(alpha_of, len(agreed), draws),
        w=estimate(_mean_w(each), len(agreed), draws),
        pooled=pooled(each),
        vignettes=agreed,
    )


def _agreed(vignette: str, ratings: tuple[Rating, ...]) -> VignetteAgreement:
    everything = (places_of(r.ranking) for r in ratings if r.is_whole)
    places = [[of_rater[option] for option in Option] for of_rater in everything]
    return VignetteAgreement(
        vignette=vignette,
        ratings=len(ratings),
        consensus=consensus(rating.ranking for rating in ratings),
        concordance=kendall_w(np.array(places).reshape(-1, len(Option))),
    )


def _mean_w(each: list[Concordance]) -> Any:
    w = np.array([0.0 if one.w is None else one.w for one in each])
    raters = np.array([0 if one.w is None else one.raters for one in each])
    why = pooled(each).undefined

    def statistic(drawn: Drawn) -> float | Undefined:
        weight = raters[drawn].sum()
        if not weight:
            return Undefined(why or "of no vignette drawn")
        return float((w[drawn] * raters[drawn]).sum() / weight)

    return statistic


def _counts(panel: Panel) -> Counts:
    """For each rated vignette and option, how often it has each place."""
    counts = np.zeros((len(panel.rated), len(Option), len(Option)), np.int64)
    for number, vignette in enumerate(panel.rated):
        for rating in panel.on[vignette.id]:
            for option, place in places_of(rating.ranking).items():
                counts[number, list(Option).index(option), place - 1] += 1
    return counts


def _test_told(test: Concordance) -> tuple[str, ...]:
    if test.chi2 is None or test.p is None:
        return ()
    told = f"chi-square {test.chi2:.2f} with {test.df} degrees of freedom"
    return (f"if raters ranked at random: {told}, p {_p_told(test.p)}",)


def _w_told(one: VignetteAgreement) -> tuple[str, str]:
    test = one.concordance
    if test.w is None or test.p is None:
        return "undefined", test.undefined
    return f"{test.w:.3f}", _p_told(test.p)


def _p_told(p: float) -> str:
    """A probability, never rounded to nothing."""
    smallest = 0.001
    return f"{p:.3f}" if p >= smallest else f"below {smallest}"


# Policies with raters.


@final
@attrs.frozen(kw_only=True)
class UndefinedCounts:
    """How many ratings of two options or more have a tau-b with a policy, or none."""

    #: Those that both sides order.
    told: int
    #: Those that tie all that they place.
    tied: int
    #: The others, where the policy ties all that the rater places.
    tied_by_policy: int

    @property
    def why(self) -> str:
        """Why there is no tau-b, where there is none."""
        if self.tied_by_policy:
            return "the policy ties all options that a rater orders"
        if self.tied:
            return "all ratings tie all options and tell no order"
        return "no rater places two options of a vignette"


def _untold(pairs: Iterable[tuple[Ranking, Iterable[Rating]]]) -> UndefinedCounts:
    """Of a policy's ranking of each vignette and its ratings, what tau-b leaves out."""
    each = [
        (tau_b(ranking, rating.ranking) is not None, len(rating.ranking) == 1)
        for ranking, ratings in pairs
        for rating in ratings
        if len(rating.placed) >= _TWO
    ]
    told, tied = sum(one for one, _ in each), sum(one for _, one in each)
    return UndefinedCounts(told=told, tied=tied, tied_by_policy=len(each) - told - tied)


def _left_out_told(each: Iterable[tuple[str, UndefinedCounts]]) -> Iterator[str]:
    """What tau-b leaves out, of each policy by its id; nothing where it leaves none."""
    listed = list(each)
    for tied in sorted({found.tied for _, found in listed if found.tied}):
        says = "ties all options and tells" if tied == 1 else "tie all options and tell"
        yield f"{plural(tied, 'rating')} {says} no order: left out of tau-b"
    for policy, found in listed:
        if found.tied_by_policy:
            ratings = plural(found.tied_by_policy, "rating")
            yield f"{policy} ties all options of {ratings}: left out of its tau-b"


@final
@attrs.frozen(kw_only=True)
class PairDisagreement:
    """Two options that the policy places otherwise than the panel does."""

    #: The policy puts this one above, or beside.
    above: Option
    below: Option
    #: The deciding criterion; None where the policy ties the two.
    decided_by: str | None
    #: The binding rules that make the difference, their principles and citations.
    rules: tuple[str, ...]
    principles: tuple[str, ...]
    cites: tuple[str, ...]

    def __str__(self) -> str:
        if self.decided_by is None:
            return f"{self.above} = {self.below}: nothing decides"
        by = f"{self.above} > {self.below} by {self.decided_by}"
        return f"{by}: {', '.join(self.rules)} [{'; '.join(self.cites)}]"


@final
@attrs.frozen(kw_only=True)
class RankingDisagreement:
    """A vignette in which the policy ranks otherwise than the panel as a whole."""

    vignette: str
    consensus: Ranking
    #: The policy's, of the options that somebody placed.
    ranking: Ranking
    #: The mean of tau-b between the policy and each rater.
    tau: float | None
    pairs: tuple[PairDisagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """The vignette as plain data."""
        return attrs.asdict(self, value_serializer=_plain)


def _parted(
    vignette: str, verdict: Verdict, consensus: Ranking, tau: float | None
) -> Iterator[RankingDisagreement]:
    """Where *verdict* and *consensus* part, if they do."""
    placed = places_of(consensus)
    pairs = tuple(_partings(verdict, placed))
    if pairs:
        yield RankingDisagreement(
            vignette=vignette,
            consensus=consensus,
            ranking=among(verdict.ranking, placed),
            tau=tau,
            pairs=pairs,
        )


def _partings(
    verdict: Verdict, placed: dict[Option, int]
) -> Iterator[PairDisagreement]:
    mine = places_of(verdict.ranking)
    for one, other in combinations([o for o in Option if o in placed], 2):
        gap, theirs = mine[other] - mine[one], placed[other] - placed[one]
        if (gap > 0) == (theirs > 0) and (gap < 0) == (theirs < 0):
            continue
        found = verdict.compare(one, other)
        names = [field.name for field in attrs.fields(PairDisagreement)]
        yield PairDisagreement(**{name: getattr(found, name) for name in names})


@final
@attrs.frozen(kw_only=True)
class PolicyAgreement:
    """How far one policy agrees with a panel."""

    policy: str
    #: Vignettes with a rating of two options or more.
    vignettes: int
    #: Kendall's tau-b between policy and rater: the mean over the raters of a
    #: vignette, then over vignettes.
    tau: Estimate
    #: How many ratings it takes in, and how many it leaves out.
    undefined_counts: UndefinedCounts
    #: The share of raters with the same first place, taken likewise.
    first: Estimate
    #: The mean of tau-b between the policy and what the raters come to together.
    consensus_tau: Estimate
    #: The share of vignettes in which the consensus has the same first place.
    consensus_first: Estimate
    #: The vignettes in which the policy ranks otherwise than the consensus.
    disagreements: tuple[RankingDisagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""
        told = attrs.asdict(self, value_serializer=_plain)
        return {
            ("ratings" if k == "undefined_counts" else k): v for k, v in told.items()
        }


def _plain(_: object, __: object, value: Any) -> Any:
    if isinstance(value, Option):
        return value.value
    return value.to_dict() if isinstance(value, Estimate) else value


@final
@attrs.frozen(kw_only=True)
class PolicyAgreements(Report):
    """How far some policies agree with one panel."""

    policies: tuple[PolicyAgreement, ...]

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
        left_out = _left_out_told(
            (one.policy, one.undefined_counts) for one in self.policies
        )
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


def _parted_told(likeness: PolicyAgreement) -> Table:
    count = f"{len(likeness.disagreements)} of {plural(likeness.vignettes, 'vignette')}"
    lines = [f"{likeness.policy} parts from the consensus in {count}"]
    for one in likeness.disagreements:
        lines += [
            "",
            f"{one.vignette}:",
            f"  the panel:  {told(one.consensus)}",
            f"  the policy: {told(one.ranking)}",
            *(f"  {pair}" for pair in one.pairs),
        ]
    return Table(lines=tuple(lines), columns=(), rows=())


def policy_agreement(
    panel: Panel,
    policies: Sequence[Policy | str | Path] | Policy | str | Path,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PolicyAgreements:
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
    return PolicyAgreements(
        policies=tuple(_likeness(panel, one, draws) for one in named)
    )


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


def _likeness(panel: Panel, policy: Policy, draws: Draws) -> PolicyAgreement:
    verdicts = [consult(one.situation, policy) for one in panel.rated]
    ratings = [panel.on[one.id] for one in panel.rated]
    common = [consensus(rating.ranking for rating in of_one) for of_one in ratings]
    rankings = [verdict.ranking for verdict in verdicts]
    judged = list(map(scores, rankings, ratings))
    taus, firsts = [tau for tau, _ in judged], [first for _, first in judged]
    found = zip([one.id for one in panel.rated], verdicts, common, taus, strict=True)
    left_out = _untold(zip(rankings, ratings, strict=True))

    def estimated(numbers: Sequence[float | None], why: str = left_out.why) -> Estimate:
        return estimate(mean_of(numbers, why), len(numbers), draws)

    pairs = list(zip(rankings, common, strict=True))
    return PolicyAgreement(
        policy=policy.id,
        vignettes=sum(first is not None for first in firsts),
        tau=estimated(taus),
        undefined_counts=left_out,
        first=estimated(firsts),
        consensus_tau=estimated([tau_b(*p) for p in pairs], _NO_CONSENSUS),
        consensus_first=estimated([same_first(*pair) for pair in pairs]),
        disagreements=tuple(parting for each in found for parting in _parted(*each)),
    )
