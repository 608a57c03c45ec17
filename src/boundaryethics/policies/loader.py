"""Load built-in policies by ID and files by path, with all policies they extend."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from json import JSONDecodeError
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics._files import (
    Identity,
    files_of_folder,
    identity,
    is_file,
    is_folder,
    rules_folder,
)
from boundaryethics.arguments import argument, checked
from boundaryethics.errors import (
    BoundaryEthicsError,
    PolicyError,
    Problem,
    SituationError,
    all_of,
    did_you_mean,
    few_suggestions,
    is_free_text,
    listed,
    problem,
    quoted,
)
from boundaryethics.inference import program
from boundaryethics.model import plain_data
from boundaryethics.model.display import Table
from boundaryethics.model.facts import (
    UNKNOWN_FACT_HELP,
    Situation,
    Vocabulary,
    nearest_fact,
)
from boundaryethics.model.overlays import Layer, applied
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Prompt, within_sentence
from boundaryethics.model.validation import refuse_invalid, undeclared
from boundaryethics.policies import yaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


_FINGERPRINT = re.compile("[0-9a-fA-F]{8,64}")
#: The extensions of YAML files, in lower case.
YAML = (".yaml", ".yml")
#: The maximum number of entries under `extends` in all files of one policy.
MOST_EXTENDED = 100
#: The help for an unknown fact in a web request.
_UNKNOWN_FACT_HELP_IN_JSON = (
    "the JSON Schema of a situation lists the facts and their values"
)
#: Sections that list parts with IDs.
_LISTED = ("rules", "invariants")


@checked
def load_policy(
    id_or_path: str | Path,
    overlay: Sequence[str | Path] = (),
    *,
    fingerprint: str | None = None,
    text_fingerprint: str | None = None,
) -> Policy:
    """Load a built-in policy by its ID, or a policy file by its path.

    An overlay may extend both a code and other rules, such as state rules. In
    that case, only the other rules are applied on top.

    Args:
        id_or_path: an ID or a path, or several joined by `+`. Policies after the first
            are applied on top of it.
        overlay: IDs or paths of policies to apply on top, in order.
        fingerprint: the expected fingerprint, or at least its first 8 digits.
        text_fingerprint: the same for the text fingerprint.

    Raises:
        PolicyError: a policy is unknown, unreadable or invalid, or has a different
            fingerprint. The error lists all problems.
    """
    named = _each(id_or_path, overlay)
    is_shipped = all(isinstance(one, str) and one in shipped() for one in named)
    policy = _shipped(tuple(map(str, named))) if is_shipped else _loaded(named)
    expected = {"fingerprint": fingerprint, "text fingerprint": text_fingerprint}
    _refuse_other(policy, expected)
    return policy


def _refuse_other(policy: Policy, expected: Mapping[str, str | None]) -> None:
    """Raise an error if *policy* does not have the *expected* fingerprints.

    The expected fingerprints may be shortened.
    """
    problems: list[Problem] = []
    for kind, digits in expected.items():
        if digits is None:
            continue
        found = getattr(policy, kind.replace(" ", "_"))
        if not (isinstance(digits, str) and _FINGERPRINT.fullmatch(digits)):
            problems.append(problem("BE311", kind=kind, digits=str(digits)[:70]))
        elif not found.startswith(digits.lower()):
            words: dict[str, Any] = {"policy": policy.id, "kind": kind}
            problems.append(problem("BE310", **words, found=found, digits=digits))
    if problems:
        raise PolicyError(problems)


def _each(
    named: str | Path, overlay: str | Path | Sequence[str | Path]
) -> tuple[str | Path, ...]:
    """List the policy and the overlays, in order.

    Raises:
        PolicyError: one is neither an ID nor a path, or is named twice.
    """
    over = overlay if isinstance(overlay, list | tuple) else [overlay]
    joined = isinstance(named, str) and "+" in named and not _is_path(named)
    first = ids_in(str(named)) if joined else (named,)
    every = (*first, *over)
    if not all(isinstance(one, str | Path) for one in every):
        raise PolicyError([problem("BE206.kind")])
    if twice := [one for one, times in Counter(map(str, every)).items() if times > 1]:
        raise PolicyError([problem("BE315", token=one) for one in twice])
    return every


def ids_in(named: str) -> tuple[str, ...]:
    """List the IDs in *named*, a name such as `nasw-2021+ohio-4757-5`."""
    return (named,) if named in shipped() else tuple(named.split("+"))


def load_from_folder(named: str, folder: Path | None) -> Policy:
    """Load a policy by its path, or by its ID from *folder* or the built-in policies.

    Raises:
        PolicyError: as for `load_policy`, or several files in *folder* have the ID.
    """
    if folder is None or _is_path(named):
        return load_policy(named)
    first, *over = (
        Path(str(file.where)) if file.folder else id
        for id in ids_in(named)
        for file in [_unless_copied(found(id, folder), id, "BE313.tested")]
    )
    return load_policy(first, over)


def as_policy(policy: Policy | str | Path) -> Policy:
    """Return *policy* itself, or load it by its ID or by the `Path` of its file.

    A string is never used as a path, so an ID from an untrusted source cannot name a
    file.

    Raises:
        PolicyError: it is not a policy, an ID or a path, or is unknown, unreadable or
            invalid.
    """
    if isinstance(policy, Policy):
        refuse_invalid(policy)
        return policy
    if isinstance(policy, Path):
        return load_policy(policy)
    if not isinstance(policy, str):
        raise PolicyError([problem("BE206.kind")])
    policy = str.__str__(policy)
    all_of(_built_in, ids_in(policy))
    return load_policy(policy)


def _built_in(id: str) -> PolicyFile:
    """Find a built-in policy; refuse a path."""
    if id not in shipped() and _looks_like_a_path(id):
        raise PolicyError([problem("BE206.path", id=id[:60], token=id)])
    if id not in shipped():
        raise PolicyError([_unknown(id)])
    return shipped()[id]


def repeated_ids(policies: Iterable[Policy]) -> list[str]:
    """List the IDs that two or more of *policies* share."""
    counts = Counter(policy.id for policy in policies)
    return sorted(id for id, times in counts.items() if times > 1)


@checked
def locate(
    problems: Iterable[Problem],
    id_or_path: str | Path,
    overlay: Sequence[str | Path] = (),
) -> tuple[Problem, ...]:
    """Return a loaded policy's *problems*, each with its location in a file.

    The other arguments are the ones that were passed to `load_policy`.
    """
    first, *over = [parse_file(_file(one)) for one in _each(id_or_path, overlay)]
    overlays = (parsed for one in over for parsed in _files_to_apply(one))
    files = _Ancestry([first, *overlays]).files
    return tuple(located(one, files) for one in problems)


@checked
def read_policy(
    text: str, *, file: str = "<text>", vocabulary: Vocabulary | None = None
) -> Policy:
    """Read a policy from *text*.

    Args:
        text: YAML, as in a policy file.
        file: the name of the text in problem messages.
        vocabulary: the facts that the policy can use in addition to its own; by
            default the built-in ones.

    Raises:
        PolicyError: *text* is unreadable or invalid. The error lists all problems.
    """
    file = argument("file", file, str)
    known = shipped_vocabulary() if vocabulary is None else vocabulary
    return policy_of([parse_text(text, file=file)], known)


def load_layer(path: str | Path) -> Layer:
    """Load the content of the policy file at *path*, without the policies it extends.

    Raises:
        PolicyError: the file is unreadable, or is invalid in combination with the
            policies that it extends. The error lists all problems.
    """
    where = Path(path)
    load_policy(where)
    parsed = parse_file(PolicyFile(where, str(path), where.parent))
    if parsed.layer is None:
        raise PolicyError(parsed.problems)
    return parsed.layer


@final
@attrs.frozen(repr=False)
class Policies(Mapping[str, Policy]):
    """A mapping from IDs to the built-in policies. Looking up a policy loads it."""

    def __getitem__(self, id: str) -> Policy:
        if id not in shipped():
            raise KeyError(id)
        return load_policy(id)

    def __iter__(self) -> Iterator[str]:
        return iter(shipped())

    def __len__(self) -> int:
        return len(shipped())

    def __contains__(self, id: object) -> bool:
        return id in shipped()

    def to_frame(self) -> Any:
        """Return a pandas or polars data frame with one row for each policy.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self._table().frame()

    def __repr__(self) -> str:
        return f"Policies({', '.join(self)})"

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        return Table(
            lines=(f"{len(self)} built-in policies",),
            columns=("policy", "title", "use"),
            rows=tuple(
                (id, policy.title, "extend only" if policy.abstract else "consult")
                for id, policy in self.items()
            ),
        )


