from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from itertools import chain, combinations, permutations, product
from math import exp, log
from typing import Any

import attrs
import choix
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t as t_distribution
from statsmodels.discrete.conditional_models import ConditionalLogit

from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, PolicyError
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel import (
    Panel,
    cross_validate,
    fit,
    policy_agreement,
    read_panel,
)
from boundaryethics.panel.logit import (
    OrderLikelihood,
    design_matrix,
    identified_groups,
)
from boundaryethics.panel.validation import PENALTIES
from boundaryethics.policies import read_policy, write_policy
from boundaryethics.provenance import VERSION
from support.raters import (
    PRINCIPLES,
    RULES,
    TRUTH,
    contrary,
    panel_of,
    policy,
    score_layout,
    vignettes,
)
from support.small_policies import VOCABULARY, policy_of

OPTIONS = tuple(Option)
CONTINUE, IGNORE, DECLINE, LEAVE = OPTIONS
#: All rankings of two options or more, including partial and tied ones.
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


def by_brute_force(ranking: Ranking, utilities: list[float]) -> float:
    """Sum the probabilities of all orders of four options that match *ranking*."""
    place = {option: n for n, group in enumerate(ranking) for option in group}
    fitting = 0.0
    for order in permutations(OPTIONS):
        placed = [place[option] for option in order if option in place]
        if placed == sorted(placed):
            odds = [exp(utilities[OPTIONS.index(option)]) for option in order]
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


def test_the_likelihood_equals_brute_force() -> None:
    """Partial and tied rankings sum over all orders that match them."""
    covariates = np.random.default_rng(1).normal(size=(1, 4, 3))
    parameters = np.array([0.7, -1.2, 0.4])
    ordered = {(0, ranking): (0,) for ranking in RANKINGS}
    found, _, _ = OrderLikelihood.of(ordered, covariates, np.eye(3)).at(parameters)
    utilities = (covariates[0] @ parameters).tolist()

    expected = [log(by_brute_force(ranking, utilities)) for ranking in RANKINGS]
    assert expected == pytest.approx(found.tolist())


def test_gradient_and_information_equal_finite_differences() -> None:
    """The differences are those of the log-likelihood."""
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


def test_utilities_may_be_far_apart() -> None:
    """The likelihood is finite even if the odds of some options underflow."""
    utilities = [2000.0, 1.0, 0.0, 3.0]
    rankings: tuple[Ranking, ...] = (
        ((CONTINUE,), (IGNORE,), (DECLINE,)),
        ((IGNORE,), (CONTINUE,)),
    )
    ordered = {(0, ranking): (0,) for ranking in rankings}
    covariates = np.array(utilities).reshape(1, 4, 1)
    likelihood = OrderLikelihood.of(ordered, covariates, np.zeros((1, 1)))
    logs, scores, information = likelihood.at(np.ones(1))

    second = 1 / (1 + exp(-1))
    assert [log(second), -1999.0] == pytest.approx(logs.tolist())
    assert [1 - second, -1999.0] == pytest.approx(scores[:, 0].tolist())
    assert second * (1 - second) == pytest.approx(information[0, 0])


def test_points_equal_those_of_the_weighted_method() -> None:
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

    by_hand = score_layout(weights)
    assert [by_hand[one.id] for one in panel.rated] == totals.tolist()
    assert tuple(
        consult(one.situation, variant).ranking for one in panel.rated
    ) == design.ranked(np.array(list(weights.values())))


@pytest.mark.parametrize(("ties", "partial"), [(0.0, 0.0), (0.3, 0.3)])
def test_a_fit_maximizes_the_likelihood(ties: float, partial: float) -> None:
    """Another optimizer finds the same maximum of the brute-force likelihood."""
    panel = panel_of(3, 6, ties=ties, partial=partial)
    principles = [principle.id for principle in policy().principles]

    def unlikelihood(parameters: Any) -> float:
        of_each = score_layout(dict(zip(principles, parameters, strict=True)))
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


