"""Parts of policies from plain data, as a policy file holds them.

In: mappings, lists and text of the right shape. Out: values. Knows nothing of
YAML, nor of where the data came from.
"""

from boundaryethics.model.plain.layers import (
    facts,
    impossible,
    layer,
    method,
    principle,
    variant_layer,
)
from boundaryethics.model.plain.rules import (
    adjustment,
    citation,
    condition,
    effects,
    invariant,
    rule,
)
from boundaryethics.model.plain.words import strange_id

__all__ = [
    "adjustment",
    "citation",
    "condition",
    "effects",
    "facts",
    "impossible",
    "invariant",
    "layer",
    "method",
    "principle",
    "rule",
    "strange_id",
    "variant_layer",
]
