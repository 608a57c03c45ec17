"""Test the protocol of the server with the SDK's client and with raw messages."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, Any, BinaryIO

import pytest

import boundaryethics
from architecture.source_tree import ROOT
from boundaryethics.assistants.server import (
    MOST_OF_A_MESSAGE,
    command,
    main,
    serve,
    server,
)
from boundaryethics.assistants.tools import Tools
from boundaryethics.errors import BoundaryEthicsError

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

START = "from boundaryethics.__main__ import serve; serve()"
PAGE = ROOT / "docs" / "how-to" / "use-with-an-assistant.md"
#: A call on the page and its answer.
_CALL = re.compile(
    r"""```json\n(\{\s*"name".*?\n)```\n\n```text\n(.*?)```""", re.DOTALL
)
HELLO: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def test_the_transcript_on_the_page_is_current(*, reset_golden: bool) -> None:
    """The SDK's client gets the answers on the page from the command."""
    text = PAGE.read_text("utf-8")
    shown = _CALL.findall(text)

    async def answers() -> list[str]:
        run = StdioServerParameters(
            command=sys.executable,
            args=["-c", START],
            env={"PYTHONPATH": str(Path(boundaryethics.__file__).parents[1])},
        )
        async with Client(stdio_client(run)) as client:
            calls = [json.loads(call) for call, _ in shown]
            # The client checks the data against the schema of the tool.
            found = [await client.call_tool(**call) for call in calls]
        return [str(getattr(one.content[0], "text", "")) for one in found]

    said = anyio.run(answers)
    if reset_golden:
        for (call, before), now in zip(shown, said, strict=True):
            text = text.replace(
                f"{call}```\n\n```text\n{before}", f"{call}```\n\n```text\n{now}"
            )
        PAGE.write_text(text, "utf-8")
    else:
        assert [answer for _, answer in shown] == said
    assert len(shown) > 2


@pytest.fixture(scope="module")
def tools() -> Tools:
    """The tools over the built-in policies."""
    return Tools()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_both_protocol_versions_are_supported(tools: Tools, mode: str) -> None:
    """Tools are listed with their hints, and calls return the tools' answers."""

    async def talk() -> None:
        async with Client(server(tools), mode=mode) as client:
            listed = (await client.list_tools()).tools
            assert [*tools.by_name] == [one.name for one in listed]
            for one in listed:
                assert one.annotations
                assert one.annotations.read_only_hint
                assert one.annotations.idempotent_hint
                assert one.annotations.open_world_hint is False
                assert tools.by_name[one.name].input_schema == one.input_schema
            given = {"facts": {"contact": "message"}}
            found: Any = await client.call_tool("consult", given)
            expected = tools.call("consult", given)
            assert not found.is_error
            assert expected.text == found.content[0].text
            assert expected.data == found.structured_content
            wrong: Any = await client.call_tool(
                "consult", {"facts": {"contact": "x y"}}
            )
            assert wrong.is_error
            assert wrong.structured_content is None

            async def one_of_many(number: int) -> None:
                policy = ("apa-2017", "nasw-2021")[number % 2]
                found: Any = await client.call_tool(
                    "consult", {**given, "policy": policy}
                )
                assert policy == found.structured_content["policy"]

            async with anyio.create_task_group() as group:
                for number in range(6):
                    group.start_soon(one_of_many, number)

    anyio.run(talk)


