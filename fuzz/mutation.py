"""Measure the mutation score: the share of small faults that the tests notice.

    python -m fuzz.mutation [PART ...] --sample 150 --seed 1

Cosmic Ray creates the mutants, and for each part, a seeded sample of them is tested. A
forked process loads the mutant instead of the original module, so nothing on disk
changes, and no test run has to start Python. `fuzz/equivalent_mutants.toml` lists
mutants that are known to be equivalent, with reasons.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import os
import resource
import signal
import sys
import time
import tomllib
import traceback
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from random import Random
from types import CodeType
from typing import Any

import attrs
import psutil
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "boundaryethics"
EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"

_ORACLE = "tests/properties/test_oracle_agrees.py"
_QUESTIONS = "tests/properties/test_open_questions_are_all_and_only.py"
#: Slow tests, which kill few mutants that survive the faster tests.
_SLOW = (
    f"{_QUESTIONS}::test_open_questions_of_built_in_policies_match_brute_force",
    "tests/model/test_mappings.py::test_policies_lists_the_built_in_policies",
    "tests/policies/test_convert.py::test_a_built_in_policy_reads_back_equal",
    "tests/policies/test_limits.py::test_the_clauses_of_all_conditions_are_limited",
    "tests/policies/test_limits.py::test_too_many_rules_are_rejected",
    "tests/policies/test_naming_policies.py::test_a_policy_as_an_argument",
    "tests/policies/test_yaml_without_libyaml.py::test_commands_print_the_same",
    "tests/render/test_verdict_schema.py::test_an_altered_value_is_an_error",
    "tests/render/test_verdict_schema.py::test_verdicts_of_built_in_policies_match",
)
#: For each part, its files and the tests that cover it, the fastest first.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ranking": ("ranking.py", ("tests/test_ranking.py", "tests/test_tau.py", _ORACLE)),
    "consult": ("consult.py", ("tests/test_consult.py", "tests/test_report.py")),
    "model": (
        "model/*.py",
        (
            "tests/model",
            "tests/test_ranking.py",
            "tests/properties/test_clauses_equal_conditions.py",
            "tests/test_consult.py",
            "tests/render",
            "tests/policies",
        ),
    ),
    "policies": (
        "policies/*.py",
        (
            "tests/policies",
            "tests/test_problems.py",
            "tests/panel/test_reading.py",
            "tests/docs/test_limits.py",
            "tests/cases",
            "tests/cli/test_test.py",
            "tests/test_free_text_is_not_repeated.py",
            "tests/rules/test_files.py",
            "tests/assistants/test_tools.py",
            "tests/analysis/test_lint.py",
        ),
    ),
    "inference": (
        "inference/[!d_]*.py",
        (
            _ORACLE,
            "tests/inference/test_strata.py",
            "tests/inference/test_evaluation.py",
            "tests/inference/test_partial_derivations.py",
            "tests/policies/test_places_of_problems.py",
            "tests/inference/test_atoms.py",
            "tests/inference/test_engines.py",
            "tests/properties/test_vectorized_engine_agrees.py",
            "tests/conformance",
        ),
    ),
    "mdd": (
        "mdd/*.py",
        (
            "tests/mdd",
            "tests/analysis/test_compare.py",
            "tests/analysis/test_verify.py",
            "tests/analysis/test_counterfactuals.py",
            "tests/properties/test_curves_equal_brute_force.py",
            "tests/properties/test_nearest_weights_are_nearest.py",
            "tests/properties/test_weighted_counts_equal_brute_force.py",
            "tests/sensitivity",
            _QUESTIONS,
            "tests/properties/test_counterfactuals_are_smallest.py",
            "tests/properties/test_space_answers_equal_brute_force.py",
            "tests/properties/test_why_not_tells_the_least.py",
            "tests/analysis/test_population.py",
            "tests/analysis/test_questions.py",
            "tests/properties/test_space_comparisons_equal_brute_force.py",
        ),
    ),
    "proofs": (
        "proofs.py",
        ("tests/test_proofs.py", "tests/properties/test_every_proof_checks.py"),
    ),
}
#: Operators whose mutants are equivalent here, because enumerations and None are
#: singletons, and because decorators that only cache or mark do not change results.
_LEFT_OUT = (
    "Is_Eq",
    "Eq_Is",
    "IsNot_NotEq",
    "NotEq_IsNot",
    "RemoveDecorator",
    "NoOp",
)
#: A mutant counts as hanging if it uses `_SLOWER` times the processor time of the
#: original plus `_SECONDS`, or if it uses no processor time for `_WAITS` seconds.
_SLOWER, _SECONDS, _WAITS = 3, 10, 300


@attrs.frozen
class Mutant:
    """A module with one small fault."""

    path: Path
    #: The source code of the module with the fault.
    source: str
    before: str
    after: str
    line: int

    @property
    def module(self) -> str:
        """Return the name of the module."""
        parts = self.path.relative_to(SOURCE.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    def __str__(self) -> str:
        place = self.path.relative_to(SOURCE)
        return f"{place}:{self.line}\n  - {self.before}\n  + {self.after}"


def main() -> int:
    """Test a sample of mutants of each part; return 1 if a part has too low a score."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.mutation")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--sample", type=int, default=150, help="mutants of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=90, help="least score, percent")
    asked = parser.parse_args()
    _preload()
    scores = {
        part: _score(part, asked.sample, asked.seed) for part in asked.parts or PARTS
    }
    print(f"\n{'part':<12}{'mutants':>9}{'killed':>8}{'score':>8}  seed {asked.seed}")
    for part, (killed, tested) in scores.items():
        print(f"{part:<12}{tested:>9}{killed:>8}{100 * killed / tested:>7.1f}%")
    return int(any(100 * k < asked.least * n for k, n in scores.values()))


