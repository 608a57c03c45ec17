"""`boundaryethics consult`: a situation in, the ranking with its reasons out."""

from __future__ import annotations

import json

import click

from boundaryethics import render
from boundaryethics._closest import did_you_mean
from boundaryethics.cli.asking import answer, asking
from boundaryethics.cli.screen import show
from boundaryethics.model.verdict import Verdict


@click.command()
@asking
@click.option(
    "--proof",
    "proved",
    multiple=True,
    metavar="NAME",
    help="A rule or finding to prove from the facts; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How the answer is written.",
)
def consult(
    *,
    situation: str | None,
    policy: str,
    over: tuple[str, ...],
    stated: dict[str, str],
    engine: str | None,
    proved: tuple[str, ...],
    form: str,
) -> None:
    """Rank the four responses in SITUATION, and say why.

    SITUATION is a YAML or JSON file of facts, or - for standard input. What is
    not stated is unknown. `boundaryethics facts` lists what can be stated.
    """
    verdict = answer(situation, stated, policy=policy, over=over, engine=engine)
    _refuse_unproved(verdict, proved)
    match form:
        case "json":
            proofs = {name: render.proof_data(verdict, name) for name in proved}
            told = verdict.to_dict() | ({"proofs": proofs} if proofs else {})
            click.echo(json.dumps(told, indent=2))
        case "markdown":
            click.echo(verdict.to_markdown(), nl=False)
            for name in proved:
                click.echo(f"\n```\n{render.proof_text(verdict, name)}\n```")
        case _:
            show(verdict)
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
