"""The recipes of the how-to guides do what their pages describe."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

import boundaryethics
from boundaryethics import Policy, Situation, SituationError, error_details
from support.strategies import policies_with_situations, situations

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "examples" / "recipes"
PAGES = ROOT / "docs" / "how-to" / "recipes"
APA = boundaryethics.load_policy("apa-2017")
WORDS = "She wrote that she misses me"


def recipe(name: str) -> Any:
    """Run the file of a recipe and return its names."""
    return SimpleNamespace(**runpy.run_path(str(RECIPES / name)))


FHIR = recipe("fhir_forms.py")
FORM = FHIR.questionnaire(APA)


def test_each_case_is_a_test(tmp_path: Path) -> None:
    """A test has the name of its case; a failure prints the message on the page."""
    for name in ("test_cases.py", "cases.yaml"):
        shutil.copy(RECIPES / name, tmp_path)
    cases = tmp_path / "cases.yaml"
    text = cases.read_text("utf-8")
    cases.write_text(text.replace("first: decline", "first: ignore", 1), "utf-8")
    run = run_pytest(tmp_path, "-v")
    page = (PAGES / "pytest.md").read_text("utf-8")
    (shown,) = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)

    assert 1 == run.returncode, run.stdout
    assert [] == [line for line in shown.splitlines() if line not in run.stdout]


def test_a_case_can_be_selected_by_its_name(tmp_path: Path) -> None:
    """The command on the page selects the third case."""
    for name in ("test_cases.py", "cases.yaml"):
        shutil.copy(RECIPES / name, tmp_path)
    page = (PAGES / "pytest.md").read_text("utf-8")
    (expression,) = re.findall(r'pytest -k "(.*?)"', page)
    run = run_pytest(tmp_path, "--collect-only", "-q", "-k", expression)

    assert 0 == run.returncode, run.stdout
    assert "test_case[A client may keep following a professional page]" in run.stdout
    assert "1/3 tests collected" in run.stdout


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )


def fhir_models(resource: str) -> dict[str, Any]:
    """Return the models of a resource; that of R4 is the same as that of R4B."""
    pytest.importorskip("fhir.resources")
    return {
        release: getattr(import_module(f"fhir.resources.{where}"), resource)
        for release, where in (
            ("R4", f"R4B.{resource.lower()}"),
            ("R5", resource.lower()),
        )
    }


@pytest.fixture(scope="module")
def client() -> Any:
    """Return a client of the endpoint."""
    testclient = pytest.importorskip("fastapi.testclient")
    return testclient.TestClient(recipe("endpoint.py").app)


def test_the_endpoint_ranks_a_situation(client: Any) -> None:
    """The response is the verdict, and OpenAPI lists each fact with its values."""
    facts = {"contact": "message", "client_status": "active", "caseload": "unknown"}
    expected = boundaryethics.consult(facts, APA).to_dict()
    operation = client.get("/openapi.json").json()["paths"]["/consult"]["post"]
    described = operation["requestBody"]["content"]["application/json"]["schema"]

    assert expected == client.post("/consult", json=facts).json()
    assert [*APA.vocabulary] == [*described["properties"]]
    for fact in APA.vocabulary.facts:
        assert {*fact.all_values} <= {*described["properties"][fact.name]["enum"]}


def test_the_endpoint_reports_every_problem(client: Any) -> None:
    """The response lists each invalid field and does not quote the input."""
    wrong = {"contact": WORDS, "risk": "none", "client_status": 1, "account": []}
    refused = client.post("/consult", json=wrong)
    found = {one["loc"][-1] for one in refused.json()["detail"]}
    clash = {"setting": "dating_service", "platform": "linkedin"}
    impossible = client.post("/consult", json=clash)

    assert 422 == refused.status_code == impossible.status_code
    assert {*wrong} == found
    assert WORDS not in refused.text
    assert ["body", "platform"] == impossible.json()["detail"][0]["loc"]
    assert "crisis procedure" in refused.json()["danger"]
    for other in ("{", "[]", "risk_of_harm: imminent"):
        assert 422 == client.post("/consult", content=other).status_code


def test_the_endpoint_accepts_null_and_refuses_repeated_keys(client: Any) -> None:
    """A null is unknown; of two values for one fact, one could be lost."""
    facts = {"contact": "message", "client_status": None}
    expected = boundaryethics.consult({"contact": "message"}, APA).to_dict()
    twice = '{"risk_of_harm": "imminent", "risk_of_harm": null}'
    refused = client.post("/consult", content=twice)

    assert expected == client.post("/consult", json=facts).json()
    assert 422 == refused.status_code
    assert "duplicate key" in refused.json()["detail"][0]["msg"]


def every_item(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield all items of a form or of a response, in order."""
    for item in items:
        yield item
        yield from every_item(item.get("item", []))


