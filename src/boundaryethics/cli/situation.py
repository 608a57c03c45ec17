"""Commands about one situation: its facts, its ranking, and what would change it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill, indent
from typing import Any

import click

from boundaryethics import render
from boundaryethics._files import is_file
from boundaryethics.cli import completion
from boundaryethics.cli.options import (
    Plot,
    Where,
    allow_unknown_option,
    answer,
    force_option,
    form_for,
    format_option,
    immutable_option,
    in_html,
    output_option,
    plot_option,
    policy_option,
    refuse_output,
    refuse_shared,
    show,
    show_answer,
    show_verdict,
    situation_options,
    where_option,
    write_output,
)
from boundaryethics.errors import did_you_mean
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.plain_data import facts_data
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import (
    load_policy,
    policies,
    shipped_vocabulary,
)
from boundaryethics.policies.loader import YAML
from boundaryethics.render.wording import shown


@click.command()
@situation_options
@click.option(
    "--proof",
    "proved",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.parts,
    help="Show the proof that a rule applies or a finding is true. Repeatable.",
)
@click.option(
    "--full",
    is_flag=True,
    help="Show every reason, both for and against, with all sources.",
)
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Also save an audit record to FILE (.json), which `replay` reads.",
)
@output_option()
@force_option
@format_option("text", "markdown", "html", "json")
def consult(
    *,
    proved: tuple[str, ...],
    full: bool,
    record: Path | None,
    output: Path | None,
    form: str,
    **asked: Any,
) -> None:
    """Rank the four responses for one situation, with reasons.

    SITUATION is a YAML or JSON file of facts, or - for standard input. Without a
    file, state facts with --fact, such as --fact contact=message. Any facts that
    you leave out are unknown. To list all facts, run `boundaryethics facts`. JSON
    output always includes every reason.
    """
    form = form_for(output, form, {"text", "markdown", "html", "json"})
    if proved and form == "html":
        message = "HTML output cannot include proofs; use --format markdown"
        raise click.UsageError(message)
    refuse_shared({}, {"--record": record, "--output": output})
    refuse_output(record)
    refuse_output(output)
    verdict = answer(**asked)
    _refuse_unproved(verdict, proved)
    if record:
        own = {asked["policy"], *asked["overlay"]}.difference(policies())
        kept = verdict.record(datetime.now(UTC), with_policy=bool(own))
        write_output(record, f"{json.dumps(kept, indent=2)}\n")
    proofs = {name: render.proof_text(verdict, name) for name in proved}
    match form:
        case "json":
            data: dict[str, Any] = {**verdict.to_dict()}
            if proved:
                data["proofs"] = {n: render.proof_data(verdict, n) for n in proved}
            text = f"{json.dumps(data, indent=2)}\n"
        case "markdown":
            fenced = (f"\n```\n{proof}\n```\n" for proof in proofs.values())
            text = "".join((verdict.to_markdown(full=full), *fenced))
        case "html":
            text = verdict.to_html(full=full)
        case _:
            text = "".join(f"\n{proof}\n" for proof in proofs.values())
            if output is None:
                show_verdict(verdict, full=full)
            else:
                text = verdict.text(full=full) + text
    _deliver(text, form, output)


def _refuse_unproved(verdict: Verdict, proved: tuple[str, ...]) -> None:
    """Raise an error if a rule to prove does not apply, or a finding is not true."""
    known = (*verdict.proofs.rules, *verdict.proofs.findings) if proved else ()
    for name in proved:
        if name not in known:
            message = f"rule or finding `{name}` does not apply here"
            near = did_you_mean(name, known)
            raise click.UsageError(f"{message}; {near}" if near else message)


@click.command()
@policy_option("Also list the facts that this policy declares.")
@format_option("text", "json")
def facts(*, policy: str | None, form: str) -> None:
    """List the facts you can state, with their questions."""
    vocabulary = load_policy(policy).vocabulary if policy else shipped_vocabulary()
    if form == "json":
        show(_vocabulary_data(vocabulary))
        return
    for group, members in vocabulary.by_group:
        show(shown(group.title) if group else "Other questions")
        for fact in members:
            show("\n".join(_fact_lines(fact)))
        show("")
    show(f"Every fact can also be unknown ({shown(vocabulary.unknown_label)}).")
    show("Anything you leave out is unknown.")


def _vocabulary_data(vocabulary: Vocabulary) -> dict[str, object]:
    """Return *vocabulary* as it is in its file, with a label for every value."""
    facts = facts_data(vocabulary.facts, vocabulary)
    for fact in vocabulary.facts:
        facts[fact.name]["values"] = {v: fact.label(v) for v in fact.values}
    return {
        "unknown": vocabulary.unknown_label,
        "groups": {group.id: group.title for group in vocabulary.groups},
        "facts": facts,
    }


_NO_QUESTION = "(no question: an interview does not ask about this fact)"


def _fact_lines(fact: Fact) -> Iterator[str]:
    """Yield the name, question and help of *fact*, and each value with its answer."""
    yield f"  {fact.name}"
    for text in (fact.question or _NO_QUESTION, fact.help):
        if text:
            yield indent(fill(shown(text), render.WIDTH - 4), " " * 4)
    for value in fact.values:
        yield f"      {value}: {shown(fact.label(value))}"


@click.command()
@click.argument("target", shell_complete=completion.targets)
@situation_options
@click.option(
    "--versus",
    metavar="RESPONSE",
    shell_complete=completion.responses,
    help="Compare TARGET with this response.",
)
@format_option("text", "json")
def why(*, target: str, versus: str | None, form: str, **asked: Any) -> None:
    """Explain a rank, a rule or a finding.

    TARGET is a rule, a finding, a response, or a response with its rank, such as
    "decline first". With --versus, TARGET must be a response. SITUATION and --fact
    work as in `consult`.
    """
    from boundaryethics import analysis

    _refuse_file(target, asked["situation"])
    verdict = answer(**asked)
    if versus is None:
        show_answer(analysis.why(verdict, target), form)
    else:
        show_answer(analysis.explain_pair(verdict, target, versus), form)


@click.command(name="why-not")
@click.argument("target", shell_complete=completion.targets)
@situation_options
@immutable_option
@allow_unknown_option
@format_option("text", "json")
def why_not(*, target: str, form: str, **asked: Any) -> None:
    """Explain why something is not true and what would change it.

    TARGET is a rule, a finding, a response, or a response with a rank, such as
    "decline second". If you omit the rank, the command explains why the response is
    not first. SITUATION and --fact work as in `consult`.
    """
    from boundaryethics import analysis

    _refuse_file(target, asked["situation"])
    limits = _taken(asked, "immutable", "allow_unknown")
    show_answer(analysis.why_not(answer(**asked), target, **limits), form)


def _refuse_file(target: str, situation: str | None) -> None:
    """Refuse a file of facts given in place of a target."""
    ending = Path(target).suffix
    if not (ending in {*YAML, ".json"} or (ending and is_file(target))):
        return
    path = click.get_current_context().command_path
    first = situation if situation in list(Option) else "decline"
    message = (
        f"`{target}` is a file, but TARGET must be a response, a rule or a finding; "
        "give the file last, for example\n"
        f"  {path} {first} {shlex.quote(target)}"
    )
    raise click.UsageError(message)


def _taken(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Remove the options in *names* from *options*; return them with their values."""
    return {name: options.pop(name) for name in names}