def policies() -> Policies:
    """Return the built-in policies by ID, including abstract ones."""
    return Policies()


@lru_cache(maxsize=1)
def shipped_vocabulary() -> Vocabulary:
    """Return the facts that every policy can use."""
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
    text = yaml.text_of(
        rules_folder().joinpath(name), file=file, most=yaml.MOST_OF_A_POLICY
    )
    read = yaml.document(text, file=file)
    if read.problems or not isinstance(read.data, dict):
        raise PolicyError(read.problems)
    return read.data


def _loaded(named: Sequence[str | Path]) -> Policy:
    first, *over = _parsed_files(named)
    if not over:
        return policy_of([first], shipped_vocabulary())
    parents = [first, *(parsed for one in over for parsed in _files_to_apply(one))]
    layers = [parsed.layer for parsed in parents if parsed.layer]
    if len(layers) < len(parents):
        # If a file is not a policy, report only its own problems.
        return policy_of(parents, shipped_vocabulary())
    title, *more = [layer.title or layer.id for layer in layers]
    combined = Layer(
        id="+".join(parsed.layer.id for parsed in (first, *over) if parsed.layer),
        title=f"{title}, with {listed(map(within_sentence, more))}",
        about="\n\n".join(layer.about.strip() for layer in layers if layer.about),
    )
    whole = _without_text(combined.id, layer=combined)
    return policy_of([*parents, whole], shipped_vocabulary())


