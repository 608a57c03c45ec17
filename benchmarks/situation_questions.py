"""Time the analyses of one situation.

    python benchmarks/situation_questions.py

Uses built-in policies, and random situations in which between none and all of the facts
are known. Prints the preparation time per policy, and then percentiles of the times of
`consult`, `counterfactuals`, `open_questions` and `why_not`. The targets of `why_not`
are random rules, findings and options that are not true. Its first call for each
target, which includes preparation, has a separate row.
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
    """Yield random situations, the same number for each number of known facts."""
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
        yield Situation(vocabulary=policy.vocabulary, row=tuple(values))


def targets(policy: Policy, situation: Situation) -> list[str]:
    """List the rules, findings and options that are not true in *situation*."""
    verdict = consult(situation, policy)
    rules = [rule.id for rule in policy.rules if rule.id not in verdict.binding]
    findings = [f.id for f in policy.findings if f.id not in verdict.findings]
    options = [option.value for option in Option if option not in verdict.best]
    return [*rules, *findings, *options]


def timed(call: Callable[[], object]) -> float:
    """Return the milliseconds that *call* takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def print_times(name: str, times: list[float]) -> None:
    """Print the median, the 90th and 99th percentiles, and the maximum of *times*."""
    hundredths = statistics.quantiles(times, n=100)
    marks = (statistics.median(times), hundredths[89], hundredths[98], max(times))
    print(f"  {name:24}" + "".join(f"{mark:9.2f}" for mark in marks))


def measure(name: str) -> None:
    """Measure one policy and print the results."""
    policy = load_policy(name)
    asked = list(situations(policy))
    drawn = random.Random(SEED)  # noqa: S311 - nothing is secret
    once = timed(lambda: ranking_diagram(policy))
    atlas = ranking_diagram(policy)
    states = sum(level.follows.shape[1] for level in atlas.layers)
    pairs = [(s, drawn.choice(targets(policy, s))) for s in asked]
    unmet = [
        timed(partial(why_not, asked[0], target, policy))
        for target in targets(policy, asked[0])
    ]
    for situation, target in pairs:
        why_not(situation, target, policy)

    print(f"{name}: {len(policy.rules)} rules, {states:,} states in {once:.0f} ms")
    print(f"  {'ms':24}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}")
    for question in (consult, counterfactuals, open_questions):
        print_times(
            question.__name__, [timed(partial(question, s, policy)) for s in asked]
        )
    print_times("why_not", [timed(partial(why_not, *pair, policy)) for pair in pairs])
    print_times("why_not, first call", unmet)
    ways = [counterfactuals(s, policy) for s in asked]
    far = [one.distance for f in ways for one in f.to.values() if one.distance]
    never = sum(one.distance is None for f in ways for one in f.to.values())
    most = max(len(one.changes) for f in ways for one in f.to.values())
    print(
        f"  facts to change until another option is first: mean "
        f"{statistics.mean(far):.1f}, maximum {max(far)}; impossible {never} times; "
        f"at most {most:,} smallest changes\n"
    )


def main() -> None:
    """Measure the policies named on the command line; by default, `POLICIES`."""
    for name in sys.argv[1:] or POLICIES:
        measure(name)


if __name__ == "__main__":
    main()
