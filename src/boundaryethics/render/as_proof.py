"""A proof in, an indented text out that can be followed down to the facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.proof import Absent, Given, Proof, Step
from boundaryethics.model.verdict import Verdict

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
