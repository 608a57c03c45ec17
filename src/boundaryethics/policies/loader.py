"""Load policies: built-in ones by id, files by path, with all that they extend."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics._files import rules_folder
from boundaryethics.errors import (
    PolicyError,
    Problem,
    SituationError,
    did_you_mean,
    problem,
)
from boundaryethics.inference import program
from boundaryethics.model import plain_data
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.overlays import Layer, applied
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Prompt
from boundaryethics.model.validation import undeclared
from boundaryethics.policies.yaml import (
    MOST_OF_A_POLICY,
    MOST_OF_A_SITUATION,
    Document,
    SourceText,
    TextError,
    document,
    size_problem,
    text_of,
    text_of_input,
)
from boundaryethics.policies.yaml import Path as Keys

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


_ID_LINE = re.compile(rb"^policy:[ \t]*[\"']?([\w.+-]+)", re.MULTILINE)
_YAML = (".yaml", ".yml")
#: Sections that list parts with ids.
_LISTED = ("rules", "invariants")


def load_policy(id_or_path: str | Path, overlay: Sequence[str | Path] = ()) -> Policy:
    """The policy that is shipped under an id, or written in a file.

    Of a policy that puts rules of its own over a code, such as a state's, only those
    rules are laid over another: what it says of its own code stays behind.

    Args:
        id_or_path: an id, or a path; or several with `+` between, the first with the
            others laid over it.
        overlay: ids or paths of policies to lay over it, the last one on top.

    Raises:
        PolicyError: there is none, or it cannot be read, or means nothing; every
            problem is told.
    """
    named = (
        *_each(id_or_path),
        *([overlay] if isinstance(overlay, str | Path) else overlay),
    )
    if all(isinstance(one, str) and one in shipped() for one in named):
        return _shipped(*(str(one) for one in named))
    return _loaded(named)


def _each(named: str | Path) -> tuple[str | Path, ...]:
    if not isinstance(named, str) or "+" not in named or _is_path(named):
        return (named,)
    return (named,) if named in shipped() else tuple(named.split("+"))


def as_policy(policy: Policy | str | Path) -> Policy:
    """*policy* itself, or the one that an id or a path stands for.

    Raises:
        PolicyError: it is neither, or cannot be read, or means nothing.
    """
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str | Path):
        return load_policy(policy)
    raise PolicyError([problem("BE206.kind")])


def locate(
    problems: Iterable[Problem],
    id_or_path: str | Path,
    overlay: Sequence[str | Path] = (),
) -> tuple[Problem, ...]:
    """*problems* with a loaded policy, each with the place where its subject stands."""
    first, *others = [sheet_of_file(_file(o)) for o in (*_each(id_or_path), *overlay)]
    sheets = sheets_under([first, *(sheet for one in others for sheet in _laid(one))])
    return tuple(located(one, sheets) for one in problems)


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


def load_layer(path: str | Path) -> Layer:
    """What the policy file at *path* says itself.

    Raises:
        PolicyError: it cannot be read, or means nothing on what it extends; every
            problem is told.
    """
    where = Path(path)
    load_policy(where)
    sheet = sheet_of_file(PolicyFile(where, str(path), where.parent))
    if sheet.layer is None:
        raise PolicyError(sheet.problems)
    return sheet.layer


def shipped_policies() -> tuple[str, ...]:
    """The ids of all shipped policies, those that are only extended included."""
    return tuple(shipped())


@lru_cache(maxsize=1)
def shipped_vocabulary() -> Vocabulary:
    """The facts that every policy can ask."""
    said = _shipped_data("vocabulary.yaml")
    layer = plain_data.layer({"policy": "vocabulary", **said})
    return Vocabulary().joined(
        layer.facts,
        layer.impossible,
        groups=layer.groups,
        unknown_label=layer.unknown_label,
    )


def _shipped_data(name: str) -> dict[str, Any]:
    file = f"rules/{name}"
    text = text_of(shipped_file(name), file=file, most=MOST_OF_A_POLICY)
    read = document(text, file=file)
    if read.problems or not isinstance(read.data, dict):
        raise PolicyError(read.problems)
    return read.data


@lru_cache(maxsize=64)
def _shipped(*ids: str) -> Policy:
    return _loaded(ids)


def _loaded(named: Sequence[str | Path]) -> Policy:
    first, *over = [sheet_of_file(_file(one)) for one in named]
    if not over:
        return policy_of(first, shipped_vocabulary())
    combined = _combined([first, *over])
    whole = _textless(combined.id, layer=combined)
    parents = [first, *(sheet for one in over for sheet in _laid(one))]
    return policy_of(whole, shipped_vocabulary(), parents=parents)


def _laid(sheet: ParsedFile) -> list[ParsedFile]:
    """What of *sheet* is laid over another code: the rules it puts over its own."""
    parents = [
        sheet_of_file(found(id, sheet.folder))
        for id in (sheet.layer.extends if sheet.layer else ())
    ]
    abstract = [one for one in parents if one.layer and one.layer.abstract]
    over_a_code = len(abstract) < len(parents)
    return abstract if over_a_code and abstract else [sheet]


def _file(named: str | Path) -> PolicyFile:
    if _is_path(named):
        path = Path(named)
        return PolicyFile(path, str(named), path.parent)
    return found(str(named))


def _is_path(named: str | Path) -> bool:
    if isinstance(named, Path) or named.endswith(_YAML):
        return True
    separators = {os.sep, os.altsep, "/"} - {None}
    if any(separator and separator in named for separator in separators):
        return True
    return named not in shipped() and _is_file(named)


def _is_file(named: str) -> bool:
    try:
        return Path(named).is_file()
    except (OSError, ValueError):
        return False


def _combined(sheets: Sequence[ParsedFile]) -> Layer:
    """The layer that only says what *sheets*, one over the other, are together."""
    layers = [sheet.layer for sheet in sheets if sheet.layer]
    titles = [layer.title or layer.id for layer in layers]
    return Layer(
        id="+".join(layer.id for layer in layers),
        title=", with ".join(titles),
        about="\n\n".join(layer.about.strip() for layer in layers if layer.about),
    )


# -- Which file ----------------------------------------------------------------------


@final
@attrs.frozen
class PolicyFile:
    """A policy file that can be opened, and the name by which problems call it."""

    where: Traversable
    name: str
    #: The folder in which the policies that it extends are looked for first.
    folder: Path | None = None

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with this package, whose tests check it."""
        return self.folder is None


