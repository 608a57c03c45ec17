from __future__ import annotations

from itertools import islice

import pytest

from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import FactIn, Holds, Not, both, either
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Finding, Rule

durable_rules = pytest.importorskip("boundaryethics.inference.durable_rules")

VOCABULARY = Vocabulary((Fact(name="light", values=("red", "green")),))
RED = FactIn("light", frozenset({"red"}))


def test_digests_equal_published_fnv_1a_values() -> None:
    """`digest` computes FNV-1a."""
    assert 0x811C9DC5 == durable_rules.digest("")
    assert 0xE40C292C == durable_rules.digest("a")
    assert 0xBF9CF968 == durable_rules.digest("foobar")


def test_names_have_distinct_digests() -> None:
    """No two generated or reserved names collide."""
    made = [*islice(durable_rules.names(), 5000), *durable_rules.RESERVED]

    assert len(made) == len({durable_rules.digest(name) for name in made})


def test_rules_with_the_same_conjunction_share_a_key() -> None:
    """Each value of a fact has the keys of the conjunctions that it meets."""
    rules = (
        Rule(id="a", when=RED, then=Effects()),
        Rule(id="b", when=either((RED, both((RED, Holds("found"))))), then=Effects()),
        Rule(id="c", when=Not(RED), then=Effects()),
        Rule(id="d", then=Effects()),
    )
    policy = Policy(
        id="small",
        vocabulary=VOCABULARY,
        findings=(Finding(id="found"),),
        rules=rules,
    )

    stratum = durable_rules.atomic(lower(policy).strata[0], VOCABULARY)

    assert {(): ("d",), ("a",): ("a", "b"), ("b",): ("c",)} == stratum.rules
    assert {"light": {"red": ("a",), "green": ("b",), "unknown": ("b",)}} == (
        stratum.facts
    )
    assert 1 == stratum.most_together("ab")
