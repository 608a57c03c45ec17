from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from boundaryethics.analysis import verify
from boundaryethics.analysis.verify import Checked, Verification
from boundaryethics.errors import AnalysisError
from boundaryethics.model.conditions import ALWAYS, Condition, FactIn, Holds
from boundaryethics.model.rules import Invariant, Option, Promise, Promised
from support.small_policies import policy_of

ADVISING = {"advises": "seek_supervision"}
LEAVING = {"favors": {"leave": "weak"}}
DANGER = FactIn("danger", frozenset({"yes"}))
POLICY = policy_of(
    [
        {
            "id": "no-silence",
            "when": {"danger": "yes"},
            "then": {"forbids": "ignore", "favors": {"decline": "weak"}},
        },
        {
            "id": "leaving",
            "when": {"danger": "yes", "status": "active"},
            "then": {"favors": {"leave": "weak"}},
        },
    ]
)


def verified(
    promise: Promise, *options: Option, when: Condition = DANGER
) -> Verification:
    """Check one invariant in situations with danger."""
    invariant = Invariant(id="promised", when=when, holds=((promise, options),))
    return verify(POLICY, invariant)


@pytest.mark.parametrize(
    ("promise", "options"),
    [
        (Promise.FIRST, (Option.DECLINE,)),
        (Promise.FORBIDDEN, (Option.IGNORE,)),
        (Promise.NEVER_FORBIDDEN, (Option.LEAVE,)),
        (Promise.NEVER_FIRST, (Option.CONTINUE,)),
        (Promise.ABOVE, (Option.DECLINE, Option.CONTINUE)),
        (Promise.ABOVE, (Option.DECLINE, Option.CONTINUE, Option.IGNORE)),
        (Promise.LAST, (Option.IGNORE,)),
        (Promise.NEVER_FORBIDDEN, (Option.LEAVE, Option.DECLINE)),
    ],
)
def test_an_invariant_that_always_holds_is_proved(
    promise: Promise, options: tuple[Option, ...]
) -> None:
    """A proved invariant covers all situations in which its condition holds."""
    (checked,) = verified(promise, *options).checked

    assert checked.proved
    assert 9 == checked.covered
    assert 0 == checked.broken


@pytest.mark.parametrize(
    ("promise", "options", "known"),
    [
        (Promise.NEVER_FIRST, (Option.LEAVE,), {"danger": "yes", "status": "active"}),
        (Promise.FIRST, (Option.LEAVE,), {"danger": "yes"}),
        (
            Promise.ABOVE,
            (Option.DECLINE, Option.LEAVE),
            {"danger": "yes", "status": "active"},
        ),
        (Promise.NEVER_FORBIDDEN, (Option.IGNORE,), {"danger": "yes"}),
        (Promise.NEVER_FORBIDDEN, (Option.LEAVE, Option.IGNORE), {"danger": "yes"}),
        (Promise.FORBIDDEN, (Option.IGNORE, Option.LEAVE), {"danger": "yes"}),
        (Promise.FIRST, (Option.DECLINE, Option.LEAVE), {"danger": "yes"}),
        (Promise.LAST, (Option.CONTINUE,), {"danger": "yes"}),
        (
            Promise.ABOVE,
            (Option.DECLINE, Option.CONTINUE, Option.LEAVE),
            {"danger": "yes", "status": "active"},
        ),
    ],
)
def test_a_violated_invariant_has_a_counterexample(
    promise: Promise, options: tuple[Option, ...], known: dict[str, str]
) -> None:
    """A tied option counts as first, but not as above another."""
    found = verified(promise, *options)

    (checked,) = found.checked
    assert not found.proved
    assert checked.counterexample is not None
    assert known == checked.counterexample.known()


@pytest.mark.parametrize("invariants", [[], ["never"], ["never", "always"]])
def test_an_invariant_without_situations_is_not_proved(
    invariants: list[str],
) -> None:
    """If no situation meets the condition, the text says there is nothing to prove."""
    says = {
        "never": {"danger": "yes", "not": {"danger": ["yes", "no"]}},
        "always": {"danger": "yes"},
    }
    holds = {"never_forbidden": "decline"}
    policy = policy_of(
        invariants=[{"id": i, "when": says[i], "holds": holds} for i in invariants]
    )
    found = verify(policy)

    assert not found.proved
    assert "nothing to prove" in str(found)
    assert {"always": True, "never": False}.items() >= {
        one.invariant.id: one.proved for one in found.checked
    }.items()
    assert {0} >= {one.covered for one in found.checked if not one.proved}


@pytest.mark.parametrize(
    "holds",
    [
        (),
        ((Promise.FIRST, ()),),
        ((Promise.NEVER_BINDS, ()),),
        ((Promise.ABOVE, (Option.DECLINE,)),),
        ((Promise.FIRST, (Option.DECLINE,)), (Promise.ADVISES, ())),
    ],
)
def test_an_empty_invariant_is_refused(
    holds: tuple[Promised, ...],
) -> None:
    """An invariant without enough names would hold everywhere."""
    with pytest.raises(AnalysisError, match="BE615"):
        verify(POLICY, Invariant(id="one", holds=holds))