def is_enabled(item: dict[str, Any], known: dict[str, str]) -> bool:
    """Evaluate `enableWhen` as FHIR defines it: `!=` holds if there is no answer."""
    conditions = item.get("enableWhen", [])
    assert all("!=" == one["operator"] for one in conditions)
    return all(
        one["answerCoding"]["code"] != known.get(one["question"]) for one in conditions
    )


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_questionnaire_is_valid(release: str) -> None:
    """The resource starts with danger and requires no answer."""
    form = FHIR.questionnaire(APA, release)
    read = fhir_models("Questionnaire")[release].model_validate(form)
    asked = [item for item in every_item(form["item"]) if "answerOption" in item]

    assert "risk_of_harm" == read.item[0].item[0].linkId
    assert {*APA.vocabulary} == {item["linkId"] for item in asked}
    assert not any(item["required"] for item in asked)
    kinds = {"R4": {"choice"}, "R5": {"coding"}}
    assert kinds[release] == {item["type"] for item in asked}
    links = [item["linkId"] for item in every_item(form["item"])]
    assert len(links) == len({*links})


def test_a_question_is_disabled_only_if_it_has_no_possible_answer() -> None:
    """The test tries each question after each answer to every other question."""
    vocabulary = APA.vocabulary
    asked = {i["linkId"]: i for i in every_item(FORM["item"]) if "answerOption" in i}
    for other in vocabulary.facts:
        for value in other.values:
            for fact in vocabulary.facts:
                if fact != other:
                    possible = any(
                        not vocabulary.validate({other.name: value, fact.name: own})
                        for own in fact.values
                    )
                    found = is_enabled(asked[fact.name], {other.name: value})
                    assert possible is found, (fact.name, other.name, value)
    assert not is_enabled(asked["time_since_termination"], {"client_status": "active"})


def check_round_trip(
    situation: Situation, policy: Policy, form: dict[str, Any]
) -> None:
    """Check that the response states *situation* and answers no disabled question."""
    response = FHIR.response(situation, form)
    for model in fhir_models("QuestionnaireResponse").values():
        model.model_validate(response)
    answered = [i["linkId"] for i in every_item(response.get("item", []))]
    items = {item["linkId"]: item for item in every_item(form["item"])}

    assert situation == FHIR.situation(response, policy)
    assert all(is_enabled(items[link], situation.known()) for link in answered)


@given(situations(APA))
def test_a_situation_survives_a_round_trip(situation: Situation) -> None:
    """The situation read from a response has the same facts."""
    check_round_trip(situation, APA, FORM)


@given(policies_with_situations())
def test_a_situation_of_any_policy_survives_a_round_trip(
    drawn: tuple[Policy, Situation],
) -> None:
    """The policy can have any facts, groups and impossible combinations."""
    policy, situation = drawn
    check_round_trip(situation, policy, FHIR.questionnaire(policy))


def answer(link: str, **value: object) -> dict[str, Any]:
    """Return an item with one answer."""
    return {"linkId": link, "answer": [value]}


def coded(link: str, code: str, system: str = "") -> dict[str, Any]:
    """Return an item with a coded answer."""
    system = system or f"urn:boundaryethics:fact:{link}"
    return answer(link, valueCoding={"system": system, "code": code})


RESPONSE = {"resourceType": "QuestionnaireResponse", "status": "completed"}
DANGER = coded("risk_of_harm", "imminent")


def test_every_problem_of_a_response_is_reported_without_quotes() -> None:
    """Unknown questions, unknown codes, free text and duplicate answers are listed."""
    bad = {
        **RESPONSE,
        "item": [
            {"linkId": "group:contact", "item": [coded("contac", "message")]},
            answer("initiator", valueString=WORDS),
            coded("setting", "recovery_grou"),
            coded("platform", "facebook", system="urn:other"),
            {"linkId": "account", "answer": coded("account", "personal")["answer"] * 2},
            coded("caseload", "own"),
            coded("caseload", "colleague"),
        ],
    }
    with pytest.raises(SituationError) as refused:
        FHIR.situation(bad, APA)

    wrong = {"contac", "initiator", "setting", "platform", "account", "caseload"}
    assert wrong == {problem.path[0] for problem in refused.value.problems}
    assert WORDS not in str(refused.value)
    said = {problem.path[0]: problem.message for problem in refused.value.problems}
    assert (
        "the answer to `initiator` must be a code with its system"
        == (said["initiator"])
    )
    assert (
        "the code system of `platform` must be `urn:boundaryethics:fact:platform`"
        == (said["platform"])
    )
    assert "`account` must have one answer, not 2" == said["account"]
    assert "`caseload` must have one answer, not 2" == said["caseload"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "bogus"),
        ("status", ["completed"]),
        ("questionnaire", "urn:boundaryethics:questionnaire:nasw-2021"),
        ("questionnaire", "https://example.org/intake|1"),
        ("questionnaire", None),
    ],
)
def test_a_response_to_another_form_is_refused(key: str, value: object) -> None:
    """So is one with a status that FHIR does not have."""
    with pytest.raises(SituationError, match=r" must be ") as refused:
        FHIR.situation({**RESPONSE, key: value, "item": [DANGER]}, APA)

    assert "danger" in error_details(refused.value)["danger"]


