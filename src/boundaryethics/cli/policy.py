"""Commands about policies: list, check, test, verify and compare them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill, indent
from typing import TYPE_CHECKING

import click

from boundaryethics.cases import (
    Case,
    CaseReport,
    CaseResult,
    load_cases,
    run_cases,
    shipped_cases,
)
from boundaryethics.cli.options import (
    Plot,
    Where,
    engine_option,
    format_option,
    overlay_option,
    plot_option,
    policy_option,
    progress,
    show,
    show_answer,
    show_answers,
    where_option,
)
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.plain_data import facts_data
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Citation, Seen, Source
from boundaryethics.policies.loader import (
    load_policy,
    locate,
    shipped_policies,
    shipped_vocabulary,
)
from boundaryethics.render.outline import shown
from boundaryethics.report import picked, plural

if TYPE_CHECKING:
    from boundaryethics.analysis.lint import LintReport

#: Columns of a list.
_WIDTH = 88
#: The status where a check fails, or rankings differ.
_FAILED = 1

_checked_option = policy_option(
    "The policy; may be repeated. All shipped ones that can be consulted without.",
    multiple=True,
)
_laid_over_each = overlay_option("A policy to lay over each; may be repeated.")
_list_format = format_option("text", "json", help="How the list is written.")


@click.command()
@_list_format
def policies(*, form: str) -> None:
    """List the shipped policies.

    Each with its id, its title, whom it governs and what it leaves out.
    """
    listed = [load_policy(name) for name in shipped_policies()]
    if form == "json":
        plain = ("title", "abstract", "about")
        show([{"policy": policy.id, **picked(policy, *plain)} for policy in listed])
    else:
        show("\n\n".join(map(_policy_text, listed)))


def _policy_text(policy: Policy) -> str:
    abstract = " [only to be extended]" if policy.abstract else ""
    about = indent(fill(shown(policy.about), _WIDTH - 2), "  ")
    return f"{policy.id}: {shown(policy.title)}{abstract}\n{about}".rstrip()


@click.command()
@policy_option("Add the facts that this policy declares.")
@_list_format
def facts(*, policy: str | None, form: str) -> None:
    """List the facts, each with its question and its values."""
    vocabulary = load_policy(policy).vocabulary if policy else shipped_vocabulary()
    if form == "json":
        show(_vocabulary_data(vocabulary))
        return
    for group, members in vocabulary.by_group:
        show(shown(group.title) if group else "Others")
        for fact in members:
            show("\n".join(_fact_lines(fact)))
        show("")
    show(f"Every fact can also be unknown ({shown(vocabulary.unknown_label)}).")
    show("What is not stated is unknown.")


def _vocabulary_data(vocabulary: Vocabulary) -> dict[str, object]:
    """Return *vocabulary* as its file has it, with a label for every value."""
    facts = facts_data(vocabulary.facts, vocabulary)
    for fact in vocabulary.facts:
        facts[fact.name]["values"] = {v: fact.label(v) for v in fact.values}
    return {
        "unknown": vocabulary.unknown_label,
        "groups": {group.id: group.title for group in vocabulary.groups},
        "facts": facts,
    }


def _fact_lines(fact: Fact) -> Iterator[str]:
    """Yield the name of *fact*, its question, and its values with their answers."""
    yield f"  {fact.name}"
    for text in (fact.question or "(read, and not asked)", fact.help):
        if text:
            yield indent(fill(shown(text), _WIDTH - 4), " " * 4)
    for value in fact.values:
        yield f"      {value}: {shown(fact.label(value))}"


_SEEN = {
    Seen.OWN_TEXT: "seen in its publisher's own text",
    Seen.QUOTATION: "seen word for word, quoted by another",
    Seen.PARAPHRASE: "seen only in paraphrase",
    Seen.EARLIER_EDITION: "seen in the words of an earlier edition",
    Seen.TITLE_ONLY: "seen by number and title only",
    None: "the policy does not say how it was seen",
}


@click.command()
@policy_option("Only what this policy cites; may be repeated.", multiple=True)
@_list_format
def sources(*, named: tuple[str, ...], form: str) -> None:
    """List what is cited: each source with its sections, and how each was seen."""
    cited = _cited([load_policy(one) for one in named or shipped_policies()])
    if form == "json":
        show([_source_row(*entry) for entry in cited.items()])
    else:
        show("\n\n".join(_source_text(*entry) for entry in cited.items()))


def _cited(policies: list[Policy]) -> dict[Source, dict[Citation, list[str]]]:
    """Return each source that is cited, its citations, and the policies of each."""
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
    rows = [fill(f"{shown(source.name)} = {heading}", _WIDTH, subsequent_indent="  ")]
    for citation in sorted(citations, key=lambda citation: citation.section):
        title = f" {shown(citation.title)}" if citation.title else ""
        row = f"{shown(citation.section)}{title}: {_SEEN[citation.seen]}"
        rows.append(fill(row, _WIDTH, initial_indent="  ", subsequent_indent="    "))
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
    None: "none given",
}


@click.command()
@click.argument("path", required=False)
@policy_option("Hold every case against this policy instead of the one it names.")
@engine_option
@format_option("text", "json", help="How the report is written.")
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
    if form == "json":
        show([_case_row(outcome) for outcome in report.outcomes])
    else:
        show("\n".join(_report_lines(report)))
    if not report.holds:
        context.exit(_FAILED)


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
        yield f"{len(report.skipped)} not asked: the policy lacks facts that they state"
    number = len(report.outcomes)
    yield (
        f"{plural(number, 'case')}: {number - len(report.failures)} as expected, "
        f"{len(report.departures)} of them departing from their source as they say; "
        f"{len(report.failures)} failed"
    )


def _tallies(report: CaseReport) -> Iterator[str]:
    groups = (
        ("by policy", report.tally(lambda case: case.policy)),
        ("by authority of the source", report.tally(lambda case: _TIERS[case.tier])),
        ("by source", report.tally(lambda case: shown(case.source) or "none given")),
    )
    for title, tally in groups:
        width = max((len(group) for group in tally), default=0)
        yield title
        for group, (held, total) in tally.items():
            yield f"  {group:{width}}  {held} of {total}"
        yield ""


def _titled(case: Case) -> str:
    at = f"{case.where}: " if case.where else ""
    id = f"{case.id}: " if case.id else ""
    return f"{at}{id}{shown(case.name)} ({case.policy})"


def _case_row(outcome: CaseResult) -> dict[str, object]:
    return {
        **picked(outcome.case, "id", "name", "policy", "source", "tier"),
        **picked(outcome, "holds", "misses", "departures"),
        "departs": outcome.case.departs,
    }


@click.command()
@_checked_option
@_laid_over_each
@click.option("--invariant", metavar="ID", help="Only this one.")
@where_option
@format_option("text", "json")
@click.pass_context
def verify(
    context: click.Context,
    /,
    *,
    named: tuple[str, ...],
    overlay: tuple[str, ...],
    invariant: str | None,
    where: Where,
    form: str,
) -> None:
    """Prove the invariants of policies, over every situation there can be.

    An invariant that does not hold is refuted by a situation with as few known
    facts as can be. Ends with status 1 when one is.
    """
    from boundaryethics import analysis

    listed = _consultable(named, overlay)
    having = [p for p in listed if any(i.id == invariant for i in p.invariants)]
    answers = []
    # If no policy has the invariant, `analysis.verify` refuses its name.
    for policy in having or listed:
        with progress(f"{policy.id}: proving") as done:
            answers.append(
                analysis.verify(policy, invariant, where=where, progress=done)
            )
    show_answers(answers, form)
    if not all(answer.proved for answer in answers):
        context.exit(_FAILED)


def _consultable(named: tuple[str, ...], overlay: tuple[str, ...] = ()) -> list[Policy]:
    """Load the policies *named*, or all shipped ones that can be consulted."""
    listed = [load_policy(one, overlay) for one in named or shipped_policies()]
    return [one for one in listed if named or not one.abstract]


@click.command()
@_checked_option
@_laid_over_each
@where_option
@format_option("text", "json")
@click.pass_context
def lint(
    context: click.Context,
    /,
    *,
    named: tuple[str, ...],
    overlay: tuple[str, ...],
    where: Where,
    form: str,
) -> None:
    """Look for rules that do nothing, names that nothing reads, ties and dilemmas.

    A remark can be accepted in the file, with a reason. Ends with status 1 when
    there is one that is not.
    """
    from boundaryethics.analysis.lint import lint as find_remarks

    answers: list[LintReport] = []
    for name in named or shipped_policies():
        policy = load_policy(name, overlay)
        if policy.abstract and not named:
            continue
        with progress(f"{policy.id}: linting") as done:
            found = find_remarks(policy, where=where, progress=done)
        problems = locate([one.problem for one in found.remarks], name, overlay)
        answers.append(found.with_problems(problems))
    if form == "json":
        show([answer.to_dict() for answer in answers])
    else:
        show("\n\n".join("\n".join(_lint_lines(answer)) for answer in answers))
    if any(answer.open for answer in answers):
        context.exit(_FAILED)


def _lint_lines(answer: LintReport) -> Iterator[str]:
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


@click.command()
@click.argument("a")
@click.argument("b")
@where_option
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N situations at random instead of counting all; the answer says so.",
)
@plot_option
@format_option("text", "json")
def compare(
    *,
    a: str,
    b: str,
    where: Where,
    sample: int | None,
    plot: Plot,
    form: str,
) -> None:
    """Tell in which situations policies A and B rank otherwise, and by which rules.

    A and B are ids of shipped policies, or paths. The counts are exact, over every
    situation there can be.
    """
    from boundaryethics import analysis

    one, other = load_policy(a), load_policy(b)
    with progress("comparing") as done:
        answer = analysis.compare(one, other, where=where, sample=sample, progress=done)
    plot(answer.chart)
    show_answer(answer, form)


@click.command()
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@where_option
@plot_option
@format_option("text", "json")
def agreement(
    *,
    policies: tuple[str, ...],
    where: Where,
    plot: Plot,
    form: str,
) -> None:
    """Tell how far policies agree, two by two, over every situation there can be.

    Without a POLICY, all shipped policies that can be consulted are likened.
    """
    from boundaryethics import analysis

    if len(policies) == 1:
        message = "name at least 2 policies, or none for all"
        raise click.UsageError(message)
    likened = _consultable(policies)
    with progress("likening") as done:
        answer = analysis.agreement(likened, where=where, progress=done)
    plot(answer.chart)
    show_answer(answer, form)


@click.command()
@click.argument("old")
@click.argument("new")
@where_option
@click.option(
    "--rankings/--no-rankings",
    default=True,
    help="Whether to compare what the two rank, over every situation.",
)
@plot_option
@format_option("text", "markdown", "json")
@click.pass_context
def diff(
    context: click.Context,
    /,
    *,
    old: str,
    new: str,
    where: Where,
    rankings: bool,
    plot: Plot,
    form: str,
) -> None:
    """Tell what is written, and what is ranked, otherwise in policy NEW than in OLD.

    OLD and NEW are ids of shipped policies, or paths. Ends with status 1 where some
    situation is ranked otherwise, so that a pull request can be held until somebody
    has looked.
    """
    from boundaryethics import analysis

    before, after = load_policy(old), load_policy(new)
    with progress("comparing") as done:
        edit = analysis.diff(
            before, after, where=where, rankings=rankings, progress=done
        )
    plot(edit.chart)
    if form == "markdown":
        click.echo(edit.to_markdown(), nl=False)
    else:
        show_answer(edit, form)
    if edit.changes_rankings:
        context.exit(_FAILED)
