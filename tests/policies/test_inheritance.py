"""Policies that extend others, and the problems that can occur."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.rules import Option, Strength
from boundaryethics.policies import load_policy, read_policy
from support.files import posix

PARENT = """
policy: parent
abstract: true
findings: {f: {says: A finding.}}
sources: {book: {title: A book}}
principles: {q: {title: Care, weight: 2}}
rules:
  - id: first
    then: {favors: {decline: strong}}
    principle: q
  - id: second
    then: {opposes: {continue: strong}}
    principle: q
    overrides: [first]
"""
CHILD = """
policy: child
extends: [parent]
principles: {q: {cites: [{source: book, section: "1"}]}}
"""


def test_a_child_inherits_rules_and_principles(tmp_path: Path) -> None:
    """Rules are inherited, and a principle is merged key by key."""
    policy = load_policy(_written(tmp_path, parent=PARENT, child=CHILD))

    assert ["first", "second"] == [rule.id for rule in policy.rules]
    assert ("Care", 2) == (policy.principle["q"].title, policy.principle["q"].weight)
    assert "1" == policy.principle["q"].cites[0].section
    assert ("parent", "child") == policy.lineage


def test_changes_drop_and_adjust_inherited_rules(tmp_path: Path) -> None:
    """A child drops and adjusts inherited rules."""
    changes = "changes: {drop: [second], adjust: {first: {strength: weak}}}\n"
    policy = load_policy(_written(tmp_path, parent=PARENT, child=CHILD + changes))

    (rule,) = policy.rules
    assert ((Option.DECLINE, Strength.WEAK),) == rule.then.favors


@pytest.mark.clause("S9")
def test_a_parent_that_is_reached_twice_is_applied_once(tmp_path: Path) -> None:
    """Both paths lead to the same file."""
    other = CHILD.replace("child", "other")
    both = "policy: both\nextends: [child, other]\n"
    path = _written(tmp_path, parent=PARENT, child=CHILD, other=other, both=both)

    assert ("parent", "child", "other", "both") == load_policy(path).lineage


@pytest.mark.parametrize("start", ["", "# ours\n"])
def test_a_file_with_a_built_in_id_is_extended_only_by_its_path(
    start: str, tmp_path: Path
) -> None:
    """A file in the same folder never replaces a built-in policy."""
    own = start + PARENT.replace("policy: parent", "policy: core")
    path = _written(tmp_path, core=own, child=CHILD.replace("parent", "core"))
    (problem,) = _refused(path)

    assert "BE313" == problem.code
    assert _ends(problem, "child.yaml:2:11")
    assert "`./core.yaml`" in str(problem.help)
    path.write_text(CHILD.replace("parent", "./core.yaml"), "utf-8")
    assert ["first", "second"] == [rule.id for rule in load_policy(path).rules]


def test_a_copy_of_the_built_in_policies_can_be_edited(tmp_path: Path) -> None:
    """An unaltered file changes nothing; a complete copy extends its own files."""
    shipped = Path("rules/core.yaml").read_text("utf-8")
    own = "policy: own\nextends: [apa-2017]\n"
    path = _written(tmp_path, core=shipped, own=own)
    assert load_policy("apa-2017").fingerprint == load_policy(path).fingerprint

    edited = shipped.replace("findings:", "findings:\n  spare: {says: Spare.}", 1)
    copied = tmp_path / "copied"
    shutil.copytree("rules", copied)
    _written(copied, core=edited)
    assert "spare" in load_policy(copied / "apa-2017.yaml").finding
    assert "spare" not in load_policy(_written(copied, own=own)).finding


@pytest.mark.parametrize("name", ["./b/parent.yaml", "../parent.yaml"])
def test_a_path_is_relative_to_the_file(name: str, tmp_path: Path) -> None:
    """The path of a parent begins at the folder of the file that extends it."""
    folder = tmp_path / "a"
    for each in (tmp_path, folder, folder / "b"):
        each.mkdir(exist_ok=True)
    _written((folder / name).parent, parent=PARENT)
    path = _written(folder, child=CHILD.replace("parent", name))

    assert ("parent", "child") == load_policy(path).lineage


def test_a_parent_path_needs_a_folder_and_a_policy_file(tmp_path: Path) -> None:
    """Text has no folder; a file without a policy is not quoted."""
    with pytest.raises(PolicyError, match="BE314"):
        read_policy(CHILD.replace("parent", "./parent.yaml"))
    _written(tmp_path, secrets="password: hunter2\n")
    (problem,) = _refused(
        _written(tmp_path, child=CHILD.replace("parent", "./secrets.yaml"))
    )
    assert "BE104" == problem.code
    assert "hunter2" not in str(problem)
    for bad in ("/etc/passwd", "./parent", "parent.yaml/x", ".hidden"):
        with pytest.raises(PolicyError, match="BE103"):
            read_policy(CHILD.replace("parent", bad))


def test_an_overlay_equals_a_policy_that_extends_both(tmp_path: Path) -> None:
    """An overlay gives the same policy as a file that extends both."""
    path = _written(tmp_path, parent=PARENT, child=CHILD)
    over = tmp_path / "over.yaml"
    over.write_text("policy: over\ntitle: Over\nchanges: {drop: [second]}\n", "utf-8")

    policy = load_policy(path, overlay=[str(over)])

    assert ("child+over", "child, with Over") == (policy.id, policy.title)
    assert ["first"] == [rule.id for rule in policy.rules]
    assert not policy.abstract


def test_an_overlay_that_extends_a_code_adds_only_its_own_rules() -> None:
    """If applied on top of another code, the code that it extends is left out."""
    policy = load_policy("nasw-2021", overlay=["announced-silence"])

    assert "announced-silence-rules" in policy.lineage
    assert "apa-2017" not in policy.lineage
    # The code may drop rules of `core`, which the overlay extends too.
    inherited = load_policy("core").rule.keys()
    own = load_policy("announced-silence-rules").rule.keys() - inherited
    assert own
    assert own <= policy.rule.keys()


def test_a_cycle_of_parents_is_reported(tmp_path: Path) -> None:
    """The message names each policy in the cycle."""
    a, b = "policy: a\nextends: [b]\n", "policy: b\nextends: a\n"
    (problem,) = _refused(_written(tmp_path, b=b, a=a))

    assert "BE308" == problem.code
    assert "`a` extends `b` extends `a`" in problem.message
    assert _ends(problem, "b.yaml:2:10")


def test_an_unknown_parent_is_reported_with_the_nearest_id(tmp_path: Path) -> None:
    """The problem has the location of the mistyped ID."""
    (problem,) = _refused(_written(tmp_path, child="policy: c\nextends: [cor]\n"))

    assert "BE206" == problem.code
    assert "did you mean `core`?" in str(problem.help)
    assert _ends(problem, "child.yaml:2:11")


@pytest.mark.parametrize(
    "start",
    [
        "\ufeffpolicy: parent",
        "# Our rules\n\n'policy' : parent # ours",
        "title: A title\r\n\"policy\": 'parent'\r\n",
        "--- # begins\n? policy\n: &id parent\n",
    ],
)
def test_a_parent_file_is_found_by_its_id(tmp_path: Path, start: str) -> None:
    """This works however the file writes its ID, and whatever the file is called."""
    parent = _written(tmp_path, our_parent=PARENT.replace("policy: parent", start))
    child = _written(tmp_path, child=CHILD)

    assert "parent" == load_policy(parent).id
    assert ("parent", "child") == load_policy(child).lineage


@posix
def test_files_in_other_folders_are_extended_only_by_their_path(tmp_path: Path) -> None:
    """A link to another folder is not followed, and its content is not shown."""
    far, folder = tmp_path / "far.txt", tmp_path / "folder"
    folder.mkdir()
    far.write_text("policy: parent\nsecret: [of somebody\n")
    (folder / "link.yaml").symlink_to(far)
    (unknown,) = _refused(_written(folder, child=CHILD))
    by_path = CHILD.replace("[parent]", "[./link.yaml]")
    far.write_text(PARENT)

    assert "BE206" == unknown.code
    assert "secret" not in str(unknown)
    assert ("parent", "child") == load_policy(_written(folder, child=by_path)).lineage


@posix
def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    """Containers mount files as links into a hidden folder next to them."""
    (tmp_path / "..data").mkdir()
    _written(tmp_path / "..data", parent=PARENT, child=CHILD)
    for name in ("parent.yaml", "child.yaml"):
        (tmp_path / name).symlink_to(f"..data/{name}")

    assert ("parent", "child") == load_policy(tmp_path / "child.yaml").lineage


def test_two_files_with_the_same_id_are_rejected(tmp_path: Path) -> None:
    """This applies to files in one folder."""
    (problem,) = _refused(
        _written(tmp_path, one=PARENT, two=PARENT, child="policy: c\nextends: parent\n")
    )

    assert "BE307" == problem.code
    assert "one.yaml" in problem.message
    assert "two.yaml" in problem.message


def test_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    """Each problem has a location in its own file."""
    parent = PARENT.replace("{decline: strong}", "{declin: strong}")
    child = CHILD + "rules: [{id: own, when: {g: true}, then: {concludes: f}}]\n"
    shape, name = _refused(_written(tmp_path, parent=parent, child=child))

    assert _ends(shape, "parent.yaml:8:21")
    assert _ends(name, "child.yaml:4:26")


def test_an_unreadable_file_causes_no_further_problems(tmp_path: Path) -> None:
    """Names declared in an unreadable file are not reported as undeclared."""
    (problem,) = _refused(_written(tmp_path, parent=PARENT + "a: [", child=CHILD))

    assert _ends(problem, "parent.yaml:14:4")


def test_dropping_an_overridden_rule_is_reported_at_the_drop(tmp_path: Path) -> None:
    """The problem is at the drop, because the parent declares the rule."""
    changes = "changes: {drop: [first]}\n"
    (problem,) = _refused(_written(tmp_path, parent=PARENT, child=CHILD + changes))

    expected = "rule `second` overrides rule `first`, which policy `child` drops"
    assert expected == problem.message
    assert _ends(problem, "child.yaml:4:18")


def test_an_override_of_a_rule_dropped_twice_is_reported_at_the_last_drop(
    tmp_path: Path,
) -> None:
    """The second policy's drop is a problem too, because the rule is gone already."""
    parts = {
        id: f"policy: {id}\nextends: parent\nabstract: true\nchanges: {{drop: [first]}}"
        for id in ("one", "two")
    }
    child = "policy: child\nextends: [one, two]\n"
    problems = _refused(_written(tmp_path, parent=PARENT, **parts, child=child))

    assert ["BE301", "BE204", "BE209"] == [problem.code for problem in problems]
    assert "rule `second` overrides rule `first`, which policy `two` drops" == (
        problems[1].message
    )
    assert _ends(problems[1], "two.yaml:4:18")


