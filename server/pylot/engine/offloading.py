"""How much of a model goes to GPUs, and how much of it fits there (requirements I5, I7, I10).

llama.cpp puts the output on the GPU first, then the layers from the last one on; the table of tokens stays here.
The constants are not measured: this project had no GPU to measure on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pylot.engine.devices import Device
from pylot.engine.gguf_header import GgufHeader

ALL_LAYERS = -1
AUTO_LAYERS = -2
_DRIVER_BYTES = 400 << 20


@dataclass(frozen=True, slots=True)
class Offload:
    """What of a model is on GPUs: bytes of weights that leave main memory, of those that arrive, and of all layers."""

    weights_gone: int
    weights_there: int
    share_of_layers: float


def layer_count(header: GgufHeader) -> int:
    """Return how many layers can be put on a GPU, the output counted as one."""
    return max(0, header.integer(f"{header.architecture}.block_count")) + 1


def offloaded_layers(header: GgufHeader, n_gpu_layers: int) -> int:
    """Return how many layers an option means; what is not decided yet counts as none."""
    if n_gpu_layers == AUTO_LAYERS:
        return 0
    return layer_count(header) if n_gpu_layers < 0 else min(n_gpu_layers, layer_count(header))


def offload(header: GgufHeader, n_gpu_layers: int) -> Offload:
    """Return what an option moves."""
    n_moved, n_layers = offloaded_layers(header, n_gpu_layers), layer_count(header) - 1
    if not n_moved:
        return Offload(0, 0, 0.0)
    share = (n_moved - 1) / n_layers if n_layers else 1.0
    weights = header.weights
    if not weights.layers:
        moved = round(header.file_bytes * n_moved / (n_layers + 1))
        return Offload(moved, moved, share)
    moved = sum(n_bytes for layer, n_bytes in weights.layers.items() if layer >= n_layers - (n_moved - 1))
    # A table that also is the output stays here and is copied there.
    return Offload(moved + (0 if weights.is_tied else weights.output), moved + weights.output, share)


def device_bytes(there: Offload, kv_cache: int, compute: int, n_gpus: int = 1) -> int:
    """Return the bytes that a model takes on so many GPUs; `kv_cache` is that of all layers."""
    if not there.weights_there:
        return 0
    return there.weights_there + round(kv_cache * there.share_of_layers) + n_gpus * (compute + _DRIVER_BYTES)


def room_on(gpus: Sequence[Device], safety: float) -> float:
    """Return the bytes that may be taken on all GPUs together."""
    return sum(gpu.free_bytes for gpu in gpus) * safety


def emptied(gpus: Sequence[Device]) -> Sequence[Device]:
    """Return the GPUs as they are when nothing is on them."""
    return tuple(replace(gpu, free_bytes=gpu.total_bytes) for gpu in gpus)
