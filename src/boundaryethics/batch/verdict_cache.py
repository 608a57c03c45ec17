"""Put verdicts together from parts that situations have in common.

The rules that bind and are set aside are bits. Each part of a verdict reads few of
them, and is cached for each setting of those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

from boundaryethics import ranking as weighing
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option, Rule
from boundaryethics.model.verdict import Advice, Assessment, Derivation, Firing, Verdict
from boundaryethics.ranking import OPTIONS, Ranking, Scales

#: Settings of some bits that are cached; when there are more, all are dropped.
_KEPT = 1 << 12
#: Bits of one piece: few, so that most settings of them are soon met.
_BITS = 8


@final
class Kept(dict[int, Any]):
    """A cache of what is *made* of each setting of some *bits*."""

    def __init__(self, bits: int, made: Callable[[int], Any]) -> None:
        super().__init__()
        self.bits = bits
        self._made = made

    def __missing__(self, bits: int) -> Any:
        made = self._made(bits)
        if len(self) >= _KEPT:
            self.clear()
        self[bits] = made
        return made


#: The bits that something reads, and what is there for a setting of them, if anything.
Thing: TypeAlias = tuple[int, Callable[[int], tuple[Any, ...]]]


@final
class Pieces:
    """Things in order, of which neighbors are made together and cached."""

    def __init__(self, things: Iterable[Thing]) -> None:
        pieces = [*map(_piece, _runs(things))]
        self.bits = reduce(or_, (piece.bits for piece in pieces), 0)
        self._pieces = tuple((piece.bits, piece) for piece in pieces)

    def of(self, bits: int) -> tuple[Any, ...]:
        """Give all that is there where *bits* are set."""
        there: tuple[Any, ...] = ()
        for mask, piece in self._pieces:
            there += piece[bits & mask]
        return there


@final
@attrs.frozen(eq=False)
class VerdictCache:
    """The verdicts of a policy, put together from cached parts."""

    on: Scales
    #: For each rule, sorted, the bit that it binds.
    binding: Mapping[str, int]
    #: By how many bits the bit that it is set aside stands above.
    width: int

    def verdict(self, situation: Situation, bits: int) -> Verdict:
        """Give the verdict on *situation*, from which *bits* follow."""
        steps, shared = self._kept[bits]
        said = weighing.worded(steps, self.on.policy, situation)
        return Verdict(situation=situation, actions=said, **shared)

    @cached_property
    def _kept(self) -> Kept:
        return Kept(-1, self._shared)

    def _shared(self, bits: int) -> tuple[tuple[Advice, ...], dict[str, Any]]:
        """Give the advice in all situations with *bits*, and all else they share."""
        findings, dilemmas = self._findings, self._dilemmas
        assessments, ranking = self.ranked(bits)
        return self._steps.of(bits), {
            "policy": self.on.policy,
            "criteria": self.on.criteria,
            "presenter": self.on.presenter,
            "derivation": Derivation(
                self._firings.of(bits), findings[bits & findings.bits]
            ),
            "ranking": ranking,
            "assessments": assessments,
            "questions": self._questions.of(bits),
            "dilemmas": dilemmas[bits & dilemmas.bits],
        }

    def ranked(self, bits: int) -> tuple[tuple[Assessment, ...], Ranking]:
        """Give the options, and their ranking, where *bits* follow."""
        sides = [side[bits & side.bits] for side in self._sides]
        places = weighing.places_by([worth for worth, _ in sides])
        pairs = zip(sides, places, strict=True)
        assessments = tuple([placed[place] for (_, placed), place in pairs])
        return assessments, weighing.grouped(places)

    @cached_property
    def _firings(self) -> Pieces:
        """The firings of rules that bind or are set aside, by rule."""
        things: list[Thing] = []
        for rule, bit in self.binding.items():
            things.append(_where(bit, Firing(rule)))
            if rule in self.on.policy.overridden_by:
                things.append(self._aside(rule, bit << self.width))
        return Pieces(things)

    def _aside(self, rule: str, bit: int) -> Thing:
        """Give the firing of *rule* where its *bit* says that it is set aside."""
        overriders = sorted(self.on.policy.overridden_by[rule])
        by = {one: self.binding[one] for one in overriders}

        def firing(bits: int) -> tuple[Firing, ...]:
            binds = tuple(one for one in by if bits & by[one])
            return (Firing(rule, binds),) if bits & bit else ()

        return bit | sum(by.values()), firing

    @cached_property
    def _findings(self) -> Kept:
        by = self._by(lambda rule: rule.then.concludes)

        def findings(bits: int) -> frozenset[str]:
            return frozenset(f for r in by.of(bits) for f in r.then.concludes)

        return Kept(by.bits, findings)

    @cached_property
    def _sides(self) -> tuple[Kept, ...]:
        """For each option what it is ranked by, and its assessment in each place."""
        return tuple(self._side(n, option) for n, option in enumerate(OPTIONS))

    def _side(self, number: int, option: Option) -> Kept:
        mine = [r for rule in self.binding for r in self.on.reasons[rule][number]]
        # In the order in which they are shown.
        reasons = Pieces(
            _where(self.binding[reason.rule], reason)
            for reason in sorted(mine, key=weighing.strongest_first)
        )

        def side(bits: int) -> tuple[tuple[int, ...], Kept]:
            there = reasons.of(bits)
            status = weighing.standing_of(there)
            sums = weighing.sums_of(there, self.on.criteria)
            made = partial(
                Assessment, option=option, status=status, reasons=there, sums=sums
            )
            worth = weighing.worth_of(status, sums)
            return worth, Kept(-1, lambda place: made(rank=place))

        return Kept(reasons.bits, side)

    @cached_property
    def _dilemmas(self) -> Kept:
        """The dilemmas that what is forbidden and required makes."""
        status = self._by(lambda rule: rule.then.forbids or rule.then.requires)
        return Kept(
            status.bits, lambda bits: (*weighing.dilemmas(self.ranked(bits)[0]),)
        )

    @cached_property
    def _steps(self) -> Pieces:
        """What is advised."""
        return Pieces(map(self._advised, self.on.policy.action))

    def _advised(self, step: str) -> Thing:
        by = self._by(lambda rule: step in rule.then.advises)
        policy = self.on.policy
        return by.bits, lambda bits: weighing.advice(policy, [*by.of(bits)], [step])

    @cached_property
    def _questions(self) -> Pieces:
        """The questions that are asked, each with the rules that ask it."""
        return Pieces(map(self._asked, self.on.policy.question))

    def _asked(self, question: str) -> Thing:
        by = self._by(lambda rule: question in rule.supervision_questions)

        def asked(bits: int) -> tuple[Any, ...]:
            rules = tuple(rule.id for rule in by.of(bits))
            return ((question, rules),) if rules else ()

        return by.bits, asked

    def _by(self, wanted: Callable[[Rule], object]) -> Pieces:
        """Give the rules that bind and are *wanted*, in their order."""
        rules = self.on.policy.rule
        return Pieces(
            _where(bit, rules[name])
            for name, bit in self.binding.items()
            if wanted(rules[name])
        )


def _where(bit: int, thing: Any) -> Thing:
    """Give *thing* where *bit* is set."""
    return bit, lambda bits: (thing,) if bits else ()


def _runs(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """Split *things* into runs that read few bits."""
    run: list[Thing] = []
    bits = 0
    for thing in things:
        bits |= thing[0]
        if run and bits.bit_count() > _BITS:
            yield run
            run, bits = [], thing[0]
        run.append(thing)
    if run:
        yield run


def _piece(things: Sequence[Thing]) -> Kept:
    """Cache all of *things* for each setting of their bits."""

    def made(bits: int) -> tuple[Any, ...]:
        return tuple(one for read, there in things for one in there(bits & read))

    return Kept(reduce(or_, (read for read, _ in things), 0), made)
