"""Schema errors in a policy file have messages that its author can understand."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from boundaryethics import schema
from boundaryethics._files import rules_folder
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.policies import load_policy, read_policy
from boundaryethics.policies.schema import faults
from boundaryethics.policies.yaml import document

#: Checks a policy as an editor does.
EDITOR = jsonschema.Draft202012Validator(schema("policy"))
_RULE = "policy: p\nrules:\n  - id: r\n    then: {requires: decline}\n    "


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("- a\n", "the policy must be a mapping, not a list", "begin the file"),
        ("title: x\n", "the policy is missing `policy`", "begin the file"),
        ("policy: 3\n", "`policy` must be text, not the number 3", 'quotes: "3"'),
        (
            "policy: My Id\n",
            "invalid value `My Id` for `policy`: it must be an id",
            "`my-id`",
        ),
        ("policy: p\nrulez: []\n", "unknown key `rulez` in the policy", "`rules`?"),
        ("policy: p\nabstract: yes\n", "must be true or false, not `yes`", "`true`"),
        ("policy: p\ntitle:\n", "`title` is empty; it must be text", ""),
        (
            "policy: p\nsources: {s: {edition: 2014}}\n",
            "`edition` of source `s` must be text, not the number 2014",
            'put it in quotes: "2014"',
        ),
        (
            "policy: p\nfindings: {f: {says: One, two.}}\n",
            "unknown key `two.` in finding `f`",
            "valid keys: `says`",
        ),
        (
            "policy: p\nfindings: {f: {says: One, and two.}}\n",
            "unknown key `and two.` in finding `f`",
            "put text that contains a comma in quotes",
        ),
        (
            "policy: p\naccepts: [{lint: BL07, because: x}]\n",
            "an entry of `accepts` is missing `on`",
            "",
        ),
        (
            "policy: p\nextends: [apa-2017]\nchanges: {adjust: [r]}\n",
            "`adjust` must be a mapping, not a list",
            "",
        ),
        (
            "policy: p\ndraft_parts: {d: {slot: closing}}\n",
            "draft part `d` is missing `says`",
            "add the text",
        ),
        (
            "policy: p\ndraft_parts: {d: {says: x}}\n",
            "is missing `slot`",
            "slot: opening",
        ),
        (
            "policy: p\nlabels: [{leave: {says: Go}}]\n",
            "`leave` of label number 1 is missing `named`",
            "such as `declining`",
        ),
        (
            "policy: p\nlabels: [{when: {contact: message}}]\n",
            "label number 1 is missing `continue`",
            "label at least one response",
        ),
        (
            "policy: p\nrules: [{id: r, then: {concludes: []}}]\n",
            "`concludes` of rule `r` is empty",
            "",
        ),
        (
            "policy: p\nfacts: {f: {values: [x, 'a,b']}}\n",
            "fact `f` has the value `a,b`, which cannot be written in a command",
            "without commas",
        ),
        (
            "policy: p\nfacts: {f: {values: [x, ' c']}}\n",
            "fact `f` has the value ` c`",
            "surrounding spaces",
        ),
        ("policy: p\nfacts: {f: {values: [x, '']}}\n", "has the value ``", ""),
        ('policy: p\nfacts: {f: {values: ["a\\nb"]}}\n', "has the value `a", ""),
        (
            "policy: p\nlabels: [{leve: {says: Go, named: going}}]\n",
            "unknown key `leve` in label number 1",
            "`leave`?",
        ),
        (
            "policy: p\nactions: {s: {instead: [{says: x}]}}\n",
            "an entry of `instead` of action `s` is missing `when`",
            "facts with their values",
        ),
        (
            "policy: p\nfacts: {f: {question: x}}\n",
            "fact `f` is missing `values`",
            "map each value to an answer",
        ),
        (
            "policy: p\nfacts: {f: {values: a}}\n",
            "`values` of fact `f` must be a list or a mapping, not `a`",
            "`{own: Mine}`",
        ),
        (
            "policy: p\nfacts: {f: {values: {a: A, b: }}}\n",
            "`b` of fact `f` is empty; it must be text",
            "",
        ),
        (
            "policy: p\nfacts: {f: {values: [a], question: ''}}\n",
            "`question` of fact `f` is empty: remove it, or write its text",
            "",
        ),
        (
            "policy: p\nfacts: {f: {values: [a], ask: Why?}}\n",
            "unknown key `ask` in fact `f`",
            "`question`",
        ),
        (
            "policy: p\ngroups: [client]\n",
            "`groups` must be a mapping, not a list",
            "`{client: The client}`",
        ),
        (
            "policy: p\nfacts: {f: {values: [a, a]}}\n",
            "duplicate `a` in `values` of fact `f`",
            "",
        ),
        (
            "policy: p\nfacts: {f: {values: [{a: 1, b: 2}, {b: 2, a: 1}]}}\n",
            "duplicate a mapping in `values` of fact `f`",
            "",
        ),
        (
            "policy: p\nimpossible: 3\n",
            "`impossible` must be a list, not the number 3",
            "one below the other",
        ),
        (
            "policy: p\nprinciples: {x: {force: legal}}\n",
            "invalid value `legal` for `force` of principle `x`",
            "`law`, `enforceable`",
        ),
        (
            "policy: p\nprinciples: {x: {weight: 1.5}}\n",
            "`weight` of principle `x` must be an integer, not `1.5`",
            "digits",
        ),
        (
            "policy: p\nprinciples: {x: {weight: -1}}\n",
            "`weight` of principle `x` must be at least 0",
            "",
        ),
        ("policy: p\nrules: [3]\n", "rule number 1 must be a mapping", ""),
        (
            "policy: p\nrules: [{id: r}]\n",
            "rule `r` is missing `then`",
            "give at least one effect",
        ),
        ("policy: p\nrules: [{id: r, then: {}}]\n", "`then` of rule `r` is empty", ""),
        (_RULE + "when: {setting: 3}\n", "`setting` of rule `r` must be", '"3"'),
        (_RULE + "when: {any: []}\n", "`any` of rule `r` is empty", ""),
        (_RULE + "when: {not: x}\n", "`not` of rule `r` must be a mapping", "contact"),
        (
            _RULE + "when: {A: b}\n",
            "invalid key `A` in `when` of rule `r`: it must be a name",
            "`a`",
        ),
        (_RULE + "becuase: x\n", "unknown key `becuase` in rule `r`", "`because`?"),
        (
            "policy: p\nrules: [{id: r, then: {forbids: conitnue}}]\n",
            "invalid value `conitnue` for `forbids` of rule `r`",
            "did you mean `continue`? valid values:",
        ),
        (
            "policy: p\nrules: [{id: r, then: {favors: decline}}]\n",
            "`favors` of rule `r` must be a mapping, not `decline`",
            "`{decline: strong}`",
        ),
        (
            "policy: p\nchanges: {adjust: {r: {strenght: weak}}}\n",
            "unknown key `strenght` in the adjustment of rule `r`",
            "`strength`?",
        ),
        (
            "policy: p\ninvariants: [{id: i, holds: {above: [decline]}}]\n",
            "`above` of invariant `i` must list at least two responses",
            "",
        ),
    ],
)
def test_schema_errors_have_readable_messages(
    text: str, message: str, advice: str
) -> None:
    """Each has a message, a location and help, and an editor reports it too."""
    problem = _problems(text)[0]

    assert message in problem.message
    assert advice in (problem.help or "")
    assert problem.where
    # JSON Schema cannot express the limits of commands and tables.
    valid = "has the value" in problem.message
    assert valid == EDITOR.is_valid(document(text, file="f").data)


@pytest.mark.parametrize(
    "text",
    [
        'policy: "p\\n"\n',
        'policy: p\nsources: {"s\\n": {}}\n',
        'policy: p\nfacts: {"f\\n": {values: [x]}}\n',
        'policy: p\nfindings: {"f\\n": x}\n',
        'policy: p\nprinciples: {"p\\n": {}}\n',
        'policy: p\nrules: [{id: "r\\n", then: {requires: decline}}]\n',
        'policy: p\nextends: ["core\\n"]\n',
        'policy: p\naccepts: [{lint: "BL01\\n", on: x, because: y}]\n',
    ],
)
def test_a_name_that_ends_with_a_line_break_is_rejected(text: str) -> None:
    """Patterns match to the end of the text, not to the end of its last line."""
    (problem, *_) = _problems(text)

    assert "BE103" == problem.code
    assert problem.where


def test_a_strength_for_a_rule_without_strengths_is_rejected() -> None:
    """The problem is at the adjustment."""
    text = """
        policy: p
        extends: [core]
        abstract: true
        changes: {adjust: {RULE: {strength: weak}}}
    """
    core = load_policy("core").rules
    without = next(r.id for r in core if not (r.then.favors or r.then.opposes))

    (problem,) = _problems(text.replace("RULE", without))
    assert ("BE220", without) == (problem.code, problem.token)
    assert problem.where
    assert problem.where.line == 5


def test_a_missing_parent_is_reported_where_it_is_named(tmp_path: Path) -> None:
    """A problem with a parent's file is located in the file that extends it."""
    (tmp_path / "child.yaml").write_text("policy: child\nextends: [./parent.yaml]\n")
    with pytest.raises(PolicyError) as refused:
        load_policy(tmp_path / "child.yaml")

    (problem,) = refused.value.problems
    assert problem.where
    assert "BE109" == problem.code
    assert (2, 11) == (problem.where.line, problem.where.column)


