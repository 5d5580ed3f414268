"""A llama-server of the benchmark's own: one contender's, started for it and killed after it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pylot.kernel.errors import ProviderError, PylotError
from pylot.models.http.client import HttpClient
from pylot.models.settings import ProviderSettings

_START_SECONDS = 120.0
_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 600.0

# What llama.vscode's own instructions and presets start, here without a GPU.
PLUGIN_FLAGS = ("--batch-size", "1024", "--ubatch-size", "1024", "--ctx-size", "0", "--cache-reuse", "256")
# One slot, a context of Pylot's own size, and the order of the prompt that keeps the cache while somebody types.
TUNED_FLAGS = ("--spm-infill", "--parallel", "1", "--ctx-size", "4096", "--batch-size", "2048")
PYLOT_FLAGS = ("--parallel", "2", "--ctx-size", "8192", "--batch-size", "2048")


def find_llama_server(named: str) -> Path | None:
    """Return the program that was named, or the one on the path; None when there is none.

    Raises:
        PylotError: the one that was named is no file.
    """
    if named:
        found = Path(named).expanduser()
        if not found.is_file():
            raise PylotError(f"There is no llama-server at {found}.")
        return found
    on_path = shutil.which("llama-server")
    return Path(on_path) if on_path else None


class ServerProcess:
    """One running llama-server, and requests to it."""

    def __init__(self, program: Path, model: Path, threads: int, flags: Sequence[str], log: Path) -> None:
        self._command = [str(program), "--model", str(model), "--threads", str(threads), *flags]
        self._log = log

    async def start(self) -> None:
        """Start it and wait until the model is loaded.

        Raises:
            PylotError: it ends before, or takes too long.
        """
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self._log.open("ab") as out:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, "--host", "127.0.0.1", "--port", str(port), "--no-webui",
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise PylotError(f"{self._command[0]} cannot be run as llama-server.", detail=repr(error)) from error
        limit = {"read_seconds": _ANSWER_SECONDS, "total_seconds": _ANSWER_SECONDS}
        self.client = HttpClient(
            "llama-server", ProviderSettings(kind="llama-server", base_url=self.url).model_copy(update=limit)
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._answers():
                    if self._process.returncode is not None:
                        raise PylotError("llama-server ended before it had loaded the model.")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise PylotError("llama-server did not load the model in time.") from None

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    async def settle(self) -> None:
        """Wait until no slot computes; a request that was given up is noticed a moment later."""
        while True:
            slots = await self.client.get("/slots")
            if not any(slot.get("is_processing") for slot in slots):
                return
            await asyncio.sleep(_POLL_SECONDS / 10)

    async def close(self) -> None:
        """Kill it."""
        await self.client.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _answers(self) -> bool:
        try:
            await self.client.get("/health", seconds=_ANSWER_SECONDS)
        except ProviderError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
