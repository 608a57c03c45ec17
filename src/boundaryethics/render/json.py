"""A verdict, and a proof in it, as plain data for JSON; a proof as text too.

The keys are a promise to other programs: more may be added, none renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, DraftPart, Pull
from boundaryethics.model.verdict import (
    Absent,
    Advice,
    Assessment,
    Comparison,
    Dilemma,
    Given,
    Proof,
    Reason,
    Step,
    Verdict,
)
from boundaryethics.render.outline import NOTE, doing, named


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """*verdict* as the one object that `--format json` prints."""
    return {
        "policy": verdict.policy.id,
        "title": verdict.policy.title,
        "fingerprint": verdict.fingerprint,
        "situation": {name: verdict.situation[name] for name in verdict.situation},
        "ranking": [_texts(place) for place in verdict.ranking],
        "ruled_out": _texts(verdict.ruled_out),
        "options": {str(a.option): _assessed(verdict, a) for a in verdict.assessments},
        "comparisons": [_compared(step) for step in verdict.comparisons],
        "findings": list(verdict.findings),
        "binding": list(verdict.binding),
        "overridden": {rule: list(by) for rule, by in verdict.overridden.items()},
        "actions": [_advised(advice) for advice in verdict.actions],
        "urgent": [advice.action for advice in verdict.urgent],
        "questions": {name: list(rules) for name, rules in verdict.questions},
        "draft": [_drafted(part, by) for part, by in verdict.draft],
        "dilemmas": [_conflict(dilemma) for dilemma in verdict.dilemmas],
        "principles": _principles(verdict),
        "unknown": list(verdict.unknown),
        "note": NOTE,
    }


def _drafted(part: DraftPart, by: tuple[str, ...]) -> dict[str, Any]:
    return {
        "part": part.id,
        "slot": part.slot.value,
        "direction": part.direction,
        "says": part.says,
        "rules": list(by),
    }


def _assessed(verdict: Verdict, assessment: Assessment) -> dict[str, Any]:
    reasons = {
        str(pull): [_reason(reason) for reason in assessment.by(pull)] for pull in Pull
    }
    return {
        "label": doing(verdict, assessment.option),
        "named": named(verdict, assessment.option),
        "rank": assessment.rank,
        "status": str(assessment.status),
        **reasons,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    strength = {"strength": str(reason.strength)} if reason.strength else {}
    return {
        "rule": reason.rule,
        **strength,
        "principle": reason.principle,
        "because": reason.because,
        "cites": list(reason.cites),
    }


def _compared(step: Comparison) -> dict[str, Any]:
    return {
        "above": str(step.above),
        "below": str(step.below),
        "decided_by": None if step.decided_by is None else str(step.decided_by),
        "rules": list(step.rules),
        "principles": list(step.principles),
        "cites": list(step.cites),
    }


def _advised(advice: Advice) -> dict[str, Any]:
    return {
        "action": advice.action,
        "says": advice.says,
        "rules": list(advice.rules),
        "principles": list(advice.principles),
    }


def _conflict(dilemma: Dilemma) -> dict[str, Any]:
    return {
        "kind": dilemma.kind,
        "options": _texts(dilemma.options),
        "rules": list(dilemma.rules),
    }


def _principles(verdict: Verdict) -> dict[str, Any]:
    """The principles of the rules that count, with all that those rules cite."""
    policy = verdict.policy
    cites: dict[str, dict[Citation, None]] = {}
    for name in verdict.binding:
        rule = policy.rule[name]
        if rule.principle:
            on = cites.setdefault(rule.principle, {})
            on.update(dict.fromkeys(policy.cited_by(rule)))
    return {
        principle.id: {
            "title": principle.title,
            "force": principle.force.value if principle.force else None,
            "cites": [_cited(policy, cite) for cite in cites[principle.id]],
        }
        for principle in policy.principles
        if principle.id in cites
    }


def _cited(policy: Policy, cite: Citation) -> dict[str, Any]:
    source = policy.source[cite.source]
    return {
        "source": cite.source,
        "short": source.name,
        "section": cite.section,
        "title": cite.title,
        "seen": cite.seen.value if cite.seen else None,
        "url": source.url,
    }


def _texts(words: Iterable[str]) -> list[str]:
    return [str(word) for word in words]


_INDENT = "  "


def proof_text(verdict: Verdict, name: str) -> str:
    """The proof of the rule or finding called *name*, which *verdict* rests on.

    Raises:
        KeyError: the rule was not triggered, or the finding does not hold.
    """
    return "\n".join(_lines(verdict.proofs[name], ""))


def proof_data(verdict: Verdict, name: str) -> dict[str, Any]:
    """The same proof as plain data: what is shown, and `by` which premises.

    Raises:
        KeyError: the rule was not triggered, or the finding does not hold.
    """
    return _data(verdict.proofs[name])


def _data(proof: Proof) -> dict[str, Any]:
    return {"shown": _told(proof), "by": [_data(inner) for inner in _below(proof)]}


def _lines(proof: Proof, indent: str) -> Iterator[str]:
    yield indent + _told(proof)
    for inner in _below(proof):
        yield from _lines(inner, indent + _INDENT)


def _told(proof: Proof) -> str:
    match proof:
        case Given(fact, value):
            return f"{fact}: {value}" + (" (not stated)" if value == UNKNOWN else "")
        case Absent("finding", name, ()):
            return f"{name} does not hold, as above"
        case Absent("finding", name, _):
            return f"{name} does not hold: no rule that concludes it binds"
        case Absent(_, name, _):
            return f"{name} does not bind"
        case Step(rule, _, ()):
            return f"{rule} binds"
        case Step(rule, _, _):
            return f"{rule} is triggered, and overridden"
        case _:
            assert_never(proof)


def _below(proof: Proof) -> tuple[Proof, ...]:
    match proof:
        case Given():
            return ()
        case Absent(_, _, premises):
            return premises
        case Step(_, premises, overridden_by):
            return (*premises, *overridden_by)
        case _:
            assert_never(proof)
