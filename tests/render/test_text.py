"""The text of a verdict for a terminal."""

from __future__ import annotations

import re

import attrs
import pytest

import boundaryethics
from boundaryethics import consult, render
from boundaryethics.errors import as_command
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_situation
from boundaryethics.render.wording import named
from support import verdicts
from support.small_policies import policy_of

STEP4 = boundaryethics.consult(
    load_situation(
        "examples/step4_message.yaml",
        boundaryethics.load_policy("apa-2017").vocabulary,
    ),
    policy="apa-2017",
)


def with_facts(**facts: str) -> Verdict:
    """Consult on the worked example with changed *facts*."""
    return STEP4.with_facts(**facts)


def section(text: str, heading: str) -> list[str]:
    """Return the lines of *text* under *heading*."""
    lines = text.splitlines()
    start = lines.index(heading) + 1
    return lines[start : lines.index("", start)]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of *text*, each on one line."""
    return [" ".join(one.split()) for one in text.split("\n\n")]


def test_the_worked_example_fits_on_a_page() -> None:
    """The text has at most 45 lines, and its first 14 are complete."""
    lines = render.text(STEP4).splitlines()

    assert 45 >= len(lines)
    assert render.NOTE in lines[:14]
    assert 88 >= max(map(len, lines))


def test_the_ranking_comes_first() -> None:
    """The ranking comes before its reasons, without IDs."""
    verdict = verdicts.message_from_an_active_client()
    first, second, *_ = render.text(verdict).splitlines()

    assert "Suggested order under a small code" == first
    assert "  1. Decline politely" == second


def test_urgent_questions_and_supervision_come_before_reasons() -> None:
    """So does the disclaimer."""
    parts = paragraphs(render.text(STEP4))
    why = next(n for n, one in enumerate(parts) if one.startswith("Why this order"))

    assert parts[1].startswith("Check first: ")
    assert "If there are warning signs, act today." in parts[1]
    assert "not replying and leaving are both ruled out." in parts[1]
    assert parts[2].startswith("Talk to your supervisor or a consultant before you")
    assert render.NOTE == parts[3]
    assert 4 == why


def test_a_tie_is_shown_and_explained() -> None:
    """Tied options share a number and a mark, and a sentence says that they tie."""
    text = render.text(verdicts.message_from_an_active_client())
    shown = section(text, "Suggested order under a small code")

    assert "  3. Don't respond (tied)" in shown
    assert "  3. Stay in contact without discussing it (tied)" in shown
    tied = "Not responding and staying in contact are tied, given what is known."
    assert tied == paragraphs(text)[1]


def test_each_comparison_has_a_reason_with_its_section() -> None:
    """With ties, each pair has a reason; a repeated one is only referred to."""
    shown = section(
        render.text(verdicts.message_from_an_active_client()), "Why this order"
    )

    assert [
        "  1 over 2  Whoever asks is owed an answer. (Code, B, Trust)",
        "  2 over 3  The same reason as for 1 over 2. (Code, B)",
        "  2 over 3  Two roles blur. (Code, 3.05)",
    ] == shown


def test_further_reasons_are_counted_with_their_sections() -> None:
    """One reason is given for each comparison; the others are counted."""
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
def test_every_reason_and_action_has_its_sections(
    verdict: Verdict, *, full: bool
) -> None:
    """The cited sections follow in parentheses."""
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
    """The short text shows labels instead of IDs."""
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

    assert "A recovery group; a direct message; started by the client" in text
    assert re.search(r"Checked in a word-for-word quotation: .*3\.05\(a\)", text)
    assert "Method: strongest reasons first (levelwise)." in text


def test_supervision_questions_refer_to_numbered_reasons() -> None:
    """This is so in the full text."""
    shown = section(
        render.text(verdicts.message_from_an_active_client(), full=True),
        "Questions for supervision, with the reasons above",
    )

    assert [
        "  - Which does the least harm? [1] [2]",
        "  - How is it best declined? [1]",
    ] == shown


def test_questions_that_cannot_apply_are_not_asked() -> None:
    """Time since termination is not asked about while treatment continues."""
    verdict = verdicts.message_from_an_active_client()

    assert ("since",) == verdict.unknown
    assert "since" not in render.text(verdict, full=True)


def effects_by_brute_force(verdict: Verdict) -> tuple[int, int, int]:
    """Count the questions about the order, those about the first choice, and checks."""
    order, leading, checks = 0, 0, 0
    for name in verdict.unknown:
        worlds = [*verdict.what_if(name).values()]
        if verdict.situation.vocabulary[name].question and any(
            (places(world), statuses(world)) != (places(verdict), statuses(verdict))
            for world in worlds
        ):
            order += 1
            if any(first(world) != first(verdict) for world in worlds):
                is_check = any(world.urgent for world in worlds) and not verdict.urgent
                checks, leading = checks + is_check, leading + (not is_check)
    return order, leading, checks


def places(verdict: Verdict) -> list[list[Option]]:
    """Return the ranking without the options that are ruled out."""
    ranked = [[o for o in p if o not in verdict.ruled_out] for p in verdict.ranking]
    return [place for place in ranked if place]


def statuses(verdict: Verdict) -> list[str]:
    """Return the status of each option."""
    return [one.status for one in verdict.assessments]


def first(verdict: Verdict) -> list[tuple[str, str]]:
    """Return the options that rank first, with their names."""
    return [(option, named(verdict, option)) for option in verdict.best]


FORMER_AFTER_A_MENTION = {
    "client_status": "former",
    "contact": "public_mention",
    "risk_of_harm": "none",
    "time_since_termination": "2_to_5_years",
    "client_vulnerable": "no",
    "client_minor_now": "yes",
    "personal_disclosure": "some",
    "message_content": "romantic",
    "unwanted_pursuit": "no",
    "relationship_before_treatment": "yes",
}


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (STEP4, ', but only "Check first" could change the first choice (see '),
        (
            boundaryethics.consult({"contact": "message", "client_status": "active"}),
            '; 1 of those, and "Check first", could also change the first choice (see ',
        ),
        (
            boundaryethics.consult(
                {
                    "contact": "connection_request",
                    "initiator": "third_party",
                    "message_content": "social",
                    "client_vulnerable": "no",
                    "transference_concern": "no",
                    "risk_of_harm": "none",
                }
            ),
            ", but none of them could change the first choice (see ",
        ),
        (
            boundaryethics.consult(FORMER_AFTER_A_MENTION),
            ", but not the first choice (see ",
        ),
        (
            boundaryethics.consult(
                {
                    "contact": "public_mention",
                    "client_recognized_clinician": "no",
                    "time_since_termination": "over_5_years",
                    "small_community": "yes",
                    "caseload": "own",
                }
            ),
            " and the first choice (see ",
        ),
    ],
)
def test_unknown_answers_are_counted_by_their_possible_effect(
    verdict: Verdict, words: str
) -> None:
    """The counts agree with consulting again for each value of each fact."""
    order, leading, checks = effects_by_brute_force(verdict)
    text = " ".join(render.text(verdict).split())
    counted = "One of them could" if order == 1 else f"Any one of {order} could"

    assert f"{counted} change the order{words}" in text
    assert ("and the first choice" in words) == (order == leading + checks)
    assert (f"; {leading} of those" in words) == (0 < leading < order)
    assert ("Check first" in words) == (0 < checks < order)


def test_a_single_unanswered_question_is_in_the_singular() -> None:
    """The sentence says that the question could not change the order."""
    text = render.text(
        with_facts(
            risk_of_harm="imminent",
            client_identity="certain",
            caseload="own",
            unwanted_pursuit="yes",
            client_minor_then="no",
            setting="recovery_group",
            initiator="client",
        )
    )

    assert "1 question is unanswered. Answering it could not change this order." in text


def test_questions_that_could_change_the_top_response_are_listed() -> None:
    """This applies if there are only a few."""
    now = attrs.evolve(
        verdicts.message_from_an_active_client(),
        situation=verdicts.policy().vocabulary.situation({"contact": "message"}),
    )
    other = attrs.evolve(now, ranking=(now.ranking[1], now.ranking[0], now.ranking[2]))
    worlds = verdicts.Worlds({"status": {"former": other}})
    text = " ".join(render.text(attrs.evolve(now, presenter=worlds)).split())

    assert "could change the order and the first choice (see" in text
    assert "open_questions(verdict)`): - Is the client active?" in text


def test_the_advice_on_how_to_see_more_works_where_it_is_shown() -> None:
    """The command names its options, and Python its methods."""
    for verdict in (verdicts.message_from_an_active_client(), consult({})):
        with as_command():
            in_command = render.text(verdict)
        in_python = render.text(verdict)

        assert "--full" in in_command
        assert "verdict." not in in_command
        assert "`verdict.text(full=True)`" in in_python
        assert "`verdict.worksheet()`" in in_python
        assert not any(word in in_python for word in ("--full", "run `boundaryethics "))
    assert verdict.text(full=True)
    assert verdict.worksheet()


def test_without_facts_nothing_is_ranked() -> None:
    """The text begins by saying that not enough is known."""
    lines = render.text(verdicts.nothing_known()).splitlines()

    assert "Not enough is known to rank the responses." == lines[0]
    assert "  - Decline politely" in lines
    assert not any(line.lstrip().startswith("1.") for line in lines)


def test_without_facts_the_text_asks_what_to_find_out() -> None:
    """Danger is checked first; then come questions that could give an order."""
    text = render.text(boundaryethics.consult({}))
    parts = paragraphs(text)

    assert "Not enough is known to rank the responses." == parts[0]
    assert parts[1].startswith("Check first: ")
    assert parts[2].startswith("Find out first - ")
    assert "What kind of contact was it?" in parts[2]


def test_balanced_reasons_are_reported_as_such() -> None:
    """If reasons exist and all four tie, the text says that they balance."""
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


def test_a_dilemma_is_the_first_notice_and_shows_both_sides() -> None:
    """If a response is both required and ruled out, it says to talk to someone."""
    text = render.text(verdicts.dilemma())
    talk, *sides = text.split("\n\n")[1].splitlines()

    assert talk.startswith("Talk to someone before acting. Staying in contact is both")
    assert [
        "  - Requires staying in contact: It is demanded. (Code, 3.05)",
        "  - Rules out staying in contact: It is ruled out. (Code, 3.05)",
    ] == sides


def test_the_full_text_groups_pairs_with_the_same_reason() -> None:
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


def test_a_weaker_deciding_level_says_that_stronger_ones_tie() -> None:
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


def test_options_have_the_labels_of_the_policy() -> None:
    """The first label that matches is used, also within sentences."""
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
    """The text begins with urgent advice and its section, and does not repeat it."""
    text = render.text(verdicts.danger(), full=full)

    assert ["DANGER: DO THIS FIRST", "  - Act now. (Code, B)", ""] == (
        text.splitlines()[:3]
    )
    assert 1 == text.count("Act now.")
    assert ["  - Take it to supervision. (Code, B)"] == section(text, "Also do this")


@pytest.mark.parametrize(
    ("risk", "first"),
    [
        ("imminent", "HARM COULD BE IMMINENT. DO THIS FIRST."),
        ("elevated", "THERE ARE WARNING SIGNS. DO THIS FIRST."),
    ],
)
def test_the_first_line_names_the_danger(risk: str, first: str) -> None:
    """The first line says how near the danger is, and the crisis advice follows."""
    lines = render.text(with_facts(risk_of_harm=risk)).splitlines()

    assert first == lines[0]
    assert lines[1].startswith("  - ")
    assert not any(line.startswith("Check first") for line in lines)
    decline = "  1. Respond as a clinician and decline personal contact"
    assert decline in lines


def test_danger_comes_before_a_tie() -> None:
    """Urgent advice comes first even if not enough is known to rank."""
    first, *lines = render.text(verdicts.danger(tied=True)).splitlines()

    assert "DANGER: DO THIS FIRST" == first
    assert "Not enough is known to rank the responses." in lines


def test_options_that_are_ruled_out_have_no_number() -> None:
    """They follow the ranking with their reason, and no action mentions them."""
    text = render.text(verdicts.danger(), 200)
    shown = section(text, "Then choose a response: suggested order under a small code")

    assert [
        "  1. Decline politely",
        "  2. Stay in contact without discussing it",
        "  -  Not responding is ruled out. Never in danger. (Code, 3.05)",
    ] == shown[:3]
    assert shown[3].endswith(" is ruled out, for the same reason. (Code, 3.05)")
    assert "over 3" not in text
    assert "forbid" not in text.lower()


def test_the_text_says_if_all_options_are_ruled_out() -> None:
    """No option is then listed as first."""
    lines = render.text(verdicts.nothing_left(), 200).splitlines()

    assert lines[0].startswith("This policy rules out all four responses.")
    assert lines[0].endswith("Talk to someone before acting.")
    assert not any(line.startswith("  1. ") for line in lines)


def test_a_required_option_has_its_reason() -> None:
    """It is marked as required, with the first rule that requires it."""
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

    label = "  1. Stay in contact without discussing it: required."
    assert f"{label} It is demanded. (Code, 3.05)" == lines[1]


def test_the_text_names_its_policy() -> None:
    """It has the disclaimer, the policy and the policy's fingerprints."""
    verdict = verdicts.message_from_an_active_client()
    lines = render.text(verdict).splitlines()

    assert render.NOTE in lines
    text = verdict.text_fingerprint[:8]
    shown = f"small (fingerprint {verdict.fingerprint[:8]}, text {text})"
    assert shown in " ".join(lines[-2:])


