"""Invalid values that callers may pass, and all public calls with arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd

import boundaryethics
from boundaryethics import charts, render
from boundaryethics.mdd.space import space_of
from support.public_results import (
    STATED,
    instances,
    policy,
    results,
    two_principles,
    verdict,
)


class Hostile:
    """An object whose every method raises its own error."""

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __bool__ = __iter__ = __len__ = __index__ = __float__ = _raise
    __getitem__ = __call__ = __format__ = __fspath__ = _raise


class HostileText(str):
    """A text that cannot be shown, compared or hashed."""

    __slots__ = ()

    def _raise(self, *_: object) -> Any:
        message = "hostile"
        raise RuntimeError(message)

    __str__ = __repr__ = __eq__ = __hash__ = __format__ = _raise


def _looped_list() -> list[Any]:
    looped: list[Any] = []
    looped.append(looped)
    return looped


def _looped_mapping() -> dict[str, Any]:
    looped: dict[str, Any] = {}
    looped["contact"] = looped
    return looped


#: Functions that make the values, because a generator can be read only once.
ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "7": lambda: 7,
    "10**400": lambda: 10**400,
    "0.5": lambda: 0.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1j": lambda: 1j,
    "bytes": lambda: b"contact",
    "bytearray": lambda: bytearray(b"contact"),
    "''": lambda: "",
    "nope": lambda: "nope",
    "decline": lambda: "decline",
    "NUL": lambda: "a\0b",
    "newline": lambda: "contact\n",
    "surrogate": lambda: "\ud800",
    "huge": lambda: "x" * 100_000,
    "braces": lambda: "{0.__class__} {name} %s",
    "missing path": lambda: Path("/nonexistent/folder/file.yaml"),
    "folder": lambda: Path(__file__).parent / "no" / "..",
    "NUL path": lambda: Path("a\0b"),
    "surrogate path": lambda: Path("\ud800"),
    "[]": list,
    "{}": dict,
    "()": tuple,
    "set": lambda: {"contact"},
    "[None]": lambda: [None],
    "[1]": lambda: [1],
    "[nope]": lambda: ["nope"],
    "[[]]": lambda: [[]],
    "[{}]": lambda: [{}],
    "{nope: nope}": lambda: {"nope": "nope"},
    "{1: 2}": lambda: {1: 2},
    "{None: None}": lambda: {None: None},
    "{contact: []}": lambda: {"contact": []},
    "{contact: {}}": lambda: {"contact": {}},
    "{contact: surrogate}": lambda: {"contact": "\ud800"},
    "looped list": _looped_list,
    "looped mapping": _looped_mapping,
    "generator": lambda: (one for one in ("contact",)),
    "many numbers": lambda: iter(range(100)),
    "object": object,
    "class": lambda: int,
    "function": lambda: len,
    "hostile": Hostile,
    "hostile text": lambda: HostileText("contact"),
    "[hostile]": lambda: [Hostile()],
    "{contact: hostile}": lambda: {"contact": Hostile()},
    "numpy bool": lambda: np.True_,
    "numpy integer": lambda: np.int64(3),
    "numpy float": lambda: np.float64(1.5),
    "numpy array": lambda: np.array([1, 2]),
    "numpy text": lambda: np.array(["contact"]),
    "pandas NA": lambda: pd.NA,
    "pandas NaT": lambda: pd.NaT,
    "series": lambda: pd.Series(["message"]),
    "frame": lambda: pd.DataFrame({"contact": ["message"]}),
    "empty frame": pd.DataFrame,
    "policy": policy,
    "verdict": verdict,
    "module": lambda: boundaryethics,
    "enum": lambda: boundaryethics.Status.REQUIRED,
}


def _good(owner: str, name: str, annotation: str) -> Any:
    """Return a valid argument for the parameter *name* of *owner*."""
    for key in (f"{owner}.{name}", name, annotation):
        if key in _GOOD:
            return _GOOD[key]()
    message = f"no fitting value for `{name}: {annotation}` of {owner}"
    raise LookupError(message)


def _result(name: str) -> Callable[[], Any]:
    return lambda: results()[name]


def _instance(kind: type) -> Callable[[], Any]:
    return lambda: instances()[kind]


_NOWHERE = "/nonexistent/folder/file"
_RANKS = ("continue", "ignore", "decline", "leave")
#: Valid arguments by function and parameter, by parameter, or by annotation.
_GOOD: dict[str, Callable[[], Any]] = {
    "WeightMap.at.first": lambda: 0,
    "WeightMap.at.second": lambda: 2,
    "Number": lambda: 1,
    "boundaryethics.schema.kind": lambda: "situation",
    "boundaryethics.weight_curve.principle": lambda: "care",
    "boundaryethics.weight_map.policy": two_principles,
    "boundaryethics.weight_map.principles": lambda: ["care", "other"],
    "RankAcceptability.of.option": lambda: "decline",
    "SwitchEffects.of.switch": lambda: "c",
    "Policy": policy,
    "Policy | str | Path": policy,
    "str | Path | Policy": policy,
    "a": policy,
    "b": policy,
    "bool": lambda: False,
    "str": lambda: "text",
    "Verdict": verdict,
    "Panel": _result("panel"),
    "Sweep": _result("sweep"),
    "Situation": lambda: verdict().situation,
    "Facts": lambda: verdict().situation,
    "Vocabulary": lambda: policy().vocabulary,
    "Rule": lambda: policy().rules[0],
    "Fact": lambda: policy().vocabulary.facts[0],
    "Source": lambda: policy().sources[0],
    "Case": _result("case"),
    "Strength": lambda: boundaryethics.Strength.WEAK,
    "Pull": lambda: boundaryethics.Pull.FAVORS,
    "Option": lambda: boundaryethics.Option.LEAVE,
    "Option | str": lambda: "leave",
    "str | Path": lambda: _NOWHERE,
    "Asked": verdict,
    "Stated": lambda: STATED,
    "Mapping[str, object] | Situation": lambda: STATED,
    "old": policy,
    "new": policy,
    "base": policy,
    "str | None": lambda: None,
    "LintReport.with_problems.problems": lambda: [
        one.problem for one in results()["lint"].remarks
    ],
    "stated": lambda: STATED,
    "Adjustment.on.rule": lambda: policy().rules[0],
    "Interview.answer.value": lambda: "message",
    "Interview.answer.fact": lambda: "contact",
    "Interview.from_dict.data": lambda: dict(results()["interview"].to_dict()),
    "Fact.invalid_value_message.stated": lambda: "nope",
    "Verdict.worksheet.form": lambda: "html",
    "render.worksheet.form": lambda: "html",
    "Verdict.what_if.fact": lambda: "danger",
    "Situation.values_possible_for.name": lambda: "danger",
    "Vocabulary.answers.name": lambda: "danger",
    "Vocabulary.impossible_in.values": lambda: ("message", "yes", "active"),
    "render.proof_data.name": lambda: "two",
    "render.proof_text.name": lambda: "two",
    "boundaryethics.rebuild_variant.name": lambda: "drop:two",
    "target": lambda: "two",
    "boundaryethics.why_not.target": lambda: "four",
    "boundaryethics.rank_file.target": lambda: f"{_NOWHERE}.csv",
    "boundaryethics.rank_file.source": lambda: f"{_NOWHERE}.csv",
    "charts.save.path": lambda: f"{_NOWHERE}.svg",
    "where": lambda: {"danger": "no"},
    "immutable": lambda: ["danger"],
    "columns": lambda: {"contact": "contact"},
    "frame": lambda: pd.DataFrame({"contact": ["message", None]}),
    "table": lambda: None,
    "row": lambda: 0,
    "codes": lambda: np.zeros((2, 3), np.uint8),
    "binding": lambda: False,
    "Derivation.of.binding": lambda: ["one"],
    "overridden": dict,
    "findings": frozenset,
    "families": boundaryethics.DropRules,
    "cases": tuple,
    "boundaryethics.sweep.workers": lambda: 1,
    "boundaryethics.sweep.cases": tuple,
    "boundaryethics.sweep.families": lambda: boundaryethics.DropRules(["one"]),
    "boundaryethics.cross_validate.folds": lambda: 2,
    "boundaryethics.cross_validate.penalty": lambda: 1.0,
    "boundaryethics.fit.penalty": lambda: 1.0,
    "boundaryethics.consult.policy": policy,
    "boundaryethics.explore.policy": policy,
    "boundaryethics.rater_agreement.resamples": lambda: 0,
    "boundaryethics.policy_agreement.resamples": lambda: 0,
    "panel": _result("panel"),
    "policies": lambda: [policy()],
    "boundaryethics.agreement.policies": lambda: [policy(), policy().variant("x")],
    "seed": lambda: 1,
    "resamples": lambda: 0,
    "folds": lambda: 2,
    "penalty": lambda: 1.0,
    "int": lambda: 1,
    "threads": lambda: 1,
    "width": lambda: 60,
    "digits": lambda: 2,
    "sample": lambda: None,
    "progress": lambda: None,
    "boundaryethics.rank_file.progress": lambda: print,
    "record": lambda: verdict().record(),
    "when": lambda: "2026-01-01T00:00:00Z",
    "proof": lambda: verdict().proofs["two"],
    "of": lambda: "two",
    "problems": lambda: results()["error"],
    "ratings": lambda: [
        {"rater": "a", "vignette": "v", "option": o, "rank": n}
        for n, o in enumerate(_RANKS, 1)
    ],
    "vignettes": lambda: {"v": {"contact": "message"}},
    "share": lambda: "first",
    "swept": _result("switched"),
    "switches": lambda: "c",
    "CaseReport.tally.by": lambda: str,
    "Region.contains.weights": lambda: {"care": 1, "roles": 1},
    "Region.keeps_strict_orders.weights": lambda: {"care": 1, "roles": 1},
    "weight": lambda: Fraction(1),
    "over": lambda: "all",
    "Population.of.weight": lambda: None,
    "Population.summary.space": lambda: space_of(policy().vocabulary),
    "Range.at.weight": lambda: 1,
    "boundaryethics.change.weights": lambda: {"care": 2},
    "Effects.at.strength": lambda: boundaryethics.Strength.WEAK,
    "UndefinedCounts.of.pairs": tuple,
    "Ranked.at.rows": lambda: slice(0, 1),
    "Ranked.binds.rule": lambda: "two",
    "rules": lambda: False,
    "principles": lambda: False,
    "Policy.citations_for.rules": lambda: ["two"],
    "Policy.with_layer.layer": lambda: attrs.evolve(
        results()["change"].edit, id="other"
    ),
    "Interview.from_dict.policy": policy,
    "id": lambda: "variant-1",
    "drop": lambda: ["one"],
    "adjust": lambda: {"two": {"strength": "weak"}},
    "add": tuple,
    "ranking": lambda: None,
    "Section": tuple,
    "measure": lambda: "ranking",
    "tuple[str, str]": lambda: ("a", "b"),
    "legend": lambda: ("", ""),
    "ends": lambda: None,
    "charts.save.chart": lambda: charts.bars([], title="", axis=""),
    "charts.bars.rows": lambda: [charts.Bar("a", 1.0)],
    "charts.intervals.rows": lambda: [charts.Interval("a", 1.0, 0.0, 2.0)],
    "charts.heat_map.rows": lambda: ["a"],
    "charts.heat_map.columns": lambda: ["b"],
    "charts.heat_map.values": lambda: [[1.0]],
    "charts.shares.counts": lambda: {"a": {"b": 1}},
    "charts.shares.parts": lambda: ["b"],
    "charts.dot_strip.dots": lambda: [charts.Dot("a", 1.0)],
    "charts.dot_strip.kinds": lambda: [""],
    "charts.step_lines.steps": lambda: [charts.Step("a", 0.0, 1.0, 2.0)],
    "charts.step_lines.axes": lambda: ("weight", "%"),
    "charts.tornado.swings": lambda: [charts.TornadoRow("a", 1.0, 2.0)],
    "charts.tornado.base": lambda: 1.5,
    "TornadoRow.width.base": lambda: 1.5,
    "charts.transition_matrix.counts": lambda: {("a", "a"): 1},
    "charts.transition_matrix.names": lambda: ["a"],
    "charts.transition_matrix.total": lambda: 1,
    "Vocabulary.joined.more": tuple,
    "Vocabulary.joined.impossible": tuple,
    "Vocabulary.joined.groups": tuple,
    "boundaryethics.both.parts": tuple,
    "boundaryethics.either.parts": tuple,
    "boundaryethics.load_compiled.path": lambda: _NOWHERE,
    "boundaryethics.read_policy.text": lambda: boundaryethics.write_policy(policy()),
    "boundaryethics.read_situation.text": lambda: "contact: message",
    "boundaryethics.error_details.error": lambda: boundaryethics.PolicyError([]),
    "boundaryethics.load_policy.id_or_path": lambda: "apa-2017",
    "boundaryethics.locate.id_or_path": lambda: "apa-2017",
    "overlay": tuple,
    "change": _result("change"),
    "vocabulary": lambda: policy().vocabulary,
    "boundaryethics.replay.policy": policy,
    "explain_pair.first": lambda: "leave",
}


_WORKERS = {"None", "7", "10**400", "numpy integer"}


@attrs.frozen
class Call:
    """A public function, method or constructor, with a valid set of arguments."""

    name: str
    function: Callable[..., Any]
    by_place: dict[str, Any]
    by_name: dict[str, Any]

    def odd_values(self, parameter: str) -> Iterator[str]:
        """Yield the names of the values to try for one *parameter*."""
        annotated = getattr(self.function, "__annotations__", {}).get(parameter)
        for name, make in ODD.items():
            if annotated == "bool":
                # Any value that counts as true or false is valid.
                wanted = name in {"None", "hostile", "pandas NA", "numpy array"}
            elif parameter in {"progress", "by"}:
                # An error in a callback is the caller's own error.
                wanted = not callable(make())
            else:
                # Several workers are started in other tests.
                wanted = parameter != "workers" or name not in _WORKERS
            if wanted:
                yield name

    def with_odd(self, parameter: str, value: Any) -> Any:
        """Make the call with *value* for one *parameter*."""
        place = [value if n == parameter else v for n, v in self.by_place.items()]
        named = {n: value if n == parameter else v for n, v in self.by_name.items()}
        return self.function(*place, **named)


def calls() -> Iterator[Call]:
    """Yield each public function, method and constructor that takes arguments."""
    for module in (boundaryethics, charts, render):
        for name in module.__all__:
            thing = getattr(module, name)
            owner = module.__name__.rpartition(".")[2]
            if callable(thing) and not inspect.isclass(thing):
                yield _call(f"{owner}.{name}", thing)
            elif inspect.isclass(thing) and not issubclass(thing, Enum):
                yield from _of_class(name, thing)


def _of_class(name: str, kind: type) -> Iterator[Call]:
    if kind.__module__.endswith("verdict_data"):
        return
    if issubclass(kind, Exception):
        yield Call(name, kind, {"problems": results()["error"]}, {})
        return
    instance = instances().get(kind)
    if instance is None:
        message = f"no instance of {name}"
        raise LookupError(message)
    if attrs.has(kind):
        fields: Any = attrs.fields(kind)
        given = {f.alias: getattr(instance, f.name) for f in fields if f.init}
        yield Call(name, kind, {}, given)
    for member in dir(kind):
        value = inspect.getattr_static(kind, member)
        of_class = isinstance(value, classmethod | staticmethod)
        function = getattr(kind if of_class else instance, member, None)
        ours = str(getattr(function, "__module__", "")).startswith("boundaryethics")
        if not member.startswith("_") and inspect.isroutine(function) and ours:
            yield _call(f"{name}.{member}", function)


def _call(name: str, function: Callable[..., Any]) -> Call:
    by_place: dict[str, Any] = {}
    by_name: dict[str, Any] = {}
    for one in inspect.signature(function).parameters.values():
        if one.kind in {one.VAR_KEYWORD, one.VAR_POSITIONAL}:
            continue
        value = one.default
        if value is one.empty or f"{name}.{one.name}" in _GOOD:
            value = _good(name, one.name, str(one.annotation))
        only_named = one.kind is one.KEYWORD_ONLY
        (by_name if only_named else by_place)[one.name] = value
    return Call(name, function, by_place, by_name)