def test_names_are_checked_despite_schema_errors() -> None:
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
    shown = [(p.code, p.where and p.where.line) for p in _problems(text)]

    assert [("BE204", 7), ("BE102", 8), ("BE204", 8), ("BE204", 12)] == shown


def test_a_schema_error_causes_no_further_problems() -> None:
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "policy: p\nlabels: [{when: {contact: message}}]\n",
            "label number 1 is missing `continue`",
        ),
        (
            "policy: p\ndraft_parts: {d: {slot: closing}}\n",
            "draft part `d` is missing `says`",
        ),
    ],
)
def test_only_the_first_of_several_alternatives_is_asked_for(
    text: str, message: str
) -> None:
    """One problem is enough, because one of the keys is enough."""
    assert [message] == [problem.message for problem in _problems(text)]


def test_an_invalid_adjustment_hides_only_problems_with_its_rule() -> None:
    """A name that is the same as a key of the file can still be undeclared."""
    text = """
        policy: p
        changes: {adjust: {gone: 5}}
        findings: {f: {says: x}}
        rules: [{id: first, when: {adjust: true}, then: {concludes: f}}]
    """
    shown = [(p.code, p.where and p.where.line) for p in _problems(text)]

    assert [("BE103", 3), ("BE204", 5)] == shown


