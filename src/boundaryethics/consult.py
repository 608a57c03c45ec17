"""Consult a policy. To read the source, start here: this module calls the others.

::

    situation --engine--> derivation --weigh--> verdict
    policy --lower--> program --load--> the engine's runner
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from boundaryethics.errors import (
    FREE_TEXT,
    BoundaryEthicsError,
    PolicyError,
    Problem,
    SituationError,
    is_free_text,
    problem,
    raise_together,
)
from boundaryethics.inference import engines, reference
from boundaryethics.inference.engines import Runner
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation, stated_as
from boundaryethics.model.policy import Policy
from boundaryethics.model.validation import refuse_invalid
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.ranking import Scales, scales, weigh

#: The ID of the default policy.
DEFAULT_POLICY = "apa-2017"


class _Default(str):
    """The policy ID to use if the caller omits *policy*. Passing None is an error."""

    __slots__ = ()


_DEFAULT = _Default(DEFAULT_POLICY)


def consult(
    situation: Mapping[str, object] | Situation,
    policy: str | Path | Policy = _DEFAULT,
    engine: str | None = None,
) -> Verdict:
    """Rank the four options for *situation* under *policy*, with reasons.

    Args:
        situation: facts with their values. Facts that are left out are unknown.
        policy: a policy, the ID of a built-in one, or the `Path` of a policy file. The
            default is `apa-2017` if *situation* is a mapping. With a `Situation`, the
            policy is required.
        engine: `durable`, `reference` or `columnar`. The default is `durable` if it is
            installed and supports the policy, and `reference` if not.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy is missing, invalid or abstract, or cannot be read.
        EngineError: the engine is missing, or does not support the policy.
    """
    if isinstance(situation, Situation) and isinstance(policy, _Default):
        # The situation may be from a verdict under a different policy.
        raise PolicyError([problem("BE312")])
    try:
        named = as_policy(policy)
    except BoundaryEthicsError as refused:
        kind = partial(refuse_other_than_mapping, situation)
        raise_together(refused, partial(refuse_engine, engine), kind)
    try:
        if not (engine is None or type(engine) is str):
            # The cache uses the engine as a key, so it must be a plain name.
            engine = engines.name_of(engine)
        runner, on = _ready(named, engine)
    except BoundaryEthicsError as refused:
        raise_together(refused, partial(situation_of, situation, named))
    facts = situation_of(situation, named)
    verdict = weigh(on, facts, runner.derive(facts))
    # The cached policy may be equal but not identical; report the one the caller
    # passed.
    return verdict if verdict.policy is named else attrs.evolve(verdict, policy=named)


@lru_cache(maxsize=32)
def _ready(policy: Policy, engine: str | None) -> tuple[Runner, Scales]:
    """Return and cache everything that does not depend on the situation."""
    try:
        refuse_unfit(policy)
    except PolicyError as refused:
        raise_together(refused, partial(refuse_engine, engine))
    runner = engines.load(lower(policy), engine)
    return runner, scales(policy, _Presentation(engine))


def scales_of(policy: Policy) -> Scales:
    """Return *policy*'s scales; verdicts from them can be rendered and proved."""
    return scales(policy, _Presentation())


def refuse_unfit(policy: Policy) -> None:
    """Raise an error if *policy* cannot be consulted."""
    if policy.abstract:
        raise PolicyError([problem("BE306", policy=policy.id)])
    refuse_invalid(policy)


def refuse_engine(engine: str | None) -> None:
    """Raise an error if *engine* does not exist or is not installed."""
    if engine is not None:
        engines.choose(engine)


def situation_of(stated: Mapping[str, object] | Situation, policy: Policy) -> Situation:
    """Convert *stated* to a situation for *policy*."""
    if isinstance(stated, Situation):
        if stated.vocabulary is policy.vocabulary:
            return stated
        stated = stated.known()
    refuse_other_than_mapping(stated)
    return policy.vocabulary.situation(stated)


def refuse_other_than_mapping(stated: object) -> None:
    """Raise an error unless *stated* is a mapping, as a situation must be."""
    if not isinstance(stated, Mapping):
        raise SituationError([no_mapping(stated)])


def no_mapping(stated: object) -> Problem:
    """Return the problem for an argument that is not a situation."""
    if isinstance(stated, Verdict):
        return problem("BE408.verdict")
    if isinstance(stated, str | Path):
        text = f"{stated}" if isinstance(stated, Path) else str.__str__(stated)
        # A path consists of names between separators.
        is_free = any(map(is_free_text, re.split(r"[./\\]", text)))
        found = FREE_TEXT if is_free else f"the text `{text[:60]}`"
        return problem("BE408.file", text=found)
    return problem("BE408", found="None" if stated is None else stated_as(stated))


#: For each function of a higher layer that verdicts call, its module.
_MODULES = {
    **dict.fromkeys(("text", "markdown", "html", "as_dict", "label"), "render"),
    **dict.fromkeys(("part", "frame"), "report"),
    "record_of": "records",
    # Only this function is in a higher layer than this module.
    "why": "analysis",
}


@attrs.frozen
class _Presentation:
    """Verdict presenter that imports packages only when they are needed."""

    #: The engine of the verdict, also used for further consultations; None for the
    #: default.
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
    """Rank options for *situation*; treat undeclared facts and values as unknown."""
    own = policy.vocabulary.by_name
    known = situation.known().items()
    asked = {n: v for n, v in known if n in own and v in own[n].declared}
    if not policy.abstract:
        return consult(asked, policy, engine="reference")
    # Users cannot consult an abstract policy, but analyses can rank options with it.
    situation = situation_of(asked, policy)
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales_of(policy), situation, derivation)


class ContradictedError(AssertionError):
    """Raised if an analysis and a consultation disagree, which is a bug."""
