"""Rank the situation in a JSON request; OpenAPI lists the facts and their values."""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, create_model

import boundaryethics
from boundaryethics import Fact, SituationError

POLICY = boundaryethics.load_policy("apa-2017")


def field(fact: Fact) -> Any:
    described = Field(title=fact.question, description=fact.help)
    return Annotated[Literal[fact.all_values], described], "unknown"


fields = {name: field(fact) for name, fact in POLICY.vocabulary.items()}
Facts: Any = create_model("Facts", __config__=ConfigDict(extra="forbid"), **fields)
app = FastAPI()


@app.post("/consult")
def consult(facts: Facts) -> dict[str, Any]:
    return {**boundaryethics.consult(facts.model_dump(), POLICY).to_dict()}


@app.exception_handler(RequestValidationError)
def undeclared(_: Request, error: RequestValidationError) -> JSONResponse:
    """List every unknown fact and invalid value, without the input itself."""
    shown = ("loc", "type", "msg")
    return refuse([{key: one[key] for key in shown} for one in error.errors()])


@app.exception_handler(SituationError)
def impossible(_: Request, error: SituationError) -> JSONResponse:
    """List the values that cannot be true together."""
    return refuse(
        [
            {"loc": ("body", *p.path), "type": p.code, "msg": p.message}
            for p in error.problems
        ]
    )


def refuse(problems: list[dict[str, Any]]) -> JSONResponse:
    return JSONResponse({"detail": problems}, 422)
