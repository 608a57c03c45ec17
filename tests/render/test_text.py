"""The text for a terminal."""

from __future__ import annotations

import re

import attrs
import pytest

import boundaryethics
from boundaryethics import render
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_situation
from support import verdicts

STEP4 = boundaryethics.consult(
    load_situation(
        "examples/step4_message.yaml",
        boundaryethics.load_policy("apa-2017").vocabulary,
    ),
    policy="apa-2017",
)


def with_facts(**facts: str) -> Verdict:
    """Consult about the worked example with other *facts*."""
    return STEP4.with_facts(**facts)


def section(text: str, heading: str) -> list[str]:
    """The lines of *text* under *heading*."""
    lines = text.splitlines()
    start = lines.index(heading) + 1
    return lines[start : lines.index("", start)]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of *text*, each on one line."""
    return [" ".join(one.split()) for one in text.split("\n\n")]


def test_the_worked_example_fits_on_a_page() -> None:
    """The answer has at most 45 lines, and its first 14 are complete."""
    lines = render.text(STEP4).splitlines()

    assert 45 >= len(lines)
    assert render.NOTE in lines[:14]
    assert 88 >= max(map(len, lines))


def test_the_ranking_comes_first() -> None:
    """The answer comes before its reasons, without ids."""
    verdict = verdicts.message_from_an_active_client()
    first, second, *_ = render.text(verdict).splitlines()

    assert "Suggested order under a small code" == first
    assert "  1. Decline politely" == second


def test_what_to_do_first_comes_before_any_reason() -> None:
    """Danger to check, supervision and the disclaimer come before the reasons."""
    parts = paragraphs(render.text(STEP4))
    why = next(n for n, one in enumerate(parts) if one.startswith("Why this order"))

    assert parts[1].startswith("Check first: ")
    assert "Not replying and leaving are then ruled out." in parts[1]
    assert parts[2].startswith("Talk to your supervisor before you act.")
    assert render.NOTE == parts[3]
    assert 4 == why


def test_a_tie_is_shown_and_explained() -> None:
    """Tied options have one number, are marked, and a sentence says that they tie."""
    text = render.text(verdicts.message_from_an_active_client())
    shown = section(text, "Suggested order under a small code")

    assert "  3. Don't respond (tied)" in shown
    assert "  3. Stay in contact and don't bring it up (tied)" in shown
    tied = "Not responding and staying in contact are tied, given what is known."
    assert tied == paragraphs(text)[1]


def test_each_step_has_a_reason_with_its_section() -> None:
    """A step between ties has a reason for each pair; a repeated one is named."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "Why this order"
    )

    assert [
        "  1 over 2  Whoever asks is owed an answer. (Code, B, Trust)",
        "  2 over 3  The same reason as for 1 over 2. (Code, B)",
        "  2 over 3  Two roles blur. (Code, 3.05)",
    ] == shown


def test_further_reasons_are_counted_with_their_sections() -> None:
    """One reason is given for each step; the others are counted."""
    text = render.text(STEP4)

    counts = [line.strip() for line in text.splitlines() if " more reason" in line]
    assert counts
    assert all(re.match(r"\d more reasons? \(APA 2017, ", count) for count in counts)


@pytest.mark.parametrize("full", [False, True], ids=["short", "full"])
@pytest.mark.parametrize(
    "verdict",
    [STEP4, with_facts(risk_of_harm="imminent"), verdicts.dilemma()],
    ids=["worked example", "danger", "dilemma"],
)
def test_every_reason_and_action_has_its_section(
    verdict: Verdict, *, full: bool
) -> None:
    """A reason or an action is followed by the sections it rests on."""
    text = " ".join(render.text(verdict, full=full).split())
    actions = [advice.says for advice in verdict.actions]
    reasons = {rule.because for rule in verdict.policy.rules if rule.because}
    shown = [one for one in (*actions, *reasons) if " ".join(one.split()) in text]

    assert {*actions} <= {*shown}
    for one in shown:
        after = text.partition(" ".join(one.split()))[2]
        assert after.startswith(" ("), one


