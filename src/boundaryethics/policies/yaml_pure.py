"""Read YAML the way libyaml does, if PyYAML was installed without libyaml.

PyYAML's own scanner reads some text differently: question marks in braces, tabs and
surrogate escapes. The scanner in this module reads all text as libyaml does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn, final

from yaml import MarkedYAMLError, SafeLoader, parse
from yaml.scanner import ScannerError
from yaml.tokens import DirectiveToken, ScalarToken

_BREAKS = "\r\n\x85\u2028\u2029"
_BLANKS = "\0 \t" + _BREAKS
#: The digits of an escape that does not represent a character.
_NO_DIGITS = "u[dD][89a-fA-F]|U(?!0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010)"
#: The start of quoted text, up to such an escape, if it contains no spaces.
_NO_CHARACTER = re.compile(rf'(?:[^\s"\\]|\\(?!{_NO_DIGITS})\S)*\\(?={_NO_DIGITS})')
#: The indicators that may follow `|` or `>`.
_INDICATORS = re.compile("[+-][0-9]?|[0-9][+-]?|")
#: The beginnings of PyYAML's messages, each with libyaml's message for the same error.
_SAID = {
    "expected '<document start>'": "did not find expected <document start>",
    "expected the node content": "did not find expected node content",
    "expected alphabetic or": "did not find expected alphabetic or numeric character",
    "sequence entries are": "block sequence entries are not allowed in this context",
    "mapping keys are": "mapping keys are not allowed in this context",
}
_ENTRY = "'-' indicator"


def events(text: str) -> Iterator[Any]:
    """Yield the events of *text*. Error messages match libyaml's."""
    try:
        yield from parse(text, Loader=Loader)
    except MarkedYAMLError as error:
        said = error.problem or ""
        if said.startswith("expected <block end>"):
            in_list = "collection" in (error.context or "")
            said = f"did not find expected {_ENTRY if in_list else 'key'}"
        same = (new for old, new in _SAID.items() if said.startswith(old))
        error.problem = next(same, said)
        raise


@final
class Loader(SafeLoader):
    """PyYAML's loader with libyaml's scanning rules."""

    def check_key(self) -> bool:
        """Return whether a question mark begins a key."""
        return self.flow_level > 0 or self.peek(1) in _BLANKS

    def scan_to_next_token(self) -> None:
        """Skip spaces, comments and line breaks, and tabs where no key can begin."""
        while True:
            while self.peek() == " " or (
                self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)
            ):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0" + _BREAKS:
                    self.forward()
            if not self.scan_line_break():  # type: ignore[no-untyped-call]
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def fetch_stream_end(self) -> None:
        """End the text as if it ended with a line break."""
        if self.column:
            self.line, self.column = self.line + 1, 0
        super().fetch_stream_end()

    def scan_plain(self) -> ScalarToken:
        """Scan unquoted text."""
        start = end = self.get_mark()
        indent = self.indent + 1
        text, between, broken = "", "", False
        while not (
            self.column == 0
            and self.prefix(3) in ("---", "...")
            and self.peek(3) in _BLANKS
        ):
            length = self._word()
            if length:
                text += between + self.prefix(length)
                self.forward(length)
                end = self.get_mark()
                broken = False
            if self.peek() not in " \t" + _BREAKS:
                break
            between, broken = self._between(indent)
            if not self.flow_level and self.column < indent:
                break
        self.allow_simple_key = broken
        return ScalarToken(text, True, start, end)

    def _word(self) -> int:
        """Return the length of the plain text up to its end or the next space."""
        length = 0
        if self.peek() == "#":
            return 0
        while (here := self.peek(length)) not in _BLANKS:
            after = self.peek(length + 1)
            if here == ":" and self.flow_level and after in ",?[]{}":
                self.forward(length)
                self._fail("found unexpected ':'")
            if here == ":" and after in _BLANKS:
                break
            if self.flow_level and here in ",[]{}":
                break
            length += 1
        return length

    def _between(self, indent: int) -> tuple[str, bool]:
        """Skip spaces and line breaks in plain text; return what replaces them."""
        spaces, breaks = "", list[str]()
        while (here := self.peek()) in " \t" + _BREAKS:
            if here in _BREAKS:
                breaks.append(self.scan_line_break())  # type: ignore[no-untyped-call]
                continue
            if breaks and here == "\t" and self.column < indent:
                self._fail("found a tab character that violates indentation")
            spaces += here
            self.forward()
        if not breaks:
            return spaces, False
        first, rest = breaks[0], "".join(breaks[1:])
        # A single line break becomes a space. If several follow each other, the first
        # one is dropped.
        if first == "\n":
            first = "" if rest else " "
        return first + rest, True

    def scan_block_scalar_indicators(
        self,
        start_mark: Any,  # noqa: ARG002
    ) -> tuple[bool | None, int | None]:
        """Scan the chomping and indentation indicators after `|` or `>`."""
        found = _INDICATORS.match(self.buffer, self.pointer)
        signs = found.group() if found else ""
        if "0" in signs:
            self.forward(signs.index("0"))
            self._fail("found an indentation indicator equal to 0")
        self.forward(len(signs))
        indent = signs.strip("+-")
        keep = {"+": True, "-": False}.get(signs.strip("123456789"))
        return keep, int(indent) if indent else None

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        """Skip spaces, tabs and a comment after a block's indicators."""
        while self.peek() in " \t":
            self.forward()
        if self.peek() not in "\0#" + _BREAKS:
            self._fail("did not find expected comment or line break")
        super().scan_block_scalar_ignored_line(start_mark)

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Any]:
        """Scan the empty lines before a block, and its indent."""
        found: tuple[list[str], int, Any] = super().scan_block_scalar_indentation()
        self._refuse_tab(self.column + 1)
        return found

    def scan_block_scalar_breaks(self, indent: int) -> tuple[list[str], Any]:
        """Scan the empty lines in a block."""
        found: tuple[list[str], Any] = super().scan_block_scalar_breaks(indent)
        self._refuse_tab(indent)
        return found

    def _refuse_tab(self, indent: int) -> None:
        if self.peek() == "\t" and self.column < indent:
            self._fail("found a tab character where an indentation space is expected")

    def scan_directive(self) -> DirectiveToken:
        """Scan a directive: the version or a tag handle."""
        found: DirectiveToken = super().scan_directive()
        if found.name not in ("YAML", "TAG"):
            self._fail("found unknown directive name")
        if found.name == "YAML" and found.value[1] not in (1, 2):
            self._fail("found incompatible YAML document")
        return found

    def scan_flow_scalar_non_spaces(
        self,
        double: bool,  # noqa: FBT001
        start_mark: Any,
    ) -> list[str]:
        """Scan a run of quoted text without spaces."""
        if double and (found := _NO_CHARACTER.match(self.buffer, self.pointer)):
            self.forward(found.end() - self.pointer + 1)
            self._fail("found invalid Unicode character escape code")
        return super().scan_flow_scalar_non_spaces(double, start_mark)

    def _fail(self, why: str) -> NoReturn:
        raise ScannerError(None, None, why, self.get_mark())
