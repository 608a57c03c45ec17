"""Every engine gives the answers recorded in `programs`.

Each file has a policy, and cases with the rules that apply, the overridden rules and
the findings. Every failure that is found is added permanently.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from boundaryethics.inference import engines
from boundaryethics.inference.program import lower
from boundaryethics.model import plain_data
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Finding, Rule
from boundaryethics.model.verdict import Derivation
from support.subprocesses import needs_durable

PROGRAMS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted(Path(__file__).with_name("programs").glob("*.yaml"))
}
CASES = [
    (name, case) for name, program in PROGRAMS.items() for case in program["cases"]
]
NAMES = [f"{name}-{case['given']}" for name, case in CASES]
ENGINES = ["reference", "columnar", pytest.param("durable", marks=needs_durable)]


def policy_in(program: Mapping[str, Any]) -> Policy:
    """Return the policy of *program*."""
    empty = Policy(id="", vocabulary=Vocabulary())
    return empty.with_layer(plain_data.layer(program["policy"]))


def test_the_corpus_is_complete() -> None:
    """The corpus has at least its original number of programs."""
    assert 13 <= len(PROGRAMS)


@pytest.mark.clause("S2", "S4", "S5", "S6", "S7", "S8", "S11", "S21")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "case"), CASES, ids=NAMES)
def test_engines_give_the_recorded_answers(
    engine: str, name: str, case: Mapping[str, Any]
) -> None:
    """Every engine derives exactly the result in the file."""
    policy = policy_in(PROGRAMS[name])
    overridden = {rule: tuple(by) for rule, by in case.get("overridden", {}).items()}
    expected = Derivation.of(case["binding"], overridden, set(case["findings"]))
    runner = engines.load(lower(policy), engine)

    assert expected == runner.derive(policy.vocabulary.situation(case["given"]))


@pytest.mark.clause("S21")
@pytest.mark.parametrize("engine", ENGINES)
def test_many_rules_can_share_a_condition(engine: str) -> None:
    """All 300 rules with one condition apply, and each overrides its own rule."""
    red = FactIn("light", frozenset({"red"}))
    found = Effects(concludes=("found",))
    upper = tuple(
        Rule(id=f"upper-{n}", when=red, then=found, overrides=(f"lower-{n}",))
        for n in range(300)
    )
    policy = Policy(
        id="many",
        vocabulary=Vocabulary((Fact(name="light", values=("red", "green")),)),
        findings=(Finding(id="found"),),
        rules=(
            *upper,
            *(attrs.evolve(r, id=r.overrides[0], overrides=()) for r in upper),
        ),
    )
    runner = engines.load(lower(policy), engine)
    expected = Derivation.of(
        [rule.id for rule in upper],
        {f"lower-{n}": (f"upper-{n}",) for n in range(300)},
        {"found"},
    )

    assert expected == runner.derive(policy.vocabulary.situation({"light": "red"}))
    assert Derivation((), frozenset()) == runner.derive(
        policy.vocabulary.situation({"light": "green"})
    )
