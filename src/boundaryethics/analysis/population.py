"""Define populations: the situations over which shares are computed, and their weights.

There are four types of population: all possible situations; those in which all
applicable facts are known; the rows of a table; and situations whose facts take their
values with independent probabilities. Weights are exact. Decimals are read as written,
and all weights are scaled to integers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, final

import attrs
import numpy as np

from boundaryethics._files import Digests, note_input
from boundaryethics.arguments import argument, checked, exact_number
from boundaryethics.errors import (
    AnalysisError,
    BoundaryEthicsError,
    Problem,
    SituationError,
    plain_text,
    problem,
    quoted,
    raise_together,
)
from boundaryethics.mdd.space import Space, TableRows, Where, space_of
from boundaryethics.model.display import ShortRepr
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Vocabulary
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, TextError, document, text_of
from boundaryethics.render.wording import plural
from boundaryethics.report import as_data

if TYPE_CHECKING:
    from boundaryethics.batch.reading import Reading

#: The types of populations.
Kind: TypeAlias = Literal["all", "known", "table", "probabilities"]
#: A population, or the data that define one: `all`, `known`, a table of situations (a
#: data frame, records, or the path of a file), or probabilities by fact and value (a
#: mapping, or the path of a file).
Over: TypeAlias = Any
#: The probability of each value of each fact.
Probabilities: TypeAlias = Mapping[str, Mapping[str, Fraction]]

_YAML = (".yaml", ".yml", ".json")
#: The columns of a table of probabilities.
_TRIPLE = ("fact", "value", "probability")
#: The largest total weight that fits into a 64-bit integer.
_WORD = 1 << 62


def _digest_of(table: TableRows | None) -> str | None:
    """Return a hash of the situations of a table and their weights."""
    if table is None:
        return None
    made = hashlib.sha256()
    for fact, (values, codes) in table.columns.items():
        made.update(f"{fact} {' '.join(values)} {len(codes)} ".encode())
        made.update(codes.tobytes())
    made.update(" ".join(map(str, table.weights)).encode())
    return made.hexdigest()


@final
@attrs.frozen(kw_only=True)
class PopulationSummary(ShortRepr):
    """A result's population, as a line of text and as data."""

    kind: Kind
    #: One line of text, to follow the words "shares of" or "over".
    text: str
    #: Whether situations have weights. Counts are then shares of the total weight.
    weighted: bool = False
    #: The number of rows in the table, if there is one.
    rows: int | None = None
    #: A hash of the situations of the table and their weights.
    digest: str | None = None
    #: The probabilities as given, by fact and value.
    probabilities: Probabilities | None = None
    #: The total probability of impossible combinations, which are left out.
    excluded: Fraction | None = None
    #: The name and SHA-256 digest of the file, and the settings that read it.
    read: Mapping[str, Any] = attrs.field(factory=dict, eq=False)

    def __str__(self) -> str:
        return self.text

    @property
    def recorded(self) -> Any:
        """The value of `over` that recreates the population; for a table, its hash.

        Probabilities are strings, so they stay exact in JSON.
        """
        if self.kind == "table":
            read = {"read": dict(self.read)} if self.read else {}
            return {"digest": self.digest, "rows": self.rows, **read}
        if self.probabilities is None:
            return self.kind
        return {
            fact: {value: str(share) for value, share in by_value.items()}
            for fact, by_value in self.probabilities.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the population as plain data, ready for JSON."""
        return {
            "kind": self.kind,
            "text": self.text,
            "weighted": self.weighted,
            "rows": self.rows,
            "digest": self.digest,
            "probabilities": as_data(self.probabilities),
            "excluded": as_data(self.excluded),
            **({"read": as_data(self.read)} if self.read else {}),
        }


@final
@attrs.frozen(kw_only=True)
class Population(ShortRepr):
    """The situations over which shares are computed, and how much each counts.

    Pass it as `over` to `compare`, `agreement`, `ranking_counts`, `rule_impact`,
    `sweep`, and the functions in `boundaryethics.sensitivity`.
    """

    kind: Kind = "all"
    #: The probabilities as given, exactly, for the facts that have any.
    probabilities: Probabilities = attrs.field(factory=dict)
    #: The distinct situations of a table, with integer weights.
    table: TableRows | None = attrs.field(default=None, repr=False, eq=_digest_of)
    #: The number of rows in the table.
    rows: int = 0
    #: The column of weights; None if there is none.
    weight: str | None = None
    #: The sum of the weights or, without weights, the number of rows.
    total: Fraction = Fraction(0)
    #: The name of the file, if the population is from one.
    source: str = ""
    #: The columns of the table that do not match a fact.
    unused: tuple[str, ...] = ()
    #: The name and SHA-256 digest of the file, and the settings that read it.
    read: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)

    @classmethod
    @checked
    def of(
        cls,
        over: Over,
        vocabulary: Vocabulary,
        *,
        weight: str | None = None,
        columns: Mapping[str, str] | None = None,
        reading: Reading | None = None,
    ) -> Self:
        """Define a population.

        If the population is defined by probabilities, the values of a fact without
        probabilities are equally likely. Such a fact is unknown only if none of its
        values is possible. A fact's probabilities must sum to 1, and can include one
        for `unknown`. In a table, a fact is unknown if its cell is empty or the fact
        has no column.

        Args:
            over: one of four definitions. `all` means all possible situations. `known`
                means those in which all applicable facts are known. A table has one
                situation per row; it is a data frame, a list of records, or the path of
                a file. Independent probabilities are given as a mapping such as
                `{"contact": {"message": 0.7, "co_presence": 0.3}}`, the path of a YAML
                file of this form, or a table with the columns `fact`, `value` and
                `probability`.
            vocabulary: the facts that a table or probabilities can use.
            weight: the table column with the weight of each row; by default, `weight`
                if there is such a column.
            columns: a mapping from facts to columns, needed only if the names differ.
            reading: settings for reading a table, such as its separator and codebook.

        Raises:
            AnalysisError: *over*, a probability or a weight is invalid, or a fact's
                probabilities do not sum to 1.
            SituationError: a fact or a value is not declared.
            TableError: a table cannot be read, or a cell is invalid.
        """
        if isinstance(over, cls):
            return over
        if isinstance(over, str | Path):
            over = argument("over", over, str | Path)
        if isinstance(over, str) and over in {"all", "known"}:
            return cls(kind="all" if over == "all" else "known")
        source, digests = "", Digests()
        if isinstance(over, str | Path):
            path, source = Path(over), Path(over).name
            if path.suffix.lower() in _YAML:
                over = _yaml(path, digests)
            elif not path.suffix:
                raise AnalysisError([problem("BE870", token=str(over))])
            else:
                note_input(path)
                over = path
        if isinstance(over, Mapping) and not digests:
            return cls._of_probabilities(over, vocabulary, source)
        from boundaryethics.batch.reading import Reading, recorded

        if isinstance(over, Mapping):
            found = cls._of_probabilities(over, vocabulary, source)
            return attrs.evolve(found, read=recorded(Reading(), digests))

        how = reading or Reading()
        if columns is not None:
            how = attrs.evolve(how, columns={**how.columns, **columns})
        found = cls._of_table(over, vocabulary, weight, source, how, digests=digests)
        return attrs.evolve(found, read=recorded(how, digests))

    @classmethod
    def _of_probabilities(
        cls,
        given: Mapping[Any, Any],
        vocabulary: Vocabulary,
        source: str,
        advise: Callable[[object], str | None] = lambda _: None,
    ) -> Self:
        """Read probabilities; *advise* returns advice about an unreadable number."""
        problems: list[Problem] = []
        probabilities: dict[str, dict[str, Fraction]] = {}
        for name, by_value in given.items():
            if not isinstance(by_value, Mapping):
                problems.append(problem("BE871.mapping", token=str(name)))
                continue
            misfits = [
                one
                for value in by_value
                for one in vocabulary.misfits_in({name: value})
            ]
            problems += dict.fromkeys(misfits or vocabulary.misfits_in({name: UNKNOWN}))
            if not problems:
                read = _probabilities(vocabulary[name], by_value, problems, advise)
                probabilities[name] = read
        if not given:
            problems.append(problem("BE871.none"))
        if problems:
            undeclared = all(one.code.startswith("BE4") for one in problems)
            raise (SituationError if undeclared else AnalysisError)(problems)
        return cls(kind="probabilities", probabilities=probabilities, source=source)

    @classmethod
    def _of_table(
        cls,
        table: Any,
        vocabulary: Vocabulary,
        weight: str | None,
        source: str,
        how: Reading,
        *,
        digests: Digests,
    ) -> Self:
        from boundaryethics.batch.counts import (
            decimal_comma,
            rows_with,
            situations_in,
            written,
        )

        triples = rows_with(_TRIPLE, table, how, digests)
        if triples is not None:
            by_fact: dict[Any, dict[Any, Any]] = {}
            for fact, value, probability in triples:
                values = by_fact.setdefault(fact, {})
                if value in values:
                    raise AnalysisError(
                        [problem("BE871.twice", fact=fact, token=value)]
                    )
                values[value] = written(probability, how.decimal)
            advise = partial(decimal_comma, decimal=how.decimal)
            return cls._of_probabilities(by_fact, vocabulary, source, advise)
        read = situations_in(
            table,
            vocabulary,
            how=how,
            weight=weight or "weight",
            lenient=not weight,
            digests=digests,
        )
        weights, total = read.counts, Fraction(read.rows)
        if read.weights is not None:
            weights, total = _whole(read.weights), sum(read.weights, Fraction(0))
        kept = np.flatnonzero(weights > 0)
        return cls(
            kind="table",
            table=TableRows(
                {
                    name: (vocabulary[name].all_values, codes[kept])
                    for name, codes in read.columns.items()
                },
                weights[kept],
            ),
            rows=read.rows,
            weight=None if read.weights is None else weight or "weight",
            total=total,
            source=source,
            unused=read.unused,
        )

    @checked
    def space(self, vocabulary: Vocabulary, where: Where | None = None) -> Space:
        """Return the situations of *vocabulary* that match *where*, with their weights.

        Raises:
            SituationError: *where* has an undeclared fact or value, or matches no
                situation in the population.
        """
        space = space_of(vocabulary, where)
        if self.kind == "all":
            return space
        pairs = zip(vocabulary.facts, space.allowed, strict=True)
        if self.table is not None:
            # A fact without a column is unknown.
            unknown = (UNKNOWN,), np.zeros(len(self.table), np.uint8)
            columns = {f: self.table.columns.get(f, unknown) for f in vocabulary}
            table = attrs.evolve(self.table, columns=columns)
            space = attrs.evolve(space, table=table)
            # Diagrams are smaller if facts have fewer values.
            space = space.within(vocabulary, space.taken)
        else:
            by_fact = [self._weights(fact, allowed) for fact, allowed in pairs]
            allowed = tuple(tuple(by) for by in by_fact)
            weights = tuple(tuple(by.values()) for by in by_fact)
            counted = self.kind == "known"
            space = Space(
                vocabulary,
                allowed,
                None if counted else weights,
                ruled_out=tuple(self._ruled_out(vocabulary)),
            )
        if not all(space.allowed) or not space.weight:
            raise SituationError([problem("BE873", over=self.kind)])
        if self.kind == "probabilities" or self.weight is not None:
            space = attrs.evolve(space, unit=space.weight)
        return space

    def _weights(self, fact: Fact, allowed: Sequence[str]) -> dict[str, int]:
        """Return the nonzero weights of the *allowed* values of *fact*."""
        given = self.probabilities.get(fact.name)
        if given is None:
            # `unknown` gets the total weight of the fact's values, because it is used
            # only if none of them is possible.
            return {v: len(fact.values) if v == UNKNOWN else 1 for v in allowed}
        common = lcm(*(one.denominator for one in given.values()))
        exact = {v: int(given.get(v, Fraction(0)) * common) for v in allowed}
        return {value: weight for value, weight in exact.items() if weight}

    def _ruled_out(self, vocabulary: Vocabulary) -> Iterator[Clash]:
        """Yield combinations in which a fact is unknown although it could be known.

        A fact cannot be known if the other facts make each of its values impossible.
        """
        for place, fact in enumerate(vocabulary.facts):
            if fact.name not in self.probabilities:
                for value in fact.values:
                    yield from _knowable(vocabulary, place, value)

    def _excluded(self, space: Space) -> Fraction:
        """Return the total probability of the combinations excluded as impossible."""
        whole = 1
        for fact, allowed in zip(space.vocabulary.facts, space.allowed, strict=True):
            weights = self._weights(fact, allowed)
            if fact.name not in self.probabilities and len(weights) > 1:
                weights.pop(UNKNOWN, None)
            whole *= sum(weights.values())
        return max(Fraction(0), 1 - Fraction(space.weight, whole))

    @checked
    def summary(self, space: Space, where: Where | None = None) -> PopulationSummary:
        """Summarize the population within *space*, the result of `self.space(where)`.

        Raises:
            SituationError: *where* has an undeclared fact or value.
        """
        weighted = self.kind == "probabilities"
        stated = space_of(space.vocabulary, where)
        limits = "; ".join(
            f"{fact.name} is {' or '.join(allowed)}"
            for fact, allowed in zip(
                stated.vocabulary.facts, stated.allowed, strict=True
            )
            if allowed != fact.all_values
        )
        excluded = self._excluded(space) if weighted else None
        text = self._text(space, excluded)
        return PopulationSummary(
            kind=self.kind,
            weighted=space.unit is not None,
            text=f"{text}, where {limits}" if limits else text,
            rows=self.rows if self.table is not None else None,
            digest=self.digest,
            read=self.read,
            probabilities=self.probabilities if weighted else None,
            excluded=excluded,
        )

    def _text(self, space: Space, excluded: Fraction | None) -> str:
        if self.kind == "all":
            return "all possible situations"
        if self.kind == "known":
            return "all possible situations with every applicable fact known"
        name = f" of `{self.source}`" if self.source else " of a table"
        if self.table is not None:
            text = f"the {plural(self.rows, 'row')}{name}"
            if self.weight is not None:
                total = float(self.total)
                text += f", weighted by `{self.weight}` (sum {total:,.6g})"
            if self.unused:
                text += f"; columns that are not facts: {quoted(self.unused)}"
            return text
        source = f" from `{self.source}`" if self.source else ""
        given = [
            name for name in space.vocabulary.by_name if name in self.probabilities
        ]
        rest = len(space.vocabulary.facts) - len(given)
        left_out = ""
        if excluded:
            left_out = (
                f"; impossible combinations, {float(100 * excluded):.3g}% of the "
                "probability, are left out"
            )
        uniform = f"; all values of the other {plural(rest, 'fact')} equally likely"
        return (
            f"independent probabilities of {', '.join(given) or 'no fact'}"
            f"{source}{uniform if rest else ''}{left_out}"
        )

    @property
    def digest(self) -> str | None:
        """A hash of the table's situations and their weights; None without a table."""
        return _digest_of(self.table)


def population_for(
    vocabulary: Vocabulary, over: Over, where: Where | None
) -> Population:
    """Return the population *over*. If it is invalid, check *where* too."""
    try:
        return Population.of(over, vocabulary)
    except BoundaryEthicsError as refused:
        raise_together(refused, partial(space_of, vocabulary, where))


def space_over(
    vocabulary: Vocabulary, over: Over, where: Where | None
) -> tuple[Space, PopulationSummary]:
    """Return the situations of *over* that match *where*, and a summary of them."""
    population = population_for(vocabulary, over, where)
    space = population.space(vocabulary, where)
    return space, population.summary(space, where)


def _knowable(vocabulary: Vocabulary, place: int, value: str) -> Iterator[Clash]:
    """Yield combinations in which a fact is unknown although it could have *value*.

    *place* is the index of the fact.
    """
    among = [dict(clash.tests) for clash in vocabulary.clashes]
    blocking = [tests for tests in among if value in tests.get(place, ())]
    # *value* is possible if, in every impossible combination that includes it, the test
    # of at least one other fact fails.
    others = [
        [test for test in tests.items() if test[0] != place] for tests in blocking
    ]
    for escape in product(*others):
        tests = {place: frozenset({UNKNOWN})}
        for other, values in escape:
            free = frozenset(vocabulary.facts[other].all_values) - values
            tests[other] = tests.get(other, free) & free
        if all(tests.values()):
            yield Clash(tuple(sorted(tests.items())))


def parse_summary(data: Mapping[str, Any] | None) -> PopulationSummary | None:
    """Rebuild a summary from its *data*. Fractions are approximate."""
    if data is None:
        return None
    given, excluded = data["probabilities"], data["excluded"]
    probabilities = given and {
        fact: {value: Fraction(str(number)) for value, number in by_value.items()}
        for fact, by_value in given.items()
    }
    share = None if excluded is None else Fraction(str(excluded))
    exact = {"probabilities": probabilities, "excluded": share}
    return PopulationSummary(**{**data, **exact})


def _yaml(path: Path, digests: Digests) -> Any:
    """Load a mapping from a YAML file, and add the file's digest to *digests*."""
    name = str(path)
    try:
        text = text_of(path, file=name, most=MOST_OF_A_POLICY, digests=digests)
    except TextError as error:
        raise AnalysisError([error.problem]) from None
    note_input(path)
    read = document(text, file=name)
    if read.problems:
        raise AnalysisError(read.problems)
    if not isinstance(read.data, Mapping):
        raise AnalysisError([problem("BE871.none")])
    return read.data


def _probabilities(
    fact: Fact,
    given: Mapping[Any, Any],
    problems: list[Problem],
    advise: Callable[[object], str | None],
) -> dict[str, Fraction]:
    """Return the probability of each value of *fact*; append errors to *problems*."""
    found: dict[str, Fraction] = {}
    for value, stated in given.items():
        probability, parsed = exact_number(stated), fact.parse(value) or ""
        if probability is None:
            words = {"fact": fact.name, "value": value}
            near, token = advise(stated), plain_text(stated)
            problems.append(problem("BE871.number", near=near, token=token, **words))
        elif parsed in found:
            # The mapping has two spellings of a value, such as `yes` and `true`.
            problems.append(problem("BE871.twice", fact=fact.name, token=parsed))
        else:
            found[parsed] = probability
    total = sum(found.values(), Fraction(0))
    if not problems and total != 1:
        of = f"{float(total):.10g}"
        problems.append(problem("BE871.sum", token=fact.name, total=of))
    return found


def _whole(weights: Any) -> Any:
    """Scale fractions to integers with the same ratios."""
    common = lcm(*{weight.denominator for weight in weights})
    whole = [int(weight * common) for weight in weights]
    return np.array(whole, np.int64 if sum(whole) < _WORD else object)
