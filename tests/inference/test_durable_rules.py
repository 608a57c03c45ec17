from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from boundaryethics.errors import EngineError, SituationError
from boundaryethics.inference import engines, reference
from boundaryethics.inference.program import Program, lower
from boundaryethics.model.conditions import Condition, FactIn, both
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Rule
from support.subprocesses import alone, needs_durable, output_of

pytestmark = needs_durable
durable_rules = pytest.importorskip("boundaryethics.inference.durable_rules")

RED = frozenset({"red"})


@pytest.mark.parametrize(
    "kind",
    [
        "threads",
        "crowds",
        "tasks",
        "forks",
        "interrupts",
        "repeats",
        "reloads",
        "reentry",
    ],
)
def test_stress_does_not_change_results(kind: str) -> None:
    """Threads, forks, interrupts and long use change no result and leak no memory."""
    answer = alone(str(Path(__file__).with_name("stress.py")), kind)

    assert 0 == answer.returncode, output_of(answer)


@pytest.mark.parametrize("over", [0, 1])
def test_a_policy_with_too_many_strata_uses_the_reference_engine(
    over: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default another engine is used; choosing the durable one raises BE505."""
    monkeypatch.setattr(durable_rules, "MOST_STRATA", 6)
    rules = tuple(
        Rule(
            id=f"rule-{n}",
            when=FactIn("fact", RED),
            overrides=(f"rule-{n + 1}",) if n < 5 + over else (),
            then=Effects(),
        )
        for n in range(6 + over)
    )
    vocabulary = Vocabulary((Fact(name="fact", values=("red", "green")),))
    program = lower(Policy(id="high", vocabulary=vocabulary, rules=rules))
    situation = vocabulary.situation({"fact": "red"})
    expected = reference.load(program).derive(situation)

    assert engines.load(program).derive(situation) == expected
    if over:
        with pytest.raises(EngineError, match=r"BE505: .* 7 strata"):
            engines.load(program, "durable")
    else:
        assert engines.load(program, "durable").derive(situation) == expected


def program_of(conditions: list[Condition], facts: int) -> Program:
    """Make a program of one stratum whose rules have these *conditions*."""
    rules = tuple(
        Rule(id=f"rule-{n}", when=condition, then=Effects())
        for n, condition in enumerate(conditions)
    )
    vocabulary = Vocabulary(
        tuple(Fact(name=f"fact_{n}", values=("red", "green")) for n in range(facts))
    )
    return lower(Policy(id="large", vocabulary=vocabulary, rules=rules))


def red(fact: int) -> FactIn:
    """Make the condition that fact number *fact* is red."""
    return FactIn(f"fact_{fact}", RED)


@pytest.mark.parametrize(
    ("what", "conditions", "facts"),
    [
        (
            "distinct conjunctions",
            [both((red(a), red(b))) for a in range(70) for b in range(a)],
            70,
        ),
        (
            "tests that can be met at the same time",
            [both(red(n) for n in range(250))],
            250,
        ),
        ("tests to follow at the same time", [red(n) for n in range(61)], 61),
        ("distinct tests after one test", [red(n) for n in range(481)], 481),
    ],
)
def test_programs_beyond_a_limit_are_rejected(
    what: str, conditions: list[Condition], facts: int
) -> None:
    """A program beyond a limit of the engine is rejected before it is loaded."""
    from boundaryethics.inference import durable_rules

    with pytest.raises(EngineError) as refused:
        durable_rules.load(program_of(conditions, facts))

    assert {"BE502"} == {problem.code for problem in refused.value.problems}
    assert what in str(refused.value)


@pytest.mark.clause("S21")
def test_programs_at_the_limits_give_correct_results() -> None:
    """A program just within the limits derives every firing."""
    from boundaryethics.inference import durable_rules, reference

    most = durable_rules.MOST_WAITING
    pairs = [both((red(0), red(n))) for n in range(1, most)]
    program = program_of([*pairs, red(0)], most)
    situation = program.vocabulary.situation(
        dict.fromkeys(program.vocabulary.by_name, "red")
    )

    assert reference.load(program).derive(situation) == durable_rules.load(
        program
    ).derive(situation)


@pytest.mark.clause("S21")
def test_facts_are_read_in_the_order_of_the_situation() -> None:
    """The situation's vocabulary may list the facts in another order."""
    from boundaryethics.inference import durable_rules

    program = program_of([both((red(0), FactIn("fact_1", frozenset({"green"}))))], 2)
    turned = Vocabulary(tuple(reversed(program.vocabulary.facts)))
    situation = turned.situation({"fact_0": "red", "fact_1": "green"})

    assert ("rule-0",) == durable_rules.load(program).derive(situation).binding


def test_an_undeclared_value_is_rejected() -> None:
    """The engine never sees the value, and derives the next situation correctly."""
    from boundaryethics.inference import durable_rules

    program = program_of([red(0)], 1)
    runner = durable_rules.load(program)
    good = program.vocabulary.situation({"fact_0": "red"})

    with pytest.raises(SituationError, match="BE402"):
        runner.derive(attrs.evolve(good, row=('red","b":1,"c":"',)))
    assert ("rule-0",) == runner.derive(good).binding
