"""Variants built in Python equal those read from policy files."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import boundaryethics
from boundaryethics import (
    Action,
    Citation,
    Effects,
    Fact,
    FactGroup,
    FactIn,
    Finding,
    Holds,
    Invariant,
    Option,
    PolicyError,
    Principle,
    Problem,
    Promise,
    Question,
    Rule,
    Source,
    both,
    load_policy,
    read_policy,
)
from boundaryethics.model.overlays import Adjustment
from boundaryethics.model.rules import DraftPart, Label, Labels, Slot

APA = load_policy("apa-2017")
TEXT = """
policy: lakeside
title: Lakeside clinic
about: For the staff of one clinic.
extends: [apa-2017]
unknown: No lo sé
sources:
  handbook: {title: Lakeside handbook, short: Lakeside}
groups: {clinic: Our clinic}
facts:
  approved:
    question: Has the director approved it?
    group: clinic
    values: {yes: Approved, no: Not approved}
impossible:
  - {approved: yes, client_status: prospective}
findings:
  needs_approval: The director has to approve.
principles:
  lakeside: {title: Lakeside rules, cites: [{source: handbook, section: "3"}]}
  candor: {title: Franqueza}
actions:
  ask_director: Ask the director.
labels:
  - when: {approved: no}
    continue: {says: Go on anyway, named: going on anyway}
questions:
  director: What would the director say?
draft_parts:
  director: {slot: later, says: I have to ask my director.}
rules:
  - id: approval
    when: {approved: no}
    then: {concludes: needs_approval}
  - id: no-approval
    when: {needs_approval: true, contact: message}
    then: {forbids: continue, advises: ask_director, drafts: director}
    principle: lakeside
    because: The director has not approved it.
    asks: [director]
changes:
  drop: [leaving-settles-nothing]
  adjust:
    leave-not-needed-professional-page:
      because: No hace falta irse.
      note: Translated.
      asks: [director]
ranking: {method: weighted}
invariants:
  - id: never-unapproved
    says: Never go on without approval.
    when: {approved: no, contact: message}
    holds: {forbidden: continue}
