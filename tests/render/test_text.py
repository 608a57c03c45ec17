"""The text for a terminal."""

from __future__ import annotations

from boundaryethics import render
from support import verdicts


def section(text: str, heading: str) -> list[str]:
    """The lines of *text* under *heading*."""
    lines = text.splitlines()
    start = lines.index(heading) + 1
    return lines[start : lines.index("", start)]


def test_the_ranking_comes_first() -> None:
    """The answer is read before its reasons."""
    first, second, *_ = render.text(
        verdicts.message_from_an_active_client()
    ).splitlines()

    assert "What to do, best first" == first
    assert "  1. Decline politely (decline)" == second


def test_a_tie_is_shown_and_said() -> None:
    """Options that tie have one number, and a sentence says that they tie."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "What to do, best first"
    )

    assert "  3. Don't respond (ignore)" in shown
    assert "  3. Stay in contact and don't bring it up (continue)" in shown
    assert shown[-1].startswith("  Not responding and staying in contact are tied")


def test_each_step_has_its_reason_and_citation() -> None:
    """Why one option ranks above the next is said with the section it rests on."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "Why in this order"
    )

    reason = "For declining: Whoever asks is owed an answer. (Code, B, Trust)"
    assert "  - Declining over leaving: strong reasons decide." == shown[0]
    assert f"    [1] {reason}" == shown[1]


def test_a_sentence_is_said_once() -> None:
    """A rule that speaks again is named by its number."""
    text = render.text(verdicts.message_from_an_active_client())

    assert 1 == text.count("Whoever asks is owed an answer.")
    assert "    [1] Against not responding: as above." in text.splitlines()


