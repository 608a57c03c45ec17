"""Use new policies and situations repeatedly; exit with 1 if memory grows."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import attrs

import boundaryethics
from boundaryethics.model.policy import Policy

SMALL = boundaryethics.load_policy(
    Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
)
#: Growth in MiB that counts as noise: pages that the allocator keeps.
NOISE = 12
RANDOM = Random(1)  # noqa: S311


def of_policies(number: int) -> None:
    """Consult a new policy."""
    policy: Policy = attrs.evolve(SMALL, id=f"small-{number}")
    boundaryethics.consult({"contact": "message"}, policy)
    if number % 10 == 0 and number < 800:
        boundaryethics.open_questions({"contact": "message"}, policy)
        boundaryethics.verify(policy)


def of_situations(number: int) -> None:
    """Consult a new situation in several ways."""
    facts = RANDOM.sample(SMALL.vocabulary.facts, 6)
    stated = {fact.name: RANDOM.choice(fact.values) for fact in facts}
    try:
        verdict = boundaryethics.consult(stated, SMALL)
    except boundaryethics.SituationError:
        return
    COMPILED.consult(stated)
    if number % 50 == 0:
        verdict.worksheet()
        boundaryethics.counterfactuals(stated, SMALL)


def used() -> float:
    """Return the memory in use, in MiB."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


COMPILED = boundaryethics.compile_policy(SMALL)
KINDS: tuple[Callable[[int], None], ...] = (of_policies, of_situations)
for use in KINDS:
    for number in range(400):
        use(number)
    before = used()
    for number in range(400, 2400):
        use(number)
    if used() - before > NOISE:
        sys.exit(f"{use.__name__}: from {before:.0f} to {used():.0f} MiB")
    sys.stdout.write(f"{use.__name__}: {before:.0f}, {used():.0f} MiB\n")
