"""Measure agreement among raters, and between policies and raters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, final

import attrs
import numpy as np

from boundaryethics.arguments import argument, checked
from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, all_of, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.consensus import (
    METHODS,
    ConsensusMethod,
    ConsensusRanking,
    consensus_of,
    rated,
)
from boundaryethics.panel.data import Panel, PanelSize, Rating
from boundaryethics.panel.resampling import (
    Numbers,
    Places,
    Resample,
    interval_kind,
    mean_over,
)
from boundaryethics.panel.statistics import (
    MANY_UNITS,
    RESAMPLES,
    Concordance,
    Drawn,
    Estimate,
    Statistic,
    among,
    check_draws,
    estimate,
    kendall_w,
    mean_of,
    ordinal_alpha,
    places_of,
    pooled,
    same_first,
)
from boundaryethics.policies import as_policy
from boundaryethics.policies.loader import repeated_ids
from boundaryethics.ranking import OPTIONS, tau_b
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    extent,
    fields_as_data,
    made_of,
    ranking_text,
    signed_chart,
)

_NO_CONSENSUS = "the policy or the consensus ties all options in every vignette"
_N = "n: vignettes in which the statistic is defined"
#: The statistics of a policy.
_MEASURES = ("tau", "first", "consensus_tau", "consensus_first")


@final
@attrs.frozen(kw_only=True)
class VignetteAgreement:
    """The consensus on one vignette, and the raters' agreement on it."""

    vignette: str
    #: The number of ratings, including partial ones.
    ratings: int
    consensus: Ranking
    #: Other rankings that are equally good as a consensus; only `kemeny` finds them.
    consensus_ties: tuple[Ranking, ...] = ()
    #: The concordance of the raters who ranked all four options.
    concordance: Concordance


