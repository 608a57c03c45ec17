"""Measure how far raters agree with one another, and policies with raters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from operator import attrgetter
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, problem
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
from boundaryethics.policies import as_policy
from boundaryethics.ranking import tau_b
from boundaryethics.report import Report, Table, as_data, plural, told

_NO_CONSENSUS = "in every vignette the policy or the consensus ties all options"
_TWO = 2


# Raters with one another.


@final
@attrs.frozen(kw_only=True)
class VignetteAgreement:
    """The consensus on one vignette, and how far the raters agree on it."""

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
        """Give the answer as plain data, ready for JSON."""
        return {
            "panel": list(self.panel),
            "alpha": self.alpha.to_dict(),
            "w": self.w.to_dict(),
            "pooled": self.pooled.to_dict(),
            "vignettes": [
                {
                    "vignette": one.vignette,
                    "ratings": one.ratings,
                    "consensus": as_data(one.consensus),
                    **one.concordance.to_dict(),
                }
                for one in self.vignettes
            ],
        }

    def chart(self) -> Any:
        """Draw how far the raters agree on each vignette."""
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
        )
        test = self.pooled
        if test.chi2 is not None and test.p is not None:
            chi2 = f"chi-square {test.chi2:.2f} with {test.df} degrees of freedom"
            lines += (f"if raters ranked at random: {chi2}, p {_format_p(test.p)}",)
        return Table(
            lines=lines,
            columns=("vignette", "ratings", "W", "p", "consensus"),
            rows=tuple(
                (one.vignette, one.ratings, *_w_and_p(one), told(one.consensus))
                for one in self.vignettes
            ),
        )

    def _rows(self) -> Table:
        return Table(
            lines=(),
            columns=("vignette", "ratings", "w", "chi2", "df", "p", "consensus"),
            rows=tuple(
                (v.vignette, v.ratings, c.w, c.chi2, c.df, c.p, told(v.consensus))
                for v in self.vignettes
                for c in [v.concordance]
            ),
        )


def rater_agreement(
    panel: Panel, *, seed: int = 0, resamples: int = RESAMPLES
) -> RaterAgreement:
    """Compute how far the raters of *panel* agree, with intervals over vignettes.

    Kendall's W takes whole rankings only; alpha takes every option ranked.

    Args:
        panel: the vignettes and their ratings.
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
    """Count for each rated vignette and option how often it has each place."""
    counts = np.zeros((len(panel.rated), len(Option), len(Option)), np.int64)
    for number, vignette in enumerate(panel.rated):
        for rating in panel.on[vignette.id]:
            for option, place in places_of(rating.ranking).items():
                counts[number, list(Option).index(option), place - 1] += 1
    return counts


def _w_and_p(one: VignetteAgreement) -> tuple[str, str]:
    test = one.concordance
    if test.w is None or test.p is None:
        return "undefined", test.undefined
    return f"{test.w:.3f}", _format_p(test.p)


def _format_p(p: float) -> str:
    """Format a probability, never rounded to nothing."""
    smallest = 0.001
    return f"{p:.3f}" if p >= smallest else f"below {smallest}"


# Policies with raters.


@final
@attrs.frozen(kw_only=True)
class UndefinedCounts:
    """Of the ratings of two options or more: how many have a tau-b with a policy."""

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

    @classmethod
    def of(cls, pairs: Iterable[tuple[Ranking, Iterable[Rating]]]) -> UndefinedCounts:
        """Count them, by a policy's ranking of each vignette and its ratings."""
        each = [
            (tau_b(ranking, rating.ranking) is not None, len(rating.ranking) == 1)
            for ranking, ratings in pairs
            for rating in ratings
            if len(rating.placed) >= _TWO
        ]
        ordered = sum(is_ordered for is_ordered, _ in each)
        tied = sum(is_tied for _, is_tied in each)
        by_policy = len(each) - ordered - tied
        return cls(told=ordered, tied=tied, tied_by_policy=by_policy)


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
        """Give the vignette as plain data."""
        return attrs.asdict(self, value_serializer=_plain)


def _disagreement(
    vignette: str, verdict: Verdict, consensus: Ranking, tau: float | None
) -> Iterator[RankingDisagreement]:
    """Yield how *verdict* and *consensus* differ, if they do."""
    placed = places_of(consensus)
    pairs = tuple(_differences(verdict, placed))
    if pairs:
        yield RankingDisagreement(
            vignette=vignette,
            consensus=consensus,
            ranking=among(verdict.ranking, placed),
            tau=tau,
            pairs=pairs,
        )


