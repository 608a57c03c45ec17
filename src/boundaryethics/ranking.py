"""Rank options by status and score, with ties, for single situations and for arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import fsum, sqrt
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs

from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    MethodName,
    Option,
    Pull,
    Rule,
    Status,
    Strength,
    rules_by,
)
from boundaryethics.model.verdict import (
    STATUS,
    Advice,
    Assessment,
    Derivation,
    Dilemma,
    Presenter,
    Reason,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


OPTIONS = tuple(Option)
#: The six pairs of options. An index into this tuple is the number of a pair.
PAIRS = tuple(combinations(range(len(OPTIONS)), 2))
#: The sort order of the statuses; lower is better (S12).
STATUS_ORDER = {Status.REQUIRED: 0, Status.ALLOWED: 1, Status.FORBIDDEN: 2}
_STRONGEST_FIRST = {None: 0, Strength.STRONG: 1, Strength.MODERATE: 2, Strength.WEAK: 3}

#: Groups of tied options, starting with rank 1.
Ranking: TypeAlias = tuple[tuple[Option, ...], ...]


def ranks_of(scores: Sequence[Any]) -> tuple[int, ...]:
    """Return the rank of each of *scores*, with ties (S16). Lower scores are better."""
    ordered = sorted(set(scores))
    return tuple([1 + ordered.index(score) for score in scores])


def grouped(ranks: Sequence[int]) -> Ranking:
    """Group the options by their ranks."""
    return tuple(
        tuple(option for option, own in zip(OPTIONS, ranks, strict=True) if own == rank)
        for rank in sorted(set(ranks))
    )


def ranking_by(scores: Sequence[Any]) -> Ranking:
    """Rank the options by their *scores*; lower is better."""
    return grouped(ranks_of(scores))


def losses(signs: Iterable[int]) -> tuple[int, ...]:
    """For each option, count the options that rank above it.

    *signs* has an entry for each pair: 1 if its first option ranks higher, -1 if its
    second does, and 0 for a tie.
    """
    lost = [0] * len(OPTIONS)
    for (first, second), sign in zip(PAIRS, signs, strict=True):
        lost[first] += sign < 0
        lost[second] += sign > 0
    return tuple(lost)


def signs_of(ranking: Ranking) -> tuple[int, ...]:
    """Return the sign of each pair, as in `losses`, or 0 if an option is missing."""
    places = {option: n for n, group in enumerate(ranking) for option in group}
    return tuple(
        (places[one] < places[other]) - (places[one] > places[other])
        if one in places and other in places
        else 0
        for one, other in combinations(OPTIONS, 2)
    )


def ranks_by_signs(signs: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Rank the options of each row by the *signs* of the row's pairs.

    Args:
        signs: an array of signs as in `losses`, with the shape (rows, pairs).

    Returns:
        The ranks, starting at 1, with the shape (rows, options).
    """
    numbers = (signs + 1).astype("int64") @ [3**n for n in range(len(PAIRS))][::-1]
    placed: npt.NDArray[np.uint8] = _ranks_of_all_signs()[numbers]
    return placed


