"""Values that callers pass by mistake, and everything public that takes an argument."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np
import pandas as pd

import boundaryethics
from boundaryethics import cases, charts, render
from boundaryethics.model.overlays import Layer
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "when": {"contact": "message"}, "then": {"concludes": "near"}},
        {
            "id": "two",
            "when": {"near": True},
            "then": {"favors": {"decline": "strong"}, "advises": "seek_supervision"},
            "because": "It is owed.",
            "asks": ["harm"],
        },
        {"id": "three", "when": {"status": "active"}, "then": {"forbids": "continue"}},
        {
            "id": "four",
            "when": {"danger": "yes"},
            "then": {"opposes": {"ignore": "weak"}, "drafts": "thanks"},
            "overrides": ["three"],
        },
    ],
    findings=["near"],
    draft_parts={"thanks": {"slot": "thanks", "says": "Thank you."}},
    invariants=[{"id": "never", "holds": {"never_first": "leave"}}],
    groups={"all_of_it": "All"},
    ranking={"method": "weighted"},
)
STATED = {"contact": "message", "status": "active"}


class Hostile:
    """An object whose every method raises an error of its own."""

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __bool__ = __iter__ = __len__ = __index__ = __float__ = _raise
    __getitem__ = __call__ = __format__ = __fspath__ = _raise


class HostileText(str):
    """A text that cannot be shown, compared or hashed."""

    __slots__ = ()

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __eq__ = __hash__ = __format__ = _raise


def _looped_list() -> list[Any]:
    looped: list[Any] = []
    looped.append(looped)
    return looped


def _looped_mapping() -> dict[str, Any]:
    looped: dict[str, Any] = {}
    looped["contact"] = looped
    return looped


#: Makers, because generators are used up.
ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "7": lambda: 7,
    "10**400": lambda: 10**400,
    "0.5": lambda: 0.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1j": lambda: 1j,
    "bytes": lambda: b"contact",
    "bytearray": lambda: bytearray(b"contact"),
    "''": lambda: "",
    "nope": lambda: "nope",
    "decline": lambda: "decline",
    "NUL": lambda: "a\0b",
    "newline": lambda: "contact\n",
    "surrogate": lambda: "\ud800",
    "huge": lambda: "x" * 1_000_000,
    "braces": lambda: "{0.__class__} {name} %s",
    "missing path": lambda: Path("/nonexistent/folder/file.yaml"),
    "folder": lambda: Path("/"),
    "NUL path": lambda: Path("a\0b"),
    "surrogate path": lambda: Path("\ud800"),
    "[]": list,
    "{}": dict,
    "()": tuple,
    "set": lambda: {"contact"},
    "[None]": lambda: [None],
    "[1]": lambda: [1],
    "[nope]": lambda: ["nope"],
    "[[]]": lambda: [[]],
    "[{}]": lambda: [{}],
    "{nope: nope}": lambda: {"nope": "nope"},
    "{1: 2}": lambda: {1: 2},
    "{None: None}": lambda: {None: None},
    "{contact: []}": lambda: {"contact": []},
    "{contact: {}}": lambda: {"contact": {}},
    "{contact: surrogate}": lambda: {"contact": "\ud800"},
    "looped list": _looped_list,
    "looped mapping": _looped_mapping,
    "generator": lambda: (one for one in ("contact",)),
    "numbers without end": itertools.count,
    "object": object,
    "class": lambda: int,
    "function": lambda: len,
    "hostile": Hostile,
    "hostile text": lambda: HostileText("contact"),
    "[hostile]": lambda: [Hostile()],
    "{contact: hostile}": lambda: {"contact": Hostile()},
    "numpy bool": lambda: np.True_,
    "numpy integer": lambda: np.int64(3),
    "numpy float": lambda: np.float64(1.5),
    "numpy array": lambda: np.array([1, 2]),
    "numpy text": lambda: np.array(["contact"]),
    "pandas NA": lambda: pd.NA,
    "pandas NaT": lambda: pd.NaT,
    "series": lambda: pd.Series(["message"]),
    "frame": lambda: pd.DataFrame({"contact": ["message"]}),
    "empty frame": pd.DataFrame,
    "policy": lambda: POLICY,
    "verdict": lambda: verdict(),
    "module": lambda: boundaryethics,
    "enum": lambda: boundaryethics.Status.REQUIRED,
}


@cache
def verdict() -> boundaryethics.Verdict:
    """Return a verdict with reasons, actions and a draft."""
    return boundaryethics.consult(STATED, POLICY)


@cache
def panel() -> boundaryethics.Panel:
    """Return a panel of three raters."""
    ranks = ("decline", "ignore", "leave", "continue")
    rows = [
        {"rater": r, "vignette": v, "option": o, "rank": 1 + (n + i * (v == "w")) % 4}
        for i, r in enumerate("abc")
        for v in "uvwx"
        for n, o in enumerate(ranks)
    ]
    facts = {name: {"contact": "message"} for name in "uvwx"}
    return boundaryethics.read_panel(rows, facts, vocabulary=POLICY.vocabulary)


@cache
def results() -> dict[str, Any]:
    """Return a result of each public function."""
    b, v, p = boundaryethics, verdict(), POLICY
    other = p.variant("other", drop=["two"])
    change = b.change("c", drop=["two"])
    swept = b.sweep(
        p, [b.DropRules(), b.FactorialDesign((change,)), b.Methods()],
        workers=1, cases=(),
    )
    case = b.Case(name="n", policy="by-hand", given=(("contact", "message"),),
                  expect=b.Expectation(first=(b.Option.DECLINE,)))
    frame = pd.DataFrame({"contact": ["message", None, "nope"]})
    found: dict[str, Any] = {
        "policy": p,
        "verdict": v,
        "agreement": b.agreement([p, other]),
        "compare": b.compare(p, other),
        "counterfactuals": b.counterfactuals(v),
        "diff": b.diff(p, other),
        "explain_pair": b.explain_pair(v, "decline", "leave"),
        "lint": b.lint(p),
        "open_questions": b.open_questions(v),
        "ranking_counts": b.ranking_counts(p),
        "replay": b.replay(v.record("2026-01-01T00:00:00Z"), p),
        "replay changed": b.replay(v.record(), other),
        "rule_impact": b.rule_impact(p),
        "verify": b.verify(p),
        "why": b.why(v, "two"),
        "why rank": b.why(v, "decline first"),
        "why_not": b.why_not(v, "four"),
        "why_not rank": b.why_not(v, "leave first"),
        "compiled": b.compile_policy(p),
        "rank": b.rank(frame, p),
        "summary": b.rank(frame, p).summary,
        "codes": b.compile_policy(p).rank_codes(np.zeros((3, 3), np.uint8), binding=True),
        "case": case,
        "run_cases": b.run_cases([case], policy=p),
        "interview": b.Interview(p),
        "interview answered": b.Interview(p, stated={"contact": "message"}),
        "panel": panel(),
        "rater_agreement": b.rater_agreement(panel(), resamples=0),
        "policy_agreement": b.policy_agreement(panel(), [p], resamples=0),
        "fit": b.fit(panel(), p, penalty=1.0),
        "cross_validate": b.cross_validate(panel(), p, folds=2, penalty=1.0),
        "strengths": b.strength_sensitivity(p),
        "weights": b.weight_sensitivity(p),
        "change": change,
        "sweep": swept,
        "factorial": b.factorial_effects(
            b.sweep(p, b.FactorialDesign((change,)), workers=1, cases=())
        ),
        "families": (b.VaryStrengths(), b.VaryWeights(1, 2), b.Range("care", 1, 3), b.DropRules(), b.Methods(), b.FactorialDesign((change,))),
        "policies": b.policies(),
        "proofs": v.proofs,
        "comparisons": v.comparisons,
        "options": v.options,
        "draft": v.draft,
        "situation": v.situation,
        "adjustment": b.Adjustment(rule="one"),
        "location": b.Location(file="f", line=1, column=1),
        "conditions": (b.FactIn("contact", frozenset({"message"})), b.Holds("near"),
                       b.Not(b.Holds("near"))),
        "bars": (charts.Bar("a", 1.0), charts.Dot("a", 1.0), charts.TornadoRow("a", 1.0, 2.0),
                 charts.Interval("a", 1.0, 0.0, 2.0)),
        "record": b.PolicyRecord(id="p", fingerprint="f"),
    }
    try:
        b.consult({"nope": 1}, p)
    except b.BoundaryEthicsError as error:
        found["error"] = error.problems
    return found


def walked(value: Any, met: dict[int, Any]) -> None:
    """Collect *value* and all that its fields hold."""
    if id(value) in met:
        return
    if isinstance(value, dict | tuple | list | frozenset):
        met[id(value)] = value
        for part in (*value.values(), *value) if isinstance(value, dict) else value:
            walked(part, met)
    elif type(value).__module__.startswith("boundaryethics") and not isinstance(value, Enum):
        met[id(value)] = value
        if attrs.has(type(value)):
            for field in attrs.fields(type(value)):
                walked(getattr(value, field.name), met)


@cache
def instances() -> dict[type, Any]:
    """Return an instance of each class that results hold."""
    met: dict[int, Any] = {}
    for value in results().values():
        walked(value, met)
    found: dict[type, Any] = {}
    for value in met.values():
        found.setdefault(type(value), value)
    return found


def _good(owner: str, name: str, annotation: str) -> Any:
    """Return a fitting argument for the parameter *name* of *owner*."""
    b, found = boundaryethics, results()
    for key in (f"{owner}.{name}", name, annotation):
        if key in _GOOD:
            return _GOOD[key]()
    message = f"no fitting value for `{name}: {annotation}` of {owner}"
    raise LookupError(message)


def _found(name: str) -> Callable[[], Any]:
    return lambda: results()[name]


_FRAME = pd.DataFrame({"contact": ["message", None]})
#: Fitting arguments by function and parameter, by parameter, or by annotation.
_GOOD: dict[str, Callable[[], Any]] = {}
