"""Commands for studies: tables, sweeps, sensitivity, effects and panels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from click.core import ParameterSource

from boundaryethics._files import printable
from boundaryethics.cli import completion
from boundaryethics.cli.options import (
    POPULATIONS,
    Plot,
    Progress,
    Save,
    Where,
    columns_option,
    force_option,
    forced,
    format_option,
    output_option,
    over_option,
    panel_reading_option,
    plot_option,
    policy_option,
    population_of,
    population_option,
    progress,
    reading_option,
    refuse_ending,
    refuse_output,
    refuse_shared,
    save_option,
    seed_option,
    show_answer,
    show_answers,
    show_values_option,
    stated_option,
    where_option,
    write_output,
)
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import TableError, all_of
from boundaryethics.exports import ENDINGS
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName
from boundaryethics.policies.convert import write_policy
from boundaryethics.policies.loader import load_policy, shipped_vocabulary

if TYPE_CHECKING:
    from boundaryethics.variants.designs import Switch

_THREADS = 4
_FOLDS = 5
_WEIGHTS, _STRENGTHS, _SHARES = "weights", "strengths", "shares"


@click.command()
@click.argument("source", metavar="IN", shell_complete=completion.files)
@output_option("CSV, Parquet or JSON Lines file to write.", required=True)
@policy_option(
    "Policy to use. Repeatable.",
    multiple=True,
    default=[DEFAULT_POLICY],
    show_default=True,
)
@columns_option
@reading_option
@click.option("--rules", is_flag=True, help="Add a column with the rules that apply.")
@click.option(
    "--principles",
    is_flag=True,
    help="Add a column with the principles behind the rules that apply.",
)
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="Text to put before the names of the new columns.",
)
@click.option(
    "--answers-only",
    is_flag=True,
    help="Write only row numbers (from 0) and results, without the columns of IN.",
)
@show_values_option
@click.option("--summary", is_flag=True, help="Print a summary of the results.")
@plot_option
@format_option("text", "json")
def rank(
    *,
    source: str,
    output: Path,
    named: tuple[str, ...],
    summary: bool,
    plot: Plot,
    form: str,
    **asked: Any,
) -> None:
    """Rank every row of a table in a file.

    The extension of each file sets its format: .csv, .tsv, .parquet, .pq, .jsonl or
    .ndjson. IN can also be .xlsx, .dta, .sav or .zsav, but such a file must fit in
    memory. If IN is JSON Lines, the output must be JSON Lines too, except with
    --answers-only. The command reads each column that is named after a fact. An empty
    cell means unknown. If a row cannot be ranked, the `problem` column of the output
    explains why.
    """
    from boundaryethics.batch.files import rank_file
    from boundaryethics.batch.summary import chart_of

    refuse_shared({"IN": source}, {"--output": output, "--plot": plot.file})
    with progress(f"{printable(Path(source).name)}: ranking") as done:
        summaries = rank_file(
            source,
            output,
            all_of(load_policy, named),
            threads=min(_THREADS, os.cpu_count() or 1),
            force=forced(),
            progress=done,
            **asked,
        )
    plot(partial(chart_of, summaries))
    if summary:
        show_answers(summaries, form)
        return
    for warning in dict.fromkeys(w for one in summaries for w in one.warnings):
        click.echo(f"note: {warning.message}", err=True)
        if warning.help:
            click.echo(f"  {warning.help}", err=True)


@click.command()
@click.argument("ratings", shell_complete=completion.files)
@click.argument("vignettes", shell_complete=completion.files)
@panel_reading_option
@policy_option("Policy to compare with the raters. Repeatable.", multiple=True)
@click.option(
    "--resample",
    type=click.Choice(["vignettes", "raters", "both"]),
    default="vignettes",
    show_default=True,
    help="What the bootstrap resamples for the confidence intervals: vignettes, raters "
    "or both.",
)
@click.option(
    "--consensus",
    type=click.Choice(["borda", "kemeny", "mean-rank"]),
    default="borda",
    show_default=True,
    help="Method for the consensus ranking.",
)
@click.option(
    "--save-wide",
    "wide",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save one row per rating to FILE as CSV, for the R package PlackettLuce.",
)
@click.option(
    "--save-long",
    "long",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save one row per ranked response to FILE as CSV, for the R package ordinal.",
)
@seed_option
@show_values_option
@save_option
@plot_option
@format_option("text", "json")
def panel(
    *,
    ratings: str,
    vignettes: str,
    reading: Any,
    named: tuple[str, ...],
    resample: str,
    consensus: str,
    wide: Path | None,
    long: Path | None,
    seed: int,
    show_values: bool,
    save: Save,
    plot: Plot,
    form: str,
) -> None:
    """Measure agreement among raters and with policies.

    RATINGS is a file (.csv, .tsv, .xlsx, .dta or .sav) with the columns rater,
    vignette, option and rank. VIGNETTES is a file of one of these types, with the
    column vignette and one column per fact. It can also be a YAML file of facts or
    test cases, or a folder of such YAML files. If the two files need different values
    for --separator, --decimal, --encoding or --sheet, give the option twice: first for
    RATINGS, then for VIGNETTES.
    """
    from boundaryethics.panel.agreement import (
        policy_agreement,
        rater_agreement,
        statistics_table,
    )
    from boundaryethics.panel.export import long_ratings, wide_ratings

    read = {"RATINGS": ratings, "VIGNETTES": vignettes}
    written = {"--save-wide": wide, "--save-long": long, "--plot": plot.file}
    refuse_shared(read, {"--output": save.file, **written})
    refuse_ending("--save-wide", wide, ".csv")
    refuse_ending("--save-long", long, ".csv")
    refuse_output(wide)
    refuse_output(long)
    policies = all_of(load_policy, named)
    data = _panel(ratings, vignettes, policies, reading, show_values=show_values)
    how: Any = {"seed": seed, "resample": resample, "consensus": consensus}
    answers: dict[str, Any] = {"raters": rater_agreement(data, **how)}
    if policies:
        answers["policies"] = policy_agreement(data, policies, **how)
    plot([*answers.values()][-1].chart)
    both = answers["raters"], answers.get("policies")
    save([*answers.values()][-1], answers, table=lambda: statistics_table(*both))
    show_answers(answers, form)
    for file, table in ((wide, wide_ratings), (long, long_ratings)):
        if file is not None:
            write_output(file, table(data).to_csv())


def _penalty(
    _context: click.Context, _parameter: click.Parameter, written: str
) -> float | str:
    """Parse `--penalty`: a nonnegative number, or cv."""
    if written == "cv":
        return written
    try:
        number = float(written)
    except ValueError:
        number = -1.0
    if not 0 <= number < inf:
        message = f"`{written}` must be a nonnegative number, or cv"
        raise click.BadParameter(message)
    return number


@click.command()
@click.argument("ratings", shell_complete=completion.files)
@click.argument("vignettes", shell_complete=completion.files)
@panel_reading_option
@policy_option("Policy to fit.", required=True)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help=f"Number of cross-validation folds.  [default: {_FOLDS}, or one per vignette "
    "if there are fewer vignettes]",
)
@seed_option
@click.option(
    "--penalty",
    default="0",
    metavar="NUMBER|cv",
    callback=_penalty,
    help="Ridge (L2) penalty, or cv to choose it by cross-validation.  [default: 0]",
)
@click.option(
    "--nonnegative",
    "bounded",
    is_flag=True,
    help="Require all weights to be zero or more.",
)
@show_values_option
@output_option("Save the fitted policy (.yaml) or weights (.csv, .dta, ...) to FILE.")
@plot_option
@format_option("text", "json")
def fit(
    *,
    ratings: str,
    vignettes: str,
    reading: Any,
    policy: str,
    folds: int | None,
    seed: int,
    penalty: float | str,
    bounded: bool,
    show_values: bool,
    output: Path | None,
    plot: Plot,
    form: str,
) -> None:
    """Fit a policy's weights to rankings given by raters.

    RATINGS and VIGNETTES work as in `panel`. The report includes a cross-validation
    over vignettes. With --penalty NUMBER, the penalty is NUMBER / 2 times the sum of
    the squared weights, which are in log-odds per point.
    """
    from boundaryethics import panel as raters

    read = {"RATINGS": ratings, "VIGNETTES": vignettes, "--policy": policy}
    refuse_shared(read, {"--output": output, "--plot": plot.file})
    refuse_output(output)
    refuse_ending("--output", output, ".yaml", ".yml", *ENDINGS)
    is_table = output is not None and output.suffix.lower() in ENDINGS
    base = load_policy(policy)
    data = _panel(ratings, vignettes, [base], reading, show_values=show_values)
    folds = folds or max(2, min(_FOLDS, len(data.rated)))
    terms: Any = {"penalty": penalty, "bounded": bounded, "folds": folds, "seed": seed}
    found = raters.fit(data, base, **terms)
    judged = raters.cross_validate(data, base, **terms)
    # If there is an error, nothing is printed or written.
    policy_text = ""
    if output is not None and not is_table:
        policy_text = write_policy(found.variant(f"{base.id}-fitted"))
    plot(found.chart)
    answers = {"fit": found, "validation": judged}
    if is_table:
        Save(output)(found, answers)
    elif output is not None:
        write_output(output, policy_text)
    show_answers(answers, form)


@click.command()
@click.argument(
    "policies",
    nargs=-1,
    required=True,
    metavar="POLICY POLICY...",
    shell_complete=completion.policies,
)
@click.option(
    *("-n", "--count"),
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    metavar="N",
    help="Number of vignettes.",
)
@click.option(
    "--most-facts",
    type=click.IntRange(min=0),
    default=6,
    show_default=True,
    metavar="N",
    help="Maximum number of known facts in a vignette.",
)
@where_option
@seed_option
@output_option(
    "Save the vignettes to FILE: .csv for `panel`, or .json with their provenance."
)
@click.option(
    "--questionnaire",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save a rater questionnaire to FILE as Markdown.",
)
@force_option
@format_option("text", "json")
def vignettes(
    *,
    policies: tuple[str, ...],
    count: int,
    most_facts: int,
    where: Where,
    seed: int,
    output: Path | None,
    questionnaire: Path | None,
    form: str,
) -> None:
    """Find vignettes that discriminate between policies.

    The command searches all possible situations for those in which the policies'
    rankings differ most. It spreads the vignettes across the rules that cause the
    differences.
    """
    from boundaryethics.analysis import discriminating_vignettes

    refuse_shared({}, {"--output": output, "--questionnaire": questionnaire})
    refuse_ending("--output", output, ".csv", ".json")
    refuse_output(output)
    refuse_output(questionnaire)
    named = all_of(load_policy, policies)
    with progress("searching for vignettes") as done:
        answer = discriminating_vignettes(
            named, count, where=where, most_facts=most_facts, seed=seed, progress=done
        )
    show_answer(answer, form)
    if output is not None:
        if output.suffix.lower() == ".csv":
            write_output(output, answer.to_csv())
        else:
            answer.save(output, force=forced())
    if questionnaire is not None:
        write_output(questionnaire, answer.to_markdown())


def _panel(
    ratings: str,
    vignettes: str,
    policies: list[Policy],
    reading: Any,
    *,
    show_values: bool,
) -> Any:
    """Read the panel, with the facts that *policies* declare."""
    from boundaryethics.mdd.space import vocabulary_of
    from boundaryethics.panel.read import read_panel

    vocabulary = vocabulary_of(policies) if policies else shipped_vocabulary()
    of_ratings, of_vignettes = reading
    return read_panel(
        ratings,
        vignettes,
        vocabulary=vocabulary,
        reading=of_ratings,
        vignettes_reading=of_vignettes,
        show_values=show_values,
    )


@click.command()
@policy_option(required=True)
@where_option
@population_option
@click.option(
    "--of",
    type=click.Choice([_WEIGHTS, _STRENGTHS, _SHARES]),
    help="What to show: the share of situations whose ranking changes with each weight "
    "(shares) or with each strength (strengths), or how far each weight can change "
    "(weights). Default: shares for a weighted policy, and strengths for any other "
    "policy.",
)
@click.option(
    "--curve",
    "curves",
    multiple=True,
    metavar="PRINCIPLE",
    help="Show the share of situations whose ranking changes, as a function of the "
    "weight of PRINCIPLE. Repeatable: two principles produce a map.",
)
@save_option
@plot_option
@format_option("text", "json")
def sensitivity(
    *,
    policy: str,
    where: Where,
    population: Any,
    of: str | None,
    curves: tuple[str, ...],
    save: Save,
    plot: Plot,
    form: str,
) -> None:
    """Test how sensitive rankings are to weights or strengths.

    For a weighted policy, the report shows the share of situations whose ranking
    changes as a weight changes, and the weight range in which no ranking
    changes. With --of weights, it shows how far each weight can change on its own
    before a ranking changes, and the nearest weights that change a ranking. For
    any other policy, or with --of strengths, it shows how many situations are ranked
    differently if one strength moves one step up or down. The results are exact and
    cover every situation in the population.
    """
    from boundaryethics import sensitivity as analyses

    base = load_policy(policy)
    if curves and of is not None:
        message = "use either --of or --curve"
        raise click.UsageError(message)
    if of is None:
        of = _SHARES if base.method.name is MethodName.WEIGHTED else _STRENGTHS
    kinds: dict[str, Callable[..., Any]] = {
        _WEIGHTS: analyses.weight_sensitivity,
        _STRENGTHS: analyses.strength_sensitivity,
        _SHARES: analyses.weight_shares,
    }
    analyze = kinds[of]
    if len(curves) == 1:
        analyze = partial(analyses.weight_curve, principle=curves[0])
    elif curves:
        analyze = partial(analyses.weight_map, principles=curves)
    changed = _STRENGTHS if of == _STRENGTHS else _WEIGHTS
    over = population(base)
    with progress(f"{base.id}: changing {changed}") as done:
        answer = analyze(base, where=where, over=over, progress=done)
    plot(answer.chart)
    save(answer)
    show_answer(answer, form)


def _weight_ranges(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, tuple[str, str]]:
    """Parse the weight ranges of `--range`."""
    found: dict[str, tuple[str, str]] = {}
    for text in written:
        name, _, ends = (part.strip() for part in text.partition("="))
        low, colon, high = (part.strip() for part in ends.partition(":"))
        if not (name and low and colon and high):
            message = f"`{text}` must have the form principle=min:max"
            raise click.BadParameter(message)
        found[name] = low, high
    return found


@click.command()
@policy_option(required=True)
@stated_option("State a fact about the situation.")
@where_option
@population_option
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="PRINCIPLE=MIN:MAX",
    callback=_weight_ranges,
    help="Draw the weight of PRINCIPLE uniformly from this range. Repeatable. Weights "
    "without a range stay fixed. Default: draw all weights so that their sum is 1.",
)
@click.option(
    "--draws", type=click.IntRange(min=1), metavar="N", help="Number of random draws."
)
@seed_option
@save_option
@plot_option
@format_option("text", "json")
def acceptability(
    *,
    policy: str,
    stated: dict[str, str],
    population: Any,
    save: Save,
    plot: Plot,
    form: str,
    **asked: Any,
) -> None:
    """Compute rank acceptability under uncertain weights (SMAA).

    For each response, the report shows the probability of each rank, the central
    weights, and the confidence factor. With --fact, the report covers a single
    situation, and the results are exact if at most five weights matter. Without --fact,
    the report covers a population.
    """
    from boundaryethics.sensitivity import rank_acceptability

    base = load_policy(policy)
    asked["over"] = population(base)
    with progress(f"{base.id}: drawing weights") as done:
        answer = rank_acceptability(base, stated or None, progress=done, **asked)
    plot(answer.chart)
    save(answer)
    show_answer(answer, form)


@click.command()
@click.argument("file", metavar="SWEEP", type=click.Path(path_type=Path))
@click.option(
    "--share",
    type=click.Choice(["first", "ranking", "table_first", "table_ranking"]),
    default="first",
    show_default=True,
    help="Outcome to analyze: a change in the top response (first) or in the ranking. "
    "The table_ outcomes cover only the table from `sweep --table`.",
)
@save_option
@plot_option
@format_option("text", "json")
def effects(*, file: Path, share: str, save: Save, plot: Plot, form: str) -> None:
    """Estimate the effects of a sweep's switches.

    SWEEP is a file from `sweep --output`. The report shows how each switch affects
    the share of situations whose result changes. If the sweep covers every on/off
    combination of the switches, the report shows exact main effects and interactions.
    For other designs, it shows main effects estimated by regression, and Sobol indices.
    """
    from boundaryethics import variants
    from boundaryethics.variants.effects import is_two_level

    swept = variants.read_sweep(file)
    exact = is_two_level(swept)
    analyze = variants.factorial_effects if exact else variants.switch_effects
    answer = analyze(swept, share=share)
    plot(answer.chart)
    save(answer)
    show_answer(answer, form)


_WEIGHT = r"([0-9]{1,9}(?:\.[0-9]{1,9}|/[0-9]{1,9})?)"
_NUMBERS = re.compile(rf"{_WEIGHT}:{_WEIGHT}(?::{_WEIGHT})?\Z")


def _families(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Any]:
    """Parse the variant families of `--family`."""
    from boundaryethics.variants import designs

    listed = (designs.DropRules, designs.VaryStrengths, designs.Methods)
    plain: dict[str, Callable[[], Any]] = {one.name: one for one in listed}
    families: list[Any] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if name in plain and not sign:
            families.append(plain[name]())
        elif name == "weights" and sign:
            families.append(designs.VaryWeights(*_range(numbers, text)))
        else:
            message = (
                f"`{text}` must be one of {', '.join(plain)} or weights=MIN:MAX[:STEP]"
            )
            raise click.BadParameter(message)
    return families


def _switches(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Switch]:
    """Parse the switches of `--switch`: files, and weights of principles."""
    from boundaryethics.variants.edits import Range, load_change

    switches: list[Switch] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if sign and ":" in numbers:
            switches.append(Range(name, *_range(numbers, text)))
        else:
            switches.append(load_change(text))
    return switches


def _range(numbers: str, text: str) -> tuple[str, str, str]:
    found = _NUMBERS.match(numbers)
    if not found:
        message = f"`{text}` must have a range of numbers, such as 0:3 or 0:5/2:0.5"
        raise click.BadParameter(message)
    least, most, step = found.groups(default="1")
    return least, most, step


@click.command()
@policy_option(required=True)
@click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME",
    callback=_families,
    help="Kind of variant: drop, strengths, methods or weights=MIN:MAX[:STEP]. "
    "Repeatable.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="FILE|PRINCIPLE=MIN:MAX",
    shell_complete=completion.files,
    callback=_switches,
    help="Policy file with a change to switch on and off, or a principle with its "
    "range of weights. Repeatable.",
)
@click.option(
    "--design",
    type=click.Choice(["factorial", "random", "sobol", "latin", "saltelli"]),
    default="factorial",
    show_default=True,
    help="Try all settings (factorial), a sample (random, sobol, latin), or the "
    "blocks of settings for Sobol indices (saltelli).",
)
@click.option(
    "--samples",
    type=int,
    metavar="N",
    help="Number of settings to sample (for saltelli, number of blocks).",
)
@seed_option
@where_option
@over_option
@click.option(
    "--table",
    metavar="FILE",
    shell_complete=completion.files,
    help="Also rank the situations in FILE.",
)
@columns_option
@reading_option
@show_values_option
@click.option(
    "--all-situations/--no-all-situations",
    "space",
    default=True,
    help="Whether to cover every possible situation.",
)
@click.option(
    "--cases",
    metavar="PATH",
    shell_complete=completion.files,
    help="Test cases to use instead of the built-in ones.",
)
@output_option("Save one row per variant to FILE (.csv or .parquet).")
@plot_option
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of processes. Default: one per core.",
)
@format_option("text", "json")
def sweep(
    *,
    policy: str,
    families: list[Any],
    switches: list[Switch],
    design: str,
    samples: int | None,
    seed: int,
    where: Where,
    output: Path | None,
    plot: Plot,
    form: str,
    **asked: Any,
) -> None:
    """Try many variants of a policy and compare the rankings.

    For each variant, a row shows the exact shares of situations in which the top
    response or the ranking changes. It also shows each change from one top response to
    another, and the cases and guarantees that fail. If a sweep with --output was
    stopped, run the same command again to resume it.
    """
    from boundaryethics import variants

    _refuse_unread(asked)
    read = {"--policy": policy, "--table": asked["table"], "--cases": asked["cases"]}
    refuse_shared(read, {"--output": output, "--plot": plot.file})
    base = load_policy(policy)
    asked |= _read_population(base, asked)
    tried = _tried(families, switches, design, samples, seed)
    _note_other_bases(base, switches)
    with _stoppable(f"{base.id}: sweeping", output) as done:
        answer = variants.sweep(
            base,
            tried,
            where=where,
            out=output,
            force=forced(),
            progress=done,
            **asked,
        )
    with _on_stop(partial(_stopped_chart, plot.file, output)):
        plot(answer.chart)
    show_answer(answer, form)


def _refuse_unread(asked: dict[str, Any]) -> None:
    """Refuse options that describe a file if there is no file for them."""
    from boundaryethics.batch.reading import Reading

    unread = asked["columns"] or asked["reading"] != Reading()
    if unread and asked["table"] is None and asked["over"] in POPULATIONS:
        message = (
            "--column, and options that describe a file, need --table or --over FILE"
        )
        raise click.UsageError(message)


def _read_population(base: Policy, asked: dict[str, Any]) -> dict[str, Any]:
    """Read the `--over` file; the file options describe it if there is no `--table`."""
    from boundaryethics.batch.reading import Reading

    own = {"columns": asked["columns"], "reading": asked["reading"]}
    plain: dict[str, Any] = {"columns": {}, "reading": Reading()}
    if asked["table"] is None:
        return {"over": population_of(asked["over"], [base], **own), **plain}
    try:
        return {"over": population_of(asked["over"], [base], **plain)}
    except TableError as error:
        more = "with --table, these options describe the table, not the file of --over"
        raise TableError(
            attrs.evolve(one, help="; ".join(filter(None, (one.help, more))))
            for one in error.problems
        ) from None


@contextmanager
def _stoppable(description: str, output: Path | None) -> Iterator[Progress]:
    """Show progress; if the sweep is stopped, report how much of it is saved."""
    last = (0, 0)

    def report(done: int, total: int) -> None:
        nonlocal last
        last = (done, total)
        show_progress(done, total)

    stopped = _on_stop(lambda: _stopped(*last, output))
    with stopped, progress(description) as show_progress:
        yield report


@contextmanager
def _on_stop(words: Callable[[], str]) -> Iterator[None]:
    """If the command is stopped within the block, print *words*."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        click.echo(words(), err=True)
        raise


