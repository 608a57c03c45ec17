"""Fill in templates: verdicts as Markdown and HTML, worksheets in every form.

Every text that a template prints is escaped for its form unless the template says
otherwise: policies and situations are written by users. Jinja2 is loaded when a
template is first filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from boundaryethics.errors import did_you_mean
from boundaryethics.model.rules import Prompt
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import Topic, escaped, opened, outline
from boundaryethics.render.text import WIDTH, wrapped_lines
from boundaryethics.render.worksheet import sheet

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_ENDINGS = {"text": "txt", "markdown": "md", "html": "html"}
#: What the clinician has to fill in.
_ASIDE = re.compile(r"(\[[^]]*\])")


def markdown(verdict: Verdict) -> str:
    """Format *verdict* as Markdown, headings from the second level down."""
    return _filled("verdict", "markdown", outline=outline(verdict))


def html(verdict: Verdict) -> str:
    """Format *verdict* as an HTML fragment with its style."""
    return _filled("verdict", "html", outline=outline(verdict))


def worksheet(
    verdict: Verdict, form: str, prompts: Mapping[str, tuple[Prompt, ...]] | None = None
) -> str:
    """Format the worksheet of *verdict* as `text`, `markdown` or `html`, a whole page.

    The *prompts* to reflect on stand under the name of their supervision question.

    Raises:
        ValueError: there is no such form.
    """
    if form not in _ENDINGS:
        advice = did_you_mean(form, _ENDINGS) or f"there are {', '.join(_ENDINGS)}"
        message = f"a worksheet has no form `{form}`; {advice}"
        raise ValueError(message)
    return _filled("worksheet", form, sheet=sheet(verdict, prompts or {}))


def _filled(name: str, form: str, **values: object) -> str:
    template = _environment(form).get_template(f"{name}.{_ENDINGS[form]}.jinja")
    return template.render(values)


@lru_cache(maxsize=len(_ENDINGS))
def _environment(form: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def marked_down(value: Any) -> Markup:
        """Escape *value* for Markdown, unless that has been done."""
        return value if isinstance(value, Markup) else Markup(escaped(str(value)))  # noqa: S704

    environment = Environment(
        loader=PackageLoader("boundaryethics.render"),
        autoescape=form != "text",  # noqa: S701 - plain text has no markup
        finalize=marked_down if form == "markdown" else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(Topic=Topic, width=WIDTH)
    environment.filters.update(
        opened=opened,
        asides=_asides,
        # Between backticks nothing else is markup.
        code=lambda text: Markup(text.replace("`", "")),  # noqa: S704
        fold=lambda *given: "\n".join(wrapped_lines(*given)),
    )
    return environment


def _asides(text: str) -> Iterator[tuple[str, bool]]:
    """Split *text* at what stands in brackets, and say which parts do."""
    for part in filter(None, _ASIDE.split(text)):
        yield part, bool(_ASIDE.fullmatch(part))
