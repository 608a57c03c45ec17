"""Every module and every test says what it is."""

from __future__ import annotations

import ast

from architecture.source_tree import SOURCE, TESTS, Function, every_test, modules


def test_every_module_says_what_it_is() -> None:
    """Each module that holds code opens with a docstring."""
    silent = {n for n, tree in modules(SOURCE).items() if tree.body and not _doc(tree)}

    assert set() == silent


def test_every_test_states_a_fact() -> None:
    """Each test has a docstring that says what it shows."""
    silent = {
        f"{name}:{test.name}"
        for name, tree in modules(TESTS).items()
        for test in every_test(tree)
        if not _doc(test)
    }

    assert set() == silent


def _doc(node: ast.Module | Function) -> str | None:
    return ast.get_docstring(node)
