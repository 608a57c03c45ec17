"""`boundaryethics questions`: what is unknown and can still change the ranking."""

from __future__ import annotations

from typing import Any

import click

from boundaryethics.cli.asking import answer, asking
from boundaryethics.cli.plotting import Plot, plot_option
from boundaryethics.cli.spaces import format_option, given_option, show


@click.command()
@asking
@given_option
@plot_option
@format_option("text", "json")
def questions(
    *, given: dict[str, list[str]], plot: Plot, form: str, **asked: Any
) -> None:
    """List what to find out about SITUATION, most telling first.

    Each question with what its answers would do to the ranking; and whether the
    ranking is settled, whatever the answers. SITUATION is a file of facts, as for
    `consult`.
    """
    from boundaryethics import analysis

    found = analysis.open_questions(answer(**asked), given=given or None)
    plot(found.chart)
    show(found, form)
