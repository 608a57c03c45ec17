"""Provenance of results: policies, library version, seed and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import attrs

from boundaryethics.model.display import ShortRepr
from boundaryethics.model.policy import Policy

#: The version of the library. The build reads it here, so that a copy without metadata
#: knows it too.
VERSION = "0.2.0"
#: The version of the JSON format. It increases when a key changes its meaning.
SCHEMA_VERSION = 1
#: The name under which charts and Parquet files record the provenance.
KEY = "boundaryethics"
#: Parameters that are facts about a person: charts and tables to publish omit them.
_PRIVATE = frozenset({"situation", "record"})


@final
@attrs.frozen(kw_only=True)
class PolicyRecord:
    """The policy of a result that was read from a file; unknown parts are None."""

    id: str
    title: str | None = None
    fingerprint: str
    text_fingerprint: str | None = None


def fingerprints(policy: Policy | PolicyRecord) -> dict[str, str | None]:
    """Return both fingerprints of *policy* under their names."""
    return {
        "fingerprint": policy.fingerprint,
        "text_fingerprint": policy.text_fingerprint,
    }


@final
@attrs.frozen
class Provenance(ShortRepr):
    """The policies and parameters of a result.

    With the same policies, seed and parameters, the same function returns an equal
    result.
    """

    policies: tuple[Policy | PolicyRecord, ...] = ()
    seed: int | None = None
    #: Plain data under the names of the arguments.
    parameters: Mapping[str, Any] = attrs.field(factory=dict, hash=False)

    def with_parameters(self, /, **more: Any) -> Provenance:
        """Return the provenance with *more* parameters."""
        return attrs.evolve(self, parameters={**self.parameters, **more})

    def to_dict(self) -> dict[str, Any]:
        """Return the provenance as plain data, ready for JSON."""
        return provenance(*self.policies, seed=self.seed, parameters=self.parameters)


def public(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return provenance as plain data without the facts of a situation and records."""
    parameters = made["parameters"].items()
    return {**made, "parameters": {k: v for k, v in parameters if k not in _PRIVATE}}


def provenance(
    *policies: Policy | PolicyRecord,
    seed: int | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the provenance of a result as plain data, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "library": VERSION,
        "policies": [
            {"id": one.id, "title": one.title, **fingerprints(one)} for one in policies
        ],
        "seed": seed,
        "parameters": dict(parameters or {}),
    }
