"""Explore situations in a notebook: a panel that shows the verdict as facts change.

The panel has one control for each question of an interview. After each change, the
interview is rebuilt from the controls, so the panel and the interview show the same
questions and the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

import attrs

from boundaryethics.analysis.counterfactuals import counterfactuals
from boundaryethics.arguments import checked
from boundaryethics.consult import DEFAULT_POLICY, consult, situation_of
from boundaryethics.errors import InterviewError, Problem, SituationError, problem
from boundaryethics.interview import Interview, left_in_words
from boundaryethics.model.display import CLASSES
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.policies.loader import shipped_texts
from boundaryethics.render.outline import Block, Role, danger, outline
from boundaryethics.render.templates import html_of
from boundaryethics.render.unknown import order_in_words
from boundaryethics.render.wording import shown
from boundaryethics.report import OutlineLine, nested_list

_WIDGET = "application/vnd.jupyter.widget-view+json"

#: This style draws the arrows of drop-down lists, because those of ipywidgets are black
#: in every theme.
_STYLE = """<style>
.be-panel { overflow: hidden; padding: 2px; }
.be-panel .widget-html-content, .be-panel .jupyter-widget-html-content {
  font-size: inherit; line-height: 1.45; overflow-wrap: anywhere; white-space: normal;
}
.be-columns { flex-flow: row wrap; gap: 1rem 2rem; align-items: flex-start; }
.be-columns > .be-form { flex: 1 1 20rem; min-width: 0; width: auto; }
.be-columns > .be-result { flex: 1 1 24rem; min-width: 0; width: auto; }
.be-scrolled { max-height: 38rem; overflow: hidden auto; flex: none; width: auto; }
.be-facts { display: grid; flex: none; gap: 0.6rem 1rem; width: auto; overflow: visible;
  grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); }
.be-facts > .be-fact { display: flex; flex-flow: column; align-items: stretch;
  justify-content: flex-end; width: auto; height: auto; margin: 0; overflow: visible; }
.be-fact.be-fact > label { width: auto; max-width: none; height: auto; margin: 0 0 2px;
  text-align: left; white-space: normal; line-height: 1.3; overflow: visible; }
.be-fact.be-fact > select { flex: none; width: 100%; height: 2.1em; margin: 0;
  padding-right: 22px; background-repeat: no-repeat; background-size: 5px 5px;
  background-position: right 12px center, right 7px center;
  background-image: linear-gradient(45deg, transparent 50%, currentColor 50%),
    linear-gradient(135deg, currentColor 50%, transparent 50%); }
.be-help, .be-about { display: block; font-size: 0.85em; }
.be-help { opacity: 0.8; }
.be-about { font-style: italic; }
.be-buttons { flex-flow: row wrap; gap: 0.25rem; overflow: visible; }
.be-buttons > button { width: auto; }
.be-panel button:focus-visible, .be-panel select:focus-visible,
.be-panel summary:focus-visible { outline: 2px solid; outline-offset: 1px; }
.be-panel .be-box { border: 1px solid currentColor; border-left-width: 5px;
  margin: 0.4em 0; padding: 0.4em 0.8em; }
