"""The engine process: check the model, load it, say that it is ready, serve until nobody needs it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pylot.engine.endpoint import Endpoint
from pylot.engine.gguf_header import read_header
from pylot.engine.resources import check_fits, free_memory
from pylot.kernel.errors import EngineError, PylotError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Everything that makes two engines different; lengths in tokens."""

    model: Path
    n_ctx: int = 4096
    n_threads: int = 0
    n_gpu_layers: int = 0
    repack: bool = True
    idle_seconds: float = 30.0

    def to_json(self) -> str:
        """Return the options as one command line argument."""
        return json.dumps({**asdict(self), "model": str(self.model)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> EngineOptions:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "model": Path(values["model"])})


def run_engine(options: EngineOptions, endpoint: Endpoint, *, log_file: Path | None, detach: bool) -> int:
    """Run an engine until it is idle; the first line on stdout is `{"ready": ...}` or `{"error": ...}`."""
    if detach and hasattr(os, "fork"):
        if os.fork() > 0:
            return 0
        os.setsid()
    ready = os.fdopen(os.dup(1), "w")
    _redirect_output(log_file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    try:
        check_fits(read_header(options.model), options.n_ctx, free_memory())
        runtime = _load(options)
    except PylotError as error:
        _log.warning("not started: %s", error.sentence)
        _tell(ready, {"error": error.sentence, "kind": type(error).__name__})
        return 1
    try:
        asyncio.run(_serve(runtime, options, endpoint, ready))
    finally:
        endpoint.remove()
    _log.info("left")
    return 0


def _load(options: EngineOptions) -> Any:
    try:
        from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
    except ImportError as error:
        raise EngineError(
            "llama-cpp-python is not installed, so no model can be loaded: install pylot[engine].", detail=repr(error)
        ) from error
    parameters = RuntimeParameters(
        n_ctx=options.n_ctx, n_threads=options.n_threads, n_gpu_layers=options.n_gpu_layers, repack=options.repack
    )
    return LlamaRuntime(options.model, parameters)


async def _serve(runtime: Any, options: EngineOptions, endpoint: Endpoint, ready: Any) -> None:
    from pylot.engine.socket_server import EngineService

    token = endpoint.new_token()
    service = EngineService(runtime, token=token, idle_seconds=options.idle_seconds)
    server = await endpoint.listen(service.serve_client, token)
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGTERM, service.stop)
    endpoint.model_path.write_text(str(options.model))
    _log.info("ready: %s", runtime.facts.description)
    _tell(ready, {"ready": True, "pid": os.getpid()})
    try:
        await service.run_until_idle()
    finally:
        # The address goes first, so that a client who comes now starts a new engine instead of meeting a leaving one.
        endpoint.remove()
        server.close()


def _tell(ready: Any, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        ready.write(json.dumps(message) + "\n")
        ready.close()


def _redirect_output(log_file: Path | None) -> None:
    """Send what libraries print to the log; the starter's pipes must not keep anyone waiting."""
    target = str(log_file) if log_file else os.devnull
    output = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(null)
    sys.stdout.flush()
