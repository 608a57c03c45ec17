"""Every shipped file is plain YAML, which every loader reads to the same data."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from boundaryethics.policyfile.catalogue import shipped_file
from boundaryethics.policyfile.composing import document

RULES = Path(str(shipped_file("vocabulary.yaml"))).parent
FILES = sorted(file.relative_to(RULES) for file in RULES.rglob("*.yaml"))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no libyaml here")
@pytest.mark.parametrize("file", FILES, ids=str)
def test_each_loader_reads_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyYAML without libyaml reads a shipped file to the data that libyaml gives."""
    text = (RULES / file).read_text("utf-8")
    quick = yaml.load(text, Loader=yaml.CSafeLoader)

    assert quick == yaml.load(text, Loader=yaml.SafeLoader)
    read = document(text, file=str(file))
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow = document(text, file=str(file))
    assert ((), ()) == (read.problems, slow.problems)
    assert read.data == slow.data


@pytest.mark.parametrize("file", FILES, ids=str)
def test_yes_and_no_are_in_quotes(file: Path) -> None:
    """A plain `yes` is a word to one reader of YAML and a truth value to another."""
    text = (RULES / file).read_text("utf-8")
    plain = [
        event.start_mark
        for event in yaml.parse(text, Loader=yaml.SafeLoader)
        if isinstance(event, yaml.ScalarEvent)
        and event.style is None
        and event.value.lower() in {"yes", "no"}
    ]

    assert [] == plain
