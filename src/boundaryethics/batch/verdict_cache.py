"""The verdict cache: verdicts put together from what situations have in common.

In: a situation, and as bits the rules that bind and are set aside. Out: its verdict, as
`weigh` gives it, made of the pieces in which situations agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

from boundaryethics import ranking as weighing
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option, Rule
from boundaryethics.model.verdict import Advice, Assessment, Derivation, Firing, Verdict
from boundaryethics.ranking import OPTIONS, Ranking, Scales

#: Settings of some bits that are kept; when there are more, all are forgotten.
_KEPT = 1 << 12
#: Bits of one piece: so few that most settings of them are soon met.
_BITS = 8


@final
class Kept(dict[int, Any]):
    """What is made of each setting of some *bits*, for the settings last met."""

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
    """Things in order, of which neighbours are made together and kept."""

    def __init__(self, things: Iterable[Thing]) -> None:
        pieces = [*map(_piece, _runs(things))]
        self.bits = reduce(or_, (piece.bits for piece in pieces), 0)
        self._pieces = tuple((piece.bits, piece) for piece in pieces)

    def of(self, bits: int) -> tuple[Any, ...]:
        """All that is there where *bits* are set."""
        there: tuple[Any, ...] = ()
        for mask, piece in self._pieces:
            there += piece[bits & mask]
        return there


@final
@attrs.frozen(eq=False)
class VerdictCache:
    """A policy made ready to put verdicts together."""

    on: Scales
    #: For each rule, sorted, the bit that it binds.
    binding: Mapping[str, int]
    #: By how many bits the bit that it is set aside stands above.
    width: int

    def verdict(self, situation: Situation, bits: int) -> Verdict:
        """The verdict of *situation*, from which *bits* follow."""
        steps, shared = self._kept[bits]
        said = weighing.worded(steps, self.on.policy, situation)
        return Verdict(situation=situation, actions=said, **shared)

    @cached_property
    def _kept(self) -> Kept:
        return Kept(-1, self._shared)

    def _shared(self, bits: int) -> tuple[tuple[Advice, ...], dict[str, Any]]:
        """What is advised in all situations with *bits*, and what else they share."""
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
        """The options, and their ranking, where *bits* follow."""
        sides = [side[bits & side.bits] for side in self._sides]
        places = weighing.places_by([worth for worth, _ in sides])
        pairs = zip(sides, places, strict=True)
        return tuple([placed[place] for (_, placed), place in pairs]), weighing.grouped(
            places
        )

    @cached_property
    def _firings(self) -> Pieces:
        """The firings of rules that bind or are set aside, by rule."""
        return Pieces(self._each_firing())

    def _each_firing(self) -> Iterator[Thing]:
        for rule, bit in self.binding.items():
            yield _where(bit, Firing(rule))
            if rule in self.on.policy.overridden_by:
                yield self._aside(rule, bit << self.width)

    def _aside(self, rule: str, bit: int) -> Thing:
        """The firing of *rule* where its *bit* tells that it is set aside."""
        overriders = sorted(self.on.policy.overridden_by[rule])
        by = {one: self.binding[one] for one in overriders}

        def firing(bits: int) -> tuple[Firing, ...]:
            binds = tuple(one for one in by if bits & by[one])
            return (Firing(rule, binds),) if bits & bit else ()

        return bit | sum(by.values()), firing

    @cached_property
    def _findings(self) -> Kept:
        by = self._by(lambda rule: rule.then.concludes)
        return Kept(
            by.bits,
            lambda bits: frozenset(f for r in by.of(bits) for f in r.then.concludes),
        )

    @cached_property
    def _sides(self) -> tuple[Kept, ...]:
        """For each option what it is ranked by, and its assessment in each place."""
        return tuple(
            self._side(number, option) for number, option in enumerate(OPTIONS)
        )

    def _side(self, number: int, option: Option) -> Kept:
        mine = [r for rule in self.binding for r in self.on.reasons[rule][number]]
        # In the order in which they are shown.
        reasons = Pieces(
            _where(self.binding[reason.rule], reason)
            for reason in sorted(mine, key=weighing.strongest_first)
        )

        def side(bits: int) -> tuple[tuple[int, ...], Kept]:
            there = reasons.of(bits)
            status, sums = (
                weighing.standing_of(there),
                weighing.sums_of(there, self.on.criteria),
            )

            def assessed(place: int) -> Assessment:
                return Assessment(
                    option=option,
                    rank=place,
                    status=status,
                    reasons=there,
                    sums=sums,
                )

            return weighing.worth_of(status, sums), Kept(-1, assessed)

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

        return by.bits, lambda bits: weighing.advice(
            self.on.policy, [*by.of(bits)], [step]
        )

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
        """The rules that bind and are *wanted*, in the order in which they are told."""
        rules = self.on.policy.rule
        return Pieces(
            _where(bit, rules[name])
            for name, bit in self.binding.items()
            if wanted(rules[name])
        )


def _where(bit: int, thing: Any) -> Thing:
    """*thing*, where *bit* is set."""
    return bit, lambda bits: (thing,) if bits else ()


def _runs(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """Neighbours among *things*, as many as read few bits."""
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
    """A run of things: what is there for each setting of their bits."""

    def made(bits: int) -> tuple[Any, ...]:
        return tuple(one for read, there in things for one in there(bits & read))

    return Kept(reduce(or_, (read for read, _ in things), 0), made)
