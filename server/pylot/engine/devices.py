"""What this build of llama.cpp can compute with: processors, GPUs and how much memory is free on each (I5, I10).

Only the engine process loads llama.cpp, so everybody else asks a short process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_KINDS = ("cpu", "gpu", "igpu", "accel")
_GPU_BACKENDS = ("cuda", "hip", "vulkan", "metal", "sycl", "musa", "cann", "opencl")
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Device:
    """One device as ggml lists it; `kind` is `cpu`, `gpu`, `igpu` (shares main memory) or `accel`, sizes in bytes."""

    name: str
    description: str
    backend: str
    kind: str
    free_bytes: int
    total_bytes: int

    @property
    def is_gpu(self) -> bool:
        """Whether layers can be put there."""
        return self.kind in ("gpu", "igpu")

    @property
    def shares_main_memory(self) -> bool:
        """Whether what is put there comes out of main memory."""
        # ggml calls Apple's processors GPUs with memory of their own.
        return self.kind == "igpu" or self.backend.lower() in ("mtl", "metal")


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """A build of llama.cpp: `features` are llama.cpp's own words, such as `CPU : AVX2 = 1 | ...`."""

    features: str
    devices: tuple[Device, ...] = ()

    def to_json(self) -> str:
        """Return the facts as one line."""
        return json.dumps({"features": self.features, "devices": [asdict(device) for device in self.devices]})

    @classmethod
    def from_json(cls, text: str) -> BuildFacts:
        """Read what `to_json` wrote; raises `ValueError`, `TypeError` or `KeyError` for anything else."""
        values: Mapping[str, Any] = json.loads(text)
        return cls(str(values["features"]), tuple(Device(**device) for device in values["devices"]))


def read_build() -> BuildFacts:
    """Load llama.cpp and ask it; only the engine process may do this."""
    import ctypes

    from llama_cpp import llama_cpp as lib
    from llama_cpp._ggml import libggml

    lib.llama_backend_init()

    def function(name: str, result: Any, *arguments: Any) -> Any:
        found = getattr(libggml, f"ggml_backend_{name}")
        found.restype, found.argtypes = result, arguments
        return found

    size, handle = ctypes.c_size_t, ctypes.c_void_p
    name_of, describe = (function(f"dev_{it}", ctypes.c_char_p, handle) for it in ("name", "description"))
    registry, registry_name = function("dev_backend_reg", handle, handle), function("reg_name", ctypes.c_char_p, handle)
    kind_of, at = function("dev_type", ctypes.c_int, handle), function("dev_get", handle, size)
    memory_of = function("dev_memory", None, handle, ctypes.POINTER(size), ctypes.POINTER(size))
    devices = []
    for index in range(function("dev_count", size)()):
        device, free, total = at(index), size(), size()
        memory_of(device, ctypes.byref(free), ctypes.byref(total))
        kind = kind_of(device)
        devices.append(
            Device(
                name=name_of(device).decode("utf-8", "replace"),
                description=describe(device).decode("utf-8", "replace"),
                backend=registry_name(registry(device)).decode("utf-8", "replace"),
                kind=_KINDS[kind] if kind < len(_KINDS) else "other",
                free_bytes=free.value,
                total_bytes=total.value,
            )
        )
    return BuildFacts(lib.llama_print_system_info().decode("utf-8", "replace").strip(), tuple(devices))


def probe_build() -> BuildFacts | None:
    """Ask a short process; None when llama.cpp is not there or does not work."""
    command = [sys.executable, "-m", "pylot", "engine", "--devices"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
        return BuildFacts.from_json(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError, IndexError):
        return None


def gpu_backends() -> list[str]:
    """Return the GPU backends that llama.cpp was built with, by the names of its library files; loads nothing."""
    spec = importlib.util.find_spec("llama_cpp")
    folders = [Path(spec.origin).parent / "lib"] if spec is not None and spec.origin else []
    if own := os.environ.get("LLAMA_CPP_LIB_PATH"):
        folders.append(Path(own))
    names = {path.name.split(".")[0].removeprefix("lib") for folder in folders for path in folder.glob("*ggml-*")}
    return [backend for backend in _GPU_BACKENDS if f"ggml-{backend}" in names]


def find_gpus(*, here: bool = False) -> Sequence[Device]:
    """Return the GPUs with the memory that is free on them now; blocks for a process start unless `here`.

    `here` is for the engine process, which may load llama.cpp. A build without a GPU backend is not even started.
    """
    if not gpu_backends():
        return ()
    try:
        build = read_build() if here else probe_build()
    except Exception:
        # The binding says in many ways that it does not work; loading the model then says it in one sentence.
        return ()
    return tuple(device for device in build.devices if device.is_gpu) if build else ()
