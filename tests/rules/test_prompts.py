"""The prompts of the worksheet match the questions and facts of the policies."""

from __future__ import annotations

from boundaryethics import consult, load_policy
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.policies import shipped_vocabulary
from boundaryethics.policies.loader import shipped_prompts


def test_every_built_in_supervision_question_has_prompts() -> None:
    """No other question has any."""
    assert set(load_policy("apa-2017").question) == set(shipped_prompts())
    assert all(shipped_prompts().values())


def test_prompts_depend_on_declared_facts_and_values() -> None:
    """A prompt with an undeclared fact or value would never appear."""
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


def test_a_prompt_appears_only_if_its_facts_match() -> None:
    """A worksheet has exactly the prompts that match its situation."""
    found = "What made you think of a group like this for this client?"
    stated = {"contact": "co_presence", "clinician_suggested_group": "yes"}
    other = {**stated, "clinician_suggested_group": "no"}

    assert found in consult(stated).worksheet("markdown")
    assert found not in consult(other).worksheet("markdown")
    assert "What might silence mean" in consult(other).worksheet("markdown")
