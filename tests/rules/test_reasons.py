"""The reasons that are printed support the side that they are printed for."""

from __future__ import annotations

from boundaryethics import consult, explain_pair


def test_a_reason_for_declining_does_not_argue_for_leaving() -> None:
    """On a dating service, leaving also ends being visible to each other."""
    facts = {
        "setting": "dating_service",
        "contact": "co_presence",
        "client_status": "active",
        "caseload": "own",
    }
    words = " ".join(str(explain_pair(consult(facts), "decline", "leave")).split())

    assert "keep your distance: On a dating service, keeping your" in words
    assert "Staying visible" not in words
