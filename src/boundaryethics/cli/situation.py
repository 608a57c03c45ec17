"""Answer questions about one situation: rank it, explain it, find what changes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaryethics import render
from boundaryethics.cli.options import (
    Plot,
    Where,
    allow_unknown_option,
    answer,
    force_option,
    format_option,
    immutable_option,
    output_option,
    plot_option,
    refuse_output,
    show,
    show_answer,
    show_verdict,
    situation_options,
    where_option,
    write_output,
)
from boundaryethics.errors import did_you_mean
from boundaryethics.model.verdict import Verdict


@click.command()
@situation_options
@click.option(
    "--proof",
    "proved",
    multiple=True,
    metavar="NAME",
    help="Prove this rule or finding from the facts; may be repeated.",
)
@click.option(
    "--full", is_flag=True, help="Show every reason, for and against, and the sources."
)
@format_option("text", "markdown", "html", "json", help="How to write the answer.")
def consult(*, proved: tuple[str, ...], full: bool, form: str, **asked: Any) -> None:
    """Rank the four responses and show why.

    SITUATION is a YAML or JSON file of facts, or - for standard input. A fact
    that is not stated is unknown. `boundaryethics facts` lists the facts. The
    JSON always has every reason.
    """
    if proved and form == "html":
        message = "a page of HTML has no proofs; use --format markdown"
        raise click.UsageError(message)
    verdict = answer(**asked)
    _refuse_unproved(verdict, proved)
    match form:
        case "json":
            proofs = {name: render.proof_data(verdict, name) for name in proved}
            show(verdict.to_dict() | ({"proofs": proofs} if proofs else {}))
        case "markdown":
            click.echo(verdict.to_markdown(full=full), nl=False)
            for name in proved:
                click.echo(f"\n```\n{render.proof_text(verdict, name)}\n```")
        case "html":
            click.echo(verdict.to_html(full=full), nl=False)
        case _:
            show_verdict(verdict, full=full)
            for name in proved:
                click.echo(f"\n{render.proof_text(verdict, name)}")


def _refuse_unproved(verdict: Verdict, proved: tuple[str, ...]) -> None:
    """Refuse names that have no proof in this situation."""
    known = (*verdict.proofs.rules, *verdict.proofs.findings) if proved else ()
    for name in proved:
        if name not in known:
            message = f"`{name}` neither fires nor holds in this situation"
            near = did_you_mean(name, known)
            raise click.UsageError(f"{message}; {near}" if near else message)


@click.command()
@click.argument("target")
@situation_options
@click.option(
    "--versus", metavar="OPTION", help="Explain what decides between TARGET and OPTION."
)
@format_option("text", "json")
def why(*, target: str, versus: str | None, form: str, **asked: Any) -> None:
    """Explain why TARGET is true in SITUATION.

    TARGET is a rule, a finding, an option, or an option with a rank, such as
    "decline first". With --versus, it is an option. SITUATION is a file of
    facts, as for `consult`.
    """
    from boundaryethics import analysis

    verdict = answer(**asked)
    if versus is None:
        show_answer(analysis.why(verdict, target), form)
    else:
        show_answer(analysis.explain_pair(verdict, target, versus), form)


@click.command(name="why-not")
@click.argument("target")
@situation_options
@immutable_option
@allow_unknown_option
@format_option("text", "json")
def why_not(*, target: str, form: str, **asked: Any) -> None:
    """Explain why TARGET is not true, and what would change it.

    TARGET is a rule, a finding, an option, or an option with a rank, such as
    "decline second". An option alone means the first rank. SITUATION is a file
    of facts, as for `consult`.
    """
    from boundaryethics import analysis

    limits = _taken(asked, "immutable", "allow_unknown")
    show_answer(analysis.why_not(answer(**asked), target, **limits), form)


def _taken(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Remove *names* from *options*, and return them."""
    return {name: options.pop(name) for name in names}


@click.command()
@situation_options
@immutable_option
@click.option(
    "--strict", is_flag=True, help="Count a response as first only if it is not tied."
)
@allow_unknown_option
@plot_option
@format_option("text", "json")
def counterfactuals(*, plot: Plot, form: str, **asked: Any) -> None:
    """Find the smallest changes that put another option first.

    Shows all of them for each option, or that no change puts it first.
    SITUATION is a file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    limits = _taken(asked, "immutable", "strict", "allow_unknown")
    found = analysis.counterfactuals(answer(**asked), **limits)
    plot(found.chart)
    show_answer(found, form)


@click.command()
@situation_options
@where_option
@plot_option
@format_option("text", "json")
def open_questions(*, where: Where, plot: Plot, form: str, **asked: Any) -> None:
    """List the unknown facts that could change the ranking.

    Shows what each answer would change, and whether the ranking is settled.
    The most informative question comes first. SITUATION is a file of facts, as
    for `consult`.
    """
    from boundaryethics import analysis

    found = analysis.open_questions(answer(**asked), where=where)
    plot(found.chart)
    show_answer(found, form)


@click.command()
@situation_options
@format_option(
    "text", "markdown", "html", help="How to write the sheet; html is a whole page."
)
@output_option("Write the sheet to FILE, and print nothing.")
@force_option
def worksheet(*, form: str, output: Path | None, **asked: Any) -> None:
    """Make a supervision worksheet with room for notes.

    Page 1 is the decision, then come the questions for supervision and a draft
    message to adapt. SITUATION is a YAML or JSON file of facts, or - for
    standard input.
    """
    refuse_output(output)
    sheet = answer(**asked).worksheet(form)
    if output is None:
        click.echo(sheet, nl=False)
    else:
        write_output(output, sheet)
