"""The engine process: check the model, load it, say that it is ready, serve until nobody needs it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pylot.engine.client import EngineClient
from pylot.engine.detaching import leave_starter
from pylot.engine.devices import find_gpus
from pylot.engine.endpoint import Endpoint
from pylot.engine.free_memory import free_memory, peak_memory
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.measured_peaks import MeasuredPeaks
from pylot.engine.resources import (
    KvType,
    LoadOptions,
    LoadPlan,
    attempts,
    describe_steps,
    plan_load,
    require_fit,
    step_down,
)
from pylot.engine.saved_states import STATES_FOLDER, SavedStates, file_identity
from pylot.kernel.errors import EngineError, EngineUnavailableError, ModelFileError, ModelTooLargeError, PylotError
from pylot.storage.capped_folder import CappedFolder
from pylot.storage.directories import find_directories

_log = logging.getLogger(__name__)
_LIVE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Everything that makes two engines different; lengths in tokens.

    `saved_state_bytes` is how much room states of the KV cache may take on disk, 0 for none.
    `idle_seconds`, `memory_bytes` (the most that it may take, 0 for what is free) and `smaller_by` (how many steps it
    loads with less than would fit, after it ran out of memory) make it no other engine.
    """

    model: Path
    n_ctx: int = 4096
    n_threads: int = 0
    n_gpu_layers: int = 0
    repack: bool = True
    idle_seconds: float = 30.0
    kv_type: KvType = "f16"
    memory_bytes: int = 0
    smaller_by: int = 0
    saved_state_bytes: int = 0

    @property
    def load(self) -> LoadOptions:
        """What of it decides how much memory the engine takes."""
        return LoadOptions(self.n_ctx, self.kv_type, self.repack, self.n_gpu_layers)

    def to_json(self) -> str:
        """Return the options as one command line argument."""
        return json.dumps({**asdict(self), "model": str(self.model)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> EngineOptions:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "model": Path(values["model"])})


def run_engine(options: EngineOptions, endpoint: Endpoint, *, log_file: Path | None, detach: bool) -> int:
    """Run an engine until it is idle.

    Writes two lines to stdout: `{"pid": ...}` at once, then `{"ready": ...}` or `{"error": ...}`.
    """
    if detach and leave_starter(sys.argv[1:]):
        return 0
    ready = os.fdopen(os.dup(1), "w")
    _tell(ready, {"pid": os.getpid()})
    _redirect_output(log_file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    try:
        peaks = MeasuredPeaks(find_directories().data)
        measured = peaks.for_model(options.model)
        free = min(free_memory(), options.memory_bytes or sys.maxsize)
        header = read_header(options.model)
        gpus = find_gpus(here=True) if options.n_gpu_layers else ()
        plan = require_fit(plan_load(header, options.load, free, gpus=gpus, measured=measured))
        plan = _plan_less(header, plan, options.smaller_by)
        runtime, loaded = _load_in_steps(options, plan)
        asyncio.run(_serve(runtime, options, loaded, endpoint, ready))
        peaks.record(options.model, loaded, peak_memory())
    except PylotError as error:
        _log.warning("not started: %s %s", error.sentence, error.detail)
        _tell(ready, {"error": error.sentence, "kind": type(error).__name__})
        return 1
    except Exception as error:
        _log.exception("failed")
        _tell(ready, {"error": f"The engine could not be started: {type(error).__name__}; its log says more."})
        return 1
    _log.info("left")
    return 0


def _plan_less(header: GgufHeader, plan: LoadPlan, n_steps: int) -> LoadPlan:
    less = step_down(header, plan.options, n_steps)
    why = f"The engine of {header.name} ended unexpectedly, so it starts with less memory"
    return replace(plan, options=less, steps=(*plan.steps, *describe_steps(why, plan.options, less)))


def _load_in_steps(options: EngineOptions, plan: LoadPlan) -> tuple[Any, LoadOptions]:
    """Load as planned, or with less where the machine gives less than it promised (I12)."""
    least, failure = plan.options, ""
    for load in attempts(plan.options):
        least = load
        notes = plan.steps if load == plan.options else (*plan.steps, *describe_steps(failure, plan.options, load))
        for note in notes:
            _log.warning("reduced: %s", note)
        try:
            return _load(options, load, notes), load
        except (ModelTooLargeError, ModelFileError) as error:
            # What does not fit on a GPU is refused in the same words as a damaged file.
            if isinstance(error, ModelFileError) and not load.n_gpu_layers:
                raise
            _log.warning("not loaded with %s: %s", load, error.sentence)
            failure = error.sentence.rstrip(".")
    raise ModelTooLargeError(f"{failure}, even for {least.n_ctx} tokens.")


def _load(options: EngineOptions, load: LoadOptions, notes: Sequence[str]) -> Any:
    try:
        from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
    except ModuleNotFoundError as error:
        raise EngineError(
            "llama-cpp-python is not installed, so no model can be loaded: install pylot[engine].", detail=repr(error)
        ) from error
    except Exception as error:
        # The binding loads its library while it is imported and says in many ways that it cannot.
        raise EngineError(
            "llama-cpp-python is installed but does not work, so no model can be loaded: install pylot[engine] again.",
            detail=repr(error),
        ) from error
    parameters = RuntimeParameters(
        n_ctx=load.n_ctx,
        n_threads=options.n_threads,
        n_gpu_layers=load.n_gpu_layers,
        repack=load.repack,
        kv_type=load.kv_type,
        keeps_states=options.saved_state_bytes > 0,
    )
    return LlamaRuntime(options.model, parameters, notes=notes)


async def _serve(runtime: Any, options: EngineOptions, loaded: LoadOptions, endpoint: Endpoint, ready: Any) -> None:
    from pylot.engine.socket_server import EngineService

    await _refuse_to_be_second(endpoint)
    token = endpoint.new_token()
    states = await asyncio.to_thread(_saved_states, runtime, options, loaded)
    service = EngineService(runtime, token=token, idle_seconds=options.idle_seconds, states=states)
    server, address = await endpoint.listen(service.serve_client, token)

    def withdraw() -> None:
        endpoint.remove(address)
        server.close()

    loop = asyncio.get_running_loop()
    try:
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGTERM, service.stop)
        endpoint.model_path.write_text(str(options.model), encoding="utf-8", errors="replace")
        _log.info("ready: %s", runtime.facts.description)
        _tell(ready, {"ready": True})
        ready.close()
        await service.run_until_idle(withdraw)
    finally:
        withdraw()


def _saved_states(runtime: Any, options: EngineOptions, loaded: LoadOptions) -> SavedStates | None:
    """Return what keeps states on disk; where none are to be kept, those of before are removed."""
    folder = CappedFolder(find_directories().cache / STATES_FOLDER, options.saved_state_bytes)
    if not runtime.keeps_states:
        folder.trim()
        return None
    build = importlib.metadata.version("llama-cpp-python")
    return SavedStates(folder, f"{file_identity(options.model)} {loaded} llama-cpp-python {build}")


async def _refuse_to_be_second(endpoint: Endpoint) -> None:
    """Leave the address of a live engine alone; one that does not answer is replaced."""
    try:
        client = await EngineClient.connect(endpoint, _LIVE_SECONDS)
    except EngineUnavailableError:
        return
    await client.close()
    raise EngineError(f"An engine for this model is running already: process {client.pid}.")


def _tell(ready: Any, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        ready.write(json.dumps(message) + "\n")
        ready.flush()


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