_shipped = lru_cache(maxsize=64)(_loaded)


def _parsed_files(named: Iterable[str | Path]) -> list[ParsedFile]:
    """Read the policy and its overlays.

    Raises:
        PolicyError: one of them is unknown. The error lists all problems.
    """
    files: list[ParsedFile] = []
    problems: list[Problem] = []
    unknown = False
    for number, one in enumerate(named):
        try:
            parsed = parse_file(_file(one, overlay=number > 0))
        except PolicyError as refused:
            unknown = True
            problems += refused.problems
        else:
            files.append(parsed)
            problems += parsed.problems
    if unknown:
        raise PolicyError(problems)
    return files


def _files_to_apply(overlay: ParsedFile) -> list[ParsedFile]:
    """List *overlay*'s abstract parents if it also extends a code, else *overlay*."""
    parents = [
        parse_file(_parent(name, overlay))
        for name in (overlay.layer.extends if overlay.layer else ())
    ]
    abstract = [one for one in parents if one.layer and one.layer.abstract]
    over_a_code = len(abstract) < len(parents)
    return abstract if over_a_code and abstract else [overlay]


def _file(named: str | Path, *, overlay: bool = False) -> PolicyFile:
    if _is_path(named):
        path = Path(named)
        return PolicyFile(path, str(named), path.parent)
    id = str(named)
    if id in shipped():
        return shipped()[id]
    is_file_name = is_folder(id) or bool(Path(id).suffix)
    code = "BE206.file" if is_file_name else "BE206"
    raise PolicyError([_unknown(id, code, overlay=overlay)])


def _unknown(id: str, code: str = "BE206", *, overlay: bool = False) -> Problem:
    """Return the problem for an unknown policy or, if *overlay*, an unknown overlay."""
    use, named = (overlays(), "overlays") if overlay else (consultable(), "policies")
    words: dict[str, Any] = {"listed": quoted(use), "named": named}
    near = None
    if not id:
        code = "BE206.empty"
    elif code == "BE206":
        near = did_you_mean(id, use) or did_you_mean(id, shipped())
    return problem(code, id=id[:60], token=id, near=near, **words)


@lru_cache(maxsize=1)
def consultable() -> tuple[str, ...]:
    """List the IDs of the built-in policies that are not abstract."""
    return tuple(id for id in shipped() if not _is_abstract(id))


@lru_cache(maxsize=1)
def overlays() -> tuple[str, ...]:
    """List the built-in abstract policies, except those that every code extends."""
    shared = load_policy(consultable()[0]).lineage
    abstract = (id for id in shipped() if _is_abstract(id))
    return tuple(id for id in abstract if id not in shared)


