"""`boundaryethics compare` and `agreement`: where policies differ, and how far."""

from __future__ import annotations

import click

from boundaryethics.cli.plotting import Plot, plot_option
from boundaryethics.cli.spaces import format_option, given_option, progress, show
from boundaryethics.policyfile import load_policy, shipped_policies

_FEWEST = 2


@click.command()
@click.argument("a")
@click.argument("b")
@given_option
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N situations at random instead of counting all; the answer says so.",
)
@plot_option
@format_option("text", "json")
def compare(
    *,
    a: str,
    b: str,
    given: dict[str, list[str]],
    sample: int | None,
    plot: Plot,
    form: str,
) -> None:
    """Tell in which situations policies A and B rank otherwise, and by which rules.

    A and B are ids of shipped policies, or paths. The counts are exact, over every
    situation there can be.
    """
    from boundaryethics import analysis

    one, other = load_policy(a), load_policy(b)
    with progress("comparing") as done:
        answer = analysis.compare(
            one, other, given=given or None, sample=sample, progress=done
        )
    plot(answer.chart)
    show(answer, form)


@click.command()
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@given_option
@plot_option
@format_option("text", "json")
def agreement(
    *,
    policies: tuple[str, ...],
    given: dict[str, list[str]],
    plot: Plot,
    form: str,
) -> None:
    """Tell how far policies agree, two by two, over every situation there can be.

    Without a POLICY, all shipped policies that can be consulted are likened.
    """
    from boundaryethics import analysis

    if len(policies) == 1:
        message = f"name at least {_FEWEST} policies, or none for all"
        raise click.UsageError(message)
    listed = [load_policy(name) for name in policies or shipped_policies()]
    likened = [one for one in listed if policies or not one.abstract]
    with progress("likening") as done:
        answer = analysis.agreement(likened, given or None, progress=done)
    plot(answer.chart)
    show(answer, form)
