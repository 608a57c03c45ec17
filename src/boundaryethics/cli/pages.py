"""`boundaryethics pages`: a page of Markdown for each shipped policy."""

from __future__ import annotations

from pathlib import Path

import click

from boundaryethics.policyfile import load_policy, shipped_policies
from boundaryethics.policyfile.casefiles import shipped_cases
from boundaryethics.render.policy_page import policy_page
from boundaryethics.testing.showing import page_matter, shown_by

_FAILED = 1


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; fail where pages differ.")
@click.pass_context
def pages(context: click.Context, /, *, folder: Path, check: bool) -> None:
    """Write a page for each shipped policy into FOLDER.

    Each tells the policy's principles with their citations, its rules in plain
    words, and the cases that show them.
    """
    shown = shown_by(shipped_cases())
    stale = []
    for name in shipped_policies():
        policy = load_policy(name)
        page = policy_page(policy, page_matter(policy, shown))
        path = folder / f"{name}.md"
        if check and not (path.is_file() and path.read_text("utf-8") == page):
            stale.append(path)
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
    for path in stale:
        click.echo(f"{path} is not what the policies say", err=True)
    if stale:
        context.exit(_FAILED)