def _is_abstract(id: str) -> bool:
    return yaml.key_at_top(shipped()[id].text(), "abstract") == "true"


def _looks_like_a_path(named: str) -> bool:
    return named.endswith(YAML) or os.sep in named or "/" in named


def _is_path(named: str | Path) -> bool:
    if isinstance(named, Path) or _looks_like_a_path(named):
        return True
    return named not in shipped() and is_file(named)


@final
@attrs.frozen
class PolicyFile:
    """A policy file, and the name that problem messages use for it."""

    where: Traversable
    name: str
    #: The folder to search first for policies that the file extends; None if built in.
    folder: Path | None = None
    #: Whether the file must be regular, because the user did not name it.
    regular: bool = False

    def text(self) -> str:
        """Return the text of the file."""
        most = yaml.MOST_OF_A_POLICY
        return yaml.text_of(self.where, file=self.name, most=most, regular=self.regular)


#: Built-in files that contain no policy.
_NO_POLICIES = frozenset(
    {"assistant.yaml", "interview.yaml", "vocabulary.yaml", "worksheet.yaml"}
)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, PolicyFile]:
    """Map the IDs of the built-in policies to their files."""
    entries = {
        entry.name.removesuffix(".yaml"): PolicyFile(entry, f"rules/{entry.name}")
        for entry in rules_folder().iterdir()
        if entry.name.endswith(".yaml") and entry.name not in _NO_POLICIES
    }
    return dict(sorted(entries.items()))


def _policy_files_in(folder: Path) -> Mapping[str, tuple[PolicyFile, ...]]:
    """Map the IDs of the policies directly in *folder* to their files."""
    by_id: dict[str, tuple[PolicyFile, ...]] = {}
    for path in files_of_folder(folder, YAML):
        file = PolicyFile(path, str(path), folder, regular=True)
        try:
            text = file.text()
        except yaml.TextError as error:
            text = error.text
        if id := yaml.key_at_top(text, *_POLICY):
            by_id[id] = (*by_id.get(id, ()), file)
    return by_id


def _parent(name: str, parsed: ParsedFile) -> PolicyFile:
    """Find the file of *parsed*'s parent policy *name*.

    The name is an ID, or a path that begins with `.`.

    Raises:
        PolicyError: no such file exists, or both a built-in policy and a different file
            in the folder have the ID.
    """
    folder = parsed.folder
    if not name.startswith("."):
        file = found(name, folder)
        # In a copy of the built-in policies, a file can extend other files of the copy.
        return file if parsed.id in shipped() else _unless_copied(file, name, "BE313")
    if folder is None:
        raise PolicyError([problem("BE314", token=name)])
    path = folder / name
    return PolicyFile(path, str(path), path.parent, regular=True)


def _unless_copied(file: PolicyFile, id: str, code: str) -> PolicyFile:
    """Return *file*, or the built-in policy with this *id* if *file* is a copy of it.

    Raises:
        PolicyError: *file* has the ID of a built-in policy, but different text.
    """
    if not (file.folder and id in shipped()):
        return file
    with suppress(yaml.TextError):
        if file.text() == shipped()[id].text():
            return shipped()[id]
    words: dict[str, Any] = {"file": file.name, "named": file.where.name}
    raise PolicyError([problem(code, **words, id=id, token=id)])


def found(id: str, folder: Path | None = None) -> PolicyFile:
    """Find a policy file by ID, in *folder* or else among the built-in policies.

    Raises:
        PolicyError: no file has the ID, or several files in the folder have it.
    """
    local = _policy_files_in(folder) if folder else {}
    candidates = local.get(id, ())
    if len(candidates) > 1:
        files = " and ".join(f"`{file.name}`" for file in candidates)
        raise PolicyError([problem("BE307.files", id=id, files=files, token=id)])
    if candidates or id in shipped():
        return candidates[0] if candidates else shipped()[id]
    known = sorted({*local, *shipped()})
    near = did_you_mean(id, known)
    words: dict[str, Any] = {"listed": quoted(known), "named": "policies"}
    code = "BE206" if id else "BE206.empty"
    raise PolicyError([problem(code, id=id[:60], token=id, near=near, **words)])


