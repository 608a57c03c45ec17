"""Citations as readers see them: each section with its source's own title.

In: a policy and the ids of rules. Out: one line. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from boundaryethics.model.policy import Policy
from boundaryethics.render.words import shown


def cited(policy: Policy, rules: Iterable[str]) -> str:
    """What *rules* cite, each section once: `APA 2017, 4.06, Consultations`."""
    each = (cite for rule in rules for cite in policy.cited_by(policy.rule[rule]))
    by_source = groupby(dict.fromkeys(each), key=lambda cite: cite.source)
    return shown(
        "; ".join(
            f"{policy.source[source].name}, {'; '.join(cite.titled for cite in cites)}"
            for source, cites in by_source
        )
    )
