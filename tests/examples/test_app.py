"""Test the example application with a client that is not a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics import Interview
from support import example_app
from support.example_app import Page

testclient = pytest.importorskip("fastapi.testclient")
pytest.importorskip("python_multipart")

POLICY = "apa-2017"
#: A request to a personal account.
FACTS = {"contact": "connection_request", "client_status": "active"}
READABLE = re.compile(r"\b[a-z]+_[a-z_]+\b")


@pytest.fixture(scope="module")
def client() -> Any:
    """Return a client of the application before any policy is prepared."""
    return testclient.TestClient(example_app.load().app)


def post(client: Any, state: object = None, **fields: str) -> Any:
    """Send the form with *state* and return the response."""
    sent = {} if state is None else {"state": json.dumps(state)}
    return client.post("/", data={**sent, **fields})


def begun(client: Any, policy: str = POLICY) -> Page:
    """Start an interview."""
    response = post(client, policy=policy)
    assert 200 == response.status_code
    return Page(response.text)


def answered(client: Any, *values: str) -> Page:
    """Start an interview and give the answers *values*."""
    page = begun(client)
    for value in values:
        page = Page(post(client, page.state, value=value, do="answer").text)
    return page


def test_the_application_is_short() -> None:
    """The application has fewer than 120 lines of Python and no third-party files."""
    files = {path.name for path in example_app.FOLDER.rglob("*") if path.is_file()}
    lines = (example_app.FOLDER / "app.py").read_text("utf-8").count("\n")

    assert lines < 120
    assert {Path(name).suffix for name in files} <= {".py", ".html", ".css", ".md"}


def interview_to_the_end(client: Any, seed: int) -> Iterator[Page]:
    """Answer each question up to the result and yield every page."""
    page = begun(client)
    yield page
    while values := page.fields.get("value"):
        value = values[(seed + len(page.state["steps"])) % len(values)]
        page = Page(post(client, page.state, value=value, do="answer").text)
        yield page


@pytest.mark.parametrize("seed", range(3))
def test_an_interview_leads_to_the_verdict(client: Any, seed: int) -> None:
    """The result page and the worksheet show the verdict on the answers."""
    *questions, result = interview_to_the_end(client, seed)
    facts = {s["fact"]: s["answer"] for s in result.state["steps"]}
    verdict = boundaryethics.consult(facts, POLICY)
    sheet = post(client, result.state, do="worksheet")

    assert Interview.from_dict(result.state).done
    assert Page(boundaryethics.render.html(verdict)).text in result.text
    assert verdict.worksheet("html").strip() == sheet.text.strip()
    assert [READABLE.findall(page.text) for page in (*questions, result)] == [
        [] for _ in (*questions, result)
    ]


def test_pages_only_post_to_the_application(client: Any) -> None:
    """Each form posts to the application, and no page loads or runs anything."""
    for page in interview_to_the_end(client, 5):
        tags = [tag for tag, _ in page.tags]
        forms = [given for tag, given in page.tags if tag == "form"]
        links = {
            given[key] for _, given in page.tags for key in {"href", "src"} & {*given}
        }

        assert [{"method": "post", "action": "/"}] == forms
        assert {"/", "data:,"} == links
        assert {"script", "img", "iframe"}.isdisjoint(tags)
        assert not any(key.startswith("on") for _, given in page.tags for key in given)


def test_every_question_offers_unknown_and_back(client: Any) -> None:
    """Every question offers "I don't know", and each one after the first "Back"."""
    first = begun(client)
    second = answered(client, "unknown")
    back = Page(post(client, second.state, do="back").text)

    assert "unknown" == first.fields["value"][-1]
    assert ["answer", "result"] == first.fields["do"]
    assert ["answer", "back", "result"] == second.fields["do"]
    assert ["unknown"] == [step["answer"] for step in second.state["steps"]]
    assert first.state == back.state
    assert first.texts == back.texts


def test_the_order_can_be_shown_early(client: Any) -> None:
    """The current result lists the open questions, and the interview continues."""
    page = answered(client, "none")
    early = Page(post(client, page.state, do="result").text)
    further = Page(post(client, early.state, do="question").text)
    groups = Interview.from_dict(page.state).groups
    still = [q.text for group in groups for q in group.questions if not q.answer]

    assert "Result so far" in early.text
    heading = early.texts.index("Questions still open")
    assert still == [text for text in early.texts[heading:] if text in still]
    assert page.texts == further.texts


@pytest.mark.parametrize("do", ["answer", "result"])
def test_danger_is_first_once_it_is_known(client: Any, do: str) -> None:
    """Pages start with a warning, and with the crisis action once danger is known."""
    page = answered(client, "imminent")
    verdict = boundaryethics.consult({"risk_of_harm": "imminent"}, POLICY)
    response = post(client, page.state, value=page.fields["value"][0], do=do)
    urgent = verdict.urgent[0].says
    later = Page(response.text)

    assert "danger" in begun(client).texts[1]
    for shown in (page, later):
        before, _, _ = shown.text.partition(urgent)
        assert len(before.split()) < 20
        assert 1 == shown.text.count(urgent)


def test_an_invalid_answer_repeats_the_question(client: Any) -> None:
    """A missing or invalid answer, or one `back` too many, loses no answers."""
    page = answered(client, "none")
    for value, do in [
        ("", "answer"),
        ("none", "answer"),
        ("<b>", ""),
        ("a" * 9999, "x"),
    ]:
        response = post(client, page.state, value=value, do=do)
        again = Page(response.text)
        assert 422 == response.status_code
        assert page.state == again.state
        assert "Choose one of the answers." in again.texts
        assert set(page.texts) < set(again.texts)
        assert "<title>Error: " in response.text
        assert "<b>" not in response.text
    response = post(client, begun(client).state, do="back")
    assert 422 == response.status_code
    assert begun(client).state == Page(response.text).state


def altered(state: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return *state* with some changed keys."""
    return {**state, **changed}