def test_plackett_luce_equals_choix() -> None:
    """With a parameter for each option, the fit is the Plackett-Luce model of choix."""
    chance = np.random.default_rng(3)
    strengths = np.array([0.9, -0.4, 0.2, 0.0])
    orders = [np.argsort(-(strengths + chance.gumbel(size=4))) for _ in range(60)]
    ordered: dict[tuple[int, Ranking], list[int]] = {}
    for rater, order in enumerate(orders):
        ranking = tuple((OPTIONS[n],) for n in order)
        ordered.setdefault((0, ranking), []).append(rater)
    # The last option has strength 0, because only differences count.
    likelihood = OrderLikelihood.of(ordered, np.eye(4)[None, :, :3], np.zeros((3, 3)))
    found = minimize(likelihood.loss, np.zeros(3), jac=True, options={"gtol": 1e-8}).x
    expected = choix.opt_rankings(4, [order.tolist() for order in orders], tol=1e-9)

    assert (expected[:3] - expected[3]).tolist() == pytest.approx(found, abs=1e-4)


def test_a_fit_without_ties_equals_conditional_logit_of_statsmodels() -> None:
    """Rankings exploded into choices give the same weights and standard errors."""
    panel = panel_of(11, 12, partial=0.2)
    axes = [score_layout({**dict.fromkeys(TRUTH, 0.0), name: 1.0}) for name in TRUTH]
    taken: list[int] = []
    rows: list[list[float]] = []
    choices: list[int] = []
    number = 0
    for rating in panel.ratings:
        options = [OPTIONS.index(option) for (option,) in rating.ranking]
        for first in range(len(options) - 1):
            for option in options[first:]:
                taken.append(int(option == options[first]))
                rows.append([axis[rating.vignette][option] for axis in axes])
                choices.append(number)
            number += 1
    expected = ConditionalLogit(
        np.array(taken), np.array(rows), groups=np.array(choices)
    ).fit(disp=0)
    found = fit(panel, policy())

    assert expected.llf == pytest.approx(found.log_likelihood)
    for name, mine in (("params", "estimate"), ("bse", "error")):
        numbers = [getattr(one, mine) for one in found.weights]
        assert getattr(expected, name).tolist() == pytest.approx(numbers, rel=1e-4)


def test_clustered_errors_equal_the_sandwich_estimator() -> None:
    """The scores of raters come from differences of brute-force likelihoods."""
    panel, names = panel_of(3, 6, ties=0.3, partial=0.3), [*TRUTH]
    found = fit(panel, policy())
    best = np.array([one.estimate for one in found.weights])

    def logs(parameters: Any) -> Any:
        of_each = score_layout(dict(zip(names, parameters, strict=True)))
        sums = dict.fromkeys(panel.raters, 0.0)
        for rating in panel.ratings:
            if len(rating.ranking) > 1:
                chance = by_brute_force(rating.ranking, of_each[rating.vignette])
                sums[rating.rater] += log(chance)
        return np.array([*sums.values()])

    def slopes(at: Any) -> Any:
        sides = 1e-4 * np.eye(3)
        return np.array([(logs(at + s) - logs(at - s)) / 2e-4 for s in sides])

    sides = 1e-4 * np.eye(3)
    curve = [(slopes(best + s) - slopes(best - s)).sum(axis=1) / 2e-4 for s in sides]
    bread = np.linalg.inv(-np.array(curve))
    scores = slopes(best)
    meat = scores @ scores.T * 6 / 5
    clustered = np.sqrt(np.diag(bread @ meat @ bread))
    reach = t_distribution.ppf(0.975, 5) * clustered

    weights = found.weights
    assert np.sqrt(np.diag(bread)).tolist() == pytest.approx(
        [one.error for one in weights], rel=1e-4
    )
    assert clustered.tolist() == pytest.approx(
        [one.clustered_se for one in weights], rel=1e-4
    )
    assert ("clustered by rater", 5) == (found.interval_se, found.interval_df)
    for one, middle, width in zip(weights, best, reach, strict=True):
        assert one.interval == pytest.approx((middle - width, middle + width), rel=1e-3)
    assert "Student's t with 5 degrees of freedom" in str(found)
    assert found.few_raters
    assert "6 raters are few for a clustered SE" in str(found)


