"""A bounded reader for GGUF headers, so that no hostile file reaches llama.cpp unchecked.

Follows the GGUF specification, versions 2 and 3, little-endian.
Every count and length is checked against the bytes that the file really has before anything is allocated.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pylot.engine.gguf_tensors import TensorEntry, WeightBytes, weigh
from pylot.kernel.errors import ModelFileError

_MAGIC = b"GGUF"
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MAX_KEYS, _MAX_TENSORS, _MAX_DIMENSIONS, _MAX_TENSOR_NAME = 4096, 65_536, 8, 255
_DEFAULT_ALIGNMENT, _MAX_ALIGNMENT = 32, 1 << 20
_MAX_KEY_LENGTH, _MAX_KEPT_STRING, _MAX_KEPT = 65_535, 1 << 20, 16 << 20
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip

Scalar = int | float | bool | str


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself; sizes in bytes, lengths in tokens."""

    path: Path
    file_bytes: int
    values: Mapping[str, Scalar]
    n_vocab: int
    token_ids: Mapping[str, int] = field(default_factory=dict)
    weights: WeightBytes = field(default_factory=WeightBytes)

    @property
    def architecture(self) -> str:
        """The model family in llama.cpp's words, for example `llama` or `qwen2`."""
        return str(self.values.get("general.architecture", ""))

    @property
    def name(self) -> str:
        """The model's own name, or the file's."""
        return str(self.values.get("general.name", "")) or self.path.stem

    @property
    def quantization(self) -> str:
        """The label of the weights' type (requirement I6), or `unknown`."""
        return _FILE_TYPES.get(self.integer("general.file_type", -1), "unknown")

    @property
    def context_length(self) -> int:
        """The length the model was trained for, 0 when it does not say."""
        return self.integer(f"{self.architecture}.context_length")

    @property
    def embedding_length(self) -> int:
        """The width of the model."""
        return self.integer(f"{self.architecture}.embedding_length")

    @property
    def has_chat_template(self) -> bool:
        """Whether the file carries a chat template."""
        return "tokenizer.chat_template" in self.values

    @property
    def only_reads(self) -> bool:
        """Whether the model looks at a whole text at once, so that it can embed but not write."""
        return self.values.get(f"{self.architecture}.attention.causal") is False

    def integer(self, key: str, default: int = 0) -> int:
        """Return a whole number from the metadata."""
        value = self.values.get(key, default)
        return value if isinstance(value, int) else default

    def kv_numbers_per_token(self) -> int:
        """Return how many numbers one token puts into the KV cache (requirement I11)."""
        arch = self.architecture
        n_layers = self.integer(f"{arch}.block_count")
        n_heads = max(1, self.integer(f"{arch}.attention.head_count", 1))
        n_kv_heads = self.integer(f"{arch}.attention.head_count_kv", n_heads)
        head = self.embedding_length // n_heads
        k_length = self.integer(f"{arch}.attention.key_length", head)
        v_length = self.integer(f"{arch}.attention.value_length", head)
        return n_layers * n_kv_heads * (k_length + v_length)


def read_header(path: Path, wanted_tokens: Collection[str] = ()) -> GgufHeader:
    """Read and check the header of a GGUF file; `token_ids` holds the ids of those wanted tokens that it has.

    Raises:
        ModelFileError: with one clear sentence, when the file is missing, unreadable, damaged or no GGUF.
    """
    try:
        if not path.is_file():
            raise ModelFileError(f"There is no model file at {path}.")
        size = path.stat().st_size
        if size < 24:
            raise ModelFileError(f"{path.name} is no GGUF model: it is too short.")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(path, data, size, frozenset(wanted_tokens))
    except OSError as error:
        raise ModelFileError(f"The model file {path.name} cannot be read: {error.strerror}.") from error


class _DamagedError(Exception):
    """The header breaks the format."""


class _Cursor:
    """Read little-endian values and never past the end."""

    def __init__(self, data: mmap.mmap, size: int) -> None:
        self.data = data
        self.size = size
        self.at = 0

    def need(self, n_bytes: int) -> int:
        start = self.at
        if n_bytes < 0 or n_bytes > self.size - start:
            raise _DamagedError("a length points past the end of the file")
        self.at = start + n_bytes
        return start

    def scalar(self, code: str) -> Scalar:
        form = struct.Struct("<" + code)
        value: Scalar = form.unpack_from(self.data, self.need(form.size))[0]
        return value

    def unsigned(self, code: str) -> int:
        return int(self.scalar(code))

    def string(self, limit: int) -> str:
        length = self.unsigned("Q")
        if length > limit:
            raise _DamagedError("a text is too long")
        start = self.need(length)
        return self.data[start : start + length].decode("utf-8", "replace")


