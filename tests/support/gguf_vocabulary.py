"""The vocabulary of a GGUF file, read and written again: real tokens for models of random weights."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STRING, _ARRAY, _INT32 = 8, 9, 5
_USER_DEFINED, _UNUSED = 4, 5
# What Qwen2.5-Coder puts where the vocabulary that comes with llama.cpp has padding.
_FIRST_ADDED = 151_657
_ADDED = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip
_BOS, _EOS = 151_643, 151_645


@dataclass(frozen=True)
class Vocabulary:
    """Tokens as they are spelled in the file, their types, and the merges that make them."""

    tokens: Sequence[str]
    types: Sequence[int]
    merges: Sequence[str]

    def add_to(self, writer: Any, n_vocab: int) -> None:
        """Add it to a file that is being written, as that of Qwen2.5-Coder and in so many tokens."""
        tokens, types = list(self.tokens[:n_vocab]), list(self.types[:n_vocab])
        while len(tokens) < n_vocab:
            tokens.append(f"[PAD{len(tokens)}]")
            types.append(_UNUSED)
        added = slice(_FIRST_ADDED, _FIRST_ADDED + len(_ADDED))
        tokens[added], types[added] = _ADDED, [_USER_DEFINED] * len(_ADDED)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("qwen2")
        writer.add_token_list(tokens)
        writer.add_token_types(types)
        writer.add_token_merges(list(self.merges))
        writer.add_bos_token_id(_BOS)
        writer.add_eos_token_id(_EOS)
        writer.add_add_bos_token(False)


def read_vocabulary(path: Path) -> Vocabulary:
    """Return the vocabulary of a file; the library's own reader takes half a minute for it."""
    content = path.read_bytes()
    return Vocabulary(
        _strings(content, b"tokenizer.ggml.tokens"),
        _integers(content, b"tokenizer.ggml.token_type"),
        _strings(content, b"tokenizer.ggml.merges"),
    )


def _strings(content: bytes, key: bytes) -> list[str]:
    begin, n_strings = _array(content, key, _STRING)
    found = []
    for _ in range(n_strings):
        (length,) = struct.unpack_from("<Q", content, begin)
        found.append(content[begin + 8 : begin + 8 + length].decode())
        begin += 8 + length
    return found


def _integers(content: bytes, key: bytes) -> list[int]:
    begin, n_integers = _array(content, key, _INT32)
    return list(struct.unpack_from(f"<{n_integers}i", content, begin))


def _array(content: bytes, key: bytes, kind: int) -> tuple[int, int]:
    """Return where an array's values begin, and how many there are."""
    begin = content.index(struct.pack("<Q", len(key)) + key) + 8 + len(key)
    found, of, n_values = struct.unpack_from("<IIQ", content, begin)
    assert (found, of) == (_ARRAY, kind), key
    return begin + 16, n_values
