"""An editor in whose workspace folder agents work, in front of the real language server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.agent_model import AgentModel
from tests.support.editor import PYLOT_LSP, Home
from tests.support.stdio_client import JsonObject, StdioClient

OURS: JsonObject = {"experimental": {"pylot": {"approval": True, "input": True, "tasks": True}}}


class AgentEditor(StdioClient):
    """An editor with a workspace folder in which agents work."""

    def __init__(
        self, home: Home, root: Path, model: AgentModel, capabilities: JsonObject | None = None, settings: str = ""
    ) -> None:
        home.configure(f"[workspace]\ntrusted = ['{root.as_posix()}']\n{model.settings}{settings}")
        super().__init__(PYLOT_LSP)
        self._root = root
        self._capabilities = OURS if capabilities is None else capabilities

    def start(self) -> JsonObject:
        folder = {"uri": self._root.as_uri(), "name": "project"}
        return self.initialize(self._capabilities, workspaceFolders=[folder])

    def command(self, name: str, *arguments: object) -> Any:
        return self.ask("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    def asked(self, method: str = "pylot/approval") -> JsonObject:
        """Return the next question of the server."""
        return self.wait_for(lambda it: it.get("method") == method)

    def reply(self, question: JsonObject, result: object) -> None:
        self.send({"jsonrpc": "2.0", "id": question["id"], "result": result})

    def until(self, status: str) -> JsonObject:
        """Return the first update in which a task has a status."""
        method = "pylot/taskUpdate"
        update = self.wait_for(lambda it: it.get("method") == method and it["params"]["status"] == status)
        params = update["params"]
        assert isinstance(params, dict)
        return params


def applied(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """Return what an editor makes of one edit with places in UTF-16, of plain ASCII."""
    [edit] = edits
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    start, end = (starts[edit["range"][end]["line"]] + edit["range"][end]["character"] for end in ("start", "end"))
    return text[:start] + str(edit["newText"]) + text[end:]
