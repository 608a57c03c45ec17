"""Memory is bounded: every cache has a limit."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from support.caches import caches, load_everything
from support.subprocesses import alone, output_of

#: Each cache with the most entries that it holds; the page for applications has a
#: table. A cache without a bound takes no arguments, so it has one entry.
BOUNDS = {
    "arguments._hints": 1024,
    "analysis.discriminating._distance": 4096,
    "analysis.questions.prepared": 32,
    "batch.frames.ready": 8,
    "consult._ready": 32,
    "errors.problem_table": None,
    "inference.program._clauses_of": 8,
    "inference.program.lower": 64,
    "inference.program.strata": 8,
    "mdd.answers.answer_diagram": 32,
    "mdd.build.finding_diagram": 512,
    "mdd.build.ranking_diagram": 32,
    "mdd.build.rule_diagram": 512,
    "mdd.scores.signs_by_status": None,
    "mdd.scores.members": None,
    "model.validation.refuse_invalid": 64,
    "panel.consensus._orders": None,
    "policies.loader._loaded": 64,
    "policies.loader._parse": 8,
    "policies.loader.consultable": 1,
    "policies.loader.overlays": 1,
    "policies.loader.shipped": 1,
    "policies.loader.shipped_prompts": 1,
    "policies.loader.shipped_texts": 2,
    "policies.loader.shipped_vocabulary": 1,
    "policies.schema._validator": 2,
    "ranking._ranks_of_all_signs": None,
    "render.templates._environment": 3,
}


def test_every_cache_is_in_the_table_of_bounds() -> None:
    """The caches are those of the table."""
    load_everything()
    found = {
        name.removeprefix("boundaryethics."): one.cache_parameters()["maxsize"]
        for name, one in caches()
    }

    assert BOUNDS == found


def test_a_cache_without_a_bound_has_one_entry() -> None:
    """The cached function takes no arguments."""
    for name, one in caches():
        if one.cache_parameters()["maxsize"] is None:
            assert not inspect.signature(one.__wrapped__).parameters, name


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="only Linux tells the memory in use"
)
def test_memory_does_not_grow_with_policies_and_situations() -> None:
    """Two thousand new ones need as much memory as the first few hundred."""
    done = alone(str(Path(__file__).with_name("growth.py")))

    assert 0 == done.returncode, output_of(done)
