"""Create and check records of verdicts, for audits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from boundaryethics.errors import Problem, RecordError, problem
from boundaryethics.model.policy import digest
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import write_policy, yaml

#: The version of the record format; a newer one is refused.
SCHEMA_VERSION = 1
#: The most bytes of a file with a record.
MOST_OF_A_RECORD = 2 * yaml.MOST_OF_A_POLICY

#: A record as plain data, ready for JSON.
Record: TypeAlias = Mapping[str, Any]


def outcome_of(verdict: Verdict) -> dict[str, Any]:
    """Return the parts of *verdict* that a replay compares, as plain data."""
    policy = verdict.policy
    cited = (policy.citations_of(policy.rule[rule]) for rule in verdict.binding)
    return {
        "ranking": [[option.value for option in rank] for rank in verdict.ranking],
        "status": {one.option.value: one.status.value for one in verdict.assessments},
        "dilemmas": [[one.kind, *one.rules] for one in verdict.dilemmas],
        "binding": list(verdict.binding),
        "actions": [advice.action for advice in verdict.actions],
        "draft": [part.id for part, _ in verdict.draft],
        "citations": sorted({citation for each in cited for citation in each}),
    }


def record_of(
    verdict: Verdict, *, when: datetime | str | None = None, with_policy: bool = False
) -> dict[str, Any]:
    """Make the record of *verdict* (see `Verdict.record`)."""
    record = {
        "schema_version": SCHEMA_VERSION,
        "library": version("boundaryethics"),
        "time": _time(when),
        "policy": verdict.policy.id,
        "fingerprint": verdict.fingerprint,
        "text_fingerprint": verdict.text_fingerprint,
        "situation": verdict.situation.known(),
        **outcome_of(verdict),
    }
    if with_policy:
        record["policy_text"] = write_policy(verdict.policy)
    return {**record, "digest": digest(**record)}


def _time(when: object) -> str | None:
    if when is None:
        return None
    try:
        time = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        time = None
    if not isinstance(time, datetime) or time.utcoffset() is None:
        raise RecordError([problem("BE918", path=("time",), token=str(when)[:60])])
    return time.isoformat()


def load_record(path: str | Path) -> dict[str, Any]:
    """Load and check the record in the JSON file at *path*.

    Raises:
        RecordError: it is unreadable, or not a record; lists every problem.
    """
    file = str(path)
    try:
        text = yaml.text_of(Path(path), file=file, most=MOST_OF_A_RECORD)
    except yaml.TextError as error:
        unread = attrs.evolve(error.problem, code="BE916", where=None)
        raise RecordError([unread]) from None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise RecordError([problem("BE911.json", file=file)]) from None
    return checked(record)


_FINGERPRINT = re.compile("[0-9a-f]{64}")
_TEXTS, _LISTS, _TABLE = "a list of texts", "a list of lists of texts", "texts by name"
#: The keys of a record, each with its type; `policy_text` is optional.
_KEYS = {
    "schema_version": "a whole number",
    "library": "text",
    "time": "a time with its offset, or null",
    "policy": "text",
    "fingerprint": "a fingerprint",
    "text_fingerprint": "a fingerprint",
    "situation": _TABLE,
    "ranking": _LISTS,
    "status": _TABLE,
    "dilemmas": _LISTS,
    "binding": _TEXTS,
    "actions": _TEXTS,
    "draft": _TEXTS,
    "citations": _TEXTS,
    "policy_text": "text",
    "digest": "a fingerprint",
}


def checked(record: object) -> dict[str, Any]:
    """Return *record* if it is complete and unaltered.

    Raises:
        RecordError: it is not a record, is of a newer version, is missing a key, has a
            value of the wrong type, or does not match its digest.
    """
    if not isinstance(record, Mapping) or not {"schema_version", "digest"} & {*record}:
        raise RecordError([problem("BE911")])
    found = record.get("schema_version")
    if isinstance(found, int) and found > SCHEMA_VERSION:
        at = ("schema_version",)
        newer = problem("BE912", found=found, most=SCHEMA_VERSION, path=at)
        raise RecordError([newer])
    if problems := tuple(_faults(record)):
        raise RecordError(problems)
    content = {key: value for key, value in record.items() if key != "digest"}
    if digest(**content) != record["digest"]:
        raise RecordError([problem("BE913", path=("digest",))])
    return dict(record)


def _faults(record: Record) -> Iterator[Problem]:
    for key, kind in _KEYS.items():
        if key not in record:
            if key != "policy_text":
                yield problem("BE914.missing", path=(key,), token=key)
        elif not _is(record[key], kind):
            yield problem("BE914.type", path=(key,), token=key, kind=kind)
    for key in record:
        if key not in _KEYS:
            name = str(key)[:60]
            yield problem("BE914.key", path=(name,), token=name)


def _is(value: object, kind: str) -> bool:
    match value, kind:
        case bool(), _:
            return False
        case int(), "a whole number":
            return value > 0
        case None, "a time with its offset, or null":
            return True
        case str(), "a time with its offset, or null":
            return _is_time(value)
        case str(), "a fingerprint":
            return _FINGERPRINT.fullmatch(value) is not None
        case str(), "text":
            return True
        case list(), "a list of texts":
            return all(isinstance(one, str) for one in value)
        case list(), "a list of lists of texts":
            return all(_is(one, _TEXTS) for one in value)
        case dict(), "texts by name":
            return all(isinstance(one, str) for one in (*value, *value.values()))
        case _:
            return False


def _is_time(text: str) -> bool:
    try:
        return _time(text) is not None
    except RecordError:
        return False
