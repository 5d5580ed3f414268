"""The doctor tells what llama.cpp was built for, and the one next step to a faster build (I5)."""

from __future__ import annotations

import pytest

from pylot.cli.build_report import describe_build, next_build
from pylot.engine.devices import BuildFacts, Device

FEATURES = "CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 1 | AVX512_BF16 = 0 | AMX_INT8 = 1 | REPACK = 1 | "
CPU = Device("CPU", "a processor", "CPU", "cpu", 1, 2)
GPU = Device("CUDA0", "NVIDIA Something", "CUDA", "gpu", 20_000_000_000, 24_000_000_000)


@pytest.mark.parametrize(
    ("build", "backends", "line"),
    [
        (
            BuildFacts(FEATURES, (CPU,)),
            [],
            "built for a processor with AVX2, AVX512, AMX_INT8; no GPU backend",
        ),
        (
            BuildFacts(FEATURES, (GPU, CPU)),
            ["cuda"],
            "built for a processor with AVX2, AVX512, AMX_INT8; NVIDIA Something (CUDA), 20.0 of 24.0 GB free",
        ),
        (BuildFacts("", ()), ["vulkan"], "built for any processor; built for vulkan, which finds no GPU"),
    ],
)
def test_one_line_about_the_build(build: BuildFacts, backends: list[str], line: str) -> None:
    assert describe_build(build, backends) == line


@pytest.mark.parametrize(
    ("here", "backends", "words"),
    [
        (set(), [], ""),
        ({"nvcc", "nvidia-smi", "/dev/nvidia0"}, [], "CMAKE_ARGS=-DGGML_CUDA=ON make setup, since nvcc is here"),
        ({"nvcc"}, [], ""),
        ({"nvidia-smi", "/dev/nvidia0"}, [], "install the CUDA toolkit"),
        ({"hipconfig", "/dev/kfd"}, [], "CMAKE_ARGS=-DGGML_HIP=ON make setup"),
        ({"glslc", "/dev/dri"}, [], "CMAKE_ARGS=-DGGML_VULKAN=ON make setup"),
        ({"nvcc", "/dev/nvidia0"}, ["cuda"], ""),
    ],
)
def test_the_next_build(here: set[str], backends: list[str], words: str) -> None:
    step = next_build(backends, lambda tool: tool if tool in here else None, here.__contains__, "Linux")

    assert step.startswith(words)
    assert bool(step) == bool(words)
