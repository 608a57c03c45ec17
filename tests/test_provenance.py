"""Every result records the policies, version and parameters it was computed from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics import analysis, panel, sensitivity
from boundaryethics.analysis import Population, compare
from boundaryethics.batch import counts, encode
from boundaryethics.batch.reading import Reading, recorded
from boundaryethics.errors import TableError
from boundaryethics.model.policy import Policy
from boundaryethics.provenance import SCHEMA_VERSION, provenance
from boundaryethics.report import Report
from boundaryethics.variants import (
    DropRules,
    FactorialDesign,
    SweepRow,
    VaryWeights,
    change,
    factorial_effects,
    read_sweep,
    sweep,
    switch_effects,
)
from support import raters
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "answer",
            "when": {"contact": "message"},
            "then": {"favors": {"decline": "moderate"}, "opposes": {"leave": "weak"}},
        },
        {
            "id": "stay",
            "when": {"status": "active"},
            "then": {"opposes": {"continue": "strong"}, "concludes": "tie"},
            "principle": "clarity",
        },
    ],
    findings=["tie"],
    principles={"clarity": {}},
    ranking={"method": "weighted"},
    invariants=[{"id": "kept", "says": "Leave last.", "holds": {"last": "leave"}}],
)
OTHER = POLICY.variant("other", drop=["stay"])
WHERE = {"contact": ["message", "unknown"], "danger": "yes"}
FACTS = {"contact": "message", "status": "former"}
SWITCHES = tuple(change(f"no-{rule}", drop=[rule]) for rule in ("answer", "stay"))
FAMILIES = (DropRules(), VaryWeights(1, 2), FactorialDesign(SWITCHES))
PANEL = raters.panel_of(1, 4)

#: A function that makes a result from policies, a seed and parameters.
Make = Callable[..., Report]


def of_policies(function: Callable[..., Any]) -> Make:
    """Call a function of policies, each an argument."""
    return lambda policies, **parameters: function(*policies, **parameters)


def of_situation(function: Callable[..., Any]) -> Make:
    """Call a function of a situation and a policy."""
    return lambda policies, **parameters: function(policy=policies[0], **parameters)


def of_panel(function: Callable[..., Any]) -> Make:
    """Call a function of a panel and perhaps policies, each an argument."""

    def make(policies: list[Policy], **parameters: Any) -> Any:
        assert parameters.pop("panel", PANEL.reference) == PANEL.reference
        return function(PANEL, *policies, **parameters)

    return make


def _listed(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *policies, **parameters: function(policies, **parameters)


def swept(policies: list[Policy], **parameters: Any) -> Any:
    """Sweep with the families above, of which a result records the digests."""
    recorded = parameters.pop("families", None)
    parameters = {k: v for k, v in parameters.items() if v is not None}
    parameters["cases"] = ()
    found = sweep(policies[0], FAMILIES, workers=1, **parameters)
    assert recorded is None or recorded == plain(found)["families"]
    return found


def effects(policies: list[Policy], share: str, **parameters: Any) -> Any:
    """Compute the effects of the switches of a sweep."""
    return factorial_effects(swept(policies, **parameters), share=share)


def any_effects(policies: list[Policy], share: str, **parameters: Any) -> Any:
    """Estimate the effects of the switches of a sweep."""
    return switch_effects(swept(policies, **parameters), share=share)


def plain(result: Report) -> dict[str, Any]:
    """Return the parameters as read back from JSON."""
    source = json.loads(json.dumps(result.to_dict(), allow_nan=False))["provenance"]
    return dict(source["parameters"])


ONE, TWO = [POLICY], [POLICY, OTHER]
ASKED: dict[str, Any] = {"situation": FACTS}
#: The result that each call gives.
CALLS: dict[str, tuple[Make, list[Policy], dict[str, Any]]] = {
    "Agreement": (of_policies(_listed(analysis.agreement)), TWO, {"where": WHERE}),
    "ConsensusRankings": (
        of_panel(panel.consensus_rankings),
        [],
        {"method": "kemeny"},
    ),
    "Counterfactuals": (
        of_situation(analysis.counterfactuals),
        ONE,
        ASKED | {"immutable": {"danger"}, "strict": True, "allow_unknown": True},
    ),
    "Difference": (of_policies(analysis.compare), TWO, {"sample": 20, "seed": 3}),
    "DiscriminatingVignettes": (
        of_policies(_listed(analysis.discriminating_vignettes)),
        TWO,
        {"n": 2, "where": WHERE, "most_facts": 2, "seed": 5},
    ),
    "FactorialEffects": (effects, ONE, {"share": "ranking", "where": WHERE}),
    "Fit": (
        of_panel(panel.fit),
        [raters.policy()],
        {"penalty": 0.5, "bounded": True},
    ),
    "LintReport": (of_policies(analysis.lint), ONE, {"where": WHERE}),
    "OpenQuestions": (of_situation(analysis.open_questions), ONE, ASKED),
    "PolicyAgreements": (
        of_panel(panel.policy_agreement),
        [raters.policy()],
        {"seed": 3, "resamples": 100, "resample": "both", "consensus": "kemeny"},
    ),
    "PolicyDiff": (of_policies(analysis.diff), TWO, {"where": WHERE}),
    "RankingCounts": (of_policies(analysis.ranking_counts), ONE, {"where": WHERE}),
    "RaterAgreement": (
        of_panel(panel.rater_agreement),
        [],
        {"seed": 3, "resamples": 100, "resample": "both", "consensus": "kemeny"},
    ),
    "RatingsTable": (of_panel(panel.wide_ratings), [], {}),
    "Replay": (
        of_situation(analysis.replay),
        ONE,
        {"record": boundaryethics.consult(FACTS, POLICY, "reference").record()},
    ),
    "RuleImpacts": (of_policies(analysis.rule_impact), ONE, {"where": WHERE}),
    "StrengthSensitivity": (
        of_policies(sensitivity.strength_sensitivity),
        ONE,
        {"where": WHERE},
    ),
    "Sweep": (swept, ONE, {"where": WHERE}),
    "Validation": (
        of_panel(panel.cross_validate),
        [raters.policy()],
        {"folds": 3, "seed": 4, "penalty": 0.5},
    ),
    "Verification": (
        of_policies(analysis.verify),
        ONE,
        {"invariant": "kept", "where": WHERE},
    ),
    "RankAcceptability": (
        of_policies(sensitivity.rank_acceptability),
        ONE,
        {"where": WHERE, "draws": 3, "seed": 5},
    ),
    "SwitchEffects": (any_effects, ONE, {"share": "ranking", "where": WHERE}),
    "WeightCurve": (
        of_policies(sensitivity.weight_curve),
        ONE,
        {"where": WHERE, "principle": "care", "low": 0, "high": 4},
    ),
    "WeightMap": (
        of_policies(sensitivity.weight_map),
        ONE,
        {"where": WHERE, "principles": ["care", "clarity"], "steps": 2},
    ),
    "WeightShares": (of_policies(sensitivity.weight_shares), ONE, {"where": WHERE}),
    "WeightSensitivity": (
        of_policies(sensitivity.weight_sensitivity),
        ONE,
        {"where": WHERE},
    ),
    "WhyFollows": (of_situation(analysis.why), ONE, ASKED | {"target": "answer"}),
    "WhyNotFollows": (
        of_situation(analysis.why_not),
        ONE,
        ASKED | {"target": "tie", "immutable": ["danger"]},
    ),
    "WhyNotRanked": (
        of_situation(analysis.why_not),
        ONE,
        ASKED | {"target": ("leave", 1), "allow_unknown": True},
    ),
    "WhyRanked": (of_situation(analysis.why), ONE, ASKED | {"target": "decline"}),
}
#: Results that are read from files, or are parts of other results.
NOT_MADE = {"Panel", "SweepRow", "_PartOutline"}


def kinds(base: type[Report] = Report) -> Iterator[str]:
    """Yield the names of all results that are not only a base class."""
    below = base.__subclasses__()
    if not below and base.__module__.startswith("boundaryethics."):
        yield base.__name__
    for one in below:
        yield from kinds(one)


def test_every_kind_of_result_is_made_here() -> None:
    """A new kind of result needs an entry in the list above."""
    for name in boundaryethics.__all__:
        getattr(boundaryethics, name)

    assert CALLS.keys() | NOT_MADE == set(kinds())


@pytest.mark.parametrize("kind", CALLS)
def test_a_result_records_its_inputs(kind: str) -> None:
    """It has the fingerprints, the version, the seed and each parameter."""
    make, policies, parameters = CALLS[kind]
    result = make(policies, **parameters)
    source = json.loads(json.dumps(result.to_dict(), allow_nan=False))["provenance"]
    names = ("id", "title", "fingerprint", "text_fingerprint")

    assert kind == type(result).__name__
    assert SCHEMA_VERSION == source["schema_version"]
    assert version("boundaryethics") == source["library"]
    assert [{n: getattr(p, n) for n in names} for p in policies] == source["policies"]
    assert parameters.get("seed") == source["seed"]
    assert parameters.keys() - {"seed"} <= source["parameters"].keys()


@pytest.mark.parametrize("kind", CALLS)
def test_the_recorded_parameters_reproduce_the_result(kind: str) -> None:
    """The same call with parameters read back from JSON gives an equal result."""
    make, policies, parameters = CALLS[kind]
    result = make(policies, **parameters)
    seed = {} if result.provenance.seed is None else {"seed": result.provenance.seed}
    again = make(list(result.provenance.policies), **seed, **plain(result))

    assert result == again
    assert result.to_dict() == again.to_dict()


#: Text of a policy file, or of a change to it, may look like a number.
_TEXT = {"before", "after", "section"}
_LIKE_A_NUMBER = re.compile(r"[-+]?[\d.,]+(/\d+)?%?")


@pytest.mark.parametrize("kind", CALLS)
def test_numbers_in_json_are_not_text(kind: str) -> None:
    """Percent signs and fractions appear only in text for people."""
    make, policies, parameters = CALLS[kind]
    found = make(policies, **parameters).to_dict()

    assert [] == [text for text in texts(found) if _LIKE_A_NUMBER.fullmatch(text)]


def texts(value: Any) -> Iterator[str]:
    """Yield all text in plain data, except under the keys of texts."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, part in value.items():
                if key not in _TEXT and key != "library":
                    yield from texts(part)
        case list():
            for part in value:
                yield from texts(part)


