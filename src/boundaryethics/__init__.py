"""A clinician meets a client online: facts in, cited ranking out.

    >>> import boundaryethics
    >>> verdict = boundaryethics.consult(
    ...     {"contact": "connection_request", "client_status": "active"}
    ... )
    >>> print(*verdict.best)
    decline

It supports professional judgement and supervision, and replaces neither.
"""

from boundaryethics.batch import compile_policy
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
from boundaryethics.model.rules import Option, Rule, Status
from boundaryethics.model.rules import Strength as Strength
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy, read_policy, write_policy
from boundaryethics.proofs import check_proof

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
    "Status",
    "Verdict",
    "Vocabulary",
    "check_proof",
    "compile_policy",
    "consult",
    "load_policy",
    "read_policy",
    "write_policy",
]
