"""`boundaryethics diff`: what an edit of a policy changes."""

from __future__ import annotations

import json

import click

from boundaryethics.cli.options import (
    Plot,
    format_option,
    given_option,
    plot_option,
    progress,
)
from boundaryethics.policyfile import load_policy

_DIFFERS = 1


@click.command()
@click.argument("old")
@click.argument("new")
@given_option
@click.option(
    "--rankings/--no-rankings",
    default=True,
    help="Whether to compare what the two rank, over every situation.",
)
@plot_option
@format_option("text", "markdown", "json")
@click.pass_context
def diff(
    context: click.Context,
    /,
    *,
    old: str,
    new: str,
    given: dict[str, list[str]],
    rankings: bool,
    plot: Plot,
    form: str,
) -> None:
    """Tell what is written, and what is ranked, otherwise in policy NEW than in OLD.

    OLD and NEW are ids of shipped policies, or paths. Ends with status 1 where some
    situation is ranked otherwise, so that a pull request can be held until somebody
    has looked.
    """
    from boundaryethics import analysis

    before, after = load_policy(old), load_policy(new)
    with progress("comparing") as done:
        edit = analysis.diff(
            before, after, given=given or None, rankings=rankings, progress=done
        )
    plot(edit.chart)
    match form:
        case "json":
            click.echo(json.dumps(edit.to_dict(), indent=2))
        case "markdown":
            click.echo(edit.to_markdown(), nl=False)
        case _:
            click.echo(edit)
    if edit.changes_rankings:
        context.exit(_DIFFERS)
