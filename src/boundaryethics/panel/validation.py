"""Cross-validate weights over vignettes, and choose a penalty by cross-validation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import fsum, isfinite
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.arguments import checked, whole
from boundaryethics.charts import Bar, bars
from boundaryethics.errors import PanelError, check_all, problem
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName
from boundaryethics.panel.data import Panel
from boundaryethics.panel.logit import (
    DesignMatrix,
    FitOptions,
    Numbers,
    design_matrix,
    estimate_scale,
    estimate_weights,
    log_likelihood,
)
from boundaryethics.panel.statistics import format_number, known_mean, scores
from boundaryethics.policies import as_policy
from boundaryethics.provenance import Provenance
from boundaryethics.render.wording import plural
from boundaryethics.report import Report, Table, made_of, signed_chart

FOLDS = 5
#: The penalties that cross-validation compares.
PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
#: The factor that scales fitted weights to integers, which the ranking requires.
_FINE = 10**6


@final
@attrs.frozen(kw_only=True)
class Terms:
    """The arguments of a fit: its options, and how to choose the penalty."""

    #: The penalty; None if cross-validation chooses it.
    penalty: float | None
    bounded: bool
    folds: int
    seed: int


def terms_of(penalty: object, *, bounded: bool, folds: int, seed: int) -> Terms:
    """Check the arguments of a fit.

    Raises:
        PanelError: an argument is invalid. The error lists all problems.
    """
    chosen, parts, start = check_all(
        partial(_penalty, penalty),
        partial(whole, folds, "folds", 2),
        partial(whole, seed, "seed", 0),
    )
    return Terms(penalty=chosen, bounded=bounded, folds=parts, seed=start)


def _penalty(given: Any) -> float | None:
    if given == "cv":
        return None
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if number and isfinite(given) and given >= 0:
        return float(given)
    raise PanelError([problem("BE847.penalty", token="penalty")])


def provenance_of(
    design: DesignMatrix, panel: Panel, asked: Terms, *, split: bool = False
) -> Provenance:
    """Record the arguments, including those for splitting the vignettes."""
    chosen = asked.penalty is None
    more = {"folds": asked.folds} if split or chosen else {}
    return made_of(
        design.policy,
        seed=asked.seed if split or chosen else None,
        panel=panel.reference,
        penalty="cv" if chosen else asked.penalty,
        bounded=asked.bounded,
        **more,
    )


def _folds(design: DesignMatrix, folds: int, seed: int) -> list[Any]:
    """Split the vignettes at random; for each fold, mark the held-out vignettes."""
    count = len(design.verdicts)
    if folds > count:
        if count == 1:
            raise PanelError([problem("BE850.one")])
        vignettes = plural(count, "rated vignette")
        raise PanelError([problem("BE850", vignettes=vignettes, folds=folds)])
    fold_of = np.random.default_rng(seed).permutation(count) % folds
    return [fold_of == fold for fold in range(folds)]


def choose_penalty(
    design: DesignMatrix, asked: Terms
) -> tuple[FitOptions, tuple[tuple[float, float], ...]]:
    """Return settings for a fit, and each penalty tried, with its log-likelihood."""
    options = FitOptions(penalty=asked.penalty or 0.0, bounded=asked.bounded)
    if asked.penalty is not None:
        return options, ()
    splits = [
        (
            design.of(np.flatnonzero(~held).tolist()),
            design.of(np.flatnonzero(held).tolist()),
        )
        for held in _folds(design, asked.folds, asked.seed)
    ]
    tried = []
    for penalty in PENALTIES:
        options = attrs.evolve(options, penalty=penalty)
        with_it = [
            log_likelihood(unseen, _held_out(rest, fold, options))
            for fold, (rest, unseen) in enumerate(splits, 1)
        ]
        tried.append((penalty, fsum(with_it)))
    best, _ = max(tried, key=itemgetter(1))
    return attrs.evolve(options, penalty=best), tuple(tried)


#: The log-likelihood of the orders of a fold, if there is one; for each vignette, the
#: mean tau-b and the share of equal top responses.
_FoldScore: TypeAlias = tuple[float | None, list[tuple[float | None, float | None]]]


@final
@attrs.frozen(kw_only=True)
class Score:
    """The performance of one set of weights on vignettes that it was not fitted to."""

    #: `fitted`, `policy`, `equal weights` or `no weights`, all with the weighted
    #: method; or, if the policy's own method is a different one, the policy with that
    #: method, such as `policy (levelwise method)`.
    name: str
    #: The log-likelihood of all orders, summed over the folds; higher is better. None
    #: for a method that does not define probabilities.
    log_likelihood: float | None
    #: The mean tau-b with each rater for whom it is defined, and the share of raters
    #: with the same top options, each followed by the number of vignettes in the mean.
    #: None for `no weights`, which rank nothing.
    tau: float | None
    tau_vignettes: int
    first: float | None
    first_vignettes: int


@final
@attrs.frozen(kw_only=True)
class Validation(Report):
    """The result of `cross_validate`."""

    policy: str
    folds: int
    seed: int
    orders: int
    #: The scores of the fitted weights, the policy, equal weights, and no weights.
    scores: tuple[Score, ...]
    #: The penalty in each fold.
    penalties: tuple[float, ...]
    #: The vignettes that each fold holds out.
    held_out: tuple[tuple[str, ...], ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of log-likelihoods, relative to `no weights`."""
        none = self["no weights"].log_likelihood or 0.0
        return bars(
            [
                Bar(one.name, (one.log_likelihood - none) / (self.orders or 1))
                for one in self.scores
                if one.name != "no weights" and one.log_likelihood is not None
            ],
            title=f"Cross-validated weights of {self.policy}",
            subtitle=f"{self.folds} folds of vignettes, "
            f"{plural(self.orders, 'ranking')}; farther right is better",
            axis="log-likelihood per ranking, minus that of all weights 0",
        )

    def _table(self) -> Table:
        folds = f"{self.policy}: cross-validated over {self.folds} folds of vignettes, "
        lines = [
            f"{folds}{plural(self.orders, 'ranking')}, seed {self.seed}",
            (
                "estimated from the other folds: the fitted weights, and the scale of "
                "the policy's weights and of equal weights"
            ),
        ]
        if self.provenance.parameters.get("penalty") == "cv":
            chosen = ", ".join(f"{penalty:g}" for penalty in self.penalties)
            lines.append(
                f"L2 penalty, chosen for each fold from the other folds: {chosen}"
            )
        rows = tuple(
            (
                one.name,
                *self._logs(one),
                *map(format_number, (one.tau, one.first)),
                one.tau_vignettes or "-",
            )
            for one in self.scores
        )
        columns = (
            *("weights", "log-likelihood", "per ranking", "tau-b"),
            *("same top response", "n (tau-b)"),
        )
        return Table(lines=tuple(lines), columns=columns, rows=rows)

    def _logs(self, score: Score) -> tuple[str, str]:
        if (log := score.log_likelihood) is None:
            return "-", "-"
        return f"{log:.2f}", f"{log / (self.orders or 1):.3f}"

    def _rows(self) -> Table:
        columns = ("weights", *(field.name for field in attrs.fields(Score)[1:]))
        return Table(columns=columns, rows=tuple(map(attrs.astuple, self.scores)))


