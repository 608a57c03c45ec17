"""The content of the supervision worksheet in each of its three formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics import render
from boundaryethics.model.verdict import Presenter, Verdict
from boundaryethics.render.worksheet import sheet
from render.test_markup import HOSTILE, Outline
from support import verdicts

FORMS = ("text", "markdown", "html")

DRAFTING: Mapping[str, Any] = {
    **verdicts.WRITTEN,
    "draft_parts": {
        "bye": {"slot": "closing", "says": "Take good care."},
        "no": {"slot": "boundary", "says": "I cannot [your own reason]."},
        "never": {"slot": "thanks", "says": "Thanks are not licensed."},
    },
    "rules": [
        *verdicts.WRITTEN["rules"],
        {
            "id": "say-no",
            "then": {"drafts": ["bye", "no"]},
            "principle": "trust",
            "because": "A plain no is kind.",
        },
    ],
}


def shown_by(verdict: Verdict, worlds: Presenter | None = None) -> Verdict:
    """Return *verdict* with a presenter that answers what-ifs."""
    return attrs.evolve(verdict, presenter=worlds or verdicts.Worlds({}))


def drafting(written: Mapping[str, Any] = DRAFTING) -> Verdict:
    """Return a verdict in which one rule selects two parts of a draft."""
    verdict = verdicts.message_from_an_active_client(verdicts.policy(written))
    binding = (*verdict.derivation.binding, "say-no")
    return shown_by(
        attrs.evolve(
            verdict, derivation=type(verdict.derivation).of(binding, {}, frozenset())
        )
    )


def read(verdict: Verdict, form: str) -> str:
    """Return the text of the worksheet, on one line and without markup."""
    written = render.worksheet(verdict, form)
    if form == "html":
        written = Outline(written).text
    plain = written.replace("\\", "").replace("\n  | ", " ")
    return " ".join(plain.split())


@pytest.mark.parametrize("form", FORMS)
def test_the_worksheet_has_facts_ranking_and_actions(form: str) -> None:
    """It has each stated fact with its value, each option, and each action."""
    data = read(drafting(), form).replace("*", "")

    assert "What happened? Message; Is the client active? Active." in data
    assert "Decline politely" in data
    assert "Whoever asks is owed an answer. (Code, B, Trust)" in data
    assert "Take it to supervision. (Code, B)" in data


@pytest.mark.parametrize("form", FORMS)
def test_each_rule_is_shown_once_with_its_citation(form: str) -> None:
    """It is under the first question that it concerns; others refer to its number."""
    questions = read(drafting(), form).partition("Questions for supervision")[2]
    questions = questions.partition("Draft message to adapt")[0]

    assert 1 == questions.count("Whoever asks is owed an answer.")
    assert "(Code, B, Trust)" in questions
    assert "See [1]." in questions


@pytest.mark.parametrize("form", FORMS)
def test_every_question_has_room_for_notes(form: str) -> None:
    """This includes questions without rules."""
    data = read(shown_by(verdicts.nothing_known()), form)

    assert 2 == data.count("Notes")
    assert "No rule addresses this question here." in data


@pytest.mark.parametrize("form", FORMS)
def test_draft_parts_are_in_the_order_of_their_slots(form: str) -> None:
    """Only selected parts are on the sheet, each with its rule."""
    data = read(drafting(), form)

    assert "I cannot [your own reason]. Take good care." in data
    assert 1 == data.count("A plain no is kind. (Code, B, Trust)")
    assert "Boundary, closing: A plain no is kind." in data
    assert "Thanks are not licensed." not in data


DIRECTED: Mapping[str, Any] = {
    **DRAFTING,
    "draft_parts": {
        "no": {"slot": "boundary", "direction": "In person only.", "says": "I cannot."},
        "bye": {"slot": "closing", "direction": "Then wait."},
        "never": {"slot": "thanks", "says": "Thanks are not licensed."},
    },
}


def test_a_direction_is_on_a_separate_line() -> None:
    """It comes before its sentence, and is not part of the message."""
    text = render.worksheet(drafting(DIRECTED), "text").splitlines()
    start = text.index("  How to say it: In person only.")
    markdown = render.worksheet(drafting(DIRECTED), "markdown")
    html = render.worksheet(drafting(DIRECTED), "html")

    assert ["  | I cannot.", "  How to say it: Then wait."] == text[
        start + 1 : start + 3
    ]
    assert "*How to say it:* In person only.\n\n> I cannot.\n\n*How" in markdown
    assert '<p class="direction"><b>How to say it:</b> In person only.</p>' in html
    assert "<blockquote>I cannot.</blockquote>" in html


@pytest.mark.parametrize("form", FORMS)
def test_the_worksheet_begins_with_danger(form: str) -> None:
    """Urgent actions come first, and are not repeated."""
    data = read(shown_by(verdicts.danger()), form).replace("#", "")
    title = "Supervision worksheet"
    _, _, after = (
        data.rpartition(f"{title} ") if form == "html" else data.partition(title)
    )

    assert after.strip(" =").lower().startswith("danger: do this first")
    assert 1 == data.count("Act now. (Code, B)")
    assert "Then choose a response: suggested order" in data


@pytest.mark.parametrize("form", FORMS)
def test_options_that_are_ruled_out_have_no_number_on_the_worksheet(form: str) -> None:
    """They follow the ranking, with the first rule that rules them out."""
    written = render.worksheet(shown_by(verdicts.danger()), form)
    dash = {
        "text": "  -  Not responding is ",
        "markdown": "- Not responding is ",
        "html": "<li>Not responding is ",
    }

    assert f"{dash[form]}ruled out. Never in danger." in written
    assert "3. " not in written.partition("Also do this")[0]
    assert 'value="3"' not in written
    assert "forbid" not in written.lower()


def test_options_that_are_ruled_out_are_listed_after_an_order() -> None:
    """This applies to the effects of unknown facts."""
    made = verdicts.policy()
    now = attrs.evolve(
        verdicts.message_from_an_active_client(made),
        situation=made.vocabulary.situation({"contact": "message"}),
    )
    worlds = verdicts.Worlds({"status": {"active": verdicts.danger(made)}})
    found = sheet(shown_by(now, worlds), {}).found

    (change,) = found.order
    shown = (
        "1 declining, 2 staying in contact; not responding and leaving are ruled out"
    )
    assert (("Active", shown),) == change.effects


@pytest.mark.parametrize("form", FORMS)
def test_a_worksheet_without_a_draft_gives_the_reason(form: str) -> None:
    """One sentence says so, with the reason if it is known."""
    waiting = verdicts.message_from_an_active_client(verdicts.policy(DRAFTING))

    assert "more needs to be known first" in read(shown_by(waiting), form)
    without = shown_by(verdicts.message_from_an_active_client())
    assert "This policy has no sentences to draft from." in read(without, form)


def test_unknown_facts_are_grouped_by_their_effect() -> None:
    """A value that changes the order is listed with the new order; others are brief."""
    now = attrs.evolve(
        drafting(),
        situation=drafting().policy.vocabulary.situation({"contact": "message"}),
    )
    made = now.policy
    other = verdicts.verdict(
        made,
        {"contact": "message"},
        (),
        verdicts.assessed("leave", 1),
        verdicts.assessed("decline", 2),
        *(verdicts.assessed(option, 3) for option in ("ignore", "continue")),
    )
    worlds = verdicts.Worlds(
        {"status": {"active": now, "former": other}, "since": {"long": now}}
    )
    found = sheet(shown_by(now, worlds), {}).found

    (change,) = found.order
    assert "Is the client active?" == change.question
    assert (("Former", "leaving moves above declining"),) == change.effects
    assert ["How long ago did it end?"] == [one.question for one in found.nothing]


def test_facts_that_change_only_the_draft_are_listed_separately() -> None:
    """Such a fact is listed with what it could change."""
    now = attrs.evolve(
        drafting(),
        situation=drafting().policy.vocabulary.situation({"contact": "message"}),
    )
    silent = verdicts.message_from_an_active_client(now.policy)
    worlds = verdicts.Worlds({"status": {"former": silent}})
    found = sheet(shown_by(now, worlds), {}).found

    assert () == found.order
    (other,) = found.others
    assert ("Is the client active?", ("draft message",)) == (
        other.question,
        other.others,
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_worksheet_has_a_disclaimer_and_a_privacy_note(form: str) -> None:
    """No worksheet goes without either sentence."""
    data = read(drafting(), form)

    assert "This supports your professional judgment and supervision." in data
    assert "Do not write the client's name, account or words." in data


def test_the_text_fits_the_page_width() -> None:
    """No line is wider than a page."""
    lines = render.worksheet(drafting(), "text").splitlines()

    assert 88 >= max(map(len, lines))


def test_policy_texts_are_escaped_on_the_worksheet() -> None:
    """No text of a policy opens a tag or a link."""
    written = {
        **DRAFTING,
        "title": HOSTILE,
        "questions": {"harm": {"says": HOSTILE}, "declining": {"says": HOSTILE}},
        "actions": {"supervise": {"says": HOSTILE}},
        "draft_parts": {
            name: {**part, "direction": HOSTILE, "says": HOSTILE}
            for name, part in DRAFTING["draft_parts"].items()
        },
        "rules": [{**rule, "because": HOSTILE} for rule in DRAFTING["rules"]],
    }
    html = render.worksheet(drafting(written), "html")
    markdown = render.worksheet(drafting(written), "markdown")

    assert {"script", "a", "img"}.isdisjoint(tag for tag, _ in Outline(html).tags)
    assert "<script" not in markdown.replace(r"\<script", "")
    assert r"\*bold\* \[link\]" in markdown


def test_html_is_one_well_nested_page_without_other_files() -> None:
    """It is a whole document with its own style, for phones and for print."""
    page = render.worksheet(drafting(), "html")
    tags = Outline(page.removeprefix("<!DOCTYPE html>")).tags

    assert page.startswith("<!DOCTYPE html>")
    assert {"link", "script", "img", "iframe"}.isdisjoint(tag for tag, _ in tags)
    assert not re.search(r"url\(|https?:|@import", page)
    assert "width=device-width" in page
    assert "@media print" in page
    assert [] == Outline(page).open


def test_html_headings_do_not_skip_levels() -> None:
    """Screen readers use headings to navigate."""
    tags = [tag for tag, _ in Outline(render.worksheet(drafting(), "html")).tags]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]

    assert 1 == levels[0]
    assert 1 == max(below - above for above, below in pairwise(levels))


def test_an_unknown_format_is_rejected() -> None:
    """The error suggests the nearest format."""
    with pytest.raises(ValueError, match=r"`markdwn`\s+help: did you mean `markdown`"):
        render.worksheet(drafting(), "markdwn")


@pytest.mark.parametrize("form", FORMS)
def test_the_worksheet_says_if_all_options_are_ruled_out(form: str) -> None:
    """It says so once, and no option has a number."""
    data = read(shown_by(verdicts.nothing_left()), form)

    assert 1 == data.count("This policy rules out all four responses.")
    assert "all four responses are ruled out" not in data.lower()
    assert 1 == data.count("ruled out. Never in danger.")
    assert 3 == data.count("ruled out, for the same reason.")


@pytest.mark.parametrize("form", FORMS)
def test_questions_about_danger_come_first_with_check_boxes(form: str) -> None:
    """If danger is not stated, the worksheet asks about it before everything else."""
    verdict = boundaryethics.consult({"contact": "message"}, "apa-2017")
    data = read(verdict, form).replace("*", "").replace("#", "")
    _, _, after = data.rpartition("Supervision worksheet ")

    assert after.strip(" =").startswith("Check first: Could the client or anyone else")
    assert after.index("Some warning signs") < after.index("Keep this anonymous.")
