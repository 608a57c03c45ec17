"""Make results of every public function, for tests that examine all of them."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import attrs
import numpy as np
import pandas as pd

import boundaryethics
from boundaryethics import charts
from boundaryethics.model import plain_data
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of

#: The texts of the policy.
PLAIN = "It is owed."


@cache
def policy(text: str = PLAIN) -> Policy:
    """Return a small policy with every kind of part, each with *text*."""
    cites = [{"source": "code", "section": text, "title": text}]
    labels = {
        str(one): {"says": f"{text} {n}", "named": f"{text} {n}"}
        for n, one in enumerate(boundaryethics.Option)
    }
    answers = {"message": f"{text} 1", "request": f"{text} 2"}
    written: dict[str, Any] = {
        "policy": "small",
        "title": text,
        "about": text,
        "unknown": f"{text} 3",
        "groups": {"all": text},
        "facts": {
            "contact": {
                "question": text,
                "help": text,
                "group": "all",
                "values": answers,
                "phrases": answers,
            },
            "danger": {"question": text, "values": ["yes", "no"]},
            "status": {"question": text, "values": ["active", text]},
        },
        "sources": {"code": {"title": text, "short": text, "publisher": text}},
        "findings": {"near": {"says": text}},
        "principles": {
            "care": {"title": text, "force": "should", "cites": cites},
            "roles": {"title": text, "cites": cites},
        },
        "actions": {
            "act": {"says": text, "urgent": True},
            "supervise": {
                "says": text,
                "instead": [{"when": {"danger": "yes"}, "says": text}],
            },
        },
        "labels": [labels],
        "questions": {"harm": text},
        "draft_parts": {"thanks": {"slot": "thanks", "says": text, "direction": text}},
        "invariants": [
            {"id": "never", "says": text, "holds": {"never_first": "leave"}}
        ],
        "ranking": {"method": "weighted"},
        "rules": [
            {
                "id": "one",
                "when": {"contact": "message"},
                "then": {"concludes": "near"},
            },
            {
                "id": "two",
                "when": {"near": True},
                "then": {
                    "favors": {"decline": "strong"},
                    "advises": ["supervise", "act"],
                    "drafts": "thanks",
                },
                "principle": "care",
                "because": text,
                "note": text,
                "asks": ["harm"],
            },
            {
                "id": "three",
                "when": {"status": "active"},
                "then": {"forbids": "continue"},
                "principle": "roles",
                "because": text,
            },
            {
                "id": "four",
                "when": {"danger": "yes"},
                "then": {"opposes": {"ignore": "weak"}},
                "principle": "roles",
                "because": text,
                "overrides": ["three"],
            },
            {
                "id": "five",
                "when": {"status": "active", "danger": "no"},
                "then": {"requires": "continue"},
                "principle": "roles",
                "because": text,
            },
        ],
    }
    nothing = Policy(id="", vocabulary=boundaryethics.Vocabulary())
    return nothing.with_layer(plain_data.layer(written))


STATED = {"contact": "message", "status": "active"}


@cache
def verdict(text: str = PLAIN) -> boundaryethics.Verdict:
    """Return a verdict with reasons, actions and a draft."""
    return boundaryethics.consult(STATED, policy(text))


def two_principles() -> Policy:
    """Make a weighted policy of two principles that oppose each other."""
    return policy_of(
        [
            {"id": "one", "then": {"favors": {"leave": "weak"}}},
            {"id": "two", "principle": "other", "then": {"favors": {"ignore": "weak"}}},
        ],
        principles={"other": {}},
        ranking={"method": "weighted"},
    )


@cache
def panel(text: str = PLAIN) -> boundaryethics.Panel:
    """Return a panel of three raters."""
    ranks = ("decline", "ignore", "leave", "continue")
    rows = [
        {"rater": r, "vignette": v, "option": o, "rank": 1 + (n + i * (v == "w")) % 4}
        for i, r in enumerate("abc")
        for v in "uvwx"
        for n, o in enumerate(ranks)
    ]
    facts = {name: {"contact": "message"} for name in "uvwx"}
    return boundaryethics.read_panel(rows, facts, vocabulary=policy(text).vocabulary)


@cache
def results(text: str = PLAIN) -> dict[str, Any]:
    """Return a result of each public function."""
    b, v, p = boundaryethics, verdict(text), policy(text)
    other = p.variant("other", drop=["two"])
    change = b.change("c", drop=["two"])
    swept = b.sweep(
        p,
        [b.DropRules(), b.FactorialDesign((change,)), b.Methods()],
        workers=1,
        cases=(),
    )
    case = b.Case(
        name="n",
        policy="small",
        given=(("contact", "message"),),
        expect=b.Expectation(first=(b.Option.DECLINE,)),
    )
    frame = pd.DataFrame({"contact": ["message", None, "nope"]})
    found: dict[str, Any] = {
        "policy": p,
        "verdict": v,
        "dilemma": b.consult({**STATED, "danger": "no"}, p),
        "agreement": b.agreement([p, other]),
        "new values": b.agreement(
            [p, p.variant("more", facts={"danger": {"values": ["yes", "no", "maybe"]}})]
        ),
        "compare": b.compare(p, other),
        "counterfactuals": b.counterfactuals(v),
        "diff": b.diff(p, other),
        "explain_pair": b.explain_pair(v, "decline", "leave"),
        "lint": b.lint(p),
        "open_questions": b.open_questions(v),
        "ranking_counts": b.ranking_counts(p),
        "population": b.Population.of({"contact": {"message": 1}}, p.vocabulary),
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
        "reading": b.Reading(na="NA", columns={"contact": "q1"}),
        "summary": b.rank(frame, p).summary,
        "codes": b.compile_policy(p).rank_codes(
            np.zeros((3, 3), np.uint8), binding=True
        ),
        "case": case,
        "run_cases": b.run_cases([case], policy=p),
        "interview": b.Interview(p),
        "interview groups": b.Interview(p).groups,
        "interview answered": b.Interview(p, stated={"contact": "message"}),
        "panel": panel(text),
        "consensus": b.consensus_rankings(panel(text), method="kemeny"),
        "wide_ratings": b.wide_ratings(panel(text)),
        "discriminating": b.discriminating_vignettes([p, other], 2),
        "rater_agreement": b.rater_agreement(panel(text), resamples=0),
        "policy_agreement": b.policy_agreement(panel(text), [p], resamples=0),
        "fit": b.fit(panel(text), p, penalty=1.0),
        "cross_validate": b.cross_validate(panel(text), p, folds=2, penalty=1.0),
        "strengths": b.strength_sensitivity(p),
        "weights": b.weight_sensitivity(p),
        "shares of weights": b.weight_shares(p),
        "curve": b.weight_curve(p, "care"),
        "map": b.weight_map(two_principles(), ["care", "other"], steps=2),
        "acceptability": b.rank_acceptability(p, {}),
        "change": change,
        "sweep": swept,
        "switched": b.sweep(p, b.FactorialDesign((change,)), workers=1, cases=()),
        "factorial": b.factorial_effects(
            b.sweep(p, b.FactorialDesign((change,)), workers=1, cases=())
        ),
        "switch effects": b.switch_effects(
            b.sweep(p, b.FactorialDesign((change,)), workers=1, cases=())
        ),
        "families": (
            b.VaryStrengths(),
            b.VaryWeights(1, 2),
            b.Range("care", 1, 3),
            b.DropRules(),
            b.Methods(),
            b.FactorialDesign((change,)),
        ),
        "policies": b.policies(),
        "proofs": v.proofs,
        "comparisons": v.comparisons,
        "options": v.options,
        "draft": v.draft,
        "situation": v.situation,
        "adjustment": b.Adjustment(rule="one"),
        "location": b.Location(file="f", line=1, column=1),
        "conditions": (
            b.FactIn("contact", frozenset({"message"})),
            b.Holds("near"),
            b.Not(b.Holds("near")),
        ),
        "bars": (
            charts.Bar("a", 1.0),
            charts.Dot("a", 1.0),
            charts.TornadoRow("a", 1.0, 2.0),
            charts.Step("a", 0.0, 1.0, 2.0),
            charts.Interval("a", 1.0, 0.0, 2.0),
        ),
        "record": b.PolicyRecord(id="p", fingerprint="f"),
    }
    try:
        b.consult({"nope": 1}, p)
    except b.BoundaryEthicsError as error:
        found["error"] = error.problems
    return found


def walked(value: Any, met: dict[int, Any]) -> None:
    """Collect *value* and all values in its fields."""
    if id(value) in met:
        return
    if isinstance(value, dict | tuple | list | frozenset):
        met[id(value)] = value
        for part in (*value.values(), *value) if isinstance(value, dict) else value:
            walked(part, met)
    elif type(value).__module__.startswith("boundaryethics") and not isinstance(
        value, Enum
    ):
        met[id(value)] = value
        if attrs.has(type(value)):
            for field in attrs.fields(type(value)):
                walked(getattr(value, field.name), met)


@cache
def instances(text: str = PLAIN) -> dict[type, Any]:
    """Return an instance of each class that occurs in the results."""
    met: dict[int, Any] = {}
    for value in results(text).values():
        walked(value, met)
    found: dict[type, Any] = {}
    for value in met.values():
        found.setdefault(type(value), value)
    # It is not among the results, because widgets cannot be pickled.
    panel = boundaryethics.explore(found[boundaryethics.Policy])
    return {**found, boundaryethics.WhatIfPanel: panel}
