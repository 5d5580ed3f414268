"""Models in the sizes that people run, of random weights: for measuring memory and speed, never sense.

Those with a real vocabulary write lines of words that run into one another: names, to any parser, so that there is
something to show, to accept and to throw away.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tests.support.gguf_vocabulary import Vocabulary

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
_SPREAD = 0.02
# The last norm of a model that writes is so large that its likeliest token is all but certain.
_CERTAINTY = 60.0
_UNLIKELY = 0.25
# What is written has to depend on all that stands before, or it becomes the same few words for ever.
_ATTENTION = 4.0
_WORDS_PER_LINE = 10
_WHOLE_SPREAD = {"Q8_0": 74.0, "Q4_0": 4.6, "Q5_0": 9.2, "Q4_K": 4.6, "Q6_K": 18.5}


def write_full_size_gguf(
    path: Path, size: Size, quantization: Quantization, vocabulary: Vocabulary | None = None
) -> Path:
    """Write a model that llama.cpp loads and computes with, and return its path.

    With a vocabulary it writes lines of words; without one the vocabulary is random like everything else.
    """
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
    if vocabulary is None:
        _add_vocabulary(writer, size.n_vocab)
    else:
        vocabulary.add_to(writer, size.n_vocab)
    _Weights(writer, size, quantization, written_tokens(vocabulary) if vocabulary else ()).add()
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


def written_tokens(vocabulary: Vocabulary) -> list[int]:
    """Return the tokens that a model may write: some words of lower-case letters, and all that only end lines."""
    ends = [token for token, text in enumerate(vocabulary.tokens) if text and not text.strip("Ċ")]
    words = [
        token
        for token, text in enumerate(vocabulary.tokens)
        if text.isascii() and text.isalpha() and text.islower() and 3 <= len(text) <= 8
    ]
    return ends + words[: len(ends) * _WORDS_PER_LINE]


class _Weights:
    """Every tensor of a model; the same random blocks again and again, begun elsewhere, because nobody reads them.

    Where `written` names tokens, only those become likely enough to be written.
    """

    def __init__(self, writer: Any, size: Size, quantization: Quantization, written: Sequence[int]) -> None:
        self._writer = writer
        self._size = size
        self._quantization = quantization
        self._written = list(written)
        self._stocks: dict[Any, Any] = {}
        self._n_matrices = 0

    def add(self) -> None:
        """Add all of them."""
        size = self._size
        head = size.width // size.heads
        if not size.is_tied:
            self._matrix("token_embd", size.n_vocab, size.width)
        head_name = "token_embd" if size.is_tied else "output"
        if self._written:
            self._writing_head(head_name)
        else:
            self._matrix(head_name, size.n_vocab, size.width, is_head=True)
        self._vector("output_norm.weight", size.width, _CERTAINTY if self._written else 1.0)
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

    def _writing_head(self, name: str) -> None:
        """Add rows that all differ, small ones for the tokens that are not to be written."""
        import gguf

        size = self._size
        kind = self._kind(size.width, is_head=True, is_down=False)
        n_block, n_bytes = gguf.GGML_QUANT_SIZES[kind]
        row_blocks = size.width // n_block
        spreads = np.full(size.n_vocab, _SPREAD * _UNLIKELY, dtype=np.float32)
        spreads[self._written] = _SPREAD
        blocks = _blocks(kind, size.n_vocab * row_blocks, n_bytes, np.repeat(spreads, row_blocks))
        self._writer.add_tensor(f"{name}.weight", blocks.reshape(size.n_vocab, -1), raw_dtype=kind)

    def _matrix(self, name: str, rows: int, columns: int, *, is_head: bool = False) -> None:
        import gguf

        kind = self._kind(columns, is_head=is_head, is_down=name.endswith("ffn_down"))
        n_block, n_bytes = gguf.GGML_QUANT_SIZES[kind]
        row_bytes = columns // n_block * n_bytes
        # Layers that were all alike would carry every text to the same point.
        begin = self._n_matrices * 7919 % (_TILE_BYTES // n_bytes) * n_bytes
        self._n_matrices += 1
        spread = _SPREAD * (_ATTENTION if ".attn_" in name else 1.0)
        stock = self._stocks.get((kind, spread))
        if stock is None or stock.size < begin + rows * row_bytes:
            tile = _blocks(kind, _TILE_BYTES // n_bytes, n_bytes, spread).reshape(-1)
            stock = self._stocks[kind, spread] = np.resize(tile, rows * row_bytes + _TILE_BYTES)
        # A view, because the writer holds all tensors until the end.
        data = stock[begin : begin + rows * row_bytes].reshape(rows, row_bytes)
        self._writer.add_tensor(f"{name}.weight", data, raw_dtype=kind)

    def _kind(self, columns: int, *, is_head: bool, is_down: bool) -> Any:
        from gguf import GGMLQuantizationType as Kind

        if self._quantization in ("F16", "Q8_0"):
            return Kind[self._quantization]
        if columns % 256:
            return Kind.Q8_0 if is_head else Kind.Q5_0 if self._quantization == "Q4_K_M" else Kind.Q4_0
        if self._quantization == "Q4_0":
            return Kind.Q6_K if is_head else Kind.Q4_0
        return Kind.Q6_K if is_head or is_down else Kind.Q4_K

    def _vector(self, name: str, n_numbers: int, value: float) -> None:
        self._writer.add_tensor(name, np.full(n_numbers, value, dtype=np.float32))


def _blocks(kind: Any, n_blocks: int, n_bytes: int, spread: Any) -> Any:
    """Return random blocks, a row of bytes each, of numbers that spread about zero by so much, all or each."""
    generator = np.random.default_rng(1)
    if kind.name == "F16":
        return (generator.standard_normal(n_blocks) * spread).astype(np.float16).view(np.uint8).reshape(-1, n_bytes)
    blocks = np.frombuffer(generator.bytes(n_blocks * n_bytes), dtype=np.uint8).reshape(n_blocks, n_bytes).copy()
    # How far the whole numbers in a block spread, which its scale brings down to `spread`.
    scale = np.broadcast_to(np.asarray(spread, dtype=np.float32), n_blocks) / _WHOLE_SPREAD[kind.name]
    # Those numbers are a little below zero on average, in a direction that many layers would make the only one.
    scale = scale * generator.choice((-1, 1), n_blocks)
    match kind.name:
        case "Q6_K":
            blocks[:, 192:208] = 1
            blocks[:, 208:210] = _halves(scale)
        case "Q4_K":
            # The sixteen scales and offsets of six bits each are all 1, in the layout of ggml's `get_scale_min_k4`.
            blocks[:, 0:2] = _halves(scale)
            blocks[:, 2:4] = _halves(scale * 7.5)
            blocks[:, 4:12] = 1
            blocks[:, 12:16] = 0x11
        case _:
            blocks[:, 0:2] = _halves(scale)
    return blocks


def _halves(numbers: Any) -> Any:
    return numbers.astype(np.float16).view(np.uint8).reshape(-1, 2)
