"""Law: a compiled policy gives the same results as the policy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boundaryethics
from boundaryethics.batch import compiled as compiling
from boundaryethics.batch.compiled import Chain, Compiled, Scores
from boundaryethics.inference import compiled as engine
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy
from boundaryethics.policies import policies as built_in
from support.strategies import policies, situations

SHIPPED = [n for n in built_in() if not load_policy(n).abstract]
ROWS, CONSULTED, MANY = 20_000, 300, 1_000_000
#: How rankings are computed: by a chain, by one of short links, or by a product of
#: matrices.
WAYS = ("looked up", "in short links", "added up")
#: Numbers in a short link, for a policy of few facts and for one of many.
FEW, MOST = 10, (48, 1 << 14)


@st.composite
def policies_with_rows(draw: st.DrawFn) -> tuple[Policy, list[Situation]]:
    """Draw a policy with a few of its situations."""
    policy = draw(policies())
    return policy, draw(st.lists(situations(policy), min_size=1, max_size=8))


def compiled_in(way: str, policy: Policy) -> Compiled:
    """Compile *policy* to table lookups with long or short links, or to sums."""
    match way:
        case "looked up":
            return boundaryethics.compile_policy(policy)
        case "in short links":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    compiling, "MOST", MOST[len(policy.vocabulary.facts) > FEW]
                )
                return boundaryethics.compile_policy(policy)
    return Compiled(policy, Scores.of(policy))


def consulted(policy: Policy, rows: Sequence[Situation]) -> list[Verdict]:
    """Return the reference engine's verdict on each of *rows*."""
    return [boundaryethics.consult(row, policy, "reference") for row in rows]


def codes_of(rows: Sequence[Situation]) -> dict[str, np.ndarray]:
    """Return the columns of codes for *rows*."""
    facts = rows[0].vocabulary.facts
    return {
        fact.name: np.array(
            [fact.all_values.index(row[fact.name]) for row in rows], np.uint8
        )
        for fact in facts
    }


def random_codes(policy: Policy, rows: int, *, seed: int) -> dict[str, np.ndarray]:
    """Return columns of random codes; in half of the rows most facts are unknown."""
    drawn = np.random.default_rng(seed)
    columns = {}
    for fact in policy.vocabulary.facts:
        column = drawn.integers(0, len(fact.all_values), rows).astype(np.uint8)
        unknown = drawn.random(rows) < np.where(np.arange(rows) % 2, 0.8, 0.0)
        columns[fact.name] = np.where(unknown, np.uint8(len(fact.values)), column)
    return possible(policy, columns)


