"""Compare engines, compiled policies and exact analyses on random policies.

Each policy is drawn from its own seed, so a difference can be reproduced on its own.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from boundaryethics import compile_policy
from boundaryethics.batch.compiled import Compiled, Scores
from boundaryethics.inference import compiled as columnar
from boundaryethics.inference import durable_rules, reference
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Derivation
from fuzz.draws import Draw
from fuzz.oracle import Oracle, Outcome
from properties import test_open_questions_are_all_and_only as questions
from properties import test_reference_is_the_perfect_model as models
from properties import test_space_answers_equal_brute_force as answers
from properties import test_space_comparisons_equal_brute_force as comparisons
from support import strategies

#: The number of situations for each policy.
SITUATIONS = 60
#: Vocabularies with more facts than in the tests, so that situations differ.
VOCABULARIES = strategies.vocabularies(least=3, most=6)
#: One policy in this many is also solved by clingo, and checked over all situations.
RARE = 50
#: The property tests that one policy in `RARE` has to pass.
LAWS = (
    (strategies.small_policies(), answers.test_ranking_counts_equal_brute_force),
    (
        answers.with_invariants(),
        answers.test_invariants_are_proved_exactly_if_they_hold,
    ),
    (comparisons.pairs(), comparisons.test_counts_of_differences_equal_brute_force),
    (
        comparisons.pairs(),
        comparisons.test_counts_of_status_differences_equal_brute_force,
    ),
    (
        strategies.asked_of_small_policies(),
        questions.test_open_questions_match_all_completions,
    ),
)


@attrs.define
class Figures:
    """Counts of what was compared."""

    seed: int
    policies: int = 0
    pairs: int = 0
    laws: int = 0
    differences: int = 0
    seconds: float = 0

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.policies} policies, {self.pairs} pairs, "
            f"{self.laws} whole-space answers, {self.differences} differences, "
            f"{self.seconds / 60:.1f} minutes"
        )


def run(
    pairs: int, seed: int, *, first: int = 0, situations: int = SITUATIONS
) -> Figures:
    """Compare *pairs* pairs of a policy and a situation, starting with policy *first*.

    For each policy, *situations* situations are drawn.
    """
    figures, began = Figures(seed), time.monotonic()
    number = first
    while figures.pairs < pairs:
        try:
            figures.pairs += _compare(seed, number, situations)
            if number % RARE == 0:
                figures.laws += _hold_laws(seed, number)
        except Exception as error:  # noqa: BLE001 - any error is a difference
            figures.differences += 1
            again = f"python -m fuzz differential --seed {seed} --first {number}"
            print(f"{again} --pairs 1\n  {type(error).__name__}: {error}"[:2000])
        number += 1
        figures.policies = number - first
        figures.seconds = time.monotonic() - began
        if number % 1000 == 0:
            kept = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(f"{figures}; {kept} MiB", file=sys.stderr, flush=True)
    return figures


def _compare(seed: int, number: int, situations: int) -> int:
    """Compare the verdicts on situations of one policy; return their number."""
    draw = Draw(f"{seed}:{number}")
    policy: Policy = draw(strategies.policies(draw(VOCABULARIES)))
    drawn = (draw(strategies.situations(policy)) for _ in range(situations))
    rows: list[Situation] = [*dict.fromkeys(drawn)]
    oracle, program = Oracle(policy), lower(policy)
    expected = [oracle.outcome(row) for row in rows]
    for engine in (reference, durable_rules, columnar):
        runner = engine.load(program)
        for row, outcome in zip(rows, expected, strict=True):
            _same(engine.__name__, _plain(runner.derive(row)), _known(outcome))
    ways = {"looked up": compile_policy(policy)}
    ways["added up"] = Compiled(policy, Scores.of(policy))
    for way, compiled in ways.items():
        for row, outcome in zip(rows, expected, strict=True):
            _same(way, _groups(compiled.ranking(row)), outcome.ranking)
        _compare_rows(way, compiled, rows, expected)
    for row, outcome in zip(rows, expected, strict=True):
        verdict = ways["looked up"].consult(row)
        _same("verdict", _groups(verdict.ranking), outcome.ranking)
        _same("verdict", _plain(verdict.derivation), _known(outcome))
    if number % RARE == 0:
        _solve(policy, rows[0], expected[0])
    return len(rows)


def _compare_rows(
    way: str, compiled: Compiled, rows: Sequence[Situation], expected: list[Outcome]
) -> None:
    codes = {
        fact.name: np.array([fact.all_values.index(r[fact.name]) for r in rows], "u1")
        for fact in compiled.policy.vocabulary.facts
    }
    ranked = compiled.rank_codes(codes, binding=True)
    for places, outcome in zip(ranked.places.tolist(), expected, strict=True):
        ranks = {o: n for n, group in enumerate(outcome.ranking, 1) for o in group}
        _same(f"rows {way}", places, [ranks[option] for option in Option])
    for rule in compiled.policy.rule:
        bound = [rule in outcome.binding for outcome in expected]
        _same(f"rows {way}", ranked.binds(rule).tolist(), bound)


def _solve(policy: Policy, row: Situation, outcome: Outcome) -> None:
    """Compare the oracle with the stable models that clingo finds."""
    text = "\n".join(models.Translation(policy, row).lines)
    (model,) = models.stable_models(text)
    _same("clingo", {name for (name,) in model.get("binding", ())}, outcome.binding)
    _same("clingo", {name for (name,) in model.get("holds", ())}, outcome.findings)


def _hold_laws(seed: int, number: int) -> int:
    """Compare analyses of all situations of small policies with brute force."""
    for place, (strategy, law) in enumerate(LAWS):
        draw = Draw(f"{seed}:{number}:{place}")
        law.hypothesis.inner_test(draw(strategy))
    return len(LAWS)


def _plain(derived: Derivation) -> tuple[Any, ...]:
    overridden = {rule: frozenset(by) for rule, by in derived.overridden.items()}
    return frozenset(derived.binding), overridden, frozenset(derived.findings)


def _known(outcome: Outcome) -> tuple[Any, ...]:
    return outcome.binding, dict(outcome.overridden), outcome.findings


def _groups(ranking: Sequence[Sequence[Option]]) -> tuple[frozenset[Option], ...]:
    return tuple(frozenset(group) for group in ranking)


def _same(way: str, found: object, expected: object) -> None:
    if found != expected:
        message = f"{way}: {found} instead of {expected}"
        raise AssertionError(message)
