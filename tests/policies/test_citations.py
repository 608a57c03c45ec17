"""Whatever a policy cites was seen, and is cited as it was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import load_policy, shipped_policies

LISTED = yaml.safe_load((Path(__file__).parent / "citable.yaml").read_text("utf-8"))
CITABLE = {
    source: {entry["section"]: entry for entry in sections}
    for source, sections in LISTED["sources"].items()
}
CONSULTED = [
    policy for policy in map(load_policy, shipped_policies()) if not policy.abstract
]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)


@each_policy
def test_every_citation_is_of_a_section_that_was_seen(policy: Policy) -> None:
    """Section, title and how it was seen stand in the list, to the letter."""
    for cite in policy.citations:
        listed = CITABLE[cite.source][cite.section]
        told = {
            "section": cite.section,
            "title": cite.title,
            "seen": cite.seen.value if cite.seen else "",
        }
        assert listed == told


@each_policy
def test_nothing_unseen_is_cited(policy: Policy) -> None:
    """A section that nobody has seen is cited nowhere."""
    for cite in policy.citations:
        for never in LISTED["never"].get(cite.source, ()):
            assert cite.section not in (never, never.split()[0])


@each_policy
def test_what_was_seen_in_paraphrase_says_so_wherever_it_is_shown(
    policy: Policy,
) -> None:
    """The words stand in the citation itself, which every form prints."""
    for rule in policy.rules:
        principle = policy.principle[rule.principle] if rule.principle else None
        cites = (*(principle.cites if principle else ()), *rule.cites)
        shown = policy.citations_of(rule)
        for cite in cites:
            (told,) = [s for s in shown if s == cite.told(policy.source[cite.source])]
            assert (cite.seen == "paraphrase") is told.endswith("(seen in paraphrase)")
            assert (cite.seen == "title_only") is told.endswith(
                "(number and title only)"
            )


@each_policy
def test_every_rule_says_why_in_one_sentence(policy: Policy) -> None:
    """One plain sentence: a capital at its head, one full stop, at its end."""
    for rule in policy.rules:
        assert rule.because[:1].isupper(), rule.id
        assert rule.because.endswith("."), rule.id
        assert 1 == rule.because.rstrip().count(". ") + 1, rule.id


@each_policy
def test_nothing_requires_leaving(policy: Policy) -> None:
    """No code tells anyone to leave a group."""
    for rule in policy.rules:
        assert "leave" not in rule.then.requires, rule.id


@each_policy
def test_every_source_that_is_declared_is_cited(policy: Policy) -> None:
    """A source that nothing cites would claim more than the policy holds."""
    cited = {cite.source for cite in policy.citations}

    assert cited == set(policy.source)
