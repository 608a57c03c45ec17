"""Policies just below a limit load in near-linear time; larger ones are rejected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import boundaryethics as be
from boundaryethics import errors
from boundaryethics.errors import BoundaryEthicsError, PolicyError, did_you_mean
from boundaryethics.inference.program import lower
from boundaryethics.model import conditions, validation
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.policies import loader, yaml
from boundaryethics.policies.loader import read_policy
from boundaryethics.records import load_record
from support.scaling import calls, grows_linearly

HEAD = "policy: big\nsources: {b: {short: B}}\n"
PRINCIPLE = "principles: {p: {cites: [{source: b, section: '1'}]}}\n"
THEN = "then: {favors: {decline: weak}}, principle: p"


def read(text: str) -> Policy:
    """Read a policy with one source and one principle, and with what *text* adds."""
    return read_policy(HEAD + PRINCIPLE + text, vocabulary=Vocabulary())


def rules(number: int, more: Callable[[int], str] = lambda _: "") -> str:
    """Write *number* rules, each with the text that *more* adds."""
    listed = (
        f"- {{id: r{n}, when: {{q: a}}, {THEN}{more(n)}}}\n" for n in range(number)
    )
    return "facts: {q: {values: [a, b]}}\nrules:\n" + "".join(listed)


def names(number: int, letter: str) -> str:
    """List *number* names that begin with *letter*."""
    return ", ".join(f"{letter}{n}" for n in range(number))


def some_of(number: int) -> str:
    """Write a rule that reads any of *number* findings."""
    return one_of(number, "g", "g")


def one_of(number: int, declared: str, read: str) -> str:
    """Write a rule that reads *number* findings, perhaps under other names."""
    findings = "".join(f"  {declared}{n}: one\n" for n in range(number))
    parts = ", ".join(f"{{{read}{n}: true}}" for n in range(number))
    return (
        f"facts: {{q: {{values: [a]}}}}\nfindings:\n{findings}"
        f"rules:\n- {{id: r, when: {{any: [{parts}]}}, {THEN}}}\n"
    )


def choices(number: int) -> str:
    """Write a rule with an `all` of *number* two-way `any` conditions."""
    facts = "".join(
        f"  x{n}: {{values: [a]}}\n  y{n}: {{values: [a]}}\n" for n in range(number)
    )
    parts = ", ".join(f"{{any: [{{x{n}: a}}, {{y{n}: a}}]}}" for n in range(number))
    return f"facts:\n{facts}rules:\n- {{id: r, when: {{all: [{parts}]}}, {THEN}}}\n"


def overriding(number: int) -> str:
    """Write rules that each override the next one."""
    return rules(number, lambda n: f", overrides: [r{n + 1}]" if n < number - 1 else "")


def overridden(number: int) -> str:
    """Write rules that each override the one before."""
    return rules(number, lambda n: f", overrides: [r{n - 1}]" if n else "")


def all_later(number: int) -> str:
    """Write rules that each override all later ones."""

    def later(n: int) -> str:
        return f", overrides: [{', '.join(f'r{k}' for k in range(n + 1, number))}]"

    return rules(number, lambda n: later(n) if n < number - 1 else "")


def chain(number: int, value: str = "true") -> str:
    """Write rules that each read the finding of the one before."""
    findings = "".join(f"  g{n}: one\n" for n in range(number + 1))
    listed = "".join(
        f"- {{id: r{n}, when: {{g{n}: {value}}}, then: {{concludes: [g{n + 1}]}}}}\n"
        for n in range(number)
    )
    first = "- {id: s, when: {q: a}, then: {concludes: [g0]}}\n"
    return (
        f"facts: {{q: {{values: [a]}}}}\nfindings:\n{findings}rules:\n{listed}{first}"
    )


def negations(number: int) -> str:
    """Write rules that each read the absence of the finding of the one before."""
    return chain(number, "false")


@pytest.mark.parametrize(
    "shape",
    [some_of, overriding, overridden, chain, negations],
    ids=lambda shape: shape.__name__,
)
def test_valid_policies_load_in_linear_time(shape: Callable[[int], str]) -> None:
    """Calls while reading, checking and compiling are proportional to the rules."""
    assert grows_linearly(lambda n: lower(read(shape(n))), 100)


def test_loading_takes_linear_time_in_the_number_of_overrides() -> None:
    """Twice the rules have four times the overrides, and take four times as long."""
    assert calls(lambda: lower(read(all_later(120)))) < 5 * calls(
        lambda: lower(read(all_later(60)))
    )


def test_conditions_take_linear_time_in_their_clauses() -> None:
    """Each further choice doubles the clauses, and about doubles the calls."""
    of_ten, of_eleven = (calls(lambda n=n: read(choices(n))) for n in (10, 11))  # type: ignore[misc]

    assert of_eleven < 2.5 * of_ten
    assert len(lower(read(choices(11))).rule["r"].clauses) == 2**11


def typos(number: int) -> str:
    """Write a rule that misspells *number* findings."""
    return one_of(number, "finding_", "fnding_")


def unknown_overrides(number: int) -> str:
    """Write rules that each override an unknown one."""
    return rules(number, lambda n: f", overrides: [x{n}]")


def duplicate_keys(number: int) -> str:
    """Repeat one key this many times."""
    return rules(1) + "title: same\n" * (number + 1)


def two_by_two(number: int) -> str:
    """Write pairs of rules that override each other."""
    return rules(2 * number, lambda n: f", overrides: [r{n ^ 1}]")


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (typos, "BE204"),
        (unknown_overrides, "BE204"),
        (duplicate_keys, "BE105"),
        (two_by_two, "BE304"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_many_errors_are_all_collected_in_linear_time(
    shape: Callable[[int], str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text shows the first 50."""
    monkeypatch.setattr(errors, "MOST_COMPARED", 50_000)
    found: dict[int, BoundaryEthicsError] = {}

    def refused(number: int) -> None:
        with pytest.raises(PolicyError) as raised:
            read(shape(number))
        found[number] = raised.value

    def shown(number: int) -> str:
        refused(number)
        return str(found[number])

    assert grows_linearly(shown, 100)
    problems = found[400].problems
    assert len(problems) >= 400
    assert {one.code for one in problems} == {code}
    assert str(found[400]).endswith(f"\nand {len(problems) - 50:,} more problems")
    assert str(found[400]).count(f": {code}: ") == errors.SHOWN


