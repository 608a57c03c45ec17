"""Record the provenance of results: policies, library version, seed, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import attrs

from boundaryethics.model.display import ShortRepr
from boundaryethics.model.policy import Policy

#: The version of the library. The build also reads it here, so it is available without
#: package metadata.
VERSION = "0.2.0"
#: The version of the JSON format. It increases when the meaning of a key changes.
SCHEMA_VERSION = 1
#: The key for provenance in charts and Parquet files.
KEY = "boundaryethics"
#: Parameters with facts about a person. Charts and tables for publication omit them.
_PRIVATE = frozenset({"situation", "record"})


@final
@attrs.frozen(kw_only=True)
class PolicyRecord:
    """A result's policy, as recorded in a file. Missing information is None."""

    id: str
    title: str | None = None
    fingerprint: str
    text_fingerprint: str | None = None


def fingerprints(policy: Policy | PolicyRecord) -> dict[str, str | None]:
    """Return both fingerprints of *policy*, each under its name."""
    return {
        "fingerprint": policy.fingerprint,
        "text_fingerprint": policy.text_fingerprint,
    }


@final
@attrs.frozen
class Provenance(ShortRepr):
    """The policies and parameters of a result.

    Calling the same function with the same policies, seed and parameters returns an
    equal result.
    """

    policies: tuple[Policy | PolicyRecord, ...] = ()
    #: The seed; None if the result does not depend on random numbers.
    seed: int | None = None
    #: The arguments of the function by name, as plain data.
    parameters: Mapping[str, Any] = attrs.field(factory=dict, hash=False)

    def with_parameters(self, /, **more: Any) -> Provenance:
        """Return the provenance with additional parameters."""
        return attrs.evolve(self, parameters={**self.parameters, **more})

    def to_dict(self) -> dict[str, Any]:
        """Return the provenance as plain data, ready for JSON."""
        return provenance(*self.policies, seed=self.seed, parameters=self.parameters)


def public(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return the provenance in *made*, without the facts in situations and records."""
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
