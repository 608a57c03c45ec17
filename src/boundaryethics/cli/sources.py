"""`boundaryethics sources`: what the policies cite, and how its text was seen."""

from __future__ import annotations

import json
from textwrap import fill

import click

from boundaryethics.model.options import Seen
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Citation, Source
from boundaryethics.policyfile import load_policy, shipped_policies
from boundaryethics.render.outline import shown

_WIDTH = 88
_SEEN = {
    Seen.OWN_TEXT: "seen in its publisher's own text",
    Seen.QUOTATION: "seen word for word, quoted by another",
    Seen.PARAPHRASE: "seen only in paraphrase",
    Seen.EARLIER_EDITION: "seen in the words of an earlier edition",
    Seen.TITLE_ONLY: "seen by number and title only",
    None: "the policy does not say how it was seen",
}


@click.command()
@click.option(
    "--policy",
    "named",
    multiple=True,
    metavar="ID|PATH",
    help="Only what this policy cites; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def sources(*, named: tuple[str, ...], form: str) -> None:
    """List what is cited: each source with its sections, and how each was seen."""
    policies = [load_policy(one) for one in named or shipped_policies()]
    cited = _cited(policies)
    if form == "json":
        click.echo(json.dumps([_row(*entry) for entry in cited.items()], indent=2))
    else:
        click.echo("\n\n".join(_told(*entry) for entry in cited.items()))


def _cited(policies: list[Policy]) -> dict[Source, dict[Citation, list[str]]]:
    """Each source that is cited, its citations, and the policies that cite them."""
    cited: dict[Source, dict[Citation, list[str]]] = {}
    for policy in policies:
        for citation in policy.citations:
            source = policy.source[citation.source]
            by = cited.setdefault(source, {}).setdefault(citation, [])
            by.append(policy.id)
    return dict(sorted(cited.items(), key=lambda entry: entry[0].name))


def _told(source: Source, citations: dict[Citation, list[str]]) -> str:
    edition = f" ({source.edition})" if source.edition else ""
    parts = (source.publisher, f"{source.title or source.id}{edition}", source.url)
    heading = ". ".join(shown(part) for part in parts if part)
    rows = [fill(f"{shown(source.name)} = {heading}", _WIDTH, subsequent_indent="  ")]
    for citation in sorted(citations, key=lambda citation: citation.section):
        title = f" {shown(citation.title)}" if citation.title else ""
        row = f"{shown(citation.section)}{title}: {_SEEN[citation.seen]}"
        rows.append(fill(row, _WIDTH, initial_indent="  ", subsequent_indent="    "))
    return "\n".join(rows)


def _row(source: Source, citations: dict[Citation, list[str]]) -> dict[str, object]:
    return {
        "source": source.id,
        "short": source.name,
        "title": source.title,
        "publisher": source.publisher,
        "edition": source.edition,
        "url": source.url,
        "sections": [
            {
                "section": citation.section,
                "title": citation.title,
                "seen": citation.seen.value if citation.seen else None,
                "policies": policies,
            }
            for citation, policies in citations.items()
        ],
    }
