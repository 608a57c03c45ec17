"""Where every question about one situation starts, and where its answers are tried.

In: facts, or a verdict. Out: the verdict on them; or on what a change makes of them,
so that what is given as a way is shown to be one by the engine as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from boundaryethics.analysis.changing import Change, Least
from boundaryethics.analysis.confirming import ContradictedError
from boundaryethics.consulting import DEFAULT_POLICY, consult
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policyfile import policy_named

#: Facts with their values, or what a policy has said of them already.
Asked: TypeAlias = Mapping[str, object] | Situation | Verdict


def verdict_of(asked: Asked, policy: str | Path | Policy | None) -> Verdict:
    """The verdict on *asked* by *policy*; by the default one where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract; or
            *asked* is the verdict of another one.
    """
    if not isinstance(asked, Verdict):
        return consult(asked, DEFAULT_POLICY if policy is None else policy)
    if policy is not None and policy_named(policy) != asked.policy:
        raise PolicyError([_another(asked)])
    return asked


def _another(asked: Verdict) -> Problem:
    return Problem(
        code="BE614",
        message=f"the verdict is of policy `{asked.policy.id}`, not of the one named",
        help="leave the policy out, or give the facts instead of the verdict",
    )


def after(verdict: Verdict, change: Change) -> Verdict:
    """What the policy says once *change* has come about."""
    changed = verdict.situation.with_facts(**change.facts)
    return consult(changed, verdict.policy)


def confirm(verdict: Verdict, least: Least, so: Callable[[Verdict], bool]) -> None:
    """Try the first of the changes: it has to bring about what it is given for.

    Raises:
        ContradictedError: it does not, which is a fault of this library.
    """
    for change in least.changes[:1]:
        if not so(after(verdict, change)):
            message = f"{change} does not bring it about"
            raise ContradictedError(message)
