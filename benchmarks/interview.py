"""Count the questions in interviews, and time them.

    python -m benchmarks.interview [--situations N] [--output docs]

Draws random possible situations in which every fact that has a question is known.
Answers interviews about them, and counts the questions until the order and the statuses
are settled, and until every outcome is settled. For comparison, it also asks the
questions in the order of the vocabulary. Then times the questions in some interviews.
With `--output`, writes the figures to the page about performance.
"""

from __future__ import annotations

import platform
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import click

from boundaryethics import UNKNOWN, Interview, Policy, Situation, load_policy
from boundaryethics.analysis.questions import prepared

POLICIES = ("apa-2017", "nasw-2021")
SEED = 20_261_127
SITUATIONS, TIMED = 10_000, 200
PAGE = Path("explanation", "performance.md")
BEGIN, END = "<!-- interview -->", "<!-- end of interview -->"

#: The facts that were asked, with their values. An unknown fact was skipped, because
#: none of its values is possible in the situation.
Known: TypeAlias = frozenset[tuple[str, str]]


def situations(policy: Policy, number: int) -> Iterator[Situation]:
    """Yield random possible situations in which every fact with a question is known.

    A fact stays unknown if none of its values is possible.
    """
    drawn = random.Random(SEED)  # noqa: S311 - nothing is secret
    asked = [fact.name for fact in policy.vocabulary.facts if fact.question]
    for _ in range(number):
        situation = policy.vocabulary.situation({})
        for name in drawn.sample(asked, len(asked)):
            if values := situation.values_possible_for(name):
                situation = situation.with_facts(**{name: drawn.choice(values)})
        yield situation


def most_telling(
    policy: Policy, asked: Sequence[Situation]
) -> tuple[list[int], list[int]]:
    """Count the questions until the order is settled, and until everything is."""
    seen: dict[Known, tuple[bool, str | None]] = {}
    order: list[int] = []
    everything: list[int] = []
    for situation in asked:
        known: Known = frozenset()
        settled_at: int | None = None
        while True:
            if known not in seen:
                interview = Interview(policy, steps=sorted(known))
                question, now = interview.question, interview.settled
                name = question.fact.name if question else None
                seen[known] = (now.status and now.ranking, name)
            settled, name = seen[known]
            if settled and settled_at is None:
                settled_at = len(known)
            if name is None:
                break
            known |= {(name, situation[name])}
        order.append(len(known) if settled_at is None else settled_at)
        everything.append(len(known))
    return order, everything


def in_order(policy: Policy, asked: Sequence[Situation]) -> list[int]:
    """Count the questions, in vocabulary order, until everything is settled."""
    ready = prepared(policy)
    names = [fact.name for fact in policy.vocabulary.facts if fact.question]
    unasked = {fact.name for fact in policy.vocabulary.facts if not fact.question}
    seen: dict[tuple[Situation, frozenset[str]], bool] = {}
    counts: list[int] = []
    for situation in asked:
        now, count, skipped = policy.vocabulary.situation({}), 0, {*unasked}
        end = ready.diagram.effects(situation)[0]
        for name in names:
            # An outcome is not settled if the complete situation itself changes it.
            if (ready.diagram.effects(now)[0] == end).all():
                state = (now, frozenset(skipped))
                if state not in seen:
                    seen[state] = ready.ranked(*state).settled.everything
                if seen[state]:
                    break
            if not now.values_possible_for(name):
                continue
            count += 1
            if situation[name] == UNKNOWN:
                skipped.add(name)
            else:
                now = now.with_facts(**{name: situation[name]})
        counts.append(count)
    return counts


def times(policy: Policy, asked: Sequence[Situation]) -> list[float]:
    """Return the processor times from answers to the next questions in milliseconds."""
    taken: list[float] = []
    for situation in asked:
        interview = Interview(policy)
        while question := interview.question:
            value = situation[question.fact.name]
            start = time.process_time()
            interview = interview.answer(value)
            interview.question  # noqa: B018 - computed once, and cached
            taken.append((time.process_time() - start) * 1e3)
    return taken


def row(policy: str, order: str, counts: Sequence[int]) -> str:
    """Return a table row with the mean, median, 90th percentile and maximum."""
    tenths = statistics.quantiles(counts, n=10)
    few = sum(count <= 10 for count in counts) / len(counts)  # noqa: PLR2004
    return (
        f"| `{policy}` | {order} | {statistics.mean(counts):.1f} | "
        f"{statistics.median(counts):.0f} | {tenths[-1]:.0f} | {max(counts)} "
        f"| {few:.0%} |"
    )


def measured(number: int) -> Iterator[str]:
    """Measure each policy, and yield the results as lines of Markdown."""
    yield f"{number:,} possible situations drawn at random, seed {SEED}."
    yield ""
    yield (
        "| policy | questions | mean | median | 90th percentile | maximum |"
        " at most 10 |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    notes = list[str]()
    for name in POLICIES:
        policy = load_policy(name)
        start = time.process_time()
        Interview(policy).question  # noqa: B018 - prepares the policy
        once = time.process_time() - start
        asked = [*situations(policy, number)]
        each = times(policy, asked[:TIMED])
        notes.append(
            f"With `{name}`, finding the next question takes "
            f"{statistics.median(each):.1f} ms of processor time "
            f"(median; maximum {max(each):.1f} ms), "
            f"after {once:.1f} s of preparation."
        )
        order, everything = most_telling(policy, asked)
        yield row(name, "interview, until the order is settled", order)
        yield row(name, "interview, until everything is settled", everything)
        fixed = in_order(policy, asked)
        in_turn = "in the order of the vocabulary, until everything is settled"
        yield row(name, in_turn, fixed)
    yield ""
    yield from notes
    system = f"{platform.system()} {platform.machine()}"
    yield f"Python {platform.python_version()}, {system}."


@click.command()
@click.option("--situations", "number", default=SITUATIONS, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the docs.")
def main(number: int, output: Path | None) -> None:
    """Count the questions in interviews, and time them."""
    lines = list[str]()
    for line in measured(number):
        click.echo(line)
        lines.append(line)
    if output:
        page = output / PAGE
        before, _, rest = page.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        text = "\n".join(lines)
        page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