def test_valid_answers_survive_a_change_of_the_policy(client: Any) -> None:
    """Answers that are still valid remain after a change of the policy or form."""
    state = answered(client, "none", "unknown").state
    wrong = [*state["steps"], {"fact": "contact", "answer": "mesage"}]
    twice = [*state["steps"], state["steps"][0]]
    unknown = [{"fact": "horoscope", "answer": "leo"}, *state["steps"]]
    for bad in (
        altered(state, fingerprint="0" * 64),
        altered(state, text_fingerprint="0" * 64),
        altered(state, steps=wrong),
        altered(state, steps=twice),
        altered(state, steps=unknown),
        altered(state, stated={"horoscope": "leo"}),
        altered(state, stated=7),
    ):
        response = post(client, bad, value="unknown", do="answer")
        page = Page(response.text)
        assert 422 == response.status_code
        assert state == page.state
        assert any("still fit" in text for text in page.texts)


@pytest.mark.parametrize(
    "state",
    [
        "nonsense",
        "{}",
        "[]",
        "1",
        "null",
        "[" * 100_000,
        '{"policy": "/etc/passwd", "steps": []}',
        '{"policy": ["apa-2017"], "steps": []}',
        '{"policy": "apa-2017"}',
        '{"policy": "apa-2017", "steps": 7}',
        '{"policy": "apa-2017", "steps": [7]}',
        "\x00\ud7ff",
    ],
)
def test_an_invalid_state_restarts_the_interview(client: Any, state: str) -> None:
    """The response offers the policies."""
    response = client.post("/", data={"state": state, "value": "none"})
    page = Page(response.text)

    assert 422 == response.status_code
    assert "Choose a code to begin." in page.texts
    assert POLICY in page.fields["policy"]


@pytest.mark.parametrize("policy", ["", "nope", "core", "/etc/passwd", "apa-2017+core"])
def test_only_listed_policies_can_be_chosen(client: Any, policy: str) -> None:
    """Any other policy is a request error."""
    response = post(client, policy=policy)

    assert 422 == response.status_code
    assert "Choose a code to begin." in Page(response.text).texts


