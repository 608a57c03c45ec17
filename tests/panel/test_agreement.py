from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from scipy.stats import binom

from boundaryethics.consult import consult
from boundaryethics.errors import PanelError
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel import (
    Panel,
    data,
    policy_agreement,
    rater_agreement,
    read_panel,
)
from boundaryethics.panel.agreement import _interval_lines, statistics_table
from boundaryethics.panel.statistics import Estimate, estimate
from support.raters import panel_of, policy, vignettes
from support.small_policies import VOCABULARY

CONTINUE, IGNORE, DECLINE, LEAVE = Option


def panel(*said: tuple[str, str, Ranking]) -> Panel:
    """Build a panel from raters, vignettes and rankings."""
    rows = [
        {"rater": rater, "vignette": vignette, "option": option, "rank": place}
        for rater, vignette, ranking in said
        for place, group in enumerate(ranking, start=1)
        for option in group
    ]
    return read_panel(rows, vignettes(), vocabulary=VOCABULARY)


def as_the_policy_says() -> dict[str, Ranking]:
    """Return the policy's ranking of each vignette."""
    return {
        name: consult(facts, policy()).ranking for name, facts in vignettes().items()
    }


def test_equal_rankings_agree_in_full() -> None:
    """Alpha and W are 1 with an interval of 1 to 1 if raters agree completely."""
    whole = ((DECLINE,), (LEAVE,), (IGNORE,), (CONTINUE,))
    found = rater_agreement(
        panel(*((rater, name, whole) for rater in "abc" for name in vignettes()))
    )

    assert (1.0, 1.0, 1.0) == (found.alpha.value, found.alpha.low, found.alpha.high)
    assert found.w.value == pytest.approx(1)
    assert {whole} == {one.consensus for one in found.vignettes}


def test_full_ties_have_no_agreement() -> None:
    """Alpha and W are undefined, with a reason, if all raters tie all options."""
    tied = (tuple(Option),)
    found = rater_agreement(
        panel(*((rater, name, tied) for rater in "abc" for name in vignettes()))
    )

    assert "all ranks are equal" == found.alpha.undefined
    assert "every rater ties all options" == found.w.undefined
    assert {
        "value": None,
        "undefined": "every rater ties all options",
    } == found.to_dict()["w"]
    assert "undefined: all ranks are equal" in str(found)


def test_partial_rankings_count_for_alpha_but_not_for_w() -> None:
    """W uses complete rankings only; alpha uses every ranked option."""
    found = rater_agreement(
        panel(
            ("a", "- - -", ((DECLINE,), (LEAVE,))),
            ("b", "- - -", ((DECLINE,), (LEAVE,))),
        )
    )

    assert 1.0 == found.alpha.value
    assert "fewer than two complete rankings" == found.w.undefined
    assert 2 == found.vignettes[0].ratings


def test_the_same_seed_gives_the_same_intervals() -> None:
    """A different seed changes only the intervals."""
    made = panel_of(1, 6, ties=0.2, partial=0.2)
    one, again = (rater_agreement(made, seed=1, resamples=100) for _ in range(2))
    other = rater_agreement(made, seed=2, resamples=100)

    assert one == again
    assert one.alpha != other.alpha
    assert one.alpha.value == other.alpha.value
    liked = [policy_agreement(made, policy(), seed=1, resamples=100) for _ in range(2)]
    assert liked[0] == liked[1]