def possible(policy: Policy, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return *columns*, with a fact made unknown in each impossible row."""
    facts = policy.vocabulary.facts
    for clash in policy.vocabulary.clashes:
        met = np.ones(len(columns[facts[0].name]), bool)
        for place, among in clash.tests:
            fact = facts[place]
            met &= np.isin(columns[fact.name], [fact.values.index(v) for v in among])
        first = facts[clash.tests[0][0]]
        columns[first.name][met] = len(first.values)
    return columns


def row_of(policy: Policy, codes: dict[str, np.ndarray], row: int) -> dict[str, str]:
    """Return the facts of one row."""
    facts = policy.vocabulary.facts
    return {fact.name: fact.all_values[codes[fact.name][row]] for fact in facts}


def places_in(ranking: Sequence[Sequence[Option]]) -> list[int]:
    """Return the rank of each option."""
    place = {o: n for n, group in enumerate(ranking, start=1) for o in group}
    return [place[option] for option in Option]


def test_there_are_built_in_policies_to_check() -> None:
    """Some built-in policies are checked."""
    assert {"aca-2014", "apa-2017"} <= {*SHIPPED}


@pytest.mark.clause("S12", "S14", "S15", "S16", "S21")
@pytest.mark.parametrize("way", WAYS)
@given(policies_with_rows())
def test_compiled_verdicts_equal_verdicts(
    way: str, case: tuple[Policy, list[Situation]]
) -> None:
    """For random policies, each verdict, ranking and first rank is the same."""
    policy, rows = case
    compiled = compiled_in(way, policy)
    expected = consulted(policy, rows)

    assert expected == [compiled.consult(row) for row in rows]
    assert [v.ranking for v in expected] == [compiled.ranking(row) for row in rows]
    assert [v.best for v in expected] == [compiled.best(row.known()) for row in rows]


@pytest.mark.clause("S12", "S14", "S15", "S16")
@pytest.mark.parametrize("way", WAYS)
@given(policies_with_rows())
def test_ranked_rows_equal_verdicts(
    way: str, case: tuple[Policy, list[Situation]]
) -> None:
    """For random policies, rows have the same ranks, ties and rules that apply."""
    policy, rows = case
    compiled = compiled_in(way, policy)
    ranked = compiled.rank_codes(codes_of(rows), binding=True)
    expected = consulted(policy, rows)

    assert [places_in(v.ranking) for v in expected] == ranked.places.tolist()
    assert [len(v.best) > 1 for v in expected] == ranked.tied.tolist()
    for rule in policy.rule:
        assert [rule in v.binding for v in expected] == ranked.binds(rule).tolist()


@pytest.mark.parametrize("name", SHIPPED)
def test_built_in_policies_use_table_lookup(name: str) -> None:
    """Their diagrams are small enough, so the time for a row does not vary."""
    assert isinstance(boundaryethics.compile_policy(load_policy(name)).executor, Chain)


@pytest.mark.parametrize("way", WAYS[1:])
def test_every_method_of_computation_gives_the_same_ranks(way: str) -> None:
    """Table lookup and sums rank many rows of a built-in policy the same."""
    policy = load_policy("aca-2014")
    codes = random_codes(policy, ROWS, seed=3)
    expected = boundaryethics.compile_policy(policy).rank_codes(codes)
    found = compiled_in(way, policy).rank_codes(codes)

    assert (expected.places == found.places).all()
    assert (expected.best == found.best).all()


@pytest.mark.clause("S15")
def test_any_number_of_tiers_is_supported() -> None:
    """If each principle is a tier, scores are longer than a machine word."""
    base = load_policy("apa-2017")
    tiers = [[principle.id] for principle in base.principles]
    method = {"method": "lexicographic", "priority": tiers}
    policy = base.variant("tiers", ranking=method)
    codes = random_codes(policy, CONSULTED, seed=11)
    compiled = boundaryethics.compile_policy(policy)
    ranked = compiled.rank_codes(codes)

    for at, places in enumerate(ranked.places.tolist()):
        facts = row_of(policy, codes, at)
        expected = boundaryethics.consult(facts, policy, "reference").ranking
        assert places_in(expected) == places
        assert expected == compiled.ranking(facts)


@pytest.mark.parametrize("name", SHIPPED)
def test_built_in_policies_rank_rows_like_situations(name: str) -> None:
    """Many rows get the same results as with `ranking` and `consult`."""
    policy = load_policy(name)
    compare(policy, boundaryethics.compile_policy(policy), ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_built_in_policies_rank_a_million_rows_like_situations(name: str) -> None:
    """For each built-in policy, a million rows are ranked as by `ranking`."""
    policy = load_policy(name)
    compare(policy, boundaryethics.compile_policy(policy), MANY)


def compare(policy: Policy, compiled: Compiled, rows: int) -> None:
    """Compare ranked rows with the rankings of all, and with the verdicts on some."""
    codes = random_codes(policy, rows, seed=rows)
    ranked = compiled.rank_codes(codes, threads=2)
    assert rows == len(ranked) == len(ranked.places)
    for at, places in enumerate(ranked.places.tolist()):
        assert places_in(compiled.ranking(row_of(policy, codes, at))) == places
    for at in range(0, rows, rows // CONSULTED):
        facts = row_of(policy, codes, at)
        assert boundaryethics.consult(facts, policy, "reference") == compiled.consult(
            facts
        )


def test_blocks_and_threads_do_not_change_ranks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small blocks and several threads give the same results."""
    policy = load_policy("aca-2014")
    compiled, added = compiled_in("looked up", policy), compiled_in("added up", policy)
    codes = random_codes(policy, 1_000, seed=7)
    expected = compiled.rank_codes(codes, binding=True)
    for module, name, size in (
        (engine, "SPAN", 200),
        (engine, "BLOCK", 64),
        (compiling, "BLOCK", 64),
        (compiling, "ADDED", 16),
    ):
        monkeypatch.setattr(module, name, size)
    for blocked in (
        compiled.rank_codes(codes, threads=3, binding=True),
        added.rank_codes(codes, threads=3, binding=True),
    ):
        assert expected.binding is not None
        assert blocked.binding is not None
        assert expected.places.tolist() == blocked.places.tolist()
        assert expected.best.tolist() == blocked.best.tolist()
        assert expected.binding.tolist() == blocked.binding.tolist()
