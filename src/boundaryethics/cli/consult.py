"""`boundaryethics consult`: a situation in, the ranking with its reasons out."""

from __future__ import annotations

import json

import click

from boundaryethics import consulting, policyfile, render
from boundaryethics._closest import did_you_mean
from boundaryethics.cli.screen import show
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict


def _stated(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """The facts that `--fact name=value` states, each once."""
    facts: dict[str, str] = {}
    for text in written:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            message = f"`{text}` is not of the form name=value"
            raise click.BadParameter(message)
        if name in facts:
            message = f"fact `{name}` is stated twice"
            raise click.BadParameter(message)
        facts[name] = value
    return facts


@click.command()
@click.argument("situation", required=False)
@click.option(
    "--policy",
    default=consulting.DEFAULT_POLICY,
    show_default=True,
    metavar="ID|PATH",
    help="The policy that answers.",
)
@click.option(
    "--over",
    multiple=True,
    metavar="ID|PATH",
    help="A policy to lay over it, such as a state's rules; may be repeated.",
)
@click.option(
    "--fact",
    "stated",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_stated,
    help="A fact, beside or instead of one in the file; may be repeated.",
)
@click.option("--engine", metavar="NAME", help="The engine: durable or reference.")
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
    if situation is None and not stated:
        message = "name a file of facts, or state one with --fact name=value"
        raise click.UsageError(message)
    loaded = policyfile.load_policy(policy, over)
    facts = _situation(situation, loaded, stated)
    verdict = consulting.consult(facts, loaded, engine)
    _refuse_unproved(verdict, proved)
    match form:
        case "json":
            proofs = {name: render.proof_data(verdict, name) for name in proved}
            answer = verdict.to_dict() | ({"proofs": proofs} if proofs else {})
            click.echo(json.dumps(answer, indent=2))
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


def _situation(file: str | None, policy: Policy, stated: dict[str, str]) -> Situation:
    vocabulary = policy.vocabulary
    if file is None:
        return vocabulary.situation(stated)
    read = policyfile.load_situation(file, vocabulary)
    return vocabulary.situation({**read.known(), **stated})
