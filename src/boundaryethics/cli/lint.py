"""`boundaryethics lint`: what a policy's authors may not have meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from boundaryethics.cli.spaces import format_option, given_option, progress
from boundaryethics.policyfile import load_policy, placed, shipped_policies
from boundaryethics.render.outline import shown

if TYPE_CHECKING:
    from boundaryethics.analysis import Remarks

_FAILED = 1


@click.command()
@click.argument("policy", required=False)
@click.option(
    "--over",
    multiple=True,
    metavar="ID|PATH",
    help="A policy to lay over it; may be repeated.",
)
@given_option
@format_option("text", "json")
@click.pass_context
def lint(
    context: click.Context,
    /,
    *,
    policy: str | None,
    over: tuple[str, ...],
    given: dict[str, list[str]],
    form: str,
) -> None:
    """Look for rules that do nothing, names that nothing reads, ties and dilemmas.

    POLICY is the id of a shipped policy, or a path; without it all shipped ones are
    looked at that can be consulted. A remark can be accepted in the file, with a
    reason. Ends with status 1 when there is one that is not.
    """
    from boundaryethics.analysis import lint as look_at

    answers: list[Remarks] = []
    for name in [policy] if policy else shipped_policies():
        loaded = load_policy(name, over)
        if policy or not loaded.abstract:
            with progress(f"{loaded.id}: linting") as done:
                found = look_at(loaded, given or None, progress=done)
            problems = placed([one.problem for one in found.remarks], name, over)
            answers.append(found.with_problems(problems))
    if form == "json":
        click.echo(json.dumps([answer.to_dict() for answer in answers], indent=2))
    else:
        click.echo("\n\n".join("\n".join(_told(answer)) for answer in answers))
    if any(answer.open for answer in answers):
        context.exit(_FAILED)


def _told(answer: Remarks) -> Iterator[str]:
    for remark in answer.open:
        yield f"{remark.problem}\n"
    for remark in answer.accepted:
        problem = remark.problem
        yield f"{problem.code}: {problem.message}"
        yield f"  accepted: {shown(remark.accepted)}\n"
    yield (
        f"{answer.policy}: {len(answer.open)} to mend or accept, "
        f"{len(answer.accepted)} accepted with a reason"
    )
