from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from boundaryethics.analysis import ranking_counts
from boundaryethics.errors import AnalysisError
from boundaryethics.mdd.answers import statuses_of
from boundaryethics.mdd.build import (
    STATUSES,
    InvariantViolations,
    QueryBuilder,
    Rankings,
    SizeLimits,
    States,
)
from boundaryethics.mdd.network import layout_of
from boundaryethics.mdd.scores import PAIRS, score_layout_of
from boundaryethics.mdd.space import space_of
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.rules import Option, Promise
from support.small_policies import policy_of

FAVOURED = {
    "id": "favoured",
    "when": {"danger": "yes"},
    "then": {"favors": {"leave": "weak"}},
}
DECLINED = {
    "id": "declined",
    "when": {"contact": "message"},
    "then": {"favors": {"decline": "strong"}},
}
FAVOURED_THEN = {"then": FAVOURED["then"]}


def test_progress_is_reported_for_each_fact() -> None:
    """The last call reports that all facts are done."""
    calls: list[tuple[int, int]] = []

    ranking_counts(
        policy_of([FAVOURED]), progress=lambda done, total: calls.append((done, total))
    )

    assert [(n, 4) for n in range(1, 5)] == calls


def test_a_question_that_is_too_large_raises_be601() -> None:
    """The help names the facts to limit."""
    policy = policy_of([FAVOURED])
    space = space_of(policy.vocabulary)

    with pytest.raises(AnalysisError) as caught:
        QueryBuilder([policy]).ask(space, Rankings(), limits=SizeLimits(sums=0, bits=0))

    (problem,) = caught.value.problems
    assert "BE601" == problem.code
    assert problem.help is not None
    assert "`danger`" in problem.help


def test_the_help_names_at_most_five_facts() -> None:
    """They are the first five that can still have several values."""
    rules = [
        {"id": fact, "when": {fact: "yes"}, "then": {"favors": {"leave": "weak"}}}
        for fact in "abcdefg"
    ]
    facts = {fact: {"question": "?", "values": ["yes", "no"]} for fact in "abcdefg"}
    policy = policy_of(rules, facts=facts)

    with pytest.raises(AnalysisError) as caught:
        QueryBuilder([policy]).ask(
            space_of(policy.vocabulary), Rankings(), limits=SizeLimits(sums=0, bits=0)
        )

    (problem,) = caught.value.problems
    assert 5 == (problem.help or "").count("`") / 2 - 1


@pytest.mark.parametrize(
    ("forbidden", "required", "statuses", "both"),
    [
        (0, 0, "allowed allowed allowed allowed", ()),
        (0b0001, 0b0010, "forbidden required allowed allowed", ()),
        (0b1001, 0b1100, "forbidden allowed required forbidden", (Option.LEAVE,)),
    ],
)
def test_an_option_with_both_statuses_counts_as_forbidden(
    forbidden: int, required: int, statuses: str, both: tuple[Option, ...]
) -> None:
    """It is also listed as required and forbidden."""
    by_option, conflicting = statuses_of(forbidden, required)

    assert statuses.split() == [str(one) for one in by_option]
    assert both == conflicting


@pytest.mark.parametrize("rules", [[FAVOURED], [FAVOURED, DECLINED]])
def test_the_number_of_edges_is_limited(rules: list[dict[str, Any]]) -> None:
    """A diagram with as many edges as the limit is built; one more is an error."""
    policy = policy_of(rules)
    space = space_of(policy.vocabulary)

    def size(edges: int) -> int:
        limits = SizeLimits(sums=1 << 20, bits=1 << 20, edges=edges)
        diagram = QueryBuilder([policy]).ask(space, Rankings(), limits=limits)
        # A level of a fact that no rule reads has one class, and costs nothing.
        return sum(one.follows.size for one in diagram.layers if len(one.classes) > 1)

    needed = size(1 << 20) + 1  # and the edge to the first level
    assert size(needed) + 1 == needed
    with pytest.raises(AnalysisError, match="BE601"):
        size(needed - 1)


