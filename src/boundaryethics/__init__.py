"""A clinician meets a client online: facts in, cited ranking out.

    >>> import boundaryethics
    >>> verdict = boundaryethics.consult(
    ...     {"contact": "connection_request", "client_status": "active"}
    ... )
    >>> print(*verdict.best)
    decline

It supports professional judgement and supervision, and replaces neither.
"""

from boundaryethics.batch import compile  # noqa: A004
from boundaryethics.consult import consult
from boundaryethics.errors import (
    BoundaryEthicsError,
    EngineError,
    PolicyError,
    Problem,
    SituationError,
)
from boundaryethics.model.facts import UNKNOWN, Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Rule, Standing
from boundaryethics.model.rules import Strength as Strength
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy, read_policy, write_policy
from boundaryethics.proofs import faults

__all__ = [
    "UNKNOWN",
    "BoundaryEthicsError",
    "EngineError",
    "Fact",
    "Option",
    "Policy",
    "PolicyError",
    "Problem",
    "Rule",
    "Situation",
    "SituationError",
    "Standing",
    "Verdict",
    "Vocabulary",
    "compile",
    "consult",
    "faults",
    "load_policy",
    "read_policy",
    "write_policy",
]
