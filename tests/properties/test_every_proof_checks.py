"""Law: each derived fact has a proof, and checking it needs no engine."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import engines, reference
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Absent, Proofs, Step, Unfounded
from boundaryethics.proofs import check_proof, prove
from support.proof_reading import alterations, is_valid, mutual_policy
from support.strategies import policies, situations

#: The number of alterations tried for each proof.
ALTERED = 150


def proofs_of(policy: Policy, situation: Situation) -> Proofs:
    """Prove the reference engine's derivation."""
    derivation = reference.load(lower(policy)).derive(situation)
    return prove(policy, situation, derivation)


def drawn_situation(random: Random, policy: Policy) -> Situation:
    """Return a random situation."""
    facts = policy.vocabulary.facts
    row = tuple(random.choice(fact.all_values) for fact in facts)
    return Situation(vocabulary=policy.vocabulary, row=row)


@given(st.data())
@pytest.mark.clause("S6", "S7")
def test_every_firing_and_finding_has_a_valid_proof(
    data: st.DataObject,
) -> None:
    """This includes rules that are overridden."""
    policy = data.draw(policies())
    situation = data.draw(situations(policy))
    derivation = reference.load(lower(policy)).derive(situation)
    proofs = prove(policy, situation, derivation)

    assert [firing.rule for firing in derivation.firings] == list(proofs.rules)
    assert derivation.findings == proofs.findings.keys()
    for firing in derivation.firings:
        assert firing.overridden_by == proofs.rules[firing.rule].overridden_by
    for name in proofs:
        assert () == check_proof(proofs[name], policy, situation, of=name)
    for finding, step in proofs.findings.items():
        assert finding in policy.rule[step.rule].then.concludes
        assert () == step.overridden_by


@pytest.mark.clause("S7", "S8")
def test_findings_that_support_each_other_are_proved_with_every_engine() -> None:
    """Each proof is valid, and no absence is missing."""
    names = ["reference", "columnar"]
    if find_spec("durable_rules_engine"):
        names.append("durable")
    together = 0
    for seed in range(400):
        random = Random(seed)  # noqa: S311
        policy = mutual_policy(random)
        situation = drawn_situation(random, policy)
        program = lower(policy)
        derived = [engines.load(program, name).derive(situation) for name in names]
        assert all(one == derived[0] for one in derived)
        proofs = prove(policy, situation, derived[0])
        for name in proofs:
            assert () == check_proof(proofs[name], policy, situation, of=name)
            assert is_valid(proofs[name], policy, situation, name)
        together += any(isinstance(s, Unfounded) for s in proofs.absences.values())

    # Half of the policies need an unfounded set.
    assert together > 100


@pytest.mark.clause("S7", "S8")
def test_altered_proofs_are_rejected_unless_they_are_valid() -> None:
    """The checker rejects each alteration, or a check by brute force accepts it too.

    Two alterations can be harmless: another true premise in place of one, and another
    rule that concludes the finding to prove. Repeating, moving or leaving out anything
    is never harmless.
    """
    tried: Counter[str] = Counter()
    for seed in range(60):
        random = Random(seed)  # noqa: S311
        policy = mutual_policy(random)
        situation = drawn_situation(random, policy)
        proofs = proofs_of(policy, situation)
        others = [*proofs.rules.values(), *{*proofs.absences.values()}]
        others += [
            one
            for step in others
            if isinstance(step, Unfounded)
            for one in step.absences
        ]
        others += [Absent("finding", name, ()) for name in policy.finding]
        for name in proofs:
            proof = proofs[name]
            found = [*alterations(proof, others, policy)]
            for how, altered in random.sample(found, min(ALTERED, len(found))):
                if altered == proof:
                    continue
                tried[how.split()[0]] += 1
                if not check_proof(altered, policy, situation, of=name):
                    assert is_valid(altered, policy, situation, name), (seed, how)
                    first = proof.steps[0], altered.steps[0]
                    rules = {one.rule for one in first if isinstance(one, Step)}
                    other_rule = name in policy.finding and len(rules) > 1
                    assert how == "replace premise" or other_rule

    every = "add alone drop duplicate kind move name of replace rule together"
    assert every.split() == sorted(tried)


@given(st.data())
def test_a_proof_is_invalid_where_its_conclusion_is_false(
    data: st.DataObject,
) -> None:
    """A proof is checked against another situation."""
    policy = data.draw(policies())
    here, elsewhere = data.draw(situations(policy)), data.draw(situations(policy))
    there = reference.load(lower(policy)).derive(elsewhere)
    proofs = proofs_of(policy, here)
    for name, step in proofs.rules.items():
        outcome = there.overridden if step.overridden_by else there.binding
        assert name in outcome or check_proof(proofs[name], policy, elsewhere)
