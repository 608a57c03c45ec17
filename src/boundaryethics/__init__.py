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
from boundaryethics.consulting import consult
from boundaryethics.errors import (
    BoundaryEthicsError,
    EngineError,
    PolicyError,
    Problem,
    SituationError,
)
from boundaryethics.model.facts import UNKNOWN, Fact, Situation, Vocabulary
from boundaryethics.model.options import Option, Standing
from boundaryethics.model.options import Strength as Strength
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.policyfile import load_policy, read_policy, write_policy
from boundaryethics.proving import faults

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
