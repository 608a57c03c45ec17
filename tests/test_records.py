"""Records of verdicts can be replayed, and altered records are rejected."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import boundaryethics
from boundaryethics import Policy, RecordError, Verdict, load_policy, replay
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import digest
from support.small_policies import policy_of

STATED = {"contact": "message", "client_status": "active", "message_content": "social"}
POLICIES = [
    name for name in boundaryethics.policies() if not load_policy(name).abstract
]


@cache
def verdict() -> Verdict:
    """Return a verdict of a built-in policy."""
    return boundaryethics.consult(STATED, engine="reference")


def redigested(record: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Change a record, and give it the digest of its new content."""
    content = {k: v for k, v in (record | changed).items() if k != "digest"}
    return {**content, "digest": digest(**content)}


def with_another_question(policy: Policy) -> Policy:
    """Return *policy* with the opposite question for one fact."""
    vocabulary = policy.vocabulary
    facts = tuple(
        attrs.evolve(fact, question="Is the client an ADULT?")
        if fact.name == "client_minor"
        else fact
        for fact in vocabulary.facts
    )
    return attrs.evolve(policy, vocabulary=attrs.evolve(vocabulary, facts=facts))


@settings(max_examples=30)
@given(data=st.data(), policy=st.sampled_from(POLICIES), with_policy=st.booleans())
def test_replaying_a_record_gives_an_equal_verdict(
    data: Any, policy: str, with_policy: bool
) -> None:
    """This holds after a round trip through JSON."""
    named = load_policy(policy)
    situation: dict[str, str] = {}
    for name in data.draw(st.sets(st.sampled_from([*named.vocabulary.by_name]))):
        possible = named.vocabulary.situation(situation).values_possible_for(name)
        if possible:
            situation[name] = data.draw(st.sampled_from(possible))
    before = boundaryethics.consult(situation, named, engine="reference")
    record = json.loads(json.dumps(before.record(with_policy=with_policy)))
    again = replay(record)

    assert () == again.changed
    assert again.verdict == before
    assert situation == record["situation"]


@given(key=st.sampled_from([*verdict().record()]), data=st.data())
def test_an_altered_record_is_rejected(key: str, data: Any) -> None:
    """Every altered value, missing key and new key is reported with its path."""
    record = verdict().record("2026-03-01T09:30:00+00:00")
    other = data.draw(
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
    )
    if other == record[key] and type(other) is type(record[key]):
        return
    with pytest.raises(RecordError) as refused:
        replay(record | {key: other})
    paths = {problem.path for problem in refused.value.problems}

    assert paths <= {(key,), ("digest",)}
    with pytest.raises(RecordError) as refused:
        replay({k: v for k, v in record.items() if k != key})
    assert [(key,)] == [problem.path for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (None, "BE911"),
        ([], "BE911"),
        ({}, "BE911"),
        (verdict().to_dict() | {"schema_version": 1}, "BE914"),
        ({"schema_version": 2}, "BE912"),
        (verdict().record() | {"schema_version": 99}, "BE912"),
        (verdict().record() | {"schema_version": 0}, "BE914"),
        (verdict().record() | {"schema_version": True}, "BE914"),
        (verdict().record() | {"situation": {"contact": "follow"}}, "BE913"),
        (verdict().record() | {"situation": {"contact": 1}}, "BE914"),
        (verdict().record() | {"ranking": ["decline"]}, "BE914"),
        (verdict().record() | {"time": "2026-03-01T09:30:00"}, "BE914"),
        (verdict().record() | {"fingerprint": "abc"}, "BE914"),
        (verdict().record() | {"name": "A. B."}, "BE914"),
        (redigested(verdict().record(), policy="lakeside"), "BE915"),
        (redigested(verdict().record(), policy="/etc/passwd"), "BE915"),
        (redigested(verdict().record(), policy_text="root: x"), "BE917"),
    ],
)
def test_an_invalid_record_is_rejected(record: Any, code: str) -> None:
    """Each error has its code, and the record is not replayed."""
    with pytest.raises(RecordError) as refused:
        replay(record)

    assert code in {problem.code for problem in refused.value.problems}


def test_all_problems_of_a_record_are_reported_together() -> None:
    """An error lists every problem with its path."""
    record = verdict().record() | {"binding": "none", "time": 5}
    del record["ranking"]
    with pytest.raises(RecordError) as refused:
        replay(record)
    paths = [problem.path for problem in refused.value.problems]

    assert [("time",), ("ranking",), ("binding",)] == paths


