"""`boundaryethics panel` and `fit`: people's rankings beside those of policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import click

from boundaryethics._whole_file import whole_file
from boundaryethics.cli.options import (
    Answer,
    Plot,
    file_option,
    format_option,
    plot_option,
    plotting,
    refuse_shared,
)
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import load_policy, shipped_vocabulary, write_policy

#: Writes a text where `--out` says; without it, does nothing.
Write: TypeAlias = Callable[[Callable[[], str]], None]

_FOLDS = 5

_seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of what is drawn at random: the same seed, the same answer.",
)


@click.command()
@click.argument("ratings")
@click.argument("vignettes")
@click.option(
    "--policy",
    "named",
    multiple=True,
    metavar="ID|PATH",
    help="A policy to liken to the raters; may be repeated.",
)
@_seed_option
@plot_option
@format_option("text", "json")
def panel(
    *,
    ratings: str,
    vignettes: str,
    named: tuple[str, ...],
    seed: int,
    plot: Plot,
    form: str,
) -> None:
    """Tell how far raters agree with one another, and policies with them.

    RATINGS is a CSV file with the columns rater, vignette, option and place.
    VIGNETTES is a CSV file with the column vignette and one for each fact, or a YAML
    file of facts or of cases, or a folder of them.
    """
    from boundaryethics.panel import agreement_among, agreement_with

    policies = [load_policy(name) for name in named]
    read = _read(ratings, vignettes, policies)
    raters = agreement_among(read, seed=seed)
    answers: dict[str, Answer] = {"raters": raters}
    charting = raters.chart
    if policies:
        likened = agreement_with(read, policies, seed=seed)
        answers["policies"], charting = likened, likened.chart
    plot(charting)
    _tell(answers, form)


@click.command()
@click.argument("ratings")
@click.argument("vignettes")
@click.option(
    "--policy",
    "named",
    required=True,
    metavar="ID|PATH",
    help="The policy whose weights are fitted.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help=f"Parts that vignettes are dealt into.  [default: {_FOLDS}, or all of fewer]",
)
@_seed_option
@click.option(
    "--penalty",
    type=click.FloatRange(min=0),
    default=0.0,
    help="A ridge that pulls weights towards 0.",
)
@click.option("--bounded", is_flag=True, help="Hold weights at zero and above.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the policy with the fitted weights to FILE.",
)
@file_option
@click.option("--force", is_flag=True, help="Replace files that are there.")
@format_option("text", "json")
def fit(
    *,
    ratings: str,
    vignettes: str,
    named: str,
    folds: int | None,
    seed: int,
    form: str,
    penalty: float,
    bounded: bool,
    **files: Any,
) -> None:
    """Fit the weights of a policy's principles to the rankings of raters.

    RATINGS and VIGNETTES are as for `panel`. What is fitted is also judged on
    vignettes that it was not fitted to.
    """
    from boundaryethics import panel as raters

    asked = {"RATINGS": ratings, "VIGNETTES": vignettes, "--policy": named}
    draw, write = _files(asked, **files)
    policy = load_policy(named)
    read = _read(ratings, vignettes, [policy])
    terms: Any = {"penalty": penalty, "bounded": bounded}
    found = raters.fit(read, policy, **terms)
    terms |= {"folds": folds or max(2, min(_FOLDS, len(read.rated))), "seed": seed}
    judged = raters.cross_validate(read, policy, **terms)
    _tell({"fit": found, "validation": judged}, form)
    draw(found.chart)
    write(lambda: write_policy(found.variant(f"{policy.id}-fitted")))


def _tell(answers: dict[str, Answer], form: str) -> None:
    """Print *answers* one below the other, or as one object under their names."""
    if form == "json":
        told = {name: answer.to_dict() for name, answer in answers.items()}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo("\n\n".join(map(str, answers.values())))


def _read(ratings: str, vignettes: str, policies: list[Policy]) -> Any:
    """The panel, with the facts that *policies* declare."""
    from boundaryethics.diagrams.given import vocabulary_of
    from boundaryethics.panel import read_panel

    vocabulary = vocabulary_of(policies) if policies else shipped_vocabulary()
    return read_panel(ratings, vignettes, vocabulary=vocabulary)


def _files(
    read: Mapping[str, str], *, out: Path | None, plot: Path | None, force: bool
) -> tuple[Plot, Write]:
    """What draws a picture, and what writes a policy: each nothing where not asked.

    Files that are not to be replaced, and those that are *read*, are refused before
    anything is worked out.
    """
    refuse_shared(read, {"--out": out, "--plot": plot})
    _refuse_taken(out, force=force)
    draw = plotting(plot, force=force)

    def write(text: Callable[[], str]) -> None:
        if out is None:
            return
        written = text().encode()
        try:
            with whole_file(out) as file:
                file.write(written)
                _refuse_taken(out, force=force)
        except OSError as failed:
            raise PanelError([_unwritable(out, failed.strerror)]) from None

    return draw, write


def _refuse_taken(out: Path | None, *, force: bool) -> None:
    if out is None or not out.exists() or (force and out.is_file()):
        return
    if out.is_file():
        message = f"`{out}` is there already"
        advice: str | None = "write to another file, or say `--force` to replace it"
    else:
        message, advice = f"`{out}` is no file that could be replaced", None
    problem = Problem(code="BE851", message=message, help=advice, token=str(out))
    raise PanelError([problem])


def _unwritable(out: Path, why: str | None) -> Problem:
    told = f": {why[:1].lower()}{why[1:]}" if why else ""
    message = f"`{out}` cannot be written{told}"
    return Problem(code="BE851", message=message, token=str(out))