@final
@attrs.frozen(kw_only=True)
class RaterAgreement(Report):
    """The agreement among the raters of a panel."""

    #: The size of the panel.
    panel: PanelSize
    #: Krippendorff's alpha for ordinal data. A unit is an option in a vignette, a coder
    #: is a rater, and a value is a rank. Options that a rater left out are missing.
    alpha: Estimate
    #: The mean of Kendall's W over vignettes, weighted by raters.
    w: Estimate
    #: The same mean with its test: the sum of the chi-squares of the vignettes.
    pooled: Concordance
    vignettes: tuple[VignetteAgreement, ...]
    #: The method of the consensus rankings.
    consensus_method: ConsensusMethod = "borda"
    #: The units that the bootstrap of the intervals draws.
    resample: Resample = "vignettes"

    def _data(self) -> dict[str, Any]:
        vignettes = [
            fields_as_data(one, without={"concordance"}) | one.concordance.to_dict()
            for one in self.vignettes
        ]
        return super()._data() | {"vignettes": vignettes}

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of the agreement on each vignette."""
        agreed = ((one.vignette, one.concordance.w) for one in self.vignettes)
        counts = extent(one.concordance.raters for one in self.vignettes)
        return bars(
            [Bar(vignette, w) for vignette, w in agreed if w is not None],
            title="Inter-rater agreement by vignette",
            subtitle="; ".join(
                (
                    f"from {counts} complete rankings per vignette",
                    f"Krippendorff's alpha: {self.alpha}",
                    *_interval_lines([self.alpha], self.resample, self.provenance.seed),
                )
            ),
            axis="Kendall's W (0 = no agreement, 1 = full agreement)",
        )

    def _table(self) -> Table:
        lines = ["inter-rater agreement", *self.panel.lines()]
        both, seed = [self.alpha, self.w], self.provenance.seed
        lines += [*_interval_lines(both, self.resample, seed), _N]
        lines.append(f"Krippendorff's alpha (ordinal): {self.alpha}")
        lines.append(f"Kendall's W (mean over vignettes): {self.w}")
        test = self.pooled
        if test.chi2 is not None and test.p is not None:
            chi2 = f"chi-square {test.chi2:.2f}, {test.df} degrees of freedom"
            p = _format_p(test.p)
            complete = plural(test.raters, "complete ranking")
            lines.append(
                f"test against random ranking: {chi2}, p-value {p}, {complete}"
            )
        lines.append("W and p: from the complete rankings of each vignette")
        rows = tuple(
            (v.vignette, v.ratings, c.raters, *_w_and_p(c), _consensus_text(v))
            for v in self.vignettes
            for c in [v.concordance]
        )
        lines.append(f"consensus ranking: {METHODS[self.consensus_method]}")
        columns = ("vignette", "ratings", "complete", "W", "p", "consensus ranking")
        return Table(lines=tuple(lines), columns=columns, rows=rows)

    def _rows(self) -> Table:
        tested = ("raters", "w", "chi2", "df", "p")
        columns = ("vignette", "ratings", *tested, "consensus")
        rows = tuple(
            (
                v.vignette,
                v.ratings,
                *(getattr(c, t) for t in tested),
                ranking_text(v.consensus),
            )
            for v in self.vignettes
            for c in [v.concordance]
        )
        return Table(columns=columns, rows=rows)


def _consensus_text(vignette: VignetteAgreement) -> str:
    count = len(vignette.consensus_ties)
    return ranking_text(vignette.consensus) + f" (1 of {count + 1} orders)" * bool(
        count
    )


@checked
def rater_agreement(
    panel: Panel,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    resample: Resample = "vignettes",
    consensus: ConsensusMethod = "borda",
) -> RaterAgreement:
    """Measure how well the raters of *panel* agree, with bootstrap intervals.

    Kendall's W uses complete rankings only. Alpha uses every ranked option.

    Args:
        panel: the vignettes and their ratings.
        seed: the seed for the bootstrap; the same seed gives the same intervals.
        resamples: the number of bootstrap samples, at least 100; 0 for no intervals.
        resample: what to draw: `vignettes`, `raters`, or `both` independently (the
            pigeonhole bootstrap). The intervals then generalize to other vignettes, to
            other raters, or to both.
        consensus: the method for the consensus ranking, as in `consensus_rankings`.

    Raises:
        ArgumentError: *resample* or *consensus* is unknown.
        PanelError: scipy or krippendorff is not installed, the panel has no ratings, or
            *seed* or *resamples* is invalid.
    """
    check_draws(seed, resamples)
    resample = argument("resample", resample, Resample)
    consensus = argument("consensus", consensus, ConsensusMethod)
    ratings = rated(panel)
    common = consensus_of(ratings, panel.raters, consensus)
    vignettes = tuple(
        _vignette_agreement(*one)
        for one in zip(common, (of_one for _, of_one in ratings), strict=True)
    )
    each = [one.concordance for one in vignettes]
    places = Places.of([of_one for _, of_one in ratings], panel.raters)
    overall = pooled(each)
    mean_w = mean_of(
        [one.w for one in each],
        overall.undefined or "undefined on all sampled vignettes",
        [one.raters for one in each],
    )

    paired = (places.counts.sum(axis=2) > 1).any(axis=1)

    def alpha(drawn: Drawn) -> Estimate:
        found = ordinal_alpha(places.counts[drawn].reshape(-1, len(OPTIONS)))
        return attrs.evolve(found, n=int(paired[drawn].sum()))

    def estimated(which: Literal["alpha", "mean_w"], usual: Statistic) -> Estimate:
        statistic = places.statistic(which, usual)
        units: Any = {"resample": resample, "raters": len(panel.raters)}
        return estimate(statistic, len(each), seed, resamples, **units)

    drawn: Any = {"resamples": resamples, "resample": resample, "consensus": consensus}
    return RaterAgreement(
        provenance=made_of(seed=seed, panel=panel.reference, **drawn),
        panel=panel.size,
        alpha=estimated("alpha", alpha),
        w=estimated("mean_w", mean_w),
        pooled=overall,
        vignettes=vignettes,
        consensus_method=consensus,
        resample=resample,
    )


def _vignette_agreement(
    common: ConsensusRanking, ratings: tuple[Rating, ...]
) -> VignetteAgreement:
    complete = [places_of(rating.ranking) for rating in ratings if rating.is_whole]
    ranks = [[of_rater[option] for option in OPTIONS] for of_rater in complete]
    return VignetteAgreement(
        vignette=common.vignette,
        ratings=len(ratings),
        consensus=common.ranking,
        consensus_ties=common.ties,
        concordance=kendall_w(np.array(ranks).reshape(-1, len(OPTIONS))),
    )


def _interval_lines(
    estimates: Iterable[Estimate], resample: Resample, seed: int | None = None
) -> Iterator[str]:
    """Yield the interval type, and the reasons why some estimates have no interval."""
    listed = [*estimates]
    if any(one.low is not None for one in listed):
        drawn = max(one.resamples for one in listed)
        yield interval_kind(resample, drawn, seed)
    if any(one.approximate for one in listed):
        few = " or ".join(
            ("vignettes", "raters") if resample == "both" else (resample,)
        )
        yield (
            f"from fewer than {MANY_UNITS} {few}: "
            "read these as approximate 90% intervals"
        )
    reasons = dict.fromkeys(one.no_interval for one in listed if one.no_interval)
    yield from (f"no interval {reason}" for reason in reasons)
    undefined = {(one.undefined_resamples, one.resamples) for one in listed}
    counts = [f"{some:,} of {every:,}" for some, every in sorted(undefined) if some]
    if counts:
        yield f"undefined in {', '.join(counts)} bootstrap samples, which are left out"


def _w_and_p(test: Concordance) -> tuple[str, str]:
    if test.w is None or test.p is None:
        return "undefined", test.undefined
    return f"{test.w:.3f}", _format_p(test.p)


def _format_p(p: float) -> str:
    """Format a probability without rounding it to 0."""
    smallest = 0.001
    return f"{p:.3f}" if p >= smallest else f"<{smallest}"


@final
@attrs.frozen(kw_only=True)
class UndefinedCounts:
    """Counts of ratings, by whether their tau-b with a policy is defined."""

    #: Ratings whose tau-b with the policy is defined.
    defined: int
    #: Ratings that tie all the options that they rank.
    tied: int
    #: Other ratings, if the policy ties all the options that they rank.
    tied_by_policy: int

    @property
    def why(self) -> str:
        """Return why tau-b is undefined."""
        if self.tied_by_policy:
            return "the policy ties all options that the raters order"
        if self.tied:
            return "all rankings are tied and carry no information"
        return "no rater ranks two options of a vignette"

    @classmethod
    @checked
    def of(cls, pairs: Iterable[tuple[Ranking, Iterable[Rating]]]) -> UndefinedCounts:
        """Count the ratings, comparing each with a policy's ranking of its vignette.

        Each pair is the policy's ranking of a vignette and the raters' ratings of it.
        """
        each = [
            (tau_b(ranking, rating.ranking) is not None, len(rating.ranking) == 1)
            for ranking, ratings in pairs
            for rating in ratings
            if len(rating.placed) > 1
        ]
        ordered, tied = sum(has for has, _ in each), sum(ties for _, ties in each)
        return cls(
            defined=ordered, tied=tied, tied_by_policy=len(each) - ordered - tied
        )


@final
@attrs.frozen(kw_only=True)
class PairDisagreement:
    """Two options that the policy and the consensus order differently."""

    #: The option that the policy ranks higher, or one of the two if it ties them.
    above: Option
    below: Option
    #: The deciding criterion; None if the policy ties the two.
    decided_by: str | None
    #: The rules that apply and make the difference, with their principles and
    #: citations.
    rules: tuple[str, ...]
    principles: tuple[str, ...]
    cites: tuple[str, ...]

    def __str__(self) -> str:
        if self.decided_by is None:
            return f"{self.above} = {self.below}: tied by the policy"
        by = f"{self.above} > {self.below} ({self.decided_by})"
        return f"{by}: {', '.join(self.rules)} [{'; '.join(self.cites)}]"


@final
@attrs.frozen(kw_only=True)
class RankingDisagreement(PlainData):
    """A vignette that the policy and the consensus rank differently."""

    vignette: str
    consensus: Ranking
    #: The policy's ranking of the options that are in the consensus.
    ranking: Ranking
    #: The mean of tau-b between the policy and each rater.
    tau: float | None
    pairs: tuple[PairDisagreement, ...]


def _disagreement(
    vignette: str, verdict: Verdict, consensus: Ranking, tau: float | None
) -> Iterator[RankingDisagreement]:
    """Yield the disagreement between *verdict* and *consensus*, if there is one."""
    mine, theirs = places_of(verdict.ranking), places_of(consensus)
    names = [field.name for field in attrs.fields(PairDisagreement)]
    pairs = [
        verdict.compare(one, other)
        for one, other in combinations([o for o in Option if o in theirs], 2)
        if np.sign(mine[other] - mine[one]) != np.sign(theirs[other] - theirs[one])
    ]
    if pairs:
        yield RankingDisagreement(
            vignette=vignette,
            consensus=consensus,
            ranking=among(verdict.ranking, theirs),
            tau=tau,
            pairs=tuple(
                PairDisagreement(**{name: getattr(pair, name) for name in names})
                for pair in pairs
            ),
        )


@final
@attrs.frozen(kw_only=True)
class PolicyAgreement(PlainData):
    """The agreement of one policy with a panel."""

    policy: str
    #: The number of vignettes with a rating of two or more options.
    vignettes: int
    #: Kendall's tau-b between policy and rater, averaged over the raters of each
    #: vignette, and then over vignettes.
    tau: Estimate
    #: The numbers of ratings that `tau` includes and leaves out.
    undefined_counts: UndefinedCounts
    #: The share of raters with the same top options, averaged in the same way.
    first: Estimate
    #: The mean of tau-b between the policy and the consensus.
    consensus_tau: Estimate
    #: The share of vignettes for which the consensus has the same top options.
    consensus_first: Estimate
    #: The vignettes that the policy and the consensus rank differently.
    disagreements: tuple[RankingDisagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the agreement as plain data."""
        names = {"undefined_counts": "ratings"}
        return {names.get(k, k): value for k, value in fields_as_data(self).items()}