@pytest.mark.parametrize(
    ("holds", "code"),
    [
        ((("first", ("decline",)),), "BE616"),
        (("first",), "BE616"),
        (((Promise.FIRST, ("stay",)),), "BE616: .*`stay`"),
        (((Promise.FIRST, "stay"),), "BE616"),
        (((Promise.ADVISES, (3,)),), "BE616"),
    ],
)
def test_an_unknown_kind_or_response_in_an_invariant_is_refused(
    holds: Any, code: str
) -> None:
    """An invariant built in Python may have parts of any type."""
    with pytest.raises(AnalysisError, match=code):
        verify(POLICY, Invariant(id="one", holds=holds))


@pytest.mark.parametrize(
    "when",
    [
        FactIn("dangr", frozenset({"yes"})),
        FactIn("danger", frozenset({"maybe"})),
        Holds("met"),
        Holds("danger"),
    ],
)
def test_undeclared_names_in_a_condition_are_refused(when: Condition) -> None:
    """An undeclared name raises an error; it does not make the condition false."""
    with pytest.raises(AnalysisError, match=r"BE20[45]|BE211"):
        verified(Promise.FIRST, Option.DECLINE, when=when)


def test_each_name_in_a_list_is_checked() -> None:
    """An invariant about several names holds only if it holds for each of them."""
    policy = policy_of(
        [{"id": "r", "then": {"favors": {"ignore": "strong"}}}],
        invariants=[
            {"id": "last-is-broken", "holds": {"never_first": ["leave", "ignore"]}},
            {"id": "first-is-broken", "holds": {"never_first": ["ignore", "leave"]}},
            {"id": "both", "holds": {"forbidden": ["decline", "continue"]}},
            {"id": "kept", "holds": {"never_first": ["leave", "continue"]}},
        ],
    )

    assert [27, 27, 27, 0] == [one.broken for one in verify(policy).checked]


def test_where_restricts_the_situations_checked() -> None:
    """`where` restricts the situations that are checked."""
    invariant = Invariant(
        id="some", when=ALWAYS, holds=((Promise.FORBIDDEN, (Option.IGNORE,)),)
    )

    assert not verify(POLICY, invariant).proved
    assert verify(POLICY, invariant, where={"danger": True}).proved


def test_where_excludes_invariants_about_other_situations() -> None:
    """An invariant about other situations does not prevent a proof."""
    holds = ((Promise.NEVER_FORBIDDEN, (Option.DECLINE,)),)
    danger = Invariant(id="danger", when=DANGER, holds=holds)
    both = attrs.evolve(POLICY, invariants=(danger, Invariant(id="all", holds=holds)))

    found = verify(both, where={"danger": False})
    assert found.proved
    assert [False, True] == [one.proved for one in found.checked]
    assert "nothing to prove" in str(found)
    assert not verify(both, "danger", where={"danger": False}).proved


def test_an_unknown_invariant_is_reported() -> None:
    """The error names the unknown invariant."""
    with pytest.raises(AnalysisError, match="no invariant `whatever`"):
        verify(POLICY, "whatever")


def test_results_have_every_output_format() -> None:
    """Results have text, HTML and plain data."""
    found = verified(Promise.NEVER_FIRST, Option.LEAVE)

    assert re.search(r"^promised +fails +9 +3 ", str(found), re.MULTILINE)
    assert "<td>fails</td>" in found._repr_html_()
    assert {"danger": "yes", "status": "active"} == found.to_dict()["invariants"][0][
        "counterexample"
    ]


def test_violations_of_actions_and_rankings_are_combined() -> None:
    """An invariant with several parts is violated if any part is."""
    policy = policy_of(
        [
            {"id": "asking", "when": {"danger": "yes"}, "then": ADVISING},
            {"id": "going", "when": {"status": "active"}, "then": LEAVING},
        ]
    )
    step, leave = ("seek_supervision",), (Option.LEAVE,)
    promises: tuple[Promised, ...] = (
        (Promise.NEVER_ADVISES, step),
        (Promise.NEVER_FIRST, leave),
        (Promise.NEVER_BINDS, ("going", "dropped-long-ago")),
    )
    broken = {
        kind: verify(policy, Invariant(id="one", holds=kind)).checked[0].broken
        for kind in (*((one,) for one in promises), promises)
    }

    # Without reasons all options tie for the first place.
    assert [9, 27, 9, 27] == [*broken.values()]
    both = Invariant(id="both", holds=(promises[0], promises[2]))
    (checked,) = verify(policy, both).checked
    assert 9 + 9 - 3 == checked.broken
    assert 1 == len(known(checked))


def known(checked: Checked) -> dict[str, str]:
    """Return the known facts of the counterexample."""
    assert checked.counterexample is not None
    return checked.counterexample.known()


def test_undeclared_names_in_an_invariant_are_refused() -> None:
    """An undeclared name raises an error with a suggestion."""
    invariant = Invariant(id="one", holds=((Promise.ADVISES, ("seek_supervison",)),))
    with pytest.raises(AnalysisError, match="unknown action") as refused:
        verify(POLICY, invariant)

    assert "`seek_supervision`" in str(refused.value)