def test_a_fit_needs_more_raters_than_parameters_for_clustered_errors() -> None:
    """With too few raters, the clustered variance is singular: it gives no interval."""
    few, enough = (fit(panel_of(3, raters), policy()) for raters in (3, 4))
    text = str(few)

    assert (3, 3) == (few.parameters, enough.parameters)
    assert (True, False) == (few.too_few_raters, enough.too_few_raters)
    for one in few.weights:
        assert one.error is not None
        assert (None, None) == (one.clustered_se, one.interval)
    assert "no clustered SE: 3 raters for 3 estimated parameters" in text
    assert "cluster-robust variance is singular" in text
    assert "no 95% CI: too few raters for a clustered SE" in text
    assert few.to_dict()["too_few_raters"]
    assert all(one.interval for one in enough.weights)
    assert "no clustered SE" not in str(enough)
    with_penalty = fit(panel_of(3, 3), policy(), penalty=0.1)
    assert {None} == {one.interval for one in with_penalty.weights}


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_intervals_cover_in_95_of_100_panels(spread: float) -> None:
    """Intervals of 500 panels of 30 raters cover the weight in 93 to 97 percent.

    If raters have their own weights, the intervals cover the weights to which fits of
    more and more such raters converge, not the mean weights: a logit of mixed
    raters has smaller ones.
    """
    panels, truth = 500, TRUTH
    if spread:
        many = fit(
            panel_of(10**6, 4000, ties=0.1, partial=0.1, spread=spread), policy()
        )
        truth = {one.principle: one.estimate or 0.0 for one in many.weights}
    covered, bias = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0.0)
    for seed in range(panels):
        made = panel_of(seed, 30, ties=0.1, partial=0.1, spread=spread)
        for one in fit(made, policy()).weights:
            assert one.interval is not None
            assert one.estimate is not None
            low, high = one.interval
            covered[one.principle] += low <= truth[one.principle] <= high
            bias[one.principle] += (one.estimate - truth[one.principle]) / panels

    shares = {name: count / panels for name, count in covered.items()}
    assert {} == {n: share for n, share in shares.items() if not 0.93 <= share <= 0.97}
    assert {} == {name: mean for name, mean in bias.items() if abs(mean) > 0.02}


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


def test_clustered_errors_grow_if_a_rater_repeats_ratings() -> None:
    """Repeated ratings carry no information about other raters."""
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
    """A principle that no vignette identifies keeps its original weight."""
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
    """Principles with the same effect keep the proportion of their weights."""
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
    assert {"aliased", "estimated"} == {one.status for one in found.fitted}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("penalty", [1e-12, 1e-6, 0.1])
def test_a_penalty_still_reports_aliased_weights(penalty: float) -> None:
    """Aliased weights have no error; a tiny penalty changes no other number."""
    shadow = {**RULES[1], "id": "shadow", "principle": "shade"}
    wider = policy_of(
        (*RULES, shadow), principles={**PRINCIPLES, "shade": {"weight": 1}}
    )
    panel = panel_of(0, 10)
    plain, found = fit(panel, wider), fit(panel, wider, penalty=penalty)
    aliased = {one.principle: one for one in found.weights if one.status == "aliased"}

    assert (("faith", "shade"),) == found.aliased == plain.scaled_together
    assert {"faith", "shade"} == aliased.keys()
    for one in aliased.values():
        assert (None, None, None) == (one.error, one.clustered_se, one.interval)
    halves = [one.estimate for one in aliased.values()]
    assert halves[0] == pytest.approx(halves[1])
    assert "only the penalty divides their effect: faith, shade" in str(found)
    assert "SEs and intervals are for the penalized estimate" in str(found)
    if penalty < 0.1:
        for before, after in zip(plain.weights, found.weights, strict=True):
            if after.status == "estimated":
                for number in ("estimate", "error", "clustered_se"):
                    expected = getattr(before, number)
                    assert expected == pytest.approx(getattr(after, number), rel=1e-4)
    frame = found.to_frame()
    assert ["estimated", "aliased", "estimated", "aliased"] == [*frame["status"]]


def test_identified_weights_do_not_depend_on_original_weights() -> None:
    """The policy's weights only divide the sums that are not identified."""
    both = {
        "id": "both",
        "when": {"danger": "yes"},
        "then": {"favors": {"ignore": "strong"}, "opposes": {"decline": "weak"}},
        "principle": "shade",
    }
    third = {**RULES[1], "id": "third", "principle": "third"}
    rules = (*RULES, both, third, {**both, "id": "fourth", "principle": "third"})
    made = [
        policy_of(rules, principles={**PRINCIPLES, "shade": {"weight": w}, "third": {}})
        for w in (1, 50)
    ]
    one, other = (fit(panel_of(0, 10), each) for each in made)

    assert one.log_likelihood == pytest.approx(other.log_likelihood)
    assert (("faith", "shade", "third"),) == one.aliased
    for a, b in zip(one.weights, other.weights, strict=True):
        if a.status == "estimated":
            assert a.estimate == pytest.approx(b.estimate)