@final
@attrs.frozen(kw_only=True)
class PolicyAgreements(Report):
    """The agreement of one or more policies with a panel."""

    policies: tuple[PolicyAgreement, ...]
    #: The method of the consensus rankings.
    consensus_method: ConsensusMethod = "borda"
    #: The units that the bootstrap of the intervals draws.
    resample: Resample = "vignettes"

    def _data(self) -> dict[str, Any]:
        by_policy = {one.policy: one.to_dict() for one in self.policies}
        return {
            "by_policy": by_policy,
            "consensus_method": self.consensus_method,
            "resample": self.resample,
        }

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of each policy's mean tau-b, with its interval."""
        found = [one for one in self.policies if one.tau.value is not None]
        return intervals(
            [
                Interval(
                    one.policy,
                    tau.value,
                    tau.low,
                    tau.high,
                    beside=one.consensus_tau.value,
                )
                for one in found
                for tau in [one.tau]
                if tau.value is not None
            ],
            title="Policy\N{EN DASH}rater agreement",
            subtitle="; ".join(
                (
                    f"{extent(one.vignettes for one in self.policies)} vignettes",
                    "mean",
                    *_interval_lines(
                        (one.tau for one in found), self.resample, self.provenance.seed
                    ),
                )
            ),
            axis="Kendall's tau-b (1 = same ranking)",
            beside="agreement with the consensus ranking: "
            f"{METHODS[self.consensus_method]}",
        )

    def _tables(self) -> Iterator[Table]:
        yield self._table()
        for one in self.policies:
            yield Table(lines=tuple(_disagreement_lines(one)), columns=(), rows=())

    def _table(self) -> Table:
        title = "policy\N{EN DASH}rater agreement"
        estimates = [
            estimate
            for one in self.policies
            for estimate in (one.tau, one.first, one.consensus_tau)
        ]
        common = f"consensus ranking: {METHODS[self.consensus_method]}"
        intervals = _interval_lines(estimates, self.resample, self.provenance.seed)
        return Table(
            lines=(title, *intervals, _N, common, *self._left_out()),
            columns=("policy", "tau-b", "same top response", "tau-b with consensus"),
            rows=tuple(
                (one.policy, str(one.tau), str(one.first), str(one.consensus_tau))
                for one in self.policies
            ),
        )

    def _left_out(self) -> Iterator[str]:
        """Yield lines about the ratings that the mean tau-b leaves out."""
        counts = [(one.policy, one.undefined_counts) for one in self.policies]
        for tied in sorted({found.tied for _, found in counts if found.tied}):
            ties = plural(tied, "tied ranking")
            yield f"left out of tau-b: {ties} (no information)"
        for policy, found in counts:
            if found.tied_by_policy:
                ratings = plural(found.tied_by_policy, "rating")
                yield f"left out of tau-b for {policy}: {ratings} (it ties all options)"

    def _rows(self) -> Table:
        measures = _MEASURES
        parts = {"": "value", "_low": "low", "_high": "high", "_n": "n"}
        cells = [(name, end) for name in measures for end in parts]
        rows = tuple(
            (one.policy, *(getattr(getattr(one, m), parts[end]) for m, end in cells))
            for one in self.policies
        )
        return Table(columns=("policy", *map("".join, cells)), rows=rows)


