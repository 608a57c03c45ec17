"""Written policies, data and situations read back equal."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.errors import PolicyError
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.policies import read_policy, read_situation, write_policy
from boundaryethics.policies.yaml import document, yaml_text
from support.strategies import policies, policies_with_situations

TEXT = st.text(max_size=120)
DATA = st.recursive(
    st.one_of(st.booleans(), st.integers(), TEXT),
    lambda part: st.one_of(
        st.lists(part, max_size=4),
        st.dictionaries(st.text(min_size=1, max_size=20), part, max_size=4),
    ),
    max_leaves=12,
)
#: Pieces of policy files, which are combined at random.
SCRAPS = st.lists(
    st.sampled_from(
        (
            *(
                "policy: p\n",
                "rules:\n",
                "- id: r\n",
                "  then: ",
                "  when: ",
                "f: true",
            ),
            *("findings: {f: x}\n", "{concludes: f}\n", "facts: ", "extends: [q]\n"),
            *(
                "changes: {drop: r}\n",
                "{",
                "}",
                "[",
                "]",
                ", ",
                ": ",
                "- ",
                "? ",
                "|\n",
            ),
            *("&a ", "*a", "!t ", "'", '"', "# ", "---\n", "\n", "  ", "\t", "1", "é"),
        )
    )
).map("".join)


@given(policies(), TEXT, TEXT)
def test_a_written_policy_reads_back_equal(
    policy: Policy, title: str, because: str
) -> None:
    """Any policy reads back equal, with any rules and texts."""
    rules = tuple(attrs.evolve(rule, because=because) for rule in policy.rules)
    said = attrs.evolve(policy, title=title, rules=rules)

    again = read_policy(write_policy(said), vocabulary=Vocabulary())

    assert said == again
    assert said.fingerprint == again.fingerprint


@given(
    st.dictionaries(st.text(min_size=1, max_size=20), DATA, min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_any_data_reads_back_equal(data: dict[str, object], open_levels: int) -> None:
    """The text of any plain data reads back as that data."""
    read = document(yaml_text(data, open_levels=open_levels), file="f")

    assert () == read.problems
    assert data == read.data


@given(policies_with_situations())
def test_a_written_situation_reads_back_equal(drawn: tuple[Policy, Situation]) -> None:
    """A situation written as facts and values is the same situation."""
    policy, situation = drawn
    text = yaml_text(dict(situation), open_levels=1)

    assert situation == read_situation(text, vocabulary=policy.vocabulary)


@given(st.one_of(TEXT, SCRAPS))
def test_any_text_is_a_policy_or_is_rejected_with_problems(text: str) -> None:
    """No text causes another exception."""
    try:
        data: object = read_policy(text, vocabulary=Vocabulary()).id
    except PolicyError as refused:
        data = [str(problem) for problem in refused.problems]

    assert data
