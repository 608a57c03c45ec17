"""Test that every module and every test has a docstring."""

from __future__ import annotations

import ast

from architecture.source_tree import SOURCE, TESTS, Function, every_test, modules


def test_every_module_has_a_docstring() -> None:
    """Each module that has code starts with a docstring."""
    silent = {n for n, tree in modules(SOURCE).items() if tree.body and not _doc(tree)}

    assert set() == silent


def test_every_test_has_a_docstring() -> None:
    """Each test has a docstring that states the behavior."""
    silent = {
        f"{name}:{test.name}"
        for name, tree in modules(TESTS).items()
        for test in every_test(tree)
        if not _doc(test)
    }

    assert set() == silent


def _doc(node: ast.Module | Function) -> str | None:
    return ast.get_docstring(node)
