"""A verdict and the name of a form in, its supervision worksheet out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from boundaryethics._closest import did_you_mean
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.worksheet_as_html import worksheet_html
from boundaryethics.render.worksheet_as_markdown import worksheet_markdown
from boundaryethics.render.worksheet_as_text import worksheet_text
from boundaryethics.render.worksheet_filling import sheet
from boundaryethics.render.worksheet_parts import Sheet

_FORMS: Mapping[str, Callable[[Sheet], str]] = {
    "text": worksheet_text,
    "markdown": worksheet_markdown,
    "html": worksheet_html,
}


def worksheet(verdict: Verdict, form: str) -> str:
    """The worksheet of *verdict* as `text`, `markdown` or `html`, a whole page.

    Raises:
        ValueError: there is no such form.
    """
    if form not in _FORMS:
        advice = did_you_mean(form, _FORMS) or f"there are {', '.join(_FORMS)}"
        message = f"a worksheet has no form `{form}`; {advice}"
        raise ValueError(message)
    return _FORMS[form](sheet(verdict))
