"""`--plot FILE`: the answer as a picture too, beside what is printed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

#: Makes a chart.
Charting: TypeAlias = Callable[[], Any]
#: Draws where `--plot` says; without it, does nothing.
Plot: TypeAlias = Callable[[Charting], None]

_FORCE = "force"

_file_option = partial(
    click.option,
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a picture there as well: .svg, .png, .html or .json.",
)
#: `--plot FILE` alone, for a command that has a `--force` of its own.
file_option = _file_option()


def plot_option(command: Command) -> Command:
    """*command* with `--plot FILE` and `--force`; it gets a `Plot` as `plot`.

    A picture that cannot be written is refused before anything is worked out.
    """
    for option in (
        click.option(
            "--force",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_forced,
            help="Let --plot overwrite a file.",
        ),
        _file_option(callback=_plotting),
    ):
        command = option(command)
    return command


def plotting(file: Path | None, *, force: bool) -> Plot:
    """What draws to *file*, of which is known that it can be written.

    Raises:
        PictureError: it cannot, or what draws is not installed.
    """
    if file is None:
        return _draw_nothing
    from boundaryethics import plots

    plots.refuse(file, force=force)
    return partial(_draw, file, force)


def _forced(context: click.Context, _parameter: click.Parameter, given: bool) -> None:  # noqa: FBT001
    context.meta[_FORCE] = given


def _plotting(
    context: click.Context, _parameter: click.Parameter, file: Path | None
) -> Plot:
    return plotting(file, force=context.meta[_FORCE])


def _draw_nothing(_charting: Charting) -> None:
    pass


def _draw(file: Path, force: bool, charting: Charting) -> None:  # noqa: FBT001
    from boundaryethics import plots

    plots.save(charting(), file, force=force)