def test_an_invalid_adjustment_is_reported_at_its_location(tmp_path: Path) -> None:
    """A problem with an adjusted rule is at the adjustment, not in the parent."""
    changes = "changes: {adjust: {first: {when: {g: true}}}}\n"
    (problem,) = _refused(_written(tmp_path, parent=PARENT, child=CHILD + changes))

    assert _ends(problem, "child.yaml:4:35")


def test_only_inherited_rules_can_be_changed(tmp_path: Path) -> None:
    """Dropping or adjusting any other rule is a problem."""
    changes = "changes: {drop: [frst], adjust: {secnd: {strength: weak}}}\n"
    problems = _refused(_written(tmp_path, parent=PARENT, child=CHILD + changes))

    assert ["BE301", "BE301"] == [problem.code for problem in problems]
    assert "did you mean `first`?" == problems[0].help


def test_inherited_principles_without_citation_are_one_problem(
    tmp_path: Path,
) -> None:
    """It names them all, at the ID of the child policy."""
    child = "policy: child\nextends: parent\n"
    (problem,) = _refused(_written(tmp_path, parent=PARENT, child=child))

    assert "BE209" == problem.code
    assert "`q`" in problem.message
    assert _ends(problem, "child.yaml:1:9")


@pytest.mark.clause("S10")
def test_an_uncited_principle_is_reported_at_its_declaration() -> None:
    """A principle of a policy that is not abstract needs a citation."""
    with pytest.raises(PolicyError) as refused:
        read_policy(PARENT.replace("abstract: true\n", ""), file="f")

    (problem,) = refused.value.problems
    assert ("BE209", "f:5:14") == (problem.code, str(problem.where))


