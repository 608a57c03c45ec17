"""Consult a policy: the module that connects all the others. Read it first.

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

#: The policy used by default.
DEFAULT_POLICY = "apa-2017"

#: Size of the cache of prepared policies.
_KEPT_READY = 32


def consult(
    situation: Mapping[str, object] | Situation,
    policy: str | Path | Policy = DEFAULT_POLICY,
    engine: str | None = None,
) -> Verdict:
    """Rank the four responses to a situation under a policy.

    Args:
        situation: facts with their values. A fact that is not stated is unknown.
        policy: a policy, the id of a built-in one, or the path of a policy file.
        engine: `durable` or `reference`; by default the first that is installed.

    Raises:
        SituationError: a fact is unknown to the policy, or a value is invalid.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        EngineError: the engine is not installed, or does not support the policy.
    """
    named = policies.as_policy(policy)
    ready = _ready(named, engine)
    facts = situation_of(situation, named)
    verdict = weigh(ready.scales, facts, ready.runner.derive(facts))
    # The cached policy may be equal but not identical; report the caller's.
    return verdict if verdict.policy is named else attrs.evolve(verdict, policy=named)


@final
@attrs.frozen
class _Ready:
    """A policy prepared for any situation."""

    runner: Runner
    scales: Scales


@lru_cache(maxsize=_KEPT_READY)
def _ready(policy: Policy, engine: str | None) -> _Ready:
    refuse_unfit(policy)
    runner = engines.load(lower(policy), engine)
    return _Ready(runner, scales(policy, _Presentation(engine)))


def scales_of(policy: Policy) -> Scales:
    """Return the scales of *policy*, whose verdicts can show and prove themselves."""
    return scales(policy, _Presentation())


def refuse_unfit(policy: Policy) -> None:
    """Raise `PolicyError` if *policy* cannot be consulted.

    Raises:
        PolicyError: the policy is abstract, or uses a name that it does not declare.
    """
    if policy.abstract:
        raise PolicyError([problem("BE306", policy=policy.id)])
    # A policy that was built in Python may not have been checked.
    problems = problems_of(policy)
    if problems:
        raise PolicyError(problems)


def situation_of(stated: Mapping[str, object] | Situation, policy: Policy) -> Situation:
    """Return *stated* as a situation of *policy*.

    Raises:
        SituationError: a fact is unknown to the policy, or a value is invalid.
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
    """Show and prove a verdict; the modules for it are imported when used."""

    #: The engine that the verdict comes from; what-ifs use it too.
    engine: str | None = None

    def text(self, verdict: Verdict, width: int | None, *, full: bool) -> str:
        from boundaryethics import render

        return render.text(verdict, width or render.WIDTH, full=full)

    def markdown(self, verdict: Verdict, *, full: bool) -> str:
        from boundaryethics import render

        return render.markdown(verdict, full=full)

    def html(self, verdict: Verdict, *, full: bool, page: bool) -> str:
        from boundaryethics import render

        return render.html(verdict, full=full, page=page)

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
    """Consult *policy*, leaving out the facts of *situation* it does not know."""
    asked = {n: v for n, v in situation.known().items() if n in policy.vocabulary}
    if not policy.abstract:
        return consult(asked, policy, engine="reference")
    # An abstract policy cannot be consulted, but analyses need its rankings.
    situation = situation_of(asked, policy)
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales_of(policy), situation, derivation)


class ContradictedError(AssertionError):
    """An analysis and a consultation disagree, which is an error in this library."""
