"""Ask about one situation in a terminal, and rank the four responses."""

from __future__ import annotations

import json
import shlex
import sys
from functools import partial
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, final

import attrs
import click

from boundaryethics import render
from boundaryethics._files import identity
from boundaryethics.cli import completion
from boundaryethics.cli.options import (
    fact_option,
    force_option,
    overlay_option,
    policy_option,
    screen_width,
    show,
    show_lines,
    show_verdict,
    write_output,
)
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import (
    BoundaryEthicsError,
    InterviewError,
    problem,
    raise_together,
)
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.policies import load_policy, yaml
from boundaryethics.policies.loader import shipped_texts
from boundaryethics.render.text import wrapped_lines
from boundaryethics.render.unknown import order_in_words, order_of
from boundaryethics.render.wording import shown

if TYPE_CHECKING:
    from boundaryethics.interview import Interview, InterviewQuestion

_COMMAND = "boundaryethics"


@click.command()
@click.argument("file", required=False, shell_complete=completion.files)
@policy_option(f"Policy to use. Default: the policy in FILE, or {DEFAULT_POLICY}.")
@overlay_option
@fact_option
@force_option
def interview(
    *,
    file: str | None,
    policy: str | None,
    overlay: tuple[str, ...],
    stated: dict[str, str],
) -> None:
    """Answer questions about one situation, then see the ranking.

    Questions about danger come first, then the most informative ones. The interview
    ends when no further answer can change the result, or when you type done. To resume
    an interview that you stopped, name the FILE with your saved answers. Nothing is
    saved unless you name a file.
    """
    from boundaryethics import interview as interviews

    try:
        named = (
            load_policy(policy or DEFAULT_POLICY, overlay)
            if policy or overlay
            else None
        )
    except BoundaryEthicsError as refused:
        raise_together(refused, partial(_read, file) if file else bool)
    if file is None:
        begun = interviews.Interview(named or DEFAULT_POLICY, stated=stated)
    else:
        begun = interviews.Interview.from_dict(_read(file), named)
        begun = attrs.evolve(
            begun,
            stated={**begun.stated, **stated},
            steps=[step for step in begun.steps if step[0] not in stated],
        )
    base = policy or (DEFAULT_POLICY if overlay else begun.policy.id)
    options = [("--policy", base), *(("--overlay", one) for one in overlay)]
    _Dialog(begun, tuple(options), file).run()


def _read(file: str) -> Any:
    """Read the data of a saved interview."""
    try:
        text = yaml.text_of(Path(file), file=file, most=yaml.MOST_OF_A_SITUATION)
        return yaml.json_data(text)
    except yaml.TextError as refused:
        unread = yaml.without_content(attrs.evolve(refused.problem, code="BE905"))
        raise InterviewError([unread]) from None
    except ValueError:
        raise InterviewError([problem("BE905.file", file=file, token=file)]) from None


@final
class _Stopped(Exception):  # noqa: N818 - no error
    """Raised when the person stops the interview; the answers can then be saved."""