"""


def _sections() -> dict[str, Any]:
    data = yaml.load(TEXT, Loader=yaml.BaseLoader)  # noqa: S506 - makes only text
    changes, rules = data.pop("changes"), data.pop("rules")
    rules[1]["when"]["needs_approval"] = True
    del data["extends"]
    return {**changes, "add": rules, "id": data.pop("policy"), **data}


def test_a_variant_from_mappings_equals_one_from_a_file() -> None:
    """Every section of a policy file is an argument of `variant`."""
    built = APA.variant(**_sections())

    assert read_policy(TEXT) == built
    assert read_policy(TEXT).fingerprint == built.fingerprint
    assert APA == built.parent


def test_a_variant_from_objects_equals_one_from_a_file() -> None:
    """Each part can be an instance of its class."""
    approved = FactIn("approved", frozenset({"no"}))
    built = APA.variant(
        "lakeside",
        title="Lakeside clinic",
        about="For the staff of one clinic.",
        unknown="No lo sé",
        sources=[Source(id="handbook", title="Lakeside handbook", short="Lakeside")],
        groups=[FactGroup(id="clinic", title="Our clinic")],
        facts=[
            Fact(
                name="approved",
                question="Has the director approved it?",
                group="clinic",
                values=("yes", "no"),
                labels=(("yes", "Approved"), ("no", "Not approved")),
            )
        ],
        impossible=[
            both(
                [
                    FactIn("approved", frozenset({"yes"})),
                    FactIn("client_status", frozenset({"prospective"})),
                ]
            )
        ],
        findings=[Finding(id="needs_approval", says="The director has to approve.")],
        principles={
            "lakeside": Principle(
                id="lakeside",
                title="Lakeside rules",
                cites=(Citation(source="handbook", section="3"),),
            ),
            "candor": {"title": "Franqueza"},
        },
        actions=[Action(id="ask_director", says="Ask the director.")],
        labels=[
            Labels(
                when=approved,
                options=(
                    (
                        Option.CONTINUE,
                        Label(says="Go on anyway", named="going on anyway"),
                    ),
                ),
            )
        ],
        questions=[Question(id="director", says="What would the director say?")],
        draft_parts=[
            DraftPart(id="director", slot=Slot.LATER, says="I have to ask my director.")
        ],
        add=[
            Rule(
                id="approval",
                when=approved,
                then=Effects(concludes=("needs_approval",)),
            ),
            Rule(
                id="no-approval",
                when=both(
                    [
                        Holds("needs_approval"),
                        FactIn("contact", frozenset({"message"})),
                    ]
                ),
                then=Effects(
                    forbids=(Option.CONTINUE,),
                    advises=("ask_director",),
                    drafts=("director",),
                ),
                principle="lakeside",
                because="The director has not approved it.",
                supervision_questions=("director",),
            ),
        ],
        drop="leaving-settles-nothing",
        adjust={
            "leave-not-needed-professional-page": Adjustment(
                rule="leave-not-needed-professional-page",
                because="No hace falta irse.",
                note="Translated.",
                supervision_questions=("director",),
            )
        },
        ranking="weighted",
        invariants=[
            Invariant(
                id="never-unapproved",
                says="Never go on without approval.",
                when=both([approved, FactIn("contact", frozenset({"message"}))]),
                holds=((Promise.FORBIDDEN, (Option.CONTINUE,)),),
            )
        ],
    )

    assert read_policy(TEXT) == built


def test_the_variant_can_be_consulted_and_written() -> None:
    """The verdict uses the variant's own facts, rules, actions and labels."""
    built = APA.variant(**_sections())
    verdict = boundaryethics.consult({"contact": "message", "approved": "no"}, built)

    assert ("continue",) == verdict.ruled_out
    assert "Ask the director." in [advice.says for advice in verdict.actions]
    assert built == read_policy(boundaryethics.write_policy(built))


def test_a_whole_vocabulary_can_be_given() -> None:
    """A vocabulary is a mapping from names to facts."""
    asked = APA.vocabulary["contact"]
    spanish = {
        "contact": boundaryethics.Fact(
            name="contact", question="¿Qué pasó?", values=asked.values
        )
    }

    assert (
        APA.vocabulary.facts
        == APA.variant("same", facts=APA.vocabulary).vocabulary.facts
    )
    changed = APA.variant("other", facts=spanish).vocabulary
    assert "¿Qué pasó?" == changed["contact"].question
    assert [*APA.vocabulary] == [*changed]


