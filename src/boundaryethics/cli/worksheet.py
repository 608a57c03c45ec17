"""`boundaryethics worksheet`: a situation in, a sheet to take to supervision out."""

from __future__ import annotations

from pathlib import Path

import click

from boundaryethics.cli.asking import answer, asking


@click.command()
@asking
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="How the sheet is written; html is a whole page.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there, and print nothing.",
)
@click.option("--force", is_flag=True, help="Let --output overwrite a file.")
def worksheet(
    *,
    situation: str | None,
    policy: str,
    over: tuple[str, ...],
    stated: dict[str, str],
    engine: str | None,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Make a worksheet of SITUATION for supervision, with room for notes.

    It has the six questions with what the rules say to each, what to find out
    and what that could change, and a draft of what could be said to the client.
    SITUATION is a YAML or JSON file of facts, or - for standard input.
    """
    if output and output.exists() and not force:
        message = f"`{output}` is there already; --force overwrites it"
        raise click.UsageError(message)
    verdict = answer(situation, stated, policy=policy, over=over, engine=engine)
    sheet = verdict.worksheet(form)
    if output:
        _write(output, sheet, force=force)
    else:
        click.echo(sheet, nl=False)


def _write(file: Path, sheet: str, *, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(sheet)
    except OSError as failed:
        message = f"`{file}` cannot be written: {failed.strerror}"
        raise click.ClickException(message) from failed