@final
@attrs.frozen(kw_only=True)
class ParsedFile:
    """The content of one policy file, with its problems."""

    #: Identifies the file, whichever of its names is used.
    identity: Identity
    #: The folder to search first for policies that the file extends.
    folder: Path | None
    document: yaml.Document
    #: None if the text has no valid policy.
    layer: Layer | None = None
    problems: tuple[Problem, ...] = ()
    #: Names in invalid parts, which are removed. Later problems with these names are
    #: not reported.
    lost: frozenset[str] = frozenset()

    @cached_property
    def positions(self) -> Mapping[tuple[str, str], int]:
        """Map each rule and invariant to its index; if an ID repeats, to the last."""
        data: Any = self.document.data
        positions: dict[tuple[str, str], int] = {}
        for section in _LISTED:
            items = data.get(section) if isinstance(data, dict) else None
            for index, item in enumerate(items if isinstance(items, list) else ()):
                if isinstance(item, dict) and isinstance(item.get("id"), str):
                    positions[section, item["id"]] = index
        return positions

    @property
    def id(self) -> str:
        """The ID of the policy, or the file name if it has none."""
        return self.layer.id if self.layer and self.layer.id else self.document.file


def parse_file(file: PolicyFile) -> ParsedFile:
    """Parse *file*."""
    where = file.where
    try:
        text = file.text()
    except yaml.TextError as error:
        quoted = error.problem.where and not yaml.has_key(error.text, _POLICY)
        fault = _no_policy(file.name) if quoted else error.problem
        return _without_text(file.name, problems=(fault,))
    same = identity(where) if isinstance(where, Path) else file.name
    built_in = file.folder is None
    parse = _parse_built_in if built_in else _parse
    parsed = parse(text, file.name, same, file.folder, built_in=built_in)
    if parsed.problems and not yaml.has_key(text, _POLICY, parsed.document.data):
        # The user may have named any file, so problems must not quote its text.
        return _without_text(file.name, problems=(_no_policy(file.name, text),))
    return parsed


#: The key that marks a file as a policy.
_POLICY = ("policy",)


def _no_policy(file: str, text: str = "?") -> Problem:
    return problem("BE104.policy" if text.strip() else "BE104.start", file=file)


def parse_text(text: str, *, file: str) -> ParsedFile:
    """Parse *text*. *file* is its name in problem messages."""
    return _parse(text, file, file, None)


def _without_text(name: str, **parts: Any) -> ParsedFile:
    nothing = yaml.Document(yaml.SourceText(name, ("",)), None)
    return ParsedFile(identity=name, folder=None, document=nothing, **parts)


def _parse(
    text: str, file: str, same: Identity, folder: Path | None, *, built_in: bool = False
) -> ParsedFile:
    read = yaml.document(text, file=file, most=yaml.MOST_OF_A_POLICY)
    parsed = ParsedFile(
        identity=same, folder=folder, document=read, problems=read.problems
    )
    if built_in and not read.problems and isinstance(read.data, dict):
        # Tests check the format of built-in files, so use the schema only if parsing
        # fails.
        with suppress(PolicyError, AttributeError, KeyError, TypeError, ValueError):
            return attrs.evolve(parsed, layer=plain_data.layer(read.data))
    if read.root is None:
        empty = problem("BE104.start", file=file)
        return attrs.evolve(parsed, problems=read.problems or (empty,))
    from boundaryethics.policies import schema

    faults = schema.faults(read.data)
    problems = (*read.problems, *(schema.problem_of(fault, read) for fault in faults))
    # If the list of faults was cut off, the other faults cannot be removed.
    if not isinstance(read.data, dict) or len(faults) == schema.MOST_FAULTS:
        return attrs.evolve(parsed, problems=problems)
    whole, lost = schema.without_faults(read.data, faults)
    layer = plain_data.layer(whole)
    return attrs.evolve(parsed, layer=layer, problems=problems, lost=lost)


#: Parses the same text only once, because several policies extend the same ones.
_parse_built_in = lru_cache(maxsize=8)(_parse)


