"""Format results as text, HTML, plain data and data frames.

Result classes inherit from `Report` and define `_table`, which returns a `Table`.
Results that consist of sentences inherit from `Outline` and define `_lines`, which
yields lines.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from functools import wraps
from html import escape
from itertools import groupby, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, final

import attrs

from boundaryethics import exports
from boundaryethics.arguments import checked
from boundaryethics.errors import TableError, problem
from boundaryethics.model.display import CLASSES, ShortRepr
from boundaryethics.model.display import Table as Table  # noqa: PLC0414 - public here
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import (
    Comparison,
    Options,
    Proof,
    Proofs,
    Reason,
    Step,
)
from boundaryethics.provenance import KEY, PolicyRecord, Provenance, public
from boundaryethics.render.outline import danger
from boundaryethics.render.proof import proof_outline, proof_tree, summary_outline
from boundaryethics.render.text import wrapped_lines
from boundaryethics.render.wording import (
    NOTE,
    SPEAKING,
    deciding,
    doing,
    listed,
    named,
    opened,
    plural,
    sentence_of,
    shown,
)

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy
    from boundaryethics.model.verdict import Verdict
    from boundaryethics.model.verdict_data import ProofDict
    from boundaryethics.ranking import Ranking


#: A number of situations or, if they have weights, their exact share.
Count: TypeAlias = int | Fraction

#: Types whose values are already plain data.
_PLAIN = frozenset({str, int, float, bool, type(None)})


def as_data(value: object, *, exact: bool = False) -> Any:
    """Convert *value* to plain data, ready for JSON. Data classes become mappings.

    Numbers never become text. A fraction becomes the nearest float or, with *exact*,
    its numerator and denominator.
    """
    # Most values are already plain data, and the checks below take longer.
    if type(value) in _PLAIN:
        return value
    match value:
        case list() | tuple():
            return [
                each if type(each) in _PLAIN else as_data(each, exact=exact)
                for each in value
            ]
        case Enum():
            return value.value
        case Fraction(numerator=above, denominator=below):
            parts = {"numerator": above, "denominator": below}
            return parts if exact else float(value)
        case Situation():
            return value.known()
        case Mapping():
            return {as_data(key): as_data(v, exact=exact) for key, v in value.items()}
        case set() | frozenset():
            return sorted(as_data(each, exact=exact) for each in value)
        case Report():
            return value._data()  # noqa: SLF001 - a part of another result
    if (to_dict := getattr(value, "to_dict", None)) is not None:
        return to_dict()
    return fields_as_data(value, exact=exact) if attrs.has(type(value)) else value


def picked(item: object, *names: str) -> dict[str, Any]:
    """Return the attributes of *item* listed in *names*, as plain data."""
    return {name: as_data(getattr(item, name)) for name in names}


def fields_as_data(
    item: Any, *, exact: bool = False, without: Container[str] = ()
) -> dict[str, Any]:
    """Return the fields of a data class as plain data, except those in *without*."""
    # `attrs.fields` checks the class on each call.
    names = (field.name for field in type(item).__attrs_attrs__)
    return {
        name: as_data(getattr(item, name), exact=exact)
        for name in names
        if name not in without
    }


def made_of(
    *policies: Policy | PolicyRecord, seed: int | None = None, **parameters: Any
) -> Provenance:
    """Return the provenance of a result with these policies, seed and arguments."""
    return Provenance(policies, seed, as_data(parameters, exact=True))


Arguments = ParamSpec("Arguments")


def signed_chart(chart: Callable[Arguments, Any]) -> Callable[Arguments, Any]:
    """Wrap the *chart* method of a `Report`, so that its charts contain the provenance.

    The provenance in a chart leaves out the facts of a situation, because charts are
    often published. It also leaves out titles, which are not needed to identify a
    policy.
    """

    @wraps(chart)
    def signed(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        source: Any = args[0]
        made = public(source.provenance.to_dict())
        for policy in made["policies"]:
            del policy["title"]
        return chart(*args, **kwargs).properties(usermeta={KEY: made})

    return signed


class PlainData(ShortRepr):
    """Base class for data classes with `to_dict` and a short `repr`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON."""
        return fields_as_data(self)


@attrs.frozen(kw_only=True)
class Report(PlainData):
    """Base class for results with text, HTML and a data frame, all from one `Table`.

    If a result has a `chart` method, the method raises `PictureError` without Altair,
    or under `python -OO`.
    """

    #: The policies and parameters that produce this result. Comparisons ignore them.
    provenance: Provenance = attrs.field(factory=Provenance, eq=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON, with its provenance."""
        return {**self._data(), "provenance": self.provenance.to_dict()}

    def _data(self) -> dict[str, Any]:
        """Return the result as plain data, without provenance."""
        return fields_as_data(self, without={"provenance"})

    def to_frame(self) -> Any:
        """Return a pandas or polars data frame with one row for each item.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self._rows().frame()

    @checked
    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Save the result to *path*, which ends in .csv, .parquet, .dta, .json or .tex.

        JSON files contain the complete result with its provenance. The other formats
        contain a table. *force* replaces an existing file.

        Raises:
            TableError: the file exists or cannot be written, or a library is missing.
        """
        exports.save(
            Path(path), self._rows(), self.to_dict(), shown=self._shown(), force=force
        )

    @checked
    def to_stata(self, path: str | Path, *, force: bool = False) -> None:
        """Save the rows of `to_frame` to *path*, a Stata file with the extension .dta.

        Column names that Stata does not allow are changed, and labels contain the
        original names. Infinite numbers become missing values, and an added column with
        the suffix `_inf` contains their sign.

        Raises:
            TableError: the file has a different extension, exists or cannot be written,
                or a library is missing.
        """
        if Path(path).suffix.lower() != ".dta":
            words: dict[str, Any] = {"file": path, "use": "write Stata"}
            raise TableError([problem("BE730.ending", **words, endings=".dta")])
        self.save(path, force=force)

    def to_latex(self) -> str:
        """Return the table of the text output as LaTeX, with `booktabs` lines."""
        comments = exports.origin(self.provenance.to_dict())
        return exports.latex(self._shown(), comments)

    def _shown(self) -> Table:
        """Return the text table or, if there is none, the data frame table."""
        has_text = type(self)._table is not Report._table  # noqa: SLF001
        if has_text:
            return self._table()
        rows = self._rows()
        headings = tuple(name.replace("_", " ") for name in rows.columns)
        return Table(lines=rows.lines, columns=headings, rows=rows.rows)

    def __str__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def _tables(self) -> Iterator[Table]:
        """Yield the tables to show as text or HTML."""
        yield self._table()

    def _table(self) -> Table:
        raise NotImplementedError

    def _rows(self) -> Table:
        """Return the table for the data frame: by default, the text table."""
        return self._table()