@pytest.mark.parametrize("option", list(boundaryethics.Option))
def test_ids_are_only_in_the_full_text(option: boundaryethics.Option) -> None:
    """People read labels; whoever needs the id asks for the full text."""
    assert f"({option})" not in render.text(STEP4)
    assert f"({option})" in render.text(STEP4, full=True)
    assert "risk_of_harm" not in render.text(STEP4)


def test_the_full_text_has_every_reason_once_with_its_strength() -> None:
    """Reasons for and against each response are numbered; later ones refer back."""
    text = " ".join(render.text(STEP4, 300, full=True).split())
    reasons = {r.because for one in STEP4.assessments for r in one.reasons}

    assert reasons
    assert all(1 == text.count(because) for because in reasons)
    assert re.search(r"Against \[\d+\] strong A personal relationship alongside", text)
    assert re.search(r"Against \[\d+\] moderate \(above\)", text)


def test_the_full_text_describes_the_situation_and_the_sources() -> None:
    """It says what was stated, how sections were checked, and the method."""
    text = " ".join(render.text(STEP4, full=True).split())

    assert "A recovery group, a direct message, started by the client" in text
    assert re.search(r"Checked in a word-for-word quotation: .*3\.05\(a\)", text)
    assert "Method: strongest reasons first (levelwise)." in text


def test_supervision_questions_point_to_the_reasons() -> None:
    """In the full text, the questions refer to reasons by number."""
    shown = section(
        render.text(verdicts.message_from_an_active_client(), full=True),
        "Questions for supervision, with the reasons above",
    )

    assert [
        "  - Which does the least harm? [1] [2]",
        "  - How is it best declined? [1]",
    ] == shown


def test_what_cannot_matter_any_more_is_not_asked() -> None:
    """How long ago treatment ended is not asked while it continues."""
    verdict = verdicts.message_from_an_active_client()

    assert ("since",) == verdict.unknown
    assert "since" not in render.text(verdict, full=True)


def test_unknown_answers_are_counted_by_what_each_could_change() -> None:
    """The count agrees with consulting again for each value of each fact."""
    changing = {
        name
        for name in STEP4.unknown
        if STEP4.situation.vocabulary[name].question
        and any(w.ranking != STEP4.ranking for w in STEP4.what_if(name).values())
    }
    leading = any(
        world.best != STEP4.best
        for name in STEP4.unknown
        for world in STEP4.what_if(name).values()
    )
    text = " ".join(render.text(STEP4).split())

    assert not leading
    assert (
        f"Answering any one of {len(changing)} of them could change this order, "
        "but not the first choice if no one is in danger "
        "(see `boundaryethics open-questions`)." in text
    )


def test_a_single_question_left_is_not_called_none_of_them() -> None:
    """One unanswered question is named in the singular."""
    text = render.text(
        with_facts(
            risk_of_harm="imminent",
            client_identity="certain",
            caseload="own",
            unwanted_pursuit="yes",
            setting="recovery_group",
            initiator="client",
        )
    )

    assert (
        "Still unanswered: 1 question. Answering it could not change this order."
        in text
    )


def test_a_question_that_could_change_the_first_choice_is_named() -> None:
    """If few answers could change the first choice, each is asked."""
    now = attrs.evolve(
        verdicts.message_from_an_active_client(),
        situation=verdicts.policy().vocabulary.situation({"contact": "message"}),
    )
    other = attrs.evolve(now, ranking=(now.ranking[1], now.ranking[0], now.ranking[2]))
    worlds = verdicts.Worlds({"status": {"former": other}})
    text = " ".join(render.text(attrs.evolve(now, presenter=worlds)).split())

    assert "could change this order and the first choice (see" in text
    assert "open-questions`): - Is the client active?" in text


def test_with_nothing_known_it_says_so_and_numbers_nothing() -> None:
    """It ranks nothing, and says first that it cannot."""
    lines = render.text(verdicts.nothing_known()).splitlines()

    assert "Not enough is known to rank the responses." == lines[0]
    assert "  - Decline politely" in lines
    assert not any(line.lstrip().startswith("1.") for line in lines)