def policy_of(top: Sequence[ParsedFile], vocabulary: Vocabulary) -> Policy:
    """Build the policy in the last file of *top*, with the other files as its base.

    Any files that these extend are included too.

    Raises:
        PolicyError: a file is unreadable, or the policy is invalid.
    """
    ancestry = _Ancestry(top)
    files, problems = ancestry.files, [*ancestry.problems, *_shared_ids(ancestry.files)]
    if ancestry.incomplete or any(parsed.layer is None for parsed in files):
        raise PolicyError(_in_file_order(problems, files))
    policy, met = _combined(files, vocabulary)
    if problems or met:
        raise PolicyError(_in_file_order([*problems, *met], files))
    return policy


def _in_file_order(
    problems: Iterable[Problem], files: Sequence[ParsedFile]
) -> tuple[Problem, ...]:
    names = [parsed.document.file for parsed in files]

    def order(one: Problem) -> tuple[int, int, int]:
        if one.where is None:
            return len(names), 0, 0
        name = one.where.file
        number = names.index(name) if name in names else len(names)
        return number, one.where.line, one.where.column

    return tuple(sorted(dict.fromkeys(problems), key=order))


class _Ancestry:
    """The files in *top* and all files that they extend, parents before children."""

    def __init__(self, top: Iterable[ParsedFile]) -> None:
        self.files: list[ParsedFile] = []
        self.problems: list[Problem] = []
        #: Whether an extended policy is missing.
        self.incomplete = False
        self._found = 0
        for parsed in top:
            self._add(parsed, ())

    def _add(self, parsed: ParsedFile, way: tuple[ParsedFile, ...]) -> None:
        """Add *parsed* after its parents; *way* lists the files that led to it."""
        if any(parsed.identity == known.identity for known in self.files):
            return
        for id in parsed.layer.extends if parsed.layer else ():
            self._add_parent(id, (*way, parsed))
        self.problems += parsed.problems
        self.files.append(parsed)

    def _add_parent(self, id: str, way: tuple[ParsedFile, ...]) -> None:
        self._found += 1
        if self._found > MOST_EXTENDED:
            raise PolicyError([problem("BE322", most=MOST_EXTENDED)])
        met = [parsed.identity for parsed in way]
        problems: Iterable[Problem] = ()
        try:
            parent = parse_file(_parent(id, way[-1]))
        except PolicyError as error:
            problems = error.problems
        else:
            if parent.identity not in met:
                placed = (_where_extended(one, id, way) for one in parent.problems)
                self._add(attrs.evolve(parent, problems=tuple(placed)), way)
                return
            cycle = way[met.index(parent.identity) :]
            chain = " extends ".join(f"`{parsed.id}`" for parsed in cycle)
            problems = [problem("BE308.cycle", chain=chain, id=id, token=id)]
        self.incomplete = True
        moved = (attrs.evolve(one, path=("extends",)) for one in problems)
        self.problems += [located(one, way) for one in moved]


def _where_extended(one: Problem, id: str, way: tuple[ParsedFile, ...]) -> Problem:
    """Give a problem with an extended file the location of the entry that names it."""
    if one.where:
        return one
    where = located(attrs.evolve(one, path=("extends",), token=id), way).where
    return attrs.evolve(one, where=where)


def _shared_ids(files: Sequence[ParsedFile]) -> Iterator[Problem]:
    first: dict[str, ParsedFile] = {}
    for parsed in files:
        other = first.setdefault(parsed.id, parsed)
        if other is not parsed and parsed.layer:
            file, id, at = other.document.file, parsed.id, ("policy",)
            shared = problem("BE307.shared", file=file, id=id, path=at, token=id)
            yield located(shared, [parsed])


def _combined(
    files: Sequence[ParsedFile], vocabulary: Vocabulary
) -> tuple[Policy, list[Problem]]:
    policy = Policy(id="", vocabulary=vocabulary)
    problems: list[Problem] = []
    for parsed in files:
        if parsed.layer is None:
            continue
        policy, met = applied(policy, parsed.layer)
        met = (*met, *_repeated_invariants(parsed))
        problems += [located(one, [parsed]) for one in met]
    problems += [_placed(met, files) for met in _meaning_problems(policy, files[-1])]
    lost = frozenset[str]().union(*(parsed.lost for parsed in files))
    return policy, [one for one in problems if one.token not in lost]


def _meaning_problems(policy: Policy, own: ParsedFile) -> tuple[Problem, ...]:
    if problems := tuple(_uncited_together(undeclared(policy), own)):
        # Conditions that use undeclared facts cannot be compiled.
        return (*problems, *program.strata(policy)[1])
    return program.problems_of(policy)


