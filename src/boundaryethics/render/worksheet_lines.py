"""Lines of a worksheet that are the same in every form."""

from __future__ import annotations

from boundaryethics.render.outline import Choice, Sentence


def choice_line(choice: Choice) -> str:
    """An option of the ranking, with its standing where that is not open."""
    standing = f": {choice.standing}" if choice.standing else ""
    return f"{choice.words}{standing}"


def rule_line(sentence: Sentence) -> str:
    """What a rule says, with where it is written."""
    source = f" ({sentence.source})" if sentence.source else ""
    return f"{sentence.text}{source}"


def above_line(numbers: tuple[int, ...]) -> str:
    """That the sentences with these *numbers* speak here too."""
    listed = ", ".join(f"[{number}]" for number in numbers)
    return f"See also {listed} above."
