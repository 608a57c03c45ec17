"""Nothing is too large to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

import boundaryethics
from architecture.source_tree import (
    SOURCE,
    TESTS,
    Function,
    every_test,
    functions,
    modules,
)

FILE_LINES, FILE_LINES_AT_MOST = 250, 400
FUNCTION_LINES, FUNCTION_LINES_AT_MOST = 25, 40
POSITIONAL_PARAMETERS = 4
NESTING = 3
PUBLIC_NAMES = 20

#: What may be longer than it should be, and why; never longer than the second limit.
LONGER: dict[str, str] = {
    "model/plain/layers.py": "a reader for each part of a policy file",
    "model/plain/layers.py:layer": "a key of a policy file a line",
    "policyfile/plainly.py:policy_data": "a key of a policy file a line",
}

_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)


def test_files_are_short() -> None:
    """A file has 250 lines at most, or a reason and 400."""
    lengths = {
        path.relative_to(SOURCE).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in SOURCE.rglob("*.py")
    }

    assert {} == _over(lengths, FILE_LINES, FILE_LINES_AT_MOST)


def test_functions_are_short() -> None:
    """A function has 25 lines at most without its docstring, or a reason and 40."""
    assert {} == _over(_each(_length), FUNCTION_LINES, FUNCTION_LINES_AT_MOST)


def test_every_reason_for_length_is_needed() -> None:
    """What has become short again leaves the list of what may be longer."""
    files = {p.relative_to(SOURCE).as_posix(): p for p in SOURCE.rglob("*.py")}
    lengths = {
        name: len(p.read_text("utf-8").splitlines()) for name, p in files.items()
    }
    long_files = {name for name, length in lengths.items() if length > FILE_LINES}
    long_functions = {
        n for n, length in _each(_length).items() if length > FUNCTION_LINES
    }

    assert set() == LONGER.keys() - long_files - long_functions


def test_calls_can_be_read() -> None:
    """A function takes four positional parameters at most; the rest go by keyword."""
    assert {} == _over(_each(_positional), POSITIONAL_PARAMETERS)


def test_nesting_is_shallow() -> None:
    """Blocks stand in blocks three deep at most."""
    assert {} == _over(_each(lambda function: _depth(function.body)), NESTING)


def test_modules_offer_few_names() -> None:
    """A module has twenty public names at most, and so has the front door."""
    counts = {name: len(_public(tree)) for name, tree in modules(SOURCE).items()}
    counts["boundaryethics.__all__"] = len(boundaryethics.__all__)

    assert {} == _over(counts, PUBLIC_NAMES)


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


def _over(counts: dict[str, int], limit: int, at_most: int = 0) -> dict[str, int]:
    """What is over its limit, which is *at_most* for what has a reason."""
    return {
        name: count
        for name, count in counts.items()
        if count > (at_most if at_most and name in LONGER else limit)
    }


def _each(measure: Callable[[Function], int]) -> dict[str, int]:
    """The measure of every function of the source; the largest, of equal names."""
    found: dict[str, int] = {}
    for name, tree in modules(SOURCE).items():
        for function in functions(tree):
            key = f"{name}:{function.name}"
            found[key] = max(found.get(key, 0), measure(function))
    return found


def _doc(node: ast.Module | Function) -> str | None:
    return ast.get_docstring(node)


def _length(function: Function) -> int:
    first = function.body[0]
    documented = _span(first) if _doc(function) else 0
    return _span(function) - documented


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _positional(function: Function) -> int:
    named = [*function.args.posonlyargs, *function.args.args]
    return len([one for one in named if one.arg not in {"self", "cls"}])


def _depth(body: Iterable[ast.stmt]) -> int:
    return max((_levels(statement) for statement in body), default=0)


def _levels(statement: ast.stmt) -> int:
    """How many blocks deep *statement* goes; `elif` is no deeper than its `if`."""
    if not isinstance(statement, _BLOCKS):
        return 0
    match statement:
        case ast.If(orelse=[ast.If() as other]) if _in_line(statement, other):
            return max(1 + _depth(statement.body), _levels(other))
        case _:
            return 1 + _depth(_inside(statement))


def _in_line(one: ast.stmt, other: ast.stmt) -> bool:
    return one.col_offset == other.col_offset


def _inside(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements that stand one block deeper."""
    for child in ast.iter_child_nodes(statement):
        match child:
            case ast.stmt():
                yield child
            case ast.ExceptHandler(body=body) | ast.match_case(body=body):
                yield from body
            case _:
                pass


def _public(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return {name for name in names if not name.startswith("_")}
