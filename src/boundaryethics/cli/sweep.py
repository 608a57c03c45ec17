"""`boundaryethics sweep`: what becomes of a policy in each of many variants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from boundaryethics.cli.batch import columns_option
from boundaryethics.cli.options import (
    Plot,
    Progress,
    ending_tidily,
    file_option,
    format_option,
    given_option,
    plotting,
    progress,
    refuse_shared,
    show,
)
from boundaryethics.policyfile import load_policy

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy
    from boundaryethics.variants.designs import Switch

_NUMBERS = re.compile(r"([0-9]{1,9}):([0-9]{1,9})(?::([0-9]{1,9}))?\Z")


def _families(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Any]:
    """The families that `--family` names."""
    from boundaryethics.variants import Drops, Methods, Strengths, Weights

    plain: dict[str, Callable[[], Any]] = {
        "drop": Drops,
        "strengths": Strengths,
        "methods": Methods,
    }
    families: list[Any] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if name in plain and not sign:
            families.append(plain[name]())
        elif name == "weights" and sign:
            families.append(Weights(*_range(numbers, text)))
        else:
            message = (
                f"`{text}` is none of {', '.join(plain)} or weights=LEAST:MOST[:STEP]"
            )
            raise click.BadParameter(message)
    return families


def _switches(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> list[Switch]:
    """The switches that `--switch` names: files, and weights of principles."""
    from boundaryethics.variants import Range, load_change

    switches: list[Switch] = []
    for text in written:
        name, sign, numbers = (part.strip() for part in text.partition("="))
        if sign and ":" in numbers:
            switches.append(Range(name, *_range(numbers, text)))
        else:
            switches.append(load_change(text))
    return switches


def _range(numbers: str, text: str) -> tuple[int, int, int]:
    found = _NUMBERS.match(numbers)
    if not found:
        message = f"`{text}` gives no range of whole numbers, such as 0:3 or 0:9:3"
        raise click.BadParameter(message)
    least, most, step = found.groups(default="1")
    return int(least), int(most), int(step)


@click.command()
@click.argument("policy")
@click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME",
    callback=_families,
    help="Variants to try: drop, strengths, methods, or weights=LEAST:MOST[:STEP]; "
    "may be repeated.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="FILE|NAME=LEAST:MOST",
    callback=_switches,
    help="A policy file whose changes are on or off, or a principle with weights "
    "that it may have; may be repeated.",
)
@click.option(
    "--design",
    type=click.Choice(["factorial", "sobol", "latin"]),
    default="factorial",
    show_default=True,
    help="Which settings of the switches are tried: all, or some that are drawn.",
)
@click.option("--samples", type=int, metavar="N", help="How many settings to draw.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="The same number draws the same settings.",
)
@given_option
@click.option("--table", metavar="FILE", help="A table of situations to ask as well.")
@columns_option
@click.option(
    "--space/--no-space",
    default=True,
    help="Whether to ask over all situations there can be.",
)
@click.option("--cases", metavar="PATH", help="Cases to hold, not the shipped ones.")
@click.option("--out", metavar="FILE", help="CSV or Parquet to write a row each to.")
@file_option
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes to work in; by default one for each core.",
)
@format_option("text", "json")
def sweep(
    *,
    policy: str,
    families: list[Any],
    switches: list[Switch],
    form: str,
    given: dict[str, list[str]],
    plot: Path | None,
    **asked: Any,
) -> None:
    """Try variants of POLICY, and tell how its rankings move in each.

    POLICY is the id of a shipped policy, or a path. For every variant there is a
    row: the exact share of situations with another first place and with another
    ranking, who made way for whom, and the cases and invariants that break. With
    --out, a sweep that was stopped goes on where it was.
    """
    from boundaryethics import variants

    draw = _drawing(policy, plot, asked)
    base = load_policy(policy)
    design = {name: asked.pop(name) for name in ("design", "samples", "seed")}
    tried = _tried(families, switches, **design)
    _remark_strangers(base, switches)
    asked["given"] = given or None
    with _telling(f"{base.id}: sweeping", asked["out"]) as done:
        answer = variants.sweep(base, tried, progress=done, **asked)
    draw(answer.chart)
    show(answer, form)


def _drawing(policy: str, plot: Path | None, asked: Mapping[str, Any]) -> Plot:
    """What draws to *plot*; refused where that, or what is *asked*, loses a file."""
    read = {"POLICY": policy, "--table": asked["table"], "--cases": asked["cases"]}
    refuse_shared(read, {"--out": asked["out"], "--plot": plot})
    return plotting(plot, force=asked["force"])


@contextmanager
def _telling(what: str, out: str | None) -> Iterator[Progress]:
    """Tells of progress; and what is kept, where somebody stops the sweep."""
    last = (0, 0)

    def told(done: int, total: int) -> None:
        nonlocal last
        last = (done, total)
        tell(done, total)

    try:
        with ending_tidily(), progress(what) as tell:
            yield told
    except (KeyboardInterrupt, SystemExit):
        click.echo(_stopped(*last, out), err=True)
        raise


def _stopped(done: int, total: int, out: str | None) -> str:
    if out is None:
        return "stopped; nothing is kept: with --out, the rows are"
    from boundaryethics.variants.sweep import journal_path

    if not total:
        return "stopped before the first variant"
    kept = f"{done:,} of {total:,} variants are kept in `{journal_path(Path(out))}`"
    return f"stopped; {kept}; the same command goes on"


def _remark_strangers(base: Policy, switches: list[Switch]) -> None:
    """Says of which switches the file is made for a policy that is not in *base*."""
    from boundaryethics.variants import Change

    known = {base.id, *base.lineage}
    for one in (switch for switch in switches if isinstance(switch, Change)):
        others = [policy for policy in one.made_for if policy not in known]
        if others:
            message = (
                f"switch `{one.name}` extends `{others[-1]}`, which is no part of "
                f"`{base.id}`: its own changes alone are tried"
            )
            click.echo(message, err=True)


def _tried(
    families: list[Any],
    switches: list[Switch],
    *,
    design: str,
    samples: int | None,
    seed: int,
) -> list[Any]:
    """The *families*, and that of the *switches*, where there are any."""
    from boundaryethics.variants import Switches

    source = click.get_current_context().get_parameter_source("seed")
    seeded = source is not ParameterSource.DEFAULT
    if switches and seeded and design == "factorial":
        message = "a factorial design draws nothing: leave --seed out"
        raise click.UsageError(message)
    if switches:
        drawn = Switches(tuple(switches), design, samples=samples, seed=seed)
        return [*families, drawn]
    if design != "factorial" or samples is not None or seeded:
        message = "a design takes switches: give some with --switch"
        raise click.UsageError(message)
    if not families:
        message = "give a --family or a --switch"
        raise click.UsageError(message)
    return families
