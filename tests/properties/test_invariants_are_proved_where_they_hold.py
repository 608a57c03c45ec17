"""Invariants as written in files, compared with brute force.

This module reads the files' plain data independently, so that it relies neither on
the loader nor on the search of `verify`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.analysis import verify
from boundaryethics.analysis.verify import Checked
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.plain_data import condition_data
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy, read_policy, write_policy
from boundaryethics.policies.yaml import yaml_text
from properties.test_shipped_space_answers_equal_brute_force import cut
from support import brute_force
from support.strategies import conditions, small_policies

Draw = Callable[[st.SearchStrategy[Any]], Any]
Plain = Mapping[str, Any]

OPTIONS = ("continue", "ignore", "decline", "leave")
OF_OPTIONS = ("never_first", "first", "last", "forbidden", "never_forbidden", "above")
OF_ACTIONS = ("advises", "never_advises")
OF_PARTS = ("drafts", "never_drafts")
KINDS = (*OF_OPTIONS, *OF_ACTIONS, *OF_PARTS, "never_binds")


def names_for(kind: str, policy: Policy) -> list[str]:
    """Return the names that a promise of this kind can have."""
    if kind in OF_OPTIONS:
        return [*OPTIONS]
    if kind in OF_ACTIONS:
        return [one.id for one in policy.actions]
    if kind in OF_PARTS:
        return [one.id for one in policy.draft_parts]
    return [rule.id for rule in policy.rules]


def listed(names: str | Sequence[str]) -> list[str]:
    """Return one name or several as a list."""
    return [names] if isinstance(names, str) else [*names]


def keeps(verdict: Verdict, kind: str, names: list[str]) -> bool:
    """Return whether a verdict keeps a promise, by docs/reference/policy-format.md."""
    groups = [[str(option) for option in group] for group in verdict.ranking]
    place = {name: n for n, group in enumerate(groups) for name in group}
    forbidden = {
        str(name) for name, one in verdict.options.items() if one.status == "forbidden"
    }
    binding = {*verdict.binding}
    applied = [rule for rule in verdict.policy.rules if rule.id in binding]
    advised = {name for rule in applied for name in rule.then.advises}
    drafted = {name for rule in applied for name in rule.then.drafts}
    bound = {rule.id for rule in applied}
    tests: dict[str, Callable[[str], bool]] = {
        "never_first": lambda name: name not in groups[0],
        "first": lambda name: name in groups[0],
        "last": lambda name: name in groups[-1],
        "forbidden": lambda name: name in forbidden,
        "never_forbidden": lambda name: name not in forbidden,
        "advises": lambda name: name in advised,
        "never_advises": lambda name: name not in advised,
        "drafts": lambda name: name in drafted,
        "never_drafts": lambda name: name not in drafted,
        "never_binds": lambda name: name not in bound,
    }
    if kind == "above":
        first, *others = names
        return all(place[first] < place[other] for other in others)
    return all(map(tests[kind], names))


def met(when: Plain, facts: Mapping[str, str], findings: Collection[str]) -> bool:
    """Return whether a condition holds, by docs/reference/policy-format.md."""
    return all(_entry_met(key, value, facts, findings) for key, value in when.items())


def _entry_met(
    key: str, value: Any, facts: Mapping[str, str], findings: Collection[str]
) -> bool:
    if key == "all":
        return all(met(part, facts, findings) for part in value)
    if key == "any":
        return any(met(part, facts, findings) for part in value)
    if key == "not":
        return not met(value, facts, findings)
    if isinstance(value, bool):
        return (key in findings) == value
    return facts[key] in listed(value)


def breaks(verdict: Verdict, holds: Plain) -> bool:
    """Return whether a verdict breaks one of some promises."""
    return not all(keeps(verdict, kind, listed(of)) for kind, of in holds.items())


def covers(verdict: Verdict, invariant: Plain) -> bool:
    """Return whether the condition of an invariant holds for a verdict's situation."""
    when = invariant.get("when", {})
    return met(when, verdict.situation, verdict.derivation.findings)


def assert_right(
    checked: Checked, invariant: Plain, policy: Policy, verdicts: Sequence[Verdict]
) -> None:
    """Compare a result with the verdicts of all situations."""
    covered = [verdict for verdict in verdicts if covers(verdict, invariant)]
    broken = [verdict for verdict in covered if breaks(verdict, invariant["holds"])]
    assert (len(covered), len(broken)) == (checked.covered, checked.broken)
    assert checked.proved is (bool(covered) and not broken)
    assert (checked.counterexample is None) is (not broken)
    if checked.counterexample is not None:
        witness = brute_force.verdict(policy, checked.counterexample)
        assert covers(witness, invariant)
        assert breaks(witness, invariant["holds"])
        fewest = min(len(verdict.situation.known()) for verdict in broken)
        assert fewest == len(checked.counterexample.known())


@st.composite
def shapes(draw: Draw, kind: str, policy: Policy) -> str | list[str]:
    """Draw one name, or a list of one to all names, as the schema allows."""
    names = names_for(kind, policy)
    least = 2 if kind == "above" else 1
    drawn: list[str] = draw(st.permutations(names))
    drawn = drawn[: draw(st.integers(least, len(names)))]
    return drawn[0] if len(drawn) == 1 and draw(st.booleans()) else drawn