def _stopped_chart(chart: Path | None, output: Path | None) -> str:
    if output is None:
        return "stopped; nothing is saved without --output"
    return f"stopped; `{output}` is complete, but the chart `{chart}` is not saved"


def _stopped(done: int, total: int, output: Path | None) -> str:
    if output is None:
        return "stopped; nothing is saved without --output"
    from boundaryethics.variants.sweep import journal_path

    if not total:
        return "stopped before the first variant"
    saved = f"{done:,} of {total:,} variants are saved in `{journal_path(output)}`"
    return f"stopped; {saved}; run the same command again to resume"


def _note_other_bases(base: Policy, switches: list[Switch]) -> None:
    """Report each switch that extends a policy other than *base* and its ancestors."""
    from boundaryethics.variants.edits import Change

    known = {base.id, *base.lineage}
    for one in (switch for switch in switches if isinstance(switch, Change)):
        others = [policy for policy in one.made_for if policy not in known]
        if others:
            message = (
                f"switch `{one.name}` extends `{others[-1]}`, which `{base.id}` does "
                f"not extend: only the file's own changes are used"
            )
            click.echo(message, err=True)


def _tried(
    families: list[Any],
    switches: list[Switch],
    design: str,
    samples: int | None,
    seed: int,
) -> list[Any]:
    """Return the *families*, plus the design of the *switches* if there are any."""
    from boundaryethics.variants.designs import FactorialDesign

    source = click.get_current_context().get_parameter_source("seed")
    seeded = source is not ParameterSource.DEFAULT
    if switches and seeded and design == "factorial":
        message = "a factorial design has no random settings: remove --seed"
        raise click.UsageError(message)
    if switches:
        drawn = FactorialDesign(tuple(switches), design, samples=samples, seed=seed)
        return [*families, drawn]
    if design != "factorial" or samples is not None or seeded:
        message = "a design needs switches: add --switch"
        raise click.UsageError(message)
    if not families:
        message = "add --family or --switch"
        raise click.UsageError(message)
    return families