def shipped_file(name: str) -> Traversable:
    """The shipped file *name*, vocabulary or schema."""
    return rules_folder().joinpath(name)


#: Built-in files that hold no policy.
_NO_POLICIES = frozenset({"vocabulary.yaml", "worksheet.yaml"})


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, PolicyFile]:
    """The shipped policy files under their ids, by which they are called."""
    entries = {
        entry.name.removesuffix(".yaml"): PolicyFile(entry, f"rules/{entry.name}")
        for entry in rules_folder().iterdir()
        if entry.name.endswith(".yaml") and entry.name not in _NO_POLICIES
    }
    return dict(sorted(entries.items()))


def _beside(folder: Path) -> Mapping[str, tuple[PolicyFile, ...]]:
    """The policy files right in *folder*, under their ids."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in _YAML)
    except OSError:
        return {}
    by_id: dict[str, tuple[PolicyFile, ...]] = {}
    for path in paths:
        id = _id_in(path)
        if id is not None:
            by_id[id] = (*by_id.get(id, ()), PolicyFile(path, str(path), folder))
    return by_id


def found(id: str, folder: Path | None = None) -> PolicyFile:
    """The file of policy *id*: in *folder* if it is there, else the shipped one.

    Raises:
        PolicyError: no file has the id, or more than one file of a folder has.
    """
    local = _beside(folder) if folder else {}
    candidates = local.get(id, ())
    if len(candidates) > 1:
        files = " and ".join(f"`{file.name}`" for file in candidates)
        raise PolicyError([problem("BE307.files", id=id, files=files, token=id)])
    if candidates or id in shipped():
        return candidates[0] if candidates else shipped()[id]
    known = sorted({*local, *shipped()})
    listed = ", ".join(f"`{other}`" for other in known)
    near = did_you_mean(id, known)
    unknown = problem("BE206", id=id[:60], listed=listed, near=near, token=id)
    raise PolicyError([unknown])


def yaml_files(folder: Traversable, name: str) -> Iterator[tuple[Traversable, str]]:
    """Every YAML file below *folder*, which is called *name*, with what to call it."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from yaml_files(entry, inner)
        elif entry.name.endswith(_YAML):
            yield entry, inner