@final
class _Dialog:
    """Dialog with a person, on standard input and output."""

    def __init__(
        self, begun: Interview, options: tuple[tuple[str, str], ...], file: str | None
    ) -> None:
        self.now = begun
        #: The options that name the policy.
        self.options = options
        #: The file with the answers so far, which can be replaced.
        self.file = file and identity(file)
        self.texts = shipped_texts()

    def run(self) -> None:
        """Ask questions until the interview is done, then print the result."""
        answered = len(self.now.steps)
        self._say("resumed" if answered else "begin", answered=answered)
        self._show_danger(())
        try:
            while (question := self.now.question) and self._ask(question):
                pass
        except _Stopped:
            self._save()
            return
        except KeyboardInterrupt:
            click.echo()
            self._save()
            raise
        # If someone is in danger, the advice comes before everything else.
        if not self.now.verdict.urgent:
            self._say_if_settled()
        show("")
        show_verdict(self.now.verdict)
        if self.now.verdict.urgent:
            self._say_if_settled()
        show("")
        # `consult` needs a fact, even if nothing is known.
        facts = self.now.situation.known() or {next(iter(self.now.situation)): UNKNOWN}
        stated = [("--fact", f"{fact}={value}") for fact, value in facts.items()]
        self._say("command" if self.now.settled.everything else "command_early")
        self._show_command("consult", *stated)

    def _say_if_settled(self) -> None:
        show("")
        early = "early_order" if _order_is_settled(self.now) else "early"
        self._say("settled" if self.now.settled.everything else early)

    def _ask(self, question: InterviewQuestion) -> bool:
        """Ask *question* until it is answered; return False if the user is done."""
        self._show(question)
        while True:
            line = self._line("prompt")
            match "done" if line is None else line.casefold():
                case "done":
                    return False
                case "stop":
                    raise _Stopped
                case "?" | "help":
                    self._help(question)
                case "back" if not self.now.steps:
                    self._say("first")
                case "back":
                    self._go(self.now.back())
                    return True
                case typed:
                    value = _chosen(question, typed)
                    if value is not None:
                        self._go(self.now.answer(value))
                        return True
                    self._say("invalid", most=len(question.choices) + 1)

    def _go(self, then: Interview) -> None:
        """Set the current state to *then*, and show what has changed in the verdict."""
        before, self.now = self.now, then
        self._show_danger(before.verdict.urgent)
        if order_of(then.verdict) != order_of(before.verdict):
            order = order_in_words(then.verdict)
            self._say("order" if order else "open_order", order=order)
        if then.question and _order_is_settled(then) > _order_is_settled(before):
            self._say("order_settled")

    def _show_danger(self, before: tuple[Any, ...]) -> None:
        verdict = self.now.verdict
        if verdict.urgent and verdict.urgent != before:
            lines = render.lines(verdict, screen_width())
            show("")
            show_lines(line for line in lines if line.style == "danger")
            self._say("danger")

    def _show(self, question: InterviewQuestion) -> None:
        from boundaryethics.interview import left_in_words

        progress = self.texts["progress"].format(number=question.number)
        show(f"\n{progress}, {left_in_words(question)}")
        self._wrap(question.text)
        labels = [*(label for _, label in question.choices), question.unknown_label]
        for number, label in enumerate(labels, 1):
            start = f"{number:>3}. "
            show("\n".join(wrapped_lines(shown(label), start, width=screen_width())))

    def _help(self, question: InterviewQuestion) -> None:
        if question.help:
            self._wrap(question.help)
        label, most = shown(question.unknown_label), len(question.choices) + 1
        self._say("commands", most=most, unknown=label)

    def _line(self, prompt: str) -> str | None:
        """Read a line; return None at the end of the input."""
        click.echo(self.texts[prompt], nl=False)
        line = sys.stdin.readline() if sys.stdin else ""
        terminal = sys.stdin and sys.stdin.isatty()
        if not (terminal and line.endswith("\n")):
            # This makes a transcript of piped answers look like one from a terminal.
            click.echo(shown(line))
        return line.strip() if line else None

    def _save(self) -> None:
        """Offer to save the answers in a file that the person names."""
        while self.now.steps and (name := self._line("save")):
            try:
                own = identity(name) == self.file
                data = json.dumps(self.now.to_dict(), indent=2)
                write_output(Path(name), f"{data}\n", replace=own)
            except BoundaryEthicsError as refused:
                click.echo(str(refused), err=True)
                continue
            self._say("saved")
            self._show_command("interview", ("", name))
            return

    def _show_command(self, command: str, *more: tuple[str, str]) -> None:
        words = [word for pair in (*self.options, *more) for word in pair if word]
        show(f"  {shlex.join([_COMMAND, command, *words])}")

    def _say(self, name: str, **words: object) -> None:
        text = self.texts[name].format(**words)
        if "\n" in text:
            click.echo(indent(text, "  "), nl=False)
        else:
            self._wrap(text)

    def _wrap(self, text: str) -> None:
        show("\n".join(wrapped_lines(shown(text), width=screen_width())))


def _order_is_settled(interview: Interview) -> bool:
    return interview.settled.ranking and interview.settled.status


def _chosen(question: InterviewQuestion, typed: str) -> str | None:
    """Return the value for *typed*, which is a number, a name or `skip`."""
    values = [*(value for value, _ in question.choices), UNKNOWN]
    meant = {value.casefold(): value for value in values} | {"skip": UNKNOWN}
    meant |= {str(number): value for number, value in enumerate(values, 1)}
    return meant.get(typed)
