"""Cross-validation: how fitted weights do on vignettes that they have not seen."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.panel.fitting import terms_of
from boundaryethics.panel.likelihood import Numbers
from boundaryethics.panel.points import Weighing, weighing_of
from boundaryethics.panel.resampling import number_told, whole
from boundaryethics.panel.scoring import scores
from boundaryethics.panel.solving import Terms, log_likelihood, slope, solved
from boundaryethics.panel.values import Panel
from boundaryethics.plots import Bar, bars
from boundaryethics.policyfile import policy_named
from boundaryethics.report import Table, plural

FOLDS = 5
_TWO = 2
#: Fitted weights are plural in such parts where they rank.
_FINE = 10**6


#: Of each vignette, tau-b and whether the first place is the same.
Seen: TypeAlias = list[tuple[float | None, float | None]]
#: Whose weights, how likely the orders of a fold are by them, how they rank it.
Judged: TypeAlias = tuple[str, float, Seen]


@final
@attrs.frozen(kw_only=True)
class Score:
    """How one set of weights does on vignettes that it was not fitted to."""

    #: `fitted`, `policy`, `equal weights` or `no weights`.
    name: str
    #: Of all orders, added up over the folds; higher is better.
    log_likelihood: float
    #: The mean of tau-b with each rater, where both order something, and the share of
    #: raters with the same first place; None of no weights, which rank nothing.
    tau: float | None
    first: float | None


@final
@attrs.frozen(kw_only=True)
class Validation:
    """How weights do out of the fold that they were fitted in."""

    policy: str
    folds: int
    seed: int
    orders: int
    #: The fitted weights, the policy as it is, equal weights, and none.
    scores: tuple[Score, ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return attrs.asdict(self) | {"scores": [attrs.asdict(s) for s in self.scores]}

    def to_frame(self) -> Any:
        """A data frame with a row for each set of weights.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("weights", "log_likelihood", "tau", "first"),
            rows=tuple((s.name, s.log_likelihood, s.tau, s.first) for s in self.scores),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: how much likelier each set of weights makes an order.

        Raises:
            PictureError: what draws is not installed.
        """
        none = self["no weights"].log_likelihood
        return bars(
            [
                Bar(one.name, (one.log_likelihood - none) / (self.orders or 1))
                for one in self.scores
                if one.name != "no weights"
            ],
            title=f"Weights of {self.policy} on vignettes that they were not fitted to",
            subtitle=f"{self.folds} folds of vignettes, "
            f"{plural(self.orders, 'order')}; further right is better",
            axis="log-likelihood an order, above that with no weights",
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        dealt = (
            f"{self.policy}: {self.folds} folds of vignettes, "
            f"{plural(self.orders, 'order')}"
        )
        return Table(
            lines=(dealt, "each fold is judged by weights fitted to the others"),
            columns=("weights", "log-likelihood", "an order", "tau-b", "same first"),
            rows=tuple(
                (
                    one.name,
                    f"{one.log_likelihood:.2f}",
                    f"{one.log_likelihood / (self.orders or 1):.3f}",
                    number_told(one.tau),
                    number_told(one.first),
                )
                for one in self.scores
            ),
        )


def cross_validate(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Validation:
    """How weights fitted to some vignettes do on the others.

    The vignettes are dealt into *folds*; each fold is judged by weights fitted to all
    others. Beside them stand the policy as it is and equal weights. For their
    likelihood the weights of the policy, and equal ones, are made logits by one factor
    each, fitted likewise; for tau-b and first places the policy ranks by its own
    method.

    Args:
        panel: who ranked what.
        policy: whose rules speak.
        folds: from 2 to the number of vignettes.
        seed: of the dealing; the same seed gives the same folds.
        penalty: as of `fit`.
        bounded: as of `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    terms = terms_of(penalty, bounded=bounded)
    weighing = weighing_of(panel, policy_named(policy))
    dealt = _dealt(len(weighing.vignettes), folds, seed)
    judged = [
        judgement
        for fold in range(folds)
        for judgement in _judged(weighing, dealt == fold, fold + 1, terms)
    ]
    names = dict.fromkeys(name for name, _, _ in judged)
    return Validation(
        policy=weighing.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(len(one.raters) for one in weighing.ordered),
        scores=tuple(_score(name, judged) for name in names),
    )


def _dealt(count: int, folds: int, seed: int) -> Any:
    """For each vignette the fold that it is in; no two folds differ by more than 1."""
    if whole(folds, "folds", _TWO) > count:
        raise PanelError([_too_few(folds, count)])
    return np.random.default_rng(whole(seed, "seed", 0)).permutation(count) % folds


def _judged(weighing: Weighing, held: Any, fold: int, terms: Terms) -> Iterator[Judged]:
    """Each set of weights with how it does on the vignettes *held* back."""
    rest = weighing.of(np.flatnonzero(~held).tolist())
    unseen = weighing.of(np.flatnonzero(held).tolist())
    base, equal = weighing.base, np.ones_like(weighing.base)
    try:
        fitted = _whole_scale(rest, terms)
        own, alike = slope(rest, base, terms), slope(rest, equal, terms)
    except PanelError as error:
        raise PanelError(_in_fold(one, fold) for one in error.problems) from None
    rankings = unseen.ranked(np.round(fitted * _FINE).astype(np.int64))
    yield "fitted", log_likelihood(unseen, fitted), _seen(unseen, rankings)
    yield "policy", log_likelihood(unseen, own), _seen(unseen, unseen.rankings)
    rankings = unseen.ranked(equal)
    yield "equal weights", log_likelihood(unseen, alike), _seen(unseen, rankings)
    yield "no weights", log_likelihood(unseen, np.zeros(len(base))), []


def _whole_scale(weighing: Weighing, terms: Terms) -> Numbers:
    """Fitted weights, with those that were not told at their weight in the policy."""
    found = solved(weighing, terms)
    fitted = sorted(n for group in found.groups for n in group)
    base = float(weighing.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = weighing.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _seen(unseen: Weighing, rankings: tuple[Ranking, ...]) -> Seen:
    pairs = zip(rankings, unseen.ratings, strict=True)
    return [scores(ranking, ratings) for ranking, ratings in pairs]


def _score(name: str, judged: list[Judged]) -> Score:
    own = [(log, pairs) for of, log, pairs in judged if of == name]
    seen = [pair for _, pairs in own for pair in pairs]
    taus = [tau for tau, _ in seen if tau is not None]
    firsts = [first for _, first in seen if first is not None]
    return Score(
        name=name,
        log_likelihood=fsum(log for log, _ in own),
        tau=fsum(taus) / len(taus) if taus else None,
        first=fsum(firsts) / len(firsts) if firsts else None,
    )


def _too_few(folds: int, vignettes: int) -> Problem:
    return Problem(
        code="BE850",
        message=f"{plural(vignettes, 'rated vignette')} cannot be dealt into "
        f"{folds} folds",
        help="ask for fewer folds, from 2 on, or rate more vignettes",
    )


def _in_fold(problem: Problem, fold: int) -> Problem:
    return attrs.evolve(
        problem, message=f"without the vignettes of fold {fold}, {problem.message}"
    )
