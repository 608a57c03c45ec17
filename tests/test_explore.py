"""The panel of `explore`, tested by setting its controls, as clicks do."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import boundaryethics
from boundaryethics import (
    BoundaryEthicsError,
    Interview,
    InterviewError,
    Policy,
    SituationError,
    WhatIfPanel,
)

pytest.importorskip("ipywidgets")

POLICY = boundaryethics.load_policy("apa-2017")
FACTS = {"contact": "message", "client_status": "active"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def panel() -> WhatIfPanel:
    """Return a panel that starts with two facts."""
    return boundaryethics.explore(POLICY, FACTS)


def choose(panel: WhatIfPanel, **answers: str) -> None:
    """Choose answers one after the other."""
    for name, value in answers.items():
        panel.controls[name].value = value


def widgets(widget: Any) -> Iterator[Any]:
    """Yield *widget* and every widget in it, in the order of the page."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets(child)


def page(panel: WhatIfPanel) -> str:
    """Return the text of the panel in order, without labels of controls."""
    values = [str(one.value) for one in widgets(panel.widget) if hasattr(one, "value")]
    text = re.sub(r"<style>.*?</style>", "", "\n".join(values), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def press(panel: WhatIfPanel, label: str) -> None:
    """Press the button *label*."""
    buttons = [one for one in widgets(panel.widget) if hasattr(one, "click")]
    next(one for one in buttons if one.description == label).click()


def is_possible(facts: dict[str, str]) -> bool:
    """Return whether `consult` accepts *facts*."""
    try:
        boundaryethics.consult(facts, POLICY)
    except SituationError:
        return False
    return True


def test_each_change_shows_the_verdict_of_consult(panel: WhatIfPanel) -> None:
    """After random changes, the panel shows the verdict on the selected facts."""
    draw = random.Random(7)  # noqa: S311 - a fixed sample
    shown = 0
    for _ in range(40):
        control = panel.controls[draw.choice([*panel.controls])]
        control.value = draw.choice([value for _, value in control.options])
        form = {n: c.value for n, c in panel.controls.items() if c.value != "unknown"}
        assert bool(panel.problems) is not is_possible(form)
        if not panel.problems:
            shown += 1
            expected = boundaryethics.consult(form, POLICY)
            assert expected == panel.verdict
            assert (form, expected.situation) == (panel.facts, panel.situation)
            assert expected.label(expected.best[0]) in page(panel)

    assert shown > 10


def test_a_fact_that_cannot_apply_is_disabled_with_a_reason() -> None:
    """A control is disabled if the other answers rule out every value of its fact."""
    panel = boundaryethics.explore(POLICY, FACTS)
    choose(panel, setting="dating_service", account="personal")
    disabled = {name for name, control in panel.controls.items() if control.disabled}
    vocabulary, facts = POLICY.vocabulary, panel.facts

    assert {"clinician_role", "time_since_termination"} <= disabled
    assert disabled == {
        name
        for name, fact in vocabulary.items()
        if name not in facts
        and not any(is_possible({**facts, name: value}) for value in fact.values)
    }
    reason = panel.controls["time_since_termination"].description
    assert vocabulary["client_status"].question in reason
    assert vocabulary["client_status"].label("active") in reason
    choose(panel, client_status="former")
    assert not panel.controls["time_since_termination"].disabled


def test_a_contradiction_is_reported_and_keeps_the_last_verdict(
    panel: WhatIfPanel,
) -> None:
    """Conflicting answers are named; the older verdict is marked, not recorded."""
    choose(panel, setting="dating_service")
    before = panel.verdict
    choose(panel, platform="linkedin")

    assert ["BE406"] == [one.code for one in panel.problems]
    assert before is panel.verdict
    assert "platform" not in panel.facts
    text = page(panel)
    assert "Which platform? LinkedIn" in text
    assert text.index("from before the contradiction") < text.index("Suggested order")
    assert "from before the contradiction" in str(panel).split("Suggested order")[0]
    assert "from before the contradiction" in repr(panel)
    assert not panel.controls["platform"].disabled
    with pytest.raises(SituationError, match="BE406"):
        panel.record()
    choose(panel, platform="facebook")
    assert () == panel.problems
    assert "contradict" not in page(panel)
    expected = boundaryethics.consult(panel.facts, POLICY)
    assert expected.record() == panel.record()


def test_danger_comes_first(panel: WhatIfPanel) -> None:
    """The crisis action is above everything, even while answers conflict."""
    assert page(panel).strip().startswith("If anyone may be in danger")
    choose(panel, risk_of_harm="imminent")
    action = panel.verdict.urgent[0].says.split(";")[0]
    bundle = panel._repr_mimebundle_()

    for text in (page(panel), bundle["text/html"], str(panel)):
        assert text.index(action) < text.index("suggested order")
    choose(panel, risk_of_harm="none", setting="dating_service", platform="linkedin")
    assert action not in page(panel)
    choose(panel, risk_of_harm="imminent")
    assert panel.problems
    for text in (page(panel), panel._repr_html_(), str(panel)):
        assert text.index(action) < text.index("uggested order")
    assert "Harm could be imminent" in repr(panel)


def test_the_panel_asks_the_questions_of_an_interview(panel: WhatIfPanel) -> None:
    """The panel asks in the order of an interview; `I don't know` skips a question."""
    for _ in range(3):
        steps = {**dict.fromkeys(panel.interview.skipped, "unknown"), **panel.facts}
        asked = Interview(POLICY, steps=steps).question
        assert asked
        assert f"): {asked.text}" in page(panel)
        press(panel, "I don't know")
        assert asked.fact.name in panel.interview.skipped
    assert asked
    choose(panel, **{asked.fact.name: asked.choices[0][0]})
    assert asked.fact.name not in panel.interview.skipped


def test_the_smallest_changes_change_the_top_response(panel: WhatIfPanel) -> None:
    """Choosing the answers of a suggested change puts another response first."""
    heading = "Smallest changes that put another response first"
    first, change = panel.verdict.best, boundaryethics.counterfactuals(panel.verdict)
    text = page(panel).split(heading)[1]
    for fact, value in change.smallest[0].facts.items():
        fact_asked = POLICY.vocabulary[fact]
        assert fact_asked.question in text
        assert fact_asked.label(value) in text
        choose(panel, **{fact: value})

    assert first != panel.verdict.best
    press(panel, "Start again")
    assert (FACTS, first) == (panel.facts, panel.verdict.best)


def test_no_control_accepts_typed_text(panel: WhatIfPanel) -> None:
    """Every control is a list of answers or a button."""
    kinds = {type(one).__name__ for one in widgets(panel.widget)}

    assert {"Box", "Button", "Dropdown", "HTML", "VBox"} == kinds
    for name, control in panel.controls.items():
        assert [*POLICY.vocabulary[name].all_values] == [v for _, v in control.options]


def test_the_verdict_is_shown_without_widgets(panel: WhatIfPanel) -> None:
    """The output has the widget, the verdict as HTML and a line of text."""
    bundle = panel._repr_mimebundle_(include=None, exclude=None)
    view = bundle.pop("application/vnd.jupyter.widget-view+json")

    assert panel.widget.model_id == view["model_id"]
    assert {"text/html", "text/plain"} == bundle.keys()
    choose(panel, setting="recovery_group")
    html = panel._repr_mimebundle_()["text/html"]
    assert panel.verdict.label("leave") in html
    assert "Leave the group" in html
    assert "notebook" in repr(panel)
    assert str(boundaryethics.consult(panel.facts, POLICY)) == str(panel)


def test_the_error_names_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ipywidgets, the error says what to install."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InterviewError, match=r"BE927") as caught:
        boundaryethics.explore()

    assert "pip install 'boundaryethics[notebook]'" in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "facts", "code"),
    [
        ("apa-2017", {"contact": "letter"}, "BE402"),
        ("apa-2017", {"contacts": "message"}, "BE401"),
        ("apa-2017", {"setting": "dating_service", "platform": "linkedin"}, "BE406"),
        ("apa-2017", "a client's words", "BE408"),
        ("apa-2018", {}, "BE206"),
        ("core", {}, "BE306"),
        (7, {}, "BE"),
    ],
)
def test_invalid_arguments_are_refused(policy: Any, facts: Any, code: str) -> None:
    """`explore` raises the same errors as `consult`."""
    with pytest.raises(BoundaryEthicsError) as caught:
        boundaryethics.explore(policy, facts)

    assert caught.value.problems[0].code.startswith(code)


def test_texts_of_a_policy_are_escaped() -> None:
    """Questions, help, labels and titles with markup are shown as text."""
    policy: Policy = boundaryethics.read_policy(
        f"""
policy: own
title: {EVIL}
facts:
  evil: {{question: "{EVIL}", help: "{EVIL}", values: {{a: "{EVIL}", b: B}}}}
  silent: {{values: [x, y]}}
sources: {{s: {{title: "{EVIL}", short: "{EVIL}"}}}}
principles: {{p: {{title: "{EVIL}", cites: [{{source: s, section: "1"}}]}}}}
rules:
  - id: r
    when: {{silent: x, evil: a}}
    then: {{favors: {{decline: strong}}}}
    principle: p
    because: {EVIL}
"""
    )
    panel = boundaryethics.explore(policy, {"silent": "x"})
    choose(panel, evil="a")

    assert ["decline"] == [*panel.verdict.best]
    assert {"evil"} == panel.controls.keys() & {"evil", "silent"}
    texts = [str(getattr(one, "value", "")) for one in widgets(panel.widget)]
    texts += [panel.controls["evil"].description, panel._repr_html_()]
    assert not [text for text in texts if "<script" in text]
    assert "&lt;script" in panel.controls["evil"].description
