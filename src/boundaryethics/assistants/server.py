"""Serve the tools over the Model Context Protocol (MCP), using the standard streams.

The MCP library is imported when the server starts.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast, final

import attrs
import click

from boundaryethics._process import open_streams, status_of
from boundaryethics.assistants.tools import Tools
from boundaryethics.errors import (
    BoundaryEthicsError,
    import_or_refuse,
    problem,
    raise_together,
)
from boundaryethics.policies.yaml import json_object
from boundaryethics.provenance import VERSION

if TYPE_CHECKING:
    import mcp_types as types
    from anyio.streams.memory import MemoryObjectSendStream
    from mcp.server.lowlevel import Server
    from mcp.shared.message import SessionMessage

#: The maximum size in bytes of a message, which is one line of standard input.
MOST_OF_A_MESSAGE = 16 * 1024 * 1024

needed = partial(import_or_refuse, error=BoundaryEthicsError, code="BE925")


def server(tools: Tools) -> Server[Any]:
    """Return an MCP server that serves *tools*.

    Raises:
        BoundaryEthicsError: the MCP library is not installed.
    """
    needed("mcp")
    import mcp_types as types
    from anyio import CapacityLimiter, to_thread
    from mcp.server.lowlevel import Server

    # Calls share one processor, and each would read the policies for itself.
    one_by_one = CapacityLimiter(1)

    async def list_tools(_context: Any, _asked: Any) -> types.ListToolsResult:
        # Loading all policies takes a few seconds. Pings must be answered meanwhile.
        listed = await to_thread.run_sync(_described, tools, limiter=one_by_one)
        return types.ListToolsResult(tools=listed)

    async def call_tool(
        _context: Any, asked: types.CallToolRequestParams
    ) -> types.CallToolResult:
        call = partial(tools.call, asked.name, asked.arguments or {})
        answer = await to_thread.run_sync(call, limiter=one_by_one)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=answer.text)],
            structured_content=answer.data,
            is_error=answer.data is None,
        )

    made = Server[Any](
        "boundaryethics",
        version=VERSION,
        title=tools.texts["title"],
        instructions=tools.texts["instructions"],
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    # By default, middleware reports each call to OpenTelemetry.
    made.middleware.clear()
    return made


def _described(tools: Tools) -> list[types.Tool]:
    """Return the descriptions of *tools*."""
    import mcp_types as types

    hints = types.ToolAnnotations(
        read_only_hint=True,
        destructive_hint=False,
        idempotent_hint=True,
        open_world_hint=False,
    )
    return [
        types.Tool(
            name=tool.name,
            title=tools.texts[f"{tool.name}_title"],
            description=tools.texts[tool.name],
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            annotations=hints,
        )
        for tool in tools.by_name.values()
    ]


@final
@attrs.frozen
class _Messages:
    """The lines of a file, each at most `MOST_OF_A_MESSAGE` bytes long.

    A longer line is read to its end and replaced with text that is not JSON. A line in
    which an object repeats a key is also replaced, because the MCP library would drop a
    value. So is a request with an invalid ID, which the MCP library would not answer.
    """

    file: BinaryIO
    #: For each line that the MCP library will reject, the ID of its request, or None.
    rejected: deque[int | str | None] = attrs.field(factory=deque)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[str]:
        from anyio import to_thread

        while line := await to_thread.run_sync(self._line):
            if line.strip():
                if not _is_message(line):
                    self.rejected.append(_id_of(line))
                yield line

    def _line(self) -> str:
        line = self.file.readline(MOST_OF_A_MESSAGE + 1)
        if len(line) <= MOST_OF_A_MESSAGE:
            text = line.decode(errors="replace")
            return "unclear" if _is_unclear(text) else text
        while line and not line.endswith(b"\n"):
            line = self.file.readline(MOST_OF_A_MESSAGE)
        return "too long"


def _is_message(text: str) -> bool:
    """Return whether the MCP library can read *text*."""
    import mcp_types as types

    try:
        types.jsonrpc_message_adapter.validate_json(text, by_name=False)
    except ValueError:
        return False
    return True


def _id_of(text: str) -> int | str | None:
    """Return the ID of the request in *text*, if it has a valid one."""
    try:
        message = json.loads(text)
        json.dumps(found := message["id"], ensure_ascii=False).encode()
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if type(found) in {int, str} and "method" in message else None


def _is_unclear(text: str) -> bool:
    """Return whether *text* repeats a key, or is a request with an invalid ID.

    Return False for text that is not JSON, which the MCP library rejects.
    """
    try:
        message = json.loads(text, object_pairs_hook=json_object)
    except KeyError:
        return True
    except (ValueError, RecursionError):
        return False  # the MCP library rejects it
    if not (isinstance(message, dict) and {"method", "id"} <= message.keys()):
        return False
    return type(message["id"]) not in {int, str}


async def serve(tools: Tools, file: BinaryIO) -> None:
    """Read requests from *file* until it ends, and answer each on standard output."""
    import anyio
    import mcp_types as types
    from mcp.server.stdio import stdio_server
    from mcp.shared.message import SessionMessage

    made = server(tools)
    refused = types.ErrorData(
        code=types.INVALID_REQUEST,
        message="A line must be one JSON-RPC message of at most "
        f"{MOST_OF_A_MESSAGE:,} bytes, without repeated keys; "
        "an id must be text or an integer",
    )
    lines = _Messages(file)
    stdin = cast("anyio.AsyncFile[str]", lines)
    async with stdio_server(stdin=stdin) as (read, write):
        relay, relayed = anyio.create_memory_object_stream[SessionMessage | Exception]()
        say, said = anyio.create_memory_object_stream[SessionMessage]()
        # The library drops the requests in flight when its input ends. Its input ends
        # when all senders are closed, so each unanswered request has its own sender.
        waiting: list[MemoryObjectSendStream[SessionMessage | Exception]] = []

        async def relay_readable() -> None:
            # Without this, the library drops a line that it cannot read.
            async with read, relay:
                async for one in read:
                    if isinstance(one, Exception):
                        asked = lines.rejected.popleft()
                        if asked is not None:
                            waiting.append(relay.clone())
                        answer = types.JSONRPCError(
                            jsonrpc="2.0", id=asked, error=refused
                        )
                        await say.send(SessionMessage(answer))
                        continue
                    if isinstance(one.message, types.JSONRPCRequest):
                        waiting.append(relay.clone())
                    elif _cancels(one):
                        continue
                    await relay.send(one)

        async def put_danger_first() -> None:
            async with said, write:
                async for one in said:
                    await write.send(_with_danger_first(one, tools.texts["danger"]))
                    if getattr(one.message, "id", None) is not None:
                        waiting.pop().close()

        async with anyio.create_task_group() as group:
            group.start_soon(relay_readable)
            group.start_soon(put_danger_first)
            await made.run(relayed, say, made.create_initialization_options())


def _cancels(received: SessionMessage) -> bool:
    """Return whether a message is a notification that cancels a request.

    No work can be interrupted, so the request is still answered.
    """
    return getattr(received.message, "method", None) == "notifications/cancelled"


def _with_danger_first(sent: SessionMessage, danger: str) -> SessionMessage:
    """Return the message to send. If it is an error, begin it with *danger*.

    Leave out the error's data, because it can repeat the client's text.
    """
    import mcp_types as types

    if not isinstance(sent.message, types.JSONRPCError):
        return sent
    error = sent.message.error
    words = {"message": f"{danger} {error.message}", "data": None}
    first = error.model_copy(update=words)
    changed = sent.message.model_copy(update={"error": first})
    return replace(sent, message=changed)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--policies",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Also serve the policy files in FOLDER.",
)
@click.version_option(VERSION, message="%(prog)s %(version)s")
def command(folder: Path | None) -> None:
    """Serve the library to an assistant over standard input and output (MCP).

    An assistant starts this command. The command reads no files except those
    in FOLDER, writes none, and logs nothing.
    """
    try:
        needed("mcp")
    except BoundaryEthicsError as refused:
        raise_together(refused, partial(Tools.of, folder), _refuse_closed)
    import anyio

    # The MCP library logs the names that an assistant passes, and hosts keep logs.
    logging.disable()
    try:
        tools = Tools.of(folder)
    except BoundaryEthicsError as refused:
        raise_together(refused, _refuse_closed)
    _refuse_closed()
    if sys.stdin.isatty():
        click.echo(tools.texts["waiting"], err=True)
    failed: BaseException | None = None
    try:
        anyio.run(serve, tools, sys.stdin.buffer)
    except* (OSError, anyio.BrokenResourceError) as ended:
        # The first causes the second.
        failed = ended.subgroup(OSError) or BrokenPipeError()
    while isinstance(failed, BaseExceptionGroup):
        failed = failed.exceptions[0]
    if failed:
        raise failed


def _refuse_closed() -> None:
    """Raise an error if standard input or output was closed before Python started."""
    # The input is then None, and `open_streams` has replaced the output.
    if sys.stdin is None or not sys.stdout.writable():
        raise BoundaryEthicsError([problem("BE925.closed")])


def main() -> None:
    """Run the command, and exit with its status.

    The status is 0 at the end of the input. It is 2 for incorrect usage, policies that
    cannot be read, or output that cannot be written. It is 141 if the reader closes the
    output.
    """
    open_streams()
    sys.exit(status_of(_run))


def _run() -> int:
    with command.make_context("boundaryethics-mcp", sys.argv[1:]) as context:
        command.invoke(context)
    sys.stdout.flush()
    return 0