def test_rows_have_the_provenance_of_their_sweep(tmp_path: Path) -> None:
    """A sweep read from its file has the ID and fingerprint of its policy."""
    file = tmp_path / "sweep.csv"
    found = sweep(POLICY, DropRules(), cases=(), out=file, workers=1)
    read = read_sweep(file)

    assert found == read
    assert isinstance(found.rows[0], SweepRow)
    assert found.to_dict()["provenance"] == found.rows[0].to_dict()["provenance"]
    (policy,) = read.to_dict()["provenance"]["policies"]
    assert (POLICY.id, POLICY.fingerprint) == (policy["id"], policy["fingerprint"])
    assert policy["text_fingerprint"] is None


def test_the_digest_of_a_panel_depends_on_its_ratings() -> None:
    """A changed rating gives another digest."""
    other = attrs.evolve(PANEL, ratings=PANEL.ratings[1:])

    assert PANEL.reference == raters.panel_of(1, 4).reference
    assert PANEL.reference["digest"] != other.reference["digest"]
    assert PANEL.to_dict()["provenance"] == provenance()


def test_a_panel_from_files_records_how_they_were_read(tmp_path: Path) -> None:
    """It has the SHA-256 of each file, and each setting that is not the default."""
    ratings, vignettes = tmp_path / "ratings.csv", tmp_path / "vignettes.csv"
    ratings.write_text("rater;vignette;option;place\na;v;leave;1\na;v;decline;2\n")
    vignettes.write_text("vignette,contact\nv,NA\n")
    book = {"columns": {"rank": {"column": "place"}}}
    read = panel.read_panel(
        ratings,
        vignettes,
        reading=Reading(separator=";", codebook=book),
        vignettes_reading=Reading(na="NA"),
    )
    sources = panel.rater_agreement(read, resamples=0).provenance.to_dict()[
        "parameters"
    ]["panel"]["read"]
    other = Reading(codebook={"columns": {"rank": {"column": "rank"}}})

    assert {
        "files": ["vignettes.csv"],
        "sha256": [sha256_of(vignettes)],
        "na": ["NA"],
    } == sources["vignettes"]
    assert [sha256_of(ratings)] == sources["ratings"]["sha256"]
    assert ";" == sources["ratings"]["separator"]
    assert {"files", "sha256", "separator", "codebook"} == sources["ratings"].keys()
    assert recorded(other)["codebook"] != sources["ratings"]["codebook"]
    assert sources == json.loads(json.dumps(sources))
    assert read == attrs.evolve(read, provenance=PANEL.provenance)


