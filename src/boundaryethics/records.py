"""Create and check audit records of verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from boundaryethics.errors import Problem, RecordError, problem
from boundaryethics.model.policy import digest
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import write_policy, yaml
from boundaryethics.provenance import VERSION, fingerprints

#: The version of the record format. Newer versions are rejected.
RECORD_VERSION = 1
#: The maximum size of a record file in bytes.
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
    """Return the record of *verdict* (see `Verdict.record`)."""
    record = {
        "schema_version": RECORD_VERSION,
        "library": VERSION,
        "time": _time(when),
        "policy": verdict.policy.id,
        **fingerprints(verdict.policy),
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
        text = str.__str__(when) if isinstance(when, str) else None
        time = when if text is None else datetime.fromisoformat(text)
        if isinstance(time, datetime) and time.utcoffset() is not None:
            return time.isoformat()
    except ValueError:
        text = text or ""
    token = None if text is None else text[:60]
    raise RecordError([problem("BE918", path=("time",), token=token)])


def load_record(path: str | Path) -> dict[str, Any]:
    """Load and check the record in the JSON file at *path*.

    Raises:
        RecordError: the file is unreadable or not a record. The error lists all
            problems.
    """
    file = str(path)
    try:
        text = yaml.text_of(Path(path), file=file, most=MOST_OF_A_RECORD)
    except yaml.TextError as error:
        unread = attrs.evolve(error.problem, code="BE916", where=None)
        raise RecordError([unread]) from None
    try:
        record = yaml.json_data(text)
    except ValueError:
        raise RecordError([problem("BE911.json", file=file)]) from None
    return checked(record)


def are_texts(value: object) -> bool:
    """Return whether *value* is a list of strings."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_table(value: object) -> bool:
    """Return whether *value* is a mapping from strings to strings."""
    return isinstance(value, dict) and are_texts([*value, *value.values()])


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def _is_time(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and bool(_time(value)))
    except RecordError:
        return False


#: For each type of value, its name and a function that tests for it.
_NUMBER = "a whole number", lambda value: type(value) is int and value > 0
_TEXT = "text", lambda value: isinstance(value, str)
_TIME = "a time with a UTC offset, or null", _is_time
_DIGEST = "a fingerprint", _is_digest
_TEXTS = "a list of strings", are_texts
_LISTS = (
    "a list of lists of strings",
    lambda value: isinstance(value, list) and all(map(are_texts, value)),
)
_TABLE = "an object with string values", is_table
#: The type of each key of a record; `policy_text` is optional.
_KEYS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "schema_version": _NUMBER,
    "library": _TEXT,
    "time": _TIME,
    "policy": _TEXT,
    "fingerprint": _DIGEST,
    "text_fingerprint": _DIGEST,
    "situation": _TABLE,
    "ranking": _LISTS,
    "status": _TABLE,
    "dilemmas": _LISTS,
    **dict.fromkeys(("binding", "actions", "draft", "citations"), _TEXTS),
    "policy_text": _TEXT,
    "digest": _DIGEST,
}


def checked(record: object) -> dict[str, Any]:
    """Return *record* if it is complete and unaltered.

    Raises:
        RecordError: it is not a record, has a newer version, lacks a key, has a value
            of the wrong type, or does not match its digest.
    """
    if not isinstance(record, Mapping) or not {"schema_version", "digest"} & {*record}:
        raise RecordError([problem("BE911")])
    found = record.get("schema_version")
    if isinstance(found, int) and found > RECORD_VERSION:
        at = ("schema_version",)
        newer = problem("BE912", found=found, most=RECORD_VERSION, path=at)
        raise RecordError([newer])
    if problems := tuple(_faults(record)):
        raise RecordError(problems)
    content = {key: value for key, value in record.items() if key != "digest"}
    if digest(**content) != record["digest"]:
        raise RecordError([problem("BE913", path=("digest",))])
    return dict(record)


def _faults(record: Record) -> Iterator[Problem]:
    for key, (kind, fits) in _KEYS.items():
        if key in record and not fits(record[key]):
            yield problem("BE914.type", path=(key,), token=key, kind=kind)
        elif key not in record and key != "policy_text":
            yield problem("BE914.missing", path=(key,), token=key)
    for name in (str(key)[:60] for key in record if key not in _KEYS):
        yield problem("BE914.key", path=(name,), token=name)