def test_an_answer_can_be_at_any_depth() -> None:
    """FHIR nests items in groups and in answers."""
    inner = {**coded("contact", "message"), "item": [coded("caseload", "own")]}
    outer = coded("client_status", "active")
    outer["answer"][0]["item"] = [{"linkId": "group:contact", "item": [inner]}]
    head = {"resourceType": "QuestionnaireResponse", "status": "in-progress"}

    expected = {"contact": "message", "client_status": "active", "caseload": "own"}
    assert expected == FHIR.situation({**head, "item": [outer]}, APA).known()


def test_impossible_answers_and_other_resources_are_refused() -> None:
    """A response that was entered in error is also refused."""
    made: dict[str, Any] = FHIR.response(APA.vocabulary.situation({}), FORM)
    status = coded("client_status", "active")
    clash = {**made, "item": [status, coded("time_since_termination", "over_5_years")]}

    with pytest.raises(SituationError, match="impossible combination"):
        FHIR.situation(clash, APA)
    with pytest.raises(SituationError, match="must be a QuestionnaireResponse"):
        FHIR.situation(FORM, APA)
    mistaken = {**made, "status": "entered-in-error", "item": [DANGER]}
    with pytest.raises(SituationError, match="entered in error") as refused:
        FHIR.situation({**mistaken, "questionnaire": None}, APA)
    assert 2 == len(refused.value.problems)
    assert "danger" in error_details(refused.value)["danger"]
    with pytest.raises(ValueError, match="must be R4 or R5"):
        FHIR.questionnaire(APA, "R6")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (None, "the resource"),
        ([], "the resource"),
        ("QuestionnaireResponse", "the resource"),
        ({}, "the resource"),
        ({"resourceType": "QuestionnaireResponse"}, "status"),
        ({**RESPONSE, "status": None}, "status"),
        ({**RESPONSE, "item": None}, "item"),
        ({**RESPONSE, "item": {"linkId": "contact"}}, "item"),
        ({**RESPONSE, "item": [None]}, "item"),
        ({**RESPONSE, "item": [{"item": "contact"}]}, "item[0].item"),
        (
            {**RESPONSE, "item": [{"answer": coded("contact", "message")["answer"]}]},
            "item[0].linkId",
        ),
        (
            {**RESPONSE, "item": [{**coded("contact", "message"), "linkId": 1}]},
            "item[0].linkId",
        ),
        (
            {**RESPONSE, "item": [{"linkId": "contact", "answer": [WORDS]}]},
            "item[0].answer",
        ),
        (
            {**RESPONSE, "item": [{"linkId": "contact", "answer": WORDS}]},
            "item[0].answer",
        ),
        (
            {**RESPONSE, "item": [answer("contact", item=[WORDS])]},
            "item[0].answer[0].item",
        ),
    ],
)
def test_json_that_is_not_valid_fhir_is_refused(wrong: Any, place: str) -> None:
    """The message names the place, and quotes no answer."""
    with pytest.raises(SituationError) as refused:
        FHIR.situation(wrong, APA)

    (problem,) = refused.value.problems
    assert problem.message.removeprefix("QuestionnaireResponse.").startswith(
        f"{place} must be "
    )
    assert WORDS not in problem.message


class Answers(dict[str, str]):
    """Facts as the panel reads them, without controls."""

    @property
    def value(self) -> dict[str, str]:
        """The stated facts."""
        return dict(self)

    def __missing__(self, name: str) -> str:
        return name


def shown_in_panel(**facts: str) -> str:
    """Run the panel with *facts* under the APA code and return its main part."""
    pytest.importorskip("marimo")
    stated = {"code": "", "facts": Answers(facts), "policy": APA}
    outputs, _ = recipe("what_if.py").app.run(defs=stated)
    return str(outputs[-1].text)


def test_the_panel_starts_without_known_facts() -> None:
    """The panel asks every fact that has a question, under every non-abstract code."""
    pytest.importorskip("marimo")
    _, names = recipe("what_if.py").app.run()
    codes = {id for id, one in boundaryethics.policies().items() if not one.abstract}

    assert codes == {*names["code"].options.values()}
    asked = {fact.name for fact in APA.vocabulary.facts if fact.question}
    assert dict.fromkeys(asked, "unknown") == names["facts"].value


def test_the_panel_shows_the_verdict_on_the_facts() -> None:
    """Danger comes first, and contradictory facts are reported."""
    message = {"contact": "message", "client_status": "active"}
    verdict = boundaryethics.consult(message, APA)
    danger = shown_in_panel(**message, risk_of_harm="imminent")

    assert verdict._repr_html_() in shown_in_panel(**message)
    assert danger.index("imminent") < danger.index("uggested order")
    assert "BE406" in shown_in_panel(setting="dating_service", platform="linkedin")
