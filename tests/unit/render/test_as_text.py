"""The text for a terminal."""

from __future__ import annotations

from boundaryethics import render
from unit.render import verdicts


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

    assert "  3. Do not respond (ignore)" in shown
    assert "  3. Go on, and keep it to yourself (continue)" in shown
    assert shown[-1].startswith("  Not responding and going on share a place")


def test_each_step_has_its_reason_and_citation() -> None:
    """Why one option stands above the next is said with the section it rests on."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "Why in this order"
    )

    reason = "For declining: Whoever asks is owed an answer. (Keeping trust: Code, B)"
    assert "  - Declining above leaving: the strong reasons decide." == shown[0]
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
    assert lines.index("Find out first") < lines.index("Besides, whichever you choose")
    assert "  - What happened? (contact)" in lines


def test_a_dilemma_is_shown_with_both_its_sides() -> None:
    """What is both required and forbidden is said outright."""
    shown = section(render.text(verdicts.dilemma()), "Required and forbidden")

    assert [
        "  - A dilemma: going on is both required and forbidden.",
        "    [1] It is demanded. (Clear roles: Code, 3.05)",
        "    [2] It is ruled out. (Clear roles: Code, 3.05)",
    ] == shown[:3]


def test_steps_that_are_alike_are_told_together() -> None:
    """Three options above a fourth for the same reason need one paragraph."""
    shown = section(render.text(verdicts.dilemma()), "Why in this order")

    assert "  - Not responding, declining and leaving above going on:" == shown[0][:57]
    assert 1 == sum(line.startswith("  - ") for line in shown)


def test_where_nobody_asked_the_options_are_other_acts() -> None:
    """In a shared place there is nothing to answer: one approaches, or does not."""
    made = verdicts.policy()
    both_there = verdicts.verdict(
        made,
        {"contact": "co_presence"},
        (),
        *(verdicts.assessed(option, 1) for option in ("ignore", "decline")),
    )

    assert "  1. Do not approach (ignore)" in render.text(both_there).splitlines()


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