def _id_in(where: Traversable) -> str | None:
    try:
        with where.open("rb") as opened:
            met = _ID_LINE.search(opened.read(MOST_OF_A_POLICY))
    except OSError:
        return None
    return met.group(1).decode("utf-8", "replace") if met else None


# -- One file ------------------------------------------------------------------------


@final
@attrs.frozen(kw_only=True)
class ParsedFile:
    """What one policy file says itself, and what is wrong with it."""

    #: Tells one file from another, however its path was written.
    identity: str
    #: The folder in which the policies that it extends are looked for first.
    folder: Path | None
    document: Document
    #: None where nothing can be made of the text.
    layer: Layer | None = None
    problems: tuple[Problem, ...] = ()
    #: Names lost with faulty parts: no problem with one of these is believed.
    lost: frozenset[str] = frozenset()

    @cached_property
    def positions(self) -> Mapping[tuple[str, str], int]:
        """Where each rule and invariant stands in its list: the last of its id."""
        data: Any = self.document.data
        listed = {
            section: data.get(section) if isinstance(data, dict) else None
            for section in _LISTED
        }
        return {
            (section, item["id"]): index
            for section, items in listed.items()
            for index, item in enumerate(items if isinstance(items, list) else ())
            if isinstance(item, dict) and isinstance(item.get("id"), str)
        }

    @property
    def id(self) -> str:
        """The id of the policy, or the file where it has none."""
        return self.layer.id if self.layer and self.layer.id else self.document.file


def sheet_of_file(file: PolicyFile) -> ParsedFile:
    """Parse *file*."""
    where = file.where
    try:
        text = text_of(where, file=file.name, most=MOST_OF_A_POLICY)
    except TextError as error:
        return _textless(file.name, problems=(error.problem,))
    identity = str(where.resolve()) if isinstance(where, Path) else file.name
    return _parsed(text, file.name, identity, file.folder, shipped=file.is_shipped)


def sheet_of_text(text: str, *, file: str) -> ParsedFile:
    """Parse *text*; *file* names it in problems."""
    too_large = size_problem(text, file=file, most=MOST_OF_A_POLICY)
    if too_large:
        return _textless(file, problems=(too_large,))
    return _parsed(text, file, file, None)


def _textless(name: str, **parts: Any) -> ParsedFile:
    nothing = Document(SourceText(name, ("",)), None)
    return ParsedFile(identity=name, folder=None, document=nothing, **parts)


def _parsed(
    text: str, file: str, identity: str, folder: Path | None, *, shipped: bool = False
) -> ParsedFile:
    read = document(text, file=file)
    layer = _unchecked_layer(read) if shipped else None
    problems, lost = read.problems, frozenset[str]()
    if layer is None:
        layer, met, lost = _layer(read)
        problems += met
    return ParsedFile(
        identity=identity,
        folder=folder,
        document=read,
        layer=layer,
        problems=problems,
        lost=lost,
    )


