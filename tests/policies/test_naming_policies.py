"""Policies are named by IDs or paths, and no message quotes any other file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import boundaryethics
from boundaryethics import PolicyError, SituationError, consult, load_policy
from boundaryethics.analysis import (
    agreement,
    compare,
    diff,
    discriminating_vignettes,
    lint,
    open_questions,
    verify,
    why,
)
from boundaryethics.batch import compile_policy, rank_file
from boundaryethics.cases import load_cases
from boundaryethics.cli.main import main
from boundaryethics.policies import schema
from boundaryethics.policies.loader import as_policy, load_from_folder
from boundaryethics.sensitivity import strength_sensitivity
from boundaryethics.variants import DropRules, sweep

#: Files without a policy, each with a secret in it.
SECRETS = {
    "passwd": b"root:x:0:0:hunter2:/root:/bin/bash\nhunter2:x:1:1::/:/bin/sh\n",
    "secrets.env": b"PASSWORD=hunter2\nTOKEN: hunter2\nTOKEN: hunter2\n",
    "config.yaml": b"database:\n  policy: hunter2\n  password: hunter2\n",
    "broken.yaml": b"password: [hunter2\nuser: {hunter2\n",
    "tabs.yaml": b"password:\n\thunter2: hunter2\n",
    "binary": b"\x00\x01hunter2\xff\xfe",
    "latin.yaml": b"name: caf\xe9 hunter2\n",
    "data.json": b'{"password": "hunter2", "rules": ["hunter2"]}',
    "list.yaml": b"- hunter2\n- hunter2\n",
    "tag.yaml": b"password: !hunter2 hunter2\n",
}


@pytest.fixture(params=SECRETS)
def secret(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Write one of the files."""
    path = tmp_path / str(request.param)
    path.write_bytes(SECRETS[request.param])
    return path


def test_no_message_quotes_a_file_that_is_not_a_policy(secret: Path) -> None:
    """Its content is hidden as a policy, an overlay, a situation or cases."""
    calls = (
        lambda: consult({}, secret),
        lambda: load_policy(str(secret)),
        lambda: load_policy("apa-2017", [secret]),
        lambda: boundaryethics.load_situation(
            secret, boundaryethics.shipped_vocabulary()
        ),
        lambda: load_cases(secret),
    )
    for call in calls:
        with pytest.raises(boundaryethics.BoundaryEthicsError) as refused:
            call()
        assert "hunter2" not in str(refused.value)
        assert all("hunter2" not in repr(one) for one in refused.value.problems)


@pytest.mark.parametrize(
    "arguments",
    [
        ["consult"],
        ["consult", "--fact", "contact=message", "--policy"],
        ["test"],
        ["lint", "--policy"],
        ["diff", "apa-2017"],
        ["replay"],
    ],
    ids=" ".join,
)
def test_no_command_quotes_a_file_that_is_not_a_policy(
    arguments: list[str], secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same holds on the command line."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, str(secret)])
    said = capsys.readouterr()

    assert 2 == ended.value.code
    assert "hunter2" not in said.err
    assert "" == said.out


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("policy: mine\nextend: [apa-2017]\n", "2 | extend: [apa-2017]"),
        ("policy: mine\nrules:\n\t- id: x\n", "3 |  - id: x"),
        ("policy: mine\ntitle: [a\n", "title: [a"),
        ('{"policy": "mine", "rule": []}', '{"policy": "mine", "rule": []}'),
        ("policy: mine\ntitle: caf\xe9\n", "2 | title: caf"),
    ],
)
def test_problems_of_a_policy_file_quote_its_lines(
    text: str, quoted: str, tmp_path: Path
) -> None:
    """A file with the key `policy` counts as a policy file."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(PolicyError) as refused:
        load_policy(path)

    assert quoted in str(refused.value)


def test_problems_of_a_situation_file_quote_its_lines(tmp_path: Path) -> None:
    """A lone unknown fact is shown without its value."""
    vocabulary = boundaryethics.shipped_vocabulary()
    path = tmp_path / "situation.yaml"
    for text, said in (
        ("contact: mesage\n", "1 | contact: mesage"),
        ("contact: message\nsecret: 5\n", "2 | secret: 5"),
        ("contact=message\n", "found `contact=message`"),
        ("client_statsu: active\n", "did you mean `client_status`?"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(SituationError) as refused:
            boundaryethics.load_situation(path, vocabulary)
        assert said in str(refused.value)
    assert "active" not in str(refused.value)


@pytest.mark.parametrize(
    "named", ["/etc/passwd", "mine.yaml", "./mine", "apa-2017+mine.yaml"]
)
def test_a_string_is_never_a_path_where_an_id_is_expected(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This does not depend on whether the file exists."""
    (tmp_path / "mine.yaml").write_text("policy: mine\nextends: apa-2017\n", "utf-8")
    (tmp_path / "bare").write_text("policy: mine\nextends: apa-2017\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    calls = (
        lambda: consult({}, named),
        lambda: compare("apa-2017", named),
        lambda: diff("apa-2017", named),
        lambda: agreement(["apa-2017", named]),
        lambda: verify(named),
        lambda: lint(named),
        lambda: why({}, "decline", named),
        lambda: open_questions({}, named),
        lambda: compile_policy(named),
        lambda: rank_file("in.csv", "out.csv", named),
        lambda: strength_sensitivity(named),
        lambda: sweep(named, [DropRules()]),
        lambda: boundaryethics.run_cases([], policy=named),
        lambda: boundaryethics.replay(consult({}).record(), named),
    )
    for call in calls:
        with pytest.raises(PolicyError, match=r"`Path\(\.\.\.\)`") as refused:
            call()
        assert ["BE206"] == [one.code for one in refused.value.problems]
    with pytest.raises(PolicyError, match="BE206: unknown policy `bare`"):
        consult({}, "bare")
    assert "mine" == load_policy("mine.yaml").id
    assert "mine" == consult({}, Path("mine.yaml")).policy.id