def test_only_the_first_of_many_unknown_names_have_suggestions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once the limit on comparisons is reached, later problems have none."""
    monkeypatch.setattr(errors, "MOST_COMPARED", 50_000)
    with pytest.raises(PolicyError) as raised:
        read(typos(100))

    helps = [one.help or "" for one in raised.value.problems]
    assert helps[0].startswith("did you mean `finding_0`?")
    assert not helps[-1].startswith("did you mean")


def test_very_many_names_are_not_searched_for_a_suggestion() -> None:
    """Names beyond the limit are not compared."""
    few, many = ([f"name_{n}" for n in range(most)] for most in (100, 300_000))

    assert did_you_mean("nme_7", few) == "did you mean `name_7`?"
    assert did_you_mean("nme_7", many) is None


def test_only_some_cycles_of_many_overrides_are_reported() -> None:
    """Rules that all override one another have very many cycles."""
    number = 40

    def others(n: int) -> str:
        return f", overrides: [{', '.join(f'r{k}' for k in range(number) if k != n)}]"

    with pytest.raises(PolicyError) as raised:
        read(rules(number, others))
    assert 1 <= len(raised.value.problems) <= 20


def test_a_long_cycle_is_shortened() -> None:
    """A message about a cycle of very many rules names the first and the last."""
    number = 300
    with pytest.raises(PolicyError) as raised:
        read(rules(number, lambda n: f", overrides: [r{(n + 1) % number}]"))
    (one,) = raised.value.problems

    assert "which leads there through 290 more" in one.message
    assert len(one.message) < 700


def refused(text: str) -> set[str]:
    """Return the codes of the problems that *text* has."""
    try:
        read(text)
    except PolicyError as error:
        return {one.code for one in error.problems}
    return set()


@pytest.mark.parametrize("over", [0, 1])
def test_the_number_of_parts_is_limited(
    monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    """As many parts as the limit load; one more is rejected."""
    monkeypatch.setattr(validation, "MOST_PARTS", 20)
    wanted = {"BE320"} if over else set()

    assert refused(rules(20 + over)) == wanted
    assert refused(some_of(20 + over)) == wanted


def test_too_many_rules_are_rejected_before_they_are_compared() -> None:
    """A policy over the real limit has only this one problem."""
    most = validation.MOST_PARTS

    assert refused(rules(most // 2)) == set()
    listed = "".join(f"  g{n}: one\n" for n in range(most + 1))
    with pytest.raises(PolicyError, match="5,001 findings; the limit is 5,000"):
        read(f"findings:\n{listed}" + rules(1))


@pytest.mark.parametrize(("number", "codes"), [(250, set()), (251, {"BE321"})])
def test_the_number_of_values_is_limited(number: int, codes: set[str]) -> None:
    """A fact has at most 250 values, which fit in a byte."""
    text = f"facts: {{q: {{values: [{names(number, 'v')}]}}}}\n"

    assert refused(text + rules(1).split("\n", 1)[1].replace("q: a", "q: v1")) == codes


def test_batch_ranking_supports_the_last_of_250_values() -> None:
    """The codes of 250 values, and of `unknown`, do not overflow."""
    text = f"facts: {{q: {{values: [{names(250, 'v')}]}}}}\n"
    policy = read(text + rules(1).split("\n", 1)[1].replace("q: a", "q: v249"))
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"q": ["v249", "v0", None]})

    ranked = be.rank(frame, policy).frame
    for value, rank in zip(("v249", "v0", None), ranked["rank_decline"], strict=True):
        verdict = be.consult({"q": value}, policy)
        ranks = {str(one.option): one.rank for one in verdict.assessments}
        assert ranks["decline"] == rank


@pytest.mark.parametrize(("number", "codes"), [(12, set()), (13, {"BE305"})])
def test_the_clauses_of_a_condition_are_limited(number: int, codes: set[str]) -> None:
    """An `all` of twelve choices has 4,096 clauses; one of thirteen has too many."""
    assert refused(choices(number)) == codes


def test_the_clauses_of_all_conditions_are_limited() -> None:
    """The problem is at the first rule that exceeds the total."""
    head, rule = choices(10).split("- ", 1)
    text = head + "".join("- " + rule.replace("id: r", f"id: r{n}") for n in range(40))
    with pytest.raises(PolicyError) as raised:
        read(text)
    (one,) = raised.value.problems

    assert one.code == "BE305"
    assert f"needs more than {conditions.MOST_TESTS:,} tests" in one.message


def test_the_length_of_a_chain_of_parents_is_limited(tmp_path: Path) -> None:
    """A chain of as many files as the limit loads; a longer one is rejected."""
    most = loader.MOST_EXTENDED
    (tmp_path / "p0.yaml").write_text(HEAD.replace("big", "p0"), "utf-8")
    for n in range(1, most + 2):
        text = f"policy: p{n}\nextends: ./p{n - 1}.yaml\n"
        (tmp_path / f"p{n}.yaml").write_text(text, "utf-8")

    assert be.load_policy(tmp_path / f"p{most}.yaml").id == f"p{most}"
    with pytest.raises(PolicyError) as raised:
        be.load_policy(tmp_path / f"p{most + 1}.yaml")
    assert [one.code for one in raised.value.problems] == ["BE322"]


@pytest.mark.parametrize("part", ["x", "[]", "{}", "*a"])
@pytest.mark.parametrize(("number", "codes"), [(10, []), (11, ["BE107"])])
def test_the_number_of_nodes_in_yaml_is_limited(
    part: str, number: int, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key counts, and so does each value of any kind."""
    monkeypatch.setattr(yaml, "MOST_NODES", 20)
    entries = ["k0: &a x", *(f"k{n}: {part}" for n in range(1, number))]
    read = yaml.document("\n".join(entries), file="x")

    assert codes == [one.code for one in read.problems]


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ("{a: ", "}")])
@pytest.mark.parametrize("levels", [yaml.DEEPEST, yaml.DEEPEST + 1, 5_000])
def test_the_depth_of_yaml_is_limited(open_: str, close: str, levels: int) -> None:
    """A text with as many levels as the limit is read; a deeper one is not."""
    read = yaml.document(open_ * (levels - 1) + "[]" + close * (levels - 1), file="x")

    codes = [one.code for one in read.problems]
    assert codes == ([] if levels <= yaml.DEEPEST else ["BE107"])


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("levels", [yaml.DEEPEST, yaml.DEEPEST + 1, 700, 100_000])
def test_the_depth_of_json_is_limited(open_: str, close: str, levels: int) -> None:
    """Brackets inside text do not count."""
    text = open_ * (levels - 1) + f'["{"[" * 99}"]' + close * (levels - 1)
    if levels <= yaml.DEEPEST:
        assert yaml.json_data(text)
    else:
        with pytest.raises(ValueError, match="too many levels"):
            yaml.json_data(text)


def test_json_can_have_more_brackets_than_levels() -> None:
    """Lists and objects that are closed do not count."""
    wide: list[object] = [[], {}] * yaml.DEEPEST

    assert wide == yaml.json_data(json.dumps(wide))


@pytest.mark.parametrize("open_", ["[", "{", "[{a: ", "- ", "? "])
def test_many_open_brackets_are_a_clear_error(open_: str, tmp_path: Path) -> None:
    """Every function that reads a file raises its own error, without a traceback."""
    file = tmp_path / "deep.yaml"
    file.write_text("policy: x\nfacts: " + open_ * 20_000, "utf-8")
    readers: list[Callable[[Path], object]] = [
        be.load_policy,
        lambda path: loader.load_situation(path, loader.shipped_vocabulary()),
        be.load_cases,
        load_record,
    ]
    for reader in readers:
        with pytest.raises(BoundaryEthicsError):
            reader(file)
