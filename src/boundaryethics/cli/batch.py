"""`boundaryethics batch`: a file of situations in, the same with answers out."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from boundaryethics import consulting
from boundaryethics.batch.summary import Summary
from boundaryethics.cli.options import (
    by_fact,
    ending_tidily,
    file_option,
    format_option,
    plotting,
    progress,
    refuse_shared,
)

_THREADS = 4


def _columns(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """The columns that `--columns fact=column` names, each fact once."""
    return by_fact(written, "fact=column", "given two columns")


columns_option = click.option(
    "--columns",
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
    default=[consulting.DEFAULT_POLICY],
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
def batch(
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
