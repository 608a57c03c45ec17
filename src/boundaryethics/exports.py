"""Save results as tables for other programs: CSV, Parquet, Stata, JSON and LaTeX."""

from __future__ import annotations

import csv
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO, Any, TypeAlias

from boundaryethics._files import atomic_file, is_folder, overwrite_problem
from boundaryethics.errors import Problem, TableError, problem
from boundaryethics.model.display import Table, without_controls
from boundaryethics.provenance import KEY, VERSION, public

#: The extensions of files to which results can be saved.
ENDINGS = (".csv", ".parquet", ".dta", ".json", ".tex")
#: The maximum length of a name and of a label in Stata.
_NAME, _LABEL = 32, 80
#: The number of fingerprint digits that identify a policy in a label.
_SHORT = 16
#: LaTeX shows numbers below this with an exponent.
_SMALL = 0.001
#: Words that Stata reserves.
_RESERVED = re.compile(
    r"aggregate|array|boolean|break|byte|case|catch|class|colvector|complex|const|"
    r"continue|default|delegate|delete|do|double|else|eltypedef|end|enum|explicit|"
    r"export|external|float|for|friend|function|global|goto|if|in|inline|int|local|"
    r"long|NULL|pragma|protected|quad|rowvector|short|str[0-9]+|strL|typedef|typename|"
    r"using|virtual|with|_all|_b|_coef|_cons|_n|_N|_pi|_pred|_rc|_se|_skip"
)
_NUMBER = re.compile(r"[-+<]?[0-9][0-9,]*(?:\.[0-9]+)?(?:e[-+][0-9]+)?%?")
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{INFINITY}": r"$\infty$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{MINUS SIGN}": r"$-$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_Columns: TypeAlias = Mapping[str, list[object]]
#: Writes a table to an open file.
_Writer: TypeAlias = Callable[[IO[bytes]], object]


def check_path(path: Path, *, force: bool) -> None:
    """Raise a `TableError` if results cannot be saved to *path*."""
    wrong: list[Problem | None] = []
    if path.suffix.lower() not in ENDINGS:
        words: dict[str, Any] = {"file": path, "use": "write results"}
        wrong.append(problem("BE730.ending", **words, endings=", ".join(ENDINGS)))
    if not is_folder(path.parent):
        wrong.append(_unwritable(path, f"folder not found: `{path.parent}`"))
    else:
        wrong.append(overwrite_problem(path, "BE733", force=force))
    if problems := [one for one in wrong if one]:
        raise TableError(problems)


def save(
    path: Path,
    table: Table,
    data: Mapping[str, Any],
    *,
    shown: Table | None = None,
    force: bool = False,
) -> None:
    """Save a result to *path*. The extension determines the format.

    Args:
        path: the file, which appears only when it is complete.
        table: the rows and columns for other programs.
        data: the result as plain data, for JSON.
        shown: the table with human-readable headings and values, for LaTeX.
        force: whether to replace an existing file.

    Raises:
        TableError: the file exists or cannot be written, its extension is not
            supported, or a library is not installed.
    """
    check_path(path, force=force)
    write = _writer(path, table, data, shown or table)
    try:
        with atomic_file(path) as file:
            write(file)
            check_path(path, force=force)
    except OSError as error:
        why = error.strerror or str(error)
        raise TableError([_unwritable(path, why)]) from error


def _writer(path: Path, table: Table, data: Mapping[str, Any], shown: Table) -> _Writer:
    match path.suffix.lower():
        case ".csv":
            content = csv_text(table)
        case ".tex":
            content = latex(shown, origin(data.get("provenance")))
        case ".json":
            content = f"{json.dumps(data, indent=2)}\n"
        case ".parquet":
            return _parquet(path, table, data.get("provenance"))
        case _:
            return _stata(path, table, *origin(data.get("provenance"))[:1])
    return lambda file: file.write(content.encode(errors="replace"))


def csv_text(table: Table) -> str:
    """Return *table* as CSV."""
    made = StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return made.getvalue()


