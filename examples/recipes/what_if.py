"""Change the facts of a situation, and see how the verdict changes.

Run the notebook with `marimo run what_if.py`, or edit it with `marimo edit what_if.py`.
"""

import marimo

app = marimo.App(app_title="What if")

with app.setup:
    from functools import partial

    import marimo as mo

    import boundaryethics

    # marimo resets the styles of lists and headings.
    STYLE = """<style>
    .boundaryethics ol { list-style: decimal }
    .boundaryethics ul { list-style: disc }
    .boundaryethics :is(h3, h4) { font-weight: bold }
    </style>"""


@app.cell
def _():
    _codes = {
        p.title: id for id, p in boundaryethics.policies().items() if not p.abstract
    }
    _usual = boundaryethics.load_policy("apa-2017").title
    code = mo.ui.dropdown(
        _codes, _usual, label="Code", allow_select_none=False, full_width=True
    )
    return (code,)


@app.cell
def _(code):
    policy = boundaryethics.load_policy(code.value)

    def _question(fact):
        answers = policy.vocabulary.answers(fact.name)
        return mo.ui.dropdown(
            {label: value for value, label in answers},
            policy.vocabulary.unknown_label,
            label=f"{fact.question} {fact.help}",
            allow_select_none=False,
            full_width=True,
        )

    facts = mo.ui.dictionary(
        {
            fact.name: _question(fact)
            for fact in policy.vocabulary.facts
            if fact.question
        }
    )
    return facts, policy


@app.cell
def _(code, facts, policy):
    _asked = [code]
    for _group, _members in policy.vocabulary.by_group:
        _asked.append(mo.md(f"### {_group.title if _group else 'Other questions'}"))
        _asked += [facts[_fact.name] for _fact in _members if _fact.question]
    mo.sidebar(_asked, width="28rem")


@app.cell
def _(facts, policy):
    try:
        _verdict = boundaryethics.consult(facts.value, policy)
    except boundaryethics.SituationError as error:  # values that contradict each other
        shown = mo.callout(str(error), kind="warn")
    else:
        # An analysis can take several seconds, so it runs only when someone opens it.
        _more = {
            "Changes that alter the first choice": boundaryethics.counterfactuals,
            "Questions that could change the order": boundaryethics.open_questions,
        }

        def _text(analysis):
            return mo.plain_text(str(analysis(_verdict)))

        _details = {
            title: mo.lazy(partial(_text, analysis))
            for title, analysis in _more.items()
        }
        shown = mo.vstack([mo.Html(STYLE), _verdict, mo.accordion(_details)])
    shown


if __name__ == "__main__":
    app.run()
