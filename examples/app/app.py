"""Interview a clinician in the browser, and answer consultations in JSON.

The pages need no JavaScript. The answers are passed from page to page in the bodies of
POST requests, so they are never stored, set in a cookie, or written to an access log.
"""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.templating import Jinja2Templates

import boundaryethics
from boundaryethics import BoundaryEthicsError, Interview, read_situation

TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")  # escapes all text
POLICIES = {id: p for id, p in boundaryethics.policies().items() if not p.abstract}
#: Headers that keep facts out of caches and away from other sites.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
CSP = "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none'"
FACTS = {"application/json": {"schema": boundaryethics.schema("situation")}}


@asynccontextmanager
async def prepare(_: FastAPI) -> AsyncIterator[None]:
    """Prepare every policy, so no request has to wait for this."""
    for policy in POLICIES.values():
        Interview(policy).done  # noqa: B018 - computed once
    yield


app = FastAPI(title="Contact online", lifespan=prepare, docs_url=None, redoc_url=None)


def page(name: str, problem: str = "", **known: object) -> HTMLResponse:
    """Respond with the template *name*, and allow only the styles that it contains."""
    html = TEMPLATES.get_template(name).render(known, problem=problem)
    styles = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digests = (b64encode(sha256(style.encode()).digest()).decode() for style in styles)
    csp = f"{CSP}; style-src " + " ".join(f"'sha256-{digest}'" for digest in digests)
    headers = {**HEADERS, "Content-Security-Policy": csp}
    return HTMLResponse(html, 422 if problem else 200, headers)


def show(at: Interview, problem: str = "", name: str = "") -> HTMLResponse:
    """Show the page *name*; by default, the next question or the final result."""
    name = name or ("result" if at.done else "question")
    render, state = boundaryethics.render, json.dumps(at.to_dict())
    return page(f"{name}.html", problem, at=at, render=render, state=state)


def resume(state: str) -> tuple[Interview, str]:
    """Return the interview, and a problem if not all of its answers are still valid."""
    data = json.loads(state)
    at = Interview(POLICIES[data["policy"]])
    with suppress(BoundaryEthicsError):
        at = Interview(at.policy, stated=data["stated"])
    for step in data["steps"]:
        with suppress(BoundaryEthicsError):
            at = at.answer(step["answer"], step["fact"])
    kept = "Your answers or the code have changed. Those that still fit are kept."
    return at, "" if at.to_dict() == data else kept


@app.get("/")
async def start() -> HTMLResponse:
    return page("start.html", policies=POLICIES)


@app.post("/")
async def proceed(request: Request) -> HTMLResponse:
    """Begin an interview under a policy, or continue the one in the state."""
    async with request.form() as form:
        fields = [str(form.get(key, "")) for key in ("policy", "state", "value", "do")]
    policy, state, value, do = fields
    try:
        at, problem = resume(state) if state else (Interview(POLICIES[policy]), "")
        if problem or policy or do in {"question", "result", "worksheet"}:
            return show(at, problem, "" if problem else do)
        return show(at.back() if do == "back" else at.answer(value))
    except BoundaryEthicsError:
        return show(at, "Choose one of the answers.")
    except (LookupError, RecursionError, TypeError, ValueError):
        return page("start.html", "Choose a code to begin.", policies=POLICIES)


@app.post("/consult", openapi_extra={"requestBody": {"content": FACTS}})
async def consult(request: Request, policy: str = "apa-2017") -> JSONResponse:
    """Answer facts in JSON. FastAPI would accept repeated keys and repeat the input."""
    if policy not in POLICIES:
        wrong = {"loc": ("query", "policy"), "type": "enum", "msg": "see /policies"}
        danger = boundaryethics.error_details(BoundaryEthicsError([]))
        return JSONResponse({**danger, "detail": [wrong]}, 422, HEADERS)
    used, text = POLICIES[policy], (await request.body()).decode(errors="replace")
    try:
        facts = read_situation(text, vocabulary=used.vocabulary, as_json=True)
        verdict = boundaryethics.consult(facts, used)
    except BoundaryEthicsError as error:
        return JSONResponse(boundaryethics.error_details(error), 422, HEADERS)
    questions = boundaryethics.open_questions(verdict)
    data = {"verdict": verdict.to_dict(), "open_questions": questions.to_dict()}
    return JSONResponse(data, headers=HEADERS)


@app.get("/policies")
async def policies() -> dict[str, str]:
    return {policy.id: policy.title for policy in POLICIES.values()}


@app.get("/health")
async def health() -> str:
    return "ok"
