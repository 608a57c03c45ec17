from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product
from math import exp, log
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.optimize import minimize

from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, PolicyError
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel import Panel, cross_validate, fit, read_panel
from boundaryethics.panel.logit import (
    OrderLikelihood,
    design_matrix,
    identified_groups,
)
from boundaryethics.policies import read_policy, write_policy
from support.raters import (
    PRINCIPLES,
    RULES,
    TRUTH,
    contrary,
    panel_of,
    policy,
    vignettes,
    worths,
)
from support.small_policies import VOCABULARY, policy_of

OPTIONS = tuple(Option)
CONTINUE, IGNORE, DECLINE, LEAVE = OPTIONS
#: All rankings of two options or more, partial ones and tied ones too.
RANKINGS = sorted(
    {
        tuple(
            tuple(o for o, place in zip(some, places, strict=True) if place == n)
            for n in sorted(set(places))
        )
        for size in (2, 3, 4)
        for some in combinations(OPTIONS, size)
        for places in product(range(size), repeat=size)
    }
)


def by_brute_force(ranking: Ranking, worth: list[float]) -> float:
    """Sum the probabilities of all orders of four options that fit *ranking*."""
    place = {option: n for n, group in enumerate(ranking) for option in group}
    fitting = 0.0
    for order in permutations(OPTIONS):
        placed = [place[option] for option in order if option in place]
        if placed == sorted(placed):
            odds = [exp(worth[OPTIONS.index(option)]) for option in order]
            chance = 1.0
            for number, mine in enumerate(odds):
                chance *= mine / sum(odds[number:])
            fitting += chance
    return fitting


def refused(panel: Panel, **terms: Any) -> list[str]:
    """Return the codes of the problems when *panel* is fitted."""
    with pytest.raises(PanelError) as problems:
        fit(panel, policy(), **terms)
    return [problem.code for problem in problems.value.problems]


def rated(*ranking: str, given: dict[str, Any] | None = None) -> Panel:
    """Build a panel of one rater who gives *ranking* in every vignette."""
    rows = [
        {"rater": "ada", "vignette": vignette, "option": option, "rank": place}
        for vignette in given or vignettes()
        for place, option in enumerate(ranking, start=1)
    ]
    return read_panel(rows, given or vignettes(), vocabulary=VOCABULARY)


def test_the_likelihood_is_that_of_all_orders_that_fit() -> None:
    """The likelihood equals brute force for every ranking, also tied or partial."""
    covariates = np.random.default_rng(1).normal(size=(1, 4, 3))
    parameters = np.array([0.7, -1.2, 0.4])
    ordered = {(0, ranking): (0,) for ranking in RANKINGS}
    found, _, _ = OrderLikelihood.of(ordered, covariates, np.eye(3)).at(parameters)
    worth = (covariates[0] @ parameters).tolist()

    expected = [log(by_brute_force(ranking, worth)) for ranking in RANKINGS]
    assert expected == pytest.approx(found.tolist())


def test_slope_and_curvature_are_those_of_the_likelihood() -> None:
    """Gradient and information equal finite differences of the likelihood."""
    covariates = np.random.default_rng(2).normal(size=(1, 4, 3))
    at = np.array([0.3, -0.5, 0.9])
    counts = np.arange(1, len(RANKINGS) + 1)
    ordered = {
        (0, ranking): range(count)
        for ranking, count in zip(RANKINGS, counts.tolist(), strict=True)
    }
    likelihood, step = OrderLikelihood.of(ordered, covariates, np.zeros((3, 3))), 1e-5
    _, scores, information = likelihood.at(at)
    for number in range(3):
        aside = step * np.eye(3)[number]
        (log_up, up, _), (log_down, down, _) = (
            likelihood.at(at + side) for side in (aside, -aside)
        )

        slope = (log_up - log_down) / (2 * step)
        assert slope == pytest.approx(scores[:, number], abs=1e-8)
        curve = counts @ (up - down) / (2 * step)
        assert -curve == pytest.approx(information[number], rel=1e-6)


