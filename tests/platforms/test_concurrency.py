"""Threads, tasks and processes get the same results as a single thread."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier
from typing import TypeAlias

import pytest

import boundaryethics
from support.caches import caches
from support.subprocesses import alone, output_of

THREADS = 16
POLICIES = ("apa-2017", "nasw-2021", "bacp-2018", "peer-recovery")
Asked: TypeAlias = tuple[str, str | None, dict[str, str]]


def asked(number: int) -> list[Asked]:
    """Draw situations, each with a policy and an engine."""
    random = Random(number)  # noqa: S311
    facts = boundaryethics.load_policy("apa-2017").vocabulary.facts
    engines = (None, "reference", "columnar")
    return [
        (
            random.choice(POLICIES),
            random.choice(engines),
            {fact.name: random.choice(fact.values) for fact in random.sample(facts, 3)},
        )
        for _ in range(12)
    ]


def answers(questions: list[Asked]) -> list[object]:
    """Answer each question in full, or give the code of its error."""
    found: list[object] = []
    for policy, engine, facts in questions:
        try:
            found.append(boundaryethics.consult(facts, policy, engine=engine).to_dict())
        except boundaryethics.SituationError as error:
            found.append([problem.code for problem in error.problems])
    return found


def test_threads_get_equal_results() -> None:
    """Sixteen threads with several policies and engines start with empty caches."""
    questions = [asked(number) for number in range(THREADS)]
    expected = [answers(one) for one in questions]
    # Threads fill the caches at the same time.
    for _, cache in caches():
        cache.cache_clear()
    barrier = Barrier(THREADS)

    def work(number: int) -> list[object]:
        barrier.wait()
        return answers(questions[number])

    with ThreadPoolExecutor(THREADS) as pool:
        assert expected == list(pool.map(work, range(THREADS)))


def test_asyncio_tasks_in_threads_get_equal_results() -> None:
    """`asyncio.to_thread` gives each task its own result."""
    questions = [asked(number) for number in range(40, 48)]

    async def gathered() -> list[list[object]]:
        waiting = (asyncio.to_thread(answers, one) for one in questions)
        return await asyncio.gather(*waiting)

    assert [answers(one) for one in questions] == asyncio.run(gathered())


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver"])
def test_processes_get_equal_results(kind: str) -> None:
    """A sweep in a daemonic process needs `workers=1`, and leaves no files."""
    if kind not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {kind}")
    done = alone(str(Path(__file__).with_name("processes.py")), kind)

    assert 0 == done.returncode, output_of(done)
    assert "" == done.stderr
    refused, advice, *rows = done.stdout.splitlines()
    assert refused == ("BE813: a daemonic process cannot start a sweep's 2 processes")
    assert "  help: use `workers=1`" == advice
    assert len(rows) == 2
    assert rows[0] == rows[1] > "0"