@final
@attrs.frozen
class OutlineLine:
    """A line of an outline, with its depth."""

    text: str
    #: The nesting level: 0 for the top level.
    depth: int = 0


def nested_list(lines: Iterable[OutlineLine]) -> Iterator[str]:
    """Yield *lines* as a nested HTML list."""
    depth = -1
    for line in lines:
        if line.depth > depth:
            yield "<ul>" + "<li><ul>" * (line.depth - depth - 1)
        else:
            yield "</li>" + "</ul></li>" * (depth - line.depth)
        yield f"<li>{escape(shown(line.text))}"
        depth = line.depth
    if depth >= 0:
        yield "</li>" + "</ul></li>" * depth + "</ul>"


@attrs.frozen(kw_only=True)
class Outline(Report):
    """Base class for results about one verdict that consist of sentences.

    Subclasses define `_lines`, and `_rows` for the data frame. Urgent advice comes
    first. Control characters are removed, and text is escaped for HTML.
    """

    verdict: Verdict = attrs.field(repr=False)

    def __str__(self) -> str:
        return "\n\n".join(self.paragraphs())

    def paragraphs(self) -> tuple[str, ...]:
        """Return the text in paragraphs. Urgent advice is first, and a note is last."""
        lines = [*self._all_lines(), OutlineLine(""), OutlineLine(NOTE)]
        return tuple(
            "\n".join(
                wrapped
                for line in paragraph
                for indent in ["  " * line.depth]
                for wrapped in wrapped_lines(shown(line.text), indent, f"{indent}  ")
            )
            for filled, paragraph in groupby(lines, lambda line: bool(line.text))
            if filled
        )

    def _repr_html_(self) -> str:
        lines = nested_list(line for line in self._all_lines() if line.text)
        note = f"<footer>{escape(NOTE)}</footer>"
        return "\n".join([f'<div class="{CLASSES}">', *lines, note, "</div>"])

    def _all_lines(self) -> Iterator[OutlineLine]:
        urgent = danger(self.verdict)
        if urgent.items:
            yield OutlineLine(urgent.heading.upper())
            yield from (OutlineLine(item.with_source, 1) for item in urgent.items)
            yield OutlineLine("")
        yield from self._lines()

    def _lines(self) -> Iterator[OutlineLine]:
        raise NotImplementedError


def comparison_lines(
    verdict: Verdict, comparisons: Iterable[Comparison]
) -> Iterator[OutlineLine]:
    """For each comparison, yield the deciding criterion, and then the reasons."""
    for one in comparisons:
        above, below = opened(named(verdict, one.above)), named(verdict, one.below)
        yield OutlineLine("")
        if one.decided_by is None:
            yield OutlineLine(f"{above} and {below} are tied, given what is known.")
            continue
        yield OutlineLine(f"{above} ranks above {below}: {deciding(one.decided_by)}.")
        yield from _reason_lines(verdict, one.reasons, "")
        yield from _reason_lines(verdict, one.against, " (outweighed)")


