"""The prompts of the worksheet ask about what the policies and facts name."""

from __future__ import annotations

from boundaryethics import consult, load_policy
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.policies import shipped_vocabulary
from boundaryethics.policies.loader import shipped_prompts


def test_prompts_stand_under_the_shipped_questions() -> None:
    """Each question for supervision has prompts, and no other question has any."""
    assert set(load_policy("apa-2017").question) == set(shipped_prompts())
    assert all(shipped_prompts().values())


def test_prompts_hang_on_declared_facts_and_values() -> None:
    """A fact or value that the vocabulary does not know would silence a prompt."""
    facts = shipped_vocabulary().by_name
    conditions = [
        condition
        for prompts in shipped_prompts().values()
        for prompt in prompts
        for condition in prompt.when
    ]

    assert conditions
    assert set() == {
        (fact, value)
        for fact, values in conditions
        for value in values
        if value not in {*facts[fact].values, UNKNOWN}
    }


def test_a_prompt_stands_only_where_its_facts_fit() -> None:
    """A worksheet has the prompts that fit its situation, and no others."""
    told = "What made you think of this group for this client?"
    stated = {"contact": "co_presence", "clinician_suggested_group": "yes"}
    other = {**stated, "clinician_suggested_group": "no"}

    assert told in consult(stated).worksheet("markdown")
    assert told not in consult(other).worksheet("markdown")
    assert "What might silence mean" in consult(other).worksheet("markdown")
