"""llama-cpp-python's `create_completion` as a contender, in a process of its own like all others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pylot.bench.contender import Answer
from pylot.bench.infill import place_at
from pylot.bench.traces import Keystroke, Trace
from pylot.kernel.errors import PylotError

_CONTEXT = 4096


class PythonLibrary:
    """Prefix and suffix of the same lines as for `/infill`; the library finds what it still has of the prompt."""

    interrupts = True

    def __init__(self, name: str, model: Path, threads: int, n_predict: int, log: Path) -> None:
        self.name = name
        self.n_generated = 0
        self._arguments = (str(model), str(threads), str(_CONTEXT))
        self._n_predict = n_predict
        self._log = log
        self._is_answering = False

    async def start(self) -> None:
        """Start the child and wait until the model is loaded."""
        with self._log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pylot.bench.create_completion", *self._arguments,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, start_new_session=True,
            )  # fmt: skip
        await self._read()

    async def open(self, _trace: Trace) -> None:
        """Nothing: the library learns of a text with the next request."""

    def press(self, key: Keystroke) -> None:
        """Nothing, for the same reason."""

    async def ask(self, key: Keystroke) -> Answer:
        """Ask; cancelling stops it after the token under way."""
        await self.settle()
        began = time.monotonic()
        place = place_at(key.after, key.offset)
        request = {"prefix": place.prefix + place.prompt, "suffix": place.suffix, "max_tokens": self._n_predict}
        self._is_answering = True
        self._write(json.dumps(request))
        text, first_ms, n_tokens = "", None, 0
        try:
            while "done" not in (event := await self._read()):
                first_ms = first_ms or (time.monotonic() - began) * 1_000
                text += event["text"]
                n_tokens += 1
        except asyncio.CancelledError:
            self._write("")
            self.n_generated += n_tokens
            raise
        self._is_answering = False
        self.n_generated += n_tokens
        total_ms = (time.monotonic() - began) * 1_000
        return Answer(
            text=text.rstrip("\n"),
            first_ms=first_ms or total_ms,
            total_ms=total_ms,
            prompt_tokens=int(event["decoded"]) + int(event["reused"]),
            decoded_tokens=int(event["decoded"]),
            generated_tokens=n_tokens,
        )

    async def settle(self) -> None:
        """Read what is left of an answer that was given up."""
        while self._is_answering:
            event = await self._read()
            self.n_generated += "text" in event
            self._is_answering = "done" not in event

    async def process_ids(self) -> Sequence[int]:
        """The child."""
        return [self._process.pid]

    async def close(self) -> None:
        """Kill the child."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise PylotError("llama-cpp-python ended; it may not know this model.")
        values = json.loads(line)
        assert isinstance(values, dict)
        return values
