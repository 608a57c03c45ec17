"""The JSON object of a verdict has the documented keys and values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from boundaryethics import AnalysisError, Option, consult, render, why
from support import verdicts

PROMISED = {
    "schema_version",
    "library",
    "policy",
    "title",
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


#: The section of the principle of most rules of the small policy.
TRUST = {
    "source": "code",
    "short": "Code",
    "section": "B",
    "title": "Trust",
    "seen": None,
    "authority": None,
    "url": "",
}


def plain_types(value: Any) -> set[type]:
    """Return the exact types that *value* is made of."""
    match value:
        case dict():
            inner = [*value, *value.values()]
        case list():
            inner = value
        case _:
            inner = []
    return {type(value)}.union(*(plain_types(part) for part in inner))


def test_danger_comes_first() -> None:
    """A reader of the text sees the crisis action before anything else."""
    data = consult({"risk_of_harm": "imminent"}).to_dict()

    assert ["urgent", "actions"] == [*data][:2]
    assert data["urgent"] == [data["actions"][0]["action"]]


def test_the_documented_keys_exist() -> None:
    """Programs that read the object can rely on every documented key."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    assert set() == PROMISED - data.keys()


def test_every_fact_is_listed() -> None:
    """Facts that were not stated are listed as unknown."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    stated = {"contact": "message", "status": "active", "since": "unknown"}
    assert stated == data["situation"]
    assert ["since"] == data["unknown"]


def test_the_ranking_is_a_list_of_ranks() -> None:
    """Tied options share a list."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    assert [["decline"], ["leave"], ["ignore", "continue"]] == data["ranking"]
    assert 3 == data["options"]["ignore"]["rank"]


def test_a_reason_has_its_rule_strength_principle_and_citations() -> None:
    """It also has the text of the rule."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    assert [
        {
            "rule": "answer-kindly",
            "strength": "strong",
            "principle": "trust",
            "principle_title": "Keeping trust",
            "because": "Whoever asks is owed an answer.",
            "cites": ["Code, B"],
            "citations": [TRUST],
        }
    ] == data["options"]["decline"]["favors"]


def test_a_ban_has_no_strength() -> None:
    """It is not weighed against reasons."""
    data = render.as_dict(verdicts.dilemma())
    option = data["options"]["continue"]

    assert "forbidden" == option["status"]
    assert ["never-courting"] == [reason["rule"] for reason in option["forbids"]]
    assert "strength" not in option["forbids"][0]
    assert ["must-go-on"] == [reason["rule"] for reason in option["requires"]]


def test_a_comparison_has_its_deciding_criterion() -> None:
    """It also has the rules, and the principles with their citations."""
    first, *_ = render.as_dict(verdicts.message_from_an_active_client())["comparisons"]

    assert {
        "above": "decline",
        "below": "leave",
        "decided_by": "strong",
        "says": "strong reasons decide",
        "rules": ["answer-kindly"],
        "principles": ["trust"],
        "principle_titles": ["Keeping trust"],
        "cites": ["Code, B"],
        "citations": [TRUST],
    } == first


def test_actions_and_questions_have_their_rules() -> None:
    """Actions and questions can be traced to their rules."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    assert [
        {
            "action": "supervise",
            "says": "Take it to supervision.",
            "urgent": False,
            "rules": ["supervise-always"],
            "principles": ["trust"],
            "citations": [TRUST],
        }
    ] == data["actions"]
    assert ["answer-kindly"] == data["questions"]["declining"]


def test_urgent_actions_are_listed_separately() -> None:
    """They are also listed among all actions, where programs expect them."""
    data = render.as_dict(verdicts.danger())

    assert ["act"] == data["urgent"]
    assert ["act", "supervise"] == [step["action"] for step in data["actions"]]


def test_an_option_that_is_ruled_out_stays_in_the_ranking() -> None:
    """Its status is in the data; the ranks follow the semantics."""
    found = render.as_dict(verdicts.danger())

    assert [["decline"], ["continue"], ["ignore", "leave"]] == found["ranking"]
    assert "forbidden" == found["options"]["leave"]["status"]


def test_principles_have_the_titles_of_their_sections() -> None:
    """Principles of rules that apply are listed, with the citations of these rules."""
    first, *others = verdicts.WRITTEN["rules"]
    cite = {"source": "code", "section": "9", "title": "Haste", "seen": "paraphrase"}
    written = {
        **verdicts.WRITTEN,
        "sources": {"code": {"short": "Code", "url": "https://example.org"}},
        "rules": [{**first, "cites": [cite]}, *others],
    }
    made = verdicts.policy(written)
    data = render.as_dict(verdicts.message_from_an_active_client(made))["principles"]

    assert ["trust", "roles"] == list(data)
    assert {
        "title": "Keeping trust",
        "force": None,
        "cites": [
            {**TRUST, "url": "https://example.org"},
            {**TRUST, **cite, "url": "https://example.org"},
        ],
    } == data["trust"]