def test_texts_are_escaped(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup in a policy is shown as text."""
    policies = example_app.load().POLICIES
    hostile = attrs.evolve(policies[POLICY], title="<script>alert(1)</script>")
    monkeypatch.setitem(policies, POLICY, hostile)
    response = client.get("/")

    assert "<script" not in response.text
    assert "<script>alert(1)</script>" in Page(response.text).texts


def test_headers_keep_facts_private(client: Any) -> None:
    """Pages allow only their own styles, and no cache, cookies or frames."""
    state = begun(client).state
    responses = [client.get("/"), post(client)]
    responses += [
        post(client, state, do=do) for do in ("question", "result", "worksheet")
    ]
    for response in responses:
        rules = dict(
            rule.strip().partition(" ")[::2]
            for rule in response.headers["content-security-policy"].split(";")
        )
        styles = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
        digests = [hashlib.sha256(style.encode()).digest() for style in styles]
        allowed = [f"'sha256-{base64.b64encode(one).decode()}'" for one in digests]

        assert "'none'" == rules["default-src"]
        assert "'none'" == rules["frame-ancestors"]
        assert "'self'" == rules["form-action"]
        assert allowed == rules["style-src"].split()
        assert "style=" not in response.text
        assert "no-store" == response.headers["cache-control"]
        assert "no-referrer" == response.headers["referrer-policy"]
        assert "set-cookie" not in response.headers


def test_consult_returns_the_verdict_as_json(client: Any) -> None:
    """The response equals the library's verdict and open questions."""
    for policy in (POLICY, "nasw-2021"):
        response = client.post("/consult", params={"policy": policy}, json=FACTS)
        verdict = boundaryethics.consult(FACTS, policy)
        questions = boundaryethics.open_questions(verdict)

        assert 200 == response.status_code
        assert {"verdict", "open_questions"} == {*response.json()}
        assert json.loads(json.dumps(verdict.to_dict())) == response.json()["verdict"]
        assert (
            json.loads(json.dumps(questions.to_dict()))
            == response.json()["open_questions"]
        )
        assert "no-store" == response.headers["cache-control"]


def test_openapi_describes_the_facts(client: Any) -> None:
    """A client that is generated from the description knows facts and values."""
    operation = client.get("/openapi.json").json()["paths"]["/consult"]["post"]
    described = operation["requestBody"]["content"]["application/json"]["schema"]

    assert boundaryethics.schema("situation") == described


@pytest.mark.parametrize(
    "body",
    [
        '{"risk_of_harm": "imminent", "risk_of_harm": null}',
        '{"contact": {"a": 1, "a": 2}}',
        '{"contact": "message", "contact": "message"}',
    ],
)
def test_a_repeated_key_is_refused(client: Any, body: str) -> None:
    """Only one of the values would count."""
    refused = client.post("/consult", content=body)

    assert 422 == refused.status_code
    assert "duplicate key" in refused.json()["detail"][0]["msg"]


def test_a_null_is_unknown(client: Any) -> None:
    """The verdict is the same as without the fact."""
    with_null = client.post("/consult", json={**FACTS, "caseload": None})

    assert client.post("/consult", json=FACTS).json() == with_null.json()


@pytest.mark.parametrize(
    ("policy", "content"),
    [
        (POLICY, b'{"contact": "She wrote: I miss you"}'),
        (POLICY, b'{"contact": ["She wrote: I miss you"]}'),
        (POLICY, b'{"She wrote: I miss you": 1}'),
        (POLICY, b'"She wrote: I miss you"'),
        (POLICY, b'["She wrote: I miss you"]'),
        (POLICY, b"She wrote: I miss you \xff"),
        ("She wrote: I miss you", b"{}"),
    ],
)
def test_words_are_not_repeated(client: Any, policy: str, content: bytes) -> None:
    """An error says what is wrong without words that could be a client's."""
    refused = client.post("/consult", params={"policy": policy}, content=content)

    assert 422 == refused.status_code
    assert "miss you" not in refused.text
    assert {"loc", "type", "msg"} <= {*refused.json()["detail"][0]}
    assert "no-store" == refused.headers["cache-control"]


def test_a_file_in_a_form_is_not_repeated(client: Any) -> None:
    """The form begins again."""
    refused = client.post("/", files={"state": b"She wrote: I miss you"})

    assert 422 == refused.status_code
    assert "miss you" not in refused.text
    assert "Choose a code to begin." in Page(refused.text).texts


def test_every_problem_of_a_consultation_is_reported(client: Any) -> None:
    """Each problem has path, code and help, in the format of the framework's errors."""
    facts = {"contact": "mesage", "horoscope": "leo", "client_minor": 3}
    response = client.post("/consult", json=facts)
    problems = {one["loc"][-1]: one for one in response.json()["detail"]}

    assert 422 == response.status_code
    assert {*facts} == {*problems}
    assert {("body", "BE402"), ("body", "BE401")} == {
        (one["loc"][0], one["type"]) for one in problems.values()
    }
    assert "did you mean `message`?" in problems["contact"]["help"]
    assert "invalid value `mesage`" in problems["contact"]["msg"]


@pytest.mark.parametrize("policy", ["", "nope", "core", "/etc/passwd", "apa-2017+core"])
def test_only_listed_policies_can_be_consulted(client: Any, policy: str) -> None:
    """Any other policy, or an unreadable one, is a request error."""
    response = client.post("/consult", params={"policy": policy}, json={})

    assert 422 == response.status_code
    assert [["query", "policy"]] == [one["loc"] for one in response.json()["detail"]]
    assert "root:" not in response.text


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"7", b'"contact"'])
def test_facts_must_be_a_json_object(client: Any, content: bytes) -> None:
    """Any other body is refused."""
    assert 422 == client.post("/consult", content=content).status_code


