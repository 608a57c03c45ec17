"""How long the questions about one situation take.

    python benchmarks/situation_questions.py

For shipped policies, over random situations of which from none to all facts are
known: what is worked out once for a policy, then the median and the worst of ten,
of ninety-nine and of all of `counterfactuals`, `open_questions` and `why_not`, beside
that of `consult`, from facts to answer. `why_not` takes turns among all rules,
findings and options that are not so; what it works out once for each of them is
told apart.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from boundaryethics import UNKNOWN, consult, load_policy
from boundaryethics.analysis import counterfactuals, open_questions, why_not
from boundaryethics.mdd.build import ranking_diagram
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option

POLICIES = ("apa-2017", "aca-2014", "nasw-2021", "us-42-cfr-2")
SITUATIONS = 300
SEED = 20_260_701


def situations(policy: Policy) -> Iterator[Situation]:
    """Random situations, as many of each number of known facts."""
    drawn = random.Random(SEED)  # noqa: S311 - nothing is secret
    facts = policy.vocabulary.facts
    for number in range(SITUATIONS):
        known = set(drawn.sample(range(len(facts)), number % (len(facts) + 1)))
        values = [
            drawn.choice(fact.values) if place in known else UNKNOWN
            for place, fact in enumerate(facts)
        ]
        for clash in policy.vocabulary.clashes:
            if clash.met(values):
                values[clash.tests[0][0]] = UNKNOWN
        yield Situation(vocabulary=policy.vocabulary, values=tuple(values))


def targets(policy: Policy, situation: Situation) -> list[str]:
    """Every rule, finding and option that is not so."""
    verdict = consult(situation, policy)
    rules = [rule.id for rule in policy.rules if rule.id not in verdict.binding]
    findings = [f.id for f in policy.findings if f.id not in verdict.findings]
    options = [option.value for option in Option if option not in verdict.best]
    return [*rules, *findings, *options]


def timed(call: Callable[[], object]) -> float:
    """Milliseconds that *call* takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def told(name: str, times: list[float]) -> None:
    """Print the median, and the worst of ten, of ninety-nine and of all."""
    hundredths = statistics.quantiles(times, n=100)
    marks = (statistics.median(times), hundredths[89], hundredths[98], max(times))
    print(f"  {name:24}" + "".join(f"{mark:9.2f}" for mark in marks))


def measure(name: str) -> None:
    """Measure one policy, and print."""
    policy = load_policy(name)
    asked = list(situations(policy))
    drawn = random.Random(SEED)  # noqa: S311 - nothing is secret
    once = timed(lambda: ranking_diagram(policy))
    atlas = ranking_diagram(policy)
    states = sum(level.follows.shape[1] for level in atlas.levels)
    pairs = [(s, drawn.choice(targets(policy, s))) for s in asked]
    unmet = [
        timed(partial(why_not, asked[0], target, policy))
        for target in targets(policy, asked[0])
    ]
    for situation, target in pairs:
        why_not(situation, target, policy)

    print(f"{name}: {len(policy.rules)} rules; once {once:.0f} ms, {states:,} states")
    print(f"  {'ms':24}{'p50':>9}{'p90':>9}{'p99':>9}{'worst':>9}")
    for question in (consult, counterfactuals, open_questions):
        told(question.__name__, [timed(partial(question, s, policy)) for s in asked])
    told("why_not", [timed(partial(why_not, *pair, policy)) for pair in pairs])
    told("why_not, target unmet", unmet)
    ways = [counterfactuals(s, policy) for s in asked]
    far = [one.distance for f in ways for one in f.to.values() if one.distance]
    never = sum(one.distance is None for f in ways for one in f.to.values())
    most = max(len(one.changes) for f in ways for one in f.to.values())
    print(
        f"  to put an option first: {statistics.mean(far):.1f} facts on average, at "
        f"most {max(far)}; never {never} times; at most {most:,} least changes\n"
    )


def main() -> None:
    """Measure the policies named, or those above."""
    for name in sys.argv[1:] or POLICIES:
        measure(name)


if __name__ == "__main__":
    main()