def test_a_direction_is_separate_from_the_text_of_a_draft() -> None:
    """Programs can leave out directions when they read a draft aloud."""
    part = {"slot": "closing", "direction": "In person.", "says": "Take care."}
    first, *others = verdicts.WRITTEN["rules"]
    then = {**first["then"], "drafts": "bye"}
    written = {
        **verdicts.WRITTEN,
        "draft_parts": {"bye": part},
        "rules": [{**first, "then": then}, *others],
    }
    made = verdicts.policy(written)

    (data,) = render.as_dict(verdicts.message_from_an_active_client(made))["draft"]
    assert {"part": "bye", **part, "rules": ["answer-kindly"]} == data


def test_dilemmas_are_listed() -> None:
    """A dilemma has its kind, its options and its rules."""
    assert [
        {
            "kind": "required_and_forbidden",
            "says": "Staying in contact is both required and ruled out.",
            "options": ["continue"],
            "rules": ["must-go-on", "never-courting"],
            "citations": [{**TRUST, "section": "3.05", "title": ""}],
        }
    ] == render.as_dict(verdicts.dilemma())["dilemmas"]


def test_a_citation_has_its_own_authority_or_its_principles() -> None:
    """A rule's own citation has only its own; the highest of several counts."""
    cite = {"source": "code", "section": "B", "title": "Trust"}
    other = {**cite, "section": "9"}
    trust = {"title": "Trust", "force": "should", "cites": [cite, other]}
    roles = {"title": "Roles", "force": "nearest", "cites": [cite]}
    first, second, *others = verdicts.WRITTEN["rules"]
    first = {**first, "cites": [{**cite, "section": "1"}]}
    second = {**second, "cites": [{**other, "authority": "law"}]}
    written = {
        **verdicts.WRITTEN,
        "principles": {"trust": trust, "roles": roles},
        "rules": [first, second, *others],
    }
    made = verdicts.policy(written)
    data = render.as_dict(verdicts.message_from_an_active_client(made))

    def authority(rule: str) -> dict[str, str | None]:
        citations = data["rules"][rule]["citations"]
        return {one["section"]: one["authority"] for one in citations}

    assert {"B": "should", "9": "should", "1": None} == authority("answer-kindly")
    assert {"B": "nearest", "9": "law"} == authority("no-second-role")
    assert {"B": "should", "9": "law", "1": None} == {
        one["section"]: one["authority"] for one in data["citations"]
    }


def test_the_object_has_only_plain_types() -> None:
    """Any JSON writer accepts the object."""
    data = render.as_dict(verdicts.message_from_an_active_client())

    assert {dict, list, str, int, bool, type(None)} == plain_types(data)
    assert data == json.loads(json.dumps(data))


def test_labels_and_citations_equal_those_of_the_verdict() -> None:
    """The object agrees with the methods of the verdict and the policy's texts."""
    verdict = consult({"contact": "co_presence", "risk_of_harm": "imminent"})
    policy, data = verdict.policy, verdict.to_dict()

    for option in Option:
        label = data["options"][option.value]["label"]
        assert label == verdict.label(option) == verdict.label(option.value)
        written = policy.label(option, verdict.situation)
        assert written is None or label == written.says
    shown = {cite.short_text(policy.source[cite.source]) for cite in verdict.citations}
    assert shown == {
        cite
        for name in verdict.binding
        for cite in policy.citations_of(policy.rule[name])
    }
    assert data == json.loads(verdict.to_json())
    with pytest.raises(ValueError, match="flee"):
        verdict.label("flee")


def test_a_data_frame_has_a_row_for_each_option() -> None:
    """The first option comes first, and sums are by criterion."""
    verdict = consult({"contact": "message", "client_status": "active"})
    frame = verdict.to_frame()
    data = frame.to_dict("records")

    assert [option for place in verdict.ranking for option in place] == [
        row["option"] for row in data
    ]
    for row in data:
        option = verdict.options[Option(row["option"])]
        assert option.rank == row["rank"]
        assert option.status == row["status"]
        assert option.sums == tuple(
            row[name] for name in ("strong", "moderate", "weak")
        )
        assert verdict.label(option.option) == row["label"]


def test_verdict_why_equals_the_why_function() -> None:
    """Both give the same explanation."""
    verdict = consult({"contact": "message", "client_status": "active"})

    assert why(verdict, "decline first") == verdict.why("decline first")
    assert why(verdict, "personal_contact") == verdict.why("personal_contact")
    with pytest.raises(AnalysisError, match="BE612"):
        verdict.why("continue first")