@pytest.mark.parametrize("named", ["rules/mine", r"rules\mine"])
def test_a_name_with_a_slash_or_the_separator_of_the_system_is_a_path(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, both kinds of slashes separate folders."""
    monkeypatch.setattr(os, "sep", "\\")
    with pytest.raises(PolicyError, match=r"`Path\(\.\.\.\)`"):
        as_policy(named)


@pytest.mark.parametrize("digits", [8, 20, 64])
def test_an_expected_fingerprint_is_checked(digits: int) -> None:
    """The start is enough; a different one is rejected, with both shown."""
    apa, nasw = load_policy("apa-2017"), load_policy("nasw-2021")
    expected = {
        "fingerprint": apa.fingerprint[:digits],
        "text_fingerprint": apa.text_fingerprint[:digits].upper(),
    }

    assert apa is load_policy("apa-2017", **expected)
    with pytest.raises(PolicyError) as refused:
        load_policy("nasw-2021", **expected)
    text = str(refused.value)
    assert ["BE310", "BE310"] == [one.code for one in refused.value.problems]
    for policy, length in ((apa, digits), (nasw, 64)):
        assert policy.fingerprint[:length] in text
        assert policy.text_fingerprint[:length].lower() in text.lower()


def test_an_expected_text_fingerprint_is_checked_alone() -> None:
    """Two editions of a policy can have equal rules and different texts."""
    apa = load_policy("apa-2017")

    assert apa is load_policy("apa-2017", text_fingerprint=apa.text_fingerprint)
    with pytest.raises(PolicyError, match="BE310"):
        load_policy("apa-2017", text_fingerprint=apa.fingerprint)


@pytest.mark.parametrize("digits", ["", "1234567", "g" * 8, "0" * 65, 12345678])
def test_an_invalid_fingerprint_is_rejected(digits: str) -> None:
    """Fewer than eight digits do not identify a policy."""
    with pytest.raises(PolicyError, match="BE311"):
        load_policy("apa-2017", fingerprint=digits)


def test_a_long_fingerprint_is_cut_in_the_message() -> None:
    """The message shows at most 70 characters."""
    with pytest.raises(PolicyError, match=f"{'0' * 70}[^0]"):
        load_policy("apa-2017", fingerprint="0" * 71)


@pytest.mark.parametrize("command", ["principles", "facts", "sources"])
@pytest.mark.parametrize("policy", ["lakeside.yaml", "apa-2017"])
def test_a_policy_as_an_argument_is_reported_with_the_option(
    command: str, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that takes `--policy` says so if an argument looks like one."""
    with pytest.raises(SystemExit):
        main([command, policy])

    assert f"boundaryethics {command} --policy {policy}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify", "lint"])
