"""The tools answer as the library does, show danger first, repeat no free text."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import boundaryethics
from boundaryethics import analysis
from boundaryethics.assistants.schemas import MOST_ENTRIES
from boundaryethics.assistants.tools import Tools
from boundaryethics.errors import PolicyError
from boundaryethics.render.wording import NOTE

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
MESSAGE = {
    "contact": "message",
    "client_status": "active",
    "setting": "recovery_group",
}
#: The start of an answer that concerns no situation.
FIRST = "If anyone may be in danger, follow your crisis procedure first.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small policies."""
    made = tmp_path_factory.mktemp("policies")
    for name in ("small-code.yaml", "quieter-code.yaml"):
        shutil.copy(INPUTS / name, made)
    return made


@pytest.fixture(scope="module")
def tools(folder: Path) -> Tools:
    """The tools over the built-in policies and two small ones."""
    return Tools.of(folder)


def types_in(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each part of a schema that has a type, with its JSON path."""
    waiting: list[tuple[str, object]] = [("$", schema)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("type"), str):
                yield path, one
            waiting += [(f"{path}.{key}", value) for key, value in one.items()]


def test_schemas_allow_no_free_text(tools: Tools) -> None:
    """Every text argument has listed values, and every object is closed."""
    for tool in tools.by_name.values():
        schema = tool.input_schema
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        for path, part in types_in(schema):
            assert part["type"] in {"object", "string", "array", "boolean"}, path
            if part["type"] == "string":
                assert part["enum"], path
            if part["type"] == "object":
                assert part["additionalProperties"] is False, path


def test_schemas_list_the_facts_of_the_policies(tools: Tools) -> None:
    """Each fact has its values and `unknown`, and `consult` has the questions."""
    facts = tools.by_name["consult"].input_schema["properties"]["facts"]["properties"]
    known = boundaryethics.shipped_vocabulary()

    assert {*known, "federally_assisted_program"} == {*facts}
    for name, fact in known.items():
        assert [*fact.all_values] == facts[name]["enum"]
        assert fact.question == facts[name].get("description", "")


def test_descriptions_explain_how_to_use_the_tools(tools: Tools) -> None:
    """Each gives the purpose, how to show danger and what not to pass."""
    for tool in tools.by_name.values():
        text = tools.texts[tool.name]
        for words in (
            "The tool supports the clinician's judgment and never decides.",
            "about danger first, word for word",
            "Do not pass the tool what a client said.",
        ):
            assert words in text, tool.name


@pytest.mark.parametrize("policy", ["apa-2017", "texas-681-38", "small-code"])
@pytest.mark.parametrize("full", [False, True])
def test_consult_agrees_with_the_library(
    tools: Tools, folder: Path, policy: str, *, full: bool
) -> None:
    """The data is that of the verdict and is valid under both schemas."""
    given = {"facts": MESSAGE, "policy": policy, "full": full}
    found = tools.call("consult", given)
    source: Any = folder / f"{policy}.yaml" if policy == "small-code" else policy
    verdict = boundaryethics.consult(MESSAGE, source)
    own = {"danger", "labels", "stated"}

    assert found.data
    plain: Any = verdict.to_dict()
    assert {k: plain[k] for k in found.data if k not in own} == {
        k: v for k, v in found.data.items() if k not in own
    }
    assert plain["options"].keys() == found.data["labels"].keys()
    for option, label in found.data["labels"].items():
        assert plain["options"][option]["label"] == label
    assert full == ("options" in found.data)
    assert MESSAGE == found.data["stated"]
    jsonschema.validate(found.data, tools.by_name["consult"].output_schema)
    first, *parts = found.text.split("\n\n")
    if policy != "small-code":
        assert first.startswith("Check first")
        first, *parts = parts
    assert first.startswith("The assistant entered these facts")
    # Some sentences are shorter, because advice on commands is left out.
    kept = {word.strip(".:") for word in verdict.text(full=full).split()}
    assert {word.strip(".:") for part in parts for word in part.split()} <= kept
    assert NOTE in parts


@pytest.mark.parametrize("risk", ["imminent", "elevated", "none", "unknown"])
def test_danger_comes_first(tools: Tools, risk: str) -> None:
    """Text and data start with the urgent advice, or with the question about it."""
    facts = {**MESSAGE, "risk_of_harm": risk}
    verdict = boundaryethics.consult(facts, "apa-2017")
    asked = "Check first: Could the client or anyone else be in danger?"
    calls: dict[str, dict[str, str]] = {
        "consult": {},
        "explain": {"response": "leave", "versus": "decline"},
    }
    for name, more in calls.items():
        found = tools.call(name, {"facts": facts, **more})
        assert found.data
        assert "danger" == next(iter(found.data))
        said, text = found.data["danger"], " ".join(found.text.split())
        if risk == "none":
            assert not said
        elif risk == "unknown":
            assert text.startswith(asked)
            assert said[0].startswith(asked)
            assert 1 == text.count(asked)
        else:
            assert said[0].endswith("DO THIS FIRST.")
            assert text.startswith(said[0])
            assert verdict.urgent[0].says in said[1]
            assert verdict.urgent[0].says in text
            assert 1 == text.count(verdict.urgent[0].says)
        shown = text.index("The assistant entered these facts")
        assert (text.index(said[-1][:60]) if said else -1) < shown
        assert shown < text.index(" ranks " if name == "explain" else "uggested")


def test_refusals_start_with_the_advice_on_danger(tools: Tools) -> None:
    """Answers that concern no situation also start with it."""
    for name in ("consult", "none", "policies"):
        assert tools.call(name, {}).text.startswith(FIRST)


def test_next_question_agrees_with_an_interview(tools: Tools, folder: Path) -> None:
    """The tool asks the questions of an interview and skips unknown facts."""
    policy = boundaryethics.load_policy(folder / "small-code.yaml")
    facts: dict[str, str] = {}
    interview = boundaryethics.Interview(policy)
    while True:
        found = tools.call("next_question", {"facts": facts, "policy": "small-code"})
        assert found.data
        jsonschema.validate(found.data, tools.by_name["next_question"].output_schema)
        assert found.data["done"] is interview.done
        if not (question := interview.question):
            break
        asked = found.data["question"]
        assert question.fact.name == asked["fact"]
        assert question.text in found.text
        assert [*question.choices] == [
            (c["value"], c["label"]) for c in asked["choices"]
        ]
        value = question.choices[0][0] if len(facts) % 2 else "unknown"
        facts[asked["fact"]] = value
        interview = interview.answer(value)

    assert len(facts) > 1
    assert tools.texts["done"] in found.text


def test_explain_agrees_with_the_library(tools: Tools, folder: Path) -> None:
    """The answer has the reasons of `why` and the changes of `why_not`."""
    policy = boundaryethics.load_policy(folder / "small-code.yaml")
    verdict = boundaryethics.consult(MESSAGE, policy)
    given = {"facts": MESSAGE, "policy": "small-code"}
    for option in boundaryethics.Option:
        found = tools.call("explain", {**given, "response": str(option)})
        assert found.data
        jsonschema.validate(found.data, tools.by_name["explain"].output_schema)
        assert analysis.why(verdict, str(option)).to_dict() == found.data["why"]
        if option in verdict.best:
            assert found.data["why_not"] is None
        else:
            changes = analysis.why_not(verdict, str(option))
            assert changes.to_dict() == found.data["why_not"]
            assert str(changes).split("\n\n")[-2] in found.text
    pair = tools.call("explain", {**given, "response": "leave", "versus": "decline"})

    assert pair.data
    expected = analysis.explain_pair(verdict, "leave", "decline")
    assert expected.to_dict() == pair.data["why"]


@pytest.mark.parametrize("facts", [None, {}, {"contact": "message"}])
def test_comparisons_agree_with_the_library(
    tools: Tools, folder: Path, facts: dict[str, str] | None
) -> None:
    """The counts are those of `compare`, restricted to the stated facts."""
    names = ("small-code", "quieter-code")
    policies = [boundaryethics.load_policy(folder / f"{name}.yaml") for name in names]
    expected = boundaryethics.compare(*policies, where=facts or None)
    given: dict[str, Any] = {"a": names[0], "b": names[1]}
    if facts is not None:
        given["facts"] = facts
    found = tools.call("compare_policies", given)

    assert found.data
    jsonschema.validate(found.data, tools.by_name["compare_policies"].output_schema)
    for key in ("total", "count", "first", "order", "status"):
        assert getattr(expected, key) == found.data[key]
    assert str(expected) in found.text
    ranked = {
        one.id: boundaryethics.consult(facts, one).to_dict()["ranking"]
        for one in policies
        if facts
    }
    assert ranked == found.data["rankings"]


def test_policies_are_listed(tools: Tools) -> None:
    """The list has exactly the policies that can be named."""
    found = tools.call("policies", {})
    schema = tools.by_name["consult"].input_schema["properties"]
    named = {*schema["policy"]["enum"], *schema["overlays"]["items"]["enum"]}

    assert found.data
    assert named == {one["policy"] for one in found.data["policies"]}
    assert {*boundaryethics.policies(), "small-code", "quieter-code"} - named == {
        "core",
        "drafts",
    }


def test_overlays_apply_by_id(tools: Tools) -> None:
    """The policy is that of the library; an error of an overlay is reported."""
    given = {"facts": MESSAGE, "policy": "aca-2014", "overlays": ["texas-rules"]}
    found = tools.call("consult", given)
    used = boundaryethics.load_policy("aca-2014", ["texas-rules"])

    assert found.data
    assert used.id == found.data["policy"]
    assert used.fingerprint == found.data["fingerprint"]
    refused = tools.call("consult", {**given, "policy": "small-code"})
    assert refused.data is None
    assert "BE209" in refused.text


SAID = "She told me that her brother drinks"
#: Calls with a client's words in every position.
TOLD: list[tuple[str, Any]] = [
    (SAID, {}),
    ("consult", {"facts": {**MESSAGE, "contact": SAID}}),
    ("consult", {"facts": {**MESSAGE, SAID: "yes"}}),
    (
        "consult",
        {
            "facts": {
                SAID: SAID,
                "contact": [SAID],
                "platform": {SAID: 1},
            }
        },
    ),
    ("consult", {"facts": SAID}),
    ("consult", {"facts": [SAID]}),
    ("consult", {"facts": MESSAGE, "policy": SAID}),
    ("consult", {"facts": MESSAGE, "policy": f"/{SAID}.yaml"}),
    (
        "consult",
        {"facts": MESSAGE, "overlays": [SAID, SAID, {}]},
    ),
    ("consult", {"facts": MESSAGE, "overlays": SAID}),
    ("consult", {"facts": MESSAGE, "full": SAID}),
    ("consult", {"facts": MESSAGE, SAID: SAID}),
    ("consult", {"facts": MESSAGE, "note": SAID}),
    ("next_question", {"facts": {"message_content": SAID}}),
    (
        "explain",
        {"facts": MESSAGE, "response": SAID, "versus": SAID},
    ),
    (
        "compare_policies",
        {
            "a": SAID,
            "b": "apa-2017",
            "facts": {"contact": SAID},
        },
    ),
    ("policies", {"about": SAID}),
]


@pytest.mark.parametrize(("name", "given"), TOLD, ids=range(len(TOLD)))
def test_free_text_is_refused_and_not_repeated(
    tools: Tools, name: str, given: dict[str, Any]
) -> None:
    """A sentence in any argument makes the call fail and is not shown."""
    found = tools.call(name, given)

    assert found.data is None
    assert not {"brother", "drinks", "told"} & {*found.text.lower().split()}


def test_all_problems_are_reported_together(tools: Tools) -> None:
    """Unknown names have a suggestion, and all other mistakes are listed."""
    facts = {"contact": "mesage", "client_stat": "active", "platform": 7}
    given = {"facts": facts, "polcy": "apa-2017", "full": "yes", "policy": "apa-2018"}
    text = tools.call("consult", given).text

    for words in (
        "unknown argument `polcy`\n  help: did you mean `policy`?",
        "`full` must be true or false",
        "invalid value for `policy`\n  help: did you mean `apa-2017`?",
        "invalid value for `contact`\n  help: did you mean `message`?",
        "unknown fact `client_stat`\n  help: did you mean `client_status`?",
        "invalid value for `platform`: a number",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "missing argument `facts`"),
        ({"facts": None}, "`facts` must be an object"),
        ({"facts": {}, "overlays": None}, "`overlays` must be a list of names"),
        (
            {"facts": {}, "overlays": ["ohio-rules"] * 2},
            "duplicate value in `overlays`",
        ),
        ({"facts": {}, "overlays": [1]}, "invalid value for `overlays`"),
        ({"facts": {}, "full": 1}, "`full` must be true or false"),
        ({"facts": {}, "policy": "core"}, "invalid value for `policy`"),
        ({"facts": {}, "policy": "ohio-rules"}, "invalid value for `policy`"),
        (
            {"facts": {"x": "y"} | {f"f{n}": "" for n in range(MOST_ENTRIES)}},
            "201 entr",
        ),
        ({"facts": {}} | {f"f{n}": "" for n in range(MOST_ENTRIES)}, "201 entr"),
        ({"facts": {}, "overlays": ["x"] * 201}, "`overlays` has 201 entries"),
        (
            {
                "facts": {
                    "client_status": "active",
                    "time_since_termination": "under_2_years",
                }
            },
            "impossible combination of values for",
        ),
    ],
    ids=range(12),
)
def test_invalid_calls_are_refused(
    tools: Tools, given: dict[str, Any], says: str
) -> None:
    """The error names each mistake."""
    found = tools.call("consult", given)

    assert found.data is None
    assert says in found.text


def test_ten_megabytes_are_refused_quickly(tools: Tools) -> None:
    """For arguments of any size, the answer is short and takes a few seconds."""
    most = 10_000_000
    for given in (
        {"facts": {"contact": "x" * most}},
        {"facts": {"x" * most: "yes"}},
        {"facts": dict.fromkeys(map(str, range(most // 20)), "yes")},
        {"facts": MESSAGE, "overlays": ["x"] * (most // 5)},
        {"facts": MESSAGE, "policy": "x" * most},
    ):
        start = time.monotonic()
        found = tools.call("consult", given)
        assert found.data is None
        assert len(found.text) < 1_000
        assert time.monotonic() - start < 10


def test_an_unexpected_error_is_reported_without_details(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is reported by its type only."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SAID)

    monkeypatch.setattr("boundaryethics.assistants.tools.outline", fail)
    found = tools.call("consult", {"facts": MESSAGE})

    assert found.data is None
    assert "The library failed (RuntimeError)." in found.text
    assert "brother" not in found.text


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "has no policy file"),
        ({"a.yaml": "policy: apa-2017\n"}, "has the id `apa-2017`, which is already"),
        ({"a.yaml": "policy: ours\n", "b.yml": "policy: ours\n"}, "the id `ours`"),
        ({"a.yaml": "rules: [\n"}, "BE1"),
    ],
)
def test_invalid_folders_are_refused(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    """A folder without policies, or with an invalid one, is refused."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(PolicyError) as refused:
        Tools.of(tmp_path)
    assert says in str(refused.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A folder that does not exist is refused."""
    with pytest.raises(PolicyError, match="is not a folder"):
        Tools.of(tmp_path / "none")


def test_answers_are_json(tools: Tools) -> None:
    """Every answer survives a round trip through JSON."""
    calls: dict[str, dict[str, Any]] = {
        "consult": {"facts": MESSAGE, "full": True},
        "explain": {"facts": MESSAGE, "response": "leave", "policy": "small-code"},
        "policies": {},
    }
    for name, given in calls.items():
        data = tools.call(name, given).data
        assert data == json.loads(json.dumps(data, allow_nan=False))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("policies", {"x": 1}, "BE923: unknown argument `x`\n  help: arguments of"),
        (
            "consult",
            {"facts": {"mood": "low"}},
            "BE401: unknown fact `mood`\n  help: policy `apa-2017` does not have this",
        ),
        (
            "consult",
            {"facts": {"contct": "message"}},
            "BE401: unknown fact `contct`\n  help: did you mean `contact`?",
        ),
        (
            "explain",
            {"facts": {}, "response": "leave", "versus": "leave"},
            "BE611: `leave` is compared with itself",
        ),
    ],
)
def test_advice_is_for_assistants(
    tools: Tools, name: str, given: dict[str, Any], said: str
) -> None:
    """The help of an error refers to names that an assistant can use, not commands."""
    answer = tools.call(name, given)
    assert answer.data is None
    assert answer.text.startswith(f"{FIRST}\n{said}")
    assert "`boundaryethics" not in answer.text
    assert ": \n" not in answer.text
