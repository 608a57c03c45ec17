"""Check that policies cite what we saw, as we saw it, with no stronger force."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, Force, Principle, Seen
from boundaryethics.policies import load_policy, policies

LISTED = yaml.safe_load((Path(__file__).parent / "citable.yaml").read_text("utf-8"))
CITABLE = {
    source: {entry["section"]: entry for entry in sections}
    for source, sections in LISTED["sources"].items()
}
#: What the sources' own words for how a section binds come to in ours, at the most.
#: A member's commitment is a promise to clients that others can hold them to, and more
#: than an ideal; a heading names what matters and asks for nothing.
BINDS = {
    "law": Force.LAW,
    "enforceable": Force.ENFORCEABLE,
    "shall": Force.ENFORCEABLE,
    "must": Force.ENFORCEABLE,
    "should": Force.SHOULD,
    "should_not": Force.SHOULD,
    "commitment": Force.SHOULD,
    "aspirational": Force.ASPIRATIONAL,
    "interpretive": Force.ASPIRATIONAL,
    "heading": Force.ASPIRATIONAL,
    "guidance": Force.CUSTOM,
    "local_guidance": Force.CUSTOM,
    "shared_experience": Force.CUSTOM,
    "tradition": Force.CUSTOM,
    "custom": Force.CUSTOM,
}
#: The most binding first.
HARDNESS = tuple(Force)
#: What these sources ask binds those who are registered elsewhere, or nobody.
ONLY_GOOD_PRACTICE = {"hcpc-guidance", "peer-dissent"}

CONSULTED = [policy for policy in map(load_policy, policies()) if not policy.abstract]
each_policy = pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)


def hardest(principle: Principle) -> Force:
    """Return the highest authority of the sections that *principle* cites."""
    return min(map(binding, principle.cites), key=HARDNESS.index)


def of_section(cite: Citation) -> Force:
    """Return the authority of the section that *cite* names."""
    if cite.source in ONLY_GOOD_PRACTICE:
        return Force.CUSTOM
    return BINDS[CITABLE[cite.source][cite.section]["force"]]


def binding(cite: Citation) -> Force:
    """Return the authority of *cite*; of a title alone, at most aspirational."""
    force = of_section(cite)
    if cite.seen is Seen.TITLE_ONLY:
        return max(force, Force.ASPIRATIONAL, key=HARDNESS.index)
    return force


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
        assert listed == {**told, "force": listed["force"]}


@each_policy
def test_nothing_unseen_is_cited(policy: Policy) -> None:
    """A section that nobody has seen is cited nowhere."""
    for cite in policy.citations:
        for never in LISTED["never"].get(cite.source, ()):
            assert cite.section not in (never, never.split()[0])


def test_nothing_unseen_is_listed_as_seen() -> None:
    """The two lists share no section."""
    for source, sections in LISTED["never"].items():
        for never in sections:
            assert not {never, never.split()[0]} & CITABLE[source].keys()


def test_every_entry_of_the_list_has_words_that_are_known() -> None:
    """How a section was seen, and how it binds, is said in words that we know."""
    for entries in LISTED["sources"].values():
        for entry in entries:
            assert entry["seen"] in list(Seen), entry
            assert entry["force"] in BINDS, entry


def test_no_title_holds_an_explanation_of_ours() -> None:
    """The one title that ends in a bracket has it from its source."""
    bracketed = {
        entry["section"]
        for entries in LISTED["sources"].values()
        for entry in entries
        if entry["title"].endswith(")")
    }

    assert bracketed == {"A.6.e"}


@each_policy
def test_every_principle_that_is_used_is_cited(policy: Policy) -> None:
    """A reason without a section would be ours alone."""
    for rule in policy.rules:
        if rule.principle:
            assert policy.principle[rule.principle].cites, rule.id


@each_policy
def test_no_principle_binds_harder_than_what_it_cites(policy: Policy) -> None:
    """It may bind less; what binds by employment does so whatever a code says."""
    for principle in policy.principles:
        if principle.cites and principle.force is not Force.EMPLOYMENT:
            assert principle.force, principle.id
            least = HARDNESS.index(hardest(principle))
            assert HARDNESS.index(principle.force) >= least, principle.id


@each_policy
def test_no_duty_rests_on_a_title_alone(policy: Policy) -> None:
    """Nobody can be held to a heading."""
    for principle in policy.principles:
        if all(cite.seen is Seen.TITLE_ONLY for cite in principle.cites):
            assert principle.force not in (
                Force.LAW,
                Force.ENFORCEABLE,
                Force.SHOULD,
            ), principle.id


@each_policy
def test_a_principle_with_a_label_in_core_keeps_it(policy: Policy) -> None:
    """Beside a number stands the section's own title, not a paraphrase of ours."""
    core = load_policy("core").principle
    for principle in policy.principles:
        if principle.id in core:
            assert principle.title == core[principle.id].title


@each_policy
def test_how_a_text_was_seen_is_said_wherever_it_is_shown(policy: Policy) -> None:
    """The words stand in the citation itself, which every form prints."""
    words = {
        Seen.PARAPHRASE: "(seen in paraphrase)",
        Seen.TITLE_ONLY: "(number and title only)",
        Seen.EARLIER_EDITION: "(checked in an earlier edition)",
    }
    for rule in policy.rules:
        principle = policy.principle[rule.principle] if rule.principle else None
        cites = (*(principle.cites if principle else ()), *rule.cites)
        shown = policy.citations_of(rule)
        for cite in cites:
            (told,) = [s for s in shown if s == cite.told(policy.source[cite.source])]
            for seen, said in words.items():
                assert (cite.seen is seen) is told.endswith(said)


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


@each_policy
def test_no_citation_claims_more_authority_than_its_section_has(
    policy: Policy,
) -> None:
    """A principle that cites several sections binds only as one of them does."""
    for rule in policy.rules:
        for cite in policy.citations_for([rule.id]):
            if cite.authority not in (None, Force.EMPLOYMENT):
                least = HARDNESS.index(of_section(cite))
                assert HARDNESS.index(cite.authority) >= least, (rule.id, cite)
