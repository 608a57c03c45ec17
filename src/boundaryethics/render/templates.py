"""Fill in templates for verdicts in Markdown and HTML, and for all worksheets.

Policies and situations are user input, so all text is escaped for its format. Jinja2 is
imported when a template is first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from boundaryethics.arguments import checked
from boundaryethics.errors import refuse_unknown
from boundaryethics.model.display import CLASSES
from boundaryethics.model.rules import Prompt
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import Block, Role, outline
from boundaryethics.render.text import WIDTH, wrapped_lines
from boundaryethics.render.wording import NOTE, escaped
from boundaryethics.render.worksheet import sheet

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_ENDINGS = {"text": "txt", "markdown": "md", "html": "html"}
#: Bracketed text for the clinician to fill in.
_ASIDE = re.compile(r"(\[[^]]*\])")


@checked
def markdown(verdict: Verdict, *, full: bool = False) -> str:
    """Format *verdict* as Markdown, with headings from the second level down."""
    return _filled("verdict", "markdown", outline=outline(verdict, full=full))


@checked
def html(verdict: Verdict, *, full: bool = False, page: bool = False) -> str:
    """Format *verdict* as an HTML fragment with its style, or as a complete page."""
    return html_of(outline(verdict, full=full, commands=False), page=page)


def html_of(blocks: Iterable[Block], *, page: bool = False) -> str:
    """Format *blocks* of an outline as HTML with its style."""
    return _filled("verdict", "html", outline=tuple(blocks), page=page)


@checked
def worksheet(
    verdict: Verdict, form: str, prompts: Mapping[str, tuple[Prompt, ...]] | None = None
) -> str:
    """Format the worksheet for *verdict* as `text`, `markdown` or `html` (a full page).

    The *prompts* to reflect on are grouped by the ID of their supervision question.

    Raises:
        ArgumentError: *form* is unknown.
    """
    if form not in _ENDINGS:
        refuse_unknown("worksheet format", form, _ENDINGS)
    return _filled("worksheet", form, sheet=sheet(verdict, prompts or {}))


def _filled(name: str, form: str, **values: object) -> str:
    template = _environment(form).get_template(f"{name}.{_ENDINGS[form]}.jinja")
    return template.render(values)


@lru_cache(maxsize=len(_ENDINGS))
def _environment(form: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def marked_down(value: Any) -> Markup:
        """Escape *value* for Markdown, unless it is already escaped."""
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
    environment.globals.update(Role=Role, classes=CLASSES, note=NOTE, width=WIDTH)
    environment.filters.update(
        asides=_asides,
        # The mark is always within markup, such as bold, so it does not start a line.
        within=lambda mark: Markup(escaped(str(mark).strip(), starts=False)),  # noqa: S704
        fold=lambda *given: "\n".join(wrapped_lines(*given)),
    )
    return environment


def _asides(text: str) -> Iterator[tuple[str, bool]]:
    """Split *text* at brackets. Yield each part, and whether it is in brackets."""
    for part in filter(None, _ASIDE.split(text)):
        yield part, bool(_ASIDE.fullmatch(part))
