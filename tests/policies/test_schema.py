"""Schema errors in a policy file, worded for its author."""

from __future__ import annotations

import json

import jsonschema
import pytest

from boundaryethics._files import rules_folder
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.policies import read_policy
from boundaryethics.policies.schema import faults
from boundaryethics.policies.yaml import document

_RULE = "policy: p\nrules:\n  - id: r\n    then: {requires: decline}\n    "


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("- a\n", "the policy must be a group of keys, not a list", "begin the file"),
        ("title: x\n", "the policy lacks `policy`", "begin the file"),
        ("policy: 3\n", "`policy` must be text, not the number 3", 'quotes: "3"'),
        ("policy: My Id\n", "`policy` is `My Id`, which is not an id", "`my-id`"),
        ("policy: p\nrulez: []\n", "the policy has no key `rulez`", "`rules`?"),
        ("policy: p\nabstract: yes\n", "must be true or false, not `yes`", "`true`"),
        ("policy: p\ntitle:\n", "`title` is empty, and must be text", ""),
        (
            "policy: p\nsources: {s: {edition: 2014}}\n",
            "`edition` of source `s` must be text, not the number 2014",
            'put it in quotes: "2014"',
        ),
        (
            "policy: p\nfindings: {f: {says: One, two.}}\n",
            "finding `f` has no key `two.`",
            "its keys are `says`",
        ),
        (
            "policy: p\nfindings: {f: {says: One, and two.}}\n",
            "finding `f` has no key `and two.`",
            "put text that contains a comma in quotes",
        ),
        (
            "policy: p\naccepts: [{lint: BL07, because: x}]\n",
            "an entry of `accepts` lacks `on`",
            "",
        ),
        (
            "policy: p\ndraft_parts: {d: {slot: closing}}\n",
            "draft part `d` lacks `says`",
            "give its text",
        ),
        ("policy: p\ndraft_parts: {d: {says: x}}\n", "lacks `slot`", "slot: opening"),
        (
            "policy: p\nlabels: [{leave: {says: Go}}]\n",
            "`leave` of label number 1 lacks `named`",
            "running text",
        ),
        (
            "policy: p\nlabels: [{leve: {says: Go, named: going}}]\n",
            "label number 1 has no key `leve`",
            "`leave`?",
        ),
        (
            "policy: p\nactions: {s: {instead: [{says: x}]}}\n",
            "an entry of `instead` of action `s` lacks `when`",
            "facts with their values",
        ),
        ("policy: p\nfacts: {f: {ask: x}}\n", "fact `f` lacks `values`", "answers"),
        (
            "policy: p\nfacts: {f: {values: [a, a]}}\n",
            "`values` of fact `f` names `a` twice",
            "",
        ),
        (
            "policy: p\nprinciples: {x: {force: legal}}\n",
            "`force` of principle `x` cannot be `legal`",
            "`law`, `enforceable`",
        ),
        (
            "policy: p\nprinciples: {x: {weight: 1.5}}\n",
            "`weight` of principle `x` must be a whole number, not `1.5`",
            "digits",
        ),
        (
            "policy: p\nprinciples: {x: {weight: -1}}\n",
            "`weight` of principle `x` cannot be less than 0",
            "",
        ),
        ("policy: p\nrules: [3]\n", "rule number 1 must be a group of keys", ""),
        ("policy: p\nrules: [{id: r}]\n", "rule `r` lacks `then`", "say what follows"),
        ("policy: p\nrules: [{id: r, then: {}}]\n", "`then` of rule `r` is empty", ""),
        (_RULE + "when: {setting: 3}\n", "`setting` of rule `r` must be", '"3"'),
        (_RULE + "when: {any: []}\n", "`any` of rule `r` is empty", ""),
        (_RULE + "when: {not: x}\n", "`not` of rule `r` must be a group", "contact"),
        (_RULE + "when: {A: b}\n", "has the key `A`, which is not a name", "`a`"),
        (_RULE + "becuase: x\n", "rule `r` has no key `becuase`", "`because`?"),
        (
            "policy: p\nrules: [{id: r, then: {forbids: conitnue}}]\n",
            "`forbids` of rule `r` cannot be `conitnue`",
            "did you mean `continue`? it is one of",
        ),
        (
            "policy: p\nrules: [{id: r, then: {favors: decline}}]\n",
            "`favors` of rule `r` must be a group of keys, not `decline`",
            "`{decline: strong}`",
        ),
        (
            "policy: p\nchanges: {adjust: {r: {strenght: weak}}}\n",
            "the adjustment of rule `r` has no key `strenght`",
            "`strength`?",
        ),
        (
            "policy: p\ninvariants: [{id: i, holds: {above: [decline]}}]\n",
            "`above` of invariant `i` must name two options",
            "",
        ),
    ],
)
def test_a_fault_is_told_in_words(text: str, message: str, advice: str) -> None:
    """Each fault has a message, a location and advice."""
    problem = _problems(text)[0]

    assert message in problem.message
    assert advice in (problem.help or "")
    assert problem.where


def test_names_are_checked_beside_a_fault_of_shape() -> None:
    """A schema error in a rule does not hide undeclared names."""
    text = """
        policy: p
        extends: [core]
        abstract: true
        rules:
          - id: first
            when: {dual_relationshp: true}
            then: {favours: {decline: strong}, advises: seek_supervison}
            principle: role_clarity
          - id: second
            then: {forbids: continue}
            principle: role_clarty
    """
    told = [(p.code, p.where and p.where.line) for p in _problems(text)]

    assert [("BE204", 7), ("BE102", 8), ("BE204", 8), ("BE204", 12)] == told


def test_a_fault_of_shape_brings_no_others() -> None:
    """Names declared in an invalid part are not reported as undeclared."""
    text = """
        policy: p
        finding: {f: {says: x}}
        principles: {q: {cites: []}}
        rules:
          - id: first
            when: {f: true}
            then: {forbids: continue}
            principel: q
          - id: second
            then: {concludes: f}
    """

    assert ["BE102", "BE102"] == [problem.code for problem in _problems(text)]


def test_many_faults_are_told_without_end_of_patience() -> None:
    """The number of problems for one file is limited."""
    text = "policy: p\n" + "".join(f"key{n}: x\n" for n in range(20_000))

    assert 100 == len(_problems(text))


def test_the_schemas_are_schemas() -> None:
    """The schema files are valid JSON Schemas."""
    folder = rules_folder().joinpath("schema")
    for name in ("policy.schema.json", "vocabulary.schema.json"):
        schema = json.loads(folder.joinpath(name).read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"]


def test_the_shipped_vocabulary_has_the_right_shape() -> None:
    """The built-in vocabulary matches the schema of policy files."""
    where = rules_folder().joinpath("vocabulary.yaml")
    data = document(where.read_text("utf-8"), file="vocabulary.yaml").data

    assert isinstance(data, dict)
    assert ["vocabulary", "facts", "impossible"] == list(data)
    said = {key: data[key] for key in ("facts", "impossible")}
    assert () == faults({"policy": "p", **said})


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as refused:
        read_policy(text, file="f")
    return refused.value.problems
