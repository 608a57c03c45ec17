"""Commands for studies: tables, sweeps, sensitivity, effects and panels."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from click.core import ParameterSource

from boundaryethics._files import whole_file
from boundaryethics.batch.summary import Summary
from boundaryethics.cli.options import (
    Plot,
    Progress,
    SpaceResult,
    by_fact,
    ending_tidily,
    file_option,
    format_option,
    plot_option,
    plotting,
    progress,
    refuse_shared,
    show_answer,
    where_option,
)
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName
from boundaryethics.policies.convert import write_policy
from boundaryethics.policies.loader import load_policy, shipped_vocabulary

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy
    from boundaryethics.variants.designs import Switch


_THREADS = 4


def _columns(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """The columns that `--column fact=column` names, each fact once."""
    return by_fact(written, "fact=column", "given two columns")


columns_option = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FACT=COLUMN",
    callback=_columns,
    help="The column that tells a fact, where it is not called like it.",
)


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--policy",
    "named",
    multiple=True,
    default=[DEFAULT_POLICY],
    show_default=True,
    metavar="ID|PATH",
    help="A policy that answers; may be repeated.",
)
@columns_option
@click.option("--rules", is_flag=True, help="List the binding rules of each row.")
@click.option("--principles", is_flag=True, help="List the principles behind them.")
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="What to put before the names of answers.",
)
@click.option(
    "--answers-only",
    is_flag=True,
    help="Write the number of each row, from 0, and its answers, and nothing of IN.",
)
@click.option("--summary", is_flag=True, help="Print what came out over all rows.")
@file_option
@click.option("--force", is_flag=True, help="Replace what is there already.")
@format_option("text", "json")
def rank(
    *,
    source: str,
    target: str,
    named: tuple[str, ...],
    summary: bool,
    plot: Path | None,
    form: str,
    **asked: Any,
) -> None:
    """Rank every row of IN, a table of situations, and write it to OUT.

    IN and OUT are CSV, Parquet or JSON lines, as their names end, and may be larger
    than memory; JSON lines become JSON lines, but for answers alone. A column tells
    the fact that it is called after; an empty cell is unknown. What cannot be answered
    is told in the column `problem`.
    """
    from boundaryethics.batch.files import rank_file
    from boundaryethics.batch.summary import chart_of

    # A file may be ranked into itself.
    refuse_shared({"IN": source, "OUT": target}, {"--plot": plot})
    draw = plotting(plot, force=asked["force"])
    with ending_tidily(), progress(f"{Path(source).name}: ranking") as done:
        threads = min(_THREADS, os.cpu_count() or 1)
        summaries = rank_file(
            source, target, named, threads=threads, progress=done, **asked
        )
    draw(partial(chart_of, summaries))
    _tell(summaries, form if summary else "")


def _tell(summaries: Sequence[Summary], form: str) -> None:
    """Print the summaries in *form*; without one, only what may not have been meant."""
    match form:
        case "json":
            click.echo(json.dumps([one.to_dict() for one in summaries], indent=2))
        case "text":
            click.echo("\n\n".join(map(str, summaries)))
        case _:
            for warning in dict.fromkeys(w for one in summaries for w in one.warnings):
                click.echo(f"note: {warning.message}", err=True)
                if warning.help:
                    click.echo(f"  {warning.help}", err=True)


#: Writes a text where `--output` says; without it, does nothing.
Write: TypeAlias = Callable[[Callable[[], str]], None]

_FOLDS = 5

_seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of what is drawn at random: the same seed, the same answer.",
)


@click.command()
@click.argument("ratings")
@click.argument("vignettes")
@click.option(
    "--policy",
    "named",
    multiple=True,
    metavar="ID|PATH",
    help="A policy to liken to the raters; may be repeated.",
)
@_seed_option
@plot_option
@format_option("text", "json")
def panel(
    *,
    ratings: str,
    vignettes: str,
    named: tuple[str, ...],
    seed: int,
    plot: Plot,
    form: str,
) -> None:
    """Tell how far raters agree with one another, and policies with them.

    RATINGS is a CSV file with the columns rater, vignette, option and place.
    VIGNETTES is a CSV file with the column vignette and one for each fact, or a YAML
    file of facts or of cases, or a folder of them.
    """
    from boundaryethics.panel.agreement import policy_agreement, rater_agreement

    policies = [load_policy(name) for name in named]
    read = _read(ratings, vignettes, policies)
    raters = rater_agreement(read, seed=seed)
    answers: dict[str, SpaceResult] = {"raters": raters}
    charting = raters.chart
    if policies:
        likened = policy_agreement(read, policies, seed=seed)
        answers["policies"], charting = likened, likened.chart
    plot(charting)
    _tell_panel(answers, form)


@click.command()
@click.argument("ratings")
@click.argument("vignettes")
@click.option(
    "--policy",
    "named",
    required=True,
    metavar="ID|PATH",
    help="The policy whose weights are fitted.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help=f"Parts that vignettes are dealt into.  [default: {_FOLDS}, or all of fewer]",
)
@_seed_option
@click.option(
    "--penalty",
    type=click.FloatRange(min=0),
    default=0.0,
    help="A ridge that pulls weights towards 0.",
)
@click.option(
    "--nonnegative", "bounded", is_flag=True, help="Hold weights at zero and above."
)
@click.option(
    "--output",
    "out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the policy with the fitted weights to FILE.",
)
@file_option
@click.option("--force", is_flag=True, help="Replace files that are there.")
@format_option("text", "json")
def fit(
    *,
    ratings: str,
    vignettes: str,
    named: str,
    folds: int | None,
    seed: int,
    form: str,
    penalty: float,
    bounded: bool,
    **files: Any,
) -> None:
    """Fit the weights of a policy's principles to the rankings of raters.

    RATINGS and VIGNETTES are as for `panel`. What is fitted is also judged on
    vignettes that it was not fitted to.
    """
    from boundaryethics import panel as raters

    asked = {"RATINGS": ratings, "VIGNETTES": vignettes, "--policy": named}
    draw, write = _files(asked, **files)
    policy = load_policy(named)
    read = _read(ratings, vignettes, [policy])
    terms: Any = {"penalty": penalty, "bounded": bounded}
    found = raters.fit(read, policy, **terms)
    terms |= {"folds": folds or max(2, min(_FOLDS, len(read.rated))), "seed": seed}
    judged = raters.cross_validate(read, policy, **terms)
    _tell_panel({"fit": found, "validation": judged}, form)
    draw(found.chart)
    write(lambda: write_policy(found.variant(f"{policy.id}-fitted")))


def _tell_panel(answers: dict[str, SpaceResult], form: str) -> None:
    """Print *answers* one below the other, or as one object under their names."""
    if form == "json":
        told = {name: answer.to_dict() for name, answer in answers.items()}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo("\n\n".join(map(str, answers.values())))


def _read(ratings: str, vignettes: str, policies: list[Policy]) -> Any:
    """The panel, with the facts that *policies* declare."""
    from boundaryethics.mdd.space import vocabulary_of
    from boundaryethics.panel.data import read_panel

    vocabulary = vocabulary_of(policies) if policies else shipped_vocabulary()
    return read_panel(ratings, vignettes, vocabulary=vocabulary)


def _files(
    read: Mapping[str, str], *, out: Path | None, plot: Path | None, force: bool
) -> tuple[Plot, Write]:
    """What draws a picture, and what writes a policy: each nothing where not asked.

    Files that are not to be replaced, and those that are *read*, are refused before
    anything is worked out.
    """
    refuse_shared(read, {"--output": out, "--plot": plot})
    _refuse_taken(out, force=force)
    draw = plotting(plot, force=force)

    def write(text: Callable[[], str]) -> None:
        if out is None:
            return
        written = text().encode()
        try:
            with whole_file(out) as file:
                file.write(written)
                _refuse_taken(out, force=force)
        except OSError as failed:
            raise PanelError([_unwritable(out, failed.strerror)]) from None

    return draw, write


def _refuse_taken(out: Path | None, *, force: bool) -> None:
    if out is None or not out.exists() or (force and out.is_file()):
        return
    if out.is_file():
        message = f"`{out}` is there already"
        advice: str | None = "write to another file, or say `--force` to replace it"
    else:
        message, advice = f"`{out}` is no file that could be replaced", None
    problem = Problem(code="BE851", message=message, help=advice, token=str(out))
    raise PanelError([problem])


def _unwritable(out: Path, why: str | None) -> Problem:
    told = f": {why[:1].lower()}{why[1:]}" if why else ""
    message = f"`{out}` cannot be written{told}"
    return Problem(code="BE851", message=message, token=str(out))


_WEIGHTS, _STRENGTHS = "weights", "strengths"


@click.command()
@click.argument("policy")
@where_option
@click.option(
    "--of",
    type=click.Choice([_WEIGHTS, _STRENGTHS]),
    help="What changes: by default weights, where the policy is weighted.",
)
@plot_option
@format_option("text", "json")
def sensitivity(
    *, policy: str, where: dict[str, list[str]], of: str | None, plot: Plot, form: str
) -> None:
    """Tell on which weights, or which strengths, the rankings of POLICY hang.

    POLICY is the id of a shipped policy, or a path. Of weights: how far each can
    change alone, and the nearest that change a ranking. Of strengths: how many
    situations each moves, one up and one down. The answers are exact, over every
    situation there can be.
    """
    from boundaryethics.sensitivity import strength_sensitivity, weight_sensitivity

    named = load_policy(policy)
    if of is None:
        of = _WEIGHTS if named.method.name is MethodName.WEIGHTED else _STRENGTHS
    asked = weight_sensitivity if of == _WEIGHTS else strength_sensitivity
    with progress(f"{named.id}: changing {of}") as done:
        answer = asked(named, where=where or None, progress=done)
    plot(answer.chart)
    show_answer(answer, form)


@click.command()
@click.argument("file", metavar="SWEEP", type=click.Path(path_type=Path))
@click.option(
    "--share",
    type=click.Choice(["first", "ranking", "table_first", "table_ranking"]),
    default="first",
    show_default=True,
    help="The share of situations with another first place, or another ranking.",
)
@plot_option
@format_option("text", "json")
def effects(*, file: Path, share: str, plot: Plot, form: str) -> None:
    """Tell what each switch of SWEEP does, alone and with each other.

    SWEEP is a file that `sweep --output` wrote, of every setting of some switches.
    """
    from boundaryethics import variants

    answer = variants.factorial_effects(variants.read_sweep(file), share=share)
    plot(answer.chart)
    show_answer(answer, form)


_NUMBERS = re.compile(r"([0-9]{1,9}):([0-9]{1,9})(?::([0-9]{1,9}))?\Z")


def _families(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Any]:
    """The families that `--family` names."""
    from boundaryethics.variants.designs import (
        DropRules,
        Methods,
        VaryStrengths,
        VaryWeights,
    )

    plain: dict[str, Callable[[], Any]] = {
        "drop": DropRules,
        "strengths": VaryStrengths,
        "methods": Methods,
    }
    families: list[Any] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if name in plain and not sign:
            families.append(plain[name]())
        elif name == "weights" and sign:
            families.append(VaryWeights(*_range(numbers, text)))
        else:
            message = (
                f"`{text}` is none of {', '.join(plain)} or weights=LEAST:MOST[:STEP]"
            )
            raise click.BadParameter(message)
    return families


def _switches(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Switch]:
    """The switches that `--switch` names: files, and weights of principles."""
    from boundaryethics.variants.edits import Range, load_change

    switches: list[Switch] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if sign and ":" in numbers:
            switches.append(Range(name, *_range(numbers, text)))
        else:
            switches.append(load_change(text))
    return switches


def _range(numbers: str, text: str) -> tuple[int, int, int]:
    found = _NUMBERS.match(numbers)
    if not found:
        message = f"`{text}` gives no range of whole numbers, such as 0:3 or 0:9:3"
        raise click.BadParameter(message)
    least, most, step = found.groups(default="1")
    return int(least), int(most), int(step)


@click.command()
@click.argument("policy")
@click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME",
    callback=_families,
    help="Variants to try: drop, strengths, methods, or weights=LEAST:MOST[:STEP]; "
    "may be repeated.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="FILE|NAME=LEAST:MOST",
    callback=_switches,
    help="A policy file whose changes are on or off, or a principle with weights "
    "that it may have; may be repeated.",
)
@click.option(
    "--design",
    type=click.Choice(["factorial", "sobol", "latin"]),
    default="factorial",
    show_default=True,
    help="Which settings of the switches are tried: all, or some that are drawn.",
)
@click.option("--samples", type=int, metavar="N", help="How many settings to draw.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="The same number draws the same settings.",
)
@where_option
@click.option("--table", metavar="FILE", help="A table of situations to ask as well.")
@columns_option
@click.option(
    "--space/--no-space",
    default=True,
    help="Whether to ask over all situations there can be.",
)
@click.option("--cases", metavar="PATH", help="Cases to hold, not the shipped ones.")
@click.option(
    "--output", "out", metavar="FILE", help="CSV or Parquet to write a row each to."
)
@file_option
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes to work in; by default one for each core.",
)
@format_option("text", "json")
def sweep(
    *,
    policy: str,
    families: list[Any],
    switches: list[Switch],
    form: str,
    where: dict[str, list[str]],
    plot: Path | None,
    **asked: Any,
) -> None:
    """Try variants of POLICY, and tell how its rankings move in each.

    POLICY is the id of a shipped policy, or a path. For every variant there is a
    row: the exact share of situations with another first place and with another
    ranking, who made way for whom, and the cases and invariants that break. With
    --output, a sweep that was stopped goes on where it was.
    """
    from boundaryethics import variants

    draw = _drawing(policy, plot, asked)
    base = load_policy(policy)
    design = {name: asked.pop(name) for name in ("design", "samples", "seed")}
    tried = _tried(families, switches, **design)
    _remark_strangers(base, switches)
    asked["where"] = where or None
    with _telling(f"{base.id}: sweeping", asked["out"]) as done:
        answer = variants.sweep(base, tried, progress=done, **asked)
    draw(answer.chart)
    show_answer(answer, form)


def _drawing(policy: str, plot: Path | None, asked: Mapping[str, Any]) -> Plot:
    """What draws to *plot*; refused where that, or what is *asked*, loses a file."""
    read = {"POLICY": policy, "--table": asked["table"], "--cases": asked["cases"]}
    refuse_shared(read, {"--output": asked["out"], "--plot": plot})
    return plotting(plot, force=asked["force"])


@contextmanager
def _telling(what: str, out: str | None) -> Iterator[Progress]:
    """Tells of progress; and what is kept, where somebody stops the sweep."""
    last = (0, 0)

    def told(done: int, total: int) -> None:
        nonlocal last
        last = (done, total)
        tell(done, total)

    try:
        with ending_tidily(), progress(what) as tell:
            yield told
    except (KeyboardInterrupt, SystemExit):
        click.echo(_stopped(*last, out), err=True)
        raise


def _stopped(done: int, total: int, out: str | None) -> str:
    if out is None:
        return "stopped; nothing is kept: with --output, the rows are"
    from boundaryethics.variants.sweep import journal_path

    if not total:
        return "stopped before the first variant"
    kept = f"{done:,} of {total:,} variants are kept in `{journal_path(Path(out))}`"
    return f"stopped; {kept}; the same command goes on"


def _remark_strangers(base: Policy, switches: list[Switch]) -> None:
    """Says of which switches the file is made for a policy that is not in *base*."""
    from boundaryethics.variants.edits import Change

    known = {base.id, *base.lineage}
    for one in (switch for switch in switches if isinstance(switch, Change)):
        others = [policy for policy in one.made_for if policy not in known]
        if others:
            message = (
                f"switch `{one.name}` extends `{others[-1]}`, which is no part of "
                f"`{base.id}`: its own changes alone are tried"
            )
            click.echo(message, err=True)


def _tried(
    families: list[Any],
    switches: list[Switch],
    *,
    design: str,
    samples: int | None,
    seed: int,
) -> list[Any]:
    """The *families*, and that of the *switches*, where there are any."""
    from boundaryethics.variants.designs import FactorialDesign

    source = click.get_current_context().get_parameter_source("seed")
    seeded = source is not ParameterSource.DEFAULT
    if switches and seeded and design == "factorial":
        message = "a factorial design draws nothing: leave --seed out"
        raise click.UsageError(message)
    if switches:
        drawn = FactorialDesign(tuple(switches), design, samples=samples, seed=seed)
        return [*families, drawn]
    if design != "factorial" or samples is not None or seeded:
        message = "a design takes switches: give some with --switch"
        raise click.UsageError(message)
    if not families:
        message = "give a --family or a --switch"
        raise click.UsageError(message)
    return families