@pytest.mark.parametrize("full", [False, True], ids=["short", "full"])
@pytest.mark.parametrize("width", [60, 72, 88, 120])
def test_no_line_exceeds_the_requested_width(width: int, *, full: bool) -> None:
    """Text is wrapped to the width of the page."""
    widths = [len(line.text) for line in render.lines(STEP4, width, full=full)]

    assert max(widths) <= width


def test_on_a_narrow_page_reasons_begin_on_a_new_line() -> None:
    """This applies below 72 columns."""
    lines = render.text(STEP4, 60).splitlines()

    assert lines[lines.index("  1 over 2") + 1].startswith('    An honest, kind "no"')


def test_control_characters_are_removed_from_text() -> None:
    """A policy's texts cannot control the terminal."""
    first, *others = verdicts.WRITTEN["rules"]
    hostile = {**first, "because": "Calm \x1b[2J\x07words."}
    written = {**verdicts.WRITTEN, "rules": [hostile, *others]}
    verdict = verdicts.message_from_an_active_client(verdicts.policy(written))

    assert "Calm [2Jwords." in render.text(verdict)


def test_a_check_quotes_the_answer_of_a_fact_without_phrases() -> None:
    """The sentence is complete for every policy."""
    call = {"call": {"says": "Call for help.", "urgent": True}}
    stays = {"advises": "call", "forbids": "leave", "favors": {"decline": "weak"}}
    policy = policy_of(
        [
            {"id": "calms", "then": {"favors": {"ignore": "weak"}}},
            {"id": "warns", "when": {"danger": "yes"}, "then": stays},
        ],
        actions=call,
    )
    text = render.text(consult({}, policy))

    assert "Check first: Is there danger?" in text
    assert 'If the answer is "Yes", leaving is ruled out.' in " ".join(text.split())
