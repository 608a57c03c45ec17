"""Turn verdicts and proofs into plain data for JSON, and proofs into text.

Other programs rely on the keys: more may be added, but none renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, Option, Pull
from boundaryethics.model.verdict import (
    Absent,
    Assessment,
    Comparison,
    Given,
    Proof,
    Reason,
    Step,
    Verdict,
)
from boundaryethics.render.wording import NOTE, doing, named


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """Return *verdict* as the object that `--format json` prints."""
    return {
        "policy": verdict.policy.id,
        "title": verdict.policy.title,
        "fingerprint": verdict.fingerprint,
        "situation": {name: verdict.situation[name] for name in verdict.situation},
        "ranking": [_ids(options) for options in verdict.ranking],
        "ruled_out": _ids(verdict.ruled_out),
        "options": {
            a.option.value: _assessment(verdict, a) for a in verdict.assessments
        },
        "comparisons": [_comparison(one) for one in verdict.comparisons],
        "findings": list(verdict.findings),
        "binding": list(verdict.binding),
        "overridden": {rule: list(by) for rule, by in verdict.overridden.items()},
        "actions": [
            {
                "action": advice.action,
                "says": advice.says,
                "rules": list(advice.rules),
                "principles": list(advice.principles),
            }
            for advice in verdict.actions
        ],
        "urgent": [advice.action for advice in verdict.urgent],
        "questions": {name: list(rules) for name, rules in verdict.questions},
        "draft": [
            {
                "part": part.id,
                "slot": part.slot.value,
                "direction": part.direction,
                "says": part.says,
                "rules": list(rules),
            }
            for part, rules in verdict.draft
        ],
        "dilemmas": [
            {
                "kind": dilemma.kind,
                "options": _ids(dilemma.options),
                "rules": list(dilemma.rules),
            }
            for dilemma in verdict.dilemmas
        ],
        "principles": _principles(verdict),
        "unknown": list(verdict.unknown),
        "note": NOTE,
    }


def _ids(options: Iterable[Option]) -> list[str]:
    return [option.value for option in options]


def _assessment(verdict: Verdict, assessment: Assessment) -> dict[str, Any]:
    return {
        "label": doing(verdict, assessment.option),
        "named": named(verdict, assessment.option),
        "rank": assessment.rank,
        "status": assessment.status.value,
        **{pull.value: [_reason(r) for r in assessment.by(pull)] for pull in Pull},
    }


def _reason(reason: Reason) -> dict[str, Any]:
    strength = {"strength": reason.strength.value} if reason.strength else {}
    return {
        "rule": reason.rule,
        **strength,
        "principle": reason.principle,
        "because": reason.because,
        "cites": list(reason.cites),
    }


def _comparison(step: Comparison) -> dict[str, Any]:
    return {
        "above": step.above.value,
        "below": step.below.value,
        "decided_by": None if step.decided_by is None else str(step.decided_by),
        "rules": list(step.rules),
        "principles": list(step.principles),
        "cites": list(step.cites),
    }


def _principles(verdict: Verdict) -> dict[str, Any]:
    """Return the principles of the rules that apply, with what those rules cite."""
    policy = verdict.policy
    cites: dict[str, dict[Citation, None]] = {}
    for rule in (policy.rule[name] for name in verdict.binding):
        if rule.principle:
            of_principle = cites.setdefault(rule.principle, {})
            of_principle.update(dict.fromkeys(policy.cited_by(rule)))
    return {
        principle.id: {
            "title": principle.title,
            "force": principle.force.value if principle.force else None,
            "cites": [_citation(policy, cite) for cite in cites[principle.id]],
        }
        for principle in policy.principles
        if principle.id in cites
    }


def _citation(policy: Policy, cite: Citation) -> dict[str, Any]:
    source = policy.source[cite.source]
    return {
        "source": cite.source,
        "short": source.name,
        "section": cite.section,
        "title": cite.title,
        "seen": cite.seen.value if cite.seen else None,
        "url": source.url,
    }


def proof_text(verdict: Verdict, name: str) -> str:
    """Format the proof of the rule or finding called *name* in *verdict*.

    Raises:
        KeyError: the rule does not match, or the finding does not apply.
    """
    return "\n".join(_indented(proof_data(verdict, name)))


def _indented(proof: dict[str, Any], indent: str = "") -> Iterator[str]:
    yield indent + proof["shown"]
    for premise in proof["by"]:
        yield from _indented(premise, f"{indent}  ")


def proof_data(verdict: Verdict, name: str) -> dict[str, Any]:
    """Return the same proof as plain data: what is `shown`, and `by` which premises.

    Raises:
        KeyError: the rule does not match, or the finding does not apply.
    """
    return proof_tree(verdict.proofs[name])


def proof_tree(proof: Proof) -> dict[str, Any]:
    """Return *proof* as plain data: what is `shown`, and `by` which premises."""
    premises: tuple[Proof, ...] = ()
    match proof:
        case Given(fact, value):
            shown = f"{fact}: {value}" + (" (not stated)" if value == UNKNOWN else "")
        case Absent("rule", name, premises):
            shown = f"{name} does not apply"
        case Absent(_, name, premises):
            why = ": no rule that concludes it applies" if premises else ", as above"
            shown = f"{name} does not apply{why}"
        case Step(rule, premises, ()):
            shown = f"{rule} applies"
        case Step(rule, shown_by, overridden_by):
            shown = f"{rule} matches, but is overridden"
            premises = (*shown_by, *overridden_by)
        case _:
            assert_never(proof)
    return {"shown": shown, "by": [proof_tree(premise) for premise in premises]}
