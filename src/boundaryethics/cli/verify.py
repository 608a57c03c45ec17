"""`boundaryethics verify`: invariants in, each proved or refuted."""

from __future__ import annotations

import json

import click

from boundaryethics.cli.spaces import format_option, given_option, progress
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import load_policy, shipped_policies

_FAILED = 1


@click.command()
@click.option(
    "--policy",
    "named",
    multiple=True,
    metavar="ID|PATH",
    help="The policy; may be repeated. All shipped ones that can be consulted without.",
)
@click.option(
    "--over",
    multiple=True,
    metavar="ID|PATH",
    help="A policy to lay over each; may be repeated.",
)
@click.option("--invariant", metavar="ID", help="Only this one.")
@given_option
@format_option("text", "json")
@click.pass_context
def verify(
    context: click.Context,
    /,
    *,
    named: tuple[str, ...],
    over: tuple[str, ...],
    invariant: str | None,
    given: dict[str, list[str]],
    form: str,
) -> None:
    """Prove the invariants of policies, over every situation there can be.

    An invariant that does not hold is refuted by a situation with as few known
    facts as can be. Ends with status 1 when one is.
    """
    from boundaryethics import analysis

    answers = []
    for policy in _holding(_policies(named, over), invariant):
        with progress(f"{policy.id}: proving") as done:
            answers.append(
                analysis.verify(policy, invariant, given or None, progress=done)
            )
    if form == "json":
        click.echo(json.dumps([answer.to_dict() for answer in answers], indent=2))
    else:
        click.echo("\n\n".join(map(str, answers)))
    if not all(answer.proved for answer in answers):
        context.exit(_FAILED)


def _holding(policies: list[Policy], invariant: str | None) -> list[Policy]:
    """Those of *policies* that have the invariant; all, where none of them has."""
    having = [p for p in policies if any(i.id == invariant for i in p.invariants)]
    return having or policies


def _policies(named: tuple[str, ...], over: tuple[str, ...]) -> list[Policy]:
    if named:
        return [load_policy(one, over) for one in named]
    shipped = [load_policy(one, over) for one in shipped_policies()]
    return [policy for policy in shipped if not policy.abstract]
