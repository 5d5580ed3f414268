"""What `pylot doctor` says of the build of llama.cpp: processor features, GPUs, and the build that would be faster."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Collection

from pylot.engine.devices import BuildFacts

# Features that other builds leave out, as llama.cpp names them; the rest is on every processor of today.
_TELLING = (
    "AVX2",
    "AVX_VNNI",
    "AVX512",
    "AVX512_VNNI",
    "AVX512_BF16",
    "AMX_INT8",
    "NEON",
    "DOTPROD",
    "MATMUL_INT8",
    "SVE",
)
_TOOL_CHAINS = (
    # The tool that compiles for it, what shows that there is such a GPU, and the flag that builds the backend.
    ("nvcc", "/dev/nvidia0", "-DGGML_CUDA=ON"),
    ("hipconfig", "/dev/kfd", "-DGGML_HIP=ON"),
    ("glslc", "/dev/dri", "-DGGML_VULKAN=ON"),
)

Which = Callable[[str], str | None]


def describe_build(build: BuildFacts, backends: Collection[str]) -> str:
    """Return one line: what the processor part was built for, and every GPU with its memory."""
    has = dict(re.findall(r"(\w+) = (\w+)", build.features))
    features = [name for name in _TELLING if has.get(name, "0") != "0"]
    gpus = [
        f"{gpu.description} ({gpu.backend}), {gpu.free_bytes / 1e9:.1f} of {gpu.total_bytes / 1e9:.1f} GB free"
        for gpu in build.devices
        if gpu.is_gpu
    ]
    processor = f"built for a processor with {', '.join(features)}" if features else "built for any processor"
    if not gpus:
        gpus = [f"built for {', '.join(backends)}, which finds no GPU" if backends else "no GPU backend"]
    return "; ".join([processor, *gpus])


def next_build(
    backends: Collection[str],
    which: Which = shutil.which,
    exists: Callable[[str], bool] = os.path.exists,
    system: str = platform.system(),
) -> str:
    """Return how to build for a GPU that is here with its tool chain but unknown to the build, or nothing."""
    if backends:
        return ""
    for tool, sign, flag in _TOOL_CHAINS:
        # Only Linux shows its GPUs as files.
        if which(tool) and (exists(sign) or system != "Linux"):
            return f"CMAKE_ARGS={flag} make setup, since {tool} is here; docs/hardware.md says more"
    if which("nvidia-smi"):
        return "install the CUDA toolkit, then CMAKE_ARGS=-DGGML_CUDA=ON make setup; docs/hardware.md says more"
    if system == "Darwin" and platform.machine() == "arm64":
        return "CMAKE_ARGS=-DGGML_METAL=ON make setup; docs/hardware.md says more"
    return ""
