"""An editor with one document, in front of the real server with the real engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.stdio_client import JsonObject, StdioClient, at

PYLOT_LSP = (sys.executable, "-m", "pylot", "lsp")
GHOST_TEXT: JsonObject = {"textDocument": {"inlineCompletion": {}}}
LEAVE_AT_ONCE = "[engine]\nidle_seconds = 0.2\n"
_MOST_ASKED = 20


@dataclass(frozen=True)
class Home:
    """The folder that `PYLOT_HOME` names."""

    folder: Path

    @property
    def config_file(self) -> Path:
        return self.folder / "config" / "pylot.toml"

    def configure(self, toml: str) -> None:
        """Write the user's configuration, in one step as editors do."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.config_file.with_suffix(".draft")
        draft.write_text(toml, encoding="utf-8")
        draft.replace(self.config_file)

    def use_model(self, file: Path, *, completion: str = "", engine: str = "", entry: str = "") -> None:
        """Let ghost text come from a model file; the rest are further lines of the sections."""
        self.configure(
            f"{LEAVE_AT_ONCE}{engine}\n[completion]\n{completion}\n[models.roles]\ncomplete = 'own'\n"
            f"[models.catalogue.own]\nfile = '{file.as_posix()}'\n{entry}\n"
        )

    def logs(self) -> str:
        """Return all that was logged, by the server and by the engine."""
        files = sorted((self.folder / "log").glob("*"))
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


class Editor(StdioClient):
    """Hold one document and its cursor, and send every change to the server as it is made."""

    def __init__(self, *, command: tuple[str, ...] = PYLOT_LSP, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(command, environment=environment)
        self.uri = ""
        self.version = 0
        self.line = 0
        self.character = 0

    def start(self, capabilities: JsonObject | None = None, **params: object) -> JsonObject:
        """Greet the server as an editor with ghost text."""
        return self.initialize(GHOST_TEXT if capabilities is None else capabilities, **params)

    def show(self, uri: str, text: str, *, language: str = "python") -> None:
        """Open a document and put the cursor at `‸`, or at its end."""
        before, _, after = text.partition("‸")
        self.uri, self.version = uri, 1
        self.line, self.character = before.count("\n"), len(before.rpartition("\n")[2])
        self.open(uri, before + after, language=language)

    def type(self, text: str) -> None:
        """Insert text at the cursor, as one change."""
        self.version += 1
        place = {"line": self.line, "character": self.character}
        change = {"range": {"start": place, "end": place}, "text": text}
        document = {"uri": self.uri, "version": self.version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self.line += text.count("\n")
        self.character = len(text.rpartition("\n")[2]) + (0 if "\n" in text else self.character)

    def ask_ghost_text(self, *, invoked: bool = False, **context: Any) -> int:
        """Send a request for ghost text at the cursor and return its id."""
        place = at(self.uri, self.line, self.character)
        return self.request(
            "textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1 if invoked else 2, **context}}
        )

    def ghost_texts(self, *, invoked: bool = False, **context: Any) -> list[JsonObject]:
        """Return the items of the answer at the cursor."""
        answer = self.answer(self.ask_ghost_text(invoked=invoked, **context))
        items = (answer["result"] or {"items": []})["items"]
        assert isinstance(items, list)
        return items

    def command(self, name: str, *arguments: object) -> Any:
        """Run one of Pylot's commands."""
        return self.ask("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    def traces(self, limit: int = 50) -> list[JsonObject]:
        """Return the last traces, newest first."""
        found = self.command("pylot.explain", limit)["traces"]
        assert isinstance(found, list)
        return found

    def engine(self) -> JsonObject:
        """Return what is known of the engine that serves ghost text."""
        models = self.command("pylot.status")["models"]
        provider = models["providers"][models["roles"]["complete"]]
        assert isinstance(provider, dict)
        return provider

    def load_model(self) -> int:
        """Wait until the model has answered once, and return its engine's process id."""
        for _ in range(_MOST_ASKED):
            self.ghost_texts(invoked=True)
            # On a busy machine loading takes longer than an answer may.
            if "pid" in (engine := self.engine()):
                return int(engine["pid"])
        raise AssertionError("the model was not loaded")

    def sentences(self) -> list[str]:
        """Return what the user was shown so far."""
        self.command("pylot.status")
        methods = ("window/showMessage", "window/showMessageRequest")
        return [it["params"]["message"] for it in self.received if it.get("method") in methods]

    def leave(self) -> None:
        """Say goodbye and wait until the server has gone."""
        self.ask("shutdown")
        self.notify("exit")
        self.exit_code()


def step_of(trace: JsonObject, name: str) -> JsonObject:
    """Return a trace's step, or an empty one."""
    return next((step for step in trace["steps"] if step["name"] == name), {"outcome": ""})


def environment_with(**variables: str) -> dict[str, str]:
    """Return this environment for a server that finds Pylot's own code."""
    root = Path(__file__).parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(root / "server"), str(root))), **variables}