def test_a_query_starts_in_one_state() -> None:
    """Every array about the start has one row, and the bits have one column."""
    policy = policy_of([FAVOURED, DECLINED])
    builder = QueryBuilder([policy]).builder
    network = builder.network()
    score_layout = score_layout_of([policy], builder.rules, len(network.nodes))
    start = attrs.asdict(States.start(score_layout), recurse=False)

    assert {1} == {len(rows) for rows in start.values()}
    bits = layout_of(network, range(len(network.nodes))).start()
    assert 1 == bits.shape[1]


def test_states_that_differ_in_one_pair_are_different_rows() -> None:
    """This holds for every pair, however many policies there are."""
    pairs = 40
    settled = np.zeros((1 + pairs, pairs), np.int8)
    settled[1:] = np.eye(pairs, dtype=np.int8)
    none = np.zeros(1 + pairs, np.int64)
    states = States(
        residue=none,
        settled=settled,
        score=np.zeros((1 + pairs, pairs, 1), np.int64),
        flags=np.zeros((1 + pairs, 1, 2), np.int64),
        found_target=none.astype(np.int8),
    )

    assert len(settled) == len({*zip(*states.columns(), strict=True)})


def test_the_number_of_bits_is_limited() -> None:
    """A diagram has a row for each gate and node, and a column for each value."""
    policy = policy_of([FAVOURED])
    space = space_of(policy.vocabulary)
    rows, values = 1 + 4, 2

    def ask(bits: int) -> None:
        limits = SizeLimits(sums=1 << 20, bits=bits, edges=1 << 20)
        QueryBuilder([policy]).ask(space, Rankings(), limits=limits)

    ask(rows * values)
    with pytest.raises(AnalysisError, match="BE601"):
        ask(rows * values - 1)


def test_the_size_of_the_sums_is_limited() -> None:
    """A state has 8 bytes for each pair of options, and one level may double it."""
    policy = policy_of([FAVOURED])
    space = space_of(policy.vocabulary)
    needed = 2 * 8 * len(PAIRS)

    def ask(sums: int) -> None:
        limits = SizeLimits(sums=sums, bits=1 << 20, edges=1 << 20)
        QueryBuilder([policy]).ask(space, Rankings(), limits=limits)

    ask(needed)
    with pytest.raises(AnalysisError, match="BE601"):
        ask(needed - 1)


def test_counts_can_exceed_a_machine_word() -> None:
    """More than 10**20 situations are counted exactly."""
    many = tuple(
        Fact(name=f"extra_{n}", values=tuple(f"v{v}" for v in range(9)))
        for n in range(20)
    )
    policy = policy_of([FAVOURED])
    wide = Vocabulary((*policy.vocabulary.facts, *many))

    found = ranking_counts(attrs.evolve(policy, vocabulary=wide))

    assert 27 * 10**20 == found.total
    assert {1: 27 * 10**20} == found.taking(Option.LEAVE)
    assert {1: 18 * 10**20, 2: 9 * 10**20} == found.taking(Option.IGNORE)


def test_without_rules_every_situation_is_a_full_tie() -> None:
    """All situations have the same ranking."""
    found = ranking_counts(policy_of([]))

    assert found.full_tie is not None
    assert found.total == found.full_tie.count


@pytest.mark.parametrize(("then", "states"), [("favors", [1, 1]), ("forbids", [1, 2])])
def test_statuses_do_not_depend_on_weighed_reasons(
    then: str, states: list[int]
) -> None:
    """A diagram of statuses has one state if no rule forbids or requires."""
    when = {"danger": "yes", "contact": "message"}
    what = {"favors": {"leave": "weak"}, "forbids": ["leave"]}[then]
    policy = policy_of([{"id": "only", "when": when, "then": {then: what}}])
    space = space_of(policy.vocabulary)

    diagram = QueryBuilder([policy]).ask(space, STATUSES)

    read = [one for one in diagram.layers if one.fact in when]
    assert states == [one.follows.shape[1] for one in read]
    assert max(states) == len(diagram.ends)


def test_situations_that_break_a_promise_share_one_end() -> None:
    """Nothing that follows can change the result."""
    policy = policy_of(
        [
            {"id": "other", "when": {"contact": "message"}, **FAVOURED_THEN},
            {"id": "strong", "when": {"danger": "yes"}, **FAVOURED_THEN},
        ]
    )
    promise = InvariantViolations(((Promise.LAST, (Option.LEAVE,)),))

    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), promise)

    assert [1] == diagram.ends.found_target.tolist()