@pytest.mark.parametrize(
    "when",
    [datetime(2026, 3, 1, 9, 30), "2026-03-01T09:30:00", "yesterday", "", 5],  # noqa: DTZ001
)
def test_a_time_without_an_offset_is_rejected(when: Any) -> None:
    """A record's time must be unambiguous in every time zone."""
    with pytest.raises(RecordError, match="BE918"):
        verdict().record(when)


def test_the_caller_passes_the_time() -> None:
    """The record has the time that was passed, with its offset, or else none."""
    berlin = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))

    assert "2026-03-01T09:30:00+01:00" == verdict().record(berlin)["time"]
    assert "2026-03-01T09:30:00+00:00" == verdict().record("2026-03-01T09:30Z")["time"]
    assert verdict().record()["time"] is None
    assert "2026-03-01" in str(replay(verdict().record(berlin)))


def test_a_record_has_only_facts_and_ids() -> None:
    """It is small plain data, without further information about the client."""
    record = verdict().record(datetime.now(UTC))

    assert STATED == record["situation"]
    assert len(json.dumps(record)) < 3000


def test_a_change_of_text_is_reported() -> None:
    """If only texts changed, no other change is reported."""
    other = with_another_question(verdict().policy)
    plain = replay(verdict().record(), other)
    full = replay(verdict().record(with_policy=True), other)

    assert ("policy-text",) == plain.changed == full.changed
    assert () == plain.edited
    assert ["fact client_minor"] == [part.name for part in full.edited]
    assert "Is the client an ADULT?" in str(full)
    assert full.verdict
    assert full.verdict.ranking == verdict().ranking


def test_a_change_of_rules_is_reported_with_its_effects() -> None:
    """A dropped rule changes rules, firings, and the results."""
    policy = verdict().policy
    rule = next(r for r in verdict().binding if policy.rule[r].then.advises)
    other = policy.variant("other", drop=[rule])
    found = replay(verdict().record(with_policy=True), other)
    after = boundaryethics.consult(STATED, other, engine="reference")
    parts = ("ranking", "binding", "actions")
    expected = ["policy", "policy-text", "rules"]
    expected += [p for p in parts if getattr(verdict(), p) != getattr(after, p)]

    assert expected == [one for one in found.changed if one != "citations"]
    assert [f"rule {rule}"] == [part.name for part in found.edited]
    assert found.verdict == after


def test_facts_that_no_longer_exist_are_reported() -> None:
    """If a recorded fact or value is gone, there is no new verdict."""
    rule = {"id": "stay", "then": {"favors": {"decline": "weak"}}, "because": "So."}
    policy = policy_of([rule])
    stated = {"contact": "message", "danger": "no", "status": "active"}
    record = boundaryethics.consult(stated, policy).record()
    contact, _, status = policy.vocabulary.facts
    facts = (attrs.evolve(contact, values=("request", "comment")), status)
    other = attrs.evolve(policy, vocabulary=Vocabulary(facts))
    found = replay(record, other)

    assert found.verdict is None
    assert ("policy-text", "rules", "facts") == found.changed
    before = {change.before for change in found.changes if change.what == "facts"}
    assert {"contact: message", "danger: no"} == before
    assert found.to_dict()["verdict"] is None
    assert "unknown fact `danger`" in str(found)
    assert "A recorded fact or value no longer exists" in str(found)


def test_a_custom_policy_is_replayed_from_its_text(tmp_path: Path) -> None:
    """A record with the policy's text needs no other file."""
    own = verdict().policy.variant("lakeside", ranking="weighted")
    before = boundaryethics.consult(STATED, own)
    again = replay(before.record(with_policy=True))

    assert () == again.changed
    assert again.verdict
    assert again.verdict.ranking == before.ranking
    with pytest.raises(RecordError, match="BE915"):
        replay(before.record())
    path = tmp_path / "lakeside.yaml"
    path.write_text(boundaryethics.write_policy(own))
    assert () == replay(before.record(), path).changed


def test_a_record_of_an_overlay_can_be_replayed() -> None:
    """The policy with its overlay is found by the combined ID."""
    policy = load_policy("nasw-2021", ["ohio-4757-5"])
    record = boundaryethics.consult(STATED, policy).record()

    assert () == replay(record).changed


def test_a_replay_has_text_html_and_data() -> None:
    """A replay can be printed, stored and shown in a notebook."""
    found = replay(verdict().record(), "nasw-2021")
    data = json.loads(json.dumps(found.to_dict()))

    assert "policy" in found.changed
    assert [*found.changed] == data["changed"]
    assert "apa-2017" in found._repr_html_()
    assert "policy: apa-2017 -> nasw-2021" in str(found)
    ranked = {change.what: change for change in found.changes}.get("ranking")
    kept = "The ranking is the same." in str(found)
    assert kept == (ranked is None)
