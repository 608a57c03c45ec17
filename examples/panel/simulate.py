"""Simulate the ratings in examples/panel; none of them are from a person.

The utility of an option for a rater is the sum of its points under apa-2017 times the
weights below, plus a random term. A rater ranks by utility. Some raters leave out a
vignette or an option, or tie two options.

    python examples/panel/simulate.py ratings.csv
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from boundaryethics import Option, Verdict, consult
from boundaryethics.model.rules import Pull

VIGNETTES = Path(__file__).with_name("vignettes.csv")
POLICY = "apa-2017"
RATERS = 24
SEED = 20

#: The true weights of the raters, in log-odds per point.
WEIGHTS = {
    "candor": 0.3,
    "fidelity": 0.6,
    "former_clients": 0.7,
    "managing_overlap": 0.5,
    "private_life": 0.8,
    "respect": 0.4,
    "role_clarity": 0.4,
    "safety": 0.6,
    "self_disclosure": 0.5,
    "shared_community": 0.5,
}

#: The probabilities that a rater leaves out a vignette, leaves out an option, or ties
#: two options.
NOT_RATED, NOT_PLACED, TIED = 0.1, 0.05, 0.1


def utility(verdict: Verdict, option: Option) -> float:
    """Compute the part of an option's utility that all raters share."""
    points = dict(verdict.policy.method.points)
    return sum(
        (-1 if reason.pull is Pull.OPPOSES else 1)
        * points[reason.strength]
        * WEIGHTS.get(reason.principle, 0.0)
        for reason in verdict.options[option].reasons
        if reason.strength
    )


def ranked(verdict: Verdict, chance: random.Random) -> Iterator[tuple[Option, int]]:
    """Yield the options with the ranks that one simulated rater gives them."""
    felt = {
        option: utility(verdict, option) - math.log(-math.log(chance.random()))
        for option in Option
    }
    order = sorted(Option, key=lambda option: -felt[option])
    if chance.random() < NOT_PLACED:
        order.remove(chance.choice(order))
    place = 0
    for number, option in enumerate(order):
        place += number == 0 or chance.random() >= TIED
        yield option, place


def rows() -> Iterator[tuple[str, str, str, int]]:
    """Yield rater, vignette, option and rank for each simulated rank."""
    chance = random.Random(SEED)  # noqa: S311 - not for security
    with VIGNETTES.open(encoding="utf-8", newline="") as file:
        vignettes = list(csv.DictReader(file))
    verdicts = {
        facts.pop("vignette"): consult({k: v for k, v in facts.items() if v}, POLICY)
        for facts in vignettes
    }
    for number in range(1, RATERS + 1):
        for vignette, verdict in verdicts.items():
            if chance.random() >= NOT_RATED:
                for option, place in ranked(verdict, chance):
                    yield f"simulated-{number:02}", vignette, option.value, place


def main(target: Path) -> None:
    """Write the ratings to *target*."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rater", "vignette", "option", "rank"))
        writer.writerows(rows())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
