"""Read the repository as text: its files and their functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "boundaryethics"
TESTS = ROOT / "tests"

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def modules(folder: Path) -> dict[str, ast.Module]:
    """Parse every module under *folder*, keyed by relative path."""
    return {
        path.relative_to(folder).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.py"))
    }


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function in *tree*, including inner ones and methods."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def every_test(tree: ast.AST) -> Iterator[Function]:
    """Yield the tests in *tree*."""
    return (node for node in functions(tree) if node.name.startswith("test_"))
