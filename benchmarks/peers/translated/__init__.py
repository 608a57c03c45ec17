"""Translations of a policy for each library, one module per library.

Each module has a function `prepare`. It takes a policy, and returns a function from
facts to the ranking and the rules that apply. Each translation is based on the compiled
program of the package, stratum by stratum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from typing import TypeAlias, final

import attrs

from benchmarks.peers.weighed import Ranking
from boundaryethics.model.policy import Policy

#: A function from facts to the ranking and, if available, the rules that apply.
Ask: TypeAlias = Callable[[dict[str, str]], tuple[Ranking, Sequence[str] | None]]


@final
@attrs.frozen(kw_only=True)
class Peer:
    """A library that can rank the same situations."""

    #: The name of its distribution.
    name: str
    #: The module in this package that translates policies for it.
    translation: str
    #: A description of the translation.
    manner: str
    #: The contents of its results.
    gives: str = "ranking and applicable rules"

    @property
    def version(self) -> str | None:
        """The installed version; None if it is not installed."""
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return None

    def prepare(self, policy: Policy) -> Ask:
        """Return a function that ranks situations under *policy*."""
        module = import_module(f"{__name__}.{self.translation}")
        ask: Ask = module.prepare(policy)
        return ask


PEERS = (
    Peer(
        name="rule-engine",
        translation="for_rule_engine",
        manner="one expression per rule",
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
        manner="one rule per clause, strata by salience",
    ),
    Peer(
        name="durable-rules",
        translation="for_durable_rules",
        manner="durable.lang, one ruleset per stratum",
    ),
    Peer(
        name="numpy",
        translation="for_numpy",
        manner="one array per rule, one row",
        gives="ranking",
    ),
)
