"""Consult a policy. This module connects the packages; read it first.

::

    situation --engine--> derivation --weigh--> verdict
    policy --lower--> program --load--> the engine's runner
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from boundaryethics.errors import PolicyError, Problem, SituationError, problem
from boundaryethics.inference import engines, reference
from boundaryethics.inference.engines import Runner
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation, told
from boundaryethics.model.policy import Policy
from boundaryethics.model.validation import refuse_invalid
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.ranking import Scales, scales, weigh

#: The policy that is used by default.
DEFAULT_POLICY = "apa-2017"


class _Default(str):
    """The id that is used if the caller passes no policy; None is invalid."""

    __slots__ = ()


_DEFAULT = _Default(DEFAULT_POLICY)


def consult(
    situation: Mapping[str, object] | Situation,
    policy: str | Path | Policy = _DEFAULT,
    engine: str | None = None,
) -> Verdict:
    """Rank the four options for *situation* under *policy*, with reasons.

    Args:
        situation: facts with their values; facts that are left out are unknown.
        policy: a policy, the id of a built-in one, or the `Path` of a policy file. For
            a mapping, it is `apa-2017` by default; a `Situation` needs it.
        engine: `durable`, `reference` or `columnar`; by default the first installed.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy is missing, invalid, abstract, or cannot be read.
        EngineError: the engine is missing, or does not support the policy.
    """
    if isinstance(situation, Situation) and isinstance(policy, _Default):
        # The situation may come from a verdict under another policy.
        raise PolicyError([problem("BE312")])
    named = as_policy(policy)
    if not (engine is None or type(engine) is str):
        # The cache compares engines, so it gets only plain names.
        engine = engines.name_of(engine)
    runner, on = _ready(named, engine)
    facts = situation_of(situation, named)
    verdict = weigh(on, facts, runner.derive(facts))
    # The cache may return an equal policy; the verdict must hold the one given.
    return verdict if verdict.policy is named else attrs.evolve(verdict, policy=named)


@lru_cache(maxsize=32)
def _ready(policy: Policy, engine: str | None) -> tuple[Runner, Scales]:
    """Compute everything that does not depend on the situation."""
    refuse_unfit(policy)
    runner = engines.load(lower(policy), engine)
    return runner, scales(policy, _Presentation(engine))


def scales_of(policy: Policy) -> Scales:
    """Make the scales of *policy*; verdicts from them can be rendered and proved."""
    return scales(policy, _Presentation())


def refuse_unfit(policy: Policy) -> None:
    """Raise an error if *policy* cannot be consulted."""
    if policy.abstract:
        raise PolicyError([problem("BE306", policy=policy.id)])
    refuse_invalid(policy)


def situation_of(stated: Mapping[str, object] | Situation, policy: Policy) -> Situation:
    """Return *stated* as a situation of *policy*."""
    if isinstance(stated, Situation):
        if stated.vocabulary is policy.vocabulary:
            return stated
        stated = stated.known()
    if not isinstance(stated, Mapping):
        raise SituationError([no_mapping(stated)])
    return policy.vocabulary.situation(stated)


def no_mapping(stated: object) -> Problem:
    """Return the problem with an argument that is not a situation."""
    if isinstance(stated, Verdict):
        return problem("BE408.verdict")
    if isinstance(stated, str | Path):
        text = f"{stated}" if isinstance(stated, Path) else str.__str__(stated)
        return problem("BE408.file", text=text[:60], token=text)
    return problem("BE408", found="None" if stated is None else told(stated))


#: The module of each function above the model that methods of a verdict call.
_MODULES = {
    **dict.fromkeys(("text", "markdown", "html", "as_dict", "label"), "render"),
    **dict.fromkeys(("part", "frame"), "report"),
    "record_of": "records",
    # The only function above this layer.
    "why": "analysis",
}


@attrs.frozen
class _Presentation:
    """Presenter of verdicts; imports the packages that it needs when it is used."""

    #: The engine of the verdict, which further consultations also use.
    engine: str | None = None

    def __call__(
        self, function: str, verdict: Verdict, /, *given: Any, **how: Any
    ) -> Any:
        policy, situation = verdict.policy, verdict.situation
        match function:
            case "consult":
                (changed,) = given
                return consult(changed, policy, self.engine)
            case "what_if":
                (fact,) = given
                worlds = {
                    value: situation.with_facts(**{fact: value})
                    for value in situation.values_possible_for(fact)
                }
                return {v: consult(w, policy, self.engine) for v, w in worlds.items()}
            case "prove":
                from boundaryethics import proofs

                return proofs.prove(policy, situation, verdict.derivation)
            case "worksheet":
                from boundaryethics import render
                from boundaryethics.policies.loader import shipped_prompts

                (form,) = given
                return render.worksheet(verdict, form, shipped_prompts())
            case _:
                module = import_module(f"boundaryethics.{_MODULES[function]}")
                return getattr(module, function)(verdict, *given, **how)


def verdict_on(policy: Policy, situation: Situation) -> Verdict:
    """Rank the options for *situation*; undeclared facts and values are unknown."""
    own = policy.vocabulary.by_name
    known = situation.known().items()
    asked = {n: v for n, v in known if n in own and v in own[n].declared}
    if not policy.abstract:
        return consult(asked, policy, engine="reference")
    # An abstract policy cannot be consulted, but analyses may rank with it.
    situation = situation_of(asked, policy)
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales_of(policy), situation, derivation)


class ContradictedError(AssertionError):
    """An analysis and a consultation disagree: a bug in this library."""
