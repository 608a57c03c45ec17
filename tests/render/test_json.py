"""The JSON object: its keys are a promise."""

from __future__ import annotations

import json
from typing import Any

from boundaryethics import render
from support import verdicts

PROMISED = {
    "policy",
    "fingerprint",
    "text_fingerprint",
    "situation",
    "ranking",
    "options",
    "comparisons",
    "findings",
    "binding",
    "overridden",
    "actions",
    "questions",
    "dilemmas",
    "unknown",
}


def plain_types(value: Any) -> set[type]:
    """The exact types of which *value* is made."""
    match value:
        case dict():
            inner = [*value, *value.values()]
        case list():
            inner = value
        case _:
            inner = []
    return {type(value)}.union(*(plain_types(part) for part in inner))


def test_the_promised_keys_are_there() -> None:
    """Programs that read the object find every key that was promised."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    assert set() == PROMISED - told.keys()


def test_every_fact_is_told() -> None:
    """Facts that were not stated are listed as unknown."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    stated = {"contact": "message", "status": "active", "since": "unknown"}
    assert stated == told["situation"]
    assert ["since"] == told["unknown"]


def test_the_ranking_is_a_list_of_places() -> None:
    """Tied options share a list."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    assert [["decline"], ["leave"], ["ignore", "continue"]] == told["ranking"]
    assert 3 == told["options"]["ignore"]["rank"]


def test_a_reason_has_rule_strength_principle_because_and_cites() -> None:
    """A reason has its rule, strength, principle, text and citations."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    assert [
        {
            "rule": "answer-kindly",
            "strength": "strong",
            "principle": "trust",
            "because": "Whoever asks is owed an answer.",
            "cites": ["Code, B"],
        }
    ] == told["options"]["decline"]["favors"]


def test_what_forbids_has_no_strength() -> None:
    """A prohibition is not weighed, so it has no strength."""
    told = render.as_dict(verdicts.dilemma())
    option = told["options"]["continue"]

    assert "forbidden" == option["status"]
    assert ["never-courting"] == [reason["rule"] for reason in option["forbids"]]
    assert "strength" not in option["forbids"][0]
    assert ["must-go-on"] == [reason["rule"] for reason in option["requires"]]


def test_a_step_tells_what_decides_it() -> None:
    """Each step names its criterion, its rules, and the principles that it cites."""
    first, *_ = render.as_dict(verdicts.message_from_an_active_client())["comparisons"]

    assert {
        "above": "decline",
        "below": "leave",
        "decided_by": "strong",
        "rules": ["answer-kindly"],
        "principles": ["trust"],
        "cites": ["Code, B"],
    } == first


def test_steps_and_questions_name_their_rules() -> None:
    """Actions and questions can be traced to their rules."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    assert [
        {
            "action": "supervise",
            "says": "Take it to supervision.",
            "rules": ["supervise-always"],
            "principles": ["trust"],
        }
    ] == told["actions"]
    assert ["answer-kindly"] == told["questions"]["declining"]


def test_what_is_urgent_is_named() -> None:
    """It is still listed among the actions, where programs expect it."""
    told = render.as_dict(verdicts.danger())

    assert ["act"] == told["urgent"]
    assert ["act", "supervise"] == [step["action"] for step in told["actions"]]


def test_what_is_ruled_out_stays_in_the_ranking() -> None:
    """Its status is in the data; the ranks are those of the semantics."""
    told = render.as_dict(verdicts.danger())

    assert [["decline"], ["continue"], ["ignore", "leave"]] == told["ranking"]
    assert "forbidden" == told["options"]["leave"]["status"]


def test_principles_are_told_with_the_titles_of_their_sections() -> None:
    """The principles of binding rules are listed, with what these rules cite."""
    first, *others = verdicts.WRITTEN["rules"]
    cite = {"source": "code", "section": "9", "title": "Haste", "seen": "paraphrase"}
    written = {
        **verdicts.WRITTEN,
        "sources": {"code": {"short": "Code", "url": "https://example.org"}},
        "rules": [{**first, "cites": [cite]}, *others],
    }
    made = verdicts.policy(written)
    told = render.as_dict(verdicts.message_from_an_active_client(made))["principles"]

    assert ["trust", "roles"] == list(told)
    assert {
        "title": "Keeping trust",
        "force": None,
        "cites": [
            {
                "source": "code",
                "short": "Code",
                "section": "B",
                "title": "Trust",
                "seen": None,
                "url": "https://example.org",
            },
            {**cite, "short": "Code", "url": "https://example.org"},
        ],
    } == told["trust"]


def test_a_direction_stands_beside_what_is_said() -> None:
    """The two are apart, so that a program does not speak what is not spoken."""
    part = {"slot": "closing", "direction": "In person.", "says": "Take care."}
    first, *others = verdicts.WRITTEN["rules"]
    then = {**first["then"], "drafts": "bye"}
    written = {
        **verdicts.WRITTEN,
        "draft_parts": {"bye": part},
        "rules": [{**first, "then": then}, *others],
    }
    made = verdicts.policy(written)

    (told,) = render.as_dict(verdicts.message_from_an_active_client(made))["draft"]
    assert {"part": "bye", **part, "rules": ["answer-kindly"]} == told


def test_dilemmas_are_told() -> None:
    """A conflict has its kind, its options and its rules."""
    assert [
        {
            "kind": "required_and_forbidden",
            "options": ["continue"],
            "rules": ["must-go-on", "never-courting"],
        }
    ] == render.as_dict(verdicts.dilemma())["dilemmas"]


def test_only_plain_types_are_in_it() -> None:
    """No value of the model leaks out, so any JSON writer can take the object."""
    told = render.as_dict(verdicts.message_from_an_active_client())

    assert {dict, list, str, int, type(None)} == plain_types(told)
    assert told == json.loads(json.dumps(told))
