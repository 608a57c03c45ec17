"""Danger comes first under every code, with every overlay, in every situation."""

from __future__ import annotations

import pytest

from boundaryethics.analysis import verify
from boundaryethics.policies import load_policy, policies

SHIPPED = [load_policy(name) for name in policies()]
OVERLAYS = [p.id for p in SHIPPED if p.abstract and p.id.endswith("-rules")]
CODES = [
    p.id for p in SHIPPED if not p.abstract and p.lineage == ("core", "drafts", p.id)
]
DANGER = (
    "imminent-danger-comes-first",
    "danger-comes-first",
    "danger-brings-the-crisis-actions",
    "danger-reaches-the-treating-clinician",
    "danger-suspends-usual-reasons",
    "danger-draft-asks-and-gives-numbers",
)


def test_there_are_six_codes_and_five_overlays() -> None:
    """There are six codes and five overlays."""
    assert (6, 5) == (len(CODES), len(OVERLAYS))


@pytest.mark.parametrize("overlay", [None, *OVERLAYS])
@pytest.mark.parametrize("code", CODES)
def test_danger_comes_first_under_each_code_with_each_overlay(
    code: str, overlay: str | None
) -> None:
    """The built-in invariants are proved over all possible situations."""
    policy = load_policy(code, overlay=[overlay] if overlay else [])
    for name in DANGER:
        (checked,) = verify(policy, name).checked
        assert checked.proved, (name, checked.counterexample)
        assert checked.covered


def test_all_danger_invariants_are_proved_here() -> None:
    """The list has every invariant of `core` and `drafts` about danger."""
    drafts = load_policy("drafts")
    about = [one.id for one in drafts.invariants if "danger" in one.id]

    assert sorted(DANGER) == sorted(about)