@click.command()
@situation_options
@immutable_option
@click.option(
    "--strict", is_flag=True, help="Count a response as first only if it is not tied."
)
@allow_unknown_option
@plot_option
@format_option("text", "json")
def counterfactuals(*, plot: Plot, form: str, **asked: Any) -> None:
    """Find the smallest changes that alter the top response.

    For each response, the report lists the smallest sets of fact changes that would put
    the response first, or says that there are none. SITUATION and --fact work as in
    `consult`.
    """
    from boundaryethics import analysis

    limits = _taken(asked, "immutable", "strict", "allow_unknown")
    found = analysis.counterfactuals(answer(**asked), **limits)
    plot(found.chart)
    show_answer(found, form)


_STATE_AN_ANSWER = """\
To state an answer, add --fact NAME=VALUE; `boundaryethics facts` lists the values.
To answer one question at a time, run `boundaryethics interview` with the same facts."""


@click.command()
@situation_options
@where_option
@plot_option
@format_option("text", "json")
def open_questions(*, where: Where, plot: Plot, form: str, **asked: Any) -> None:
    """List open questions whose answers could change the result.

    The report lists each question whose answer could change one of these: the ranking,
    which responses are required or ruled out, the advice, or the draft message. It
    shows what each answer would change. Questions about danger come first, then the
    most informative ones. If no answer can change anything, the report says so.
    SITUATION and --fact work as in `consult`.
    """
    from boundaryethics import analysis

    found = analysis.open_questions(answer(**asked), where=where)
    plot(found.chart)
    show_answer(found, form)
    if form == "text" and not found.settled.everything:
        show(f"\n{_STATE_AN_ANSWER}")


@click.command()
@situation_options
@format_option("text", "markdown", "html")
@output_option()
@force_option
def worksheet(*, form: str, output: Path | None, **asked: Any) -> None:
    """Create a supervision worksheet with a draft message.

    The worksheet has the six supervision questions with the rules that address them,
    the open questions and what their answers could change, and space for notes.
    SITUATION and --fact work as in `consult`.
    """
    form = form_for(output, form, {"text", "markdown", "html"})
    refuse_output(output)
    _deliver(answer(**asked).worksheet(form), form, output)


def _deliver(text: str, form: str, output: Path | None) -> None:
    if output is None:
        click.echo(in_html(text) if form == "html" else text, nl=False)
    else:
        write_output(output, text)


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@policy_option("Policy to use instead of the recorded one.")
@format_option("text", "json")
@click.pass_context
def replay(
    context: click.Context, /, *, record: Path, policy: str | None, form: str
) -> None:
    """Rank a recorded situation again, and show what changed.

    RECORD is a file from `consult --record`. The exit status is 1 if the policy, the
    facts or the result changed.
    """
    from boundaryethics import analysis, records

    kept = records.load_record(record)
    found = analysis.replay(kept, load_policy(policy) if policy else None)
    show_answer(found, form)
    if found.changed:
        context.exit(1)
