"""Load policies: an id or a path in, a policy that means something out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model import plain
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.layers import Layer
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import catalogue, yaml
from boundaryethics.policyfile.catalogue import PolicyFile
from boundaryethics.policyfile.extending import policy_of, sheets_under
from boundaryethics.policyfile.locating import located
from boundaryethics.policyfile.sheets import (
    Sheet,
    sheet_of_file,
    sheet_of_text,
    sheet_over,
)
from boundaryethics.policyfile.yaml import MOST_OF_A_POLICY, text_of


def load_policy(id_or_path: str | Path, over: Sequence[str | Path] = ()) -> Policy:
    """The policy that is shipped under an id, or written in a file.

    Of a policy that puts rules of its own over a code, such as a state's, only those
    rules are laid over another: what it says of its own code stays behind.

    Args:
        id_or_path: an id, or a path; or several with `+` between, the first with the
            others laid over it.
        over: ids or paths of policies to lay over it, the last one on top.

    Raises:
        PolicyError: there is none, or it cannot be read, or means nothing; every
            problem is told.
    """
    named = (*_each(id_or_path), *([over] if isinstance(over, str | Path) else over))
    if all(isinstance(one, str) and one in catalogue.shipped() for one in named):
        return _shipped(*(str(one) for one in named))
    return _loaded(named)


def _each(named: str | Path) -> tuple[str | Path, ...]:
    if not isinstance(named, str) or "+" not in named or _is_path(named):
        return (named,)
    return (named,) if named in catalogue.shipped() else tuple(named.split("+"))


def policy_named(policy: Policy | str | Path) -> Policy:
    """*policy* itself, or the one that an id or a path stands for.

    Raises:
        PolicyError: it is neither, or cannot be read, or means nothing.
    """
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str | Path):
        return load_policy(policy)
    message = "a policy is a policy, the id of a shipped one, or a path"
    raise PolicyError([Problem(code="BE206", message=message)])


def placed(
    problems: Iterable[Problem],
    id_or_path: str | Path,
    over: Sequence[str | Path] = (),
) -> tuple[Problem, ...]:
    """*problems* with a loaded policy, each with the place where its subject stands."""
    first, *others = [sheet_of_file(_file(o)) for o in (*_each(id_or_path), *over)]
    sheets = sheets_under([first, *(sheet for one in others for sheet in _laid(one))])
    return tuple(located(problem, sheets) for problem in problems)


def read_policy(
    text: str, *, file: str = "<text>", vocabulary: Vocabulary | None = None
) -> Policy:
    """The policy that *text* writes.

    Args:
        text: YAML, as a policy file holds it.
        file: what to call it in problems.
        vocabulary: the facts that can be asked beside its own; the shipped ones
            where none is given.

    Raises:
        PolicyError: it cannot be read, or means nothing; every problem is told.
    """
    known = shipped_vocabulary() if vocabulary is None else vocabulary
    return policy_of(sheet_of_text(text, file=file), known)


def shipped_policies() -> tuple[str, ...]:
    """The ids of all shipped policies, those that are only extended included."""
    return tuple(sorted(catalogue.shipped()))


@lru_cache(maxsize=1)
def shipped_vocabulary() -> Vocabulary:
    """The facts that every policy can ask."""
    where = catalogue.shipped_file("vocabulary.yaml")
    text = text_of(where, file="rules/vocabulary.yaml", most=MOST_OF_A_POLICY)
    document = yaml.document(text, file="rules/vocabulary.yaml")
    data = document.data
    if document.problems or not isinstance(data, dict):
        raise PolicyError(document.problems)
    said: dict[str, Any] = data
    return Vocabulary(plain.facts(said["facts"]), plain.impossible(said))


@lru_cache(maxsize=64)
def _shipped(*ids: str) -> Policy:
    return _loaded(ids)


def _loaded(named: Sequence[str | Path]) -> Policy:
    first, *over = [sheet_of_file(_file(one)) for one in named]
    if not over:
        return policy_of(first, shipped_vocabulary())
    whole = sheet_over(_combined([first, *over]))
    parents = [first, *(sheet for one in over for sheet in _laid(one))]
    return policy_of(whole, shipped_vocabulary(), parents=parents)


def _laid(sheet: Sheet) -> list[Sheet]:
    """What of *sheet* is laid over another code: the rules it puts over its own."""
    parents = [
        sheet_of_file(catalogue.found(id, sheet.folder))
        for id in (sheet.layer.extends if sheet.layer else ())
    ]
    abstract = [one for one in parents if one.layer and one.layer.abstract]
    over_a_code = len(abstract) < len(parents)
    return abstract if over_a_code and abstract else [sheet]


def _file(named: str | Path) -> PolicyFile:
    if _is_path(named):
        path = Path(named)
        return PolicyFile(path, str(named), path.parent)
    return catalogue.found(str(named))


def _is_path(named: str | Path) -> bool:
    if isinstance(named, Path) or named.endswith((".yaml", ".yml")):
        return True
    separators = {os.sep, os.altsep, "/"} - {None}
    if any(separator and separator in named for separator in separators):
        return True
    return named not in catalogue.shipped() and _is_file(named)


def _is_file(named: str) -> bool:
    try:
        return Path(named).is_file()
    except (OSError, ValueError):
        return False


def _combined(sheets: Sequence[Sheet]) -> Layer:
    """The layer that only says what *sheets*, one over the other, are together."""
    layers = [sheet.layer for sheet in sheets if sheet.layer]
    titles = [layer.title or layer.id for layer in layers]
    return Layer(
        id="+".join(layer.id for layer in layers),
        title=", with ".join(titles),
        about="\n\n".join(layer.about.strip() for layer in layers if layer.about),
    )
