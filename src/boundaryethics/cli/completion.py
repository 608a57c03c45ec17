"""Provide shell completion for policies, facts, values and files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import final

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete

from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import BoundaryEthicsError
from boundaryethics.inference.engines import NAMES
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_policy
from boundaryethics.policies import policies as built_in
from boundaryethics.policies.loader import consultable, overlays

_Items = list[CompletionItem[str]]


def files(_context: click.Context, _parameter: click.Parameter, begun: str) -> _Items:
    """Let the shell complete the path of a file."""
    return [CompletionItem(begun, type="file")]


#: The commands that refuse an abstract policy.
_CONSULTING = frozenset(
    {
        *("consult", "counterfactuals", "fit", "interview", "open-questions"),
        *("panel", "rank", "replay", "sweep", "test", "why", "why-not", "worksheet"),
    }
)


def policies(context: click.Context, parameter: click.Parameter, begun: str) -> _Items:
    """Complete the ID of a built-in policy, or else the path of a file."""
    if parameter.name == "overlay":
        ids = overlays()
    elif context.info_name in _CONSULTING:
        ids = consultable()
    else:
        ids = tuple(built_in())
    return _items(begun, dict.fromkeys(ids)) or files(context, parameter, begun)


def facts(context: click.Context, _parameter: click.Parameter, begun: str) -> _Items:
    """Complete the name of a fact; its question is the description."""
    vocabulary = _policy(context).vocabulary
    return _items(begun, {f.name: f.question for f in vocabulary.facts})


def values(context: click.Context, _parameter: click.Parameter, begun: str) -> _Items:
    """Complete `FACT=VALUE`, or the last value of `FACT=VALUE,VALUE`."""
    _, _, stated = begun.partition("=")
    earlier = stated[: stated.rfind(",") + 1]
    vocabulary = _policy(context).vocabulary
    pairs = {
        f"{fact.name}={earlier}{value}": label
        for fact in vocabulary.facts
        for value, label in vocabulary.answers(fact.name)
    }
    return _items(begun, pairs)


def responses(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> _Items:
    """Complete a response."""
    return _items(begun, dict.fromkeys(Option))


def engines(_context: click.Context, _parameter: click.Parameter, begun: str) -> _Items:
    """Complete the name of an engine."""
    return _items(begun, dict.fromkeys(NAMES))


def parts(context: click.Context, _parameter: click.Parameter, begun: str) -> _Items:
    """Complete a rule or a finding."""
    policy = _policy(context)
    return _items(begun, dict.fromkeys((*policy.rule, *policy.finding)))


def targets(context: click.Context, parameter: click.Parameter, begun: str) -> _Items:
    """Complete a response, a rule or a finding."""
    of_policy = parts(context, parameter, begun)
    return responses(context, parameter, begun) + of_policy


def _items(begun: str, named: Mapping[str, str | None]) -> _Items:
    return [
        CompletionItem(str(name), help=help or None)
        for name, help in named.items()
        if name.startswith(begun)
    ]


def _policy(context: click.Context) -> Policy:
    """Return the policy on the command line, or the default if it cannot be loaded."""
    named, overlays = (context.params.get(name) for name in ("policy", "overlay"))
    with suppress(BoundaryEthicsError):
        return load_policy(named or DEFAULT_POLICY, overlays or ())
    return load_policy(DEFAULT_POLICY)


@final
class Bash(BashComplete):
    """Rejoin `FACT=VALUE`, which Bash splits at `=` unless it is quoted."""

    #: The part of the last word that Bash replaces.
    replaced = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the complete words, and the word being typed."""
        args, last = super().get_completion_args()
        self.replaced = last.removeprefix("=")
        joined: list[str] = []
        for word in (*args, last):
            if joined and (word == "=" or joined[-1].endswith("=")):
                joined[-1] += word
            else:
                joined.append(word)
        return joined[:-1], joined[-1]

    def get_completions(self, args: list[str], incomplete: str) -> _Items:
        """Return completions, cut to the part of the word that Bash replaces."""
        found = super().get_completions(args, incomplete)
        begun = incomplete.partition("=")[2] if incomplete[:1] == "-" else incomplete
        kept = len(begun.removesuffix(self.replaced))
        return [CompletionItem(one.value[kept:], one.type) for one in found]


@final
class Fish(FishComplete):
    """Show the whole description of a completion, even if it contains commas."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )
