"""Define the options that commands share, and how commands show and write results."""

from __future__ import annotations

import codecs
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, final

import attrs
import click
from click.core import ParameterSource

from boundaryethics import exports, render
from boundaryethics._files import atomic_file, identity, is_file, overwrite_problem
from boundaryethics.cli import completion
from boundaryethics.consult import DEFAULT_POLICY, consult, refuse_engine
from boundaryethics.errors import (
    FREE_TEXT,
    BoundaryEthicsError,
    is_free_text,
    problem,
    raise_together,
)
from boundaryethics.model.display import Table
from boundaryethics.model.facts import stated_as
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy, load_situation
from boundaryethics.policies.loader import situation_text
from boundaryethics.render.text import TextLine

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[Command], Command]
#: Seconds between two updates of the progress.
_REFRESH = 0.1
#: Called with the number of items done and the total number.
Progress: TypeAlias = Callable[[int, int], None]
#: The values that `--where` allows for each fact; None without it.
Where: TypeAlias = Mapping[str, list[str]] | None


def _by_fact(form: str, *, many: bool = False) -> Callable[..., Any]:
    """Return a callback that parses `FACT=VALUE` into a dict, rejecting repeats."""

    def read(
        _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for text in texts:
            fact, _, value = (part.strip() for part in text.partition("="))
            values = [v.strip() for v in value.split(",")] if many else [value]
            if not (fact and all(values)):
                is_free = any(map(is_free_text, (fact, *values)))
                given = f"the text ({FREE_TEXT}, not shown)" if is_free else f"`{text}`"
                message = f"{given} must have the form {form}"
                raise click.BadParameter(message)
            if fact in found:
                message = f"duplicate fact {stated_as(fact)}"
                raise click.BadParameter(message)
            found[fact] = values if many else value
        return found

    return read


def _names_of_facts(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[str, ...]:
    """Raise an error if a fact is given with a value; only its name is allowed."""
    for text in texts:
        fact, equals, _ = text.partition("=")
        if equals:
            only = "only the name of the fact" if is_free_text(fact) else f"`{fact}`"
            message = f"give {only}, without a value"
            raise click.BadParameter(message)
    return texts


def policy_option(
    help: str = "Policy to use.", *, multiple: bool = False, **settings: Any
) -> Decorator[Any]:
    """Make a `--policy` option; with *multiple*, the parameter is `named`."""
    name = "named" if multiple else "policy"
    callback = None if multiple else _one_policy
    settings.update(metavar="ID|PATH", help=help, callback=callback, multiple=True)
    completed = completion.policies
    return click.option("--policy", name, shell_complete=completed, **settings)


def _one_policy(
    _context: click.Context, _parameter: click.Parameter, named: tuple[str, ...]
) -> str | None:
    if len(named) > 1:
        message = f"give one policy, not {len(named)}: this command uses only one"
        raise click.BadParameter(message)
    return named[0] if named else None


def format_option(*forms: str) -> Decorator[Any]:
    """Make a `--format` option that accepts *forms*. The first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Output format.",
    )


def repeatable(*names: str, help: str, **settings: Any) -> Decorator[Any]:
    """Make an option that can be given several times."""
    return click.option(*names, multiple=True, help=f"{help} Repeatable.", **settings)


overlay_option = repeatable(
    "--overlay",
    metavar="ID|PATH",
    shell_complete=completion.policies,
    help="Policy to apply on top, such as state rules.",
)
engine_option = click.option(
    "--engine",
    metavar="NAME",
    shell_complete=completion.engines,
    help="Rule engine: durable, reference or columnar. All give the same answers.",
)
immutable_option = repeatable(
    "--immutable",
    metavar="FACT",
    callback=_names_of_facts,
    shell_complete=completion.facts,
    help="Fact to hold constant.",
)
allow_unknown_option = click.option(
    "--allow-unknown", is_flag=True, help="Also let known facts become unknown."
)
where_option = repeatable(
    "--where",
    metavar="FACT=VALUE[,VALUE]",
    shell_complete=completion.values,
    callback=lambda *given: _by_fact("fact=value[,value]", many=True)(*given) or None,
    help="Include only situations where the fact has one of these values.",
)
#: The values of `--over` that are not files.
POPULATIONS = frozenset({"all", "known"})
over_option = click.option(
    "--over",
    default="all",
    metavar="all|known|FILE",
    shell_complete=completion.files,
    show_default=True,
    help="Population for all shares: all possible situations (all), those in which all "
    "applicable facts are known (known), or those in FILE. FILE is a table of "
    "situations, optionally with a `weight` column, or a file of probabilities (YAML, "
    "or CSV with the columns fact, value and probability).",
)
columns_option = repeatable(
    "--column",
    "columns",
    metavar="FACT=COLUMN",
    callback=_by_fact("fact=column"),
    help="Column that contains a fact, if the column has a different name.",
)
show_values_option = click.option(
    "--show-values",
    is_flag=True,
    help="Show invalid values in error messages.",
)
#: Options that `panel` accepts twice: for the ratings and for the vignettes.
_BY_FILE = {
    "separator": ("CHAR", "Column separator, such as ; or tab."),
    "decimal": ("CHAR", "Decimal separator: . or a comma."),
    "encoding": ("NAME", "Text encoding, such as latin-1."),
    "sheet": ("NAME", "Sheet to read from an Excel workbook."),
    "header-row": ("N", "Number of the row with the column names, if not 1."),
    "skip-rows": ("N", "Number of rows to skip below the header: 2 for Qualtrics."),
}
#: The types of the options that count rows. Their values apply to a single file.
_BY_ROW = {"header-row": click.IntRange(min=1), "skip-rows": click.IntRange(min=0)}
_BY_STUDY = (
    repeatable(
        "--na", metavar="CODE", help="Code that marks a missing value, such as NA."
    ),
    repeatable("--ignore", metavar="COLUMN", help="Column to ignore."),
    click.option(
        "--codebook",
        metavar="FILE",
        shell_complete=completion.files,
        help="YAML file that maps columns to facts, and codes to values.",
    ),
)
_LAYOUT = click.option(
    "--layout",
    type=click.Choice(["long", "wide"]),
    default="long",
    show_default=True,
    help="Layout of the ratings: one row per ranked response (long), or one "
    "column per response (wide).",
)


def reading_option(command: Command) -> Command:
    """Add the `Reading` options to *command*, as the `reading` argument."""
    return _reading_options(command, _BY_STUDY, most=1)


def panel_reading_option(command: Command) -> Command:
    """Add the `Reading` options for ratings and vignettes, as the pair `reading`."""
    return _reading_options(command, (columns_option, *_BY_STUDY, _LAYOUT), most=2)


def population_of(
    over: str, policies: Sequence[Policy], columns: dict[str, str], reading: Any
) -> Any:
    """Return the population that `--over` names, which may be a file."""
    from boundaryethics.analysis.population import Population
    from boundaryethics.mdd.space import vocabulary_of

    if over in POPULATIONS:
        return over
    words = vocabulary_of(policies)
    facts = {name: at for name, at in columns.items() if name != "weight"}
    asked: Any = {"weight": columns.get("weight"), "columns": facts}
    return Population.of(over, words, reading=reading, **asked)


def population_option(command: Command) -> Command:
    """Add `--over`, `--column` and the `Reading` options; pass on `population`.

    `population` is a function that reads the population for the policies it is called
    with. `--column weight=COLUMN` names the column of weights.
    """

    @wraps(command)
    def call(*, over: str, columns: dict[str, str], reading: Any, **given: Any) -> Any:
        from boundaryethics.batch.reading import Reading

        if over in POPULATIONS and (columns or reading != Reading()):
            message = "--column, and options that describe a file, need --over FILE"
            raise click.UsageError(message)

        def population(*policies: Policy) -> Any:
            return population_of(over, policies, columns, reading)

        return command(**given, population=population)

    read: Command = reading_option(call)  # type: ignore[assignment]
    for option in (columns_option, over_option):
        read = option(read)
    return read


def _reading_options(command: Command, more: Sequence[Any], most: int) -> Command:
    made = [
        click.option(
            f"--{name}",
            metavar=metavar,
            help=f"{help} Repeatable." if most > 1 else help,
            multiple=most > 1,
            type=_BY_ROW.get(name, str),
        )
        for name, (metavar, help) in _BY_FILE.items()
    ]

    @wraps(command)
    def call(**given: Any) -> Any:
        own = ("na", "ignore", "codebook", *(("layout", "columns") if most > 1 else ()))
        shared = {name: given.pop(name) for name in own}
        by_file = {name: given.pop(name.replace("-", "_")) for name in _BY_FILE}
        return command(**given, reading=_readings(shared, by_file, most))

    for option in reversed([*made, *more]):
        call = option(call)
    return call  # type: ignore[return-value]


def _readings(shared: dict[str, Any], by_file: dict[str, Any], most: int) -> Any:
    """Build a `Reading` from the options, or a pair of readings for two files."""
    from boundaryethics.batch.reading import Reading

    pairs = {n: v if isinstance(v, tuple) else (v,) for n, v in by_file.items()}
    for name, values in pairs.items():
        if len(values) > most:
            message = f"give --{name} at most twice: for RATINGS and for VIGNETTES"
            raise click.UsageError(message)
    made = []
    for number in range(most):
        own = {
            name.replace("-", "_"): values[min(number, len(values) - 1)]
            for name, values in pairs.items()
            if values and (name not in _BY_ROW or number < len(values))
        }
        made.append(
            Reading(**shared, **{n: v for n, v in own.items() if v is not None})
        )
    return made[0] if most == 1 else tuple(made)


seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed.",
)


def stated_option(help: str) -> Decorator[Any]:
    """Make a `--fact` option; the parameter is `stated`."""
    return repeatable(
        "--fact",
        "stated",
        metavar="FACT=VALUE",
        shell_complete=completion.values,
        callback=_by_fact("fact=value"),
        help=help,
    )


fact_option = stated_option("State a fact. Overrides the file.")

_SITUATION = (
    click.argument("situation", required=False, shell_complete=completion.files),
    policy_option(default=[DEFAULT_POLICY], show_default=True),
    overlay_option,
    fact_option,
    engine_option,
)


def situation_options(command: Command) -> Command:
    """Add to *command* the argument for a situation and the options for ranking it."""
    for option in reversed(_SITUATION):
        command = option(command)
    return command


_NO_FACTS = """give a situation file, or state facts with --fact, for example
  {} --fact contact=message --fact client_status=active
`boundaryethics facts` lists the facts."""


def answer(
    situation: str | None,
    stated: dict[str, str],
    *,
    policy: str,
    overlay: tuple[str, ...],
    engine: str | None,
) -> Verdict:
    """Consult the policy on the situation given by the `situation_options`.

    Raises:
        click.UsageError: neither a file nor a fact is given. The error also lists
            problems with the policy and the engine.
        BoundaryEthicsError: the situation or the policy is invalid, or the engine is
            unavailable.
    """
    check_engine = partial(refuse_engine, engine)
    if situation is None and not stated:
        context = click.get_current_context()
        target = context.params.get("target")
        command = [context.command_path, *([shlex.quote(target)] if target else ())]
        problems = [_NO_FACTS.format(" ".join(command))]
        for step in (partial(load_policy, policy, overlay), check_engine):
            try:
                step()
            except BoundaryEthicsError as refused:
                problems.append(str(refused))
        raise click.UsageError("\n\n".join(problems))
    try:
        loaded = load_policy(policy, overlay)
    except BoundaryEthicsError as refused:
        # Without the policy, its facts are unknown, but the file must be readable.
        readable = partial(situation_text, situation) if situation else bool
        raise_together(refused, check_engine, readable)
    vocabulary = loaded.vocabulary
    try:
        known = load_situation(situation, vocabulary).known() if situation else {}
    except BoundaryEthicsError as refused:
        check_facts = partial(vocabulary.situation, stated)
        raise_together(refused, check_facts, check_engine)
    try:
        asked = vocabulary.situation({**known, **stated})
    except BoundaryEthicsError as refused:
        raise_together(refused, check_engine)
    return consult(asked, loaded, engine)


def show_answer(answer: Any, form: str) -> None:
    """Print *answer* as JSON, or as text."""
    show(answer.to_dict() if form == "json" else str(answer))


def show_answers(answers: Sequence[Any] | Mapping[str, Any], form: str) -> None:
    """Print *answers* as JSON, or as text with a blank line between them."""
    listed = answers.values() if isinstance(answers, Mapping) else answers
    if form != "json":
        show("\n\n".join(map(str, listed)))
    elif isinstance(answers, Mapping):
        show(_as_data(answers))
    else:
        show([answer.to_dict() for answer in answers])


def _as_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer.to_dict() for name, answer in answers.items()}


def in_html(page: str) -> str:
    """Return *page*; escape non-ASCII text if standard output does not use UTF-8."""
    encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    return (
        page
        if encoding == "utf-8"
        else page.encode("ascii", "xmlcharrefreplace").decode()
    )


def show(plain: object) -> None:
    """Print text as it is, and plain data as JSON."""
    click.echo(plain if isinstance(plain, str) else json.dumps(plain, indent=2))


@contextmanager
def progress(description: str) -> Iterator[Progress]:
    """Show progress and the time left on standard error, if it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    width = (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1
    began = shown = 0.0
    first, last = 0, sys.maxsize

    def write(text: str) -> None:
        click.echo(f"\r{text[:width]:{width}}", nl=False, err=True)

    def show_share(done: int, total: int) -> None:
        nonlocal began, shown, first, last
        now = time.monotonic()
        if done < last:  # the first call, or the first of another pass
            began, first = now, done
        last = done
        total = max(total, done)  # a file can grow while it is read
        if now - shown < _REFRESH or not total:
            return
        shown = now
        share = f"{done / total:4.0%}"
        if done > first:
            left = (now - began) * (total - done) / (done - first)
            share = f"{share}, {timedelta(seconds=round(left))} left"
        write(f"{share}  {description}")

    write(description)
    try:
        yield show_share
    finally:
        write("")
        click.echo("\r", nl=False, err=True)


def forced() -> bool:
    """Return whether the current command was given `--force`."""
    return bool(click.get_current_context().meta["force"])


#: Read before the options that it applies to.
force_option = click.option(
    "--force",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, on: context.meta.update(force=on),
    help="Overwrite existing files.",
)


def output_option(
    help: str = "Write to FILE instead of the screen.", **settings: Any
) -> Decorator[Any]:
    """Make an `--output` option for a command with `force_option`."""
    settings["type"] = click.Path(path_type=Path)
    return click.option("--output", metavar="FILE", help=help, **settings)


_FORM_OF_ENDING = {
    "": "text",
    ".txt": "text",
    ".md": "markdown",
    ".htm": "html",
    ".html": "html",
    ".json": "json",
}


def form_for(file: Path | None, form: str, forms: Container[str]) -> str:
    """Return *form* if `--format` was given, or else the form for *file*'s extension.

    Raises:
        click.UsageError: none of *forms* has this extension.
    """
    given = click.get_current_context().get_parameter_source("form")
    if file is None or given is not ParameterSource.DEFAULT:
        return form
    found = _FORM_OF_ENDING.get(file.suffix.lower())
    if found is None or found not in forms:
        ends = ", ".join(e for e, of in _FORM_OF_ENDING.items() if e and of in forms)
        message = f"unsupported file type: `{file}`; use {ends}, or give --format"
        raise click.UsageError(message)
    return found


def refuse_output(file: Path | None, *, replace: bool = False) -> None:
    """Refuse a *file* that already exists, unless the command has `--force`."""
    found = None
    if file and not (replace and is_file(file)):
        found = overwrite_problem(file, "BE851", force=forced())
    if found:
        raise BoundaryEthicsError([found])


def write_output(file: Path, text: str, *, replace: bool = False) -> None:
    """Write *text* to *file* completely, or leave the file as it was.

    With *replace*, the file may already exist, and may also be an input.
    """
    try:
        with atomic_file(file, over_input=replace) as opened:
            opened.write(text.encode(errors="replace"))
            refuse_output(file, replace=replace)
    except OSError as failed:
        why = failed.strerror or str(failed)
        why = why[:1].lower() + why[1:]
        unwritable = problem("BE851.unwritable", token=str(file), file=file, why=why)
        raise BoundaryEthicsError([unwritable]) from None


@final
@attrs.frozen
class Plot:
    """A function that saves a chart to the file given by `--plot`, if any."""

    file: Path | None

    def __call__(self, chart: Callable[[], Any]) -> None:
        """Draw and save the chart."""
        if self.file is not None:
            from boundaryethics import charts

            charts.save(chart(), self.file, force=forced())


def _plot(
    _context: click.Context, _parameter: click.Parameter, file: Path | None
) -> Plot:
    """Check that the chart file can be written, before anything is computed."""
    if file is not None:
        from boundaryethics import charts

        charts.check_path(file, force=forced())
    return Plot(file)


@final
@attrs.frozen
class Save:
    """A function that saves a result to the file given by `--output`, if any."""

    file: Path | None

    def __call__(
        self,
        result: Any,
        answers: Mapping[str, Any] | None = None,
        table: Callable[[], Table] | None = None,
    ) -> None:
        """Write *result*, or all *answers* if there are any.

        JSON files contain the same data as `--format json`, and LaTeX files contain one
        table for each answer. Other files contain *table* or, without it, *result*'s
        own table.
        """
        if self.file is None:
            return
        ending = self.file.suffix.lower()
        if answers and ending == ".tex":
            texts = [answer.to_latex() for answer in answers.values()]
            write_output(self.file, "\n".join(texts))
        elif answers and ending == ".json":
            write_output(self.file, f"{json.dumps(_as_data(answers), indent=2)}\n")
        elif table and ending != ".json":
            exports.save(self.file, table(), result.to_dict(), force=forced())
        else:
            result.save(self.file, force=forced())


def _save(
    _context: click.Context, _parameter: click.Parameter, file: Path | None
) -> Save:
    """Check that the file can be written, before anything is computed."""
    if file is not None:
        exports.check_path(file, force=forced())
    return Save(file)


#: An option `--output FILE`, as a `Save`, for a command with `--force`.
save_option = click.option(
    "--output",
    "save",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=_save,
    help=f"Also save the results to FILE ({', '.join(exports.ENDINGS)}).",
)


def plot_option(command: Command) -> Command:
    """Add `--plot FILE`, passed as a `Plot`, and `--force` to *command*."""
    option = click.option(
        "--plot",
        metavar="FILE",
        type=click.Path(path_type=Path),
        callback=_plot,
        help="Also save a chart to FILE (.svg, .png, .pdf, .html or .json).",
    )
    return option(force_option(command))


def refuse_ending(name: str, path: Path | None, *endings: str) -> None:
    """Refuse an output file whose extension is not one of *endings*."""
    if path is not None and path.suffix.lower() not in endings:
        message = f"{name} must end in {' or '.join(endings)}: `{path}`"
        raise click.UsageError(message)


def refuse_shared(
    read: Mapping[str, str | Path | None], written: Mapping[str, str | Path | None]
) -> None:
    """Refuse a file that the command would write twice, or both read and write.

    Both mappings map names of arguments and options to paths, or to None.
    """
    met = {identity(path): name for name, path in read.items() if path}
    for name, path in written.items():
        if path and (other := met.setdefault(identity(path), name)) != name:
            message = f"{other} and {name} must be different files: `{path}`"
            raise click.UsageError(message)


def exit_unless(holds: bool) -> None:  # noqa: FBT001
    """Exit with status 1 if *holds* is false, as when a check fails."""
    if not holds:
        click.get_current_context().exit(1)


#: Lines longer than this are hard to follow, however wide the terminal.
_WIDEST = 100

_STYLES: dict[str, dict[str, Any]] = {
    "danger": {"fg": "red", "bold": True},
    "heading": {"bold": True},
    "best": {"fg": "green", "bold": True},
    "notice": {"fg": "yellow"},
    "closing": {"dim": True},
}


def show_verdict(verdict: Verdict, *, full: bool = False) -> None:
    """Print *verdict*, with styles on a terminal and as plain text elsewhere."""
    show_lines(render.lines(verdict, screen_width(), full=full))


def screen_width() -> int:
    """Return the width of the output: the terminal's width, up to a limit."""
    if not sys.stdout.isatty():
        return render.WIDTH
    return min(shutil.get_terminal_size().columns, _WIDEST)


def show_lines(lines: Iterable[TextLine]) -> None:
    """Print *lines*, with styles on a terminal and as plain text elsewhere."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    styled = (
        click.style(line.text, **_STYLES[line.style])
        if line.style in _STYLES
        else line.text
        for line in lines
    )
    click.echo("\n".join(styled), color=False if plain else None)
