"""Policies cite only what we checked, with no more authority than it has."""

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
#: For each source's own word for how binding a section is, the highest of our terms.
#: A member's commitment is an enforceable promise to clients, and more
#: than an ideal; a heading names a topic and requires nothing.
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
#: These sources bind members who are registered elsewhere, or no one.
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
def test_every_cited_section_is_in_the_list_of_checked_sections(policy: Policy) -> None:
    """Section, title and how it was checked match the list exactly."""
    for cite in policy.citations:
        listed = CITABLE[cite.source][cite.section]
        found = {
            "section": cite.section,
            "title": cite.title,
            "seen": cite.seen.value if cite.seen else "",
        }
        assert listed == {**found, "force": listed["force"]}


@each_policy
def test_unchecked_sections_are_not_cited(policy: Policy) -> None:
    """No policy cites a section that we have not checked."""
    for cite in policy.citations:
        for never in LISTED["never"].get(cite.source, ()):
            assert cite.section not in (never, never.split()[0])


def test_no_section_is_listed_as_both_checked_and_unchecked() -> None:
    """The two lists share no section."""
    for source, sections in LISTED["never"].items():
        for never in sections:
            assert not {never, never.split()[0]} & CITABLE[source].keys()


def test_every_entry_of_the_list_has_known_terms() -> None:
    """The terms say how a section was checked, and how binding it is."""
    for entries in LISTED["sources"].values():
        for entry in entries:
            assert entry["seen"] in list(Seen), entry
            assert entry["force"] in BINDS, entry


def test_titles_do_not_contain_our_explanations() -> None:
    """The one title that ends in parentheses has them from its source."""
    bracketed = {
        entry["section"]
        for entries in LISTED["sources"].values()
        for entry in entries
        if entry["title"].endswith(")")
    }

    assert bracketed == {"A.6.e"}


@each_policy
def test_every_principle_in_use_has_a_citation(policy: Policy) -> None:
    """A reason without a section would be only our opinion."""
    for rule in policy.rules:
        if rule.principle:
            assert policy.principle[rule.principle].cites, rule.id


@each_policy
def test_no_principle_is_more_binding_than_its_citations(policy: Policy) -> None:
    """It may be less binding; employer policies are exempt."""
    for principle in policy.principles:
        if principle.cites and principle.force is not Force.EMPLOYMENT:
            assert principle.force, principle.id
            least = HARDNESS.index(hardest(principle))
            assert HARDNESS.index(principle.force) >= least, principle.id


@each_policy
def test_no_duty_is_based_only_on_a_title(policy: Policy) -> None:
    """A heading does not bind anyone."""
    for principle in policy.principles:
        if all(cite.seen is Seen.TITLE_ONLY for cite in principle.cites):
            assert principle.force not in (
                Force.LAW,
                Force.ENFORCEABLE,
                Force.SHOULD,
            ), principle.id


@each_policy
def test_a_principle_of_core_keeps_its_title_in_every_policy(policy: Policy) -> None:
    """A policy must not replace it with its own title."""
    core = load_policy("core").principle
    for principle in policy.principles:
        if principle.id in core:
            assert principle.title == core[principle.id].title


@each_policy
def test_citations_say_how_the_text_was_checked(policy: Policy) -> None:
    """Every output format prints this with the citation."""
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
            (text,) = [
                s for s in shown if s == cite.short_text(policy.source[cite.source])
            ]
            for seen, said in words.items():
                assert (cite.seen is seen) is text.endswith(said)


@each_policy
def test_the_reason_of_every_rule_is_one_sentence(policy: Policy) -> None:
    """It begins with a capital letter and has one period, at its end."""
    for rule in policy.rules:
        assert rule.because[:1].isupper(), rule.id
        assert rule.because.endswith("."), rule.id
        assert 1 == rule.because.rstrip().count(". ") + 1, rule.id


@each_policy
def test_no_rule_requires_leaving(policy: Policy) -> None:
    """No code tells anyone to leave a group."""
    for rule in policy.rules:
        assert "leave" not in rule.then.requires, rule.id


@each_policy
def test_every_declared_source_is_cited(policy: Policy) -> None:
    """A source that is never cited would suggest more support than exists."""
    cited = {cite.source for cite in policy.citations}

    assert cited == set(policy.source)


@each_policy
def test_no_citation_claims_more_authority_than_its_section_has(
    policy: Policy,
) -> None:
    """The authority of a citation is at most that of the section it names."""
    for rule in policy.rules:
        for cite in policy.citations_for([rule.id]):
            if cite.authority not in (None, Force.EMPLOYMENT):
                least = HARDNESS.index(of_section(cite))
                assert HARDNESS.index(cite.authority) >= least, (rule.id, cite)
