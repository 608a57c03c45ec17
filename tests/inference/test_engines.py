from __future__ import annotations

import subprocess
import sys

import pytest

from boundaryethics.errors import EngineError, as_command
from boundaryethics.inference import engines, reference
from boundaryethics.inference.program import Program, lower
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Rule
from support.subprocesses import needs_durable


def too_large() -> Program:
    """Make a program that the durable engine rejects."""
    facts = tuple(Fact(name=f"fact_{n}", values=("red",)) for n in range(500))
    rules = tuple(
        Rule(id=f.name, when=FactIn(f.name, frozenset({"red"})), then=Effects())
        for f in facts
    )
    return lower(Policy(id="large", vocabulary=Vocabulary(facts), rules=rules))


@pytest.fixture
def no_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the import of the durable engine fail."""
    import boundaryethics.inference as room

    monkeypatch.delitem(
        sys.modules, "boundaryethics.inference.durable_rules", raising=False
    )
    monkeypatch.delattr(room, "durable_rules", raising=False)
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)


@needs_durable
def test_durable_is_the_default_engine() -> None:
    """The durable engine is the default if it is installed."""
    from boundaryethics.inference import durable_rules

    assert durable_rules is engines.choose(None)
    assert durable_rules is engines.choose("durable")


def test_an_engine_can_be_chosen_by_name() -> None:
    """The reference engine is always available."""
    assert reference is engines.choose("reference")


def test_an_unknown_engine_is_reported_with_the_nearest_name() -> None:
    """The error also lists the known names."""
    with pytest.raises(EngineError) as refused:
        engines.choose("durabel")

    (problem,) = refused.value.problems
    assert "BE501" == problem.code
    assert "unknown engine `durabel`" == problem.message
    assert (
        "did you mean `durable`? valid engines: `durable`, `reference` or `columnar`"
        == problem.help
    )


@pytest.mark.usefixtures("no_durable")
def test_reference_is_the_default_without_durable_rules() -> None:
    """The reference engine is the default if durable-rules is missing."""
    assert reference is engines.choose(None)


@pytest.mark.usefixtures("no_durable")
def test_choosing_a_missing_engine_raises_an_error() -> None:
    """The error says how to install the engine."""
    with pytest.raises(EngineError) as refused:
        engines.choose("durable")

    (problem,) = refused.value.problems
    assert "BE503" == problem.code
    assert "pip install 'boundaryethics[durable]'" in (problem.help or "")
    assert 'use `engine="reference"`' in (problem.help or "")


@pytest.mark.usefixtures("no_durable")
def test_a_missing_engine_is_replaced_with_an_option_of_the_command() -> None:
    """In a command, the advice is an option and not an argument in Python."""
    with as_command(), pytest.raises(EngineError) as refused:
        engines.choose("durable")

    assert "use `--engine reference`" in (refused.value.problems[0].help or "")


def test_the_default_engine_accepts_every_program() -> None:
    """By default, a program beyond the limits of the durable engine is loaded."""
    program = too_large()
    situation = program.vocabulary.situation({"fact_7": "red"})

    assert ("fact_7",) == engines.load(program).derive(situation).binding


@needs_durable
def test_a_chosen_engine_is_never_replaced() -> None:
    """A chosen engine that cannot accept a program raises an error."""
    with pytest.raises(EngineError) as refused:
        engines.load(too_large(), "durable")

    assert {"BE502"} == {problem.code for problem in refused.value.problems}


def test_an_engine_is_imported_only_when_chosen() -> None:
    """Choosing the reference engine does not import the durable one."""
    code = (
        "import sys; from boundaryethics.inference import engines; "
        "engines.choose('reference'); "
        "sys.exit('durable_rules_engine' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_an_engine_that_fails_to_load_reports_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An installed engine that fails to load is not reported as missing."""
    why_not = "libfoo.so: undefined symbol: PyEval_CallObject"

    def broken(_: str) -> None:
        raise ImportError(why_not)

    monkeypatch.setattr(engines, "import_module", broken)
    with pytest.raises(EngineError) as why:
        engines.choose("durable")

    assert "BE511" == why.value.problems[0].code
    assert why.value.problems[0].message.endswith(why_not)
