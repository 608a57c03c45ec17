"""`boundaryethics sensitivity` and `effects`: what the rankings of a policy hang on."""

from __future__ import annotations

from pathlib import Path

import click

from boundaryethics.cli.options import (
    Plot,
    format_option,
    given_option,
    plot_option,
    progress,
    show,
)
from boundaryethics.model.parts import MethodName
from boundaryethics.policyfile import load_policy

_WEIGHTS, _STRENGTHS = "weights", "strengths"


@click.command()
@click.argument("policy")
@given_option
@click.option(
    "--of",
    type=click.Choice([_WEIGHTS, _STRENGTHS]),
    help="What changes: by default weights, where the policy is weighted.",
)
@plot_option
@format_option("text", "json")
def sensitivity(
    *, policy: str, given: dict[str, list[str]], of: str | None, plot: Plot, form: str
) -> None:
    """Tell on which weights, or which strengths, the rankings of POLICY hang.

    POLICY is the id of a shipped policy, or a path. Of weights: how far each can
    change alone, and the nearest that change a ranking. Of strengths: how many
    situations each moves, one up and one down. The answers are exact, over every
    situation there can be.
    """
    from boundaryethics import variants

    named = load_policy(policy)
    if of is None:
        of = _WEIGHTS if named.method.name is MethodName.WEIGHTED else _STRENGTHS
    asked = (
        variants.weight_sensitivity if of == _WEIGHTS else variants.strength_sensitivity
    )
    with progress(f"{named.id}: changing {of}") as done:
        answer = asked(named, given=given or None, progress=done)
    plot(answer.chart)
    show(answer, form)


@click.command()
@click.argument("file", metavar="SWEEP", type=click.Path(path_type=Path))
@click.option(
    "--share",
    type=click.Choice(["first", "ranking", "table_first", "table_ranking"]),
    default="first",
    show_default=True,
    help="The share of situations with another first place, or another ranking.",
)
@plot_option
@format_option("text", "json")
def effects(*, file: Path, share: str, plot: Plot, form: str) -> None:
    """Tell what each switch of SWEEP does, alone and with each other.

    SWEEP is a file that `sweep --out` wrote, of every setting of some switches.
    """
    from boundaryethics import variants

    answer = variants.switch_effects(variants.read_sweep(file), share=share)
    plot(answer.chart)
    show(answer, form)