def test_with_nothing_known_it_asks_what_would_rank() -> None:
    """Danger is checked first, then come the questions that could give an order."""
    text = render.text(boundaryethics.consult({}))
    parts = paragraphs(text)

    assert "Not enough is known to rank the responses." == parts[0]
    assert parts[1].startswith("Check first: ")
    assert parts[2].startswith("Find out first - ")
    assert "What kind of contact was it?" in parts[2]


def test_reasons_that_balance_are_not_too_little_knowledge() -> None:
    """If reasons exist and all four tie, it says that they balance."""
    made = verdicts.policy()
    balanced = verdicts.verdict(
        made,
        {"contact": "message"},
        ("answer-kindly",),
        *(
            verdicts.assessed(option, 1, verdicts.reason(made, "long-after", *one))
            for option, one in {"continue": ("favors", "continue")}.items()
        ),
        *(verdicts.assessed(option, 1) for option in ("ignore", "decline", "leave")),
    )

    balance = "The reasons for and against balance out, so all four are tied."
    assert balance == render.text(balanced).splitlines()[0]


def test_a_dilemma_comes_first_among_notices_with_both_its_sides() -> None:
    """If a response is both required and ruled out, it says to talk to someone."""
    text = render.text(verdicts.dilemma())
    talk, *sides = text.split("\n\n")[1].splitlines()

    assert talk.startswith("Talk to someone before acting. Staying in contact is both")
    assert [
        "  - Requires staying in contact: It is demanded. (Code, 3.05)",
        "  - Rules out staying in contact: It is ruled out. (Code, 3.05)",
    ] == sides


def test_the_full_text_says_what_decides_pairs_that_are_alike_once() -> None:
    """Two options above others for the same reason need one line."""
    made = verdicts.policy()
    because = verdicts.reason(made, "no-second-role", "opposes", "continue")
    verdict = verdicts.verdict(
        made,
        {"status": "active"},
        ("no-second-role",),
        *(verdicts.assessed(option, 1) for option in ("ignore", "decline", "leave")),
        verdicts.assessed("continue", 2, because),
    )
    shown = section(render.text(verdict, 200, full=True), "Why this order")

    together = "Not responding, declining and leaving over staying in contact"
    assert [f"  - {together}: strong reasons decide [1]."] == shown


def test_a_step_of_a_weaker_level_says_that_the_stronger_are_tied() -> None:
    """The full text says why strong reasons did not decide."""
    made = verdicts.policy()
    because = verdicts.reason(made, "long-after", "favors", "continue")
    verdict = verdicts.verdict(
        made,
        {"status": "former", "since": "long"},
        ("long-after",),
        verdicts.assessed("continue", 1, because),
        verdicts.assessed("leave", 2),
    )
    shown = section(render.text(verdict, 200, full=True), "Why this order")

    decides = "tied on strong and moderate reasons; weak reasons decide [1]."
    assert [f"  - Staying in contact over leaving: {decides}"] == shown


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

    assert "  1. Keep away (tied)" in lines
    assert "  1. Say no (tied)" in lines
    assert "  2. Leave the group or platform" in lines
    assert "Keeping away and saying no are tied, given what is known." in lines


@pytest.mark.parametrize("full", [False, True], ids=["short", "full"])
def test_danger_comes_before_everything_else(*, full: bool) -> None:
    """Urgent advice opens the answer with its section, and is given once."""
    text = render.text(verdicts.danger(), full=full)

    assert ["DANGER: DO THIS FIRST", "  - Act now. (Code, B)", ""] == (
        text.splitlines()[:3]
    )
    assert 1 == text.count("Act now.")
    assert ["  - Take it to supervision. (Code, B)"] == section(
        text, "Whichever you choose"
    )