def _score(part: str, sample: int, seed: int) -> tuple[int, int]:
    """Test some mutants of *part*; return the numbers of killed and tested mutants."""
    pattern, tests = PARTS[part]
    began = os.times().children_user
    if _run(None, tests, resource.RLIM_INFINITY) != 0:
        message = f"the tests of {part} fail without a mutant"
        raise SystemExit(message)
    limit = _SECONDS + int(_SLOWER * (os.times().children_user - began))
    killed = tested = 0
    for mutant in mutants(sorted(SOURCE.glob(pattern)), sample, seed):
        tested += 1
        if _run(mutant, tests, limit) == 0:
            print(f"survived: {mutant}", flush=True)
        else:
            killed += 1
        if tested % 10 == 0:
            print(f"{part}: {killed} of {tested} killed", file=sys.stderr, flush=True)
    return killed, tested


def mutants(paths: Sequence[Path], sample: int, seed: int) -> Iterator[Mutant]:
    """Yield *sample* mutants of the files at *paths*, at most one for each location."""
    sites: dict[tuple[Path, Any], list[tuple[str, int]]] = {}
    for path in paths:
        tree = get_ast(path.read_text("utf-8"))
        for name in sorted(operator_names()):
            if name.endswith(_LEFT_OUT) or get_operator(name).arguments():
                continue
            operator, occurrence = get_operator(name)(), 0
            for node in ast_nodes(tree):
                for start, _ in operator.mutation_positions(node):
                    sites.setdefault((path, start), []).append((name, occurrence))
                    occurrence += 1
    drawn = Random(seed)  # noqa: S311 - nothing here is secret
    order = sorted(sites)
    drawn.shuffle(order)
    known = [
        (one["file"], one["before"], one["after"])
        for one in tomllib.loads(EQUIVALENT.read_text("utf-8")).get("mutant", ())
    ]
    found = 0
    for path, start in order:
        name, occurrence = drawn.choice(sites[path, start])
        source = path.read_text("utf-8")
        changed = mutate_code(source, get_operator(name)(), occurrence)
        if changed is None or _meaning(changed) in {None, _meaning(source)}:
            continue
        lines = [*unified_diff(source.splitlines(), changed.splitlines(), n=0)][3:]
        before, after = (
            " ".join(line[1:].strip() for line in lines if line[0] == sign)
            for sign in "-+"
        )
        mutant = Mutant(path, changed, before, after, start[0])
        if (path.relative_to(SOURCE).as_posix(), before, after) not in known:
            yield mutant
            found += 1
            if found == sample:
                return


class _Plain(ast.NodeTransformer):
    """Drops annotations, the checks of `zip`, and decorators that cache or mark."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Drop the decorators, including the arguments of attrs."""
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        """Drop `strict`, which only detects mistakes in the surrounding code."""
        return None if node.arg == "strict" else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop the type of the result, and decorators with the sizes of caches."""
        node.returns, node.decorator_list = None, []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop the type of an argument."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Drop the type of a name; attrs only checks whether there is one."""
        node.annotation = ast.Constant(value=None)
        return self.generic_visit(node)


def _meaning(source: str) -> str | None:
    """Return *source* without parts that do not affect behavior; None if not Python."""
    try:
        return ast.dump(_Plain().visit(ast.parse(source)))
    except SyntaxError:
        return None


class _Finder:
    """Finder that loads one module from its source with the fault."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return the module with the fault."""
        mutant = self._mutant
        if name != mutant.module:
            return None

        class Loader(SourceFileLoader):
            def get_code(self, _: str) -> CodeType:
                return compile(mutant.source, self.path, "exec")

        path = str(mutant.path)
        return importlib.util.spec_from_file_location(
            name, path, loader=Loader(name, path)
        )


def _run(mutant: Mutant | None, tests: Sequence[str], limit: int) -> int:
    """Return the exit status of the tests with *mutant*; 0 if all pass."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        _test(mutant, tests)
    taken, since = 0.0, time.monotonic()
    while time.monotonic() - since < _WAITS:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        # Other programs may use the processor, so elapsed time is meaningless.
        if (now := sum(psutil.Process(child).cpu_times())) > taken:
            taken, since = now, time.monotonic()
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


def _test(mutant: Mutant | None, tests: Sequence[str]) -> None:
    """Run the tests in this process, and then end it."""
    import pytest

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3 if mutant else 1):
        os.dup2(nothing, stream)
    if mutant:
        sys.meta_path.insert(0, _Finder(mutant))
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain"]
    options += [f"--deselect={one}" for one in _SLOW]
    status = 99
    try:
        status = int(pytest.main([*options, *tests]))
    except BaseException:  # noqa: BLE001 - a fork must never return
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _preload() -> None:
    """Import the packages that all tests need, but not the library."""
    sys.dont_write_bytecode = True
    os.chdir(ROOT)
    os.environ |= {
        "HYPOTHESIS_PROFILE": "mutation",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    for name in (
        "attrs",
        "clingo",
        "hypothesis",
        "jsonschema",
        "numpy",
        "pytest",
        "yaml",
    ):
        importlib.import_module(name)


if __name__ == "__main__":
    sys.exit(main())
