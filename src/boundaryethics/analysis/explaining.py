"""Why something is so in one situation, and why something else is not.

In: a situation, and a target. Out: what shows it, or what is missing and the least
that would have to change.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from boundaryethics.analysis.atlases import (
    atlas_of,
    atlas_of_finding,
    atlas_of_rule,
)
from boundaryethics.analysis.changing import Least
from boundaryethics.analysis.explanations import (
    WhyFollows,
    WhyNotFollows,
    WhyNotPlaced,
    WhyPlaced,
)
from boundaryethics.analysis.placed import beside, in_the_way
from boundaryethics.analysis.reading import read_rule
from boundaryethics.analysis.routes import Routes, facts_named, kept_in
from boundaryethics.analysis.starting import Asked, confirm, verdict_of
from boundaryethics.analysis.targets import (
    Binding,
    Holding,
    InPlace,
    Target,
    option_named,
    target_of,
)
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict


def why(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
) -> WhyFollows | WhyPlaced:
    """Why *target* is so: a rule binds, a finding holds, an option has its place.

    For a rule or a finding, the proof that leads from the facts to it. For an
    option, what parts it from the places next to its own.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        target: a rule, a finding, an option, or an option with a place, such as
            `decline first` or `("decline", 1)`.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: there is no such target, or it is not so.
    """
    verdict = verdict_of(situation, policy)
    asked = target_of(target, verdict.policy)
    if not _is_so(verdict, asked):
        raise AnalysisError([_not_so(asked)])
    match asked:
        case InPlace(option):
            return WhyPlaced(
                verdict=verdict, option=option, comparisons=beside(verdict, option)
            )
        case Binding(name) | Holding(name):
            return WhyFollows(verdict=verdict, target=asked, proof=verdict.proofs[name])


def because(
    situation: Asked,
    first: Option | str,
    second: Option | str,
    policy: str | Path | Policy | None = None,
) -> WhyPlaced:
    """What decides between two options, with the reasons on both sides (S17).

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        first: an option.
        second: another one.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: a name is not one of the four options.
    """
    verdict = verdict_of(situation, policy)
    one, other = option_named(first), option_named(second)
    comparison = verdict.because(one, other)
    return WhyPlaced(
        verdict=verdict, option=comparison.above, comparisons=(comparison,)
    )


def why_not(
    situation: Asked,
    target: str | tuple[str, int],
    policy: str | Path | Policy | None = None,
    *,
    fixed: Iterable[str] = (),
) -> WhyNotFollows | WhyNotPlaced:
    """Why *target* is not so, and the least changes of facts that would bring it about.

    For a rule or a finding, its conditions one by one: what is wanted, what is there,
    which rule sets it aside. For an option, what stands in its way to the place; the
    place is the first where none is named. An option is in a place where it stands
    there, alone or with others.

    The changes are all those of the fewest facts, over all situations there are.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        target: a rule, a finding, an option, or an option with a place, such as
            `decline first` or `("decline", 1)`.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        fixed: facts that are not to change.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: there is no such target, it is so, or the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    asked = target_of(target, verdict.policy)
    if isinstance(asked, InPlace):
        asked = InPlace(asked.option, asked.place or 1)
    if _is_so(verdict, asked):
        raise AnalysisError([_already_so(asked)])
    unchanging = facts_named(fixed)
    least = _routes(verdict, asked, unchanging).least(0)
    confirm(verdict, least, partial(_is_so, target=asked))
    if isinstance(asked, InPlace):
        return _not_placed(verdict, asked, unchanging, least)
    return WhyNotFollows(
        verdict=verdict,
        target=asked,
        rules=tuple(read_rule(verdict, rule) for rule in _rules(verdict, asked)),
        fixed=unchanging,
        least=least,
    )


def _not_placed(
    verdict: Verdict, asked: InPlace, fixed: tuple[str, ...], least: Least
) -> WhyNotPlaced:
    place = asked.place or 1
    return WhyNotPlaced(
        verdict=verdict,
        option=asked.option,
        place=place,
        comparisons=in_the_way(verdict, asked.option, place),
        fixed=fixed,
        least=least,
    )


def _is_so(verdict: Verdict, target: Target) -> bool:
    match target:
        case InPlace(option, place):
            return place in {None, verdict.options[option].place}
        case Binding(rule):
            return rule in verdict.binding
        case Holding(finding):
            return finding in verdict.derivation.findings


def _routes(verdict: Verdict, target: Target, fixed: tuple[str, ...]) -> Routes:
    policy, situation = verdict.policy, verdict.situation
    space = kept_in(policy, situation, fixed)
    match target:
        case InPlace(option, place):
            atlas = atlas_of(policy)
            there = atlas.placing(option, place or 1)
            return Routes(atlas, situation, space, there[None, :])
        case Binding(rule):
            return Routes.to_all(atlas_of_rule(policy, rule), situation, space)
        case Holding(finding):
            return Routes.to_all(atlas_of_finding(policy, finding), situation, space)


def _rules(verdict: Verdict, target: Binding | Holding) -> tuple[Rule, ...]:
    """The rule itself; of a finding, those that conclude it."""
    match target:
        case Binding(rule):
            return (verdict.policy.rule[rule],)
        case Holding(finding):
            rules = verdict.policy.rules
            return tuple(rule for rule in rules if finding in rule.then.concludes)


def _not_so(target: Target) -> Problem:
    return Problem(
        code="BE612",
        message=f"`{target}` is not so in this situation: {_STATED[type(target)][1]}",
        help="ask why not",
        token=str(target),
    )


def _already_so(target: Target) -> Problem:
    return Problem(
        code="BE613",
        message=f"`{target}` is so in this situation: {_STATED[type(target)][0]}",
        help="ask why",
        token=str(target),
    )


_STATED = {
    InPlace: ("the option stands there", "the option stands elsewhere"),
    Binding: ("the rule binds", "the rule does not bind"),
    Holding: ("the finding holds", "the finding does not hold"),
}
