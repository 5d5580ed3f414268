"""The engines of this user that run now, whoever started them, and how to ask one to make room (I7)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pylot.engine.client import EngineClient
from pylot.engine.messages import ENGINE
from pylot.ipc.endpoint import Endpoint
from pylot.kernel.errors import PylotError

_ANSWER_SECONDS = 1.0
_LEAVING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """One engine: how many windows use it, how many jobs it has, and the bytes of main memory that it holds."""

    endpoint: Endpoint
    model: str
    pid: int
    clients: int
    jobs: int
    unused_seconds: float
    n_bytes: int

    @property
    def label(self) -> str:
        """What to call it: the name of its file."""
        return Path(self.model).stem

    @property
    def is_unused(self) -> bool:
        """Whether no window uses it, so that it only waits for its idle time to end."""
        return not self.clients and not self.jobs

    async def dismiss(self) -> bool:
        """Ask it to end, and wait until its memory is free; false when it stays."""
        try:
            client = await EngineClient.connect(self.endpoint, _ANSWER_SECONDS)
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    leaving = await client.leave()
            finally:
                await client.close()
        except (PylotError, TimeoutError):
            return False
        if leaving:
            await asyncio.to_thread(wait_until_gone, client.pid)
        return leaving


async def running_engines(runtime_directory: Path) -> list[RunningEngine]:
    """Return all engines that answer, without whoever asks counted among their clients."""
    found = []
    for path in await asyncio.to_thread(_model_files, runtime_directory):
        endpoint = Endpoint(ENGINE, runtime_directory, path.stem)
        try:
            client = await EngineClient.connect(endpoint, _ANSWER_SECONDS)
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    status = await client.status()
            finally:
                await client.close()
            model = path.read_text(encoding="utf-8", errors="replace")
        except (PylotError, OSError, TimeoutError):
            continue
        unused = float(status.get("unused_seconds", 0.0))
        held = resident_bytes(client.pid)
        clients = int(status["clients"]) - 1
        found.append(RunningEngine(endpoint, model, client.pid, clients, int(status["jobs"]), unused, held))
    return found


def _model_files(runtime_directory: Path) -> list[Path]:
    return sorted(runtime_directory.glob("engine-*.label"))


def resident_bytes(pid: int) -> int:
    """Return the main memory that a process holds, 0 when it has gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def wait_until_gone(pid: int) -> None:
    """Block until a process that is leaving has gone, for some seconds at most."""
    import psutil

    try:
        psutil.Process(pid).wait(_LEAVING_SECONDS)
    except psutil.Error:
        # Gone already, or stuck: the memory that is free then decides.
        return
