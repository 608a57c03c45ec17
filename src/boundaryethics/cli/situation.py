"""Answer questions about one situation: rank it, explain it, find what changes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaryethics import render
from boundaryethics.cli.options import (
    Plot,
    Where,
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
    help="A rule or finding to prove from the facts; may be repeated.",
)
@format_option("text", "markdown", "json")
def consult(*, proved: tuple[str, ...], form: str, **asked: Any) -> None:
    """Rank the four responses in SITUATION, and say why.

    SITUATION is a YAML or JSON file of facts, or - for standard input. What is
    not stated is unknown. `boundaryethics facts` lists what can be stated.
    """
    verdict = answer(**asked)
    _refuse_unproved(verdict, proved)
    match form:
        case "json":
            proofs = {name: render.proof_data(verdict, name) for name in proved}
            show(verdict.to_dict() | ({"proofs": proofs} if proofs else {}))
        case "markdown":
            click.echo(verdict.to_markdown(), nl=False)
            for name in proved:
                click.echo(f"\n```\n{render.proof_text(verdict, name)}\n```")
        case _:
            show_verdict(verdict)
            for name in proved:
                click.echo(f"\n{render.proof_text(verdict, name)}")


def _refuse_unproved(verdict: Verdict, proved: tuple[str, ...]) -> None:
    """Refuse names of which there is no proof in this situation."""
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
    "--versus", metavar="OPTION", help="Say what decides between TARGET and this one."
)
@format_option("text", "json")
def why(*, target: str, versus: str | None, form: str, **asked: Any) -> None:
    """Say why TARGET is so in SITUATION.

    TARGET is a rule, a finding, an option, or an option with a place, such as
    "decline first"; with --versus, an option. SITUATION is a file of facts, as
    for `consult`.
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
@format_option("text", "json")
def why_not(
    *, target: str, immutable: tuple[str, ...], form: str, **asked: Any
) -> None:
    """Say why TARGET is not so in SITUATION, and the least that would make it so.

    TARGET is a rule, a finding, an option, or an option with a place, such as
    "decline second"; an option alone is asked for in the first place. SITUATION
    is a file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    show_answer(analysis.why_not(answer(**asked), target, immutable=immutable), form)


@click.command()
@situation_options
@immutable_option
@click.option(
    "--strict", is_flag=True, help="First counts only where it is not shared."
)
@plot_option
@format_option("text", "json")
def counterfactuals(
    *, immutable: tuple[str, ...], strict: bool, plot: Plot, form: str, **asked: Any
) -> None:
    """Give the smallest changes of facts that put another option first.

    For each option all of them, or that nothing puts it first. SITUATION is a
    file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    found = analysis.counterfactuals(
        answer(**asked), immutable=immutable, strict=strict
    )
    plot(found.chart)
    show_answer(found, form)


@click.command()
@situation_options
@where_option
@plot_option
@format_option("text", "json")
def open_questions(*, where: Where, plot: Plot, form: str, **asked: Any) -> None:
    """List what to find out about SITUATION, most telling first.

    Each question with what its answers would do to the ranking; and whether the
    ranking is settled, whatever the answers. SITUATION is a file of facts, as for
    `consult`.
    """
    from boundaryethics import analysis

    found = analysis.open_questions(answer(**asked), where=where)
    plot(found.chart)
    show_answer(found, form)


@click.command()
@situation_options
@format_option(
    "text", "markdown", "html", help="How the sheet is written; html is a whole page."
)
@output_option("Write it there, and print nothing.")
@force_option
def worksheet(*, form: str, output: Path | None, **asked: Any) -> None:
    """Make a worksheet of SITUATION for supervision, with room for notes.

    It has the six questions with what the rules say to each, what to find out
    and what that could change, and a draft of what could be said to the client.
    SITUATION is a YAML or JSON file of facts, or - for standard input.
    """
    refuse_output(output)
    sheet = answer(**asked).worksheet(form)
    if output is None:
        click.echo(sheet, nl=False)
    else:
        write_output(output, sheet)