def test_options_may_lie_far_apart() -> None:
    """The likelihood is finite even if the odds of some options underflow."""
    worth = [2000.0, 1.0, 0.0, 3.0]
    rankings: tuple[Ranking, ...] = (
        ((CONTINUE,), (IGNORE,), (DECLINE,)),
        ((IGNORE,), (CONTINUE,)),
    )
    ordered = {(0, ranking): (0,) for ranking in rankings}
    covariates = np.array(worth).reshape(1, 4, 1)
    likelihood = OrderLikelihood.of(ordered, covariates, np.zeros((1, 1)))
    logs, scores, information = likelihood.at(np.ones(1))

    second = 1 / (1 + exp(-1))
    assert [log(second), -1999.0] == pytest.approx(logs.tolist())
    assert [1 - second, -1999.0] == pytest.approx(scores[:, 0].tolist())
    assert second * (1 - second) == pytest.approx(information[0, 0])


def test_points_are_those_of_the_weighted_method() -> None:
    """Points equal those computed by hand, and rank like the policy itself."""
    panel = panel_of(0, 1)
    design = design_matrix(panel, policy())
    weights = {"care": 3, "faith": 5, "peace": 2}
    totals = design.points @ np.array(list(weights.values()))
    variant = attrs.evolve(
        policy(),
        principles=tuple(
            attrs.evolve(p, weight=weights[p.id]) for p in policy().principles
        ),
    )

    by_hand = worths(weights)
    assert [by_hand[one.id] for one in panel.rated] == totals.tolist()
    assert tuple(
        consult(one.situation, variant).ranking for one in panel.rated
    ) == design.ranked(np.array(list(weights.values())))


@pytest.mark.parametrize(("ties", "partial"), [(0.0, 0.0), (0.3, 0.3)])
def test_a_fit_is_where_the_likelihood_is_highest(ties: float, partial: float) -> None:
    """A fit finds the same maximum as another optimizer on brute-force likelihoods."""
    panel = panel_of(3, 6, ties=ties, partial=partial)
    principles = [principle.id for principle in policy().principles]

    def unlikelihood(parameters: Any) -> float:
        of_each = worths(dict(zip(principles, parameters, strict=True)))
        return -sum(
            log(by_brute_force(rating.ranking, of_each[rating.vignette]))
            for rating in panel.ratings
            if len(rating.ranking) > 1
        )

    expected = minimize(unlikelihood, np.zeros(3), options={"gtol": 1e-6})
    found = fit(panel, policy())

    assert expected.x == pytest.approx(
        [one.estimate for one in found.weights], abs=1e-4
    )
    assert -expected.fun == pytest.approx(found.log_likelihood)


def test_known_weights_are_recovered() -> None:
    """Estimates lie within two standard errors in about 95 of 100 panels.

    Two or three of 60 panels are expected to miss a weight. More than 8 have a
    probability of 1 in 100,000.
    """
    misses = dict.fromkeys(TRUTH, 0)
    for seed in range(60):
        found = fit(panel_of(seed, 12, ties=0.1, partial=0.1), policy())
        for one in found.fitted:
            assert one.estimate is not None
            assert one.error is not None
            aside = abs(one.estimate - TRUTH[one.principle])
            misses[one.principle] += aside > 2 * one.error

    assert {} == {name: count for name, count in misses.items() if count > 8}


@pytest.mark.slow
def test_known_weights_are_recovered_in_95_of_100_panels() -> None:
    """Two standard errors around the estimate cover the truth in 95 percent.

    If errors are normal, it is 95.45 percent: 1909 of 2000 panels, with a standard
    deviation of 9.3. Each weight must lie within three standard deviations, so that
    the test fails if errors are too small or too large.
    """
    panels, hits = 2000, dict.fromkeys(TRUTH, 0)
    for seed in range(panels):
        found = fit(panel_of(seed, 30, ties=0.1, partial=0.1), policy())
        for one in found.fitted:
            assert one.estimate is not None
            assert one.error is not None
            aside = abs(one.estimate - TRUTH[one.principle])
            hits[one.principle] += aside <= 2 * one.error

    assert {} == {n: count for n, count in hits.items() if not 1881 <= count <= 1937}


def test_errors_by_rater_are_larger_where_a_rater_repeats_himself() -> None:
    """Clustered standard errors grow if a rater repeats the same ratings."""
    panel = panel_of(5, 8)
    copies = tuple(
        attrs.evolve(rating, rater=f"{rating.rater} {copy}")
        for copy in range(4)
        for rating in panel.ratings
    )
    apart = fit(attrs.evolve(panel, ratings=copies), policy())
    once = fit(panel, policy())
    for many, one in zip(apart.fitted, once.fitted, strict=True):
        assert many.error is not None
        assert one.error == pytest.approx(2 * many.error)

    alone = fit(
        attrs.evolve(
            panel, ratings=tuple(attrs.evolve(r, rater="x") for r in panel.ratings)
        ),
        policy(),
    )
    assert [None] * 3 == [one.clustered_se for one in alone.fitted]


