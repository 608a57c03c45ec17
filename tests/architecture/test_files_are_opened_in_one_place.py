"""Test that one module opens, lists and replaces files."""

from __future__ import annotations

import ast

from architecture.source_tree import SOURCE, modules

#: Calls that open, list, rename or remove files, by name or by the name of a method.
CALLS = {
    *("open", "fdopen", "mkstemp", "NamedTemporaryFile", "TemporaryFile"),
    *("read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir"),
    *("iterdir", "glob", "rglob", "listdir", "scandir", "walk"),
    *("rename", "renames", "unlink", "rmtree", "copyfile", "chmod", "chown"),
    *("symlink_to", "hardlink_to", "stat", "lstat", "resolve", "samefile"),
    *("OSFile", "memory_map", "connect", "memmap", "fromfile"),
}

#: Other modules that may make such calls, with the reason.
ALLOWED = {
    ("errors.py", "read_text"): "its templates are in the package, and it comes first",
    ("batch/files.py", "OSFile"): "threads of Arrow read without Python",
    ("batch/compiled_files.py", "open"): "it opens a part of an archive in memory",
    ("batch/workbooks.py", "open"): "it opens parts of archives in memory",
    ("_process.py", "open"): "the null device takes the place of a closed stream",
    ("policies/loader.py", "iterdir"): "the built-in policies may be in an archive",
    ("variants/sweep.py", "connect"): "SQLite opens its own database",
    ("variants/sweep.py", "unlink"): "the journal of a finished sweep is removed",
}


def test_only_one_module_opens_files() -> None:
    """Other modules use `_files`, so that its rules apply to each file."""
    found = {
        (module, name)
        for module, tree in modules(SOURCE).items()
        if module != "_files.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for name in [called(node.func)]
        if name in CALLS
    }

    assert {*ALLOWED} == found


def called(function: ast.expr) -> str:
    """Return the name of a function or method."""
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def test_file_functions_are_not_aliased() -> None:
    """A function that opens files is not used under another name."""
    passed = {
        (module, node.attr)
        for module, tree in modules(SOURCE).items()
        if module != "_files.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"os", "io", "shutil", "tempfile"}
        and node.attr in CALLS
    }

    assert {("_process.py", "open")} == passed
