"""Law: engines agree on all firings and findings.

The comparison runs as a separate program, because the durable engine is written
in C and could crash the interpreter.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import leaves
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from support.strategies import policies_with_situations
from support.subprocesses import alone, needs_durable, output_of

POLICIES = 1500


@needs_durable
@pytest.mark.clause("S21")
def test_the_durable_engine_agrees_with_the_reference_engine(
    tmp_path: Path,
) -> None:
    """They derive the same firings and findings for many random policies."""
    latest = tmp_path / "latest"

    answer = alone(__file__, str(latest))

    assert 0 == answer.returncode, f"{output_of(answer)}\n{latest.read_text()}"
    assert f"{POLICIES} policies" in answer.stdout


def traits(policy: Policy) -> set[str]:
    """List the features of *policy* that are difficult for an engine."""
    negative = any(
        not positive and hasattr(leaf, "finding")
        for rule in policy.rules
        for leaf, positive in leaves(rule.when)
    )
    found = {
        "negation": negative,
        "overriding": any(rule.overrides for rule in policy.rules),
        "recursion": any(stratum.feeds_itself for stratum in lower(policy).strata),
    }
    return {name for name, there in found.items() if there}


def compare_engines(latest: Path) -> None:
    """Compare the engines, and print each policy before the run."""
    from boundaryethics.inference import durable_rules, reference

    seen: list[set[str]] = []

    @settings(
        max_examples=POLICIES,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(policies_with_situations())
    def agree(case: tuple[Policy, Situation]) -> None:
        policy, situation = case
        latest.write_text(f"{situation}\n{policy.vocabulary}\n{policy.rules}")
        program = lower(policy)
        expected = reference.load(program).derive(situation)
        runner = durable_rules.load(program)
        for _ in range(2):
            assert expected == runner.derive(situation)
        seen.append(traits(policy))

    agree()
    hard = {"negation", "overriding", "recursion"}
    assert set() in seen, "no policy was plain"
    assert hard in seen, "no policy had all that is hard"
    print(f"{len(seen)} policies")  # noqa: T201


if __name__ == "__main__":
    compare_engines(Path(sys.argv[1]))