def test_unidentified_weights_are_kept() -> None:
    """A principle that no vignette identifies keeps its weight."""
    alike = {
        "id": "all-alike",
        "then": {"favors": {option.value: "weak" for option in Option}},
        "principle": "alike",
    }
    wider = policy_of(
        (*RULES, alike),
        principles={**PRINCIPLES, "alike": {"weight": 5}, "silent": {"weight": 7}},
    )
    found = fit(panel_of(0, 10), wider)

    assert ("alike", "silent") == found.not_identified
    kept = {p.id: p.weight for p in found.variant(digits=2).principles}
    assert (500, 700) == (kept["alike"], kept["silent"])


def test_inseparable_weights_keep_their_proportion() -> None:
    """Two principles with the same effect keep the proportion of their weights."""
    shadow = {**RULES[1], "id": "shadow", "principle": "shade"}
    wider = policy_of(
        (*RULES, shadow), principles={**PRINCIPLES, "shade": {"weight": 1}}
    )
    found = fit(panel_of(0, 10), wider)
    estimates = {one.principle: one.estimate or 0 for one in found.fitted}
    plain = {
        one.principle: one.estimate or 0
        for one in fit(panel_of(0, 10), policy()).fitted
    }

    assert (("faith", "shade"),) == found.scaled_together
    assert estimates["faith"] == pytest.approx(2 * estimates["shade"])
    assert plain["faith"] == pytest.approx(estimates["faith"] + estimates["shade"])
    apart = fit(panel_of(0, 10), wider, penalty=1.0)
    assert () == apart.scaled_together


def test_inseparable_columns_form_groups() -> None:
    """Columns that are identified only as a sum form a group; zero columns do not."""
    rows = np.array([[1, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 2, 0]])

    assert ((0, 1, 2), (3,)) == identified_groups(rows)


def test_complete_separation_is_refused() -> None:
    """If raters agree completely, only a penalty gives a finite estimate."""
    given = {"one": {"danger": "yes"}}
    panel = rated("continue", "decline", "leave", given=given)

    with pytest.raises(PanelError) as problems:
        fit(panel, policy())

    (problem,) = problems.value.problems
    assert "BE846" == problem.code
    assert "no finite estimate for `faith`" in problem.message
    (weight,) = fit(panel, policy(), penalty=0.1).fitted
    assert weight.estimate is not None
    assert 0 < weight.estimate < 10


def test_a_panel_that_orders_nothing_is_refused() -> None:
    """A panel that orders no allowed options cannot be fitted."""
    tied = [
        {"rater": "ada", "vignette": "one", "option": option.value, "rank": 1}
        for option in Option
    ]
    one = {"one": {"danger": "yes"}}

    assert ["BE844"] == refused(read_panel(tied, one, vocabulary=VOCABULARY))
    assert ["BE845"] == refused(rated("leave", "decline", given={"one": {}}))


def test_required_and_forbidden_options_are_left_out() -> None:
    """Required and forbidden options are left out, because no weight can move them."""
    ban = {"id": "ban", "then": {"forbids": "leave"}, "principle": "care"}
    banning = policy_of((*RULES, ban), principles=PRINCIPLES)
    design = design_matrix(rated("leave", "ignore", "decline"), banning)

    assert {((IGNORE,), (DECLINE,))} == {ranking for _, ranking in design.ordered}


def test_weights_below_zero_are_refused_or_bounded() -> None:
    """Negative weights raise an error in `variant`; `bounded` holds them at 0."""
    contrary = ("leave", "ignore", "continue", "decline")
    mixed = panel_of(1, 4)
    other = rated(*contrary)
    panel = attrs.evolve(mixed, ratings=(*mixed.ratings, *other.ratings * 40))
    found = fit(panel, policy())

    with pytest.raises(PanelError) as problems:
        found.variant()
    below = [one.principle for one in found.fitted if (one.estimate or 0) < 0]
    assert below == [problem.token for problem in problems.value.problems]
    assert {"BE848"} == {problem.code for problem in problems.value.problems}

    bounded = fit(panel, policy(), bounded=True)
    assert set(bounded.at_bound) <= set(below)
    assert bounded.at_bound
    assert all((one.estimate or 0) >= 0 for one in bounded.fitted)
    assert bounded.log_likelihood < found.log_likelihood


