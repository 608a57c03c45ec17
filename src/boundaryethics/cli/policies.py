"""`boundaryethics policies`: the policies that come with the package."""

from __future__ import annotations

import json
from textwrap import fill

import click

from boundaryethics import policyfile
from boundaryethics.model.policy import Policy
from boundaryethics.render.outline import shown

_WIDTH = 88


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def policies(*, form: str) -> None:
    """List the shipped policies.

    Each with its id, its title, whom it governs and what it leaves out.
    """
    listed = [policyfile.load_policy(name) for name in policyfile.shipped_policies()]
    click.echo(_as_json(listed) if form == "json" else _as_text(listed))


def _as_json(listed: list[Policy]) -> str:
    rows = [
        {
            "policy": policy.id,
            "title": policy.title,
            "abstract": policy.abstract,
            "about": policy.about,
        }
        for policy in listed
    ]
    return json.dumps(rows, indent=2)


def _as_text(listed: list[Policy]) -> str:
    return "\n\n".join(_told(policy) for policy in listed)


def _told(policy: Policy) -> str:
    abstract = " [only to be extended]" if policy.abstract else ""
    about = fill(
        shown(policy.about), _WIDTH, initial_indent="  ", subsequent_indent="  "
    )
    return f"{policy.id}: {shown(policy.title)}{abstract}\n{about}".rstrip()
