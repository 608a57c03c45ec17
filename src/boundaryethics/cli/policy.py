"""Commands about policies: list, check, test, verify and compare them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

import click

from boundaryethics._files import exists
from boundaryethics.cases import (
    Case,
    CaseReport,
    CaseResult,
    load_cases,
    run_cases,
    shipped_cases,
)
from boundaryethics.cli import completion
from boundaryethics.cli.options import (
    Plot,
    Save,
    Where,
    engine_option,
    exit_unless,
    force_option,
    format_option,
    output_option,
    overlay_option,
    plot_option,
    policy_option,
    population_option,
    progress,
    refuse_output,
    refuse_shared,
    save_option,
    seed_option,
    show,
    show_answer,
    show_answers,
    where_option,
    write_output,
)
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import PolicyError, Problem, all_of
from boundaryethics.exports import csv_text, inert
from boundaryethics.model.display import Table, display_width
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, Source, rules_by
from boundaryethics.policies.json_schema import KINDS, SchemaKind
from boundaryethics.policies.json_schema import schema as json_schema
from boundaryethics.policies.loader import load_policy, locate
from boundaryethics.policies.loader import policies as built_in
from boundaryethics.render import WIDTH
from boundaryethics.render.wording import SEEN_WORDS, fingerprints, plural, shown
from boundaryethics.report import picked

if TYPE_CHECKING:
    from boundaryethics.analysis.lint import LintReport

_policies_argument = click.argument(
    "policies",
    nargs=-1,
    metavar="[POLICY]...",
    shell_complete=completion.policies,
)
_checked_option = policy_option(
    "Policy to check. Repeatable. Default: all built-in policies.", multiple=True
)


@click.command()
@format_option("text", "json")
def policies(*, form: str) -> None:
    """List the built-in policies.

    The list shows the ID and the title of each policy, the people to whom it applies,
    and the topics that it leaves out.
    """
    listed = [load_policy(name) for name in built_in()]
    if form == "json":
        plain = ("title", "abstract", "about", "fingerprint", "text_fingerprint")
        show([{"policy": policy.id, **picked(policy, *plain)} for policy in listed])
    else:
        show("\n\n".join(map(_policy_text, listed)))


def _policy_text(policy: Policy) -> str:
    abstract = " [abstract: extend only]" if policy.abstract else ""
    about = indent(fill(shown(policy.about), WIDTH - 2), "  ")
    printed = f"  Fingerprint {fingerprints(policy)}"
    lines = (f"{policy.id}: {shown(policy.title)}{abstract}", about, printed)
    return "\n".join(filter(None, lines))


@click.command()
@policy_option(
    "Policy whose principles to list.", default=[DEFAULT_POLICY], show_default=True
)
@overlay_option
@format_option("text", "json", "csv")
def principles(*, policy: str, overlay: tuple[str, ...], form: str) -> None:
    """List a policy's principles, with their IDs and weights.

    Each principle is listed with its citations and with the rules based on it. Only the
    weighted method uses the weights.
    """
    loaded = load_policy(policy, overlay)
    rows = [*_principle_rows(loaded)]
    if form == "json":
        show(rows)
    elif form == "csv":
        columns = tuple(rows[0]) if rows else ()
        table = Table(columns=columns, rows=tuple(map(_csv_row, rows)))
        click.echo(csv_text(table), nl=False)
    else:
        show("\n\n".join(map(_principle_text, rows)))


def _principle_rows(policy: Policy) -> Iterator[dict[str, Any]]:
    by_principle = rules_by(policy.rules, lambda rule: [rule.principle or ""])
    for one in policy.principles:
        yield {
            "policy": policy.id,
            "principle": one.id,
            "title": one.name,
            "weight": one.weight,
            "authority": one.force.value if one.force else None,
            "rules": [*by_principle.get(one.id, ())],
            "cites": [
                cite.short_text(policy.source[cite.source]) for cite in one.cites
            ],
        }


def _csv_row(row: dict[str, Any]) -> tuple[object, ...]:
    joined = {"rules": " ".join(row["rules"]), "cites": "; ".join(row["cites"])}
    cells = {**row, **joined}.values()
    return tuple(inert(cell) if isinstance(cell, str) else cell for cell in cells)


def _principle_text(row: dict[str, Any]) -> str:
    kind = f", {row['authority']}" if row["authority"] else ""
    lines = [
        f"{row['principle']}: {shown(row['title'])}, weight {row['weight']}{kind}",
        f"cites {shown('; '.join(row['cites']) or 'nothing')}",
        f"used by {', '.join(row['rules']) or 'no rule'}",
    ]
    indents = ("", "  ", "  ")
    return "\n".join(
        fill(
            line,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_on_hyphens=False,
        )
        for line, indent in zip(lines, indents, strict=True)
    )


@click.command()
@policy_option("List only sources that this policy cites. Repeatable.", multiple=True)
@format_option("text", "json")
def sources(*, named: tuple[str, ...], form: str) -> None:
    """List the sources cited and how each text was checked."""
    cited = _cited(all_of(load_policy, named or built_in()))
    if form == "json":
        show([_source_row(*entry) for entry in cited.items()])
    else:
        show("\n\n".join(_source_text(*entry) for entry in cited.items()))


def _cited(policies: list[Policy]) -> dict[Source, dict[Citation, list[str]]]:
    """Return each cited source, its citations, and the policies that use each one."""
    cited: dict[Source, dict[Citation, list[str]]] = {}
    for policy in policies:
        for citation in policy.citations:
            source = policy.source[citation.source]
            by = cited.setdefault(source, {}).setdefault(citation, [])
            by.append(policy.id)
    return dict(sorted(cited.items(), key=lambda entry: entry[0].name))


def _source_text(source: Source, citations: dict[Citation, list[str]]) -> str:
    edition = f" ({source.edition})" if source.edition else ""
    parts = (source.publisher, f"{source.title or source.id}{edition}", source.url)
    heading = ". ".join(shown(part) for part in parts if part)
    rows = [fill(f"{shown(source.name)} = {heading}", WIDTH, subsequent_indent="  ")]
    for citation in sorted(citations, key=lambda citation: citation.section):
        title = f" {shown(citation.title)}" if citation.title else ""
        row = f"{shown(citation.section)}{title}: {SEEN_WORDS[citation.seen]}"
        rows.append(fill(row, WIDTH, initial_indent="  ", subsequent_indent="    "))
    return "\n".join(rows)


def _source_row(
    source: Source, citations: dict[Citation, list[str]]
) -> dict[str, object]:
    return {
        "source": source.id,
        "short": source.name,
        **picked(source, "title", "publisher", "edition", "url"),
        "sections": [
            {**picked(citation, "section", "title", "seen"), "policies": policies}
            for citation, policies in citations.items()
        ],
    }


_TIERS = {
    1: "1 regulator, law or tribunal",
    2: "2 professional body",
    3: "3 named expert",
    4: "4 a practice's own policy",
    5: "5 exam item or anonymous",
    None: "not stated",
}


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completion.files)
@policy_option("Run every case with this policy instead of its own.")
@engine_option
@format_option("text", "json")
def test(
    *, paths: tuple[str, ...], policy: str | None, engine: str | None, form: str
) -> None:
    """Check policies against their test cases.

    PATH is a file or a folder of test cases. Without PATH, the built-in cases run. The
    exit status is 1 if any case fails, or if no cases run.
    """
    cases = [*_cases(paths)] if paths else shipped_cases()
    named = load_policy(policy) if policy else None
    report = run_cases(cases, policy=named, engine=engine)
    if form == "json":
        show([_case_row(outcome) for outcome in report.outcomes])
    else:
        show("\n".join(_report_lines(report)))
    exit_unless(report.holds)


def _cases(paths: tuple[str, ...]) -> Iterator[Case]:
    """Yield the cases in all *paths*, or raise one error that lists all problems."""
    problems: list[Problem] = []
    for path in paths:
        try:
            yield from load_cases(path)
        except PolicyError as refused:
            if path in built_in() and not exists(path):
                message = (
                    f"`{path}` is a policy, but PATH must be a file or a folder of "
                    f"test cases; to run cases with a policy, use `--policy {path}`"
                )
                raise click.UsageError(message) from None
            problems += refused.problems
    if problems:
        raise PolicyError(problems)


def _report_lines(report: CaseReport) -> Iterator[str]:
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
        count = len(report.skipped)
        yield f"{count} skipped: the policy does not declare the facts that they state"
    unchecked = len(report.unchecked)
    if unchecked:
        yield f"{unchecked} not checked: no ranking can contradict their grades"
    if report.departures:
        count = len(report.departures)
        yield f"{count} with a documented departure from the source: see above"
    failed = len(report.failures)
    yield f"{len(report.outcomes) - failed - unchecked} passed, {failed} failed"


def _tallies(report: CaseReport) -> Iterator[str]:
    groups = (
        ("by policy", report.tally(lambda case: case.policy)),
        ("by authority of the source", report.tally(lambda case: _TIERS[case.tier])),
        ("by source", report.tally(lambda case: shown(case.source) or "not stated")),
    )
    for title, tally in groups:
        width = max(map(display_width, tally), default=0)
        yield title
        for group, (held, total) in tally.items():
            padding = " " * (width - display_width(group))
            yield f"  {group}{padding}  {held} of {total}"
        yield ""


def _titled(case: Case) -> str:
    at = f"{case.where}: " if case.where else ""
    id = f"{case.id}: " if case.id else ""
    return f"{at}{id}{shown(case.name)} ({case.policy})"


def _case_row(outcome: CaseResult) -> dict[str, object]:
    return {
        **picked(outcome.case, "id", "name", "policy", "source", "tier"),
        "checked": outcome.case.expects,
        **picked(outcome, "holds", "misses", "departures"),
        "departs": outcome.case.departs,
    }


@click.command()
@_policies_argument
@_checked_option
@overlay_option
@click.option("--invariant", metavar="ID", help="Check only this guarantee.")
@where_option
@format_option("text", "json")
def verify(
    *,
    policies: tuple[str, ...],
    named: tuple[str, ...],
    overlay: tuple[str, ...],
    invariant: str | None,
    where: Where,
    form: str,
) -> None:
    """Prove that a policy's guarantees always hold.

    POLICY is the ID of a built-in policy, or a path, as in --policy. The proof covers
    every possible situation. If a guarantee fails, the report shows a counterexample
    with as few facts as possible. The exit status is 1 if a guarantee fails, or if
    there is nothing to prove.
    """
    from boundaryethics import analysis

    listed = _consultable((*policies, *named), overlay)
    having = [p for p in listed if any(i.id == invariant for i in p.invariants)]
    answers = []
    # If no policy has the invariant, `analysis.verify` refuses its name.
    for policy in having or listed:
        with progress(f"{policy.id}: proving") as done:
            answers.append(
                analysis.verify(policy, invariant, where=where, progress=done)
            )
    show_answers(answers, form)
    exit_unless(all(answer.proved for answer in answers))


def _consultable(named: tuple[str, ...], overlay: tuple[str, ...] = ()) -> list[Policy]:
    """Load the *named* policies, or all built-in ones that can be consulted."""
    listed = all_of(lambda one: load_policy(one, overlay), named or built_in())
    return [one for one in listed if named or not one.abstract]


@click.command()
@_policies_argument
@_checked_option
@overlay_option
@where_option
@format_option("text", "json")
def lint(
    *,
    policies: tuple[str, ...],
    named: tuple[str, ...],
    overlay: tuple[str, ...],
    where: Where,
    form: str,
) -> None:
    """Check a policy for dead rules, ties and dilemmas.

    POLICY is the ID of a built-in policy, or a path, as in --policy.

    To suppress a warning, list it under `accepts` in the policy file, with a reason.
    The exit status is 1 if any warning remains. Warnings about rules and principles
    that the policy inherits from a built-in policy do not affect the exit status.
    """
    from boundaryethics.analysis.lint import lint as find_remarks

    named = (*policies, *named)
    # Load all policies first: if one has an error, nothing is printed.
    all_named = [*dict.fromkeys(named or built_in())]
    read = all_of(lambda one: load_policy(one, overlay), all_named)
    loaded = dict(zip(all_named, read, strict=True))
    answers: list[LintReport] = []
    for name, policy in loaded.items():
        if policy.abstract and not named:
            continue
        with progress(f"{policy.id}: linting") as done:
            found = find_remarks(policy, where=where, progress=done)
        problems = locate([one.problem for one in found.remarks], name, overlay)
        answer = found.with_problems(problems)
        answers.append(answer)
    # Print at the end: if one policy has an error, nothing is printed.
    if form == "json":
        show([answer.to_dict() for answer in answers])
    else:
        show("\n\n".join("\n".join(_lint_lines(answer)) for answer in answers))
    exit_unless(not any(answer.open for answer in answers))


def _lint_lines(answer: LintReport) -> Iterator[str]:
    for remark in answer.open:
        yield f"{remark.problem}\n"
    for remark in answer.accepted:
        problem = remark.problem
        yield f"{problem.code}: {problem.message}"
        yield f"  suppressed: {shown(remark.accepted)}\n"
    for remark in answer.inherited:
        problem = remark.problem
        yield f"{problem.code}: {problem.message}"
        yield f"  inherited from `{remark.inherited_from}`: nothing to fix here\n"
    inherited = len(answer.inherited)
    yield (
        f"{answer.policy}: {plural(len(answer.open), 'open warning')}, "
        f"{len(answer.accepted)} suppressed with a reason"
        + f", {inherited} about inherited parts"
        * bool(inherited)
    )


@click.command()
@click.argument("a", shell_complete=completion.policies)
@click.argument("b", shell_complete=completion.policies)
@where_option
@population_option
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use a random sample of N situations instead of all of them.",
)
@seed_option
@save_option
@plot_option
@format_option("text", "json")
def compare(
    *,
    a: str,
    b: str,
    population: Any,
    save: Save,
    plot: Plot,
    form: str,
    **asked: Any,
) -> None:
    """Count the situations where two policies rank differently.

    A and B are IDs of built-in policies, or paths. Unless you use --sample, the counts
    are exact and cover every situation in the population. The report shows the rules
    that cause the differences.
    """
    from boundaryethics import analysis

    refuse_shared({"A": a, "B": b}, {"--output": save.file, "--plot": plot.file})
    one, other = all_of(load_policy, (a, b))
    over = population(one, other)
    with progress("comparing") as done:
        answer = analysis.compare(one, other, over=over, **asked, progress=done)
    plot(answer.chart)
    save(answer)
    show_answer(answer, form)


@click.command()
@_policies_argument
@where_option
@population_option
@save_option
@plot_option
@format_option("text", "json")
def agreement(
    *,
    policies: tuple[str, ...],
    where: Where,
    population: Any,
    save: Save,
    plot: Plot,
    form: str,
) -> None:
    """Measure how often policies agree, pair by pair.

    POLICY is the ID of a built-in policy, or a path. Without POLICY, the command
    compares all built-in policies. The comparison covers every situation in the
    population (see --over).
    """
    from boundaryethics import analysis

    if len(policies) == 1:
        message = "give at least 2 policies, or none to use all"
        raise click.UsageError(message)
    read = {f"policy {number}": path for number, path in enumerate(policies, 1)}
    refuse_shared(read, {"--output": save.file, "--plot": plot.file})
    compared = _consultable(policies)
    over = population(*compared)
    with progress("comparing") as done:
        answer = analysis.agreement(compared, where=where, over=over, progress=done)
    plot(answer.chart)
    save(answer)
    show_answer(answer, form)


@click.command()
@click.argument("old", shell_complete=completion.policies)
@click.argument("new", shell_complete=completion.policies)
@where_option
@click.option(
    "--rankings/--no-rankings",
    default=True,
    help="Whether to compare the rankings in every possible situation.",
)
@plot_option
@format_option("text", "markdown", "json")
def diff(
    *, old: str, new: str, where: Where, rankings: bool, plot: Plot, form: str
) -> None:
    """Show what changed between two versions of a policy.

    OLD and NEW are IDs of built-in policies, or paths. The exit status is 1 if any
    situation is ranked differently, so an automated check can require a review.
    """
    from boundaryethics import analysis

    before, after = all_of(load_policy, (old, new))
    with progress("comparing") as done:
        edit = analysis.diff(
            before, after, where=where, rankings=rankings, progress=done
        )
    plot(edit.chart)
    if form == "markdown":
        click.echo(edit.to_markdown(), nl=False)
    else:
        show_answer(edit, form)
    exit_unless(not edit.changes_rankings)


@click.command()
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@policy_option(
    "Policy whose facts are allowed. By default, a situation can state the built-in "
    "facts, and a test case can state any facts."
)
@overlay_option
@output_option()
@force_option
def schema(
    *,
    kind: SchemaKind,
    policy: str | None,
    overlay: tuple[str, ...],
    output: Path | None,
) -> None:
    """Print a JSON Schema that text editors can use.

    KIND is policy, cases, vocabulary, situation, verdict or codebook. With the schema,
    an editor completes keys and values, explains them, and marks mistakes. The
    situation schema includes the policy's questions and answers.
    """
    if overlay and policy is None:
        message = "--overlay needs --policy"
        raise click.UsageError(message)
    refuse_output(output)
    found = json_schema(kind, load_policy(policy, overlay) if policy else None)
    if output is None:
        show(found)
    else:
        write_output(output, f"{json.dumps(found, indent=2)}\n")
