"""`boundaryethics why` and `why-not`: a target and a situation in, the reasons out."""

from __future__ import annotations

from typing import Any

import click

from boundaryethics.cli.asking import answer, asking
from boundaryethics.cli.spaces import format_option, show

#: Facts that the answer leaves as they are.
fixed_option = click.option(
    "--fixed",
    multiple=True,
    metavar="FACT",
    help="A fact that is not to change; may be repeated.",
)


@click.command()
@click.argument("target")
@asking
@format_option("text", "json")
def why(*, target: str, form: str, **asked: Any) -> None:
    """Say why TARGET is so in SITUATION.

    TARGET is a rule, a finding, an option, or an option with a place, such as
    "decline first". SITUATION is a file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    show(analysis.why(answer(**asked), target), form)


@click.command(name="why-not")
@click.argument("target")
@asking
@fixed_option
@format_option("text", "json")
def why_not(*, target: str, fixed: tuple[str, ...], form: str, **asked: Any) -> None:
    """Say why TARGET is not so in SITUATION, and the least that would make it so.

    TARGET is a rule, a finding, an option, or an option with a place, such as
    "decline second"; an option alone is asked for in the first place. SITUATION
    is a file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    show(analysis.why_not(answer(**asked), target, fixed=fixed), form)


@click.command()
@click.argument("one")
@click.argument("other")
@asking
@format_option("text", "json")
def because(*, one: str, other: str, form: str, **asked: Any) -> None:
    """Say what decides between options ONE and OTHER in SITUATION.

    The reasons on both sides are told. SITUATION is a file of facts, as for
    `consult`.
    """
    from boundaryethics import analysis

    show(analysis.because(answer(**asked), one, other), form)
