"""Headers of models that nobody has to store: the file is as long as it says, and empty behind the header."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_UINT32, _STRING, _ARRAY = 4, 8, 9
_ALIGNMENT = 32
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q8_0": (8, 32, 34), "Q4_K": (12, 256, 144)}


@dataclass(frozen=True)
class Tensor:
    """One tensor of a synthetic model."""

    name: str
    shape: Sequence[int]
    kind: str = "Q4_K"

    @property
    def n_bytes(self) -> int:
        _, n_block, n_bytes = TYPES[self.kind]
        numbers = 1
        for side in self.shape:
            numbers *= side
        return numbers // n_block * n_bytes


def write_synthetic_gguf(
    path: Path, tensors: Sequence[Tensor], values: Mapping[str, int], *, name: str = "synthetic", n_vocab: int = 0
) -> Path:
    """Write a `llama` header; keys of `values` lack the architecture, the file is sparse."""
    keys = [_text("general.architecture", "llama"), _text("general.name", name)]
    keys += [_key(f"llama.{key}", _UINT32) + struct.pack("<I", value) for key, value in values.items()]
    if n_vocab:
        tokens = struct.pack("<IQ", _STRING, n_vocab) + struct.pack("<Q", 0) * n_vocab
        keys.append(_key("tokenizer.ggml.tokens", _ARRAY) + tokens)
    directory, offset = b"", 0
    for tensor in tensors:
        directory += struct.pack("<Q", len(tensor.name)) + tensor.name.encode()
        directory += struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        directory += struct.pack("<IQ", TYPES[tensor.kind][0], offset)
        offset += -(-tensor.n_bytes // _ALIGNMENT) * _ALIGNMENT
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(keys) + directory
    header += bytes(-len(header) % _ALIGNMENT)
    path.write_bytes(header)
    with path.open("r+b") as file:
        file.truncate(len(header) + offset)
    return path


def _key(name: str, kind: int) -> bytes:
    return struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", kind)


def _text(name: str, text: str) -> bytes:
    return _key(name, _STRING) + struct.pack("<Q", len(text)) + text.encode()
