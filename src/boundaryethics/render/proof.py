"""Convert proofs to plain data for JSON, and to text.

A statement that several others rely on is written out once, with a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs

from boundaryethics.arguments import checked
from boundaryethics.errors import refuse_unknown
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.verdict import (
    Absent,
    Given,
    Premise,
    Proof,
    Shown,
    Step,
    Unfounded,
    Verdict,
)
from boundaryethics.model.verdict_data import ProofDict
from boundaryethics.render.json import fact_data
from boundaryethics.render.wording import listed, spaced

#: The premises of statements at this depth are written out separately.
DEEPEST = 10
#: For findings that follow only from each other, the maximum number to name.
_MOST_NAMED = 5


@checked
def proof_text(verdict: Verdict, name: str) -> str:
    """Format the proof of the rule or finding called *name* in *verdict*.

    Raises:
        ArgumentError: the rule's condition is not met, or the finding is not true.
    """
    lines = proof_outline(proof_data(verdict, name))
    return "\n".join(f"{'  ' * depth}{line}" for depth, line in lines)


@checked
def proof_data(verdict: Verdict, name: str) -> ProofDict:
    """Return the proof of the rule or finding *name* as plain data.

    Raises:
        ArgumentError: the rule's condition is not met, or the finding is not true.
    """
    proofs = verdict.proofs
    if name not in proofs:
        refuse_unknown("rule or finding that applies", name, sorted(proofs))
    return proof_tree(verdict, proofs[name])


def proof_tree(verdict: Verdict, proof: Proof) -> ProofDict:
    """Return *proof* as plain data: each statement is `shown` `by` its premises."""
    writer = _Writer.of(verdict, proof)
    tree = writer.write(writer.first, 0)
    # Writing a statement may add others.
    later = (one for one in writer.later if writer.key(one) not in writer.begun)
    return {**tree, "more": [writer.write(premise, 0) for premise in later]}


def proof_outline(proof: ProofDict) -> Iterator[tuple[int, str]]:
    """Yield each line of *proof* with its depth."""
    waiting = [(0, one) for one in reversed((proof, *proof.get("more", ())))]
    while waiting:
        depth, one = waiting.pop()
        yield depth, one["shown"]
        waiting += [(depth + 1, premise) for premise in reversed(one["by"])]


def summary_outline(verdict: Verdict, step: Step) -> Iterator[tuple[int, str]]:
    """Yield a line for *step* and one for each of its premises, with their depths."""
    writer = _Writer.of(verdict, Proof((step,)))
    yield 0, writer.words(writer.first)[0]
    for premise in writer.relied_on(writer.first):
        yield 1, writer.words(premise)[0]


@attrs.define
class _Writer:
    """Writes each statement of a proof once, and refers to it by number elsewhere."""

    verdict: Verdict
    #: The statement that the proof proves.
    first: Shown
    #: The step that shows each statement. An overridden rule may come first.
    showing: dict[Shown, Step | Absent]
    #: For each finding that is shown together with others, all findings in this group.
    together: dict[Shown, tuple[Absent, ...]]
    uses: Counter[Shown] = attrs.Factory(Counter)
    numbers: dict[Shown, int] = attrs.Factory(dict)
    begun: set[Shown] = attrs.Factory(set)
    #: Statements that are nested too deeply.
    later: list[Shown] = attrs.Factory(list)

    @classmethod
    def of(cls, verdict: Verdict, proof: Proof) -> _Writer:
        showing: dict[Shown, Step | Absent] = {}
        together: dict[Shown, tuple[Absent, ...]] = {}
        for step in proof.steps:
            for one in step.absences if isinstance(step, Unfounded) else (step,):
                showing[_claim(one)] = one
            if isinstance(step, Unfounded):
                findings = tuple(one for one in step.absences if one.of == "finding")
                together |= dict.fromkeys(map(_claim, findings), findings)
        first = next(iter(showing))
        writer = cls(verdict, first, showing, together)
        for key in {writer.key(shown): None for shown in showing}:
            used = (p for p in writer.relied_on(key) if isinstance(p, Shown))
            writer.uses.update(map(writer.key, used))
        return writer

    def key(self, shown: Shown) -> Shown:
        """Return *shown*, or the statement that represents its group of findings."""
        return _claim(self.together[shown][0]) if shown in self.together else shown

    def relied_on(self, shown: Shown) -> tuple[Premise, ...]:
        """Return the statements that *shown* relies on."""
        found = self.together.get(shown) or (self.showing[shown],)
        relied = [premise for one in found for premise in one.premises]
        for one in found:
            by = one.overridden_by if isinstance(one, Step) else ()
            relied += (Shown("rule", rule, applies=True) for rule in by)
        return tuple(dict.fromkeys(relied))

    def write(self, premise: Premise, depth: int) -> ProofDict:
        """Write *premise* and the statements it relies on, or refer to it by number."""
        line, says = self.words(premise)
        written: ProofDict = {
            "shown": line,
            "of": "fact",
            "name": "",
            "value": None,
            "applies": True,
            "says": says,
            "by": [],
            "step": None,
            "see": None,
        }
        if isinstance(premise, Given):
            return {**written, "name": premise.fact, "value": premise.value}
        written["of"], written["name"] = premise.of, premise.name
        written["applies"] = premise.applies and not self._overridden(premise)
        key = self.key(premise)
        # Many statements may rely on findings that are shown together, so expand
        # these findings only once.
        again = key in self.begun
        relied = () if again else self.relied_on(premise)
        if relied and depth == DEEPEST:
            again = True
            self._number(key)
            self.later.append(premise)
        if again and key in self.numbers:
            written["see"] = self.numbers[key]
            written["shown"] = f"{line} (see step {self.numbers[key]})"
            return written
        self.begun.add(key)
        if relied and (key in self.numbers or self.uses[key] > 1):
            written["step"] = self._number(key)
            line = f"step {written['step']}: {line}"
        if premise in self.together:
            line = f"{line}: {self._circle(self.together[premise])}"
        elif premise.of == "finding":
            line = f"{line}: no rule for this finding applies"
        written["shown"] = line
        written["by"] = [self.write(one, depth + 1) for one in relied]
        return written

    def words(self, premise: Premise) -> tuple[str, str]:
        """Return *premise* as text with IDs, and as readable text."""
        policy = self.verdict.policy
        if isinstance(premise, Given):
            fact = fact_data(
                self.verdict, self.verdict.situation.vocabulary[premise.fact]
            )
            stated = " (not stated)" if premise.value == UNKNOWN else ""
            says = f"{fact['question'] or spaced(premise.fact)} {fact['label']}"
            return f"{premise.fact}: {premise.value}{stated}", says
        part = policy.rule[premise.name] if premise.of == "rule" else None
        says = part.because if part else policy.finding[premise.name].says
        applies = "applies" if premise.applies else "does not apply"
        if self._overridden(premise):
            applies = "matches, but is overridden"
        return f"{premise.name} {applies}", says

    def _overridden(self, shown: Shown) -> bool:
        step = self.showing.get(shown)
        return isinstance(step, Step) and bool(step.overridden_by)

    def _circle(self, absences: tuple[Absent, ...]) -> str:
        names = [one.name for one in absences]
        if len(names) == 1:
            return "it could apply only because of itself"
        more = len(names) - _MOST_NAMED
        if more > 1:
            names[_MOST_NAMED:] = [f"{more} more findings"]
        return f"{listed(names)} could apply only because of each other"

    def _number(self, key: Shown) -> int:
        return self.numbers.setdefault(key, len(self.numbers) + 1)


def _claim(step: Step | Absent) -> Shown:
    if isinstance(step, Step):
        return Shown("rule", step.rule, applies=True)
    return Shown(step.of, step.name, applies=False)