def test_at_most_100_problems_per_file_are_reported() -> None:
    """Beyond the limit, names in the rest of the file are not checked."""
    rule = "rules: [{id: r, when: {undeclared: true}, then: {forbids: leave}}]\n"
    text = "policy: p\n" + rule + "".join(f"key{n}: x\n" for n in range(20_000))

    assert ["BE102"] * 100 == [problem.code for problem in _problems(text)]


def test_the_built_in_vocabulary_matches_the_schema() -> None:
    """The built-in vocabulary matches the schema of policy files."""
    where = rules_folder().joinpath("vocabulary.yaml")
    data = document(where.read_text("utf-8"), file="vocabulary.yaml").data

    assert isinstance(data, dict)
    assert ["vocabulary", "unknown", "groups", "facts", "impossible"] == list(data)
    said = {key: data[key] for key in ("facts", "impossible")}
    assert () == faults({"policy": "p", **said})


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as refused:
        read_policy(text, file="f")
    return refused.value.problems


def test_a_policy_may_have_any_valid_id(tmp_path: Path) -> None:
    """The id that the checks use if none is given is an ID like any other."""
    path = tmp_path / "mine.yaml"
    path.write_text("policy: unnamed\nextends: apa-2017\n", "utf-8")

    assert "unnamed" == load_policy(path).id