def _disagreement_lines(agreement: PolicyAgreement) -> Iterator[str]:
    vignettes = plural(agreement.vignettes, "vignette")
    count = f"{len(agreement.disagreements)} of {vignettes}"
    yield f"{agreement.policy} and the consensus rank differently in {count}"
    for one in agreement.disagreements:
        yield from ("", f"{one.vignette}:")
        yield f"  consensus: {ranking_text(one.consensus)}"
        yield f"  policy:    {ranking_text(one.ranking)}"
        yield from (f"  {pair}" for pair in one.pairs)


@checked
def policy_agreement(
    panel: Panel,
    policies: Sequence[Policy | str | Path] | Policy | str | Path,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    resample: Resample = "vignettes",
    consensus: ConsensusMethod = "borda",
) -> PolicyAgreements:
    """Measure how well each of *policies* agrees with *panel*, with intervals.

    A policy and a rater are compared on the options that the rater ranked. A rating of
    a single option is left out. If either ranking ties all compared options, tau-b is
    undefined. The mean tau-b then leaves out the rating, but the share of ratings with
    the same top options includes it.

    Args:
        panel: the vignettes and their ratings.
        policies: one or more policies, or their IDs or paths.
        seed: the seed for the bootstrap; the same seed gives the same intervals.
        resamples: the number of bootstrap samples, at least 100; 0 for no intervals.
        resample: what to draw: `vignettes`, `raters` or `both`, as in
            `rater_agreement`.
        consensus: the method for the consensus ranking, as in `consensus_rankings`.

    Raises:
        ArgumentError: *resample* or *consensus* is unknown.
        PanelError: the panel has no ratings, no policy is given, two policies have the
            same ID, or *seed* or *resamples* is invalid.
        SituationError: a policy does not declare a fact that the vignettes use.
        PolicyError: a policy cannot be read, is invalid, or is abstract.
    """
    check_draws(seed, resamples)
    resample = argument("resample", resample, Resample)
    consensus = argument("consensus", consensus, ConsensusMethod)
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    ratings = rated(panel)
    named = all_of(as_policy, listed)
    problems = [problem("BE853", token=id, id=id) for id in repeated_ids(named)]
    if problems or not named:
        raise PanelError(problems or [problem("BE857")])
    drawn: Any = {"resamples": resamples, "resample": resample, "consensus": consensus}
    common = consensus_of(ratings, panel.raters, consensus)

    def mean(statistic: Statistic) -> Estimate:
        units: Any = {"resample": resample, "raters": len(panel.raters)}
        return estimate(statistic, len(ratings), seed, resamples, **units)

    return PolicyAgreements(
        provenance=made_of(*named, seed=seed, panel=panel.reference, **drawn),
        policies=tuple(
            _agreement(panel, one, common, mean, over_raters=resample != "vignettes")
            for one in named
        ),
        consensus_method=consensus,
        resample=resample,
    )


