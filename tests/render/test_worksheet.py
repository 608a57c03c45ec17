"""The supervision worksheet: what stands on it, in each of its three forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import attrs
import pytest

from boundaryethics import render
from boundaryethics.model.verdict import Presenter, Verdict
from boundaryethics.render.worksheet import sheet
from render.test_markup import HOSTILE, Outline
from support import verdicts
from support.small_policies import Silent

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


@attrs.frozen
class Worlds:
    """A presenter that knows what each value of some facts would give."""

    known: Mapping[str, Mapping[str, Verdict]]
    rendered, prove, worksheet = Silent.rendered, Silent.prove, Silent.worksheet

    def what_if(self, _: Verdict, fact: str, /) -> Mapping[str, Verdict]:
        """What is known of *fact*."""
        return self.known.get(fact, {})


def shown_by(verdict: Verdict, worlds: Presenter | None = None) -> Verdict:
    """*verdict* with a presenter that answers what-ifs."""
    return attrs.evolve(verdict, presenter=worlds or Worlds({}))


def drafting(written: Mapping[str, Any] = DRAFTING) -> Verdict:
    """A verdict in which one rule licenses two parts of a draft."""
    verdict = verdicts.message_from_an_active_client(verdicts.policy(written))
    binding = (*verdict.derivation.binding, "say-no")
    return shown_by(
        attrs.evolve(
            verdict, derivation=type(verdict.derivation).of(binding, {}, frozenset())
        )
    )


def read(verdict: Verdict, form: str) -> str:
    """The words of the worksheet, on one line and without markup."""
    written = render.worksheet(verdict, form)
    if form == "html":
        written = Outline(written).text
    plain = written.replace("\\", "").replace("\n  | ", " ")
    return " ".join(plain.split())


@pytest.mark.parametrize("form", FORMS)
def test_facts_ranking_and_steps_are_there(form: str) -> None:
    """Each stated fact with its value, each option, and each step."""
    told = read(drafting(), form).replace("*", "")

    assert "What happened? message" in told.replace("?message", "? message")
    assert "Decline politely" in told
    assert "for declining: Whoever asks is owed an answer." in told
    assert "Take it to supervision." in told


@pytest.mark.parametrize("form", FORMS)
def test_each_rule_is_told_once_with_its_citation(form: str) -> None:
    """Under the first question that it speaks to; later ones refer to its number."""
    questions = read(drafting(), form).partition("The questions, one by one")[2]
    questions = questions.partition("A draft of")[0]

    assert 1 == questions.count("Whoever asks is owed an answer.")
    assert "(Code, B, Trust)" in questions
    assert "See also [1] above." in questions


@pytest.mark.parametrize("form", FORMS)
def test_every_question_has_room_for_notes(form: str) -> None:
    """A question to which no rule speaks has room all the same."""
    told = read(shown_by(verdicts.nothing_known()), form)

    assert 2 == told.count("Notes")
    assert "No rule that applies here speaks to this question." in told


@pytest.mark.parametrize("form", FORMS)
def test_the_draft_stands_in_the_order_of_its_slots(form: str) -> None:
    """Only licensed parts, each with its rule; no other part is on the sheet."""
    told = read(drafting(), form)

    assert "I cannot [your own reason]. Take good care." in told
    assert 2 == told.count("A plain no is kind. (Code, B, Trust)")
    assert "Thanks are not licensed." not in told


DIRECTED: Mapping[str, Any] = {
    **DRAFTING,
    "draft_parts": {
        "no": {"slot": "boundary", "direction": "In person only.", "says": "I cannot."},
        "bye": {"slot": "closing", "direction": "Then wait."},
        "never": {"slot": "thanks", "says": "Thanks are not licensed."},
    },
}


def test_a_direction_has_a_line_of_its_own() -> None:
    """It comes before what it is about, and is not among what is spoken."""
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
def test_danger_opens_the_sheet(form: str) -> None:
    """What is urgent comes before all else on the sheet, and is not said again."""
    told = read(shown_by(verdicts.danger()), form).replace("#", "")
    title = "Supervision worksheet"
    _, _, after = (
        told.rpartition(f"{title} ") if form == "html" else told.partition(title)
    )

    assert after.strip(" =").startswith("Danger: do this first")
    assert 1 == told.count("Act now. (Code, B, Trust)")
    assert "Then, what to do, best first" in told


@pytest.mark.parametrize("form", FORMS)
def test_what_is_ruled_out_has_no_number_on_the_sheet(form: str) -> None:
    """It is told after the ranking, with the first rule that rules it out."""
    written = render.worksheet(shown_by(verdicts.danger()), form)
    dash = {
        "text": "  -  Don't respond: ",
        "markdown": "- Don't respond: ",
        "html": '<b class="place">\N{EN DASH}</b><div>Don&#39;t respond: ',
    }

    assert f"{dash[form]}ruled out. Never in danger. (Code, 3.05)" in written
    assert "3. " not in written.partition("Whichever you choose")[0]
    assert "forbid" not in written.lower()


def test_what_is_ruled_out_is_in_no_order() -> None:
    """What to find out tells the order of what is left, and then what is not."""
    made = verdicts.policy()
    now = attrs.evolve(
        verdicts.message_from_an_active_client(made),
        situation=made.vocabulary.situation({"contact": "message"}),
    )
    worlds = Worlds({"status": {"active": verdicts.danger(made)}})
    found = sheet(shown_by(now, worlds), {}).find_out

    (change,) = found.order
    told = (
        "declining stays first, then staying in contact; "
        "not responding and leaving are ruled out"
    )
    assert (("active", told),) == change.effects


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_is_licensed_it_says_so(form: str) -> None:
    """With no draft there is a sentence, and it tells why as far as that is known."""
    waiting = verdicts.message_from_an_active_client(verdicts.policy(DRAFTING))

    assert "more has to be known first" in read(shown_by(waiting), form)
    without = shown_by(verdicts.message_from_an_active_client())
    assert "This policy has no parts to draft from." in read(without, form)


def test_unknown_facts_are_told_by_what_they_change() -> None:
    """A value that changes the order is told with the new order; others in brief."""
    now = attrs.evolve(
        drafting(),
        situation=drafting().policy.vocabulary.situation({"contact": "message"}),
    )
    other = attrs.evolve(now, ranking=(now.ranking[1], now.ranking[0], now.ranking[2]))
    worlds = Worlds(
        {"status": {"active": now, "former": other}, "since": {"long": now}}
    )
    found = sheet(shown_by(now, worlds), {}).find_out

    (change,) = found.order
    assert "Is the client active?" == change.question
    told = (
        "leaving comes first, then declining, "
        "then not responding and staying in contact"
    )
    assert (("former", told),) == change.effects
    assert ("How long ago did it end?",) == found.nothing


def test_what_changes_only_the_draft_is_told_as_such() -> None:
    """A fact that leaves the order is listed with what it could change."""
    now = attrs.evolve(
        drafting(),
        situation=drafting().policy.vocabulary.situation({"contact": "message"}),
    )
    silent = verdicts.message_from_an_active_client(now.policy)
    worlds = Worlds({"status": {"former": silent}})
    found = sheet(shown_by(now, worlds), {}).find_out

    assert () == found.order
    assert (("Is the client active?", "the words to the client"),) == found.rest


@pytest.mark.parametrize("form", FORMS)
def test_it_says_what_it_cannot_replace_and_what_not_to_write(form: str) -> None:
    """No worksheet goes without either sentence."""
    told = read(drafting(), form)

    assert "Supports professional judgement and supervision" in told
    assert "Write nothing here that tells who the client is" in told


def test_the_text_fits_its_columns() -> None:
    """No line is wider than a page."""
    lines = render.worksheet(drafting(), "text").splitlines()

    assert 88 >= max(map(len, lines))


def test_nothing_in_a_policy_becomes_markup() -> None:
    """Policies are written by users: their texts open no tag and no link."""
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


def test_html_is_one_well_nested_page_that_needs_nothing_else() -> None:
    """A whole document with its own style, made for a phone and for paper."""
    page = render.worksheet(drafting(), "html")
    tags = Outline(page.removeprefix("<!DOCTYPE html>")).tags

    assert page.startswith("<!DOCTYPE html>")
    assert {"link", "script", "img", "iframe"}.isdisjoint(tag for tag, _ in tags)
    assert not re.search(r"url\(|https?:|@import", page)
    assert "width=device-width" in page
    assert "@media print" in page
    assert [] == Outline(page).open


def test_html_headings_go_down_level_by_level() -> None:
    """A screen reader finds its way by them."""
    tags = [tag for tag, _ in Outline(render.worksheet(drafting(), "html")).tags]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]

    assert 1 == levels[0]
    assert 1 == max(below - above for above, below in pairwise(levels))


def test_an_unknown_form_is_refused() -> None:
    """The error names the form, and the nearest that there is."""
    with pytest.raises(ValueError, match="`markdwn`; did you mean `markdown`"):
        render.worksheet(drafting(), "markdwn")


@pytest.mark.parametrize("form", FORMS)
def test_if_all_is_ruled_out_the_sheet_says_so(form: str) -> None:
    """Once, and no response has a number."""
    told = read(shown_by(verdicts.nothing_left()), form)

    assert 1 == told.count("This policy rules out all four responses.")
    assert "all four responses are ruled out" not in told
    assert 4 == told.count("ruled out. Never in danger.")