def _reason_lines(
    verdict: Verdict, reasons: Iterable[Reason], mark: str
) -> Iterator[OutlineLine]:
    """Yield a line for each rule, with the options that it supports and opposes."""
    by_rule: dict[str, list[str]] = {}
    for reason in reasons:
        speaks = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
        by_rule.setdefault(reason.rule, []).append(speaks)
    for rule, effects in by_rule.items():
        speaks = opened(f"{listed(effects)}{mark}")
        because = sentence_of(verdict, rule).with_source
        yield OutlineLine(f"{speaks}: {because} [{rule}]", 1)


@final
@attrs.frozen(kw_only=True)
class _PartOutline(Outline):
    """A part of a verdict, formatted for a notebook."""

    part: Options | Comparison | Proofs | Proof

    def _lines(self) -> Iterator[OutlineLine]:
        verdict, part = self.verdict, self.part
        match part:
            case Comparison():
                yield from comparison_lines(verdict, [part])
            case Options():
                for one in sorted(part.values(), key=lambda one: one.rank):
                    out = one.option in verdict.ruled_out
                    rank = "ruled out" if out else f"rank {one.rank}"
                    yield OutlineLine(f"{doing(verdict, one.option)}: {rank}")
                    yield from _reason_lines(verdict, one.reasons, "")
            case Proofs(rules, findings):
                for name in part:
                    step = rules.get(name) or findings[name]
                    yield from starmap(_proof_line, summary_outline(verdict, step))
            case Proof((Step(rule), *_)):
                yield OutlineLine(sentence_of(verdict, rule).with_source)
                yield from proof_lines(proof_tree(verdict, part))
            case Proof():
                yield from proof_lines(proof_tree(verdict, part))


def part(verdict: Verdict, part: Options | Comparison | Proofs | Proof) -> str:
    """Return a part of *verdict* as HTML for a notebook."""
    return _PartOutline(verdict=verdict, part=part)._repr_html_()


def frame(verdict: Verdict) -> Any:
    """Return a data frame with one row for each option of *verdict*.

    Raises:
        AnalysisError: neither pandas nor polars is installed.
    """
    columns = ("option", "label", "rank", "status", *verdict.criteria)
    ranked = (verdict.options[one] for options in verdict.ranking for one in options)
    rows = tuple(
        (
            *(one.option.value, verdict.label(one.option), one.rank, one.status.value),
            *one.sums,
        )
        for one in ranked
    )
    return Table(columns=columns, rows=rows).frame()


def proof_lines(proof: ProofDict) -> Iterator[OutlineLine]:
    """Yield the conclusions of *proof*, with their premises."""
    return starmap(_proof_line, proof_outline(proof))


def _proof_line(depth: int, text: str) -> OutlineLine:
    return OutlineLine(text, depth)


def ranking_text(ranking: Ranking) -> str:
    """Format a ranking on one line: `decline > ignore = leave > continue`."""
    return " > ".join(" = ".join(group) for group in ranking)


def firsts_in_order(
    firsts: Iterable[tuple[Option, ...]],
) -> tuple[tuple[Option, ...], ...]:
    """Sort the distinct top responses: single options before ties."""
    order = list(Option).index
    return tuple(sorted(set(firsts), key=lambda one: (len(one), [*map(order, one)])))


def facts_text(situation: Situation | None) -> str:
    """Format the known facts of a situation on one line."""
    if situation is None:
        return "-"
    known = situation.known()
    return ", ".join(f"{n}: {v}" for n, v in known.items()) or "nothing known"


def counted(count: Count, total: Count) -> str:
    """Format a number of situations or, if they have weights, their share."""
    return f"{count:,}" if isinstance(total, int) else percent(count, total)


def cell(count: Count, total: Count) -> int | str:
    """Return a count for a table cell, or its percentage if situations have weights."""
    return int(count) if isinstance(total, int) else percent(count, total)


def of_total(count: Count, total: Count) -> str:
    """Format a number of situations with its share: `1 of 8 situations (12.500%)`."""
    share = percent(count, total)
    if isinstance(total, int):
        return f"{count:,} of {total:,} situations ({share})"
    return f"{share} of situations by weight"


def extent(numbers: Iterable[Count], text: Callable[[Any], str] = "{:,}".format) -> str:
    """Format the smallest and largest of *numbers*: `3 to 7`, or `5`."""
    ordered = sorted(numbers)
    return " to ".join(dict.fromkeys(map(text, ordered[:1] + ordered[-1:])))


def population_part(total: Count) -> str:
    """Format the number of situations that a result covers, or their share."""
    if isinstance(total, int):
        return plural(total, "situation")
    if total == 1:
        return "weighted situations"
    return f"{percent(total, 1)} of the total weight"


def sized(over: object, total: Count) -> str:
    """Describe the population *over*, and its size if its situations are counted."""
    if total == 1 and not isinstance(total, int):
        return str(over)
    return f"{over} ({population_part(total)})"


def percent(part: Count, whole: Count) -> str:
    """Format a percentage. It is 0% or 100% only if the share is exactly 0 or 1."""
    if not whole or part in {0, whole}:
        return "100%" if whole and part else "0%"
    share = float(100 * part / whole)
    return f"{min(max(share, 0.001), 99.999):.3f}%"
