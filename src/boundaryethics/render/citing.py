"""Citations as readers see them: each section with its source's own title.

In: a policy and the ids of rules. Out: one line. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from boundaryethics.model.options import Force
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Citation
from boundaryethics.render.words import shown


def cited(policy: Policy, rules: Iterable[str]) -> str:
    """Return what *rules* cite, each section once: `APA 2017, 4.06, Consultations`.

    A section that does not hold the duty itself is named as the nearest.
    """
    firm, near = dict[Citation, None](), dict[Citation, None]()
    for rule in (policy.rule[name] for name in rules):
        principle = policy.principle.get(rule.principle or "")
        nearest = principle is not None and principle.force is Force.NEAREST
        for cite in policy.cited_by(rule):
            own = not nearest or cite in rule.cites
            (firm if own else near)[cite] = None
    parts = [_listed(policy, firm)]
    parts.append(_listed(policy, (cite for cite in near if cite not in firm)))
    if parts[1]:
        parts[1] = f"nearest: {parts[1]}"
    return shown("; ".join(filter(None, parts)))


def _listed(policy: Policy, cites: Iterable[Citation]) -> str:
    by_source = groupby(cites, key=lambda cite: cite.source)
    return "; ".join(
        f"{policy.source[source].name}, {'; '.join(cite.titled for cite in alike)}"
        for source, alike in by_source
    )
