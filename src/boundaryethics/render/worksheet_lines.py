"""Lines of a worksheet that are the same in every form."""

from __future__ import annotations

from boundaryethics.render.outline import Choice, Entry, Sentence


def choice_line(choice: Choice) -> str:
    """An option, with its standing where that is not open, and why it is ruled out."""
    standing = f": {choice.standing}" if choice.standing else ""
    why = f". {rule_line(choice.reason)}" if choice.reason else ""
    return f"{choice.words}{standing}{why}"


def rule_line(sentence: Sentence) -> str:
    """What a rule says, with where it is written."""
    source = f" ({sentence.source})" if sentence.source else ""
    return f"{sentence.text}{source}"


def advice_line(entry: Entry) -> str:
    """What to do, with where it is written."""
    source = f" ({entry.source})" if entry.source else ""
    return f"{entry.text}{source}"


def above_line(numbers: tuple[int, ...]) -> str:
    """That the sentences with these *numbers* speak here too."""
    listed = ", ".join(f"[{number}]" for number in numbers)
    return f"See also {listed} above."
