"""Configure the documentation site, which `nox -s docs` builds.

The source folder is the whole repository, so links between its files are the same here
and on GitHub. A file that is not a page is linked to the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.util.nodes import make_refnode

import boundaryethics
from boundaryethics.report import Report

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/boundaryethics/boundaryethics"
#: On Read the Docs, the branch or tag being built.
REVISION = os.environ.get("READTHEDOCS_GIT_IDENTIFIER", "main")
#: The folder for the pages of the Python API, which are generated from docstrings.
API = ROOT / "docs" / "reference" / "api"
#: For each chapter page, a pattern for the pages below it in the navigation.
CHAPTERS = {
    "docs/decisions/index": "*",
    "docs/lints/index": "*",
    "docs/policies/index": "*",
    "docs/reference/python": "api/*",
}

#: Pages with hundreds of headings. Their tables of contents have only one level. With
#: all levels, the navigation would take most of the build time.
LONG = ("docs/policies/", "docs/reference/api/")

#: The section that a search for each of these words shows first, by its page.
SEARCHED: dict[str, dict[str, tuple[str, ...]]] = {
    "README": {"Install": ("install",)},
    "docs/how-to/write-a-policy": {"Write a policy": ("policy",)},
    "docs/explanation/limits": {
        "Privacy": ("HIPAA", "confidentiality"),
        "If someone is in danger, act first": ("danger", "crisis"),
    },
}

project = "boundaryethics"
copyright = "the authors of boundaryethics"  # noqa: A001
version = release = boundaryethics.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "examples/**"]
exclude_patterns = [
    *(".*", "**/.*", "build", "dist", "fuzz", "rules", "src", "tests"),
    "examples/agency/CHANGELOG.md",  # of a template
]
nitpicky = True
# Names of other libraries, and types that are not public, have no page to link to.
nitpick_ignore_regex = [("py:.*", r"(?!boundaryethics\.[^.]+$).*")]

smartquotes_action = "D"  # only dashes; quotes stay the same as on GitHub
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]
nb_execution_mode = "off"
# A page cannot run a widget, so it shows the HTML version of the output.
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
]

autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "member-order": "bysource",
}
add_module_names = False
default_role = "code"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True

linkcheck_ignore = [r"http://localhost\b"]

html_theme = "furo"
html_title = f"boundaryethics {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_search_scorer = str(ROOT / "docs" / "search_scorer.js")
html_additional_pages = {"index": "redirect.html"}
templates_path = ["_templates"]
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}

#: Matches an entry in a list of pages: its title and its page.
_ENTRY = re.compile(
    r"^- \[([^]]+)\]\((?!https?:)([^)#]+)\.(?:md|ipynb)\)", re.MULTILINE
)


def setup(app: Sphinx) -> None:
    """Connect the functions below."""
    app.add_lexer("csv", TextLexer)
    app.connect("builder-inited", write_api_pages)
    app.connect("source-read", add_searched)
    app.connect("source-read", add_contents)
    app.connect("doctree-read", link_to_repository, priority=100)
    app.connect("env-updated", shorten_contents)
    app.connect("missing-reference", find_public_name)
    app.connect("autodoc-process-docstring", read_sections)
    app.connect("autodoc-process-signature", show_default)
    app.connect("html-page-context", number_captions, priority=900)


def add_searched(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add entries of the index, which the search shows before other matches."""
    for title, words in SEARCHED.get(page, {}).items():
        before, heading, after = source[0].partition(f"# {title}\n")
        if not heading:
            message = f"{page} has no section `{title}`"
            raise ValueError(message)
        # A main entry comes before all other results.
        entries = ", ".join(f"!{word}" for word in words)
        source[0] = f"{before}{heading}\n```{{index}} {entries}\n```\n{after}"