def test_inseparable_columns_form_groups() -> None:
    """Columns that are identified only as a sum form a group; zero columns do not."""
    rows = np.array([[1, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 2, 0]])

    assert ((0, 1, 2), (3,)) == identified_groups(rows)


def test_complete_separation_is_rejected() -> None:
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


def certain(*, first: bool) -> tuple[Any, Panel, Panel]:
    """Build a principle about which raters always agree, and two panels.

    In one vignette all raters put `decline` first, or last; the second panel leaves it
    out there.
    """
    facts = {"contact": "message", "danger": "yes", "status": "former"}
    rule = {
        "id": "sure",
        "when": facts,
        "then": {"favors": {"decline": "strong"}},
        "principle": "sure",
    }
    wider = policy_of((*RULES, rule), principles={**PRINCIPLES, "sure": {"weight": 4}})
    panel, whole, part = panel_of(0, 12), [], []
    for rating in panel.ratings:
        rest = tuple(group for group in rating.ranking if group != (DECLINE,))
        ends = ((DECLINE,), *rest) if first else (*rest, (DECLINE,))
        there = rating.vignette == "message yes former"
        whole.append(attrs.evolve(rating, ranking=ends) if there else rating)
        part.append(attrs.evolve(rating, ranking=rest) if there else rating)
    one, other = (attrs.evolve(panel, ratings=tuple(some)) for some in (whole, part))
    return wider, one, other


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("first", [True, False])
def test_a_separated_weight_does_not_prevent_a_fit_of_the_others(
    *, first: bool, bounded: bool
) -> None:
    """The other estimates are those without the choices that are certain."""
    wider, panel, rest = certain(first=first)
    found = fit(panel, wider, bounded=bounded)
    expected = fit(rest, policy(), bounded=bounded)
    sure = found.weights[-1]

    if bounded and not first:
        assert (("sure",), 0.0) == (found.at_bound, sure.estimate)
        return
    assert ("sure",) == found.separated
    assert (None, None, None) == (sure.estimate, sure.error, sure.interval)
    assert (1 if first else -1) == sure.direction
    if find_spec("altair"):
        subtitle = " ".join(found.chart().to_dict()["title"]["subtitle"])
        assert subtitle.endswith("; no estimate, not drawn: 1 separated")
    assert expected.log_likelihood == pytest.approx(found.log_likelihood)
    for one, other in zip(expected.weights, found.weights[:-1], strict=True):
        for number in ("estimate", "error", "clustered_se"):
            same = pytest.approx(getattr(other, number), rel=1e-4)
            assert getattr(one, number) == same
    sign = "+" if first else "-"
    assert f"original weight kept: sure (toward {sign}infinity)" in str(found)
    if first:
        assert 400 == found.variant().principles[-1].weight
    else:
        with pytest.raises(PanelError, match="BE867"):
            found.variant()
    ridge = fit(panel, wider, penalty=1.0, bounded=bounded)
    assert ("sure",) == ridge.separated
    assert ridge.weights[-1].estimate is not None
    assert ridge.weights[-1].interval is None
    assert "no finite estimate (complete separation); without the penalty" in str(ridge)


def test_cross_validation_chooses_the_penalty() -> None:
    """`cv` chooses the penalty that predicts held-out vignettes best."""
    panel = panel_of(4, 3)
    split: dict[str, Any] = {"folds": 3, "seed": 5}
    found = fit(panel, policy(), penalty="cv", **split)
    by_hand = {
        penalty: cross_validate(panel, policy(), penalty=penalty, **split)[
            "fitted"
        ].log_likelihood
        for penalty in PENALTIES
    }

    assert dict(found.penalties) == pytest.approx(by_hand)
    best = max(by_hand, key=lambda penalty: by_hand[penalty] or 0.0)
    assert best == found.penalty
    assert found.weights == fit(panel, policy(), penalty=best).weights
    assert "the penalty is chosen by cross-validation over 3 folds" in str(found)
    made = found.provenance.to_dict()
    assert (5, "cv", 3) == (
        made["seed"],
        made["parameters"]["penalty"],
        made["parameters"]["folds"],
    )
    judged = cross_validate(panel, policy(), penalty="cv", **split)
    assert set(judged.penalties) <= set(PENALTIES)
    assert 3 == len(judged.penalties)
    assert "chosen for each fold" in str(judged)


