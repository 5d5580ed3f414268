"""What the weights of a GGUF file weigh, by type (requirement I11)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Name, numbers per block and bytes per block of each type.
_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    39: ("MXFP4", 32, 17),
}  # fmt: skip
_TABLES = ("token_embd.weight", "per_layer_token_embd.weight")
_OUTPUT = "output.weight"
_LAYER = re.compile(r"blk\.(\d{1,6})\.")
# The fast kernels work on this many rows at once.
_ROWS = 8


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor as the file's directory lists it; the offset counts from the first byte of the weights."""

    name: str
    shape: Sequence[int]
    kind: int
    offset: int

    @property
    def least_end(self) -> int:
        """Where its last byte must be at the earliest; types that are not known here have at least one byte."""
        _, n_block, n_bytes = _TYPES.get(self.kind, ("", 0, 1))
        return self.offset + (math.prod(self.shape) // n_block * n_bytes if n_block else n_bytes)


@dataclass(frozen=True, slots=True)
class WeightBytes:
    """Bytes by type: of all tensors, and of the matrices that are multiplied by and so may be kept a second time.

    `layers` has the bytes of each layer, `output` those of the output; `is_tied` says that it also is the table.
    """

    all: Mapping[str, int] = field(default_factory=dict)
    matrices: Mapping[str, int] = field(default_factory=dict)
    layers: Mapping[int, int] = field(default_factory=dict)
    output: int = 0
    is_tied: bool = False

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return sum(self.all.values())


def weigh(entries: Sequence[TensorEntry], n_bytes: int) -> WeightBytes:
    """Add up the tensors of a file that has `n_bytes` of weights.

    A tensor reaches to the next one's offset, so types that are not known here count as well.
    """
    ordered = sorted(entries, key=lambda entry: entry.offset)
    ends = [*(entry.offset for entry in ordered[1:]), n_bytes]
    tied = all(entry.name != _OUTPUT for entry in entries)
    everything: dict[str, int] = {}
    matrices: dict[str, int] = {}
    layers: dict[int, int] = {}
    output = 0
    for entry, end in zip(ordered, ends, strict=True):
        kind = _TYPES[entry.kind][0] if entry.kind in _TYPES else f"type {entry.kind}"
        everything[kind] = everything.get(kind, 0) + end - entry.offset
        if (layer := _LAYER.match(entry.name)) is not None:
            layers[int(layer[1])] = layers.get(int(layer[1]), 0) + end - entry.offset
        elif entry.name == (_TABLES[0] if tied else _OUTPUT):
            output = end - entry.offset
        if _is_multiplied(entry, tied=tied):
            matrices[kind] = matrices.get(kind, 0) + end - entry.offset
    return WeightBytes(everything, matrices, layers, output, tied)


def _is_multiplied(entry: TensorEntry, *, tied: bool) -> bool:
    if entry.name in _TABLES:
        # Rows of a table are looked up; only where it also is the output, it is a matrix.
        return tied and entry.name == _TABLES[0]
    return len(entry.shape) > 1 and entry.shape[1] % _ROWS == 0