def test_a_duplicate_rule_is_reported_at_the_second() -> None:
    """The caret is under the second rule."""
    again = "  - id: first\n    then: {concludes: f}\n"
    with pytest.raises(PolicyError) as refused:
        read_policy(PARENT + again, file="f")

    (problem,) = refused.value.problems
    assert ("BE303", "f:15:9") == (problem.code, str(problem.where))


@pytest.mark.clause("S8")
def test_a_rule_that_depends_on_its_own_absence_is_rejected() -> None:
    """The cycle is reported at one of its rules."""
    looped = "policy: p\nfindings: {f: x}\nrules:\n  - id: r\n    when: {f: false}\n"
    with pytest.raises(PolicyError) as refused:
        read_policy(looped + "    then: {concludes: f}\n", file="f")

    (problem,) = refused.value.problems
    assert ("BE304", "f:4:9") == (problem.code, str(problem.where))


def test_rules_that_override_each_other_are_rejected() -> None:
    """Two such rules are a cycle."""
    first = "    principle: q\n  - id: second"
    text = PARENT.replace(first, f"    overrides: [second]\n{first}")
    with pytest.raises(PolicyError) as refused:
        read_policy(text, file="f")

    assert ["BE304"] == [problem.code for problem in refused.value.problems]


def _written(folder: Path, **texts: str) -> Path:
    """Write each of *texts* to a file under its name, and return the last path."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text.lstrip(), encoding="utf-8")
    return folder / f"{[*texts][-1]}.yaml"


def _refused(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    return refused.value.problems


def _ends(problem: Problem, place: str) -> bool:
    return str(problem.where).endswith(place)