def test_the_policies_and_the_health_check_are_public(client: Any) -> None:
    """Policies have titles, and abstract policies are not listed."""
    policies = client.get("/policies").json()

    assert "ok" == client.get("/health").json()
    assert "core" not in policies
    assert {*policies} == {*begun_choices(client)}
    assert boundaryethics.load_policy(POLICY).title == policies[POLICY]


def begun_choices(client: Any) -> list[str]:
    """List the policies that the first page offers."""
    return Page(client.get("/").text).fields["policy"]


def test_policies_are_prepared_at_startup(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request does not wait for the questions."""
    module = example_app.load()
    asked: list[str] = []

    class Watched:
        """A stand-in that records which policy is prepared."""

        def __init__(self, policy: boundaryethics.Policy) -> None:
            self.policy = policy

        @property
        def question(self) -> None:
            """Record the policy."""
            asked.append(self.policy.id)

        done = question

    monkeypatch.setattr(module, "Interview", Watched)
    with testclient.TestClient(module.app):
        assert [*module.POLICIES] == asked


@pytest.mark.parametrize(
    "body",
    ['{"risk_of_harm": "imminent", "mood": "x"}', '{"mood": "x"}', "mood: x", "[]", ""],
)
def test_an_error_in_facts_begins_with_danger(client: Any, body: str) -> None:
    """The facts may state danger. The help does not name a command."""
    refused = client.post("/consult", content=body)

    assert 422 == refused.status_code
    assert "crisis procedure" in refused.json()["danger"]
    assert "`boundaryethics" not in refused.text
    assert "per line" not in refused.text


def test_yaml_is_refused(client: Any) -> None:
    """The description of the endpoint says JSON."""
    refused = client.post("/consult", content="risk_of_harm: imminent")

    assert 422 == refused.status_code
    assert "invalid JSON" in refused.json()["detail"][0]["msg"]


def test_stated_facts_are_kept(client: Any) -> None:
    """A state can contain facts that were known before the first question."""
    state = Interview(POLICY, stated={"risk_of_harm": "none"}).to_dict()
    page = post(client, state, do="question")

    assert 200 == page.status_code
    assert state == Page(page.text).state