def test_intervals_use_the_defined_samples() -> None:
    """`estimate` leaves out samples whose statistic is undefined, and counts them."""

    def mean(drawn: Any, above: int = 2) -> Estimate:
        if not (drawn > above).any():
            return Estimate(undefined="none")
        return Estimate(value=float((drawn > above).mean()), n=len(drawn))

    def rare(drawn: Any) -> Estimate:
        return mean(drawn, 18)

    # A sample of 20 leaves out the last 4 with probability (16/20)^20 = 0.0115, and the
    # last one with (19/20)^20 = 0.358.
    found = estimate(lambda drawn: mean(drawn, 15), 20, seed=0, resamples=4000)
    assert abs(found.undefined_resamples - 46) < 4 * 46**0.5
    assert 4000 == found.resamples == found.to_dict()["resamples"]
    assert "" == found.no_interval
    # The interval is that of a binomial distribution without 0.
    counts = binom(20, 0.2)
    known = counts.pmf(np.arange(1, 21)) / counts.sf(0)
    ends = np.searchsorted(np.cumsum(known), [0.025, 0.975]) + 1
    assert [found.low, found.high] == (ends / 20).tolist()

    left = estimate(rare, 20, seed=0, resamples=4000)
    assert abs(left.undefined_resamples / 4000 - 0.358) < 0.03
    assert (0.05, None, None) == (left.value, left.low, left.high)
    assert "more than 5% of bootstrap samples are undefined" in left.no_interval
    lines = [*_interval_lines([found, left], "vignettes")]
    assert f"{left.undefined_resamples:,} of 4,000" in lines[-1]

    assert estimate(mean, 5, seed=0, resamples=0).low is None
    assert "none" == estimate(mean, 1, seed=0, resamples=9).undefined


def test_fewer_than_five_vignettes_have_no_interval() -> None:
    """Four vignettes give statistics with their n, and no interval."""
    names = [*vignettes()][1:6]
    said = as_the_policy_says()
    for some, has_interval in ((names[1:], False), (names, True)):
        made = panel(*((rater, name, said[name]) for rater in "ab" for name in some))
        among = rater_agreement(made)
        (found,) = policy_agreement(made, policy()).policies
        assert has_interval == (among.alpha.low is not None)
        assert len(some) == among.alpha.n
        assert has_interval == (found.first.low is not None)
        said_so = "no interval with fewer than 5 vignettes" in str(among)
        assert has_interval != said_so
        few = "from fewer than 10 vignettes: read these as approximate 90% intervals"
        assert has_interval == (few in str(among))
        assert has_interval == (len(some) == among.alpha.drawn_from)


@pytest.mark.parametrize(("units", "noted"), [(5, True), (9, True), (10, False)])
def test_intervals_from_few_units_are_marked_as_approximate(
    units: int, noted: bool
) -> None:
    """From ten vignettes and raters on, the report has no such note."""
    made = Estimate(value=0.5, low=0.4, high=0.6, n=units, drawn_from=units)
    note = "from fewer than 10 vignettes or raters: read these as approximate"

    assert noted == (note in "\n".join(_interval_lines([made], "both")))


def test_each_statistic_has_its_own_n() -> None:
    """W, chi-square and p count complete rankings; tau-b counts the defined ones."""
    silent, whole = "- - -", ((DECLINE,), (LEAVE,), (IGNORE,), (CONTINUE,))
    made = panel(
        ("a", "message - -", whole),
        ("b", "message - -", whole),
        ("c", "message - -", ((DECLINE,), (LEAVE,))),
        ("a", silent, whole),
    )
    found = rater_agreement(made)
    frame = found.to_frame()
    rows = {row[0]: row for row in frame.itertuples(index=False, name=None)}
    columns = [*frame.columns]

    test = found.vignettes[[v.vignette for v in found.vignettes].index("message - -")]
    assert (3, 2) == (test.ratings, test.concordance.raters)
    assert test.concordance.chi2 == pytest.approx(2 * 3 * (test.concordance.w or 0))
    assert 2 == rows["message - -"][columns.index("raters")]
    assert "message - -        3         2" in str(found)
    assert "chi-square 6.00, 3 degrees of freedom, p-value 0.112, 2 complete" in str(
        found
    )
    (agreed,) = policy_agreement(made, policy()).policies
    assert (1, 2) == (agreed.tau.n, agreed.first.n)
    assert 1 == agreed.to_dict()["tau"]["n"]


def test_raters_who_rank_like_the_policy_agree_with_it() -> None:
    """Raters who rank like the policy agree with it in every measure."""
    said = as_the_policy_says()
    (found,) = policy_agreement(
        panel(*((rater, *item) for rater in "ab" for item in said.items())), policy()
    ).policies

    assert (1, 1, 1, 1) == (
        found.tau.value,
        found.first.value,
        found.consensus_tau.value,
        found.consensus_first.value,
    )
    assert () == found.disagreements


