"""Make verdicts without an engine, so that their output can be tested separately."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from boundaryethics.model import plain_data
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.overlays import applied
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Status, Strength
from boundaryethics.model.verdict import (
    STATUS,
    Advice,
    Assessment,
    Derivation,
    Dilemma,
    Reason,
    Verdict,
)
from support.small_policies import Silent

WRITTEN: Mapping[str, Any] = {
    "policy": "small",
    "title": "A small code",
    "facts": {
        "contact": {"question": "What happened?", "values": ["message", "co_presence"]},
        "status": {"question": "Is the client active?", "values": ["active", "former"]},
        "since": {"question": "How long ago did it end?", "values": ["short", "long"]},
    },
    "sources": {"code": {"short": "Code", "title": "The Code"}},
    "principles": {
        "trust": {
            "title": "Keeping trust",
            "cites": [{"source": "code", "section": "B", "title": "Trust"}],
        },
        "roles": {
            "title": "Clear roles",
            "cites": [{"source": "code", "section": "3.05"}],
        },
    },
    "actions": {
        "supervise": {"says": "Take it to supervision."},
        "act": {"says": "Act now.", "urgent": True},
    },
    "questions": {
        "harm": {"says": "Which does the least harm?"},
        "declining": {"says": "How is it best declined?"},
    },
    "rules": [
        {
            "id": "answer-kindly",
            "when": {"contact": "message"},
            "then": {"favors": {"decline": "strong"}, "opposes": {"ignore": "strong"}},
            "principle": "trust",
            "because": "Whoever asks is owed an answer.",
            "asks": ["harm", "declining"],
        },
        {
            "id": "no-second-role",
            "when": {"status": "active"},
            "then": {"opposes": {"continue": "strong"}},
            "principle": "roles",
            "because": "Two roles blur.",
            "asks": ["harm"],
        },
        {
            "id": "never-courting",
            "when": {"status": "active"},
            "then": {"forbids": "continue"},
            "principle": "roles",
            "because": "It is ruled out.",
        },
        {
            "id": "must-go-on",
            "when": {"status": "active"},
            "then": {"requires": "continue"},
            "principle": "roles",
            "because": "It is demanded.",
        },
        {
            "id": "long-after",
            "when": {"status": "former", "since": "long"},
            "then": {"favors": {"continue": "weak"}},
            "principle": "roles",
            "because": "Time has passed.",
        },
        {
            "id": "danger",
            "then": {"advises": "act"},
            "principle": "trust",
            "because": "Danger cannot wait.",
        },
        {
            "id": "never-in-danger",
            "then": {"forbids": ["continue", "ignore", "decline", "leave"]},
            "principle": "roles",
            "because": "Never in danger.",
        },
        {
            "id": "supervise-always",
            "then": {"advises": "supervise"},
            "principle": "trust",
            "because": "Two see more than one.",
            "asks": ["harm"],
        },
    ],
}


@attrs.frozen
class Worlds(Silent):
    """A presenter with given verdicts for the values of some facts."""

    known: Mapping[str, Mapping[str, Verdict]]

    def __call__(
        self, function: str, verdict: Verdict, /, *given: Any, **how: Any
    ) -> Any:
        """Return the given verdicts for a fact."""
        if function == "what_if":
            return self.known.get(str(given[0]), {})
        return super().__call__(function, verdict, *given, **how)


def policy(written: Mapping[str, Any] = WRITTEN) -> Policy:
    """Return the policy that *written* describes; it extends no other."""
    made, problems = applied(
        Policy(id="", vocabulary=Vocabulary()), plain_data.layer(written)
    )
    assert () == problems
    return made


def reason(made: Policy, rule: str, pull: str, option: str) -> Reason:
    """Return the reason of *rule* for or against *option* in levelwise tallying."""
    strengths = {(p, o): s for p, o, s in made.rule[rule].then.pulls()}
    strength = strengths[Pull(pull), Option(option)]
    sign = 1 if pull in {"favors", "requires"} else -1
    return Reason(
        rule=rule,
        option=Option(option),
        pull=Pull(pull),
        strength=strength,
        principle=made.rule[rule].principle or "",
        because=made.rule[rule].because,
        cites=made.citations_of(made.rule[rule]),
        criterion=strength or STATUS,
        points=sign,
    )


def assessed(option: str, place: int, *reasons: Reason) -> Assessment:
    """Return the assessment of *option* at *place* with *reasons*."""
    pulls = {r.pull for r in reasons}
    status = Status.REQUIRED if Pull.REQUIRES in pulls else Status.ALLOWED
    sums = [sum(r.points for r in reasons if r.criterion == s) for s in Strength]
    return Assessment(
        option=Option(option),
        rank=place,
        status=Status.FORBIDDEN if Pull.FORBIDS in pulls else status,
        reasons=reasons,
        sums=tuple(sums),
    )


def verdict(
    made: Policy,
    facts: Mapping[str, str],
    binding: tuple[str, ...],
    *assessments: Assessment,
    dilemmas: tuple[Dilemma, ...] = (),
) -> Verdict:
    """Return the verdict of *made* on *facts* if these rules bind."""
    places = sorted({a.rank for a in assessments})
    asked = {
        q: tuple(r for r in binding if q in made.rule[r].supervision_questions)
        for q in made.question
    }
    return Verdict(
        policy=made,
        situation=made.vocabulary.situation(facts),
        derivation=Derivation.of(binding, {}, frozenset()),
        ranking=tuple(
            tuple(a.option for a in assessments if a.rank == place) for place in places
        ),
        assessments=tuple(
            sorted(assessments, key=lambda a: tuple(Option).index(a.option))
        ),
        criteria=tuple(Strength),
        actions=tuple(
            Advice(
                action=step,
                says=made.action[step].says,
                rules=(rule,),
                principles=(made.rule[rule].principle or "",),
            )
            for rule in binding
            for step in made.rule[rule].then.advises
        ),
        questions=tuple((q, rules) for q, rules in asked.items() if rules),
        dilemmas=dilemmas,
        presenter=Worlds({}),
    )


def message_from_an_active_client(made: Policy | None = None) -> Verdict:
    """Return a verdict in which declining is first and two options are tied."""
    made = made or policy()
    return verdict(
        made,
        {"contact": "message", "status": "active"},
        ("answer-kindly", "no-second-role", "supervise-always"),
        assessed("decline", 1, reason(made, "answer-kindly", "favors", "decline")),
        assessed("leave", 2),
        assessed("ignore", 3, reason(made, "answer-kindly", "opposes", "ignore")),
        assessed("continue", 3, reason(made, "no-second-role", "opposes", "continue")),
    )


def nothing_known() -> Verdict:
    """Return a verdict on no facts, in which all four options are tied."""
    return verdict(
        policy(),
        {},
        ("supervise-always",),
        *(assessed(option, 1) for option in Option),
    )


def dilemma() -> Verdict:
    """Return a verdict in which staying in contact is both required and forbidden."""
    made = policy()
    rules = ("must-go-on", "never-courting")
    reasons = (
        reason(made, "must-go-on", "requires", "continue"),
        reason(made, "never-courting", "forbids", "continue"),
    )
    conflict = Dilemma(
        kind="required_and_forbidden", options=(Option.CONTINUE,), rules=rules
    )
    return verdict(
        made,
        {"status": "active"},
        rules,
        assessed("ignore", 1),
        assessed("decline", 1),
        assessed("leave", 1),
        assessed("continue", 2, *reasons),
        dilemmas=(conflict,),
    )


def danger(made: Policy | None = None, *, tied: bool = False) -> Verdict:
    """Return a verdict with an urgent action, and two options ruled out or all tied."""
    made = made or policy()
    rules = ("danger", "never-in-danger", "supervise-always")
    if tied:
        return verdict(made, {}, ("danger",), *(assessed(o, 1) for o in Option))
    bans = {o: reason(made, "never-in-danger", "forbids", o) for o in Option}
    return verdict(
        made,
        {"contact": "message"},
        ("answer-kindly", *rules),
        assessed("decline", 1, reason(made, "answer-kindly", "favors", "decline")),
        assessed("continue", 2),
        assessed("ignore", 3, bans[Option.IGNORE]),
        assessed("leave", 3, bans[Option.LEAVE]),
    )


def nothing_left() -> Verdict:
    """Return a verdict in which all four options are ruled out."""
    made = policy()
    rules = ("never-in-danger",)
    conflict = Dilemma(kind="all_forbidden", options=tuple(Option), rules=rules)
    bans = [reason(made, "never-in-danger", "forbids", o) for o in Option]
    return verdict(
        made,
        {},
        rules,
        *(assessed(ban.option, 1, ban) for ban in bans),
        dilemmas=(conflict,),
    )