def test_rows_of_a_cross_validation_use_one_method() -> None:
    """All use the weighted method; the policy's own method has a separate row."""
    levelwise = policy_of(RULES, principles=PRINCIPLES)
    panel = panel_of(7, 6)
    found = cross_validate(panel, levelwise, folds=4)
    names = [score.name for score in found.scores]
    weighted = cross_validate(panel, policy(), folds=4)

    assert "policy (levelwise method)" == names[-1]
    assert weighted["policy"] == found["policy"]
    assert [score.name for score in weighted.scores] == names[:-1]
    own = found[names[-1]]
    (agreed,) = policy_agreement(panel, levelwise, resamples=0).policies
    assert own.log_likelihood is None
    assert agreed.tau.n == own.tau_vignettes
    assert agreed.tau.value == pytest.approx(own.tau)


def test_intervals_use_model_errors_if_each_rater_rates_once() -> None:
    """Such ratings are independent; one rater alone has no interval."""
    panel = panel_of(5, 4)
    apart = tuple(
        attrs.evolve(rating, rater=f"r{n}") for n, rating in enumerate(panel.ratings)
    )
    found = fit(attrs.evolve(panel, ratings=apart), policy())
    one_rater = tuple(rating for rating in panel.ratings if rating.rater == "r0")
    alone = fit(attrs.evolve(panel, ratings=one_rater), policy(), penalty=1.0)

    assert ("model", None) == (found.interval_se, found.interval_df)
    for one in found.weights:
        assert one.estimate is not None
        assert one.error is not None
        reach = 1.959963984540054 * one.error
        assert one.interval == pytest.approx(
            (one.estimate - reach, one.estimate + reach)
        )
    assert "no rater ranks two vignettes" in str(found)
    assert {None} == {one.interval for one in alone.weights}
    assert "no 95% CI: all rankings are from one rater" in str(alone)


def test_a_fitted_variant_records_how_it_was_made() -> None:
    """Its text has the digest and size of the panel, penalty, policy and library."""
    panel = panel_of(0, 10)
    about = fit(panel, policy(), penalty=0.5).variant().about

    for part in (
        "penalized maximum-likelihood weights",
        f"boundaryethics {VERSION}",
        "10 raters, 8 vignettes, 80 rankings",
        str(panel.reference["digest"]),
        "L2 penalty of 0.5",
        f"by-hand (fingerprint {policy().fingerprint})",
    ):
        assert part in about
    plain = fit(panel, policy()).variant().about
    assert "), without a penalty. The rules" in plain
    bounded = fit(panel, policy(), penalty=2, bounded=True).variant().about
    assert "), with an L2 penalty of 2 and a lower bound of 0. The rules" in bounded


def test_a_variant_lists_the_weights_that_are_not_estimated() -> None:
    """Its text names them by status, in the file too; estimated ones are not listed."""
    twin = {**RULES[0], "id": "twin", "principle": "twin"}
    wider = policy_of(
        (*RULES, twin),
        principles={**PRINCIPLES, "twin": {}, "idle": {"weight": 4}},
        ranking={"method": "weighted"},
    )
    found = fit(panel_of(0, 10), wider).variant()
    expected = (
        "Weights that are not estimated: not identified, kept from by-hand: idle; "
        "aliased, only their joint effect is estimated: care, twin."
    )

    assert found.about.endswith(expected)
    assert found.about == read_policy(write_policy(found)).about
    assert "not estimated" not in fit(panel_of(0, 10), policy()).variant().about
    ridge = fit(panel_of(0, 10), wider, penalty=1.0).variant()
    assert ridge.about.endswith(expected)


def test_a_panel_that_orders_no_allowed_options_is_rejected() -> None:
    """Nothing can be estimated from it."""
    tied = [
        {"rater": "ada", "vignette": "one", "option": option.value, "rank": 1}
        for option in Option
    ]
    one = {"one": {"danger": "yes"}}

    assert ["BE844"] == refused(read_panel(tied, one, vocabulary=VOCABULARY))
    assert ["BE845"] == refused(rated("leave", "decline", given={"one": {}}))


def test_required_and_forbidden_options_are_left_out() -> None:
    """Weights cannot change their ranks."""
    ban = {"id": "ban", "then": {"forbids": "leave"}, "principle": "care"}
    banning = policy_of((*RULES, ban), principles=PRINCIPLES)
    design = design_matrix(rated("leave", "ignore", "decline"), banning)

    assert {((IGNORE,), (DECLINE,))} == {ranking for _, ranking in design.ordered}