def test_means_are_over_raters_and_then_over_vignettes() -> None:
    """Every vignette has the same weight, however many raters it has."""
    name = "message - -"
    same = as_the_policy_says()[name]
    reverse = same[::-1]
    other = "- yes -"
    made = panel(
        ("a", name, same),
        ("b", name, same),
        ("c", name, reverse),
        ("a", other, as_the_policy_says()[other][::-1]),
    )
    (found,) = policy_agreement(made, policy()).policies

    assert found.tau.value == pytest.approx((1 / 3 - 1) / 2)
    assert found.first.value == pytest.approx((2 / 3 + 0) / 2)
    assert 2 == found.vignettes


def test_a_full_tie_is_left_out_of_tau_and_counted() -> None:
    """A rating that ties all options has no tau-b, but counts for first ranks."""
    name = "message - -"
    same = as_the_policy_says()[name]
    found = policy_agreement(
        panel(("a", name, same), ("b", name, (tuple(Option),))), policy()
    )
    (one,) = found.policies

    assert (1.0, 0.5) == (one.tau.value, one.first.value)
    assert (1, 1, 0) == attrs.astuple(one.undefined_counts)
    assert {"defined": 1, "tied": 1, "tied_by_policy": 0} == one.to_dict()["ratings"]
    assert "left out of tau-b: 1 tied ranking (no information)" in str(found)


def test_a_panel_of_only_full_ties_has_no_tau() -> None:
    """If all ratings tie all options, both tau-b values are undefined."""
    tied = (tuple(Option),)
    made = panel(*((rater, "message - -", tied) for rater in "ab"))
    found = policy_agreement(made, policy())
    (one,) = found.policies

    assert "all rankings are tied and carry no information" == one.tau.undefined
    assert "ties all options" in one.consensus_tau.undefined
    assert (0.0, 1) == (one.first.value, one.vignettes)
    assert "left out of tau-b: 2 tied rankings" in str(found)


def test_vignettes_that_the_policy_ties_are_left_out_of_tau() -> None:
    """Their ratings are counted."""
    silent, speaking = "- - -", "message - -"
    same = as_the_policy_says()[speaking]
    only = policy_agreement(panel(("a", silent, same)), policy())
    both = policy_agreement(panel(("a", silent, same), ("a", speaking, same)), policy())

    why = "the policy ties all options that the raters order"
    assert why == only.policies[0].tau.undefined
    assert 1.0 == both.policies[0].tau.value
    assert "left out of tau-b for by-hand: 1 rating (it ties all options)" in str(both)


def test_a_rating_of_one_option_is_not_a_tie() -> None:
    """A rating of one option has no tau-b and does not count as a tie."""
    (one,) = policy_agreement(panel(("a", "- - -", ((LEAVE,),))), policy()).policies

    assert "no rater ranks two options of a vignette" == one.tau.undefined
    assert (0, (0, 0, 0)) == (one.vignettes, attrs.astuple(one.undefined_counts))


def test_disagreements_have_rules_and_citations() -> None:
    """Each pair in a disagreement has its deciding rules and citations."""
    name = "message - -"
    made = panel(("a", name, ((CONTINUE,), (DECLINE,))))
    (found,) = policy_agreement(made, policy()).policies
    (parted,) = found.disagreements
    (pair,) = parted.pairs

    assert ((DECLINE,), (CONTINUE,)) == parted.ranking
    assert (DECLINE, CONTINUE, "total", ("caring",)) == (
        pair.above,
        pair.below,
        pair.decided_by,
        pair.rules,
    )
    assert ("Code, 1",) == pair.cites
    assert "decline > continue (total): caring [Code, 1]" in str(
        policy_agreement(made, policy())
    )


def test_a_tie_of_the_policy_has_no_deciding_rule() -> None:
    """A pair that only the policy ties has no deciding rule."""
    made = panel(("a", "- - -", ((CONTINUE,), (DECLINE,))))
    (found,) = policy_agreement(made, policy()).policies
    (pair,) = found.disagreements[0].pairs

    assert (None, ()) == (pair.decided_by, pair.rules)
    assert "continue = decline: tied by the policy" == str(pair)


