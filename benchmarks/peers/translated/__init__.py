"""A policy in the words of each peer, a file for each of them.

Each file has `prepare`, which takes a policy and gives a call: a value for every fact
in, the ranking and the rules that bind out. What is translated is what the package
itself makes ready to run, stratum by stratum, so no peer has to be guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from typing import TypeAlias, final

import attrs

from benchmarks.peers.weighed import Ranking
from boundaryethics.model.policy import Policy

#: A value for every fact; the ranking, and the rules that bind where they are told.
Ask: TypeAlias = Callable[[dict[str, str]], tuple[Ranking, Sequence[str] | None]]


@final
@attrs.frozen(kw_only=True)
class Peer:
    """Something else that can answer."""

    #: As it is installed.
    name: str
    #: The module beside this one that translates for it.
    translation: str
    #: How it is asked.
    manner: str
    #: What its answer holds.
    gives: str = "ranking and the rules that bind"

    @property
    def version(self) -> str | None:
        """The version that is installed; none where it is not."""
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return None

    def prepare(self, policy: Policy) -> Ask:
        """A call that answers as *policy* does."""
        module = import_module(f"{__name__}.{self.translation}")
        ask: Ask = module.prepare(policy)
        return ask


PEERS = (
    Peer(
        name="rule-engine",
        translation="for_rule_engine",
        manner="an expression a rule",
    ),
    Peer(
        name="zen-engine",
        translation="for_zen_engine",
        manner="one graph of expressions",
    ),
    Peer(
        name="clingo",
        translation="for_clingo",
        manner="one ground program, facts as externals",
    ),
    Peer(
        name="clipspy",
        translation="for_clips",
        manner="a rule a clause, strata by salience",
    ),
    Peer(
        name="durable-rules",
        translation="for_durable_rules",
        manner="durable.lang, a ruleset a stratum",
    ),
    Peer(
        name="numpy",
        translation="for_numpy",
        manner="by hand, an array a rule, one row",
        gives="ranking",
    ),
)