def _parse(path: Path, data: mmap.mmap, size: int, wanted: frozenset[str]) -> GgufHeader:
    if data[:4] != _MAGIC:
        raise ModelFileError(f"{path.name} is no GGUF model: its first bytes are wrong.")
    cursor = _Cursor(data, size)
    cursor.at = 4
    version = cursor.unsigned("I")
    if version not in (2, 3):
        raise ModelFileError(f"{path.name} has GGUF version {version}; Pylot reads versions 2 and 3.")
    try:
        n_tensors, n_keys = cursor.unsigned("Q"), cursor.unsigned("Q")
        if n_keys > _MAX_KEYS or not 0 < n_tensors <= _MAX_TENSORS:
            raise _DamagedError("its counts make no sense")
        values: dict[str, Scalar] = {}
        token_ids: dict[str, int] = {}
        n_vocab = n_kept = 0
        for _ in range(n_keys):
            key = cursor.string(_MAX_KEY_LENGTH)
            kind = cursor.unsigned("I")
            if kind == _ARRAY:
                tokens = wanted if key == "tokenizer.ggml.tokens" else frozenset[str]()
                length, found = _read_array(cursor, tokens)
                if key == "tokenizer.ggml.tokens":
                    n_vocab, token_ids = length, found
            else:
                value = values[key] = _read_value(cursor, kind)
                n_kept += len(key) + (len(value) if isinstance(value, str) else 0)
            if n_kept > _MAX_KEPT:
                raise _DamagedError("its texts are too long together")
        weights = _read_tensors(cursor, n_tensors, _alignment(values))
    except _DamagedError as damage:
        raise ModelFileError(f"The model file {path.name} is damaged: {damage}.") from damage
    if not values.get("general.architecture"):
        raise ModelFileError(f"The model file {path.name} is damaged: it names no architecture.")
    return GgufHeader(path=path, file_bytes=size, values=values, n_vocab=n_vocab, token_ids=token_ids, weights=weights)


def _alignment(values: Mapping[str, Scalar]) -> int:
    alignment = values.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment <= _MAX_ALIGNMENT:
        raise _DamagedError("its weights have an impossible alignment")
    return alignment


def _read_value(cursor: _Cursor, kind: int) -> Scalar:
    if kind == _STRING:
        return cursor.string(_MAX_KEPT_STRING)
    if kind not in _SCALARS:
        raise _DamagedError(f"it has a value of unknown type {kind}")
    return cursor.scalar(_SCALARS[kind])


def _read_array(cursor: _Cursor, wanted: frozenset[str]) -> tuple[int, dict[str, int]]:
    kind, length = cursor.unsigned("I"), cursor.unsigned("Q")
    found: dict[str, int] = {}
    if kind == _STRING:
        encoded = {text.encode(): text for text in wanted}
        lengths = {len(text) for text in encoded}
        if length > (cursor.size - cursor.at) // 8:
            raise _DamagedError("a list is longer than the file")
        unpack = struct.Struct("<Q").unpack_from
        data = cursor.data
        for index in range(length):
            n_bytes = unpack(data, cursor.need(8))[0]
            start = cursor.need(n_bytes)
            if n_bytes in lengths and (text := encoded.get(data[start : start + n_bytes])) is not None:
                found[text] = index
    elif kind in _SCALARS:
        cursor.need(length * struct.calcsize("<" + _SCALARS[kind]))
    else:
        raise _DamagedError(f"it has a list of unknown type {kind}")
    return length, found


def _read_tensors(cursor: _Cursor, n_tensors: int, alignment: int) -> WeightBytes:
    entries = []
    for _ in range(n_tensors):
        name = cursor.string(_MAX_TENSOR_NAME)
        n_dimensions = cursor.unsigned("I")
        if not 0 < n_dimensions <= _MAX_DIMENSIONS:
            raise _DamagedError("a tensor has an impossible shape")
        shape = [cursor.unsigned("Q") for _ in range(n_dimensions)]
        if math.prod(shape) > 1 << 48:
            raise _DamagedError("a tensor has an impossible shape")
        entries.append(TensorEntry(name, shape, cursor.unsigned("I"), cursor.unsigned("Q")))
    n_bytes = cursor.size - cursor.at - -cursor.at % alignment
    if max(entry.least_end for entry in entries) > n_bytes:
        raise _DamagedError("it ends before its weights do")
    return weigh(entries, n_bytes)