def test_a_panel_without_ratings_is_rejected() -> None:
    """A negative number of samples is rejected too."""
    made = panel(("a", "- - -", ((CONTINUE,), (DECLINE,))))
    empty = attrs.evolve(made, ratings=())
    for asked in (
        lambda: rater_agreement(empty),
        lambda: policy_agreement(empty, policy()),
    ):
        with pytest.raises(PanelError, match="BE844"):
            asked()
    with pytest.raises(PanelError, match="BE847"):
        rater_agreement(made, resamples=-1)


@pytest.mark.parametrize("resamples", [1, 99])
def test_too_few_bootstrap_samples_are_rejected(resamples: int) -> None:
    """At least 100 bootstrap samples are needed; 0 means no interval."""
    made = panel_of(0, 3)
    for asked in (
        lambda often: rater_agreement(made, resamples=often),
        lambda often: policy_agreement(made, policy(), resamples=often),
    ):
        with pytest.raises(PanelError, match="BE854"):
            asked(resamples)
        assert asked(0) != asked(100)


def test_a_count_of_one_is_singular() -> None:
    """The panel line uses the singular for one rater, vignette and rating."""
    said = str(rater_agreement(panel(("a", "- - -", ((LEAVE,), (DECLINE,))))))

    assert said.startswith(
        "inter-rater agreement\n1 rater, 1 vignette, 1 rating\npartial rankings: 1\n"
    )


def test_a_missing_library_is_reported() -> None:
    """The error says which extra to install."""
    with pytest.raises(PanelError, match=r"boundaryethics\[stats\]"):
        data.needed("no_such_statistics")


def test_results_convert_to_other_forms() -> None:
    """Results convert to plain data, a data frame, text and HTML."""
    made = panel_of(0, 4, partial=0.3)
    answers: tuple[Any, ...] = (
        made,
        rater_agreement(made, resamples=0),
        policy_agreement(made, policy(), resamples=0),
    )
    for answer, rows in zip(answers, (32, 8, 1), strict=True):
        assert answer.to_dict()
        assert rows == len(answer.to_frame())
        assert str(answer)
        assert answer._repr_html_().startswith("<div class=")


def test_panel_sizes_are_numbers_in_json() -> None:
    """Counts appear as sentences only in the text."""
    name, *others = vignettes()
    whole = ((CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,))
    said = panel(("a", name, whole), ("b", name, whole[:3]), ("b", others[0], whole))
    size = rater_agreement(said, resamples=0).to_dict()["panel"]

    assert [*size.items()] == [
        ("raters", 2),
        ("vignettes", 2),
        ("ratings", 3),
        ("missing", 1),
        ("partial", 1),
        ("unrated", others[1:]),
    ]


def test_at_least_one_policy_is_needed() -> None:
    """`policy_agreement` needs at least one policy."""
    with pytest.raises(PanelError, match="BE857"):
        policy_agreement(panel_of(0, 4), [])


def test_the_table_has_the_statistics_of_the_results() -> None:
    """Each row names its statistic, and has the number that the result has."""
    panel = panel_of(1, 4)
    raters = rater_agreement(panel, resamples=0)
    policies = policy_agreement(panel, [policy()], resamples=0)
    table = statistics_table(raters, policies)
    made = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    rows = {(row["statistic"], row["policy"], row["vignette"]): row for row in made}

    assert 3 + 3 * len(raters.vignettes) + 4 == len(rows) == len(table.rows)
    alpha, chi2 = rows["alpha", None, None], rows["chi2", None, None]
    assert raters.alpha.value == alpha["value"]
    assert raters.pooled.chi2 == chi2["value"]
    assert raters.pooled.p == chi2["p"]
    for one in raters.vignettes:
        assert one.concordance.w == rows["w", None, one.vignette]["value"]
        assert one.ratings == rows["consensus", None, one.vignette]["ratings"]
    for found in policies.policies:
        assert found.tau.value == rows["tau", found.policy, None]["value"]
        assert found.first.n == rows["first", found.policy, None]["n"]
    alone = statistics_table(raters, None)
    assert table.rows[: len(alone.rows)] == alone.rows
