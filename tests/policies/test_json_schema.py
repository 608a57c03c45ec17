"""JSON Schemas as users and their editors receive them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from boundaryethics import load_policy, schema, shipped_vocabulary
from boundaryethics._files import rules_folder
from boundaryethics.cli.main import main
from boundaryethics.errors import ArgumentError, PolicyError
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.policies.json_schema import KINDS, SchemaKind
from boundaryethics.policies.yaml import document

EXAMPLES = Path(__file__).parents[2] / "examples"
PART_2 = load_policy("us-42-cfr-2")
#: Two policies, with and without an added fact.
VOCABULARIES = {"apa-2017": shipped_vocabulary(), "us-42-cfr-2": PART_2.vocabulary}
CHECKS = {
    policy: Draft202012Validator(schema("situation", policy)) for policy in VOCABULARIES
}


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Yield each object in a schema, outermost first."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from objects(inner)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_valid_schema_with_an_id(kind: SchemaKind) -> None:
    """All IDs have the same form, and no schema refers to another."""
    found = schema(kind)

    Draft202012Validator.check_schema(found)
    assert f"urn:boundaryethics:schema:{kind}:1" == found["$id"]
    assert found["title"]
    assert found["description"].endswith(".")
    assert {"#"} >= {one["$ref"][:1] for one in objects(found) if "$ref" in one}


def test_each_schema_file_is_listed_as_a_kind() -> None:
    """A new schema must be added to the list of kinds."""
    files = {file.name for file in rules_folder().joinpath("schema").iterdir()}

    assert {f"{kind}.schema.json" for kind in KINDS} == files


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "verdict"])
def test_an_editor_can_explain_each_key_and_value(kind: SchemaKind) -> None:
    """Each key has a title and a description; each listed value has a text."""
    found = schema(kind)
    explained = 0
    for one in objects({key: part for key, part in found.items() if key != "allOf"}):
        for key, part in one.get("properties", {}).items():
            whole = found["$defs"][part["$ref"][8:]] | part if "$ref" in part else part
            assert whole["title"], key
            # A fact without a question is never asked.
            asked = kind != "situation" or shipped_vocabulary()[key].question
            assert bool(asked) == ("description" in whole), key
            assert whole.get("description", ".").endswith((".", "?", ")")), key
            explained += 1
        if "enum" in one:
            assert len(one["enum"]) == len(one["enumDescriptions"])
            assert all(one["enumDescriptions"])
    assert explained


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "verdict"])
def test_each_example_in_a_schema_is_valid(kind: SchemaKind) -> None:
    """Editors offer examples as values."""
    found = schema(kind)
    for one in objects(found):
        for example in one.get("examples", ()):
            part = {"$defs": found.get("$defs", {}), **one}
            Draft202012Validator(part).validate(example)


def test_vocabularies_and_policies_share_definitions() -> None:
    """The schemas define parts that both can have in the same words."""
    shared = schema("vocabulary")["$defs"]

    assert shared.items() <= schema("policy")["$defs"].items()


def kind_of(data: dict[str, Any]) -> SchemaKind | None:
    """Return the kind of a file, or None if it belongs to another program."""
    kinds: tuple[SchemaKind, ...] = ("policy", "cases", "vocabulary")
    states_facts = data.keys() & shipped_vocabulary().keys()
    other: SchemaKind | None = "situation" if states_facts else None
    return next((kind for kind in kinds if kind in data), other)


RULE = """
policy: p
{}
rules:
  - id: r
    when: {{{}}}
    then: {{favors: {{leave: weak}}}}
    principle: fidelity
