"""Models in the sizes that people run, of random weights: for measuring memory and speed, never sense."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

Quantization = Literal["Q4_0", "Q4_K_M", "Q8_0", "F16"]


@dataclass(frozen=True)
class Size:
    """The shape of a family's member."""

    n_layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    is_tied: bool = True
    n_vocab: int = 151_936

    @property
    def n_parameters(self) -> int:
        """How many numbers its matrices hold."""
        attention = 2 * self.width * self.width * (1 + self.kv_heads // self.heads)
        tables = (1 if self.is_tied else 2) * self.n_vocab * self.width
        return tables + self.n_layers * (attention + 3 * self.width * self.feed_forward)


# The shapes of Qwen2.5-Coder.
SIZES = {
    "0.5B": Size(24, 896, 4864, 14, 2),
    "1.5B": Size(28, 1536, 8960, 12, 2),
    "7B": Size(28, 3584, 18944, 28, 4, is_tied=False, n_vocab=152_064),
}
_TILE_BYTES = 1 << 20


def write_full_size_gguf(path: Path, size: Size, quantization: Quantization) -> Path:
    """Write a model that llama.cpp loads and computes with, and return its path."""
    import gguf

    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name(path.stem)
    writer.add_block_count(size.n_layers)
    writer.add_context_length(32_768)
    writer.add_embedding_length(size.width)
    writer.add_feed_forward_length(size.feed_forward)
    writer.add_head_count(size.heads)
    writer.add_head_count_kv(size.kv_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    _add_vocabulary(writer, size.n_vocab)
    _Weights(writer, size, quantization).add()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: Any, n_vocab: int) -> None:
    """Add a vocabulary of pairs, as byte-pair encoding makes it: as many merges as there are tokens."""
    # The alphabet in which such vocabularies write bytes.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    tokens = [chr(code) for code in printable] + [chr(256 + index) for index in range(256 - len(printable))]
    known, merges, pick = set(tokens), [], random.Random(1)
    while len(tokens) < n_vocab - 1:
        left, right = pick.choice(tokens[:4096]), pick.choice(tokens[:4096])
        if left + right not in known and len(left + right) < 16:
            known.add(left + right)
            tokens.append(left + right)
            merges.append(f"{left} {right}")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, "<|endoftext|>"])
    writer.add_token_types([1] * (n_vocab - 1) + [3])
    writer.add_token_merges(merges)
    writer.add_eos_token_id(n_vocab - 1)
    writer.add_add_bos_token(False)


class _Weights:
    """Every tensor of a model; the same random blocks again and again, because nobody reads them."""

    def __init__(self, writer: Any, size: Size, quantization: Quantization) -> None:
        self._writer = writer
        self._size = size
        self._quantization = quantization
        self._stocks: dict[Any, Any] = {}

    def add(self) -> None:
        """Add all of them."""
        size = self._size
        head = size.width // size.heads
        self._matrix("token_embd", size.n_vocab, size.width, is_head=size.is_tied)
        if not size.is_tied:
            self._matrix("output", size.n_vocab, size.width, is_head=True)
        self._vector("output_norm.weight", size.width, 1.0)
        for layer in range(size.n_layers):
            block = f"blk.{layer}."
            self._vector(block + "attn_norm.weight", size.width, 1.0)
            self._vector(block + "ffn_norm.weight", size.width, 1.0)
            for name, rows, columns in (
                ("attn_q", size.width, size.width),
                ("attn_k", size.kv_heads * head, size.width),
                ("attn_v", size.kv_heads * head, size.width),
                ("attn_output", size.width, size.width),
                ("ffn_gate", size.feed_forward, size.width),
                ("ffn_up", size.feed_forward, size.width),
                ("ffn_down", size.width, size.feed_forward),
            ):
                self._matrix(block + name, rows, columns)
            for name, rows in (
                ("attn_q", size.width),
                ("attn_k", size.kv_heads * head),
                ("attn_v", size.kv_heads * head),
            ):
                self._vector(f"{block}{name}.bias", rows, 0.0)

    def _matrix(self, name: str, rows: int, columns: int, *, is_head: bool = False) -> None:
        import gguf

        kind = self._kind(columns, is_head=is_head, is_down=name.endswith("ffn_down"))
        n_block, n_bytes = gguf.GGML_QUANT_SIZES[kind]
        row_bytes = columns // n_block * n_bytes
        stock = self._stocks.get(kind)
        if stock is None or stock.size < rows * row_bytes:
            stock = self._stocks[kind] = np.resize(_tile(kind, n_block, n_bytes), rows * row_bytes)
        # A view, because the writer holds all tensors until the end.
        data = stock[: rows * row_bytes].reshape(rows, row_bytes)
        self._writer.add_tensor(f"{name}.weight", data, raw_dtype=kind)

    def _kind(self, columns: int, *, is_head: bool, is_down: bool) -> Any:
        from gguf import GGMLQuantizationType as Kind

        if self._quantization in ("F16", "Q8_0"):
            return Kind[self._quantization]
        if columns % 256:
            return Kind.Q8_0 if is_head else Kind.Q4_0
        if self._quantization == "Q4_0":
            return Kind.Q6_K if is_head else Kind.Q4_0
        return Kind.Q6_K if is_head or is_down else Kind.Q4_K

    def _vector(self, name: str, n_numbers: int, value: float) -> None:
        self._writer.add_tensor(name, np.full(n_numbers, value, dtype=np.float32))


def _tile(kind: Any, n_block: int, n_bytes: int) -> Any:
    """Return about a megabyte of blocks whose scales keep the numbers small."""
    generator = np.random.default_rng(1)
    scale = np.array([1e-3], dtype=np.float16).view(np.uint8)
    if n_block == 1:
        return (generator.standard_normal(_TILE_BYTES // 2) * 0.02).astype(np.float16).view(np.uint8)
    blocks = generator.integers(0, 256, (_TILE_BYTES // n_bytes, n_bytes), dtype=np.uint8)
    if kind.name == "Q6_K":
        blocks[:, 192:208] = 1
        blocks[:, 208:210] = scale
    else:
        blocks[:, 0:2] = scale
        if kind.name == "Q4_K":
            blocks[:, 2:4] = scale
    return blocks.reshape(-1)
