"""Somebody who types a text into a document, key by key, and takes a suggestion when it is what they meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pylot.cli.lsp_client import LspClient


@dataclass(frozen=True, slots=True)
class Moment:
    """The document after one key, and the ghost text at its cursor; `trace` is the server's explanation."""

    text: str
    offset: int
    ghost: str
    accepts: bool
    trace: dict[str, Any]


class Typist:
    """Type `script` at `offset` of a document."""

    def __init__(self, client: LspClient, uri: str, text: str, offset: int) -> None:
        self._client = client
        self._uri = uri
        self._text = text
        self._offset = offset
        self._version = 1
        self._open(uri, text)

    def open_beside(self, uri: str, text: str) -> None:
        """Open another document."""
        self._open(uri, text)

    async def type(self, script: str) -> AsyncIterator[Moment]:
        """Yield one moment per key, and one more per accepted suggestion."""
        left = script
        while left:
            self._insert(left[0])
            left = left[1:]
            item = await self._ask()
            ghost = str(item["insertText"]) if item else ""
            accepts = len(ghost.strip()) > 1 and left.startswith(ghost)
            trace = (await self._client.command("pylot.explain", 1))["traces"][0]
            yield Moment(self._text, self._offset, ghost, accepts, trace)
            if item and accepts:
                self._insert(ghost)
                left = left[len(ghost) :]
                await self._client.command(item["command"]["command"], *item["command"]["arguments"])

    def _open(self, uri: str, text: str) -> None:
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._client.notify("textDocument/didOpen", {"textDocument": document})

    def _insert(self, text: str) -> None:
        here = self._position()
        self._version += 1
        change = {"range": {"start": here, "end": here}, "text": text}
        document = {"uri": self._uri, "version": self._version}
        self._client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self._text = self._text[: self._offset] + text + self._text[self._offset :]
        self._offset += len(text)

    async def _ask(self) -> dict[str, Any] | None:
        place = {"textDocument": {"uri": self._uri}, "position": self._position(), "context": {"triggerKind": 2}}
        result = await self._client.request("textDocument/inlineCompletion", place)
        return result["items"][0] if result and result["items"] else None

    def _position(self) -> dict[str, int]:
        # The demo types ASCII into ASCII, so UTF-16 units and characters are the same.
        before = self._text[: self._offset]
        return {"line": before.count("\n"), "character": self._offset - before.rfind("\n") - 1}
