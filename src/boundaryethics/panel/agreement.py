"""Measure how far raters agree with one another, and policies with raters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.arguments import checked
from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.data import Panel, Rating, Vignette
from boundaryethics.panel.statistics import (
    RESAMPLES,
    Concordance,
    Drawn,
    Estimate,
    among,
    check_draws,
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
from boundaryethics.ranking import OPTIONS, tau_b
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    fields_as_data,
    made_of,
    signed_chart,
    told,
)

_NO_CONSENSUS = "the policy or the consensus ties all options in every vignette"
#: The kind of all intervals.
_CI = "95% confidence intervals (percentile bootstrap over vignettes)"


@final
@attrs.frozen(kw_only=True)
class VignetteAgreement:
    """The consensus on one vignette, and the agreement of the raters on it."""

    vignette: str
    #: The number of ratings, including partial ones.
    ratings: int
    consensus: Ranking
    #: The concordance of the raters who ranked all four options.
    concordance: Concordance


@final
@attrs.frozen(kw_only=True)
class RaterAgreement(Report):
    """The agreement of the raters of a panel with one another."""

    #: Lines about the size of the panel, and about missing or partial ratings.
    panel: tuple[str, ...]
    #: Krippendorff's alpha for ordinal data. A unit is an option in a vignette, a coder
    #: is a rater, and a value is a rank. Options that a rater left out are missing.
    alpha: Estimate
    #: The mean of Kendall's W over vignettes, weighted by raters.
    w: Estimate
    #: The same mean with its test: the sum of the chi-squares of the vignettes.
    pooled: Concordance
    vignettes: tuple[VignetteAgreement, ...]

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
        raters = sorted(o.concordance.raters for o in self.vignettes)
        counts = " to ".join(dict.fromkeys(map(str, raters[:1] + raters[-1:])))
        return bars(
            [Bar(vignette, w) for vignette, w in agreed if w is not None],
            title="Inter-rater agreement by vignette",
            subtitle=f"from {counts} complete rankings a vignette; "
            f"Krippendorff's alpha (95% interval): {self.alpha}",
            axis="Kendall's W (0 = no agreement, 1 = full agreement)",
        )

    def _table(self) -> Table:
        lines = ["inter-rater agreement", *self.panel]
        if self.alpha.low is not None or self.w.low is not None:
            lines.append(_CI)
        lines.append(f"Krippendorff's alpha (ordinal): {self.alpha}")
        lines.append(f"Kendall's W (mean over vignettes): {self.w}")
        test = self.pooled
        if test.chi2 is not None and test.p is not None:
            chi2 = f"chi-square {test.chi2:.2f}, {test.df} degrees of freedom"
            p = _format_p(test.p)
            lines.append(f"test against random ranking: {chi2}, p-value {p}")
        rows = tuple(
            (v.vignette, v.ratings, *_w_and_p(v.concordance), told(v.consensus))
            for v in self.vignettes
        )
        columns = ("vignette", "ratings", "W", "p", "consensus ranking")
        return Table(lines=tuple(lines), columns=columns, rows=rows)

    def _rows(self) -> Table:
        columns = ("vignette", "ratings", "w", "chi2", "df", "p", "consensus")
        rows = tuple(
            (v.vignette, v.ratings, c.w, c.chi2, c.df, c.p, told(v.consensus))
            for v in self.vignettes
            for c in [v.concordance]
        )
        return Table(columns=columns, rows=rows)


@checked
def rater_agreement(
    panel: Panel, *, seed: int = 0, resamples: int = RESAMPLES
) -> RaterAgreement:
    """Measure how far the raters of *panel* agree, with intervals over vignettes.

    Kendall's W uses complete rankings only. Alpha uses every ranked option.

    Args:
        panel: the vignettes and their ratings.
        seed: of the bootstrap; the same seed gives the same intervals.
        resamples: the number of bootstrap samples, at least 100; 0 for no intervals.

    Raises:
        PanelError: scipy or krippendorff is not installed, the panel has no ratings, or
            *seed* or *resamples* is invalid.
    """
    check_draws(seed, resamples)
    rated = _rated(panel)
    vignettes = tuple(_vignette_agreement(*one) for one in rated)
    each = [one.concordance for one in vignettes]
    # How many raters gave each option each rank.
    counts = np.zeros((len(rated), len(OPTIONS), len(OPTIONS)), np.int64)
    for found, (_, ratings) in zip(counts, rated, strict=True):
        for rating in ratings:
            for option, rank in places_of(rating.ranking).items():
                found[OPTIONS.index(option), rank - 1] += 1
    overall = pooled(each)
    mean_w = mean_of(
        [one.w for one in each],
        overall.undefined or "undefined on all sampled vignettes",
        [one.raters for one in each],
    )

    def alpha(drawn: Drawn) -> Estimate:
        return ordinal_alpha(counts[drawn].reshape(-1, counts.shape[-1]))

    return RaterAgreement(
        provenance=made_of(seed=seed, panel=panel.reference, resamples=resamples),
        panel=tuple(panel.lines()),
        alpha=estimate(alpha, len(each), seed, resamples),
        w=estimate(mean_w, len(each), seed, resamples),
        pooled=overall,
        vignettes=vignettes,
    )


def _rated(panel: Panel) -> list[tuple[Vignette, tuple[Rating, ...]]]:
    """List the vignettes of *panel* with their ratings; refuse a panel without any."""
    if not panel.rated:
        raise PanelError([problem("BE844.unrated")])
    return [(one, panel.on[one.id]) for one in panel.rated]


def _vignette_agreement(
    vignette: Vignette, ratings: tuple[Rating, ...]
) -> VignetteAgreement:
    complete = [places_of(rating.ranking) for rating in ratings if rating.is_whole]
    ranks = [[of_rater[option] for option in OPTIONS] for of_rater in complete]
    return VignetteAgreement(
        vignette=vignette.id,
        ratings=len(ratings),
        consensus=consensus(rating.ranking for rating in ratings),
        concordance=kendall_w(np.array(ranks).reshape(-1, len(OPTIONS))),
    )


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
    """Numbers of ratings of two or more options, with a tau-b and without."""

    #: Ratings that have a tau-b with the policy.
    told: int
    #: Ratings that tie all the options that they rank.
    tied: int
    #: Other ratings, all of whose options the policy ties.
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
        """Count the ratings of each vignette against a policy's ranking of it."""
        each = [
            (tau_b(ranking, rating.ranking) is not None, len(rating.ranking) == 1)
            for ranking, ratings in pairs
            for rating in ratings
            if len(rating.placed) > 1
        ]
        ordered, tied = sum(has for has, _ in each), sum(ties for _, ties in each)
        return cls(told=ordered, tied=tied, tied_by_policy=len(each) - ordered - tied)