"""


@pytest.mark.parametrize(
    ("when", "valid"),
    [
        ("contact: message", True),
        ("contact: [message, unknown]", True),
        ('small_community: "yes"', True),
        ("our_fact: x, our_finding: true", True),
        ("contact: mesage", False),
        ("contact: [message, mesage]", False),
        ("small_community: true", False),
        ("not: {any: [{contact: mesage}]}", False),
        ("all: [{contact: mesage}]", False),
    ],
)
def test_conditions_of_a_policy_use_built_in_values(when: str, *, valid: bool) -> None:
    """Except where the policy, or one that it extends, declares facts of its own."""
    check = Draft202012Validator(schema("policy"))
    for other, own in (
        ("", False),
        ("extends: apa-2017", False),
        ("extends: [apa-2017, nasw-2021]", False),
        ("extends: ours", True),
        ("extends: ./ours.yaml", True),
        ("extends: [apa-2017, ../ours.yaml]", True),
        ("facts: {contact: {values: [mesage]}}", True),
    ):
        data: Any = document(RULE.format(other, when), file="p.yaml").data
        assert (valid or own) is check.is_valid(data), other


@pytest.mark.parametrize(
    "part",
    [
        "impossible: [{contact: mesage}]",
        "labels: [{when: {contact: mesage}, leave: {says: A, named: b}}]",
        "invariants: [{id: i, when: {contact: mesage}, holds: {never_first: leave}}]",
        "actions: {a: {says: A, instead: [{when: {contact: mesage}, says: B}]}}",
        "changes: {adjust: {r: {when: {contact: mesage}}}}",
    ],
)
def test_every_condition_of_a_policy_is_checked(part: str) -> None:
    """Also outside rules."""
    check = Draft202012Validator(schema("policy"))
    right: Any = document(f"policy: p\n{part.replace('mesage', 'message')}", file="p")
    wrong: Any = document(f"policy: p\n{part}", file="p")

    assert [] == [*check.iter_errors(right.data)]
    assert not check.is_valid(wrong.data)


def test_all_files_of_the_project_are_valid() -> None:
    """Each policy, case file, vocabulary and situation matches its schema."""
    checks = {kind: Draft202012Validator(schema(kind)) for kind in KINDS}
    met: Counter[str] = Counter()
    for folder in (Path(str(rules_folder())), EXAMPLES):
        for file in folder.rglob("*.yaml"):
            data: Any = document(file.read_text("utf-8"), file=file.name).data
            if isinstance(data, dict) and (kind := kind_of(data)):
                checks[kind].validate(data)
                met[kind] += 1
    assert {"policy", "cases", "vocabulary", "situation"} == {*met}
    assert met["situation"] >= 4


def test_the_case_schema_of_a_policy_has_its_facts() -> None:
    """A fact or value that the policy does not declare is invalid."""
    check = Draft202012Validator(schema("cases", "apa-2017"))
    any_facts = Draft202012Validator(schema("cases"))
    case: dict[str, Any] = {
        "name": "x",
        "policy": "apa-2017",
        "given": {"contact": "x"},
    }

    assert any_facts.is_valid({"cases": [case]})
    assert not check.is_valid({"cases": [case]})
    case["given"] = {"contact": "message", "client_minor": True}
    assert check.is_valid({"cases": [case]})
    file = rules_folder().joinpath("cases", "apa.yaml").read_text("utf-8")
    check.validate(document(file, file="apa.yaml").data)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("actions", "document"),
        ("no_actions", "document"),
        ("drafts", "reach_now"),
        ("no_drafts", "reach_now"),
        ("findings", "encounter"),
        ("cites", "fidelity"),
    ],
)
def test_the_case_schema_of_a_policy_has_its_names(key: str, name: str) -> None:
    """A case can expect only rules, findings and other parts of the policy."""
    check = Draft202012Validator(schema("cases", "apa-2017"))
    any_names = Draft202012Validator(schema("cases"))

    for names, valid in ((name, True), ([name], True), ("documnt", False), ([], False)):
        expect = {key: {"decline": names} if key == "cites" else names}
        case = {"name": "x", "policy": "x", "given": {}, "expect": expect}
        assert valid == check.is_valid({"cases": [case]})
        assert bool(names) == any_names.is_valid({"cases": [case]})


def test_all_cases_match_the_schema_of_their_policy() -> None:
    """This covers every test case in the project."""
    checks: dict[str, Draft202012Validator] = {}
    for file in Path(str(rules_folder())).glob("cases/*.yaml"):
        data: Any = document(file.read_text("utf-8"), file=file.name).data
        for case in data["cases"]:
            policy = case["policy"]
            if policy not in checks:
                checks[policy] = Draft202012Validator(schema("cases", policy))
            checks[policy].validate({"cases": [case]})
    assert len(checks) > 5


def stated(vocabulary: Vocabulary) -> st.SearchStrategy[dict[str, Any]]:
    """Draw facts with values, most of them valid, some impossible together."""
    values = {
        name: st.sampled_from((*fact.all_values, True, False, None, "maybe", 3))
        for name, fact in vocabulary.items()
    }
    names = ("client_status", "time_since_termination", "client_minor_now")
    some = {name: values.pop(name) for name in (*names, "client_minor_then")}
    return st.fixed_dictionaries({}, optional={**some, **values, "age": st.just("x")})


@pytest.mark.parametrize("policy", VOCABULARIES)
@given(data=st.data())
def test_the_schema_accepts_exactly_the_possible_situations(
    policy: str, data: st.DataObject
) -> None:
    """It rejects the same facts and values as the library."""
    vocabulary, check = VOCABULARIES[policy], CHECKS[policy]
    facts = data.draw(stated(vocabulary))
    while problems := vocabulary.misfits_in(facts):
        assert not check.is_valid(facts)
        assert problems[0].path
        del facts[str(problems[0].path[0])]

    assert (not vocabulary.validate(facts)) == check.is_valid(facts)


def test_the_schema_rejects_each_impossible_combination() -> None:
    """The error is at the fact that was stated last."""
    for policy, vocabulary in VOCABULARIES.items():
        check = CHECKS[policy]
        for clash in vocabulary.clashes:
            facts = {vocabulary.facts[at].name: min(v) for at, v in clash.tests}
            (error,) = check.iter_errors(facts)
            assert [*facts][-1] == error.absolute_path[-1]


def test_a_schema_for_another_vocabulary_has_only_its_facts() -> None:
    """Impossible combinations are optional."""
    fact = Fact(name="f", values=("x", "y"))
    own = Policy(id="own", vocabulary=Vocabulary(facts=(fact,)))
    found = schema("situation", own)

    Draft202012Validator.check_schema(found)
    assert "urn:boundaryethics:schema:situation:1:own" == found["$id"]
    assert {"f": {"title": "F", **found["properties"]["f"]}} == found["properties"]
    assert ["X", "Y", *["I don't know"] * 2] == (
        found["properties"]["f"]["enumDescriptions"]
    )


def test_the_situation_schema_has_the_texts_of_its_policy() -> None:
    """An editor shows the questions, the help and the answers."""
    fact = PART_2.vocabulary["risk_of_harm"]
    for found in (schema("situation", PART_2), schema("situation", "us-42-cfr-2")):
        part = found["properties"]["risk_of_harm"]
        assert "urn:boundaryethics:schema:situation:1:us-42-cfr-2" == found["$id"]
        assert [*PART_2.vocabulary] == [*found["properties"]]
        assert f"{fact.question} {fact.help}" == part["description"]
        assert [*fact.all_values, None] == part["enum"]
        labels = [*map(fact.label, fact.values), *["I don't know"] * 2]
        assert labels == part["enumDescriptions"]


def test_invalid_arguments_are_rejected() -> None:
    """A kind must exist, and only some kinds depend on a policy."""
    with pytest.raises(ArgumentError, match="did you mean `policy`"):
        schema("polcy")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="BE411"):
        schema("../schema/policy")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="BE929"):
        schema("verdict", "apa-2017")
    with pytest.raises(PolicyError, match="BE206"):
        schema("situation", "apa-2071")


def run(*arguments: str) -> int:
    """Run the command and return its status."""
    with pytest.raises(SystemExit) as ended:
        main(["schema", *arguments])
    return int(ended.value.code or 0)


def test_the_command_prints_or_writes_a_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It gives what the function returns, and overwrites a file only if asked."""
    target = tmp_path / "situation.schema.json"
    to_file = ("situation", "--policy", "us-42-cfr-2", "--output", str(target))

    assert 0 == run("cases")
    assert schema("cases") == json.loads(capsys.readouterr().out)
    assert 0 == run(*to_file)
    assert schema("situation", PART_2) == json.loads(target.read_text("utf-8"))
    assert 2 == run(*to_file)
    assert "already exists" in capsys.readouterr().err
    assert 0 == run(*to_file, "--force")
    assert 0 == run("situation", "--policy", "nasw-2021", "--overlay", "ohio-4757-5")
    assert ":nasw-2021+ohio" in json.loads(capsys.readouterr().out)["$id"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["polcy"], "'polcy' is not one of"),
        (["policy", "--policy", "apa-2017"], "does not depend on a policy"),
        (["situation", "--overlay", "ohio-4757-5"], "--overlay needs --policy"),
        ([], "Missing argument"),
    ],
)
def test_the_command_rejects_invalid_arguments(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints no schema, and explains the mistake."""
    assert 2 == run(*arguments)
    out, err = capsys.readouterr()
    assert "" == out
    assert message in err