def _differences(
    verdict: Verdict, placed: dict[Option, int]
) -> Iterator[PairDisagreement]:
    mine = places_of(verdict.ranking)
    names = [field.name for field in attrs.fields(PairDisagreement)]
    for one, other in combinations([o for o in Option if o in placed], 2):
        gaps = mine[other] - mine[one], placed[other] - placed[one]
        if np.sign(gaps[0]) != np.sign(gaps[1]):
            found = verdict.compare(one, other)
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
        """Give the answer as plain data."""
        plain = attrs.asdict(self, value_serializer=_plain)
        return {
            ("ratings" if k == "undefined_counts" else k): v for k, v in plain.items()
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
        """Give the answer as plain data, ready for JSON."""
        return {one.policy: one.to_dict() for one in self.policies}

    def chart(self) -> Any:
        """Draw the mean tau-b of each policy with its interval."""
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
        yield Table(
            lines=(
                "agreement with the panel, and its interval of 95 per cent",
                *self._left_out(),
            ),
            columns=("policy", "tau-b", "same first place", "tau-b with the consensus"),
            rows=tuple(
                (one.policy, str(one.tau), str(one.first), str(one.consensus_tau))
                for one in self.policies
            ),
        )
        for one in self.policies:
            yield Table(lines=tuple(_disagreement_lines(one)), columns=(), rows=())

    def _left_out(self) -> Iterator[str]:
        """Say what tau-b leaves out, if anything."""
        counts = [(one.policy, one.undefined_counts) for one in self.policies]
        for tied in sorted({found.tied for _, found in counts if found.tied}):
            says = (
                "ties all options and tells"
                if tied == 1
                else "tie all options and tell"
            )
            yield f"{plural(tied, 'rating')} {says} no order: left out of tau-b"
        for policy, found in counts:
            if found.tied_by_policy:
                ratings = plural(found.tied_by_policy, "rating")
                yield f"{policy} ties all options of {ratings}: left out of its tau-b"

    def _rows(self) -> Table:
        measures = ("tau", "first", "consensus_tau", "consensus_first")
        parts = {"": "value", "_low": "low", "_high": "high"}
        cells = {
            measure + ending: attrgetter(f"{measure}.{part}")
            for measure in measures
            for ending, part in parts.items()
        }
        return Table(
            lines=(),
            columns=("policy", *cells),
            rows=tuple(
                (one.policy, *(cell(one) for cell in cells.values()))
                for one in self.policies
            ),
        )


def _disagreement_lines(agreement: PolicyAgreement) -> Iterator[str]:
    vignettes = plural(agreement.vignettes, "vignette")
    count = f"{len(agreement.disagreements)} of {vignettes}"
    yield f"{agreement.policy} parts from the consensus in {count}"
    for one in agreement.disagreements:
        yield ""
        yield f"{one.vignette}:"
        yield f"  the panel:  {told(one.consensus)}"
        yield f"  the policy: {told(one.ranking)}"
        yield from (f"  {pair}" for pair in one.pairs)


def policy_agreement(
    panel: Panel,
    policies: Sequence[Policy | str | Path] | Policy | str | Path,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PolicyAgreements:
    """Compute how far each of *policies* agrees with *panel*, with intervals.

    A policy and a rater are compared over the options that the rater ranked. Where
    either ranking ties all of them, tau-b is not defined, and the mean leaves it out.
    The share of equal first places takes all in.

    Args:
        panel: the vignettes and their ratings.
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
    named = [as_policy(one) for one in listed]
    ids = [policy.id for policy in named]
    if not ids:
        raise PanelError([problem("BE857")])
    repeated = sorted({id for id in ids if ids.count(id) > 1})
    if repeated:
        raise PanelError(problem("BE853", token=id, id=id) for id in repeated)
    return PolicyAgreements(
        policies=tuple(_agreement(panel, one, draws) for one in named)
    )


def _agreement(panel: Panel, policy: Policy, draws: Draws) -> PolicyAgreement:
    verdicts = [consult(one.situation, policy) for one in panel.rated]
    ratings = [panel.on[one.id] for one in panel.rated]
    common = [consensus(rating.ranking for rating in of_one) for of_one in ratings]
    rankings = [verdict.ranking for verdict in verdicts]
    judged = list(map(scores, rankings, ratings))
    taus, firsts = [tau for tau, _ in judged], [first for _, first in judged]
    found = zip([one.id for one in panel.rated], verdicts, common, taus, strict=True)
    counts = UndefinedCounts.of(zip(rankings, ratings, strict=True))

    def estimated(numbers: Sequence[float | None], why: str = counts.why) -> Estimate:
        return estimate(mean_of(numbers, why), len(numbers), draws)

    return PolicyAgreement(
        policy=policy.id,
        vignettes=sum(first is not None for first in firsts),
        tau=estimated(taus),
        undefined_counts=counts,
        first=estimated(firsts),
        consensus_tau=estimated(list(map(tau_b, rankings, common)), _NO_CONSENSUS),
        consensus_first=estimated(list(map(same_first, rankings, common))),
        disagreements=tuple(one for each in found for one in _disagreement(*each)),
    )
