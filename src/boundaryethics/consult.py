"""Consult a policy: the one place that strings the rooms together. Read it first.

situation --engine--> derivation --weigh--> verdict
policy --lower--> program --load--> the engine's runner
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics import policies
from boundaryethics.errors import PolicyError, SituationError, problem
from boundaryethics.inference import engines, reference
from boundaryethics.inference.engines import Runner
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.validation import problems_of
from boundaryethics.model.verdict import Proofs, Verdict
from boundaryethics.ranking import Scales, scales, weigh

#: The policy that answers where none is named.
DEFAULT_POLICY = "apa-2017"

#: Policies kept ready to answer; the one least lately used makes room.
_KEPT_READY = 32


def consult(
    situation: Mapping[str, object] | Situation,
    policy: str | Path | Policy = DEFAULT_POLICY,
    engine: str | None = None,
) -> Verdict:
    """What *policy* says of *situation*, and why.

    Args:
        situation: facts with their values; what is not stated is unknown.
        policy: a policy, the id of a shipped one, or the path of a policy file.
        engine: `durable` or `reference`; by default the first that is there.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        EngineError: the engine named is missing, or cannot take the policy.
    """
    named = policies.as_policy(policy)
    ready = _ready(named, engine)
    facts = situation_of(situation, named)
    verdict = weigh(ready.scales, facts, ready.runner.derive(facts))
    # An equal policy may have been kept ready; the verdict is of the one asked.
    return verdict if verdict.policy is named else attrs.evolve(verdict, policy=named)


@final
@attrs.frozen
class _Ready:
    """A policy with all that does not depend on the situation worked out."""

    runner: Runner
    scales: Scales


@lru_cache(maxsize=_KEPT_READY)
def _ready(policy: Policy, engine: str | None) -> _Ready:
    refuse_unfit(policy)
    runner = engines.load(lower(policy), engine)
    return _Ready(runner, scales(policy, _Presentation(engine)))


def scales_of(policy: Policy) -> Scales:
    """The scales of *policy*, with what shows and proves its verdicts."""
    return scales(policy, _Presentation())


def refuse_unfit(policy: Policy) -> None:
    """Nothing, where *policy* can be consulted.

    Raises:
        PolicyError: it is only to be extended, or names what it does not declare.
    """
    if policy.abstract:
        raise PolicyError([problem("BE306", policy=policy.id)])
    # A policy built by hand may never have been checked.
    problems = problems_of(policy)
    if problems:
        raise PolicyError(problems)


def situation_of(stated: Mapping[str, object] | Situation, policy: Policy) -> Situation:
    """What is *stated*, as a situation of *policy*.

    Raises:
        SituationError: a fact or a value is not declared.
    """
    if isinstance(stated, Situation):
        if stated.vocabulary is policy.vocabulary:
            return stated
        return policy.vocabulary.situation(stated.known())
    if not isinstance(stated, Mapping):
        raise SituationError([problem("BE403.situation")])
    return policy.vocabulary.situation(stated)


@final
@attrs.frozen
class _Presentation:
    """The rooms that show and prove a verdict, lent to it; opened when used."""

    #: What was asked for when the verdict was reached; what-ifs ask it too.
    engine: str | None = None

    def text(self, verdict: Verdict) -> str:
        from boundaryethics import render

        return render.text(verdict)

    def markdown(self, verdict: Verdict) -> str:
        from boundaryethics import render

        return render.markdown(verdict)

    def html(self, verdict: Verdict) -> str:
        from boundaryethics import render

        return render.html(verdict)

    def as_dict(self, verdict: Verdict) -> dict[str, Any]:
        from boundaryethics import render

        return render.as_dict(verdict)

    def worksheet(self, verdict: Verdict, form: str) -> str:
        from boundaryethics import render
        from boundaryethics.policies.loader import shipped_prompts

        return render.worksheet(verdict, form, shipped_prompts())

    def what_if(self, verdict: Verdict, fact: str) -> Mapping[str, Verdict]:
        policy, situation = verdict.policy, verdict.situation
        return {
            value: consult(situation.with_facts(**{fact: value}), policy, self.engine)
            for value in situation.values_possible_for(fact)
        }

    def prove(self, verdict: Verdict) -> Proofs:
        from boundaryethics import proofs

        return proofs.prove(verdict.policy, verdict.situation, verdict.derivation)


def verdict_on(policy: Policy, situation: Situation) -> Verdict:
    """What *policy* says of *situation*, of which it may not know every fact."""
    asked = {n: v for n, v in situation.known().items() if n in policy.vocabulary}
    if not policy.abstract:
        return consult(asked, policy, engine="reference")
    # An abstract policy answers nobody; what it would say can be asked of it here.
    situation = situation_of(asked, policy)
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales_of(policy), situation, derivation)


class ContradictedError(AssertionError):
    """An analysis and a consultation disagree: a fault of this library."""