def _uncited_together(
    problems: Iterable[Problem], own: ParsedFile
) -> Iterator[Problem]:
    """Yield *problems*, reporting each uncited principle only once.

    Inherited uncited principles are combined into one problem.
    """
    declared = {part.id for part, _ in own.layer.principles} if own.layer else ()
    uncited: dict[str, None] = {}
    for one in problems:
        name = str(one.token)
        if one.code != "BE209":
            yield one
        elif name not in uncited:
            uncited[name] = None
            if name in declared:
                yield attrs.evolve(one, path=("principles", name))
    if names := quoted(name for name in uncited if name not in declared):
        at, id = ("policy",), own.id
        yield problem("BE209.inherited", policy=id, listed=names, path=at, token=id)


def _placed(one: Problem, files: Sequence[ParsedFile]) -> Problem:
    """Return the problem *one* with the location where it can be fixed."""
    dropping = [s for s in files if s.layer and one.token in s.layer.changes.drop]
    if one.path[2:] != ("overrides",) or not dropping:
        return located(one, files)
    words: dict[str, Any] = {"rule": one.path[1], "policy": dropping[-1].id}
    path = ("changes", "drop")
    dropped = problem("BE204.dropped", **words, path=path, token=one.token)
    return located(dropped, dropping)


def _repeated_invariants(parsed: ParsedFile) -> Iterator[Problem]:
    declared = parsed.layer.invariants if parsed.layer else ()
    for name, times in Counter(part.id for part in declared).items():
        if times > 1:
            path = ("invariants", name)
            yield problem("BE303.invariant", path=path, token=name)


def located(one: Problem, files: Sequence[ParsedFile]) -> Problem:
    """Locate the problem *one* in the last of *files* that names the affected part."""
    spots = [
        (parsed.document, path)
        for parsed in reversed(files)
        for path in _paths(one.path, parsed)
        if parsed.document.node(path) is not None
    ]
    found = (read.find(path, one.token) for read, path in spots)
    keys = (read.key_place(path) for read, path in spots)
    where = next((place for place in (*found, *keys) if place), one.where)
    return attrs.evolve(one, where=where)


def _paths(path: yaml.Path, parsed: ParsedFile) -> Iterator[yaml.Path]:
    """Yield paths where *parsed* can define the part at *path*, best match first."""
    if not path:
        # The problem is in a declaration, but conditions can contain the same word.
        yield from (("facts",), ("findings",))
        return
    if path[0] in _LISTED and path[1:]:
        if path[0] == "rules" and path[2:]:
            yield ("changes", "adjust", *path[1:])
        if (index := parsed.positions.get((str(path[0]), str(path[1])))) is None:
            return
        path = (path[0], index, *path[2:])
    yield path
    if path[2:]:
        yield path[:2]


@checked
def load_situation(path_or_dash: str | Path, vocabulary: Vocabulary) -> Situation:
    """Load a situation from a file, or from standard input if the path is `-`.

    Raises:
        SituationError: the file is unreadable, or a fact or a value is not declared.
    """
    text = situation_text(path_or_dash)
    return read_situation(text, file=str(path_or_dash), vocabulary=vocabulary)


def situation_text(path_or_dash: str | Path) -> str:
    """Return the text of a situation file, or of standard input if the path is `-`.

    Raises:
        SituationError: it is unreadable.
    """
    file, most = str(path_or_dash), yaml.MOST_OF_A_SITUATION
    try:
        if file == "-":
            return yaml.text_of_input(most=most)
        return yaml.text_of(Path(path_or_dash), file=file, most=most)
    except yaml.TextError as error:
        unread = attrs.evolve(error.problem, code="BE404")
        raise SituationError([yaml.without_content(unread)]) from None