def test_a_panel_from_a_folder_records_each_file(tmp_path: Path) -> None:
    """The digests have the order of the files."""
    for name, contact in (("a", "message"), ("b", "follow")):
        (tmp_path / f"{name}.yaml").write_text(f"contact: {contact}\n")
    rows = [
        {"rater": "r", "vignette": "a", "option": option, "rank": rank}
        for rank, option in enumerate(("leave", "decline"), 1)
    ]
    found = panel.read_panel(rows, tmp_path).reference["read"]

    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    digests = [*map(sha256_of, files)]
    assert {"vignettes": {"files": ["a.yaml", "b.yaml"], "sha256": digests}} == found


def test_the_digest_of_a_panel_file_is_that_of_the_bytes_that_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If another program replaces the file meanwhile, the digest does not change."""
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("rater,vignette,option,rank\na,v,leave,1\na,v,decline,2\n")
    reader = import_module("boundaryethics.panel.read")
    before, parse = sha256_of(ratings), reader.ratings_of

    def replaced(*given: Any, **asked: Any) -> Any:
        found = parse(*given, **asked)
        ratings.write_text("rater,vignette,option,rank\nb,v,leave,1\n")
        return found

    monkeypatch.setattr(reader, "ratings_of", replaced)
    found = panel.read_panel(ratings, {"v": {}})

    assert [before] == found.reference["read"]["ratings"]["sha256"]
    assert before != sha256_of(ratings)


@pytest.fixture
def situations(tmp_path: Path) -> Path:
    """Write a table of situations with weights."""
    path = tmp_path / "cases.csv"
    path.write_text("contact;n\nmessage;1,5\nNA;2\n")
    return path


HOW = Reading(separator=";", decimal=",", na="NA")


def test_a_population_from_a_file_records_how_it_was_read(situations: Path) -> None:
    """It has the name and the SHA-256 of the file, and the settings."""
    over = Population.of(situations, POLICY.vocabulary, weight="n", reading=HOW)
    found = compare(POLICY, POLICY, over=over)
    recorded_over = found.provenance.to_dict()["parameters"]["over"]

    assert {
        "files": ["cases.csv"],
        "sha256": [sha256_of(situations)],
        "separator": ";",
        "decimal": ",",
        "na": ["NA"],
    } == json.loads(json.dumps(recorded_over["read"]))
    assert found.to_dict()["over"]["read"] == recorded_over["read"]
    assert {"digest", "rows"} == recorded_of(
        Population.of([{"contact": "message"}], POLICY.vocabulary)
    ).keys()


def recorded_of(over: Population) -> Any:
    """Return the argument `over` as provenance records it."""
    return compare(POLICY, POLICY, over=over).provenance.parameters["over"]


def test_probabilities_from_a_file_have_its_digest(tmp_path: Path) -> None:
    """The provenance has the probabilities, and the population has the file."""
    rates = tmp_path / "rates.yaml"
    rates.write_text("contact: {message: 0.5, request: 0.5}\n")
    found = compare(POLICY, POLICY, over=rates)

    read = {"files": ["rates.yaml"], "sha256": [sha256_of(rates)]}
    assert read == found.to_dict()["over"]["read"]
    assert {"message": "1/2", "request": "1/2"} == found.provenance.parameters["over"][
        "contact"
    ]


def test_a_sweep_over_a_table_records_how_it_was_read(situations: Path) -> None:
    """The table has the name and the SHA-256 of its file, and the settings."""
    how: Any = {"reading": HOW, "cases": (), "workers": 1}
    found = sweep(POLICY, DropRules(), table=situations, **how)
    read = found.provenance.to_dict()["parameters"]["table"]["read"]

    assert (["cases.csv"], [sha256_of(situations)]) == (read["files"], read["sha256"])
    assert (";", ",", ["NA"]) == (read["separator"], read["decimal"], read["na"])


def test_a_table_that_changes_while_it_is_read_is_refused(
    situations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No digest would describe what was read."""
    match = encode.matched

    def replaced(*given: Any) -> Any:
        situations.write_text("contact;n\nrequest;1\n")
        return match(*given)

    monkeypatch.setattr(counts, "matched", replaced)
    with pytest.raises(TableError, match="the file changed while it was read"):
        counts.situations_in(situations, POLICY.vocabulary, how=HOW)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as `sha256sum` prints it."""
    return sha256(path.read_bytes()).hexdigest()


def test_a_codebook_in_a_file_has_the_digest_of_the_file(tmp_path: Path) -> None:
    """The other digest is that of its content, which comments don't change."""
    path = tmp_path / "codebook.yaml"
    path.write_text("columns: {rank: {column: place}}\n")
    made = recorded(Reading(codebook=path))
    path.write_text("# wave 1\ncolumns: {rank: {column: place}}\n")
    other = recorded(Reading(codebook=path))

    assert sha256_of(path) == other["codebook_sha256"] != made["codebook_sha256"]
    assert other["codebook"] == made["codebook"]
    plain = recorded(Reading(codebook={"columns": {"rank": {"column": "place"}}}))
    assert {"codebook": made["codebook"]} == plain