def _unchecked_layer(read: Document) -> Layer | None:
    """Return the layer of a shipped file, or None where its shape must be checked."""
    if read.problems or not isinstance(read.data, dict):
        return None
    try:
        return plain_data.layer(read.data)
    except (PolicyError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _layer(
    read: Document,
) -> tuple[Layer | None, tuple[Problem, ...], frozenset[str]]:
    if read.root is None:
        empty = problem("BE104.start", file=read.file)
        return None, () if read.problems else (empty,), frozenset()
    from boundaryethics.policies import schema

    faults = schema.faults(read.data)
    problems = tuple(schema.told(fault, read) for fault in faults)
    # There may be more faults than were looked for, and so no mending them all.
    if not isinstance(read.data, dict) or len(faults) == schema.MOST_FAULTS:
        return None, problems, frozenset()
    whole, lost = schema.mended(read.data, faults)
    return plain_data.layer(whole), problems, lost


# -- One file upon the other ---------------------------------------------------------


def policy_of(
    sheet: ParsedFile, vocabulary: Vocabulary, *, parents: Iterable[ParsedFile] = ()
) -> Policy:
    """The policy that *sheet* writes, on *parents* and on all that it extends.

    Raises:
        PolicyError: a file cannot be read, or the policy does not mean anything.
    """
    family = _Family()
    for parent in parents:
        family.admit(parent, ())
    family.admit(sheet, ())
    problems = [*family.problems, *_shared_ids(family.sheets)]
    if any(other.layer is None for other in family.sheets) or family.incomplete:
        raise PolicyError(_in_file_order(problems, family.sheets))
    policy, met = _folded(family.sheets, vocabulary)
    problems += met
    if problems:
        raise PolicyError(_in_file_order(problems, family.sheets))
    return policy


def sheets_under(top: Iterable[ParsedFile]) -> list[ParsedFile]:
    """The sheets in *top* and all that they extend, parents before children."""
    family = _Family()
    for sheet in top:
        family.admit(sheet, ())
    return family.sheets


def _in_file_order(
    problems: Iterable[Problem], sheets: Sequence[ParsedFile]
) -> tuple[Problem, ...]:
    files = [sheet.document.file for sheet in sheets]

    def order(one: Problem) -> tuple[int, int, int]:
        where = one.where
        known = where is not None and where.file in files
        return (
            files.index(where.file) if where and known else len(files),
            where.line if where else 0,
            where.column if where else 0,
        )

    return tuple(sorted(dict.fromkeys(problems), key=order))


@final
class _Family:
    """The sheets of a policy, parents before children, each once."""

    def __init__(self) -> None:
        self.sheets: list[ParsedFile] = []
        self.problems: list[Problem] = []
        #: Whether some policy that is extended is missing.
        self.incomplete = False

    def admit(self, sheet: ParsedFile, way: tuple[ParsedFile, ...]) -> None:
        """Add *sheet* after all that it extends; *way* leads from the child to it."""
        if any(sheet.identity == known.identity for known in self.sheets):
            return
        for id in sheet.layer.extends if sheet.layer else ():
            self._admit_parent(id, (*way, sheet))
        self.problems += sheet.problems
        self.sheets.append(sheet)

    def _admit_parent(self, id: str, way: tuple[ParsedFile, ...]) -> None:
        child = way[-1]
        try:
            parent = sheet_of_file(found(id, child.folder))
        except PolicyError as error:
            self._refuse(error.problems, child)
            return
        met = [sheet.identity for sheet in way]
        if parent.identity in met:
            cycle = way[met.index(parent.identity) :]
            chain = " extends ".join(f"`{sheet.id}`" for sheet in cycle)
            cyclic = problem("BE308.cycle", chain=chain, id=id, token=id)
            self._refuse([cyclic], child)
            return
        self.admit(parent, way)

    def _refuse(self, problems: Iterable[Problem], child: ParsedFile) -> None:
        self.incomplete = True
        moved = (attrs.evolve(one, path=("extends",)) for one in problems)
        self.problems += [located(one, [child]) for one in moved]


def _shared_ids(sheets: Sequence[ParsedFile]) -> Iterator[Problem]:
    first: dict[str, ParsedFile] = {}
    for sheet in sheets:
        other = first.setdefault(sheet.id, sheet)
        if other is not sheet and sheet.layer:
            file, path = other.document.file, ("policy",)
            shared = problem(
                "BE307.shared", file=file, id=sheet.id, path=path, token=sheet.id
            )
            yield located(shared, [sheet])


def _folded(
    sheets: Sequence[ParsedFile], vocabulary: Vocabulary
) -> tuple[Policy, list[Problem]]:
    policy = Policy(id="", vocabulary=vocabulary)
    problems: list[Problem] = []
    for sheet in sheets:
        if sheet.layer is None:
            continue
        policy, met = applied(policy, sheet.layer)
        met = (*met, *_repeated_invariants(sheet))
        problems += [located(one, [sheet]) for one in met]
    problems += [_placed(met, sheets) for met in _meaning_problems(policy, sheets[-1])]
    lost = frozenset[str]().union(*(sheet.lost for sheet in sheets))
    return policy, [one for one in problems if one.token not in lost]


def _meaning_problems(policy: Policy, own: ParsedFile) -> tuple[Problem, ...]:
    problems = tuple(_uncited_together(undeclared(policy), own))
    if problems:
        # Conditions that read undeclared facts cannot be lowered.
        return (*problems, *program.strata(policy)[1])
    return program.problems_of(policy)


def _uncited_together(
    problems: Iterable[Problem], own: ParsedFile
) -> Iterator[Problem]:
    """*problems*, each uncited principle told once, inherited ones together."""
    declared = {part.id for part, _ in own.layer.principles} if own.layer else ()
    inherited: list[str] = []
    told: set[str] = set()
    for one in problems:
        name = str(one.token)
        if one.code != "BE209":
            yield one
        elif name in declared and name not in told:
            yield attrs.evolve(one, path=("principles", name))
        elif name not in told:
            inherited.append(name)
        told.update([name] if one.code == "BE209" else ())
    if inherited:
        listed = ", ".join(f"`{name}`" for name in inherited)
        at, id = ("policy",), own.id
        yield problem("BE209.inherited", policy=id, listed=listed, path=at, token=id)


def _placed(one: Problem, sheets: Sequence[ParsedFile]) -> Problem:
    """Return the problem *one* at the place where it can be mended."""
    if one.path[2:] == ("overrides",):
        dropping = [s for s in sheets if s.layer and one.token in s.layer.changes.drop]
        if dropping:
            dropped = problem(
                "BE204.dropped",
                rule=one.path[1],
                name=one.token,
                policy=dropping[-1].id,
                path=("changes", "drop"),
                token=one.token,
            )
            return located(dropped, dropping[-1:])
    return located(one, sheets)


def _repeated_invariants(sheet: ParsedFile) -> Iterator[Problem]:
    declared = sheet.layer.invariants if sheet.layer else ()
    for name, times in Counter(part.id for part in declared).items():
        for _ in range(times - 1):
            path = ("invariants", name)
            yield problem("BE303.invariant", name=name, path=path, token=name)


# -- Which line ----------------------------------------------------------------------


def located(one: Problem, sheets: Sequence[ParsedFile]) -> Problem:
    """Return the problem *one* with its place in the last of *sheets* that names it."""
    spots = [
        (sheet.document, path)
        for sheet in reversed(sheets)
        for path in _paths(one.path, sheet)
    ]
    found = (read.find(path, one.token) for read, path in spots)
    keys = (read.key_place(path) for read, path in spots)
    where = next((place for place in (*found, *keys) if place), one.where)
    return attrs.evolve(one, where=where)


def _paths(path: Keys, sheet: ParsedFile) -> Iterator[Keys]:
    """Yield where *sheet* may speak of what *path* names, the closest fit first."""
    read = sheet.document
    return (one for one in _wordings(path, sheet) if read.node(one) is not None)


def _wordings(path: Keys, sheet: ParsedFile) -> Iterator[Keys]:
    if not path:
        # A declared name; conditions may hold the same word.
        yield from (("facts",), ("findings",))
        return
    if path[0] in _LISTED and path[1:]:
        if path[0] == "rules" and path[2:]:
            yield ("changes", "adjust", *path[1:])
        index = sheet.positions.get((str(path[0]), str(path[1])))
        if index is None:
            return
        path = (path[0], index, *path[2:])
    yield path
    if path[2:]:
        yield path[:2]


# -- Situations ----------------------------------------------------------------------


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
    too_large = size_problem(text, file=file, most=MOST_OF_A_SITUATION)
    if too_large:
        raise SituationError([too_large])
    read = document(text, file=file)
    problems = [*read.problems]
    if isinstance(read.data, dict):
        met = vocabulary.validate(read.data)
        problems += [_located(one, read) for one in met]
    elif not problems:
        problems.append(_no_facts(read))
    if problems or not isinstance(read.data, dict):
        raise SituationError(problems)
    return vocabulary.situation(read.data)


def _located(one: Problem, read: Document) -> Problem:
    known = one.code == "BE402"
    place = read.place(one.path) if known else read.key_place(one.path)
    return attrs.evolve(one, where=place)


def _no_facts(read: Document) -> Problem:
    if read.root is None:
        return problem("BE403.empty", file=read.file)
    if read.root.text is None:
        return problem("BE403.list", where=read.place(()))
    return problem("BE403.text", text=read.root.text[:40], where=read.place(()))


@lru_cache(maxsize=1)
def shipped_prompts() -> Mapping[str, tuple[Prompt, ...]]:
    """Return the prompts under the name of the question to which each belongs."""
    prompts = _shipped_data("worksheet.yaml")["prompts"].items()
    return MappingProxyType(
        {question: tuple(map(_prompt, items)) for question, items in prompts}
    )


def _prompt(plain: Mapping[str, Any]) -> Prompt:
    when = tuple((fact, tuple(v)) for fact, v in plain.get("when", {}).items())
    return Prompt(says=plain["says"], when=when)