def test_verify_and_lint_accept_a_policy_as_an_argument(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tools that pass file names can check policies."""
    path = tmp_path / "mine.yaml"
    path.write_text("policy: mine\n", "utf-8")
    said = []
    for given in ([str(path)], ["--policy", str(path)]):
        with suppress(SystemExit):
            main([command, *given])
        said.append(capsys.readouterr())

    assert said[0] == said[1]
    assert "mine" in said[0].out


def test_a_situation_of_another_policy_is_rejected() -> None:
    """`Verdict.with_facts` keeps the policy; a situation does not store it."""
    stated = {
        "contact": "message",
        "client_status": "former",
        "caseload": "own",
        "message_content": "romantic",
    }
    verdict = consult(stated, "naadac-2021", engine="reference")
    situation = verdict.situation.with_facts(time_since_termination="over_5_years")
    again = verdict.with_facts(time_since_termination="over_5_years")

    assert again == consult(situation, "naadac-2021")
    assert "naadac-2021" == again.policy.id
    for asked in (consult, open_questions, lambda one: why(one, "decline")):
        with pytest.raises(PolicyError, match="BE312") as refused:
            asked(situation)
        assert "verdict.with_facts" in str(refused.value)
    assert verdict == again.with_facts(time_since_termination=boundaryethics.UNKNOWN)
    with pytest.raises(SituationError, match="BE401"):
        verdict.with_facts(contcat="message")


@pytest.mark.parametrize(
    "name", ["nasw-2021+nasw-2021", "apa-2017+ohio-4757-5+ohio-4757-5"]
)
def test_a_policy_that_is_named_twice_is_rejected(name: str) -> None:
    """It cannot be its own overlay."""
    first, *over = name.split("+")
    for named, overlay in ((name, []), (first, over)):
        with pytest.raises(PolicyError, match="is given twice") as refused:
            load_policy(named, overlay)
        assert ["BE315"] == [one.code for one in refused.value.problems]


@pytest.mark.parametrize("name", ["", "nasw-2021+", "+nasw-2021"])
def test_an_empty_id_is_reported_as_empty(name: str) -> None:
    """So is a missing ID before or after a plus sign."""
    with pytest.raises(PolicyError, match="the policy id is empty"):
        consult({}, name)


@pytest.mark.parametrize("named", [None, 5, b"apa-2017"])
def test_a_policy_or_overlay_of_another_type_is_rejected(named: Any) -> None:
    """`load_policy` raises the same error as `consult`."""
    for first, overlay in ((named, []), ("apa-2017", named), ("apa-2017", [named])):
        with pytest.raises(PolicyError, match="must be a Policy"):
            load_policy(first, overlay)


def test_a_file_that_is_not_a_policy_is_the_only_problem(tmp_path: Path) -> None:
    """It may be given as the policy or as an overlay."""
    file = tmp_path / "notes.yaml"
    file.write_text("a: b\n", "utf-8")
    for named, overlay in ((file, ["ohio-4757-5"]), ("apa-2017", [file])):
        with pytest.raises(PolicyError) as refused:
            load_policy(named, overlay)
        assert ["BE104"] == [one.code for one in refused.value.problems]


def test_a_policy_is_found_by_its_id_in_a_given_folder(tmp_path: Path) -> None:
    """Without a folder, only built-in policies have IDs."""
    (tmp_path / "mine.yaml").write_text("policy: mine\nextends: apa-2017\n")

    assert "mine" == load_from_folder("mine", tmp_path).id
    assert "apa-2017" == load_from_folder("apa-2017", tmp_path).id
    with pytest.raises(PolicyError, match="mine"):
        load_from_folder("mine", None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: compare("apa", "nasw"),
        lambda: diff("apa", "nasw"),
        lambda: agreement(["apa", "apa-2017", "nasw"]),
        lambda: discriminating_vignettes(["apa", "nasw"], 2),
        lambda: rank_file("a.csv", "b.csv", ["apa", "nasw"]),
        lambda: load_policy("apa", ["nasw"]),
        lambda: consult({}, "apa+nasw"),
    ],
)
def test_all_unknown_policies_are_reported(call: Any) -> None:
    """One error lists every policy that a function cannot use."""
    with pytest.raises(PolicyError) as refused:
        call()

    assert ["apa", "nasw"] == [problem.token for problem in refused.value.problems]


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "apa", "nasw"],
        ["diff", "apa", "nasw"],
        ["agreement", "apa", "nasw"],
        ["lint", "apa", "nasw"],
        ["verify", "apa", "nasw"],
        ["sources", "--policy", "apa", "--policy", "nasw"],
        ["vignettes", "apa", "nasw"],
    ],
)
def test_a_command_reports_all_unknown_policies(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """So one run is enough to fix them."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    err = capsys.readouterr().err

    assert 2 == ended.value.code
    assert "unknown policy `apa`" in err
    assert "unknown policy `nasw`" in err


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("impossible",), "`impossible`"),
        (("impossible", 0), "condition number 1 under `impossible`"),
        (("impossible", 2, "contact"), "`contact` of condition number 3 under"),
        (
            ("impossible", 2, "contact", 1),
            "an entry of `contact` of condition",
        ),
        (("rules",), "`rules`"),
        (("rules", 1, "then"), "`then` of rule `b`"),
        (("facts", "contact", "values", 0), "an entry of `values` of fact `contact`"),
        (
            ("changes", "adjust", "a", "favors"),
            "`favors` of the adjustment",
        ),
    ],
)
def test_a_part_is_named_in_the_terms_of_policy_files(
    path: tuple[str | int, ...], name: str
) -> None:
    """Numbers start at 1."""
    data = {"rules": [{"id": "a"}, {"id": "b"}]}

    assert schema.named(path, data).startswith(name)


def test_a_long_name_is_shortened_in_messages() -> None:
    """The message has the first 60 characters."""
    with pytest.raises(PolicyError) as refused:
        load_policy("x" * 61)

    assert ["unknown policy `" + "x" * 60 + "`"] == [
        one.message for one in refused.value.problems
    ]
