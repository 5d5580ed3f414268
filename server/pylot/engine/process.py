"""The engine process: check the model, load it, say that it is ready, serve until nobody needs it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from pylot.engine.devices import find_gpus
from pylot.engine.free_memory import free_memory, peak_memory
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.measured_peaks import MeasuredPeaks
from pylot.engine.messages import ENGINE
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
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.process import run_shared, serve
from pylot.ipc.service import Service
from pylot.kernel.errors import EngineError, ModelFileError, ModelTooLargeError
from pylot.storage.capped_folder import CappedFolder
from pylot.storage.directories import find_directories

_log = logging.getLogger(__name__)


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
    """Run an engine until it is idle; what it says on stdout is told in `run_shared`."""
    return run_shared(ENGINE, lambda ready: _run(options, endpoint, ready), log_file=log_file, detach=detach)


def _run(options: EngineOptions, endpoint: Endpoint, ready: TextIO) -> None:
    peaks = MeasuredPeaks(find_directories().data)
    measured = peaks.for_model(options.model)
    free = min(free_memory(), options.memory_bytes or sys.maxsize)
    header = read_header(options.model)
    gpus = find_gpus(here=True) if options.n_gpu_layers else ()
    plan = require_fit(plan_load(header, options.load, free, gpus=gpus, measured=measured))
    plan = _plan_less(header, plan, options.smaller_by)
    runtime, loaded = _load_in_steps(options, plan)
    states = _saved_states(runtime, options, loaded)
    _log.info("loaded: %s", runtime.facts.description)

    def make_service(token: str) -> Service[Any]:
        from pylot.engine.socket_server import EngineService

        return EngineService(runtime, token=token, idle_seconds=options.idle_seconds, states=states)

    asyncio.run(serve(make_service, endpoint, ready, str(options.model)))
    peaks.record(options.model, loaded, peak_memory())


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


def _saved_states(runtime: Any, options: EngineOptions, loaded: LoadOptions) -> SavedStates | None:
    """Return what keeps states on disk; where none are to be kept, those of before are removed."""
    folder = CappedFolder(find_directories().cache / STATES_FOLDER, options.saved_state_bytes)
    if not runtime.keeps_states:
        folder.trim()
        return None
    build = importlib.metadata.version("llama-cpp-python")
    return SavedStates(folder, f"{file_identity(options.model)} {loaded} llama-cpp-python {build}")