def _agreement(
    panel: Panel,
    policy: Policy,
    common: Sequence[ConsensusRanking],
    mean: Callable[[Statistic], Estimate],
    *,
    over_raters: bool,
) -> PolicyAgreement:
    verdicts = [consult(vignette.situation, policy) for vignette in panel.rated]
    rankings = [verdict.ranking for verdict in verdicts]
    ratings = [panel.on[one.vignette] for one in common]
    taus, firsts = _by_rater(panel, rankings, ratings)
    counts = UndefinedCounts.of(zip(rankings, ratings, strict=True))
    consensuses = [one.ranking for one in common]
    with_consensus = (
        mean_of([*map(tau_b, rankings, consensuses)], _NO_CONSENSUS),
        mean_of([*map(same_first, rankings, consensuses)], counts.why),
    )
    # The consensus of resampled raters is noisier, so intervals would be biased.
    everyone = np.arange(len(common))
    tau_with, first_with = (
        statistic(everyone) if over_raters else mean(statistic)
        for statistic in with_consensus
    )
    return PolicyAgreement(
        policy=policy.id,
        vignettes=int((~np.isnan(firsts)).any(axis=1).sum()),
        tau=mean(mean_over(taus, counts.why)),
        undefined_counts=counts,
        first=mean(mean_over(firsts, counts.why)),
        consensus_tau=tau_with,
        consensus_first=first_with,
        disagreements=tuple(
            found
            for one, verdict, of_one in zip(common, verdicts, taus, strict=True)
            for tau in [of_one[~np.isnan(of_one)]]
            for found in _disagreement(
                one.vignette,
                verdict,
                one.ranking,
                float(tau.mean()) if len(tau) else None,
            )
        ),
    )


