"""Incremental evaluation of conditions, and strongly connected components."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from boundaryethics.inference.components import strong_components
from boundaryethics.inference.evaluation import Evaluation
from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    decided,
)

LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Holds, st.sampled_from("abcd")),
    st.builds(
        FactIn, st.sampled_from("xy"), st.frozensets(st.sampled_from("123"), min_size=1)
    ),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.builds(All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(Any, st.lists(parts, max_size=3).map(tuple)),
    ),
)
CHANGES = st.lists(
    st.one_of(
        st.tuples(
            st.tuples(st.just("finding"), st.sampled_from("abcd")),
            st.sampled_from([True, False, None]),
        ),
        st.tuples(
            st.tuples(st.just("fact"), st.sampled_from("xy")),
            st.sampled_from(["1", "2", "3", None]),
        ),
    )
)


@example(
    All((Any((All((Holds("a"), Holds("b"))), Holds("c"))), Holds("d"))),
    [(("finding", "d"), True), (("finding", "a"), True), (("finding", "b"), True)],
)
@given(CONDITIONS, CHANGES)
def test_incremental_evaluation_equals_full_evaluation(
    condition: Condition, changes: list[tuple[tuple[str, str], str | bool | None]]
) -> None:
    """After each change the value is Kleene's, and the support alone decides it."""
    evaluation = Evaluation(condition)
    facts: dict[str, str] = {}
    findings: dict[str, bool] = {}
    assert decided(condition, facts, findings) is evaluation.value
    for key, known in changes:
        evaluation.know(key, known)
        kept: dict[str, str | bool | None] = facts if key[0] == "fact" else findings  # type: ignore[assignment]
        kept.pop(key[1], None)
        if known is not None:
            kept[key[1]] = known
        assert decided(condition, facts, findings) is evaluation.value
    if evaluation.value is not None:
        support = {*evaluation.support()}
        some = {name: v for name, v in facts.items() if ("fact", name) in support}
        held = {name: v for name, v in findings.items() if ("finding", name) in support}
        assert decided(condition, some, held) is evaluation.value


@given(st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8))
def test_strongly_connected_components(rows: list[list[int]]) -> None:
    """Nodes that reach each other share a component; lower components come first."""
    links = dict(enumerate(rows))
    reach = {node: {node} for node in links}
    for _ in links:
        for node, below in links.items():
            reach[node] |= {far for other in below for far in reach[other]}
    found = [*strong_components(links)]

    assert sorted(links) == sorted(node for one in found for node in one)
    seen: set[int] = set()
    for component in found:
        seen |= {*component}
        for node in component:
            assert {n for n in reach[node] if node in reach[n]} == {*component}
            assert reach[node] <= seen
