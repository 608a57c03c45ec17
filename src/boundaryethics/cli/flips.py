"""`boundaryethics flips`: what it takes to put another option first."""

from __future__ import annotations

from typing import Any

import click

from boundaryethics.cli.asking import answer, asking
from boundaryethics.cli.plotting import Plot, plot_option
from boundaryethics.cli.spaces import format_option, show
from boundaryethics.cli.why import fixed_option


@click.command()
@asking
@fixed_option
@click.option("--alone", is_flag=True, help="First counts only where it is not shared.")
@plot_option
@format_option("text", "json")
def flips(
    *, fixed: tuple[str, ...], alone: bool, plot: Plot, form: str, **asked: Any
) -> None:
    """Give the smallest changes of facts that put another option first.

    For each option all of them, or that nothing puts it first. SITUATION is a
    file of facts, as for `consult`.
    """
    from boundaryethics import analysis

    found = analysis.flips(answer(**asked), fixed=fixed, alone=alone)
    plot(found.chart)
    show(found, form)