@st.composite
def invariants(draw: Draw, policy: Policy, number: int) -> dict[str, Any]:
    """Draw an invariant of one to three kinds of promises, perhaps conditional."""
    kinds = [kind for kind in KINDS if names_for(kind, policy)]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique=True))
    plain: dict[str, Any] = {
        "id": f"drawn-{number}",
        "holds": {kind: draw(shapes(kind, policy)) for kind in chosen},
    }
    if draw(st.booleans()):
        names = tuple(finding.id for finding in policy.findings)
        when = draw(conditions(policy.vocabulary, names, names))
        plain["when"] = condition_data(when, policy.vocabulary)
    return plain


@st.composite
def documents(draw: Draw) -> tuple[Policy, list[dict[str, Any]]]:
    """Draw a policy, read from a file that declares some invariants."""
    policy = draw(small_policies(most=3))
    plain = [draw(invariants(policy, n)) for n in range(draw(st.integers(1, 4)))]
    return declaring(policy, plain), plain


def declaring(policy: Policy, invariants: list[dict[str, Any]]) -> Policy:
    """Read *policy* again from a file that declares *invariants* as well."""
    text = write_policy(policy) + yaml_text({"invariants": invariants}, open_levels=2)
    return read_policy(text, vocabulary=Vocabulary())


@given(documents())
def test_results_of_verify_equal_brute_force(
    drawn: tuple[Policy, list[dict[str, Any]]],
) -> None:
    """Coverage, violations and witnesses match for every form of invariant."""
    policy, plain = drawn
    verdicts = [*brute_force.verdicts(policy)]

    found = verify(policy)

    assert [one["id"] for one in plain] == [one.invariant.id for one in found.checked]
    for checked, invariant in zip(found.checked, plain, strict=True):
        assert_right(checked, invariant, policy, verdicts)
    assert found.proved is all(one.proved for one in found.checked)


def refuted_by(verdict: Verdict, random: Random) -> list[dict[str, Any]]:
    """Return an invariant of each kind that *verdict* breaks, if one does.

    The name that breaks it comes anywhere in a list of up to all names.
    """
    made: list[dict[str, Any]] = []
    for kind in KINDS:
        names = names_for(kind, verdict.policy)
        if kind == "above":
            pairs = [[a, b] for a in names for b in names if a != b]
            wrong = [pair for pair in pairs if not keeps(verdict, kind, pair)]
        else:
            wrong = [[name] for name in names if not keeps(verdict, kind, [name])]
        if not wrong:
            continue
        first, *others = random.choice(wrong)
        rest = [name for name in names if name not in {first, *others}]
        others += random.sample(rest, random.randint(0, len(rest)))
        random.shuffle(others)
        several = [first, *others]
        if kind != "above":
            random.shuffle(several)
        one = several[0] if len(several) == 1 and random.random() < 1 / 2 else several
        made.append({"id": f"false-{kind.replace('_', '-')}", "holds": {kind: one}})
    return made


def with_true_promises(
    seeded: Plain, verdict: Verdict, random: Random
) -> dict[str, Any]:
    """Add promises that *verdict* keeps, before or after the one that it breaks."""
    kept = {
        kind: names_for(kind, verdict.policy)
        for kind in KINDS
        if kind not in {"above", *seeded["holds"]}
    }
    kept = {k: [n for n in of if keeps(verdict, k, [n])] for k, of in kept.items()}
    entries = [*seeded["holds"].items(), *((k, of) for k, of in kept.items() if of)]
    random.shuffle(entries)
    return {**seeded, "holds": dict(entries)}


@given(small_policies(most=3), st.integers(0, 2**32))
def test_every_seeded_false_invariant_is_refuted(policy: Policy, seed: int) -> None:
    """A broken promise is refuted, alone and among promises that are kept."""
    random = Random(seed)  # noqa: S311 - to be drawn again, not to be kept secret
    verdicts = [*brute_force.verdicts(policy)]
    verdict = random.choice(verdicts)
    seeded = refuted_by(verdict, random)
    seeded = [with_true_promises(one, verdict, random) for one in seeded] + seeded
    seeded = [{**one, "id": f"false-{n}"} for n, one in enumerate(seeded)]

    found = verify(declaring(policy, seeded))

    assert seeded
    assert not found.proved
    for checked, invariant in zip(found.checked, seeded, strict=True):
        assert not checked.proved, invariant
        assert_right(checked, invariant, policy, verdicts)


@pytest.mark.parametrize("name", ["apa-2017", "aca-2014", "ohio-4757-5"])
def test_false_invariants_of_built_in_policies_are_refuted(name: str) -> None:
    """The space is limited to few facts."""
    policy, random = load_policy(name), Random(name)  # noqa: S311
    where = cut(policy.vocabulary, seed=5)
    verdicts = [*brute_force.verdicts(policy, where)]
    seeded = [
        {**one, "id": f"{one['id']}-{n}"}
        for n, verdict in enumerate(random.sample(verdicts, 2))
        for one in refuted_by(verdict, random)
    ]
    extended = policy.variant("seeded", invariants=seeded)

    found = {one.invariant.id: one for one in verify(extended, where=where).checked}

    assert len(seeded) > 12
    for invariant in seeded:
        checked = found[invariant["id"]]
        assert not checked.proved, invariant
        assert_right(checked, invariant, extended, verdicts)


def test_the_comparison_shares_no_code_with_the_search() -> None:
    """Brute force imports neither `analysis` nor `mdd`."""
    tree = ast.parse(Path(brute_force.__file__).read_text("utf-8"))
    imported = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for part in str(node.module).split(".")
    }

    assert "inference" in imported
    assert not imported & {"analysis", "mdd", "verify"}