def _by_rater(
    panel: Panel, rankings: Sequence[Ranking], ratings: Sequence[Sequence[Rating]]
) -> tuple[Numbers, Numbers]:
    """Compare ratings with *rankings*, by vignette and rater.

    Return tau-b, and whether the same options are first (1 or 0); NaN if undefined.
    """
    taus, firsts = np.full((2, len(rankings), len(panel.raters)), np.nan)
    number = {rater: n for n, rater in enumerate(panel.raters)}
    for vignette, (ranking, of_one) in enumerate(zip(rankings, ratings, strict=True)):
        for rating in of_one:
            tau, first = (
                tau_b(ranking, rating.ranking),
                same_first(ranking, rating.ranking),
            )
            cell = vignette, number[rating.rater]
            taus[cell] = np.nan if tau is None else tau
            firsts[cell] = np.nan if first is None else first
    return taus, firsts


#: The columns of `statistics_table`.
_STATISTIC = (
    *("statistic", "policy", "vignette", "value", "low", "high"),
    *("n", "ratings", "df", "p", "ranking"),
)


def statistics_table(
    raters: RaterAgreement, policies: PolicyAgreements | None
) -> Table:
    """Build one table with a row for each statistic of a panel.

    The column `statistic` contains the name of the statistic. A row without a policy is
    about the raters. A row without a vignette is about all vignettes. `n` and `ratings`
    are the numbers of vignettes and ratings from which the statistic is computed.
    """

    def row(statistic: str, **cells: Any) -> tuple[Any, ...]:
        return tuple(({"statistic": statistic} | cells).get(n) for n in _STATISTIC)

    def tested(one: Concordance, **cells: Any) -> tuple[Any, ...]:
        test = {"ratings": one.raters, "df": one.df, "p": one.p}
        return row("chi2", value=one.chi2, **test, **cells)

    def estimated(name: str, of: Estimate, **cells: Any) -> tuple[Any, ...]:
        return row(name, value=of.value, low=of.low, high=of.high, n=of.n, **cells)

    rows = [estimated("alpha", raters.alpha), estimated("w", raters.w)]
    rows.append(tested(raters.pooled))
    for one in raters.vignettes:
        found, about = one.concordance, {"vignette": one.vignette}
        rows.append(row("w", value=found.w, ratings=found.raters, **about))
        rows.append(tested(found, **about))
        ranked = {"ratings": one.ratings, "ranking": ranking_text(one.consensus)}
        rows.append(row("consensus", **ranked, **about))
    for policy in policies.policies if policies else ():
        rows += (
            estimated(name, getattr(policy, name), policy=policy.policy)
            for name in _MEASURES
        )
    return Table(columns=_STATISTIC, rows=tuple(rows))