@final
@attrs.frozen(kw_only=True)
class PairDisagreement:
    """Two options that the policy and the consensus order differently."""

    #: The option that the policy ranks higher, or one of two that it ties.
    above: Option
    below: Option
    #: The deciding criterion; None if the policy ties the two.
    decided_by: str | None
    #: The binding rules that make the difference, their principles and citations.
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
    #: The policy's ranking of the options in the consensus.
    ranking: Ranking
    #: The mean of tau-b between the policy and each rater.
    tau: float | None
    pairs: tuple[PairDisagreement, ...]


def _disagreement(
    vignette: str, verdict: Verdict, consensus: Ranking, tau: float | None
) -> Iterator[RankingDisagreement]:
    """Yield the disagreement of *verdict* and *consensus*, if there is one."""
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
    #: Kendall's tau-b between policy and rater: the mean over the raters of a
    #: vignette, then over vignettes.
    tau: Estimate
    #: How many ratings it includes and leaves out.
    undefined_counts: UndefinedCounts
    #: The share of raters with the same first rank, averaged in the same way.
    first: Estimate
    #: The mean of tau-b between the policy and the consensus.
    consensus_tau: Estimate
    #: The share of vignettes in which the consensus has the same first rank.
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
    """The agreement of some policies with one panel."""

    policies: tuple[PolicyAgreement, ...]

    def _data(self) -> dict[str, Any]:
        return {"by_policy": {one.policy: one.to_dict() for one in self.policies}}

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of the mean tau-b of each policy with its interval."""
        numbers = sorted(one.vignettes for one in self.policies)
        vignettes = [f"{number:,}" for number in numbers[:1] + numbers[-1:]]
        return intervals(
            [
                Interval(
                    one.policy,
                    tau.value,
                    tau.value if tau.low is None else tau.low,
                    tau.value if tau.high is None else tau.high,
                    beside=one.consensus_tau.value,
                )
                for one in self.policies
                for tau in [one.tau]
                if tau.value is not None
            ],
            title="Policy\N{EN DASH}rater agreement",
            subtitle=f"{' to '.join(dict.fromkeys(vignettes))} vignettes; "
            f"mean and {_CI}",
            axis="Kendall's tau-b (1 = same ranking)",
            beside="agreement with the consensus ranking",
        )

    def __str__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def _tables(self) -> Iterator[Table]:
        title = "policy\N{EN DASH}rater agreement"
        ci = [_CI] * any(one.first.low is not None for one in self.policies)
        yield Table(
            lines=(title, *ci, *self._left_out()),
            columns=("policy", "tau-b", "same top response", "tau-b with consensus"),
            rows=tuple(
                (one.policy, str(one.tau), str(one.first), str(one.consensus_tau))
                for one in self.policies
            ),
        )
        for one in self.policies:
            yield Table(lines=tuple(_disagreement_lines(one)), columns=(), rows=())

    def _left_out(self) -> Iterator[str]:
        """Yield lines about the ratings that tau-b leaves out."""
        counts = [(one.policy, one.undefined_counts) for one in self.policies]
        for tied in sorted({found.tied for _, found in counts if found.tied}):
            ties = plural(tied, "tied ranking")
            yield f"left out of tau-b: {ties} (no information)"
        for policy, found in counts:
            if found.tied_by_policy:
                ratings = plural(found.tied_by_policy, "rating")
                yield f"left out of tau-b for {policy}: {ratings} (it ties all options)"

    def _rows(self) -> Table:
        measures = ("tau", "first", "consensus_tau", "consensus_first")
        parts = {"": "value", "_low": "low", "_high": "high"}
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
        yield f"  consensus: {told(one.consensus)}"
        yield f"  policy:    {told(one.ranking)}"
        yield from (f"  {pair}" for pair in one.pairs)


@checked
def policy_agreement(
    panel: Panel,
    policies: Sequence[Policy | str | Path] | Policy | str | Path,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PolicyAgreements:
    """Measure how far each of *policies* agrees with *panel*, with intervals.

    The comparison of a policy and a rater covers the options that the rater ranked. If
    either ranking ties all of them, tau-b is undefined, and the mean leaves it out. The
    share of equal first ranks includes every rating.

    Args:
        panel: the vignettes and their ratings.
        policies: one or more policies, as values, ids or paths.
        seed: for the bootstrap; the same seed gives the same intervals.
        resamples: the number of bootstrap samples, at least 100; 0 for no intervals.

    Raises:
        PanelError: the panel has no ratings, no policy is given, two policies have the
            same id, or *seed* or *resamples* is invalid.
        SituationError: a policy does not declare a fact of the vignettes.
        PolicyError: a policy cannot be read, is invalid, or is abstract.
    """
    check_draws(seed, resamples)
    listed = [policies] if isinstance(policies, Policy | str | Path) else policies
    rated = _rated(panel)
    named = [as_policy(one) for one in listed]
    ids = [policy.id for policy in named]
    repeated = sorted({id for id in ids if ids.count(id) > 1})
    problems = [problem("BE853", token=id, id=id) for id in repeated]
    if problems or not ids:
        raise PanelError(problems or [problem("BE857")])
    drawn = {"panel": panel.reference, "resamples": resamples}
    return PolicyAgreements(
        provenance=made_of(*named, seed=seed, **drawn),
        policies=tuple(_agreement(rated, one, seed, resamples) for one in named),
    )


def _agreement(
    rated: Sequence[tuple[Vignette, tuple[Rating, ...]]],
    policy: Policy,
    seed: int,
    resamples: int,
) -> PolicyAgreement:
    ratings = [of_one for _, of_one in rated]
    verdicts = [consult(vignette.situation, policy) for vignette, _ in rated]
    common = [consensus(rating.ranking for rating in of_one) for of_one in ratings]
    rankings = [verdict.ranking for verdict in verdicts]
    taus, firsts = zip(*map(scores, rankings, ratings), strict=True)
    counts = UndefinedCounts.of(zip(rankings, ratings, strict=True))

    def mean(numbers: Iterable[float | None], why: str = counts.why) -> Estimate:
        return estimate(mean_of([*numbers], why), len(rated), seed, resamples)

    return PolicyAgreement(
        policy=policy.id,
        vignettes=sum(first is not None for first in firsts),
        tau=mean(taus),
        undefined_counts=counts,
        first=mean(firsts),
        consensus_tau=mean(map(tau_b, rankings, common), _NO_CONSENSUS),
        consensus_first=mean(map(same_first, rankings, common)),
        disagreements=tuple(
            found
            for (vignette, _), *compared in zip(
                rated, verdicts, common, taus, strict=True
            )
            for found in _disagreement(vignette.id, *compared)
        ),
    )
