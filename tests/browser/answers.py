"""Answer fixed questions as JSON, to compare the output between Pythons.

It depends only on the library.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import boundaryethics
from boundaryethics import BoundaryEthicsError, Interview, Policy

#: The situations that are ranked under each policy.
SITUATIONS = 40
#: The number of situations, from the first, for which every other result is computed.
IN_DEPTH = 4
#: The policies that are verified over all situations.
VERIFIED = ("apa-2017", "naadac-2021", "bacp-2018")


def drawn(policy: Policy, random: Random) -> dict[str, str]:
    """Draw a situation, which may be impossible."""
    facts = policy.vocabulary.facts
    known = random.sample(facts, random.randrange(len(facts) + 1))
    return {fact.name: random.choice(fact.values) for fact in known}


def refused(error: BoundaryEthicsError) -> list[str]:
    """List the messages of *error*."""
    return [problem.message for problem in error.problems]


def interviewed(policy: Policy, random: Random) -> Iterator[dict[str, Any]]:
    """Answer or skip each question of an interview at random."""
    at = Interview(policy)
    while at.question is not None:
        values = [value for value, _ in at.question.choices]
        yield {
            "question": at.question.to_dict(),
            "settled": at.settled.to_dict(),
            "shown": [[q.fact.name for q in g.questions] for g in at.groups],
        }
        at = at.answer(random.choice([*values, "unknown"]))
    yield {"verdict": at.verdict.to_dict(), "interview": at.to_dict()}


def consulted(policy: Policy, facts: dict[str, str], *, depth: bool) -> dict[str, Any]:
    """Return the verdict on *facts*, and every other result if *depth* is set."""
    try:
        verdict = boundaryethics.consult(facts, policy)
    except BoundaryEthicsError as error:
        return {"refused": refused(error)}
    found: dict[str, Any] = {"verdict": verdict.to_dict()}
    if depth:
        found["html"] = boundaryethics.render.html(verdict)
        found["worksheet"] = verdict.worksheet("markdown")
        found["open_questions"] = boundaryethics.open_questions(verdict).to_dict()
        found["counterfactuals"] = boundaryethics.counterfactuals(verdict).to_dict()
    return found


def answers() -> dict[str, Any]:
    """Return all answers, by policy."""
    found: dict[str, Any] = {}
    for name, policy in boundaryethics.policies().items():
        if policy.abstract:
            continue
        random = Random(name)  # noqa: S311 - the same draws everywhere
        found[name] = {
            "situations": [
                {"facts": facts, **consulted(policy, facts, depth=number < IN_DEPTH)}
                for number in range(SITUATIONS)
                for facts in [drawn(policy, random)]
            ],
            "interview": list(interviewed(policy, random)),
        }
        if name in VERIFIED:
            found[name]["verify"] = boundaryethics.verify(policy).to_dict()
    return found


if __name__ == "__main__":
    json.dump(answers(), sys.stdout)
