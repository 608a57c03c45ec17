"""`boundaryethics test`: cases in, how each policy bears them out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import indent

import click

from boundaryethics.model.cases import Case
from boundaryethics.policyfile import load_policy
from boundaryethics.policyfile.casefiles import load_cases, shipped_cases
from boundaryethics.render.outline import shown
from boundaryethics.testing import Outcome, Report, run_cases

_TIERS = {
    1: "1 regulator, law or tribunal",
    2: "2 professional body",
    3: "3 named expert",
    4: "4 a practice's own policy",
    5: "5 exam item or anonymous",
    None: "none given",
}
_FAILED = 1


@click.command()
@click.argument("path", required=False)
@click.option(
    "--policy",
    metavar="ID|PATH",
    help="Hold every case against this policy instead of the one it names.",
)
@click.option(
    "--engine", metavar="NAME", help="The engine: durable, reference or columnar."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@click.pass_context
def test(
    context: click.Context,
    /,
    *,
    path: str | None,
    policy: str | None,
    engine: str | None,
    form: str,
) -> None:
    """Run the cases in PATH, a file or a folder; the shipped cases without it.

    Ends with status 1 when a case does not come out.
    """
    cases = load_cases(path) if path else shipped_cases()
    named = load_policy(policy) if policy else None
    report = run_cases(cases, policy=named, engine=engine)
    written = _as_json(report) if form == "json" else "\n".join(_told(report))
    click.echo(written)
    if not report.holds:
        context.exit(_FAILED)


def _told(report: Report) -> Iterator[str]:
    for outcome in report.failures:
        yield f"fails: {_titled(outcome.case)}"
        yield indent("\n".join(outcome.misses), "    ")
    for outcome in report.departures:
        yield f"departs: {_titled(outcome.case)}"
        yield indent("\n".join(outcome.departures), "    ")
        yield f"    because: {shown(outcome.case.departs)}"
    if report.failures or report.departures:
        yield ""
    yield from _tallies(report)
    if report.skipped:
        yield f"{len(report.skipped)} not asked: the policy lacks facts that they state"
    number = len(report.outcomes)
    yield (
        f"{number} {'case' if number == 1 else 'cases'}: "
        f"{number - len(report.failures)} as expected, "
        f"{len(report.departures)} of them departing from their source as they say; "
        f"{len(report.failures)} failed"
    )


def _tallies(report: Report) -> Iterator[str]:
    groups = (
        ("by policy", report.tally(lambda case: case.policy)),
        ("by authority of the source", report.tally(_tier)),
        ("by source", report.tally(lambda case: shown(case.source) or "none given")),
    )
    for title, tally in groups:
        width = max((len(group) for group in tally), default=0)
        yield title
        for group, (held, total) in tally.items():
            yield f"  {group:{width}}  {held} of {total}"
        yield ""


def _tier(case: Case) -> str:
    return _TIERS[case.tier]


def _titled(case: Case) -> str:
    at = f"{case.where}: " if case.where else ""
    id = f"{case.id}: " if case.id else ""
    return f"{at}{id}{shown(case.name)} ({case.policy})"


def _as_json(report: Report) -> str:
    return json.dumps([_row(outcome) for outcome in report.outcomes], indent=2)


def _row(outcome: Outcome) -> dict[str, object]:
    case = outcome.case
    return {
        "id": case.id,
        "name": case.name,
        "policy": case.policy,
        "source": case.source,
        "tier": case.tier,
        "holds": outcome.holds,
        "misses": list(outcome.misses),
        "departures": list(outcome.departures),
        "departs": case.departs,
    }