.be-panel h3, .be-panel h4 { line-height: 1.25; margin: 0.8em 0 0.3em; }
.be-panel p { margin: 0.4em 0; }
.be-panel ul { margin: 0.2em 0; padding-left: 1.5em; }
.be-panel summary { cursor: pointer; margin: 0.3em 0; }
.be-panel .boundaryethics { max-width: none; }
@media print { .be-scrolled { max-height: none; } }
</style>"""


def _widgets() -> Any:
    """Return the `ipywidgets` module, which is an optional dependency."""
    try:
        import ipywidgets
    except ImportError:
        raise InterviewError([problem("BE927")]) from None
    return ipywidgets


@checked
def explore(
    policy: str | Path | Policy = DEFAULT_POLICY,
    facts: Mapping[str, object] | Situation | None = None,
) -> WhatIfPanel:
    """Return a notebook panel that updates the verdict as facts change.

    The panel also shows the next question, and the smallest changes that would put a
    different response first. The first panel for a policy takes a few seconds to
    prepare.

    Args:
        policy: a policy, its ID or its path.
        facts: the initial facts. Facts that are left out are unknown.

    Raises:
        InterviewError: ipywidgets, from the `notebook` extra, is not installed.
        SituationError: a fact or a value is not declared, or the combination of
            values is impossible.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
        AnalysisError: the policy is too large.
    """
    _widgets()
    return WhatIfPanel(policy, {} if facts is None else facts)


@final
@attrs.define(eq=False, repr=False, str=False, slots=False)
class WhatIfPanel:
    """A panel for a notebook, created by `explore`.

    A notebook shows the panel if it is the last expression in a cell. Outside a
    notebook, printing the panel prints the verdict.
    """

    policy: Policy = attrs.field(converter=as_policy, on_setattr=attrs.setters.frozen)
    #: The facts that the panel begins with.
    start: Mapping[str, object] = attrs.field(on_setattr=attrs.setters.frozen)

    def __attrs_post_init__(self) -> None:
        self._begun = situation_of(self.start, self.policy).known()
        # Facts without a question keep their values.
        facts = self.policy.vocabulary
        self._stated = {f: v for f, v in self._begun.items() if not facts[f].question}
        self._texts = shipped_texts()
        self._skipped: set[str] = set()
        self._problems: tuple[Problem, ...] = ()
        self._resetting = False
        self._build()
        self._change()

    def _build(self) -> None:
        widgets, texts, policy = _widgets(), self._texts, self.policy
        self._danger, self._next, self._problem, self._result, self._changes = (
            widgets.HTML() for _ in range(5)
        )
        asked = [fact for fact in policy.vocabulary.facts if fact.question]
        controls = {fact.name: self._control(fact) for fact in asked}
        self._controls = MappingProxyType(controls)
        form = []
        for group, facts in policy.vocabulary.by_group:
            own = [controls[fact.name] for fact in facts if fact.name in controls]
            if own and group:
                form.append(widgets.HTML(f"<h3>{escape(shown(group.title))}</h3>"))
            if own:
                form.append(_classed(widgets.Box(own), "be-facts"))
        form.append(widgets.HTML(_paragraph(texts["panel_private"])))
        scrolled = _classed(widgets.VBox(form), "be-scrolled")
        left = (self._next, self._buttons(), self._problem, scrolled)
        right = (self._result, self._changes)
        columns = (
            _classed(widgets.VBox(left), "be-form"),
            _classed(widgets.VBox(right), "be-result"),
        )
        self._widget = _classed(
            widgets.VBox(
                [
                    widgets.HTML(_STYLE),
                    self._danger,
                    _classed(widgets.Box(columns), "be-columns"),
                ]
            ),
            "be-panel",
        )

    def _control(self, fact: Fact) -> Any:
        control = _widgets().Dropdown(
            options=[
                (shown(label), value)
                for value, label in self.policy.vocabulary.answers(fact.name)
            ],
            value=self._begun.get(fact.name, UNKNOWN),
            description=_label(fact),
            description_allow_html=True,
        )
        control.observe(self._change, "value")
        return _classed(control, "be-fact")

    def _buttons(self) -> Any:
        widgets, texts = _widgets(), self._texts
        self._go, self._skip, reset = (
            widgets.Button(description=words)
            for words in (
                texts["panel_go"],
                shown(self.policy.vocabulary.unknown_label),
                texts["panel_reset"],
            )
        )
        self._go.on_click(lambda _: self._to_question())
        self._skip.on_click(lambda _: self._to_skip())
        reset.on_click(lambda _: self.reset())
        return _classed(widgets.Box([self._go, self._skip, reset]), "be-buttons")

    @property
    def widget(self) -> Any:
        """The widget, for use inside other widgets."""
        return self._widget

    @property
    def controls(self) -> Mapping[str, Any]:
        """The control for each fact; set its `value` to change the fact."""
        return self._controls

    @property
    def interview(self) -> Interview:
        """The interview with the answers that the verdict is based on."""
        return self._interview

    @property
    def verdict(self) -> Verdict:
        """The verdict, or the last valid one while answers contradict each other."""
        return self._verdict

    @property
    def situation(self) -> Situation:
        """The situation that the verdict is about."""
        return self.verdict.situation

    @property
    def facts(self) -> dict[str, str]:
        """The known facts in the verdict's situation, with their values."""
        return self.situation.known()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """One problem per contradiction between answers; empty if there are none."""
        return self._problems

    def record(
        self, when: datetime | str | None = None, *, with_policy: bool = False
    ) -> dict[str, Any]:
        """Return the record of the verdict, like `Verdict.record`.

        Raises:
            SituationError: some answers contradict each other.
        """
        if self.problems:
            raise SituationError(self.problems)
        return self.verdict.record(when, with_policy=with_policy)

    def reset(self) -> None:
        """Restore the facts that the panel began with."""
        self._resetting = True
        try:
            for name, control in self.controls.items():
                control.value = self._begun.get(name, UNKNOWN)
        finally:
            self._resetting = False
        self._skipped.clear()
        self._change()

    def _to_question(self) -> None:
        if self.interview.question:
            self.controls[self.interview.question.fact.name].focus()

    def _to_skip(self) -> None:
        if self.interview.question:
            self._skipped.add(self.interview.question.fact.name)
            self._change()

    def _change(self, _: object = None) -> None:
        """Update the panel from the answers in the form."""
        if self._resetting:
            return
        policy = self.policy
        answers = {n: control.value for n, control in self.controls.items()}
        known = {n: value for n, value in answers.items() if value != UNKNOWN}
        self._skipped -= known.keys()
        stated = {**self._stated, **known}
        self._problems = policy.vocabulary.validate(stated)
        if not self._problems:
            steps = {**dict.fromkeys(sorted(self._skipped), UNKNOWN), **known}
            self._interview = Interview(policy, stated=self._stated, steps=steps)
            self._verdict = _verdict(stated, policy)
            self._changes.value = "".join(self._changes_html())
            self._next.value = self._next_html()
            self._go.disabled = self._skip.disabled = self.interview.done
        clashes = self._clashes(stated)
        clashing = {name for clash in clashes for name in self._names(clash)}
        self._urgent = self._danger_in(stated, clashing)
        self._danger.value = self._danger_html()
        self._problem.value = self._contradiction(stated, clashes)
        self._result.value = self._result_html()
        self._describe(clashing)

    def _clashes(self, stated: Mapping[str, str]) -> tuple[Clash, ...]:
        vocabulary = self.policy.vocabulary
        row = [stated.get(name, UNKNOWN) for name in vocabulary]
        return tuple(clash for clash in vocabulary.clashes if clash.met(row))

    def _names(self, clash: Clash) -> Iterator[str]:
        facts = self.policy.vocabulary.facts
        return (facts[place].name for place, _ in clash.tests)

    def _danger_in(self, stated: Mapping[str, str], clashing: set[str]) -> Block:
        """Return the urgent advice.

        If answers contradict each other, ignore them and use the rest. If the rest
        call for no urgent advice, ignore only one contradictory answer at a time.
        """
        if not self._problems:
            return danger(self.verdict)
        policy = self.policy
        for without in (clashing, *({name} for name in stated if name in clashing)):
            rest = {n: v for n, v in stated.items() if n not in without}
            with suppress(SituationError):
                if (block := danger(_verdict(rest, policy))).items:
                    return block
        return Block(role=Role.DANGER)

    def _danger_html(self) -> str:
        if self._urgent.items:
            return f'<div role="alert">{html_of([self._urgent])}</div>'
        return _box(f"<strong>{escape(self._texts['caution'])}</strong>")

    def _next_html(self) -> str:
        asked = self.interview.question
        if asked is None:
            return _paragraph(self._texts["settled"])
        words = self._texts["panel_next"].format(left=left_in_words(asked))
        return _paragraph(words, f"<strong>{escape(shown(asked.text))}</strong>")

    def _contradiction(
        self, stated: Mapping[str, str], clashes: Iterable[Clash]
    ) -> str:
        unknown = shown(self.policy.vocabulary.unknown_label)
        words = _paragraph(self._texts["panel_contradiction"].format(unknown=unknown))
        found = "".join(
            words + self._answers(self._names(clash), stated) for clash in clashes
        )
        return _box(found, ' role="alert"') if found else ""

    def _answers(self, names: Iterable[str], stated: Mapping[str, str]) -> str:
        vocabulary = self.policy.vocabulary
        lines = (
            OutlineLine(f"{fact.question} {fact.label(stated[fact.name])}")
            for fact in (vocabulary[name] for name in names)
        )
        return "".join(nested_list(lines))

    def _result_html(self) -> str:
        blocks = outline(self.verdict, commands=False)
        words = f"<strong>{escape(self._texts['panel_stale'])}</strong>"
        stale = _box(words) if self.problems else ""
        return stale + html_of(one for one in blocks if one.role is not Role.DANGER)

    def _changes_html(self) -> Iterator[str]:
        yield f'<div class="{CLASSES}"><h4>{escape(self._texts["panel_changes"])}</h4>'
        found = counterfactuals(self.verdict)
        heading, below, opened = "", list[OutlineLine](), False
        for line in (*found._lines(), OutlineLine("")):  # noqa: SLF001 - its own lines
            if line.depth:
                below.append(OutlineLine(line.text, line.depth - 1))
                continue
            if heading:
                yield _details(heading, below, is_open=not opened)
                opened = opened or bool(below)
            heading, below = line.text, []
        yield "</div>"

    def _describe(self, clashing: set[str]) -> None:
        """Mark each control whose fact is contradicted, impossible or irrelevant."""
        groups = self.interview.groups
        asked = {one.fact.name for group in groups for one in group.questions}
        for name, control in self.controls.items():
            about, fact = "", self.situation.vocabulary[name]
            is_possible = bool(self.situation.values_possible_for(name))
            if name in clashing:
                about = self._texts["panel_contradicts"]
            elif control.value == UNKNOWN and not is_possible:
                about = self._texts["panel_not_possible"].format(
                    answers=self._barring(name)
                )
            elif name not in asked:
                about = self._texts["panel_no_effect"]
            control.description = _label(fact, about)
            control.disabled = control.value == UNKNOWN and not is_possible

    def _barring(self, name: str) -> str:
        """Return the answers that make the fact *name* impossible."""
        situation = self.situation
        facts, barred = situation.vocabulary.facts, situation.vocabulary.barred[name]
        places = (
            p for rest, _ in barred if rest.met(situation.row) for p, _ in rest.tests
        )
        return "; ".join(
            f"{facts[place].question} {facts[place].label(situation.row[place])}"
            for place in dict.fromkeys(places)
        )

    def __repr__(self) -> str:
        order = order_in_words(self.verdict) or self._texts["open_order"]
        found = self._texts["panel_stale"] if self.problems else order
        words = " ".join(filter(None, (self._urgent.heading, found))).rstrip(".")
        return (
            f"<WhatIfPanel of {self.policy.id}: {words}. It is displayed in a "
            "notebook; elsewhere, print it, or use its `verdict` and `facts`>"
        )

    def __str__(self) -> str:
        if not self.problems:
            return str(self.verdict)
        urgent = (item.with_source for item in self._urgent.items)
        before = (self._urgent.heading.upper(), *urgent, self._texts["panel_stale"])
        return "\n".join([*filter(None, before), "", str(self.verdict)])

    def _repr_html_(self) -> str:
        return f"{self._danger.value}\n{self._result.value}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Return the widget, and the current verdict for viewers without widgets."""
        model = {
            "version_major": 2,
            "version_minor": 0,
            "model_id": self.widget.model_id,
        }
        return {
            _WIDGET: model,
            "text/html": self._repr_html_(),
            "text/plain": repr(self),
        }


def _verdict(facts: Mapping[str, str], policy: Policy) -> Verdict:
    """Consult the policy with the engine that is fastest for many situations."""
    return consult(facts, policy, engine="columnar")


def _classed(widget: Any, name: str) -> Any:
    widget.add_class(name)
    return widget


def _paragraph(text: str, more: str = "") -> str:
    return f'<p class="{CLASSES}">{escape(text)} {more}</p>'


def _box(html: str, attributes: str = "") -> str:
    return f'<div class="be-box {CLASSES}"{attributes}>{html}</div>'


def _label(fact: Fact, about: str = "") -> str:
    """Return the label of a control: the question with its help, in HTML."""
    parts = (("question", fact.question), ("help", fact.help), ("about", about))
    return " ".join(
        f'<span class="be-{name} {CLASSES}">{escape(shown(text))}</span>'
        for name, text in parts
        if text
    )


def _details(summary: str, lines: list[OutlineLine], *, is_open: bool) -> str:
    if not lines:
        return _paragraph(shown(summary))
    start = f"<details{' open' * is_open}><summary>{escape(shown(summary))}</summary>"
    return f"{start}{''.join(nested_list(lines))}</details>"
