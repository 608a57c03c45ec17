"""Read situations: YAML or JSON in, a situation with a value for every fact out."""

from __future__ import annotations

from pathlib import Path

import attrs

from boundaryethics.errors import Problem, SituationError
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.policyfile.yaml import (
    MOST_OF_A_SITUATION,
    Document,
    TextError,
    document,
    size_problem,
    text_of,
    text_of_input,
)

_EXAMPLE = "write a fact and its value on each line, such as `contact: message`"


def load_situation(path_or_dash: str | Path, vocabulary: Vocabulary) -> Situation:
    """The situation in a file, or on standard input where the path is `-`.

    Raises:
        SituationError: it cannot be read, or names what is not declared.
    """
    file, most = str(path_or_dash), MOST_OF_A_SITUATION
    try:
        if file == "-":
            text = text_of_input(most=most)
        else:
            text = text_of(Path(path_or_dash), file=file, most=most)
    except TextError as error:
        raise SituationError([attrs.evolve(error.problem, code="BE404")]) from None
    return read_situation(text, file=file, vocabulary=vocabulary)


def read_situation(
    text: str, *, file: str = "<text>", vocabulary: Vocabulary
) -> Situation:
    """The situation that *text*, YAML or JSON, states.

    Args:
        text: facts with their values; what is not stated is unknown.
        file: what to call it in problems.
        vocabulary: the facts that can be asked.

    Raises:
        SituationError: it cannot be read, or names what is not declared; every
            problem is told.
    """
    problem = size_problem(text, file=file, most=MOST_OF_A_SITUATION)
    if problem:
        raise SituationError([problem])
    read = document(text, file=file)
    problems = [*read.problems]
    if isinstance(read.data, dict):
        met = vocabulary.problems_of(read.data)
        problems += [_located(problem, read) for problem in met]
    elif not problems:
        problems.append(_no_facts(read))
    if problems or not isinstance(read.data, dict):
        raise SituationError(problems)
    return vocabulary.situation(read.data)


def _located(problem: Problem, read: Document) -> Problem:
    known = problem.code == "BE402"
    place = read.place(problem.path) if known else read.key_place(problem.path)
    return attrs.evolve(problem, where=place)


def _no_facts(read: Document) -> Problem:
    root = read.root
    if root is None:
        return Problem(code="BE403", message=f"`{read.file}` is empty", help=_EXAMPLE)
    message = "a list stands where facts are expected"
    if root.text is not None:
        message = f"`{root.text[:40]}` is not a fact with its value"
    return Problem(code="BE403", message=message, where=read.place(()), help=_EXAMPLE)
