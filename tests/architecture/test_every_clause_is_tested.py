"""Test that the tests cover each clause of docs/spec/semantics.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from architecture.source_tree import ROOT, TESTS, Function, every_test, modules

CLAUSES = [f"S{number}" for number in range(1, 24)]

_HEADING = re.compile(r"^### (S\d+) ", re.MULTILINE)
_NAMED = re.compile(r"`(tests/[\w/]+\.py)`")


def spec() -> dict[str, str]:
    """Return the text of each clause by name, in the order of the page."""
    text = (ROOT / "docs" / "spec" / "semantics.md").read_text("utf-8")
    _, *parts = _HEADING.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@cache
def clauses_with_tests() -> dict[str, set[str]]:
    """Return, for each clause, the files with a test marked with it."""
    files: dict[str, set[str]] = {}
    for name, tree in modules(TESTS).items():
        for clause in _marks(tree):
            files.setdefault(clause, set()).add(f"tests/{name}")
    return files


def test_the_spec_states_every_clause_in_order() -> None:
    """The clauses are numbered from S1 to S23 without a gap."""
    assert CLAUSES == list(spec())


def test_every_clause_has_a_test() -> None:
    """Each clause has a marked test, and each marker names a clause."""
    assert set(CLAUSES) == clauses_with_tests().keys()


def test_the_spec_names_tests_of_the_clause() -> None:
    """Each file named under a clause has a test marked with that clause."""
    claimed = {clause: set(_NAMED.findall(text)) for clause, text in spec().items()}
    unclaimed = {clause for clause, files in claimed.items() if not files}
    untrue = {
        clause: files - clauses_with_tests().get(clause, set())
        for clause, files in claimed.items()
        if not files <= clauses_with_tests().get(clause, set())
    }

    assert {} == untrue
    assert set() == unclaimed


def _marks(tree: ast.Module) -> Iterator[str]:
    """Yield the clauses that the markers of a module's tests name."""
    for test in every_test(tree):
        yield from _named_by(test)


def _named_by(test: Function) -> Iterator[str]:
    for mark in test.decorator_list:
        match mark:
            case ast.Call(func=ast.Attribute(attr="clause"), args=args):
                yield from (arg.value for arg in args if _is_text(arg))  # type: ignore[attr-defined]
            case _:
                pass


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
