"""Turn verdicts and proofs into plain data for JSON, and proofs into text.

Other programs rely on the keys. Keys may be added, but never renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, assert_never, cast

from boundaryethics.arguments import checked
from boundaryethics.errors import refuse_unknown
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, DraftPart, Option, Pull
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
    ProofDict,
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
    spaced,
)


@checked
def as_dict(verdict: Verdict) -> VerdictDict:
    """Return *verdict* as the object that `--format json` prints."""
    # Slow to import, and text output does not need it.
    from boundaryethics.provenance import SCHEMA_VERSION, VERSION

    policy, situation, unknown = verdict.policy, verdict.situation, verdict.unknown
    applied = (*verdict.binding, *verdict.overridden)
    return {
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
        "actions": [_action(policy, advice) for advice in verdict.actions],
        "urgent": [advice.action for advice in verdict.urgent],
        "questions": {name: list(rules) for name, rules in verdict.questions},
        "supervision_questions": [
            {"question": name, "says": policy.question[name].says, "rules": [*rules]}
            for name, rules in verdict.questions
        ],
        "draft": [_draft_part(part, rules) for part, rules in verdict.draft],
        "dilemmas": [_dilemma(verdict, one) for one in verdict.dilemmas],
        "principles": _principles(verdict),
        "citations": _structured(policy, verdict.citations),
        "facts": [_fact(verdict, fact) for fact in situation.vocabulary.facts],
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
    """Return the principles of the rules that apply, with what those rules cite."""
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


def _fact(verdict: Verdict, fact: Fact) -> FactDict:
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
    """Yield the facts *names* that have a question, with the possible answers."""
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


@checked
def proof_text(verdict: Verdict, name: str) -> str:
    """Format the proof of the rule or finding called *name* in *verdict*.

    Raises:
        ArgumentError: the rule does not match, or the finding does not apply.
    """
    return "\n".join(_indented(proof_data(verdict, name)))


def _indented(proof: ProofDict, indent: str = "") -> Iterator[str]:
    yield indent + proof["shown"]
    for premise in proof["by"]:
        yield from _indented(premise, f"{indent}  ")


@checked
def proof_data(verdict: Verdict, name: str) -> ProofDict:
    """Return the same proof as plain data: what is `shown`, and `by` which premises.

    Raises:
        ArgumentError: the rule does not match, or the finding does not apply.
    """
    proofs = verdict.proofs
    if name not in proofs:
        refuse_unknown("rule or finding that applies", name, sorted(proofs))
    return proof_tree(verdict, proofs[name])


def proof_tree(verdict: Verdict, proof: Proof) -> ProofDict:
    """Return *proof* as plain data: what is `shown`, and `by` which premises."""
    policy = verdict.policy
    premises: tuple[Proof, ...] = ()
    value: str | None = None
    applies = True
    match proof:
        case Given(name, value):
            line = f"{name}: {value}" + (" (not stated)" if value == UNKNOWN else "")
            fact = _fact(verdict, verdict.situation.vocabulary[name])
            says = f"{fact['question'] or spaced(name)} {fact['label']}"
        case Absent("rule", name, premises):
            applies, line = False, f"{name} does not apply"
            says = policy.rule[name].because
        case Absent(_, name, premises):
            why = ": no rule that concludes it applies" if premises else ", as above"
            applies, line = False, f"{name} does not apply{why}"
            says = policy.finding[name].says
        case Step(name, shown_by, overridden_by):
            applies, premises = not overridden_by, (*shown_by, *overridden_by)
            line = f"{name} {'applies' if applies else 'matches, but is overridden'}"
            says = policy.rule[name].because
        case _:
            assert_never(proof)
    return {
        "shown": line,
        "of": _kind(proof),
        "name": name,
        "value": value,
        "applies": applies,
        "says": says,
        "by": [proof_tree(verdict, premise) for premise in premises],
    }


def _kind(proof: Proof) -> Literal["fact", "rule", "finding"]:
    match proof:
        case Given():
            return "fact"
        case Absent():
            return proof.of
        case Step():
            return "rule"
