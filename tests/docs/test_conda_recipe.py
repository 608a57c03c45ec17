"""The recipe for conda-forge agrees with pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml

from boundaryethics.provenance import VERSION

ROOT = Path(__file__).parents[2]
RECIPE: dict[str, Any] = yaml.safe_load((ROOT / "conda/recipe.yaml").read_text("utf-8"))
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = DECLARED["project"]


def plain(requirements: list[str]) -> set[str]:
    """Return *requirements* in lower case without spaces or browser packages."""
    return {
        one.lower().replace(" ", "").removesuffix(";sys_platform!='emscripten'")
        for one in requirements
        if "== 'emscripten'" not in one
    }


def test_the_recipe_has_the_requirements_of_the_project() -> None:
    """The build and runtime requirements have the same packages and versions."""
    python_min = RECIPE["context"]["python_min"]
    needed = RECIPE["requirements"]

    assert f">={python_min}" == PROJECT["requires-python"]
    assert {"python>=${{python_min}}", *plain(PROJECT["dependencies"])} == plain(
        needed["run"]
    )
    assert {
        *("python${{python_min}}.*", "pip"),
        *plain(DECLARED["build-system"]["requires"]),
    } == plain(needed["host"])


def test_the_recipe_describes_the_project() -> None:
    """Version, commands, summary, license and URLs are those of the project."""
    commands = [" = ".join(one) for one in PROJECT["scripts"].items()]
    about, urls = RECIPE["about"], PROJECT["urls"]

    assert VERSION == RECIPE["context"]["version"]
    assert commands == RECIPE["build"]["python"]["entry_points"]
    assert (PROJECT["description"], PROJECT["license"]) == (
        about["summary"],
        about["license"],
    )
    assert [urls[name] for name in ("Homepage", "Documentation", "Source")] == [
        about[name] for name in ("homepage", "documentation", "repository")
    ]
