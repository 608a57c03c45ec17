"""Law: the columnar engine derives what the reference engine does, in whatever room."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaryethics.engines import columnar, reference
from boundaryethics.engines.columnar.runner import coded
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.program import cells, narrowing, stages
from boundaryethics.program.lowering import lower
from strategies import policies, policies_with_situations, situations

#: Room so small that conditions have to be parted, and findings settled in stages.
CRAMPED = 6


@pytest.fixture
def cramped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables have hardly any room."""
    for module in (cells, narrowing, stages):
        monkeypatch.setattr(module, "MOST_ROOM", CRAMPED)


@st.composite
def policies_with_rows(draw: st.DrawFn) -> tuple[Policy, list[Situation]]:
    """A policy with a few situations that it can meet."""
    policy = draw(policies())
    return policy, draw(st.lists(situations(policy), min_size=1, max_size=8))


@pytest.mark.clause("S8", "S21")
@given(policies_with_situations())
def test_the_columnar_engine_derives_what_the_reference_engine_does(
    case: tuple[Policy, Situation],
) -> None:
    """They agree on each of many random policies, firing for firing."""
    policy, situation = case
    program = lower(policy)
    expected = reference.load(program).derive(situation)

    assert expected == columnar.load(program).derive(situation)


@pytest.mark.clause("S8", "S21")
@pytest.mark.usefixtures("cramped")
@settings(suppress_health_check=list(HealthCheck))
@given(policies_with_situations())
def test_what_has_no_room_in_one_table_is_parted(
    case: tuple[Policy, Situation],
) -> None:
    """They agree where tables are so small that nearly everything has to be parted."""
    policy, situation = case
    program = lower(policy)
    expected = reference.load(program).derive(situation)

    assert expected == columnar.load(program).derive(situation)


@pytest.mark.clause("S21")
@given(policies_with_rows())
def test_many_rows_are_derived_as_each_of_them_is(
    case: tuple[Policy, list[Situation]],
) -> None:
    """Rows of codes give what their situations give one by one."""
    policy, rows = case
    program = lower(policy)
    one_by_one = reference.load(program)
    codes = coded(rows, policy.vocabulary)
    together = columnar.load(program).derive_many(codes, threads=2)

    assert [one_by_one.derive(row) for row in rows] == [
        together[n] for n in range(len(rows))
    ]
