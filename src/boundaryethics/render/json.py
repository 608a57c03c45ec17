"""Convert verdicts to plain data for JSON.

Other programs rely on the keys. Later versions may add keys, but will never rename
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from boundaryethics.arguments import checked
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, DraftPart, Option, Pull
from boundaryethics.model.verdict import (
    Advice,
    Assessment,
    Comparison,
    Dilemma,
    Reason,
    Verdict,
)
from boundaryethics.model.verdict_data import (
    ActionDict,
    CitationDict,
    ComparisonDict,
    DilemmaDict,
    DilemmaName,
    DraftDict,
    FactDict,
    OptionDict,
    OptionName,
    PrincipleDict,
    ReasonDict,
    RuleDict,
    UnknownFactDict,
    VerdictDict,
)
from boundaryethics.render.wording import (
    NOTE,
    deciding,
    dilemma,
    label_of,
    shown,
)


@checked
def as_dict(verdict: Verdict) -> VerdictDict:
    """Return *verdict* as the object that `--format json` prints."""
    # It is slow to import, and text output does not need it.
    from boundaryethics.provenance import SCHEMA_VERSION, VERSION

    policy, situation, unknown = verdict.policy, verdict.situation, verdict.unknown
    applied = (*verdict.binding, *verdict.overridden)
    # Danger comes first in JSON, too.
    return {
        "urgent": [advice.action for advice in verdict.urgent],
        "actions": [_action(policy, advice) for advice in verdict.actions],
        "schema_version": SCHEMA_VERSION,
        "library": VERSION,
        "policy": policy.id,
        "title": policy.title,
        "fingerprint": verdict.fingerprint,
        "text_fingerprint": verdict.text_fingerprint,
        "situation": dict(situation.items()),
        "ranking": [_ids(options) for options in verdict.ranking],
        "ruled_out": _ids(verdict.ruled_out),
        "options": {
            one.option.value: _assessment(verdict, one) for one in verdict.assessments
        },
        "comparisons": [_comparison(policy, one) for one in verdict.comparisons],
        "findings": list(verdict.findings),
        "finding_texts": {name: policy.finding[name].says for name in verdict.findings},
        "binding": list(verdict.binding),
        "overridden": {rule: list(by) for rule, by in verdict.overridden.items()},
        "rules": {name: _rule(policy, name) for name in applied},
        "questions": {name: list(rules) for name, rules in verdict.questions},
        "supervision_questions": [
            {"question": name, "says": policy.question[name].says, "rules": [*rules]}
            for name, rules in verdict.questions
        ],
        "draft": [_draft_part(part, rules) for part, rules in verdict.draft],
        "dilemmas": [_dilemma(verdict, one) for one in verdict.dilemmas],
        "principles": _principles(verdict),
        "citations": _structured(policy, verdict.citations),
        "facts": [fact_data(verdict, fact) for fact in situation.vocabulary.facts],
        "unknown": list(unknown),
        "unknown_facts": list(_unknown_facts(situation, unknown)),
        "note": NOTE,
    }


def _ids(options: Iterable[Option]) -> list[OptionName]:
    return [option.value for option in options]


def _assessment(verdict: Verdict, assessment: Assessment) -> OptionDict:
    policy, label = verdict.policy, label_of(verdict, assessment.option)
    reasons = {p: [_reason(policy, r) for r in assessment.by(p)] for p in Pull}
    return {
        "label": shown(label.says),
        "named": shown(label.named),
        "rank": assessment.rank,
        "status": assessment.status.value,
        "favors": reasons[Pull.FAVORS],
        "opposes": reasons[Pull.OPPOSES],
        "requires": reasons[Pull.REQUIRES],
        "forbids": reasons[Pull.FORBIDS],
    }


def _reason(policy: Policy, reason: Reason) -> ReasonDict:
    strength = reason.strength and reason.strength.value
    return {
        "rule": reason.rule,
        **({"strength": strength} if strength else {}),  # type: ignore[typeddict-item]
        "principle": reason.principle,
        "principle_title": policy.principle[reason.principle].name,
        "because": reason.because,
        "cites": list(reason.cites),
        "citations": _citations(policy, [reason.rule]),
    }


def _comparison(policy: Policy, step: Comparison) -> ComparisonDict:
    decided_by = step.decided_by and str(step.decided_by)
    return {
        "above": step.above.value,
        "below": step.below.value,
        "decided_by": decided_by,
        "says": deciding(decided_by) if decided_by else "",
        "rules": list(step.rules),
        "principles": list(step.principles),
        "principle_titles": [policy.principle[one].name for one in step.principles],
        "cites": list(step.cites),
        "citations": _citations(policy, step.rules),
    }


def _rule(policy: Policy, name: str) -> RuleDict:
    rule = policy.rule[name]
    return {
        "because": rule.because,
        "principle": rule.principle,
        "citations": _citations(policy, [name]),
    }


def _action(policy: Policy, advice: Advice) -> ActionDict:
    return {
        "action": advice.action,
        "says": advice.says,
        "urgent": policy.action[advice.action].urgent,
        "rules": list(advice.rules),
        "principles": list(advice.principles),
        "citations": _citations(policy, advice.rules),
    }


def _draft_part(part: DraftPart, rules: Iterable[str]) -> DraftDict:
    return {
        "part": part.id,
        "slot": part.slot.value,
        "direction": part.direction,
        "says": part.says,
        "rules": list(rules),
    }


def _dilemma(verdict: Verdict, conflict: Dilemma) -> DilemmaDict:
    return {
        "kind": cast("DilemmaName", conflict.kind),
        "says": dilemma(verdict, conflict),
        "options": _ids(conflict.options),
        "rules": list(conflict.rules),
        "citations": _citations(verdict.policy, conflict.rules),
    }


def _principles(verdict: Verdict) -> dict[str, PrincipleDict]:
    """Return the principles of rules that apply, with the sections those rules cite."""
    policy = verdict.policy
    rules: dict[str, list[str]] = {}
    for name in verdict.binding:
        rules.setdefault(policy.rule[name].principle or "", []).append(name)
    return {
        principle.id: {
            "title": principle.title,
            "force": principle.force.value if principle.force else None,
            "cites": _citations(policy, rules[principle.id]),
        }
        for principle in policy.principles
        if principle.id in rules
    }


def fact_data(verdict: Verdict, fact: Fact) -> FactDict:
    """Return *fact* as plain data, with its value in *verdict*."""
    value = verdict.situation[fact.name]
    unknown = value == UNKNOWN
    vocabulary = verdict.situation.vocabulary
    group = vocabulary.group_of(fact)
    return {
        "fact": fact.name,
        "question": fact.question,
        "group": group.id if group else None,
        "group_title": group.title if group else "",
        "value": value,
        "label": vocabulary.unknown_label if unknown else fact.label(value),
    }


def _unknown_facts(
    situation: Situation, names: Iterable[str]
) -> Iterator[UnknownFactDict]:
    """Yield each fact in *names* that has a question, with its possible answers."""
    vocabulary = situation.vocabulary
    for fact in (vocabulary[name] for name in names if vocabulary[name].question):
        group = vocabulary.group_of(fact)
        labels = [(v, fact.label(v)) for v in situation.values_possible_for(fact.name)]
        labels.append((UNKNOWN, vocabulary.unknown_label))
        yield {
            "fact": fact.name,
            "question": fact.question,
            "help": fact.help,
            "group": group.id if group else None,
            "group_title": group.title if group else "",
            "choices": [{"value": v, "label": label} for v, label in labels],
        }


def _citations(policy: Policy, rules: Iterable[str]) -> list[CitationDict]:
    return _structured(policy, policy.citations_for(rules))


def _structured(policy: Policy, cites: Iterable[Citation]) -> list[CitationDict]:
    return [
        {
            "source": cite.source,
            "short": policy.source[cite.source].name,
            "section": cite.section,
            "title": cite.title,
            "seen": cite.seen.value if cite.seen else None,
            "authority": cite.authority.value if cite.authority else None,
            "url": policy.source[cite.source].url,
        }
        for cite in cites
    ]