@checked
def cross_validate(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    penalty: float | str = 0.0,
    bounded: bool = False,
) -> Validation:
    """Evaluate weights on vignettes that they were not fitted to.

    The vignettes are split into *folds*. Each fold is predicted with weights fitted to
    the other folds, with the policy's weights, and with equal weights. A factor fitted
    to the other folds, with the same penalty, converts the policy's weights and equal
    weights into log-odds. All three predictions use the weighted method. If the policy
    has a different method, its rankings by that method are scored in a separate row,
    without a likelihood.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy whose rules are used.
        folds: from 2 to the number of vignettes.
        seed: the seed of the split; the same seed gives the same folds.
        penalty: as for `fit`; `"cv"` chooses it for each fold from the other folds.
        bounded: as for `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact that the vignettes use.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    asked = terms_of(penalty, bounded=bounded, folds=folds, seed=seed)
    design = design_matrix(panel, as_policy(policy))
    splits = _folds(design, folds, seed)
    each = [_fold_scores(design, held, n, asked) for n, held in enumerate(splits, 1)]
    return Validation(
        provenance=provenance_of(design, panel, asked, split=True),
        policy=design.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(map(len, design.ordered.values())),
        penalties=tuple(penalty for penalty, _ in each),
        held_out=tuple(
            tuple(one.id for one, out in zip(panel.rated, held, strict=True) if out)
            for held in splits
        ),
        scores=tuple(
            _score(name, [scores[name] for _, scores in each]) for name in each[0][1]
        ),
    )


def _fold_scores(
    design: DesignMatrix, held: Any, fold: int, asked: Terms
) -> tuple[float, dict[str, _FoldScore]]:
    """Return the penalty, and the scores of each set of weights on *held* vignettes."""
    rest = design.of(np.flatnonzero(~held).tolist())
    unseen = design.of(np.flatnonzero(held).tolist())
    inner = min(asked.folds, len(rest.verdicts))
    with _naming(fold):
        options, _ = choose_penalty(rest, attrs.evolve(asked, folds=inner))
        compared = {
            "fitted": _complete_weights(rest, options),
            "policy": estimate_scale(rest, design.base, options),
            "equal weights": estimate_scale(rest, np.ones_like(design.base), options),
        }
    found: dict[str, _FoldScore] = {}
    for name, weights in compared.items():
        ranked = unseen.ranked(np.rint(weights * _FINE).astype(np.int64))
        ranks = [*map(scores, ranked, unseen.ratings)]
        found[name] = log_likelihood(unseen, weights), ranks
    found["no weights"] = log_likelihood(unseen, np.zeros(len(design.base))), []
    if (method := design.policy.method.name) is not MethodName.WEIGHTED:
        own = [verdict.ranking for verdict in unseen.verdicts]
        name = f"policy ({method.value} method)"
        found[name] = None, [*map(scores, own, unseen.ratings)]
    return options.penalty, found


@contextmanager
def _naming(fold: int) -> Iterator[None]:
    """Add the held-out *fold* to each problem raised in the `with` block."""
    try:
        yield
    except PanelError as error:
        without = f"with fold {fold} held out, "
        raise PanelError(
            attrs.evolve(one, message=without + one.message) for one in error.problems
        ) from None


def _held_out(rest: DesignMatrix, fold: int, options: FitOptions) -> Numbers:
    with _naming(fold):
        return _complete_weights(rest, options)


def _complete_weights(design: DesignMatrix, options: FitOptions) -> Numbers:
    """Fit weights; for any without an estimate, use the policy's weight, rescaled."""
    found = estimate_weights(design, options)
    fitted = sorted(found.fitted)
    base = float(design.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = design.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _score(name: str, folds: list[_FoldScore]) -> Score:
    logs = [log for log, _ in folds if log is not None]
    taus = [tau for _, seen in folds for tau, _ in seen if tau is not None]
    firsts = [first for _, seen in folds for _, first in seen if first is not None]
    return Score(
        name=name,
        log_likelihood=fsum(logs) if logs else None,
        tau=known_mean(taus),
        tau_vignettes=len(taus),
        first=known_mean(firsts),
        first_vignettes=len(firsts),
    )
