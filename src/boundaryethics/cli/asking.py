"""What commands that answer a situation share: how it is given, and to which policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from boundaryethics import consulting, policyfile
from boundaryethics.cli.pairs import by_fact
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict

Command = TypeVar("Command", bound=Callable[..., Any])


def _stated(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """The facts that `--fact name=value` states, each once."""
    return by_fact(written, "name=value", "stated twice")


_SHARED = (
    click.argument("situation", required=False),
    click.option(
        "--policy",
        default=consulting.DEFAULT_POLICY,
        show_default=True,
        metavar="ID|PATH",
        help="The policy that answers.",
    ),
    click.option(
        "--over",
        multiple=True,
        metavar="ID|PATH",
        help="A policy to lay over it, such as a state's rules; may be repeated.",
    ),
    click.option(
        "--fact",
        "stated",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_stated,
        help="A fact, beside or instead of one in the file; may be repeated.",
    ),
    click.option(
        "--engine", metavar="NAME", help="The engine: durable, reference or columnar."
    ),
)


def asking(command: Command) -> Command:
    """*command* with a situation, and the options that say how it is answered."""
    for shared in reversed(_SHARED):
        command = shared(command)
    return command


def answer(
    situation: str | None,
    stated: dict[str, str],
    *,
    policy: str,
    over: tuple[str, ...],
    engine: str | None,
) -> Verdict:
    """The verdict on what the options of `asking` give.

    Raises:
        click.UsageError: neither a file nor a fact is given.
        BoundaryEthicsError: the situation, the policy or the engine cannot be had.
    """
    if situation is None and not stated:
        message = "name a file of facts, or state one with --fact name=value"
        raise click.UsageError(message)
    loaded = policyfile.load_policy(policy, over)
    return consulting.consult(_situation(situation, loaded, stated), loaded, engine)


def _situation(file: str | None, policy: Policy, stated: dict[str, str]) -> Situation:
    vocabulary = policy.vocabulary
    if file is None:
        return vocabulary.situation(stated)
    read = policyfile.load_situation(file, vocabulary)
    return vocabulary.situation({**read.known(), **stated})
