"""Estimate what a model needs and compare it with what the machine has (requirements I10, I11)."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.engine.gguf_header import GgufHeader
from pylot.kernel.errors import ModelTooLargeError

_COMPUTE_BYTES = 96 << 20
_SAFETY = 1.05


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes that a model is expected to take."""

    weights: int
    kv_cache: int
    compute: int = _COMPUTE_BYTES

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return self.weights + self.kv_cache + self.compute


def estimate(header: GgufHeader, n_ctx: int) -> MemoryEstimate:
    """Estimate the memory of a model with room for `n_ctx` tokens in its KV cache."""
    return MemoryEstimate(weights=header.file_bytes, kv_cache=n_ctx * header.kv_bytes_per_token())


def check_fits(header: GgufHeader, n_ctx: int, free_bytes: int) -> MemoryEstimate:
    """Return the estimate, or raise `ModelTooLargeError` with one sentence when it exceeds free memory."""
    need = estimate(header, n_ctx)
    if need.total * _SAFETY > free_bytes:
        raise ModelTooLargeError(
            f"{header.name} needs about {need.total / 1e9:.1f} GB of memory and {free_bytes / 1e9:.1f} GB are free: "
            "close something, choose a smaller model, or lower engine.context."
        )
    return need


def free_memory() -> int:
    """Return the bytes that a new process could take without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)