def ranks_by_scores(scores: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Rank the options of each row by their *scores*; lower is better.

    Args:
        scores: an array with the shape (criteria, options, rows), the most important
            criterion first.

    Returns:
        The ranks, starting at 1, with the shape (rows, options).
    """
    import numpy as np

    signs = np.zeros((scores.shape[2], len(PAIRS)), np.int8)
    for column, (first, second) in enumerate(PAIRS):
        for value in scores[::-1]:
            sign = (value[first] < value[second]).astype(np.int8)
            sign -= value[first] > value[second]
            signs[:, column] = np.where(sign, sign, signs[:, column])
    return ranks_by_signs(signs)


@cache
def _ranks_of_all_signs() -> npt.NDArray[np.uint8]:
    """Return the ranks for each combination of signs. The last sign varies fastest."""
    import numpy as np

    settings = product((-1, 0, 1), repeat=len(PAIRS))
    return np.array([ranks_of(losses(signs)) for signs in settings], np.uint8)


#: The points of a ban and of a requirement for the criterion `status`. A ban outweighs
#: a requirement.
_BINDING_POINTS = {Pull.REQUIRES: 1, Pull.FORBIDS: -2}
_LEVELS = tuple(strength.value for strength in Strength)

#: Takes a reason's strength and principle, and returns its criterion and its points.
Counting: TypeAlias = Callable[[Strength, str], tuple[str, int]]
#: For each rule and option, the reasons for and against the option.
RuleReasons: TypeAlias = Mapping[str, tuple[tuple[Reason, ...], ...]]


@final
@attrs.frozen
class Scales:
    """A policy with its method's criteria and its rules' reasons."""

    policy: Policy
    #: The criteria that follow status, in order.
    criteria: tuple[str, ...]
    reasons: RuleReasons
    presenter: Presenter


def scales(policy: Policy, presenter: Presenter) -> Scales:
    """Return the scales of *policy*; *presenter* presents its verdicts."""
    return Scales(policy, *criteria_and_reasons(policy), presenter)


def criteria_and_reasons(policy: Policy) -> tuple[tuple[str, ...], RuleReasons]:
    """Return the criteria that follow status, and each rule's reasons by option."""
    criteria, counting = _method(policy)
    by_rule: dict[str, tuple[tuple[Reason, ...], ...]] = {}
    for rule in policy.rules:
        reasons = tuple(_reasons(policy, rule, counting))
        by_rule[rule.id] = tuple(
            tuple(reason for reason in reasons if reason.option is option)
            for option in OPTIONS
        )
    return criteria, by_rule


def _method(policy: Policy) -> tuple[tuple[str, ...], Counting]:
    """Return the method's criteria, and the function that assigns points."""
    method = policy.method
    points = dict(method.points)
    match method.name:
        case MethodName.LEVELWISE:
            return _LEVELS, lambda strength, _: (strength.value, 1)
        case MethodName.WEIGHTED:
            weights = {p.id: p.weight for p in policy.principles}
            return ("total",), lambda strength, principle: (
                "total",
                points[strength] * weights[principle],
            )
        case MethodName.LEXICOGRAPHIC:
            tiers = {
                principle: f"tier {number}"
                for number, tier in enumerate(method.priority, start=1)
                for principle in tier
            }
            last = f"tier {len(method.priority) + 1}"
            return (*dict.fromkeys(tiers.values()), last), lambda strength, principle: (
                tiers.get(principle, last),
                points[strength],
            )


def _reasons(policy: Policy, rule: Rule, counting: Counting) -> Iterable[Reason]:
    principle = rule.principle or ""
    cites = policy.citations_of(rule)
    for pull, option, strength in rule.then.pulls():
        criterion, points = STATUS, _BINDING_POINTS.get(pull, 0)
        if strength:
            criterion, points = counting(strength, principle)
            points *= -1 if pull is Pull.OPPOSES else 1
        yield Reason(
            rule=rule.id,
            option=option,
            pull=pull,
            strength=strength,
            principle=principle,
            because=rule.because,
            cites=cites,
            criterion=criterion,
            points=points,
        )


def weigh(scales: Scales, situation: Situation, derivation: Derivation) -> Verdict:
    """Return the verdict on *situation* that follows from the *derivation*."""
    assessments = tuple(_assessed(scales, derivation.binding))
    rules = [scales.policy.rule[name] for name in derivation.binding]
    return Verdict(
        policy=scales.policy,
        situation=situation,
        derivation=derivation,
        ranking=grouped([one.rank for one in assessments]),
        assessments=assessments,
        criteria=scales.criteria,
        actions=worded(advice(scales.policy, rules), scales.policy, situation),
        questions=questions(scales.policy, rules),
        dilemmas=tuple(dilemmas(assessments)),
        presenter=scales.presenter,
    )


def _assessed(scales: Scales, binding: tuple[str, ...]) -> Iterator[Assessment]:
    """Yield the assessment of each option. Options with equal scores are tied (S16)."""
    by_rule = [scales.reasons[rule] for rule in binding]
    by_option = [[r for rule in by_rule for r in rule[n]] for n in range(len(OPTIONS))]
    statuses = [status_of(reasons) for reasons in by_option]
    sums = [sums_of(reasons, scales.criteria) for reasons in by_option]
    ranks = ranks_of([*map(score_of, statuses, sums)])
    for index, option in enumerate(OPTIONS):
        yield Assessment(
            option=option,
            rank=ranks[index],
            status=statuses[index],
            reasons=tuple(sorted(by_option[index], key=strongest_first)),
            sums=sums[index],
        )


def score_of(status: Status, sums: tuple[int, ...]) -> tuple[int, ...]:
    """Return the score of an option; lower is better."""
    return STATUS_ORDER[status], *(-number for number in sums)


def status_of(reasons: Sequence[Reason]) -> Status:
    """Return the status of an option with *reasons* for and against it (S12)."""
    pulls = {reason.pull for reason in reasons}
    if Pull.FORBIDS in pulls:
        return Status.FORBIDDEN
    return Status.REQUIRED if Pull.REQUIRES in pulls else Status.ALLOWED


def sums_of(reasons: Iterable[Reason], criteria: tuple[str, ...]) -> tuple[int, ...]:
    """Add up the points of *reasons* for each of *criteria*."""
    sums = dict.fromkeys((STATUS, *criteria), 0)
    for reason in reasons:
        sums[reason.criterion] += reason.points
    return tuple(sums[criterion] for criterion in criteria)


def strongest_first(reason: Reason) -> tuple[int, str]:
    """Return the sort key of a reason; the strongest reason comes first."""
    return _STRONGEST_FIRST[reason.strength], reason.rule


def advice(
    policy: Policy, rules: list[Rule], among: Iterable[str] | None = None
) -> tuple[Advice, ...]:
    """Return the actions that *rules* advise, limited to those in *among* if given.

    `worded` selects their wording for a situation.
    """
    by, rule = rules_by(rules, lambda rule: rule.then.advises), policy.rule
    return tuple(
        Advice(
            action=name,
            says=policy.action[name].says,
            rules=by[name],
            principles=tuple({rule[id].principle or "": None for id in by[name]}),
        )
        for name in (policy.action if among is None else among)
        if name in by
    )


def worded(
    steps: tuple[Advice, ...], policy: Policy, situation: Situation
) -> tuple[Advice, ...]:
    """Return the actions in *steps*, worded for *situation*."""
    return tuple(
        attrs.evolve(one, says=policy.action[one.action].said(situation))
        if policy.action[one.action].instead
        else one
        for one in steps
    )


def questions(
    policy: Policy, rules: list[Rule], among: Iterable[str] | None = None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the supervision questions that *rules* address, each with its rules.

    If *among* is given, only the questions in it are returned.
    """
    by = rules_by(rules, lambda rule: rule.supervision_questions)
    names = policy.question if among is None else among
    return tuple((name, by[name]) for name in names if name in by)


def dilemmas(assessments: tuple[Assessment, ...]) -> Iterable[Dilemma]:
    """Yield conflicts among requirements and bans (S13)."""
    bound = [a for a in assessments if a.status is not Status.ALLOWED]
    required = [a for a in bound if a.by(Pull.REQUIRES)]
    for assessment in required:
        if assessment.by(Pull.FORBIDS):
            yield _dilemma("required_and_forbidden", [assessment])
    if all(a.status is Status.FORBIDDEN for a in assessments):
        yield _dilemma("all_forbidden", assessments)
    if len(required) > 1:
        yield _dilemma("several_required", required)


def _dilemma(kind: str, among: Sequence[Assessment]) -> Dilemma:
    reasons = (r for one in among for r in one.reasons if r.criterion == STATUS)
    rules = tuple(dict.fromkeys(reason.rule for reason in reasons))
    return Dilemma(kind=kind, options=tuple(a.option for a in among), rules=rules)


def tau_b(one: Ranking, other: Ranking) -> float | None:
    """Compute Kendall's tau-b over the options that both rankings contain.

    Return None if they share fewer than two options, or if either ranking ties all
    the options that they share.
    """
    ranks, others = (
        {option: rank for rank, group in enumerate(ranking) for option in group}
        for ranking in (one, other)
    )
    both = untied = other_untied = 0
    for a, b in combinations([option for option in ranks if option in others], 2):
        sign = (ranks[a] > ranks[b]) - (ranks[a] < ranks[b])
        other_sign = (others[a] > others[b]) - (others[a] < others[b])
        both += sign * other_sign
        untied += abs(sign)
        other_untied += abs(other_sign)
    if not (untied and other_untied):
        return None
    return both / sqrt(untied * other_untied)


def ws_coefficient(reference: Ranking, other: Ranking) -> float:
    """Compute the WS coefficient of two rankings of the same options.

    It is 1 for equal rankings. A difference counts more if the option has a high rank
    in *reference*, so the coefficient is not symmetric. Tied options share the mean
    of their ranks. Source: Sałabun & Urbaniak (2020), A new coefficient of rankings
    similarity in decision-making problems, ICCS 2020.
    """
    ranks, others = _mean_ranks(reference), _mean_ranks(other)
    size = len(ranks)
    return 1 - fsum(
        2**-rank * abs(rank - others[option]) / max(rank - 1, size - rank)
        for option, rank in ranks.items()
    )


def _mean_ranks(ranking: Ranking) -> dict[Option, float]:
    """Return the rank of each option; tied options share the mean of their ranks."""
    ranks: dict[Option, float] = {}
    for group in ranking:
        middle = len(ranks) + (1 + len(group)) / 2
        ranks |= dict.fromkeys(group, middle)
    return ranks


@final
@attrs.frozen(kw_only=True)
class RankSimilarity:
    """How similar rankings are to reference rankings, over many situations."""

    #: The mean and the minimum of Kendall's tau-b, over the situations in which it is
    #: defined; None if there are none.
    tau: float | None
    tau_min: float | None
    #: The number of situations without tau-b, because a ranking ties all options.
    tau_undefined: int | Fraction
    #: The mean and the minimum of the WS coefficient.
    ws: float
    ws_min: float


def rank_similarity(
    moves: Iterable[tuple[Ranking, Ranking, int | Fraction]],
    same: int | Fraction,
    tied: int | Fraction,
) -> RankSimilarity:
    """Average tau-b and the WS coefficient over situations.

    Args:
        moves: pairs of different rankings, with the reference first, and the number of
            situations with each pair.
        same: the number of situations with equal rankings.
        tied: the number of these situations in which all options are tied.
    """
    found = [(n, tau_b(a, b), ws_coefficient(a, b)) for a, b, n in moves]
    undefined = tied + sum(count for count, tau, _ in found if tau is None)
    total = same + sum(count for count, _, _ in found)
    taus = [(count, tau) for count, tau, _ in found if tau is not None]
    # Equal rankings have a WS coefficient of 1, and a tau-b of 1 if it is defined.
    ones = [1.0] if same > tied else []
    return RankSimilarity(
        tau=1 - _mean_loss(taus, total - undefined) if total > undefined else None,
        tau_min=min([tau for _, tau in taus] + ones, default=None),
        tau_undefined=undefined,
        ws=1 - _mean_loss([(count, ws) for count, _, ws in found], total),
        ws_min=min([ws for _, _, ws in found], default=1.0),
    )


def _mean_loss(
    found: Iterable[tuple[int | Fraction, float]], total: int | Fraction
) -> float:
    """Return 1 minus the mean value over *total* situations.

    Each pair in *found* contains a number of situations and their value. All other
    situations have the value 1.
    """
    return fsum(float(Fraction(n, total)) * (1 - value) for n, value in found)
