"""`boundaryethics facts`: what can be said about a situation."""

from __future__ import annotations

import json

import click

from boundaryethics import policyfile
from boundaryethics.model.facts import Vocabulary
from boundaryethics.render.outline import shown


@click.command()
@click.option(
    "--policy", metavar="ID|PATH", help="Add the facts that this policy declares."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def facts(*, policy: str | None, form: str) -> None:
    """List the facts, each with its question and its values."""
    if policy:
        vocabulary = policyfile.load_policy(policy).vocabulary
    else:
        vocabulary = policyfile.shipped_vocabulary()
    click.echo(_as_json(vocabulary) if form == "json" else _as_text(vocabulary))


def _as_json(vocabulary: Vocabulary) -> str:
    listed = {
        fact.name: {"ask": fact.ask, "values": list(fact.values)}
        for fact in vocabulary.facts
    }
    return json.dumps(listed, indent=2)


def _as_text(vocabulary: Vocabulary) -> str:
    blocks = [
        "\n".join(filter(None, (f.name, shown(f.ask), ", ".join(f.values))))
        for f in vocabulary.facts
    ]
    indented = [block.replace("\n", "\n  ") for block in blocks]
    return "\n".join([*indented, "", "What is not stated is unknown."])
