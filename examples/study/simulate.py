"""Simulate the ratings of the study from known true weights; none are from a person.

The utility of a response for a rater is its score under `truth.yaml` times `SCALE`,
plus a random term with a Gumbel distribution. Raters rank by utility. They skip some
vignettes, and sometimes tie two adjacent responses.

    python simulate.py ratings.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from boundaryethics import Option, consult, load_policy

HERE = Path(__file__).parent
SEED, RATERS = 7, 30
#: Log-odds per unit of weight: a weight of 6 is 0.6 log-odds per point.
SCALE = 0.1
#: The probabilities that a rater skips a vignette, or ties a response with the next.
SKIPPED, TIED = 0.1, 0.05


def scores() -> dict[str, list[float]]:
    """Return the scores of the responses to each vignette under the true weights."""
    truth = load_policy(HERE / "truth.yaml")
    found = {}
    with (HERE / "vignettes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row.pop("vignette")
            verdict = consult({k: v for k, v in row.items() if v}, truth)
            found[name] = [float(verdict.options[o].sums[0]) for o in Option]
    return found


def rows() -> Iterator[tuple[str, str, str, int]]:
    """Yield rater, vignette, response and rank."""
    random, options, known = np.random.default_rng(SEED), [*Option], scores()
    for rater in range(1, RATERS + 1):
        for vignette, score in known.items():
            utility = SCALE * np.array(score) + random.gumbel(size=len(options))
            skips, *ties = random.random(len(options))
            if skips < SKIPPED:
                continue
            steps = [1, *(int(tie >= TIED) for tie in ties)]
            ranked = zip(np.argsort(-utility), np.cumsum(steps), strict=True)
            for option, rank in ranked:
                name = options[option].value
                yield f"simulated-{rater:02}", vignette, name, int(rank)


def main(target: Path) -> None:
    """Write the ratings to *target*."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rater", "vignette", "option", "rank"))
        writer.writerows(rows())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
