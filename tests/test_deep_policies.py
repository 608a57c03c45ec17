"""Deep and wide policies: cost grows linearly with size, without recursion."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from functools import cache

import attrs
import numpy as np
import pytest

from boundaryethics import consult
from boundaryethics.analysis import why, why_not
from boundaryethics.analysis.explain import (
    ConditionTrace,
    RuleTrace,
    WhyFollows,
    WhyNotFollows,
)
from boundaryethics.errors import EngineError, PolicyError
from boundaryethics.inference import engines, reference
from boundaryethics.inference.compiled import ColumnarRunner
from boundaryethics.inference.durable_rules import MOST_STRATA
from boundaryethics.inference.program import PartialDerivation, lower
from boundaryethics.model.conditions import Any, Condition, Holds, Not
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Unfounded, Verdict
from boundaryethics.proofs import check_proof
from boundaryethics.render import proof_text
from support.deep_policies import MESSAGE, chain, circle, diamonds
from support.small_policies import VOCABULARY, policy_of
from support.subprocesses import needs_durable

Make = Callable[[int], Policy]
#: Each kind of policy with the size to test and the proof steps per unit of size.
DEEP = [(chain, 4900, 1), (circle, 1000, 1), (diamonds, 2000, 2)]
SIZES = [(make, size) for make, size, _ in DEEP]


@cache
def verdict_of(make: Make, size: int, contact: str = "message") -> Verdict:
    """Consult a deep policy once for all tests."""
    return consult({"contact": contact}, made(make, size))


@cache
def made(make: Make, size: int) -> Policy:
    """Build a deep policy once for all tests."""
    return make(size)


@pytest.mark.parametrize(("make", "size", "each"), DEEP)
def test_long_derivations_are_proved_with_one_step_per_rule(
    make: Make, size: int, each: int
) -> None:
    """The proof has one step for each rule that it needs, and it is valid."""
    verdict = verdict_of(make, size)
    proof = verdict.proofs["reached"]

    # Of the last pair of diamonds, the proof needs only one.
    assert size * each + 2 - each == len(proof.steps)
    assert () == check_proof(proof, verdict.policy, verdict.situation, of="reached")
    assert proof == pickle.loads(pickle.dumps(proof))  # noqa: S301 - its own


@pytest.mark.parametrize(("make", "size"), SIZES)
def test_the_absence_of_many_findings_is_proved(make: Make, size: int) -> None:
    """The absence of all findings is proved; a cycle needs one unfounded set."""
    verdict = verdict_of(make, size, "request")
    proof = verdict.proofs["missed"]

    assert () == check_proof(proof, verdict.policy, verdict.situation, of="missed")
    if make is circle:
        (together,) = (s for s in proof.steps if isinstance(s, Unfounded))
        assert 2 * size == len(together.absences)
        assert 3 == len(proof.steps)


@pytest.mark.parametrize(("make", "size", "each"), DEEP)
@pytest.mark.parametrize(
    ("contact", "name"), [("message", "reached"), ("request", "missed")]
)
def test_the_size_of_every_output_is_linear(
    make: Make, size: int, each: int, contact: str, name: str
) -> None:
    """Text, JSON, HTML and frames of a proof have a bounded size per step."""
    verdict = verdict_of(make, size, contact)
    found = why(verdict, name)
    assert isinstance(found, WhyFollows)
    steps = size * each

    assert len(str(found)) < 200 * steps
    assert len(proof_text(verdict, name)) < 200 * steps
    assert len(json.dumps(found.to_dict())) < 900 * steps
    assert len(found._repr_html_()) < 250 * steps
    assert len(found.to_frame()) < 4 * steps
    for output in (verdict.to_json(), verdict.text(full=True), verdict.worksheet()):
        assert output
    assert verdict.proofs._repr_html_()


@pytest.mark.parametrize(("make", "size"), SIZES)
def test_engines_agree_on_long_derivations(make: Make, size: int) -> None:
    """The columnar engine agrees with the reference engine on long derivations."""
    program = lower(made(make, size))
    columnar = ColumnarRunner(program)
    every = set(made(make, size).finding)
    for contact, findings in (("message", every), ("request", set[str]())):
        situation = VOCABULARY.situation({"contact": contact})
        derived = reference.load(program).derive(situation)
        assert derived == columnar.derive(situation)
        assert findings == derived.findings
        facts = [f.all_values.index(situation[f.name]) for f in VOCABULARY.facts]
        columns = {n: np.array([code], np.uint8) for n, code in enumerate(facts)}
        (words,) = columnar.words(columns, 1)
        bits = int.from_bytes(words.astype("<u8").tobytes(), "little")
        bound = [rule for n, rule in enumerate(columnar.rules) if bits >> n & 1]
        assert [*derived.binding] == bound
        partial = PartialDerivation.of(program, dict(situation.items()))
        # Findings that depend on themselves can stay undecided.
        found = {name for name, held in partial.holds.items() if held}
        assert found == derived.findings


def traces(rule: RuleTrace) -> Iterator[RuleTrace]:
    """Yield *rule* and all traces under it."""
    waiting: list[RuleTrace] = [rule]
    parts: list[ConditionTrace] = []
    while waiting or parts:
        if waiting:
            one = waiting.pop()
            yield one
            parts += [one.condition] if one.condition else []
        else:
            part = parts.pop()
            waiting += part.rules
            parts += part.parts


@pytest.mark.parametrize(
    ("make", "size"), [(chain, 300), (circle, 100), (diamonds, 150)]
)
def test_each_rule_is_traced_once(make: Make, size: int) -> None:
    """`why_not` shows the condition of each rule once, even in chains of diamonds."""
    found = why_not({"contact": "request"}, "reached", made(make, size))
    assert isinstance(found, WhyNotFollows)
    policy = found.verdict.policy

    seen = [t.rule for rule in found.rules for t in traces(rule) if t.condition]
    assert sorted(
        {*policy.rule} - {"missed"} - ({f"rule-b-{size - 1}"} & {*policy.rule})
    ) == sorted(seen)
    assert len(str(found)) < 300 * len(policy.rules)
    assert json.dumps(found.to_dict())


def nested(condition: Condition) -> Condition:
    """Nest *condition* to the limit, with an even number of negations."""
    while True:
        try:
            condition = Any((Not(Any((Not(condition),))),))
        except PolicyError:
            return condition


def test_conditions_nest_up_to_a_limit() -> None:
    """Rules with conditions at the limit are proved, traced and written."""
    policy = made(chain, 12)
    deep = attrs.evolve(
        policy,
        rules=tuple(attrs.evolve(r, when=nested(r.when)) for r in policy.rules),
    )
    for contact, name in (("message", "reached"), ("request", "missed")):
        verdict = consult({"contact": contact}, deep)
        assert consult({"contact": contact}, policy).derivation == verdict.derivation
        proof = verdict.proofs[name]
        assert () == check_proof(proof, deep, verdict.situation, of=name)
        other = "missed" if name == "reached" else "reached"
        found = why_not(verdict, other)
        assert json.dumps(found.to_dict())
        assert str(found)
        assert verdict.worksheet()

    with pytest.raises(PolicyError, match="BE506"):
        Any((Not(Not(Not(nested(Holds("f0"))))),))


def test_copied_conditions_keep_their_depth() -> None:
    """A copied or pickled condition has the depth of the original."""
    deep = nested(Holds("f0"))
    for again in (copy.copy(deep), pickle.loads(pickle.dumps(deep))):  # noqa: S301
        assert deep == again
        with pytest.raises(PolicyError, match="BE506"):
            Any((Not(Not(Not(again))),))


WIDE = [
    pytest.param({"all": [{f"f{n}": True} for n in range(600)]}, id="all hold"),
    pytest.param({"all": [{f"f{n}": False} for n in range(600)]}, id="all absent"),
    pytest.param({"any": [{f"f{n}": True} for n in range(600)]}, id="any holds"),
]


@pytest.mark.parametrize("when", WIDE)
def test_the_reference_engine_ranks_what_the_durable_engine_cannot(
    when: object,
) -> None:
    """If no engine is named, a condition that reads 600 findings is still ranked."""
    findings = [f"f{n}" for n in range(600)]
    rules = [
        {"id": f"rule-{n}", "when": {"danger": "yes"}, "then": {"concludes": one}}
        for n, one in enumerate(findings)
    ]
    wide = {"id": "wide", "when": when, "then": {"favors": {"leave": "weak"}}}
    policy = policy_of([*rules, wide], findings=findings)

    for danger in ("yes", "no"):
        named = consult({"danger": danger}, policy, "reference")
        found = consult({"danger": danger}, policy)
        assert named.derivation == found.derivation
        for name in ("wide", "rule-0"):
            if name in found.proofs:
                proof = found.proofs[name]
                assert () == check_proof(proof, policy, found.situation, of=name)


@needs_durable
@pytest.mark.parametrize("when", WIDE)
def test_the_durable_engine_refuses_conditions_that_are_too_wide(when: object) -> None:
    """A condition that reads 600 findings raises BE502."""
    findings = [f"f{n}" for n in range(600)]
    wide = {"id": "wide", "when": when, "then": {"favors": {"leave": "weak"}}}
    policy = policy_of([wide], findings=findings)

    with pytest.raises(EngineError, match="BE502"):
        engines.load(lower(policy), "durable")


@needs_durable
def test_the_durable_engine_refuses_too_many_strata() -> None:
    """Too many strata raise BE505 only if the durable engine is named."""
    fits, too_deep = made(chain, MOST_STRATA - 2), made(chain, MOST_STRATA - 1)

    assert MOST_STRATA == len(lower(fits).strata)
    assert consult(MESSAGE, fits, "durable").binding
    with pytest.raises(EngineError, match=r"BE505: .* 101 strata"):
        consult(MESSAGE, too_deep, "durable")
    assert consult(MESSAGE, too_deep).binding
