"""Every built-in file is plain YAML, which every loader reads to the same data."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from boundaryethics._files import rules_folder
from boundaryethics.policies import policies
from boundaryethics.policies.schema import faults
from boundaryethics.policies.yaml import document

RULES = Path(str(rules_folder()))
FILES = sorted(file.relative_to(RULES) for file in RULES.rglob("*.yaml"))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no libyaml here")
@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_yaml_loader_reads_the_same_data(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """YAML 1.1 loaders, with and without C, a 1.2 loader and ours agree."""
    text = (RULES / file).read_text("utf-8")
    quick = yaml.load(text, Loader=yaml.CSafeLoader)

    assert quick == yaml.load(text, Loader=yaml.SafeLoader)
    assert quick == YAML(typ="safe", pure=True).load(text)
    read = document(text, file=str(file))
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow = document(text, file=str(file))
    assert ((), ()) == (read.problems, slow.problems)
    assert quick == read.data == slow.data


@pytest.mark.parametrize("id", policies())
def test_each_built_in_policy_matches_the_schema(id: str) -> None:
    """The library does not check these files again, and finds each by its name."""
    where = rules_folder().joinpath(f"{id}.yaml")
    read = document(where.read_text("utf-8"), file=id)

    assert isinstance(read.data, dict)
    assert id == read.data["policy"]
    assert () == faults(read.data)
