"""Pylot as a contender of its own benchmark: the real language server over its pipes, as an editor drives it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pylot.bench.contender import Answer
from pylot.bench.server_process import ServerProcess
from pylot.bench.traces import Keystroke, Trace, language_of
from pylot.cli.lsp_client import LspClient

_POLL_SECONDS = 0.01
_N_IDLE = 3
_MODEL = "bench"
_PEER = "llama-server"
USUAL_DEADLINE_MS = 2_000


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What a window is measured with: tokens of an answer at most, what an answer may take, what is kept on disk.

    The deadline decides how long a prompt may be that has to be read while somebody waits.
    """

    threads: int
    n_predict: int
    deadline_ms: int = USUAL_DEADLINE_MS
    predictor: bool = False
    saved_state_mb: int = 0


class PylotContender:
    """A window of its own with settings of its own; nothing of the user's is read or written.

    With a `server` its model is there, otherwise in Pylot's own engine.
    """

    interrupts = True

    def __init__(
        self, name: str, model: Path, options: WindowOptions, home: Path, server: ServerProcess | None = None
    ) -> None:
        self.name = name
        self.n_generated = 0
        self._server = server
        self._model = model
        self._options = options
        self._home = home
        self._folder = home.as_uri()
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._counted: set[str] = set()
        self._openings = itertools.count(1)

    @property
    def folder(self) -> str:
        """The address of a folder of its own."""
        return self._folder

    @property
    def client(self) -> LspClient:
        """The window's connection."""
        return self._client

    async def start(self) -> None:
        """Start the processes and load the model."""
        if self._server is not None:
            await self._server.start()
        config = self._home / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "pylot.toml").write_text(self._settings(), encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYLOT_")}
        environment |= {"PYLOT_HOME": str(self._home), "PYLOT_RUNTIME_DIR": str(self._home / "run")}
        self._client = await LspClient([], environment).__aenter__()

    async def open(self, trace: Trace) -> None:
        """Open a trace's files in place of those that were open; a folder of their own keeps old answers away."""
        for uri in self._texts:
            self._client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        folder = f"{self._folder}/{next(self._openings)}"
        self._texts = {f"{folder}/{file}": text for file, text in trace.files.items()}
        for uri, text in self._texts.items():
            self.show(uri, language_of(uri), text)

    def show(self, uri: str, language: str, text: str) -> None:
        """Open one document."""
        self._texts[uri], self._versions[uri] = text, 1
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self._client.notify("textDocument/didOpen", {"textDocument": document})

    def press(self, key: Keystroke) -> None:
        """Send the change of a key."""
        self.change(self._uri(key), key.start, key.end, key.text)

    def change(self, uri: str, start: int, end: int, text: str) -> None:
        """Send one change."""
        before = self._texts[uri]
        self._versions[uri] += 1
        change = {"range": {"start": _position(before, start), "end": _position(before, end)}, "text": text}
        document = {"uri": uri, "version": self._versions[uri]}
        self._client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self._texts[uri] = before[:start] + text + before[end:]

    async def ask(self, key: Keystroke) -> Answer:
        """Ask as an editor does after a key."""
        return await self.ask_at(self._uri(key), key.offset)

    async def ask_at(self, uri: str, offset: int) -> Answer:
        """Ask for ghost text at a place, and for how it came about."""
        place = {"textDocument": {"uri": uri}, "position": _position(self._texts[uri], offset)}
        began = time.monotonic()
        result = await self._client.request("textDocument/inlineCompletion", {**place, "context": {"triggerKind": 2}})
        seen_ms = (time.monotonic() - began) * 1_000
        trace = (await self.traces(1))[0]
        items = result["items"] if result else []
        return answer_of(trace, seen_ms, str(items[0]["insertText"]) if items else "")

    async def traces(self, limit: int) -> list[dict[str, Any]]:
        """Return the last requests' traces, newest first."""
        found = (await self._client.command("pylot.explain", limit))["traces"]
        assert isinstance(found, list)
        return found

    async def settle(self) -> None:
        """Wait until neither a run nor a warm-up is under way, and count what was generated.

        The engine counts what was worked out ahead as well; of what a server was asked for only the traces tell.
        """
        engine = await self._rest()
        if self._server is None:
            self.n_generated = int(engine.get("generated", 0))
            return
        for trace in await self.traces(50):
            if trace["id"] not in self._counted and any(step["name"] == "generate" for step in trace["steps"]):
                self._counted.add(trace["id"])
                self.n_generated += int(trace["generatedTokens"])

    async def process_ids(self) -> Sequence[int]:
        """The language server, and the engine or the model server."""
        if self._server is not None:
            return [self._client.pid, self._server.pid]
        engine = (await self.provider()).get("pid")
        return [self._client.pid, *([int(engine)] if engine else [])]

    async def provider(self) -> dict[str, Any]:
        """Return what is known of the model's engine or server."""
        models = (await self._client.command("pylot.status"))["models"]
        return dict(models["providers"].get(models["roles"]["complete"], {}))

    async def close(self) -> None:
        """End the window; its engine follows."""
        await self._client.__aexit__(None, None, None)
        if self._server is not None:
            await self._server.close()

    async def _rest(self) -> dict[str, Any]:
        """Return what the engine says of itself once it has nothing to do; nothing where there is none."""
        if self._server is not None:
            await self._server.settle()
            return {}
        engine: dict[str, Any] = {}
        # What follows a run, such as reading the whole of a prompt, comes to the engine a moment after it.
        n_idle = 0
        while n_idle < _N_IDLE:
            provider = await self.provider()
            # An engine that is too busy to tell how busy it is is no engine at rest.
            engine = provider.get("engine", {"jobs": 1} if provider.get("state") == "ready" else {})
            n_idle = 0 if engine.get("jobs") else n_idle + 1
            await asyncio.sleep(_POLL_SECONDS)
        return engine

    def _uri(self, key: Keystroke) -> str:
        return next(uri for uri in self._texts if uri.endswith(f"/{key.file}"))

    def _settings(self) -> str:
        """Return settings under which every key is answered: nothing waits for the next one, or is left unsaid."""
        quoted, options = json.dumps, self._options
        lines = [
            "[engine]", f"threads = {options.threads}", "idle_seconds = 1.0",
            f"saved_state_mb = {options.saved_state_mb}",
            "[completion]", 'eagerness = "always"', "debounce_ms = 0", f"deadline_ms = {options.deadline_ms}",
            f"max_tokens = {options.n_predict}", f"max_line_tokens = {options.n_predict}",
            f"local_predictor = {str(options.predictor).lower()}",
            "[models.roles]", f"complete = {quoted(_MODEL)}",
        ]  # fmt: skip
        if self._server is None:
            return "\n".join([*lines, f"[models.catalogue.{_MODEL}]", f"file = {quoted(str(self._model))}", ""])
        provider = ["[models.providers.peer]", f"kind = {quoted(_PEER)}", f"base_url = {quoted(self._server.url)}"]
        logical = [f"[models.logical.{_MODEL}]", 'groups = [[{ provider = "peer" }]]', ""]
        return "\n".join([*lines, *provider, *logical])


def answer_of(trace: Mapping[str, Any], seen_ms: float, text: str) -> Answer:
    """Return what a request's trace says, with the editor's time around the server's own."""
    outside_ms = seen_ms - float(trace["totalMs"] or 0.0)
    steps = trace["steps"]
    generating = [float(step["ms"]) for step in steps if step["name"] == "generate"]
    # A model that was stopped at its first token for want of confidence has streamed nothing.
    was_unsure = any(step["name"] == "generate" and step["outcome"] == "floor" for step in steps)
    first = trace["firstTokenMs"] or (trace["totalMs"] if was_unsure else None)
    lookup: Mapping[str, Any] = next((step for step in steps if step["name"] == "lookup"), {"outcome": ""})
    generated = int(trace["generatedTokens"]) if generating or lookup["outcome"] == "in flight" else 0
    if lookup["outcome"] in ("looked ahead", "typed through"):
        generated = int(lookup.get("details", {}).get("tokens", 0))
    return Answer(
        text=text,
        asked=not any(step["name"] == "gate" and step["outcome"] != "ask" for step in steps),
        first_ms=float(first) + outside_ms if generating and first else None,
        total_ms=seen_ms,
        prompt_tokens=sum(trace["promptTokens"].values()) if generating else 0,
        decoded_tokens=int(trace["decodedTokens"]) if generating else 0,
        generated_tokens=generated,
        outside_model_ms=seen_ms - sum(generating),
    )


def _position(text: str, offset: int) -> dict[str, int]:
    # The traces are ASCII, so UTF-16 units and characters are the same.
    line_start = text.rfind("\n", 0, offset) + 1
    return {"line": text.count("\n", 0, offset), "character": offset - line_start}
