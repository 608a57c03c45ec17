"""Make policies with thousands of findings that depend on each other in a chain."""

from __future__ import annotations

from typing import Any

from boundaryethics.model.policy import Policy
from support.small_policies import policy_of

MESSAGE = {"contact": "message"}


def chain(size: int) -> Policy:
    """Make a chain of findings, each of which holds because of the one before."""
    rules = [concluding("rule-0", MESSAGE, "f0")]
    rules += [
        concluding(f"rule-{n}", {f"f{n - 1}": True}, f"f{n}") for n in range(1, size)
    ]
    return _ending(rules, [f"f{n}" for n in range(size)], f"f{size - 1}")


def circle(size: int) -> Policy:
    """Make a chain whose last finding supports the first one too."""
    rules = [
        concluding(f"rule-{n}", {f"f{(n - 1) % size}": True}, f"f{n}")
        for n in range(size)
    ]
    rules.append(concluding("start", MESSAGE, "f0"))
    return _ending(rules, [f"f{n}" for n in range(size)], f"f{size - 1}")


def diamonds(size: int) -> Policy:
    """Make pairs of findings, each of which holds because of the pair before."""
    rules = [concluding(f"rule-{side}-0", MESSAGE, f"{side}0") for side in "ab"]
    rules += [
        concluding(
            f"rule-{side}-{n}",
            {"all": [{f"a{n - 1}": True}, {f"b{n - 1}": True}]},
            f"{side}{n}",
        )
        for n in range(1, size)
        for side in "ab"
    ]
    findings = [f"{side}{n}" for n in range(size) for side in "ab"]
    return _ending(rules, findings, f"a{size - 1}")


def concluding(name: str, when: dict[str, Any], finding: str) -> dict[str, Any]:
    """Return a rule as plain data."""
    return {"id": name, "when": when, "then": {"concludes": finding}}


def _ending(rules: list[dict[str, Any]], findings: list[str], last: str) -> Policy:
    ends = [
        {
            "id": "reached",
            "when": {last: True},
            "then": {"favors": {"decline": "weak"}},
        },
        {"id": "missed", "when": {last: False}, "then": {"favors": {"leave": "weak"}}},
    ]
    return policy_of([*rules, *ends], findings=findings)
