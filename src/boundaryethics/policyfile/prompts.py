"""The shipped prompts for reflection, one list to each supervision question."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from boundaryethics.errors import PolicyError
from boundaryethics.model.parts import Prompt
from boundaryethics.policyfile.loader import shipped_file
from boundaryethics.policyfile.yaml import MOST_OF_A_POLICY, document, text_of

_FILE = "worksheet.yaml"


@lru_cache(maxsize=1)
def shipped_prompts() -> Mapping[str, tuple[Prompt, ...]]:
    """Return the prompts under the name of the question to which each belongs."""
    name = f"rules/{_FILE}"
    text = text_of(shipped_file(_FILE), file=name, most=MOST_OF_A_POLICY)
    read = document(text, file=name)
    data: Any = read.data
    if read.problems or not isinstance(data, dict):
        raise PolicyError(read.problems)
    return MappingProxyType(
        {
            question: tuple(_prompt(**item) for item in items)
            for question, items in data["prompts"].items()
        }
    )


def _prompt(says: str, when: Mapping[str, list[str]] | None = None) -> Prompt:
    facts = (when or {}).items()
    return Prompt(says=says, when=tuple((fact, tuple(v)) for fact, v in facts))