def test_questions_for_supervision_point_to_the_reasons() -> None:
    """What to take to supervision comes with the reasons that speak to it."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "To take to supervision"
    )

    assert [
        "  - Which does the least harm? [1] [2]",
        "  - How is it best declined? [1]",
    ] == shown


def test_what_cannot_matter_any_more_is_not_asked() -> None:
    """How long ago the work ended is not asked while it goes on."""
    verdict = verdicts.message_from_an_active_client()

    assert ("since",) == verdict.unknown
    assert "How long ago did it end?" not in render.text(verdict)


def test_with_nothing_known_it_says_so_and_asks() -> None:
    """No order is feigned: it says that it cannot tell, and what to find out."""
    lines = render.text(verdicts.nothing_known()).splitlines()

    assert "  This policy cannot tell yet: too little is known." in lines
    assert lines.index("Find out first") < lines.index("Whichever you choose")
    assert "  - What happened? (contact)" in lines


def test_a_dilemma_is_shown_with_both_its_sides() -> None:
    """What is both required and ruled out is said outright."""
    shown = section(render.text(verdicts.dilemma()), "Required and ruled out")

    assert [
        "  - A dilemma: staying in contact is both required and ruled out. [1]",
        "    [2] It is demanded. (Code, 3.05)",
    ] == shown


def test_steps_that_are_alike_are_told_together() -> None:
    """Two options above others for the same reason need one paragraph."""
    made = verdicts.policy()
    because = verdicts.reason(made, "no-second-role", "opposes", "continue")
    verdict = verdicts.verdict(
        made,
        {"status": "active"},
        ("no-second-role",),
        *(verdicts.assessed(option, 1) for option in ("ignore", "decline", "leave")),
        verdicts.assessed("continue", 2, because),
    )
    shown = section(render.text(verdict), "Why in this order")

    assert shown[0].startswith("  - Not responding, declining and leaving over staying")
    assert 1 == sum(line.startswith("  - ") for line in shown)


def test_a_step_of_a_weaker_level_says_that_the_stronger_are_tied() -> None:
    """The reader learns why strong reasons did not decide."""
    made = verdicts.policy()
    because = verdicts.reason(made, "long-after", "favors", "continue")
    verdict = verdicts.verdict(
        made,
        {"status": "former", "since": "long"},
        ("long-after",),
        verdicts.assessed("continue", 1, because),
        verdicts.assessed("leave", 2),
    )
    shown = section(render.text(verdict, 200), "Why in this order")

    decides = "tied on strong and moderate reasons; weak reasons decide."
    assert f"  - Staying in contact over leaving: {decides}" == shown[0]


def test_the_policy_says_what_the_options_are_called() -> None:
    """The first label that fits the situation is shown, here and in running text."""
    labels = [
        {
            "when": {"contact": "co_presence"},
            "ignore": {"says": "Keep away", "named": "keeping away"},
        },
        {"decline": {"says": "Say no", "named": "saying no"}},
    ]
    both_there = verdicts.verdict(
        verdicts.policy({**verdicts.WRITTEN, "labels": labels}),
        {"contact": "co_presence"},
        (),
        *(verdicts.assessed(option, 1) for option in ("ignore", "decline")),
        verdicts.assessed("leave", 2),
    )
    lines = render.text(both_there).splitlines()

    assert "  1. Keep away (ignore)" in lines
    assert "  1. Say no (decline)" in lines
    assert "  2. Leave the group or platform (leave)" in lines
    assert (
        "  Keeping away and saying no are tied: nothing known so far"
        in (lines[4].split(" separates")[0])
    )


def test_danger_comes_before_everything_else() -> None:
    """What is urgent opens the answer with its citation, and is not said again."""
    lines = render.text(verdicts.danger()).splitlines()

    assert [
        "Danger: do this first",
        "  - Act now. (Code, B, Trust)",
        "",
        "Then, what to do, best first",
        "  1. Decline politely (decline)",
    ] == lines[:5]
    assert ["  - Take it to supervision. (Code, B, Trust)"] == section(
        render.text(verdicts.danger()), "Whichever you choose"
    )


def test_danger_comes_before_a_tie() -> None:
    """That a policy cannot tell yet is no reason to wait."""
    first, *lines = render.text(verdicts.danger(tied=True)).splitlines()

    assert "Danger: do this first" == first
    assert "Then, what to do, best first" in lines
    assert "  This policy cannot tell yet: too little is known." in lines


def test_what_is_ruled_out_has_no_number() -> None:
    """It follows the ranking with its first reason, and the steps leave it out."""
    text = render.text(verdicts.danger(), 200)
    shown = section(text, "Then, what to do, best first")

    assert [
        "  1. Decline politely (decline)",
        "  2. Stay in contact and don't bring it up (continue)",
        "  -  Don't respond (ignore): ruled out. [1] Never in danger. (Code, 3.05)",
        "  -  Leave the group or platform (leave): ruled out. See [1] above.",
    ] == shown
    assert "over not responding" not in text
    assert "forbid" not in text.lower()


def test_if_all_is_ruled_out_it_says_so() -> None:
    """No response is put first where none is open."""
    lines = render.text(verdicts.nothing_left(), 200).splitlines()

    assert "  This policy rules out all four responses." in lines
    assert "  - A dilemma: all four responses are ruled out. [1]" in lines
    assert not any(line.startswith("  1. ") for line in lines)


def test_it_ends_with_what_it_cannot_replace() -> None:
    """No answer goes out without its limits, its policy and the policy's digest."""
    verdict = verdicts.message_from_an_active_client()
    *_, limits, policy = render.text(verdict).splitlines()

    assert "Supports professional judgement and supervision, and replaces neither." == (
        limits
    )
    assert f"small ({verdict.fingerprint[:8]}): A small code" == policy


def test_no_line_is_wider_than_asked() -> None:
    """Text is wrapped to the width of the page."""
    verdict = verdicts.message_from_an_active_client()

    assert max(len(line) for line in render.text(verdict).splitlines()) <= 88
    assert max(len(line.text) for line in render.lines(verdict, 50)) <= 50


def test_text_cannot_steer_a_terminal() -> None:
    """Control characters in a policy's words are not passed on."""
    first, *others = verdicts.WRITTEN["rules"]
    hostile = {**first, "because": "Calm \x1b[2J\x07words."}
    written = {**verdicts.WRITTEN, "rules": [hostile, *others]}
    verdict = verdicts.message_from_an_active_client(verdicts.policy(written))

    assert "Calm [2Jwords." in render.text(verdict)
