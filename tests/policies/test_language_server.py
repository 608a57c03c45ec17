"""Open files in an editor: through the YAML language server, with our schemas.

It needs `yaml-language-server` (npm) on the path, and takes a few seconds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boundaryethics import schema

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("yaml-language-server"), reason="npm install it"
    ),
]
POLICY = """\
# yaml-language-server: $schema=policy.schema.json
policy: ours
rulez: []
rules:
  - id: a-rule
    when: {contact: message}
    then: {favors: {declin: strong}, opposes: {ignore: strong}}
    principle: fidelity
"""
SITUATION = """\
# yaml-language-server: $schema=situation.schema.json
risk_of_harm: elevated
client_status: active
time_since_termination: over_5_years
age: 3
setting: 
"""  # noqa: W291 - the value is completed there
CASES = """\
# yaml-language-server: $schema=cases.schema.json
cases:
  - name: A case
    policy: apa-2017
    given: {contact: massage}
"""


class Server:
    """A language server, over its standard input and output."""

    def __init__(self, folder: Path) -> None:
        """Start it for the files in *folder*, without any schema of its own."""
        self.folder = folder
        self.sent = 0
        self.process = subprocess.Popen(
            ["yaml-language-server", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self.send({"method": "initialized", "params": {}})

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """Return the next message, and answer it if it asks for settings."""
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            asked = message["params"].get("items", ())
            self.send({"id": message["id"], "result": [None for _ in asked]})
        return message

    def ask(self, method: str, **params: Any) -> Any:
        """Return the answer to a request."""
        self.sent += 1
        self.send({"method": method, "id": self.sent, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.sent and "method" not in message:
                return message["result"]

    def at(self, method: str, name: str, line: int, character: int) -> Any:
        """Ask about a place in a file."""
        return self.ask(
            f"textDocument/{method}",
            textDocument={"uri": (self.folder / name).as_uri()},
            position={"line": line, "character": character},
        )

    def opened(self, name: str, text: str) -> dict[int, str]:
        """Open a file, and return the errors in each line."""
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        params = {"textDocument": document}
        self.send({"method": "textDocument/didOpen", "params": params})
        while True:
            message = self.read()
            if message.get("method") == "textDocument/publishDiagnostics":
                found = message["params"]["diagnostics"]
                return {one["range"]["start"]["line"]: one["message"] for one in found}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server in a folder with the schemas."""
    folder = tmp_path_factory.mktemp("editor")
    for kind, found in {
        "policy": schema("policy"),
        "situation": schema("situation", "apa-2017"),
        "cases": schema("cases", "apa-2017"),
    }.items():
        (folder / f"{kind}.schema.json").write_text(json.dumps(found))
    server = Server(folder)
    yield server
    server.process.kill()
    server.process.communicate()


def test_a_policy_is_checked_and_explained(editor: Server) -> None:
    """The editor marks unknown keys, and explains and completes known ones."""
    faults = editor.opened("ours.yaml", POLICY)
    hover = editor.at("hover", "ours.yaml", 6, 37)["contents"]["value"]
    strengths = editor.at("completion", "ours.yaml", 6, 55)["items"]

    assert [2, 6] == sorted(faults)
    assert "declin" in faults[6]
    assert "Options that the rule speaks against" in hover
    assert ["strong", "moderate", "weak"] == [one["label"] for one in strengths]


def test_a_situation_shows_its_questions_and_answers(editor: Server) -> None:
    """The editor marks impossible values, and shows the words of the policy."""
    faults = editor.opened("situation.yaml", SITUATION)
    hover = editor.at("hover", "situation.yaml", 1, 3)["contents"]["value"]
    settings = editor.at("completion", "situation.yaml", 5, 9)["items"]

    assert [3, 4] == sorted(faults)
    assert "follow your crisis procedure" in hover
    assert "`elevated`: Some warning signs" in hover
    assert "A recovery group" == settings[0]["documentation"]


def test_a_case_is_checked_against_its_policy(editor: Server) -> None:
    """The editor marks a value that the policy does not have."""
    faults = editor.opened("cases.yaml", CASES)

    assert [4] == [*faults]
    assert '"message"' in faults[4]