@checked
def read_situation(
    text: str,
    *,
    file: str = "<text>",
    vocabulary: Vocabulary,
    as_json: bool = False,
) -> Situation:
    """Read a situation from *text*, which is YAML or JSON.

    Args:
        text: facts with their values. Facts that are left out are unknown.
        file: the name of the text in problem messages.
        vocabulary: the facts that the situation can state.
        as_json: whether to accept only JSON, as in a web request.

    Raises:
        SituationError: *text* is unreadable, or a fact or a value is not declared. The
            error lists all problems.
    """
    file, most = argument("file", file, str), yaml.MOST_OF_A_SITUATION
    read = yaml.document(text, file=file, most=most, private=True)
    if as_json and not any(one.code == "BE107" for one in read.problems):
        _refuse_other_than_json(text)
    problems = [*read.problems]
    if isinstance(read.data, dict):
        help = _UNKNOWN_FACT_HELP_IN_JSON if as_json else UNKNOWN_FACT_HELP
        problems += _problems_of_facts(read, read.data, vocabulary, help)
    elif read.root is None and not problems:
        raise SituationError([problem("BE403.empty", file=file)])
    elif read.root:
        code = "BE403.list" if read.root.text is None else "BE403.text"
        found = read.page.quote(str(read.root.text))
        problems.append(problem(code, text=found, where=read.place(())))
    if (
        problems
        and not as_json
        and not yaml.has_key(text, vocabulary.by_name, read.data)
    ):
        problems = [
            yaml.without_content(one)
            for one in problems
            # The user may have named any file, so quote only names that resemble facts.
            if one.code in ("BE107", "BE110") or _almost_a_fact(one, read, vocabulary)
        ] or [problem("BE403.none", file=file)]
    if problems or not isinstance(read.data, dict):
        raise SituationError(problems)
    return vocabulary.situation(read.data)


def _refuse_other_than_json(text: str) -> None:
    """Raise an error if *text* is not a JSON object."""
    data = None
    try:
        data = yaml.json_data(text)
    except JSONDecodeError as error:
        if text.strip():
            line, column = error.lineno, error.colno
            wrong = problem("BE403.syntax", line=line, column=column)
            raise SituationError([wrong]) from None
    except ValueError:
        return  # a number is too long to convert, but it can be shown as text
    if not isinstance(data, dict):
        raise SituationError([problem("BE403.json")])


@checked
def error_details(error: BoundaryEthicsError) -> dict[str, Any]:
    """Return the body of a web service's response to facts that cause *error*.

    In the body, `danger` says what to do in case of danger, because the facts may
    indicate danger. `detail` has an entry for each problem.
    """
    detail = [
        {"loc": ["body", *p.path], "type": p.code, "msg": p.message, "help": p.help}
        for p in error.problems
    ]
    return {"danger": shipped_texts()["caution"], "detail": detail}


def _problems_of_facts(
    read: yaml.Document,
    data: Mapping[str, object],
    vocabulary: Vocabulary,
    help: str,
) -> Iterator[Problem]:
    """Yield the problems with the facts in *data*, each with its location.

    *help* is the help for an unknown fact.
    """
    with few_suggestions():
        misfits = [
            (name, one)
            for name, value in data.items()
            for one in vocabulary.misfits_in({name: value}, unknown_fact_help=help)
        ]
    for name, one in misfits:
        place = read.place if one.code == "BE402" else read.key_place
        found = attrs.evolve(one, where=place((name,)))
        # The first line of free text may look like a plain value.
        yield yaml.without_content(found) if is_free_text(data[name]) else found
    if not misfits:
        for one in vocabulary.validate(data):
            yield attrs.evolve(one, where=read.key_place(one.path))


def _almost_a_fact(one: Problem, read: yaml.Document, vocabulary: Vocabulary) -> bool:
    if one.code != "BE401" or not isinstance(read.data, dict):
        return False
    name = one.token or ""
    return bool(nearest_fact(vocabulary, name, read.data.get(name)))


@lru_cache(maxsize=1)
def shipped_prompts() -> Mapping[str, tuple[Prompt, ...]]:
    """Map the name of each question to its prompts."""
    prompts = _shipped_data("worksheet.yaml")["prompts"].items()
    return MappingProxyType(
        {question: tuple(map(_prompt, items)) for question, items in prompts}
    )


@lru_cache(maxsize=2)
def shipped_texts(of: str = "interview") -> Mapping[str, str]:
    """Return the strings for the `interview` or the `assistant`, by name."""
    return MappingProxyType(_shipped_data(f"{of}.yaml")["texts"])


def _prompt(plain: Mapping[str, Any]) -> Prompt:
    when = tuple((fact, tuple(v)) for fact, v in plain.get("when", {}).items())
    return Prompt(says=plain["says"], when=when)