def test_invalid_messages_are_answered(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers a line that is not a message, and the message after it."""
    (asked, ask), (answered, answer) = os.pipe(), os.pipe()
    monkeypatch.setattr(sys, "stdout", os.fdopen(answer, "w"))
    read, write = os.fdopen(asked, "rb"), os.fdopen(ask, "wb")
    served = Thread(target=anyio.run, args=(serve, tools, read))
    served.start()
    with read, os.fdopen(answered, "rb") as answers:
        with write:
            _talk(write, answers)
        served.join(20)
        sys.stdout.close()

        assert not served.is_alive()
        assert b"" == answers.read()


def test_everything_before_the_end_of_input_is_answered(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are answered once each, even one that the client cancels."""
    asked = tmp_path / "asked"
    facts = {"contact": "message"}
    lines = (
        _request("initialize", **HELLO),
        '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        _request("tools/list", id="list"),
        _request("tools/call", id=1, name="consult", arguments={"facts": facts}),
        _request("tools/call", id=2, name="policies"),
        "{",
        _request("notifications/cancelled", requestId=2).replace('"id": 7, ', ""),
        _request("notifications/cancelled", id=8),
        _request("tools/none", id=3),
        _request("ping", id=1),
    )
    asked.write_text("\n".join(lines), "utf-8")
    answered = tmp_path / "answered"
    with answered.open("w") as answer, asked.open("rb") as read:
        monkeypatch.setattr(sys, "stdout", answer)
        anyio.run(serve, tools, read)
    answers = [json.loads(line) for line in answered.read_text("utf-8").splitlines()]

    found = sorted(f"{one['id']} {'result' in one}" for one in answers)
    expected = ["1 True", "1 True", "2 True", "3 False", "7 True", "8 False"]
    assert [*expected, "None False", "list True"] == found


def _request(method: str, *, id: int | str = 7, **params: Any) -> str:
    message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
    return json.dumps(message)


def _talk(write: BinaryIO, answers: BinaryIO) -> None:
    """Send valid and invalid messages, and check the answer to each."""
    caution = "If anyone may be in danger, follow your crisis procedure first. "

    def ask(line: str | bytes) -> dict[str, Any]:
        write.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
        write.flush()
        answer: dict[str, Any] = json.loads(answers.readline())
        if "error" in answer:
            assert answer["error"]["message"].startswith(caution)
            assert 1 == answer["error"]["message"].count(caution)
        return answer

    early = ask(_request("tools/list"))
    assert -32602 == early["error"]["code"]
    old = ask(_request("initialize", **{**HELLO, "protocolVersion": "1999-01-01"}))
    assert "2025-11-25" == old["result"]["protocolVersion"]
    lines: list[str | bytes] = [
        "{",
        "[]",
        "[" * 100_000,
        b"\xff\xfe",
        *(_request("ping").replace("7", odd) for odd in ("null", "1.5", "true", "[]")),
        _request("ping", x=0).replace('"x"', '"id": 0, "id"'),
        _request("ping", x=0).replace('{"x": 0}', '{"x": [{"a": 0, "a": 0}]}'),
        "x" * (MOST_OF_A_MESSAGE + 1),
        "x" * (2 * MOST_OF_A_MESSAGE + 3),
    ]
    for bad in lines:
        refused = ask(bad)
        assert refused["id"] is None
        assert "at most 16,777,216 bytes" in refused["error"]["message"]
    named = [
        '{"jsonrpc": "1.0", "id": 7, "method": "ping"}',
        '{"id": 7, "method": "ping"}',
        '{"jsonrpc": "2.0", "id": 7, "method": 5}',
        '{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": []}',
        _request("ping", text="\ud800"),
    ]
    for bad in named:
        # Without its ID, the caller would wait forever.
        refused = ask(bad)
        assert refused["id"] == 7
        assert "at most 16,777,216 bytes" in refused["error"]["message"]
    unknown = ask(_request("He wrote to me"))
    assert -32601 == unknown["error"]["code"]
    assert "He wrote" not in str(unknown)
    for params in ({}, {"name": 3}, {"name": "consult", "arguments": []}):
        assert -32602 == ask(_request("tools/call", **params))["error"]["code"]
    write.write(b"\n \n")
    for strange in ("NaN", "9" * 400, "[" * 50 + "]" * 50, '"x"', "null"):
        call = _request("tools/call", name="policies", arguments={"x": 0})
        found = ask(call.replace('"x": 0', f'"x": {strange}'))
        assert found["result"]["isError"]
    assert {} == ask(_request("ping"))["result"]


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("{", ()),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping"}', ()),
        ("", ("--help",)),
    ],
)
def test_a_closed_pipe_ends_with_status_141(
    line: str, arguments: tuple[str, ...]
) -> None:
    """The command prints no traceback, whether it answers, refuses or helps."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        ended = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            input=f"{line}\n" * 3,
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert (141, "") == (ended.returncode, ended.stderr)


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error says what to install, and lists every other problem."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(BoundaryEthicsError, match=r"boundaryethics\[mcp\]") as refused:
        command.callback(tmp_path / "none")  # type: ignore[misc]

    messages = [one.message for one in refused.value.problems]
    assert ["BE925", "BE926", "BE925"] == [one.code for one in refused.value.problems]
    assert "none` is not a folder" in messages[1]
    assert "input or output is closed" in messages[2]


def _close(streams: tuple[int, ...]) -> None:
    for stream in streams:
        os.close(stream)


@pytest.mark.skipif(sys.platform == "win32", reason="no streams are closed there")
@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1)])
def test_a_closed_stream_is_reported(closed: tuple[int, ...]) -> None:
    """The command ends with status 2, since no assistant can use it."""
    ended = subprocess.run(
        [sys.executable, "-c", START],
        stderr=subprocess.PIPE,
        preexec_fn=partial(_close, closed),
        check=False,
        timeout=60,
    )

    assert 2 == ended.returncode
    assert ended.stderr.startswith(b"BE925: the server for assistants cannot start: ")


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("--policies", "none"), ("--none",), ()]
)
def test_a_full_disk_ends_with_status_2(
    arguments: tuple[str, ...], full_disk: IO[bytes]
) -> None:
    """The command prints no traceback, whether it helps, refuses or answers."""
    for errors in (subprocess.PIPE, full_disk):
        ended = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            input=f"{_request('ping')}\n".encode(),
            stdout=full_disk,
            stderr=errors,
            check=False,
            timeout=60,
        )

        assert 2 == ended.returncode
        assert b"Traceback" not in (ended.stderr or b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize(
    "module", ["attrs", "boundaryethics.assistants", "click", "mcp", "anyio"]
)
def test_an_interrupt_at_the_start_causes_no_traceback(
    module: str, tmp_path: Path
) -> None:
    """Ctrl-C ends the command while its modules are imported."""
    given = (
        "import signal, sys\n\nclass Finder:\n    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}:\n"
        "            signal.raise_signal(signal.SIGINT)\n\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    (tmp_path / "sitecustomize.py").write_text(given, "utf-8")
    paths = [str(tmp_path), str(Path(boundaryethics.__file__).parents[1])]
    script = tmp_path / "boundaryethics-mcp"
    script.write_text(START, "utf-8")
    ended = subprocess.run(
        [sys.executable, str(script)],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
    )

    # A shell shows both as status 130.
    assert ended.returncode in {130, -signal.SIGINT}
    assert (b"", b"") == (ended.stdout, ended.stderr)


def test_the_script_is_declared() -> None:
    """The package installs the command on the page."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["scripts"]["boundaryethics-mcp"].partition(":")

    assert f"from {module} import {name}; {name}()" == START


def test_a_folder_without_policies_ends_with_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard error says that the folder has no policy file."""
    monkeypatch.setattr(
        sys, "argv", ["boundaryethics-mcp", "--policies", str(tmp_path)]
    )
    disabled = logging.root.manager.disable
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        logging.disable(disabled)
    out, err = capsys.readouterr()

    assert (2, "") == (ended.value.code, out)
    assert "has no policy file" in err
