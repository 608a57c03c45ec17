"""Rank the situation in a JSON request; OpenAPI lists the facts and their values."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

import boundaryethics
from boundaryethics import SituationError

POLICY = boundaryethics.load_policy("apa-2017")
FACTS = {"application/json": {"schema": boundaryethics.schema("situation", POLICY)}}
app = FastAPI()


@app.post("/consult", openapi_extra={"requestBody": {"content": FACTS}})
async def consult(request: Request) -> dict[str, Any]:
    text = (await request.body()).decode(errors="replace")
    facts = boundaryethics.read_situation(
        text, file="body", vocabulary=POLICY.vocabulary, as_json=True
    )
    return {**boundaryethics.consult(facts, POLICY).to_dict()}


@app.exception_handler(SituationError)
def refuse(_: Request, error: SituationError) -> JSONResponse:
    """Return advice about danger and a list of all problems, without free text."""
    return JSONResponse(boundaryethics.error_details(error), 422)