def test_a_scale_that_is_not_positive_is_not_printed() -> None:
    """The text of a fit leaves out a scale that is not positive."""
    found = fit(contrary(), policy(), penalty=1)
    told = str(found)

    assert found.scale < 0
    assert "policy weight 1 =" not in told
    assert "their sum is not above 0, so they have no scale" in told
    assert "(1 rater, " in told


def test_a_fit_gives_a_variant() -> None:
    """`variant` has integer weights and the weighted method, and can be saved."""
    found = fit(panel_of(0, 20), policy())
    variant = found.variant("fitted", digits=2)
    rounded = found.rounded(2)
    with pytest.raises(PolicyError, match="BE308"):
        found.variant(found.policy.id)

    assert ("fitted", "weighted") == (variant.id, variant.method.name.value)
    assert {name: Fraction(w) * 100 for name, w in rounded.items()} == {
        principle.id: principle.weight for principle in variant.principles
    }
    assert policy().rules == variant.rules
    again = read_policy(write_policy(variant))
    assert (variant.id, variant.principles, variant.rules, variant.method) == (
        again.id,
        again.principles,
        again.rules,
        again.method,
    )


def test_a_penalty_shrinks_weights() -> None:
    """A larger penalty gives smaller weights; an invalid one is refused."""
    sizes = [
        sum(
            (one.estimate or 0) ** 2
            for one in fit(panel_of(0, 5), policy(), penalty=p).fitted
        )
        for p in (0, 1, 10, 100)
    ]

    assert sorted(sizes, reverse=True) == sizes
    assert ["BE847"] == refused(panel_of(0, 2), penalty=-1)
    assert ["BE847"] == refused(panel_of(0, 2), penalty=float("nan"))


def test_cross_validation_uses_held_out_vignettes() -> None:
    """Held-out log-likelihood is below the fitted one and above that of no weights."""
    panel = panel_of(7, 20, ties=0.1, partial=0.1)
    seen, unseen = fit(panel, policy()), cross_validate(panel, policy(), folds=4)

    assert seen.orders == unseen.orders
    assert seen.null_log_likelihood == pytest.approx(
        unseen["no weights"].log_likelihood
    )
    assert (
        seen.log_likelihood
        > unseen["fitted"].log_likelihood
        > unseen["no weights"].log_likelihood
    )
    assert unseen == cross_validate(panel, policy(), folds=4)


def test_leave_one_out_is_the_fit_to_the_others() -> None:
    """With as many folds as vignettes, each is predicted by a fit to the others."""
    panel = panel_of(7, 20)
    log_likelihood = 0.0
    for out in panel.vignettes:
        rest = tuple(r for r in panel.ratings if r.vignette != out.id)
        found = fit(attrs.evolve(panel, ratings=rest), policy())
        weights = {one.principle: one.estimate or 0.0 for one in found.weights}
        log_likelihood += sum(
            log(by_brute_force(rating.ranking, worths(weights)[out.id]))
            for rating in panel.on[out.id]
        )

    left_out = cross_validate(panel, policy(), folds=len(panel.vignettes))
    assert log_likelihood == pytest.approx(left_out["fitted"].log_likelihood)


def test_invalid_folds_are_refused() -> None:
    """`cross_validate` refuses too many, too few and unfittable folds."""
    panel = panel_of(0, 5)
    for folds, code in ((9, "BE850"), (1, "BE847"), (2.5, "BE847")):
        with pytest.raises(PanelError) as problems:
            cross_validate(panel, policy(), folds=folds)  # type: ignore[arg-type]
        assert [code] == [problem.code for problem in problems.value.problems]

    given = {"one": {"danger": "yes"}, "two": {}}
    with pytest.raises(PanelError, match="with fold 1 held out"):
        cross_validate(rated("leave", "decline", given=given), policy(), folds=2)


def test_results_convert_to_other_forms() -> None:
    """Results convert to plain data, a data frame, text and HTML."""
    panel = panel_of(0, 10)
    for answer in (fit(panel, policy()), cross_validate(panel, policy(), folds=2)):
        assert answer.to_dict()
        assert len(answer.to_frame()) in {3, 4}
        assert "by-hand" in str(answer)
        assert "<table>" in answer._repr_html_()
