"""Open questions: what is unknown, what each answer would do, and what to ask first.

In: a situation. Out: whether its ranking is settled whatever else is learnt (S18),
and the facts that can still change it, in the order in which asking settles most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from boundaryethics.analysis.atlases import Atlas, atlas_of
from boundaryethics.analysis.openness import (
    Answer,
    OpenQuestion,
    OpenQuestions,
    Outcome,
)
from boundaryethics.analysis.showing import told
from boundaryethics.analysis.starting import Asked, verdict_of
from boundaryethics.analysis.tallying import Tally
from boundaryethics.diagrams.given import Given, Space, space_of
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import Problem, SituationError
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict


def open_questions(
    situation: Asked,
    policy: str | Path | Policy | None = None,
    *,
    given: Given | None = None,
) -> OpenQuestions:
    """The unknown facts that can still change the ranking, and what they would do.

    The question comes first whose answer tells most of the ranking. To measure it,
    count for each answer the completions that have the ranking which is then the
    commonest, and add them up: it is how often one would be right who foretold the
    ranking by that answer alone. Among equals, the question comes first that leaves
    the fewer rankings possible on average, then the one that the vocabulary lists
    first. Each completion counts once; nothing is said of how likely it is.

    Args:
        situation: facts with their values; or a verdict, which brings its policy.
        policy: a policy, the id of a shipped one, or the path of a policy file; that
            of the verdict, or the default one, where none is named.
        given: unknown facts confined to some values; one that is confined to
            `unknown` cannot be found out, and stays so.

    Raises:
        SituationError: a fact or a value is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
        AnalysisError: the policy is too large.
    """
    verdict = verdict_of(situation, policy)
    atlas = atlas_of(verdict.policy)
    space = _completions(verdict.situation, given)
    tally = Tally.over(atlas, space)
    found = tuple(sorted(_questions(verdict, atlas, tally, space), key=_most_telling))
    told_of = {one.fact.name for one in found}
    outcomes = zip(tally.rankings, tally.counts, strict=True)
    return OpenQuestions(
        verdict=verdict,
        completions=tally.total,
        outcomes=tuple(
            Outcome(ranking=ranking, count=count)
            for ranking, count in sorted(outcomes, key=lambda o: (-o[1], told(o[0])))
        ),
        questions=tuple(one for one in found if one.matters),
        later=tuple(one for one in found if not one.matters),
        idle=tuple(n for n in _asked(verdict.situation, space) if n not in told_of),
    )


def _completions(situation: Situation, given: Given | None) -> Space:
    """Every unknown fact with one of its other values; known ones as they are.

    A fact that clashes with others may have to be left unknown.
    """
    space = space_of(situation.vocabulary, given)
    known = zip(situation.items(), space.allowed, strict=True)
    outside = [fact for fact, values in known if _contradicts(fact[1], values)]
    if outside:
        raise SituationError(_contradiction(*fact) for fact in outside)
    clashing = {n for clash in space.vocabulary.clashes for n, _ in clash.tests}
    allowed = (
        _found_out(values, clashing=place in clashing) if now == UNKNOWN else (now,)
        for place, (now, values) in enumerate(
            zip(situation.values, space.allowed, strict=True)
        )
    )
    return Space(space.vocabulary, tuple(allowed))


def _found_out(values: tuple[str, ...], *, clashing: bool) -> tuple[str, ...]:
    known = tuple(value for value in values if value != UNKNOWN)
    return (*known, UNKNOWN) if clashing or not known else known


def _contradicts(now: str, allowed: tuple[str, ...]) -> bool:
    return now != UNKNOWN and now not in allowed


def _contradiction(name: str, value: str) -> Problem:
    return Problem(
        code="BE405",
        message=f"fact `{name}` is `{value}` here, and is given as something else",
        help="ask of the situation as it is, or change it first",
        path=(name,),
        token=name,
    )


def _asked(situation: Situation, space: Space) -> dict[str, tuple[str, ...]]:
    """The facts that can be found out, each with its possible answers."""
    answers = {
        name: tuple(v for v in situation.values_possible_for(name) if v in allowed)
        for (name, now), allowed in zip(situation.items(), space.allowed, strict=True)
        if now == UNKNOWN
    }
    return {name: values for name, values in answers.items() if values}


def _questions(
    verdict: Verdict, atlas: Atlas, tally: Tally, space: Space
) -> Iterator[OpenQuestion]:
    for name, values in _asked(verdict.situation, space).items():
        alone = _alone(verdict.situation, atlas, name, values)
        matters = any(ranking != verdict.ranking for ranking in alone)
        if matters or name in tally.deciding:
            counts = tally.by_value(name)
            yield OpenQuestion(
                fact=verdict.situation.vocabulary[name],
                answers=tuple(
                    Answer(value=v, ranking=r, left=sum(c > 0 for c in counts[v]))
                    for v, r in zip(values, alone, strict=True)
                ),
                matters=matters,
                # Where it has to be left unknown, that is an answer too.
                foretold=Fraction(sum(map(max, counts.values())), tally.total),
            )


def _alone(
    situation: Situation, atlas: Atlas, name: str, values: Iterable[str]
) -> list[Ranking]:
    """The ranking with the fact fixed to each of *values*, and all else as it is."""
    number = atlas.number[name]
    places = [atlas.levels[number].place[value] for value in values]
    paths = np.tile(np.array(atlas.path(situation)), (len(places), 1))
    paths[:, number] = places
    return [atlas.rankings[end] for end in atlas.ends_of(paths).tolist()]


def _most_telling(question: OpenQuestion) -> tuple[Fraction, Fraction]:
    return -question.foretold, question.left