def test_negative_weights_are_rejected_or_bounded() -> None:
    """Negative weights raise an error in `variant`; `bounded` keeps them at 0."""
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
    """The text of a fit leaves the scale out."""
    found = fit(contrary(), policy(), penalty=1)
    shown = str(found)

    assert found.scale < 0
    assert "policy weight 1 =" not in shown
    assert "their sum is not above 0, so policy weights cannot be" in shown
    assert "(1 rater, " in shown


def test_a_fit_makes_a_variant() -> None:
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
    """A larger penalty gives smaller weights; an invalid one is rejected."""
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
    """Held-out log-likelihood is below the fitted one, and above no weights."""
    panel = panel_of(7, 20, ties=0.1, partial=0.1)
    seen, unseen = fit(panel, policy()), cross_validate(panel, policy(), folds=4)

    assert seen.orders == unseen.orders
    assert seen.null_log_likelihood == pytest.approx(
        unseen["no weights"].log_likelihood
    )
    held_out = [unseen[name].log_likelihood or 0.0 for name in ("fitted", "no weights")]
    assert seen.log_likelihood > held_out[0] > held_out[1]
    assert unseen == cross_validate(panel, policy(), folds=4)


def test_a_cross_validation_lists_the_vignettes_of_each_fold() -> None:
    """Each vignette is held out once, and the listed fold is the one evaluated."""
    panel = panel_of(7, 6)
    found = cross_validate(panel, policy(), folds=3, seed=2)
    log_likelihood = 0.0
    for fold in found.held_out:
        rest = tuple(r for r in panel.ratings if r.vignette not in fold)
        fitted = fit(attrs.evolve(panel, ratings=rest), policy())
        weights = {one.principle: one.estimate or 0.0 for one in fitted.weights}
        log_likelihood += sum(
            log(by_brute_force(rating.ranking, score_layout(weights)[out]))
            for out in fold
            for rating in panel.on[out]
        )

    assert 3 == len(found.held_out)
    assert sorted(one.id for one in panel.vignettes) == sorted(
        chain.from_iterable(found.held_out)
    )
    assert log_likelihood == pytest.approx(found["fitted"].log_likelihood)
    assert [*map(list, found.held_out)] == found.to_dict()["held_out"]


def test_leave_one_out_predicts_from_the_other_vignettes() -> None:
    """With as many folds as vignettes, each has a fit to the others."""
    panel = panel_of(7, 20)
    log_likelihood = 0.0
    for out in panel.vignettes:
        rest = tuple(r for r in panel.ratings if r.vignette != out.id)
        found = fit(attrs.evolve(panel, ratings=rest), policy())
        weights = {one.principle: one.estimate or 0.0 for one in found.weights}
        log_likelihood += sum(
            log(by_brute_force(rating.ranking, score_layout(weights)[out.id]))
            for rating in panel.on[out.id]
        )

    left_out = cross_validate(panel, policy(), folds=len(panel.vignettes))
    assert log_likelihood == pytest.approx(left_out["fitted"].log_likelihood)


def test_invalid_folds_are_rejected() -> None:
    """`cross_validate` rejects too many, too few and unfittable folds."""
    panel = panel_of(0, 5)
    for folds, code in ((9, "BE850"), (1, "BE847"), (2.5, "BE847")):
        with pytest.raises(PanelError) as problems:
            cross_validate(panel, policy(), folds=folds)  # type: ignore[arg-type]
        assert [code] == [problem.code for problem in problems.value.problems]

    with pytest.raises(PanelError, match="needs at least 2 rated vignettes"):
        cross_validate(rated("decline", "ignore", given={"one": {}}), policy(), folds=2)

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


@pytest.mark.parametrize("raters", [1, 3])
def test_a_fit_with_all_weights_at_the_bound_has_no_standard_errors(
    raters: int,
) -> None:
    """No parameter is left, so nothing divides by the number of raters less one."""
    rules = [{"id": "r", "principle": "care", "then": {"favors": {"decline": "weak"}}}]
    only = policy_of(rules, ranking={"method": "weighted"})
    ranking: Ranking = ((Option.IGNORE,), (Option.LEAVE,), (Option.DECLINE,))
    panel = panel_of(0, raters)
    ratings = tuple(attrs.evolve(one, ranking=ranking) for one in panel.ratings)
    found = fit(attrs.evolve(panel, ratings=ratings), only, bounded=True)

    assert (0, raters) == (found.parameters, found.raters)
    assert "at bound" in str(found)
    assert "SE:" not in str(found)
    assert "95% CI:" not in str(found)