@pytest.mark.parametrize(
    ("risk", "first"),
    [
        ("imminent", "HARM COULD BE IMMINENT. DO THIS FIRST."),
        ("elevated", "THERE ARE SOME WARNING SIGNS. DO THIS FIRST."),
    ],
)
def test_the_first_line_names_the_danger(risk: str, first: str) -> None:
    """The first line says how near the danger is, and the crisis advice follows."""
    lines = render.text(with_facts(risk_of_harm=risk)).splitlines()

    assert first == lines[0]
    assert lines[1].startswith("  - ")
    assert not any(line.startswith("Check first") for line in lines)
    decline = "  1. Respond as their clinician and decline personal contact"
    assert decline in lines


def test_danger_comes_before_a_tie() -> None:
    """Too little knowledge for a ranking is no reason to wait."""
    first, *lines = render.text(verdicts.danger(tied=True)).splitlines()

    assert "DANGER: DO THIS FIRST" == first
    assert "Not enough is known to rank the responses." in lines


def test_what_is_ruled_out_has_no_number() -> None:
    """It follows the ranking with its reason, and the actions leave it out."""
    text = render.text(verdicts.danger(), 200)
    shown = section(text, "Then, suggested order under a small code")

    assert [
        "  1. Decline politely",
        "  2. Stay in contact and don't bring it up",
        "  -  Don't respond: ruled out. Never in danger. (Code, 3.05)",
    ] == shown[:3]
    assert shown[3].endswith(": ruled out, for the same reason. (Code, 3.05)")
    assert "over 3" not in text
    assert "forbid" not in text.lower()


def test_if_all_is_ruled_out_it_says_so() -> None:
    """No response is put first if none is allowed."""
    lines = render.text(verdicts.nothing_left(), 200).splitlines()

    assert lines[0].startswith("This policy rules out all four responses.")
    assert lines[0].endswith("Talk to someone before acting.")
    assert not any(line.startswith("  1. ") for line in lines)


def test_what_is_required_says_why() -> None:
    """A required response is shown so, with the first rule that requires it."""
    made = verdicts.policy()
    why = verdicts.reason(made, "must-go-on", "requires", "continue")
    verdict = verdicts.verdict(
        made,
        {"status": "active"},
        ("must-go-on",),
        verdicts.assessed("continue", 1, why),
        *(verdicts.assessed(option, 2) for option in ("ignore", "decline", "leave")),
    )
    lines = render.text(verdict).splitlines()

    label = "  1. Stay in contact and don't bring it up: required."
    assert f"{label} It is demanded. (Code, 3.05)" == lines[1]


def test_it_names_its_policy() -> None:
    """Every answer has its disclaimer, its policy and the policy's digest."""
    verdict = verdicts.message_from_an_active_client()
    lines = render.text(verdict).splitlines()

    assert render.NOTE in lines
    text = verdict.text_fingerprint[:8]
    shown = f"small (fingerprint {verdict.fingerprint[:8]}, text {text})"
    assert shown in " ".join(lines[-2:])


@pytest.mark.parametrize("full", [False, True], ids=["short", "full"])
@pytest.mark.parametrize("width", [60, 72, 88, 120])
def test_no_line_is_wider_than_asked(width: int, *, full: bool) -> None:
    """Text is wrapped to the width of the page."""
    widths = [len(line.text) for line in render.lines(STEP4, width, full=full)]

    assert max(widths) <= width


def test_on_a_narrow_page_marks_have_lines_of_their_own() -> None:
    """Below 72 columns the reason for a step begins on the next line."""
    lines = render.text(STEP4, 60).splitlines()

    assert lines[lines.index("  1 over 2") + 1].startswith('    An honest, kind "no"')


def test_text_cannot_steer_a_terminal() -> None:
    """Control characters in a policy's words are not passed on."""
    first, *others = verdicts.WRITTEN["rules"]
    hostile = {**first, "because": "Calm \x1b[2J\x07words."}
    written = {**verdicts.WRITTEN, "rules": [hostile, *others]}
    verdict = verdicts.message_from_an_active_client(verdicts.policy(written))

    assert "Calm [2Jwords." in render.text(verdict)
