"""Options of the form `fact=text`, each fact once."""

from __future__ import annotations

from collections.abc import Iterable

import click


def by_fact(written: Iterable[str], form: str, twice: str) -> dict[str, str]:
    """What is *written* of each fact, without the space around it.

    Args:
        written: what was given, one text for each time.
        form: how each is to be written, for those that are not.
        twice: what a fact is that is named again.

    Raises:
        BadParameter: a text has no two sides, or a fact is named again.
    """
    found: dict[str, str] = {}
    for text in written:
        fact, _, told = (part.strip() for part in text.partition("="))
        if not (fact and told):
            message = f"`{text}` is not of the form {form}"
            raise click.BadParameter(message)
        if fact in found:
            message = f"fact `{fact}` is {twice}"
            raise click.BadParameter(message)
        found[fact] = told
    return found
