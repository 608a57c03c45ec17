"""Values have short representations, and HTML in notebooks."""

from __future__ import annotations

import inspect
import pickle
import re
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics import Option, Policy

EVIL = "<script>alert(1)</script>"
POLICY = boundaryethics.load_policy("naadac-2021")
DANGER = boundaryethics.consult(
    {"contact": "message", "client_status": "active", "risk_of_harm": "imminent"},
    POLICY,
)
CALM = boundaryethics.consult(
    {"contact": "message", "client_status": "active", "risk_of_harm": "none"}, POLICY
)
#: The maximum length of the representation of one value.
MOST = 500


def _values(value: Any, met: dict[int, object]) -> None:
    """Collect *value* and all values in its fields and properties."""
    if isinstance(value, dict | tuple | list | frozenset):
        parts = value.values() if isinstance(value, dict) else value
        for part in parts:
            _values(part, met)
    elif attrs.has(type(value)) and id(value) not in met:
        met[id(value)] = value
        fields: Any = attrs.fields(type(value))
        for field in fields:
            _values(getattr(value, field.name), met)


def _instances() -> list[object]:
    met: dict[int, object] = {}
    facts = {"contact": "message", "client_status": "active"}
    verdict = boundaryethics.consult(facts, POLICY)
    where = {"contact": ["message"], "setting": ["social_network"]}
    for value in (
        DANGER,
        DANGER.options,
        DANGER.comparisons,
        DANGER.proofs,
        tuple(DANGER.proofs[name] for name in DANGER.proofs),
        boundaryethics.policies(),
        boundaryethics.open_questions(verdict),
        boundaryethics.why(verdict, "decline"),
        boundaryethics.why_not(verdict, "leave first"),
        boundaryethics.counterfactuals(verdict),
        boundaryethics.explain_pair(verdict, "decline", "leave"),
        boundaryethics.compare("apa-2017", "nasw-2021", where=where),
        boundaryethics.ranking_counts("apa-2017", where=where),
    ):
        _values(value, met)
    return [*met.values()]


def test_representations_are_short() -> None:
    """They do not fill a screen, however large the value is."""
    instances = _instances()
    long = {
        type(one).__name__: len(repr(one)) for one in instances if len(repr(one)) > MOST
    }

    assert {} == long
    public = {
        value
        for value in map(boundaryethics.__dict__.get, boundaryethics.__all__)
        if inspect.isclass(value)
    }
    model = {c for c in public if c.__module__.startswith("boundaryethics.model.")}
    unmet = {c.__name__ for c in model if attrs.has(c)} - {
        type(one).__name__ for one in instances
    }
    assert {"Adjustment", "Dilemma"} >= unmet


def test_representations_truncate_long_texts() -> None:
    """This matters for policies written by users."""
    text = "word " * 1000
    own = boundaryethics.read_policy(f"policy: own\ntitle: {text}\nabout: {text}\n")

    assert len(repr(own)) < MOST
    assert "Policy(id='own', title='word word" == repr(own)[:33]
    assert "Rule('seek-supervision')" == repr(POLICY.rule["seek-supervision"])
    assert "FactIn(fact='a', values=frozenset({'b'}))" == repr(
        boundaryethics.FactIn("a", frozenset({"b"}))
    )


class _Text(HTMLParser):
    """Collect the text of a page, and check that its elements are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.open = "", list[str]()
        self.feed(page)
        assert [] == self.open

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        """Record an open element."""
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the innermost element is closed."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.text += data


def _step(verdict: boundaryethics.Verdict) -> object:
    return verdict.proofs[verdict.binding[0]]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (POLICY, ["naadac-2021", POLICY.title, "facts", "rules", " more"]),
        (POLICY.vocabulary, ["client_status", POLICY.vocabulary["contact"].question]),
        (POLICY.rule["seek-supervision"], ["seek-supervision", "advises"]),
        (DANGER.options, ["ruled out"]),
        (DANGER.comparisons[0], ["ranks above"]),
        (DANGER.proofs, ["applies"]),
        (_step(DANGER), ["applies"]),
    ],
)
def test_a_notebook_shows_readable_text(part: Any, words: list[str]) -> None:
    """The HTML is complete, and its text describes the value."""
    text = _Text(part._repr_html_()).text

    assert [] == [word for word in words if word not in text]
    assert len(text) < 8000


@pytest.mark.parametrize(
    "part",
    [
        lambda verdict: verdict.options,
        lambda verdict: verdict.comparisons[0],
        lambda verdict: verdict.proofs,
        _step,
    ],
)
def test_danger_comes_first(part: Any) -> None:
    """The HTML of a part of a verdict begins with the crisis action, if any."""
    urgent = DANGER.urgent[0].says.split(".")[0]
    text = _Text(part(DANGER)._repr_html_()).text.strip()

    assert urgent in text[:400]
    assert urgent not in _Text(part(CALM)._repr_html_()).text


def _evil() -> Policy:
    apa = boundaryethics.load_policy("apa-2017")
    return apa.variant(
        "evil",
        title=EVIL,
        about=EVIL,
        facts={"evil": {"question": EVIL, "values": {"a": EVIL}}},
        principles={
            "evil": {"title": EVIL, "cites": [{"source": "e", "section": "1"}]}
        },
        sources={"e": {"title": EVIL, "short": EVIL}},
        add=[
            {
                "id": "evil",
                "then": {"favors": {"decline": "strong"}},
                "principle": "evil",
                "because": EVIL,
            }
        ],
    )


def test_policy_texts_are_escaped_in_notebooks() -> None:
    """Text of a policy is never markup."""
    policy = _evil()
    verdict = boundaryethics.consult({"contact": "message"}, policy)
    parts: list[Any] = [policy, policy.vocabulary, policy.rule["evil"]]
    parts += [verdict.options, verdict.proofs["evil"]]
    parts += [verdict.compare("decline", "leave")]
    pages = [part._repr_html_() for part in parts]

    assert not [page for page in pages if "<script" in page]
    assert all("&lt;script&gt;" in page for page in pages)


def test_options_are_a_mapping() -> None:
    """`Verdict.options` has the four options in order."""
    options = DANGER.options

    assert [*Option] == [*options]
    assert DANGER.assessments == tuple(options.values())
    assert DANGER.options["decline"] is options[Option.DECLINE]  # type: ignore[index]
    assert 4 == len(options)
    assert options == pickle.loads(pickle.dumps(options))  # noqa: S301
    assert re.fullmatch(r"Options\((\w+: \w+ \d(, |\)))+", repr(options))


def test_parts_are_compared_without_their_verdict() -> None:
    """Equal proofs and comparisons stay equal, with and without their verdict."""
    bare = attrs.evolve(DANGER.comparisons[0], verdict=None)

    assert DANGER.comparisons[0] == bare
    assert bare._repr_html_() is None
    proof = DANGER.proofs[DANGER.binding[0]]
    assert proof == attrs.evolve(proof, verdict=None)