def inert(text: str) -> str:
    """Return *text* in a form that terminals and spreadsheets display but don't run.

    Control characters are replaced, and a formula is prefixed with an apostrophe.
    """
    shown = without_controls(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _parquet(path: Path, table: Table, source: Mapping[str, Any] | None) -> _Writer:
    columns, made = table.by_column(), BytesIO()
    notes = {KEY: json.dumps(public(source))} if source else {}
    for write in (_with_pyarrow, _with_polars):
        with suppress(ImportError):
            write(columns, notes, made)
            return lambda file: file.write(made.getvalue())
    words: dict[str, Any] = {"file": path, "name": "pyarrow", "extra": "frames"}
    raise TableError([problem("BE743", **words)])


def _with_pyarrow(columns: _Columns, notes: Mapping[str, str], made: BytesIO) -> None:
    table = import_module("pyarrow").table(columns, metadata=notes)
    import_module("pyarrow.parquet").write_table(table, made)


def _with_polars(columns: _Columns, notes: Mapping[str, str], made: BytesIO) -> None:
    frame = import_module("polars").DataFrame(columns)
    frame.write_parquet(made, metadata={**notes})


def _stata(path: Path, table: Table, label: str = "") -> _Writer:
    try:
        pyreadstat = import_module("pyreadstat")
    except ImportError as missing:
        words: dict[str, Any] = {"file": path, "name": "pyreadstat", "extra": "stats"}
        raise TableError([problem("BE743", **words)]) from missing
    stata, labels = for_stata(table)
    frame = stata.frame()

    def write(file: IO[bytes]) -> None:
        pyreadstat.write_dta(frame, str(file.name), label[:_LABEL], labels)

    return write


def for_stata(table: Table) -> tuple[Table, dict[str, str]]:
    """Convert *table* to a form that Stata can store; also return column labels.

    Column names become valid and stay unique. Labels contain the original names. Stata
    has no infinite numbers, so they become missing values, with the sign in an added
    column.
    """
    columns: dict[str, list[Any]] = {}
    labels: dict[str, str] = {}
    for place, original in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        name = _legal(original, columns)
        columns[name], labels[name] = _typed(cells), original[:_LABEL]
        if any(isinstance(cell, float) and math.isinf(cell) for cell in cells):
            columns[name] = [None if _infinity(c) else c for c in columns[name]]
            mark = _legal(f"{name[: _NAME - 4]}_inf", columns)
            columns[mark] = [*map(_infinity, cells)]
            labels[mark] = f"{name}: 1 if infinite, -1 if minus infinite"[:_LABEL]
    rows = tuple(zip(*columns.values(), strict=True))
    return Table(columns=(*columns,), rows=rows), labels


def _infinity(cell: object) -> int:
    infinite = isinstance(cell, float) and math.isinf(cell)
    return int(math.copysign(1, cell)) if infinite else 0  # type: ignore[arg-type]


def _legal(name: str, taken: Iterable[str]) -> str:
    """Return a valid form of *name* that is not in *taken*, ignoring case."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", plain)[:_NAME] or "v"
    if plain[0].isdigit() or _RESERVED.fullmatch(plain):
        plain = f"_{plain}"[:_NAME]
        plain = f"v{plain}"[:_NAME] if _RESERVED.fullmatch(plain) else plain
    met, made, number = {one.casefold() for one in taken}, plain, 1
    while made.casefold() in met:
        number += 1
        made = f"{plain[: _NAME - len(str(number)) - 1]}_{number}"
    return made


def _typed(cells: Sequence[Any]) -> list[Any]:
    """Convert *cells* to a single type: numbers if all are numbers, otherwise text."""
    given = [cell for cell in cells if cell is not None]
    if given and all(isinstance(cell, int | float) for cell in given):
        whole = all(isinstance(cell, int) for cell in given)
        small = whole and all(abs(cell) < 1 << 31 for cell in given)
        kind = int if small and len(given) == len(cells) else float
        return [None if cell is None else kind(cell) for cell in cells]
    return ["" if cell is None else str(cell) for cell in cells]


def origin(provenance: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return lines about the library, the policies, the seed and the parameters.

    The first line is short. Facts from situations and records are left out, because
    tables are often published.
    """
    made = provenance or {"policies": (), "seed": None, "parameters": {}}
    first = [f"boundaryethics {VERSION}"]
    first += [f"{one['id']} {one['fingerprint'][:_SHORT]}" for one in made["policies"]]
    first += [f"seed {made['seed']}"] * (made["seed"] is not None)
    parameters = public(made)["parameters"]
    stated = [f"parameters: {json.dumps(parameters)}"] * bool(parameters)
    return (", ".join(first), *stated)


def latex(table: Table, comments: Iterable[str] = ()) -> str:
    """Return *table* in LaTeX, with horizontal lines from the `booktabs` package."""
    columns = [*zip(*table.rows, strict=True)] or [()] * len(table.columns)
    sides = "".join("r" if _is_numeric(cells) else "l" for cells in columns)
    notes = ("% " + " ".join(note.split()) for note in (*comments, *table.lines))
    head, *rows = (
        " & ".join(map(_tex, row)) + r" \\" for row in (table.columns, *table.rows)
    )
    lines = [*notes, rf"\begin{{tabular}}{{{sides}}}", r"\toprule", head, r"\midrule"]
    return "\n".join([*lines, *rows, r"\bottomrule", r"\end{tabular}", ""])


def _is_numeric(cells: Iterable[Any]) -> bool:
    given = [cell for cell in cells if cell not in {None, "", "-"}]
    return bool(given) and all(_NUMBER.fullmatch(str(cell)) for cell in given)


def _tex(cell: object) -> str:
    text = "" if cell is None else str(cell)
    if isinstance(cell, float):
        text = f"{cell:.3f}" if abs(cell) >= _SMALL or not cell else f"{cell:.2e}"
    elif type(cell) is int:
        text = f"{cell:,}"
    return "".join(_TEX.get(char, char) for char in " ".join(text.split()))


def _unwritable(path: Path, why: str) -> Problem:
    why = why[:1].lower() + why[1:]
    return problem("BE734", token=str(path), file=path, why=why)