def add_contents(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add navigation: from the lists on the front page, and for pages in chapters."""
    text = source[0]
    if page == root_doc:
        for section in text.split("\n## ")[1:]:
            caption = section.partition("\n")[0]
            entries = (f"{title} <{path}>" for title, path in _ENTRY.findall(section))
            source[0] += contents(f":caption: {caption}", *entries)
    elif page in CHAPTERS:
        source[0] += contents(":glob:", CHAPTERS[page])


def contents(*lines: str) -> str:
    """Return a hidden table of contents."""
    return "\n".join(("\n\n```{toctree}", ":hidden:", ":titlesonly:", *lines, "```\n"))


def shorten_contents(_app: Sphinx, env: BuildEnvironment) -> None:
    """Limit the depth of the tables of contents of long pages."""
    for page in env.found_docs:
        if page.startswith(LONG):
            env.metadata[page]["tocdepth"] = 2


def write_api_pages(_app: Sphinx) -> None:
    """Write a page of docstrings for each module that has public names."""
    API.mkdir(exist_ok=True)
    pages = {API / f"{module}.md": text for module, text in api_pages()}
    for stale in set(API.iterdir()) - set(pages):
        stale.unlink()
    for page, text in pages.items():
        if not page.is_file() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def api_pages() -> Iterator[tuple[str, str]]:
    """Yield each module with public names and the text of its page."""
    homes = {"report": [".. autoclass:: boundaryethics.report.Report"]}
    for name in sorted(boundaryethics.__all__, key=str.lower):
        value = getattr(boundaryethics, name)
        home = boundaryethics._HOMES.get(name, name)  # noqa: SLF001
        if isinstance(value, ModuleType):
            homes[home] = [f".. automodule:: boundaryethics.{name}"]
        elif name != "__version__":
            homes.setdefault(home, []).append(directive(name, home, value))
    for module, shown in sorted(homes.items()):
        about = import_module(f"boundaryethics.{module}").__doc__ or ""
        lines = (".. currentmodule:: boundaryethics", "", *shown)
        block = ("```{eval-rst}", *lines, "```")
        yield (
            module,
            "\n".join(
                (f"# boundaryethics.{module}", "", about.strip(), "", *block, "")
            ),
        )


def directive(name: str, home: str, value: object) -> str:
    """Return the directive that documents a public name."""
    if isinstance(value, type):
        return f".. autoclass:: {name}"
    if callable(value):
        return f".. autofunction:: {name}"
    return f".. autodata:: boundaryethics.{home}.{name}"


def read_sections(_app: Sphinx, kind: str, _name: str, *documented: Any) -> None:
    """Parse Args, Returns and Raises, and link result classes to their base class."""
    value, _options, lines = documented
    if kind not in {"attribute", "data", "property"}:  # comments without sections
        lines[:] = GoogleDocstring(lines).lines()
    if isinstance(value, type) and issubclass(value, Report) and value is not Report:
        lines += [
            "",
            "It also has the methods of :class:`~boundaryethics.report.Report`.",
        ]


def show_default(_app: Sphinx, *documented: Any) -> tuple[str | None, str | None]:
    """Show a default that attrs computes as `...`, like one that is too long."""
    signature, returned = documented[-2:]
    return signature and signature.replace("= NOTHING", "= ..."), returned


def number_captions(_app: Sphinx, *page: Any) -> None:
    """Give the headings in the navigation a level, which screen readers need."""
    _name, _template, context, _doctree = page
    tree = context.get("furo_navigation_tree", "")
    level = 'role="heading" aria-level="2"'
    context["furo_navigation_tree"] = tree.replace('role="heading"', level)


def find_public_name(
    _app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    text: nodes.Element,
) -> nodes.Element | None:
    """Find the public name of an object that an annotation names by its module."""
    _, _, name = node["reftarget"].rpartition(".")
    python = env.domains.python_domain
    if node.get("refdomain") != "py" or f"boundaryethics.{name}" not in python.objects:
        return None
    found = python.objects[f"boundaryethics.{name}"]
    return make_refnode(
        _app.builder, node["refdoc"], found.docname, found.node_id, text
    )


def link_to_repository(app: Sphinx, page: nodes.document) -> None:
    """Link files and folders that are not pages to the repository, as GitHub does."""
    links = [
        *page.findall(addnodes.download_reference),
        *page.findall(addnodes.pending_xref),
    ]
    for link in links:
        if link["reftype"] == "myst" and not link.get("refdomain"):
            path = app.env.relfn2path(link["reftarget"], link["refdoc"])[0]
            if (ROOT / path).exists():
                kind = "blob" if (ROOT / path).is_file() else "tree"
                url = f"{REPOSITORY}/{kind}/{REVISION}/{path}"
                link.replace_self(nodes.reference("", "", *link.children, refuri=url))