def _refused(**parts: Any) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as refused:
        APA.variant("faulty", **parts)
    return refused.value.problems


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        ({"facts": {"a": {}}}, ("facts", "a"), "fact `a` is missing `values`"),
        ({"facts": {"a": 5}}, ("facts", "a"), "fact `a` must be a mapping"),
        ({"facts": {"a": {"values": 5}}}, ("facts", "a"), "`facts` `a` does not"),
        ({"facts": {"a": {"values": [1]}}}, ("facts", "a"), "`facts` `a` does not"),
        (
            {"facts": {"a": {"values": ["b"], "help": 5}}},
            ("facts", "a"),
            "`help` of fact `a` must be text",
        ),
        ({"facts": 5}, ("facts",), "`facts` does not match"),
        ({"facts": ["a"]}, ("facts",), "`facts` does not match"),
        (
            {"principles": {"a": {"titel": "A"}}},
            ("principles", "a"),
            "unknown key `titel` in principle `a`",
        ),
        (
            {"principles": {"a": {"cites": [{"source": "apa"}]}}},
            ("principles", "a"),
            "a citation is missing `section`",
        ),
        ({"sources": {"a": {"url": 5}}}, ("sources", "a"), "`url` of source `a`"),
        (
            {"actions": {"a": {"urgent": "yes"}}},
            ("actions", "a"),
            "`urgent` of action `a` must be true or false",
        ),
        (
            {"invariants": {"id": "a"}},
            ("invariants", 0),
            "an invariant must be a mapping",
        ),
        (
            {"invariants": [{"id": "a", "holds": {"frist": "leave"}}]},
            ("invariants", 0),
            "invalid value `frist`",
        ),
        (
            {"findings": {"a": Finding(id="b")}},
            ("findings", "a"),
            "`findings` has `b` under the key `a`",
        ),
        (
            {"findings": {"b": Finding(id="a")}},
            ("findings", "b"),
            "`findings` has `a` under the key `b`",
        ),
        (
            {"findings": [Finding(id="a"), Finding(id="a")]},
            ("findings", "a"),
            "duplicate `a` in `findings`",
        ),
        ({"impossible": [{"contact": 5}]}, ("impossible", 0), "`impossible` `0`"),
        (
            {"adjust": {"candor": {"becuase": "x"}}},
            ("changes", "adjust", "candor"),
            "unknown key `becuase` in the adjustment",
        ),
        (
            {"adjust": {"leaving-settles-nothing": {"because": 5}}},
            ("changes", "adjust", "leaving-settles-nothing"),
            "`because` of the adjustment of rule `leaving-settles-nothing` must be",
        ),
        ({"add": [{"id": "a"}]}, ("rules", 0), "a rule is missing `then`"),
        (
            {"impossible": [{"contcat": "message"}]},
            ("impossible",),
            "uses unknown fact or finding `contcat`",
        ),
    ],
)
def test_an_invalid_part_is_reported_with_its_path(
    parts: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    """The problem has the section, and the name or the number of the part."""
    (found,) = _refused(**parts)

    assert path == found.path
    assert message in found.message


def test_all_invalid_parts_are_reported_together() -> None:
    """One error has the problems of all sections."""
    wanted = {
        "`best`": (),
        "a rule is missing `id`": ("rules", 0),
        "a rule is missing `then`": ("rules", 0),
        "the changes of variant `faulty`": (),
        "fact `a` is missing": ("facts", "a"),
        "fact `b`": ("facts", "b"),
        "action `c`": ("actions", "c"),
    }
    found = _refused(
        facts={"a": {}, "b": 5}, actions={"c": 5}, add=[{}], drop=5, ranking="best"
    )

    assert [*wanted.values()] == [one.path for one in found]
    assert all(words in p.message for words, p in zip(wanted, found, strict=True))


def test_weights_change_principles_as_in_a_file() -> None:
    """The `weights` argument gives the same policy as `principles` in a file."""
    written = read_policy(
        "policy: heavier\nextends: apa-2017\ntitle: Heavier\n"
        "principles: {fidelity: {weight: 5}}\n"
    )
    made = APA.variant("heavier", title="Heavier", weights={"fidelity": 5})

    assert written.fingerprint == made.fingerprint
    assert 5 == made.principle["fidelity"].weight


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"fidelty": 5}, "BE204"),
        ({"fidelity": -1}, "BE801"),
        ({"fidelity": 2.5}, "BE801"),
    ],
)
def test_invalid_weights_are_rejected(weights: Any, code: str) -> None:
    """A weight needs a known principle and an integer of 0 or more."""
    with pytest.raises(PolicyError, match=code):
        APA.variant("heavier", weights=weights)


def test_weights_can_include_a_new_principle() -> None:
    """A variant can declare a principle and set its weight separately."""
    cites = [{"source": "apa-code", "section": "1.01"}]
    new = {"care": {"title": "Care", "cites": cites}}
    made = APA.variant("careful", principles=new, weights={"care": 4})

    assert ("Care", 4) == (made.principle["care"].title, made.principle["care"].weight)
